-- Reserves and settles requests of one partition, one after the other, in one go: all is read once and written once, however many requests there are.
-- Nothing is written before all has been read and decided, so that an error leaves everything as it was.
--
--   KEYS[1]  a hash, the sums: counter -> what was spent on it; 'held ' and counter -> what the holds on it add up to; 'waiting' -> records in the ledger
--   KEYS[2]  a hash, the requests: request -> '1 held ' and the end of its lease in ms of Redis's clock, then counter and amount by turns, with a space behind
--            each; once it is settled '1 settled ', its position in the ledger, 1 if it was held, and per counter its name, amount and total
--   KEYS[3]  a sorted set, the leases: requests that hold something, by the end of their leases
--   KEYS[4]  a sorted set, the memory: settled requests by when they are forgotten, in ms of Redis's clock
--   KEYS[5]  a sorted set, the drops: counters by when they are dropped, in ms of Unix time; none for those that stay
--   KEYS[6]  a stream, the ledger; an entry has one record or several, one behind the other, each beginning with its version
--   ARGV[1]  the most that can be counted exactly
--   ARGV[2]  version of the ledger's records
--   ARGV[3]  milliseconds for which it is remembered that a request is settled
--   ARGV[4]  in MessagePack, which is read several times as fast as arguments: the fields of the sums (the counters' names, the same with 'held ' before each,
--            and 'waiting'), the requests, and the steps, each with the numbers of its request and its counters:
--     0, request, milliseconds that the hold lasts, what its text says of counters and amounts, and per charge: counter, what to hold, limit, 1 for a hard one,
--        when the counter is dropped (0: never)
--     1, request, the number of its entry, the number of the float that pays for it (0: it holds something itself), and per charge: counter, amount, when the counter is dropped
--     2, like 0
--
--   ARGV[5..] the entries: in MessagePack they would be read twice
--
-- To reserve (0) is to hold what a request may cost on all its counters, or on none; one that holds something already is raised to the larger amounts.
-- To settle (1) is to take back what it holds, to add what it cost to its counters, and its entry to the ledger. A float is what a gateway holds for requests to
-- come; it is topped up (2) by adding to what it holds, and of what it holds the cost is taken back.
--
-- Returns how many holds of others were over, and per step a list: the code, and
--   RESERVED, HELD    per charge what is spent and what is held; HELD when there was nothing to raise, or a float was topped up that held something
--   REFUSED           per charge that leaves too little: its number, what it leaves
--   OUT_OF_RANGE      the number of the charge
--   RECORDED          position in the ledger, 1 if it was held, and per charge the counter's total
--   SETTLED           the text that says so: it was settled before
--
-- Numbers go to commands as they are: Redis writes them with 17 digits, Lua itself with 14.
local SUMS, REQUESTS, LEASES, MEMORY, DROPS, LEDGER = unpack(KEYS)
local SETTLE, TOP_UP = 1, 2
local RESERVED, REFUSED, HELD, SETTLED, OUT_OF_RANGE, RECORDED = 1, 2, 3, 4, 5, 6
local BATCH = 16

