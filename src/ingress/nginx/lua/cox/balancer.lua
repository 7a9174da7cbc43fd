-- Chooses an endpoint for each request.

local balancer = require "ngx.balancer"
local state = require "cox.state"
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

-- "a/b/80", or "a/b/80=9,a/c/80=1": one of them, by weight.
local function pick(spec)
  if not string.find(spec, "=", 1, true) then return spec end
  local choice = choices[spec]
  if not choice then
    choice = { total = 0 }
    for backend, weight in string.gmatch(spec, "([^,]+)=(%d+)") do
      choice.total = choice.total + tonumber(weight)
      choice[#choice + 1] = { backend = backend, upto = choice.total }
    end
    choices[spec] = choice
  end
  local drawn = math.random(choice.total)
  for _, candidate in ipairs(choice) do
    if drawn <= candidate.upto then return candidate.backend end
  end
end

-- Access phase: finds the endpoints of $cox_backend, else those of $cox_fallback, or answers 503.
function M.choose()
  local var = ngx.var
  local peers = endpoints(pick(var.cox_backend))
  if not peers and var.cox_fallback ~= "" then peers = endpoints(var.cox_fallback) end
  if not peers then return ngx.exit(503) end
  ngx.ctx.peers = peers
end

-- Balancer phase: called again with the next endpoint when one does not answer.
function M.balance()
  local ctx = ngx.ctx
  local peers = ctx.peers
  local index = ctx.peer
  if index then
    index = index % peers.count + 1
  else
    index = peers.cursor % peers.count + 1
    peers.cursor = index
    if peers.count > 1 then balancer.set_more_tries(math.min(2, peers.count - 1)) end
  end
  ctx.peer = index
  local ok, reason = balancer.set_current_peer(peers.hosts[index], peers.ports[index])
  if not ok then ngx.log(ngx.ERR, "cannot use endpoint ", peers.hosts[index], ": ", reason) end
end

return M
