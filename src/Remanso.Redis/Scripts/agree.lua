#!lua flags=allow-oom
-- What all processes of a cache must agree on. What nobody has stated is stated, if this process may; who agrees says so, for whoever comes with another store.
-- KEYS meta   ARGV 1 where it may state; then field and value, in pairs
-- -> for how many milliseconds nobody has agreed, the turn of what is in force, then its values, null where there is none
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local reply, same = {0, tonumber(redis.call('HGET', KEYS[1], 'turn')) or 0}, true
for i = 2, #ARGV, 2 do
  local value = redis.call('HGET', KEYS[1], ARGV[i])
  if not value and ARGV[1] == '1' then
    value = ARGV[i + 1]
    redis.call('HSET', KEYS[1], ARGV[i], value)
  end
  same = same and value == ARGV[i + 1]
  reply[#reply + 1] = value
end
local seen = tonumber(redis.call('HGET', KEYS[1], 'seen')) or 0
if same and ARGV[1] == '1' and math.abs(now - seen) > 10000 then redis.call('HSET', KEYS[1], 'seen', string.format('%.0f', now)) end
reply[1] = now - seen
return reply
