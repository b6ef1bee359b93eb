-- Whole numbers of 64 bits as text (CounterText.cs is the same in C#). Lua's numbers are exact below 2^53 only, so they are taken apart: high * 1e10 + low, both of one sign.

-- The parts of a text; nil where it is no such number.
local function parts_of(text)
  local sign, digits = string.match(text, '^([+-]?)0*(%d+)$')
  if not digits or #digits > 19 then return nil end
  local high, low = tonumber(string.sub(digits, 1, -11)) or 0, tonumber(string.sub(digits, -10))
  if high > 922337203 or (high == 922337203 and low > (sign == '-' and 6854775808 or 6854775807)) then return nil end
  if sign == '-' then return -high, -low end
  return high, low
end

-- The text of a sum; nil where it has no room.
local function sum_of(high, low, more_high, more_low)
  high, low = high + more_high, low + more_low
  if low >= 1e10 then high, low = high + 1, low - 1e10 elseif low <= -1e10 then high, low = high - 1, low + 1e10 end
  if high > 0 and low < 0 then high, low = high - 1, low + 1e10 elseif high < 0 and low > 0 then high, low = high + 1, low - 1e10 end
  local negative = high < 0 or low < 0
  high, low = math.abs(high), math.abs(low)
  if high > 922337203 or (high == 922337203 and low > (negative and 6854775808 or 6854775807)) then return nil end
  local text = high > 0 and string.format('%.0f%010.0f', high, low) or string.format('%.0f', low)
  return negative and '-' .. text or text
end

-- Whether a number, in parts, is higher than another.
local function is_above(high, low, other_high, other_low) return high > other_high or (high == other_high and low > other_low) end

-- What a merge of numbers makes of the text that is there (nil: nothing), and the number; nil and the outcome where it can't be.
local function merged_within_64_bits(kind, operand, current)
  if not current then return operand, operand end
  if #current > 32 then return nil, 4 end
  local high, low = parts_of(current)
  if not high then return nil, 4 end
  local more_high, more_low = parts_of(operand)
  if kind == 0 then
    local sum = sum_of(high, low, more_high, more_low)
    if not sum then return nil, 5 end
    return sum, sum
  end
  local higher = is_above(high, low, more_high, more_low)
  -- A number that stays keeps its text, leading zeros and all.
  if (high == more_high and low == more_low) or higher == (kind == 1) then return current, sum_of(high, low, 0, 0) end
  return operand, operand
end

-- The same, where the operand may be followed by the least and the most that may come of it, each behind a space.
local function merged(kind, operand, current)
  local number, least, most = string.match(operand, '^(%S+) (%S+) (%S+)$')
  if not number then return merged_within_64_bits(kind, operand, current) end
  local text, left = merged_within_64_bits(kind, number, current)
  if not text then return nil, left end
  local high, low = parts_of(left)
  local least_high, least_low = parts_of(least)
  local most_high, most_low = parts_of(most)
  if is_above(high, low, most_high, most_low) or is_above(least_high, least_low, high, low) then return nil, 5 end
  return text, left
end
