-- SPDX-License-Identifier: MIT
-- version (XEP-0092): which software this is. The system it runs on is nobody's business and is not told.
local core = require "couplet.core.bot"
local ns = require "couplet.ns"

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

return M
