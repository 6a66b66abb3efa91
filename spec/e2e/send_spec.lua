-- SPDX-License-Identifier: MIT
-- `couplet send`, `status` and `stop`: through the control socket of the process that runs, and without one. The exit status
-- says what became of a text: 0 delivered, 75 on disk, 1 not.
local e2e = require "spec.e2e.harness"
local fake = require "spec.e2e.fake_server"
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
local function alone(port) return "bots:\n" .. fake.BOT:format("mallory", "mallory", port) end
-- Has the database for itself until its input ends.
local HOLD = [[
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode = WAL")
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
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
    return couplet(world, { "send", "-c", world.config, "--wait", "50s", table.unpack(arguments) }, input, env)
end

-- How often the bot has come online, as its server has it.
local function times_available(world) return select(2, world.server:log():gsub("available: ops@localhost/", "")) end

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
            delivered(send(world, { "-i", "juliet@localhost" }, "line one\nline two\n"))
            juliet:expect { event = "message", body = "line one" }
            juliet:expect { event = "message", body = "line two" }
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
        local so_far = times_available(world)
        world:run_bots()
        process.poll("the bot to be online again", function() return times_available(world) > so_far end)
        delivered(send(world, { "--alone", "juliet@localhost", "-m", "beside it" }, nil, env))
        juliet:expect { event = "message", body = "beside it" }
        juliet:say("ops@localhost", "hello")
        juliet:expect { event = "message", body = "hello yourself" }
        stop(world)
    end)

    it("speaks as a component, which has no resource", function()
        local env = { GATEWAY_SECRET = "hush-e2e-secret" }
        local world = e2e.start {
            kind = kind, server = { "--component", "echo.example.org:hush-e2e-secret" }, online = {}, env = env, top = "control: couplet.sock",
            bots = "  gateway:\n    component: echo.example.org\n    secret: ${GATEWAY_SECRET}\n    server: ${GATEWAY_SERVER}\n",
            before = function(world) env.GATEWAY_SERVER = "127.0.0.1:" .. world.server.component_port end,
        }
        local juliet = world:human "juliet"
        world:wait_log "online as echo"
        delivered(send(world, { "juliet@localhost", "-m", "from the gateway" }))
        assert.equal("echo.example.org", juliet:expect({ event = "message", body = "from the gateway" }).from)
        delivered(couplet(world, { "stop", world.config }))
        delivered(send(world, { "juliet@localhost", "-m", "without it" }, nil, env))
        assert.equal("echo.example.org", juliet:expect({ event = "message", body = "without it" }).from)
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
        code, _, err = send(world, { "--wait", "300ms", "--room", OTHER, "-m", "later here" }, nil, env)
        assert.equal(75, code, err)
        world.server:restart()
        world:human("juliet"):close()
        world.humans = {}
        world:human("juliet"):join(ROOM, "juliet")
        world:human("juliet"):join(OTHER, "juliet")
        world:run_bots()
        world:human("juliet"):expect { event = "message", body = "later", type = "chat" }
        world:human("juliet"):expect { event = "message", body = "later", type = "groupchat" }
        world:human("juliet"):expect { event = "message", body = "later here", type = "groupchat" }
        stop(world)
    end)

    it("waits for the disk, however long that takes, before it says what became of a message", function()
        local world = start { storage = true }
        local env, says = env_of(world), ""
        delivered(couplet(world, { "stop", world.config }))
        world.bots:join()
        world.server:kill()
        local holder = process.spawn({ "/usr/bin/python3", "-c", HOLD, (world.config:gsub("[^/]+$", "kept.db")) }, {
            stdin = true, on_stdout = function(text) says = says .. text end,
        })
        process.wait("the database's lock", function() return says:find "held" end)
        local code, _, err = send(world, { "--wait", "300ms", "juliet@localhost", "-m", "later" }, nil, env)
        assert.not_equal(0, code)
        assert.truthy(err:find "database is locked", err)
        holder:close_stdin()
        holder:join()
        world.server:restart()
        world:run_bots()
        world:wait_log "as ops@localhost"
        stop(world)
    end)

    it("takes code, urgency, files, and a megabyte from a pipe", function()
        local world = start { storage = true, server = { "--upload" } }
        local juliet = world:human "juliet"
        delivered(send(world, { "--code=sh", "--urgent", "juliet@localhost" }, "df -h\n```\nok"))
        local got = juliet:expect { event = "message", body = "```sh\ndf -h\n ```\nok\n```" }
        assert.truthy(got.xml:find "urn:xmpp:hints" and got.xml:find "Urgency")
        delivered(send(world, { "juliet@localhost", "-m", "see", "-a", "README.md" }))
        juliet:expect { event = "message", body = "see" }
        assert.truthy(juliet:expect({ event = "message", body = "^https?://.*README%.md$" }).xml:find "jabber:x:oob")
        local large, remove = e2e.folder { text = ("all work and no play\n"):rep(50000) }
        local line = ('exec "%s" send -c "%s" --wait 60s juliet@localhost <"%s/text"'):format(world.program, world.config, large)
        local child = process.spawn({ "sh", "-c", line }, {})
        assert.equal(0, (child:join()))
        remove()
        for _ = 1, 100 do juliet:expect { event = "message", body = "^all work" } end
        stop(world)
    end)

    it("serves several at once, and says what cannot be", function()
        local world = start { storage = true }
        local juliet, running = world:human "juliet", {}
        for i = 1, 20 do
            running[i] = process.spawn({
                world.program, "send", "-c", world.config, "--wait", "50s", "juliet@localhost", "-m", "number " .. i,
            }, {})
        end
        for i = 1, 20 do
            assert.equal(0, (running[i]:join()))
            juliet:expect { event = "message", body = "number " .. i }
        end
        local code, _, err = send(world, { "no@body@localhost", "-m", "x" })
        assert.equal(1, code)
        assert.truthy(err:find "no address", err)
        code, _, err = send(world, { "nobody@localhost", "-m", "x" })
        assert.equal(1, code, err)
        assert.truthy(err:find "not delivered", err)
        code, _, err = send(world, { "--bot", "who", "juliet@localhost", "-m", "x" })
        assert.equal(1, code)
        assert.truthy(err:find "no bot 'who'", err)
        assert.equal(2, (send(world, { "-m", "x" })))
        code, _, err = send(world, { "juliet@localhost" }, "")
        assert.equal(1, code)
        assert.truthy(err:find "nothing to send", err)
        stop(world)
    end)

    it("lets nobody else at the socket, and takes the place of the dead", function()
        local world = start {}
        local path = world.dir .. "/couplet.sock"
        assert.equal(tonumber("600", 8), uv.fs_stat(path).mode % 512)
        local code, out, err = couplet(world, { "run", world.config }, nil, env_of(world))
        assert.equal(1, code, out)
        assert.truthy(err:find "another process answers", err)
        world.bots:kill "sigkill"
        world.bots:join()
        assert.truthy(uv.fs_stat(path))
        code, out, err = couplet(world, { "status", world.config })
        assert.equal(1, code)
        assert.equal("", out)
        assert.truthy(err:find("no process answers at " .. path .. ": is it running?", 1, true), err)
        world:run_bots()
        world:wait_log "online as"
        delivered(send(world, { "juliet@localhost", "-m", "back" }))
        stop(world)
        assert.is_nil(uv.fs_stat(path))
    end)

    it("does not talk to another user's process, nor lets it talk to us", function()
        if uv.getuid() ~= 0 then return end -- who is not root cannot be somebody else
        local world = start {}
        uv.fs_chmod(world.dir, tonumber("755", 8))
        uv.fs_chmod(world.config, tonumber("644", 8))
        local function as_nobody()
            local err = ""
            local child = process.spawn({
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", world.program, "send", "-c", world.config, "juliet@localhost", "-m", "hush",
            }, { on_stderr = function(text) err = err .. text end })
            assert.equal(1, (child:join()))
            return err
        end
        assert.truthy(as_nobody():find "Permission denied")
        uv.fs_chmod(world.dir .. "/couplet.sock", tonumber("666", 8)) -- somebody was careless
        as_nobody()
        world:wait_log "a process of another user was turned away"
        delivered(send(world, { "juliet@localhost", "-m", "ours" }))
        assert.equal("ours", world:human("juliet"):expect({ event = "message", type = "chat" }).body)
        stop(world)
    end)

    it("asks again when a proof was lost with its connection", function()
        local server = fake.new("mallory", { is_silent = true })
        local config = alone(server.port)
        local dir, remove = e2e.folder { ["couplet.yml"] = config }
        local command = { e2e.program, "send", "-c", dir .. "/couplet.yml", "--wait", "50s", "juliet@localhost", "-m", "twice" }
        local child = process.spawn(command, {})
        local link = server:accept()
        link:wait "<ping" -- behind the message
        server.is_silent = false
        link:close()
        server:accept():wait "twice"
        assert.equal(0, (child:join()))
        server:close()
        remove()
    end)

    it("goes on with the next line where the process hung up on one", function()
        local dir, remove = e2e.folder { ["couplet.yml"] = "control: couplet.sock\n" .. alone(1) }
        local door, out, err = uv.new_pipe(false), "", ""
        door:bind(dir .. "/couplet.sock")
        door:listen(8, function()
            local peer = uv.new_pipe(false)
            door:accept(peer)
            peer:read_start(function(_, chunk)
                if chunk and chunk:find("second", 1, true) then
                    peer:write '{"letters":[],"state":"delivered"}\n'
                elseif not peer:is_closing() then
                    peer:close()
                end
            end)
        end)
        local command = { e2e.program, "send", "-c", dir .. "/couplet.yml", "--json", "-i", "juliet@localhost" }
        local child = process.spawn(command, {
            stdin = true,
            on_stdout = function(text) out = out .. text end,
            on_stderr = function(text) err = err .. text end,
        })
        child:write "first\nsecond\n"
        child:close_stdin()
        assert.equal(1, (child:join()))
        assert.matches("^couplet send: the process hung up[^\n]*\n$", err)
        assert.equal('{"letters":[],"state":"delivered"}\n', out)
        door:close()
        uv.run "nowait"
        remove()
    end)

    it("loses nothing that was queued or delivered when the process is killed", function()
        local world = start { storage = true }
        local juliet, accepted = world:human "juliet", {}
        for round = 1, 4 do
            local running = {}
            for i = 1, 8 do
                local text = ("round %d number %d"):format(round, i)
                local command = { world.program, "send", "-c", world.config, "juliet@localhost", "-m", text }
                running[text] = process.spawn(command, { env = { E2E_SERVER = "127.0.0.1:1" } })
            end
            process.wait("one of them", function()
                for _, child in pairs(running) do
                    if not child:is_running() then return true end
                end
            end)
            world.bots:kill "sigkill"
            world.bots:join()
            for text, child in pairs(running) do
                local code = child:join()
                if code == 0 or code == 75 then accepted[text] = true end
            end
            world:run_bots()
            world:wait_log "online as"
        end
        for text in pairs(accepted) do juliet:expect { event = "message", body = text } end
        stop(world)
    end)
end)

