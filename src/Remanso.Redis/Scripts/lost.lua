#!lua flags=allow-oom
-- Tells how many entries were dirty in a partition of before, which is gone: what several know of it counts once.
-- KEYS state   ARGV the birth of the partition in its place, how many
-- -> how many more than were told
local text = redis.call('GETRANGE', KEYS[1], '168', '183')
if #text < 8 or struct.unpack('<d', text) ~= tonumber(ARGV[1]) then return 0 end
local told, count = #text == 16 and struct.unpack('<d', text, 9) or 0, tonumber(ARGV[2])
if count <= told then return 0 end
redis.call('SETRANGE', KEYS[1], '176', struct.pack('<d', count))
return count - told
