#!lua flags=allow-oom
-- Reads one key that a plain HMGET missed, and takes its fill lease if it still is no fresh hit (take-lease.lua is the end of this
-- script). Hits are read without a script, which costs the server half as much.
-- KEYS entry, lease, state   ARGV holder, the lease's milliseconds
-- -> the entry, its first field -1 for a hit or the lease for a stale one; a miss: the lease alone
local holder = ARGV[1]
local found = redis.call('HMGET', KEYS[1], 'i', 'n', 's', 'f', 'g', 'x', 'c', 'l', 't', 'v')
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local epoch

if found[2] then
  if found[3] % 2 == 1 then
    local expires = tonumber(found[6])
    if expires > 0 and now >= expires then
      -- The store has yet to hear of the value; for readers its lifetime is over.
      if found[3] % 4 < 2 then found[3] = found[3] + 2 end
      found[10] = ''
    end
    found[1] = -1
    return found
  end
  epoch = redis.call('HGET', KEYS[3], 'i') or '0'
  if found[1] ~= epoch or now >= tonumber(found[5]) then
    found = nil
  elseif now < tonumber(found[4]) then
    found[1] = -1
    return found
  end
else
  found = nil
end
