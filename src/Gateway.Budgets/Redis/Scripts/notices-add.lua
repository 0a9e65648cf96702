-- Takes a notice in, unless its id is known.
--   KEYS[1]  says that the id is known
--   KEYS[2]  sorted set: id by the time when it is due, in ms by Redis's clock
--   KEYS[3]  hash: id -> record
--   ARGV[1]  id
--   ARGV[2]  record
--   ARGV[3]  until when the id is known, in ms of Unix time; 0 for ever
-- Returns 1 when it was taken in, 0 when it is known.
if redis.call('SETNX', KEYS[1], '1') == 0 then
  return 0
end
if ARGV[3] ~= '0' then
  redis.call('PEXPIREAT', KEYS[1], ARGV[3])
end
local clock = redis.call('TIME')
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], clock[1] * 1000 + math.floor(clock[2] / 1000), ARGV[1])
return 1
