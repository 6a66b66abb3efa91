-- SPDX-License-Identifier: MIT
-- webhook: what an event of a request over HTTP has beside its fields (path, method, query, headers, body, source).
--
--   event:json()   the body as a value; nil, err where it is no JSON
--   event:form()   the body's fields as a table (application/x-www-form-urlencoded, multipart/form-data), the last of each name
local s_char, s_find, s_gmatch, s_gsub, s_lower, s_match, s_sub = string.char, string.find, string.gmatch, string.gsub, string.lower, string.match, string.sub
local tonumber, type = tonumber, type

local M = {}

--- The body as a value. -> nil, err where it is no JSON
---@param event couplet.Event
---@return any, couplet.Error|nil
function M.json(event) return require("couplet.json").decode(event.body or "") end

local function decode(text)
    text = s_gsub(text, "+", " ")
    text = s_gsub(text, "%%(%x%x)", function(digits) return s_char(tonumber(digits, 16)) end)
    return text
end

local function urlencoded(body)
    local fields = {}
    for name, value in s_gmatch(body, "([^&=]+)=?([^&]*)") do fields[decode(name)] = decode(value) end
    return fields
end

-- The name of a part: Content-Disposition: form-data; name="data" (RFC 7578 4.2).
local function name_of(head)
    for line in s_gmatch(head, "[^\r\n]+") do
        if s_match(s_lower(line), "^content%-disposition:%s*form%-data%s*;") then
            return s_match(line, ';%s*[Nn][Aa][Mm][Ee]="([^"]*)"') or s_match(line, ";%s*[Nn][Aa][Mm][Ee]=([^;%s]+)")
        end
    end
end

-- RFC 2046 5.1.1: each part stands between two delimiters, its head and its content with an empty line between. What is cut is left out.
local function multipart(body, boundary)
    local fields, delimiter = {}, "\r\n--" .. boundary
    body = "\r\n" .. body
    local _, at = s_find(body, delimiter, 1, true)
    while at and s_sub(body, at + 1, at + 2) ~= "--" do
        local head_end, content = s_find(body, "\r\n\r\n", at + 1, true)
        local last, next_at = s_find(body, delimiter, content or #body + 1, true)
        if not last then break end
        local name = name_of(s_sub(body, at + 1, head_end))
        if name then fields[name] = s_sub(body, content + 1, last - 1) end
        at = next_at
    end
    return fields
end

--- The fields of a form.
---@param event couplet.Event
---@return table<string, string>
function M.form(event)
    local kind = type(event.headers) == "table" and event.headers["content-type"] or ""
    if not s_find(s_lower(kind), "^multipart/form%-data") then return urlencoded(event.body or "") end
    local boundary = s_match(kind, ';%s*[Bb][Oo][Uu][Nn][Dd][Aa][Rr][Yy]="([^"]+)"') or s_match(kind, ";%s*[Bb][Oo][Uu][Nn][Dd][Aa][Rr][Yy]=([^;%s]+)")
    return boundary and multipart(event.body or "", boundary) or {}
end

return M
