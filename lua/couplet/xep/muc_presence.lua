-- SPDX-License-Identifier: MIT
-- muc_presence: what a room says in a presence or a message, read once into a plain table. Nothing is believed here that
-- an occupant could have put in: two <x/> of muc#user can only mean that one was smuggled in, so neither counts; of
-- anything else that is doubled neither, too.
--
--   word = read(stanza)
--   word.codes[110]; word.affiliation, word.role, word.jid, word.nick, word.actor, word.reason      of the one <item/>
--   word.destroy = { jid =, reason = }; word.occupant_id, word.hats: claims, until the room vouches for them
local ns = require "couplet.ns"

local type, tonumber, s_match, s_sub = type, tonumber, string.match, string.sub

local M = {}

local AFFILIATIONS = { owner = true, admin = true, member = true, outcast = true, none = true }
local ROLES = { moderator = true, participant = true, visitor = true, none = true }
local TEXT_MOST, ID_MOST, JID_MOST, HATS_MOST = 256, 256, 3071, 8

--- At most so many bytes of it, cut between characters.
local function cut(text, most)
    if type(text) ~= "string" or text == "" then return nil end
    if #text <= most then return text end
    local last = most
    while last > 0 and s_match(text, "^[\x80-\xBF]", last + 1) do
        last = last - 1
    end
    return s_sub(text, 1, last)
end
M.cut = cut

local function element_text(element, most)
    local text = element[1]
    return type(text) == "string" and cut(text, most) or nil
end

-- The elements of that name and namespace directly in it: the one, or nil where there is none or more than one.
local function only(stanza, name, xmlns)
    local found
    for i = 1, #stanza do
        local child = stanza[i]
        if type(child) == "table" and child.name == name and child.attr.xmlns == xmlns then
            if found then return nil end
            found = child
        end
    end
    return found
end
M.only = only

-- Inside of <x/>, children have its namespace: the runtime leaves out what is inherited.
local function inside(x, name)
    local found
    for i = 1, #x do
        local child = x[i]
        if type(child) == "table" and child.name == name and (child.attr.xmlns or ns.muc_user) == ns.muc_user then
            if found then return nil end
            found = child
        end
    end
    return found
end

local function short(value, most)
    if type(value) == "string" and value ~= "" and #value <= most then return value end
end

local function read_codes(x)
    local codes = {}
    for i = 1, #x do
        local child = x[i]
        if type(child) == "table" and child.name == "status" and (child.attr.xmlns or ns.muc_user) == ns.muc_user then
            local code = s_match(child.attr.code or "", "^%d%d%d$")
            if code then codes[tonumber(code)] = true end
        end
    end
    return codes
end

local function read_item(word, item)
    local attr = item.attr
    word.affiliation = AFFILIATIONS[attr.affiliation] and attr.affiliation or "none"
    word.role = ROLES[attr.role] and attr.role or "none"
    word.jid = short(attr.jid, JID_MOST)
    word.nick = short(attr.nick, 1023)
    for i = 1, #item do
        local child = item[i]
        if type(child) == "table" then
            if child.name == "reason" then
                word.reason = element_text(child, TEXT_MOST)
            elseif child.name == "actor" then
                word.actor = short(child.attr.nick, 1023) or short(child.attr.jid, JID_MOST)
            end
        end
    end
end

local function read_destroy(destroy)
    local reason
    for i = 1, #destroy do
        local child = destroy[i]
        if type(child) == "table" and child.name == "reason" then reason = element_text(child, TEXT_MOST) end
    end
    return { jid = short(destroy.attr.jid, JID_MOST), reason = reason }
end

local function read_hats(hats)
    local list
    for i = 1, #hats do
        local hat = hats[i]
        if type(hat) == "table" and hat.name == "hat" then
            local uri, title = short(hat.attr.uri, ID_MOST), short(hat.attr.title, ID_MOST)
            list = list or {}
            if uri and title and #list < HATS_MOST then list[#list + 1] = { uri = uri, title = title } end
        end
    end
    return list
end

--- The room's own word in a stanza that came from it.
---@param stanza couplet.Stanza
---@return table|nil word without codes and item where the room says nothing that counts
function M.read(stanza)
    local word = { codes = {} }
    local x = only(stanza, "x", ns.muc_user)
    if x then
        word.is_told = true
        word.codes = read_codes(x)
        local item, destroy = inside(x, "item"), inside(x, "destroy")
        if item then read_item(word, item) end
        if destroy then word.destroy = read_destroy(destroy) end
    end
    return word
end

--- What only a room that knows these extensions puts in.
---@param stanza couplet.Stanza
---@param word table filled
function M.read_occupant(stanza, word)
    local id, hats = only(stanza, "occupant-id", ns.occupant_id), only(stanza, "hats", ns.hats)
    word.occupant_id = id and short(id.attr.id, ID_MOST)
    word.hats = hats and read_hats(hats)
end

return M
