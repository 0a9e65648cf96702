-- Reads the answer of a run, and marks that somebody did.
--   KEYS[1]  the record, as in idempotency-claim.lua
--   KEYS[2]  its parts
--   ARGV[1]  run
--   ARGV[2]  how many parts the reader has
--   ARGV[3]  the most parts to return
-- Returns the state, how many parts there are in all, and the next parts.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local run, state, till = unpack(redis.call('HMGET', KEYS[1], 'run', 'state', 'until'))
if run ~= ARGV[1] or (state == '1' and tonumber(till) <= now) then
  return {0, 0}
end
if state == '1' then
  redis.call('HSET', KEYS[1], 'read', now)
end
local skip = tonumber(ARGV[2])
local reply = redis.call('LRANGE', KEYS[2], skip, skip + tonumber(ARGV[3]) - 1)
table.insert(reply, 1, redis.call('LLEN', KEYS[2]))
table.insert(reply, 1, tonumber(state))
return reply
