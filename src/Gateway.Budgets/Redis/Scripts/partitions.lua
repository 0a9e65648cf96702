-- Adds partitions to the list of them, and returns the list.
--   KEYS[1]  a set, the partitions
--   ARGV     those to add
if #ARGV > 0 then
  redis.call('SADD', KEYS[1], unpack(ARGV))
end
return redis.call('SMEMBERS', KEYS[1])
