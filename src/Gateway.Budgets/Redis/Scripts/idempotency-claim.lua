-- Makes a run the one that answers, unless another does or did.
--   KEYS[1]  hash: v, fingerprint, run, state, until, read (times in ms by Redis's clock)
--   KEYS[2]  list: the parts of the answer
--   ARGV[1]  schema version
--   ARGV[2]  fingerprint
--   ARGV[3]  run
--   ARGV[4]  lease in ms
-- Returns 1 and the run when it is to answer, 2 and the other run when that does or did, 3 when the record is another request's.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local lease = tonumber(ARGV[4])
local fingerprint, run, state, till = unpack(redis.call('HMGET', KEYS[1], 'fingerprint', 'run', 'state', 'until'))
local isOver = not state or state == '3' or (state == '1' and tonumber(till) <= now)

if run == ARGV[3] and state == '1' then
  return {1, run}
end
if not isOver then
  if fingerprint ~= ARGV[2] then
    return {3, ''}
  end
  return {2, run}
end

redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'v', ARGV[1], 'fingerprint', ARGV[2], 'run', ARGV[3], 'state', '1', 'until', now + lease)
redis.call('PEXPIRE', KEYS[1], lease + 1000)
return {1, ARGV[3]}
