-- SPDX-License-Identifier: MIT
-- xhtml_im: the text in XHTML too, for clients that show it (XEP-0071; only written, never read): the option
-- `xhtml = true` makes it of the text's styling (XEP-0393), a list of elements is taken as it is when it holds only
-- what the specification recommends (7.): a script cannot send more than that by mistake.
-- Implements: XEP-0071 1.5.4 partial (written, never read)
local ns = require "couplet.ns"
local st = require "couplet.stanza"
local styling = require "couplet.xep.styling"

local error, ipairs, pairs, tostring, type = error, ipairs, pairs, tostring, type

local M = {}

local ELEMENTS = {
    a = { href = true, style = true, type = true }, blockquote = { style = true }, br = {}, cite = { style = true }, code = {}, em = {},
    img = { alt = true, height = true, src = true, style = true, width = true }, li = { style = true }, ol = { style = true },
    p = { style = true }, pre = { style = true }, span = { style = true }, strong = {}, ul = { style = true },
}

local SPANS = { strong = "strong", emphasis = "em", code = "code", strike = "span" }

local function add_spans(stanza, list)
    for _, item in ipairs(list) do
        if type(item) == "string" then
            stanza:text(item)
        else
            stanza:tag(SPANS[item.kind], item.kind == "strike" and { style = "text-decoration: line-through" } or nil)
            add_spans(stanza, item)
            stanza:up()
        end
    end
end

local function add_blocks(stanza, blocks)
    for i, block in ipairs(blocks) do
        if block.kind == "line" then
            add_spans(stanza, block)
            if blocks[i + 1] and blocks[i + 1].kind == "line" then stanza:text_tag "br" end
        elseif block.kind == "block" then
            stanza:tag("pre"):text_tag("code", block[1]):up()
        else
            add_blocks(stanza:tag "blockquote", block)
            stanza:up()
        end
    end
end

local function check(element)
    if type(element) ~= "table" then return end
    local attributes = ELEMENTS[element.name]
    if not attributes then error("xhtml: <" .. tostring(element.name) .. "> is not for messages (XEP-0071 7)", 0) end
    for name, value in pairs(element.attr or {}) do
        local is_link = name == "href" or name == "src"
        if name ~= "xmlns" and not attributes[name] then error("xhtml: <" .. element.name .. "> has no attribute '" .. name .. "'", 0) end
        if is_link and not value:find "^https?://" and not value:find "^xmpp:" then error("xhtml: a link is http, https or xmpp", 0) end
    end
    for _, child in ipairs(element) do check(child) end
end

---@param stanza table
---@param value boolean|table true, or a list of elements and texts
---@param text string|nil
function M.add(stanza, value, text)
    stanza:tag("html", { xmlns = ns.xhtml_im }):tag("body", { xmlns = ns.xhtml })
    if value == true then
        add_blocks(stanza, styling.parse(text or ""))
    else
        for _, child in ipairs(value.name and { value } or value) do
            check(child)
            stanza:add_child(type(child) == "table" and st.clone(child) or child)
        end
    end
    stanza:up():up()
end

return M
