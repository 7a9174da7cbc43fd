-- Finds the route of a request, carries out what needs no backend, and hands the rest to the location that has the
-- route's settings. Entries are written by `wire.ts`: words in between spaces, records in between bars, each word
-- percent-encoded.

local access = require "cox.access"
local actions = require "cox.action"
local conditions = require "cox.conditions"
local settings = require "cox.settings"
local state = require "cox.state"
local template = require "cox.template"
local M = {}

local function words_of(record)
  local words = {}
  for word in string.gmatch(record, "%S+") do words[#words + 1] = ngx.unescape_uri(word) end
  return words
end

-- Several routes may have the same path, under different conditions.
local function add(map, path, action)
  local list = map[path]
  if list then list[#list + 1] = action else map[path] = { action } end
end

local function parse_host(raw)
  local host = { exact = {}, prefixes = {}, ordered = {}, known = {}, known_count = 0 }
  for record in string.gmatch(raw, "[^|]+") do
    local words = words_of(record)
    local kind, path = words[1], words[2]
    if kind == "tls" then
      host.has_tls = true
      host.certificate = path ~= "-" and path or nil
    elseif kind == "client" then
      host.client = {
        key = path, depth = tonumber(words[3]), mode = words[4], subject = words[5] ~= "-" and words[5] or nil,
        error_page = words[6] ~= "-" and words[6] or nil, passes = words[7] == "1",
      }
    elseif kind == "rest" then
      host.rest = actions.parse(words, 2)
    else
      local action = actions.parse(words, 3)
      if kind == "exact" then add(host.exact, path, action)
      elseif kind == "prefix" then add(host.prefixes, path, action)
      else host.has_patterns = true end
      if kind ~= "exact" then host.ordered[#host.ordered + 1] = { kind = kind, path = path, action = action } end
    end
  end
  return host
end

local hosts = state.reader("h:", parse_host)

-- The entry for a host name: its own, its wildcard's (one label), or that of all hosts.
function M.find_host(name)
  local found = hosts(name)
  if found then return found end
  local parent = string.match(name, "^[^.]+%.(.+)$")
  return parent and hosts("*." .. parent) or hosts("*")
end

-- The compiler of LuaJIT gives up on a function that meets a short loop. What most requests need has none.
local function first_of(list)
  if not list then return nil end
  local first = list[1]
  if not first.conditions then return first end
  for _, action in ipairs(list) do
    if conditions.hold(action) then return action end
  end
end

local function is_under(path, prefix)
  return prefix == "/" or path == prefix or string.sub(path, 1, #prefix + 1) == prefix .. "/"
end

local unknown = { kind = "refuse" }

-- Entries stand in order of precedence; a pattern must match from the start.
local function find_in_order(host, path)
  for _, route in ipairs(host.ordered) do
    if route.kind == "prefix" then
      if is_under(path, route.path) and conditions.hold(route.action) then return route.action end
    else
      local captures, reason = ngx.re.match(path, route.path, "ijo")
      if captures and conditions.hold(route.action) then return route.action, captures end
      -- It took too long to tell. The next rule may be open where this one is not.
      if reason then return unknown end
    end
  end
end

-- Without patterns the longest prefix wins: the path itself, then without its last element, and so on.
local function search_prefix(host, path)
  local prefix, depends = path, false
  while true do
    local list = host.prefixes[prefix]
    local found = first_of(list)
    depends = depends or list and list[1].conditions ~= nil
    if found then return found, depends end
    if prefix == "/" then return nil end
    prefix = string.match(prefix, "^(.+)/[^/]*$") or "/"
  end
end

local most_known = 1000

-- Paths that are asked for again and again are found at once, unless it depends on the request.
local function find_prefix(host, path)
  local known = host.known[path]
  if known then return known end
  local found, depends = search_prefix(host, path)
  if found and not depends then
    if host.known_count >= most_known then host.known, host.known_count = {}, 0 end
    host.known[path] = found
    host.known_count = host.known_count + 1
  end
  return found
end

local function find_route(host, path)
  local exact = first_of(host.exact[path])
  if exact then return exact end
  local found, captures
  if host.has_patterns then found, captures = find_in_order(host, path) else found = find_prefix(host, path) end
  return found or host.rest, captures
end

local function to_https(https_port)
  local authority = ngx.var.host
  if https_port ~= 443 then authority = authority .. ":" .. https_port end
  return ngx.redirect("https://" .. authority .. ngx.var.request_uri, settings.redirect_status)
end

-- A worker that will soon end closes connections after their answers: clients that are told so lose no request.
local function go(location)
  if state.is_outdated() then
    ngx.var.cox_closing = "1"
    return ngx.exec(location .. "_closing")
  end
  return ngx.exec(location)
end

-- Header filter: where a backend has taken so long that the configuration has changed meanwhile, the client must still
-- be told that its connection will be closed; nginx itself says the opposite beside it, and close counts.
function M.before_answer()
  if state.is_outdated() and ngx.var.cox_closing == "" and ngx.req.http_version() < 2 then
    ngx.header["Connection"] = "close"
  end
end

-- The node's own services answer nobody, whatever a client calls its host.
local function is_reachable(url)
  local name = string.match(string.lower(url), "^https?://([%w.-]+)")
  if not name or name == "localhost" or string.match(name, "%.localhost$") then return false end
  return not (string.match(name, "^127%.") or string.match(name, "^0%.") or string.match(name, "^169%.254%."))
end

-- Notes whom to ask whether the client may, and where it can sign in.
local function prepare_question(action)
  local var = ngx.var
  local url = template.expand(action.auth_url)
  if not is_reachable(url) then return false end
  var.cox_auth_url = url
  var.cox_auth_host = string.match(url, "^https?://([^/?]+)")
  actions.hold(action)
  var.cox_auth_method = action.auth_method or "GET"
  if action.sign_in then
    local target = template.expand(action.sign_in)
    local name = action.way_back or "rd"
    if not string.find(target, "[?&]" .. string.gsub(name, "%W", "%%%0") .. "=") then
      local back = ngx.escape_uri(var.scheme .. "://" .. var.http_host .. var.request_uri)
      target = target .. (string.find(target, "?", 1, true) and "&" or "?") .. name .. "=" .. back
    end
    var.cox_sign_in = target
  end
  return true
end

-- Whether the client has shown what the host asks for; else answers the request.
local function is_proven(client)
  local var = ngx.var
  -- A connection for another host, or one that is older than the question.
  if var.https == "on" and ngx.ctx.client_key ~= client.key then return ngx.exit(421) end
  local found = var.https == "on" and var.ssl_client_verify or "NONE"
  local good = found == "SUCCESS" or client.mode == "unchecked" or (client.mode == "optional" and found == "NONE")
  if not good then
    if client.error_page then return ngx.redirect(client.error_page, 302) end
    return ngx.exit(400)
  end
  if client.subject and not ngx.re.find(var.ssl_client_s_dn or "", client.subject, "jo") then return ngx.exit(403) end
  var.cox_client = client.passes and "pass" or "known"
  return true
end

-- Rewrite phase of every request.
function M.route(https_port)
  local var = ngx.var
  local host = M.find_host(var.host)
  if not host then return go("@not_found") end
  local action, captures = find_route(host, var.uri)
  if not action then return go("@not_found") end
  local secure = var.https == "on" or settings.trusts_headers and var.http_x_forwarded_proto == "https"
  if action.https and not secure then return to_https(https_port) end
  if action.kind == "refuse" then return ngx.exit(503) end
  if host.client and not is_proven(host.client) then return end
  if action.kind == "redirect" then return ngx.redirect(template.expand(action.url, captures), action.status) end
  local length = tonumber(var.http_content_length)
  -- nginx has looked at the length already, before it knew the location.
  if length and action.limit > 0 and length > action.limit then return ngx.exit(413) end
  var.cox_route = action.id
  var.cox_backend = action.backend
  if action.host then var.cox_backend_host = action.host end
  if host.has_tls and secure and settings.hsts then var.cox_strict_transport = settings.hsts end
  if action.rewrite then
    local target = template.expand(action.rewrite, captures)
    local path, arguments = string.match(target, "^([^?]*)%??(.*)$")
    if string.sub(path, 1, 1) ~= "/" then path = "/" .. path end
    ngx.req.set_uri(path, false, true)
    if arguments ~= "" then
      local own = var.args
      ngx.req.set_uri_args(own and own ~= "" and arguments .. "&" .. own or arguments)
    end
  end
  if action.limit_owner then var.cox_limit = action.limit_owner .. var.remote_addr end
  if action.satisfy and var["cox_within_" .. action.satisfy] == "1" then var.cox_admitted = "1" end
  if action.mirror then
    local url = template.expand(action.mirror)
    if is_reachable(url) then
      var.cox_mirror_url = url
      var.cox_mirror_host = action.mirror_host or string.match(url, "^https?://([^/?]+)")
    end
  end
  if action.auth_url and not prepare_question(action) then return ngx.exit(503) end
  if action.error_source then
    local source = action.error_source
    var.cox_error_namespace, var.cox_error_ingress = source[1], source[2]
    var.cox_error_service, var.cox_error_port = source[3], source[4]
  end
  -- The location of `route` has the usual settings itself, so that most requests go no further. It has no limit for
  -- bodies of unknown length: those that may have one are sent to where it is.
  if action.location == settings.usual_location and not state.is_outdated()
    and (length or not var.http_transfer_encoding and ngx.req.http_version() < 2) then
    ngx.ctx.action = action
    return access.run()
  end
  return go(action.location)
end

-- Control socket: POST /patterns, one percent-encoded expression a line; answers what is wrong with each, a line each.
function M.check_patterns()
  ngx.req.read_body()
  for line in string.gmatch(ngx.req.get_body_data() or "", "([^\n]*)\n") do
    local _, _, reason = ngx.re.find("", ngx.unescape_uri(line), "ij")
    ngx.say(reason and string.gsub(reason, "%c", " ") or "")
  end
end

return M
