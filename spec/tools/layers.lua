-- SPDX-License-Identifier: MIT
-- layers: fails when a room of src/ includes a header of a room that it may not know, or when a library's header is
-- used outside of its room. Arrows point down only; xmpp and net meet in session alone.
local MAY = { -- room -> rooms below it
    base = {},
    xml = { "base" },
    loop = { "base" },
    hook = { "base", "xml" },
    xmpp = { "base", "xml" },
    net = { "base", "loop" },
    store = { "base", "loop" },
    http = { "base", "loop" },
    control = { "base", "loop" },
    config = { "base", "hook" },
    session = { "base", "xml", "xmpp", "loop", "net", "store", "config" },
    lua = { "base", "xml", "loop", "net", "hook", "store", "http", "config", "session" },
    runtime = { "base", "hook", "loop", "net", "store", "http", "control", "config", "session", "lua" },
    cli = { "base", "xml", "store", "control", "config", "runtime", "lua" },
    main = { "base", "cli", "config" },
}
local LIBRARY = { -- header -> the only rooms that may include it
    ["expat.h"] = "xml",
    ["sqlite3.h"] = "store",
    ["yaml.h"] = "config",
    ["uv.h"] = "loop net",
    ["ares.h"] = "net",
    ["curl/curl.h"] = "net",
    ["microhttpd.h"] = "http",
    ["unbound.h"] = "net",
    ["openssl/ssl.h"] = "net",
    ["jansson.h"] = "lua control",
    ["lua.h"] = "lua cli",
    ["lauxlib.h"] = "lua cli",
}

local function set(list)
    local out = {}
    for _, name in ipairs(list) do out[name] = true end
    return out
end

local wrong = 0
local function complain(path, line, text)
    wrong = wrong + 1
    io.stderr:write(("%s:%d: %s\n"):format(path, line, text))
end

local function check(path, room)
    local allowed = set(assert(MAY[room], "unknown room " .. room))
    local number = 0
    for line in io.lines(path) do
        number = number + 1
        local other = line:match '^#include "([%w_]+)/'
        local library = line:match "^#include <([%w_/.]+)>"
        if other and other ~= room and not allowed[other] then complain(path, number, room .. " may not know " .. other) end
        local homes = library and LIBRARY[library]
        if homes and not (" " .. homes .. " "):find(" " .. room .. " ", 1, true) then
            complain(path, number, ("<%s> belongs to %s"):format(library, homes))
        end
    end
end

local list = assert(io.popen "find src -name '*.[ch]' | sort")
for path in list:lines() do check(path, path:match "^src/(%w+)/" or "main") end
list:close()
os.exit(wrong == 0)
