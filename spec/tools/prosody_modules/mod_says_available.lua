-- SPDX-License-Identifier: MIT
-- A module for the throw-away Prosody: its log says when an account's session has become available, which is
-- when a message to the bare JID reaches it. No client can know that about another one without asking.
-- luacheck: read_globals module
module:hook("presence/initial", function(event)
    module:log("info", "available: %s", event.origin.full_jid)
end, -1000)
