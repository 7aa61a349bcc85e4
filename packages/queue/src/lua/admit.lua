--[[
Takes a batch of deliveries that share one hash tag. For each: known dead → rejected; claimed before →
duplicate; otherwise claim and job are written together (invariants 1, 2, 3 and 5). The whole batch is one
atomic step: Redis runs a script alone, and refuses it before its first write when out of memory or read-only.

A job is written as BullMQ's addStandardJob writes it, without the two entries in the event stream that
nobody here reads: they are most of what BullMQ's own add costs. admission.test.ts holds the layout against
BullMQ's own worker.

KEYS  for each queue of the batch, four: wait, meta, id, marker
ARGV  1  now, milliseconds
      2  life of a claim, milliseconds
      then for each delivery six:
         queue (1-based), claim key or '', rejection key, pushkey_ts or '', job data, job options or ''
returns for each delivery 0 queued, 1 duplicate, 2 rejected
]]
local now, claimLife = ARGV[1], ARGV[2]
local touched, results = {}, {}

local function isKnownDead(rejectionKey, pushkeyTs)
  local deadTs = redis.call('GET', rejectionKey)
  if not deadTs then return false end
  if pushkeyTs ~= '' and tonumber(pushkeyTs) > tonumber(deadTs) then
    redis.call('DEL', rejectionKey) -- a newer registration: alive until its provider says otherwise
    return false
  end
  return true
end

for first = 3, #ARGV, 6 do
  local queue, claimKey, rejectionKey = tonumber(ARGV[first]), ARGV[first + 1], ARGV[first + 2]
  local result = 0
  if isKnownDead(rejectionKey, ARGV[first + 3]) then
    result = 2
  elseif claimKey ~= '' and not redis.call('SET', claimKey, '', 'NX', 'PX', claimLife) then
    result = 1
  else
    local wait, idKey = KEYS[queue * 4 - 3], KEYS[queue * 4 - 1]
    local id = redis.call('INCR', idKey)
    -- The id key is the queue's prefix followed by "id"; a job's key is the prefix followed by its number.
    -- The fields that BullMQ also writes with nothing in them (opts, delay, priority) would cost 200 bytes.
    local job, options = string.sub(idKey, 1, -3) .. id, ARGV[first + 5]
    redis.call('HSET', job, 'name', 'delivery', 'data', ARGV[first + 4], 'timestamp', now)
    if options ~= '' then redis.call('HSET', job, 'opts', options) end -- only where it is traced
    redis.call('LPUSH', wait, id)
    touched[queue] = true
  end
  results[#results + 1] = result
end

for queue in pairs(touched) do
  if redis.call('HEXISTS', KEYS[queue * 4 - 2], 'paused') == 0 then
    redis.call('ZADD', KEYS[queue * 4], 0, '0') -- wakes a waiting worker
  end
end
return results
