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
    chat_states = "http://jabber.org/protocol/chatstates", -- XEP-0085
    receipts = "urn:xmpp:receipts", -- XEP-0184
    markers = "urn:xmpp:chat-markers:0", -- XEP-0333
    reply = "urn:xmpp:reply:0", -- XEP-0461
    reactions = "urn:xmpp:reactions:0", -- XEP-0444
    references = "urn:xmpp:reference:0", -- XEP-0372
    styling = "urn:xmpp:styling:0", -- XEP-0393
    xhtml_im = "http://jabber.org/protocol/xhtml-im", -- XEP-0071
    xhtml = "http://www.w3.org/1999/xhtml",
    oob = "jabber:x:oob", -- XEP-0066
    upload = "urn:xmpp:http:upload:0", -- XEP-0363
    bookmarks = "urn:xmpp:bookmarks:1", -- XEP-0402
    retract = "urn:xmpp:message-retract:1", -- XEP-0424
    moderate = "urn:xmpp:message-moderate:1", -- XEP-0425
    fallback = "urn:xmpp:fallback:0", -- XEP-0428
}
