#!lua flags=allow-oom
-- Gives up the values of dead letters.
-- Lines behind --every belong to the script of caches that keep every version.
-- KEYS state, dead letters, entries, and where every version is kept, the kept versions of each   ARGV keys
-- -> how many were dead letters
local _, _, _, _, _, _, letters = state_of(KEYS[1])
local dropped = 0
for i = 1, #ARGV do
  local entry = KEYS[i + 2]
  local header = header_of(entry, true)
  if header then
    local _, flags, _, _, _, _, _, _, _, _, letter = struct.unpack(ENTRY, header)
    if flags >= 4 then
      redis.call('DEL', entry)
      --every redis.call('DEL', KEYS[#ARGV + i + 2])
      redis.call('XDEL', KEYS[2], letter)
      redis.call('SPUBLISH', KEYS[1], 'c' .. struct.pack('<d', 0) .. ARGV[i])
      dropped = dropped + 1
    end
  end
end
if dropped > 0 then redis.call('SETRANGE', KEYS[1], '48', struct.pack('<d', letters - dropped)) end
return dropped
