-- SPDX-License-Identifier: MIT
-- arg_types: the types of what a command is told; one row each: how it is read, what people are told to type, and how a
-- form (XEP-0004) shows it. A reader returns the value, or nil when the word is none.
local ipairs, math, os, pairs, require, table, tonumber, type = ipairs, math, os, pairs, require, table, tonumber, type

local M = {}

local YES = { yes = true, ["true"] = true, on = true, y = true, ["1"] = true, no = false, ["false"] = false, off = false, n = false, ["0"] = false }
local UNITS = { ms = 0.001, s = 1, m = 60, min = 60, h = 3600, d = 86400, w = 604800 }
local DAYS = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function within(parameter, value)
    if not value or (parameter.low and value < parameter.low) or (parameter.high and value > parameter.high) then return nil end
    return value
end

local function bounds(parameter, what)
    if parameter.low and parameter.high then return ("%s from %d to %d"):format(what, parameter.low, parameter.high) end
    if parameter.low then return ("%s of at least %d"):format(what, parameter.low) end
    if parameter.high then return ("%s of at most %d"):format(what, parameter.high) end
    return what
end

-- "90", "5m", "1h30m"
local function read_duration(_, word)
    if word:find "^%d+%.?%d*$" then return tonumber(word) end
    local total, at = 0, 1
    while at <= #word do
        local number, unit, after = word:match("^(%d+%.?%d*)(%a+)()", at)
        if not number or not UNITS[unit] then return nil end
        total, at = total + tonumber(number) * UNITS[unit], after
    end
    return #word > 0 and total < 1e12 and total or nil
end

local function is_leap(year) return year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0) end

local RELATIVE = { today = 0, tomorrow = 1, yesterday = -1 }

local function read_date(_, word)
    local days = RELATIVE[word:lower()]
    if days then
        local now = os.date "*t"
        return os.date("%Y-%m-%d", os.time { year = now.year, month = now.month, day = now.day + days, hour = 12 })
    end
    local year, month, day = word:match "^(%d%d%d%d)-(%d%d)-(%d%d)$"
    year, month, day = tonumber(year), tonumber(month), tonumber(day)
    if not year or not DAYS[month] or day < 1 or day > DAYS[month] then return nil end
    if month == 2 and day == 29 and not is_leap(year) then return nil end
    return word
end

local function read_jid(_, word)
    word = word:gsub("^xmpp:", ""):gsub("[?;].*$", "")
    local address = require "couplet.jid"
    return address.node(word) and address.prep(word) or nil
end

local function read_room(_, word)
    local value = read_jid(_, word)
    return value and not require("couplet.jid").resource(value) and value or nil
end

-- Somebody who is there; where no room is known any name will do.
local function read_nick(_, word, context)
    local nick = word:gsub("^@", ""):gsub("[:,]$", "")
    local room = context.room and context.bot and context.bot.rooms[context.room]
    if not room or not room.occupants then return nick ~= "" and nick or nil end
    return (room.occupants[nick] and nick) or (room.occupants[word] and word) or nil
end

local function read_choice(parameter, word)
    for _, choice in ipairs(parameter.choices) do
        if choice == word or choice:lower() == word:lower() then return choice end
    end
end

local function choice_text(parameter)
    local list, last = parameter.choices, #parameter.choices
    if last == 1 then return list[1] end
    return table.concat(list, ", ", 1, last - 1) .. " or " .. list[last]
end

local ROWS = {
    string = { read = function(_, word) return word end, expected = function(parameter) return parameter.rest and "a text" or "a word" end },
    int = {
        read = function(parameter, word)
            return word:find "^[+-]?%d+$" and within(parameter, math.tointeger(tonumber((word:gsub("^%+", ""))))) or nil
        end,
        expected = function(parameter) return bounds(parameter, "a whole number") end,
    },
    number = {
        read = function(parameter, word)
            return word:find "^[+-]?%d*%.?%d*$" and within(parameter, tonumber((word:gsub("^%+", "")))) or nil
        end,
        expected = function(parameter) return bounds(parameter, "a number") end,
    },
    duration = { read = read_duration, expected = "a duration like 90, 5m or 1h30m" },
    bool = { read = function(_, word) return YES[word:lower()] end, expected = "yes or no", form = "boolean" },
    flag = { read = function(_, word) return YES[word:lower()] end, expected = "yes or no", form = "boolean" },
    jid = { read = read_jid, expected = "an address like alice@example.org", form = "jid-single" },
    room = { read = read_room, expected = "the address of a room", form = "jid-single" },
    nick = { read = read_nick, expected = "somebody who is in the room" },
    date = { read = read_date, expected = "a date like 2026-11-21, or today or tomorrow" },
    choice = { read = read_choice, expected = choice_text, form = "list-single" },
}

local OTHER_NAMES = { word = "string", value = "string", text = "string", integer = "int", boolean = "bool", seconds = "duration" }

--- The name of the type, nil: there is none of that name.
---@param name string
---@return string|nil
function M.canonical(name)
    if name == "choice" or name == "flag" then return nil end
    return ROWS[name] and name or OTHER_NAMES[name]
end

---@param name string
---@return string for whoever wrote the grammar
function M.unknown(name)
    local names = {}
    for known in pairs(ROWS) do
        if M.canonical(known) then names[#names + 1] = known end
    end
    table.sort(names)
    local near = require("couplet.core.people").near(name, names)
    if near then return ("the type '%s' is unknown; did you mean '%s'?"):format(name, near) end
    return ("the type '%s' is unknown; there are: %s, and words with '|' between them"):format(name, table.concat(names, ", "))
end

--- What people are told to type.
---@param parameter couplet.Parameter
---@return string
function M.expected(parameter)
    local expected = ROWS[parameter.type].expected
    return type(expected) == "function" and expected(parameter) or expected
end

--- The value, or nil and what was expected.
---@param parameter couplet.Parameter
---@param word string
---@param context table
function M.read(parameter, word, context)
    local value = ROWS[parameter.type].read(parameter, word, context)
    if value == nil then return nil, M.expected(parameter) end
    return value
end

--- The type of the field in a form.
---@param parameter couplet.Parameter
---@return string
function M.field_type(parameter) return ROWS[parameter.type].form or (parameter.rest and "text-multi") or "text-single" end

return M
