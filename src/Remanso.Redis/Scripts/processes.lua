-- The processes of a cache that are remembered.
-- KEYS processes
-- -> of each: its identifier, what it says of itself, for how many milliseconds it has been silent
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local reply = {}
local known = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for i = 1, #known, 2 do
  local process, keep, card = string.match(known[i], '^(%S+) (%d+) (.*)$')
  local ends = tonumber(known[i + 1])
  if process and ends > now then
    reply[#reply + 1] = process
    reply[#reply + 1] = card
    reply[#reply + 1] = math.max(0, now - (ends - keep))
  end
end
return reply
