--[[
One tick of an app's fuse (invariant 7). Adds a worker's counts, new suspects and successes; says whether the
suspects are a wave, and which of them have waited out the window and may become rejections.

KEYS  1 suspects: sorted set of registrations by the time of suspicion
      2 suspects' particulars: hash of registration → "shard:pushkey_ts"
      3 prefix of the counts; one hash for each tenth of a window
ARGV  1 now  2 window, milliseconds  3 min_samples  4 share
      5 accepted sends  6 suspect sends  7 number of new suspects
      then for each new suspect two: registration, particulars
      then the registrations that were delivered to since the last tick
returns { tripped 0 or 1, suspects that wait, then for each one due two: registration, particulars }
]]
local now, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local slice = math.max(1, math.floor(window / 10))
local slot = math.floor(now / slice)

local current = KEYS[3] .. slot
if ARGV[5] ~= '0' or ARGV[6] ~= '0' then
  redis.call('HINCRBY', current, 'accepted', ARGV[5])
  redis.call('HINCRBY', current, 'suspect', ARGV[6])
  redis.call('PEXPIRE', current, window * 2)
end

local cursor = 8
for _ = 1, tonumber(ARGV[7]) do
  redis.call('ZADD', KEYS[1], 'NX', now, ARGV[cursor])
  redis.call('HSET', KEYS[2], ARGV[cursor], ARGV[cursor + 1])
  cursor = cursor + 2
end
for index = cursor, #ARGV do
  if redis.call('ZREM', KEYS[1], ARGV[index]) > 0 then redis.call('HDEL', KEYS[2], ARGV[index]) end
end

local waiting = redis.call('ZCARD', KEYS[1])
if waiting == 0 then return { 0, 0 } end
redis.call('PEXPIRE', KEYS[1], window * 3)
redis.call('PEXPIRE', KEYS[2], window * 3)

-- The share is that of one window. Whether the app had accepted sends beside its suspects is asked of one and a half:
-- a suspect is judged a tick or two after its window, which in a short one would leave out the sends beside it.
local accepted, suspect, acceptedBeside = 0, 0, 0
for back = 0, 15 do
  local counts = redis.call('HMGET', KEYS[3] .. (slot - back), 'accepted', 'suspect')
  acceptedBeside = acceptedBeside + tonumber(counts[1] or 0)
  if back <= 10 then
    accepted = accepted + tonumber(counts[1] or 0)
    suspect = suspect + tonumber(counts[2] or 0)
  end
end

local sends = accepted + suspect
if sends >= tonumber(ARGV[3]) and suspect > tonumber(ARGV[4]) * sends then
  redis.call('DEL', KEYS[1], KEYS[2])
  for back = 0, 15 do redis.call('DEL', KEYS[3] .. (slot - back)) end
  return { 1, 0 }
end

local result = { 0, waiting }
for _, registration in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], 0, now - window, 'LIMIT', 0, 1000)) do
  if acceptedBeside > 0 then
    result[#result + 1] = registration
    result[#result + 1] = redis.call('HGET', KEYS[2], registration) or ''
  end
  redis.call('ZREM', KEYS[1], registration)
  redis.call('HDEL', KEYS[2], registration)
end
return result
