-- SPDX-License-Identifier: MIT
-- The command: what it prints where, and its exit status, without any server.
local e2e = require "spec.e2e.harness"

local GOOD = [[
scripts: [bots]
bots:
  echo:
    jid: echo@example.org
    password: hush-e2e-hush
    hooks:
      - { event: message, call: echo.say }
]]
local ECHO = "local M = {}\nfunction M.say(event) return event.body end\nreturn M\n"

-- Runs `couplet VERB FILE` on these files; paths in what it says are relative again.
local function run_on(verb, files, env)
    local dir, remove = e2e.folder(files)
    local code, out, err = e2e.run({ verb, dir .. "/couplet.yaml" }, env)
    remove()
    local function strip(text) return (text:gsub(dir:gsub("%p", "%%%0") .. "/", "")) end
    return code, strip(out), strip(err)
end

describe("couplet", function()
    it("says its version", function()
        local code, out, err = e2e.run { "--version" }
        assert.equal(0, code)
        assert.matches("^couplet %d+%.%d+%.%d+", out)
        assert.equal("", err)
    end)

    it("helps, with every command", function()
        local code, out = e2e.run { "help" }
        assert.equal(0, code)
        for _, command in ipairs { "run", "check", "lua", "outbox", "help" } do
            assert.matches("couplet " .. command, out, 1, true)
            local status, text = e2e.run { "help", command }
            assert.equal(0, status)
            assert.matches(command, text, 1, true)
            if command ~= "help" then assert.equal(text, select(2, e2e.run { command, "--help" })) end
        end
    end)

    it("explains wrong usage on stderr, with status 2", function()
        local wrong = { { "frobnicate" }, { "run", "a", "b" }, { "help", "frobnicate" }, { "check", "--nope" }, { "outbox" },
            { "outbox", "retry" }, { "send", "alice" } }
        for _, arguments in ipairs(wrong) do
            local code, out, err = e2e.run(arguments)
            assert.equal(2, code)
            assert.equal("", out)
            assert.not_equal("", err)
        end
    end)

    it("runs a Lua script with the library at hand", function()
        local dir, remove = e2e.folder {
            ["a.lua"] = 'print(require "couplet.jid".bare(arg[1]), ...)\nos.exit(3)\n',
            ["bad.lua"] = "error 'no luck'\n",
        }
        local code, out = e2e.run { "lua", dir .. "/a.lua", "Romeo@Example.ORG/orchard" }
        assert.equal(3, code)
        assert.equal("Romeo@Example.ORG\tRomeo@Example.ORG/orchard\n", out)
        local status, _, err = e2e.run { "lua", dir .. "/bad.lua" }
        assert.equal(1, status)
        assert.matches("bad.lua:1: no luck", err, 1, true)
        remove()
    end)
end)

