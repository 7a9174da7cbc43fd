-- HTTP basic authentication against lists of users, with nginx's own check of passwords: all formats of htpasswd.

local ffi = require "ffi"
local state = require "cox.state"
local M = {}

ffi.cdef [[
void *ngx_create_pool(size_t size, void *log);
void ngx_destroy_pool(void *pool);
intptr_t ngx_crypt(void *pool, const char *key, const char *salt, char **encrypted);
]]

-- Stands for an `ngx_log_t` that logs nothing; nginx writes here only where memory is short.
local silence = ffi.new("char[1024]")
local encrypted = ffi.new("char*[1]")

local function is_password(password, hash)
  local pool = ffi.C.ngx_create_pool(4096, silence)
  if pool == nil then return false end
  local same = ffi.C.ngx_crypt(pool, password, hash, encrypted) == 0 and ffi.string(encrypted[0]) == hash
  ffi.C.ngx_destroy_pool(pool)
  return same
end

-- "<user>:<hash>" in between commas, both percent-encoded. A good hash takes its time, so what was right is remembered,
-- though not in the clear.
local function parse_users(raw)
  local users = { hashes = {}, proven = {} }
  for user, hash in string.gmatch(raw, "([^,:]+):([^,:]+)") do
    users.hashes[ngx.unescape_uri(user)] = ngx.unescape_uri(hash)
  end
  return users
end

local lists = state.reader("u:", parse_users)
local salt = tostring(math.random()) .. tostring(ngx.now())

local function is_one_of(users, user, password)
  local hash = users.hashes[user]
  if not hash then return false end
  local proof = ngx.sha1_bin(salt .. hash .. password)
  if users.proven[user] == proof then return true end
  if not is_password(password, hash) then return false end
  users.proven[user] = proof
  return true
end

-- Access phase: nothing for a request that proves to be from a user of the list, else 401.
function M.check(list, realm)
  local users = lists(list)
  if not users then return ngx.exit(503) end
  local encoded = string.match(ngx.var.http_authorization or "", "^[Bb][Aa][Ss][Ii][Cc] +(%S+)$")
  local text = encoded and ngx.decode_base64(encoded)
  local user, password = string.match(text or "", "^([^:]*):(%Z*)$")
  if user and is_one_of(users, user, password) then return end
  ngx.header["WWW-Authenticate"] = 'Basic realm="' .. string.gsub(realm, '[\\"]', "\\%0") .. '"'
  return ngx.exit(401)
end

return M
