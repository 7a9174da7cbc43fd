-- Keeps clients with their endpoint, by a cookie "<time>.<place>|<backend>": the place is what the endpoint is chosen
-- by. Nothing in it is a secret; what a client makes up gets some endpoint.

local M = {}

local function hash_of(text) return ngx.crc32_long(text) end

-- Of all endpoints, the one whose hash together with the text is the largest: the others keep their texts when one of
-- them goes, and a new one takes its share.
function M.rendezvous(peers, text, failed)
  local best, best_hash
  for index = 1, peers.count do
    local name = peers.hosts[index] .. ":" .. peers.ports[index]
    if not (failed and failed[name]) then
      -- Two rounds: a single CRC of texts that differ at the end only would keep their order.
      local hash = hash_of(ngx.md5_bin(text .. name))
      if not best_hash or hash > best_hash then best, best_hash = index, hash end
    end
  end
  return best
end

-- One of the endpoints that come first in that order: always the same ones for the same text.
function M.one_of_subset(peers, text, size)
  local order = {}
  for index = 1, peers.count do
    order[index] = { index = index, hash = hash_of(ngx.md5_bin(text .. peers.hosts[index] .. ":" .. peers.ports[index])) }
  end
  table.sort(order, function(a, b) return a.hash > b.hash end)
  return order[math.random(math.min(size, peers.count))].index
end

local function endpoint_hash(peers, index)
  return ngx.md5(peers.hosts[index] .. ":" .. peers.ports[index])
end

-- What the client's cookie says: place and backend.
function M.read(affinity)
  local value = ngx.var["cookie_" .. affinity.cookie]
  if not value then return nil end
  return string.match(value, "^%d+%.([%w.]+)|(%w+)$")
end

-- The endpoint of a client, its place, and whether it must be told a new one.
function M.find(affinity, peers, place)
  if affinity.mode == "persistent" then
    for index = 1, place and peers.count or 0 do
      if endpoint_hash(peers, index) == place then return index, place, false end
    end
    local index = peers.cursor % peers.count + 1
    peers.cursor = index
    return index, endpoint_hash(peers, index), true
  end
  local isNew = place == nil
  place = place or string.format("%d.%d", math.random(1, 1e9), ngx.worker.pid())
  return M.rendezvous(peers, place), place, isNew
end

-- Another place for a client whose endpoint did not answer.
function M.move(affinity, peers, index)
  if affinity.mode == "persistent" then return endpoint_hash(peers, index) end
  local wanted = index
  for _ = 1, 1000 do
    local place = string.format("%d.%d", math.random(1, 1e9), ngx.worker.pid())
    if M.rendezvous(peers, place) == wanted then return place end
  end
end

-- Browsers that take "None" for "Strict", or drop such cookies: https://www.chromium.org/updates/same-site/incompatible-clients
local function misreads_none()
  local agent = ngx.var.http_user_agent or ""
  if string.find(agent, "CPU iPhone OS 12", 1, true) or string.find(agent, "iPad; CPU OS 12", 1, true) then return true end
  if string.find(agent, "Macintosh; Intel Mac OS X 10_14", 1, true) and string.find(agent, "Version/", 1, true) and
     string.find(agent, "Safari", 1, true) then return true end
  local version = tonumber(string.match(agent, "Chrom[eium]+/(%d+)") or "")
  return version ~= nil and version >= 50 and version <= 69
end

function M.cookie(affinity, place, backend)
  local value = string.format("%.0f.%s|%s", ngx.now() * 1000, place, ngx.md5(backend))
  local parts = { affinity.cookie .. "=" .. value, "Path=" .. affinity.path }
  if affinity.domain then parts[#parts + 1] = "Domain=" .. affinity.domain end
  if affinity.expires then parts[#parts + 1] = "Expires=" .. ngx.cookie_time(ngx.time() + affinity.expires) end
  if affinity.max_age then parts[#parts + 1] = "Max-Age=" .. affinity.max_age end
  local secure = ngx.var.https == "on"
  if affinity.secure then secure = affinity.secure == "1" end
  if secure then parts[#parts + 1] = "Secure" end
  parts[#parts + 1] = "HttpOnly"
  if affinity.same_site and not (affinity.conditional and affinity.same_site == "None" and misreads_none()) then
    parts[#parts + 1] = "SameSite=" .. affinity.same_site
  end
  return table.concat(parts, "; ")
end

return M
