-- Lets time pass for one partition: leases end and keys expire earlier.
--   KEYS[1]  its leases
--   ARGV[1]  the pattern of its keys
--   ARGV[2]  milliseconds
for _, request in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  redis.call('ZINCRBY', KEYS[1], -tonumber(ARGV[2]), request)
end
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  local left = redis.call('PTTL', key)
  if left >= 0 then
    redis.call('PEXPIRE', key, left - tonumber(ARGV[2]))
  end
end
return 0
