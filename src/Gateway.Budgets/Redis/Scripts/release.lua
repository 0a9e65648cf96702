-- Takes back what a request holds, as if it had never been reserved.
--   KEYS[1]  a hash, the sums, as in step.lua
--   KEYS[2]  a hash, the requests, likewise
--   KEYS[3]  a sorted set, the leases, likewise
--   ARGV[1]  the request
-- Returns 1, or 0 when it holds nothing (any more).
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local lease, hold = record(ARGV[1], redis.call('HGET', KEYS[2], ARGV[1]))
if not lease then
  return 0
end
for counter, amount in amounts(hold) do
  redis.call('HINCRBY', KEYS[1], 'held ' .. counter, -amount)
end
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
return lease > now and 1 or 0
