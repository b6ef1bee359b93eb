#!lua flags=allow-oom
-- Records what the store said of entries of one partition.
-- KEYS lease of the partition, state, queue, dead letters, entries   ARGV the lease, channel; then per entry: marker, key, version, kind, ttl, grace,
--   kind 1 (superseded): the row's version, value, type, tombstone, expires;   kind 2 (dead letter): the error
-- -> per entry 0 settled, 1 still dirty; -1 where the lease is lost
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
local state, queue, channel = KEYS[2], KEYS[3], ARGV[2]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local nowText = string.format('%.0f', now)
local sums = redis.call('HMGET', state, 'e', 'b', 'd', 'h', 'i')
local entries, bytes, dead = tonumber(sums[1] or 0), tonumber(sums[2] or 0), tonumber(sums[3] or 0)
local highest, epoch = tonumber(sums[4] or 0), sums[5] or '0'
local results, stored = {}, {}

local function clean(entry, flags, expires, ttl, grace)
  local fresh = now + tonumber(ttl)
  local stale = fresh + tonumber(grace)
  if expires > 0 then fresh, stale = math.min(fresh, expires), math.min(stale, expires) end
  redis.call('HSET', entry, 's', flags, 'i', epoch, 'f', string.format('%.0f', fresh), 'g', string.format('%.0f', stale))
  redis.call('PEXPIREAT', entry, string.format('%.0f', math.ceil(stale / 1000)))
end

local i, at = 3, 4
while ARGV[i] do
  local marker, key, version, kind = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local ttl, grace, rest = ARGV[i + 4], ARGV[i + 5], i + 6
  i = rest + (kind == '1' and 5 or kind == '2' and 1 or 0)

  at = at + 1
  local entry = KEYS[at]
  local e = redis.call('HMGET', entry, 'n', 's', 'q', 'p', 'w', 'x', 'd')
  local flags = tonumber(e[2] or 0)
  local dirty = flags % 2 == 1

  -- A marker that was taken again with a newer version outlives the settlement of the older one.
  if e[4] == marker and e[5] == version then
    redis.call('XDEL', queue, marker)
    redis.call('HSET', entry, 'p', '')
  end

  local unchanged = dirty and e[1] == version and e[3] == ''
  if unchanged then
    local wasDead = flags >= 4
    if not wasDead then
      entries, bytes = entries - 1, bytes - #key - redis.call('HSTRLEN', entry, 'v')
    end
    if kind == '2' then
      if not wasDead then
        local letter = redis.call('XADD', KEYS[4], '*', 'k', key, 'e', ARGV[rest], 'a', nowText)
        redis.call('HSET', entry, 's', flags + 4, 'd', letter)
        dead = dead + 1
      end
      redis.call('SPUBLISH', channel, 'd' .. version .. ' ' .. #key .. ' ' .. key .. ARGV[rest])
    else
      if wasDead then
        redis.call('XDEL', KEYS[4], e[7])
        dead = dead - 1
      end
      if kind == '1' then
        local row, tombstone, expires = tonumber(ARGV[rest]), tonumber(ARGV[rest + 3]), tonumber(ARGV[rest + 4])
        redis.call('HSET', entry, 'n', ARGV[rest], 'v', ARGV[rest + 1], 't', ARGV[rest + 2], 'x', ARGV[rest + 4], 'c', nowText, 'l', '0')
        clean(entry, tombstone * 2, expires, ttl, grace)
        if row > now then highest = math.max(highest, row) end
        redis.call('SPUBLISH', channel, 'c' .. ARGV[rest] .. ' ' .. key)
      else
        clean(entry, flags % 4 - 1, tonumber(e[6]), ttl, grace)
      end
    end
  end

  if kind ~= '2' then
    stored[#stored + 1] = (kind == '1' and ARGV[rest] or version) .. ' ' .. #key .. ' ' .. key
  end
  results[#results + 1] = (dirty and not unchanged) and 1 or 0
end

redis.call('HSET', state, 'e', entries, 'b', string.format('%.0f', bytes), 'd', dead)
if highest > 0 then redis.call('HSET', state, 'h', string.format('%.0f', highest)) end
-- One message for all: a flush of many entries is no burst of signals.
if #stored > 0 then redis.call('SPUBLISH', channel, 's' .. table.concat(stored)) end
return results
