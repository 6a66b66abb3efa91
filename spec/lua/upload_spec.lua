-- SPDX-License-Identifier: MIT
-- Uploads without a server: what is asked, what is told, and what no slot makes a bot do.
local asking = require "spec.lua.asking"

local web = { asked = {} }
package.loaded["couplet.core.web"] = {
    size = function(path)
        if path == "/there/photo.JPG" then return 5000 end
        return nil, { type = "cancel", condition = "undefined-condition", text = "cannot read " .. path }
    end,
    request = function(request)
        web.asked[#web.asked + 1] = request
        if web.answer.err then return nil, web.answer.err end
        return web.answer
    end,
}

local ITEMS = [[<iq type='result'><query xmlns='http://jabber.org/protocol/disco#items'>
  <item jid='rooms.example.org'/><item jid='node.example.org' node='x'/><item/><item jid='files.example.org'/></query></iq>]]
local NOTHING = "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'><feature var='x'/></query></iq>"
local SERVICE = [[<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'><identity category='store' type='file'/>
  <feature var='urn:xmpp:http:upload:0'/><x xmlns='jabber:x:data' type='result'>
  <field var='FORM_TYPE' type='hidden'><value>urn:xmpp:http:upload:0</value></field>
  <field var='max-file-size'><value>10000</value></field></x></query></iq>]]
local SLOT = [[<iq type='result' from='files.example.org'><slot xmlns='urn:xmpp:http:upload:0'>
  <put url='https://files.example.org/1/photo.JPG'><header name='authorization'>Basic abc</header></put>
  <get url='https://get.example.org/1/photo.JPG'/></slot></iq>]]

local function slot_with(put, headers, get)
    return (([[<iq type='result'><slot xmlns='urn:xmpp:http:upload:0'><put url='%s'>%s</put><get url='%s'/></slot></iq>]])
        :format(put, headers or "", get or "https://get.example.org/x"))
end

local function failure(kind, condition, more, text)
    return (([[<iq type='error' from='files.example.org'><error type='%s'><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>%s%s</error></iq>]])
        :format(kind, condition, text and "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>" .. text .. "</text>" or "", more))
end

local FOUND = { ITEMS, NOTHING, NOTHING, SERVICE }

local function bot_with(...)
    local answers = { table.unpack(FOUND) }
    for _, xml in ipairs { ... } do answers[#answers + 1] = xml end
    web.asked, web.answer = {}, { status = 201, body = "" }
    return asking.bot(answers)
end

local PHOTO = "/there/photo.JPG"

describe("bot:upload", function()
    it("finds the service, asks for a slot, and puts the file there", function()
        local bot = bot_with(SLOT)
        assert.equal("https://get.example.org/1/photo.JPG", bot:upload(PHOTO))
        assert.equal("<iq to='files.example.org' type='get'><request content-type='image/jpeg' filename='photo.JPG' size='5000' "
            .. "xmlns='urn:xmpp:http:upload:0'/></iq>", asking.sent(bot))
        local put = web.asked[1]
        assert.same({ "PUT", "https://files.example.org/1/photo.JPG", PHOTO, 5000 }, { put.method, put.url, put.file, put.size })
        assert.same({ "Content-Type: image/jpeg", "Authorization: Basic abc" }, put.headers)
        assert.same({ "never", bot }, { put.clear, put.trust })
        assert.is_nil(put.redirects)
    end)

    it("searches once, and again when what it found refuses", function()
        local bot = bot_with(SLOT, SLOT, failure("cancel", "service-unavailable", ""), ITEMS)
        assert.truthy(bot:upload(PHOTO))
        assert.truthy(bot:upload(PHOTO))
        assert.equal(6, #bot.sent)
        assert.is_nil(bot:upload(PHOTO))
        assert.is_nil(bot:upload(PHOTO))
        assert.truthy(#bot.sent > 8)
    end)

    it("takes a service by name, and does not search", function()
        local bot = asking.bot { SERVICE, SLOT }
        web.answer = { status = 200, body = "" }
        assert.truthy(bot:upload(PHOTO, { service = "files.example.org" }))
        assert.equal(2, #bot.sent)
        bot = asking.bot { NOTHING }
        local _, err = bot:upload(PHOTO, { service = "rooms.example.org" })
        assert.equal("rooms.example.org takes no files", err.text)
    end)

    it("says what failed", function()
        local _, err = asking.bot({ ITEMS, NOTHING, NOTHING, NOTHING }):upload(PHOTO)
        assert.equal("the server example.org takes no files (it has no service for XEP-0363)", err.text)
        _, err = bot_with():upload { name = "x.bin", data = ("x"):rep(10001) }
        assert.equal("x.bin is too large: it has 10001 bytes, the server takes 10000 bytes at most", err.text)
        assert.equal(10000, err.extra.limit)
        local too_large = "<file-too-large xmlns='urn:xmpp:http:upload:0'><max-file-size>2000</max-file-size></file-too-large>"
        _, err = bot_with(failure("modify", "not-acceptable", too_large)):upload(PHOTO)
        assert.equal("photo.JPG is too large: it has 5 kB, the server takes 2 kB at most", err.text)
        local retry = "<retry xmlns='urn:xmpp:http:upload:0' stamp='2026-11-21T23:42:05Z'/>"
        _, err = bot_with(failure("wait", "resource-constraint", retry)):upload(PHOTO)
        assert.equal("the server takes no more files until 2026-11-21T23:42:05Z", err.text)
        assert.equal(1795304525, err.extra.stamp)
        _, err = bot_with(failure("auth", "forbidden", "", "Only for members")):upload(PHOTO)
        assert.equal("the server refuses photo.JPG: Only for members", err.text)
        assert.equal("forbidden", err.condition)
        _, err = bot_with():upload "/not/there"
        assert.equal("cannot read /not/there", err.text)
        _, err = bot_with():upload { name = "x", data = "" }
        assert.equal("x is empty", err.text)
    end)

    it("says what the web server said", function()
        local bot = bot_with(SLOT, SLOT, SLOT, SLOT)
        for status, want in pairs {
            [413] = "photo.JPG is too large for the server: it has 5 kB", [403] = "the server did not take photo.JPG: why",
            [302] = "the server did not take photo.JPG: why",
        } do
            web.answer = { status = status, why = "why" }
            local url, err = bot:upload(PHOTO)
            assert.is_nil(url)
            assert.equal(want, err.text)
        end
        web.answer = { err = { text = "no certificate" } }
        assert.equal("no certificate", select(2, bot:upload(PHOTO)).text)
    end)

    it("puts nothing where it is not safe", function()
        for _, url in ipairs {
            "http://files.example.org/x", "http://127.0.0.1/x", "http://localhost/x", "ftp://files.example.org/", "file:///etc/passwd",
            "https:///x", "https://", "https://user@files.example.org/", "https://files.example.org\\@evil/", "//files.example.org/x",
            "https://files.example.org/a b", "https://files.example.org/a\nb", "https://f\u{FC}r.example.org/", "", "x",
            "https://files.example.org/" .. ("x"):rep(5000), "https://files.example.org:x/", "https://[::g]/", "javascript:1",
        } do
            local bot = bot_with(slot_with(url), slot_with("https://files.example.org/x", nil, url))
            local got, err = bot:upload(PHOTO)
            assert.is_nil(got, url)
            assert.matches("is not safe: it", err.text, 1, true)
            got = asking.bot({ SERVICE, slot_with("https://files.example.org/x", nil, url) }):upload(PHOTO, { service = "f.example.org" })
            assert.is_nil(got)
            assert.same({}, web.asked)
        end
    end)

    it("lets http pass on this machine alone, for a server that is there", function()
        for url, is_well in pairs {
            ["http://localhost:5280/x"] = true, ["http://127.0.0.1/x"] = true, ["http://[::1]:80/x"] = true,
            ["http://localhost.example.org/x"] = false, ["http://127.0.0.1.example.org/x"] = false, ["http://10.0.0.1/x"] = false,
        } do
            web.asked, web.answer = {}, { status = 201 }
            local bot = asking.bot({ SERVICE, slot_with(url, nil, url) }, { jid = "bot@localhost/x" })
            assert.equal(is_well and url or nil, (bot:upload(PHOTO, { service = "upload.localhost" })))
            if is_well then assert.equal("loopback", web.asked[1].clear) end
        end
    end)

    it("takes three headers and no others, without line ends", function()
        local bot = bot_with(slot_with("https://files.example.org/x", "<header name='Host'>evil</header><header name='COOKIE'>a=1</header>"
            .. "<header name='Cookie'>b=2\r\nHost: evil</header><header name='Expi\nres'>now</header><header>x</header><header name='X-A'/>"
            .. "<header name='Authorization: x\r\nHost'>evil</header><header xmlns='urn:example:other' name='Cookie'>c</header>"))
        assert.truthy(bot:upload(PHOTO))
        assert.same({ "Content-Type: image/jpeg", "Cookie: a=1", "Cookie: b=2Host: evil", "Expires: now" }, web.asked[1].headers)
        for _, headers in ipairs {
            "<header name='Cookie'>a\tb</header>", ("<header name='Cookie'>a</header>"):rep(17),
            "<header name='Cookie'>" .. ("x"):rep(9000) .. "</header>",
        } do
            bot = bot_with(slot_with("https://files.example.org/x", headers))
            assert.is_nil((bot:upload(PHOTO)))
            assert.same({}, web.asked)
        end
    end)

    it("raises at nothing that comes", function()
        for _, before in ipairs { {}, { ITEMS }, FOUND } do
            local damaged = #before == 0 and ITEMS or #before == 1 and SERVICE or SLOT
            asking.try_damaged(damaged, nil, function(bot)
                local url = bot:upload(PHOTO)
                assert.truthy(url == nil or url == "https://get.example.org/1/photo.JPG")
            end, before)
        end
        for _, xml in ipairs {
            failure("modify", "not-acceptable", "<file-too-large xmlns='urn:xmpp:http:upload:0'><max-file-size>1e9</max-file-size></file-too-large>"),
            failure("modify", "not-acceptable", "<file-too-large xmlns='urn:xmpp:http:upload:0'/>"),
            failure("wait", "resource-constraint", "<retry xmlns='urn:xmpp:http:upload:0'/>"),
            failure("wait", "resource-constraint", "<retry xmlns='urn:xmpp:http:upload:0' stamp='9999-99-99'/>"),
            failure("x", "y", "<z xmlns='urn:xmpp:http:upload:0'/>"), "<iq type='error'/>", "<iq type='result'/>",
        } do
            local url, err = bot_with(xml):upload(PHOTO)
            assert.is_nil(url)
            assert.truthy(type(err) == "table" and tostring(err) ~= "")
        end
    end)

    it("raises when it is misused", function()
        local bot = bot_with()
        for _, what in ipairs {
            7, {}, { path = "x", data = "y" }, { data = "x", name = 7 }, { data = "x", type = "a/b\r\nHost: c" }, { data = "x", type = "text" },
        } do
            assert.has_error(function() bot:upload(what) end)
        end
    end)
end)

describe("the name of a file", function()
    it("is never a path, and short", function()
        local clean = require("couplet.xep.upload").clean_name
        assert.equal("passwd", clean "../../etc/passwd")
        assert.equal("x.txt", clean "C:\\temp\\x.txt")
        assert.equal("file", clean "..")
        assert.equal("file", clean "a/")
        assert.equal("ab.txt", clean "a\r\nb.txt")
        assert.equal("a__.txt", clean "a\xff\xfe.txt")
        assert.equal("très cool.jpg", clean "très cool.jpg")
        local long = clean(("ü"):rep(100) .. ".tar")
        assert.truthy(#long <= 120 and utf8.len(long) and long:find "%.tar$")
    end)
end)

describe("bot:send_file", function()
    it("says the text, then the URL in a way that clients show", function()
        local bot = bot_with(SLOT)
        local url, id = bot:send_file("romeo@example.org", PHOTO, "Look")
        assert.equal("https://get.example.org/1/photo.JPG", url)
        assert.equal(bot.sent[#bot.sent].attr.id, id)
        assert.equal("Look", bot.sent[#bot.sent - 1]:get_child_text "body")
        assert.equal(url, bot.sent[#bot.sent]:get_child_text "body")
        assert.equal(url, bot.sent[#bot.sent]:get_child("x", "jabber:x:oob"):get_child_text "url")
    end)

    it("says nothing when the upload fails", function()
        local bot = bot_with(failure("auth", "forbidden", ""))
        assert.is_nil((bot:send_file("romeo@example.org", PHOTO, "Look")))
        assert.equal("iq", bot.sent[#bot.sent].name)
    end)
end)

describe("a long text as a file", function()
    local function beginning(text) return require("couplet.long_file").beginning(text) end

    it("is told by its beginning", function()
        assert.equal("a\nb\n\nc\n…", beginning "a\nb\n\nc\nd\ne")
        assert.equal("```\na\n```\n…", beginning "```\na\n\n\n\n\n```")
        assert.equal("a b\n…", beginning "a\tb\1")
        assert.equal("", beginning "\xff\xfe")
        assert.truthy(#beginning(("wörter "):rep(500)) < 320)
        assert.truthy(utf8.len(beginning(("ü"):rep(5000))))
    end)
end)