describe("couplet check", function()
    it("is content with a good configuration", function()
        local code, _, err = run_on("check", { ["couplet.yaml"] = GOOD, ["bots/echo.lua"] = ECHO })
        assert.equal(0, code, err)
    end)

    it("looks at nothing that a process keeps: one may run, or the folder may be made later", function()
        local dir, remove = e2e.folder { ["couplet.yaml"] = "storage: nowhere/kept.db\n" .. GOOD, ["bots/echo.lua"] = ECHO }
        local code, _, err = e2e.run { "check", dir .. "/couplet.yaml" }
        assert.equal(0, code)
        assert.equal(dir .. "/couplet.yaml: no mistakes, 1 bot\n", err)
        assert.is_nil(io.open(dir .. "/nowhere"))
        remove()
    end)

    it("takes its file behind -c, too, as send and outbox do", function()
        local dir, remove = e2e.folder { ["couplet.yaml"] = GOOD, ["bots/echo.lua"] = ECHO }
        assert.equal(0, (e2e.run { "check", "-c", dir .. "/couplet.yaml" }))
        assert.equal(2, (e2e.run { "check", "-c" }))
        assert.equal(2, (e2e.run { "check", "-c", dir .. "/couplet.yaml", "-c", dir .. "/couplet.yaml" }))
        local code, _, err = e2e.run { "outbox", "list", dir .. "/couplet.yaml" }
        assert.equal(2, code)
        assert.matches("named with -c", err, 1, true)
        remove()
    end)

    it("reports all mistakes at once, each with its place", function()
        local code, out, err = run_on("check", {
            ["couplet.yaml"] = [[
scripts: [bots]
logg: { level: info }
bots:
  echo:
    jid: echo@example.org
    pasword: x
    presence: { priority: high }
    hooks:
      - { event: mesage, call: echo.say }
]],
            ["bots/echo.lua"] = ECHO,
        })
        assert.equal(78, code)
        local text = out .. err
        assert.matches("couplet.yaml:2:1: [^\n]*did you mean [^\n]*log", text)
        assert.matches("couplet.yaml:6:5: [^\n]*did you mean [^\n]*password", text)
        assert.matches("couplet.yaml:7:%d+: ", text)
        assert.matches("couplet.yaml:9:%d+: [^\n]*did you mean [^\n]*message", text)
    end)

    it("names the place of a function that is not there", function()
        local code, out, err = run_on("check", {
            ["couplet.yaml"] = GOOD:gsub("echo%.say", "echo.sey"),
            ["bots/echo.lua"] = ECHO,
        })
        assert.equal(78, code)
        assert.matches("couplet.yaml:7:%d+: [^\n]*sey[^\n]*did you mean [^\n]*say", out .. err)
    end)

    it("tries the examples of commands against their arguments", function()
        local command = [[
      - event: command
        name: deploy
        args: "<env:prod|test> [count:int]"
        example: EXAMPLES
        call: echo.say
]]
        local function check(examples)
            local code, out, err = run_on("check", { ["couplet.yaml"] = GOOD .. command:gsub("EXAMPLES", examples), ["bots/echo.lua"] = ECHO })
            return code, out .. err
        end
        local code, text = check '["deploy prod 3", "deploy test"]'
        assert.equal(0, code, text)
        code, text = check '["deploy prod 3", "deploy nowhere", "ship prod"]'
        assert.equal(78, code)
        assert.not_matches("'deploy prod 3'", text, 1, true)
        assert.matches("couplet.yaml:11:%d+: example: 'deploy nowhere' does not fit [^\n]*env: 'nowhere' is not prod or test", text)
        assert.matches("couplet.yaml:11:%d+: example: 'ship prod' is no example of 'deploy'", text)
    end)

    it("names the place of a script that does not compile", function()
        local code, out, err = run_on("check", {
            ["couplet.yaml"] = GOOD,
            ["bots/echo.lua"] = "local M = {}\nfunction M.say(event return event.body end\nreturn M\n",
        })
        assert.equal(78, code)
        assert.matches("bots/echo.lua:2", out .. err, 1, true)
    end)

    it("says which file cannot be read, and which variable is not set", function()
        assert.equal(78, (e2e.run { "check", "/nonexistent/couplet.yaml" }))
        local code, out, err = run_on("check", {
            ["couplet.yaml"] = GOOD:gsub("hush%-e2e%-hush", "${NOT_SET_ANYWHERE}"),
            ["bots/echo.lua"] = ECHO,
        })
        assert.equal(78, code)
        assert.matches("couplet.yaml:5:%d+: [^\n]*NOT_SET_ANYWHERE", out .. err)
    end)

    it("opens the files of tls, and names the option whose file will not do", function()
        local files = { ["bots/echo.lua"] = ECHO, ["ca.pem"] = "-----BEGIN NONSENSE-----\n" }
        for option, says in pairs {
            ["ca_file: nowhere.pem"] = "7:21: tls.ca_file nowhere.pem: No such file or directory",
            ["ca_file: ca.pem"] = "7:21: tls.ca_file ca.pem holds no certificate in PEM form",
            ["crl_file: ca.pem"] = "7:22: tls.crl_file ca.pem is damaged: bad end line",
            ["certificate: ca.pem, key: ca.pem"] = "7:25: tls.certificate ca.pem holds no certificate in PEM form",
        } do
            files["couplet.yaml"] = GOOD:gsub("    hooks", "    server: localhost\n    tls: { " .. option .. " }\n%0")
            for _, verb in ipairs { "check", "run" } do
                local code, _, err = run_on(verb, files)
                assert.equal(78, code)
                assert.matches("couplet.yaml:" .. says, err, 1, true)
            end
        end
    end)

    it("prints the mistakes as JSON on stdout", function()
        local dir, remove = e2e.folder {
            ["couplet.yaml"] = GOOD .. '    "o\\"ops": 1\n',
            ["bots/echo.lua"] = "return '\xff' +\n",
        }
        local path = dir .. "/couplet.yaml"
        local code, out, err = e2e.run { "check", "--json", path }
        remove()
        assert.equal(78, code)
        assert.equal("", err)
        assert.matches(('[{"file":"%s","line":8,"column":5,"text":"in a bot the key \'o\\"ops\' is unknown'):format(path), out, 1, true)
        assert.matches('/echo.lua","line":%d,"column":0,', out)
        assert.matches("}]\n$", out)
        assert.truthy(utf8.len(out))
    end)

    it("tells a mistake of a script once, after those of the configuration", function()
        local _, _, err = run_on("check", {
            ["couplet.yaml"] = GOOD .. "      - { event: presence, call: echo.say }\n      - { event: iq, kall: 1, call: echo.say }\n",
            ["bots/echo.lua"] = "local M = {}\nreturn M M\n",
        })
        assert.matches("^couplet.yaml:9:%d+: [^\n]*\nbots/echo.lua:2: [^\n]*\n$", err)
    end)

    it("tells of secrets that are not in their files, each at its place, and runs no program for them", function()
        local code, _, err = run_on("check", {
            ["couplet.yaml"] = [[
storage: kept.db
http: { listen: 127.0.0.1:0, auth: { bearer_file: none.secret } }
bots:
  echo:
    jid: echo@example.org
    password_file: empty.secret
    hooks:
      - { event: message, call: echo.say }
      - { event: webhook, path: /a, auth: { basic: { user: x, password_file: a.secret } }, call: echo.say }
      - { event: webhook, path: /b, auth: { hmac: { secret_file: none.secret } }, call: echo.say }
      - { event: webhook, path: /c, auth: { token_file: /dev/stdin }, call: echo.say }
      - { event: webhook, path: /d, auth: { standard_webhooks: { secret_file: a.secret } }, call: echo.say }
  two: { jid: two@example.org, password_command: ["false"] }
  three: { jid: three@example.org, password_file: /run/credentials/couplet.service/three }
scripts: [bots]
]],
            ["bots/echo.lua"] = ECHO, ["empty.secret"] = "\n", ["a.secret"] = "good\n",
        })
        assert.equal(78, code)
        local told = {}
        for place, text in err:gmatch "couplet%.yaml:(%d+:%d+): ([^\n]*)" do told[#told + 1] = place .. " " .. text:gsub("%S*/", "") end
        assert.same({
            "2:51 none.secret: No such file or directory", "6:20 empty.secret: the first line is empty; it should be the password",
            "10:66 none.secret: No such file or directory",
            "12:79 a.secret: a secret of Standard Webhooks is expected: whsec_ and the base64 of 24 to 64 bytes",
        }, told)
    end)

    it("never shows a secret", function()
        local _, out, err = run_on("check", {
            ["couplet.yaml"] = GOOD .. "    sasl: hush\n    oops: 1\n",
            ["bots/echo.lua"] = ECHO,
        })
        assert.not_matches("hush-e2e-hush", out .. err, 1, true)
    end)
end)

describe("couplet run", function()
    it("does not start where the folder of `storage:` is missing", function()
        local code, _, err = run_on("run", { ["couplet.yaml"] = "storage: nowhere/kept.db\n" .. GOOD, ["bots/echo.lua"] = ECHO })
        assert.equal(1, code)
        assert.matches("nowhere is no folder that is there: make it", err, 1, true)
        assert.is_nil(err:find("warn", 1, true)) -- that is all: nothing was tried there before
    end)

    it("does not start with mistakes: status 78, the same words", function()
        local files = { ["couplet.yaml"] = GOOD .. "    oops: 1\n", ["bots/echo.lua"] = ECHO }
        local code, _, err = run_on("run", files)
        local _, _, check = run_on("check", files)
        assert.equal(78, code)
        assert.matches("couplet.yaml:8:5", err, 1, true)
        assert.equal(check, err)
    end)
end)
