-- Settles the simple entries. Their caller read what they hold, and found nothing in it that has to be judged here: so it says what each header was, and what it is to be.
-- One that is as it was needs no more than that; of any other settle() says what is to be done.
-- ARGV[5], packed for each: its header when it was taken; what it is to begin with once it is clean, to the mark; and for how many milliseconds it stays, as text behind its length.
local function settle_simple()
  local call, pcall, unpacked = redis.call, redis.pcall, struct.unpack
  -- Times by a clock that is off count for nothing, nor does what was found under another epoch.
  local counts = written == epoch and math.abs(now - clock) < 1000000
  entries, bytes = entries - simple, bytes - simple_bytes
  if simple_highest > highest then highest = simple_highest end
  local block, at = ARGV[5], 1
  for i = 5, simple + 4 do
    local entry, old, new, life = KEYS[i]
    old, new, life, at = unpacked('<c72c64Bc0', block, at)
    if counts and pcall('GETRANGE', entry, '0', '71') == old then
      call('SETRANGE', entry, '0', new)
      call('PEXPIRE', entry, life)
    else
      local version, _, _, _, _, mark = unpacked('<dddddd', old, 17)
      local fresh, stale = unpacked('<dd', new, 25)
      entries, bytes = entries + 1, bytes + #entry - prefix + unpacked('<I4', old, 13)
      note(i - 5, settle(i, 0, version, mark, fresh - clock, stale - fresh, #ARGV + 1))
    end
  end
end
