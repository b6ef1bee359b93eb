-- Writes or deletes keys of one partition whatever they hold, each as write.lua does without a condition; what all of them need is read and written once.
-- KEYS state, queue, dead letters, the entries, and, where leases are named, the lease of each
-- ARGV packed: terms, room for entries, room for bytes (what other partitions leave of the limits), markers that make a batch, urgent, leases are named;
--   then of each entry: packed: how many writes it stands for, expires (0: never), the front of its header (to the lengths), the ttl and the grace period that it is to have
--   once it is stored (as the header keeps them), its type, its tags behind eight bytes for their number, and the trace that writes, if any; and its value
-- -> {0, the partition's dirty entries, its dirty bytes, 1 where a fill lease may be in force, and of each entry its version, 0 where it found no room, or what is wrong with it}
--   {1, dirty entries, dirty bytes}: the terms are others; {2, dirty entries, dirty bytes}: leases may be in force and have to be named; nothing was written then
local call, pcall, pack, unpacked, sub, max, format = redis.call, redis.pcall, struct.pack, struct.unpack, string.sub, math.max, string.format
local state, queue = KEYS[1], KEYS[2]
local entries, bytes, queued, last, highest, taken, letters, epoch, number, _, _, _, _, stated, leases_end = state_of(state)
local terms, room, room_bytes, batch, urgent, named = unpacked('<ddddBB', ARGV[1])
if stated ~= terms then return {1, entries, bytes} end
local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local leased = now < leases_end
if leased and named == 0 then return {2, entries, bytes} end

-- A key is what its entry's name has behind the partition's prefix.
local count, floor, before, prefix = (#ARGV - 1) / 2, highest, queued, #state + 1
local reply, puts, signals, superseded, voided = {0, entries, bytes, leased and 1 or 0}, {}, {}, {}, {}

-- What refuses the first change refuses all, and is the call's error, unless it is for want of memory.
local function refused(with)
  if string.find(with.err, 'OOM', 1, true) then return 0 end
  if #puts == 0 then error(with) end
  return with.err
end

-- One of the entries: queues its marker, and says what it is to be. -> its version, 0 where it found no room, or what is wrong
local function write(entry, lease, head, value)
  local old = pcall('GETRANGE', entry, '0', '71')
  if type(old) == 'table' or (old ~= '' and (#old < 72 or string.byte(old) ~= 1)) then return 'FOREIGN ' .. entry end
  local writes, expires, flags, kind, tags, spans = unpacked('<I4dxBxxI4I4xxxxI4', head)
  local key, own = sub(entry, prefix + 1), 32 + kind + tags
  local previous, mark, letter, is_clean, frees, more, longer = floor, 0, nil, true, false, 1, #key + #value
  if old ~= '' then
    local _, old_flags, _, _, length, version, _, _, _, _, old_mark, since = unpacked(ENTRY, old)
    if version <= HIGHEST then previous = version end
    if old_flags % 2 == 1 then
      -- No lease is given for a dirty key, unless it has returned.
      is_clean = since ~= epoch
      -- A delete of a dirty key frees memory; refusing it would leave no way down.
      frees = flags > 1
      if old_flags >= 4 then
        letter = old_mark
      else
        more, longer = 0, #value - length
        -- A marker up to which was taken is no queued one: the flush that took it may have read an older value.
        if old_mark > taken then mark = old_mark end
      end
    end
  end
  if not frees and ((more > 0 and entries + more > room) or (longer > 0 and bytes + longer > room_bytes)) then return 0 end

  if mark == 0 then
    mark = max(last + 1, now)
    local id, added = format('%d', mark)
    if #head == own then added = pcall('XADD', queue, id, 'k', key) else added = pcall('XADD', queue, id, 'k', key, 't', sub(head, own + 1)) end
    if type(added) == 'table' then return refused(added) end
    queued, last = queued + 1, mark
  end
  local version, behind = max(previous + writes, now), sub(head, 33, own)
  if tags > 0 then behind = sub(behind, 1, kind) .. pack('<d', number) .. sub(behind, kind + 9) end
  puts[#puts + 1] = entry
  puts[#puts + 1] = pack(ENTRY, 1, flags, kind, tags, #value, version, 0, 0, expires, now, mark, epoch, spans) .. behind .. value
  entries, bytes, highest = entries + more, bytes + longer, max(highest, version)
  if letter then superseded[#superseded + 1] = letter end
  if leased and is_clean then voided[#voided + 1] = lease; voided[#voided + 1] = key end
  signals[#signals + 1] = pack('<c1dI4c0', flags > 1 and 'r' or 'c', version, #key, key)
  return version
end

for i = 1, count do
  reply[i + 4] = write(KEYS[i + 3], KEYS[i + 3 + count], ARGV[i * 2], ARGV[i * 2 + 1])
end
if #puts == 0 then return reply end

local put = pcall('MSET', unpack(puts))
if put.err then
  -- Had a marker been queued, no memory would be wanting any more.
  if string.find(put.err, 'OOM', 1, true) then
    for i = 5, #reply do
      if type(reply[i]) == 'number' then reply[i] = 0 end
    end
    return reply
  end
  -- An account of an earlier version may not do that.
  for i = 1, #puts, 2 do call('SET', puts[i], puts[i + 1]) end
end
-- From here on nothing may end the script: the sums of what is made are still to be written.
local channel = sub(state, 1, -2) .. 'ch'
for _, letter in ipairs(superseded) do pcall('XDEL', KEYS[3], letter) end
for i = 1, #voided, 2 do
  local held = pcall('GETDEL', voided[i])
  if type(held) == 'string' and sub(held, -1) == 'w' then pcall('SPUBLISH', channel, 'f' .. voided[i + 1]) end
end
call('SETRANGE', state, '0', pack('<ddddd', entries, bytes, queued, last, highest))
if #superseded > 0 then call('SETRANGE', state, '48', pack('<d', letters - #superseded)) end
-- For near caches and watchers, on a channel of the state's name: where there are none, nobody listens.
call('SPUBLISH', state, 'm' .. table.concat(signals))
if urgent ~= 0 or (before < batch and queued >= batch) then call('SPUBLISH', channel, urgent ~= 0 and 'u' or 'w') end
reply[2], reply[3] = entries, bytes
return reply