local most, version = tonumber(ARGV[1]), ARGV[2]
local fields, requests, steps = unpack(cmsgpack.unpack(ARGV[4]))
local count = (#fields - 1) / 2
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- Read. By the number of the counter: what is spent and held. By that of the request: the text that says what it holds and the end of its lease, or what
-- says that it is settled; nil for none.
local sums = redis.call('HMGET', SUMS, unpack(fields))
local texts = redis.call('HMGET', REQUESTS, unpack(requests))
local spent, held, is_new = {}, {}, {}
for i = 1, count do
  spent[i], held[i] = tonumber(sums[i] or 0), tonumber(sums[count + i] or 0)
  is_new[i] = not (sums[i] or sums[count + i])
end
local waiting = tonumber(sums[#fields] or 0)
local holds, leases, settled, is_leased = {}, {}, {}, {}
for i = 1, #requests do
  if texts[i] then
    leases[i], holds[i], settled[i] = record(requests[i], texts[i])
    is_leased[i] = leases[i] ~= nil
  end
end

-- Decide. Until the end all changes are to these tables.
local number_of_counter, number_of_request
local is_spent_changed, is_held_changed, is_hold_changed = {}, {}, {}
local parts = {}
local held_elsewhere, gone, dropped_at, entries = {}, {}, {}, {}
local expired, swept = 0, 0

local function numbers(list, last)
  local number_of = {}
  for i = 1, last do
    number_of[list[i]] = i
  end
  return number_of
end

local function give_back(hold)
  number_of_counter = number_of_counter or numbers(fields, count)
  for counter, amount in amounts(hold) do
    local i = number_of_counter[counter]
    if i then
      held[i] = held[i] - amount
      is_held_changed[i] = true
    else
      held_elsewhere[counter] = (held_elsewhere[counter] or 0) - amount
    end
  end
end

-- What a request holds, counter -> amount; from then on this is what counts.
local function parts_of(i)
  if not parts[i] then
    parts[i] = {}
    for counter, amount in amounts(holds[i]) do
      parts[i][counter] = amount
    end
  end
  return parts[i]
end

local function hold_of(i)
  if parts[i] then
    local words = {}
    for counter, amount in pairs(parts[i]) do
      if amount > 0 then
        words[#words + 1] = string.format('%s %.0f ', counter, amount)
      end
    end
    return table.concat(words)
  end
  return holds[i]
end

local function give_up(i)
  if holds[i] then
    give_back(hold_of(i))
  end
  holds[i], parts[i], leases[i], is_hold_changed[i] = nil, nil, nil, true
end

local function sweep()
  local over = redis.call('ZRANGEBYSCORE', LEASES, '-inf', now, 'LIMIT', swept, BATCH)
  swept = swept + #over
  for _, request in ipairs(over) do
    number_of_request = number_of_request or numbers(requests, #requests)
    local i = number_of_request[request]
    if not i then
      local _, hold = record(request, redis.call('HGET', REQUESTS, request))
      give_back(hold or '')
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
  for at = 5, #step, 5 do
    reply[#reply + 1] = spent[step[at]]
    reply[#reply + 1] = held[step[at]]
  end
  return reply
end

local function refusal(step, more)
  local reply
  for at = 5, #step, 5 do
    if step[at + 3] == 1 and more[at] > 0 then
      local left = step[at + 2] - spent[step[at]] - held[step[at]]
      if more[at] > left then
        reply = reply or { REFUSED }
        reply[#reply + 1] = at / 5
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

  local own = leases[i] and parts_of(i)
  local more, is_more = {}, step[1] == TOP_UP
  for at = 5, #step, 5 do
    local has = own and step[1] ~= TOP_UP and own[fields[step[at]]] or 0
    more[at] = math.max(0, step[at + 1] - has)
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
  for at = 5, #step, 5 do
    if spent[step[at]] + held[step[at]] + more[at] > most then
      return { OUT_OF_RANGE, at / 5 }
    end
  end

  for at = 5, #step, 5 do
    local counter = step[at]
    if more[at] > 0 then
      held[counter] = held[counter] + more[at]
      is_held_changed[counter], dropped_at[counter] = true, step[at + 4]
      if own then
        own[fields[counter]] = (own[fields[counter]] or 0) + more[at]
      end
    end
  end
  -- A hold lasts longer by this, never shorter.
  holds[i], leases[i], is_hold_changed[i] = own and holds[i] or step[4], math.max(leases[i] or 0, now + step[3]), true
  return standing(own and step[1] == TOP_UP and HELD or RESERVED, step)
end

-- Takes what a request cost from what its float holds.
local function pay(from, step)
  local own = parts_of(from)
  for at = 5, #step, 3 do
    local counter = fields[step[at]]
    local paid = math.min(own[counter] or 0, step[at + 1])
    if paid > 0 then
      own[counter] = own[counter] - paid
      held[step[at]] = held[step[at]] - paid
      is_held_changed[step[at]] = true
    end
  end
  is_hold_changed[from] = true
end

local function settle(step)
  local i = step[2]
  if settled[i] then
    return { SETTLED, settled[i] }
  end
  for at = 5, #step, 3 do
    if spent[step[at]] + step[at + 1] > most then
      return { OUT_OF_RANGE, (at - 2) / 3 }
    end
  end

  local from = step[4] > 0 and step[4] or i
  local was_held = leases[from] and leases[from] > now and 1 or 0
  if from ~= i and was_held == 1 then
    pay(from, step)
  end
  give_up(i)
  local reply, charges = { RECORDED, false, was_held }, {}
  for at = 5, #step, 3 do
    local counter, amount = step[at], step[at + 1]
    if amount > 0 then
      spent[counter] = spent[counter] + amount
      is_spent_changed[counter], dropped_at[counter] = true, step[at + 2]
    end
    reply[#reply + 1] = spent[counter]
    charges[#charges + 1] = string.format('%s %.0f %.0f', fields[counter], amount, spent[counter])
  end

  -- Its position comes when it is written; until then the reply stands for what says that it is settled.
  entries[#entries + 1] = { request = i, reply = reply, text = ARGV[4 + step[3]], charges = table.concat(charges, ' ') }
  settled[i] = reply
  return reply
end

local replies = { 0 }
local has_swept = false
for number, step in ipairs(steps) do
  if step[1] == SETTLE then
    replies[number + 1] = settle(step)
  else
    has_swept = has_swept or sweep() or true
    replies[number + 1] = reserve(step)
  end
end
replies[1] = expired

-- Write.
for counter, amount in pairs(held_elsewhere) do
  redis.call('HINCRBY', SUMS, 'held ' .. counter, amount)
end

local written, drops = {}, {}
local function write(field, value)
  written[#written + 1] = field
  written[#written + 1] = value
end
for i = 1, count do
  if is_spent_changed[i] then
    write(fields[i], spent[i])
  end
  if is_held_changed[i] then
    write(fields[count + i], held[i])
  end
  if is_new[i] and (dropped_at[i] or 0) > 0 then
    drops[#drops + 1] = dropped_at[i]
    drops[#drops + 1] = fields[i]
  end
end
if #entries > 0 then
  write('waiting', waiting + #entries)
end
if #written > 0 then
  redis.call('HSET', SUMS, unpack(written))
end
if #drops > 0 then
  redis.call('ZADD', DROPS, unpack(drops))
end

local records, ends, remembered = {}, {}, {}
for i in pairs(is_hold_changed) do
  if leases[i] then
    records[#records + 1] = requests[i]
    records[#records + 1] = string.format('1 held %.0f %s', leases[i], hold_of(i))
    ends[#ends + 1] = leases[i]
    ends[#ends + 1] = requests[i]
  elseif is_leased[i] and not settled[i] then
    gone[#gone + 1] = requests[i]
  end
end

if #entries > 0 then
  local entry, size = {}, 0
  for _, each in ipairs(entries) do
    entry[size + 1], entry[size + 2], entry[size + 3], entry[size + 4] = 'v', version, 'held', each.reply[3]
    entry[size + 5], entry[size + 6], entry[size + 7], entry[size + 8] = 'charges', each.charges, 'entry', each.text
    size = size + 8
  end
  local id = redis.call('XADD', LEDGER, '*', unpack(entry))
  local left = {}
  for index, each in ipairs(entries) do
    local i, reply = each.request, each.reply
    reply[2] = id .. '.' .. index
    settled[i] = '1 settled ' .. reply[2] .. ' ' .. reply[3] .. ' ' .. each.charges
    records[#records + 1] = requests[i]
    records[#records + 1] = settled[i]
    remembered[#remembered + 1] = now + tonumber(ARGV[3])
    remembered[#remembered + 1] = requests[i]
    if is_leased[i] then
      left[#left + 1] = requests[i]
    end
  end
  redis.call('ZADD', MEMORY, unpack(remembered))
  if #left > 0 then
    redis.call('ZREM', LEASES, unpack(left))
  end
end
if #records > 0 then
  redis.call('HSET', REQUESTS, unpack(records))
end
if #ends > 0 then
  redis.call('ZADD', LEASES, unpack(ends))
end
-- Lua unpacks some 8,000 at most.
for first = 1, #gone, 1000 do
  local last = math.min(first + 999, #gone)
  redis.call('HDEL', REQUESTS, unpack(gone, first, last))
  redis.call('ZREM', LEASES, unpack(gone, first, last))
end

for number, step in ipairs(steps) do
  local reply = replies[number + 1]
  if reply[1] == SETTLED and type(reply[2]) == 'table' then
    reply[2] = settled[step[2]]
  end
end
return replies
