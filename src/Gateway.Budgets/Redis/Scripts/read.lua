-- Reads counters. Writes nothing.
--   KEYS[1]  a hash, the sums, as in step.lua
--   KEYS[2]  a hash, the requests, likewise
--   KEYS[3]  a sorted set, the leases, likewise
--   KEYS[4]  a sorted set, the drops, likewise
--   ARGV     the counters' names
-- Returns per counter what is spent and what is held. Holds that are over and were not taken back yet do not count, nor do counters that are to be dropped.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local over = {}
for _, request in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now)) do
  local _, hold = record(request, redis.call('HGET', KEYS[2], request))
  for counter, amount in amounts(hold or '') do
    over[counter] = (over[counter] or 0) + amount
  end
end

local states = {}
for _, counter in ipairs(ARGV) do
  local sums = redis.call('HMGET', KEYS[1], counter, 'held ' .. counter)
  local drop = tonumber(redis.call('ZSCORE', KEYS[4], counter) or now + 1)
  states[#states + 1] = drop > now and tonumber(sums[1] or 0) or 0
  states[#states + 1] = tonumber(sums[2] or 0) - (over[counter] or 0)
end
return states
