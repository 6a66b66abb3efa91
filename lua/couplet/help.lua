-- SPDX-License-Identifier: MIT
-- help: what people are told about commands: the list of those they may run, the usage of one, what was wrong, and what
-- was probably meant. Short, with what was expected and what to type. What is long is not poured into a room but
-- written to whoever asked.
local gate = require "couplet.gate"
local people = require "couplet.core.people"

local ipairs, math, require, setmetatable, table, type = ipairs, math, require, setmetatable, table, type

local M = {}

local ROOM_LINES, ROOM_BYTES = 5, 500 -- of a help that a room gets to see
local UNKNOWN_RATE = "5/60s"

local function prefix_of(bot) return bot.config.prefix or "!" end

--- What is said to us in a text, without prefix or nick before it.
---@param bot couplet.Bot
---@param text string
---@return string
function M.strip(bot, text)
    local prefix = prefix_of(bot)
    if prefix ~= "" and text:sub(1, #prefix) == prefix then return (text:sub(#prefix + 1):gsub("^%s+", "")) end
    local nick = bot.config.nick or require("couplet.jid").node(bot.jid) or bot.name
    if text:sub(1, #nick):lower() == nick:lower() and text:find("^[:,]", #nick + 1) then
        return (text:sub(#nick + 2):gsub("^%s+", ""))
    end
    return text
end

-- How a command is typed where the event comes from: one to one the prefix may be left out.
local function typed(event, text)
    if event.type == "groupchat" then return prefix_of(event.bot) .. text end
    return text
end

--- "!deploy <env:prod|test> [tag]"
---@param command couplet.Command
---@param event couplet.Event
---@return string
function M.usage(command, event)
    local args = command.grammar and command.grammar.text ~= "" and " " .. command.grammar.text or ""
    return typed(event, command.name .. args)
end

-- What went wrong

--- The words of a command do not fit.
---@param err couplet.ArgError
---@return string
function M.wrong(command, event, err) return ("%s\nUsage: %s"):format(err.text, M.usage(command, event)) end

---@param wait number|nil seconds
---@return string
function M.too_often(wait)
    return ("That is too often. Try again in %d s; until then I do not answer."):format(math.max(1, math.ceil(wait or 1)))
end

--- Who may not.
---@return string
function M.refusal(command, event)
    local text = ("You may not use '%s'"):format(command.name)
    local who = event.who
    if event.room and who and not who.proven then
        return text .. " here: this room does not tell me who you are."
    end
    return text .. "."
end

-- Which there are

local function one_of(list, value)
    for _, item in ipairs(type(list) == "table" and list or { list }) do
        if item == value then return true end
    end
    return list == nil
end

local function from_one_of(globs, from)
    if globs == nil then return true end
    for _, glob in ipairs(type(globs) == "table" and globs or { globs }) do
        local prepared = people.prepare(glob)
        if prepared and from and people.matches(prepared, from) then return true end
    end
    return false
end

--- Could the event's sender say it where it was said?
---@param command couplet.Command
---@param event couplet.Event
---@return boolean
function M.is_here(command, event)
    local place = command.place
    if place.room and require("couplet.jid").prep(place.room) ~= event.room then return false end
    if place.nick and place.nick ~= event.nick then return false end
    return one_of(place.type, event.type) and from_one_of(place.from, event.from)
end

--- The commands that whoever asks may run here.
---@param event couplet.Event
---@return couplet.Command[]
function M.available(event)
    local list = {}
    for _, command in ipairs(require("couplet.command").list(event.bot)) do
        if M.is_here(command, event) and gate.may(event.bot, command.allow, event) then list[#list + 1] = command end
    end
    return list
end

local function first_line(text) return text:match "^[^\n]*" end

local function overview(event, list)
    if #list == 0 then return "There is nothing here that you may do." end
    local lines = {}
    for _, command in ipairs(list) do
        local line = M.usage(command, event)
        lines[#lines + 1] = command.help and ("%s – %s"):format(line, first_line(command.help)) or line
    end
    lines[#lines + 1] = typed(event, "help NAME") .. " – more of one"
    return table.concat(lines, "\n")
end

local function details(command, event)
    local lines = { "Usage: " .. M.usage(command, event) }
    if command.help then lines[#lines + 1] = command.help end
    if #command.aliases > 0 then lines[#lines + 1] = "Also: " .. table.concat(command.aliases, ", ") end
    for _, example in ipairs(command.examples) do
        lines[#lines + 1] = "Example: " .. typed(event, M.strip(event.bot, example))
    end
    return table.concat(lines, "\n")
end

-- By name or alias; else those whose name begins with these words.
local function find(list, name)
    local group = {}
    name = name:lower():gsub("%s+", " ")
    for _, command in ipairs(list) do
        for _, known in ipairs { command.name, table.unpack(command.aliases) } do
            if known:lower() == name then return command end
        end
        if command.name:sub(1, #name + 1):lower() == name .. " " then group[#group + 1] = command end
    end
    return nil, #group > 0 and group or nil
end

-- The name that was meant, by as many words as it has.
local function nearest(list, said)
    local names = { "help" }
    for _, command in ipairs(list) do
        names[#names + 1] = command.name
        table.move(command.aliases, 1, #command.aliases, #names + 1, names)
    end
    local words = require("couplet.words").split(said)
    for count = math.min(#words, 3), 1, -1 do
        local some = {}
        for i = 1, count do
            some[i] = words[i].text
        end
        local near = people.near(table.concat(some, " "), names)
        if near then return near end
    end
end

local function help_on(event, list, name)
    local command, group = find(list, name)
    if command then return details(command, event) end
    if group then return overview(event, group) end
    local near = nearest(list, name)
    return ("There is no command '%s'.%s"):format(require("couplet.words").shorten(name), near and (" Did you mean '%s'?"):format(near) or "")
end

--- The text for "help" and "help NAME".
---@param event couplet.Event
---@param name string|nil
---@return string
function M.text(event, name)
    local list = M.available(event)
    name = name and M.strip(event.bot, name)
    return name and name ~= "" and help_on(event, list, name) or overview(event, list)
end

-- The library's hooks

local function is_long(text)
    local _, breaks = text:gsub("\n", "")
    return breaks >= ROOM_LINES or #text > ROOM_BYTES
end

--- "help", where the bot has no such command of its own.
---@param event couplet.Event
function M.on_help(event)
    local verdict, wait = require("couplet.command").take(event)
    if verdict ~= "ok" then return verdict == "tell" and M.too_often(wait) or true end
    local text = M.text(event, event.args)
    if event.type ~= "groupchat" or not is_long(text) then return text end
    event:whisper(text)
    return true
end

local limiters = setmetatable({}, { __mode = "k" })

-- Behind a prefix that other bots may share only what is near to a name of ours is ours.
local function is_for_us(event, near)
    if event.type ~= "groupchat" then return require("couplet.jid").node(event.from) ~= nil end
    local prefix = prefix_of(event.bot)
    local body = event.body:gsub("^%s+", "")
    return near ~= nil or prefix == "" or body:sub(1, #prefix) ~= prefix
end

--- Said to the bot, and nobody knows what it means.
---@param event couplet.Event
function M.on_unknown(event)
    local said = event.said
    if not said or said == "" or not event.from or event.command then return nil end
    local list = M.available(event)
    local first = require("couplet.words").split(said)[1].text
    local _, group = find(list, first)
    local near = nearest(list, said)
    if #list == 0 or not is_for_us(event, near or group) then return nil end
    limiters[event.bot] = limiters[event.bot] or gate.limiter(UNKNOWN_RATE)
    if limiters[event.bot]:take(event) ~= "ok" then return nil end
    if group then return overview(event, group) end
    local word = require("couplet.words").shorten(first)
    local hint = near and ("did you mean '%s'?"):format(near) or ("'%s' tells what there is."):format(typed(event, "help"))
    return ("There is no command '%s'%s %s"):format(word, near and ";" or ".", hint)
end

return M
