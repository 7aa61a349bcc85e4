--[[
Records a registration as dead. An older one that is found dead later does not bring a younger dead one back to
life, so the youngest stands. One that was never known has a short life, until a notify asks for it (admit.lua).

KEYS  1 rejection key  2 hash of the app's known registrations on this shard: PREFIXknown
ARGV  1 pushkey_ts of the registration, seconds  2 life of the rejection, milliseconds  3 of one that was never known
      4 registration  5 now, milliseconds
]]
local place = knownPlace(string.sub(KEYS[2], 1, -6), tonumber(ARGV[5]))
local life = isKnown(place, ARGV[4]) and ARGV[2] or ARGV[3]
local dead = math.max(tonumber(ARGV[1]), tonumber(string.match(redis.call('GET', KEYS[1]) or '', '^%S+') or -1))
local askedTs = math.floor(ARGV[5] / 1000)
return redis.call('SET', KEYS[1], string.format('%.0f %d', dead, askedTs), 'PX', life)
