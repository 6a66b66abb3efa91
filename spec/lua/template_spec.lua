-- SPDX-License-Identifier: MIT
-- couplet.template: places, blocks, filters; mistakes with their place; nothing from outside breaks out of a style, reaches what is
-- not its own, or makes a run without end.
local styling = require "couplet.xep.styling"
local template = require "couplet.template"

local function render(text, data, options)
    local out, err = template.render(text, data or {}, options)
    return out, err
end

local function mistake(text)
    local compiled, err = template.compile(text)
    assert.is_nil(compiled)
    return err.text
end

describe("couplet.template", function()
    it("puts in values", function()
        assert.equal("DISK FULL on ?", (render("{{ title | upper }} on {{ labels.instance | default('?') }}", { title = "disk full", labels = {} })))
        assert.equal("a b true 3 0.5 ", (render("{{ l[1] }} {{ m['x.y'].z }} {{ t }} {{ n }} {{ f }} {{ nothing.at.all }}x",
            { l = { "a" }, m = { ["x.y"] = { z = "b" } }, t = true, n = 3.0, f = 0.5 }):gsub("x$", "")))
        assert.equal("{ } {x}", (render "{ } {x}"))
        assert.equal("}} {{", (render "{{ '}}' }} {{ \"{{\" }}"))
        assert.equal('a"b\n', (render "{{ 'a\"b\\n' }}" .. "\n"))
        assert.equal("1, 2, a=x", (render("{{ t }}", { t = { 1, 2, { a = "x" } } })))
    end)

    it("knows conditions", function()
        local function is(condition, data) return render("{% if " .. condition .. " %}yes{% else %}no{% end %}", data) == "yes" end
        local data = { a = "x", n = 5, empty = {}, list = { 1 }, no = false, blank = "", s = "10" }
        for _, condition in ipairs {
            "a", "a == 'x'", "a != 'y'", "n > 4", "n >= 5 and n <= 5", "not empty", "list", "not no", "not blank", "missing or a",
            "not (a and no)", "s > 9", "n < s", "not (a < 3)", "missing == nil", "a == 'x' and n == 5 or no", "not (empty < 1)",
        } do
            assert.is_true(is(condition, data), condition)
        end
        assert.equal("b", (render("{% if a %}a{% elif b %}b{% elif c %}c{% else %}d{% endif %}", { b = 1, c = 1 })))
        assert.equal("", (render("{% if a %}a{% endif %}", {})))
    end)

    it("goes through lists and tables", function()
        assert.equal("- a 1/2\n- b 2/2\nend", (render("{% for x in l %}\n- {{ x }} {{ loop.index }}/{{ loop.length }}\n{% end %}\nend", { l = { "a", "b" } })))
        assert.equal("a=1;b=2", (render("{% for k, v in t %}{{ k }}={{ v }}{% if not loop.last %};{% end %}{% end %}", { t = { b = 2, a = 1 } })))
        assert.equal("none", (render("{% for x in l %}x{% else %}none{% endfor %}", { l = {} })))
        assert.equal("none", (render("{% for x in l %}x{% else %}none{% end %}", { l = "text" })))
        assert.equal("1 12 2|", (render("{{ x }} {% for x in l %}{{ x }}{% end %} {{ loop.index | default(2) }}|", { x = 1, l = { 1, 2 } })))
        assert.equal("11 12 21 22 ", (render("{% for a in l %}{% for b in l %}{{ a }}{{ b }} {% end %}{% end %}|", { l = { 1, 2 } }):gsub("|$", "")))
        assert.equal("ab!", (render("{% for x in l %}{{ x }}{% end %}{{ x }}", { x = "!", l = { "a", "b" } })))
        assert.equal("ab1!", (render("{% for k, x in l %}{{ x }}{% end %}{{ k }}{{ x }}", { k = 1, x = "!", l = { "a", "b" } })))
        local _, err = template.compile("{% for x in l %}{{ x }}{% end %}{{ x }}", { known = { l = true } })
        assert.equal("line 1, column 36: there is no 'x' here; did you mean 'l'?", err and err.text)
        assert.equal("ab", (render("{% set y = x | upper | lower %}{{ y }}", { x = "aB" })))
        assert.equal("a c", (render "a {# b #}c"))
        assert.equal("abc", (render "a  {{- 'b' -}}  c"))
    end)

    it("filters", function()
        local data = { s = "Äpfel sind gut", l = { "b", "a" }, t = { k = 1 }, at = 1700000000, n = 1536, x = "  hi  ", m = "a\nb" }
        for text, want in pairs {
            ["s | truncate(6)"] = "Äpfel…", ["s | truncate(99)"] = data.s, ["s | truncate(0)"] = "", ["l | join"] = "b, a", ["l | join('-')"] = "b-a",
            ["l | join(', ', ' and ')"] = "b and a", ["l | first"] = "b", ["l | last"] = "a", ["l | first(1) | json"] = '["b"]',
            ["t | json"] = '{"k":1}', ["t | keys"] = "k", ["l | length"] = "2", ["s | length"] = "14", ["at | date"] = "2023-11-14 22:13:20 UTC",
            ["at | date('%d.%m.%y %H:%M %z', '+01:30')"] = "14.11.23 23:43 +0130", ["at | ago"] = "5m ago", ["'2023-11-14T22:13:20Z' | ago"] = "5m ago",
            ["at | date('%Q%')"] = "%Q%", ["'no time' | date"] = "no time", ["93784 | duration"] = "1d 2h", ["0 | duration"] = "0s",
            ["0.25 | duration"] = "250ms",
            ["'x' | duration"] = "x", ["n | bytes"] = "1.5 KiB", ["12 | bytes"] = "12 B", ["1.256 | round(2)"] = "1.26", ["2.5001 | round"] = "3",
            ["x | trim"] = "hi", ["m | oneline"] = "a b", ["'a.b.c' | replace('.', '-')"] = "a-b-c", ["'a' | replace('', 'x')"] = "a",
            ["m | indent(2)"] = "a\n  b",
            ["'*bold* text' | plain"] = "bold text", ["'javascript:x' | url | default('none')"] = "none", ["'https://x.org/a' | url"] = "https://x.org/a",
            ["missing | upper | default('d')"] = "d", ["'' | default('d')"] = "d", ["missing | date"] = "", ["l | upper"] = "B, A",
        } do
            assert.equal(want, (render("{{ " .. text .. " }}", data, { now = 1700000300 })), text)
        end
    end)

    it("tells mistakes with their place", function()
        for text, want in pairs {
            ["{{ a | uper }}"] = "line 1, column 8: there is no filter 'uper'; did you mean 'upper'?",
            ["ä\n  {{ b "] = "line 2, column 3: '{{' is never closed by '}}'",
            ["{% if a %}"] = "line 1, column 1: this block has no {% end %}",
            ["x\n{% iff a %}{% end %}"] = "line 2, column 1: there is no {% iff %}; did you mean 'if'?",
            ["{{ a b }}"] = "line 1, column 6: 'b' is not expected here",
            ["{{ }}"] = "line 1, column 4: a value is expected here",
            ["{{ a | truncate }}"] = "line 1, column 8: 'truncate' takes 1 argument, not 0",
            ["{{ a | join(1,2,3) }}"] = "line 1, column 8: 'join' takes 0 to 2 arguments, not 3",
            ["{{ 'a }}"] = "line 1, column 4: this text is never closed",
            ["{% end %}"] = "line 1, column 1: 'end' ends nothing that is open here",
            ["{% for x %}{% end %}"] = "line 1, column 10: 'in' is missing",
            ["{% if a %}{% else %}{% elif b %}{% end %}"] = "line 1, column 21: 'else' is the last: 'elif' is not expected behind it",
            ["{% if a %}{% endfor %}"] = "line 1, column 11: 'endfor' ends nothing that is open here",
            ["{{ a. }}"] = "line 1, column 7: a name is expected behind '.'",
            ["{{ a ! b }}"] = "line 1, column 6: '!' is not expected here",
            ["{{ (a }}"] = "line 1, column 7: ')' is missing",
        } do
            assert.equal(want, mistake(text))
        end
        local _, err = template.compile "a\n{{ x | nope }}"
        assert.same({ 2, 8 }, { err.line, err.column })
        assert.matches("nested too deep", mistake("{{ " .. ("("):rep(100) .. "a" .. (")"):rep(100) .. " }}"))
        assert.matches("nested too deep", mistake(("{% if a %}"):rep(100) .. ("{% end %}"):rep(100)))
        assert.matches("64 KiB", mistake(("x"):rep(70000)))
    end)

    it("survives templates of any bytes", function()
        local whole = "a {{ b.c[1] | truncate(3) | default('x') }} {% for k, v in t %}{{ k }}{% else %}{# c #}{% end %}"
            .. "{% if not a == 'b' and (c or 1) %}{% set d = 1 %}{% endif %}"
        for i = 1, #whole do
            local compiled, err = template.compile(whole:sub(1, i))
            assert.is_true(compiled ~= nil or err.line == 1)
            template.compile(whole:sub(i))
            for _, byte in ipairs { "\0", "{", "}", "%", "'", "\\", "|", "\255" } do template.compile(whole:sub(1, i - 1) .. byte .. whole:sub(i + 1)) end
        end
    end)

    it("reaches nothing but its values", function()
        assert.equal("|||", (render("{{ os }}|{{ _G.os }}|{{ string.rep }}|{{ title.rep }}", { title = "x" })))
        assert.equal("mark=strong", (render("{{ x }}", { x = { mark = "strong" } })))
        local trap = setmetatable({}, { __index = function() error "reached" end, __len = function() error "reached" end,
            __pairs = function() error "reached" end })
        assert.equal("", (render("{{ t.x }}{% for a in t %}{{ a }}{% end %}{{ t | length | replace('0', '') }}{{ t }}", { t = trap })))
        assert.has_error(function() render("x", "no table") end)
    end)

    it("ends, and is not longer than it may be", function()
        local list = {}
        for i = 1, 500 do list[i] = ("x"):rep(10) end
        local text = render("{% for a in l %}{% for b in l %}{% for c in l %}{{ c }}{% end %}{% end %}{% end %}", { l = list })
        assert.is_true(#text <= 65536 + 3)
        assert.matches("…$", text)
        assert.equal("…", (render("{% for a in l %}{% for b in l %}{% for c in l %}{% end %}{% end %}{% end %}", { l = list })))
        assert.equal("ää…", (render("{{ x }}", { x = ("ä"):rep(100) }, { most = 5 })))
        local deep = {}
        deep.deep = deep
        assert.is_string(render("{{ deep }}{{ deep | json }}", { deep = deep }))
    end)

    it("lets no value be more than text", function()
        assert.equal("a b\u{FFFD}c", (render("{{ x }}", { x = "a\u{202E} \27b\255c\0" })))
        -- what a reader of XEP-0393 makes of it: the template's own styles and no others
        local function tree(text, value) return styling.parse((render(text, { x = value }))) end
        local function kinds(node, found)
            for _, child in ipairs(node) do
                if type(child) == "table" then
                    if child.kind ~= "line" then found[#found + 1] = child.kind end
                    kinds(child, found)
                end
            end
            return table.concat(found, " ")
        end
        for _, hostile in ipairs {
            "*bold*", "a* b *c", "_x_ ~y~ `z`", "x*", "*x", "**", "```", "```\nblock\n```", "> quote", "a\n> b", "a\n```\nb", "\n> c", "` *",
                "x\n*y*", "`a` `b`",
            "*\u{2060}x*", ">", "> > >", "~", "`", "\u{A0}*x*", "a *b* *c*",
        } do
            assert.equal("", kinds(tree("{{ x }}", hostile), {}), hostile)
            assert.equal("", kinds(tree("see {{ x }} and {{ x }}", hostile), {}), hostile)
            assert.equal("strong", kinds(tree("*so {{ x }} it is*", hostile), {}), hostile)
            assert.equal("code strong", kinds(tree("`a{{ x }}b` *c{{ x }}d*", hostile), {}), hostile)
            assert.equal("quote", kinds(tree("> so {{ x }}\nend", hostile), {}), hostile)
            assert.equal("block", kinds(tree("```\n{{ x }}\n```\nend", hostile), {}), hostile)
            assert.equal("quote", kinds(tree("> {{ x }}", hostile), {}), hostile)
            assert.equal("quote", kinds(tree("{{ x | quote }}", hostile), {}), hostile)
        end
        assert.equal("*a∗b* c", (render("{{ x | strong }} c", { x = "a*b" })))
        assert.equal("```\na\nb\n```", (render("{{ x | code }}", { x = "a\nb" })))
        assert.equal("2 * 3 * 4, snake_case, https://x.org/_a_", (render("{{ x }}", { x = "2 * 3 * 4, snake_case, https://x.org/_a_" })))
    end)

    it("is plain, styled, and XHTML-IM of one text", function()
        local source, data = "{{ t | strong }}: see {{ u }}\n{{ c | code }}", { t = "A<b>", u = "https://x.org/?a=1&b=2.", c = "x" }
        assert.equal("A<b>: see https://x.org/?a=1&b=2.\nx", (render(source, data, { target = "plain" })))
        assert.equal("*A<b>*: see https://x.org/?a=1&b=2.\n`x`", (render(source, data)))
        local text, elements = render(source, data, { target = "xhtml" })
        assert.equal("*A<b>*: see https://x.org/?a=1&b=2.\n`x`", text)
        local stanza = require("couplet.message").build("a@b", text, { xhtml = elements })

                   local link = "<a href='https://x.org/?a=1&amp;b=2'>https://x.org/?a=1&amp;b=2</a>"
        assert.is_truthy(tostring(stanza):find("<strong>A&lt;b&gt;</strong>: see " .. link .. ".<br/><code>x</code>", 1, true))
        assert.has_error(function() template.compile("x", { target = "html" }) end)
    end)

    it("goes through what comes from outside once, however wide its blanks are", function()
        local wide = "a" .. (" "):rep(4000000) .. "b"
        assert.equal("4000002", (render("{{ t | trim | length }}", { t = wide })))
        local blanks = { t = "a" .. (" "):rep(60000) .. "b" } -- in a text that is as long as one can be
        for _ = 1, 300 do assert.equal(60002, #render("{{ t }}", blanks)) end
        for _ = 1, 300 do assert.equal("a…c", (render("{{ t | truncate(50000) }}c", blanks))) end
    end)
end)
