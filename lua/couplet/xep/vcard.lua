-- SPDX-License-Identifier: MIT
-- vcard: bot.vcard: what people and bots tell of themselves, as vcard-temp (XEP-0054) and vCard4 (XEP-0292). All waits.
--
--   local card, err = bot.vcard:get "romeo@example.org"       -- { name =, nick =, email =, …, photo = { type =, data = } }
--   local ok, err = bot.vcard:set { name = "Robo", url = "https://example.org/robo", desc = "I answer." }
--   local card, err = bot.vcard:get4(jid)      bot.vcard:set4 { name = … }
--
-- The fields: name nick given family birthday email phone url title role org desc note jid, texts; `emails` and `phones` are
-- lists of all of them. `set` replaces the card but for what it does not know: the photo, and elements beyond these, stay.
-- Implements: XEP-0054 1.3.0, XEP-0292 0.12.0
local base64 = require "couplet.base64"
local errors = require "couplet.errors"
local hash = require "couplet.hash"
local ns = require "couplet.ns"
local st = require "couplet.stanza"

local error, ipairs, pairs, setmetatable, tostring, type = error, ipairs, pairs, setmetatable, tostring, type

local M = {}

---@class couplet.Vcard
local methods = {}
methods.__index = methods

-- field -> path of elements, in vcard-temp and in vCard4
local FIELDS = {
    name = { "FN", "fn/text" }, nick = { "NICKNAME", "nickname/text" }, given = { "N/GIVEN", "n/given" },
    family = { "N/FAMILY", "n/surname" }, birthday = { "BDAY", "bday/date" }, email = { "EMAIL/USERID", "email/text" },
    phone = { "TEL/NUMBER", "tel/uri" }, url = { "URL", "url/uri" }, title = { "TITLE", "title/text" }, role = { "ROLE", "role/text" },
    org = { "ORG/ORGNAME", "org/text" }, desc = { "DESC", false }, note = { "NOTE", "note/text" }, jid = { "JABBERID", "impp/uri" },
}
-- Old cards have the text in the outer element, and vCard4 may have a telephone as text.
local LISTS = { emails = { "EMAIL", "USERID", "email", "text" }, phones = { "TEL", "NUMBER", "tel", "uri" } }
local READ_ONLY = { emails = true, phones = true, photo = true } -- what `get` gave may be given to `set`
local ORDER = { "name", "given", "family", "nick", "birthday", "email", "phone", "url", "title", "role", "org", "desc", "note", "jid" }

local function text_at(element, path)
    for name in path:gmatch "[^/]+" do
        element = element:get_child(name)
        if not element then return nil end
    end
    local text = element:get_text()
    local first = text and text:find "%S"
    return first and text:match("^.*%S", first) or nil
end

