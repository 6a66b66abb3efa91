-- SPDX-License-Identifier: MIT
-- The bots of docs/guide/start.md and messages.md do what the guide says, on a server that is not example.org; and what
-- docs/guide/troubleshooting.md quotes is what the program prints.
local e2e = require "spec.e2e.harness"
local files = require "spec.files"
local guide = require "spec.e2e.guide"
local web = require "spec.e2e.web_client"

e2e.each_server(describe, "the guide's", function(kind)
    it("first bot answers", function()
        local yaml, lua = guide.bots("start", "robo")
        e2e.with({ kind = kind, bots = yaml, scripts = { ["robo.lua"] = table.concat(lua) } }, function(world)
            local romeo = world:human "romeo"
            romeo:say("robo@localhost", "roll 1")
            romeo:expect { from = "^robo@localhost/", type = "chat", body = "^You have [12]%.$" }
            romeo:say("robo@localhost", "hello")
            romeo:expect { from = "^robo@localhost/", type = "chat", body = "Say `roll 6`, romeo@localhost." }
            romeo:presence { to = "robo@localhost", type = "subscribe" }
            world:wait_log "%-> <presence [^\n]*type='subscribed'"
        end)
    end)

    describe("clerk", function()
        local world, romeo

        setup(function()
            local yaml, lua = guide.bots("messages", "clerk")
            world = e2e.start { kind = kind, bots = yaml, scripts = { ["clerk.lua"] = table.concat(lua) } }
            romeo = world:human "romeo"
        end)

        teardown(function() world:stop() end)

        local asked = 0
        local function ask(text)
            asked = asked + 1
            romeo:say("clerk@localhost", text, { id = "asked-" .. asked })
        end
        local function answer(pattern)
            pattern.from = "^clerk@localhost/"
            return romeo:expect(pattern)
        end

        it("answers and edits", function()
            ask "echo hello"
            answer { body = "hello" }
            ask "work"
            answer { body = "working …" }
            answer { body = "done", xml = "^.*message%-correct" }
        end)

        it("quotes and reacts", function()
            ask "quote"
            answer { xml = "^.*urn:xmpp:reply:0", body = "^.*This one%.$" }
            ask "thanks a lot"
            answer { xml = "^.*urn:xmpp:reactions:0.*👍" }
        end)

        it("asks for a receipt", function()
            ask "important"
            local message = answer { xml = "^.*urn:xmpp:receipts" }
            romeo:raw(("<message to='%s' type='chat'><received xmlns='urn:xmpp:receipts' id='%s'/></message>"):format(message.from, message.id))
            answer { body = "^You have it: " .. message.id:gsub("%p", "%%%0") }
        end)

        it("writes styles and long texts", function()
            ask "styles"
            answer { body = "^%*Status%*\n```\nup 3 days\n```" }
            answer { body = "2 * 3 * 4", xml = "^.*unstyled" }
            ask "story"
            answer { body = "^All work" }
            answer { body = "^.*a dull boy" }
        end)

        it("sees corrections and reactions", function()
            romeo:raw "<message to='clerk@localhost' type='chat' id='m2'><body>tea</body><replace xmlns='urn:xmpp:message-correct:0' id='m1'/></message>"
            answer { body = 'So it is "tea".' }
            romeo:raw "<message to='clerk@localhost' type='chat'><reactions xmlns='urn:xmpp:reactions:0' id='m1'><reaction>👍</reaction></reactions></message>"
            world:wait_log "clerk: romeo@localhost/[^\n]*: 👍 to m1"
        end)
    end)
end)

describe("the guide to webhooks", function()
    it("has a bot that says what was posted", function()
        local yaml, lua = guide.bots("webhooks", "porter")
        yaml = yaml:gsub("example%.org", "localhost"):gsub("%${HOOK_SECRET}", "tea")
        local world = e2e.start {
            bots = yaml, scripts = { ["porter.lua"] = table.concat(lua) }, top = "storage: hooks.db\nhttp: { listen: 127.0.0.1:0 }",
            before = function(w) w:human("romeo"):join("ops@conference.localhost", "romeo") end,
        }
        local port, romeo = web.port(world), world:human "romeo"
        local function post(body, secret)
            return web.ask(port, { path = "/deployed", headers = { Authorization = "Bearer " .. secret }, body = body }).status
        end
        assert.equal(202, post('{"service":"shop","version":"1.7"}', "tea"))
        romeo:expect { from = "^ops@conference%.localhost/", body = "shop is 1.7 now" }
        assert.equal(400, post("nonsense", "tea"))
        assert.equal(401, post("{}", "coffee"))
        world:stop()
    end)

    it("says what can be written for each sender", function()
        local section = files.read "docs/guide/webhooks.md":match "## Who may post\n(.-)\n## "
        local hooks = {}
        for auth in section:gmatch "| `([{n][^`|]+)` |\n" do
            hooks[#hooks + 1] = ("      - { event: webhook, path: /%d, auth: %s, call: alerts.text, with: { to: a@localhost } }"):format(#hooks, auth)
        end
        assert.is_true(#hooks > 12)
        local dir, remove = e2e.folder {
            ["couplet.yaml"] = "storage: s.db\nhttp: { listen: 127.0.0.1:0 }\nbots:\n  a:\n    jid: a@localhost\n    password: x\n    hooks:\n"
                .. table.concat(hooks, "\n"),
            ["hook.secret"] = "whsec_dGVhLWFuZC1iaXNjdWl0cy1hdC1maXZl\n",
        }
        local code, out, err = e2e.run { "check", dir .. "/couplet.yaml" }
        assert(code == 0, out .. err)
        remove()
    end)
end)

-- The words in the first column of the tables; "…" stands for what differs.
describe("the guide to troubleshooting", function()
    local sources = {}

    setup(function()
        local text = files.output "cat src/*/*.c src/*/*.h"
        sources = text:gsub('"\n%s*"', ""):gsub("\\\"", '"')
    end)

    it("quotes what the program prints", function()
        local count = 0
        for row in files.read "docs/guide/troubleshooting.md":gmatch "\n| `([^`]+)`" do
            count = count + 1
            for piece in (row .. "…"):gmatch "%s*(.-)%s*…" do
                if piece ~= "" then assert(sources:find(piece, 1, true), piece) end
            end
        end
        assert(count > 10)
    end)
end)
