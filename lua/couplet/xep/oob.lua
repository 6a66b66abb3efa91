-- SPDX-License-Identifier: MIT
-- oob: a URL beside the text (XEP-0066 3): event.oob = { url =, text = }, the option `oob`. Only http and https are read.
-- Implements: XEP-0066 1.5 partial (beside a message; not as a request)
local ns = require "couplet.ns"

local error, type = error, type

local M = {}

--- event.oob
function M.read(event)
    local x = event.stanza and event.stanza:get_child("x", ns.oob)
    local url = x and x:get_child_text "url"
    if not url or not url:find "^https?://[^%s%c]+$" then return nil end
    return { url = url, text = x:get_child_text "desc" }
end

---@param stanza table
---@param url string
function M.add(stanza, url)
    if type(url) ~= "string" or not url:find "^%a[%w+.-]*:[^%s%c]+$" then error("oob: a URL is expected", 5) end
    stanza:tag("x", { xmlns = ns.oob }):text_tag("url", url):up()
end

return M
