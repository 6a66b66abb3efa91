-- SPDX-License-Identifier: MIT
-- Files: a bot gives them to a real server, and somebody else fetches them by their URL.
local e2e = require "spec.e2e.harness"
local files = require "spec.files"

local SCRIPTS = {
    ["files.lua"] = [[
local M = {}
local function tell(event, url, err) return url or tostring(err.text) end
function M.path(event) return tell(event, event.bot:upload(os.getenv "E2E_FILE")) end
function M.data(event) return tell(event, event.bot:upload { name = "../../etc/ünter hund.csv", data = ("a,b\0\n"):rep(3000) }) end
function M.large(event) return tell(event, event.bot:upload { name = "big.bin", data = ("x"):rep(20001) }) end
function M.missing(event) return tell(event, event.bot:upload "/nowhere/file") end
function M.folder(event) return tell(event, event.bot:upload "/tmp") end
function M.send(event)
    local url, err = event.bot:send_file(event.from, os.getenv "E2E_FILE", "Here it is.")
    return url and true or err.text
end
function M.long() return ("first line\nsecond line\n\nthe third\n"):rep(100) end
function M.too_long() return ("all work and no play "):rep(1000) end
return M
]],
}
local BOTS = [[
  clerk:
    @account clerk
    long_text: 1000
    long_text_as: file
    hooks:
      - { event: message, body: "^path$", call: files.path }
      - { event: message, body: "^data$", call: files.data }
      - { event: message, body: "^large$", call: files.large }
      - { event: message, body: "^missing$", call: files.missing }
      - { event: message, body: "^folder$", call: files.folder }
      - { event: message, body: "^send$", call: files.send }
      - { event: message, body: "^long$", call: files.long }
      - { event: message, body: "^too long$", call: files.too_long }
]]

-- As another program sees it, with the server's CA.
local function fetch(world, url)
    local script = [[import ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[2])
answer = urllib.request.urlopen(sys.argv[1], context=context, timeout=30)
sys.stdout.buffer.write(answer.headers["Content-Type"].encode() + b"\n" + answer.read())]]
    local all = files.output(("timeout 40 /usr/bin/python3 -c '%s' '%s' '%s'"):format(script, url, world.server.ca_file))
    return all:match "^([^\n]*)\n(.*)$"
end

e2e.each_server(describe, "a file", function(kind)
    local world, romeo, content

    setup(function()
        local bytes, env = {}, {}
        for i = 1, 15000 do bytes[i] = string.char(i * 7919 % 256) end
        content = table.concat(bytes)
        world = e2e.start {
            kind = kind, scripts = SCRIPTS, bots = BOTS, server = { "--upload" },
            before = function(w)
                files.write(w.dir .. "/photo.png", content)
                env.E2E_FILE = w.dir .. "/photo.png"
            end,
            env = env,
        }
        romeo = world:human "romeo"
    end)

    teardown(function() world:stop() end)

    local function ask(text)
        romeo:say(world:full_jid "clerk", text)
        return romeo:expect { from = "^clerk@", type = "chat", body = "^." }
    end

    it("is uploaded by its path", function()
        local kind_of_it, bytes = fetch(world, ask("path").body)
        assert.equal("image/png", kind_of_it)
        assert.equal(content, bytes)
    end)

    it("is uploaded from memory, and its name is no path", function()
        local url = ask("data").body
        assert.matches("^https://localhost:%d+/.*hund%.csv$", url)
        assert.is_nil(url:find("etc", 1, true))
        local _, bytes = fetch(world, url)
        assert.equal(("a,b\0\n"):rep(3000), bytes)
    end)

    it("that is too large is not uploaded, and the limit is told", function()
        assert.equal("big.bin is too large: it has 20001 bytes, the server takes 20000 bytes at most", ask("large").body)
    end)

    it("that is not there, or is a folder, is an error", function()
        assert.equal("cannot read /nowhere/file: No such file or directory", ask("missing").body)
        assert.equal("cannot read /tmp: it is no file", ask("folder").body)
    end)

    it("is sent with a text before it, and shown by clients", function()
        assert.equal("Here it is.", ask("send").body)
        local message = romeo:expect { from = "^clerk@", body = "^https://" }
        assert.matches("jabber:x:oob", message.xml, 1, true)
        assert.equal(content, select(2, fetch(world, message.body)))
    end)

    it("takes the place of a long text", function()
        local body = ask("long").body
        local first, url = body:match "^(.*)\n(https://%S+)$"
        assert.equal("first line\nsecond line\n\nthe third\n…", first)
        local kind_of_it, bytes = fetch(world, url)
        assert.matches("^text/plain", kind_of_it)
        assert.equal(("first line\nsecond line\n\nthe third\n"):rep(100), bytes)
    end)

    it("that would be too large goes as text, in pieces", function()
        local all = ask("too long").body
        while #all < 20800 do all = all .. romeo:expect({ from = "^clerk@", type = "chat", body = "^.*work" }).body end
        assert.matches("^all work and no play all work", all)
    end)
end)
