-- SPDX-License-Identifier: MIT
-- store: the form of a value on disk gives back what was put in, and only what it can read itself.
local store = require "couplet.store"

describe("a value on disk", function()
    it("comes back as it was", function()
        local deep = { 1, 2.5, "three\0\1}", { [7] = true, no = false, [""] = {} } }
        for _, value in ipairs { 0, math.mininteger, 1.0, -0.5, math.huge, "", "{", true, false, {}, deep } do
            local back = store.decode(store.encode(value))
            assert.same(value, back)
            assert.equal(math.type(value), math.type(back))
        end
    end)

    it("is refused when it is of another version, cut or noise", function()
        local whole = store.encode { a = { "b", 12 } }
        for len = 0, #whole - 1 do assert.has_error(function() store.decode(whole:sub(1, len)) end) end
        assert.has_error(function() store.decode("\2" .. whole:sub(2)) end)
        assert.has_error(function() store.decode "\1x" end)
    end)
end)
