-- Makes a run the one that answers, unless another does or did.
--   KEYS[1]  hash: v, fingerprint, run, request, state, until, keep, read (times in ms by Redis's clock)
--   KEYS[2]  list: the parts of the answer
--   ARGV[1]  schema version
--   ARGV[2]  fingerprint
--   ARGV[3]  run
--   ARGV[4]  the id of its request
--   ARGV[5]  lease in ms
--   ARGV[6]  for how many ms a run whose lease is over is remembered
-- Returns 1, the run and the id that it goes by when it is to answer, 2 and the other run when that does or did, 3 when the record is
-- another request's.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local lease = tonumber(ARGV[5])
local keep = tonumber(ARGV[6])
local fingerprint, run, request, state, till = unpack(redis.call('HMGET', KEYS[1], 'fingerprint', 'run', 'request', 'state', 'until'))
local isOver = state == '1' and tonumber(till) <= now

if state == '1' and run == ARGV[3] then
  return {1, run, request}
end
if state and state ~= '3' and fingerprint ~= ARGV[2] then
  return {3, '', ''}
end
if state and state ~= '3' and not isOver then
  return {2, run, ''}
end

local id = isOver and request or ARGV[4]
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'v', ARGV[1], 'fingerprint', ARGV[2], 'run', ARGV[3], 'request', id, 'state', '1', 'until', now + lease, 'keep', keep)
redis.call('PEXPIRE', KEYS[1], lease + keep)
return {1, ARGV[3], id}
