--[[
Takes a batch of deliveries of one shard. For each: known dead → rejected; claimed, or still on a queue → duplicate;
otherwise it is queued, what is for a known registration apart from what is not (invariants 1, 2, 3, 5 and 14). What waits is its own claim: it is called by its identity. The whole
batch is one atomic step: Redis runs a script alone, and refuses it before its first write when out of memory or read-only.

A badge update names what it updates. If an older one of it still waits, the newer takes its place there, so that
of these only the newest waits.

ARGV  1  number of queues; then for each three: its name, deliveries that may wait for its app on the shard, bytes that they may take
      then the life of a rejection that is asked for, milliseconds
      then milliseconds between two pushes to one registration, if they are many; then for each delivery nine:
         queue (1-based), id, '1' if duplicates of it are told, registration, pushkey_ts or '', job data,
         '' or for a badge update two words: its life in milliseconds, the key of what it updates,
         job options or '',
         '' or two words: `pushes` or `tests`, and the counter of its registration
returns for each delivery 0 queued, 1 duplicate, 2 rejected, 3 replaced, 4 shed, 5 full; then for each queue whose app had
         to drop deliveries to registrations that are not known two: its name, how many
]]
local now = microseconds()
local nowMs = math.floor(now / 1000)

local queues, cursor = {}, 2
for index = 1, tonumber(ARGV[1]) do
  local name = ARGV[cursor]
  queues[index] = {
    name = name,
    app = string.match(name, '^(.*)/'),
    lane = string.match(name, '[^/]*$'),
    limit = tonumber(ARGV[cursor + 1]),
    bytes = tonumber(ARGV[cursor + 2]),
  }
  cursor = cursor + 3
end

-- Whether the registration is known, or its app knows none on this shard: then there is nobody to set it apart from.
local places = {}
local function placeOf(app)
  if places[app] == nil then places[app] = knownPlace(shard .. app .. '/', nowMs) or false end
  return places[app]
end
local function goesFirst(app, registration)
  local place = placeOf(app)
  return not place or isKnown(place, registration)
end

-- Queue → bytes that came to what waits in it.
local weights = {}
local function weigh(queue, bytes) weights[queue] = (weights[queue] or 0) + bytes end

