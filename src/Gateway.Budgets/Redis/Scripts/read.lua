-- Reads counters. Writes nothing.
--   KEYS[1]   a hash, the holds: request -> version, then counter and amount by turns, with a space behind each
--   KEYS[2]   a sorted set, the leases: requests by the end of their leases, in ms of Redis's clock
--   KEYS[3]   a hash: counter -> what the holds on it add up to; no field where there are none
--   KEYS[4..] per counter, what was spent
--   ARGV      the counters' names
-- Returns per counter what is spent and what is held. Holds that are over and were not taken back yet do not count.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local over = {}
for _, request in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
  local hold = redis.call('HGET', KEYS[1], request) or ''
  for counter, amount in string.gmatch(string.sub(hold, 3), '(%S+) (%d+) ') do
    over[counter] = (over[counter] or 0) + tonumber(amount)
  end
end

local states = {}
if #ARGV > 0 then
  local spent = redis.call('MGET', unpack(KEYS, 4))
  local held = redis.call('HMGET', KEYS[3], unpack(ARGV))
  for i, counter in ipairs(ARGV) do
    states[#states + 1] = tonumber(spent[i] or 0)
    states[#states + 1] = tonumber(held[i] or 0) - (over[counter] or 0)
  end
end
return states
