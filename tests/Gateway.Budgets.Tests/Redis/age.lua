-- Lets time pass for one partition: leases, memories and counters end earlier.
--   KEYS[1]   its requests
--   KEYS[2..] sorted sets by time: its leases, its memory and its drops
--   ARGV[1]   milliseconds
for i = 2, #KEYS do
  for _, member in ipairs(redis.call('ZRANGE', KEYS[i], 0, -1)) do
    redis.call('ZINCRBY', KEYS[i], -tonumber(ARGV[1]), member)
  end
end
for _, request in ipairs(redis.call('HKEYS', KEYS[1])) do
  local lease, hold = string.match(redis.call('HGET', KEYS[1], request), '^1 held (%d+) (.*)$')
  if lease then
    redis.call('HSET', KEYS[1], request, string.format('1 held %.0f %s', lease - ARGV[1], hold))
  end
end
return 0
