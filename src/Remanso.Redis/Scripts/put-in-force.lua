#!lua flags=allow-oom
-- Puts in force what the processes of a cache must agree on, if that which was seen still is.
-- KEYS meta   ARGV the turn, the mode and the store that were seen, the new turn, what the store tells; then field and value, in pairs, that of the store last
-- -> 1 where it is in force
local seen = redis.call('HGET', KEYS[1], 'turn') or '0'
if seen ~= ARGV[1] or redis.call('HGET', KEYS[1], 'versions') ~= ARGV[2] or redis.call('HGET', KEYS[1], 'store') ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], 'turn', ARGV[4])
redis.call('HSET', KEYS[1], 'told', ARGV[#ARGV] .. '\n' .. ARGV[5])
for i = 6, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 1
