-- SPDX-License-Identifier: MIT
-- alerts.reader: fields of a payload from outside. What is asked for comes back clean and bounded, or nil; the first thing that is
-- of the wrong type is kept as a mistake with its place, and reading goes on, so that a parser reads from top to bottom:
--
--   local root = reader.open(event:json())
--   for _, alert in ipairs(root:list "alerts") do local labels = alert:labels "labels" … end
--   local err = root:mistake()                    "alerts[2].labels: an object is expected"
--
-- What is absent, or null, is no mistake. Nothing here raises, whatever the payload is.
local clean = require "couplet.clean"
local errors = require "couplet.errors"

local ipairs, math, next, rawget, require, select, setmetatable, table, tonumber, tostring, type =
    ipairs, math, next, rawget, require, select, setmetatable, table, tonumber, tostring, type
local s_find, s_format = string.find, string.format

local M = {}

local MOST = 1000 -- elements of a list
local MOST_LABELS = 64

---@class couplet.Reader
---@field value table
---@field up couplet.Reader|nil what it is in; nil: it is the whole
---@field key string|integer|nil under which it is there
local reader_mt = { __name = "couplet.alerts.reader" }
reader_mt.__index = reader_mt

-- "alerts[2].labels"; it is made when something is wrong there.
local function place_of(reader, key)
    local before = reader.up and place_of(reader.up, reader.key) or ""
    if type(key) == "number" then return s_format("%s[%d]", before, key) end
    key = s_find(key, "^[%w_-]+$") and key or '"' .. clean.line(key, 40) .. '"'
    return before == "" and key or before .. "." .. key
end

local function name_of(name) return type(name) == "string" and clean.line(name, 128) or nil end

local function sub(reader, value, key) return setmetatable({ value = value, up = reader, key = key, shared = reader.shared }, reader_mt) end

--- Notes a mistake; only the first counts.
function reader_mt:wrong(key, expected)
    if not self.shared.mistake then
        self.shared.mistake = place_of(self, key) .. ": " .. expected
    end
end

--- The value itself; nil for what is absent or null.
function reader_mt:raw(key)
    local value = rawget(self.value, key)
    if type(value) == "userdata" then return nil end
    return value
end

local function scalar(reader, key, expected)
    local value = reader:raw(key)
    local kind = type(value)
    if kind == "string" then return value ~= "" and value or nil end
    if kind == "number" or kind == "boolean" then return tostring(value) end
    if value ~= nil then reader:wrong(key, expected or "a text is expected") end
end

--- One line of text, nil where it is empty.
---@param key string|integer
---@param most? integer bytes: 512
function reader_mt:line(key, most)
    local value = scalar(self, key)
    local line = value and clean.line(value, most or 512)
    return line ~= "" and line or nil
end

--- A text of several lines.
---@param key string|integer
---@param most? integer bytes: 4096
function reader_mt:text(key, most)
    local value = scalar(self, key)
    value = value and clean.trim(clean.text(value, most or 4096))
    return value ~= "" and value or nil
end

--- A URL of the web; anything else is nil.
function reader_mt:url(key) return clean.url(scalar(self, key)) end

---@return number|nil
function reader_mt:number(key)
    local value = self:raw(key)
    if value == nil or value == "" then return nil end
    local number = type(value) ~= "boolean" and tonumber(value)
    if number and number == number and math.abs(number) < 1e18 then return number end
    self:wrong(key, "a number is expected")
end

---@return boolean|nil
function reader_mt:flag(key)
    local value = self:raw(key)
    if value == nil or type(value) == "boolean" then return value end
    self:wrong(key, "true or false is expected")
end

--- Seconds since 1970, of a number (also milliseconds) or a text; the year 1 is "never".
---@return number|nil
function reader_mt:time(key)
    local value = self:raw(key)
    if value == nil or value == "" then return nil end
    if type(value) ~= "string" and type(value) ~= "number" then return self:wrong(key, "a time is expected") end
    local seconds = M.seconds(value)
    if not seconds then return self:wrong(key, "a time is expected") end
    return seconds > 0 and seconds or nil
end

--- Whether there is anything.
function reader_mt:has(key) return self:raw(key) ~= nil end

local function is_list(value) return rawget(value, 1) ~= nil end

--- What is below, an object; an empty one where it is absent.
---@return couplet.Reader
function reader_mt:object(key)
    local value = self:raw(key)
    if value ~= nil and (type(value) ~= "table" or is_list(value)) then
        self:wrong(key, "an object is expected")
        value = nil
    end
    return sub(self, value or {}, key)
end

-- The elements, { key, value }, at most so many.
local function elements(reader, key)
    local value = reader:raw(key)
    if value == nil then return {}, 0, 0 end
    if type(value) ~= "table" or (next(value) ~= nil and not is_list(value)) then
        reader:wrong(key, "a list is expected")
        return {}, 0, 0
    end
    local count = #value
    return value, count < MOST and count or MOST, count > MOST and count - MOST or 0
end

--- A list of objects, as readers. list.more: how many were left out.
---@return couplet.Reader[]
function reader_mt:list(key)
    local value, count, more = elements(self, key)
    local of, list = sub(self, value, key), { more = more }
    for i = 1, count do list[i] = of:object(i) end
    return list
