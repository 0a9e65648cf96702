-- Hands out notices that are due.
--   KEYS[1]  sorted set: id by the time when it is due
--   KEYS[2]  hash: id -> record
--   KEYS[3]  hash: id -> how often it was handed out
--   ARGV[1]  for how many ms nobody else is given them
--   ARGV[2]  the most to return
-- Returns record and attempt by turns.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local reply = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])) do
  local record = redis.call('HGET', KEYS[2], id)
  if record then
    redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), id)
    reply[#reply + 1] = record
    reply[#reply + 1] = redis.call('HINCRBY', KEYS[3], id, 1)
  else
    redis.call('ZREM', KEYS[1], id)
  end
end
return reply
