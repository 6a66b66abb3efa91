-- SPDX-License-Identifier: MIT
-- chat_states: what the other side is doing (XEP-0085): event.state, event:typing(state), the option `state` of a message.
-- Only who sends states himself, or was just answered, is sent any without text (5.1): event:typing says nothing to others.
-- Implements: XEP-0085 2.1
local core = require "couplet.core.bot"
local ns = require "couplet.ns"
local st = require "couplet.stanza"

local error, ipairs = error, ipairs

local M = {}

local STATES = { active = true, composing = true, paused = true, inactive = true, gone = true }

--- event.state: the one state of the message, or nil.
function M.read(event)
    local found
    for _, child in ipairs(event.stanza or {}) do
        if child.attr and child.attr.xmlns == ns.chat_states and STATES[child.name] then
            if found then return nil end -- 5.5: no more than one
            found = child.name
        end
    end
    return found
end

---@param stanza table
---@param state string
function M.add(stanza, state)
    if not STATES[state] then error("there is no chat state '" .. tostring(state) .. "'", 5) end
    stanza:text_tag(state, nil, { xmlns = ns.chat_states })
end

--- event:typing(state): "composing" (the default), "paused" … to whoever asked; true when it was sent. Never to a room.
---@param event couplet.Event
---@param state? string
function M.typing(event, state)
    if not event.stanza or event.stanza.name ~= "message" or event.type == "groupchat" or not M.read(event) then return false end
    local stanza = st.message { to = event.from, type = "chat" }
    M.add(stanza, state or "composing")
    stanza:text_tag("no-store", nil, { xmlns = ns.hints })
    return core.send(event.bot, stanza) ~= nil
end

return M