end

--- A list of texts in a line each.
---@return string[]
function reader_mt:lines(key)
    local value, count = elements(self, key)
    local of, list = sub(self, value, key), {}
    for i = 1, count do list[#list + 1] = of:line(i) end
    return list
end

local function strings(reader, key, read, most)
    local object, map, count = reader:object(key), {}, 0
    for name in next, object.value do
        local label = name_of(name)
        if label and label ~= "" and count < MOST_LABELS then
            map[label] = read(object, name, most)
            count = count + 1
        end
    end
    return map
end

--- An object of texts of a line each: { name = text }.
---@param key string
---@return table<string, string>
function reader_mt:labels(key) return strings(self, key, self.line, 512) end

--- An object of texts of several lines.
---@param key string
---@return table<string, string>
function reader_mt:texts(key) return strings(self, key, self.text, 4096) end

--- What was wrong until now counts no more.
function reader_mt:forget() self.shared.mistake = nil end

--- The first mistake as an error, nil where there is none.
---@return couplet.Error|nil
function reader_mt:mistake()
    return self.shared.mistake and errors.new("bad-request", self.shared.mistake) or nil
end

--- The payload as a reader; one that is no object is read as an empty one, with a mistake.
---@param value any
---@return couplet.Reader
function M.open(value)
    local reader = setmetatable({ value = {}, shared = {} }, reader_mt)
    if type(value) ~= "table" or is_list(value) then
        reader.shared.mistake = "the payload: an object is expected"
    else
        reader.value = value
    end
    return reader
end

--- The JSON of an event as a reader | nil, err.
---@param event table
---@return couplet.Reader|nil, couplet.Error|nil
function M.of(event)
    local value, err = M.json(event)
    if value == nil then return nil, err end
    local reader = M.open(value)
    return reader, nil
end

--- The alerts, unless something was not as it should be. -> alerts | nil, err
---@param root couplet.Reader
---@param alerts couplet.Alert[]
function M.result(root, alerts)
    local err = root:mistake()
    if err then return nil, err end
    for _, alert in ipairs(alerts) do
        alert.labels, alert.annotations = alert.labels or {}, alert.annotations or {}
        alert.raw = alert.raw or root.value
    end
    return alerts
end

-- What senders call the field of a form that has the JSON: Slack, the forges; Uptime Kuma.
local FIELDS = { "payload", "data" }

local function in_form(event)
    local form = require("couplet.webhook").form(event)
    return M.first_of(form, FIELDS) or ""
end

local function is_form(event, body)
    return s_find(body, "^[%w_]+=") or s_find(body, "^%-%-") and s_find((M.header(event, "content-type") or ""):lower(), "^multipart/form%-data")
end

--- The JSON of an event, also where a form has it in a field. -> value | nil, err
---@param event table
---@return any, couplet.Error|nil
function M.json(event)
    local body = event.body
    if type(body) ~= "string" or body == "" then return nil, errors.new("bad-request", "the body is empty; JSON is expected") end
    if is_form(event, body) then body = in_form(event) end
    return require("couplet.json").decode(body)
end

--- A header of the request.
---@return string|nil
function M.header(event, name)
    local value = type(event.headers) == "table" and event.headers[name]
    return type(value) == "string" and value ~= "" and clean.line(value, 128) or nil
end

--- Seconds since 1970 of what is a number of seconds or milliseconds, or a text in the usual formats.
---@param value any
---@return number|nil
function M.seconds(value)
    local number = tonumber(value)
    if number then
        if number ~= number or math.abs(number) > 1e15 then return nil end
        return math.abs(number) > 1e11 and number / 1000 or number
    end
    if type(value) ~= "string" or #value > 64 then return nil end
    local parse = require("couplet.datetime").parse
    if #value <= 30 and s_find(value, "^%d+-%d+-%d+T[%d:.]+Z$") then return parse(value) end -- the usual
    value = value:gsub(" m=[+-][%d.]+$", ""):gsub(" ([+-]%d%d%d%d) %u+$", " %1") -- as Go prints it
    value = value:gsub("^(%d+-%d+-%d+) ", "%1T"):gsub(" UTC$", "Z"):gsub(" ([+-]%d%d:?%d%d)$", "%1")
        :gsub("(%.%d%d%d%d%d%d%d%d%d)%d+", "%1"):gsub("([+-]%d%d)(%d%d)$", "%1:%2")
    if value:find "T[%d:.]+$" then value = value .. "Z" end
    return parse(value)
end

--- A name of its own for what a source gives no fingerprint: the same parts, the same name.
---@param ... any
---@return string
function M.fingerprint(...)
    local parts = { ... }
    for i = 1, select("#", ...) do parts[i] = tostring(parts[i]) end
    return require("couplet.hash").sha256(table.concat(parts, "\0"), true):sub(1, 16)
end

--- The first of a map that is there, by a list of names.
function M.first_of(map, names)
    for _, name in ipairs(names) do
        if map[name] then return map[name] end
    end
end

return M
