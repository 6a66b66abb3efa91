-- SPDX-License-Identifier: MIT
-- bot: what scripts see of their account. The verbs that need the runtime are C (couplet.core.bot); this file gives
-- them their names and adds what can be said in Lua.
--
-- bot.name, bot.jid (bare; full once online), bot.rooms { [jid] = room } (couplet.xep.muc_room), bot.roster
-- { [bare jid] = { name =, subscription =, groups = } }, bot.config (the YAML section without secrets),
-- bot.log:error/warn/info/debug(format, …). What extensions add, as bot.disco and bot:ping, stands in couplet.extensions.
local core = require "couplet.core.bot"
local find = require("couplet.core.event").extension

local rawset, require, setmetatable, tostring = rawset, require, setmetatable, tostring

local M = {}

---@class couplet.Bot
---@field name string
---@field jid string
---@field rooms table<string, couplet.Room>
---@field store table what is kept on disk (couplet.store)
---@field roster table<string, { name: string|nil, subscription: string, groups: string[] }>
---@field config table
---@field log couplet.Log
---@field adhoc couplet.Adhoc
---@field admin couplet.Admin
---@field avatar couplet.Avatar
---@field blocking couplet.Blocking
---@field gateway couplet.Gateway
---@field private couplet.Private
---@field pubsub couplet.Pubsub
---@field search couplet.Search
---@field vcard couplet.Vcard
local methods = {
    send = core.send,
    iq = core.iq,
    sleep = core.sleep,
    after = core.after,
    every = core.every,
    cron = core.cron,
    hook = core.hook,
    active = core.active,
    stop = core.stop,
}

--- A text to somebody, or into a room that the bot is in; options: couplet.message. -> id | nil, err. Where `storage:` is
--- set, it waits until the text is on disk (couplet.outbox); else it does not wait.
---@param to string
---@param text string
---@param options? couplet.MessageOptions
function methods:say(to, text, options)
    local longest = core.durable(self)
    if longest and not (options and options.durable == false) then
        return require("couplet.outbox").say(self, to, text, options, longest)
    end
    if options then return require("couplet.message").say(self, to, text, options) end
    return core.say(self, to, text)
end

local bot_mt = { __name = "couplet.bot" }

-- Parts like bot.log and bot.disco are made at the first use; methods like bot:ping are found in their module.
function bot_mt.__index(bot, key)
    local method = methods[key]
    if method then return method end
    local module, kind = find("mpo", key)
    if not module then return nil end
    module = require(module)
    if kind == "m" then return module[key] end
    local object = (kind == "p" and module[key] or module.attach)(bot)
    rawset(bot, key, object)
    return object
end

function bot_mt.__tostring(bot) return "bot " .. tostring(bot.name) end

--- Called by the runtime, which adds name and jid.
---@return couplet.Bot
function M.new() return setmetatable({}, bot_mt) end

return M
