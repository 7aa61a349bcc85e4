--[[
The time of the node that has the key, so that all processes ask the same one of a Cluster.

returns seconds since 1970, and microseconds
]]
return redis.call('TIME')
