-- SPDX-License-Identifier: MIT
-- What a command is told: the grammar, the words, the types, and what people are told when a word is wrong.
local args = require "couplet.args"
local words = require "couplet.words"

local function parse(grammar, text, context) return args.parse(assert(args.compile(grammar)), text, context) end

local function why(grammar, text)
    local values, err = parse(grammar, text)
    assert.is_nil(values)
    return err.text
end

describe("words", function()
    local function split(text)
        local list, open = words.split(text)
        local out = {}
        for i, word in ipairs(list) do
            out[i] = word.text
        end
        return out, open
    end

    it("are between blanks", function()
        assert.same({ "a", "b", "c" }, split "  a\tb\n c ")
        assert.same({}, split "")
        assert.same({}, split "  ")
    end)

    it("are kept together by quotes of any kind", function()
        assert.same({ "a b", "c" }, split '"a b" c')
        assert.same({ "a b", "c" }, split "'a b' c")
        assert.same({ "a b", "c d", "e f" }, split "“a b” „c d“ «e f»")
        assert.same({ "--tag=a b" }, split '--tag="a b"')
        assert.same({ 'say "hi" \\' }, split [["say \"hi\" \\"]])
        assert.same({ "" }, split '""')
    end)

    it("may have an apostrophe", function()
        assert.same({ "it's", "romeo's" }, split "it's romeo's")
        assert.same({ "'tis" }, split "'tis")
    end)

    it("tell of a quote that is not closed", function()
        local _, open = split 'a "b c'
        assert.equal('"b c', open)
    end)

    it("take the long dash of telephones for two", function() assert.same({ "--force" }, split "—force") end)
end)

describe("a grammar", function()
    it("names what is told", function()
        assert.same({ env = "prod", tag = "v1", force = false }, parse("<env:prod|test> [tag] [--force]", "PROD v1"))
        assert.same({ env = "test", force = true }, parse("<env:prod|test> [tag] [--force]", "--force test"))
        assert.same({ env = "test", text = "two  words\nhere" }, parse("<env> [text...]", " test  two  words\nhere "))
        assert.same({ text = "two words" }, parse("[text...]", '"two words"'))
        assert.same({ text = '"two" words' }, parse("[text...]", '"two" words'))
        assert.same({ n = 1 }, parse("[n:int=1]", ""))
        assert.same({ dry_run = true, tag = "a=b" }, parse("[--dry-run] [--tag=value]", "--tag=a=b --dry-run"))
        assert.same({}, parse("", ""))
        assert.same({ a = "--x" }, parse("<a>", "-- --x"))
        assert.same({ a = "--x" }, parse("<a>", '"--x"'))
        assert.same({ a = "x", force = false, text = "--other y" }, parse("<a> [--force] [text...]", "x --other y"))
    end)

    it("says what is wrong, and where", function()
        for _, row in ipairs {
            { "env", 1, "<name>" }, { "<env", 1, "not closed" }, { "<a> b", 5, "<name>" }, { "<a:itn>", 1, "did you mean 'int'" },
            { "<a:xyzzy>", 1, "there are: bool, date, duration, int, jid, nick, number, room, string, and" },
            { "<a> <a>", 5, "twice" }, { "[a] <b>", 5, "comes first" }, { "<a...> <b>", 8, "takes the rest" },
            { "<a:x||y>", 1, "empty choice" }, { "<a:string(1..2)>", 1, "only numbers" }, { "<--force>", 1, "says nothing" },
            { "[--]", 1, "no flag" }, { "[--x y]", 1, "no flag" }, { "[a b]", 1, "no parameter" }, { "[a:]", 1, "no parameter" },
            { "[a][b]", 4, "a blank" }, { "<a=1>", 1, "must be there" }, { "[a:int=x]", 1, "not a whole number" }, { "<>", 1, "no parameter" },
            { "[--a-b] [a_b]", 9, "twice" }, { "[a:flag]", 1, "unknown" }, { "[a:choice]", 1, "unknown" },
        } do
            local grammar, column, text = args.compile(row[1])
            assert.is_nil(grammar, row[1])
            assert.equal(row[2], column, row[1])
            assert.truthy(text:find(row[3], 1, true), row[1] .. ": " .. text)
        end
    end)
end)

