#!lua flags=allow-oom
-- Takes or renews a partition lease. It says from when until when it runs: outside of that it is over, for the clock was set back, and what began in the future would last until then.
-- KEYS lease of the partition, state   ARGV worker, milliseconds, terms
-- -> its fencing token; 0 while another worker holds it, -1 where the terms are others
local own, state = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local _, _, _, _, _, _, _, _, _, newest, _, _, _, stated = state_of(state)
if stated ~= tonumber(ARGV[3]) then return -1 end
local runs = string.format('|%.0f-%.0f', now, now + ARGV[2] * 1000)
local current = redis.call('GET', own)
if current then
  local token, worker, from, over = string.match(current, '^(%d+) (.*)|(%d+)-(%d+)$')
  if token and in_force(now, from, over) then
    if worker ~= ARGV[1] then return 0 end
    redis.call('SET', own, token .. ' ' .. worker .. runs)
    return tonumber(token)
  end
end
-- Never below the clock: whoever remembers tokens must not take those of a server that lost its data for a zombie's.
local token = math.max(newest + 1, now)
redis.call('SETRANGE', state, '72', struct.pack('<d', token))
redis.call('SET', own, string.format('%.0f ', token) .. ARGV[1] .. runs)
return token
