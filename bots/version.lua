-- SPDX-License-Identifier: MIT
-- version: answers "which software are you?" (XEP-0092).
local M = {}

function M.answer()
    return {
        name = "query",
        attr = { xmlns = "jabber:iq:version" },
        { name = "name", "Couplet" },
        { name = "version", "0.1.0" },
    }
end

return M
