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

-- Certificate phase of a TLS handshake.
function M.choose()
  local name = ssl.server_name()
  local host = name and router.find_host(string.lower(name))
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
