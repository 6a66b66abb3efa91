-- SPDX-License-Identifier: MIT
local errors = require "couplet.errors"
local st = require "couplet.stanza"

local STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"

local function misuse(f, pattern)
    local ok, err = pcall(f)
    assert.is_false(ok)
    assert.matches("stanza_spec%.lua:%d+: .*" .. (pattern or ""), err)
end

-- A table that contains itself.
local function endless()
    local loop = { name = "a", attr = {} }
    loop[1] = loop
    return loop
end

describe("couplet.stanza", function()
    it("makes stanzas", function()
        assert.equal("<x/>", tostring(st.stanza "x"))
        assert.equal("<x a='1'/>", tostring(st.stanza("x", { a = "1" })))
        assert.equal("<message/>", tostring(st.message()))
        assert.equal("<message><body>hi</body></message>", tostring(st.message(nil, "hi")))
        assert.equal("<message to='a'><body>hi</body></message>", tostring(st.message({ to = "a" }, "hi")))
        assert.equal("<presence/>", tostring(st.presence()))
        assert.equal("<presence type='away'/>", tostring(st.presence { type = "away" }))
        assert.is_true(st.message({}, "hi"):at_top())
    end)

    it("refuses what could not be written, at the caller's line", function()
        misuse(function() local _ = st.stanza "" end, "bad name")
        misuse(function() local _ = st.stanza() end, "bad name")
        misuse(function() local _ = st.stanza("stream:features") end, "bad name")
        misuse(function() local _ = st.stanza("a", { b = "\0" }) end, "bad attributes of <a>")
        misuse(function() local _ = st.message { to = 5 } end, "bad attributes of <message>")
        misuse(function() local _ = st.message({}, "\1") end, "bad body: byte 0x01")
        misuse(function() local _ = st.message({}, 5) end, "bad body: expected a string")
        misuse(function() local _ = st.presence "x" end, "bad attributes of <presence>")
    end)

    describe("iq", function()
        it("keeps the id it is given", function()
            local attr = { type = "get", id = "7" }
            assert.equal("<iq id='7' type='get'/>", tostring(st.iq(attr)))
            assert.equal("<iq id='7' type='result'/>", tostring(st.iq { type = "result", id = "7" }))
        end)

        it("makes another id for each request that has none, and leaves the given table alone", function()
            local attr = { type = "set", to = "a" }
            local one, two = st.iq(attr), st.iq(attr)
            assert.is_true(#one.attr.id >= 16)
            assert.not_equal(one.attr.id, two.attr.id)
            assert.same({ type = "set", to = "a" }, attr)
            assert.equal("a", one.attr.to)
        end)

        it("needs a type, and an answer the id of its request", function()
            misuse(function() local _ = st.iq() end, "type")
            misuse(function() local _ = st.iq { id = "7" } end, "type")
            misuse(function() local _ = st.iq { type = "result" } end, "id")
            misuse(function() local _ = st.iq { type = "error" } end, "id")
        end)
    end)

    it("knows its stanzas", function()
        assert.is_true(st.is_stanza(st.message()))
        assert.is_true(st.is_stanza(st.message({}, "hi"):get_child "body"))
        for _, value in ipairs { "message", 5, true, { name = "message", attr = {} } } do assert.is_false(st.is_stanza(value)) end
        assert.is_false(st.is_stanza(nil))
    end)

    describe("clone", function()
        it("shares nothing", function()
            local before = st.message({ to = "a" }, "hi"):tag("x"):text("t")
            local after = st.clone(before)
            assert.same(before, after)
            assert.equal(tostring(before), tostring(after))
            after.attr.to = "b"
            after:get_child("body")[1] = "changed"
            after:text "at the top"
            assert.equal("<message to='a'><body>hi</body><x>t</x></message>", tostring(before))
        end)

        it("can leave the children", function()
            assert.equal("<message to='a'/>", tostring(st.clone(st.message({ to = "a" }, "hi"), true)))
        end)

        it("takes literals", function()
            local after = st.clone { name = "a", { name = "b", attr = { x = "1" } }, "t" }
            assert.equal("<a><b x='1'/>t</a>", tostring(after))
            assert.is_true(st.is_stanza(after[1]))
        end)

        it("refuses what is none", function()
            misuse(function() local _ = st.clone "text" end, "bad argument to clone: expected a stanza, got a string")
            misuse(function() local _ = st.clone(nil) end)
            misuse(function() local _ = st.clone {} end)
            misuse(function() local _ = st.clone(endless()) end, "nested deeper")
        end)
    end)

    describe("reply", function()
        it("turns the addresses round", function()
            local answer = st.reply(st.iq { type = "get", id = "7", from = "a", to = "b" })
            assert.equal("<iq from='b' id='7' to='a' type='result'/>", tostring(answer))
            assert.equal("<message from='b' to='a' type='chat'/>", tostring(st.reply { name = "message", attr = { from = "a", to = "b", type = "chat" } }))
            assert.equal("<message/>", tostring(st.reply { name = "message" }))
        end)

        it("refuses what is no stanza", function()
            misuse(function() local _ = st.reply(nil) end, "bad argument to reply")
        end)
    end)

    describe("error_reply", function()
        local request
        before_each(function() request = st.iq { type = "get", id = "7", from = "a", to = "b" } end)

        it("says type, condition, text and by whom", function()
            assert.equal("<iq from='b' id='7' to='a' type='error'><error by='c' type='cancel'><item-not-found xmlns='" .. STANZAS
                .. "'/><text xmlns='" .. STANZAS .. "'>no such thing</text></error></iq>",
                tostring(st.error_reply(request, "cancel", "item-not-found", "no such thing", "c")))
        end)

        it("does not repeat who it is from", function()
            assert.is_nil(st.error_reply(request, "cancel", "conflict", nil, "b"):get_child_attr("error", nil, "by"))
        end)

        it("finds the type that belongs to the condition", function()
            assert.equal("auth", st.error_reply(request, nil, "forbidden"):get_child_attr("error", nil, "type"))
            assert.equal("cancel", st.error_reply(request, nil, "of-my-own"):get_child_attr("error", nil, "type"))
        end)

        it("is ready for more", function()
            local answer = st.error_reply(request, "modify", "bad-request"):tag("own", { xmlns = "urn:x" })
            local _, _, _, extra = answer:get_error()
            assert.equal("own", extra.name)
        end)

        it("takes an error of couplet.errors, or a table like it", function()
            local err = errors.new("policy-violation", "slow down", { by = "c", extra = { namespace = "urn:x", condition = "too-many" } })
            local answer = st.error_reply(request, err)
            assert.equal("c", answer:get_child_attr("error", nil, "by"))
            local kind, condition, text, extra = answer:get_error()
            assert.same({ "modify", "policy-violation", "slow down", "too-many" }, { kind, condition, text, extra.name })
            kind, condition = st.error_reply(request, { text = "?" }):get_error()
            assert.same({ "cancel", "undefined-condition" }, { kind, condition })
            assert.equal("d", st.error_reply(request, { condition = "conflict", context = { by = "d" } }):get_child_attr("error", nil, "by"))
        end)

        it("says the new address", function()
            local err = errors.new("gone", nil, { extra = { uri = "xmpp:c" } })
            assert.equal("xmpp:c", st.error_reply(request, err):get_child("error"):get_child_text("gone", STANZAS))
        end)

        it("never answers an error, and needs a condition", function()
            misuse(function() local _ = st.error_reply({ name = "message", attr = { type = "error" } }, "cancel", "conflict") end, "must not be answered")
            misuse(function() local _ = st.error_reply(request, "cancel") end, "no condition")
            misuse(function() local _ = st.error_reply(request, "cancel", "no <such>") end, "no condition")
            misuse(function() local _ = st.error_reply(request, "cancel", "conflict", "\1") end, "text")
            misuse(function() local _ = st.error_reply(nil, "cancel", "conflict") end, "expected a stanza")
        end)
    end)

    describe("preserialize and deserialize", function()
        it("go to plain tables and back", function()
            local before = st.message({ to = "a", ["urn:x\1y"] = "z" }, "hi"):tag("x", { xmlns = "urn:x" }):text("t")
            local plain = st.preserialize(before)
            assert.same({
                name = "message", attr = { to = "a", ["urn:x\1y"] = "z" },
                { name = "body", attr = {}, "hi" },
                { name = "x", attr = { xmlns = "urn:x" }, "t" },
            }, plain)
            assert.is_nil(getmetatable(plain))
            assert.is_nil(getmetatable(plain[1]))
            assert.not_equal(before.attr, plain.attr)
            local after = st.deserialize(plain)
            assert.equal(tostring(before), tostring(after))
            assert.is_true(st.is_stanza(after[2]))
            assert.not_equal(plain[2], after[2])
        end)

        it("take literals, and | for the separator that some formats cannot hold", function()
            local after = st.deserialize { name = "a", attr = { ["urn:x|y"] = "z" }, { name = "b" } }
            assert.equal("z", after.attr["urn:x\1y"])
            assert.is_true(st.is_stanza(after[1]))
            assert.same({ name = "a", attr = {} }, st.preserialize { name = "a" })
        end)

        it("give nothing for nothing, and refuse what is no stanza", function()
            assert.is_nil(st.deserialize(nil))
            misuse(function() local _ = st.deserialize { attr = {} } end, "expected a stanza")
            misuse(function() local _ = st.deserialize { name = "a", { name = "b c" } } end, "bad name")
            misuse(function() local _ = st.deserialize(endless()) end, "nested deeper")
            misuse(function() local _ = st.preserialize(endless()) end, "nested deeper")
            misuse(function() local _ = st.preserialize "a" end, "expected a stanza")
        end)
    end)

    it("escapes for XML", function()
        assert.equal("&lt;&amp;&gt;&apos;&quot;", st.xml_escape "<&>'\"")
    end)
end)
