-- Takes back holds whose leases are over.
--   KEYS[1]  a hash, the sums, as in step.lua
--   KEYS[2]  a hash, the requests, likewise
--   KEYS[3]  a sorted set, the leases, likewise
--   ARGV[1]  the most to take back
-- Returns a flat list: request, its counters and amounts by turns, ...
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local expired = {}
for _, request in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, ARGV[1])) do
  local _, hold = record(request, redis.call('HGET', KEYS[2], request))
  if hold then
    for counter, amount in amounts(hold) do
      redis.call('HINCRBY', KEYS[1], 'held ' .. counter, -amount)
    end
    redis.call('HDEL', KEYS[2], request)
    expired[#expired + 1] = request
    expired[#expired + 1] = hold
  end
  redis.call('ZREM', KEYS[3], request)
end
return expired
