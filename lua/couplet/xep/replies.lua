-- SPDX-License-Identifier: MIT
-- replies: which message is answered (XEP-0461): event.reply_to = { id =, to = } of one that comes; the option `reply_to`
-- of ours, an event or such a table. In a room the id is the one that the room gave (3.1), elsewhere the sender's.
-- Implements: XEP-0461 0.2.1
local fallback = require "couplet.xep.fallback"
local ns = require "couplet.ns"

local error, type, utf8 = error, type, utf8

local M = {}

local QUOTED_MOST = 500 -- bytes of what is cited

--- event.reply_to
function M.read(event)
    local reply = event.stanza and event.stanza:get_child("reply", ns.reply)
    local id = reply and reply.attr.id
    return id and id ~= "" and { id = id, to = reply.attr.to } or nil
end

local function target(value)
    if type(value) ~= "table" then error("reply_to: an event or { id =, to = } is expected", 6) end
    if not value.stanza then return value.id, value.to end
    if value.type == "groupchat" then return value.stanza_id, value.from end
    return value.origin_id or value.id, value.from
end

---@param stanza table
---@param value couplet.Event|{ id: string, to: string|nil }
function M.add(stanza, value, _, options)
    local id, to = target(value)
    if not id then return end -- a room that gives no ids
    stanza:text_tag("reply", nil, { xmlns = ns.reply, id = id, to = to })
    if options.quote and options.quoted then fallback.mark(stanza, ns.reply, options.quoted) end
end

--- The text with the answered message cited before it, for clients that know no replies; and how long the citation is.
---@param event couplet.Event
---@param text string
function M.quote(event, text, options)
    local body = event.text
    if not body or body == "" then return text end
    if #body > QUOTED_MOST then body = require("couplet.long").cut(body, QUOTED_MOST) .. "…" end
    local cited = "> " .. body:gsub("\n", "\n> ") .. "\n"
    options.quoted = utf8.len(cited)
    return cited .. text
end

return M
