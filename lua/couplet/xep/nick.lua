-- SPDX-License-Identifier: MIT
-- nick (XEP-0172): the name that somebody goes by, published for contacts. It proves nothing of who it is. Waits.
--
--   local ok, err = bot:set_nick "Robo"
--   local nick, err = bot:nick_of "romeo@example.org"
-- Implements: XEP-0172 1.1
local errors = require "couplet.errors"
local ns = require "couplet.ns"

local error, type = error, type

local M = {}

local LONGEST = 200 -- bytes

---@param bot couplet.Bot
---@param nick string "": none
---@return true|nil ok, couplet.Error|nil err
function M.set_nick(bot, nick)
    if type(nick) ~= "string" or #nick > LONGEST then error("bot:set_nick: a text of at most 200 bytes is expected", 2) end
    local ok, err = bot.pubsub:publish(nil, ns.nick, { name = "nick", attr = { xmlns = ns.nick }, nick }, { id = "current" })
    if not ok then return nil, err end
    return true
end

---@param bot couplet.Bot
---@param who string a bare JID
---@return string|nil nick, couplet.Error|nil err
function M.nick_of(bot, who)
    if type(who) ~= "string" then error("bot:nick_of: a JID is expected", 2) end
    local items, err = bot.pubsub:items(who, ns.nick, { max = 1 })
    if not items then return nil, err end
    local element = items[1] and items[1].payload
    local nick = element and element.name == "nick" and element.attr.xmlns == ns.nick and element:get_text()
    if not nick or nick == "" or #nick > LONGEST then return nil, errors.new("item-not-found", "there is no nick") end
    return nick
end

return M
