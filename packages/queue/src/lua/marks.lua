--[[
What a shard holds of one registration besides its deliveries: its rejection, whether it is known, its counters of rings, its
badges. Only looks at it, takes back the rejection, or erases all of it. Counters of rings are shared with other registrations,
so that they say nothing of one, and are only set back.

ARGV  1 'look', 'forget' or 'erase'  2 app  3 registration  4 its counter of rings  5 now, milliseconds  6… keys of its badges
returns { the rejection or false, milliseconds for which it is, 1 if it is known, number of badges }
]]
local what, app, registration = ARGV[1], ARGV[2], ARGV[3]
local rejection, rejections = shard .. 'dead:' .. registration, shard .. app .. '/dead'
local result = {
  redis.call('GET', rejection),
  redis.call('PTTL', rejection),
  0,
  0,
}
if what ~= 'look' then
  redis.call('DEL', rejection)
  redis.call('ZREM', rejections, registration)
end

local place = knownPlace(shard .. app .. '/', tonumber(ARGV[5]))
if place then
  local digits, hash = knownHash(place, registration)
  for _, sets in ipairs({ place.present, place.older }) do
    local set = findKnown(sets, digits, hash)
    if set then
      result[3] = 1
      if what == 'erase' then redis.call('SREM', set, hash) end
    end
  end
end

for index = 6, #ARGV do
  result[4] = result[4] + redis.call('EXISTS', ARGV[index])
  if what == 'erase' then redis.call('DEL', ARGV[index]) end
end

if what == 'erase' then
  for _, kind in ipairs({ 'pushes', 'tests' }) do
    if redis.call('EXISTS', shard .. kind) == 1 then
      redis.call('BITFIELD', shard .. kind, 'SET', 'u32', '#' .. ARGV[4], 0)
    end
  end
end
return result
