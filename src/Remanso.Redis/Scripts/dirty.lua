-- What is dirty in one partition.
-- KEYS state, queue
-- -> {entries, bytes, dead letters, for how many microseconds the oldest waits}
local sums = redis.call('HMGET', KEYS[1], 'e', 'b', 'd')
local age = 0
local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
if oldest then
  -- A marker's id begins with the millisecond in which it was queued.
  local time = redis.call('TIME')
  age = math.max(0, time[1] * 1000000 + time[2] - string.match(oldest[1], '^%d+') * 1000)
end
return {tonumber(sums[1] or 0), tonumber(sums[2] or 0), tonumber(sums[3] or 0), age}
