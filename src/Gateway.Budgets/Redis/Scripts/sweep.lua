-- Takes back holds whose leases are over.
--   KEYS[1]  a hash, the holds: request -> version, then counter and amount by turns, with a space behind each
--   KEYS[2]  a sorted set, the leases: requests by the end of their leases, in ms of Redis's clock
--   KEYS[3]  a hash: counter -> what the holds on it add up to; no field where there are none
--   ARGV[1]  the most to take back
-- Returns a flat list: request, its hold as in KEYS[1], ...
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local expired = {}
for _, request in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[1])) do
  local hold = redis.call('HGET', KEYS[1], request)
  if hold then
    if string.sub(hold, 1, 2) ~= '1 ' then
      error('the hold of ' .. request .. ' has a schema version that this build does not read')
    end
    for counter, amount in string.gmatch(string.sub(hold, 3), '(%S+) (%d+) ') do
      if redis.call('HINCRBY', KEYS[3], counter, '-' .. amount) <= 0 then
        redis.call('HDEL', KEYS[3], counter)
      end
    end
    redis.call('HDEL', KEYS[1], request)
    expired[#expired + 1] = request
    expired[#expired + 1] = hold
  end
  redis.call('ZREM', KEYS[2], request)
end
return expired
