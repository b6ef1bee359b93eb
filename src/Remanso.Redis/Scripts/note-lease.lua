-- Notes until when a fill lease may be in force: until then writes look for leases, and no longer. A second ahead, so that few leases have to.
local function note_lease(state, noted, ends)
  if noted < ends then redis.call('SETRANGE', state, '152', struct.pack('<d', ends + 1000000)) end
end

