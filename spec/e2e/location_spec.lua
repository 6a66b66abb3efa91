-- SPDX-License-Identifier: MIT
-- A session is gone on with where its server said it should be (XEP-0198 3 `location`), and at the usual place when
-- nobody is there.
local e2e = require "spec.e2e.harness"
local fake = require "spec.e2e.fake_server"
local process = require "spec.e2e.process"

local BOTS = [[
  roamer:
    jid: roamer@localhost
    password: hush-e2e-hush
    server: 127.0.0.1:PORT
    tls: { mode: none }
    sasl: [PLAIN]
    hooks:
      - { event: message, call: echo.say }
]]
local RESUMED = "<resumed xmlns='urn:xmpp:sm:3' previd='kept' h='1'/>"

-- The steps of a login that ends in a session which goes on at `location`.
local function managed(location)
    local steps = fake.managed()
    for _, step in ipairs(steps) do
        if step[1]:find "enable" then
            step[2] = function()
                return ("<enabled xmlns='urn:xmpp:sm:3' id='kept' resume='true' max='600' location='%s'/>"):format(location)
            end
        end
    end
    return steps
end

-- The steps of one that is resumed.
local function resuming()
    local steps = fake.managed()
    steps[4] = { "<resume [^>]*previd='kept'[^>]*>", function(link)
        link.is_available = true
        return RESUMED
    end }
    return table.move(steps, 1, 4, 1, {})
end

local function with_home(location, later, test)
    local home = fake.new("roamer", { steps = function(number) return number == 1 and managed(location) or later end })
    local world = e2e.start { bots = BOTS:gsub("PORT", tostring(home.port)), online = {} }
    local ok, err = pcall(test, world, home)
    world:stop()
    home:close()
    assert(ok, err)
end

describe("a session", function()
    it("goes on at the place that its server named", function()
        local away = fake.new("roamer", { steps = resuming() })
        with_home("127.0.0.1:" .. away.port, resuming(), function(world, home)
            home:accept():close()
            local link = away:accept()
            link:send "<message from='romeo@localhost/x' type='chat'><body>here too?</body></message>"
            link:wait "<body>here too?</body>"
            assert.equal(1, #home.links)
            assert.matches("resumed", world.log, 1, true)
        end)
        away:close()
    end)

    it("goes on at the usual place when nobody is there, or the name is none", function()
        for _, location in ipairs { "127.0.0.1:" .. process.free_port(), "[::1", "a b", "localhost:0", "192.0.2.1:5222" } do
            with_home(location, resuming(), function(_, home)
                home:accept():close()
                local link = home:accept()
                link:send "<message from='romeo@localhost/x' type='chat'><body>still here</body></message>"
                link:wait "<body>still here</body>"
            end)
        end
    end)
end)
