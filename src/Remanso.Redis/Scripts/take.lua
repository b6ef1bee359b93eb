#!lua flags=allow-oom
-- Takes dirty entries of one partition: clears their queued flags, and hands out their values.
-- KEYS lease of the partition, state, queue, entries   ARGV the lease, most bytes of values (one entry is taken whatever its size),
--   per entry the oldest marker of its key
-- -> per entry taken: its index, then its fields
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {} end
local queue, budget, dequeued, out = KEYS[3], tonumber(ARGV[2]), 0, {}

for i = 3, #ARGV do
  if budget <= 0 then break end
  local marker, entry = ARGV[i], KEYS[i + 1]
  local e = redis.call('HMGET', entry, 'n', 's', 'f', 'g', 'x', 'c', 'l', 't', 'v', 'q', 'p')
  local flags = tonumber(e[2] or 0)
  local queued, taken = e[10] or '', e[11] or ''
  if flags % 2 == 1 and flags < 4 and (queued == marker or taken == marker) then
    if queued ~= '' then dequeued = dequeued + 1 end
    -- The current value goes along, so a second marker has nothing left to say.
    if queued ~= '' and queued ~= marker then redis.call('XDEL', queue, queued) end
    if taken ~= '' and taken ~= marker then redis.call('XDEL', queue, taken) end
    redis.call('HSET', entry, 'q', '', 'p', marker, 'w', e[1])
    local at = #out
    out[at + 1] = i - 3
    for field = 1, 9 do out[at + 1 + field] = e[field] end
    budget = budget - #e[9]
  else
    -- Settled or removed since the marker was read.
    redis.call('XDEL', queue, marker)
  end
end

if dequeued > 0 then redis.call('HINCRBY', KEYS[2], 'm', -dequeued) end
return out
