-- SPDX-License-Identifier: MIT
-- `couplet send`, `status` and `stop`: through the control socket of the process that runs, and without one. The exit status
-- says what became of a text: 0 delivered, 75 on disk, 1 not.
local e2e = require "spec.e2e.harness"
local json = require "dkjson"
local process = require "spec.e2e.process"

local ROOM = "alarms@conference.localhost"
local BOTS = [[
  ops:
    @account ops
    rooms: [alarms@conference.localhost]
    hooks:
      - { event: message, body: "^hello$", call: hello.say }
]]
local SCRIPTS = { ["hello.lua"] = 'return { say = function() return "hello yourself" end }' }

local function start(options)
    return e2e.start {
        kind = options.kind, server = options.server, bots = options.bots or BOTS, scripts = SCRIPTS, accounts = { "juliet" },
        top = "control: couplet.sock\n" .. (options.storage and "storage: kept.db" or ""), log = "level: debug",
        before = function(world) world:human("juliet"):join(ROOM, "juliet") end,
        online = options.online,
    }
end

-- Runs `couplet VERB -c CONFIG …`; returns exit status, stdout, stderr.
local function couplet(world, arguments, input, env)
    local out, err = "", ""
    local child = process.spawn({ world.program, table.unpack(arguments) }, {
        env = env, stdin = input ~= nil,
        on_stdout = function(text) out = out .. text end,
        on_stderr = function(text) err = err .. text end,
    })
    if input then
        child:write(input)
        child:close_stdin()
    end
    local code, signal = child:join()
    assert.equal(0, signal, err)
    return code, out, err
end

local function send(world, arguments, input, env)
    return couplet(world, { "send", "-c", world.config, table.unpack(arguments) }, input, env)
end

local function delivered(code, _, err)
    assert.equal("", err)
    assert.equal(0, code)
end

e2e.each_server(describe, "couplet send", function(kind)
    for _, storage in ipairs { true, false } do
        it("goes through the process that runs, " .. (storage and "by its disk" or "without a disk"), function()
            local world = start { kind = kind, storage = storage }
            local juliet = world:human "juliet"
            delivered(send(world, { "juliet@localhost", "-m", "the disk is full" }))
            assert.equal("chat", juliet:expect({ event = "message", body = "the disk is full" }).type)
            delivered(send(world, { "juliet@localhost", "--", "two", "words" }))
            juliet:expect { event = "message", body = "two words" }
            delivered(send(world, { "juliet@localhost" }, "from\r\na pipe\27[0m\n"))
            juliet:expect { event = "message", body = "from\na pipe\u{FFFD}[0m" }
            delivered(send(world, { ROOM, "juliet@localhost", "-s", "Disks", "-m", "to both" }))
            juliet:expect { event = "message", body = "to both", type = "groupchat" }
            juliet:expect { event = "message", body = "to both", type = "chat", subject = "Disks" }
            local code, out = send(world, { "--json", "juliet@localhost", "-m", "for a program" })
            assert.equal(0, code)
            local answer = json.decode(out)
            assert.equal("delivered", answer.state)
            assert.equal(answer.letters[1].id, juliet:expect({ event = "message", body = "for a program" }).id)
            world:stop()
        end)
    end
end)
