-- SPDX-License-Identifier: MIT
-- template.xhtml: styled text (XEP-0393) as elements of XHTML-IM (XEP-0071), with its addresses as links. Everything is text that
-- the writer of stanzas escapes; an address is http or https.
local clean = require "couplet.clean"
local xhtml_im = require "couplet.xep.xhtml_im"

local s_find, s_sub = string.find, string.sub

local M = {}

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

---@param text string
---@return table elements
function M.elements(text) return xhtml_im.elements(text, add_linked) end

return M
