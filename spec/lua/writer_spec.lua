-- SPDX-License-Identifier: MIT
-- The two writers agree: what Lua's tostring refuses the runtime's writer refuses too, with the same path, and what one writes
-- the other writes. Under plain Lua there is only one, so this runs with `couplet lua`.
local stanza = require "couplet.stanza"

local ok, core = pcall(require, "couplet.core.stanza")

local function literal(attr, ...) return { name = "message", attr = attr, ... } end

local GOOD = {
    literal({ to = "a@b" }, { name = "body", "x < y & z" }),
    literal({ ["xml:lang"] = "en" }, { name = "x", attr = { xmlns = "urn:x" }, { name = "y" }, "text", 5 }),
    literal({ ["urn:a\1b"] = "c" }),
    literal({}, { name = "x", attr = { xmlns = "urn:x", n = 1 }, { name = "z", attr = { xmlns = "urn:x" } } }),
    literal({ id = "'\"<>&\n\t" }, "tab\t and \r"),
}

local BAD = {
    literal({ to = "\1" }),
    literal({ ["a b"] = "x" }),
    literal({ ["\1name"] = "x" }),
    literal({ ["http://www.w3.org/2000/xmlns/\1x"] = "x" }),
    literal({ to = true }),
    literal({ [1] = "x" }),
    literal({ xmlns = 5 }),
    literal({}, { name = "x", attr = { xmlns = "http://www.w3.org/XML/1998/namespace" } }),
    literal({}, { name = "x", attr = { xmlns = "a\0b" } }),
    literal({}, { name = "body", "\xff" }),
    literal({}, { name = "body", "\u{fffe}" }),
    literal({}, { name = "a:b" }),
    literal({}, { name = "" }),
    literal({}, { attr = {} }),
    literal({}, true),
    literal({}, { name = "body", { name = "deep", "\0" } }),
    literal("attr"),
}

describe("the writers", function()
    if not ok then
        pending "need the runtime: couplet lua $(command -v busted) spec/lua"
        return
    end

    local function in_lua(value)
        return pcall(function() return tostring(stanza.clone(value)) end)
    end

    it("write the same trees", function()
        for _, value in ipairs(GOOD) do
            local text, err = core.write(value)
            assert.is_string(text, err)
            assert.same(stanza.preserialize(core.parse(text)), stanza.preserialize(core.parse(select(2, in_lua(value)))))
        end
    end)

    it("write the attributes in the order of their names", function()
        local names, attr, want = {}, {}, {}
        for i = 1, 32 do names[i] = ("a%02d"):format(i) end
        for _, name in ipairs(names) do want[#want + 1] = (" %s='%s'"):format(name, name:upper()) end
        for i = 32, 1, -1 do attr[names[i]] = names[i]:upper() end
        assert.equal("<message" .. table.concat(want) .. "/>", core.write(literal(attr)))
        assert.equal(core.write(literal { ["urn:a\1b"] = "1", ["urn:c\1d"] = "2" }), core.write(literal { ["urn:c\1d"] = "2", ["urn:a\1b"] = "1" }))
        attr.b, attr.a = "B", 1 -- more than are sorted: they are all there
        local back = core.parse(core.write(literal(attr))).attr
        for name, value in pairs(attr) do assert.equal(tostring(value), back[name]) end
    end)

    it("refuse the same trees", function()
        for i, value in ipairs(BAD) do
            local text, err = core.write(value)
            assert.is_nil(text, "number " .. i .. " was written: " .. tostring(text))
            assert.is_string(err)
            assert.is_false((in_lua(value)), "number " .. i .. " was written by Lua")
        end
    end)

    it("name the path", function()
        local _, err = core.write(literal({}, { name = "body", { name = "deep", "\0" } }))
        assert.matches("^message/body/deep: ", err)
    end)

    it("write xml:lang however it is named", function()
        local text = core.write(literal { ["http://www.w3.org/XML/1998/namespace\1lang"] = "de" })
        assert.equal("<message xml:lang='de'/>", text)
    end)
end)
