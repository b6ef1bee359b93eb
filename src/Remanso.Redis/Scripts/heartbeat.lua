#!lua flags=allow-oom
-- Notes that a worker is alive, and says who else is.
-- KEYS workers   ARGV worker, milliseconds (0: it takes its leave)
-- -> the workers
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ends = now + ARGV[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
-- Nobody lives longer than a beat gives: the clock was ahead for a moment. Who is alive says so again, who died meanwhile is found out.
if ARGV[2] ~= '0' then
  for _, worker in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], string.format('(%.0f', ends), '+inf')) do
    redis.call('ZADD', KEYS[1], string.format('%.0f', ends), worker)
  end
  redis.call('ZADD', KEYS[1], string.format('%.0f', ends), ARGV[1])
else
  redis.call('ZREM', KEYS[1], ARGV[1])
end
return redis.call('ZRANGE', KEYS[1], 0, -1)
