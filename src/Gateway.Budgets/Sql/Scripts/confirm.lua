-- Takes entries out of the ledger's stream that are committed to SQL. Nothing else is ever taken out of it.
--   KEYS[1]  a stream, the ledger
--   ARGV[1]  the consumer group
--   ARGV[2..] the entries' ids
-- Returns how many were still there.
redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, 2))
return redis.call('XDEL', KEYS[1], unpack(ARGV, 2))
