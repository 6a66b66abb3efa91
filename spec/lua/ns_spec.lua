-- SPDX-License-Identifier: MIT
local ns = require "couplet.ns"

describe("couplet.ns", function()
    it("names namespaces", function()
        assert.equal("jabber:client", ns.client)
        assert.equal("urn:ietf:params:xml:ns:xmpp-stanzas", ns.stanzas)
    end)

    it("finds the namespaces of extensions", function()
        assert.equal("http://jabber.org/protocol/caps", ns.caps)
        assert.is_nil(rawget(ns, "caps"))
    end)

    it("refuses a name it does not know, for nil would match another element", function()
        local ok, err = pcall(function() return ns.verison end)
        assert.is_false(ok)
        assert.matches("ns_spec%.lua:%d+: .*verison", err)
    end)

    it("gives no namespace two names", function()
        local seen = {}
        for _, list in ipairs { ns, require "couplet.xep.ns" } do
            for name, uri in pairs(list) do
                assert.is_nil(seen[uri], name .. " is " .. tostring(seen[uri]))
                seen[uri] = name
            end
        end
    end)
end)
