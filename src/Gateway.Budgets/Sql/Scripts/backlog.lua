-- Says what waits in the ledger's stream, and makes its consumer group when it lacks one.
--   KEYS[1]  a stream, the ledger
--   ARGV[1]  the consumer group
-- Returns how many entries wait in all, and the age of the oldest in ms of Redis's clock. Confirmed entries are deleted, so that what the stream holds is
-- what is not confirmed yet.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return { 0, 0 }
end

-- From the beginning: entries are older than the group when it is first made, or was lost. That it exists is no error.
redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0')

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local age = oldest and now - tonumber(string.match(oldest[1], '^(%d+)-')) or 0
return { redis.call('XLEN', KEYS[1]), math.max(age, 0) }
