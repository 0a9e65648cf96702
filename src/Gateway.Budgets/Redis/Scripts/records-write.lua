-- Writes a managed record, and tells the gateways.
--   KEYS[1]  hash: id -> record
--   KEYS[2]  the version
--   KEYS[3]  the channel on which changes are told
--   ARGV[1]  the record's id
--   ARGV[2]  its revision
--   ARGV[3]  its text
--   ARGV[4]  1 when the revision must be the next one, 0 when any higher one will do
--   ARGV[5]  the new version
-- Returns 1 when it was written, 0 when the stored revision forbids it.
local stored = redis.call('HGET', KEYS[1], ARGV[1])
local last = stored and cjson.decode(stored).revision or 0
local revision = tonumber(ARGV[2])
if revision <= last or (ARGV[4] == '1' and revision ~= last + 1) then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('SET', KEYS[2], ARGV[5])
-- Where messages are forbidden, the gateways find out at their next look.
redis.pcall('PUBLISH', KEYS[3], ARGV[5])
return 1
