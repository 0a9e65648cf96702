-- Returns all managed records of a kind.
--   KEYS[1]  hash: id -> record
--   KEYS[2]  the version
--   ARGV[1]  the version that the caller knows
-- Returns the version, then the records; nothing when the caller has that version.
local version = redis.call('GET', KEYS[2]) or ''
if version == ARGV[1] then
  return {}
end
local reply = redis.call('HVALS', KEYS[1])
table.insert(reply, 1, version)
return reply
