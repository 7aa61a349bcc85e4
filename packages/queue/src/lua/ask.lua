--[[
Asks a shard that had the registrations of other ones, as long as the number of shards changes.

ARGV  for each delivery three: its app, its id or '' if duplicates of it are not told, its registration
returns for each four: 1 if it was queued here, the pushkey_ts up to which its pushkey is known dead or false,
        the milliseconds for which that is known, 1 if its registration is known
]]
local nowMs = math.floor(microseconds() / 1000)
local results = {}
for first = 1, #ARGV, 3 do
  local app, id, registration = ARGV[first], ARGV[first + 1], ARGV[first + 2]
  local rejectionKey = shard .. 'dead:' .. registration
  results[#results + 1] = id ~= '' and isDuplicate(app, id) and 1 or 0
  results[#results + 1] = string.match(redis.call('GET', rejectionKey) or '', '^%S+') or false
  results[#results + 1] = math.max(1, redis.call('PTTL', rejectionKey)) -- 0 in its last one, which is no life for a key
  results[#results + 1] = isKnown(knownPlace(shard .. app .. '/', nowMs), registration) and 1 or 0
end
return results
