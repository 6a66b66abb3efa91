-- SPDX-License-Identifier: MIT
-- xep.ns: the namespaces of extensions that not every bot uses; bots find them in couplet.ns, which loads this.
return {
    caps = "http://jabber.org/protocol/caps", -- XEP-0115
    ecaps2 = "urn:xmpp:caps", -- XEP-0390
    hashes = "urn:xmpp:hashes:2", -- XEP-0300
    data = "jabber:x:data", -- XEP-0004
    time = "urn:xmpp:time", -- XEP-0202
    last = "jabber:iq:last", -- XEP-0012
    software = "urn:xmpp:dataforms:softwareinfo", -- XEP-0232
    muc_admin = "http://jabber.org/protocol/muc#admin", -- XEP-0045
    muc_owner = "http://jabber.org/protocol/muc#owner",
    register = "jabber:iq:register", -- XEP-0077
    conference = "jabber:x:conference", -- XEP-0249
    hats = "urn:xmpp:hats:0", -- XEP-0317
    hints = "urn:xmpp:hints", -- XEP-0334
    bookmarks = "urn:xmpp:bookmarks:1", -- XEP-0402
    retract = "urn:xmpp:message-retract:1", -- XEP-0424
    moderate = "urn:xmpp:message-moderate:1", -- XEP-0425
    fallback = "urn:xmpp:fallback:0", -- XEP-0428
}
