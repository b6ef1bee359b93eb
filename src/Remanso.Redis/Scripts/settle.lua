#!lua flags=allow-oom
-- Records what the store said of entries of one partition.
-- KEYS lease of the partition, state, dead letters, removals, entries   ARGV the lease, channel, the message of what the store has ('' for none), the length
--   of a name without its key; then per entry, packed: kind, version, its mark when it was taken, ttl, grace; ttl and grace in milliseconds
--   kind 1 (superseded): the row, packed: version, expires, tombstone; its type, its value, the message of the change, its tags as of when the entry was taken
--   kind 2 (dead letter): key, error, the message of it
-- Lines behind --every belong to the script of caches that keep every version: KEYS has the kept versions of each entry behind it there, and ARGV behind the two of each entry, packed: whether later
--   versions than those that were taken wait, and the bytes of the versions that were taken, each number with those before it
-- -> per entry 0 settled, 1 still dirty under a newer marker, 2 still dirty under the marker with which it was taken; -1 where the lease is lost
if not holds(KEYS[1], ARGV[1]) then return -1 end
local state, channel, prefix = KEYS[2], ARGV[2], tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local entries, bytes, queued, last, highest, taken, letters, epoch, _, _, removed, forgotten, longest = state_of(state)
local span = longest
local results, gone = {}, {}

-- A span in short (EntryLayout.cs): milliseconds with a mantissa of 11 bits and an exponent of 5.
local function span_of(code)
  return code % 2048 * 2 ^ math.floor(code / 2048) * 1000
end

local i, at = 5, 4
while ARGV[i] do
  local how, wanted, marked, ttl, grace = struct.unpack('<Bdddd', ARGV[i])
  local life, rest = ARGV[i + 1], i + 2
  --every local sizes = ARGV[rest]
  --every rest = rest + 1
  i = how == 0 and rest or how == 1 and rest + 5 or rest + 3

  at = at + 1
  local entry = KEYS[at]
  --every at = at + 1
  local header = header_of(entry, true)
  local result = 0
  if header then
    local layout, flags, kind, tags, length, version, fresh, stale, expires, cached, mark, since, load = struct.unpack(ENTRY, header)
    if flags % 2 == 1 then
      local dead = flags >= 4
      local ends = version == wanted and (mark == marked or dead)
      --every -- What the store refused stays in front of what was written since: the key waits as a whole.
      --every ends = ends or (how == 2 and not dead)
      if ends then
        -- A dirty entry has in the place of its TTL how many versions are kept beside it, and their bytes.
        if not dead then
          entries, bytes = entries - 1 - fresh, bytes - (#entry - prefix) - length - stale
        end
        --every if how ~= 2 then redis.call('DEL', KEYS[at]) end
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
        else
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
            if load > 0 then life = math.ceil((ttl + grace) / 1000) end
          end
          load = 0
          local carried
          fresh = now + ttl
          stale = fresh + grace
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
        end
      else
        -- Written since, or queued again: as a rule it has a marker of its own behind what was taken. It has none where a fail-over took back how far was
        -- taken, or a redirect let the take overtake its look at the entry.
        result = mark == marked and 2 or 1
        if how ~= 2 and version < (how == 1 and struct.unpack('<d', ARGV[rest]) or wanted) then
          -- A fail-over took back what was saved meanwhile, so this one is older than the row, whoever compared the two before: it has returned, again.
          local from = redis.call('GETRANGE', state, '144', '151')
          from = #from == 8 and struct.unpack('<d', from) or 0
          if from > 0 then redis.call('SETRANGE', entry, '64', struct.pack('<I4', math.min(since, from) - 1)) end
        end
        --every -- What waits behind a part of the versions is as old as the marker with which that was taken.
        --every if string.byte(sizes) == 1 then result = 2 end
        --every local gone_versions = how ~= 2 and redis.call('XTRIM', KEYS[at], 'MINID', string.format('%.0f', wanted + 1)) or 0
        --every if gone_versions > 0 then
        --every   -- Those of them that an earlier settlement left: the last ones.
        --every   local all = (#sizes - 1) / 8 - (version == wanted and 1 or 0)
        --every   local function bytes_to(count) return count > 0 and struct.unpack('<d', sizes, count * 8 - 6) or 0 end
        --every   local gone_bytes = bytes_to(all) - bytes_to(all - gone_versions)
        --every   if not dead then entries, bytes = entries - gone_versions, bytes - gone_bytes end
        --every   fresh, stale = math.max(0, fresh - gone_versions), math.max(0, stale - gone_bytes)
        --every   redis.call('SETRANGE', entry, '24', struct.pack('<dd', fresh, stale))
        --every   if fresh == 0 then redis.call('DEL', KEYS[at]) end
        --every end
      end
    elseif how ~= 2 and version < wanted then
      -- A fail-over took the write back while it was saved, and the row from before was loaded meanwhile: nothing else would ever tell.
      redis.call('DEL', entry)
      redis.call('SPUBLISH', state, 'c' .. struct.pack('<d', 0) .. string.sub(entry, prefix + 1))
    end
  end
  results[#results + 1] = result
end

if #gone > 0 then redis.call('XDEL', KEYS[3], unpack(gone)) end
if span > longest then redis.call('SETRANGE', state, '96', struct.pack('<d', span)) end
redis.call('SETRANGE', state, '0', struct.pack('<ddddddd', entries, bytes, queued, last, highest, taken, letters))
-- One message for all: a flush of many entries is no burst of signals.
if ARGV[3] ~= '' then redis.call('SPUBLISH', channel, ARGV[3]) end
return results