local function texts_of(element, outer, inner)
    local list = {}
    for child in element:childtags(outer) do
        local text = text_at(child, inner) or text_at(child, "text")
        if text then list[#list + 1] = text end
    end
    return list
end

local function read(element, version)
    local card = {}
    for field, paths in pairs(FIELDS) do
        if paths[version] then card[field] = text_at(element, paths[version]) end
    end
    for field, names in pairs(LISTS) do card[field] = texts_of(element, names[2 * version - 1], names[2 * version]) end
    if card.jid then card.jid = card.jid:gsub("^xmpp:", "") end
    return card
end

local function photo_of(element)
    local photo = element:get_child "PHOTO"
    local text = photo and photo:get_child_text "BINVAL"
    local data = text and base64.decode(text)
    if not data or data == "" then return nil end
    return { data = data, type = require("couplet.xep.avatar").type_of(data) or "application/octet-stream" } -- not TYPE: XEP-0153 4.3
end

local function fetch(vcard, who)
    if who ~= nil and type(who) ~= "string" then error("bot.vcard: a JID is expected, or nil for the bot's own", 3) end
    local answer, err = vcard.bot:iq(st.iq({ type = "get", to = who }):tag("vCard", { xmlns = ns.vcard }):up())
    if not answer then return nil, err end
    return answer:get_child("vCard", ns.vcard) or st.stanza("vCard", { xmlns = ns.vcard })
end

--- Somebody's card; nil: the bot's own. Empty where there is none.
---@param who? string a bare JID; an occupant's in a room
---@return table<string, any>|nil card, couplet.Error|nil err
function methods:get(who)
    local element, err = fetch(self, who)
    if not element then return nil, err end
    local card = read(element, 1)
    card.photo = photo_of(element)
    return card
end

local function check(card, verb)
    if type(card) ~= "table" then error(("bot.vcard:%s: a table is expected"):format(verb), 3) end
    for field, value in pairs(card) do
        if READ_ONLY[field] then goto continue end
        if not FIELDS[field] then error(("bot.vcard:%s: there is no field '%s'"):format(verb, tostring(field)), 3) end
        if type(value) ~= "string" then error(("bot.vcard:%s: %s is a text"):format(verb, field), 3) end
        ::continue::
    end
end

-- Adds a text at a path; N and n are shared by two fields.
local function put(element, path, text, made)
    local outer, inner = path:match "^([^/]+)/?(.*)$"
    if inner == "" then
        element:text_tag(outer, text)
        return
    end
    local holder = (outer == "N" or outer == "n") and made[outer] or nil
    if not holder then
        holder = st.stanza(outer)
        made[outer] = holder
        element:add_child(holder)
    end
    holder:text_tag(inner, text)
end

local function write(card, version, xmlns)
    local element, made = st.stanza(version == 1 and "vCard" or "vcard", { xmlns = xmlns }), {}
    for _, field in ipairs(ORDER) do
        local path = FIELDS[field][version]
        local value = card[field]
        if field == "jid" and value and version == 2 then value = "xmpp:" .. value end
        if path and value and value ~= "" then put(element, path, value, made) end
    end
    return element
end

local KNOWN = {}
for _, paths in pairs(FIELDS) do KNOWN[paths[1]:match "^[^/]+"] = true end

local function store(vcard, element)
    local answer, err = vcard.bot:iq(st.iq({ type = "set" }):add_child(element))
    if not answer then return nil, err end
    return true
end

local function keep_rest(new, old, is_kept)
    for _, child in ipairs(old.tags) do
        if is_kept(child.name) then new:add_child(child) end
    end
    return new
end

--- Replaces the bot's card.
---@param card table<string, string>
---@return true|nil ok, couplet.Error|nil err
function methods:set(card)
    check(card, "set")
    local old, err = fetch(self)
    if not old and err.condition ~= "item-not-found" then return nil, err end
    return store(self, keep_rest(write(card, 1, ns.vcard), old or st.stanza "vCard", function(name) return not KNOWN[name] end))
end

local function check_photo(photo)
    if photo == nil then return end
    if type(photo) ~= "table" or type(photo.data) ~= "string" or type(photo.type) ~= "string" or photo.data == "" then
        error("bot.vcard:set_photo: { type = \"image/png\", data = bytes } is expected, or nil for none", 3)
    end
end

--- Replaces the picture in the bot's card; nil: none. From then on the bot's presence tells its hash (couplet.xep.vcard_avatar).
---@param photo { type: string, data: string }|nil
---@return true|nil ok, couplet.Error|nil err
function methods:set_photo(photo)
    check_photo(photo)
    local vcard_avatar = require "couplet.xep.vcard_avatar"
    local id = photo and hash.sha1(photo.data, true) or ""
    if vcard_avatar.has(self.bot, id) then return true end
    local old, err = fetch(self)
    if not old and err.condition ~= "item-not-found" then return nil, err end
    local new = st.stanza("vCard", { xmlns = ns.vcard })
    keep_rest(new, old or new, function(name) return name ~= "PHOTO" end)
    if photo then
        new:tag("PHOTO"):text_tag("TYPE", photo.type):text_tag("BINVAL", base64.encode(photo.data)):up()
    end
    local ok
    ok, err = store(self, new)
    if not ok then return nil, err end
    vcard_avatar.on_replaced(self.bot, id)
    return true
end

--- Somebody's vCard4.
---@param who? string
---@return table<string, any>|nil card, couplet.Error|nil err
function methods:get4(who)
    local items, err = self.bot.pubsub:items(who, ns.vcard4_node, { max = 1 })
    if not items then return nil, err end
    local element = items[1] and items[1].payload
    if not element or element.name ~= "vcard" or element.attr.xmlns ~= ns.vcard4 then
        return nil, errors.new("item-not-found", "there is no vCard4")
    end
    return read(element, 2)
end

--- Publishes a vCard4 for everybody.
---@param card table<string, string>
---@return true|nil ok, couplet.Error|nil err
function methods:set4(card)
    check(card, "set4")
    local options = { persist_items = true, access_model = "open" } -- XEP-0222
    local ok, err = self.bot.pubsub:publish(nil, ns.vcard4_node, write(card, 2, ns.vcard4), { id = "current", options = options })
    if not ok then return nil, err end
    return true
end

---@param bot couplet.Bot
---@return couplet.Vcard
function M.attach(bot) return setmetatable({ bot = bot }, methods) end

return M
