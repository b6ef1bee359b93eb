#!lua flags=allow-oom
-- What all processes of a cache must agree on. What nobody has stated is stated, if this process may; who agrees says so, for whoever comes with another store.
-- KEYS meta   ARGV 1 where it may state; what the store tells; then field and value, in pairs, that of the store last
-- -> for how many milliseconds nobody has agreed, the turn of what is in force, what its store tells, then its values, null where there is none
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local reply, same = {0, tonumber(redis.call('HGET', KEYS[1], 'turn')) or 0, false}, true
for i = 3, #ARGV, 2 do
  local value = redis.call('HGET', KEYS[1], ARGV[i])
  if not value and ARGV[1] == '1' then
    value = ARGV[i + 1]
    redis.call('HSET', KEYS[1], ARGV[i], value)
  end
  same = same and value == ARGV[i + 1]
  reply[#reply + 1] = value
end
-- It holds for the store under which it was stated: earlier versions may have put another one in force, and know nothing of it.
local under = reply[#reply] and reply[#reply] .. '\n'
local told = under and redis.call('HGET', KEYS[1], 'told')
told = told and string.sub(told, 1, #under) == under and string.sub(told, #under + 1)
if same and not told and ARGV[1] == '1' then
  told = ARGV[2]
  redis.call('HSET', KEYS[1], 'told', under .. told)
end
same, reply[3] = same and told == ARGV[2], told
local seen = tonumber(redis.call('HGET', KEYS[1], 'seen')) or 0
if same and ARGV[1] == '1' and math.abs(now - seen) > 10000 then redis.call('HSET', KEYS[1], 'seen', string.format('%.0f', now)) end
reply[1] = now - seen
return reply
