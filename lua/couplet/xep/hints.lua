-- SPDX-License-Identifier: MIT
-- hints: what servers may do with a message (XEP-0334): the option `hints = { "no-store", "no-copy" }`.
-- Implements: XEP-0334 1.0.0
local ns = require "couplet.ns"

local error, ipairs, tostring, type = error, ipairs, tostring, type

local M = {}

local HINTS = { ["no-store"] = true, ["no-permanent-store"] = true, ["no-copy"] = true, store = true }

---@param stanza table
---@param hints string[]
function M.add(stanza, hints)
    for _, hint in ipairs(type(hints) == "table" and hints or { hints }) do
        if not HINTS[hint] then error("there is no hint '" .. tostring(hint) .. "'", 5) end
        stanza:text_tag(hint, nil, { xmlns = ns.hints })
    end
end

return M
