-- SPDX-License-Identifier: MIT
-- Webhooks: who may post and who not, and what is said before it is on disk (nothing).
local e2e = require "spec.e2e.harness"
local files = require "spec.files"
local json = require "dkjson"
local process = require "spec.e2e.process"
local uv = require "luv"
local web = require "spec.e2e.web_client"

local TOP = [[
storage: kept.db
http: { listen: ["127.0.0.1:0", "[::1]:0"] }]]
local BOTS = [[
  ops:
    @account ops
    hooks:
      - { event: webhook, path: /say, call: hook.say, with: { to: juliet@localhost } }
      - { event: webhook, path: /return, call: hook.back }
      - { event: webhook, path: /return, method: GET, call: hook.back }
      - { event: webhook, path: /wait, call: hook.wait }
      - { event: webhook, path: /bearer, auth: { bearer: tea-and-biscuits }, call: hook.back }
      - { event: webhook, path: /basic, auth: { basic: { user: ops, password: tea-and-biscuits } }, call: hook.back }
      - { event: webhook, path: /token, auth: { token: tea-and-biscuits }, call: hook.back }
      - { event: webhook, path: /signed, auth: { hmac: { secret: tea-and-biscuits, id_header: X-Id } }, call: hook.back }
      - { event: webhook, path: /dated, call: hook.back,
          auth: { hmac: { secret: tea-and-biscuits, header: X-Signature, timestamp_header: X-Time, window: 1m } } }
      - { event: webhook, path: /standard, auth: { standard_webhooks: { secret: whsec_dGVhLWFuZC1iaXNjdWl0cy1hdC1maXZl } }, call: hook.back }
      - { event: webhook, path: /elsewhere, networks: [192.0.2.0/24, "2001:db8::/32"], call: hook.back }
      - { event: webhook, path: /small, max_body: 1K, content_type: json, call: hook.back }
      - { event: webhook, path: /rare, rate: 2/1h, call: hook.back }]]
local SECRET = "tea-and-biscuits"
local SCRIPTS = {
    ["hook.lua"] = [[
local M = {}
function M.say(event) return nil, select(2, event.bot:say(event.with.to, event.body)) end
function M.back(event)
    local code = assert(load("local event, bot, hook = ... " .. event.body))
    return code(event, event.bot, M)
end
function M.wait(event) -- so many seconds, or until hook.is_told
    io.stderr:write("WAITS " .. event.body .. "\n")
    if event.body == "told" then
        repeat event.bot:sleep(0.01) until M.is_told
    else
        event.bot:sleep(tonumber(event.body))
    end
    return "waited"
end
return M
]],
}

local function start(options)
    options = options or {}
    return e2e.start {
        bots = options.bots or BOTS, scripts = SCRIPTS, accounts = { "juliet" }, top = options.top or TOP, before = options.before,
    }
end

local function stop(world)
    assert(not world.log:find(SECRET, 1, true), "a secret is in the log")
    world:stop()
end

local function sign(text)
    return files.output(("printf %%s '%s' | openssl dgst -sha256 -hmac '%s' -r"):format(text, SECRET)):match "^%x+"
end

-- As Standard Webhooks does, with the key "tea-and-biscuits-at-five".
local function sign_standard(id, time, text)
    local command = "printf %%s '%s.%s.%s' | openssl dgst -sha256 -hmac tea-and-biscuits-at-five -binary | base64"
    local pipe = io.popen(command:format(id, time, text))
    local digest = pipe:read "l"
    pipe:close()
    return { ["webhook-id"] = id, ["webhook-timestamp"] = tostring(time), ["webhook-signature"] = "v1a,Zm9v v1," .. digest }
end

local function status(port, path, headers, body)
    local answer = web.ask(port, { path = path, headers = headers, body = body or "return true" })
    if answer.status >= 300 then
        assert.equal("application/problem+json", answer.headers["content-type"])
        assert.equal(answer.status, json.decode(answer.body).status)
    end
    return answer.status, answer
end