describe("words that do not fit", function()
    it("are named, with what was expected", function()
        assert.equal("env: 'x' is not prod, test or dev.", why("<env:prod|test|dev>", "x"))
        assert.equal("env is missing: prod or test is expected.", why("<env:prod|test>", ""))
        assert.equal("--tag is missing: a word is expected.", why("<--tag=value>", ""))
        assert.equal("'b' is too much.", why("<a>", "a b"))
        assert.equal("n: '11' is not a whole number from 1 to 10.", why("<n:int(1..10)>", "11"))
        assert.equal("n: '0' is not a whole number of at least 1.", why("<n:int(1..)>", "0"))
        assert.equal("There is no '--forse'. Did you mean '--force'?", why("[--force]", "--forse"))
        assert.equal("There is no '--forse'. Did you mean '--force'?", why("[--force] [text...]", "--forse"))
        assert.equal("'--force' takes no value.", why("[--force]", "--force=1"))
        assert.equal("'--force' is there twice.", why("[--force]", "--force --force"))
        assert.equal("'--n' needs a value: --n=a whole number.", why("[--n=int]", "--n"))
        assert.equal("The quote that begins at '\"a b' is not closed.", why("<a>", '"a b'))
        assert.truthy(why("<a:int>", ("x"):rep(5000)):find("…", 1, true))
    end)

    it("do not raise, whatever they are", function()
        local grammar = args.compile "<n:number> [when:date] [--x=duration] [--who=jid] [--at=room] [text...]"
        for _, text in ipairs {
            "\0", ("a "):rep(20000), "--", "--=", "-- --x", "1 --x=", "1 2026-13-45", "1 --who=@ x", "1 --at=a@b@c", "\xff\xfe", "“",
            "--x=1h1h1h", "1e999", "--x=" .. ("9"):rep(400) .. "h", "1 --who=" .. ("a"):rep(5000) .. "@b", "1 \xe2\x80", "'",
        } do
            local values, err = args.parse(grammar, text)
            assert.truthy(values or type(err.text) == "string")
        end
    end)
end)

describe("a type", function()
    local function value(type_name, word, context)
        local values = parse("<v:" .. type_name .. ">", word, context)
        if values then return values.v end
    end

    it("reads what people write", function()
        assert.equal(-5, value("int", "-5"))
        assert.equal(5, value("int", "+5"))
        assert.is_nil(value("int", "5.0"))
        assert.is_nil(value("int", "0x10"))
        assert.is_nil(value("int", "99999999999999999999"))
        assert.equal(1.5, value("number", "1.5"))
        assert.is_nil(value("number", "."))
        assert.is_nil(value("number", "nan"))
        assert.equal(5400, value("duration", "1h30m"))
        assert.equal(90, value("duration", "90"))
        assert.is_nil(value("duration", "h"))
        assert.is_true(value("bool", "Yes"))
        assert.is_false(value("bool", "off"))
        assert.is_nil(value("bool", "maybe"))
        assert.equal("alice@example.org", value("jid", "Alice@Example.org"))
        assert.equal("alice@example.org", value("jid", "xmpp:alice@example.org?message"))
        assert.is_nil(value("jid", "alice"))
        assert.equal("den@rooms.example.org", value("room", "den@rooms.example.org"))
        assert.is_nil(value("room", "den@rooms.example.org/x"))
        assert.equal("2028-02-29", value("date", "2028-02-29"))
        assert.is_nil(value("date", "2026-02-29"))
        assert.truthy(value("date", "tomorrow"):find "^%d%d%d%d%-%d%d%-%d%d$")
    end)

    it("knows who is in the room", function()
        local bot = { rooms = { ["r@c"] = { occupants = { Romeo = { nick = "Romeo" } } } } }
        local context = { bot = bot, room = "r@c" }
        assert.equal("Romeo", value("nick", "@Romeo", context))
        assert.equal("Romeo", value("nick", "Romeo:", context))
        assert.is_nil(value("nick", "Paris", context))
        assert.equal("Paris", value("nick", "Paris"))
    end)
end)

describe("the values of a form", function()
    it("are held to the same types", function()
        local grammar = args.compile "<env:prod|test> [n:int] [--force] [text...]"
        assert.same({ env = "prod", n = 3, force = true, text = "a b" },
            args.from_fields(grammar, { env = "prod", n = "3", force = true, text = "a b" }))
        assert.same({ env = "prod", force = false }, args.from_fields(grammar, { env = "prod", n = "", unknown = "x" }))
        local _, err = args.from_fields(grammar, { env = "x" })
        assert.equal("env: 'x' is not prod or test.", err.text)
    end)
end)
