-- Reads the ledger.
--   KEYS[1]  a stream, the ledger
--   ARGV[1]  where to begin, as XRANGE takes it
--   ARGV[2]  the most to return
return redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])