describe("a webhook", function()
    it("is answered 202 and said to a person", function()
        local world = start()
        local juliet = world:human "juliet"
        local port = web.port(world)
        local answer = web.ask(port, { path = "/say", body = "the disk is hot" })
        assert.equal(202, answer.status)
        assert.equal("", answer.body)
        juliet:expect { from = "^ops@localhost/", body = "the disk is hot" }
        stop(world)
    end)

    it("gets what its function returns", function()
        local world = start()
        local port = web.port(world)
        local function back(code) return web.ask(port, { path = "/return?a=b%20c&d=1+2", headers = { ["X-Two"] = "2" }, body = code }) end
        local answer = back "return 'text'"
        assert.equal("200 text/plain; charset=utf-8 text", ("%d %s %s"):format(answer.status, answer.headers["content-type"], answer.body))
        answer = back [[return { kind = event.kind, path = event.path, method = event.method, query = event.query,
            two = event.headers["x-two"], source = event.source }]]
        assert.equal("application/json", answer.headers["content-type"])
        assert.same({ kind = "webhook", path = "/return", method = "POST", query = { a = "b c", d = "1 2" }, two = "2", source = "127.0.0.1" },
            json.decode(answer.body))
        for condition, want in pairs {
            ["bad-request"] = 400, forbidden = 403, ["item-not-found"] = 404, ["not-acceptable"] = 422, ["resource-constraint"] = 503,
            ["remote-server-timeout"] = 503, ["undefined-condition"] = 500,
        } do
            answer = back(("return nil, require 'couplet.errors'.new('%s', 'no \"such\" thing')"):format(condition))
            assert.equal(want, answer.status)
            assert.equal("application/problem+json", answer.headers["content-type"])
            local problem = json.decode(answer.body)
            assert.equal(want, problem.status)
            assert.equal(want < 500 and 'no "such" thing' or nil, problem.detail)
            assert.equal(want == 503, answer.headers["retry-after"] ~= nil)
        end
        assert.equal(500, back("error 'secret detail'").status)
        assert.is_nil(back("error 'secret detail'").body:find("secret", 1, true))
        -- What makes JSON cannot be loaded: that ends nothing but the answer.
        assert.equal(500, back("package.loaded['couplet.json'], package.preload['couplet.json'] = nil, error return {}").status)
        assert.equal("[]", back("package.preload['couplet.json'] = nil return require 'couplet.json'.array {}").body)
        assert.equal(202, back("return true").status)
        assert.equal(202, back("bot:sleep(0.05)").status)
        local refused = back "return select(2, pcall(bot.hook, bot, { event = 'webhook', call = print }))"
        assert.matches("a webhook stands in the configuration", refused.body)
        assert.equal(202, back("bot.store.n = 1").status)
        stop(world)
    end)
end)

