-- SPDX-License-Identifier: MIT
-- Who may and how often; whatever is not known, or not proven, is no right.
local gate = require "couplet.gate"
local who = require "couplet.who"

local function bot_with(config, fields)
    local bot = { config = config, rooms = {}, roster = {}, jid = "robo@example.org/x" }
    for key, value in pairs(fields or {}) do bot[key] = value end
    return bot
end

local function person(address) return { from = address, who = { jid = address:match "^[^/]+", full = address, proven = true } } end

local function occupant(room, fields)
    fields.proven = fields.jid ~= nil
    return { from = room .. "/x", room = room, nick = "x", who = fields }
end

describe("who may", function()
    local bot = bot_with({
        admins = { "alice@example.org" }, roles = { oncall = { "bob@example.org", "*@ops.example.org" }, staff = { { affiliation = "admin" } } },
        rooms = { "den@rooms.example.org", { jid = "ops@rooms.example.org" } },
    }, { roster = { ["carol@example.org"] = { groups = { "Friends" } } } })

    local function may(rules, event) return gate.may(bot, rules, event) end

    it("is anybody without rules, and nobody by an empty list", function()
        assert.is_true(may(nil, person "x@y"))
        assert.is_false(may({}, person "alice@example.org"))
    end)

    it("is told by proven JID", function()
        assert.is_true(may({ "admins" }, person "alice@example.org/phone"))
        assert.is_false(may({ "admins" }, person "alice@example.org.evil"))
        assert.is_false(may({ "admins" }, person "ALICE@example.org"))
        assert.is_true(may("oncall", person "dan@ops.example.org"))
        assert.is_false(may("oncall", person "dan@xops.example.org"))
        assert.is_true(may({ "x@y", "*@example.org" }, person "zed@example.org"))
        assert.is_false(may({ "admins" }, { from = "alice@example.org", who = { jid = "alice@example.org", proven = false } }))
        assert.is_false(may({ "*@*" }, occupant("den@rooms.example.org", { affiliation = "owner" })))
        assert.is_true(may({ "admins" }, occupant("den@rooms.example.org", { jid = "alice@example.org" })))
    end)

    it("is told by the room, of the rooms that the configuration names", function()
        assert.is_true(may({ { affiliation = "admin" } }, occupant("den@rooms.example.org", { affiliation = "owner" })))
        assert.is_true(may("staff", occupant("ops@rooms.example.org", { affiliation = "admin" })))
        assert.is_false(may("staff", occupant("den@rooms.example.org", { affiliation = "member" })))
        assert.is_false(may("staff", occupant("own@rooms.example.org", { affiliation = "owner" })))
        assert.is_true(may({ { affiliation = "owner", room = "*@rooms.example.org" } }, occupant("own@rooms.example.org", { affiliation = "owner" })))
        assert.is_true(may({ { role = "participant" } }, occupant("den@rooms.example.org", { affiliation = "none", role = "moderator" })))
        assert.is_false(may({ { role = "moderator", affiliation = "admin" } }, occupant("den@rooms.example.org", { affiliation = "none", role = "moderator" })))
        assert.is_false(may({ { affiliation = "admin" } }, person "alice@example.org"))
    end)

    it("is told by the roster", function()
        assert.is_true(may({ { group = "Friends" } }, person "carol@example.org/x"))
        assert.is_false(may({ { group = "Foes" } }, person "carol@example.org/x"))
        assert.is_false(may({ { group = "Friends" } }, occupant("den@rooms.example.org", { affiliation = "owner" })))
    end)

    it("is nobody where something is missing or odd", function()
        local none = bot_with {}
        for _, rules in ipairs { { "admins" }, { "nothing" }, { {} }, { { affiliation = "boss" } }, { { room = "*@*" } }, { 7 }, { "a@b@c" }, { true } } do
            assert.is_false(gate.may(none, rules, person "alice@example.org"))
            assert.is_false(gate.may(none, rules, occupant("den@rooms.example.org", { affiliation = "owner", role = "moderator" })))
            assert.is_false(gate.may(none, rules, {}))
        end
        assert.is_false(gate.may(bot_with { admins = {} }, { "admins" }, person "alice@example.org"))
        assert.is_false(gate.may(bot_with { admins = "" }, { "admins" }, person "alice@example.org"))
    end)
end)

