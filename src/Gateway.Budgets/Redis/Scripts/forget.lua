-- Forgets settled requests, and drops counters, whose time is over.
--   KEYS[1]  a hash, the sums, as in step.lua
--   KEYS[2]  a hash, the requests, likewise
--   KEYS[3]  a sorted set, the memory, likewise
--   KEYS[4]  a sorted set, the drops, likewise
--   ARGV[1]  the most of each, at most 1,000
-- Returns how many that were of the one of which it were more.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local requests = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, ARGV[1])
if #requests > 0 then
  redis.call('HDEL', KEYS[2], unpack(requests))
  redis.call('ZREM', KEYS[3], unpack(requests))
end

local counters = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, counter in ipairs(counters) do
  -- What is still held on it is given back with the hold, and what it stands at then is zero.
  local held = tonumber(redis.call('HGET', KEYS[1], 'held ' .. counter) or 0)
  redis.call('HDEL', KEYS[1], counter)
  if held > 0 then
    redis.call('ZADD', KEYS[4], now + 3600000, counter)
  else
    redis.call('HDEL', KEYS[1], 'held ' .. counter)
    redis.call('ZREM', KEYS[4], counter)
  end
end
return math.max(#requests, #counters)
