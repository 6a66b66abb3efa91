-- SPDX-License-Identifier: MIT
-- `couplet send`, `status` and `stop`: through the control socket of the process that runs, and without one. The exit status
-- says what became of a text: 0 delivered, 75 on disk, 1 not.
local e2e = require "spec.e2e.harness"
local json = require "dkjson"
local process = require "spec.e2e.process"
local uv = require "luv"

local ROOM = "alarms@conference.localhost"
local OTHER = "lounge@conference.localhost"
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

local function stop(world)
    assert.is_nil(world.log:find "traceback", world.log)
    world:stop()
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
            stop(world)
        end)
    end

    it("logs in by itself where no process runs, and leaves no trace in it", function()
        local world = start { kind = kind }
        local juliet, env = world:human "juliet", { E2E_SERVER = world.server:address(), E2E_CA = world.server.ca_file }
        delivered(couplet(world, { "stop", world.config }))
        assert.equal(0, (world.bots:join()))
        assert.is_nil(uv.fs_stat(world.dir .. "/couplet.sock"))
        delivered(send(world, { "juliet@localhost", ROOM, "-m", "all alone" }, nil, env))
        local got = juliet:expect { event = "message", body = "all alone", type = "chat" }
        assert.truthy(got.from:find "^ops@localhost/.*couplet%-send")
        assert.equal(ROOM .. "/ops", juliet:expect({ event = "message", body = "all alone", type = "groupchat" }).from)
        world:run_bots()
        world:wait_online "ops"
        delivered(send(world, { "--alone", "juliet@localhost", "-m", "beside it" }, nil, env))
        juliet:expect { event = "message", body = "beside it" }
        juliet:say("ops@localhost", "hello")
        juliet:expect { event = "message", body = "hello yourself" }
        stop(world)
    end)

    it("enters a room that the bot does not know, and asks who is one", function()
        local world = start { kind = kind, storage = true }
        local juliet = world:human "juliet"
        juliet:join(OTHER, "juliet")
        delivered(send(world, { OTHER, "-m", "good evening" }))
        assert.equal("groupchat", juliet:expect({ event = "message", body = "good evening" }).type)
        delivered(send(world, { OTHER, "-m", "once more" }))
        juliet:expect { event = "message", body = "once more" }
        stop(world)
    end)
end)

describe("couplet send", function()
    local function env_of(world) return { E2E_SERVER = world.server:address(), E2E_CA = world.server.ca_file } end

    it("queues what the server does not take, and the next process delivers it", function()
        local world = start { storage = true }
        local env = env_of(world)
        delivered(couplet(world, { "stop", world.config }))
        world.bots:join()
        world.server:kill()
        local code, _, err = send(world, { "--wait", "500ms", "juliet@localhost", ROOM, "-m", "later" }, nil, env)
        assert.equal(75, code, err)
        assert.truthy(err:find "to juliet@localhost: queued")
        world.server:restart()
        world:human("juliet"):close()
        world.humans = {}
        world:human("juliet"):join(ROOM, "juliet")
        world:run_bots()
        world:human("juliet"):expect { event = "message", body = "later", type = "chat" }
        world:human("juliet"):expect { event = "message", body = "later", type = "groupchat" }
        stop(world)
    end)
end)
