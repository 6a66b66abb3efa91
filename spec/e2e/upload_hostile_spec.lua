-- SPDX-License-Identifier: MIT
-- A service for uploads that means harm (SECURITY.md, files and URLs): what its slots ask for, and what a bot does not do. The
-- service is a component on a real server, whose slots depend on the name of the file.
local web_server = require "spec.e2e.web_server"

local SECRET = "hush-e2e-secret"
local SCRIPTS = {
    ["service.lua"] = [[
local ns = "urn:xmpp:http:upload:0"
local here = "https://localhost:" .. os.getenv "E2E_HTTPS"
local PUT = {
    http = "http://files.example.org/x",
    file = "file:///etc/passwd",
    user = "https://localhost:" .. os.getenv "E2E_HTTPS" .. "@evil.example.org/",
    name = "https://127.0.0.1:" .. os.getenv "E2E_HTTPS" .. "/x", -- the certificate is not good for that
    clear = "http://localhost:" .. os.getenv "E2E_HTTP" .. "/clear",
    redirect = here .. "/to?" .. here .. "/elsewhere",
    away = here .. "/to?http://localhost:" .. os.getenv "E2E_HTTP" .. "/elsewhere",
    large = here .. "/status/413", refused = here .. "/status/403", broken = here .. "/close", silent = here .. "/silent",
    nowhere = "https://nowhere.invalid/x",
}
local M = {}
function M.slot(event)
    local request = event.stanza:get_child("request", ns)
    local how = request.attr.filename:match "^%w+"
    local headers = how == "headers" and {
        { name = "header", attr = { name = "Host" }, "evil.example.org" },
        { name = "header", attr = { name = "Content-Length" }, "1000000" },
        { name = "header", attr = { name = "X-Forwarded-For" }, "127.0.0.1" },
        { name = "header", attr = { name = "cookie" }, "a=1\r\nX-Evil: 1" },
        { name = "header", attr = { name = "Authorization\r\nX-Evil" }, "1" },
        { name = "header", attr = { name = "aUTHORIZATION" }, "Basic xyz" },
    } or {}
    return { name = "slot", attr = { xmlns = ns },
        { name = "put", attr = { url = PUT[how] or here .. "/" .. how }, table.unpack(headers) },
        { name = "get", attr = { url = here .. "/get" } } }
end
function M.info()
    return { name = "query", attr = { xmlns = "http://jabber.org/protocol/disco#info" },
        { name = "identity", attr = { category = "store", type = "file" } }, { name = "feature", attr = { var = ns } } }
end
return M
]],
    ["giver.lua"] = [[
local M = {}
function M.give(event)
    local what = event.captures[1]
    local url, err = event.bot:upload({ name = what .. ".txt", data = "the file" }, what == "silent" and { timeout = 2 } or nil)
    return url or "no: " .. tostring(err.text)
end
return M
]],
}
local BOTS = [[
  service:
    component: upload.localhost
    secret: SECRET
    server: 127.0.0.1:${E2E_COMPONENT}
    features: { disco: false }
    hooks:
      - { event: iq, type: get, xmlns: "urn:xmpp:http:upload:0", child: request, call: service.slot }
      - { event: iq, type: get, xmlns: "http://jabber.org/protocol/disco#info", child: query, call: service.info }
  giver:
    @account giver
    hooks:
      - { event: message, body: "^give (%w+)$", call: giver.give }
]]

describe("a hostile service for files", function()
    local world, romeo, web

    setup(function()
        local env = {}
        world, web = web_server.world {
            scripts = SCRIPTS, bots = BOTS:gsub("SECRET", SECRET), server = { "--component", "upload.localhost:" .. SECRET },
            online = { "giver" }, env = env,
            before = function(w) env.E2E_COMPONENT = tostring(w.server.component_port) end,
        }
        world:wait_log "online as upload%.localhost"
        romeo = world:human "romeo"
    end)

    teardown(function()
        world:stop()
        web.stop()
    end)

    local function give(what)
        web.seen = {}
        romeo:say(world:full_jid "giver", "give " .. what)
        return romeo:expect({ from = "^giver@", type = "chat", body = "^." }).body
    end

    it("gets the file of who asks for nothing more", function()
        assert.matches("^https://localhost:%d+/get$", give "well")
        assert.equal(1, #web.seen)
        local put = web.seen[1]
        assert.same({ "PUT", "/well", "the file", true }, { put.method, put.path, put.body, put.tls })
        assert.equal("text/plain", web.header(put, "Content-Type"))
        assert.equal("", web.header(put, "Expect"))
    end)

    it("gets nothing where it is not https, or names no host", function()
        for _, what in ipairs { "http", "file", "user" } do
            assert.matches("^no: upload.localhost gave a place for the file that is not safe: its URL", give(what))
            assert.same({}, web.seen)
        end
    end)

    it("gets nothing where the certificate is not good for its host, or the host is nowhere", function()
        assert.matches("^no: cannot put to https://127.0.0.1:", give "name")
        assert.matches("^no: cannot put to https://nowhere.invalid/x: ", give "nowhere")
        assert.same({}, web.seen)
    end)

    it("may be without TLS on this machine, for a bot of a server on this machine", function()
        assert.matches("^https://localhost:%d+/get$", give "clear")
        assert.is_false(web.seen[1].tls)
    end)

    it("cannot put headers of its own into the request", function()
        assert.matches("^https://localhost:%d+/get$", give "headers")
        local put = web.seen[1]
        assert.equal("localhost:" .. web.https, web.header(put, "Host"))
        assert.equal("8", web.header(put, "Content-Length"))
        assert.equal("", web.header(put, "X-Forwarded-For") .. web.header(put, "X-Evil"))
        assert.equal("a=1X-Evil: 1", web.header(put, "Cookie"))
        assert.equal("Basic xyz", web.header(put, "Authorization"))
        assert.is_nil(world.log:find("Basic xyz", 1, true))
    end)

    it("cannot send the file elsewhere by a redirect", function()
        for _, what in ipairs { "redirect", "away" } do
            assert.matches("^no: the server did not take %w+.txt: .*HTTP status 302, a redirect$", give(what))
            assert.equal(1, #web.seen)
        end
    end)

    it("is told of by what it answers", function()
        assert.equal("no: large.txt is too large for the server: it has 8 bytes", give "large")
        assert.matches("^no: the server did not take refused.txt: .*HTTP status 403$", give "refused")
        assert.matches("^no: cannot put to https://localhost:%d+/close: ", give "broken")
        assert.matches("^no: cannot put to https://localhost:%d+/silent: it takes too long$", give "silent")
    end)
end)
