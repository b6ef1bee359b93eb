#!lua flags=allow-oom
-- Ends a fill lease without a fill.
-- KEYS lease, state   ARGV key, channel, token
-- -> 1 where nothing came since it was given that would have voided a fill, whatever the tags of what was loaded; else 0
local current = redis.call('GET', KEYS[1])
if not current then return 0 end
local token, under, over_dirty, waited = string.match(current, '^%d+ (%d+) (%d+)(d?%d*)(w?)$')
if token ~= ARGV[3] then return 0 end
redis.call('DEL', KEYS[1])
if waited == 'w' then redis.call('SPUBLISH', ARGV[2], 'f' .. ARGV[1]) end
local _, _, _, _, _, _, _, epoch, _, _, removed = state_of(KEYS[2])
if tonumber(under) ~= epoch or over_dirty ~= '' or tonumber(token) < removed then return 0 end
return 1
