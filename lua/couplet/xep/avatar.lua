-- SPDX-License-Identifier: MIT
-- avatar: bot.avatar: pictures of people and bots (XEP-0084), with those in vCards (XEP-0153) for who has no other. All waits.
--
--   local picture, err = bot.avatar:get "romeo@example.org"      -- { data =, type =, id =, width =, height = }
--   local id, err = bot.avatar:set(bytes)                        -- PNG; everybody may see it
--   local ok, err = bot.avatar:clear()
--   bot.avatar:on(function(event) … event.from, event.id … end)  -- a contact has another one; id is nil: none
--
-- What comes is checked: the SHA-1 of the data is its id, and its type is what its first bytes say. Nothing is fetched
-- from a URL that somebody names.
-- Implements: XEP-0084 1.1.4
local base64 = require "couplet.base64"
local errors = require "couplet.errors"
local hash = require "couplet.hash"
local ns = require "couplet.ns"
local st = require "couplet.stanza"

local error, math, setmetatable, string, tonumber, tostring, type = error, math, setmetatable, string, tonumber, tostring, type

local M = {}

local BIGGEST = 8 << 20 -- bytes

local MAGIC = {
    { "^\137PNG\r\n\26\n", "image/png" }, { "^\255\216\255", "image/jpeg" }, { "^GIF8[79]a", "image/gif" },
    { "^RIFF....WEBP", "image/webp" },
}

--- What the first bytes say; nil: no picture that is known here.
---@param data string
---@return string|nil type
function M.type_of(data)
    for _, row in ipairs(MAGIC) do
        if data:find(row[1]) then return row[2] end
    end
end

-- Width and height of a PNG (its first chunk, IHDR).
local function size_of(data)
    if #data < 24 or data:sub(13, 16) ~= "IHDR" then return nil, nil end
    return string.unpack(">I4I4", data, 17)
end

---@class couplet.Avatar
local methods = {}
methods.__index = methods

local function number_of(text)
    local number = text and text:find "^%d+$" and #text < 10 and tonumber(text)
    return number and math.tointeger(number) or nil
end

-- The PNG that is published as data: the <info/> without url.
local function info_of(metadata)
    for info in metadata:childtags "info" do
        local attr = info.attr
        if attr.id and attr.id:find "^%x+$" and #attr.id == 40 and not attr.url then
            return { id = attr.id:lower(), type = attr.type, width = number_of(attr.width), height = number_of(attr.height) }
        end
    end
end

local function is_metadata(element) return element and element.name == "metadata" and element.attr.xmlns == ns.avatar_metadata end

local function fetch_data(avatar, who, info)
    local item, err = avatar.bot.pubsub:item(who, ns.avatar_data, info.id)
    if not item then return nil, err end
    local element = item.payload
    local text = element and element.name == "data" and element.attr.xmlns == ns.avatar_data and element:get_text()
    local data = text and base64.decode(text)
    if not data or hash.sha1(data, true) ~= info.id then
        return nil, errors.new("undefined-condition", "the picture is not the one that was announced")
    end
    info.data, info.type = data, M.type_of(data) or "application/octet-stream"
    return info
end

local function from_vcard(avatar, who, err)
    local card = avatar.bot.vcard:get(who)
    local photo = card and card.photo
    if not photo then return nil, err or errors.new("item-not-found", "there is no picture") end
    photo.id = hash.sha1(photo.data, true)
    return photo
end

--- Somebody's picture; nil: the bot's own.
---@param who? string a bare JID, or an occupant's in a room (the picture of his vCard)
---@return { data: string, type: string, id: string, width: integer|nil, height: integer|nil }|nil picture, couplet.Error|nil err
function methods:get(who)
    if who ~= nil and type(who) ~= "string" then error("bot.avatar:get: a JID is expected, or nil for the bot's own", 2) end
    local items, err = self.bot.pubsub:items(who, ns.avatar_metadata, { max = 1 })
    local metadata = items and items[1] and items[1].payload
    local info = is_metadata(metadata) and info_of(metadata)
    if info then return fetch_data(self, who, info) end
    return from_vcard(self, who, err)
end

-- In the vCard for older clients, unless the server does that itself (XEP-0398 2).
local function put_in_vcard(bot, data)
    local vcard_avatar = require "couplet.xep.vcard_avatar"
    if not vcard_avatar.is_converted(bot) then
        return bot.vcard:set_photo(data and { type = "image/png", data = data } or nil)
    end
    vcard_avatar.on_replaced(bot, data and hash.sha1(data, true) or "")
    return true
end

--- Publishes the bot's picture.
---@param data string the bytes of a PNG
---@param options? { vcard: boolean? } vcard = true: older clients and rooms see it, too: it is in the vCard, and its hash in the presence (XEP-0153)
---@return string|nil id, couplet.Error|nil err
function methods:set(data, options)
    if type(data) ~= "string" or M.type_of(data) ~= "image/png" then error("bot.avatar:set: the bytes of a PNG are expected", 2) end
    if #data > BIGGEST then error("bot.avatar:set: this picture is too big", 2) end
    local id, width, height = hash.sha1(data, true), size_of(data)
    local pubsub, open = self.bot.pubsub, { access_model = "open" }
    local payload = { name = "data", attr = { xmlns = ns.avatar_data }, base64.encode(data) }
    local ok, err = pubsub:publish(nil, ns.avatar_data, payload, { id = id, options = open })
    if not ok then return nil, err end
    local metadata = st.stanza("metadata", { xmlns = ns.avatar_metadata }):tag("info", {
        id = id, bytes = tostring(#data), type = "image/png", width = width and tostring(width), height = height and tostring(height),
    })
    ok, err = pubsub:publish(nil, ns.avatar_metadata, metadata, { id = id, options = open })
    if ok and options and options.vcard then ok, err = put_in_vcard(self.bot, data) end
    if not ok then return nil, err end
    return id
end

--- No picture from now on.
---@param options? { vcard: boolean? }
---@return true|nil ok, couplet.Error|nil err
function methods:clear(options)
    local ok, err = self.bot.pubsub:publish(nil, ns.avatar_metadata, st.stanza("metadata", { xmlns = ns.avatar_metadata }))
    if ok and options and options.vcard then ok, err = put_in_vcard(self.bot, nil) end
    if not ok then return nil, err end
    return true
end

--- Calls f when a contact has another picture: event.from, event.id (nil: none). Does not wait.
---@param f fun(event: couplet.Event)
---@return { remove: fun(self) } handle
function methods:on(f)
    return self.bot.pubsub:on("*", ns.avatar_metadata, function(event)
        local metadata = event.item and event.item.payload
        if event.kind ~= "pubsub.item" or not is_metadata(metadata) then return end
        local info = info_of(metadata)
        event.id = info and info.id or nil
        f(event)
    end)
end

---@param bot couplet.Bot
---@return couplet.Avatar
function M.attach(bot) return setmetatable({ bot = bot }, methods) end

return M
