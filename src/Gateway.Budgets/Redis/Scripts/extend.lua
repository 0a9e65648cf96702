-- Lets a hold last longer, never shorter.
--   KEYS[1]  a hash, the requests, as in step.lua
--   KEYS[2]  a sorted set, the leases, as in step.lua
--   ARGV[1]  the request
--   ARGV[2]  milliseconds that the hold lasts from now on
-- Returns 1, or 0 when the request holds nothing.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local lease, hold = record(ARGV[1], redis.call('HGET', KEYS[1], ARGV[1]))
if not lease or lease <= now then
  return 0
end
lease = math.max(lease, now + tonumber(ARGV[2]))
redis.call('HSET', KEYS[1], ARGV[1], string.format('1 held %.0f %s', lease, hold))
redis.call('ZADD', KEYS[2], lease, ARGV[1])
return 1