-- More than any delivery takes (intake.ts bounds what one holds).
local mostBytes = 131072
local backlogs = {}
local function backlogOf(app, bytes)
  if backlogs[app] then return backlogs[app] end
  local backlog, names = { all = 0, newcomers = 0, bytes = 0 }, queuesOfApp(app)
  local inUse = {}
  for index, isInUse in ipairs(redis.call('SMISMEMBER', shard .. 'queues', unpack(names))) do
    if isInUse == 1 then
      local queue = names[index]
      local count = redis.call('LLEN', keyOf(queue, bull.wait)) + redis.call('ZCARD', keyOf(queue, bull.delayed))
      backlog.all = backlog.all + count
      if index > #lanes then backlog.newcomers = backlog.newcomers + count end
      if count > 0 then inUse[#inUse + 1] = queue end
    end
  end
  if backlog.all * mostBytes >= bytes then
    for _, weight in ipairs(redis.call('HMGET', shard .. 'weights', unpack(inUse))) do
      backlog.bytes = backlog.bytes + math.max(0, tonumber(weight or 0))
    end
  end
  backlogs[app] = backlog
  return backlog
end

local function isFull(queue, share)
  local backlog = backlogOf(queue.app, queue.bytes)
  return backlog.all >= queue.limit * share or backlog.bytes >= queue.bytes * share
end

-- Makes room for the queue, of up to twenty deliveries of its app that wait for a registration that is not known: first those
-- that have waited for another try, then the last ones that came.
local dropped, results = {}, {}
local function dropNewcomers(full)
  local backlog, app, most = backlogOf(full.app), full.app, 20
  for _, kind in ipairs({ bull.delayed, bull.wait }) do
    for _, lane in ipairs({ 'low', 'high', 'calls' }) do
      local queue = app .. '/' .. lane .. ofNewcomers
      while most > 0 and isFull(full, 1) do
        local id = kind == bull.delayed and redis.call('ZPOPMAX', keyOf(queue, kind))[1]
          or kind == bull.wait and redis.call(isCalls(queue) and 'RPOP' or 'LPOP', keyOf(queue, kind))
        if not id then break end
        local bytes = weightOfJob(queue, id)
        weigh(queue, -bytes)
        redis.call('DEL', keyOf(queue, id))
        redis.call('ZREM', keyOf(queue, 'later'), id)
        dropped[queue] = (dropped[queue] or 0) + 1
        backlog.all, backlog.newcomers, backlog.bytes = backlog.all - 1, backlog.newcomers - 1, backlog.bytes - bytes
        most = most - 1
      end
    end
  end
end

-- What is for strangers goes first, then what a homeserver can do without; it is told to come again (503) only for the
-- rest. Known registrations have a reserve of a quarter of the backlog, and calls to them one of another.
local function overload(queue, isFirst)
  if not isFull(queue, 1) then return nil end
  if isFirst and backlogOf(queue.app).newcomers > 0 then
    dropNewcomers(queue)
    if not isFull(queue, 1) then return nil end
  end
  if queue.lane == 'low' then return 4 end
  if not isFirst or isFull(queue, queue.lane == 'calls' and 1.5 or 1.25) then return 5 end
end

local longestRejection = tonumber(ARGV[cursor])
cursor = cursor + 1

-- Seconds between two times that a provider is asked of a dead pushkey without `pushkey_ts`.
local askAgainAfter = 86400
local function isKnownDead(app, registration, pushkeyTs)
  local rejectionKey, ends = shard .. 'dead:' .. registration, shard .. app .. '/dead'
  local rejection = redis.call('GET', rejectionKey)
  if not rejection then return false end
  local deadTs, askedTs = string.match(rejection, '^(%S+) ?(%S*)$')
  -- A younger registration is alive until its provider says otherwise. Where none tells its age, the provider is asked now and then.
  local isYounger = pushkeyTs ~= '' and tonumber(pushkeyTs) > tonumber(deadTs)
  if isYounger or (pushkeyTs == '' and (tonumber(askedTs) or 0) < now / 1000000 - askAgainAfter) then
    redis.call('DEL', rejectionKey)
    redis.call('ZREM', ends, registration)
    return false
  end
  local life = rejectionLife(placeOf(app), registration, longestRejection)
  redis.call('PEXPIRE', rejectionKey, life)
  redis.call('ZADD', ends, 'XX', nowMs + life, registration)
  redis.call('PEXPIRE', ends, longestRejection)
  return true
end

-- Whether the update took the place of an older one that nobody is sending.
local function hasReplaced(updateKey, life, name, data, options)
  local older = redis.call('GET', updateKey)
  if not older then return false end
  local job = keyOf(name, older)
  local fields = redis.call('HMGET', job, bull.name, bull.failedReason, bull.processedOn)
  if not fields[1] or fields[2] or fields[3] then return false end
  weigh(name, #data - redis.call('HSTRLEN', job, bull.data))
  redis.call('HSET', job, bull.data, data)
  if options ~= '' then redis.call('HSET', job, bull.options, options)
  else redis.call('HDEL', job, bull.options) end -- the trace of what it no longer is
  redis.call('PEXPIRE', updateKey, life)
  return true
end

local limits = {
  pushes = { every = tonumber(ARGV[cursor]), atOnce = math.floor(60000 / math.max(1, tonumber(ARGV[cursor]))) },
  tests = { every = 20000, atOnce = 3 },
}
cursor = cursor + 1

-- What would wait longer is dropped: a phone that has so many pushes before it learns of everything with any of them, and rings no
-- longer than this once a flood is over.
local longestWaitToRing = 300000
-- When the registration may have this push: it may have so many at once, then one at a time. The counter is when it has made
-- up for all that it had, in 50 ms since 2026; those of other registrations share it, and it takes no memory of its own.
local function timeToRing(kind, counter)
  local limit, unit, epoch = limits[kind], 50, 1767225600000
  local key, slot = shard .. kind, '#' .. counter
  local present = math.floor((nowMs - epoch) / unit)
  local every = math.ceil(limit.every / unit)
  local madeUp = math.max(present, redis.call('BITFIELD', key, 'GET', 'u32', slot)[1])
  local wait = madeUp - present - (limit.atOnce - 1) * every
  if wait > 0 and (kind == 'tests' or wait * unit > longestWaitToRing) then return nil end
  redis.call('BITFIELD', key, 'SET', 'u32', slot, madeUp + every)
  redis.call('PEXPIRE', key, 86400000)
  return wait > 0 and nowMs + wait * unit or 0
end

local touched, isTouched = {}, {}
local function enqueue(queue, name, id, data, options, isBadge, notBefore)
  local job = keyOf(name, id)
  -- The fields that BullMQ also writes with nothing in them (opts, delay, priority) would cost 200 bytes.
  redis.call('HSET', job, bull.name, isBadge and 'badge' or 'delivery', bull.data, data, bull.timestamp, nowMs)
  if options ~= '' then redis.call('HSET', job, bull.options, options) end -- only where it is traced
  local backlog = backlogs[queue.app]
  local bytes = weightOf(data)
  weigh(name, bytes)
  backlog.all, backlog.bytes = backlog.all + 1, backlog.bytes + bytes
  if name ~= queue.name then backlog.newcomers = backlog.newcomers + 1 end
  if notBefore > nowMs then
    redis.call('HSET', job, bull.delay, notBefore - nowMs)
    return putAside(name, id, notBefore)
  end
  redis.call('LPUSH', keyOf(name, bull.wait), id)
  if not isTouched[name] then touched[#touched + 1] = name end
  isTouched[name] = true
end

for first = cursor, #ARGV, 9 do
  local queue, id, isClaimed = queues[tonumber(ARGV[first])], ARGV[first + 1], ARGV[first + 2] == '1'
  local registration = ARGV[first + 3]
  local data, update, options = ARGV[first + 5], ARGV[first + 6], ARGV[first + 7]
  local life, updateKey = string.match(update, '^(%d+) (.+)$')
  local result
  if isKnownDead(queue.app, registration, ARGV[first + 4]) then result = 2
  elseif isClaimed and isDuplicate(queue.app, id) then result = 1
  else
    local isFirst = goesFirst(queue.app, registration)
    local name = isFirst and queue.name or queue.name .. ofNewcomers
    if updateKey and hasReplaced(updateKey, life, name, data, options) then result = 3
    else result = overload(queue, isFirst) or 0 end
    local kind, counter = string.match(ARGV[first + 8], '^(%S+) (%d+)$')
    local notBefore = 0
    if result == 0 and kind then notBefore = timeToRing(kind, counter) end
    if not notBefore then result = kind == 'tests' and 1 or 4 end -- a test like the ones before it, or a push too many
    if result == 0 then
      enqueue(queue, name, id, data, options, updateKey ~= nil, notBefore)
      if updateKey then redis.call('SET', updateKey, id, 'PX', life) end
    end
  end
  results[#results + 1] = result
end
announce(touched, now)
for queue, bytes in pairs(weights) do addWeight(queue, bytes) end
for queue, count in pairs(dropped) do
  results[#results + 1] = queue
  results[#results + 1] = count
end
return results
