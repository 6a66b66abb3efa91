-- SPDX-License-Identifier: MIT
-- xml: what may be written as XML, and writing it. It parses nothing; reading is the runtime's.
--
-- The rules, shared with the runtime's own writer, so that a script cannot break its stream:
--   names       [A-Za-z_][A-Za-z0-9_.-]* and any bytes >= 0x80 that are UTF-8; no prefix. Of attributes besides
--               "xml:name", and "ns\1name", which is written with a prefix made here
--   text        UTF-8 without surrogates, U+FFFE, U+FFFF and control characters other than tab, LF, CR (XML 1.0 2.2);
--               CR, and in attributes tab and LF, go as character references, or the reader would change them (2.11, 3.3.3)
--   values      strings; numbers are written as their text
--   nesting     at most MAX_DEPTH, so that a table that contains itself ends
-- xmlns is written where it changes: an element without one is in its parent's namespace. Attributes are in
-- the order of their names, so that equal stanzas are equal texts.
local ns = require "couplet.ns"

local s_find, s_match, s_gsub, s_sub, s_byte = string.find, string.match, string.gsub, string.sub, string.byte
local s_format, t_concat, t_sort, u_len = string.format, table.concat, table.sort, utf8.len
local type, tostring, next, pairs = type, tostring, next, pairs
local has_scan, scan = pcall(require, "couplet.core.scan") -- in a plain Lua there is none
local is_clean = has_scan and scan.is_clean

local M = { MAX_DEPTH = 200 }

local ASCII_NAME = "^[a-zA-Z_][a-zA-Z0-9_.-]*$"
local NAME = "^[a-zA-Z_\128-\255][a-zA-Z0-9_.\128-\255-]*$"
-- Most texts are ASCII in one line. Anchored, with the widest range first, Lua goes over them fastest.
local PRINTABLE = "^[ -~]*$"
local ALLOWED = "^[ -\255\n\t\r]*$"
local FORBIDDEN = "[^ -\255\n\t\r]"
local NONCHARACTER = "\xEF\xBF([\xBE\xBF])" -- U+FFFE, U+FFFF

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ["'"] = "&apos;", ['"'] = "&quot;" }
local REFERENCES = { ["\t"] = "&#9;", ["\n"] = "&#10;", ["\r"] = "&#13;" }
for char, entity in pairs(ENTITIES) do
    REFERENCES[char] = entity
end

--- Escapes the five characters that XML reserves; checks nothing.
---@param text string
---@return string
function M.escape(text)
    return (s_gsub(text, "[&<>'\"]", ENTITIES))
end

--- Why a text cannot be written; nil when it can.
---@param text any
---@return string|nil reason
function M.text_fault(text)
    if type(text) ~= "string" then return "expected a string, got a " .. type(text) end
    if is_clean and is_clean(text, true) or s_find(text, PRINTABLE) then return nil end
    if not s_find(text, ALLOWED) then
        local at = s_find(text, FORBIDDEN)
        return s_format("byte 0x%02X at %d cannot be written as XML", s_byte(text, at), at)
    end
    local length, bad = u_len(text)
    if not length then return s_format("byte 0x%02X at %d is not UTF-8", s_byte(text, bad), bad) end
    local last = length < #text and s_match(text, NONCHARACTER)
    if last then return s_format("U+FF%02X cannot be written as XML", s_byte(last) + 0x40) end
end

local text_fault = M.text_fault

-- Names as they appear in messages, without what a terminal would act upon.
local function shown(name)
    if type(name) ~= "string" then return "a " .. type(name) end
    return "'" .. s_gsub(s_sub(name, 1, 40), "[^ -~]", "?") .. "'"
end

--- Is it a name, without prefix, that can be written?
---@param name any
---@return boolean
function M.is_name(name)
    if type(name) ~= "string" then return false end
    if s_find(name, ASCII_NAME) then return true end
    return s_find(name, NAME) ~= nil and text_fault(name) == nil
end

local is_name = M.is_name

--- Why something is no name of an element; nil when it is.
---@param name any
---@return string|nil reason
function M.name_fault(name)
    if not is_name(name) then return shown(name) .. " is no name for an element" end
end

-- "ns\1name" → the namespace, the name
local function split_qualified(key)
    local space, name = s_match(key, "^([^\1]+)\1(.*)$")
    if name and is_name(name) and space ~= ns.xmlns then return space, name end
end

--- Why something is no name of an attribute; nil when it is.
---@param key any
---@return string|nil reason
function M.attr_name_fault(key)
    if is_name(key) then return nil end
    if type(key) == "string" then
        if s_find(key, "\1", 1, true) then
            local space = split_qualified(key)
            if space and not text_fault(space) then return nil end
        elseif s_sub(key, 1, 4) == "xml:" and is_name(s_sub(key, 5)) then
            return nil
        end
    end
    return shown(key) .. " is no name for an attribute"
end

local attr_name_fault = M.attr_name_fault

--- Why a table cannot be an element's attributes; nil when it can.
---@param attr any
---@return string|nil reason
function M.attr_fault(attr)
    if type(attr) ~= "table" then return "expected a table of attributes, got a " .. type(attr) end
    for key, value in next, attr do
        local fault = attr_name_fault(key)
        if fault then return fault end
        fault = text_fault(value)
        if fault then return "attribute " .. shown(key) .. ": " .. fault end
    end
end

-- Writing. Each writer appends to out from n on and returns the new n, or nil, the reason and the path to it.

