-- Says what waits in the ledger's stream, and makes its consumer group when it lacks one.
--   KEYS[1]  a stream, the ledger
--   KEYS[2]  a hash, the sums, with the number of records in it that are not confirmed
--   ARGV[1]  the consumer group
-- Returns how many entries wait, how many records they have, and the age of the oldest in ms of Redis's clock. Confirmed entries are deleted, so that what
-- the stream holds is what is not confirmed yet.
local entries = redis.call('XLEN', KEYS[1])
if entries == 0 then
  -- Somebody may have deleted entries by hand.
  redis.call('HDEL', KEYS[2], 'waiting')
  return { 0, 0, 0 }
end

-- From the beginning: entries are older than the group when it is first made, or was lost. That it exists is no error.
redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0')

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local age = now - tonumber(string.match(oldest[1], '^(%d+)-'))
local records = tonumber(redis.call('HGET', KEYS[2], 'waiting') or 0)
return { entries, math.max(records, entries), math.max(age, 0) }
