-- SPDX-License-Identifier: MIT
local st = require "couplet.stanza"

-- It raises, with the position of the function's own line.
local function misuse(f, pattern)
    local ok, err = pcall(f)
    assert.is_false(ok)
    assert.matches("build_spec%.lua:%d+: " .. (pattern or ""), err)
end

describe("building a stanza", function()
    it("goes in with tag, and out with up", function()
        local stanza = st.iq({ type = "set", id = "1" })
            :query("jabber:iq:roster")
                :tag("item", { jid = "a@example.org" })
                    :text_tag("group", "friends")
                :up()
                :tag("item", { jid = "b@example.org" }):up()
            :up()
            :text_tag("after", "x", { xmlns = "urn:x" })
        assert.equal("<iq id='1' type='set'><query xmlns='jabber:iq:roster'><item jid='a@example.org'><group>friends</group></item>"
            .. "<item jid='b@example.org'/></query><after xmlns='urn:x'>x</after></iq>", tostring(stanza))
        assert.is_true(stanza:at_top())
    end)

    it("keeps its place in each stanza by itself", function()
        local a, b = st.stanza "a", st.stanza "b"
        a:tag "in"
        b:text "top"
        a:add_child(b)
        b:tag "inner"
        a:text "x"
        assert.equal("<a><in><b>top<inner/></b>x</in></a>", tostring(a))
        assert.is_false(a:at_top())
        assert.is_false(b:at_top())
    end)

    it("stays at the top when up is called too often", function()
        assert.equal("<a><b/>t</a>", tostring(st.stanza("a"):up():tag("b"):up():up():up():text("t")))
    end)

    it("goes back to the top with reset", function()
        local stanza = st.stanza("a"):tag("b"):tag("c"):reset()
        assert.is_true(stanza:at_top())
        assert.equal("<a><b><c/></b><d/></a>", tostring(stanza:tag "d"))
    end)

    it("adds children where it is, or directly at the top", function()
        local stanza = st.stanza("a"):tag "b"
        assert.equal(stanza, stanza:add_child(st.stanza "c"))
        assert.equal(0, select("#", stanza:add_direct_child { name = "d" }))
        stanza:add_direct_child "text"
        assert.equal("<a><b><c/></b><d/>text</a>", tostring(stanza))
    end)

    it("adds no empty texts", function()
        local stanza = st.stanza("a"):text(nil):text("")
        assert.equal(0, #stanza)
        assert.equal("<a><b/><c/><body/></a>", tostring(stanza:text_tag("b", ""):text_tag("c", nil):body()))
    end)

    it("has words for common things", function()
        assert.equal("<message><body xml:lang='en'>hi</body></message>", tostring(st.message():body("hi", { ["xml:lang"] = "en" })))
        assert.equal("<iq id='1' type='get'><query xmlns='urn:x'/></iq>", tostring(st.iq({ type = "get", id = "1" }):query "urn:x"))
    end)

    it("refuses what could not be written, at the caller's line", function()
        local stanza = st.stanza "a"
        misuse(function() stanza:tag "b c" end, "bad name")
        misuse(function() stanza:tag(nil) end, "bad name")
        misuse(function() stanza:tag("b", "attr") end, "bad attributes of <b>: expected a table")
        misuse(function() stanza:tag("b", { x = 1 }) end, "bad attributes of <b>: attribute 'x': expected a string, got a number")
        misuse(function() stanza:tag("b", { ["x y"] = "1" }) end, "bad attributes of <b>: 'x y'")
        misuse(function() stanza:text "\27" end, "bad child of <a>: byte 0x1B")
        misuse(function() stanza:text(5) end, "bad child of <a>: expected a string")
        misuse(function() stanza:text_tag("b", "\xFF") end, "bad child of <b>: byte 0xFF")
        misuse(function() stanza:text_tag("b", "t", { x = true }) end, "bad attributes of <b>")
        misuse(function() stanza:body "\0" end, "bad child of <body>")
        misuse(function() stanza:query(5) end, "bad attributes of <query>")
        misuse(function() stanza:add_child {} end, "bad child of <a>")
        misuse(function() stanza:add_child(nil) end, "bad child of <a>")
        misuse(function() stanza:add_direct_child { name = "<" } end, "bad child of <a>")
        assert.equal("<a/>", tostring(stanza))
        assert.is_true(stanza:at_top())
    end)
end)

describe("maptags", function()
    local stanza
    before_each(function() stanza = st.stanza("a"):text("1"):tag("b"):up():text("2"):tag("c"):up():tag("d"):up():text("3") end)

    it("replaces and removes elements, and leaves texts", function()
        local seen = {}
        local result = stanza:maptags(function(child)
            seen[#seen + 1] = child.name
            if child.name == "b" then return nil end
            if child.name == "c" then return { name = "x" } end
            return child
        end)
        assert.equal(stanza, result)
        assert.same({ "b", "c", "d" }, seen)
        assert.equal("<a>12<x/><d/>3</a>", tostring(stanza))
        assert.equal(2, #stanza.tags)
    end)

    it("can remove everything", function()
        stanza = st.stanza("a"):tag("b"):up():tag("c"):up()
        assert.equal(0, #stanza:maptags(function() return nil end))
        assert.equal("<a/>", tostring(stanza))
    end)

    it("changes nothing when it fails", function()
        local before = tostring(stanza)
        assert.has_error(function() stanza:maptags(function(child) return child.name == "d" and error "no" or nil end) end)
        misuse(function() stanza:maptags(function() return false end) end, "bad child: a boolean")
        assert.equal(before, tostring(stanza))
    end)
end)

describe("remove_children", function()
    local function fresh()
        return st.stanza("a"):tag("b"):up():tag("b", { xmlns = "urn:x" }):up():tag("c", { xmlns = "urn:x" }):up():text("t"):tag("c"):up()
    end

    it("takes name and namespace", function()
        assert.equal("<a><b xmlns='urn:x'/><c xmlns='urn:x'/>t<c/></a>", tostring(fresh():remove_children "b"))
        assert.equal("<a><b/><c xmlns='urn:x'/>t<c/></a>", tostring(fresh():remove_children("b", "urn:x")))
        assert.equal("<a><b/>t<c/></a>", tostring(fresh():remove_children(nil, "urn:x")))
        assert.equal("<a><b xmlns='urn:x'/><c xmlns='urn:x'/>t</a>", tostring(fresh():remove_children()))
    end)
end)

describe("writing a stanza", function()
    local stanza
    before_each(function() stanza = st.message({ to = "a@example.org" }, "<&>") end)

    it("is tostring", function()
        assert.equal("<message to='a@example.org'><body>&lt;&amp;&gt;</body></message>", tostring(stanza))
        assert.equal("<message to='a@example.org'>", stanza:top_tag())
    end)

    it("refuses what has become unwritable, and says where", function()
        stanza:get_child("body")[1] = "\1"
        misuse(function() local _ = tostring(stanza) end, "message/body: byte 0x01 at 1 cannot be written as XML")
        misuse(function() local _ = stanza:pretty_print() end, "message/body: byte 0x01")
        assert.equal("<message to='a@example.org'>", stanza:top_tag())
        stanza.attr.to = false
        misuse(function() local _ = stanza:top_tag() end, "message: attribute 'to'")
        misuse(function() local _ = stanza:pretty_top_tag() end, "message: attribute 'to'")
    end)

    it("comes in colours", function()
        local function plain(text) return (text:gsub("\27%[%d*m", "")) end
        assert.not_equal(tostring(stanza), stanza:pretty_print())
        assert.equal(tostring(stanza), plain(stanza:pretty_print()))
        assert.equal(stanza:top_tag(), plain(stanza:pretty_top_tag()))
    end)

    it("comes indented, from a copy", function()
        local before = st.stanza("a"):tag("b"):text_tag("c", "text"):up():text(" \n "):text("t"):tag("d"):up()
        local text = tostring(before)
        assert.equal("<a>\n  <b>\n    <c>text</c>\n  </b>\n  t\n  <d/>\n</a>", tostring(before:indent(1, "  ")))
        assert.equal(text, tostring(before))
        assert.equal("<a>\n\t<b/>\n</a>", tostring(st.stanza("a"):tag("b"):indent()))
        assert.equal("<a>t</a>", tostring(st.stanza("a"):text("t"):indent()))
    end)
end)
