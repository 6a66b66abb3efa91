-- SPDX-License-Identifier: MIT
-- webhook: what an event of a request over HTTP has beside its fields (path, method, query, headers, body, source).
--
--   event:json()   the body as a value; nil, err where it is no JSON
--   event:form()   the body's fields as a table (application/x-www-form-urlencoded), the last of each name
local s_char, s_gmatch, s_gsub = string.char, string.gmatch, string.gsub
local tonumber = tonumber

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

--- The fields of a form.
---@param event couplet.Event
---@return table<string, string>
function M.form(event)
    local fields = {}
    for name, value in s_gmatch(event.body or "", "([^&=]+)=?([^&]*)") do fields[decode(name)] = decode(value) end
    return fields
end

return M
