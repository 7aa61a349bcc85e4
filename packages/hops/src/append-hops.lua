--[[
Appends a chunk to one of the two streams of hops, and keeps the stream within its time and its bytes. Says the
sampling level from now on: at level n, one event in 2^n is kept.

Beyond the bytes the oldest chunks go at once. To make that rare, the level rises when so much comes in that the
room that is left would be gone in a 24th of the time that hops are kept, and falls when there is room for more. A
stream that is full takes what would fill it in just that time.

KEYS  1 stream  2 state of the stream: hash  3 the key of the fingerprints
ARGV  1 time that hops are kept, milliseconds  2 bytes that the stream may take  3 chunk; '' for none
      4 what the key is to be if there is none
returns { level, the key }
]]
local keep, limit, chunk = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]

-- Of an entry of the stream: Redis' allocator rounds up by as much as a fifth.
local function costOf(value) return math.ceil(#value * 1.2) + 128 end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

redis.call('SET', KEYS[3], ARGV[4], 'NX')
local state = redis.call('HMGET', KEYS[2], 'bytes', 'level', 'since', 'came')
local bytes, level = tonumber(state[1]) or 0, tonumber(state[2]) or 0
local since, came = tonumber(state[3]) or now, tonumber(state[4]) or 0

if chunk ~= '' then
  redis.call('XADD', KEYS[1], '*', 'c', chunk)
  bytes = bytes + costOf(chunk)
  came = came + costOf(chunk)
end
for _ = 1, 100 do
  local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  if not oldest then
    bytes = 0
    break
  end
  local at = tonumber(string.match(oldest[1], '^%d+'))
  if at >= now - keep and bytes <= limit then break end
  redis.call('XDEL', KEYS[1], oldest[1])
  bytes = math.max(0, bytes - costOf(oldest[2][2]))
end

local reserve = keep / 24
local window = math.min(10000, reserve / 4)
if now - since >= window then
  local allowed = math.max(limit / keep, (limit * 0.95 - bytes) / reserve) * (now - since)
  if came > allowed then
    level = level + math.ceil(math.log(came / allowed) / math.log(2))
  elseif level > 0 and came * 4 < allowed then
    level = level - math.max(1, math.floor(math.log(allowed / math.max(came, 1)) / math.log(2)) - 1)
  end
  level = math.max(0, math.min(16, level))
  since, came = now, 0
end

redis.call('HSET', KEYS[2], 'bytes', bytes, 'level', level, 'since', since, 'came', came)
redis.call('PEXPIRE', KEYS[1], keep)
redis.call('PEXPIRE', KEYS[2], keep)
return { level, redis.call('GET', KEYS[3]) }
