-- SPDX-License-Identifier: MIT
-- fallback: the part of a body that stands in for an extension which the reader may not know (XEP-0428), such as the
-- citation of a reply. event.text is the body without what stands in for something that the library knows.
-- Implements: XEP-0428 0.2.1
local ns = require "couplet.ns"

local ipairs, math, tonumber, utf8 = ipairs, math, tonumber, utf8

local M = {}

local KNOWN = { [ns.reply] = true, [ns.reactions] = true, [ns.retract] = true }

--- The bytes of characters first … last - 1 (from 0), or nil when the body has no such characters.
local function span(body, first, last)
    if not first or not last or first < 0 or last < first then return nil end
    local length = utf8.len(body)
    if not length or last > length then return nil end
    return utf8.offset(body, first + 1), utf8.offset(body, last + 1)
end

local function integer(text) return text and #text <= 9 and math.tointeger(tonumber(text, 10)) or nil end

-- All of the body where no range is said (3.2).
local function cut(body, fallback)
    local range = fallback:get_child "body"
    if not range then return "" end
    local from, to = span(body, integer(range.attr.start), integer(range.attr["end"]))
    if not range.attr.start and not range.attr["end"] then return "" end
    return from and body:sub(1, from - 1) .. body:sub(to) or body
end

--- event.text
function M.read(event)
    local body, stanza = event.body, event.stanza
    if not body or not stanza then return body end
    local found
    for _, child in ipairs(stanza) do
        if child.name == "fallback" and child.attr.xmlns == ns.fallback and KNOWN[child.attr["for"]] then
            if found then return body end -- several would shift each other
            found = child
        end
    end
    return found and cut(body, found) or body
end

--- Marks the first `length` characters of the body as standing in for the extension.
function M.mark(stanza, xmlns, length)
    stanza:tag("fallback", { xmlns = ns.fallback, ["for"] = xmlns })
        :text_tag("body", nil, { start = "0", ["end"] = ("%d"):format(length) })
        :up()
end

return M
