-- Says which SQL ledger the entries go to, and makes it this one when there is none yet.
--   KEYS[1]  a text, the id of the SQL ledger
--   ARGV[1]  the id of the SQL ledger that the caller writes to
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return redis.call('GET', KEYS[1])
