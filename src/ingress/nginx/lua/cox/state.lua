-- What nginx serves, in a shared dictionary that the controller changes over the control socket, so that Ingresses,
-- endpoints and certificates come and go without a reload.
--
--   entries   "h:<host>" a host's routes, "b:<namespace>/<service>/<port>" endpoints, "c:<name>" a certificate
--   wire      one entry a line: <key> TAB <value>; without value it is gone
--   "version" a number that grows with each change; "generation" names the newest configuration

local entries = ngx.shared.cox_state
local M = {}

-- A function that gives an entry by the rest of its key, parsed. What a worker has parsed is good as long as the
-- version is the same, and after that as long as the text is.
function M.reader(prefix, parse)
  local cache = {}
  return function(name)
    local version = entries:get("version")
    local known = cache[name]
    if known and known.version == version then return known.value end
    local raw = entries:get(prefix .. name)
    if not raw then
      -- Names that nobody serves are not remembered: clients may ask for any.
      cache[name] = nil
      return nil
    end
    if not known or known.raw ~= raw then
      known = { raw = raw, value = parse(raw, known and known.value) }
      cache[name] = known
    end
    known.version = version
    return known.value
  end
end

-- Takes over lines of the wire format. A full text also says that nothing else exists.
local function take(text, full)
  local seen = {}
  for key, raw in string.gmatch(text, "([^\t\n]+)\t([^\n]*)\n") do
    seen[key] = true
    if raw == "" then
      entries:delete(key)
    else
      -- `set` would push out another entry where the memory is full.
      local ok, reason = entries:safe_set(key, raw)
      if not ok then return nil, reason end
    end
  end
  if full then
    for _, key in ipairs(entries:get_keys(0)) do
      if string.sub(key, 2, 2) == ":" and not seen[key] then entries:delete(key) end
    end
  end
  -- Last, so that a worker that sees the new version sees all of it.
  entries:incr("version", 1, 0)
  return true
end

-- Control socket: POST /state?full=0|1
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

-- At the start of the master, and at each reload: the state as last told, unless the dictionary has outlived a reload,
-- when it may be newer.
function M.load(path, generation)
  M.generation = generation
  entries:set("generation", generation)
  if entries:get("version") then return end
  local file = io.open(path, "r")
  if not file then return end
  local ok, reason = take(file:read("*a"), true)
  file:close()
  if not ok then ngx.log(ngx.ERR, "cannot load the state: ", reason) end
end

-- Whether a newer configuration has taken over, so that this worker will soon be told to end.
function M.is_outdated()
  return entries:get("generation") ~= M.generation
end

return M
