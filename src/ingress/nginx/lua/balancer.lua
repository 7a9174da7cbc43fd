-- Chooses an endpoint for each request. Endpoints live in a shared dictionary, one entry a backend, which the
-- controller changes over the control socket, so that their comings and goings need no reload.
--
--   keys      "b:<namespace>/<service>/<port>" -> "10.0.0.1:80,10.0.0.2:80";  "version" -> a number that grows
--   wire      one backend a line: <namespace>/<service>/<port> TAB <address:port>,...   (no endpoints: it is gone)

local balancer = require "ngx.balancer"
local ffi = require "ffi"

ffi.cdef [[
int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int getppid(void);
int raise(int signal);
int abs(int number);
void *signal(int signal, void *handler);
]]

local endpoints = ngx.shared.cox_endpoints
local M = {}

-- What this worker has parsed, by backend; an entry is good as long as its version is the dictionary's.
local parsed = {}
local choices = {}

local function parse(raw)
  local hosts, ports = {}, {}
  for host, port in string.gmatch(raw, "([^,:]+):(%d+)") do
    hosts[#hosts + 1] = host
    ports[#ports + 1] = tonumber(port)
  end
  -- Workers start at different places, or the first endpoint would get the first request of each.
  return { raw = raw, hosts = hosts, ports = ports, count = #hosts, cursor = math.random(0, #hosts) }
end

local function peers_of(backend)
  local version = endpoints:get("version")
  local entry = parsed[backend]
  if entry and entry.version == version then return entry end
  local raw = endpoints:get("b:" .. backend)
  if not raw then
    parsed[backend] = nil
    return nil
  end
  if not entry or entry.raw ~= raw then
    local cursor = entry and entry.cursor
    entry = parse(raw)
    entry.cursor = cursor or entry.cursor
    parsed[backend] = entry
  end
  entry.version = version
  return entry
end

-- "a/b/80" or "a/b/80=9 a/c/80=1": one of them, by weight.
local function pick(spec)
  if not string.find(spec, "=", 1, true) then return spec end
  local choice = choices[spec]
  if not choice then
    choice = { total = 0 }
    for backend, weight in string.gmatch(spec, "(%S+)=(%d+)") do
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
  local peers = peers_of(pick(ngx.var.cox_backend))
  if not peers then
    local fallback = ngx.var.cox_fallback
    if fallback and fallback ~= "" then peers = peers_of(fallback) end
  end
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

-- Takes over lines of the wire format. A full text also says that nothing else exists.
local function take(text, full)
  local seen = {}
  for backend, raw in string.gmatch(text, "([^\t\n]+)\t([^\n]*)\n") do
    local key = "b:" .. backend
    seen[key] = true
    if raw == "" then
      endpoints:delete(key)
    else
      -- `set` would push out another backend where the memory is full.
      local ok, reason = endpoints:safe_set(key, raw)
      if not ok then return nil, reason end
    end
  end
  if full then
    for _, key in ipairs(endpoints:get_keys(0)) do
      if string.sub(key, 1, 2) == "b:" and not seen[key] then endpoints:delete(key) end
    end
  end
  -- Last, so that a worker that sees the new version sees the new endpoints.
  endpoints:incr("version", 1, 0)
  return true
end

-- Control socket: POST /endpoints?full=0|1
function M.receive()
  ngx.req.read_body()
  local ok, reason = take(ngx.req.get_body_data() or "", ngx.var.arg_full == "1")
  if not ok then
    ngx.status = 507
    ngx.print(reason)
    return
  end
  ngx.status = 204
end

-- A reload lets the old processes accept for another 100 ms, which the master sleeps through. SIGURG, which nobody
-- uses and which is ignored by default, shall end that sleep: any handler will do, so one that does nothing is taken.
local function make_interruptible()
  local SIGURG = 23
  ffi.C.signal(SIGURG, ffi.cast("void *", ffi.C.abs))
end

-- At the start of the master: the endpoints as last told. A reload keeps the dictionary, which may be newer.
function M.load(path)
  make_interruptible()
  if endpoints:get("version") then return end
  local file = io.open(path, "r")
  if not file then return end
  local ok, reason = take(file:read("*a"), true)
  file:close()
  if not ok then ngx.log(ngx.ERR, "cannot load endpoints: ", reason) end
end

-- At the start of a worker: it must not outlive its master, or it would hold the ports while the next one starts.
function M.start_worker()
  math.randomseed(ngx.worker.pid() + ngx.now() * 1000)
  local PR_SET_PDEATHSIG, SIGQUIT = 1, 3
  ffi.C.prctl(PR_SET_PDEATHSIG, SIGQUIT, 0, 0, 0)
  -- The master may have died before that.
  if ffi.C.getppid() ~= require("ngx.process").get_master_pid() then ffi.C.raise(SIGQUIT) end
end

return M
