#!lua flags=allow-oom
-- Gives a turn that nobody has had.
-- KEYS meta   ARGV the highest that a partition knows of: the cache may have forgotten its own
-- -> the turn
local turn = math.max(tonumber(redis.call('HGET', KEYS[1], 'turns')) or 0, tonumber(ARGV[1])) + 1
redis.call('HSET', KEYS[1], 'turns', string.format('%.0f', turn))
return turn
