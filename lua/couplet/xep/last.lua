-- SPDX-License-Identifier: MIT
-- last (XEP-0012): how long ago somebody was last active. A bot is idle as long as it runs: it tells how long that is. Who may
-- ask is the server's to decide: it lets nobody through who may not see our presence.
-- Implements: XEP-0012 2.0
local core = require "couplet.core.bot"
local errors = require "couplet.errors"
local ns = require "couplet.ns"
local request = require "couplet.xep.request"

local error, math, type = error, math, type

local M = {}

--- The answer to a request of ours.
function M.on_get()
    local seconds = math.max(0, math.floor(core.now() - core.started))
    return { name = "query", attr = { xmlns = ns.last, seconds = ("%d"):format(seconds) } }
end

--- bot:last_activity(jid): of a full JID, how long it is idle; of a bare one, how long ago it was online (0: it is); of a
--- server, how long it runs. Waits.
---@param bot couplet.Bot
---@param jid string
---@param options? { timeout: number? }
---@return integer|nil seconds
---@return string|couplet.Error|nil status what the person said when it left
function M.last_activity(bot, jid, options)
    if type(jid) ~= "string" then error("bot:last_activity: a JID is expected", 2) end
    local query, err = request.ask(bot, "get", jid, { name = "query", attr = { xmlns = ns.last } }, options)
    if query == nil then return nil, err end
    local digits = query and (query.attr.seconds or ""):match "^%d+$"
    if not digits or #digits > 15 then return nil, errors.new("undefined-condition", "the answer has no seconds", { by = jid }) end
    return math.tointeger(tonumber(digits)), query:get_text()
end

return M
