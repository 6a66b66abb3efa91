-- SPDX-License-Identifier: MIT
-- roster: bot.roster from what the server sends: the answer to the request at login, and pushes (RFC 6121 2.1). The runtime has
-- checked who sent them. Unknown subscription states are taken as none (2.1.2.5).
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
    local roster = iq.attr.type == "result" and {} or bot.roster
    for item in query:childtags "item" do take(roster, item) end
    rawset(bot, "roster", roster)
end

return M
