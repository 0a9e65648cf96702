-- What the scripts that read requests begin with.

-- A request's record, taken apart. Returns the end of its lease and its counters and amounts, as text, when it holds something; nothing and nothing and the
-- record itself when it is settled; nothing for none.
local function record(request, text)
  if not text then
    return
  end
  if string.sub(text, 1, 2) ~= '1 ' then
    error('the record of ' .. request .. ' has a schema version that this build does not read')
  end
  local lease, hold = string.match(text, '^1 held (%d+) (.*)$')
  if lease then
    return tonumber(lease), hold
  end
  return nil, nil, text
end

-- Goes over what a request holds: counter, amount.
local function amounts(hold)
  local next_one = string.gmatch(hold, '(%S+) (%d+) ')
  return function()
    local counter, amount = next_one()
    return counter, tonumber(amount)
  end
end
