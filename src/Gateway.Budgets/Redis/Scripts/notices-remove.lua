-- Drops a notice that has arrived; that its id is known stays.
--   KEYS     as in notices-claim.lua
--   ARGV[1]  id
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
return 1
