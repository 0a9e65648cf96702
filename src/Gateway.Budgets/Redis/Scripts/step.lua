-- Reserves and settles requests of one partition, one after the other, in one go: counters are read once and written once, however many requests there are.
-- Nothing is written before all has been read and decided, so that an error leaves everything as it was.
--
--   KEYS[1]    a hash, the holds: request -> version, then counter and amount by turns, with a space behind each
--   KEYS[2]    a sorted set, the leases: requests by the end of their leases, in ms of Redis's clock
--   KEYS[3]    a hash: counter -> what the holds on it add up to; no field where there are none
--   KEYS[4]    a stream, the ledger
--   KEYS[5..]  per counter, what was spent; then per request, a text that exists once it is settled: version, position in the ledger, 1 if it was held,
--              and per counter its name, amount and total
--   ARGV[1]    the most that can be counted exactly
--   ARGV[2]    version of the ledger's records
--   ARGV[3]    milliseconds for which it is remembered that a request is settled
--   ARGV[4]    in MessagePack, which is read several times as fast as arguments: the counters' names, the requests, and the steps, each with the numbers of
--              its request and its counters:
--     0, request, milliseconds that the hold lasts, the text of the hold, and per charge: counter, what to hold, limit, 1 for a hard one
--     1, request, its entry, and per charge: counter, amount, when the counter is dropped in ms of Unix time (0: never)
--
-- To reserve (0) is to hold what a request may cost on all its counters, or on none; one that holds something already is raised to the larger amounts.
-- To settle (1) is to take back what it holds, to add what it cost to its counters, and its entry to the ledger.
--
-- Returns how many holds of others were over, and per step a list: the code, and
--   RESERVED, HELD    per charge what is spent and what is held; HELD when there was nothing to raise
--   REFUSED           per charge that leaves too little: its number, what it leaves
--   OUT_OF_RANGE      the number of the charge
--   RECORDED          position in the ledger, 1 if it was held, and per charge the counter's total
--   SETTLED           the text that says so: it was settled before
--
-- Numbers go to commands as they are: Redis writes them with 17 digits, Lua itself with 14.
local RESERVED, REFUSED, HELD, SETTLED, OUT_OF_RANGE, RECORDED = 1, 2, 3, 4, 5, 6
local BATCH = 16

local most, version = tonumber(ARGV[1]), ARGV[2]
local names, requests, steps = unpack(cmsgpack.unpack(ARGV[4]))
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- Read. By the number of the counter: what is spent and held. By that of the request: the text of its hold, the end of its lease, and what says that it is
-- settled; false for none.
local values = redis.call('MGET', unpack(KEYS, 5))
local sums = #names > 0 and redis.call('HMGET', KEYS[3], unpack(names)) or {}
local texts = redis.call('HMGET', KEYS[1], unpack(requests))
local leases = redis.call('ZMSCORE', KEYS[2], unpack(requests))
local spent, held, settled = {}, {}, {}
for i = 1, #names do
  spent[i], held[i] = tonumber(values[i] or 0), tonumber(sums[i] or 0)
