-- SPDX-License-Identifier: MIT
-- roster_news: what a roster push means (RFC 6121 2.1.6). Whoever waits for it goes on, and a subscription that it brings is told
-- as the event subscribed: event.way is "from" (the contact sees us now) or "to" (we see the contact).
local core = require "couplet.core.bot"

local ipairs = ipairs

local M = {}

--- Does the item say that this way is open: "from", "to"?
---@param item { subscription: string }|nil
---@param way "from"|"to"
---@return boolean
function M.has(item, way) return item ~= nil and (item.subscription == way or item.subscription == "both") end

---@param bot couplet.Bot
---@param address string as in the roster
---@param old table|nil the item before
---@param new table|nil the item now
function M.tell(bot, address, old, new)
    core.wake(bot, "roster:" .. address, true)
    for _, way in ipairs { "from", "to" } do
        if M.has(new, way) and not M.has(old, way) then core.emit(bot, "subscribed", { from = address, way = way }) end
    end
end

return M
