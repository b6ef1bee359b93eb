#!lua flags=allow-oom
-- Takes or renews a partition lease.
-- KEYS lease of the partition, state   ARGV worker, milliseconds
-- -> its fencing token; 0 while another worker holds it
local own, state = KEYS[1], KEYS[2]
local current = redis.call('GET', own)
if current then
  local token, worker = string.match(current, '^(%d+) (.*)$')
  if worker ~= ARGV[1] then return 0 end
  redis.call('PEXPIRE', own, ARGV[2])
  return tonumber(token)
end
-- Never below the clock: whoever remembers tokens must not take those of a server that lost its data for a zombie's.
local time = redis.call('TIME')
local token = math.max((redis.call('HGET', state, 'o') or 0) + 1, time[1] * 1000000 + time[2])
local text = string.format('%.0f', token)
redis.call('HSET', state, 'o', text)
redis.call('SET', own, text .. ' ' .. ARGV[1], 'PX', ARGV[2])
return token
