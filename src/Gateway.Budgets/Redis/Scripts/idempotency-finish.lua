-- Says how a run ended.
--   KEYS[1]  the record, as in idempotency-claim.lua
--   KEYS[2]  its parts
--   ARGV[1]  run
--   ARGV[2]  state
--   ARGV[3]  for how many ms it is remembered
--   ARGV[4]  1 to drop the parts
-- Returns 1, or 0 when another run took its place.
if redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'state', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
if ARGV[4] == '1' then
  redis.call('DEL', KEYS[2])
else
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
end
return 1
