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
}
