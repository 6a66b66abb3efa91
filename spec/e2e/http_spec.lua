-- SPDX-License-Identifier: MIT
-- couplet.http: a script asks a web server, and what it is not led into.
local process = require "spec.e2e.process"
local web_server = require "spec.e2e.web_server"

local SCRIPTS = {
    ["asks.lua"] = [==[
local http = require "couplet.http"
local here, clear = "https://localhost:" .. os.getenv "E2E_HTTPS", "http://localhost:" .. os.getenv "E2E_HTTP"
local options = { allow_private = true, ca_file = os.getenv "E2E_CA" }
local function with(more)
    local all = {}
    for key, value in pairs(options) do all[key] = value end
    for key, value in pairs(more or {}) do all[key] = value end
    return all
end
local function show(answer, err)
    if not answer then return "no: " .. err.text end
    return ("%d %s %s %s"):format(answer.status, answer.ok, answer.headers["content-type"], answer.body)
end
local M = {}
local ways = {
    get = function() return show(http.get(here .. "/x", options)) end,
    clear = function() return show(http.get(clear .. "/x", options)) end,
    missing = function() return show(http.get(here .. "/status/404", options)) end,
    json = function()
        local answer = http.post(here .. "/echo", with { json = { a = 1 }, headers = { ["X-Key"] = "k", ["X-Empty"] = "" } })
        local seen = answer:json()
        return ("%s %s %d %s"):format(seen.method, seen.body, seen.len, answer.headers["x-twice"])
    end,
    nojson = function()
        local _, err = http.get(here .. "/x", options):json()
        return err.text
    end,
    put = function() return show(http.request(with { method = "put", url = here .. "/x", body = ("x"):rep(300000) })) end,
    moved = function() return show(http.get(clear .. "/to?" .. here .. "/moved", with { headers = { Authorization = "secret" } })) end,
    round = function() return show(http.get(here .. "/to?" .. here .. "/to?" .. here .. "/x", with { redirects = 1 })) end,
    private = function() return show(http.get(here .. "/x", { ca_file = os.getenv "E2E_CA" })) end,
    metadata = function() return show(http.get "http://169.254.169.254/latest/meta-data/") end,
    file = function() return show(http.get "file:///etc/passwd") end,
    away = function() return show(http.get(here .. "/to?file:///etc/passwd", options)) end,
    trust = function() return show(http.get(here .. "/x", { allow_private = true })) end,
    down = function() return show(http.get(here .. "/to?" .. clear .. "/x", options)) end,
    spellings = function()
        local urls = {
            "file:///etc/passwd", "gopher://127.0.0.1/x", "ftp://127.0.0.1/x", "dict://127.0.0.1/x", "ldap://127.0.0.1", "HTTPX://a",
            "unix:/run/x", "//127.0.0.1/", "/etc/passwd", "javascript:1", "http://", "http:///x",
        }
        for _, host in ipairs {
            "127.0.0.1", "localhost", "LOCALHOST.", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]", "0.0.0.0", "0", "127.1", "2130706433",
            "0x7f000001", "0177.0.0.1", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fd00::1]", "10.0.0.1", "172.16.0.1", "192.168.1.1",
            "169.254.169.254", "[fd00:ec2::254]", "100.64.0.1", "224.0.0.1", "255.255.255.255", "①27.0.0.1", "a@127.0.0.1", "example.org@127.0.0.1",
        } do
            urls[#urls + 1] = "http://" .. host .. clear:match ":%d+" .. "/x"
        end
        local refused = 0
        for _, url in ipairs(urls) do
            local answer = http.get(url)
            if answer then return url end
            refused = refused + 1
        end
        return refused .. " refused"
    end,
    userinfo = function()
        return show(http.get(("https://me:pass-word@localhost:%s/x"):format(os.getenv "E2E_HTTPS"), { ca_file = options.ca_file }))
    end,
    zipped = function() return show(http.get(here .. "/gzip/3000", options)) end,
    bomb = function() return show(http.get(here .. "/gzip/50000000", options)) end,
    many = function(_, bot)
        local refused, ended = "none", 0
        for _ = 1, 33 do
            bot:after(0, function()
                local _, err = http.get(here .. "/silent", with { timeout = 5 })
                if err.condition == "resource-constraint" then refused = err.text end
                ended = ended + 1
            end)
        end
        repeat bot:sleep(0.05) until ended == 33
        return refused
    end,
    hang = function() return show(http.get(here .. "/silent", with { timeout = 1000 })) end,
    large = function() return show(http.get(here .. "/bytes/2000", with { max_bytes = 1999 })) end,
    silent = function() return show(http.get(here .. "/silent", with { timeout = 0.2 })) end,
    misuse = function()
        local _, a = pcall(function() http.get(here, { timeuot = 1 }) end)
        local _, b = pcall(function() http.request { url = here, headers = { ["X"] = "a\r\nHost: b" } } end)
        local _, c = pcall(function() http.get(here, { headers = { ["X: a\r\nHost"] = "b" } }) end)
        return a .. "|" .. b .. "|" .. c
    end,
}
function M.ask(event)
    return ways[event.captures[1]](event.captures[2], event.bot)
end
return M
]==],
}
local BOTS = [[
  asker:
    @account asker
    hooks:
      - { event: message, body: "^ask (%w+) ?(%S*)$", call: asks.ask }
]]

