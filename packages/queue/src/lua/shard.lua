--[[
What every script knows of a shard. KEYS[1] is what all its keys begin with; they are on one slot of a Cluster.

  queues          set: the queues that may hold anything
  rings           hash: a queue → the bells that ring for it, with blanks between
  bells           sorted set: a bell → until when its workers live
  bell:BELL       what workers of one choice of queues sleep on; BZPOPMIN wakes one of them
  ready:BELL      sorted set: those of their queues that have work; the lowest is served next
  due             sorted set: a queue → when its next delayed delivery is due
  alarm           string: the worker that comes again for the next of them, and when
  pushes, tests   bits: when a registration, with others, has made up for its pushes (admit.lua)
  workers         sorted set: a worker's token → until when it lives without a word of it
  in-flight:TOKEN      set: what that worker has in flight, as QUEUE:ID
  QUEUE:later     sorted set: deliveries that their provider has put off and that have no outcome yet, by when they were accepted
  weights         hash: a queue → bytes that what waits in it takes, delayed or not; look.lua mends it
  looked          string: nobody looks over the shard before it is gone (look.lua)

Rejections, claims, badges and known registrations stand beside them: docs/redis.md has all keys and their lives.

All times are Redis', so that no worker's clock matters.
]]
local shard = KEYS[1]

local function microseconds()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

local function keyOf(queue, kind) return shard .. queue .. ':' .. kind end

-- Each queue has one beside it for registrations that are not known yet: room of their own (invariant 14).
local ofNewcomers = '.new'
local function isOfNewcomers(queue) return string.sub(queue, -#ofNewcomers) == ofNewcomers end
local function mainQueueOf(queue) return isOfNewcomers(queue) and string.sub(queue, 1, -#ofNewcomers - 1) or queue end

local lanes = { 'high', 'low', 'calls' }
-- Of an app, its queues for known registrations, and behind them the others.
local queuesOf = {}
local function queuesOfApp(app)
  if not queuesOf[app] then
    local names = {}
    for index, lane in ipairs(lanes) do
      names[index] = app .. '/' .. lane
      names[index + #lanes] = names[index] .. ofNewcomers
    end
    queuesOf[app] = names
  end
  return queuesOf[app]
end

-- Whether the delivery was queued here before. A homeserver's retry may come with another `prio`, so in another lane, and of a
-- registration that is known by now.
local function isDuplicate(app, id)
  local jobs = { shard .. 'claim:' .. id }
  for index, name in ipairs(queuesOfApp(app)) do jobs[index + 1] = keyOf(name, id) end
  return redis.call('EXISTS', unpack(jobs)) > 0
end

-- Of the calls that piled up the newest may still be ringing at the other end; of messages the oldest goes first.
local function isCalls(queue) return string.sub(mainQueueOf(queue), -6) == '/calls' end

-- Longer than any time: calls go before all that waits, what is not known yet behind.
local longTime = 2000000000000000
local function placeInLine(queue, now)
  if isOfNewcomers(queue) then return now + longTime end
  return isCalls(queue) and now - longTime or now
end

local function ring(bell) redis.call('ZADD', shard .. 'bell:' .. bell, 0, '0') end

-- Makes known that there are deliveries to take in these queues: a list, without repetition.
local function announce(queues, now)
  if #queues == 0 then return end
  redis.call('SADD', shard .. 'queues', unpack(queues))
  local bells = redis.call('HMGET', shard .. 'rings', unpack(queues))
  local rung = {}
  for index, queue in ipairs(queues) do
    for bell in string.gmatch(bells[index] or '', '%S+') do
      redis.call('ZADD', shard .. 'ready:' .. bell, 'NX', placeInLine(queue, now), queue)
      if not rung[bell] then ring(bell) end
      rung[bell] = true
    end
  end
end

-- What a delivery takes, in bytes: its data, and what keeps it (docs/redis.md).
local jobBytes = 350
local function weightOf(data) return #data + jobBytes end
local function weightOfJob(queue, id) return redis.call('HSTRLEN', keyOf(queue, id), bull.data) + jobBytes end
local function addWeight(queue, bytes)
  if bytes ~= 0 then redis.call('HINCRBY', shard .. 'weights', queue, bytes) end
end

local function putInFront(queue, id) redis.call(isCalls(queue) and 'LPUSH' or 'RPUSH', keyOf(queue, bull.wait), id) end

local function putBehind(queue, id) redis.call(isCalls(queue) and 'RPUSH' or 'LPUSH', keyOf(queue, bull.wait), id) end

-- Waits in the queue until then.
local function putAside(queue, id, untilMs)
  redis.call('ZADD', keyOf(queue, bull.delayed), untilMs * bull.scoresPerMs, id)
  redis.call('ZADD', shard .. 'due', 'LT', untilMs, queue)
  redis.call('SADD', shard .. 'queues', queue)
end

-- Queue → what of it is in flight.
local function inFlight()
  local active = {}
  for _, token in ipairs(redis.call('ZRANGE', shard .. 'workers', 0, -1)) do
    for _, member in ipairs(redis.call('SMEMBERS', shard .. 'in-flight:' .. token)) do
      local queue, id = string.match(member, '^(.*):(.*)$')
      active[queue] = active[queue] or {}
      active[queue][#active[queue] + 1] = id
    end
  end
  return active
end
