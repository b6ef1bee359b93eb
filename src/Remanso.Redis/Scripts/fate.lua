-- What became of an entry since it was written: of its tags, of its partition's epoch, of its server; put in front of the scripts that judge entries.

-- What became of tags, each behind its length, since a number: 0 nothing, 1 one was expired, 2 one was removed; and the number of the first expiry.
local function fate_since(tags, at, since, removals, newest, forgotten)
  if since >= newest then return 0 end
  if since < forgotten then return 2 end
  local names, fate, expired = {}, 0, nil
  while at <= #tags do
    local name
    name, at = struct.unpack('<I2c0', tags, at)
    -- No tag begins so: it is the expiry of the one behind it.
    names[#names + 1] = name
    names[#names + 1] = '\1' .. name
  end
  -- In parts, for Lua's stack has an end.
  for first = 1, #names, 1000 do
    for i, number in ipairs(redis.call('ZMSCORE', removals, unpack(names, first, math.min(first + 999, #names)))) do
      if number and tonumber(number) > since then
        if i % 2 == 1 then return 2 end
        fate, expired = 1, math.min(expired or newest, tonumber(number))
      end
    end
  end
  -- The newest removal is remembered as long as any; without it nobody knows which tags they were.
  if redis.call('EXISTS', removals) == 0 then return 2 end
  return fate, expired
end

-- Whether a dirty entry may be older than its row: it is from before its server forgot, and was not compared with the row since.
local function has_returned(state, since, epoch)
  if since == epoch then return false end
  local from = redis.call('GETRANGE', state, '144', '151')
  return #from == 8 and since < struct.unpack('<d', from)
end

-- The tags of an entry behind the number of the last removal that it is known to have outlived; '' where it has none.
local function tags_of(entry, kind, tags)
  if tags == 0 then return '' end
  return redis.call('GETRANGE', entry, 72 + kind, 71 + kind + tags)
end

-- What became of them since the number before them.
local function fate_of(tags, removals, newest, forgotten)
  if tags == '' then return 0 end
  return fate_since(tags, 9, struct.unpack('<d', tags), removals, newest, forgotten)
end

-- As fate_of; an entry that outlived all then bears the newest number, so that the next reader need not ask.
local function judge_tags(entry, kind, tags, removals, newest, forgotten)
  local fate, expired = fate_of(tags, removals, newest, forgotten)
  if fate == 0 and tags ~= '' and newest > struct.unpack('<d', tags) then redis.call('SETRANGE', entry, 72 + kind, struct.pack('<d', newest)) end
  return fate, expired
end

-- When all copies were expired among which one of an earlier epoch is, in microseconds; nil where they were invalidated since.
local function expired_with(state, since, epoch)
  if since >= epoch then return nil end
  local text = redis.call('GETRANGE', state, '120', '143')
  if #text < 24 then return nil end
  local first, under, at = struct.unpack('<ddd', text)
  return under == epoch and since >= first and at or nil
end

-- Ends the freshness of a clean entry for good. Processes judge by their idea of the clock.
local function make_stale(entry, fresh, at, now, epoch)
  redis.call('SETRANGE', entry, '24', struct.pack('<d', math.min(fresh, at, now - 1000000)))
  redis.call('SETRANGE', entry, '64', struct.pack('<I4', epoch))
end

-- Notes for how long an entry with tags may be served: so long removals are remembered.
local function note_span(state, tags, span, longest)
  if tags ~= '' and span > longest then redis.call('SETRANGE', state, '96', struct.pack('<d', span)) end
end

