-- SPDX-License-Identifier: MIT
-- references: who or what a piece of the text is about (XEP-0372): event.mentions = { { uri =, first =, last =, jid = }, … },
-- in characters of the body from 1; the option `mentions`. It is the sender's claim, no proof of anything.
-- Implements: XEP-0372 0.5.0 partial (mentions)
local ns = require "couplet.ns"

local error, ipairs, math, tonumber, type, utf8 = error, ipairs, math, tonumber, type, utf8

local M = {}

local MOST = 100

local function position(text) return text and #text <= 9 and math.tointeger(tonumber(text, 10)) or nil end

local function read_one(reference, length)
    local first, last, uri = position(reference.attr.begin), position(reference.attr["end"]), reference.attr.uri
    if reference.attr.type ~= "mention" or not uri then return nil end
    if first and last and not (first >= 0 and last >= first and last <= length) then return nil end
    local jid = uri:match "^xmpp:([^?#]+)"
    return { uri = uri, jid = jid, first = first and first + 1, last = last }
end

--- event.mentions: a list, perhaps an empty one.
function M.read(event)
    local list = {}
    local length = event.body and utf8.len(event.body) or 0
    for _, child in ipairs(event.stanza or {}) do
        if child.name == "reference" and child.attr.xmlns == ns.references and #list < MOST then
            list[#list + 1] = read_one(child, length)
        end
    end
    return list
end

---@param stanza table
---@param mentions { uri: string, first: integer|nil, last: integer|nil }[]
function M.add(stanza, mentions)
    for _, mention in ipairs(type(mentions) == "table" and mentions or {}) do
        if type(mention.uri) ~= "string" then error("mentions: { uri =, first =, last = } are expected", 5) end
        local first, last = mention.first, mention.last
        stanza:text_tag("reference", nil, {
            xmlns = ns.references, type = "mention", uri = mention.uri,
            begin = first and ("%d"):format(first - 1), ["end"] = last and ("%d"):format(last),
        })
    end
end

return M
