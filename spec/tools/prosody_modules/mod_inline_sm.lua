-- SPDX-License-Identifier: MIT
-- A module for the throw-away Prosody with --sasl2: stream management inside of a login (XEP-0198 9). Prosody 0.12 has
-- it only as elements of a stream, so its own handlers are called, and what they send is caught and put into <success/>.
-- luacheck: read_globals module
local smacks = module:depends "smacks"
local c2s = module:shared "/*/c2s/sessions"
module:depends "sasl2_bind2"

local SM = "urn:xmpp:sm:3"

-- All that the handler sends: its answer first.
local function caught(session, handler, request)
    local sent, send = {}, session.send
    session.send = function(stanza)
        sent[#sent + 1] = stanza
        return true
    end
    handler(session, request, SM)
    return sent, send
end

module:hook("advertise-sasl-features", function(event) event.features:tag("sm", { xmlns = SM }):up() end)
module:hook("advertise-bind-features", function(event) event.features:tag("feature", { var = SM }):up() end)

module:hook_tag("urn:xmpp:sasl:2", "authenticate", function(session, request)
    session.inline_resume = request:get_child("resume", SM)
end, 100)

-- Before a resource is bound, which is not done when this goes well.
module:hook("sasl2/c2s/success", function(event)
    local session = event.session
    local request = session.inline_resume
    if not request then return end
    session.inline_resume = nil
    local sent, send = caught(session, smacks.handle_resume, request)
    event.success:add_child(sent[1])
    if sent[1].name ~= "resumed" then
        session.send = send
        return
    end
    local resumed = c2s[session.conn]
    resumed.send = send
    send.session, send.filter = resumed, resumed.filter -- Prosody lets upvalues be set so
    resumed.sasl_handler, resumed.client_id = session.sasl_handler, session.client_id
    resumed.fast_token_request = session.fast_token_request
    resumed.inline_sent = { table.unpack(sent, 2) }
    event.session = resumed
end, 110)

-- Behind <success/>.
module:hook("sasl2/c2s/success", function(event)
    local session = event.session
    for _, stanza in ipairs(session.inline_sent or {}) do session.send(stanza) end
    session.inline_sent = nil
end, -1100)

module:hook("enable-bind-features", function(event)
    local session, request = event.session, event.request:get_child("enable", SM)
    if not request then return end
    local sent, send = caught(session, smacks.handle_enable, request)
    session.send = send
    event.result:add_child(sent[1])
end)
