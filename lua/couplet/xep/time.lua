-- SPDX-License-Identifier: MIT
-- time (XEP-0202): what time it is, here and there. Ours is told as UTC: where the machine stands is nobody's business.
-- Implements: XEP-0202 2.0
local core = require "couplet.core.bot"
local datetime = require "couplet.datetime"
local errors = require "couplet.errors"
local ns = require "couplet.ns"
local request = require "couplet.xep.request"

local error, type = error, type

local M = {}

--- The answer to a request of ours.
function M.on_get()
    return {
        name = "time",
        attr = { xmlns = ns.time },
        { name = "tzo", "+00:00" },
        { name = "utc", datetime.datetime(core.now()) },
    }
end

--- bot:time_of(jid): what time it is there, and the offset of its zone from UTC, both in seconds. Waits.
---@param bot couplet.Bot
---@param jid string
---@param options? { timeout: number? }
---@return number|nil seconds since 1970
---@return integer|couplet.Error|nil offset
function M.time_of(bot, jid, options)
    if type(jid) ~= "string" then error("bot:time_of: a JID is expected", 2) end
    local answer, err = request.ask(bot, "get", jid, { name = "time", attr = { xmlns = ns.time } }, options)
    if answer == nil then return nil, err end
    local seconds = answer and datetime.parse(answer:get_child_text "utc")
    if not seconds then return nil, errors.new("undefined-condition", "the answer has no time", { by = jid }) end
    return seconds, datetime.parse_offset(answer:get_child_text "tzo" or "") or 0
end

return M
