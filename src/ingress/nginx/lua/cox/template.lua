-- Texts that are put together for each request: "t<text>", "c<number of a group>" and "v<variable>", in between commas.

local M = {}

function M.parse(word)
  local parts = {}
  for piece in string.gmatch(word, "[^,]+") do
    parts[#parts + 1] = { kind = string.sub(piece, 1, 1), text = ngx.unescape_uri(string.sub(piece, 2)) }
  end
  return parts
end

local computed = {
  escaped_request_uri = function() return ngx.escape_uri(ngx.var.request_uri) end,
}

function M.expand(template, captures)
  local texts = {}
  for index, part in ipairs(template) do
    if part.kind == "t" then texts[index] = part.text
    elseif part.kind == "c" then texts[index] = captures and captures[tonumber(part.text)] or ""
    else
      local compute = computed[part.text]
      texts[index] = compute and compute() or ngx.var[part.text] or ""
    end
  end
  return table.concat(texts)
end

return M
