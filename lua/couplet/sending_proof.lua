-- SPDX-License-Identifier: MIT
-- sending_proof: what became of letters that `couplet send` gave to a bot. While somebody waits for one, hooks look out for
-- its proof; when nobody waits any more they go.
--
--   durable letters   the events message.delivered and message.failed
--   others            in a room their reflection; an error with their id; one to one the server's answer to a ping behind them
local core = require "couplet.core.bot"
local errors = require "couplet.errors"
local jid = require "couplet.jid"
local ns = require "couplet.ns"

local ipairs, next, pairs, setmetatable, tostring = ipairs, next, pairs, setmetatable, tostring

local M = {}

local FIRST = 1000 -- before hooks of scripts, which may end the chain
local RECHECK = 5 -- seconds

---@class couplet.Letter one message on its way
---@field id string
---@field to string
---@field kind string chat or groupchat
---@field state string sending, accepted, delivered, failed
---@field reason string|nil

local watched = setmetatable({}, { __mode = "k" }) -- bot → { letters = { [id] = letter }, hooks = {…} }

local function settle(bot, letter, state, reason)
    letter.state, letter.reason = state, reason
    core.wake(bot, "letter:" .. letter.batch, true)
end

local function letter_of(event, id)
    local list = watched[event.bot]
    return list and id and list.letters[id]
end

local function on_delivered(event)
    local letter = letter_of(event, event.data.id)
    if letter then settle(event.bot, letter, "delivered") end
end

local function on_failed(event)
    local letter = letter_of(event, event.data.id)
    if letter then settle(event.bot, letter, "failed", event.data.reason) end
end

local function on_message(event)
    local letter = letter_of(event, event.id)
    if not letter or letter.durable or not event.from or jid.bare(event.from) ~= jid.bare(letter.to) then return end
    if event.type == "error" then
        settle(event.bot, letter, "failed", tostring(errors.from_stanza(event.stanza)))
    elseif event.type == "groupchat" and event.own and letter.kind == "groupchat" then
        settle(event.bot, letter, "delivered")
    end
end

local function look_out(bot)
    return {
        bot:hook { event = "message.delivered", priority = FIRST, call = on_delivered },
        bot:hook { event = "message.failed", priority = FIRST, call = on_failed },
        bot:hook { event = "message", include = { "own", "error", "delayed" }, priority = FIRST, call = on_message },
    }
end

--- Before a letter is given away.
---@param bot couplet.Bot
---@param letter couplet.Letter
function M.watch(bot, letter)
    local list = watched[bot]
    if not list then
        list = { letters = {}, hooks = look_out(bot) }
        watched[bot] = list
        core.hurry(bot, true)
    end
    list.letters[letter.id] = letter
end

---@param bot couplet.Bot
---@param letters couplet.Letter[]
function M.forget(bot, letters)
    local list = watched[bot]
    if not list then return end
    for _, letter in ipairs(letters) do list.letters[letter.id] = nil end
    if next(list.letters) then return end
    watched[bot] = nil
    core.hurry(bot, false)
    for _, hook in pairs(list.hooks) do hook:remove() end
end

local function is_open(letters)
    for _, letter in ipairs(letters) do
        if letter.state == "accepted" then return true end
    end
    return false
end

local function needs_ping(letter) return letter.state == "accepted" and letter.kind == "chat" and not letter.durable end

local function host_of(bot, letter) return jid.host(core.is_component(bot) and letter.to or bot.jid) end

-- A server works off what one sender says in order (RFC 6120 10.1), and answers or refuses a ping itself.
local function ping(bot, letters, deadline)
    local answered = {}
    for _, letter in ipairs(letters) do
        local host = host_of(bot, letter)
        if needs_ping(letter) and answered[host] == nil then
            local left = deadline - core.now()
            if left <= 0 then return end
            local stanza = { name = "iq", attr = { type = "get", to = host }, { name = "ping", attr = { xmlns = ns.ping } } }
            local answer, err = bot:iq(stanza, { timeout = left })
            answered[host] = answer ~= nil or err.by ~= nil
        end
    end
    for _, letter in ipairs(letters) do
        if needs_ping(letter) and answered[host_of(bot, letter)] then letter.state = "delivered" end
    end
end

--- Waits until something is known of each, or until the deadline (core.now).
---@param bot couplet.Bot
---@param letters couplet.Letter[]
---@param deadline number
function M.wait(bot, letters, deadline)
    while true do
        ping(bot, letters, deadline) -- each time: a question, or its answer, may be lost with its connection
        local left = deadline - core.now()
        if left <= 0 or not is_open(letters) then return end
        core.wait(bot, "letter:" .. letters[1].batch, left < RECHECK and left or RECHECK)
    end
end

return M
