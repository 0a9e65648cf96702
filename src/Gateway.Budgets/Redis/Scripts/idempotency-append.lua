-- Adds a part to the answer of a run, and renews its lease.
--   KEYS[1]  the record, as in idempotency-claim.lua
--   KEYS[2]  its parts
--   ARGV[1]  run
--   ARGV[2]  how many parts there are before it
--   ARGV[3]  the part; empty for none
--   ARGV[4]  lease in ms
-- Returns 1 and for how many ms nobody has read (-1: nobody ever did), or 0 when the run does not answer any more.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local lease = tonumber(ARGV[4])
local run, state, keep, read = unpack(redis.call('HMGET', KEYS[1], 'run', 'state', 'keep', 'read'))
local count = redis.call('LLEN', KEYS[2])
local position = tonumber(ARGV[2])
if run ~= ARGV[1] or state ~= '1' or count < position then
  return {0, -1}
end

-- A part that is there already comes from a call whose answer got lost.
if #ARGV[3] > 0 and count == position then
  redis.call('RPUSH', KEYS[2], ARGV[3])
end
redis.call('HSET', KEYS[1], 'until', now + lease)
redis.call('PEXPIRE', KEYS[1], lease + keep)
redis.call('PEXPIRE', KEYS[2], lease + keep)
return {1, read and now - tonumber(read) or -1}
