-- SPDX-License-Identifier: MIT
-- Under `couplet lua` addresses are prepared by the runtime; in a plain Lua by a stand-in that knows ASCII only.
local has_core = pcall(require, "couplet.core.jid")
local jid

local function prep_ascii(node, host, resource)
    if node and node:find "[%s\"&'/:<>@]" then return nil, "a node may not have these" end
    if host == "" or host:find "[%s@]" then return nil, "the domain is not one" end
    return node and node:lower(), host:lower(), resource
end

local function triple(...)
    local node, host, resource = ...
    return { node or false, host or false, resource or false }
end

local NOBODY = { false, false, false }

describe("couplet.jid", function()
    setup(function()
        if not has_core then package.preload["couplet.core.jid"] = function() return { prep = prep_ascii } end end
        jid = require "couplet.jid"
    end)

    teardown(function()
        if has_core then return end
        package.preload["couplet.core.jid"], package.loaded["couplet.core.jid"] = nil, nil
    end)

    local ADDRESSES = {
        ["example.org"] = { false, "example.org", false },
        ["romeo@example.org"] = { "romeo", "example.org", false },
        ["romeo@example.org/orchard"] = { "romeo", "example.org", "orchard" },
        ["example.org/orchard"] = { false, "example.org", "orchard" },
        ["example.org/a@b"] = { false, "example.org", "a@b" }, -- RFC 7622 3.2: "/" first
        ["example.org/a/b"] = { false, "example.org", "a/b" },
        ["romeo@example.org/a@b/c"] = { "romeo", "example.org", "a@b/c" },
        ["romeo@example.org/ leading"] = { "romeo", "example.org", " leading" }, -- erratum 4560
        ["romeo@example.org//"] = { "romeo", "example.org", "/" },
        ["[::1]/x"] = { false, "[::1]", "x" },
        ["romeo@[2001:db8::1]"] = { "romeo", "[2001:db8::1]", false },
    }
    local NO_ADDRESSES = { "", "@", "/", "@example.org", "romeo@", "romeo@/x", "/x", "example.org/", "romeo@example.org/", "a@b@c", "a@@b", "@/" }

    describe("split and join", function()
        for address, parts in pairs(ADDRESSES) do
            it("take apart and put together " .. address, function()
                assert.same(parts, triple(jid.split(address)))
                assert.equal(address, jid.join(jid.split(address)))
            end)
        end

        for _, address in ipairs(NO_ADDRESSES) do
            it(("refuse %q"):format(address), function()
                assert.same(NOBODY, triple(jid.split(address)))
                assert.is_nil(jid.join(jid.split(address)))
            end)
        end

        it("answer nil with nil", function()
            assert.same(NOBODY, triple(jid.split(nil)))
            assert.is_nil(jid.join("romeo", nil, "orchard"))
        end)
    end)

    it("gives single parts", function()
        local full = "romeo@example.org/orchard"
        assert.equal("romeo", jid.node(full))
        assert.equal("example.org", jid.host(full))
        assert.equal("orchard", jid.resource(full))
        assert.equal("romeo@example.org", jid.bare(full))
        assert.equal("example.org", jid.bare "example.org/x")
        assert.equal(1, select("#", jid.node(full)))
        for _, part in ipairs { "node", "host", "resource", "bare" } do
            assert.is_nil(jid[part] "@")
            assert.is_nil(jid[part](nil))
        end
    end)

    describe("prep", function()
        it("prepares", function()
            assert.equal("romeo@example.org/Orchard", jid.prep "Romeo@EXAMPLE.org/Orchard")
            assert.same({ "romeo", "example.org", "Orchard" }, triple(jid.prepped_split "ROMEO@Example.Org/Orchard"))
            assert.same({ false, "example.org", false }, triple(jid.prepped_split "EXAMPLE.org"))
        end)

        it("strips one final dot of the domain", function()
            assert.equal("romeo@example.org/x", jid.prep "romeo@example.org./x")
            assert.is_nil(jid.prep "romeo@.")
            assert.is_nil(jid.prep "romeo@example.org..")
        end)

        it("refuses what is no address, and never takes the reason for a host", function()
            for _, address in ipairs { "a b@example.org", "a'b@example.org", "a:b@example.org", "@", "ro\0meo@example.org", "example.org/\0" } do
                assert.same(NOBODY, triple(jid.prepped_split(address)))
                assert.is_nil(jid.prep(address))
            end
            assert.is_nil(jid.prep(nil))
        end)

        if has_core then
            it("knows Unicode and lengths, as servers do", function()
                assert.equal("élodie@example.org", jid.prep "ÉLODIE@example.org")
                assert.equal("strasse@example.org", jid.prep "Straße@example.org")
                local longest = ("a"):rep(1023)
                assert.equal(longest .. "@example.org", jid.prep(longest .. "@example.org"))
                assert.is_nil(jid.prep(longest .. "a@example.org"))
                assert.is_nil(jid.prep("romeo@example.org/" .. longest .. "a"))
                assert.is_nil(jid.prep "\xFF@example.org")
            end)
        end
    end)

    describe("compare", function()
        it("takes what a rule leaves out for anything", function()
            assert.is_true(jid.compare("romeo@example.org/orchard", "romeo@example.org/orchard"))
            assert.is_true(jid.compare("romeo@example.org/orchard", "romeo@example.org"))
            assert.is_true(jid.compare("romeo@example.org/orchard", "example.org"))
            assert.is_true(jid.compare("romeo@example.org/orchard", "example.org/orchard"))
        end)

        it("does not take more", function()
            assert.is_false(jid.compare("romeo@example.org/orchard", "romeo@example.org/garden"))
            assert.is_false(jid.compare("romeo@example.org", "romeo@example.org/orchard"))
            assert.is_false(jid.compare("example.org", "romeo@example.org"))
            assert.is_false(jid.compare("romeo@example.org.evil", "romeo@example.org"))
            assert.is_false(jid.compare("romeo@evil/romeo@example.org", "romeo@example.org"))
        end)

        it("lets nobody in by a rule or address that is none", function()
            for _, rule in ipairs { "", "@", "a@b@c", "example.org/" } do
                assert.is_false(jid.compare("romeo@example.org", rule))
                assert.is_false(jid.compare(rule, rule))
            end
            assert.is_false(jid.compare("romeo@example.org", nil))
            assert.is_false(jid.compare(nil, "example.org"))
            assert.is_false(jid.compare(nil, nil))
        end)
    end)

    describe("escape and unescape", function()
        local PAIRS = { -- XEP-0106 5.1, 5.2, 4.2, 4.3
            ["space cadet"] = [[space\20cadet]],
            [ [[call me "ishmael"]] ] = [[call\20me\20\22ishmael\22]],
            ["at&t guy"] = [[at\26t\20guy]],
            ["d'artagnan"] = [[d\27artagnan]],
            ["/.fanboy"] = [[\2f.fanboy]],
            ["::foo::"] = [[\3a\3afoo\3a\3a]],
            ["<foo>"] = [[\3cfoo\3e]],
            ["user@host"] = [[user\40host]],
            [ [[c:\net]] ] = [[c\3a\net]],
            [ [[c:\\net]] ] = [[c\3a\\net]],
            [ [[c:\cool stuff]] ] = [[c\3a\cool\20stuff]],
            [ [[c:\5commas]] ] = [[c\3a\5c5commas]],
            ["here's_a_wild_&_/cr%zy/_address"] = [[here\27s_a_wild_\26_\2fcr%zy\2f_address]],
            [ [[\3and\2is\5cool]] ] = [[\5c3and\2is\5c5cool]],
            [ [[\2plus\2is\4]] ] = [[\2plus\2is\4]],
            [ [[foo\bar]] ] = [[foo\bar]],
            [ [[foob\41r]] ] = [[foob\41r]],
            [ [[\5c\5c]] ] = [[\5c5c\5c5c]],
            [ [[\2F]] ] = [[\2F]], -- case is significant (3.1)
            [""] = "",
        }
        for text, node in pairs(PAIRS) do
            it("change " .. text, function()
                assert.equal(node, jid.escape(text))
                assert.equal(text, jid.unescape(node))
                assert.equal(1, select("#", jid.escape(text)))
                assert.equal(1, select("#", jid.unescape(node)))
            end)
        end

        it("refuse a blank at either end, which an escaped node must not have", function()
            for _, text in ipairs { " a", "a ", " " } do
                local node, err = jid.escape(text)
                assert.is_nil(node)
                assert.is_string(err)
            end
        end)

        it("answer nil with nil", function()
            assert.is_nil(jid.escape(nil))
            assert.is_nil(jid.unescape(nil))
        end)
    end)
end)
