-- SPDX-License-Identifier: MIT
-- ping (XEP-0199): is somebody there, and how far away? Pings that come are answered by the runtime.
-- Implements: XEP-0199 2.0.1
local core = require "couplet.core.bot"
local ns = require "couplet.ns"

local error, type = error, type

local M = {}

--- bot:ping(jid): the seconds from there and back. Waits. An error may come from the entity itself (it is there, and has no
--- XEP-0199: feature-not-implemented, or service-unavailable) or from a server on the way; err.by says which.
---@param bot couplet.Bot
---@param jid? string default: our own server
---@param options? { timeout: number? }
---@return number|nil, couplet.Error|nil
function M.ping(bot, jid, options)
    if jid ~= nil and type(jid) ~= "string" then error("bot:ping: a JID is expected", 2) end
    local started = core.now()
    local reply, err = bot:iq({
        name = "iq", attr = { type = "get", to = jid or require("couplet.jid").host(bot.jid) },
        { name = "ping", attr = { xmlns = ns.ping } },
    }, options)
    if not reply then return nil, err end
    local seconds = core.now() - started
    return seconds > 0 and seconds or 0 -- the clock may have been set meanwhile
end

return M
