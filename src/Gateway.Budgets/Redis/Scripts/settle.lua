-- Takes back what a request holds, adds what it cost to its counters and its entry to the ledger.
--   KEYS[1]   a hash, the holds: request -> version, then counter and amount by turns, with a space behind each
--   KEYS[2]   a sorted set, the leases: requests by the end of their leases, in ms of Redis's clock
--   KEYS[3]   a hash: counter -> what the holds on it add up to; no field where there are none
--   KEYS[4]   a text that exists once the request is settled: version, position in the ledger, 1 if it was held, and per counter
--             its name, amount and total
--   KEYS[5]   a stream, the ledger
--   KEYS[6..] per counter, what was spent
--   ARGV[1]   the request
--   ARGV[2]   milliseconds for which it is remembered that the request is settled
--   ARGV[3]   the most that can be counted exactly
--   ARGV[4]   version of the record
--   ARGV[5]   its entry
--   ARGV[6..] per counter: name, amount, when it is dropped in ms of Unix time (0: never)
-- Returns the code, and
--   SETTLED, REPEATED  the text of KEYS[4]
--   OUT_OF_RANGE       the number of the counter
local SETTLED, REPEATED, OUT_OF_RANGE = 1, 2, 3
local FIRST_ARGUMENT = 6

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local request = ARGV[1]
local count = #KEYS - 5

local answer = redis.call('GET', KEYS[4])
if answer then
  return { REPEATED, answer }
end

local totals = count > 0 and redis.call('MGET', unpack(KEYS, 6)) or {}
for i = 1, count do
  totals[i] = tonumber(totals[i] or 0)
  if totals[i] + tonumber(ARGV[FIRST_ARGUMENT + (i - 1) * 3 + 1]) > tonumber(ARGV[3]) then
    return { OUT_OF_RANGE, i }
  end
end

local lease = redis.call('ZSCORE', KEYS[2], request)
local was_held = lease and tonumber(lease) > now and '1' or '0'
local hold = redis.call('HGET', KEYS[1], request)
if hold then
  if string.sub(hold, 1, 2) ~= '1 ' then
    error('the hold of ' .. request .. ' has a schema version that this build does not read')
  end
  for counter, amount in string.gmatch(string.sub(hold, 3), '(%S+) (%d+) ') do
    if redis.call('HINCRBY', KEYS[3], counter, '-' .. amount) <= 0 then
      redis.call('HDEL', KEYS[3], counter)
    end
  end
  redis.call('HDEL', KEYS[1], request)
end
redis.call('ZREM', KEYS[2], request)

local charges = {}
for i = 1, count do
  local at = FIRST_ARGUMENT + (i - 1) * 3
  local name, amount, dropped = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  if amount ~= '0' then
    totals[i] = redis.call('INCRBY', KEYS[5 + i], amount)
    if dropped ~= '0' then
      redis.call('PEXPIREAT', KEYS[5 + i], dropped)
    end
  end
  -- Lua by itself would write no more than 14 digits.
  charges[i] = name .. ' ' .. amount .. ' ' .. string.format('%.0f', totals[i])
end

local text = table.concat(charges, ' ')
local position = redis.call('XADD', KEYS[5], '*', 'v', ARGV[4], 'held', was_held, 'charges', text, 'entry', ARGV[5])
answer = ARGV[4] .. ' ' .. position .. ' ' .. was_held .. ' ' .. text
redis.call('SET', KEYS[4], answer, 'PX', ARGV[2])
return { SETTLED, answer }
