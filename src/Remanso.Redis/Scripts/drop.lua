-- Gives up the values of dead letters.
-- KEYS state, dead letters, entries   ARGV channel, keys
-- -> how many were dead letters
local dropped = 0
for i = 2, #ARGV do
  local entry = KEYS[i + 1]
  local e = redis.call('HMGET', entry, 's', 'd')
  if tonumber(e[1] or 0) >= 4 then
    redis.call('DEL', entry)
    redis.call('XDEL', KEYS[2], e[2])
    redis.call('HINCRBY', KEYS[1], 'd', -1)
    redis.call('SPUBLISH', ARGV[1], 'c0 ' .. ARGV[i])
    dropped = dropped + 1
  end
end
return dropped
