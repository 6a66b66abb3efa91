-- SPDX-License-Identifier: MIT
-- muc_scene: the library of rooms with a stand-in for the runtime: a bot whose stanzas, timers and events are recorded, a
-- clock that stands still, and iqs that are answered as the spec says. One scene a test; `stop` puts everything back.
--
--   local scene = muc_scene.start { { jid = "den@rooms.example.org", nick = "robo" } }
--   scene:presence [[<presence from='den@rooms.example.org/robo'>…</presence>]]
--   scene.sent, scene.events, scene:state(jid), scene:fire() (the timer that is due next)
local errors = require "couplet.errors"

local M = {}

local scene_mt = {}
scene_mt.__index = scene_mt

local function unload()
    for name in pairs(package.loaded) do
        if name:match "^couplet%.xep%.muc" then package.loaded[name] = nil end
    end
end

local function make_core(scene)
    local core = {
        emit = function(_, name, fields)
            fields.kind = name
            scene.events[#scene.events + 1] = fields
        end,
        room_put = function(_, jid, nick) scene.known[jid] = nick end,
        room_drop = function(_, jid) scene.known[jid] = nil end,
        room_empty = function() end,
        room_said = function() return "away", "tea" end,
        room_idle = function(_, jid) return scene.known[jid] and scene.idle end,
        room_options = function()
            local list = { nick = "robo", show = "chat", status = "at your service" }
            for i, room in ipairs(scene.config) do
                local copy = {}
                for key, value in pairs(room) do copy[key] = value end
                list[i] = copy
            end
            return list
        end,
        can_wait = function() return scene.waits ~= nil end,
        wait = function(_, name) return scene.waits(name) end,
        wake = function(_, name, value) scene.woken[name] = value end,
        now = os.time,
        feature = function(_, name) return scene.features[name] == true end,
    }
    return core
end

local function make_bot(scene)
    local bot = { name = "robo", jid = "robo@example.org/bot", config = {} }
    bot.log = setmetatable({}, { __index = function() return function() end end })
    function bot.send(_, stanza)
        if scene.is_offline then return nil, errors.new "recipient-unavailable" end
        scene.sent[#scene.sent + 1] = stanza
        return "id"
    end
    function bot:say(to, text) return self:send { name = "message", attr = { to = to, type = "groupchat" }, { name = "body", text } } end
    function bot.iq(_, stanza)
        scene.sent[#scene.sent + 1] = stanza
        return scene.answer(stanza)
    end
    function bot.after(_, seconds, f)
        local timer = { due = seconds, f = f, is_live = true }
        function timer.stop() timer.is_live = false end
        scene.timers[#scene.timers + 1] = timer
        return timer
    end
    function bot:join(...) return scene.join(self, ...) end
    return bot
end

---@param config table[] of core.room_options
function M.start(config)
    local scene = setmetatable({
        config = config or {}, sent = {}, events = {}, timers = {}, known = {}, woken = {}, idle = 0, features = {},
        real_core = package.loaded["couplet.core.bot"],
    }, scene_mt)
    scene.answer = function() return nil, errors.new "remote-server-timeout" end
    unload()
    package.loaded["couplet.core.bot"] = make_core(scene)
    scene.muc = require "couplet.xep.muc"
    scene.join, scene.leave = require("couplet.xep.muc_join").join, require("couplet.xep.muc_join").leave
    scene.st = require "couplet.stanza"
    scene.bot = make_bot(scene)
    scene.bot.rooms = nil
    scene.rooms = scene.muc.rooms(scene.bot)
    return scene
end

function scene_mt:stop()
    package.loaded["couplet.core.bot"] = self.real_core
    unload()
end

-- XML for specs: elements, attributes in single quotes, text; inherited namespaces are written out as the runtime does.
local ENTITIES = { lt = "<", gt = ">", amp = "&", apos = "'", quot = '"' }

function M.parse(xml)
    local root = { name = "", attr = {} }
    local stack = { root }
    for closing, name, rest, empty, text in (xml .. "<"):gmatch "<(/?)([%w:-]+)(.-)(/?)>([^<]*)" do
        if closing == "/" then
            stack[#stack] = nil
        else
            local parent = stack[#stack]
            local element = { name = name, attr = {} }
            for key, value in rest:gmatch "([%w:-]+)='([^']*)'" do element.attr[key] = value:gsub("&(%w+);", ENTITIES) end
            element.attr.xmlns = element.attr.xmlns or (parent ~= root and parent.attr.xmlns or nil)
            parent[#parent + 1] = element
            if empty == "" then stack[#stack + 1] = element end
        end
        if text ~= "" then table.insert(stack[#stack], (text:gsub("&(%w+);", ENTITIES))) end
    end
    return root[1]
end

local function event_of(scene, xml)
    local stanza = scene.st.clone(M.parse(xml))
    local from = stanza.attr.from or scene.bot.jid
    local bare, nick = from:match "^([^/]*)/?(.*)$"
    local default = stanza.name == "presence" and "available" or "normal"
    return {
        bot = scene.bot, kind = stanza.name, stanza = stanza, from = from, type = stanza.attr.type or default,
        room = scene.known[bare] and bare or nil, nick = scene.known[bare] and nick ~= "" and nick or nil,
        body = stanza.name == "message" and stanza:get_child_text "body" or nil,
    }
end

function scene_mt:presence(xml) self.muc.on_presence(event_of(self, xml)) end

---@param name "on_subject"|"on_notice"|"on_message_error"
function scene_mt:message(name, xml) self.muc[name](event_of(self, xml)) end

function scene_mt:invitation(name, xml) require("couplet.xep.muc_invite")[name](event_of(self, xml)) end

--- Lets the live timer that is due next run; returns its seconds.
function scene_mt:fire()
    local next_at
    for i, timer in ipairs(self.timers) do
        if timer.is_live and (not next_at or timer.due < self.timers[next_at].due) then next_at = i end
    end
    if not next_at then return nil end
    local timer = table.remove(self.timers, next_at)
    timer.f { bot = self.bot }
    return timer.due
end

function scene_mt:state(jid) return self.rooms[jid] and self.rooms[jid].state end

--- The last stanza that was sent, as text.
function scene_mt:last() return self.sent[#self.sent] and tostring(self.st.clone(self.sent[#self.sent])) or "" end

--- The last event of this kind.
function scene_mt:event(kind)
    for i = #self.events, 1, -1 do
        if self.events[i].kind == kind then return self.events[i] end
    end
end

return M
