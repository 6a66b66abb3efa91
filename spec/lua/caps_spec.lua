-- SPDX-License-Identifier: MIT
-- The hashes of XEP-0115 and XEP-0390 over the examples that they show, and what must not pass for a verified answer.
local base64 = require "couplet.base64"
local caps = require "couplet.xep.caps"
local disco_info = require "couplet.xep.disco_info"
local disco_self = require "couplet.xep.disco_self"
local hash = require "couplet.hash"
local ns = require "couplet.ns"
local parse = require("couplet.core.stanza").parse

local function query_of(identities, features, form)
    local xml = "<query xmlns='http://jabber.org/protocol/disco#info'>" .. identities
    for _, feature in ipairs(features) do xml = xml .. ("<feature var='%s'/>"):format(feature) end
    return assert(parse(xml .. (form or "") .. "</query>"))
end

local function info_of(...) return disco_info.read(query_of(...)) end

local function form_of(fields)
    local xml = "<x xmlns='jabber:x:data' type='result'><field type='hidden' var='FORM_TYPE'><value>" .. ns.software .. "</value></field>"
    for _, field in ipairs(fields) do
        xml = xml .. "<field var='" .. field[1] .. "'>"
        for i = 2, #field do xml = xml .. "<value>" .. field[i] .. "</value>" end
        xml = xml .. "</field>"
    end
    return xml .. "</x>"
end

local function ver(info) return base64.encode(hash.sha1(caps.string_of(info))) end

local DISCO = { "http://jabber.org/protocol/muc", "http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/caps",
    "http://jabber.org/protocol/disco#items" }
local PSI = "<identity category='client' type='pc' name='Psi 0.11' xml:lang='en'/>"
    .. "<identity category='client' type='pc' name='Ψ 0.11' xml:lang='el'/>"

local BOMBUS = {
    "http://jabber.org/protocol/si", "http://jabber.org/protocol/bytestreams", "http://jabber.org/protocol/chatstates",
    "http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/disco#items", "urn:xmpp:ping",
    "jabber:iq:time", "jabber:iq:privacy", "jabber:iq:version", "http://jabber.org/protocol/rosterx", "urn:xmpp:time",
    "jabber:x:oob", "http://jabber.org/protocol/ibb", "http://jabber.org/protocol/si/profile/file-transfer",
    "urn:xmpp:receipts", "jabber:iq:roster", "jabber:iq:last",
}

local TKABBER = {
    "games:board", "http://jabber.org/protocol/activity", "http://jabber.org/protocol/activity+notify",
    "http://jabber.org/protocol/bytestreams", "http://jabber.org/protocol/chatstates",
    "http://jabber.org/protocol/commands", "http://jabber.org/protocol/disco#info",
    "http://jabber.org/protocol/disco#items", "http://jabber.org/protocol/evil",
    "http://jabber.org/protocol/feature-neg", "http://jabber.org/protocol/geoloc",
    "http://jabber.org/protocol/geoloc+notify", "http://jabber.org/protocol/ibb", "http://jabber.org/protocol/iqibb",
    "http://jabber.org/protocol/mood", "http://jabber.org/protocol/mood+notify", "http://jabber.org/protocol/rosterx",
    "http://jabber.org/protocol/si", "http://jabber.org/protocol/si/profile/file-transfer",
    "http://jabber.org/protocol/tune", "http://www.facebook.com/xmpp/messages",
    "http://www.xmpp.org/extensions/xep-0084.html#ns-metadata+notify", "jabber:iq:avatar", "jabber:iq:browse",
    "jabber:iq:dtcp", "jabber:iq:filexfer", "jabber:iq:ibb", "jabber:iq:inband", "jabber:iq:jidlink", "jabber:iq:last",
    "jabber:iq:oob", "jabber:iq:privacy", "jabber:iq:roster", "jabber:iq:time", "jabber:iq:version", "jabber:x:data",
    "jabber:x:event", "jabber:x:oob", "urn:xmpp:avatar:metadata+notify", "urn:xmpp:ping", "urn:xmpp:receipts",
    "urn:xmpp:time",
}

