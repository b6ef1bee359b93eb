-- What all scripts know of the layouts (EntryLayout.cs and PartitionState.cs are the same in C#); put in front of each of them.

-- Entry: layout, flags, (whether it is others' row, which only a settlement writes), length of type, of tags, of value, version, fresh until, stale until (of a dirty one: how many versions are kept beside it, their bytes), expires, cached at, mark, epoch, load time.
-- The epoch of a clean one is that in which it became clean, of a dirty one that in which it was written, or no epoch at all where it was invalidated since.
-- The load time of a dirty one: the ttl and the grace period that its writer gave it, in short; 0 for none.
local ENTRY = '<BBxxI4I4I4ddddddI4I4'
local VOID = struct.pack('<I4', 4294967295)

-- The header of an entry, without its value; nil where there is none. What is no entry is an error, or nil where others must not suffer from it.
local function header_of(entry, lenient)
  local header = (lenient and redis.pcall or redis.call)('GETRANGE', entry, '0', '71')
  if header == '' then return nil end
  if type(header) == 'table' or #header < 72 or string.byte(header) ~= 1 then
    if lenient then return nil end
    error({err = 'FOREIGN ' .. entry})
  end
  return header
end

-- Dirty entries, their bytes, queued markers, the last id of a marker or dead letter, the highest version that is known of, the marker up to
-- which was taken, dead letters, epoch, the last token of a fill lease or a removal by tag, the last of the partition's; the number of the last removal,
-- of the last one that was forgotten, the longest time for which an entry with tags may be served, and the terms. (admit.lua knows what is behind.)
local function state_of(state)
  local text = redis.call('GET', state) or ''
  if #text < 112 then text = text .. string.rep('\0', 112 - #text) end
  return struct.unpack('<dddddddddddddd', text)
end

-- Whether one of the tags, each behind its length, was removed since a number.
local function any_removed(tags, at, since, removals, newest, forgotten)
  if since >= newest then return false end
  if since < forgotten then return true end
  local names = {}
  while at <= #tags do names[#names + 1], at = struct.unpack('<I2c0', tags, at) end
  -- In parts, for Lua's stack has an end.
  for first = 1, #names, 1000 do
    for _, number in ipairs(redis.call('ZMSCORE', removals, unpack(names, first, math.min(first + 999, #names)))) do
      if number and tonumber(number) > since then return true end
    end
  end
  -- The newest removal is remembered as long as any; without it nobody knows which tags they were.
  return redis.call('EXISTS', removals) == 0
end

-- The tags of an entry behind the number of the last removal that it is known to have outlived; '' where it has none.
local function tags_of(entry, kind, tags)
  if tags == 0 then return '' end
  return redis.call('GETRANGE', entry, 72 + kind, 71 + kind + tags)
end

-- Whether one of them was removed since.
local function is_removed(tags, removals, newest, forgotten)
  return tags ~= '' and any_removed(tags, 9, struct.unpack('<d', tags), removals, newest, forgotten)
end

-- Whether none was; the entry then bears the newest number, so that the next reader need not ask.
local function outlives(entry, kind, tags, removals, newest, forgotten)
  if is_removed(tags, removals, newest, forgotten) then return false end
  if tags ~= '' and newest > struct.unpack('<d', tags) then redis.call('SETRANGE', entry, 72 + kind, struct.pack('<d', newest)) end
  return true
end

-- Notes for how long an entry with tags may be served: so long removals are remembered.
local function note_span(state, tags, span, longest)
  if tags ~= '' and span > longest then redis.call('SETRANGE', state, '96', struct.pack('<d', span)) end
end

