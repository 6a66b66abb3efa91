-- SPDX-License-Identifier: MIT
-- couplet.process: a script runs programs, those that it may, and what it is given back.
local e2e = require "spec.e2e.harness"
local files = require "spec.files"
local process = require "spec.e2e.process"

local SCRIPTS = {
    ["runs.lua"] = [==[
local process = require "couplet.process"
local M = {}

local function show(result, err)
    if not result then return ("no: %s: %s %s"):format(err.condition, err.text, err.extra and err.extra.stdout or "") end
    return ("%s/%s out<%s> err<%s>%s"):format(result.status, result.signal, result.stdout, result.stderr, result.truncated and " cut" or "")
end

local ways = {
    echo = function(text) return show(process.run { argv = { "echo", text } }) end,
    cat = function(text) return show(process.run { argv = { "cat" }, input = text .. "\0z" }) end,
    env = function() return show(process.run { argv = { "env" }, env = { LANG = "C", HOME = "/", PATH = "/bin:/usr/bin", MORE = 1 } }) end,
    own = function() return show(process.run { argv = { "env" } }) end,
    fails = function() return show(process.run { argv = { "/bin/sh", "-c", "echo why >&2; exit 7" } }) end,
    cut = function() return show(process.run { argv = { "echo", "1234567890" }, max_output = 4 }) end,
    limits = function()
        return show(process.run { argv = { "/bin/sh", "-c", "ulimit -t; ulimit -n; ulimit -v" }, max_cpu = 0.5, max_files = 64, max_memory = 2 ^ 30 })
    end,
    late = function() return show(process.run { argv = { "/bin/sh", "-c", "echo begun; exec sleep 1000" }, timeout = 3 }) end,
    folder = function() return show(process.run { argv = { "/bin/sh", "-c", "pwd" }, cwd = "/usr" }) end,
    nowhere = function() return show(process.run { argv = { "echo" }, cwd = "/nowhere" }) end,
    forbidden = function() return show(process.run { argv = { "ls" } }) end,
    path = function() return show(process.run { argv = { "/tmp/../bin/echo", "x" } }) end,
    relative = function() return show(process.run { argv = { "./echo" } }) end,
    missing = function() return show(process.run { argv = { "no-such-program" } }) end,
    misuse = function()
        local text = {}
        for _, options in ipairs { { argv = "ls" }, {}, { argv = {} }, { argv = { "echo" }, shell = true }, { argv = { "a\0b" } },
            { argv = { "echo" }, env = { ["A=B"] = "c" } } } do
            text[#text + 1] = select(2, pcall(process.run, options))
        end
        return table.concat(text, "|")
    end,
    many = function(_, bot)
        local refused, ended = nil, 0
        for _ = 1, 9 do
            bot:after(0, function()
                local _, err = process.run { argv = { "/bin/sh", "-c", "exec sleep 1000" }, timeout = 3 }
                refused = err and err.condition == "resource-constraint" and err.text or refused
                ended = ended + 1
            end)
        end
        repeat bot:sleep(0.05) until ended == 9
        return refused
    end,
}
function M.run(event) return ways[event.captures[1]](event.captures[2], event.bot) end
function M.sleep(event)
    event:reply "it begins"
    process.run { argv = { "/bin/sh", "-c", "echo $$ >" .. os.getenv "E2E_PID" .. "; exec sleep 1000" } }
end
return M
]==],
}
local BOTS = [[
  runner:
    @account runner
    allow_process: [echo, cat, env, /bin/sh, no-such-program]
    hooks:
      - { event: message, body: "^run (%w+) ?(.*)$", call: runs.run }
      - { event: message, body: "^sleep$", call: runs.sleep }
  tame:
    @account tame
    hooks:
      - { event: message, body: "^run (%w+) ?(.*)$", call: runs.run }
]]

describe("couplet.process", function()
    local world, romeo, pid_file

    setup(function()
        pid_file = os.tmpname()
        world = e2e.start { scripts = SCRIPTS, bots = BOTS, env = { E2E_PID = pid_file, LANG = "C.UTF-8", HOME = "/home/runner" } }
        romeo = world:human "romeo"
    end)

    teardown(function()
        world:stop()
        os.remove(pid_file)
    end)

    local function ask(what, bot)
        bot = bot or "runner"
        romeo:say(world:full_jid(bot), "run " .. what)
        return romeo:expect({ from = "^" .. bot .. "@", type = "chat", body = "^." }).body
    end

    it("runs programs without a shell, and gives back what they said", function()
        assert.equal("0/nil out<$(id); `id` *\n> err<>", ask "echo $(id); `id` *")
        assert.equal("7/nil out<> err<why\n>", ask "fails")
        assert.equal("0/nil out<1234> err<> cut", ask "cut")
        assert.equal("0/nil out</usr\n> err<>", ask "folder")
    end)

    it("gives them an environment of four names, not ours", function()
        local own = ask "own"
        assert.matches("HOME=/home/runner\n", own, 1, true)
        assert.matches("LANG=C.UTF-8\n", own, 1, true)
        assert.is_nil(own:find("E2E_", 1, true))
        local names = {}
        for name in ask("env"):gmatch "(%u+)=" do names[#names + 1] = name end
        table.sort(names)
        assert.equal("HOME LANG MORE PATH", table.concat(names, " "))
    end)

    it("limits them as it is told, also to part of a second", function()
        assert.equal("0/nil out<1\n64\n1048576\n> err<>", ask "limits")
    end)

    it("ends what takes too long", function()
        assert.equal("no: remote-server-timeout: the program took too long, and was ended begun\n", ask "late")
    end)

    it("runs nothing that the configuration does not name", function()
        assert.equal("no: forbidden: this bot may not run 'ls': `allow_process:` does not name it ", ask "forbidden")
        assert.equal("no: forbidden: this bot may not run '/tmp/../bin/echo': `allow_process:` does not name it ", ask "path")
        assert.equal("no: item-not-found: './echo' is neither a name nor an absolute path ", ask "relative")
        assert.equal("no: item-not-found: there is no program 'no-such-program' ", ask "missing")
        assert.matches("^no: undefined%-condition: /nowhere: No such file or directory", ask "nowhere")
        assert.equal("no: forbidden: this bot may run no program: the configuration has no `allow_process:` ", ask("echo x", "tame"))
    end)

    it("raises when it is misused", function()
        local said = ask "misuse"
        for _, text in ipairs {
            "argv: a table is expected, not a string", "argv is missing", "argv names no program", "process.run has no option 'shell'",
            "a NUL in 'a", "env: { NAME = value } is expected",
        } do
            assert.matches(text, said, 1, true)
        end
    end)

    it("runs eight at once, no more", function()
        assert.equal("too many programs of this bot are running", ask "many")
    end)

    it("leaves none behind", function()
        romeo:say(world:full_jid "runner", "sleep")
        romeo:expect { from = "^runner@", body = "it begins" }
        local pid = process.poll("the program to run", function() return (files.find(pid_file) or ""):match "%d+" end)
        process.poll("the shell to become it", function() return (files.find("/proc/" .. pid .. "/cmdline") or ""):find "^sleep" end)
        world.bots:kill "sigkill"
        world.bots:join()
        process.poll("the program to end", function()
            local state = (files.find("/proc/" .. pid .. "/stat") or ""):match "%) (%a)"
            return not state or state == "Z"
        end)
        world:run_bots()
        world:wait_log("runner: online as ")
    end)
end)