end
local is_stored = {}
for i = 1, #requests do
  settled[i] = values[#names + i]
  is_stored[i] = texts[i] or leases[i]
  leases[i] = leases[i] and tonumber(leases[i])
end

-- Decide. Until the end all changes are to these tables.
local number_of_counter, number_of_request
local is_spent_changed, is_held_changed, is_hold_changed = {}, {}, {}
local held_elsewhere, gone, dropped_at, entries = {}, {}, {}, {}
local expired, swept = 0, 0

local function numbers(list)
  local number_of = {}
  for i, name in ipairs(list) do
    number_of[name] = i
  end
  return number_of
end

-- What a hold is, counter -> amount.
local function amounts_of(request, text)
  local amounts = {}
  if text then
    if string.sub(text, 1, 2) ~= '1 ' then
      error('the hold of ' .. request .. ' has a schema version that this build does not read')
    end
    for counter, amount in string.gmatch(string.sub(text, 3), '(%S+) (%d+) ') do
      amounts[counter] = tonumber(amount)
    end
  end
  return amounts
end

local function give_back(request, text)
  number_of_counter = number_of_counter or numbers(names)
  for counter, amount in pairs(amounts_of(request, text)) do
    local i = number_of_counter[counter]
    if i then
      held[i] = held[i] - amount
      is_held_changed[i] = true
    else
      held_elsewhere[counter] = (held_elsewhere[counter] or 0) - amount
    end
  end
end

local function give_up(i)
  give_back(requests[i], texts[i])
  texts[i], leases[i], is_hold_changed[i] = false, false, true
end

local function sweep()
  local over = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', swept, BATCH)
  swept = swept + #over
  for _, request in ipairs(over) do
    number_of_request = number_of_request or numbers(requests)
    local i = number_of_request[request]
    if not i then
      give_back(request, redis.call('HGET', KEYS[1], request))
      gone[#gone + 1] = request
      expired = expired + 1
    elseif leases[i] and leases[i] <= now then
      give_up(i)
      expired = expired + 1
    end
  end
  return #over > 0
end

local function standing(code, step)
  local reply = { code }
  for at = 5, #step, 4 do
    reply[#reply + 1] = spent[step[at]]
    reply[#reply + 1] = held[step[at]]
  end
  return reply
end

local function refusal(step, more)
  local reply
  for at = 5, #step, 4 do
    if step[at + 3] == 1 and more[at] > 0 then
      local left = step[at + 2] - spent[step[at]] - held[step[at]]
      if more[at] > left then
        reply = reply or { REFUSED }
        reply[#reply + 1] = (at - 1) / 4
        reply[#reply + 1] = left
      end
    end
  end
  return reply
end

local function reserve(step)
  local i = step[2]
  if settled[i] then
    return { SETTLED, settled[i] }
  end
  if leases[i] and leases[i] <= now then
    give_up(i)
    expired = expired + 1
  end

  local own = leases[i] and amounts_of(requests[i], texts[i])
  local more, is_more = {}, false
  for at = 5, #step, 4 do
    more[at] = math.max(0, step[at + 1] - (own and own[names[step[at]]] or 0))
    is_more = is_more or more[at] > 0
  end
  if own and not is_more then
    return standing(HELD, step)
  end

  -- No request is refused on account of a hold that is over.
  local refused = refusal(step, more)
  while refused and sweep() do
    refused = refusal(step, more)
  end
  if refused then
    return refused
  end
  for at = 5, #step, 4 do
    if spent[step[at]] + held[step[at]] + more[at] > most then
      return { OUT_OF_RANGE, (at - 1) / 4 }
    end
  end

  for at = 5, #step, 4 do
    if more[at] > 0 then
      held[step[at]] = held[step[at]] + more[at]
      is_held_changed[step[at]] = true
      if own then
        own[names[step[at]]] = step[at + 1]
      end
    end
  end
  local text = step[4]
  if own then
    text = '1 '
    for counter, amount in pairs(own) do
      text = text .. string.format('%s %.0f ', counter, amount)
    end
  end
  -- A hold lasts longer by this, never shorter.
  texts[i], leases[i], is_hold_changed[i] = text, math.max(leases[i] or 0, now + step[3]), true
  return standing(RESERVED, step)
end

local function settle(step)
  local i = step[2]
  if settled[i] then
    return { SETTLED, settled[i] }
  end
  for at = 4, #step, 3 do
    if spent[step[at]] + step[at + 1] > most then
      return { OUT_OF_RANGE, (at - 1) / 3 }
    end
  end

  local was_held = leases[i] and leases[i] > now and 1 or 0
  give_up(i)
  local reply, charges = { RECORDED, false, was_held }, {}
  for at = 4, #step, 3 do
    local counter, amount = step[at], step[at + 1]
    if amount > 0 then
      spent[counter] = spent[counter] + amount
      is_spent_changed[counter], dropped_at[counter] = true, step[at + 2]
    end
    reply[#reply + 1] = spent[counter]
    charges[#charges + 1] = string.format('%s %.0f %.0f', names[counter], amount, spent[counter])
  end

  -- Its position comes when it is written; until then the reply stands for what says that it is settled.
  entries[#entries + 1] = { request = i, reply = reply, text = step[3], charges = table.concat(charges, ' ') }
  settled[i] = reply
  return reply
end

local replies = { 0 }
local has_swept = false
for number, step in ipairs(steps) do
  if step[1] == 1 then
    replies[number + 1] = settle(step)
  else
    has_swept = has_swept or sweep() or true
    replies[number + 1] = reserve(step)
  end
end
replies[1] = expired

-- Write.
for counter, amount in pairs(held_elsewhere) do
  if redis.call('HINCRBY', KEYS[3], counter, amount) <= 0 then
    redis.call('HDEL', KEYS[3], counter)
  end
end

local set, deleted = {}, {}
for i in pairs(is_held_changed) do
  if held[i] > 0 then
    set[#set + 1] = names[i]
    set[#set + 1] = held[i]
  else
    deleted[#deleted + 1] = names[i]
  end
end
if #set > 0 then
  redis.call('HSET', KEYS[3], unpack(set))
end
if #deleted > 0 then
  redis.call('HDEL', KEYS[3], unpack(deleted))
end

local holds, ends = {}, {}
for i in pairs(is_hold_changed) do
  if texts[i] then
    holds[#holds + 1] = requests[i]
    holds[#holds + 1] = texts[i]
    ends[#ends + 1] = leases[i]
    ends[#ends + 1] = requests[i]
  elseif is_stored[i] then
    gone[#gone + 1] = requests[i]
  end
end
if #holds > 0 then
  redis.call('HSET', KEYS[1], unpack(holds))
  redis.call('ZADD', KEYS[2], unpack(ends))
end
-- Lua unpacks some 8,000 at most.
for first = 1, #gone, 1000 do
  local last = math.min(first + 999, #gone)
  redis.call('HDEL', KEYS[1], unpack(gone, first, last))
  redis.call('ZREM', KEYS[2], unpack(gone, first, last))
end

for i in pairs(is_spent_changed) do
  if dropped_at[i] == 0 then
    redis.call('SET', KEYS[4 + i], spent[i])
  else
    redis.call('SET', KEYS[4 + i], spent[i], 'PXAT', dropped_at[i])
  end
end

for _, entry in ipairs(entries) do
  local reply = entry.reply
  local position = redis.call('XADD', KEYS[4], '*', 'v', version, 'held', reply[3], 'charges', entry.charges, 'entry', entry.text)
  local answer = version .. ' ' .. position .. ' ' .. reply[3] .. ' ' .. entry.charges
  redis.call('SET', KEYS[4 + #names + entry.request], answer, 'PX', ARGV[3])
  reply[2], settled[entry.request] = position, answer
end
for number, step in ipairs(steps) do
  local reply = replies[number + 1]
  if reply[1] == SETTLED and type(reply[2]) == 'table' then
    reply[2] = settled[step[2]]
  end
end
return replies
