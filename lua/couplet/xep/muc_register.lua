-- SPDX-License-Identifier: MIT
-- muc_register: becoming a member of a room, with a nick of one's own (XEP-0045 7.10), and which nick that is (7.12). A room
-- that wants more than a nick is left to people.
local errors = require "couplet.errors"
local ns = require "couplet.ns"
local request = require "couplet.xep.request"
local rooms = require "couplet.xep.muc_room"
local st = require "couplet.stanza"

local M = {}

local FORM, NICK = "http://jabber.org/protocol/muc#register", "muc#register_roomnick"

local function ask(room, attr) return request.ask(rooms.private[room].bot, "get", room.jid, st.stanza("query", attr)) end

-- A required field that we cannot fill in.
local function missing(form)
    for field in form:childtags "field" do
        local var = field.attr.var
        if var ~= NICK and var ~= "FORM_TYPE" and field:get_child "required" and not field:get_child "value" then return var end
    end
end

local function answer_form(form, nick)
    local answer = st.stanza("x", { xmlns = ns.data, type = "submit" })
    answer:tag("field", { var = "FORM_TYPE" }):text_tag("value", FORM):up()
    for field in form:childtags "field" do
        local var = field.attr.var
        if var and var ~= "FORM_TYPE" then
            answer:tag("field", { var = var })
            if var == NICK then
                answer:text_tag("value", nick)
            else
                for value in field:childtags "value" do answer:text_tag("value", value:get_text() or "") end
            end
            answer:up()
        end
    end
    return answer
end

--- Registers; the room may want its admins to approve. Waits.
---@param nick? string default: the one that the bot wants there
---@return true|nil ok, couplet.Error|nil err
function M.register(room, nick)
    local query, err = ask(room, { xmlns = ns.register })
    if query == nil then return nil, err end
    if query and query:get_child "registered" then return true end
    local form = query and query:get_child("x", ns.data)
    if not form then return nil, errors.new("not-acceptable", "the room has no form to register with") end
    local field = missing(form)
    if field then return nil, errors.new("not-acceptable", ("the room wants to know '%s'"):format(tostring(field))) end
    local filled = answer_form(form, nick or rooms.private[room].wanted)
    return request.set(rooms.private[room].bot, room.jid, st.stanza("query", { xmlns = ns.register }):add_child(filled))
end

--- The nick that is ours there by registration; nil: none. Waits.
---@return string|nil nick, couplet.Error|nil err
function M.reserved_nick(room)
    local query, err = ask(room, { xmlns = ns.disco_info, node = "x-roomuser-item" })
    if query == nil then return nil, err end
    local identity = query and query:get_child "identity"
    return identity and identity.attr.name or nil
end

--- Called when a room is for members only and the configuration says `register: true`.
function M.then_enter(room)
    local own = rooms.private[room]
    local ok, err = M.register(room)
    if room.state ~= "joining" then return end
    if ok then
        rooms.enter(room)
    else
        own.err = err
        rooms.retry(room, "failed", "registration: " .. err)
    end
end

return M
