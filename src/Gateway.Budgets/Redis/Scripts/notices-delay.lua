-- Has a notice be due after a while.
--   KEYS[1]  sorted set: id by the time when it is due
--   ARGV[1]  id
--   ARGV[2]  the while, in ms
local clock = redis.call('TIME')
redis.call('ZADD', KEYS[1], 'XX', clock[1] * 1000 + math.floor(clock[2] / 1000) + tonumber(ARGV[2]), ARGV[1])
return 1
