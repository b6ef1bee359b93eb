
-- The common end of read.lua and lease.lua: holder asks for the lease; found is the stale entry, if there is one.
epoch = epoch or redis.call('HGET', KEYS[3], 'i') or '0'
local token
local current = redis.call('GET', KEYS[2])
if current then
  local owner, issued, under = string.match(current, '^(%d+) (%d+) (%d+)')
  if under == epoch then
    if owner == holder then
      -- It is alive: it has just asked.
      redis.call('PEXPIRE', KEYS[2], ARGV[2])
      token = tonumber(issued)
    else
      token = 0
    end
  end
end

if not token then
  -- By the clock, so that no token comes again after the server lost its data; and never twice should the clock go back.
  token = math.max(now, (redis.call('HGET', KEYS[3], 'k') or 0) + 1)
  local text = string.format('%.0f', token)
  redis.call('HSET', KEYS[3], 'k', text)
  redis.call('SET', KEYS[2], holder .. ' ' .. text .. ' ' .. epoch, 'PX', ARGV[2])
end

if not found then return token end
found[1] = token
return found
