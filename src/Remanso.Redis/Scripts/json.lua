-- JSON as text (JsonPatch.cs and JsonArray.cs are the same in C#, byte for byte). cjson would lose digits of numbers and tell no empty array from an empty object, so values are found, checked and copied as they stand.
-- The server does nothing else meanwhile, so the common case is one pattern, and what is rare is looked at again.
local byte, find, match, sub = string.byte, string.find, string.match, string.sub
local MOST_LEVELS = 64
local PLAIN_STRING = '^"[^"\\%z\1-\31]*"()'
local PLAIN_NAME = '^"[^"\\%z\1-\31]*"()[ \t\n\r]*:[ \t\n\r]*()'

-- Where the next text that is no space begins.
local function past_space(text, at)
  local next = byte(text, at)
  if next and next > 32 then return at end
  return find(text, '[^ \t\n\r]', at) or #text + 1
end

-- Behind the string that begins here; nil where it is none.
local function past_string(text, at)
  local plain = match(text, PLAIN_STRING, at)
  if plain or byte(text, at) ~= 34 then return plain end
  at = at + 1
  while true do
    at = find(text, '["\\%z\1-\31]', at)
    if not at then return nil end
    local what = byte(text, at)
    if what == 34 then return at + 1 end
    if what ~= 92 then return nil end
    if find(text, '^["\\/bfnrt]', at + 1) then at = at + 2
    elseif find(text, '^u%x%x%x%x', at + 1) then at = at + 6
    else return nil end
  end
end

-- Behind the name that begins here, and where its value begins; nil where it is none.
local function past_name(text, at)
  local behind, value = match(text, PLAIN_NAME, at)
  if behind then return behind, value end
  behind = past_string(text, at)
  if not behind then return nil end
  at = past_space(text, behind)
  if byte(text, at) ~= 58 then return nil end
  return behind, past_space(text, at + 1)
end

-- Behind the number that begins here; nil where it is none.
local function past_number(text, at, first)
  local behind = match(text, '^-?%d+()', at)
  if not behind then return nil end
  if first == 45 then first, at = byte(text, at + 1), at + 1 end
  if first == 48 and behind > at + 1 then return nil end
  local next = byte(text, behind)
  if next == 46 then
    behind = match(text, '^%d+()', behind + 1)
    if not behind then return nil end
    next = byte(text, behind)
  end
  if next == 69 or next == 101 then return match(text, '^[+-]?%d+()', behind + 1) end
  return behind
end

-- Behind the value that begins here; nil where it is none, or has more levels than these.
local function past_value(text, at, levels)
  local first = byte(text, at)
  if first == 34 then return past_string(text, at) end
  if first == 123 or first == 91 then
    if levels == 0 then return nil end
    local close, _ = first + 2, nil
    at = past_space(text, at + 1)
    if byte(text, at) == close then return at + 1 end
    while true do
      if first == 123 then
        _, at = past_name(text, at)
        if not at then return nil end
      end
      at = past_value(text, at, levels - 1)
      if not at then return nil end
      at = past_space(text, at)
      local next = byte(text, at)
      if next == close then return at + 1 end
      if next ~= 44 then return nil end
      at = past_space(text, at + 1)
    end
  end
  if first == 116 or first == 110 then return (find(text, '^true', at) or find(text, '^null', at)) and at + 4 end
  if first == 102 then return find(text, '^false', at) and at + 5 end
  return past_number(text, at, first)
end

-- Whether nothing but space follows.
local function is_end(text, at) return past_space(text, at) > #text end

-- An array with one more element behind those that it keeps; nil where it is none.
local function appended(text, element, cap)
  local at = past_space(text, 1)
  if byte(text, at) ~= 91 then return nil end
  at = past_space(text, at + 1)
  local starts, last = {}, nil
  if byte(text, at) == 93 then
    at = at + 1
  else
    while true do
      starts[#starts + 1] = at
      at = past_value(text, at, MOST_LEVELS - 1)
      if not at then return nil end
      last = at - 1
      at = past_space(text, at)
      local next = byte(text, at)
      at = at + 1
      if next == 93 then break end
      if next ~= 44 then return nil end
      at = past_space(text, at)
    end
  end
  if not is_end(text, at) then return nil end
  local first = starts[cap == 0 and 1 or math.max(1, #starts - cap + 2)]
  if not first then return '[' .. element .. ']' end
  return '[' .. sub(text, first, last) .. ',' .. element .. ']'
end

-- What a name between quotes means; bytes that no patch has as a name where that is no Unicode text.
local function name_of(quoted)
  if not find(quoted, '\\', 1, true) then return sub(quoted, 2, -2) end
  local known, name = pcall(cjson.decode, quoted)
  return known and name or '\255' .. quoted
end

-- A patch, which is known to be JSON: false for null, a text, or for an object its members in their order, and the place of each name; and what is behind it.
local function patch_of(text, at)
  if byte(text, at) ~= 123 then
    local behind = past_value(text, at, MOST_LEVELS)
    local value = sub(text, at, behind - 1)
    return value ~= 'null' and value, behind
  end
  local names, values, places = {}, {}, {}
  at = past_space(text, at + 1)
  while byte(text, at) ~= 125 do
    local behind, start = past_name(text, at)
    local quoted = sub(text, at, behind - 1)
    local name = name_of(quoted)
    local place = places[name] or #names + 1
    names[place], places[name] = quoted, place
    values[place], at = patch_of(text, start)
    at = past_space(text, at)
    if byte(text, at) == 44 then at = past_space(text, at + 1) end
  end
  return {names = names, values = values, places = places}, at + 1
end

-- The value that a patch makes of nothing.
local function created(patch)
  if type(patch) ~= 'table' then return patch or 'null' end
  local parts = {}
  for place, value in ipairs(patch.values) do
    if value then parts[#parts + 1] = patch.names[place] .. ':' .. created(value) end
  end
  return '{' .. table.concat(parts, ',') .. '}'
end

-- What a patch makes of the value that begins here, and what is behind that; nil where it is none.
local function patched(text, at, patch, levels)
  if type(patch) ~= 'table' or byte(text, at) ~= 123 then
    at = past_value(text, at, levels)
    return at and created(patch), at
  end
  if levels == 0 then return nil end
  local parts, seen = {}, {}
  at = past_space(text, at + 1)
  if byte(text, at) == 125 then
    at = at + 1
  else
    while true do
      local behind, start = past_name(text, at)
      if not behind then return nil end
      local quoted = sub(text, at, behind - 1)
      at = start
      local place = patch.places[name_of(quoted)]
      local value = place and patch.values[place]
      if place and (seen[place] or not value) then
        at = past_value(text, at, levels - 1)
        if not at then return nil end
      elseif place then
        local made
        made, at = patched(text, at, value, levels - 1)
        if not made then return nil end
        parts[#parts + 1] = quoted .. ':' .. made
      else
        behind = past_value(text, at, levels - 1)
        if not behind then return nil end
        parts[#parts + 1] = quoted .. ':' .. sub(text, at, behind - 1)
        at = behind
      end
      if place then seen[place] = true end
      at = past_space(text, at)
      local next = byte(text, at)
      at = at + 1
      if next == 125 then break end
      if next ~= 44 then return nil end
      at = past_space(text, at)
    end
  end
  for place, value in ipairs(patch.values) do
    if value and not seen[place] then parts[#parts + 1] = patch.names[place] .. ':' .. created(value) end
  end
  return '{' .. table.concat(parts, ',') .. '}', at
end

-- What a merge of JSON makes of the text that is there (nil: nothing), and its bytes; nil and the outcome where it can't be.
local function merged(kind, operand, current, cap)
  local text, at
  if kind == 3 then
    text = not current and '[' .. operand .. ']' or appended(current, operand, cap)
  else
    local patch = patch_of(operand, 1)
    if not current then
      text = created(patch)
    else
      text, at = patched(current, past_space(current, 1), patch, MOST_LEVELS)
      text = text and is_end(current, at) and text
    end
  end
  if not text then return nil, 7 end
  return text, string.format('%.0f', #text)
end
