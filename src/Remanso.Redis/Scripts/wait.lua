#!lua flags=allow-oom
-- Notes that somebody waits for the end of a key's fill lease: only then is its end published.
-- KEYS lease, state
-- -> the milliseconds for which it still runs; 0 where none is in force
local current = redis.call('GET', KEYS[1])
if not current then return 0 end
local under, waited = string.match(current, '^%d+ %d+ (%d+)d?%d*(w?)$')
local _, _, _, _, _, _, _, epoch = state_of(KEYS[2])
if tonumber(under) ~= epoch then return 0 end
if waited == '' then redis.call('SET', KEYS[1], current .. 'w', 'KEEPTTL') end
return redis.call('PTTL', KEYS[1])
