-- Shows each host its own certificate; a host without one gets the server's, which is the default one.

local ssl = require "ngx.ssl"
local router = require "cox.router"
local state = require "cox.state"
local M = {}

-- A chain and its key in one PEM text, percent-encoded; parsed once by each worker.
local function parse_pair(raw)
  local pem = ngx.unescape_uri(raw)
  local chain, reason = ssl.parse_pem_cert(pem)
  local key
  if chain then key, reason = ssl.parse_pem_priv_key(pem) end
  if not key then
    ngx.log(ngx.ERR, "cannot use a certificate: ", reason)
    return { }
  end
  return { chain = chain, key = key }
end

local pairs_by_name = state.reader("c:", parse_pair)

local function parse_authorities(raw)
  local chain, reason = ssl.parse_pem_cert(ngx.unescape_uri(raw))
  if not chain then ngx.log(ngx.ERR, "cannot use authorities: ", reason) end
  return { chain = chain }
end

local authorities = state.reader("a:", parse_authorities)

-- Asks the client for a certificate. The handshake goes on whatever it shows; each request is judged by what is
-- remembered here, which a resumed session or one for another host does not have.
local function ask_client(client)
  local found = authorities(client.key)
  if not found or not found.chain then return end
  local ok, reason = ssl.verify_client(found.chain, client.depth)
  if ok then ngx.ctx.client_key = client.key else ngx.log(ngx.ERR, "cannot ask for a certificate: ", reason) end
end

-- Certificate phase of a TLS handshake.
function M.choose()
  local name = ssl.server_name()
  local host = name and router.find_host(string.lower(name))
  if host and host.client then ask_client(host.client) end
  local pair = host and host.certificate and pairs_by_name(host.certificate)
  if not pair or not pair.key then return end
  ssl.clear_certs()
  local ok, reason = ssl.set_cert(pair.chain)
  if ok then ok, reason = ssl.set_priv_key(pair.key) end
  if not ok then
    ngx.log(ngx.ERR, "cannot show a certificate: ", reason)
    return ngx.exit(ngx.ERROR)
  end
end

return M
