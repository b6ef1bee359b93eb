#!lua flags=allow-oom
-- Ends a fill lease without a fill.
-- KEYS lease   ARGV key, channel, token
local current = redis.call('GET', KEYS[1])
if not current then return 0 end
local token, waited = string.match(current, '^%d+ (%d+) %d+d?%d*(w?)$')
if token ~= ARGV[3] then return 0 end
redis.call('DEL', KEYS[1])
if waited == 'w' then redis.call('SPUBLISH', ARGV[2], 'f' .. ARGV[1]) end
return 1
