-- SPDX-License-Identifier: MIT
-- greeter: says hello to whoever comes online or enters the room, once.
local jid = require "couplet.jid"

local M = {}

local seen = {}

function M.hello(event)
    local key = event.room and event.from or jid.bare(event.from)
    if seen[key] then return nil end
    seen[key] = true
    return ("Hello, %s!"):format(event.nick or jid.node(event.from) or event.from)
end

--- Accepts a request to see the bot's presence, and asks for theirs.
function M.accept(event)
    local who = jid.bare(event.from)
    event.bot:send { name = "presence", attr = { to = who, type = "subscribed" } }
    event.bot:send { name = "presence", attr = { to = who, type = "subscribe" } }
    return true
end

return M
