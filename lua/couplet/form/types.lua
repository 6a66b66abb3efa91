-- SPDX-License-Identifier: MIT
-- form.types: what the types of fields (XEP-0004 3.3) and their datatypes (XEP-0122) mean: texts of <value/> to Lua and back.
--
--   boolean                              true, false
--   list-single, jid-single, text-single, text-private, hidden   a string; a number where the datatype is one
--   text-multi                           a string, with "\n" between its lines
--   list-multi, jid-multi                a list of strings
--
-- Nothing raises here, whatever came from the network. Regular expressions of XEP-0122 are not run (4.1 allows that);
-- a datatype that is unknown is a string.
local datetime = require "couplet.datetime"
local jid = require "couplet.jid"
local xml = require "couplet.xml"

local ipairs, tonumber, tostring, type, math, table = ipairs, tonumber, tostring, type, math, table

local M = {}

local KNOWN = {}
for name in ("boolean fixed hidden jid-multi jid-single list-multi list-single text-multi text-private text-single"):gmatch "%S+" do
    KNOWN[name] = true
end
M.known = KNOWN

local function number_of(text) return #text < 64 and text:find "^%s*[+-]?[%d.]+[eE]?[+-]?%d*%s*$" and tonumber(text) or nil end

local function integer_of(text) return #text < 24 and text:find "^%s*[+-]?%d+%s*$" and math.tointeger(tonumber(text)) or nil end

local function at_least(limit)
    return function(text)
        local number = integer_of(text)
        return number and number >= limit and number or nil
    end
end

local function between(low, high)
    return function(text)
        local number = integer_of(text)
        return number and number >= low and number <= high and number or nil
    end
end

local function time_of(text) return datetime.parse("1970-01-01T" .. text .. (text:find "[Z+-]" and "" or "Z")) and text end

local function date_of(text) return datetime.parse(text:sub(1, 10) .. "T00:00:00Z") and #text <= 16 and text end

local function moment_of(text) return (datetime.parse(text) or datetime.parse(text .. "Z")) and text end

local function uri_of(text) return text:find "^%S+$" and text end

-- datatype -> { how to read a text (nil: it is none), how to say it }
local DATATYPES = {
    ["xs:integer"] = { integer_of, "a whole number" }, ["xs:long"] = { integer_of, "a whole number" },
    ["xs:int"] = { between(-2147483648, 2147483647), "a whole number" },
    ["xs:short"] = { between(-32768, 32767), "a whole number from -32768 to 32767" },
    ["xs:byte"] = { between(-128, 127), "a whole number from -128 to 127" },
    ["xs:nonNegativeInteger"] = { at_least(0), "a whole number from 0" },
    ["xs:positiveInteger"] = { at_least(1), "a whole number from 1" },
    ["xs:unsignedInt"] = { between(0, 4294967295), "a whole number from 0" },
    ["xs:decimal"] = { number_of, "a number" }, ["xs:double"] = { number_of, "a number" },
    ["xs:float"] = { number_of, "a number" },
    ["xs:date"] = { date_of, "a date like 2026-11-21" }, ["xs:time"] = { time_of, "a time like 12:30:00" },
    ["xs:dateTime"] = { moment_of, "a time like 2026-11-21T12:30:00Z" },
    ["xs:anyURI"] = { uri_of, "a URI" },
}

local BOOLEANS = { ["1"] = true, ["true"] = true, ["0"] = false, ["false"] = false }

local function one(field, text)
    local datatype = DATATYPES[field.datatype]
    if not datatype then return text end
    return datatype[1](text) or nil
end

