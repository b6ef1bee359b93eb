#!lua flags=allow-oom
-- Takes or renews a partition lease.
-- KEYS lease of the partition, state   ARGV worker, milliseconds
-- -> its fencing token; 0 while another worker holds it
local own, state = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local ends = string.format('|%.0f', now + ARGV[2] * 1000)
local current = redis.call('GET', own)
if current then
  local token, worker, over = string.match(current, '^(%d+) (.*)|(%d+)$')
  if not token then return 0 end
  if now < tonumber(over) then
    if worker ~= ARGV[1] then return 0 end
    redis.call('SET', own, token .. ' ' .. worker .. ends)
    return tonumber(token)
  end
end
-- Never below the clock: whoever remembers tokens must not take those of a server that lost its data for a zombie's.
local _, _, _, _, _, _, _, _, _, newest = state_of(state)
local token = math.max(newest + 1, now)
redis.call('SETRANGE', state, '72', struct.pack('<d', token))
redis.call('SET', own, string.format('%.0f ', token) .. ARGV[1] .. ends)
return token
