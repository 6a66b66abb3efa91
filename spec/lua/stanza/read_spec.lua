-- SPDX-License-Identifier: MIT
local st = require "couplet.stanza"

local STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"

-- As the runtime hands it over: elements of another namespace carry xmlns, and all inside them.
local function received()
    return st.deserialize {
        name = "message", attr = { from = "romeo@example.net/orchard", type = "groupchat" },
        { name = "body", "hello" },
        " \n ",
        { name = "subject", attr = { ["xml:lang"] = "en" } },
        { name = "x", attr = { xmlns = "urn:a" },
            { name = "item", attr = { xmlns = "urn:a", id = "1", role = "visitor" }, "one" },
            { name = "item", attr = { xmlns = "urn:a", id = "2" }, "two" },
            { name = "deep", attr = { xmlns = "urn:b" }, { name = "er", attr = { xmlns = "urn:b" }, "bottom" } } },
        { name = "x", attr = { xmlns = "urn:b", ["urn:c\1n"] = "v" } },
        { name = "body", attr = { xmlns = "urn:xhtml" }, "rich ", { name = "b", attr = { xmlns = "urn:xhtml" }, "text" } },
    }
end

local function names(iterator)
    local found = {}
    for child in iterator do found[#found + 1] = type(child) == "table" and child.name or "'" .. child .. "'" end
    return table.concat(found, " ")
end

describe("a stanza's", function()
    local stanza
    before_each(function() stanza = received() end)

    it("get_child takes name and namespace", function()
        assert.equal(stanza[1], stanza:get_child "body")
        assert.equal(stanza[6], stanza:get_child("body", "urn:xhtml"))
        assert.equal(stanza[4], stanza:get_child("x", "urn:a"))
        assert.equal(stanza[5], stanza:get_child("x", "urn:b"))
        assert.equal(stanza[5], stanza:get_child(nil, "urn:b"))
        assert.equal(stanza[1], stanza:get_child())
        assert.is_nil(stanza:get_child "x") -- not in the parent's namespace
        assert.is_nil(stanza:get_child("body", "urn:a"))
        assert.is_nil(stanza:get_child "nothing")
    end)

    it("get_child without a namespace means the parent's", function()
        local x = stanza:get_child("x", "urn:a")
        assert.equal("1", x:get_child("item").attr.id)
        assert.is_nil(x:get_child "deep")
        assert.equal("deep", x:get_child("deep", "urn:b").name)
    end)

    it("get_child_text and get_text are nil where elements are inside", function()
        assert.equal("hello", stanza:get_child_text "body")
        assert.is_nil(stanza:get_child_text("body", "urn:xhtml"))
        assert.is_nil(stanza:get_child_text "nothing")
        assert.equal("", stanza:get_child_text "subject")
        assert.is_nil(stanza:get_text())
        assert.equal("abc", st.stanza("t"):text("a"):text("b"):text("c"):get_text())
        assert.equal("12", st.clone({ name = "t", 1, 2 }):get_text())
        assert.equal("1", st.clone({ name = "t", 1 }):get_text())
    end)

    it("get_child_attr and get_child_with_attr look at attributes", function()
        assert.equal("en", stanza:get_child_attr("subject", nil, "xml:lang"))
        assert.equal("v", stanza:get_child_attr("x", "urn:b", "urn:c\1n"))
        assert.is_nil(stanza:get_child_attr("nothing", nil, "id"))
        local x = stanza:get_child("x", "urn:a")
        assert.equal("two", x:get_child_with_attr("item", nil, "id", "2"):get_text())
        assert.equal("one", x:get_child_with_attr("item", "urn:a", "role", "VISITOR", function(role) return role and role:upper() end):get_text())
        assert.is_nil(x:get_child_with_attr("item", nil, "id", "3"))
    end)

    it("child_with_name and child_with_ns look at one thing only", function()
        assert.equal(stanza[4], stanza:child_with_name "x")
        assert.equal(stanza[6], stanza:child_with_ns "urn:xhtml")
        assert.is_nil(stanza:child_with_name "nothing")
        assert.is_nil(stanza:child_with_ns "urn:nothing")
    end)

    it("children are elements and texts; childtags are elements that match", function()
        assert.equal("body ' \n ' subject x x body", names(stanza:children()))
        assert.equal("body subject", names(stanza:childtags()))
        assert.equal("x x", names(stanza:childtags("x", "urn:a")) .. " " .. names(stanza:childtags("x", "urn:b")))
        assert.equal("item item", names(stanza:get_child("x", "urn:a"):matching_tags "item"))
        assert.equal("", names(stanza:childtags "nothing"))
        local done = stanza:childtags "nothing"
        assert.is_nil(done())
        assert.is_nil(done())
    end)

    describe("find", function()
        local PATHS = {
            { "body#", "hello" },
            { "body", function(s) return s[1] end },
            { "@from", "romeo@example.net/orchard" },
            { "@nothing", nil },
            { "subject@xml:lang", "en" },
            { "subject/@xml:lang", "en" },
            { "{urn:a}x/item#", "one" },
            { "{urn:a}x/item@role", "visitor" },
            { "{urn:a}x/item/", function(s) return s[4][1] end },
            { "{urn:a}x/{urn:b}deep/er#", "bottom" },
            { "{urn:a}x/{urn:b}/er#", "bottom" },
            { "{urn:a}", function(s) return s[4] end },
            { "{urn:b}x@urn:c\1n", "v" },
            { "{urn:a}x/deep/er#", nil },
            { "{urn:xhtml}body#", nil },
            { "x/item#", nil },
            { "nothing/at/all@id", nil },
            { "", function(s) return s[1] end },
            { "#", "hello" },
        }
        for _, case in ipairs(PATHS) do
            it("follows " .. case[1], function()
                local want = case[2]
                if type(want) == "function" then want = want(stanza) end
                for _ = 1, 2 do assert.equal(want, stanza:find(case[1])) end
            end)
        end

        it("follows paths that are made up, without keeping them", function()
            for i = 1, 1000 do assert.is_nil(stanza:find("{urn:a}x/item" .. i .. "#")) end
            collectgarbage()
            assert.equal("one", stanza:find "{urn:a}x/item#")
        end)

        it("refuses what is no path, at the caller's line", function()
            for _, path in ipairs { "{urn:a", "a/{}b", 5, false } do
                local ok, err = pcall(function() local _ = stanza:find(path) end)
                assert.is_false(ok)
                assert.matches("read_spec%.lua:%d+: bad path", err)
            end
        end)
    end)

    describe("get_error", function()
        local function failed(...) return st.deserialize { name = "iq", attr = { type = "error" }, { name = "error", attr = { type = "cancel" }, ... } } end

        it("gives type, condition, text and the application's element", function()
            local kind, condition, text, extra = failed(
                { name = "gone", attr = { xmlns = STANZAS }, "xmpp:x" },
                { name = "text", attr = { xmlns = STANZAS, ["xml:lang"] = "en" }, "moved" },
                { name = "own", attr = { xmlns = "urn:example" } }
            ):get_error()
            assert.same({ "cancel", "gone", "moved", "own" }, { kind, condition, text, extra.name })
        end)

        it("finds them in any order", function()
            local kind, condition, text, extra = failed(
                { name = "own", attr = { xmlns = "urn:example" } },
                { name = "text", attr = { xmlns = STANZAS }, "moved" },
                "white space",
                { name = "gone", attr = { xmlns = STANZAS } }
            ):get_error()
            assert.same({ "cancel", "gone", "moved", "own" }, { kind, condition, text, extra.name })
        end)

        it("lives with less", function()
            assert.same({ "cancel", "undefined-condition" }, { failed():get_error() })
            assert.equal(4, select("#", st.message():get_error()))
            assert.is_nil((st.message():get_error()))
        end)
    end)
end)
