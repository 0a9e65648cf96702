-- Holds what a request may cost on all its counters, or on none.
--   KEYS[1]   a hash, the holds: request -> version, then counter and amount by turns, with a space behind each
--   KEYS[2]   a sorted set, the leases: requests by the end of their leases, in ms of Redis's clock
--   KEYS[3]   a hash: counter -> what the holds on it add up to; no field where there are none
--   KEYS[4]   a text that exists once the request is settled
--   KEYS[5..] per counter, what was spent
--   ARGV[1]   the request
--   ARGV[2]   milliseconds that the hold lasts
--   ARGV[3]   the most that can be counted exactly
--   ARGV[4..] per counter: name, limit, hold, 1 for a hard limit
-- Returns how many holds of others were over, the code, and
--   RESERVED, HELD    per counter what is spent and what is held
--   REFUSED           per counter that leaves too little: its number, what it leaves
--   OUT_OF_RANGE      the number of the counter
local RESERVED, REFUSED, HELD, SETTLED, OUT_OF_RANGE = 1, 2, 3, 4, 5
local FIRST_ARGUMENT, BATCH = 4, 16

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local request = ARGV[1]
local count = #KEYS - 4

local function charge(i)
  local at = FIRST_ARGUMENT + (i - 1) * 4
  return ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), ARGV[at + 3] == '1', ARGV[at + 2]
end

local function state(i)
  return tonumber(redis.call('GET', KEYS[4 + i]) or 0), tonumber(redis.call('HGET', KEYS[3], (charge(i))) or 0)
end

local function release(name)
  local hold = redis.call('HGET', KEYS[1], name)
  if hold then
    if string.sub(hold, 1, 2) ~= '1 ' then
      error('the hold of ' .. name .. ' has a schema version that this build does not read')
    end
    for counter, amount in string.gmatch(string.sub(hold, 3), '(%S+) (%d+) ') do
      if redis.call('HINCRBY', KEYS[3], counter, '-' .. amount) <= 0 then
        redis.call('HDEL', KEYS[3], counter)
      end
    end
    redis.call('HDEL', KEYS[1], name)
  end
  redis.call('ZREM', KEYS[2], name)
end

local expired = 0
local function sweep()
  local over = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, BATCH)
  for _, name in ipairs(over) do
    release(name)
  end
  expired = expired + #over
  return #over > 0
end

local function states(code)
  local reply = { expired, code }
  for i = 1, count do
    local spent, held = state(i)
    reply[#reply + 1] = spent
    reply[#reply + 1] = held
  end
  return reply
end

local function refusal()
  local reply = { 0, REFUSED }
  for i = 1, count do
    local _, limit, hold, is_hard = charge(i)
    local spent, held = state(i)
    if hold > 0 and is_hard and spent + held + hold > limit then
      reply[#reply + 1] = i
      reply[#reply + 1] = limit - spent - held
    end
  end
  return #reply > 2 and reply or nil
end

if redis.call('EXISTS', KEYS[4]) == 1 then
  return { 0, SETTLED }
end

sweep()
local lease = redis.call('ZSCORE', KEYS[2], request)
if lease then
  if tonumber(lease) > now then
    return states(HELD)
  end
  release(request)
  expired = expired + 1
end

-- No request is refused on account of a hold that is over.
local refused = refusal()
while refused and sweep() do
  refused = refusal()
end
if refused then
  refused[1] = expired
  return refused
end

local hold = '1 '
for i = 1, count do
  local name, _, amount, _, text = charge(i)
  local spent, held = state(i)
  if spent + held + amount > tonumber(ARGV[3]) then
    return { expired, OUT_OF_RANGE, i }
  end
  if amount > 0 then
    hold = hold .. name .. ' ' .. text .. ' '
  end
end

for name, amount in string.gmatch(string.sub(hold, 3), '(%S+) (%d+) ') do
  redis.call('HINCRBY', KEYS[3], name, amount)
end
redis.call('HSET', KEYS[1], request, hold)
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[2]), request)
return states(RESERVED)
