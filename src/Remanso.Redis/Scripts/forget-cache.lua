#!lua flags=allow-oom
-- Forgets a cache that nobody has noted since.
-- KEYS caches   ARGV its name, when it was noted last
-- -> 1, or 0 where somebody has
if redis.call('ZMSCORE', KEYS[1], ARGV[1])[1] ~= ARGV[2] then return 0 end
return redis.call('ZREM', KEYS[1], ARGV[1])
