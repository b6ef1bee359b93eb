-- What all scripts know of the layouts (EntryLayout.cs and PartitionState.cs are the same in C#); put in front of each of them.

-- Entry: layout, flags, length of type, of tags, of value, version, fresh until, stale until, expires, cached at, mark, epoch, load time.
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

-- Dirty entries, their bytes, queued markers, the last id of a marker or dead letter, the highest version ahead of the clock, the marker up to
-- which was taken, dead letters, epoch, the last token of a fill lease, of the partition's.
local function state_of(state)
  local text = redis.call('GET', state) or ''
  if #text < 80 then text = text .. string.rep('\0', 80 - #text) end
  return struct.unpack('<dddddddddd', text)
end

