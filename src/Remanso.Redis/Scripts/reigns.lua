-- Whether a server still reigns as when its state was read. One that reigns anew may have come back without what was settled, so that markers with nothing left to say have it to say again.
local function reigns(state, reign)
  return redis.call('GETRANGE', state, '112', '151') == reign
end

