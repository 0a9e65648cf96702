-- Lets a hold last longer, never shorter.
--   KEYS[1]  a sorted set, the leases: requests by the end of their leases, in ms of Redis's clock
--   ARGV[1]  the request
--   ARGV[2]  milliseconds that the hold lasts from now on
-- Returns 1, or 0 when the request holds nothing.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local lease = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not lease or tonumber(lease) <= now then
  return 0
end
redis.call('ZADD', KEYS[1], 'GT', now + tonumber(ARGV[2]), ARGV[1])
return 1
