-- SPDX-License-Identifier: MIT
local clean = require "couplet.clean"
local scan = require "couplet.core.scan"

describe("couplet.core.scan", function()
    it("calls clean only what the cleaner would leave as it is", function()
        local count = 0
        for code = 0, 0x10FFFF do
            local character = utf8.char(code)
            if scan.is_clean(character, true) then
                count = count + 1
                local text = "\1" .. character -- not clean, so it is looked at closely
                if clean.text(text) ~= character then error(("U+%04X"):format(code)) end
            end
        end
        assert.is_true(count > 50000)
    end)

    it("knows lines from one line", function()
        assert.is_true(scan.is_clean("a\n\tb — ü 🔥", true))
        assert.is_false(scan.is_clean "a\nb")
        assert.is_false(scan.is_clean("a\rb", true))
        assert.is_false(scan.is_clean("\0", true))
        assert.is_true(scan.is_clean "")
    end)

    it("knows what has no blanks at its ends", function()
        for _, text in ipairs { "", "a", "a b", "ü—" } do assert.is_true(scan.is_line(text)) end
        for _, text in ipairs { " ", " a", "a ", "a\n", "\ta", "a\tb", "a\0" } do assert.is_false(scan.is_line(text)) end
    end)

    it("is not certain of what is no UTF-8", function()
        for _, text in ipairs { "\255", "\xC3", "a\xE2\x80", "\xED\xA0\x80", "\xC0\x80" } do assert.is_false(scan.is_clean(text)) end
    end)

    it("knows URLs of the web", function()
        for _, url in ipairs { "http://a", "https://a.example:8080/x?y=z#f", "HTTP://a/@" } do
            assert.is_true(scan.is_url(url))
            assert.equal(url, clean.url(url))
        end
        local bad = { "", "http://", "http:///a", "http://u@a/", "http://a b", "http://a\\b", "http://a\"", "ftp://a", "http://a/<", "http://a\0" }
        for _, text in ipairs(bad) do
            assert.is_false(scan.is_url(text))
            assert.is_nil(clean.url(text))
        end
    end)

    it("writes all but the unreserved characters as percents", function()
        assert.equal("a-Z0._~%20%22%00%C3%BC%2F", scan.percent 'a-Z0._~ "\0ü/')
        assert.equal("", scan.percent "")
    end)
end)
