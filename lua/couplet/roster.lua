-- SPDX-License-Identifier: MIT
-- roster: bot.roster from what the server sends: the answer to the request at login, and pushes (RFC 6121 2.1). The runtime has
-- checked who sent them. Unknown subscription states are taken as none (2.1.2.5). What is news in
-- a push, couplet.roster_news tells: most accounts never see one.
-- Implements: RFC 6121
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
        if is_push and address then require("couplet.roster_news").tell(bot, address, old, roster[address]) end
    end
end

return M
