-- Takes entries out of the ledger's stream that are committed to SQL. Nothing else is ever taken out of it.
--   KEYS[1]  a stream, the ledger
--   KEYS[2]  a hash, the sums, with the number of records in it that are not confirmed
--   ARGV[1]  the consumer group
--   ARGV[2..] the entries' ids, each with the number of its records behind it
-- Returns how many records were still there.
local ids, records = {}, 0
for at = 2, #ARGV, 2 do
  ids[#ids + 1] = ARGV[at]
  records = records + redis.call('XDEL', KEYS[1], ARGV[at]) * tonumber(ARGV[at + 1])
end
redis.call('XACK', KEYS[1], ARGV[1], unpack(ids))
if records > 0 then
  redis.call('HINCRBY', KEYS[2], 'waiting', -records)
end
return records
