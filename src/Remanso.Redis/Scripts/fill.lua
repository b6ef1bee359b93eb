-- Fills one key with what was loaded under its lease, and ends the lease.
-- KEYS entry, lease, state   ARGV key, channel, token, value, type, version (-1: issue one), tombstone, expires (0: never), ttl, grace, load time
-- -> {1, version, now} filled; {2, version, now} valid but not kept; {0} voided; {0, entry} what is there instead
local entry, lease, state = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local found = redis.call('HMGET', entry, 'i', 'n', 's', 'f', 'g', 'x', 'c', 'l', 't', 'v')
local sums = redis.call('HMGET', state, 'i', 'h')
local epoch = sums[1] or '0'
local previous = tonumber(found[2] or sums[2] or 0)

local dirty, served, newest = false, false, -1
if found[2] then
  dirty = found[3] % 2 == 1
  local valid = dirty or (found[1] == epoch and now < tonumber(found[5]))
  served = dirty or (valid and now < tonumber(found[4]))
  if valid then newest = previous end
  if dirty and tonumber(found[6]) > 0 and now >= tonumber(found[6]) then
    if found[3] % 4 < 2 then found[3] = found[3] + 2 end
    found[10] = ''
  end
  found[1] = -1
end

local current = redis.call('GET', lease)
local token, under, waited
if current then token, under, waited = string.match(current, '^%d+ (%d+) (%d+)(w?)$') end
if token ~= ARGV[3] or under ~= epoch or dirty then
  if served then return {0, found} end
  return {0}
end

local function finish(reply)
  redis.call('DEL', lease)
  if waited == 'w' then redis.call('SPUBLISH', ARGV[2], 'f' .. ARGV[1]) end
  return reply
end

local version = tonumber(ARGV[6])
if version < 0 then version = math.max(previous + 1, now) end
if newest > version then return finish({0, found}) end

local ttl = tonumber(ARGV[9])
if ttl <= 0 then
  redis.call('DEL', entry)
  return finish({2, version, now})
end

local value, tombstone, expires = ARGV[4], tonumber(ARGV[7]), tonumber(ARGV[8])
if expires > 0 and now >= expires then
  -- Kept as a value, it would be loaded again by every read.
  value, tombstone = '', 1
end
if tombstone == 1 then expires = 0 end
local fresh = now + ttl
local stale = fresh + tonumber(ARGV[10])
if expires > 0 then fresh, stale = math.min(fresh, expires), math.min(stale, expires) end

-- Before any other change: only the first one is refused where memory is short.
local put = redis.pcall('HSET', entry, 'v', value, 'n', string.format('%.0f', version), 's', tombstone * 2, 't', ARGV[5],
  'f', string.format('%.0f', fresh), 'g', string.format('%.0f', stale), 'x', string.format('%.0f', expires),
  'c', string.format('%.0f', now), 'l', ARGV[11], 'i', epoch)
if type(put) == 'table' then
  if string.find(put.err, 'OOM', 1, true) then return finish({2, version, now}) end
  return put
end
redis.call('PEXPIREAT', entry, string.format('%.0f', math.ceil(stale / 1000)))
if version > now and version > tonumber(sums[2] or 0) then redis.call('HSET', state, 'h', string.format('%.0f', version)) end
return finish({1, version, now})
