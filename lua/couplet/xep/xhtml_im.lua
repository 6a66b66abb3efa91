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

local STRIKE = { style = "text-decoration: line-through" }

local function put_text(list, text) list[#list + 1] = text end

local function add_spans(list, spans, put)
    for _, item in ipairs(spans) do
        if type(item) == "string" then
            put(list, item)
        else
            local element = { name = SPANS[item.kind], attr = item.kind == "strike" and STRIKE or {} }
            add_spans(element, item, item.kind == "code" and put_text or put)
            list[#list + 1] = element
        end
    end
end

local function add_blocks(list, blocks, put)
    for i, block in ipairs(blocks) do
        if block.kind == "line" then
            add_spans(list, block, put)
            if blocks[i + 1] and blocks[i + 1].kind == "line" then list[#list + 1] = { name = "br", attr = {} } end
        elseif block.kind == "block" then
            list[#list + 1] = { name = "pre", attr = {}, { name = "code", attr = {}, block[1] } }
        else
            local quote = { name = "blockquote", attr = {} }
            add_blocks(quote, block, put)
            list[#list + 1] = quote
        end
    end
    return list
end

--- A text by its styling, as elements and texts.
---@param text string
---@param put? fun(list: table, text: string) how a text that is no code is added
---@return table elements
function M.elements(text, put) return add_blocks({}, styling.parse(text), put or put_text) end

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
    if value == true then value = M.elements(text or "") end
    for _, child in ipairs(value.name and { value } or value) do
        check(child)
        stanza:add_child(type(child) == "table" and st.clone(child) or child)
    end
    stanza:up():up()
end

return M
