-- SPDX-License-Identifier: MIT
local form = require "couplet.form"
local st = require "couplet.stanza"

local DATA, VALIDATE = "jabber:x:data", "http://jabber.org/protocol/xdata-validate"

-- As the runtime hands elements over: each with its xmlns.
local function received(element)
    local function inherit(e, xmlns)
        e.attr.xmlns = e.attr.xmlns or xmlns
        for _, child in ipairs(e.tags) do inherit(child, e.attr.xmlns) end
    end
    local copy = st.clone(element)
    inherit(copy, nil)
    return copy
end

local ORDER = {
    title = "Order", instructions = "First line\nsecond line", form_type = "urn:example:order",
    fields = {
        { type = "fixed", value = "What you want" },
        { var = "what", type = "list-single", label = "What", desc = "hot", required = true,
          options = { "tea", { value = "coffee", label = "Coffee" } } },
        { var = "count", datatype = "xs:integer", min = 1, max = 10, value = 2 },
        { var = "hot", type = "boolean", value = true },
        { var = "with", type = "list-multi", options = { "milk", "sugar", "lemon" }, value = { "milk", "sugar" } },
        { var = "note", type = "text-multi", value = "a\nb" },
        { var = "to", type = "jid-single" },
        { var = "also", type = "jid-multi" },
        { var = "secret", type = "text-private" },
        { var = "token", type = "hidden", value = "t0ken" },
    },
}

describe("form.read", function()
    for how, pass in pairs { ["made here"] = st.clone, ["received"] = received } do
        it("reads a form that was " .. how, function()
            local f = assert(form.read(pass(form.new(ORDER))))
            assert.same({ "form", "Order", "First line\nsecond line", "urn:example:order" },
                { f.type, f.title, f.instructions, f.form_type })
            assert.same({ count = 2, hot = true, with = { "milk", "sugar" }, note = "a\nb", token = "t0ken", also = {} }, f.values)
            local what = f:field "what"
            assert.same({ "What", "hot", true }, { what.label, what.desc, what.required })
            assert.same({ { value = "tea" }, { value = "coffee", label = "Coffee" } }, what.options)
            assert.same("fixed", f.fields[2].type)
            assert.equal("1", f:field("count").min)
        end)
    end

    it("finds the form in the element around it", function()
        local command = st.stanza("command", { xmlns = "c" }):add_child(form.new(ORDER))
        assert.equal("Order", form.read(command).title)
        local f, err = form.read(st.stanza "command")
        assert.is_nil(f)
        assert.equal("bad-request", err.condition)
    end)

    it("reads results with items", function()
        local f = assert(form.read(received(form.new {
            type = "result",
            reported = { { var = "jid", type = "jid-single", label = "Address" }, { var = "age", datatype = "xs:integer" } },
            items = { { jid = "Romeo@Example.net", age = 17 }, { jid = "juliet@example.net", age = 13 } },
        })))
        assert.same({ { jid = "romeo@example.net", age = 17 }, { jid = "juliet@example.net", age = 13 } }, f.items)
        assert.equal("Address", f.reported[1].label)
    end)

    it("leaves out what makes no sense, and never raises", function()
        local x = st.stanza("x", { xmlns = DATA, type = "nonsense" })
        x:tag("field", { type = "boolean", var = "b" }):text_tag("value", "perhaps"):up()
        x:tag("field", { type = "boolean", var = "b" }):text_tag("value", "1"):up() -- the first counts
        x:tag("field", { type = "novel", var = "n" }):tag("value"):text_tag("deep", "er"):up():up()
        x:tag("field", { type = "jid-multi", var = "j" }):text_tag("value", "@@"):text_tag("value", "A@b"):text_tag("value", "a@b"):up()
        x:tag("field", {}):text_tag("value", "nobody"):up()
        x:tag("field", { var = "o", type = "list-single" }):tag("option", { label = "empty" }):up():up()
        x:tag("field", { var = "v" }):tag("validate", { xmlns = VALIDATE, datatype = "xs:integer" }):tag("range", { min = "x" })
            :up():tag("list-range", { min = "-1", max = ("9"):rep(400) }):up():up():text_tag("value", ("9"):rep(400)):up()
        x:tag("field", { var = "wrong", xmlns = "other" }):up()
        x:text "stray":tag("reported", { xmlns = "other" }):up()
        local f = assert(form.read(x))
        assert.equal("form", f.type)
        assert.same({ n = "", j = { "a@b" } }, f.values)
        assert.is_nil(f:field "wrong")
        assert.is_nil(f:field("v").value)
        for _, odd in ipairs { false, 5, "x", {}, { name = "x" }, { name = "x", attr = { xmlns = DATA }, { name = "field" } } } do
            assert.has_no.errors(function() form.read(odd) end)
        end
    end)

    it("reads media", function()
        local f = form.read(form.new { fields = { { var = "ocr", media = { width = 290, { uri = "cid:x@y", type = "image/png" } } } } })
        assert.same({ width = 290, { uri = "cid:x@y", type = "image/png" } }, f:field("ocr").media)
    end)
end)

