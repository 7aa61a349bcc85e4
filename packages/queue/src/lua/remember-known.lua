--[[
Remembers registrations of a shard as known, or finds those that are.

ARGV  1 now, milliseconds  2 a key for the hashes of an app that has none yet; '' to ask only  3… of each registration its app, and itself
returns for each registration whether it was or is now known: 1 or 0
]]
local now, secret = tonumber(ARGV[1]), ARGV[2]

local places = {}
local function placeOf(app)
  if places[app] == nil then
    local prefix = shard .. app .. '/'
    if secret ~= '' then redis.call('HSETNX', prefix .. 'known', 'secret', secret) end
    places[app] = knownPlace(prefix, now) or false
  end
  return places[app]
end

local results = {}
for index = 3, #ARGV, 2 do
  local place, registration = placeOf(ARGV[index]), ARGV[index + 1]
  if secret ~= '' then rememberKnown(place, registration) end
  results[#results + 1] = (secret ~= '' or isKnown(place, registration)) and 1 or 0
end
return results