describe("who may not post", function()
    it("is told so, as HTTP has it", function()
        local world = start()
        local port = web.port(world)
        local function refused(want, ...)
            local got, answer = status(port, ...)
            assert.equal(want, got)
            return answer
        end
        assert.equal("no hook has this path", json.decode(refused(404, "/nothing").body).detail)
        refused(404, "/say/")
        refused(404, "//say")
        refused(202, "/ret%75rn")
        refused(400, "/return/../say")
        refused(400, "/%2e%2e/say")
        refused(400, "/a%2fb")
        refused(400, "/a%00b")
        refused(400, "/a%zz")
        assert.equal("POST", web.ask(port, { method = "GET", path = "/say" }).headers.allow)
        local allow = web.ask(port, { method = "DELETE", path = "/return" })
        assert.equal("405 POST, GET", allow.status .. " " .. allow.headers.allow)
        refused(403, "/elsewhere")
        refused(415, "/small", { ["Content-Type"] = "text/plain" })
        refused(415, "/small", { ["Content-Type"] = "multipart/form-data; boundary=x" })
        assert.equal(202, (status(port, "/return", { ["Content-Type"] = "multipart/form-data; boundary=x" })))
        refused(202, "/small", { ["Content-Type"] = "application/vnd.alert+json; charset=utf-8" })
        refused(202, "/small")
        refused(413, "/small", nil, ("x"):rep(1025))
        assert.equal(202, status(port, "/rare"))
        assert.equal(202, status(port, "/rare"))
        assert.is_string(refused(429, "/rare").headers["retry-after"])
        stop(world)
    end)

    it("shows a secret, the right one", function()
        local world = start()
        local port = web.port(world)
        local got, answer = status(port, "/bearer")
        assert.equal(401, got)
        assert.equal('Bearer realm="couplet"', answer.headers["www-authenticate"])
        assert.equal(401, (status(port, "/bearer", { Authorization = "Bearer tea-and-biscuit" })))
        assert.equal(401, (status(port, "/bearer", { Authorization = "Bearer " })))
        assert.equal(401, (status(port, "/bearer", { Authorization = "Basic " .. SECRET })))
        assert.equal(202, (status(port, "/bearer", { Authorization = "bearer " .. SECRET })))
        assert.equal(202, (status(port, "/basic", { Authorization = "Basic b3BzOnRlYS1hbmQtYmlzY3VpdHM=" })))
        assert.equal(401, (status(port, "/basic", { Authorization = "Basic b3BzOnRlYS1hbmQtYmlzY3VpdAo=" })))
        assert.equal(401, (status(port, "/basic", { Authorization = "Basic %%" })))
        assert.equal(202, (status(port, "/token", { ["X-Gitlab-Token"] = SECRET })))
        assert.equal(401, (status(port, "/token", { ["X-Gitlab-Token"] = "tea" })))
        local shown = web.ask(port, { path = "/bearer", headers = { Authorization = "Bearer " .. SECRET },
            body = "return event.headers.authorization or 'not shown'" })
        assert.equal("not shown", shown.body)
        local _, told = world.log:gsub("warn  http: 127%.0%.0%.1: %u+ /bearer: 401", "")
        assert.equal(1, told) -- the operator learns of it, once a minute
        stop(world)
    end)

    it("signs the body, once", function()
        local world = start()
        local port = web.port(world)
        local function post(path, body, headers) return (status(port, path, headers, body)) end
        local body = "return 1"
        local good = sign(body)
        assert.equal(401, post("/signed", body))
        assert.equal(401, post("/signed", body, { ["X-Hub-Signature-256"] = "sha256=" .. sign "return 2" }))
        assert.equal(401, post("/signed", body, { ["X-Hub-Signature-256"] = "sha256=" .. good:sub(1, 62) }))
        assert.equal(401, post("/signed", body, { ["X-Hub-Signature-256"] = "sha256=" .. good:sub(1, 62) .. "zz" }))
        assert.equal(200, post("/signed", body, { ["X-Hub-Signature-256"] = "sha256=" .. good }))
        assert.equal(403, post("/signed", body, { ["X-Hub-Signature-256"] = "sha256=" .. good }))
        assert.equal(403, post("/signed", body, { ["X-Hub-Signature-256"] = good:upper() }))
        assert.equal(200, post("/signed", "return 3", { ["X-Hub-Signature-256"] = sign "return 3", ["X-Id"] = "7" }))
        assert.equal(403, post("/signed", "return 4", { ["X-Hub-Signature-256"] = sign "return 4", ["X-Id"] = "7" }))
        local fails = "bot.store.n = (bot.store.n or 0) + 1 if bot.store.n < 3 then error(1) end"
        for _, want in ipairs { 500, 500, 202, 403 } do -- what was not taken may come again
            assert.equal(want, post("/signed", fails, { ["X-Hub-Signature-256"] = sign(fails) }))
        end
        local now = os.time()
        local function dated(time, text) return post("/dated", text, { ["X-Time"] = tostring(time), ["X-Signature"] = sign(time .. ":" .. text) }) end
        assert.equal(200, dated(now, "return 1"))
        assert.equal(403, dated(now, "return 1"))
        assert.equal(200, dated(now - 1, "return 1"))
        assert.equal(403, dated(now - 120, "return 1"))
        assert.equal(403, dated(now + 120, "return 1"))
        assert.equal(403, dated("soon", "return 1"))
        assert.equal(401, post("/dated", "return 1", { ["X-Time"] = tostring(now - 2), ["X-Signature"] = sign(now .. ":return 1") }))
        local function standard(id, time, text) return post("/standard", text, sign_standard(id, time, text)) end
        assert.equal(401, post("/standard", "return 1"))
        assert.equal(401, post("/standard", "return 2", sign_standard("m1", now, "return 1")))
        assert.equal(200, standard("m1", now, "return 1"))
        assert.equal(403, standard("m1", now, "return 1"))
        assert.equal(403, standard("m2", now - 400, "return 1"))
        local once = [[bot.store.m = (bot.store.m or 0) + 1 return bot.store.m > 1 and "twice" or nil]]
        assert.equal(202, standard("m3", now, once))
        assert.equal(202, standard("m3", now + 1, once)) -- the sender comes again: it is done already
        assert.equal(200, standard("m4", now, once))
        stop(world)
    end)
end)

