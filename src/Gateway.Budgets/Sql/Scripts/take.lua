-- Hands entries of the ledger's stream to a consumer: first those that were handed to it and never confirmed, then new ones.
--   KEYS[1]  a stream, the ledger
--   ARGV[1]  the consumer group
--   ARGV[2]  the consumer
--   ARGV[3]  the most to hand out
-- Returns how many entries wait in all, the age of the oldest in ms of Redis's clock, the ids of entries that are no longer there, and the
-- entries, as XRANGE gives them. Confirmed entries are deleted, so that what the stream holds is what is not confirmed yet.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return { 0, 0, {}, {} }
end

-- From the beginning: entries are older than the group when it is first made, or was lost. That it exists is no error.
redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0')

local reply = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', ARGV[3], 'STREAMS', KEYS[1], '0')
local entries = reply and reply[1][2] or {}
if #entries == 0 then
  reply = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', ARGV[3], 'STREAMS', KEYS[1], '>')
  entries = reply and reply[1][2] or {}
end

local gone, there = {}, {}
for _, entry in ipairs(entries) do
  if entry[2] then
    there[#there + 1] = entry
  else
    gone[#gone + 1] = entry[1]
  end
end

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local age = oldest and now - tonumber(string.match(oldest[1], '^(%d+)-')) or 0
return { redis.call('XLEN', KEYS[1]), math.max(age, 0), gone, there }
