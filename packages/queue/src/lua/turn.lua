--[[
One turn of a worker at a queue: takes away the jobs that it finished and hands out as many as it has room
for. What BullMQ does with one moveToFinished and one moveToActive for each job is one call for a batch here,
without the entries in the event stream. Locks, lists and the delayed set are BullMQ's, so its own recovery of
stalled jobs, its delays, pauses and rate limits work on them.

KEYS  1 wait  2 active  3 delayed  4 meta  5 limiter  6 marker  7 stalled  8 job key prefix
ARGV  1 now, milliseconds  2 lock token  3 life of a lock, milliseconds  4 room
      5 'oldest' or 'newest': which waiting jobs go first  6… ids of finished jobs
returns { milliseconds that the queue is held, time of the next delayed job or 0,
          then for each job four: id, data or false, deferred failure or false, times that it stalled or false }
]]
local wait, active, delayed, meta = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local limiter, marker, stalled, prefix = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local now, token, lockLife, room = tonumber(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4])
local newestFirst = ARGV[5] == 'newest'

for index = 6, #ARGV do
  local id = ARGV[index]
  local lockKey = prefix .. id .. ':lock'
  local owner = redis.call('GET', lockKey)
  -- A lock of somebody else's: it stalled here, and they are at it. Without a lock it may have gone back to
  -- the wait list already, or have been delayed by another worker; it was sent, so it is taken from there too
  -- and rings no second time.
  if not owner or owner == token then
    if redis.call('LREM', active, -1, id) > 0 or redis.call('LREM', wait, -1, id) > 0
      or redis.call('ZREM', delayed, id) > 0 then
      redis.call('DEL', lockKey, prefix .. id)
      redis.call('SREM', stalled, id)
    end
  end
end

-- BullMQ keeps the time in the upper bits of a delayed job's score, the order within it in the lower twelve.
local due = redis.call('ZRANGEBYSCORE', delayed, 0, (now + 1) * 0x1000 - 1, 'LIMIT', 0, 1000)
if #due > 0 then
  redis.call('ZREM', delayed, unpack(due))
  for _, id in ipairs(due) do
    redis.call(newestFirst and 'RPUSH' or 'LPUSH', wait, id) -- behind what waits already
    redis.call('HSET', prefix .. id, 'delay', 0)
  end
end

local result = { 0, 0 }
local heldFor = redis.call('PTTL', limiter)
local paused, concurrency = unpack(redis.call('HMGET', meta, 'paused', 'concurrency'))
if concurrency then room = math.min(room, tonumber(concurrency) - redis.call('LLEN', active)) end

if heldFor > 0 then
  result[1] = heldFor
elseif not paused and room > 0 then
  local ids = redis.call(newestFirst and 'LPOP' or 'RPOP', wait, room) or {}
  for _, id in ipairs(ids) do
    local job = redis.call('HMGET', prefix .. id, 'data', 'defa', 'stc')
    redis.call('LPUSH', active, id)
    redis.call('SET', prefix .. id .. ':lock', token, 'PX', lockLife)
    result[#result + 1] = id
    result[#result + 1] = job[1]
    result[#result + 1] = job[2]
    result[#result + 1] = job[3]
  end
  if #ids == room and redis.call('EXISTS', wait) == 1 then
    redis.call('ZADD', marker, 0, '0') -- there is more, for whoever has room
  end
end

local nextDelayed = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
if nextDelayed[2] then result[2] = math.floor(tonumber(nextDelayed[2]) / 0x1000) end
return result
