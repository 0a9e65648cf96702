-- Takes back what a request holds, as if it had never been reserved.
--   KEYS[1]  a hash, the holds: request -> version, then counter and amount by turns, with a space behind each
--   KEYS[2]  a sorted set, the leases: requests by the end of their leases, in ms of Redis's clock
--   KEYS[3]  a hash: counter -> what the holds on it add up to; no field where there are none
--   ARGV[1]  the request
-- Returns 1, or 0 when it holds nothing (any more).
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local hold = redis.call('HGET', KEYS[1], ARGV[1])
local lease = redis.call('ZSCORE', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
if not hold then
  return 0
end
if string.sub(hold, 1, 2) ~= '1 ' then
  error('the hold of ' .. ARGV[1] .. ' has a schema version that this build does not read')
end
for counter, amount in string.gmatch(string.sub(hold, 3), '(%S+) (%d+) ') do
  if redis.call('HINCRBY', KEYS[3], counter, '-' .. amount) <= 0 then
    redis.call('HDEL', KEYS[3], counter)
  end
end
redis.call('HDEL', KEYS[1], ARGV[1])
return lease and tonumber(lease) > now and 1 or 0
