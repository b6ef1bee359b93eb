-- Writes or deletes one key: section 4 of the design, in one step.
-- KEYS entry, lease, state, queue, dead letters
-- ARGV key, value, type, tombstone, condition, its version, expires (0: never), ttl of a clean entry (-1: dirty), urgent,
--   room for entries, room for bytes (what other partitions leave of the limits), markers that make a batch, channel
-- -> {outcome, version, the partition's dirty entries, its dirty bytes}
local key, value, tombstone = ARGV[1], ARGV[2], ARGV[4] == '1'
local condition, ttl = ARGV[5], tonumber(ARGV[8])
local entry, state = KEYS[1], KEYS[3]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local old = redis.call('HMGET', entry, 'n', 's', 'f', 'x', 'i', 'q', 'd')
local sums = redis.call('HMGET', state, 'e', 'b', 'm', 'd', 'h', 'i')
local entries, bytes, queued = tonumber(sums[1] or 0), tonumber(sums[2] or 0), tonumber(sums[3] or 0)
local epoch = sums[6] or '0'
local flags = tonumber(old[2] or 0)
local dirty, dead = flags % 2 == 1, flags >= 4

if condition ~= '0' then
  local hit = dirty or (old[1] and old[5] == epoch and now < tonumber(old[3]))
  -- What is past its TTL has to be loaded before it can be compared; without a store there is nothing to load.
  if not hit and ttl < 0 then return {2, 0, entries, bytes} end
  local expires = tonumber(old[4] or 0)
  local present = hit and flags % 4 < 2 and (expires == 0 or now < expires)
  local version = present and tonumber(old[1]) or 0
  local met = condition == '1' and not present
    or condition == '2' and present
    or condition == '3' and present and version == tonumber(ARGV[6])
  if not met then return {1, version, entries, bytes} end
end

-- A dirty entry stays dirty even where the writer knows of no store: its marker is in the queue.
local stays = dirty or ttl < 0
if stays then
  local more, longer = 1, #key + #value
  if dirty and not dead then more, longer = 0, #value - redis.call('HSTRLEN', entry, 'v') end
  entries, bytes = entries + more, bytes + longer
  -- A delete of a dirty key frees memory; refusing it would leave no way down.
  if not (tombstone and dirty) and ((more > 0 and entries > tonumber(ARGV[10])) or (longer > 0 and bytes > tonumber(ARGV[11]))) then
    return {3, 0, entries - more, bytes - longer}
  end
end

-- Only the first change is refused where memory is short, so it decides for all.
local function refused(reply)
  if string.find(reply.err, 'OOM', 1, true) then return {3, 0, tonumber(sums[1] or 0), tonumber(sums[2] or 0)} end
  return reply
end

local marker = old[6] or ''
local enqueued = stays and marker == ''
if enqueued then
  marker = redis.pcall('XADD', KEYS[4], '*', 'k', key)
  if type(marker) == 'table' then return refused(marker) end
  queued = queued + 1
end

local version = math.max(tonumber(old[1] or sums[5] or 0) + 1, now)
local text = string.format('%.0f', version)
local fresh, stale = '0', '0'
if not stays then
  local until_ = now + ttl
  local expires = tonumber(ARGV[7])
  if expires > 0 then until_ = math.min(until_, expires) end
  fresh = string.format('%.0f', until_)
  stale = fresh
end
local put = redis.pcall('HSET', entry, 'v', value, 'n', text, 's', (stays and 1 or 0) + (tombstone and 2 or 0), 't', ARGV[3],
  'f', fresh, 'g', stale, 'x', ARGV[7], 'c', string.format('%.0f', now), 'l', '0', 'i', epoch, 'q', marker)
if type(put) == 'table' then return refused(put) end

if not stays then
  redis.call('PEXPIREAT', entry, string.format('%.0f', math.ceil(fresh / 1000)))
elseif old[1] and not dirty then
  redis.call('PERSIST', entry)
end
-- No lease is given for a dirty key.
if not dirty then redis.call('DEL', KEYS[2]) end
if dead then
  redis.call('XDEL', KEYS[5], old[7])
  redis.call('HINCRBY', state, 'd', -1)
end
if stays then redis.call('HSET', state, 'e', entries, 'b', string.format('%.0f', bytes), 'm', queued) end
if version > now then redis.call('HSET', state, 'h', string.format('%.0f', math.max(version, tonumber(sums[5] or 0)))) end

redis.call('SPUBLISH', ARGV[13], 'c' .. text .. ' ' .. key)
if stays and (ARGV[9] == '1' or (enqueued and queued == tonumber(ARGV[12]))) then redis.call('SPUBLISH', ARGV[13], 'w') end
return {0, version, entries, bytes}