-- Five searches for a byte cost less than one for a set of them.
local function has_reserved(text)
    return s_find(text, "&", 1, true) or s_find(text, "<", 1, true) or s_find(text, ">", 1, true)
        or s_find(text, "'", 1, true) or s_find(text, '"', 1, true)
end

local function escaped(value, white)
    if type(value) == "number" then value = tostring(value) end
    if type(value) ~= "string" or not s_find(value, PRINTABLE) then
        local fault = text_fault(value)
        if fault then return nil, fault end
        if s_find(value, white) then return (s_gsub(value, "[&<>'\"" .. s_sub(white, 2), REFERENCES)) end
    end
    if has_reserved(value) then return (s_gsub(value, "[&<>'\"]", REFERENCES)) end
    return value
end

local function escaped_text(value) return escaped(value, "[\r]") end

local function escaped_value(value) return escaped(value, "[\t\n\r]") end

local function write_qualified(out, n, key, text, attr)
    local space, name = split_qualified(key)
    if space == ns.xml then -- this prefix alone may not be declared anew (Namespaces in XML 3)
        if attr["xml:" .. name] ~= nil then return nil, "'xml:" .. name .. "' is given twice" end
        out[n + 1] = " xml:" .. name .. "='" .. text .. "'"
        return n + 1
    end
    local prefix = "ns" .. n
    out[n + 1] = " xmlns:" .. prefix .. "='" .. escaped_value(space) .. "' " .. prefix .. ":" .. name .. "='" .. text .. "'"
    return n + 1
end

local function write_attr(out, n, key, value, attr)
    local fault = attr_name_fault(key)
    if fault then return nil, fault end
    local text, bad = escaped_value(value)
    if not text then return nil, "attribute " .. shown(key) .. ": " .. bad end
    if s_find(key, "\1", 1, true) then return write_qualified(out, n, key, text, attr) end
    out[n + 1] = " " .. key .. "='" .. text .. "'"
    return n + 1
end

local function write_xmlns(out, n, xmlns, outer)
    if type(xmlns) ~= "string" then return nil, "xmlns: expected a string, got a " .. type(xmlns) end
    if xmlns == outer then return n end
    if xmlns == ns.xml or xmlns == ns.xmlns then return nil, "xmlns: this namespace is reserved" end
    return write_attr(out, n, "xmlns", xmlns, nil)
end

local function sorted_names(attr)
    local names, count = {}, 0
    for key in next, attr do
        if type(key) ~= "string" then return nil, shown(key) .. " is no name for an attribute" end
        count = count + 1
        names[count] = key
    end
    if count > 1 then t_sort(names) end
    return names
end

local function write_attrs(out, n, attr, outer)
    if type(attr) ~= "table" then return nil, "attr: expected a table, got a " .. type(attr) end
    local names, fault = sorted_names(attr)
    if not names then return nil, fault end
    for i = 1, #names do
        local key = names[i]
        if key == "xmlns" then
            n, fault = write_xmlns(out, n, attr.xmlns, outer)
        else
            n, fault = write_attr(out, n, key, attr[key], attr)
        end
        if not n then return nil, fault end
    end
    return n
end

local function write_open(out, n, element, outer, depth)
    local name, attr = element.name, element.attr
    local fault = M.name_fault(name)
    if fault then return nil, fault, "?" end
    if depth > M.MAX_DEPTH then return nil, "nested deeper than " .. M.MAX_DEPTH .. " elements", name end
    out[n + 1] = "<" .. name
    n = n + 1
    if attr ~= nil then
        n, fault = write_attrs(out, n, attr, outer)
        if not n then return nil, fault, name end
        outer = attr.xmlns or outer
    end
    return n, outer
end

local function write_element(out, n, element, outer, depth)
    local space, path
    n, space, path = write_open(out, n, element, outer, depth)
    if not n then return nil, space, path end
    local name, count = element.name, #element
    if count == 0 then
        out[n + 1] = "/>"
        return n + 1
    end
    out[n + 1] = ">"
    n = n + 1
    for i = 1, count do
        local child = element[i]
        if type(child) == "table" then
            local fault
            n, fault, path = write_element(out, n, child, space, depth + 1)
            if not n then return nil, fault, name .. "/" .. path end
        else
            local text, fault = escaped_text(child)
            if not text then return nil, fault, name end
            n = n + 1
            out[n] = text
        end
    end
    out[n + 1] = "</" .. name .. ">"
    return n + 1
end

--- The text of an element and all inside it, or nil and "path/to/it: reason".
---@param element table
---@return string|nil text, string|nil err
function M.serialize(element)
    local out = {}
    local n, fault, path = write_element(out, 0, element, nil, 1)
    if not n then return nil, path .. ": " .. fault end
    return t_concat(out, "", 1, n)
end

--- The text of an element's opening tag alone, or nil and the reason.
---@param element table
---@return string|nil text, string|nil err
function M.serialize_top(element)
    local out = {}
    local n, fault, path = write_open(out, 0, element, nil, 1)
    if not n then return nil, path .. ": " .. fault end
    return t_concat(out, "", 1, n) .. ">"
end

local BLUE, GREEN, YELLOW, OFF = "\27[34m", "\27[32m", "\27[33m", "\27[0m"

--- XML, as the functions above write it, with colours for a terminal.
---@param text string
---@return string
function M.colour(text)
    return (s_gsub(text, "(</?)([^ />]+)([^>]*>)", function(open, name, rest)
        rest = s_gsub(rest, "([^ =]+)=('[^']*')", GREEN .. "%1" .. OFF .. "=" .. YELLOW .. "%2" .. OFF)
        return open .. BLUE .. name .. OFF .. rest
    end))
end

return M