describe("event.who", function()
    local ann = { nick = "ann", jid = "alice@example.org/x", affiliation = "member", role = "participant" }
    local room = { occupants = { ann = ann, bob = { nick = "bob", affiliation = "none", role = "visitor" } } }
    local bot = bot_with({}, { rooms = { ["r@c"] = room } })

    local function of(fields)
        fields.bot = bot
        return who.of(fields)
    end

    it("is proven one to one, and where the room tells it", function()
        assert.same({ jid = "a@b", full = "a@b/c", proven = true }, of { from = "a@b/c", type = "chat" })
        assert.equal("alice@example.org", of({ from = "r@c/ann", room = "r@c", nick = "ann" }).jid)
        assert.is_true(of({ from = "r@c/ann", room = "r@c", nick = "ann" }).proven)
    end)

    it("is not proven anywhere else", function()
        assert.same({ nick = "bob", affiliation = "none", role = "visitor", proven = false }, of { from = "r@c/bob", room = "r@c", nick = "bob" })
        for _, event in ipairs {
            { from = "r@c/eve", room = "r@c", nick = "eve" }, { from = "r@c", room = "r@c" }, { from = "x@c/ann", room = "x@c", nick = "ann" },
            { from = "r@c/ann", room = "r@c", nick = "ann", delayed = true }, { from = "r@c/ann", room = "r@c", nick = "ann", archive = true },
            { from = "alice@example.org/x", type = "groupchat" },
        } do
            assert.same({ proven = false }, of(event))
        end
        assert.is_nil(of {})
    end)
end)

describe("how often", function()
    it("is read as people write it", function()
        assert.same({ 5, 10 }, { gate.parse_rate "5/10s" })
        assert.same({ 5, 3600 }, { gate.parse_rate "5/1h" })
        for _, bad in ipairs { "5", "/5", "0/5s", "5/0s", "5/5x", "-1/5s", "", true, {} } do assert.is_nil(gate.parse_rate(bad)) end
        assert.is_nil(gate.limiter(nil))
        assert.is_nil(gate.limiter "nonsense")
    end)

    it("is told once, then ignored, each for themselves", function()
        local limiter = gate.limiter "2/1000s"
        local alice, bob = person "alice@example.org", person "bob@example.org"
        assert.equal("ok", limiter:take(alice))
        assert.equal("ok", limiter:take(alice))
        local verdict, wait = limiter:take(alice)
        assert.equal("tell", verdict)
        assert.truthy(wait > 400 and wait <= 500)
        assert.equal("ignore", limiter:take(alice))
        assert.equal("ok", limiter:take(bob))
        assert.equal("ignore", limiter:take(person "alice@example.org/other"))
    end)

    it("is no longer told when the clock is set back", function()
        local core = require "couplet.core.bot"
        local now, time = core.now, 100000
        finally(function() core.now = now end)
        core.now = function() return time end
        local limiter = gate.limiter "1/10s"
        assert.equal("ok", limiter:take(person "a@b"))
        time = time - 7200
        local verdict, wait = limiter:take(person "a@b")
        assert.equal("tell", verdict)
        assert.truthy(wait <= 10)
        time = time + 11
        assert.equal("ok", limiter:take(person "a@b"))
    end)

    it("counts a room, and all", function()
        local limiter = gate.limiter { room = "1/1000s" }
        assert.equal("ok", limiter:take(occupant("r@c", { nick = "a" })))
        assert.equal("tell", limiter:take(occupant("r@c", { nick = "b" })))
        assert.equal("ok", limiter:take(occupant("s@c", { nick = "b" })))
        limiter = gate.limiter { all = "1/1000s" }
        assert.equal("ok", limiter:take(person "a@b"))
        assert.equal("tell", limiter:take(person "c@d"))
    end)

    it("keeps the names of a bounded number of people", function()
        local limiter = gate.limiter "1/1000s"
        for i = 1, 5000 do limiter:take(person("p" .. i .. "@example.org")) end
        local count = 0
        for _ in pairs(limiter.buckets.user.keys) do count = count + 1 end
        assert.truthy(count <= 1000)
    end)
end)

describe("a guarded hook", function()
    it("does not hear who may not, and refuses an iq", function()
        local bot = bot_with { admins = { "alice@example.org" } }
        local fn = gate.bind(bot, function() return "done" end, { allow = { "admins" } })
        assert.equal("done", fn(person "alice@example.org"))
        assert.is_nil(fn(person "bob@example.org"))
        local event = person "bob@example.org"
        event.kind = "iq"
        local answer, err = fn(event)
        assert.is_nil(answer)
        assert.equal("forbidden", err.condition)
    end)
end)
