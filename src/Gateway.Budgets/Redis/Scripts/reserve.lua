-- Holds what a request may cost on all its counters, or on none. A request that holds something already is raised to the larger amounts.
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
--   RESERVED, HELD    per counter what is spent and what is held; HELD when there was nothing to raise
--   REFUSED           per counter that leaves too little: its number, what it leaves
--   OUT_OF_RANGE      the number of the counter
local RESERVED, REFUSED, HELD, SETTLED, OUT_OF_RANGE = 1, 2, 3, 4, 5
local FIRST_ARGUMENT, BATCH = 4, 16

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local request = ARGV[1]

if redis.call('EXISTS', KEYS[4]) == 1 then
  return { 0, SETTLED }
end

local charges, names = {}, {}
for at = FIRST_ARGUMENT, #ARGV, 4 do
  local charge = { name = ARGV[at], limit = tonumber(ARGV[at + 1]), text = ARGV[at + 2], hold = tonumber(ARGV[at + 2]), is_hard = ARGV[at + 3] == '1' }
  charges[#charges + 1] = charge
  names[#names + 1] = charge.name
end
if #names > 0 then
  for i, spent in ipairs(redis.call('MGET', unpack(KEYS, 5))) do
    charges[i].spent = tonumber(spent or 0)
  end
end

local function read_held()
  if #names > 0 then
    for i, held in ipairs(redis.call('HMGET', KEYS[3], unpack(names))) do
      charges[i].held = tonumber(held or 0)
    end
  end
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
  for _, charge in ipairs(charges) do
    reply[#reply + 1] = charge.spent
    reply[#reply + 1] = charge.held
  end
  return reply
end

local function refusal()
  read_held()
  local reply = { 0, REFUSED }
  for i, charge in ipairs(charges) do
    local left = charge.limit - charge.spent - charge.held
    if charge.is_hard and charge.more > 0 and charge.more > left then
      reply[#reply + 1] = i
      reply[#reply + 1] = left
    end
  end
  return #reply > 2 and reply
end

sweep()
local own, names_of_own = {}, {}
local lease = redis.call('ZSCORE', KEYS[2], request)
if lease and tonumber(lease) > now then
  local hold = redis.call('HGET', KEYS[1], request)
  if string.sub(hold, 1, 2) ~= '1 ' then
    error('the hold of ' .. request .. ' has a schema version that this build does not read')
  end
  for counter, amount in string.gmatch(string.sub(hold, 3), '(%S+) (%d+) ') do
    own[counter] = amount
    names_of_own[#names_of_own + 1] = counter
  end
elseif lease then
  release(request)
  lease = nil
  expired = expired + 1
end

local is_more = false
for _, charge in ipairs(charges) do
  charge.more = math.max(0, charge.hold - tonumber(own[charge.name] or 0))
  is_more = is_more or charge.more > 0
end
if lease and not is_more then
  read_held()
  return states(HELD)
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

local hold = { '1 ' }
for i, charge in ipairs(charges) do
  if charge.spent + charge.held + charge.more > tonumber(ARGV[3]) then
    return { expired, OUT_OF_RANGE, i }
  end
  if charge.more > 0 then
    own[charge.name] = charge.text
    hold[#hold + 1] = charge.name .. ' ' .. charge.text .. ' '
  end
end
for _, name in ipairs(names_of_own) do
  local is_raised = false
  for _, charge in ipairs(charges) do
    is_raised = is_raised or (charge.name == name and charge.more > 0)
  end
  if not is_raised then
    hold[#hold + 1] = name .. ' ' .. own[name] .. ' '
  end
end

for _, charge in ipairs(charges) do
  if charge.more > 0 then
    -- Lua by itself would write no more than 14 digits.
    charge.held = redis.call('HINCRBY', KEYS[3], charge.name, string.format('%.0f', charge.more))
  end
end
redis.call('HSET', KEYS[1], request, table.concat(hold))
redis.call('ZADD', KEYS[2], 'GT', now + tonumber(ARGV[2]), request)
return states(RESERVED)
