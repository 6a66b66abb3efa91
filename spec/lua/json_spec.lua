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
