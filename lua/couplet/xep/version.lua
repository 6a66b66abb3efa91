-- SPDX-License-Identifier: MIT
-- version (XEP-0092): which software this is, and which others are. The system that we run on is nobody's business and is
-- not told.
-- Implements: XEP-0092 1.1
local core = require "couplet.core.bot"
local errors = require "couplet.errors"
local ns = require "couplet.ns"
local request = require "couplet.xep.request"

local error, type = error, type

local M = {}

--- The answer to a request of ours.
function M.on_get()
    return {
        name = "query",
        attr = { xmlns = ns.version },
        { name = "name", "Couplet" },
        { name = "version", core.version },
    }
end

--- bot:version_of(jid): which software an entity is. Waits.
---@param bot couplet.Bot
---@param jid string
---@param options? { timeout: number? }
---@return { name: string|nil, version: string|nil, os: string|nil }|nil, couplet.Error|nil
function M.version_of(bot, jid, options)
    if type(jid) ~= "string" then error("bot:version_of: a JID is expected", 2) end
    local query, err = request.ask(bot, "get", jid, { name = "query", attr = { xmlns = ns.version } }, options)
    if query == nil then return nil, err end
    if not query then return nil, errors.new("undefined-condition", "the answer has no version", { by = jid }) end
    return { name = query:get_child_text "name", version = query:get_child_text "version", os = query:get_child_text "os" }
end

return M
