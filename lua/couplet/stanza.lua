-- SPDX-License-Identifier: MIT
-- stanza: makes stanzas, answers them, copies them. What a stanza is, and its methods: stanza/shape.lua, read.lua, build.lua.
--
--   local st = require "couplet.stanza"
--   bot:send(st.message({ to = "romeo@example.net", type = "chat" }, "hello"))
--   return st.reply(event.stanza):query(ns.version):text_tag("name", "robo")
--
-- Names, meanings and answers are those of Prosody's util.stanza, except that
--   - a plain literal { name = "ping", attr = { xmlns = "urn:xmpp:ping" } } is accepted wherever a stanza is
--   - iq makes the id of a request that has none
--   - error_reply knows the type that belongs to a condition (RFC 6120 8.3.3)
-- Nothing is sent or awaited here. Wrong arguments raise at the caller's line.
local build = require "couplet.stanza.build"
local errors = require "couplet.errors"
local id = require "couplet.id"
local ns = require "couplet.ns"
local read = require "couplet.stanza.read"
local xml = require "couplet.xml"

local error, type, next, getmetatable = error, type, next, getmetatable
local s_gsub, s_find = string.gsub, string.find
local make, copy = build.make, build.copy
local stanza_mt = read.stanza_mt

local M = { stanza_mt = stanza_mt, xml_escape = xml.escape, pretty_print = xml.colour }

--- Any element.
---@param name string
---@param attr? table<string, string> kept, not copied
---@return couplet.Stanza
function M.stanza(name, attr)
    local new = make(name, attr, 2)
    return new
end

---@param attr? table<string, string>
---@param body? string
---@return couplet.Stanza
function M.message(attr, body)
    local new = make("message", attr, 2)
    if not body then return new end
    local fault = xml.text_fault(body)
    if fault then error("bad body: " .. fault, 2) end
    local element = make("body", nil, 1)
    if body ~= "" then element[1] = body end
    new[1] = element
    return new
end

---@param attr? table<string, string>
---@return couplet.Stanza
function M.presence(attr)
    local new = make("presence", attr, 2)
    return new
end

--- A request without an id gets one (RFC 6120 8.2.3); an answer must bring the id of its request.
---@param attr table<string, string> with type; copied when an id is made
---@return couplet.Stanza
function M.iq(attr)
    if type(attr) ~= "table" or not attr.type then error("an iq needs a type: iq{ type = 'get', … }", 2) end
    if not attr.id then
        if attr.type ~= "get" and attr.type ~= "set" then error("an iq that answers needs the id of its request", 2) end
        local own = { id = id.new() }
        for key, value in next, attr do
            own[key] = value
        end
        attr = own
    end
    local new = make("iq", attr, 2)
    return new
end

--- Was it made here, or received? (A plain literal is accepted wherever a stanza is, but is none in this sense.)
---@param value any
---@return boolean
function M.is_stanza(value) return getmetatable(value) == stanza_mt end

local function check_stanza(value, what, level)
    local got = type(value)
    if got == "table" and type(value.name) == "string" then return end
    if got == "table" then got = "table without a name" end
    error("bad argument to " .. what .. ": expected a stanza, got a " .. got, level + 1)
end

---@param stanza couplet.Stanza|table
---@param only_top? boolean without children
---@return couplet.Stanza
function M.clone(stanza, only_top)
    check_stanza(stanza, "clone", 2)
    local new = copy(stanza, only_top, stanza_mt, 1)
    return new
end

local function answer(request, kind)
    local attr = request.attr or {}
    return make(request.name, { to = attr.from, from = attr.to, id = attr.id, type = kind or attr.type }, 3)
end

--- An answer to it: of type result for an iq, else of the type it had.
---@param request couplet.Stanza|table
---@return couplet.Stanza
function M.reply(request)
    check_stanza(request, "reply", 2)
    local new = answer(request, request.name == "iq" and "result" or nil)
    return new
end

-- couplet.errors' shape; `context.by` is where Prosody's util.error has it.
local function unpack_error(err, by)
    local context = type(err.context) == "table" and err.context or err
    if type(context.by) == "string" then by = context.by end
    return err.type, err.condition or "undefined-condition", err.text, by, type(err.extra) == "table" and err.extra or {}
end

local function add_condition(new, condition, extra)
    local uri = (condition == "gone" or condition == "redirect") and extra.uri -- RFC 6120 8.3.3.5, 8.3.3.14
    new:text_tag(condition, type(uri) == "string" and uri or nil, { xmlns = ns.stanzas })
end

local function add_application_condition(new, extra)
    if type(extra.tag) == "table" then
        new:add_child(extra.tag)
    elseif extra.namespace and extra.condition then
        new:text_tag(extra.condition, nil, { xmlns = extra.namespace })
    end
end

--- An error to answer it with: error_reply(request, err), or with the parts of an error. More can be added: `tag`
--- and `add_child` go into <error/>.
---@param request couplet.Stanza|table not itself of type error: those are never answered (RFC 6120 8.3.1)
---@param kind string|table|nil auth, cancel, continue, modify, wait; nil: as fits the condition; or an error of couplet.errors
---@param condition? string
---@param text? string
---@param by? string the JID that says so, when it is not the addressee
---@return couplet.Stanza
function M.error_reply(request, kind, condition, text, by)
    check_stanza(request, "error_reply", 2)
    local attr, extra = request.attr or {}, {}
    if attr.type == "error" then error("bad argument to error_reply: an error must not be answered", 2) end
    if type(kind) == "table" then
        kind, condition, text, by, extra = unpack_error(kind, by)
    end
    if not xml.is_name(condition) then error("bad argument to error_reply: no condition", 2) end
    local fault = text and xml.text_fault(text)
    if fault then error("bad argument to error_reply: text: " .. fault, 2) end
    if by == attr.to then by = nil end
    local new = answer(request, "error")
    new:tag("error", { type = kind or errors.types[condition] or "cancel", by = by })
    add_condition(new, condition, extra)
    if text then new:text_tag("text", text, { xmlns = ns.stanzas }) end
    add_application_condition(new, extra)
    return new
end

--- The same as plain tables without metatables, nothing shared: to be stored.
---@param stanza couplet.Stanza|table
---@return table
function M.preserialize(stanza)
    check_stanza(stanza, "preserialize", 2)
    local plain = copy(stanza, false, nil, 1)
    return plain
end

-- Stored attributes may have "|" between namespace and name, where a format could not hold \1.
local function stored_attr(attr)
    local new = {}
    for key, value in next, attr do
        if type(key) == "string" then
            if not s_find(key, "\1", 1, true) then key = s_gsub(key, "^([^|]+)|(.+)$", "%1\1%2") end
            new[key] = value
        end
    end
    return new
end

local function restore(plain, level)
    check_stanza(plain, "deserialize", level + 1)
    if level > xml.MAX_DEPTH + 1 then error("nested deeper than " .. xml.MAX_DEPTH .. " elements", level + 1) end
    local new = make(plain.name, stored_attr(plain.attr or {}), level + 1)
    for i = 1, #plain do
        local child = plain[i]
        if type(child) == "table" then
            new:add_direct_child((restore(child, level + 1)))
        elseif type(child) == "string" then
            new:add_direct_child(child)
        end
    end
    return new
end

--- What preserialize gave, or a literal, as a stanza; a copy. nil gives nil.
---@param plain table|nil
---@return couplet.Stanza|nil
function M.deserialize(plain)
    if not plain then return nil end
    local new = restore(plain, 2)
    return new
end

return M