describe("form:submit", function()
    local f
    before_each(function() f = assert(form.read(received(form.new(ORDER)))) end)

    local function fault(values)
        local x, err = f:submit(values)
        assert.is_nil(x)
        assert.equal("not-acceptable", err.condition)
        return err.extra.field, err.text
    end

    it("answers with what was given, and the rest as it came", function()
        local x = assert(f:submit { what = "tea", count = 3, with = {}, note = "x\ny", hot = false })
        assert.equal("submit", x.attr.type)
        local back = form.read(x, f)
        assert.equal("urn:example:order", back.form_type)
        assert.same({ what = "tea", count = 3, hot = false, with = {}, note = "x\ny", token = "t0ken" }, back.values)
        assert.equal("0", x:get_child_with_attr("field", nil, "var", "hot"):get_child_text "value")
    end)

    it("names the field that is wrong", function()
        assert.equal("what", (fault {}))
        assert.equal("what", (fault { what = "beer" }))
        assert.equal("count", (fault { what = "tea", count = 11 }))
        assert.equal("count", (fault { what = "tea", count = "many" }))
        assert.equal("hot", (fault { what = "tea", hot = "maybe" }))
        assert.equal("with", (fault { what = "tea", with = { "milk", "vodka" } }))
        assert.equal("to", (fault { what = "tea", to = "a@@b" }))
        assert.equal("also", (fault { what = "tea", also = { "ok@example.net", "" .. "@" } }))
        assert.equal("secret", (fault { what = "tea", secret = { "a", "b" } }))
        assert.equal("secret", (fault { what = "tea", secret = "\0" }))
        assert.equal("note", (fault { what = "tea", note = { {} } }))
        local name, text = fault { what = "tea", countt = 1 }
        assert.equal("countt", name)
        assert.matches("it has: what, count, hot", text, 1, true)
        assert.has_error(function() f:submit "tea" end)
    end)

    it("takes a value away with an empty one", function()
        local x = assert(f:submit { what = "tea", count = "" })
        assert.equal("", x:get_child_with_attr("field", nil, "var", "count"):get_child_text "value")
    end)

    it("cancels", function() assert.equal("cancel", f:cancel().attr.type) end)
end)

describe("form.new", function()
    it("makes a short form of values", function()
        local x = form.new { type = "submit", form_type = "urn:x", values = { b = true, a = "text", list = { "p", "q" }, n = 5 } }
        assert.equal("<x type='submit' xmlns='jabber:x:data'><field var='FORM_TYPE'><value>urn:x</value></field>"
            .. "<field var='a'><value>text</value></field><field var='b'><value>1</value></field>"
            .. "<field var='list'><value>p</value><value>q</value></field><field var='n'><value>5</value></field></x>", tostring(x))
    end)

    it("raises when it is misused", function()
        for _, options in ipairs { { fields = { {} } }, { fields = { { var = "x", type = "int" } } }, { values = { x = print } }, { fields = { 1 } } } do
            assert.has_error(function() form.new(options) end)
        end
    end)
end)

describe("form.accept", function()
    local asked = form.new(ORDER)

    local function submit(values) return form.new { type = "submit", values = values } end

    it("gives the values with the types of the form that was sent", function()
        local values = assert(form.accept(asked, received(submit {
            what = "tea", count = "7", hot = "true", with = { "milk" }, also = { "A@b" }, more = "ignored", note = { "a", "b" },
        })))
        assert.same({ what = "tea", count = 7, hot = true, with = { "milk" }, also = { "a@b" }, note = "a\nb" }, values)
    end)

    it("refuses what the form does not allow", function()
        for field, values in pairs {
            what = { count = 1 }, count = { what = "tea", count = "0" }, hot = { what = "tea", hot = "oui" },
            with = { what = "tea", with = "vodka" }, to = { what = "tea", to = "@" },
        } do
            local given, err = form.accept(asked, submit(values))
            assert.is_nil(given)
            assert.equal(field, err.extra.field)
        end
    end)

    it("refuses what is no submission of it", function()
        assert.is_nil((form.accept(asked, st.stanza("x", { xmlns = DATA, type = "cancel" }))))
        assert.is_nil((form.accept(asked, st.stanza "x")))
        assert.is_nil((form.accept(asked, form.new { type = "submit", form_type = "other", values = { what = "tea" } })))
        assert.has_error(function() form.accept(st.stanza "no", asked) end)
    end)

    it("knows datatypes", function()
        local good = {
            ["xs:dateTime"] = "2026-11-21T12:00:00Z", ["xs:date"] = "2026-11-21", ["xs:time"] = "12:00:00", ["xs:anyURI"] = "xmpp:a@b",
            ["xs:double"] = "1.5e3", ["xs:unsignedInt"] = "4294967295", ["xs:byte"] = "-128", ["x:own"] = "anything",
        }
        local bad = {
            ["xs:dateTime"] = "yesterday", ["xs:date"] = "2026-13-01", ["xs:time"] = "25:00:00", ["xs:anyURI"] = "a b",
            ["xs:double"] = "0x10", ["xs:unsignedInt"] = "-1", ["xs:byte"] = "200", ["xs:integer"] = "1.5", ["xs:positiveInteger"] = "0",
        }
        local function try(datatype, text)
            return form.accept(form.new { fields = { { var = "v", datatype = datatype } } }, submit { v = text })
        end
        for datatype, text in pairs(good) do assert.is_table(try(datatype, text), datatype) end
        for datatype, text in pairs(bad) do assert.is_nil((try(datatype, text)), datatype) end
    end)

    it("knows how many of a list", function()
        local x = form.new { fields = { { var = "l", type = "list-multi", options = { "a", "b", "c" } } } }
        x:get_child("field"):tag("validate", { xmlns = VALIDATE }):tag("list-range", { min = "1", max = "2" }):up():up()
        assert.is_table(form.accept(x, submit { l = { "a" } }))
        assert.is_nil((form.accept(x, submit { l = {} })))
        assert.is_nil((form.accept(x, submit { l = { "a", "b", "c" } })))
    end)
end)