describe("couplet.http", function()
    local world, romeo, web

    setup(function()
        world, web = web_server.world { scripts = SCRIPTS, bots = BOTS }
        romeo = world:human "romeo"
    end)

    teardown(function()
        world:stop()
        web.stop()
    end)

    local function ask(what)
        web.seen = {}
        romeo:say(world:full_jid "asker", "ask " .. what)
        return romeo:expect({ from = "^asker@", type = "chat", body = "^." }).body
    end

    it("asks, and tells status, headers and body", function()
        assert.equal("200 true text/plain hello", ask "get")
        assert.same({ "GET", true }, { web.seen[1].method, web.seen[1].tls })
        assert.equal("200 true text/plain hello", ask "clear")
        assert.equal("404 false nil as asked", ask "missing")
    end)

    it("sends bodies and JSON, and reads it", function()
        assert.equal('POST {"a":1} 7 a, b', ask "json")
        assert.equal("application/json", web.header(web.seen[1], "Content-Type"))
        assert.equal("k", web.header(web.seen[1], "X-Key"))
        assert.matches("^no JSON: line 1", ask "nojson")
        assert.equal("201 true nil ", ask "put")
        assert.equal(300000, web.seen[1].len)
    end)

    it("follows redirects so often, and takes no secrets along", function()
        assert.equal("200 true text/plain hello", ask "moved")
        assert.equal("secret", web.header(web.seen[1], "Authorization"))
        assert.equal("", web.header(web.seen[2], "Authorization"))
        assert.matches("it redirects too often$", ask "round")
        assert.equal(2, #web.seen)
    end)

    it("is not led into the house", function()
        assert.matches("^no: .*that is a private address$", ask "private")
        assert.matches("^no: .*that is a private address$", ask "metadata")
        assert.matches("^no: .*it is no https:// URL$", ask "file")
        assert.same({}, web.seen)
        assert.matches("^no: .*it is no https:// URL$", ask "away")
        assert.matches("^no: cannot get ", ask "trust")
    end)

    it("is led into it by no spelling", function()
        assert.equal("40 refused", ask "spellings")
        assert.same({}, web.seen)
    end)

    it("is not led back from https to http", function()
        assert.matches("^no: .*it redirects from https:// to http://$", ask "down")
        assert.equal(1, #web.seen)
    end)

    it("tells nobody the password of a URL", function()
        local said = ask "userinfo"
        assert.matches("^no: cannot get https://localhost:%d+/x: that is a private address$", said)
        assert.is_nil(world.log:find("pass%-word@[^\n]*cannot", 1))
    end)

    it("unpacks what is compressed, so far", function()
        assert.matches("^200 true nil x+$", ask "zipped")
        assert.matches("the document is too large$", ask "bomb")
    end)

    it("asks 32 at once, no more", function()
        assert.equal("too many requests of this bot are under way", ask "many")
    end)

    it("waits and reads no more than so much", function()
        assert.matches("the document is too large$", ask "large")
        assert.matches("it takes too long$", ask "silent")
    end)

    it("raises when it is misused", function()
        local said = ask "misuse"
        assert.matches("^.*asks.lua:%d+: a request has no option 'timeuot'|", said)
        assert.matches("asks.lua:%d+: headers: the value of 'X' has a control character|", said)
        assert.matches("headers: { [name] = value } is expected", said, 1, true)
        for _, request in ipairs(web.seen) do assert.not_equal("/", request.path) end -- one of before may be told of only now
    end)

    it("gives up when its bot ends", function()
        web.seen = {}
        romeo:say(world:full_jid "asker", "ask hang")
        process.wait("the request", function() return web.seen[1] end) -- world:stop asserts that the bot ends well
    end)
end)
