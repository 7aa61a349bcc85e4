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
local function knownPlace(prefix, now)
  local present = math.floor(now / generationMs)
  local secret, level, olderLevel = unpack(redis.call('HMGET', prefix .. 'known', 'secret', present, present - 1))
  if not secret then return nil end
  return {
    prefix = prefix .. 'known', secret = secret, generation = present,
    level = tonumber(level or -1), olderLevel = tonumber(olderLevel or -1),
  }
end

local function knownHash(place, registration)
  return tonumber(string.sub(redis.sha1hex(place.secret .. registration), 1, 13), 16)
end

local function knownSet(place, generation, level, number)
  return place.prefix .. ':' .. generation .. ':' .. level .. ':' .. (number % 16 ^ level)
end

-- The set that has the hash, from the fullest level down.
local function findKnown(place, generation, level, number, member)
  for at = level, 0, -1 do
    local set = knownSet(place, generation, at, number)
    if redis.call('SISMEMBER', set, member) == 1 then return set end
  end
end

local function addKnown(place, number, member)
  for level = 0, lastLevel do
    local set = knownSet(place, place.generation, level, number)
    local size = redis.call('SCARD', set)
    if size < setSize or level == lastLevel then
      if size >= setSize then redis.call('SPOP', set) end
      redis.call('SADD', set, member)
      if size == 0 then
        local ends = (place.generation + 2) * generationMs
        redis.call('PEXPIREAT', set, ends)
        redis.call('PEXPIREAT', place.prefix, ends)
      end
      if level > place.level then
        place.level = level
        redis.call('HSET', place.prefix, place.generation, level)
      end
      return
    end
  end
end

-- Whether the registration is known.
local function isKnown(place, registration)
  if not place then return false end
  local number = knownHash(place, registration)
  local member = string.format('%.0f', number)
  if findKnown(place, place.generation, place.level, number, member) then return true end
  local older = findKnown(place, place.generation - 1, place.olderLevel, number, member)
  if not older then return false end
  redis.call('SREM', older, member)
  addKnown(place, number, member)
  return true
end

local function rememberKnown(place, registration)
  if isKnown(place, registration) then return end
  local number = knownHash(place, registration)
  addKnown(place, number, string.format('%.0f', number))
end
