-- Hands a consumer what others were handed long ago and never confirmed: they died, or hang. Forgets consumers that are long gone.
--   KEYS[1]  a stream, the ledger
--   ARGV[1]  the consumer group
--   ARGV[2]  the consumer that takes over
--   ARGV[3]  for how long, in ms, entries must not have been confirmed
--   ARGV[4]  the most to take over
--   ARGV[5]  for how long, in ms, a consumer without entries must not have been seen to be forgotten
-- Returns how many entries it took over. They come with what the consumer reads next.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0
end
redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0')

local claimed = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], '0', 'COUNT', ARGV[4], 'JUSTID')[2]
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local name, pending, idle = consumer[2], consumer[4], consumer[6]
  if pending == 0 and idle > tonumber(ARGV[5]) and name ~= ARGV[2] then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], name)
  end
end
return #claimed
