-- Finds the route of a request, carries out what needs no backend, and hands the rest to the location that has the
-- route's settings. Entries are written by `wire.ts`: words in between spaces, records in between bars, each word
-- percent-encoded.

local settings = require "cox.settings"
local state = require "cox.state"
local M = {}

local function words_of(record)
  local words = {}
  for word in string.gmatch(record, "%S+") do words[#words + 1] = ngx.unescape_uri(word) end
  return words
end

-- "-" stands for nothing.
local function optional(word)
  if word and word ~= "-" then return word end
end

-- "t<text>", "c<number of a group>" and "v<variable>", in between commas.
local function template_of(word)
  if not optional(word) then return nil end
  local parts = {}
  for piece in string.gmatch(word, "[^,]+") do
    parts[#parts + 1] = { kind = string.sub(piece, 1, 1), text = ngx.unescape_uri(string.sub(piece, 2)) }
  end
  return parts
end

local function expand(template, captures)
  local texts = {}
  for index, part in ipairs(template) do
    if part.kind == "t" then texts[index] = part.text
    elseif part.kind == "c" then texts[index] = captures and captures[tonumber(part.text)] or ""
    else texts[index] = ngx.var[part.text] or "" end
  end
  return table.concat(texts)
end

-- forward: location, https, backend, fallback, host, body limit, rewrite; redirect: https, status, url; refuse.
local function action_of(words, from)
  local kind = words[from]
  local action = { kind = kind, https = words[from + 1] == "1" }
  if kind == "forward" then
    action.location = words[from + 2]
    action.backend = words[from + 3]
    action.fallback = optional(words[from + 4])
    action.host = optional(words[from + 5])
    action.limit = tonumber(words[from + 6])
    action.rewrite = template_of(words[from + 7])
  elseif kind == "redirect" then
    action.status = tonumber(words[from + 2])
    action.url = template_of(words[from + 3])
  end
  return action
end

local function parse_host(raw)
  local host = { exact = {}, prefixes = {}, ordered = {} }
  for record in string.gmatch(raw, "[^|]+") do
    local words = words_of(record)
    local kind, path = words[1], words[2]
    if kind == "tls" then
      host.has_tls = true
      host.certificate = optional(path)
    elseif kind == "rest" then
      host.rest = action_of(words, 2)
    else
      local action = action_of(words, 3)
      if kind == "exact" then host.exact[path] = action
      elseif kind == "prefix" then host.prefixes[path] = action
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

local function is_under(path, prefix)
  return prefix == "/" or path == prefix or string.sub(path, 1, #prefix + 1) == prefix .. "/"
end

local unknown = { kind = "refuse" }

-- Entries stand in order of precedence; a pattern must match from the start.
local function find_in_order(host, path)
  for _, route in ipairs(host.ordered) do
    if route.kind == "prefix" then
      if is_under(path, route.path) then return route.action end
    else
      local captures, reason = ngx.re.match(path, route.path, "ijo")
      if captures then return route.action, captures end
      -- It took too long to tell. The next rule may be open where this one is not.
      if reason then return unknown end
    end
  end
end

-- Without patterns the longest prefix wins: the path itself, then without its last element, and so on.
local function find_prefix(host, path)
  local prefix = path
  while true do
    local found = host.prefixes[prefix]
    if found then return found end
    if prefix == "/" then return nil end
    prefix = string.match(prefix, "^(.+)/[^/]*$") or "/"
  end
end

local function find_route(host, path)
  local exact = host.exact[path]
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
  if action.kind == "redirect" then return ngx.redirect(expand(action.url, captures), action.status) end
  local length = tonumber(var.http_content_length)
  -- nginx has looked at the length already, before it knew the location.
  if length and action.limit > 0 and length > action.limit then return ngx.exit(413) end
  var.cox_backend = action.backend
  var.cox_fallback = action.fallback or ""
  if action.host then var.cox_backend_host = action.host end
  if host.has_tls and secure and settings.hsts then var.cox_strict_transport = settings.hsts end
  if action.rewrite then
    local target = expand(action.rewrite, captures)
    local path, arguments = string.match(target, "^([^?]*)%??(.*)$")
    if string.sub(path, 1, 1) ~= "/" then path = "/" .. path end
    ngx.req.set_uri(path, false, true)
    if arguments ~= "" then
      local own = var.args
      ngx.req.set_uri_args(own and own ~= "" and arguments .. "&" .. own or arguments)
    end
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
