-- SPDX-License-Identifier: MIT
-- A room with 2,000 occupants: what each presence costs, that what is known of them is bounded and goes with the room, and
-- that a server that restarts, a session that is resumed and a room that forgets us are all noticed. The server is ours, so
-- that the room does what it is told. The figures are printed for people; only memory is held to a bound.
local e2e = require "spec.e2e.harness"
local fake = require "spec.e2e.fake_server"
local files = require "spec.files"
local process = require "spec.e2e.process"

local ROOM = "crowd@rooms.localhost"
local OCCUPANTS, ROUNDS, MOST_KIB = 2000, 5, 8192
local BOTS = [[
  witness:
    jid: witness@localhost
    password: hush-e2e-hush
    server: 127.0.0.1:PORT
    tls: { mode: none }
    sasl: [PLAIN]
    rooms: [crowd@rooms.localhost]
    hooks:
      - { event: message, type: chat, call: witness.tell }
      - { event: left, include: [own], call: witness.left }
      - { event: room_changed, call: witness.changed }
]]
local SCRIPT = [[
local M = {}
function M.tell(event)
    local room = event.bot.rooms["crowd@rooms.localhost"]
    if event.body == "collect" then collectgarbage() end
    return ("%s %d %d %s"):format(room.state, room.count, collectgarbage "count" // 1, event.body)
end
function M.left() end
function M.changed(event)
    if event.change == "state" then io.stderr:write("STATE " .. event.state .. "\n") end
end
return M
]]

local function presence(nick, codes, attr, more)
    return ("<presence from='%s/%s' to='witness@localhost/fake'%s>%s<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://example.org' "
        .. "ver='QgayPKawpkPSDYmwT/WM94uAlu0='/><x xmlns='http://jabber.org/protocol/muc#user'>"
        .. "<item affiliation='none' role='participant' jid='%s@localhost/fake'/>%s</x></presence>")
        :format(ROOM, nick, attr or "", more or "", nick, codes or "")
end

describe("a room with 2,000 occupants", function()
    local world, server, link
    local is_plain = not (os.getenv "COUPLET" or ""):find("/san/", 1, true)
    local number = 0

    local function tell(text)
        number = number + 1
        local from = #link.received
        link:send(("<message from='romeo@localhost/x' type='chat'><body>%s</body></message>"):format(text or "told " .. number))
        link:wait("<body>", from)
        link:wait("</body>", from)
        return link.received:match("<body>(%w+) (%d+) (%d+) ", from)
    end

    local function cpu_ns() return tonumber(files.read("/proc/" .. world.bots.pid .. "/schedstat"):match "^%d+") end
    local function resident_kib() return tonumber(files.read("/proc/" .. world.bots.pid .. "/status"):match "VmRSS:%s*(%d+)") end

    setup(function()
        server = fake.new "witness"
        world = e2e.start { bots = BOTS:gsub("PORT", tostring(server.port)), online = {}, scripts = { ["witness.lua"] = SCRIPT }, log = "level: info" }
        link = server:accept()
        link:wait "crowd@rooms.localhost/witness"
    end)

    teardown(function()
        world:stop()
        server:close()
    end)

    it("is entered, and each presence costs little", function()
        local _, count, before_kib = tell "collect"
        assert.equal("0", count)
        local before = cpu_ns()
        for i = 1, OCCUPANTS do link:send(presence("nick" .. i, nil, nil, "<status>here</status>")) end
        link:send(presence("witness", "<status code='110'/>"))
        local state
        state, count = tell()
        assert.equal("joined", state)
        assert.equal(tostring(OCCUPANTS + 1), count)
        local entered = cpu_ns()
        for round = 1, ROUNDS do
            for i = 1, OCCUPANTS do link:send(presence("nick" .. i, nil, nil, "<show>away</show><status>round " .. round .. "</status>")) end
        end
        tell()
        local changed, resident = cpu_ns(), resident_kib()
        for round = 1, ROUNDS do
            local role = round % 2 == 0 and "<status code='200'/>" or "<status code='201'/>"
            for i = 1, OCCUPANTS do link:send(presence("nick" .. i, role)) end
        end
        tell()
        local told = cpu_ns()
        local _, _, after_kib = tell "collect"
        local figures = "# %d occupants enter: %.1f us of CPU each; show and status: %.1f us; what the room says: %.1f us; "
            .. "%.1f KiB of Lua each, %d before; %d KiB resident"
        print(figures:format(
            OCCUPANTS, (entered - before) / OCCUPANTS / 1000, (changed - entered) / (OCCUPANTS * ROUNDS) / 1000,
            (told - changed) / (OCCUPANTS * ROUNDS) / 1000,
            (after_kib - before_kib) / OCCUPANTS, before_kib, resident))
        assert(not is_plain or after_kib - before_kib < MOST_KIB, after_kib - before_kib .. " KiB of Lua")
    end)

    it("is forgotten when it is over", function()
        link:send(presence("witness", "<status code='110'/><status code='301'/>", " type='unavailable'"))
        local state, count, kib = tell "collect"
        assert.equal("banned", state)
        assert.equal("0", count)
        assert(not is_plain or tonumber(kib) < 1024, kib .. " KiB of Lua")
    end)
end)

describe("a room", function()
    it("is asked when the session was resumed, and entered again when it knows us no more", function()
        local server = fake.new("witness", { steps = function(number)
            if number == 1 then return fake.managed() end
            return fake.steps(2,
                { "<stream:stream[^>]*>", function(link) return fake.HEADER:format(link.number) .. fake.OFFERS_SM end },
                { "<resume [^>]*>", function(link)
                    link.is_available = true
                    return "<resumed xmlns='urn:xmpp:sm:3' previd='kept' h='0'/>"
                end })
        end })
        local options = { bots = BOTS:gsub("PORT", tostring(server.port)), online = {}, scripts = { ["witness.lua"] = SCRIPT } }
        e2e.with(options, function(world)
            local first = server:accept()
            first:wait(ROOM .. "/witness")
            first:send(presence("witness", "<status code='110'/>"))
            world:wait_log "STATE joined"
            first:close()
            local second = server:accept()
            local asked
            process.wait("the room to be asked", function()
                for tag in second.received:gmatch "(<iq[^>]*>)<ping xmlns='urn:xmpp:ping'/></iq>" do
                    if tag:find("to='crowd@", 1, true) then asked = tag end
                end
                return asked
            end)
            local from = #second.received
            second:send(("<iq type='error' id='%s' from='%s/witness' to='witness@localhost/fake'><error type='cancel'>"
                .. "<not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"):format(asked:match "id='([^']*)'", ROOM))
            world:wait_log "STATE ghost"
            second:wait("http://jabber.org/protocol/muc'", from)
            second:send(presence("witness", "<status code='110'/>"))
            local _, seen = world.log:find "STATE ghost"
            world:wait_log("STATE joined", seen)
        end)
        server:close()
    end)
end)
