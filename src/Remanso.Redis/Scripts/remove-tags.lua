#!lua flags=allow-oom
-- Removes what carries one of the tags, or ends its freshness, however many entries of the partition that are: what began before the number of this removal
-- counts for nothing, entries and loads. The number is a token like those of fill leases, so that it tells which leases came before.
-- KEYS state, removals   ARGV channel, for how long a fill lease runs, how many removals are remembered at most, what stands before a tag in removals, tags
local state, removals = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local _, _, _, _, _, _, _, _, token, _, _, forgotten, longest = state_of(state)
local number = math.max(time[1] * 1000000 + time[2], token + 1)
for i = 5, #ARGV do
  redis.call('ZADD', removals, string.format('%.0f', number), ARGV[4] .. ARGV[i])
end

-- A removal is forgotten when nothing from before it can be served or filled any more, the oldest first where there are too many.
local needed = math.max(longest, tonumber(ARGV[2]))
local over = redis.call('ZCOUNT', removals, '-inf', string.format('%.0f', number - needed))
over = math.max(over, redis.call('ZCARD', removals) - ARGV[3])
if over > 0 then
  local last = redis.call('ZRANGE', removals, over - 1, over - 1, 'WITHSCORES')
  forgotten = math.max(forgotten, tonumber(last[2]))
  redis.call('ZREMRANGEBYRANK', removals, '0', over - 1)
end
redis.call('PEXPIRE', removals, math.ceil(needed / 1000))
redis.call('SETRANGE', state, '64', struct.pack('<d', number))
redis.call('SETRANGE', state, '80', struct.pack('<ddd', number, forgotten, longest))
for i = 5, #ARGV do
  redis.call('SPUBLISH', ARGV[1], 't' .. ARGV[i])
end
return 1