describe("the server for webhooks", function()
    it("takes many at once, one after the other on one line, and in pieces", function()
        local world = start()
        local juliet = world:human "juliet"
        local port = web.port(world)
        local lines = {}
        for i = 1, 32 do
            lines[i] = web.open(port)
            for k = 1, 4 do lines[i]:write(web.text { path = "/say", body = ("%d.%d"):format(i, k) }) end
        end
        for i = 1, 32 do
            for _ = 1, 4 do assert.equal(202, lines[i]:answer().status) end
            lines[i]:close()
        end
        for i = 1, 32 do
            for k = 1, 4 do juliet:expect { from = "^ops@localhost/", body = ("%d.%d"):format(i, k) } end
        end
        local line = web.open(port)
        for c in web.text({ path = "/say", body = "piece by piece" }):gmatch "." do line:write(c) end
        assert.equal(202, line:answer().status)
        line:write "POST /say HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nin two\r\n7\r\n chunks\r\n0\r\n\r\n"
        assert.equal(202, line:answer().status)
        line:write "POST /say HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
        process.wait("100 Continue", function() return line.got:find("HTTP/1.1 100", 1, true) end)
        line:write "later"
        assert.equal(202, line:answer().status)
        line:close()
        juliet:expect { body = "piece by piece" }
        juliet:expect { body = "in two chunks" }
        juliet:expect { body = "later" }
        stop(world)
    end)

    it("bounds what is sent: bodies and headers", function()
        local world = start { top = 'storage: kept.db\nhttp: { listen: "127.0.0.1:0", max_body: 64K }' }
        local port = web.port(world)
        local line = web.open(port) -- before a byte of it was sent
        line:write "POST /say HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n"
        assert.equal(413, line:answer().status)
        line:wait_closed()
        line = web.open(port)
        line:write "POST /say HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        for _ = 1, 20 do line:write("1000\r\n" .. ("x"):rep(4096) .. "\r\n") end
        line:write "0\r\n\r\n"
        assert.equal(413, line:answer().status)
        for _, bad in ipairs {
            "POST /say HTTP/1.1\r\nHost: x\r\nX-Long: " .. ("x"):rep(40000) .. "\r\n\r\n",
            "POST /" .. ("x"):rep(40000) .. " HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST /say HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /say HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\n",
            "POST /say HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
            "nonsense\r\n\r\n",
            "\0\0\0\0\r\n\r\n",
        } do
            line = web.open(port)
            line:write(bad)
            local answer = line:answer()
            assert(not answer or answer.status >= 400, bad:sub(1, 100))
            line:close()
        end
        stop(world)
    end)

    it("bounds how slowly it is sent", function()
        local world = start { top = 'storage: kept.db\nhttp: { listen: "127.0.0.1:0", timeout: 2s, idle: 2s }' }
        local port = web.port(world)
        local line
        for _, start_of in ipairs {
            "", "POST /say HT", "POST /say HTTP/1.1\r\nHost: x\r\nX-A: b",
            "POST /say HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc",
        } do
            line = web.open(port)
            line:write(start_of)
            local timer = uv.new_timer() -- a byte now and then is no progress
            timer:start(50, 50, function() if start_of ~= "" then line:write "x" end end)
            line:wait_closed()
            timer:close()
            line:close()
        end
        line = web.open(port)
        line:write(web.text { path = "/wait", body = "3" }) -- while we are at it nobody is cut off
        assert.equal("waited", line:answer().body)
        line:wait_closed() -- idle
        line:close()
        stop(world)
    end)

    it("bounds how many are there and how many wait", function()
        local world = start { top = 'storage: kept.db\nhttp: { listen: "127.0.0.1:0", connections_per_address: 8, waiting: 3 }' }
        local port = web.port(world)
        local lines = {}
        for i = 1, 3 do
            lines[i] = web.open(port)
            lines[i]:write(web.text { path = "/wait", body = "5" })
        end
        local got, answer
        process.poll("too many", function()
            got, answer = status(port, "/say", nil, "x")
            return got == 429
        end)
        assert.is_string(answer.headers["retry-after"])
        for i = 1, 3 do assert.equal("waited", lines[i]:answer().body) end
        assert.equal(202, (status(port, "/return"))) -- those before are done with, to the server too
        for i = 4, 11 do lines[i] = web.open(port) end
        for i = 1, 3 do lines[i]:wait_closed() end -- idle: they make room
        lines[11]:write(web.text { path = "/return", body = "return 'there is'" })
        assert.equal("there is", lines[11]:answer().body)
        lines[11]:close()
        for i = 11, 12 do lines[i] = web.open(port) end
        lines[12]:wait_closed() -- eight others are busy
        for i = 1, 12 do lines[i]:close() end
        process.poll("room", function()
            local line = web.open(port)
            line:write(web.text { path = "/return", body = "return 'there is'" })
            local there = line:answer()
            line:close()
            return there and there.body == "there is"
        end)
        stop(world)
    end)

    it("bounds what all bodies weigh together", function()
        local world = start { top = 'storage: kept.db\nhttp: { listen: "127.0.0.1:0", max_body: 16M }' }
        local port = web.port(world)
        local lines, part = {}, ("x"):rep(15 << 20)
        for i = 1, 5 do
            lines[i] = web.open(port)
            lines[i]:write("POST /say HTTP/1.1\r\nHost: x\r\nContent-Length: 16777216\r\n\r\n" .. part)
        end
        process.wait("a body too many", function()
            for _, line in ipairs(lines) do
                if line.is_closed or #line.got > 0 then return true end
            end
        end)
        for _, line in ipairs(lines) do line:close() end
        process.poll("room", function() return (status(port, "/return")) == 202 end)
        stop(world)
    end)

    it("goes on when clients do not wait for their answer", function()
        local world = start()
        local port = web.port(world)
        for _ = 1, 10 do
            local line = web.open(port)
            line:write(web.text { path = "/wait", body = "0.1" })
            line:close()
        end
        assert.equal("waited", web.ask(port, { path = "/wait", body = "0.2" }).body)
        stop(world)
    end)

    it("answers what is under way when the process stops, and takes no more", function()
        local world = start()
        local port = web.port(world)
        local lines = { web.open(port), web.open(port), web.open(port) }
        lines[1]:write(web.text { path = "/wait", body = "0.3" })
        lines[2]:write(web.text { path = "/wait", body = "30" })
        lines[3]:write(web.text { path = "/return", body = "return 'here'" })
        assert.equal("here", lines[3]:answer().body)
        world:wait_log "WAITS 0%.3"
        world:wait_log "WAITS 30"
        world.bots:kill "sigterm"
        world:wait_log "asked to stop"
        assert.equal("waited", lines[1]:answer().body)
        lines[3]:write(web.text { path = "/return", body = "return 'here'" })
        local late = lines[3]:answer()
        assert(not late or late.status == 503)
        assert.equal(503, lines[2]:answer().status)
        for _, line in ipairs(lines) do line:close() end
        assert.equal(0, (world:wait_exit()))
        stop(world)
    end)

    it("ends well, too, while the disk still has what was said without a wait", function()
        local world = start()
        local port = web.port(world)
        assert.equal(202, (status(port, "/return", nil, "bot.store.n = 1"))) -- the file is there
        local code = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1], isolation_level=None); db.execute('BEGIN IMMEDIATE'); "
            .. "open(sys.argv[2], 'w').close(); sys.stdin.read()"
        local busy = assert(io.popen(([[timeout 120 python3 -c "%s" '%s/kept.db' '%s/busy']]):format(code, world.dir, world.dir), "w"))
        process.wait("the file to be another's", function() return files.find(world.dir .. "/busy") end)
        local body = "coroutine.wrap(function() bot:say([[juliet@localhost]], [[one]]) end)() io.stderr:write([[SAID\n]]) return true"
        local line = web.open(port)
        line:write(web.text { path = "/signed", headers = { ["X-Hub-Signature-256"] = sign(body), ["Idempotency-Key"] = "s" }, body = body })
        world:wait_log "SAID"
        world.bots:kill "sigterm"
        assert.equal(503, line:answer().status)
        assert.equal(0, (world:wait_exit()))
        busy:close()
        line:close()
        stop(world)
    end)

    it("says which port is taken, before anything connects", function()
        local world = start()
        local port = web.port(world)
        local dir, remove = e2e.folder {
            ["c.yaml"] = ("http: { listen: \"127.0.0.1:%d\" }\nbots: { b: { jid: b@localhost, password: x } }\n"):format(port),
        }
        local code, _, err = e2e.run { "run", dir .. "/c.yaml" }
        assert.equal(1, code)
        assert.matches("cannot listen on 127%.0%.0%.1:" .. port .. ": Address already in use; another process listens there", err)
        assert.is_nil(err:find("connecting", 1, true))
        remove()
        stop(world)
    end)

    it("listens on IPv6, and with TLS", function()
        local world
        world = start {
            before = function(w)
                local dir = w.server.dir .. "/certs/server"
                files.change(w.config, "CERT", dir .. ".pem")
                files.change(w.config, "KEY", dir .. ".key")
            end,
            top = 'storage: kept.db\nhttp: { listen: ["127.0.0.1:0", "[::1]:0"], certificate: CERT, key: KEY }',
        }
        local port = web.port(world)
        world:wait_log "listening on %[::1%]:%d+, with TLS"
        for _, version in ipairs { "-tls1_2", "-tls1_3" } do
            local out = ""
            local client = process.spawn({ "openssl", "s_client", "-quiet", version, "-verify_return_error", "-servername", "localhost",
                "-CAfile", world.server.ca_file, "-connect", "127.0.0.1:" .. port }, {
                stdin = true,
                on_stdout = function(text) out = out .. text end,
            })
            client:write(web.text { path = "/return", body = "return 'under TLS'" })
            process.wait("an answer under TLS", function() return out:find("under TLS", 1, true) end)
            client:kill()
            client:join()
        end
        local clear = web.open(port)
        clear:write(web.text { path = "/return", body = "return 'in clear'" })
        clear:wait_closed()
        assert.is_nil(clear.got:find("in clear", 1, true))
        clear:close()
        stop(world)
    end)
