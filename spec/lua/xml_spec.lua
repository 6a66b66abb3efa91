-- SPDX-License-Identifier: MIT
local xml = require "couplet.xml"

-- text → nil when it may be written, else a part of the reason
local TEXTS = {
    { "plain", nil },
    { "", nil },
    { "tab\t, line\nand return\r", nil },
    { "del \127 and C1 \u{85}", nil },
    { "Dvořák 你好 👍 \u{10FFFF}", nil },
    { "\u{FFFD} \u{FDD0} \u{1FFFE}", nil }, -- XML 1.0 2.2 forbids only two of the noncharacters
    { "a\0b", "0x00 at 2" },
    { "\1", "0x01 at 1" },
    { "\27[31m", "0x1B" },
    { "ab\31", "0x1F at 3" },
    { "\u{FFFE}", "U%+FFFE" },
    { "x\u{FFFF}", "U%+FFFF" },
    { "caf\xE9", "0xE9 at 4 is not UTF%-8" },
    { "\xC0\xBC", "not UTF%-8" }, -- "<", overlong
    { "\xE0\x80\xBC", "not UTF%-8" },
    { "\xED\xA0\x80", "not UTF%-8" }, -- a surrogate
    { "\xF4\x90\x80\x80", "not UTF%-8" }, -- beyond U+10FFFF
    { "\xF8\x88\x80\x80\x80", "not UTF%-8" },
    { "\x80", "0x80 at 1 is not UTF%-8" },
    { "\xE2\x82", "not UTF%-8" }, -- a lead byte that would swallow the next tag
    { 5, "expected a string, got a number" },
    { nil, "expected a string, got a nil" },
}

local NAMES = { "a", "_", "body", "x-y.z_0", "A9", "élan", "名" }
local NO_NAMES = { "", "1a", "-a", ".a", "a b", "a:b", "a>", "a/", "a'", "a=", "a\0", "a\1b", "a\n", "\xE9", "a\xC0\xBC", "\u{FFFE}" }

