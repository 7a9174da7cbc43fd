-- Chooses an endpoint for each request.

local affinity = require "cox.affinity"
local balancer = require "ngx.balancer"
local state = require "cox.state"
local template = require "cox.template"
local M = {}

local function parse_endpoints(raw, before)
  local hosts, ports = {}, {}
  for host, port in string.gmatch(raw, "([^,:]+):(%d+)") do
    hosts[#hosts + 1] = host
    ports[#ports + 1] = tonumber(port)
  end
  -- Workers start at different places, or the first endpoint would get the first request of each.
  return { hosts = hosts, ports = ports, count = #hosts, cursor = before and before.cursor or math.random(0, #hosts) }
end

local endpoints = state.reader("b:", parse_endpoints)
local choices = {}

local function choice_of(spec)
  local choice = choices[spec]
  if not choice then
    choice = { total = 0, by_hash = {} }
    for backend, weight in string.gmatch(spec, "([^,]+)=(%d+)") do
      choice.total = choice.total + tonumber(weight)
      choice[#choice + 1] = { backend = backend, upto = choice.total }
      choice.by_hash[ngx.md5(backend)] = backend
    end
    choices[spec] = choice
  end
  return choice
end

-- "a/b/80", or "a/b/80=9,a/c/80=1": one of them, by weight, or the one that a client is used to.
local function pick(spec, usual)
  if not string.find(spec, "=", 1, true) then return spec end
  local choice = choice_of(spec)
  local known = usual and choice.by_hash[usual]
  if known then return known end
  local drawn = math.random(choice.total)
  for _, candidate in ipairs(choice) do
    if drawn <= candidate.upto then return candidate.backend end
  end
end

local function use(peers)
  if not peers then return ngx.exit(503) end
  ngx.ctx.peers = peers
end

-- Response times of endpoints, in the eyes of this worker: each new one counts the more, the longer ago the last was.
local scores = {}
local decay_seconds = 10

local function score_of(peers, index)
  local known = scores[peers.hosts[index] .. ":" .. peers.ports[index]]
  return known and known.score * math.exp((known.at - ngx.now()) / decay_seconds) or 0
end

-- The better one of two.
local function by_response_time(peers)
  if peers.count == 1 then return 1 end
  local one = math.random(peers.count)
  local other = math.random(peers.count - 1)
  if other >= one then other = other + 1 end
  return score_of(peers, one) <= score_of(peers, other) and one or other
end

-- Log phase: learns how long the endpoint took.
function M.learn()
  local action = ngx.ctx.action
  if not action or action.algorithm ~= "ewma" then return end
  local name, took = ngx.var.upstream_addr, tonumber(ngx.var.upstream_response_time)
  if not name or not took then return end
  local now, known = ngx.now(), scores[name]
  local weight = known and math.exp((known.at - now) / decay_seconds) or 0
  scores[name] = { score = (known and known.score or 0) * weight + took * (1 - weight), at = now }
end

-- Access phase: finds the endpoints of the action's backend, else those of its fallback, or answers 503.
function M.choose(action)
  local stick = action.affinity
  local place, usual
  if stick then place, usual = affinity.read(stick) end
  local backend = pick(action.backend, usual)
  local peers = endpoints(backend)
  if not peers and action.fallback then
    backend, stick = action.fallback, nil
    peers = endpoints(backend)
  end
  ngx.var.cox_backend = backend
  if not peers then return ngx.exit(503) end
  local ctx = ngx.ctx
  if stick then
    local isNew
    -- A place at another backend means nothing here.
    if usual and usual ~= ngx.md5(backend) then place = nil end
    ctx.first, place, isNew = affinity.find(stick, peers, place)
    ctx.stick, ctx.backend = stick, backend
    if isNew then ngx.var.cox_cookie = affinity.cookie(stick, place, backend) end
  elseif action.hash_by then
    local text = template.expand(action.hash_by)
    ctx.first = action.subset and affinity.one_of_subset(peers, text, action.subset) or affinity.rendezvous(peers, text)
  elseif action.algorithm == "ewma" then
    ctx.first = by_response_time(peers)
  end
  ctx.peers = peers
end

-- Access phase, where an answer is replaced: the fallback has the word.
function M.choose_fallback(action)
  local ctx = ngx.ctx
  ctx.peer, ctx.first, ctx.stick = nil, nil, nil
  return use(endpoints(action.fallback))
end

-- Balancer phase: called again with the next endpoint when one does not answer.
function M.balance()
  local ctx = ngx.ctx
  local peers = ctx.peers
  local index = ctx.peer
  if index then
    index = index % peers.count + 1
    local stick = ctx.stick
    local place = stick and stick.change_on_failure and affinity.move(stick, peers, index)
    if place then ngx.var.cox_cookie = affinity.cookie(stick, place, ctx.backend) end
  else
    index = ctx.first or peers.cursor % peers.count + 1
    peers.cursor = index
    -- nginx's own limit of tries has the last word.
    if peers.count > 1 then balancer.set_more_tries(peers.count - 1) end
  end
  ctx.peer = index
  local ok, reason = balancer.set_current_peer(peers.hosts[index], peers.ports[index])
  if not ok then ngx.log(ngx.ERR, "cannot use endpoint ", peers.hosts[index], ": ", reason) end
end

return M
