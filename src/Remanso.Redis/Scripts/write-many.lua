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
local count, floor, before, dead, prefix = (#ARGV - 1) / 2, highest, queued, 0, #state + 1
local reply, signals, ended = {0, 0, 0, leased and 1 or 0}, {}, {}

-- What refuses the first change refuses all, and is the call's error, unless it is for want of memory.
local function refused(with)
  if string.find(with.err, 'OOM', 1, true) then return 0 end
  if #signals == 0 then error(with) end
  return with.err
end

-- One of the entries. -> its version, 0 where it found no room, or what is wrong
local function write(entry, lease, head, value)
  local old = pcall('GETRANGE', entry, '0', '71')
  if type(old) == 'table' or (old ~= '' and (#old < 72 or string.byte(old) ~= 1)) then return 'FOREIGN ' .. entry end
  local writes, expires, flags, kind, tags = unpacked('<I4dxBxxI4I4', head)
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

  local is_queued = mark == 0
  if is_queued then
    mark = max(last + 1, now)
    local id, added = format('%d', mark)
    if #head == own then added = pcall('XADD', queue, id, 'k', key) else added = pcall('XADD', queue, id, 'k', key, 't', sub(head, own + 1)) end
    if type(added) == 'table' then return refused(added) end
  end
  local version = max(previous + writes, now)
  local named_tags = tags == 0 and sub(head, 29, own) or sub(head, 29, 32 + kind) .. pack('<d', number) .. sub(head, 41 + kind, own)
  local put = pcall('SET', entry, sub(head, 13, 28) .. pack('<ddddddI4', version, 0, 0, expires, now, mark, epoch) .. named_tags .. value)
  if put.err then return refused(put) end

  if is_queued then queued, last = queued + 1, mark end
  -- From here on nothing may end the script: the sums of what is made are still to be written.
  entries, bytes, highest = entries + more, bytes + longer, max(highest, version)
  if letter then
    pcall('XDEL', KEYS[3], letter)
    dead = dead + 1
  end
  if leased and is_clean then
    local held = pcall('GETDEL', lease)
    if type(held) == 'string' and sub(held, -1) == 'w' then ended[#ended + 1] = 'f' .. key end
  end
  signals[#signals + 1] = (flags > 1 and 'r' or 'c') .. pack('<dI4', version, #key) .. key
  return version
end

for i = 1, count do
  reply[i + 4] = write(KEYS[i + 3], KEYS[i + 3 + count], ARGV[i * 2], ARGV[i * 2 + 1])
end
if #signals > 0 then
  call('SETRANGE', state, '0', pack('<ddddd', entries, bytes, queued, last, highest))
  if dead > 0 then call('SETRANGE', state, '48', pack('<d', letters - dead)) end
  local channel = sub(state, 1, -2) .. 'ch'
  for _, signal in ipairs(ended) do call('SPUBLISH', channel, signal) end
  -- For near caches and watchers, on a channel of the state's name: where there are none, nobody listens.
  call('SPUBLISH', state, 'm' .. table.concat(signals))
  if urgent ~= 0 or (before < batch and queued >= batch) then call('SPUBLISH', channel, urgent ~= 0 and 'u' or 'w') end
end
reply[2], reply[3] = entries, bytes
return reply
