-- SPDX-License-Identifier: MIT
-- version: "version alice@example.org/phone" is answered with the software that runs there (XEP-0092). Which software this is
-- the library tells by itself to whoever asks.
local M = {}

function M.ask(event)
    local jid = event.captures[1]
    local found, err = event.bot:version_of(jid)
    if not found then return ("%s does not say: %s"):format(jid, err.condition) end
    return ("%s runs %s %s"):format(jid, found.name or "something", found.version or "")
end

return M
