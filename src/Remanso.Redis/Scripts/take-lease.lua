
-- The common end of read.lua and lease.lua: holder asks for the lease, 0 for none; found is the stale entry, if there is one; over_dirty names the dirty one that has returned, with which the load is to be compared.
local token, ends = holder == '0' and 0 or nil, now + ARGV[2] * 1000
local current = not token and redis.call('GET', KEYS[2])
if current then
  local owner, issued, under = string.match(current, '^(%d+) (%d+) (%d+)')
  if tonumber(under) == epoch then
    if owner == holder then
      -- It is alive: it has just asked.
      redis.call('PEXPIRE', KEYS[2], ARGV[2])
      token = tonumber(issued)
    elseif redis.call('PTTL', KEYS[2]) <= ARGV[2] * 1 then
      token = 0
    end
    -- One that runs longer than any is given for was given while the clock was ahead.
  end
end

-- Before it begins.
if token ~= 0 then note_lease(KEYS[3], leased, ends) end
if not token then
  -- By the clock, so that no token comes again after the server lost its data; and never twice should the clock go back.
  token = math.max(now, newest + 1)
  redis.call('SETRANGE', KEYS[3], '64', struct.pack('<d', token))
  redis.call('SET', KEYS[2], string.format('%s %.0f %.0f', holder, token, epoch) .. over_dirty, 'PX', ARGV[2])
end

if not found then return token end
return {token, found}
