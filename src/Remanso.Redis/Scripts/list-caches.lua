#!lua flags=allow-oom
-- Notes that caches are in use, and tells which are known: first those of which nobody has said so for the longest time.
-- KEYS caches   ARGV how many are told at most, then the names of those in use
-- -> of each: its name, and when it was noted last
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[i]) end
return redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1, 'WITHSCORES')