local function jids(texts)
    local list, seen = {}, {}
    for _, text in ipairs(texts) do
        local address = jid.prep(text)
        if address and not seen[address] then -- XEP-0004 3.3: duplicates are ignored
            list[#list + 1], seen[address] = address, true
        end
    end
    return list
end

local function single(field, texts)
    if texts[1] == nil then return nil end
    return one(field, texts[1])
end

local DECODE = {
    boolean = function(_, texts) return BOOLEANS[texts[1]] end,
    ["jid-single"] = function(_, texts) return texts[1] and jid.prep(texts[1]) end,
    ["jid-multi"] = function(_, texts) return jids(texts) end,
    ["list-multi"] = function(_, texts) return table.move(texts, 1, #texts, 1, {}) end,
    ["text-multi"] = function(_, texts) return texts[1] and table.concat(texts, "\n") or nil end,
}

--- The value that texts stand for; nil: there are none, or they are no such value.
---@param field couplet.Field
---@param texts string[]
---@return string|number|boolean|string[]|nil
function M.decode(field, texts) return (DECODE[field.type] or single)(field, texts) end

-- Checks: each gives the reason why not, or nothing.

local function option_fault(field, text)
    if not field.options or field.open or #field.options == 0 then return end
    local names = {}
    for i, option in ipairs(field.options) do
        if option.value == text then return end
        if i <= 20 then names[i] = option.value end
    end
    return ("'%s' is none of: %s%s"):format(text:sub(1, 100), table.concat(names, ", "), #field.options > 20 and ", …" or "")
end

-- What a text is worth in a range: numbers and times as numbers, dates as they are; of other datatypes only numbers.
local function worth(field, text)
    text = tostring(text)
    if field.datatype == "xs:dateTime" then return datetime.parse(text) end
    if field.datatype == "xs:date" or field.datatype == "xs:time" then return one(field, text) end
    return number_of(text)
end

local function range_fault(field, text)
    local value = worth(field, text)
    local low, high = field.min and worth(field, field.min), field.max and worth(field, field.max)
    if not value then return end
    if type(low) == type(value) and value < low then return ("'%s' is less than %s"):format(text:sub(1, 100), field.min) end
    if type(high) == type(value) and value > high then return ("'%s' is more than %s"):format(text:sub(1, 100), field.max) end
end

local function text_fault(field, text)
    local kind = field.type
    if kind == "boolean" then return BOOLEANS[text] == nil and ("'%s' is neither true nor false"):format(text:sub(1, 100)) or nil end
    if kind == "jid-single" or kind == "jid-multi" then
        return not jid.prep(text) and ("'%s' is no address"):format(text:sub(1, 100)) or nil
    end
    local datatype = DATATYPES[field.datatype]
    if datatype and not datatype[1](text) then
        return ("'%s' is not %s"):format(text:sub(1, 100), datatype[2])
    end
    if kind == "list-single" or kind == "list-multi" then
        local fault = option_fault(field, text)
        if fault then return fault end
    end
    if field.min or field.max then return range_fault(field, text) end
end

local function count_fault(field, texts)
    if field.type ~= "list-multi" then return end
    if field.list_min and #texts < field.list_min then return ("at least %d are wanted"):format(field.list_min) end
    if field.list_max and #texts > field.list_max then return ("at most %d are allowed"):format(field.list_max) end
end

local MULTI = { ["jid-multi"] = true, ["list-multi"] = true, ["text-multi"] = true }

--- Why texts cannot be submitted for a field; nil when they can.
---@param field couplet.Field
---@param texts string[]
---@return string|nil reason
function M.fault(field, texts)
    if field.required and (texts[1] == nil or #texts == 1 and texts[1] == "" and field.type ~= "list-single") then
        return "it must be filled in"
    end
    if #texts > 1 and not MULTI[field.type] and field.type ~= "hidden" then return "it takes one value only" end
    for _, text in ipairs(texts) do
        local unset = text == "" and not field.required -- 3.5: how a value is taken away
        local fault = xml.text_fault(text) or not unset and text_fault(field, text)
        if fault then return fault end
    end
    return count_fault(field, texts)
end

local function lines_of(text)
    local list = {}
    for line in (text .. "\n"):gmatch "(.-)\r?\n" do list[#list + 1] = line end
    return list
end

--- The texts of a value, unchecked; nil: it is of a type that has none.
---@param value any
---@param kind string the field's type
---@return string[]|nil
function M.encode(value, kind)
    if type(value) == "boolean" then return { value and "1" or "0" } end
    if type(value) == "number" then return { tostring(math.tointeger(value) or value) } end
    if type(value) == "string" then return kind == "text-multi" and lines_of(value) or { value } end
    if type(value) ~= "table" then return nil end
    local list = {}
    for i, item in ipairs(value) do
        local texts = type(item) ~= "table" and M.encode(item, "text-single")
        if not texts then return nil end
        list[i] = texts[1]
    end
    return list
end

return M
