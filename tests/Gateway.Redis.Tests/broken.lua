return redis.call('NOSUCHCOMMAND', KEYS[1])
