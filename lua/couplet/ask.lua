-- SPDX-License-Identifier: MIT
-- ask: event:ask(question, { choices =, type =, timeout = }) -> answer | nil, err. The next message of the same person in
-- the same place is the answer, and no other hook gets it: one to one of the same bare JID; in a room of the same
-- occupant, who may change the nick, but not leave and come back; in private to an occupant of the same one.
--
--   local env = event:ask("Which one?", { choices = { "prod", "test" } })
--
-- Ends without an answer when the time is over, by "cancel", after three wrong answers, when the person or the bot
-- leaves the room, and when the connection is lost. A bot has its hooks for this only while somebody is asked.
local core = require "couplet.core.bot"
local errors = require "couplet.errors"
local jid = require "couplet.jid"

local error, ipairs, next, pairs, setmetatable, table, tonumber, type = error, ipairs, next, pairs, setmetatable, table, tonumber, type

local M = {}

local TIMEOUT, TRIES = 120, 3
local FIRST = 999999999 -- priority: before whatever else wants the message

---@class couplet.Question
---@field id string what the run waits for
---@field room string|nil

local waiting = setmetatable({}, { __mode = "k" }) -- bot -> { room = {}, private = {}, chat = {}, hooks = {…} }
local serial = 0

-- Where and who

local function place_of(event)
    if not event.room then return "chat" end
    return (event.type == "chat" or event.type == "normal") and "private" or "room"
end

-- The occupant itself where it is known: another one under the same nick is somebody else.
local function person_of(event)
    if not event.room then
        local to = event.bot.config.component and event.to and " " .. jid.bare(event.to) or ""
        return jid.bare(event.from) .. to
    end
    local room = event.bot.rooms[event.room]
    return room and room.occupants and room.occupants[event.nick] or event.room .. "/" .. (event.nick or "")
end

-- The bot's hooks while somebody is asked

local function finish(bot, place, person, value)
    local state = waiting[bot]
    local question = state and state[place][person]
    if not question then return false end
    state[place][person] = nil
    core.wake(bot, question.id, value)
    return true
end

local function close_if_idle(bot)
    local state = waiting[bot]
    if not state or next(state.chat) or next(state.room) or next(state.private) then return end
    waiting[bot] = nil
    for _, handle in ipairs(state.hooks) do
        handle:remove()
    end
end

local function on_message(event)
    if not event.body or not event.from then return nil end
    return finish(event.bot, place_of(event), person_of(event), { text = event.said or event.text }) or nil
end

local function lost(text) return { err = errors.new("recipient-unavailable", text) } end

local function end_all(bot, room, text)
    local state = waiting[bot]
    for _, place in ipairs { "chat", "room", "private" } do
        for person, question in pairs(state and state[place] or {}) do
            if not room or question.room == room then finish(bot, place, person, lost(text)) end
        end
    end
end

local function on_left(event)
    if event.own then
        end_all(event.bot, event.room, "the bot is not in the room any more")
    elseif event.occupant then
        finish(event.bot, "room", event.occupant, lost "gone without an answer")
        finish(event.bot, "private", event.occupant, lost "gone without an answer")
    end
end

local function on_offline(event) end_all(event.bot, nil, "the connection was lost before the answer") end

local function open(bot)
    local state = waiting[bot]
    if state then return state end
    state = { chat = {}, room = {}, private = {} }
    state.hooks = {
        bot:hook { event = "message", type = { "chat", "normal", "groupchat" }, priority = FIRST, call = on_message },
        bot:hook { event = "left", include = { "own" }, priority = FIRST, call = on_left },
        bot:hook { event = "offline", call = on_offline },
    }
    waiting[bot] = state
    return state
end

-- One question, one answer

local function once(event, question, timeout)
    local bot, place, person = event.bot, place_of(event), person_of(event)
    local state = open(bot)
    if state[place][person] then return nil, errors.new("conflict", "a question is waiting for an answer already") end
    local sent, err = event:reply(question)
    if not sent then
        close_if_idle(bot)
        return nil, err
    end
    serial = serial + 1
    local id = "ask:" .. serial
    state[place][person] = { id = id, room = event.room }
    local answer = core.wait(bot, id, timeout)
    if not answer then state[place][person] = nil end
    close_if_idle(bot)
    if not answer then return nil, errors.new("remote-server-timeout", "no answer came in time") end
    if answer.err then return nil, answer.err end
    return answer.text
end

-- What is an answer

local function read_choice(choices, text)
    local word, found = text:lower():match "^.*%S" or "", nil
    for index, choice in ipairs(choices) do
        if choice:lower() == word or tonumber(word) == index then return choice, index end
    end
    for index, choice in ipairs(choices) do
        if word ~= "" and choice:lower():sub(1, #word) == word then
            if found then return nil end
            found = index
        end
    end
    return found and choices[found], found
end

---@class couplet.Wanted what an answer must be
---@field question string
---@field expected string|nil
---@field read fun(text: string): any, any

--- How the question is put and the answer read; raises for options that are none.
---@param question string
---@param options { choices: string[]?, type: string?, timeout: number? }
---@return couplet.Wanted
function M.wanted(question, options)
    if type(question) ~= "string" or question == "" then error("event:ask: a question is expected", 3) end
    if options.choices then
        local list = table.concat(options.choices, ", ")
        return {
            question = ("%s (%s)"):format(question, list), expected = "one of: " .. list,
            read = function(text) return read_choice(options.choices, text) end,
        }
    end
    if not options.type then
        return { question = question, read = function(text) return text end }
    end
    local grammar, _, wrong = require("couplet.args").compile("<answer:" .. options.type .. ">")
    if not grammar then error("event:ask: " .. wrong, 3) end
    local types, parameter = require "couplet.arg_types", grammar.positional[1]
    return {
        question = question, expected = types.expected(parameter), parameter = parameter,
        read = function(text) return (types.read(parameter, text, {})) end,
    }
end

--- Waits for the answer; of choices the second result is which one.
---@param event couplet.Event
---@param question string
---@param options? { choices: string[]?, type: string?, timeout: number? }
---@return any answer, couplet.Error|integer|nil err
function M.ask(event, question, options)
    options = options or {}
    local wanted = M.wanted(question, options)
    if event.adhoc then return event.adhoc:ask(wanted, options) end
    if not event.from then error("event:ask: nobody is behind this event", 2) end
    local text = wanted.question
    for _ = 1, TRIES do
        local answer, err = once(event, text, options.timeout or TIMEOUT)
        if not answer then return nil, err end
        local value, index = wanted.read(answer)
        if answer:lower():find "^cancel%s*$" and (not wanted.expected or value == nil) then break end
        if value ~= nil then return value, index end
        text = ("'%s' is not %s. Say 'cancel' to stop."):format(require("couplet.words").shorten(answer), wanted.expected)
    end
    return nil, errors.new("not-acceptable", "the question was not answered")
end

return M
