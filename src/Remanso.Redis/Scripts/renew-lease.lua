#!lua flags=allow-oom
-- Lets a fill lease run on: its holder lives, and still loads.
-- KEYS lease, state   ARGV token, milliseconds
local current = redis.call('GET', KEYS[1])
if not current or string.match(current, '^%d+ (%d+)') ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
local ends = time[1] * 1000000 + time[2] + ARGV[2] * 1000
local noted = redis.call('GETRANGE', KEYS[2], '152', '159')
if #noted < 8 or struct.unpack('<d', noted) < ends then redis.call('SETRANGE', KEYS[2], '152', struct.pack('<d', ends + 1000000)) end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
