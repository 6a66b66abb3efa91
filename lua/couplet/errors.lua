-- SPDX-License-Identifier: MIT
-- errors: the one shape of errors that can happen, whether the peer sent them or they arose here.
--
--   local reply, err = bot:iq{ … }
--   if not reply and err.condition == "item-not-found" then …
--   return nil, errors.new("forbidden", "not for you")       -- a handler answers an iq so
--
-- err.type (auth, cancel, continue, modify, wait), err.condition, err.text, err.by (the JID that says so), and
-- err.extra: { tag = the application's own element, uri = the new address, of gone and redirect }. Text and extra may be
-- absent. As a string it is "condition: text". Misuse is not told by these: it raises.
local ns = require "couplet.ns"

local error, type, tostring, setmetatable, getmetatable = error, type, tostring, setmetatable, getmetatable

local M = {}

--- The type that belongs to each defined condition (RFC 6120 8.3.3).
---@type table<string, string>
M.types = {
    ["bad-request"] = "modify",
    ["conflict"] = "cancel",
    ["feature-not-implemented"] = "cancel",
    ["forbidden"] = "auth",
    ["gone"] = "cancel",
    ["internal-server-error"] = "cancel",
    ["item-not-found"] = "cancel",
    ["jid-malformed"] = "modify",
    ["not-acceptable"] = "modify",
    ["not-allowed"] = "cancel",
    ["not-authorized"] = "auth",
    ["policy-violation"] = "modify",
    ["recipient-unavailable"] = "wait",
    ["redirect"] = "modify",
    ["registration-required"] = "auth",
    ["remote-server-not-found"] = "cancel",
    ["remote-server-timeout"] = "wait",
    ["resource-constraint"] = "wait",
    ["service-unavailable"] = "cancel",
    ["subscription-required"] = "auth",
    ["undefined-condition"] = "cancel",
    ["unexpected-request"] = "wait",
}

local KINDS = { auth = true, cancel = true, continue = true, modify = true, wait = true } -- RFC 6120 8.3.2

---@class couplet.Error
---@field type string
---@field condition string
---@field text string|nil
---@field by string|nil
---@field extra table|nil
local error_mt = { __name = "couplet.error" }
M.error_mt = error_mt

function error_mt.__tostring(err)
    local condition = err.condition or "undefined-condition"
    if err.text and condition == "undefined-condition" then return err.text end -- which says nothing
    return err.text and condition .. ": " .. err.text or condition
end

function error_mt.__concat(left, right) return tostring(left) .. tostring(right) end

--- A new error; its type follows from the condition, unless `more` says otherwise.
---@param condition string one of errors.types
---@param text? string
---@param more? { type: string?, by: string?, extra: table? }
---@return couplet.Error
function M.new(condition, text, more)
    more = more or {}
    local kind = more.type or M.types[condition]
    if not M.types[condition] then error("no such condition of errors: '" .. tostring(condition) .. "'", 2) end
    if not KINDS[kind] then error("no such type of errors: '" .. tostring(kind) .. "'", 2) end
    if text ~= nil and type(text) ~= "string" then error("the text of an error must be a string, not a " .. type(text), 2) end
    return setmetatable({ type = kind, condition = condition, text = text, by = more.by, extra = more.extra }, error_mt)
end

---@param value any
---@return boolean
function M.is_error(value) return getmetatable(value) == error_mt end

local function extra_of(stanza, condition, tag)
    local uri
    if condition == "gone" or condition == "redirect" then
        uri = stanza:get_child("error"):get_child_text(condition, ns.stanzas)
        if uri == "" then uri = nil end
    end
    if tag or uri then return { tag = tag, uri = uri } end
end

--- What a stanza of type error says; nil when it is of another type. One without a proper <error/> is an
--- undefined-condition. `by` is who says so, else who sent it.
---@param stanza couplet.Stanza|table
---@return couplet.Error|nil
function M.from_stanza(stanza)
    local st = require "couplet.stanza" -- it requires this module
    if not st.is_stanza(stanza) then stanza = st.clone(stanza) end
    if stanza.attr.type ~= "error" then return nil end
    local kind, condition, text, tag = stanza:get_error()
    condition = condition or "undefined-condition"
    return setmetatable({
        type = KINDS[kind] and kind or M.types[condition] or "cancel",
        condition = condition,
        text = text,
        by = stanza:get_child_attr("error", nil, "by") or stanza.attr.from,
        extra = extra_of(stanza, condition, tag),
    }, error_mt)
end

--- The stanza that answers a request with it.
---@param err couplet.Error|table
---@param request couplet.Stanza|table
---@return couplet.Stanza
function M.to_stanza(err, request)
    local new = require("couplet.stanza").error_reply(request, err)
    return new
end

return M
