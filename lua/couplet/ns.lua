-- SPDX-License-Identifier: MIT
-- ns: the namespaces that bots and the library name, in one place.
--
--   local ns = require "couplet.ns"
--   stanza:get_child("query", ns.version)
--
-- What belongs to an extension alone stands in couplet.xep.ns and is found here too. A name that is nowhere raises: nil in
-- place of a namespace would silently match another element (get_child without xmlns means the parent's namespace).
local M = {
    client = "jabber:client",
    component = "jabber:component:accept",
    stanzas = "urn:ietf:params:xml:ns:xmpp-stanzas", -- RFC 6120 8.3.3
    xml = "http://www.w3.org/XML/1998/namespace",
    xmlns = "http://www.w3.org/2000/xmlns/",
    roster = "jabber:iq:roster", -- RFC 6121 2
    disco_info = "http://jabber.org/protocol/disco#info", -- XEP-0030
    disco_items = "http://jabber.org/protocol/disco#items",
    muc = "http://jabber.org/protocol/muc", -- XEP-0045
    muc_user = "http://jabber.org/protocol/muc#user",
    version = "jabber:iq:version", -- XEP-0092
    ping = "urn:xmpp:ping", -- XEP-0199
    delay = "urn:xmpp:delay", -- XEP-0203
    carbons = "urn:xmpp:carbons:2", -- XEP-0280
    forward = "urn:xmpp:forward:0", -- XEP-0297
    correct = "urn:xmpp:message-correct:0", -- XEP-0308
    stanza_id = "urn:xmpp:sid:0", -- XEP-0359
    occupant_id = "urn:xmpp:occupant-id:0", -- XEP-0421
}

local more -- those of the extensions, loaded when the first is asked for: a state that has no use for them is without

return setmetatable(M, {
    __index = function(_, name)
        more = more or require "couplet.xep.ns"
        return more[name] or error("couplet.ns has no namespace called '" .. tostring(name) .. "'", 2)
    end,
})
