-- SPDX-License-Identifier: MIT
-- couplet.clean: texts from outside as they may be shown.
local clean = require "couplet.clean"

describe("couplet.clean", function()
    it("takes out what has no place in a text", function()
        for text, want in pairs {
            ["plain"] = "plain", ["a\r\nb\rc"] = "a\nb\nc", ["a\tb\nc"] = "a\tb\nc", ["\0a\1b\27[2J\127"] = "ab[2J", ["a\u{85}b"] = "a\nb",
            ["\u{202E}abc\u{2066}d\u{2069}"] = "abcd", ["a\u{200B}b\u{FEFF}c\u{AD}d"] = "abcd", ["a\u{2028}b\u{2029}c"] = "a\nb\nc",
            ["👩\u{200D}🔬 äöü 漢字"] = "👩\u{200D}🔬 äöü 漢字", ["\u{E0041}x\u{FFFE}y\u{1FFFF}z"] = "xyz",
        } do
            assert.equal(want, clean.text(text))
        end
    end)

    it("repairs what is not UTF-8", function()
        assert.equal("a\u{FFFD}b", clean.text "a\255b")
        assert.equal("\u{FFFD}\u{FFFD}", clean.text "\xC0\x80")
        assert.equal("x\u{FFFD}\u{FFFD}", clean.text "x\xE2\x82")
        for i = 0, 255 do
            for _, text in ipairs { string.char(i), "ä" .. string.char(i) .. "ö", string.char(i, i, i, i) } do
                assert.is_truthy(utf8.len(clean.text(text)))
            end
        end
    end)

    it("keeps to its length, without half characters", function()
        assert.equal("ää…", clean.text(("ä"):rep(10), 7))
        for most = 3, 40 do
            local text = clean.text(("aä漢👍"):rep(10), most)
            assert.is_true(#text <= most and utf8.len(text) ~= nil)
        end
        assert.equal("ab", clean.cut("ab", 5))
        assert.equal("", clean.cut("ä", 1))
        assert.is_true(#clean.text(("\255"):rep(100), 30) <= 30 and #clean.text(("\255"):rep(30), 30) <= 30)
    end)

    -- Gone through again for each of its blanks, this would not end within the day.
    local WIDE = "a" .. (" "):rep(4000000) .. "b"

    it("takes off blanks in one pass, whatever is within", function()
        for text, want in pairs {
            [""] = "", [" "] = "", [" \t\n "] = "", a = "a", [" a"] = "a", ["a "] = "a", ["\na b\r\n"] = "a b", [" " .. WIDE .. " "] = WIDE,
            [(" "):rep(4000000)] = "",
        } do
            assert.is_true(want == clean.trim(text))
            assert.is_true(want == clean.trim_end(text:match "%S.*" or text))
        end
    end)

    it("is not needed for what a message says behind its first word", function()
        local stand_in = require "spec.lua.stand_in"
        local bot = stand_in.bot()
        local function args(body) return stand_in.event(bot, { name = "message", attr = { from = "a@b" }, { name = "body", body } }).args end
        for body, want in pairs {
            ["say  it now "] = "it now", say = false, ["say "] = "", [" say it"] = "it", [""] = false, ["  "] = false, ["say " .. WIDE .. " "] = WIDE,
            [(" "):rep(4000000)] = false, ["say" .. (" "):rep(4000000)] = "", [("x"):rep(4000000)] = false,
        } do
            assert.is_true((want or nil) == args(body), body:sub(1, 20))
        end
        local words = require "couplet.words"
        local text = "say " .. WIDE .. " "
        local list = words.split(text)
        assert.is_true(WIDE == words.rest(text, list[2], list))
    end)

    it("makes one line", function()
        assert.equal("a b c", clean.line "  a\n\n\tb\r\nc \n")
    end)

    it("knows URLs of the web", function()
        for _, url in ipairs { "https://x.org", "http://x.org:80/a?b=c&d=%20#e", "HTTPS://X.ORG/", "https://[::1]/ä" } do assert.equal(url, clean.url(url)) end
        for _, text in ipairs {
            "javascript:alert(1)", "ftp://x.org", "x.org", "https://", "https://user:pw@x.org/", "https://x.org/ a", "https://x.org/\n", "https://x.org/\"",
            "https://x.org/<b>", "https://x.org/\u{202E}", "data:text/html,x", "file:///etc/passwd", "https://x.org/" .. ("a"):rep(3000), "",
        } do
            assert.is_nil(clean.url(text))
        end
        assert.is_nil(clean.url(nil))
        assert.is_nil(clean.url {})
    end)
end)
