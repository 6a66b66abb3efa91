-- SPDX-License-Identifier: MIT
-- json: values as text and back (RFC 8259).
--
--   json.decode '{"a": [1, 2.5, null]}'     a value; nil, err where it is no JSON
--   json.encode { a = { 1, 2 } }            a text, its keys sorted
--
-- Integers stay integers (of 64 bits). null is left out of an object, and is json.null in an array. A table with elements is an
-- array; an empty one is an object, but for what was decoded from an array and json.array(). What JSON cannot say raises:
-- functions, NaN, text that is not UTF-8, a table in itself.
local core = require "couplet.core.json"
local errors = require "couplet.errors"

local error, pcall, setmetatable, type = error, pcall, setmetatable, type

local M = {}

local array_mt = { __name = "couplet.json.array" }

M.null = core.decode("[null]", array_mt)[1]

--- The table as an array, also while it is empty.
---@param list? table
---@return table
function M.array(list) return setmetatable(list or {}, array_mt) end

---@param text string
---@return any, couplet.Error|nil
function M.decode(text)
    if type(text) ~= "string" then error("json.decode: a string is expected, not a " .. type(text), 2) end
    local ok, value, why = pcall(core.decode, text, array_mt)
    if ok and not why then return value end
    return nil, errors.new("bad-request", "no JSON: " .. (ok and why or value))
end

---@param value any
---@return string
function M.encode(value)
    local ok, text = pcall(core.encode, value, array_mt)
    if not ok then error(text, 2) end
    return text
end

return M