describe("couplet status", function()
    it("tells of bots and rooms, for people and programs", function()
        local world = start { storage = true }
        process.poll("the room", function()
            local code, out = couplet(world, { "status", "--json", world.config })
            assert.equal(0, code)
            local bot = json.decode(out).bots[1]
            return bot.state == "online" and bot.rooms[1].state == "joined" and bot.name == "ops" and bot.outbox.waiting == 0
        end)
        local code, out = couplet(world, { "status", world.config })
        assert.equal(0, code)
        assert.truthy(out:find "ops: online for %d+ s as ops@localhost/", out)
        assert.truthy(out:find("room " .. ROOM .. ": joined for", 1, true), out)
        assert.is_nil(out:find("?:", 1, true), out) -- functions of the library have names, too
        stop(world)
    end)
end)

describe("couplet sendxmpp", function()
    it("understands sendxmpp's options and files", function()
        local world = start {}
        local juliet = world:human "juliet"
        local rc = "# mine\nusername: ops@localhost\npassword: hush-e2e-hush\njserver: " .. world.server:address() .. "\n"
        local home = e2e.folder { [".sendxmpprc"] = rc }
        local env = { HOME = home, SSL_CERT_FILE = world.server.ca_file }
        local code, _, err = couplet(world, { "sendxmpp", "juliet@localhost" }, "x", env)
        assert.equal(1, code)
        assert.truthy(err:find "chmod 600", err)
        uv.fs_chmod(home .. "/.sendxmpprc", tonumber("600", 8))
        delivered(couplet(world, { "sendxmpp", "-t", "-s", "about", "juliet@localhost" }, "by pipe\n", env))
        assert.equal("about", juliet:expect({ event = "message", body = "by pipe" }).subject)
        delivered(couplet(world, { "sendxmpp", "-c", "-a", "teller", ROOM }, "to the room\n", env))
        assert.equal(ROOM .. "/teller", juliet:expect({ event = "message", body = "to the room" }).from)
        delivered(couplet(world, { "sendxmpp", "-i", "juliet@localhost" }, "line one\n\nline two\nand three", env))
        local first = juliet:expect { event = "message", body = "line one" }
        assert.equal(first.from, juliet:expect({ event = "message", body = "line two" }).from) -- one login
        assert.equal(first.from, juliet:expect({ event = "message", body = "and three" }).from)
        code, _, err = couplet(world, { "sendxmpp", "juliet@localhost" }, "", env)
        assert.equal(1, code)
        assert.equal("couplet sendxmpp: there is nothing to send: the text is empty\n", err)
        code, _, err = couplet(world, { "sendxmpp", "-n", "juliet@localhost" }, "x", env)
        assert.equal(2, code)
        assert.truthy(err:find "protects nothing", err)
        for _, option in ipairs { "-q", "-e", "--tls-ca-path" } do
            code, _, err = couplet(world, { "sendxmpp", option, "juliet@localhost" }, "x", env)
            assert.equal(2, code)
            assert.truthy(err:find("missing: " .. option, 1, true), err)
        end
        stop(world)
    end)
end)
