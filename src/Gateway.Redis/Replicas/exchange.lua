-- Publishes what one replica saw, and returns what the others last published.
--   KEYS[1]  a hash: replica -> 13 digits of milliseconds by Redis's clock, then the bytes
--   ARGV[1]  the replica's name
--   ARGV[2]  its bytes
--   ARGV[3]  milliseconds after which what a replica published is dropped
-- Returns a flat list: name, bytes, name, bytes, ...
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local lifetime = tonumber(ARGV[3])

redis.call('HSET', KEYS[1], ARGV[1], string.format('%013d', now) .. ARGV[2])
redis.call('PEXPIRE', KEYS[1], lifetime)

local others = {}
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local name, value = fields[i], fields[i + 1]
  if name ~= ARGV[1] then
    local published = tonumber(string.sub(value, 1, 13))
    if published and now - published <= lifetime then
      others[#others + 1] = name
      others[#others + 1] = string.sub(value, 14)
    else
      redis.call('HDEL', KEYS[1], name)
    end
  end
end
return others