describe("capabilities", function()
    it("have the hashes that XEP-0115 shows", function()
        local simple = info_of("<identity category='client' type='pc' name='Exodus 0.9.1'/>", DISCO)
        assert.equal("QgayPKawpkPSDYmwT/WM94uAlu0=", ver(simple))
        local form = form_of { { "software", "Psi" }, { "ip_version", "ipv6", "ipv4" }, { "os", "Mac" },
            { "software_version", "0.11" }, { "os_version", "10.5.1" } }
        assert.equal("q07IKJEyjvHSyhy//CH0CxmKi8w=", ver(info_of(PSI, DISCO, form)))
    end)

    it("have the hashes that XEP-0390 shows", function()
        local simple = caps.input_of(info_of("<identity category='client' name='BombusMod' type='mobile'/>", BOMBUS))
        assert.equal("kzBZbkqJ3ADrj7v08reD1qcWUwNGHaidNUgD7nHpiw8=", base64.encode(hash.sha256(simple)))
        assert.equal("79mdYAfU9rEdTOcWDO7UEAt6E56SUzk/g6TnqUeuD9Q=", base64.encode(hash.sha3_256(simple)))
        local form = form_of { { "software", "Tkabber" }, { "software_version", "0.11.1-svn-20111216-mod (Tcl/Tk 8.6b2)" },
            { "os", "Windows" }, { "os_version", "XP" } }
        local complex = caps.input_of(info_of("<identity category='client' name='Tkabber' type='pc' xml:lang='en'/>"
            .. "<identity category='client' name='Ткаббер' type='pc' xml:lang='ru'/>", TKABBER, form))
        assert.equal("u79ZroNJbdSWhdSp311mddz44oHHPsEBntQ5b1jqBSY=", base64.encode(hash.sha256(complex)))
        assert.equal("XpUJzLAc93258sMECZ3FJpebkzuyNXDzRNwQog8eycg=", base64.encode(hash.sha3_256(complex)))
    end)

    it("of ours are those that our own answer gives", function()
        local info = disco_self.info(function() return true end)
        local presence = assert(parse("<presence>" .. caps.presence_text(info) .. "</presence>"))
        local claim = assert(caps.claim_of(presence))
        assert.is_true(claim.is_new)
        assert.equal("sha-256", claim.algorithm)
        assert.is_true(caps.is_ours(claim.node, info))
        local answer = disco_info.read(assert(parse(require("couplet.core.stanza").write(disco_info.element(info, claim.node)))))
        assert.is_nil(answer.flaw)
        assert.is_true(caps.verify(claim, answer, "de"))
        local old = assert(caps.claim_of(assert(parse("<presence>" .. caps.presence_text(info):match "^<c.-/>" .. "</presence>"))))
        assert.is_false(old.is_new)
        assert.equal(caps.NODE .. "#" .. old.value, old.node)
        assert.is_true(caps.verify(old, answer))
        assert.is_true(caps.is_ours(old.node, info))
        assert.is_false(caps.is_ours(caps.NODE, info))
        assert.is_nil(disco_self.info(function() return false end).forms[ns.software])
    end)

    local function presence_of(xml) return assert(parse("<presence>" .. xml .. "</presence>")) end

    it("that say nothing that could be verified are no claim", function()
        for _, xml in ipairs {
            "",
            "<c/>",
            "<c xmlns='http://jabber.org/protocol/caps'/>",
            "<c xmlns='http://jabber.org/protocol/caps' node='n' ver='1.0' ext='a b'/>", -- as it was before there was a hash
            "<c xmlns='http://jabber.org/protocol/caps' node='n' ver='QgayPKawpkPSDYmwT/WM94uAlu0='/>",
            "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' ver='QgayPKawpkPSDYmwT/WM94uAlu0='/>",
            "<c xmlns='http://jabber.org/protocol/caps' hash='rot13' node='n' ver='QgayPKawpkPSDYmwT/WM94uAlu0='/>",
            "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='%%'/>",
            "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='" .. ("n"):rep(2000) .. "' ver='aaaa'/>",
            "<c xmlns='urn:xmpp:caps'/>",
            "<c xmlns='urn:xmpp:caps'><hash xmlns='urn:xmpp:hashes:2'>aaaa</hash></c>",
            "<c xmlns='urn:xmpp:caps'><hash xmlns='urn:xmpp:hashes:2' algo='md5'>aaaa</hash></c>",
            "<c xmlns='urn:xmpp:caps'><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'/></c>",
            "<c xmlns='urn:xmpp:caps'><hash xmlns='urn:xmpp:hashes:1' algo='sha-256'>aaaa</hash></c>",
            "<c xmlns='urn:xmpp:caps'><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>" .. ("a"):rep(500) .. "</hash></c>",
        } do
            assert.is_nil(caps.claim_of(presence_of(xml)), xml)
        end
    end)

    it("are not believed where the answer is another, or could be read in two ways", function()
        local identity = "<identity category='client' type='pc'/>"
        local function claimed(string) return { node = "n#v", algorithm = "sha-1", value = base64.encode(hash.sha1(string)) } end
        assert.is_true(caps.verify(claimed "client/pc//<a<b<", info_of(identity, { "a", "b" })))
        assert.is_false(caps.verify(claimed "client/pc//<a<b<", info_of(identity, { "a" })))
        assert.is_false(caps.verify(claimed "client/pc//<a<b<", info_of(identity, { "a&lt;b" })))
        assert.is_false(caps.verify(claimed "client/pc//<a<b<", info_of("<identity category='client' type='pc' name='&lt;a'/>", { "b" })))
        assert.is_false(caps.verify(claimed "client/pc//x<a<", info_of("<identity category='client/pc' type='' name='x'/>", { "a" })))
        assert.is_false(caps.verify(claimed "client/pc//<a<a<", info_of(identity, { "a", "a" })))
        assert.is_false(caps.verify(claimed "client/pc//<client/pc//<a<", info_of(identity .. identity, { "a" })))
        assert.is_false(caps.verify(claimed "a<", info_of("", { "a" })))
        local two = form_of { { "os", "Mac" } } .. form_of { { "os", "Mac" } }
        local text = "urn:xmpp:dataforms:softwareinfo<os<Mac<"
        assert.is_false(caps.verify(claimed("client/pc//<a<" .. text .. text), info_of(identity, { "a" }, two)))
    end)

    it("with an inherited language are verified, too", function()
        local stated = info_of("<identity category='client' type='pc' xml:lang='de'/>", { "a" })
        local claim = { node = "n", algorithm = "sha-256", is_new = true, value = base64.encode(hash.sha256(caps.input_of(stated))) }
        local answer = info_of("<identity category='client' type='pc'/>", { "a" })
        assert.is_false(caps.verify(claim, answer))
        assert.is_false(caps.verify(claim, answer, "en"))
        assert.is_true(caps.verify(claim, answer, "de"))
    end)

    it("are kept up to a bound, the newest", function()
        local function claim(i) return { algorithm = "sha-1", value = "v" .. i } end
        for i = 1, 1000 do caps.keep(claim(i), { number = i }) end
        assert.equal(1000, caps.known(claim(1000)).number)
        assert.is_nil(caps.known(claim(700)))
        assert.is_nil(caps.known { algorithm = "sha-1", value = "v1000", is_new = true })
    end)
end)

