-- SPDX-License-Identifier: MIT
-- store: the form of a value on disk gives back what was put in, and only what it can read itself.
local codec = require "couplet.core.codec"
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

    it("is written in a form that stays", function()
        assert.equal("\1{s\1\0\0\0ai\xFE" .. ("\xFF"):rep(7) .. "}", store.encode { a = -2 })
        assert.equal("\1d" .. string.pack("<d", 0.1), store.encode(0.1))
        for _, value in ipairs { 1 << 40, "x", ("y"):rep(300) } do
            local form = math.type(value) and "i" .. string.pack("<i8", value) or "s" .. string.pack("<s4", value)
            assert.equal("\1" .. form, store.encode(value))
        end
    end)

    it("is refused when it cannot be kept", function()
        local endless = {}
        endless.again = endless
        for _, value in ipairs { print, endless, { print }, { [print] = 1 }, coroutine.create(print) } do
            assert.has_error(function() store.encode(value) end)
        end
        assert.has_error(function() store.encode(nil) end)
    end)
end)

describe("what is plain", function()
    it("is packed as it is, however long; what has to be looked at is not", function()
        local long = { text = ("x"):rep(5000), list = { 1, 2, { deep = ("y"):rep(3000) } } }
        for _, value in ipairs { 1, "x", true, {}, { a = { 1, 2 } }, long } do
            assert.same(value, codec.unpack(codec.pack_plain(value)))
            assert.equal(codec.pack(value), codec.pack_plain(value))
        end
        local deep = {}
        for _ = 1, 32 do deep = { deep } end
        for _, value in ipairs { print, setmetatable({}, {}), { setmetatable({}, {}) }, { print }, { [{}] = 1 }, deep } do
            assert.is_nil((codec.pack_plain(value)))
        end
        assert.is_string(codec.pack_plain(deep[1]))
    end)

    it("is not packed when a finalizer changes it meanwhile", function()
        for _, pack in ipairs { codec.pack, codec.pack_plain } do
            local value = { ("x"):rep(5000) }
            collectgarbage "generational" -- each step is a whole one
            collectgarbage()
            collectgarbage "stop"
            setmetatable({}, { __gc = function() value[2] = ("y"):rep(1000000) end })
            collectgarbage "restart"
            local ok, why = pcall(pack, value)
            collectgarbage "incremental"
            assert.is_false(ok)
            assert.matches("changed meanwhile", why)
            assert.equal(5000 + 1000000, #value[1] + #value[2])
            assert.same(value, codec.unpack(pack(value)))
        end
    end)
end)

describe("a copy", function()
    it("has all, and shares nothing", function()
        local value = { 1, 2, "three", { a = { false } }, x = { y = 1.5 }, [2.5] = true, [true] = 0 }
        local copy = codec.copy(value)
        assert.same(value, copy)
        assert.are_not.equal(value[4].a, copy[4].a)
        assert.are_not.equal(value.x, copy.x)
    end)

    it("is not made of what has to be looked at", function()
        local deep = {}
        for _ = 1, 32 do deep = { deep } end
        for _, value in ipairs { 1, "x", setmetatable({}, {}), { setmetatable({}, {}) }, { print }, { [{}] = 1 }, deep } do
            assert.is_nil((codec.copy(value)))
        end
        assert.is_table(codec.copy(deep[1]))
    end)
end)
