-- Queues the current values of dead letters again.
-- KEYS state, queue, dead letters, entries   ARGV channel, markers that make a batch, keys
-- -> how many were dead letters
local state, replayed = KEYS[1], 0
for i = 3, #ARGV do
  local key, entry = ARGV[i], KEYS[i + 1]
  local e = redis.call('HMGET', entry, 's', 'd')
  local flags = tonumber(e[1] or 0)
  if flags >= 4 then
    local marker = redis.call('XADD', KEYS[2], '*', 'k', key)
    redis.call('HSET', entry, 's', flags - 4, 'd', '', 'q', marker)
    redis.call('XDEL', KEYS[3], e[2])
    redis.call('HINCRBY', state, 'd', -1)
    redis.call('HINCRBY', state, 'e', 1)
    redis.call('HINCRBY', state, 'b', #key + redis.call('HSTRLEN', entry, 'v'))
    if redis.call('HINCRBY', state, 'm', 1) == tonumber(ARGV[2]) then redis.call('SPUBLISH', ARGV[1], 'w') end
    replayed = replayed + 1
  end
end
return replayed
