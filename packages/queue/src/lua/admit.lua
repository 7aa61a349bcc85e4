--[[
Takes a batch of deliveries of one shard. For each: known dead → rejected; claimed, or still on a queue → duplicate;
otherwise it is queued (invariants 1, 2, 3 and 5). What waits is its own claim: it is called by its identity. The whole
batch is one atomic step: Redis runs a script alone, and refuses it before its first write when out of memory or read-only.

A badge update names what it updates. If an older one of it still waits, the newer takes its place there, so that
of these only the newest waits.

ARGV  1  number of queues; then for each two: its name, deliveries that may wait for its app on the shard
      then for each delivery eight:
         queue (1-based), id, '1' if duplicates of it are told, rejection key, pushkey_ts or '', job data,
         '' or for a badge update two words: its life in milliseconds, the key of what it updates,
         job options or ''
returns for each delivery 0 queued, 1 duplicate, 2 rejected, 3 replaced, 4 shed, 5 full
]]
local now = microseconds()
local nowMs = math.floor(now / 1000)
local lanes = { 'high', 'low', 'calls' }

local queues, cursor = {}, 2
for index = 1, tonumber(ARGV[1]) do
  local name = ARGV[cursor]
  queues[index] = {
    name = name,
    app = string.match(name, '^(.*)/'),
    lane = string.match(name, '[^/]*$'),
    limit = tonumber(ARGV[cursor + 1]),
  }
  cursor = cursor + 2
end

local backlogs = {}
local function backlogOf(app)
  if not backlogs[app] then
    local sum = 0
    for _, lane in ipairs(lanes) do
      local queue = app .. '/' .. lane
      sum = sum + redis.call('LLEN', keyOf(queue, bull.wait)) + redis.call('ZCARD', keyOf(queue, bull.delayed))
    end
    backlogs[app] = sum
  end
  return backlogs[app]
end

-- What a homeserver can do without goes first; it is told to come again (503) only for the rest, a quarter later.
local function overload(queue)
  local backlog = backlogOf(queue.app)
  if backlog < queue.limit then return nil end
  if queue.lane == 'low' then return 4 end
  if backlog >= queue.limit * 1.25 then return 5 end
end

-- A homeserver's retry may come with another `prio`, so in another lane.
local function isDuplicate(queue, id)
  local jobs = {}
  for index, lane in ipairs(lanes) do jobs[index] = keyOf(queue.app .. '/' .. lane, id) end
  return redis.call('EXISTS', shard .. 'claim:' .. id, unpack(jobs)) > 0
end

local function isKnownDead(rejectionKey, pushkeyTs)
  local deadTs = redis.call('GET', rejectionKey)
  if not deadTs then return false end
  if pushkeyTs ~= '' and tonumber(pushkeyTs) > tonumber(deadTs) then
    redis.call('DEL', rejectionKey) -- a newer registration: alive until its provider says otherwise
    return false
  end
  return true
end

-- Whether the update took the place of an older one that nobody is sending.
local function hasReplaced(updateKey, life, queue, data, options)
  local older = redis.call('GET', updateKey)
  if not older then return false end
  local job = keyOf(queue.name, older)
  local fields = redis.call('HMGET', job, bull.name, bull.failedReason, bull.processedOn)
  if not fields[1] or fields[2] or fields[3] then return false end
  redis.call('HSET', job, bull.data, data)
  if options ~= '' then redis.call('HSET', job, bull.options, options)
  else redis.call('HDEL', job, bull.options) end -- the trace of what it no longer is
  redis.call('PEXPIRE', updateKey, life)
  return true
end

local touched = {}
local function enqueue(queue, id, data, options, isBadge)
  local job = keyOf(queue.name, id)
  -- The fields that BullMQ also writes with nothing in them (opts, delay, priority) would cost 200 bytes.
  redis.call('HSET', job, bull.name, isBadge and 'badge' or 'delivery', bull.data, data, bull.timestamp, nowMs)
  if options ~= '' then redis.call('HSET', job, bull.options, options) end -- only where it is traced
  redis.call('LPUSH', keyOf(queue.name, bull.wait), id)
  backlogs[queue.app] = backlogs[queue.app] + 1
  if not queue.touched then touched[#touched + 1] = queue.name end
  queue.touched = true
end

local results = {}
for first = cursor, #ARGV, 8 do
  local queue, id, isClaimed = queues[tonumber(ARGV[first])], ARGV[first + 1], ARGV[first + 2] == '1'
  local data, update, options = ARGV[first + 5], ARGV[first + 6], ARGV[first + 7]
  local life, updateKey = string.match(update, '^(%d+) (.+)$')
  local result
  if isKnownDead(ARGV[first + 3], ARGV[first + 4]) then result = 2
  elseif isClaimed and isDuplicate(queue, id) then result = 1
  elseif updateKey and hasReplaced(updateKey, life, queue, data, options) then result = 3
  else result = overload(queue) or 0 end
  if result == 0 then
    enqueue(queue, id, data, options, updateKey ~= nil)
    if updateKey then redis.call('SET', updateKey, id, 'PX', life) end
  end
  results[#results + 1] = result
end
announce(touched, now)
return results
