-- SPDX-License-Identifier: MIT
-- carbons: what other clients of the account send and get (XEP-0280), switched on by the feature `carbons` (off by default).
-- They reach hooks that include `own`, with event.carbon = { direction = "sent" | "received", stanza =, from =, to =, body = }.
-- The runtime has checked that our own server sent it, from our bare JID (11: anything else is a forgery); event.own says so.
-- Implements: XEP-0280 1.0.1, XEP-0297 1.0
local ns = require "couplet.ns"

local M = {}

local function forwarded(stanza, direction)
    local copy = stanza:get_child(direction, ns.carbons)
    local wrapper = copy and copy:get_child("forwarded", ns.forward)
    local message = wrapper and wrapper:get_child("message", ns.client)
    if not message then return nil end
    return { direction = direction, stanza = message, from = message.attr.from, to = message.attr.to, body = message:get_child_text "body" }
end

--- event.carbon
function M.read(event)
    if not event.own or not event.stanza then return nil end
    return forwarded(event.stanza, "received") or forwarded(event.stanza, "sent")
end

--- Called when the bot is online; resumed sessions keep it (13).
function M.on_online(event)
    local reply, err = event.bot:iq { name = "iq", attr = { type = "set" }, { name = "enable", attr = { xmlns = ns.carbons } } }
    if not reply then event.bot.log:warn("carbons cannot be switched on: %s", err.text or err.condition) end
end

return M
