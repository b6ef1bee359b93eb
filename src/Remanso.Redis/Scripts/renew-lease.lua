#!lua flags=allow-oom
-- Lets a fill lease run on: its holder lives, and still loads.
-- KEYS lease   ARGV token, milliseconds
local current = redis.call('GET', KEYS[1])
if not current or string.match(current, '^%d+ (%d+)') ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
