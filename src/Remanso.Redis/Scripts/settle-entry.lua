-- A span in short (EntryLayout.cs): milliseconds with a mantissa of 11 bits and an exponent of 5.
local function span_of(code)
  return code % 2048 * 2 ^ math.floor(code / 2048) * 1000
end

-- Settles one entry, whatever it holds; its further arguments begin at rest. -> 0, or why it is still dirty
local function settle(at, how, wanted, marked, ttl, grace, rest)
  local entry = KEYS[at]
  --every local sizes = ARGV[rest]
  --every rest = rest + 1
  local header = header_of(entry, true)
  if not header then return 0 end
  local layout, flags, kind, tags, length, version, fresh, stale, expires, cached, mark, since, load = struct.unpack(ENTRY, header)
  if flags % 2 == 0 then
    if how ~= 2 and version < wanted then
      -- A fail-over took the write back while it was saved, and the row from before was loaded meanwhile: nothing else would ever tell.
      redis.call('DEL', entry)
      redis.call('SPUBLISH', state, 'c' .. struct.pack('<d', 0) .. string.sub(entry, prefix + 1))
    end
    return 0
  end

  local dead = flags >= 4
  local ends = version == wanted and (mark == marked or dead)
  --every -- What the store refused stays in front of what was written since: the key waits as a whole.
  --every ends = ends or (how == 2 and not dead)
  if not ends then
    -- Written since, or queued again: as a rule it has a marker of its own behind what was taken. It has none where a fail-over took back how far was
    -- taken, or a redirect let the take overtake its look at the entry.
    local result = mark == marked and 2 or 1
    if how ~= 2 and version < (how == 1 and struct.unpack('<d', ARGV[rest]) or wanted) then
      -- A fail-over took back what was saved meanwhile, so this one is older than the row, whoever compared the two before: it has returned, again.
      local from = redis.call('GETRANGE', state, '144', '151')
      from = #from == 8 and struct.unpack('<d', from) or 0
      if from > 0 then redis.call('SETRANGE', entry, '64', struct.pack('<I4', math.min(since, from) - 1)) end
    end
    --every -- What waits behind a part of the versions is as old as the marker with which that was taken.
    --every if string.byte(sizes) == 1 then result = 2 end
    --every local gone_versions = how ~= 2 and redis.call('XTRIM', KEYS[at + 1], 'MINID', string.format('%.0f', wanted + 1)) or 0
    --every if gone_versions > 0 then
    --every   -- Those of them that an earlier settlement left: the last ones.
    --every   local all = (#sizes - 1) / 8 - (version == wanted and 1 or 0)
    --every   local function bytes_to(count) return count > 0 and struct.unpack('<d', sizes, count * 8 - 6) or 0 end
    --every   local gone_bytes = bytes_to(all) - bytes_to(all - gone_versions)
    --every   if not dead then entries, bytes = entries - gone_versions, bytes - gone_bytes end
    --every   fresh, stale = math.max(0, fresh - gone_versions), math.max(0, stale - gone_bytes)
    --every   redis.call('SETRANGE', entry, '24', struct.pack('<dd', fresh, stale))
    --every   if fresh == 0 then redis.call('DEL', KEYS[at + 1]) end
    --every end
    return result
  end

  -- A dirty entry has in the place of its TTL how many versions are kept beside it, and their bytes.
  if not dead then
    entries, bytes = entries - 1 - fresh, bytes - (#entry - prefix) - length - stale
  end
  if how == 2 then
    if not dead then
      last = math.max(last + 1, now)
      redis.call('XADD', KEYS[3], last, 'k', ARGV[rest], 'e', ARGV[rest + 1], 'a', string.format('%.0f', now))
      redis.call('SETRANGE', entry, '1', string.char(flags + 4))
      redis.call('SETRANGE', entry, '56', struct.pack('<d', last))
      letters = letters + 1
    end
    redis.call('SPUBLISH', channel, ARGV[rest + 2])
    --every if version ~= wanted then redis.call('SPUBLISH', channel, 'd' .. struct.pack('<dI4', version, #ARGV[rest]) .. ARGV[rest] .. ARGV[rest + 1]) end
    return 0
  end

  --every redis.call('DEL', KEYS[at + 1])
  if dead then
    gone[#gone + 1] = mark
    letters = letters - 1
  end
  flags = flags % 4 - 1
  if how == 1 then
    local tombstone
    version, expires, tombstone = struct.unpack('<ddB', ARGV[rest])
    flags, cached = tombstone * 2, now
  else
    -- What its writer gave it, where a clean entry has the time of its load.
    if load % 65536 > 0 then ttl = span_of(load % 65536) end
    if load >= 65536 then grace = span_of(math.floor(load / 65536)) end
  end
  load = 0
  local carried
  fresh = now + ttl
  stale = fresh + grace
  local life = math.ceil((ttl + grace) / 1000)
  if expires > 0 and stale > expires then
    fresh, stale = math.min(fresh, expires), expires
    life = math.ceil((expires - now) / 1000)
  end
  if how == 1 then
    local type, value = ARGV[rest + 1], ARGV[rest + 2]
    carried, kind = ARGV[rest + 4], #type
    redis.call('SET', entry,
      struct.pack(ENTRY, 1, flags, kind, #carried, #value, version, fresh, stale, expires, cached, 0, epoch, load) .. type .. carried .. value)
    redis.call('SETRANGE', entry, '2', '\1')
    redis.call('SPUBLISH', state, ARGV[rest + 3])
  else
    carried = tags_of(entry, kind, tags)
    redis.call('SETRANGE', entry, '0',
      struct.pack(ENTRY, layout, flags, kind, tags, length, version, fresh, stale, expires, cached, 0, epoch, load))
  end
  -- The key may be gone at any time from now on: nothing else would tell which version its row has.
  if version > highest then highest = version end
  -- Invalidated or expired, by itself, by a tag or with all, while it was dirty, or returned: from now on that counts.
  local fate = judge_tags(entry, kind, carried, KEYS[4], removed, forgotten)
  if string.byte(header, 4) == 2 or (since ~= epoch and not expired_with(state, since, epoch)) then fate = 2 end
  if fate == 0 and (since ~= epoch or string.byte(header, 4) == 1) then fate = 1 end
  if fate == 2 or (fate == 1 and (flags ~= 0 or stale <= fresh)) then
    redis.call('DEL', entry)
  elseif fate == 1 then
    make_stale(entry, fresh, now, now, epoch)
  end
  if fate > 0 then redis.call('SPUBLISH', state, 'c' .. struct.pack('<d', 0) .. string.sub(entry, prefix + 1)) end
  if fate < 2 and carried ~= '' then
    span = math.max(span, stale - now)
  end
  redis.call('PEXPIRE', entry, life)
  return 0
end
