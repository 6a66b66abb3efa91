-- SPDX-License-Identifier: MIT
-- template.xhtml: styled text (XEP-0393) as elements of XHTML-IM (XEP-0071), with its addresses as links. Everything is text that
-- the writer of stanzas escapes; an address is http or https.
local clean = require "couplet.clean"
local styling = require "couplet.xep.styling"

local ipairs, type = ipairs, type
local s_find, s_sub = string.find, string.sub

local M = {}

local SPANS = { strong = "strong", emphasis = "em", code = "code", strike = "span" }
local STRIKE = { style = "text-decoration: line-through" }

local function add(list, item)
    if item ~= "" then list[#list + 1] = item end
end

local function add_linked(list, text)
    local at = 1
    while true do
        local first, last = s_find(text, "https?://[^%s<>\"`]+", at)
        if not first then break end
        while s_find(s_sub(text, last, last), "[.,;:!?)]") do last = last - 1 end
        local url = clean.url(s_sub(text, first, last))
        add(list, s_sub(text, at, first - 1))
        add(list, url and { name = "a", attr = { href = url }, url } or s_sub(text, first, last))
        at = last + 1
    end
    add(list, s_sub(text, at))
end

local function add_spans(list, spans)
    for _, item in ipairs(spans) do
        if type(item) == "string" then
            add_linked(list, item)
        else
            local element = { name = SPANS[item.kind], attr = item.kind == "strike" and STRIKE or {} }
            if item.kind == "code" then element[1] = item[1] else add_spans(element, item) end
            list[#list + 1] = element
        end
    end
end

local function add_blocks(list, blocks)
    for i, block in ipairs(blocks) do
        if block.kind == "line" then
            add_spans(list, block)
            if blocks[i + 1] and blocks[i + 1].kind == "line" then list[#list + 1] = { name = "br", attr = {} } end
        elseif block.kind == "block" then
            list[#list + 1] = { name = "pre", attr = {}, { name = "code", attr = {}, block[1] } }
        else
            local quote = { name = "blockquote", attr = {} }
            add_blocks(quote, block)
            list[#list + 1] = quote
        end
    end
end

---@param text string
---@return table elements
function M.elements(text)
    local list = {}
    add_blocks(list, styling.parse(text))
    return list
end

return M
