--[[
Remembers registrations as known, or finds those that are.

KEYS  1 hash of the app's known registrations on this shard: PREFIXknown
ARGV  1 now, milliseconds  2 a key for the hashes, used if there is none yet; '' to ask only  3… registrations
returns for each registration whether it was or is now known: 1 or 0
]]
local prefix, now, secret = string.sub(KEYS[1], 1, -6), tonumber(ARGV[1]), ARGV[2]
if secret ~= '' then redis.call('HSETNX', KEYS[1], 'secret', secret) end

local place, results = knownPlace(prefix, now), {}
for index = 3, #ARGV do
  if secret ~= '' then rememberKnown(place, ARGV[index]) end
  results[index - 2] = (secret ~= '' or isKnown(place, ARGV[index])) and 1 or 0
end
return results
