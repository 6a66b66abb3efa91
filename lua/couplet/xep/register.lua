-- SPDX-License-Identifier: MIT
-- register: the bot's own account at its server (XEP-0077 3.2, 3.3): another password, or an end of it. That an account
-- is made is the runtime's business, before the first login (`register: true`).
-- Implements: XEP-0077 2.4
local core = require "couplet.core.bot"
local jid = require "couplet.jid"
local ns = require "couplet.ns"

local M = {}

local function ask(bot, payload)
    payload.name, payload.attr = "query", { xmlns = ns.register }
    return bot:iq { name = "iq", attr = { type = "set", to = jid.host(bot.jid) }, payload }
end

--- Another password, from now on: the next login of this process uses it, the configuration keeps the old one.
---@param password string
---@return true|nil, couplet.Error|nil
function M.change_password(bot, password)
    if type(password) ~= "string" or password == "" then error("bot:change_password wants a password", 2) end
    local answer, err = ask(bot, { { name = "username", jid.node(bot.jid) }, { name = "password", password } })
    if not answer then return nil, err end
    core.set_password(bot, password)
    return true
end

--- The account is deleted, with all that the server keeps for it; the bot stops.
---@return true|nil, couplet.Error|nil
function M.unregister(bot)
    local answer, err = bot:iq { name = "iq", attr = { type = "set" },
        { name = "query", attr = { xmlns = ns.register }, { name = "remove" } } }
    if not answer then return nil, err end
    bot:stop()
    return true
end

return M
