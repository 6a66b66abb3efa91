-- SPDX-License-Identifier: MIT
-- stanza_id: unique ids (XEP-0359): event.stanza_id, given by our server (one to one) or by the room; event.origin_id, the
-- sender's own; the option `origin_id`. An id counts only from whoever may give it: by our bare JID, or the room's (5.);
-- anybody can write another, so of two by the same neither is believed.
-- Implements: XEP-0359 0.7.0
local jid = require "couplet.jid"
local ns = require "couplet.ns"

local ipairs = ipairs

local M = {}

--- The id that `by` gave; nil: none, or more than one.
---@param stanza table
---@param by string
---@return string|nil
function M.given_by(stanza, by)
    local found
    for _, child in ipairs(stanza) do
        if child.name == "stanza-id" and child.attr.xmlns == ns.stanza_id and child.attr.by == by then
            if found then return nil end
            found = child.attr.id
        end
    end
    return found ~= "" and found or nil
end

--- event.stanza_id, event.origin_id
function M.read(event, field)
    local stanza = event.stanza
    if not stanza then return nil end
    if field == "origin_id" then
        local origin = stanza:get_child("origin-id", ns.stanza_id)
        return origin and origin.attr.id ~= "" and origin.attr.id or nil
    end
    return M.given_by(stanza, event.type == "groupchat" and event.room or jid.bare(event.bot.jid))
end

---@param stanza table
function M.add(stanza) stanza:text_tag("origin-id", nil, { xmlns = ns.stanza_id, id = stanza.attr.id }) end

return M
