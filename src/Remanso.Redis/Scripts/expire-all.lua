#!lua flags=allow-oom
-- Ends the freshness of every clean copy and voids every fill lease of a partition, at once however many there are: those of an older epoch are stale, back to the epoch
-- that was in force at the first such call since all were invalidated.
-- KEYS state   ARGV channel
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local _, _, _, _, _, _, _, epoch = state_of(KEYS[1])
local text = redis.call('GETRANGE', KEYS[1], '120', '143')
local first, under = epoch, -1
if #text == 24 then first, under = struct.unpack('<dd', text) end
if under ~= epoch then first = epoch end
redis.call('SETRANGE', KEYS[1], '56', struct.pack('<d', epoch + 1))
redis.call('SETRANGE', KEYS[1], '120', struct.pack('<ddd', first, epoch + 1, now))
redis.call('SPUBLISH', ARGV[1], 'a')
return 1
