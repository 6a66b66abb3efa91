-- SPDX-License-Identifier: MIT
-- receipts: "it has arrived" (XEP-0184). Asked for by a contact who may see our presence, the library answers by itself
-- (feature `receipts`; 5.5: nobody else learns that we are there; never in a room, 5.3). Ours come back as the
-- event message.received with event.data = { id =, from = }, when the one to whom the message went says so.
-- Implements: XEP-0184 1.4.0
local core = require "couplet.core.bot"
local jid = require "couplet.jid"
local ns = require "couplet.ns"
local st = require "couplet.stanza"

local setmetatable = setmetatable

local M = {}

local MOST = 500 -- messages whose receipt is waited for

-- bot → { [id] = bare JID, [1…] = ids in their order, first, last }
local waiting = setmetatable({}, { __mode = "k" })

---@param stanza table
function M.add(stanza) stanza:text_tag("request", nil, { xmlns = ns.receipts }) end

---@param bot couplet.Bot
---@param stanza table a message that asks
function M.expect(bot, stanza)
    local list = waiting[bot] or { first = 1, last = 0, of = {} }
    waiting[bot] = list
    list.last = list.last + 1
    list[list.last] = stanza.attr.id
    list.of[stanza.attr.id] = jid.bare(stanza.attr.to)
    if list.last - list.first >= MOST then
        list.of[list[list.first]] = nil
        list[list.first] = nil
        list.first = list.first + 1
    end
end

local function may_know(event)
    local item = event.bot.roster[jid.bare(event.from)]
    return item ~= nil and (item.subscription == "from" or item.subscription == "both")
end

--- A message that asks for a receipt.
function M.on_request(event)
    if not event.id or event.id == "" or not event.from or event.room or not may_know(event) then return end
    local receipt = st.message { to = event.from, type = event.type ~= "normal" and event.type or nil }
    receipt:text_tag("received", nil, { xmlns = ns.receipts, id = event.id })
    receipt:text_tag("store", nil, { xmlns = ns.hints })
    core.send(event.bot, receipt)
end

--- A receipt for one of ours.
function M.on_received(event)
    local list, received = waiting[event.bot], event.stanza:get_child("received", ns.receipts)
    local id = list and received and received.attr.id
    if not id or not event.from or list.of[id] ~= jid.bare(event.from) then return end
    list.of[id] = nil
    event.bot:emit("message.received", { id = id, from = event.from })
end

return M
