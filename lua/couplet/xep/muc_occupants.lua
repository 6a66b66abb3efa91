-- SPDX-License-Identifier: MIT
-- muc_occupants: who is in a room: room.occupants[nick] = { nick, jid, affiliation, role, occupant_id, hats, show, status },
-- absent things nil. Affiliation, role and jid are the room's word. show and status are what they say themselves: the runtime
-- keeps them, and tells when they are read. occupant_id (XEP-0421) and hats (XEP-0317) count only
-- where the room says that it sets them itself: anybody can put them into their presence, and a room that does not know
-- these extensions passes them on. Until it has answered they are kept apart (`claims`).
--
-- Bounded: of a room with more than MOST occupants the first MOST are kept, and counted.
-- Implements: XEP-0421 1.0.1, XEP-0317 0.3.1 partial (read, not given)
local core = require "couplet.core.bot"
local presence = require "couplet.xep.muc_presence"
local status = require "couplet.xep.muc_status"

local next, require, setmetatable = next, require, setmetatable

local M = {}

M.MOST = 20000

---@class couplet.Occupant
---@field nick string
---@field jid string|nil the real JID, where the room tells it
---@field affiliation string
---@field role string
---@field occupant_id string|nil
---@field hats { uri: string, title: string }[]|nil
---@field show string|nil
---@field status string|nil

--- Nobody is there.
function M.clear(room, own)
    room.occupants, room.count, own.claims = {}, 0, nil
    core.room_empty(own.bot, room.jid)
end

local function claim(room, own, occupant, word)
    if not word.occupant_id and not word.hats then return end
    local features = own.features
    if not features then
        own.claims = own.claims or {}
        own.claims[occupant.nick] = word
        require("couplet.xep.muc_config").ask_features(room)
        return
    end
    occupant.occupant_id = features.occupant_id and word.occupant_id or nil
    occupant.hats = features.hats and word.hats or nil
end

--- The room has said what it sets itself.
---@param features { occupant_id: boolean, hats: boolean }
function M.settle(room, own, features)
    own.features = features
    local claims = own.claims or {}
    own.claims = nil
    for nick, word in next, claims do
        local occupant = room.occupants[nick]
        if occupant then claim(room, own, occupant, word) end
    end
end

local function emit(room, own, name, occupant, fields)
    fields.room, fields.nick = room.jid, occupant.nick
    fields.from = room.jid .. "/" .. occupant.nick
    fields.occupant = occupant
    core.emit(own.bot, name, fields)
end

-- Of the occupants of one room.
local function metatable(room, own)
    return {
        __name = "couplet.occupant",
        __index = function(occupant, key)
            if key ~= "show" and key ~= "status" then return nil end
            local show, text = core.room_said(own.bot, room.jid, occupant.nick)
            if key == "show" then return show end
            return text
        end,
    }
end

local function fill(occupant, word)
    occupant.affiliation, occupant.role = word.affiliation or "none", word.role or "none"
    occupant.jid = word.jid
end

--- An available presence of somebody; events are raised once we are in ourselves.
function M.here(room, own, nick, stanza, word, is_self)
    presence.read_occupant(stanza, word)
    local occupant = room.occupants[nick]
    if not occupant then
        if room.count >= M.MOST then return end
        own.occupant_mt = own.occupant_mt or metatable(room, own)
        occupant = setmetatable({ nick = nick }, own.occupant_mt)
        room.occupants[nick] = occupant
        room.count = room.count + 1
        fill(occupant, word)
        claim(room, own, occupant, word)
        if room.joined and not is_self then emit(room, own, "joined", occupant, {}) end
        return
    end
    local affiliation, role = occupant.affiliation, occupant.role
    fill(occupant, word)
    claim(room, own, occupant, word)
    if not room.joined or (affiliation == occupant.affiliation and role == occupant.role) then return end
    emit(room, own, "room_changed", occupant, {
        change = affiliation ~= occupant.affiliation and "affiliation" or "role",
        affiliation = occupant.affiliation,
        role = occupant.role,
        old_affiliation = affiliation,
        old_role = role,
        reason = word.reason,
        actor = word.actor,
    })
end

local function rename(room, own, occupant, nick)
    local old = occupant.nick
    if room.occupants[nick] then room.count = room.count - 1 end
    room.occupants[old], room.occupants[nick] = nil, occupant
    occupant.nick = nick
    if own.claims then own.claims[old], own.claims[nick] = nil, own.claims[old] end
    emit(room, own, "room_changed", occupant, { change = "nick", old_nick = old })
end

--- An unavailable presence; that of our own is told as a change of the room's state, unless it changes our nick.
function M.gone(room, own, nick, word, is_self)
    local occupant = room.occupants[nick]
    if not occupant then return end
    if word.codes[303] and word.nick then
        rename(room, own, occupant, word.nick)
        return
    end
    room.occupants[nick] = nil
    room.count = room.count - 1
    if own.claims then own.claims[nick] = nil end
    if is_self or not room.joined then return end
    local reason = status.removal(word.codes)
    emit(room, own, "left", occupant, { reason = reason, text = word.reason, actor = word.actor })
end

return M
