-- SPDX-License-Identifier: MIT
-- roster: bot.roster from what the server sends: the answer to the request at login, and pushes (RFC 6121 2.1). The runtime has
-- checked who sent them. Unknown subscription states are taken as none (2.1.2.5). A push that brings a subscription is told as
-- the event subscribed: event.way is "from" (the contact sees us now) or "to" (we see the contact).
-- Implements: RFC 6121
local core = require "couplet.core.bot"

local M = {}

local STATES = { none = true, to = true, from = true, both = true }

local function groups_of(item)
    local groups = {}
    for group in item:childtags "group" do groups[#groups + 1] = group:get_text() or "" end
    return groups
end

local function take(roster, item)
    local attr = item.attr
    if not attr.jid then return end
    if attr.subscription == "remove" then
        roster[attr.jid] = nil
        return
    end
    roster[attr.jid] = {
        name = attr.name,
        subscription = STATES[attr.subscription] and attr.subscription or "none",
        ask = attr.ask,
        groups = groups_of(item),
    }
end

--- Does the item say that this way is open: "from", "to"?
function M.has(item, way) return item ~= nil and (item.subscription == way or item.subscription == "both") end

local function tell(bot, address, old, new)
    core.wake(bot, "roster:" .. address, true)
    for _, way in ipairs { "from", "to" } do
        if M.has(new, way) and not M.has(old, way) then core.emit(bot, "subscribed", { from = address, way = way }) end
    end
end

--- Takes an iq of the roster over: a result is the whole of it, a push one item.
---@param bot couplet.Bot
---@param iq table
function M.apply(bot, iq)
    local query = iq:get_child("query", "jabber:iq:roster")
    if not query then return end
    local is_push = iq.attr.type ~= "result"
    local roster = is_push and bot.roster or {}
    rawset(bot, "roster", roster)
    for item in query:childtags "item" do
        local address = item.attr.jid
        local old = roster[address or 0]
        take(roster, item)
        if is_push and address then tell(bot, address, old, roster[address]) end
    end
end

return M
