-- Whether a request is like a route wants it, besides its path.

local M = {}

local function value_of(condition)
  local kind, name = condition.kind, condition.name
  if kind == "method" then return ngx.req.get_method() end
  if kind == "cookie" then return ngx.var["cookie_" .. name] end
  if kind == "header" then return ngx.var["http_" .. string.gsub(string.lower(name), "-", "_")] end
  -- Of a name that comes several times, the first counts.
  local value = ngx.req.get_uri_args()[name]
  if type(value) == "table" then value = value[1] end
  return value == true and "" or value
end

local function holds(condition)
  local value = value_of(condition)
  if not value then return false end
  if condition.how == "exact" then return value == condition.text end
  return ngx.re.find(value, condition.text, "jo") ~= nil
end

function M.hold(action)
  local conditions = action.conditions
  if not conditions then return true end
  for _, condition in ipairs(conditions) do
    if not holds(condition) then return false end
  end
  return true
end

return M
