-- What all scripts know of the layouts (EntryLayout.cs and PartitionState.cs are the same in C#); put in front of each of them.

-- Entry: layout, flags, (whether it is others' row, which only a settlement writes; of a dirty one, 1 where it is stale once it is stored, 2 where it leaves no copy then), length of type, of tags, of value, version, fresh until, stale until (of a dirty one: how many versions are kept beside it, their bytes), expires, cached at, mark, epoch, load time.
-- The epoch of a clean one is that in which it became clean, of a dirty one that in which it was written, or compared with its row since.
-- The load time of a dirty one: the ttl and the grace period that its writer gave it, in short; 0 for none.
local ENTRY = '<BBxxI4I4I4ddddddI4I4'

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
-- of the last one that was forgotten, the longest time for which an entry with tags may be served, and the terms; and until when a fill lease may be in force.
-- (What is between the last two is known to admit.lua, expire-all.lua and fate.lua.)
local STATE = '<ddddddddddddddxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxd'
-- Up to here doubles are exact. Above it a version and the next one may be the same number: rows of such versions are refused, and what one of them left is forgotten.
local HIGHEST = 9007199254740991
local function state_of(state)
  local text = redis.call('GET', state) or ''
  if #text < 160 then text = text .. string.rep('\0', 160 - #text) end
  if struct.unpack('<d', text, 33) > HIGHEST then text = string.sub(text, 1, 32) .. string.rep('\0', 8) .. string.sub(text, 41) end
  return struct.unpack(STATE, text)
end

