-- SPDX-License-Identifier: MIT
local st = require "couplet.stanza"

local function keys(element)
    local found = {}
    for key in pairs(element) do found[#found + 1] = tostring(key) end
    table.sort(found)
    return table.concat(found, " ")
end

describe("a stanza", function()
    it("is a plain table, of which nothing is hidden", function()
        local stanza = st.message({ to = "romeo@example.org" }, "hello"):tag("x"):tag("y"):text("z")
        assert.equal("1 2 attr name", keys(stanza))
        assert.equal("message", rawget(stanza, "name"))
        assert.equal("romeo@example.org", rawget(stanza, "attr").to)
        assert.equal("hello", stanza[1][1])
        assert.equal("1 attr name", keys(stanza[2]))
    end)

    it("derives tags", function()
        local stanza = st.stanza("a"):text_tag("b", "1"):text("between"):text_tag("c", "2")
        assert.equal(2, #stanza.tags)
        assert.equal(stanza[3], stanza.tags[2])
        table.remove(stanza, 1)
        assert.equal(1, #stanza.tags)
        assert.equal("c", stanza.tags[1].name)
        stanza.tags[1] = nil
        assert.equal(1, #stanza.tags)
        assert.is_nil(rawget(stanza, "tags"))
    end)

    it("does not let tags be assigned", function()
        local stanza = st.stanza "a"
        local ok, err = pcall(function() stanza.tags = {} end)
        assert.is_false(ok)
        assert.matches("shape_spec%.lua:%d+: 'tags'", err)
        assert.has_error(function() st.stanza("a"):add_child { name = "b", tags = {} } end)
    end)

    it("can be changed like any table", function()
        local stanza = st.stanza "a"
        stanza[1] = { name = "b", "text" }
        stanza[#stanza + 1] = "more"
        stanza.name = "c"
        stanza.attr.x = "1"
        assert.equal("<c x='1'><b>text</b>more</c>", tostring(stanza))
    end)

    it("always has attributes to read", function()
        local stanza = st.clone { name = "a", { name = "b" } }
        stanza[1] = { name = "b", { name = "c" } }
        assert.is_nil(stanza.attr.from)
        assert.is_nil(stanza:get_child("b").attr.from)
        assert.is_nil(stanza:find("b/c").attr.from)
        assert.is_nil(setmetatable({ name = "x" }, st.stanza_mt).attr.from)
    end)

    it("gives literals inside the metatable when it hands them out", function()
        local function fresh() return setmetatable({ name = "a", { name = "b", "text", { name = "c" } } }, st.stanza_mt) end
        local ways = {
            get_child = function(a) return a:get_child "b" end,
            tags = function(a) return a.tags[1] end,
            child_with_name = function(a) return a:child_with_name "b" end,
            child_with_ns = function(a) return a:child_with_ns(nil) end,
            find = function(a) return a:find "b" end,
            children = function(a) return a:children()() end,
            childtags = function(a) return a:childtags()() end,
            maptags = function(a)
                local seen
                a:maptags(function(child) seen = child return child end)
                return seen
            end,
            clone = function(a) return st.clone(a)[1] end,
            deserialize = function(a) return st.deserialize(a)[1] end,
        }
        for name, way in pairs(ways) do assert.is_true(st.is_stanza(way(fresh())), name) end
    end)

    it("leaves another library's objects as they are", function()
        local other = setmetatable({ name = "b" }, { __index = { get_text = function() return "theirs" end } })
        local stanza = setmetatable({ name = "a", other }, st.stanza_mt)
        assert.equal(other, stanza:get_child "b")
        assert.equal("theirs", stanza:get_child_text "b")
        assert.is_false(st.is_stanza(other))
    end)

    it("has methods that may be called on literals, and added to", function()
        assert.equal("hi", st.stanza_mt.get_child_text({ name = "message", { name = "body", "hi" } }, "body"))
        assert.is_nil(st.stanza_mt.find({ name = "message" }, "@from"))
        st.stanza_mt.get_thread = function(self) return self:get_child_text "thread" end
        assert.equal("t", st.message():text_tag("thread", "t"):get_thread())
        st.stanza_mt.get_thread = nil
    end)

    it("forgets where tag had got to with the stanza itself", function()
        local gone = setmetatable({}, { __mode = "k" })
        for _ = 1, 100 do gone[st.message():tag("x"):tag("y")] = true end
        collectgarbage()
        collectgarbage()
        assert.is_nil(next(gone))
    end)
end)
