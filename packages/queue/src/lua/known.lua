--[[
Known registrations: those whose provider has accepted a push (invariant 14). Comes before every script that asks for
them or adds to them; all keys of one app and shard share a hash tag.

A registration is a keyed hash of 52 bits in a set of numbers, which Redis keeps in 8 bytes each as long as a set has at
most 512 of them. Sets come in levels: the first has one, each further one sixteen times as many. A registration goes to
the first level whose set for it has room, so that sets are well filled whether there are ten registrations or a million.
When the last level is full, a new one takes the place of any old one: nobody can make it grow.

Two generations age out what nobody is told of any more: what is met in the older one moves to the present one.

  PREFIXknown                               hash: the key of the hashes, and the last level of each generation in use
  PREFIXknown:GENERATION:LEVEL:SET          set of hashes
]]
local generationMs, setSize, lastLevel = 45 * 86400000, 500, 3

-- What a batch needs to look for registrations. Nil while the app has no known one on this shard.
local function knownPlace(prefix, nowMs)
  local present = math.floor(nowMs / generationMs)
  local secret, level, olderLevel = unpack(redis.call('HMGET', prefix .. 'known', 'secret', present, present - 1))
  if not secret then return nil end
  local function generation(number, lastUsed)
    local sets = { last = tonumber(lastUsed or -1) }
    for at = 0, lastLevel do sets[at] = prefix .. 'known:' .. number .. ':' .. at .. ':' end
    return sets
  end
  return {
    key = prefix .. 'known', secret = secret, number = present,
    present = generation(present, level), older = generation(present - 1, olderLevel),
  }
end

-- The set that has it, from the fullest level down. As many of its hexadecimal digits as the level name the set.
local function findKnown(sets, digits, hash)
  for level = sets.last, 0, -1 do
    local set = sets[level] .. string.sub(digits, 1, level)
    if redis.call('SISMEMBER', set, hash) == 1 then return set end
  end
end

local function addKnown(place, digits, hash)
  local sets = place.present
  for level = 0, lastLevel do
    local set = sets[level] .. string.sub(digits, 1, level)
    local size = redis.call('SCARD', set)
    if size < setSize or level == lastLevel then
      if size >= setSize then redis.call('SPOP', set) end
      redis.call('SADD', set, hash)
      if size == 0 then
        local ends = (place.number + 2) * generationMs
        redis.call('PEXPIREAT', set, ends)
        redis.call('PEXPIREAT', place.key, ends)
      end
      if level > sets.last then
        sets.last = level
        redis.call('HSET', place.key, place.number, level)
      end
      return
    end
  end
end

local function knownHash(place, registration)
  local digits = string.sub(redis.sha1hex(place.secret .. registration), 1, 13)
  return digits, string.format('%d', tonumber(digits, 16))
end

-- Whether the registration is known.
local function isKnown(place, registration)
  if not place then return false end
  local digits, hash = knownHash(place, registration)
  if findKnown(place.present, digits, hash) then return true end
  local older = findKnown(place.older, digits, hash)
  if not older then return false end
  redis.call('SREM', older, hash)
  addKnown(place, digits, hash)
  return true
end

-- How long a rejection lives from when it was recorded or asked for, milliseconds: `life`, but only days where its registration was
-- never known, since strangers make those up.
local function rejectionLife(place, registration, life)
  return isKnown(place, registration) and life or math.min(life, 3 * 86400000)
end

local function rememberKnown(place, registration)
  if not isKnown(place, registration) then addKnown(place, knownHash(place, registration)) end
end
