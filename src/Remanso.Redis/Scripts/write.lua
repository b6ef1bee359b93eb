-- Writes or deletes one key: section 4 of the design, in one step. Many unconditional writes of it may come as one, with the value of the last.
-- Or it merges: it writes what number.lua or json.lua, of which one is put in front of this then, makes of the value that the key holds, and all but the value stays.
-- KEYS entry, lease, state, queue, dead letters, and where there is a condition, a merge or an identity, removals; and the note of its identity
-- ARGV key, value (what it merges), type, and packed: condition, flags (tombstone), urgent, whether there is a loader, its version, expires (0: never), ttl of a clean entry (-1: dirty), its grace period,
--   the ttl and the grace period that a dirty one is to have once it is stored (as the header keeps them; 0: what the settlement says), room for entries, room for bytes (what other partitions leave of the limits), markers that make a batch, how many writes it stands for, the terms;
--   and the tags, where there are any; packed: kind of the merge, the cap of an array, the most bytes that the value may have ('' for no merge); and what it writes in short, and for how many milliseconds it is noted ('' and 0 for no note); and the trace that writes
-- Lines behind --every belong to the script of caches that keep every version: KEYS has the kept versions behind all others there, and what is overwritten while it is dirty goes to their end.
-- -> {outcome, version (of the last write), the partition's dirty entries, its dirty bytes}, and the number that a merge left, or the bytes ('' for none); and 1 where that was there before, 2 where the write was made before
local key, value, kind = ARGV[1], ARGV[2], ARGV[3]
local condition, tombstone, urgent, loader, wanted, expires, ttl, grace, own, room, room_bytes, batch, writes, terms = struct.unpack('<BBBBddddI4ddddd', ARGV[4])
local entry, state = KEYS[1], KEYS[3]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local entries, bytes, queued, last, highest, taken, letters, epoch, number, _, removed, forgotten, longest, stated, leased = state_of(state)
if stated ~= terms then return {99, 0, entries, bytes} end
local merge, number_left = ARGV[6] ~= '' and ARGV[6], nil
local noted_as = ARGV[7] and ARGV[7] ~= '' and ARGV[7]
local tags = ARGV[5] and ARGV[5] ~= '' and struct.pack('<d', number) .. ARGV[5] or ''
if noted_as then
  local note = redis.call('GET', KEYS[7])
  if note then
    if string.sub(note, 1, #noted_as) ~= noted_as then return {6, 0, entries, bytes} end
    local accepted, at = struct.unpack('<d', note, #noted_as + 1)
    local text = string.sub(note, at)
    return {0, accepted, entries, bytes, text, 2}
  end
end

local flags, length, previous, fresh, lifetime, mark, since, type_length, tags_length = 0, 0, highest, 0, 0, 0, -1, 0, 0
--every local kept, kept_bytes = 0, 0
local old = header_of(entry)
if old then
  local _
  _, flags, type_length, tags_length, length, previous, fresh, _, lifetime, _, mark, since = struct.unpack(ENTRY, old)
  if previous > HIGHEST then previous = highest end
  --every -- What is kept beside it has grown to its version, so it grows on from there.
  --every if flags % 2 == 1 then previous, kept, kept_bytes = struct.unpack('<d', old, 17), fresh, struct.unpack('<d', old, 33) end
end
local dirty, dead = flags % 2 == 1, flags >= 4

-- Only the first change is refused where memory is short, so it decides for all.
local function refused(reply)
  if string.find(reply.err, 'OOM', 1, true) then return {3, 0, entries, bytes} end
  return reply
end

if condition ~= 0 or merge then
  -- One that has returned is no base: its row may be newer.
  local hit = dirty and (ttl >= 0 or not has_returned(state, since, epoch)) or (not dirty and old and since == epoch and now < fresh
    and fate_of(tags_of(entry, type_length, tags_length), KEYS[6], removed, forgotten) == 0)
  -- What is past its TTL has to be loaded before it can be compared; without store and loader there is nothing to load.
  if not hit and (ttl < 0 or loader ~= 0) then return {2, 0, entries, bytes} end
  local present = hit and flags % 4 < 2 and (lifetime == 0 or now < lifetime)
  local version = present and previous or 0
  local met = condition == 1 and not present
    or condition == 2 and present
    or condition == 3 and present and version == wanted
  if condition ~= 0 and not met then return {1, version, entries, bytes} end

  if merge then
    local current = present and redis.call('GETRANGE', entry, 72 + type_length + tags_length, -1) or nil
    local sort, cap, most = struct.unpack('<Bdd', merge)
    if current and sort > 2 and #current > most then return {8, version, entries, bytes, string.format('%.0f', #current)} end
    value, number_left = merged(sort, value, current, cap)
    if not value then return {number_left, version, entries, bytes} end
    if #value > most then return {8, version, entries, bytes, string.format('%.0f', #value)} end
    if value == current then
      -- Nothing changes, so nothing is written.
      if noted_as then
        local noted = redis.pcall('SET', KEYS[7], noted_as .. struct.pack('<d', previous) .. number_left, 'PX', ARGV[8])
        if noted.err then return refused(noted) end
      end
      if dirty and urgent ~= 0 then redis.call('SPUBLISH', string.sub(state, 1, -2) .. 'ch', 'u') end
      return {0, previous, entries, bytes, number_left, 1}
    end
    if present then
      kind = type_length > 0 and redis.call('GETRANGE', entry, 72, 71 + type_length) or ''
      tags = tags_of(entry, type_length, tags_length)
      if tags ~= '' then tags = struct.pack('<d', number) .. string.sub(tags, 9) end
      expires = lifetime
    end
  end
end

-- A dirty entry stays dirty even where the writer knows of no store: its marker is in the queue.
local stays = dirty or ttl < 0
local more, longer = 0, 0
if stays then
  if dirty and not dead then longer = #value - length else more, longer = 1, #key + #value end
  -- A delete of a dirty key frees memory; refusing it would leave no way down.
  local frees = tombstone ~= 0 and dirty
  --every frees = false
  --every -- What is overwritten stays, and all that waited with a dead letter counts again.
  --every more, longer = 1, #key + #value
  --every if dead then more, longer = more + 1 + kept, longer + #key + length + kept_bytes end
  if not frees and ((more > 0 and entries + more > room) or (longer > 0 and bytes + longer > room_bytes)) then
    return {3, 0, entries, bytes}
  end
end

-- A marker up to which was taken is no queued one: the flush that took it may have read an older value.
local letter, enqueued = mark, stays and (not dirty or dead or mark <= taken)
if enqueued then
  mark = math.max(last + 1, now)
  local added
  if ARGV[9] then added = redis.pcall('XADD', KEYS[4], mark, 'k', key, 't', ARGV[9]) else added = redis.pcall('XADD', KEYS[4], mark, 'k', key) end
  if type(added) == 'table' then return refused(added) end
end

--every if dirty then
--every   local added = redis.pcall('XADD', KEYS[#KEYS], string.format('%.0f', previous), 'v', redis.call('GET', entry))
--every   if type(added) == 'table' then return refused(added) end
--every   kept, kept_bytes = kept + 1, kept_bytes + #key + length
--every end
local version = math.max(previous + writes, now)
local put
if stays then
  put = redis.pcall('SET', entry, struct.pack(ENTRY, 1, 1 + tombstone, #kind, #tags, #value, version, 0, 0, expires, now, mark, epoch, own) .. kind .. tags .. value)
  --every if kept > 0 and not put.err then redis.call('SETRANGE', entry, '24', struct.pack('<dd', kept, kept_bytes)) end
elseif tombstone ~= 0 then
  -- Nothing could bring the old value back, so nothing need say that it is gone.
  redis.call('DEL', entry)
else
  fresh = now + ttl
  local stale = fresh + grace
  if expires > 0 then fresh, stale = math.min(fresh, expires), math.min(stale, expires) end
  put = redis.pcall('SET', entry,
    struct.pack(ENTRY, 1, 0, #kind, #tags, #value, version, fresh, stale, expires, now, 0, epoch, 0) .. kind .. tags .. value,
    'PXAT', math.ceil(stale / 1000))
  if not put.err then note_span(state, tags, stale - now, longest) end
end
if put and put.err then return refused(put) end

if now < leased and (not dirty or since ~= epoch) then
  -- No lease is given for a dirty key, unless it has returned.
  local lease = redis.call('GETDEL', KEYS[2])
  if lease and string.sub(lease, -1) == 'w' then redis.call('SPUBLISH', string.sub(state, 1, -2) .. 'ch', 'f' .. key) end
end
if dead then
  redis.call('XDEL', KEYS[5], letter)
  redis.call('SETRANGE', state, '48', struct.pack('<d', letters - 1))
end
if enqueued then queued, last = queued + 1, mark end
entries, bytes = entries + more, bytes + longer
local ahead = version > now and version > highest
-- The floor rises with what is written here anyway; the settlement sees to the rest.
if version > highest then highest = version end
if enqueued or ahead or longer ~= 0 then
  redis.call('SETRANGE', state, '0', struct.pack('<ddddd', entries, bytes, queued, last, highest))
end

if noted_as then redis.call('SET', KEYS[7], noted_as .. struct.pack('<d', version) .. (number_left or ''), 'PX', ARGV[8]) end

-- For near caches and watchers, on a channel of the state's name: where there are none, nobody listens.
redis.call('SPUBLISH', state, (tombstone ~= 0 and 'r' or 'c') .. struct.pack('<d', version) .. key)
if stays and (urgent ~= 0 or (enqueued and queued == batch)) then
  redis.call('SPUBLISH', string.sub(state, 1, -2) .. 'ch', urgent ~= 0 and 'u' or 'w')
end
return {0, version, entries, bytes, number_left}
