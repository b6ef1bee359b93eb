-- Whether a lease that says from when until when it runs does so now. Small steps of the clock don't matter.
local function in_force(now, from, over)
  return now < tonumber(over) and now > tonumber(from) - 1000000
end

-- Whether a partition lease is this one, and not over. Its end is in it: a TTL would let a full server evict it, and nothing could be flushed any more to make room.
local function holds(own, lease)
  local current = redis.call('GET', own)
  if not current or string.sub(current, 1, #lease + 1) ~= lease .. '|' then return false end
  local time = redis.call('TIME')
  local from, over = string.match(current, '(%d+)-(%d+)$', #lease + 2)
  return from and in_force(time[1] * 1000000 + time[2], from, over)
end

