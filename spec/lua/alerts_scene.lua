-- SPDX-License-Identifier: MIT
-- alerts_scene: the life of alerts with a stand-in for the runtime and a clock of its own. What waits for the disk does not, but
-- `scene.restart()` begins again from what was written, and `scene.fail` refuses what is said from now on.
--
--   local scene = alerts_scene.start { to = "ops@rooms.example.org" }      scene.take { scene.alert("Disk") }
--   scene.texts()          what was said, as "to: body", corrections as "to: (replaces) body"
local stand_in = require "spec.lua.stand_in"

local M = {}

local ROOM = "ops@rooms.example.org"

-- A line for each alert is enough here.
local function render(alerts)
    local lines = {}
    for i, alert in ipairs(alerts) do lines[i] = alert.status .. " " .. alert.title end
    return table.concat(lines, "; "), {}
end

local scene_mt = {}
scene_mt.__index = scene_mt

function scene_mt:open()
    self.bot = stand_in.bot {
        jid = "bot@example.org/here", disk = self.disk, config = { rooms = { ROOM }, admins = { "root@example.org" } },
        rooms = { [ROOM] = { jid = ROOM, nick = "robo", occupants = self.occupants } },
    }
    local say = self.bot.say
    rawset(self.bot, "say", function(bot, ...)
        if self.fail then return nil, self.fail end
        return say(bot, ...)
    end)
end

function M.start(with, occupants)
    package.loaded["couplet.alerts.text"] = { render = render, options = function() return {} end, icon = function() return "🔥" end }
    stand_in.time = 1795000000
    local self = setmetatable({ with = with, disk = {}, occupants = occupants or {} }, scene_mt)
    with.to = with.to or ROOM
    self:open()
    return self
end

--- An alert that is firing, or as `more` says.
function M.alert(title, more)
    local alert = {
        source = "alertmanager", fingerprint = title:lower(), status = "firing", severity = "warning", title = title,
        labels = { alertname = title }, annotations = {}, starts_at = 1000, group_key = "g",
    }
    for name, value in pairs(more or {}) do alert[name] = value end
    return alert
end

function M.resolved(title, more)
    local alert = M.alert(title, more)
    alert.status = "resolved"
    return alert
end

--- A webhook came; path: of its hook.
function scene_mt:take(alerts, with, path)
    local event = { bot = self.bot, kind = "webhook", with = with or self.with, method = path and "POST", path = path }
    local done, err = require("couplet.alerts.deliver").take(event, alerts)
    stand_in.settle(self.bot)
    return done, err
end

function scene_mt:advance(seconds)
    stand_in.advance(self.bot, seconds)
    stand_in.settle(self.bot)
end

function scene_mt:now() return stand_in.time end -- luacheck: ignore

function scene_mt:set_time(time) stand_in.time = time end -- luacheck: ignore

--- The process was killed, and has started again.
function scene_mt:restart()
    local said = self.bot.sent
    self:open()
    rawset(self.bot, "sent", said)
    require("couplet.alerts.life").on_start { bot = self.bot, kind = "start" }
end

function scene_mt:texts(from)
    local list = {}
    for i = from or 1, #self.bot.sent do
        local stanza = self.bot.sent[i]
        local replace, reply = stanza:get_child("replace", "urn:xmpp:message-correct:0"), stanza:get_child("reply", "urn:xmpp:reply:0")
        local mark = replace and "(" .. replace.attr.id .. ") " or reply and "[" .. reply.attr.id .. "] " or ""
        list[#list + 1] = stanza.attr.to:match "^[^@]+" .. ": " .. mark .. (stanza:get_child_text "body" or "")
    end
    return list
end

function scene_mt:last(n) return self:texts(#self.bot.sent - (n or 1) + 1)[1] end

--- The hooks that are there for an event of this kind are given it; the answers of the first that has one.
function scene_mt:raise(kind, literal, more, name)
    local event = stand_in.event(self.bot, literal, more)
    event.kind = kind
    local answer, why
    for _, spec in ipairs(self.bot.hooked) do
        local matches = spec.event == kind and not spec.removed and (not name or spec.name == name)
        if matches and spec.child then matches = event.stanza:get_child(spec.child, spec.xmlns) ~= nil end
        if matches and event.own then
            matches = false
            for _, what in ipairs(type(spec.include) == "table" and spec.include or { spec.include }) do matches = matches or what == "own" end
        end
        if matches and not answer then answer, why = spec.call(event) end
    end
    stand_in.settle(self.bot)
    return answer, why
end

--- The room shows what was said, with an id of its own.
function scene_mt:reflect(index, sid)
    local said = self.bot.sent[index]
    local literal = {
        name = "message", attr = { from = ROOM .. "/robo", to = self.bot.jid, type = "groupchat", id = said.attr.id },
        { name = "body", said:get_child_text "body" },
        { name = "stanza-id", attr = { xmlns = "urn:xmpp:sid:0", by = ROOM, id = sid } },
    }
    local replace = said:get_child("replace", "urn:xmpp:message-correct:0")
    if replace then literal[#literal + 1] = { name = "replace", attr = { xmlns = "urn:xmpp:message-correct:0", id = replace.attr.id } } end
    return self:raise("message", literal, { own = true, room = ROOM, nick = "robo" })
end

M.ROOM = ROOM

return M
