-- SPDX-License-Identifier: MIT
-- Webhooks: who may post and who not, and what is said before it is on disk (nothing).
local e2e = require "spec.e2e.harness"
local json = require "dkjson"
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
      - { event: webhook, path: /return, method: GET, call: hook.back }]]
local SCRIPTS = {
    ["hook.lua"] = [[
local M = {}
function M.say(event) return nil, select(2, event.bot:say(event.with.to, event.body)) end
function M.back(event)
    local code = assert(load("local event, bot = ... " .. event.body))
    return code(event, event.bot)
end
return M
]],
}

local function start(options)
    options = options or {}
    return e2e.start {
        bots = BOTS .. (options.bots or ""), scripts = SCRIPTS, accounts = { "juliet" }, top = options.top or TOP, env = options.env,
    }
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
        world:stop()
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
        for condition, status in pairs {
            ["bad-request"] = 400, forbidden = 403, ["item-not-found"] = 404, ["not-acceptable"] = 422, ["resource-constraint"] = 503,
            ["remote-server-timeout"] = 503, ["undefined-condition"] = 500,
        } do
            answer = back(("return nil, require 'couplet.errors'.new('%s', 'no \"such\" thing')"):format(condition))
            assert.equal(status, answer.status)
            assert.equal("application/problem+json", answer.headers["content-type"])
            local problem = json.decode(answer.body)
            assert.equal(status, problem.status)
            assert.equal(status < 500 and 'no "such" thing' or nil, problem.detail)
            assert.equal(status == 503, answer.headers["retry-after"] ~= nil)
        end
        assert.equal(500, back("error 'secret detail'").status)
        assert.is_nil(back("error 'secret detail'").body:find("secret", 1, true))
        assert.equal(202, back("return true").status)
        assert.equal(202, back("bot:sleep(0.05)").status)
        assert.equal(202, back("bot.store.n = 1").status)
        world:stop()
    end)
end)
