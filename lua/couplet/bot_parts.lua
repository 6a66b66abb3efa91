-- SPDX-License-Identifier: MIT
-- bot_parts: what a bot has that is made when it is first asked for: bot.log, bot.config, bot.roster, bot.rooms. A bot of
-- thousands has no use for most of it.
local core = require "couplet.core.bot"

local ipairs, select, setmetatable, tostring = ipairs, select, setmetatable, tostring

local M = {}

---@class couplet.Log
local log_mt = { __index = {} }

for _, level in ipairs { "error", "warn", "info", "debug" } do
    --- A line in the log under the bot's name; a format of string.format when arguments follow.
    log_mt.__index[level] = function(self, text, ...)
        core.log(self.bot, level, select("#", ...) > 0 and text:format(...) or tostring(text))
    end
end

function M.log(bot) return setmetatable({ bot = bot }, log_mt) end

M.config = core.config

function M.roster() return {} end

function M.rooms(bot) return require("couplet.xep.muc").rooms(bot) end

return M
