-- Fills one key with what was loaded under its lease, and ends the lease. A dirty entry that has returned is compared with the load: the higher version wins.
-- KEYS entry, lease, state, removals, dead letters
-- ARGV key, channel, token, value, type, version (-1: issue one), tombstone, expires (0: never), ttl, grace, load time, tags, 1 where every version is kept
-- -> {1, version, now} filled; {2, version, now} valid but not kept; {0} voided; {0, entry, 1 where its lifetime is over} what is there instead
local entry, lease, state, removals = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local entries, bytes, queued, last, highest, _, letters, epoch, number, _, removed, forgotten, longest = state_of(state)
local previous = highest

local header = header_of(entry)
local dirty, returned, letter, served, over, newest, gone, carried = false, '', 0, false, 0, -1, -1, ''
if header then
  local _, flags, kind, tags, _, version, fresh, stale, expires, _, mark, since = struct.unpack(ENTRY, header)
  dirty = flags % 2 == 1
  -- A copy of a version that no double tells from the next one is none (read.lua).
  local exact = dirty or version <= HIGHEST
  if exact then previous = version end
  if dirty and has_returned(state, since, epoch) then
    returned = 'd' .. since
    if flags >= 4 then letter = mark end
  end
  local valid = dirty or (exact and now < stale and (since == epoch or expired_with(state, since, epoch) ~= nil))
  local fate = 0
  if valid and not dirty then
    carried = tags_of(entry, kind, tags)
    fate = fate_of(carried, removals, removed, forgotten)
    if fate == 2 then valid, gone = false, previous end
  end
  served = (dirty and returned == '') or (not dirty and valid and fate == 0 and since == epoch and now < fresh)
  if valid then newest = previous end
  if dirty and expires > 0 and now >= expires then over = 1 end
end

local current = redis.call('GET', lease)
local token, under, over_dirty, waited
if current then token, under, over_dirty, waited = string.match(current, '^%d+ (%d+) (%d+)(d?%d*)(w?)$') end
if token ~= ARGV[3] or tonumber(under) ~= epoch or (dirty and returned == '') then
  if served then return {0, redis.call('GET', entry), over} end
  return {0}
end

local function finish(reply)
  redis.call('DEL', lease)
  if waited == 'w' then redis.call('SPUBLISH', ARGV[2], 'f' .. ARGV[1]) end
  return reply
end

-- Something was settled since: the load may have read the row from before.
if over_dirty ~= returned then
  if served then return finish({0, redis.call('GET', entry), over}) end
  return finish({0})
end

-- The tags of a load are known at its end only: it began with the lease.
token = tonumber(token)
local tags = ARGV[12]
if tags ~= '' and fate_since(tags, 1, token, removals, removed, forgotten) > 0 then
  if served then return finish({0, redis.call('GET', entry), over}) end
  return finish({0})
end

local version = tonumber(ARGV[6])
if returned ~= '' and previous >= version then
  if version >= 0 then
    -- It is the truth. Its copy goes when it is stored, as that of any from before.
    -- The lease ends before: where memory is short, nothing but the first change may be refused, and a DEL never is.
    finish()
    redis.call('SETRANGE', entry, '3', '\2')
    redis.call('SETRANGE', entry, '64', struct.pack('<I4', epoch))
    return {0, redis.call('GET', entry), over}
  end
  return finish({0, redis.call('GET', entry), over})
end
if returned ~= '' and (letter == 0 or ARGV[13] == '1') then
  -- The row is newer. The flush will find it so, count it and tell; a dead letter whose versions are kept waits for people.
  if letter == 0 then redis.call('SPUBLISH', ARGV[2], 'u') end
  return finish({2, version, now})
end
if version < 0 then version = math.max(previous + 1, now) end
if newest > version then return finish({0, redis.call('GET', entry), 0}) end
-- A copy that was removed during this load still says that the row is newer.
if gone > version and fate_since(carried, 9, token, removals, removed, forgotten) == 2 then return finish({0}) end

-- A dead letter is superseded by a newer row as by a newer write.
local function bury()
  if letter == 0 then return end
  redis.call('XDEL', KEYS[5], letter)
  redis.call('SETRANGE', state, '48', struct.pack('<d', letters - 1))
end

local ttl = tonumber(ARGV[9])
if ttl <= 0 then
  redis.call('DEL', entry)
  bury()
  return finish({2, version, now})
end

local value, kind, tombstone, expires = ARGV[4], ARGV[5], tonumber(ARGV[7]), tonumber(ARGV[8])
if expires > 0 and now >= expires then
  -- Kept as a value, it would be loaded again by every read.
  value, tombstone = '', 1
end
if tombstone == 1 then expires = 0 end
local fresh = now + ttl
local stale = fresh + tonumber(ARGV[10])
if expires > 0 then fresh, stale = math.min(fresh, expires), math.min(stale, expires) end

-- Before any other change: only the first one is refused where memory is short.
local load = math.min(tonumber(ARGV[11]), 4294967295)
if tags ~= '' then tags = struct.pack('<d', number) .. tags end
local put = redis.pcall('SET', entry,
  struct.pack(ENTRY, 1, tombstone * 2, #kind, #tags, #value, version, fresh, stale, expires, now, 0, epoch, load) .. kind .. tags .. value,
  'PXAT', math.ceil(stale / 1000))
if put.err then
  if string.find(put.err, 'OOM', 1, true) then return finish({2, version, now}) end
  return put
end
bury()
note_span(state, tags, stale - now, longest)
if version > highest then
  -- The floor: the key may be gone when it is written again, and the clock set back.
  redis.call('SETRANGE', state, '0', struct.pack('<ddddd', entries, bytes, queued, last, version))
end
return finish({1, version, now})
