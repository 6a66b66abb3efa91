-- SPDX-License-Identifier: MIT
-- JSON both ways, with dkjson as the second opinion.
local dkjson = require "dkjson"
local json = require "couplet.json"

describe("json.decode", function()
    it("reads every kind of value", function()
        assert.same({ a = { 1, 2.5, "ü\0\u{1F44D}", true, false }, o = {} },
            json.decode [[{"a": [1, 2.5, "\u00fc\u0000\ud83d\udc4d", true, false], "o": {}, "gone": null}]])
        assert.equal("integer", math.type(json.decode "9007199254740993"))
        assert.equal(9007199254740993, json.decode "9007199254740993")
        assert.equal("float", math.type(json.decode "1.0"))
        assert.equal(false, json.decode "false")
        assert.equal(json.null, json.decode("[null, 1]")[1])
        assert.equal(json.null, json.decode "null")
    end)

    it("says where it is no JSON", function()
        for _, text in ipairs {
            "", " ", "{", "[1,]", "{'a':1}", "nul", "01", "1 2", '"\xff"', '"\\ud800"', "[1e999]", "99999999999999999999", "\0",
            '{"a\\u0000":1}', ("["):rep(100000), ("["):rep(500) .. ("]"):rep(500), '"\n"',
        } do
            local value, err = json.decode(text)
            assert.is_nil(value)
            assert.matches("^no JSON: ", err.text)
        end
        assert.matches("line 2, column 3", select(2, json.decode '{"a":\n1 x}').text)
        assert.has_error(function() json.decode(nil) end)
    end)
end)

describe("json.encode", function()
    it("writes what others read", function()
        local value = { list = { 1, 2.5, "ü\"\\\n", { true } }, name = "x", deep = { deep = { deep = "\1" } } }
        assert.same(value, dkjson.decode(json.encode(value)))
        assert.equal('{"a":1,"b":[],"c":{},"d":[null]}', json.encode { d = { json.null }, c = {}, b = json.array(), a = 1 })
        assert.equal('"x"', json.encode "x")
        assert.equal("[[],{}]", json.encode(json.decode "[[],{}]"))
        assert.equal("9007199254740993", json.encode(9007199254740993))
    end)

    it("raises at what JSON cannot say", function()
        local loop = {}
        loop.loop = loop
        for _, value in ipairs {
            print, 0 / 0, 1 / 0, "\xff", { [1.5] = 1 }, { [{}] = 1 }, { ["\xff"] = 1 }, { ["a\0"] = 1 }, { a = print }, loop, { { io.stdout } },
        } do
            assert.has_error(function() json.encode(value) end)
        end
        assert.has_error(function() json.encode(nil) end)
    end)

    it("leaves nothing behind, whatever fails", function()
        for _ = 1, 2000 do
            pcall(json.encode, { a = { b = { "x", print } } })
            json.decode(("["):rep(300) .. ("]"):rep(300))
        end
        collectgarbage()
    end)
end)

describe("json.decode, strictly", function()
    it("gives what a string says", function()
        assert.equal('"\\/\b\f\n\r\t é€😀', json.decode [["\"\\\/\b\f\n\r\t \u00E9\u20ac\uD83D\ude00"]])
        assert.equal("\u{7F}\u{FFFF}", json.decode '"\\u007f\\uffff"')
        for _, text in ipairs {
            [["\x"]], [["\u12"]], [["\u12g4"]], [["\ud83d"]], [["\ud83d\n"]], [["\ud83d\ud83d"]], [["\ude00"]], [["\]], [["\"]], '"\\\0"',
        } do
            assert.matches("^no JSON: line 1, column %d+: ", select(2, json.decode(text)).text)
        end
    end)

    it("gives what a number says", function()
        for text, value in pairs {
            ["0"] = 0, ["-0"] = 0, ["-1"] = -1, ["9223372036854775807"] = math.maxinteger, ["-9223372036854775808"] = math.mininteger,
            ["1e2"] = 100.0, ["-1.5E-1"] = -0.15, ["0.0"] = 0.0, [" 12 "] = 12,
        } do
            assert.equal(value, json.decode(text))
            assert.equal(math.type(value), math.type(json.decode(text)))
        end
        for _, text in ipairs { "-", "+1", ".5", "1.", "1e", "1e+", "00", "-01", "0x10", "9223372036854775808", "-9223372036854775809", "1e400", "NaN" } do
            assert.is_nil((json.decode(text)))
        end
    end)

    it("keeps the last of several members of one name", function()
        assert.same({ a = 2 }, json.decode '{"a": 1, "a": 2}')
        assert.same({}, json.decode '{"a": 1, "a": null}')
        local long = {}
        for i = 1, 200 do long[i] = ('"k%d": %d'):format(i % 100, i) end
        local value = json.decode("{" .. table.concat(long, ",") .. "}")
        for i = 101, 200 do assert.equal(i, value["k" .. i % 100]) end
    end)

    it("reads what is long and what is deep", function()
        local list = {}
        for i = 1, 1000 do list[i] = i end
        assert.same(list, json.decode("[" .. table.concat(list, ", ") .. "]"))
        for _, count in ipairs { 31, 32, 33 } do assert.equal(count, #json.decode("[" .. ("0,"):rep(count - 1) .. "0]")) end
        assert.is_table(json.decode(("["):rep(200) .. ("]"):rep(200)))
        assert.matches("nested too deep", select(2, json.decode(('{"a":'):rep(201) .. "1" .. ("}"):rep(201))).text)
    end)

    it("takes no part of a text for the whole", function()
        local whole = '{"a": [1, -2.5e3, "x\\u00e9\\n", {"b": null, "c": true}, [], {}], "d": "ü"}'
        assert.is_table(json.decode(whole))
        for len = 0, #whole - 1 do
            local before, behind = whole:sub(1, len), whole:sub(len + 2)
            assert.is_nil((json.decode(before)))
            for _, noise in ipairs { "\0", "]", "}", ",", ":", '"', "\\", "\xC3" } do json.decode(before .. noise .. behind) end
        end
    end)

    it("ends well together with what is left of a text that was too deep", function()
        local name, core = "couplet.core.json", package.loaded["couplet.core.json"]
        for _ = 1, 20 do
            package.loaded[name] = nil
            assert.is_false((pcall(require(name).decode, ("["):rep(201) .. ("]"):rep(201), {})))
            package.loaded[name] = core
            local kept = {} -- made last, so ended first: what has been freed by then is written over
            setmetatable({}, { __gc = function()
                for len = 40, 400 do kept[len] = ("x"):rep(len) end
            end })
            collectgarbage()
            assert.equal(400, #kept[400])
        end
    end)
end)
