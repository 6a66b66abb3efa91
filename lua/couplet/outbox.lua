-- SPDX-License-Identifier: MIT
-- outbox: bot:say where `storage:` is set. The text is accepted once it is on disk, and is sent until it is proven to have
-- arrived: through a lost connection, a crash, a restart. Nothing here sends; couplet.message builds, the core keeps.
local message = require "couplet.message"

local error, ipairs, pairs, require, tostring, type = error, ipairs, pairs, require, tostring, type

local M = {}

local function durable(options)
    local all = { durable = true }
    for name, value in pairs(options or {}) do all[name] = value end
    return all
end

local function say_pieces(bot, to, text, options, longest)
    local first
    for _, piece in ipairs(require("couplet.long").pieces(text, longest)) do
        local id, err = message.say(bot, to, piece, options)
        if not id then return nil, err end
        first, options.id = first or id, nil
    end
    return first
end

--- -> id of the (first) message | nil, err
---@param bot couplet.Bot
---@param to string
---@param text string|nil
---@param options couplet.MessageOptions|nil
---@param longest integer bytes; a longer text goes in several messages; 0: never
function M.say(bot, to, text, options, longest)
    if type(to) ~= "string" then error("an address is expected, not a " .. type(to), 3) end
    if type(text) == "number" then text = tostring(text) end
    if type(text) ~= "string" and not options then error("a text is expected, not a " .. type(text), 3) end
    if longest > 0 and text and #text > longest then return say_pieces(bot, to, text, durable(options), longest) end
    return message.say(bot, to, text, durable(options))
end

return M
