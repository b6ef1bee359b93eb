-- What is dirty in one partition.
-- KEYS state, queue
-- -> {entries, bytes, dead letters, for how many microseconds the oldest waits}
local entries, bytes, _, _, _, _, letters = state_of(KEYS[1])
local age = 0
-- A marker may stand for nothing that is dirty any more, until it is swept.
local oldest = entries > 0 and redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', '1')[1]
if oldest then
  -- A marker's id is the microsecond in which it was queued.
  local time = redis.call('TIME')
  age = math.max(0, time[1] * 1000000 + time[2] - string.match(oldest[1], '^%d+'))
end
return {entries, bytes, letters, age}
