-- SPDX-License-Identifier: MIT
-- request: an element that goes to somebody in an iq, and the one of the same name that comes back in the answer. Both wait.
-- What an answer means, and whether it may be empty, is for whoever asks.
local M = {}

--- Asks.
---@param bot couplet.Bot
---@param kind string get, set
---@param to string|nil nil: the account's own server
---@param element couplet.Stanza|table with a namespace
---@param options? { timeout: number? }
---@return couplet.Stanza|false|nil element false: the answer has none
---@return couplet.Error|nil err
function M.ask(bot, kind, to, element, options)
    local answer, err = bot:iq({ name = "iq", attr = { type = kind, to = to }, element }, options)
    if not answer then return nil, err end
    return answer:get_child(element.name, element.attr.xmlns) or false
end

--- Asks for something to be done, whatever the answer has in it.
---@param bot couplet.Bot
---@param to string|nil
---@param element couplet.Stanza|table
---@return true|nil ok, couplet.Error|nil err
function M.set(bot, to, element)
    local answer, err = bot:iq { name = "iq", attr = { type = "set", to = to }, element }
    if not answer then return nil, err end
    return true
end

return M
