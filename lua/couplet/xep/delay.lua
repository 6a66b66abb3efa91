-- SPDX-License-Identifier: MIT
-- delay: when a message was said that came late (XEP-0203): event.stamp, in seconds since 1970, as our server or the room
-- tells it; nil for what was just said, and for a time that nobody could have said it at. event.delayed is the runtime's.
-- Implements: XEP-0203 2.0
local datetime = require "couplet.datetime"
local jid = require "couplet.jid"
local ns = require "couplet.ns"

local ipairs = ipairs

local M = {}

local function may_tell(event, from)
    local account = jid.bare(event.bot.jid)
    return from == nil or from == event.room or from == account or from == jid.host(account)
end

--- event.stamp
function M.read(event)
    for _, child in ipairs(event.stanza or {}) do
        if child.name == "delay" and child.attr.xmlns == ns.delay and may_tell(event, child.attr.from) then
            local stamp = child.attr.stamp and datetime.parse(child.attr.stamp)
            if stamp then return stamp end
        end
    end
    return nil
end

return M
