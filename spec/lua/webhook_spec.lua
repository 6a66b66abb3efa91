-- SPDX-License-Identifier: MIT
-- couplet.webhook: the fields of forms, in both ways that they are sent, and damaged.
local webhook = require "couplet.webhook"

local function urlencoded(body) return webhook.form { headers = { ["content-type"] = "application/x-www-form-urlencoded" }, body = body } end

local function multipart(body, kind)
    return webhook.form { headers = { ["content-type"] = kind or "multipart/form-data; boundary=AaB03x" }, body = (body:gsub("\n", "\r\n")) }
end

describe("couplet.webhook.form", function()
    it("reads what is in the form of a query", function()
        assert.same({ a = "1", b = "x y", ["c d"] = "%", e = "" }, urlencoded "a=1&b=x+y&c%20d=%25&e=")
        assert.same({ a = "2" }, urlencoded "a=1&a=2")
        assert.same({}, urlencoded "")
        assert.same({ a = "1" }, webhook.form { body = "a=1" })
    end)

    it("reads what is in parts (RFC 7578)", function()
        assert.same({ data = '{"a":1}', ["what else"] = "two\r\nlines\r\n" }, multipart [[
--AaB03x
Content-Disposition: form-data; name="data"

{"a":1}
--AaB03x
content-type: text/plain
content-disposition:form-data; filename="x; name=y"; name="what else"

two
lines

--AaB03x--
]])
        assert.same({ a = "" }, multipart "a preamble\n--AaB03x\nContent-Disposition: form-data; name=a\n\n\n--AaB03x--")
        assert.same({ a = "b" }, multipart('--a b\nContent-Disposition: form-data; name="a"\n\nb\n--a b--\n', 'Multipart/Form-Data; charset=x; Boundary="a b"'))
    end)

    it("leaves out what is cut or has no name, and raises nothing", function()
        local whole = '--AaB03x\nContent-Disposition: form-data; name="a"\n\n1\n--AaB03x\nContent-Disposition: form-data; name="b"\n\n2\n--AaB03x--\n'
        assert.same({ a = "1", b = "2" }, multipart(whole))
        for i = 1, #whole do
            for _, value in pairs(multipart(whole:sub(1, i))) do assert.is_true(value == "1" or value == "2") end
            multipart(whole:sub(i))
        end
        assert.same({ a = "1" }, multipart(whole:sub(1, -15)))
        local nameless = "--AaB03x\nContent-Disposition: form-data\n\n1\n--AaB03x\nContent-Disposition: inline; name=a\n\n2\n--AaB03x\n\n\n3\n--AaB03x--\n"
        assert.same({}, multipart(nameless))
        assert.same({}, multipart(whole, "multipart/form-data"))
        assert.same({}, multipart(whole, "multipart/form-data; boundary=other"))
        assert.same({}, webhook.form { headers = { ["content-type"] = "multipart/form-data; boundary=x" } })
    end)
end)