describe("couplet.xml", function()
    describe("text_fault", function()
        for i, case in ipairs(TEXTS) do
            local text, reason = case[1], case[2]
            it(("judges text %d: %q"):format(i, tostring(text)), function()
                local fault = xml.text_fault(text)
                if reason then
                    assert.matches(reason, fault)
                else
                    assert.is_nil(fault)
                end
            end)
        end

        it("finds a fault in long texts too", function()
            local long = ("0123456789"):rep(1000)
            assert.is_nil(xml.text_fault(long))
            assert.is_nil(xml.text_fault(long .. "é"))
            assert.matches("at 10001", xml.text_fault(long .. "\2"))
        end)
    end)

    it("knows names", function()
        for _, name in ipairs(NAMES) do assert.is_true(xml.is_name(name), name) end
        for _, name in ipairs(NO_NAMES) do assert.is_false(xml.is_name(name), name) end
        for _, value in ipairs { 5, true, {} } do assert.is_false(xml.is_name(value)) end
        assert.is_false(xml.is_name(nil))
    end)

    it("knows names of attributes", function()
        for _, name in ipairs { "to", "xmlns", "xml:lang", "xml:base", "urn:x\1y", "http://a/?b&c\1d" } do
            assert.is_nil(xml.attr_name_fault(name), name)
        end
        local bad = { "", "a:b", "xmlns:a", "xml:", "xml:a:b", "\1a", "ns\1", "ns\1a:b", "n\1s\1a", "\xFF\1a", "http://www.w3.org/2000/xmlns/\1a" }
        for _, name in ipairs(bad) do assert.is_string(xml.attr_name_fault(name), name) end
        assert.is_string(xml.attr_name_fault(1))
    end)

    it("shows a bad name without what a terminal would act upon", function()
        assert.equal("'a?[2J?' is no name for an element", xml.name_fault "a\27[2J\n")
        assert.equal("a table is no name for an element", xml.name_fault {})
    end)

    it("escapes the five", function()
        assert.equal("&lt;a b=&apos;c&apos;&gt; &amp;amp; &quot;", xml.escape "<a b='c'> &amp; \"")
        assert.equal("\1\r\n", xml.escape "\1\r\n")
        assert.equal(1, select("#", xml.escape "&&"))
    end)

    describe("serialize", function()
        local function text(element)
            local result, err = xml.serialize(element)
            assert(result, err)
            return result
        end

        local function refused(element)
            local result, err = xml.serialize(element)
            assert.is_nil(result)
            return err
        end

        it("writes literals", function()
            assert.equal("<a/>", text { name = "a" })
            assert.equal("<a x='1'>t<b/>u</a>", text { name = "a", attr = { x = "1" }, "t", { name = "b" }, "u" })
            assert.equal("<a></a>", text { name = "a", "" })
        end)

        it("writes numbers as their text", function()
            assert.equal("<a n='5'>1.5</a>", text { name = "a", attr = { n = 5 }, 1.5 })
        end)

        it("puts attributes in the order of their names", function()
            local element = { name = "a", attr = { type = "t", from = "f", xmlns = "x", to = "o", ["xml:lang"] = "en", id = "i" } }
            assert.equal("<a from='f' id='i' to='o' type='t' xml:lang='en' xmlns='x'/>", text(element))
        end)

        it("escapes, and refers to the white space that a reader would change", function()
            assert.equal("<a>&lt;&gt;&amp;&apos;&quot;\t\n&#13;]]&gt;</a>", text { name = "a", "<>&'\"\t\n\r]]>" })
            assert.equal("<a v='&lt;&gt;&amp;&apos;&quot;&#9;&#10;&#13; é'/>", text { name = "a", attr = { v = "<>&'\"\t\n\r é" } })
        end)

        it("writes xmlns only where it changes", function()
            local element = {
                name = "q", attr = { xmlns = "A" },
                { name = "i", { name = "same", attr = { xmlns = "A" } }, { name = "none", attr = { xmlns = "" } } },
                { name = "other", attr = { xmlns = "B" }, { name = "back", attr = { xmlns = "A" } } },
            }
            assert.equal("<q xmlns='A'><i><same/><none xmlns=''/></i><other xmlns='B'><back xmlns='A'/></other></q>", text(element))
        end)

        it("makes prefixes for attributes of other namespaces", function()
            local result = text { name = "a", attr = { ["urn:o'x\1k"] = "v", ["urn:y\1k"] = "w" } }
            local first, second = result:match "^<a xmlns:(ns%d+)='urn:o&apos;x' %1:k='v' xmlns:(ns%d+)='urn:y' %2:k='w'/>$"
            assert.is_string(first)
            assert.not_equal(first, second)
        end)

        it("writes attributes of the XML namespace with the prefix that is theirs", function()
            local key = "http://www.w3.org/XML/1998/namespace\1lang"
            assert.equal("<a xml:lang='de'/>", text { name = "a", attr = { [key] = "de" } })
            assert.matches("given twice", refused { name = "a", attr = { [key] = "de", ["xml:lang"] = "de" } })
        end)

        it("refuses what is not XML, and says where", function()
            local function body(...) return { name = "message", { name = "body", ... } } end
            assert.equal("message/body: byte 0x01 at 1 cannot be written as XML", refused(body "\1"))
            assert.equal("message/body: expected a string, got a boolean", refused(body(true)))
            assert.equal("message/body/?: '<' is no name for an element", refused(body { name = "<" }))
            assert.equal("message/body/?: a nil is no name for an element", refused(body {}))
            assert.equal("message/body/x: attribute 'y': byte 0xFF at 1 is not UTF-8", refused(body { name = "x", attr = { y = "\xFF" } }))
            assert.equal("a: attr: expected a table, got a string", refused { name = "a", attr = "x='1'" })
            assert.equal("a: attribute 'x': expected a string, got a table", refused { name = "a", attr = { x = {} } })
            assert.equal("a: a number is no name for an attribute", refused { name = "a", attr = { "x" } })
            assert.equal("a: 'b='' x' is no name for an attribute", refused { name = "a", attr = { ["b='' x"] = "" } })
            assert.equal("a: xmlns: expected a string, got a number", refused { name = "a", attr = { xmlns = 1 } })
            assert.matches("reserved", refused { name = "a", attr = { xmlns = "http://www.w3.org/2000/xmlns/" } })
        end)

        it("ends with a table that contains itself", function()
            local loop = { name = "a" }
            loop[1] = loop
            assert.matches("^a/a/.*nested deeper than 200 elements$", refused(loop))
        end)

        it("allows the depth that the runtime allows, and no more", function()
            local function nested(depth)
                local element = { name = "e" }
                for _ = 2, depth do element = { name = "e", element } end
                return element
            end
            assert.equal(("<e>"):rep(199) .. "<e/>" .. ("</e>"):rep(199), text(nested(200)))
            assert.matches("deeper", refused(nested(201)))
        end)
    end)

    it("writes an opening tag", function()
        assert.equal("<a x='1'>", xml.serialize_top { name = "a", attr = { x = "1" }, "text" })
        local result, err = xml.serialize_top { name = "a b" }
        assert.is_nil(result)
        assert.equal("?: 'a b' is no name for an element", err)
    end)

    it("colours without changing the text", function()
        local plain = xml.serialize { name = "a", attr = { x = "1 > 0", y = "=" }, "t", { name = "b" }, { name = "c", "&" } }
        local coloured = xml.colour(plain)
        assert.not_equal(plain, coloured)
        assert.equal(plain, (coloured:gsub("\27%[%d+m", "")))
    end)
end)
