#!lua flags=allow-oom
-- Lets a fill lease run on: its holder lives, and still loads.
-- KEYS lease, state   ARGV token, milliseconds
local current = redis.call('GET', KEYS[1])
if not current or string.match(current, '^%d+ (%d+)') ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
local _, _, _, _, _, _, _, _, _, _, _, _, _, _, leased = state_of(KEYS[2])
note_lease(KEYS[2], leased, time[1] * 1000000 + time[2] + ARGV[2] * 1000)
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
