--[[
Takes a batch of deliveries that share one hash tag. For each: known dead → rejected; claimed before →
duplicate; otherwise claim and job are written together (invariants 1, 2, 3 and 5). The whole batch is one
atomic step: Redis runs a script alone, and refuses it before its first write when out of memory or read-only.

A job is written as BullMQ's addStandardJob writes it, without the two entries in the event stream that
nobody here reads: they are most of what BullMQ's own add costs. admission.test.ts holds the layout against
BullMQ's own worker.

A badge update names what it updates. If an older one of it still waits, the newer takes its place there
(BullMQ's own data update, `HSET data`), so that of these only the newest waits.

KEYS  for each queue of the batch, four: wait, meta, id, marker
ARGV  1  now, milliseconds
      2  life of a claim, milliseconds
      3  prefix of the shard's keys
      4  deliveries that may wait on the shard
      then for each delivery seven:
         queue (1-based), claim key or '', rejection key, pushkey_ts or '', job data,
         '' or for a badge update three words: its life in milliseconds, its id, the key of what it updates,
         job options or ''
returns for each delivery 0 queued, 1 duplicate, 2 rejected, 3 replaced, 4 shed, 5 full
]]
local now, claimLife, prefix, maxBacklog = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local touched, results = {}, {}

local backlog = 0
for _, lane in ipairs({ 'high', 'low', 'calls' }) do
  backlog = backlog + redis.call('LLEN', prefix .. lane .. ':wait') + redis.call('ZCARD', prefix .. lane .. ':delayed')
end

-- What a homeserver can do without goes first; it is told to come again (503) only for the rest, a quarter later.
local function overload(queuePrefix)
  if backlog < maxBacklog then return nil end
  if string.sub(queuePrefix, #prefix + 1) == 'low:' then return 4 end
  if backlog >= maxBacklog * 1.25 then return 5 end
end

-- The number of the job whose place the update took: an older one that nobody is sending. Nil if there is none.
local function replaced(updateKey, queuePrefix, data, options)
  local older = redis.call('GET', updateKey)
  if not older then return nil end
  local number = string.match(older, '^(%d+) ')
  local jobKey = queuePrefix .. number
  local name, failed, olderOptions = unpack(redis.call('HMGET', jobKey, 'name', 'failedReason', 'opts'))
  if not name or failed or redis.call('EXISTS', jobKey .. ':lock') == 1 then return nil end
  redis.call('HSET', jobKey, 'data', data)
  if options ~= '' then redis.call('HSET', jobKey, 'opts', options)
  elseif olderOptions then redis.call('HDEL', jobKey, 'opts') end -- the trace of what it no longer is
  return number
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

for first = 5, #ARGV, 7 do
  local queue, claimKey, rejectionKey = tonumber(ARGV[first]), ARGV[first + 1], ARGV[first + 2]
  local data, update, options = ARGV[first + 4], ARGV[first + 5], ARGV[first + 6]
  local idKey = KEYS[queue * 4 - 1]
  local queuePrefix = string.sub(idKey, 1, -3) -- the id key is the queue's prefix followed by "id"
  local life, id, updateKey = string.match(update, '^(%d+) (%S+) (.+)$')
  local result, number = 0, nil
  if isKnownDead(rejectionKey, ARGV[first + 3]) then
    result = 2
  elseif claimKey ~= '' and not redis.call('SET', claimKey, '', 'NX', 'PX', claimLife) then
    result = 1
  else
    number = updateKey and replaced(updateKey, queuePrefix, data, options)
    result = number and 3 or overload(queuePrefix) or 0
    if result > 3 and claimKey ~= '' then redis.call('DEL', claimKey) end
  end
  if result == 0 then
    number = redis.call('INCR', idKey)
    -- The fields that BullMQ also writes with nothing in them (opts, delay, priority) would cost 200 bytes.
    redis.call('HSET', queuePrefix .. number, 'name', 'delivery', 'data', data, 'timestamp', now)
    if options ~= '' then redis.call('HSET', queuePrefix .. number, 'opts', options) end -- only where it is traced
    redis.call('LPUSH', KEYS[queue * 4 - 3], number)
    touched[queue] = true
    backlog = backlog + 1
  end
  if updateKey and number then redis.call('SET', updateKey, number .. ' ' .. id, 'PX', life) end
  results[#results + 1] = result
end

for queue in pairs(touched) do
  if redis.call('HEXISTS', KEYS[queue * 4 - 2], 'paused') == 0 then
    redis.call('ZADD', KEYS[queue * 4], 0, '0') -- wakes a waiting worker
  end
end
return results
