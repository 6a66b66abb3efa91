-- SPDX-License-Identifier: MIT
local errors = require "couplet.errors"
local st = require "couplet.stanza"

local STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"

local function failed(report, from)
    return { name = "iq", attr = { type = "error", from = from, id = "1" }, { name = "ping", attr = { xmlns = "urn:xmpp:ping" } }, report }
end

describe("couplet.errors", function()
    it("knows the defined conditions and the type of each", function()
        local count = 0
        for condition, kind in pairs(errors.types) do
            count = count + 1
            assert.equal(kind, errors.new(condition).type)
        end
        assert.equal(22, count) -- RFC 6120 8.3.3
        assert.equal("auth", errors.types.forbidden)
        assert.equal("wait", errors.types["remote-server-timeout"])
        assert.equal("modify", errors.types["bad-request"])
        assert.equal("cancel", errors.types["item-not-found"])
    end)

    it("makes errors", function()
        local err = errors.new("policy-violation", "slow down", { type = "wait", by = "example.org" })
        assert.is_true(errors.is_error(err))
        assert.is_false(errors.is_error { type = "wait", condition = "policy-violation" })
        assert.is_false(errors.is_error "policy-violation")
        assert.same({ type = "wait", condition = "policy-violation", text = "slow down", by = "example.org" }, setmetatable(err, nil))
    end)

    it("refuses conditions and types that are not defined, at the caller's line", function()
        for _, make in ipairs {
            function() local _ = errors.new "no-such-thing" end,
            function() local _ = errors.new(nil) end,
            function() local _ = errors.new("forbidden", nil, { type = "fatal" }) end,
            function() local _ = errors.new("forbidden", 5) end,
        } do
            local ok, err = pcall(make)
            assert.is_false(ok)
            assert.matches("errors_spec%.lua:%d+:", err)
        end
    end)

    it("reads well in a text", function()
        local err = errors.new("item-not-found", "no such room")
        assert.equal("item-not-found: no such room", tostring(err))
        assert.equal("conflict", tostring(errors.new "conflict"))
        assert.equal("the disk is gone", tostring(errors.new("undefined-condition", "the disk is gone")))
        assert.equal("failed: item-not-found: no such room!", "failed: " .. err .. "!")
    end)

    describe("from_stanza", function()
        it("reads what the peer said", function()
            local custom = { name = "too-many", attr = { xmlns = "urn:example" } }
            local err = errors.from_stanza(failed({
                name = "error", attr = { type = "wait", by = "room@example.org" },
                { name = "policy-violation", attr = { xmlns = STANZAS } },
                { name = "text", attr = { xmlns = STANZAS }, "slow down" },
                custom,
            }, "example.org"))
            assert.is_true(errors.is_error(err))
            assert.equal("wait", err.type)
            assert.equal("policy-violation", err.condition)
            assert.equal("slow down", err.text)
            assert.equal("room@example.org", err.by)
            assert.equal("too-many", err.extra.tag.name)
        end)

        it("takes the sender for who says so, and finds a type", function()
            local err = errors.from_stanza(failed({ name = "error", { name = "forbidden", attr = { xmlns = STANZAS } } }, "example.org"))
            assert.equal("example.org", err.by)
            assert.equal("auth", err.type)
            assert.is_nil(err.text)
            assert.is_nil(err.extra)
        end)

        it("reads the new address", function()
            local err = errors.from_stanza(failed { name = "error", { name = "gone", attr = { xmlns = STANZAS }, "xmpp:new@example.org" } })
            assert.equal("xmpp:new@example.org", err.extra.uri)
            assert.is_nil(errors.from_stanza(failed { name = "error", { name = "gone", attr = { xmlns = STANZAS } } }).extra)
        end)

        it("lives with a report that is missing or makes no sense", function()
            for _, report in ipairs {
                { name = "error" },
                { name = "error", attr = { type = "fatal" }, "text only" },
                { name = "other" },
            } do
                local err = errors.from_stanza(failed(report))
                assert.equal("undefined-condition", err.condition)
                assert.equal("cancel", err.type)
            end
            assert.equal("undefined-condition", errors.from_stanza({ name = "message", attr = { type = "error" } }).condition)
        end)

        it("gives nil for what is no error", function()
            assert.is_nil(errors.from_stanza(st.message({ type = "chat" }, "hello")))
            assert.is_nil(errors.from_stanza { name = "presence" })
        end)
    end)

    it("goes to a stanza and back", function()
        local request = st.iq { type = "get", id = "7", from = "a@example.org", to = "b@example.org" }
        local before = errors.new("redirect", "moved", {
            by = "example.org",
            extra = { uri = "xmpp:c@example.org", tag = st.stanza("here", { xmlns = "urn:example" }) },
        })
        local answer = errors.to_stanza(before, request)
        assert.same({ type = "error", id = "7", from = "b@example.org", to = "a@example.org" }, answer.attr)
        local after = errors.from_stanza(answer)
        assert.same(before, after)
    end)
end)
