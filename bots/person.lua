-- SPDX-License-Identifier: MIT
-- person: somebody at a terminal. What is typed goes out, what arrives is shown; without a terminal a short talk is played.
--
--   echo: hello          to the bot echo, one to one
--   hello all            to the room
--   ?version             asks the bot version which software it is
local jid = require "couplet.jid"
local terminal = require "couplet.core.terminal"

local M = {}

local ROOM = "lounge@conference.localhost"
local PATIENCE = 30 -- seconds that the scripted talk waits for an answer

local last_shown = ""

local function put(format, ...) terminal.write(format:format(...) .. "\n") end

-- Terminals obey control characters; what comes from the network may not speak to them.
local function printable(text) return (text:gsub("[%c\127]", "?")) end

function M.show(event)
    if not event.body then return nil end
    local who = event.room and (event.nick or "the room") or jid.node(event.from)
    local text = ("%s%s: %s"):format(event.room and "[room] " or "", who, event.body)
    last_shown = printable(text)
    put("%s", last_shown)
end

function M.failed(event) put("(not delivered to %s)", printable(event.from or "?")) end

local function ask_version(bot, name)
    local found, err = bot:version_of(ROOM .. "/" .. name)
    if not found then
        put("%s does not say: %s", name, tostring(err))
        return
    end
    last_shown = ("%s runs %s %s"):format(name, found.name, found.version)
    put("%s", printable(last_shown))
end

local function say(bot, line)
    local asked = line:match "^%?(%w+)$"
    local to, text = line:match "^(%w+):%s*(.+)$"
    if asked then
        ask_version(bot, asked)
    elseif to then
        bot:say(to .. "@localhost", text)
    elseif line:match "%S" then
        bot:say(ROOM, line)
    end
end

local function read_terminal(bot)
    put("Type `echo: hello`, `dice: roll 2d6`, `reminder: remind me in 5 seconds to stretch`, `?version`,")
    put("or anything else to say it in the room %s. Ctrl-D ends.", ROOM)
    for line in terminal.read do say(bot, line) end
end

-- What is said, and the pattern of what must come back.
local SCRIPT = {
    { "hello room", "you: hello room" },
    { "echo: hello", "^echo: hello" },
    { "roll 2d6", "^%[room%] dice: .*= %d+" },
    { "?version", "^version runs Couplet" },
    { "reminder: remind me in 1 second to stretch", "^reminder: Remember: stretch" },
}

local function play(bot)
    for _, step in ipairs(SCRIPT) do
        put("> %s", step[1])
        say(bot, step[1])
        local waited = 0
        while not last_shown:find(step[2]) do
            if waited > PATIENCE then error("no answer to: " .. step[1]) end
            bot:sleep(0.02)
            waited = waited + 0.02
        end
    end
end

local function wait_for_room(bot)
    while not bot.rooms[ROOM].joined do bot:sleep(0.02) end
end

function M.talk(event)
    local bot = event.bot
    wait_for_room(bot)
    local ok, err = pcall(terminal.is_terminal() and read_terminal or play, bot)
    if not ok then put("%s", tostring(err)) end
    bot:stop()
end

return M
