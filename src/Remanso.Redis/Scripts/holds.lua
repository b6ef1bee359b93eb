-- Whether a partition lease is this one, and not over. Its end is in it: a TTL would let a full server evict it, and nothing could be flushed any more to make room.
local function holds(own, lease)
  local current = redis.call('GET', own)
  if not current or string.sub(current, 1, #lease + 1) ~= lease .. '|' then return false end
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2] < tonumber(string.sub(current, #lease + 2))
end