describe("disco#info", function()
    it("is read as far as it makes sense", function()
        assert.is_nil(disco_info.read(nil))
        assert.is_nil(disco_info.read "text")
        assert.is_nil(disco_info.read(assert(parse "<query xmlns='urn:example:other'/>")))
        for _, xml in ipairs {
            "", "<identity/>", "<identity category='a'/>", "<feature/>", "<feature var='a'/><feature var='a'/>",
            "<x xmlns='jabber:x:data'><field var='FORM_TYPE' type='hidden'/></x>", "text<b/>",
            "<x xmlns='jabber:x:data'><field var='FORM_TYPE' type='hidden'><value>a</value><value>b</value></field></x>",
        } do
            local info = disco_info.read(assert(parse("<query xmlns='http://jabber.org/protocol/disco#info'>" .. xml .. "</query>")))
            assert.is_string(info.flaw, xml)
        end
        local odd = info_of("<identity category='c' type='t'/>", { "a" }, "<x xmlns='jabber:x:data'><field var='b'/></x><field/>")
        assert.is_nil(odd.flaw)
        assert.same({}, odd.forms)
        assert.is_true(odd.features.a)
        local empty = info_of("<identity category='c' type='t'/>", {}, form_of { { "none" }, { "one", "1" }, { "two", "1", "2" } })
        assert.same({ none = {}, one = "1", two = { "1", "2" } }, empty.forms[ns.software])
    end)
end)