end)

describe("what was answered 202", function()
    it("was said once, and is counted once, wherever the process was killed before", function()
        local world = start()
        local juliet = world:human "juliet"
        local port, line
        local function post(key, code) return (status(port, "/return", { ["Idempotency-Key"] = key }, code)) end
        local function kill()
            world.bots:kill "sigkill"
            world.bots:join()
            if line then line:close() end
            line = nil
            world:run_bots()
            port = web.port(world)
        end
        local function begin(key, code)
            line = web.open(port)
            line:write(web.text { path = "/return", headers = { ["Idempotency-Key"] = key }, body = code })
        end
        -- What was sent, and its proof not yet on disk, may come twice: the same message, with its id.
        local heard = {}
        local function hear()
            local event
            repeat
                event = juliet:expect { from = "^ops@localhost/" }
            until not heard[event.id]
            heard[event.id] = true
            return event.body
        end
        port = web.port(world)
        local steps = ([[
            bot:say("juliet@localhost", "one")
            bot:say("juliet@localhost", "one")
            if not io.open("%s/go") then bot:sleep(86400) end
            bot:say("juliet@localhost", "two")
            bot.store.steps = (bot.store.steps or 0) + 1]]):format(world.dir)
        begin("s", steps)
        for _ = 1, 2 do assert.equal("one", hear()) end
        kill() -- what was said is on disk, the key is not
        io.open(world.dir .. "/go", "w"):close()
        assert.equal(202, post("s", steps))
        assert.equal("two", hear())
        assert.equal(202, post("s", "error(1)"))
        -- Once it is accepted nothing but the key's own way to the disk is left.
        local count = [[
            bot:say("juliet@localhost", "number " .. event.headers["idempotency-key"])
            bot.store.count = (bot.store.count or 0) + 1]]
        for i = 1, 6 do
            if i % 2 == 1 then begin(("k%d"):format(i), count) else assert.equal(202, post(("k%d"):format(i), count)) end
            if i % 3 == 1 then world:wait_log "accepted: it is on disk" end
            kill()
            assert.equal(202, post(("k%d"):format(i), count))
        end
        assert.equal("1 6", web.ask(port, { path = "/return", body = "return bot.store.steps .. ' ' .. bot.store.count" }).body)
        for i = 1, 6 do assert.equal(("number k%d"):format(i), hear()) end
        assert.equal(202, post("last", [[bot:say("juliet@localhost", "last")]]))
        assert.equal("last", hear())
        stop(world)
    end)

    it("is not said by a handler that failed in the midst of it, and does better the next time", function()
        local world = start()
        local juliet = world:human "juliet"
        local port = web.port(world)
        local function post(code) return (status(port, "/return", { ["Idempotency-Key"] = "f" }, code)) end
        local say = [[bot:say("juliet@localhost", "%s") ]]
        assert.equal(500, post(say:format "one" .. "error 'no'"))
        assert.equal(500, post(say:format "one" .. say:format "another" .. "return nil, 'no'"))
        assert.equal(202, post(say:format "one" .. say:format "one" .. say:format "another"))
        local said = {}
        for i = 1, 3 do said[i] = juliet:expect({ from = "^ops@localhost/" }).body end
        assert.same({ "one", "another", "one" }, said)
        stop(world)
    end)

    it("is on disk as a handler that failed has left it at last", function()
        local world = start()
        local port = web.port(world)
        local look = [[timeout 40 /usr/bin/python3 -c "import sqlite3; print(list(sqlite3.connect('%s/kept.db').execute('SELECT value FROM pairs')))"]]
        local function on_disk() return (files.output(look:format(world.dir))) end
        assert.equal(202, (status(port, "/return", nil, "bot.store.n = 0")))
        local before = on_disk()
        local code = "local _ <close> = setmetatable({}, { __close = function() bot.store.n = 2 end }) bot.store.n = 1 error 'no'"
        assert.equal(500, (status(port, "/return", nil, code)))
        process.wait("the disk", function() return on_disk() ~= before end)
        world.bots:kill "sigkill"
        world.bots:join()
        world:run_bots()
        assert.equal("2", web.ask(web.port(world), { path = "/return", body = "return bot.store.n" }).body)
        stop(world)
    end)

    it("is not done again under the same key, or signature, also by the next process", function()
        local world = start()
        local juliet = world:human "juliet"
        local port = web.port(world)
        local function say(key, body) return (status(port, "/say", { ["Idempotency-Key"] = key }, body)) end
        assert.equal(202, say("k1", "one"))
        assert.equal(202, say("k1", "one"))
        assert.equal(202, say("k2", "two"))
        assert.equal(500, (status(port, "/return", { ["Idempotency-Key"] = "k1" }, "error(1)"))) -- another path, and not taken
        assert.equal(202, (status(port, "/return", { ["Idempotency-Key"] = "k1" }, "return true")))
        assert.equal(202, (status(port, "/return", { ["Idempotency-Key"] = "k1" }, "error(1)")))
        local line = web.open(port)
        line:write(web.text { path = "/wait", headers = { ["Idempotency-Key"] = "w" }, body = "told" })
        world:wait_log "WAITS told"
        assert.equal(503, (status(port, "/wait", { ["Idempotency-Key"] = "w" }, "0")))
        assert.equal(202, (status(port, "/return", nil, "hook.is_told = true")))
        assert.equal(200, line:answer().status)
        line:close()
        local signed = { ["X-Hub-Signature-256"] = sign "return true" }
        assert.equal(202, (status(port, "/signed", signed, "return true")))
        world.bots:kill "sigkill"
        world.bots:join()
        world:run_bots()
        port = web.port(world)
        assert.equal(202, say("k1", "one"))
        assert.equal(202, say("k3", "three"))
        assert.equal(403, (status(port, "/signed", signed, "return true")))
        local said, ids = {}, {}
        repeat
            local event = juliet:expect { from = "^ops@localhost/" }
            if not ids[event.id] then said[#said + 1] = event.body end -- what it was not told had arrived comes again, as itself
            ids[event.id] = true
        until event.body == "three"
        assert.same({ "one", "two", "three" }, said)
        stop(world)
    end)

    it("is on disk: the process is killed at any instant, and nothing is lost", function()
        local world = start()
        local juliet = world:human "juliet"
        local accepted = {}
        for round = 1, 4 do
            local port, lines = web.port(world), {}
            for i = 1, 8 do lines[i] = web.open(port) end
            local sent = 0
            local function note()
                for i, line in ipairs(lines) do
                    while line.sent and line.got:find "\r\n\r\n" do
                        if line:answer().status == 202 then accepted[#accepted + 1] = line.sent end
                        line.sent = nil
                    end
                    if not line.sent and not line.is_closed then
                        sent = sent + 1
                        line.sent = ("%d.%d.%d"):format(round, i, sent)
                        line:write(web.text { path = "/say", body = line.sent })
                    end
                end
                return #accepted >= round * math.random(20, 100)
            end
            process.wait("answers", note)
            world.bots:kill "sigkill"
            world.bots:join()
            for _, line in ipairs(lines) do
                line:wait_closed()
                if line.sent and line.got:find "^HTTP/1.1 202" then accepted[#accepted + 1] = line.sent end
                line:close()
            end
            world:run_bots()
            world:wait_log "as ops@localhost"
        end
        for _, text in ipairs(accepted) do juliet:expect { from = "^ops@localhost/", body = text } end
        stop(world)
    end)

    it("is not, where the disk takes nothing: 503, and the sender comes again", function()
        local world = start()
        local juliet = world:human "juliet"
        local port = web.port(world)
        assert.equal(202, (status(port, "/say", nil, "one")))
        local limit = ("prlimit --pid %d --fsize=%%s"):format(world.bots.pid)
        assert(os.execute(limit:format "1:unlimited"))
        local got, answer = status(port, "/say", nil, "two")
        assert.equal(503, got)
        assert.is_string(answer.headers["retry-after"])
        assert.equal(503, (status(port, "/return", nil, "bot:say('juliet@localhost', 'two') return true")))
        assert.equal(503, (status(port, "/return", nil, "bot.store.n = 1")))
        local alone = "coroutine.wrap(function() bot:say('juliet@localhost', 'two') end)() "
        assert.equal(503, (status(port, "/return", nil, alone .. "return true")))
        assert.equal(503, (status(port, "/return", nil, alone .. "return 'said'")))
        assert.equal(503, (status(port, "/return", nil, alone .. "return { said = true }")))
        assert.equal(503, (status(port, "/return", nil, alone .. "bot:sleep(0.5) return true")))
        assert.equal(503, (status(port, "/return", nil, "bot.store.n = 2 bot:sleep(0)")))
        assert.equal(503, (status(port, "/return", nil, "bot.store.n = 3 bot:sleep(0.1)")))
        assert(os.execute(limit:format "unlimited:unlimited"))
        assert.equal(202, (status(port, "/say", nil, "three")))
        juliet:expect { body = "one" }
        juliet:expect { body = "three" }
        for _, event in ipairs(juliet.waiting) do assert.not_equal("two", event.body) end
        stop(world)
    end)
end)
