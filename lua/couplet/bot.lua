-- SPDX-License-Identifier: MIT
-- bot: what scripts see of their account. The verbs that need the runtime are C (couplet.core.bot); this file gives
-- them their names and adds what can be said in Lua.
--
-- bot.name, bot.jid (bare; full once online), bot.rooms { [jid] = room } (couplet.xep.muc_room), bot.roster
-- { [bare jid] = { name =, subscription =, groups = } }, bot.config (the YAML section without secrets),
-- bot.log:error/warn/info/debug(format, …). What extensions add, as bot.disco and bot:ping, stands in couplet.extensions.
local core = require "couplet.core.bot"

local error, rawset, require, setmetatable, select, tostring, type = error, rawset, require, setmetatable, select, tostring, type

local M = {}

---@class couplet.Bot
---@field name string
---@field jid string
---@field rooms table<string, couplet.Room>
---@field roster table<string, { name: string|nil, subscription: string, groups: string[] }>
---@field config table
---@field log couplet.Log
local methods = {
    send = core.send,
    iq = core.iq,
    sleep = core.sleep,
    after = core.after,
    every = core.every,
    hook = core.hook,
    active = core.active,
    stop = core.stop,
}

--- Raises an event of the bot's own to its hooks (`event: deploy.done`), at the end of this turn; `data` is event.data.
---@param name string with a dot in it
---@param data any
---@return integer hooks that want it
function methods:emit(name, data)
    if type(name) ~= "string" or not name:find(".", 1, true) then
        error("an event of your own has a dot in its name, like 'deploy.done'", 2)
    end
    return core.emit(self, name, { data = data })
end

--- A text to somebody, or into a room that the bot is in; options: couplet.message. -> id | nil, err. Does not wait.
---@param to string
---@param text string
---@param options? couplet.MessageOptions
function methods:say(to, text, options)
    if options then return require("couplet.message").say(self, to, text, options) end
    return core.say(self, to, text)
end

---@class couplet.Log
local log_mt = { __index = {} }

for _, level in ipairs { "error", "warn", "info", "debug" } do
    --- A line in the log under the bot's name; a format of string.format when arguments follow.
    log_mt.__index[level] = function(self, text, ...)
        core.log(self.bot, level, select("#", ...) > 0 and text:format(...) or tostring(text))
    end
end

-- Made when they are first asked for: a bot of thousands has no use for most of them.
local derived = {
    log = function(bot) return setmetatable({ bot = bot }, log_mt), true end,
    config = function(bot) return core.config(bot), true end,
    roster = function() return {}, true end,
    rooms = function(bot) return require("couplet.xep.muc").rooms(bot) end,
}

local bot_mt = { __name = "couplet.bot" }

local extensions -- loaded when somebody asks for what is not here

-- bot.disco and the like are made at the first use; bot:ping and the like are found in their module.
local function extension(bot, key)
    extensions = extensions or require "couplet.extensions"
    local module = extensions.methods[key]
    if module then return require(module)[key] end
    module = extensions.objects[key]
    if not module then return nil end
    local object = require(module).attach(bot)
    rawset(bot, key, object)
    return object
end

function bot_mt.__index(bot, key)
    local method = methods[key]
    if method then return method end
    local derive = derived[key]
    if not derive then return extension(bot, key) end
    local value, keep = derive(bot)
    if keep then rawset(bot, key, value) end
    return value
end

function bot_mt.__tostring(bot) return "bot " .. tostring(bot.name) end

--- Called by the runtime, which adds name and jid.
---@return couplet.Bot
function M.new() return setmetatable({}, bot_mt) end

return M
