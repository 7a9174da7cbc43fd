-- What is done with a request, read from the words that `wire.ts` writes: some in fixed places, then options, each
-- "name=value".

local template = require "cox.template"
local M = {}

-- Requests remember their action by its number: a context does not survive the way to another location.
local by_id = setmetatable({}, { __mode = "v" })
local last_id = 0
-- While somebody else is asked about a request, its action may be replaced; it is held for some minutes.
local young, old, turned = {}, {}, 0
local hold_seconds = 300

-- "-" stands for nothing.
local function optional(word)
  if word and word ~= "-" then return word end
end

local function split(text)
  local items = {}
  for item in string.gmatch(text .. ",", "([^,]*),") do items[#items + 1] = ngx.unescape_uri(item) end
  return items
end

local function pairs_of(text)
  local items, found = split(text), {}
  for index = 1, #items - 1, 2 do found[#found + 1] = { name = items[index], value = items[index + 1] } end
  return found
end

local readers = {
  ["if"] = function(action, value)
    local items = split(value)
    action.conditions = action.conditions or {}
    table.insert(action.conditions, { kind = items[1], name = items[2], how = items[3], text = items[4] })
  end,
  basic = function(action, value)
    local items = split(value)
    action.users, action.realm = items[1], items[2]
  end,
  auth = function(action, value) action.auth_url = template.parse(value) end,
  auth_method = function(action, value) action.auth_method = value end,
  auth_cookie = function(action) action.auth_always_cookie = true end,
  way_back = function(action, value) action.way_back = value end,
  satisfy = function(action, value) action.satisfy = value end,
  auth_headers = function(action, value) action.auth_headers = split(value) end,
  sign_in = function(action, value) action.sign_in = template.parse(value) end,
  limit = function(action, value) action.limit_owner = value end,
  subset = function(action, value) action.subset = tonumber(value) end,
  mirror = function(action, value) action.mirror = template.parse(value) end,
  mirror_host = function(action, value) action.mirror_host = value end,
  hash = function(action, value) action.hash_by = template.parse(value) end,
  algorithm = function(action, value) action.algorithm = value end,
  errors = function(action, value) action.error_source = split(value) end,
  affinity = function(action, value)
    local items = split(value)
    action.affinity = {
      mode = items[1], cookie = items[2], change_on_failure = items[3] == "1", max_age = tonumber(items[4]),
      expires = tonumber(items[5]), path = items[6], domain = optional(items[7]), same_site = optional(items[8]),
      conditional = items[9] == "1", secure = optional(items[10]),
    }
  end,
  request_remove = function(action, value) action.request_remove = split(value) end,
  request_set = function(action, value) action.request_set = pairs_of(value) end,
  request_add = function(action, value) action.request_add = pairs_of(value) end,
  response_remove = function(action, value) action.response_remove = split(value) end,
  response_set = function(action, value) action.response_set = pairs_of(value) end,
  response_add = function(action, value) action.response_add = pairs_of(value) end,
}

local function read_options(action, words, from)
  for index = from, #words do
    local name, value = string.match(words[index], "^([%w_]+)=(.*)$")
    local read = readers[name]
    -- What is not understood might be a restriction.
    if read then read(action, value) else action.kind = "refuse" end
    if string.find(name or "", "^request_") then action.changes_request = true end
    if string.find(name or "", "^response_") then action.changes_answer = true end
  end
  return action
end

-- forward: location, https, backend, fallback, host, body limit, rewrite; redirect: https, status, url; refuse: https.
function M.parse(words, from)
  local kind = words[from]
  local action = { kind = kind, https = words[from + 1] == "1" }
  if kind == "forward" then
    action.location = words[from + 2]
    action.backend = words[from + 3]
    action.fallback = optional(words[from + 4])
    action.host = optional(words[from + 5])
    action.limit = tonumber(words[from + 6])
    local rewrite = optional(words[from + 7])
    action.rewrite = rewrite and template.parse(rewrite)
    last_id = last_id + 1
    action.id = tostring(last_id)
    by_id[action.id] = action
    return read_options(action, words, from + 8)
  elseif kind == "redirect" then
    action.status = tonumber(words[from + 2])
    action.url = template.parse(words[from + 3] or "")
    return read_options(action, words, from + 4)
  end
  return read_options(action, words, from + 2)
end

-- Keeps an action while its requests wait for an answer from elsewhere.
function M.hold(action)
  local now = ngx.now()
  if now - turned > hold_seconds then young, old, turned = {}, young, now end
  young[action.id] = action
end

-- The action of this request; nothing where none was chosen.
function M.current()
  local ctx = ngx.ctx
  local action = ctx.action
  if not action then
    action = by_id[ngx.var.cox_route]
    ctx.action = action
  end
  return action
end

return M
