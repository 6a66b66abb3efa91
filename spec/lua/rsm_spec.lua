-- SPDX-License-Identifier: MIT
local errors = require "couplet.errors"
local rsm = require "couplet.rsm"
local st = require "couplet.stanza"

-- A service that has the numbers 1 … total, `size` a page.
local function service(total, size, asked)
    return function(set)
        asked[#asked + 1] = tostring(set)
        local after, before = tonumber(set:get_child_text "after"), set:get_child_text "before"
        local max = math.min(size, tonumber(set:get_child_text "max"))
        local first = after and after + 1 or 1
        if before then first = math.max(1, (before == "" and total + 1 or tonumber(before)) - max) end
        local last = math.min(total, first + max - 1)
        if before and before ~= "" then last = math.min(last, tonumber(before) - 1) end
        local items = {}
        for i = first, last do items[#items + 1] = i end
        local answer = st.stanza("set", { xmlns = "http://jabber.org/protocol/rsm" })
        if #items > 0 then answer:text_tag("first", tostring(first), { index = tostring(first - 1) }):text_tag("last", tostring(last)) end
        return items, st.stanza "query":add_child(answer:text_tag("count", tostring(total)))
    end
end

local function all(pages)
    local list = {}
    for item in pages do list[#list + 1] = item end
    return list
end

describe("rsm", function()
    it("goes through the pages", function()
        local asked = {}
        local pages = rsm.pages(service(7, 3, asked), { page = 3 })
        assert.same({ 1, 2, 3, 4, 5, 6, 7 }, all(pages))
        assert.equal(7, pages.count)
        assert.is_nil(pages.err)
        assert.equal("<set xmlns='http://jabber.org/protocol/rsm'><max>3</max></set>", asked[1])
        assert.equal("<set xmlns='http://jabber.org/protocol/rsm'><max>3</max><after>3</after></set>", asked[2])
    end)

    it("goes backwards", function()
        assert.same({ 7, 6, 5, 4, 3, 2, 1 }, all(rsm.pages(service(7, 3, {}), { page = 3, backwards = true })))
    end)

    it("ends at its limit, and asks no more than it needs", function()
        local asked = {}
        local pages = rsm.pages(service(100, 10, asked), { page = 10, limit = 15 })
        assert.equal(15, #all(pages))
        assert.is_true(pages.truncated)
        assert.equal(2, #asked)
    end)

    it("takes a service without pages as it is", function()
        assert.same({ "a", "b" }, all(rsm.pages(function() return { "a", "b" }, st.stanza "query" end)))
    end)

    it("ends when a service goes in circles", function()
        local count = 0
        local function circles()
            count = count + 1
            return { "x" }, { name = "q", { name = "set", attr = { xmlns = "http://jabber.org/protocol/rsm" }, { name = "last", attr = {
                xmlns = "http://jabber.org/protocol/rsm" }, "same" } } }
        end
        assert.equal(2, #all(rsm.pages(circles)))
        assert.equal(2, count)
        local n = 0
        local function endless()
            n = n + 1
            return { n }, st.stanza "q":tag("set", { xmlns = "http://jabber.org/protocol/rsm" }):text_tag("last", tostring(n),
                { xmlns = "http://jabber.org/protocol/rsm" }):up()
        end
        assert.equal(500, #all(rsm.pages(endless, { limit = 500 })))
    end)

    it("tells why it ended early", function()
        local pages = rsm.pages(function() return nil, errors.new "item-not-found" end)
        assert.same({}, all(pages))
        assert.equal("item-not-found", pages.err.condition)
        local list, err = rsm.collect(rsm.pages(function() return nil, errors.new "forbidden" end))
        assert.is_nil(list)
        assert.equal("forbidden", err.condition)
    end)

    it("reads what makes sense", function()
        local NS = "http://jabber.org/protocol/rsm"
        local odd = { name = "q", { name = "set", attr = { xmlns = NS }, { name = "first", attr = { xmlns = NS, index = "-1" } },
            { name = "count", attr = { xmlns = NS }, ("9"):rep(400) } } }
        assert.same({ first = "" }, rsm.read(odd))
        assert.is_nil(rsm.read(nil))
        assert.is_nil(rsm.read(st.stanza "q"))
    end)
end)
