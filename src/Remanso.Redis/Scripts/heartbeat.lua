#!lua flags=allow-oom
-- Notes that a worker is alive, and says who else is. Versions that know the first key alone are told from the others by the second one.
-- KEYS workers, beats, trials   ARGV worker, milliseconds (0: it takes its leave), milliseconds of its trial
-- -> of each worker: its name, milliseconds since its last beat (-1: it tells of none), milliseconds left of its trial
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ends = now + ARGV[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
if ARGV[2] == '0' then redis.call('ZREM', KEYS[1], ARGV[1]) end
for _, worker in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  if not redis.call('ZMSCORE', KEYS[1], worker)[1] then
    redis.call('ZREM', KEYS[2], worker)
    redis.call('ZREM', KEYS[3], worker)
  end
end
-- Nobody lives longer than a beat gives: the clock was ahead for a moment. Who is alive says so again, who died meanwhile is found out.
if ARGV[2] ~= '0' then
  for _, worker in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], string.format('(%.0f', ends), '+inf')) do
    redis.call('ZADD', KEYS[1], string.format('%.0f', ends), worker)
  end
  redis.call('ZADD', KEYS[1], string.format('%.0f', ends), ARGV[1])
  -- What is left, and not when it ends: the clock may be set back.
  local last = redis.call('ZMSCORE', KEYS[2], ARGV[1])[1]
  local left = tonumber(ARGV[3])
  if last then left = (redis.call('ZMSCORE', KEYS[3], ARGV[1])[1] or 0) - math.max(0, now - last) end
  if left > 0 then redis.call('ZADD', KEYS[3], string.format('%.0f', left), ARGV[1]) else redis.call('ZREM', KEYS[3], ARGV[1]) end
  redis.call('ZADD', KEYS[2], string.format('%.0f', now), ARGV[1])
end
local reply = {}
for _, worker in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local last = redis.call('ZMSCORE', KEYS[2], worker)[1]
  reply[#reply + 1] = worker
  reply[#reply + 1] = last and math.max(0, now - last) or -1
  reply[#reply + 1] = math.floor(tonumber(redis.call('ZMSCORE', KEYS[3], worker)[1] or 0))
end
return reply
