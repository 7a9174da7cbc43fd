-- The access phase of what goes to a backend: who may, what the backend is told, and which endpoint it is.

local actions = require "cox.action"
local balancer = require "cox.balancer"
local users = require "cox.users"
local M = {}

local function change_headers(action)
  if not action.changes_request then return end
  for _, name in ipairs(action.request_remove or {}) do ngx.req.clear_header(name) end
  for _, header in ipairs(action.request_set or {}) do ngx.req.set_header(header.name, header.value) end
  for _, header in ipairs(action.request_add or {}) do
    local values = ngx.req.get_headers()[header.name] or {}
    if type(values) ~= "table" then values = { values } end
    values[#values + 1] = header.value
    ngx.req.set_header(header.name, values)
  end
end

-- What the authentication service has said about the request goes on, and nothing that the client says about itself.
local function add_proof(action)
  for index, name in ipairs(action.auth_headers or {}) do
    local value = ngx.var["cox_auth_" .. index]
    if value and value ~= "" then ngx.req.set_header(name, value) else ngx.req.clear_header(name) end
  end
end

-- What is known of the client's certificate; nothing that the client says about it itself.
local function add_certificate()
  local var = ngx.var
  ngx.req.set_header("ssl-client-verify", var.ssl_client_verify)
  ngx.req.set_header("ssl-client-subject-dn", var.ssl_client_s_dn)
  ngx.req.set_header("ssl-client-issuer-dn", var.ssl_client_i_dn)
  if var.cox_client == "pass" then
    ngx.req.set_header("ssl-client-cert", var.ssl_client_escaped_cert)
  else
    ngx.req.clear_header("ssl-client-cert")
  end
end

-- Runs after nginx's own access checks: source ranges, and the question to an authentication service.
function M.run(is_outside)
  local action = actions.current()
  if not action then return ngx.exit(503) end
  if action.users and ngx.var.cox_admitted ~= "1" then users.check(action.users, action.realm) end
  if action.auth_url then add_proof(action) end
  if ngx.var.cox_client ~= "" then add_certificate() end
  change_headers(action)
  if not is_outside then return balancer.choose(action) end
end

-- The same for the service that makes pages of errors.
function M.run_error()
  local action = actions.current()
  if not action or not action.fallback then return ngx.exit(ngx.status) end
  return balancer.choose_fallback(action)
end

-- In place of a 401: the way to where the client can sign in, where there is one.
function M.sign_in()
  local target = ngx.var.cox_sign_in
  if target ~= "" then return ngx.redirect(target, 302) end
  return ngx.exit(401)
end

-- The authentication service's cookies, which may renew a session.
local function add_cookie(action)
  local cookie = action.auth_url and ngx.var.cox_auth_cookie
  if not cookie or cookie == "" or (ngx.status >= 400 and not action.auth_always_cookie) then return end
  local values = ngx.header["Set-Cookie"] or {}
  if type(values) ~= "table" then values = { values } end
  values[#values + 1] = cookie
  ngx.header["Set-Cookie"] = values
end

-- The question to an authentication service, which those who may come in anyway need not answer.
function M.ask()
  if ngx.var.cox_admitted == "1" then return ngx.exit(204) end
end

-- A copy of the request, unless it would go to the node itself.
function M.mirror()
  if ngx.var.cox_mirror_url == "" then return ngx.exit(204) end
end

-- Header filter: what the client is told beyond the backend's answer.
function M.change_answer()
  if ngx.is_subrequest then return end
  local action = actions.current()
  if not action then return end
  add_cookie(action)
  if not action.changes_answer then return end
  local header = ngx.header
  for _, name in ipairs(action.response_remove or {}) do header[name] = nil end
  for _, one in ipairs(action.response_set or {}) do header[one.name] = one.value end
  for _, one in ipairs(action.response_add or {}) do
    local values = header[one.name] or {}
    if type(values) ~= "table" then values = { values } end
    values[#values + 1] = one.value
    header[one.name] = values
  end
end

return M
