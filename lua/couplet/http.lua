-- SPDX-License-Identifier: MIT
-- http: asking web servers, for scripts.
--
--   local http = require "couplet.http"
--   local answer, err = http.get "https://api.example.org/status"
--   if answer and answer.ok then return answer:json().state end
--   local answer, err = http.post("https://hooks.example.org/x", { json = { text = "hello" } })
--   local answer, err = http.request { method = "PATCH", url = …, headers = { ["X-Key"] = key }, body = text }
--
-- All wait. answer.status, .ok (2xx), .body, .headers (names in small letters), .url (where redirects led), answer:json().
-- nil, err where there was no answer. Options: headers, body, json (a value, as body), timeout (seconds, 30), max_bytes (of the
-- answer, 1048576), redirects (5, of GET and HEAD), allow_private, ca_file (in place of the system's), clear (where http:// may
-- lead, which is without TLS: always, loopback or never).
--
-- http:// and https:// only; certificates are verified. An address of this machine or of a private network is refused unless
-- allow_private says otherwise: a URL from a chat must not lead into the house. Each redirect is held to the same, and none leads
-- from https:// to http://. What comes compressed is unpacked, up to max_bytes. At most 32 requests of a bot at once.
local web = require "couplet.core.web"

local error, ipairs, pairs, require, setmetatable, type = error, ipairs, pairs, require, setmetatable, type
local s_find, s_format, s_gmatch, s_lower, s_upper = string.find, string.format, string.gmatch, string.lower, string.upper
local tostring = tostring

local M = {}

local OPTIONS = {
    url = "string", method = "string", headers = "table", body = "string", json = "any", timeout = "number", max_bytes = "number",
    redirects = "number", allow_private = "boolean", ca_file = "string", clear = "string",
}

local CLEAR = { always = true, loopback = true, never = true }

---@class couplet.HttpRequest
---@field url string
---@field method string|nil
---@field headers table<string, string>|nil
---@field body string|nil
---@field json any
---@field timeout number|nil seconds
---@field max_bytes integer|nil
---@field redirects integer|nil
---@field allow_private boolean|nil
---@field ca_file string|nil
---@field clear "always"|"loopback"|"never"|nil

---@class couplet.HttpAnswer
---@field status integer
---@field ok boolean
---@field body string
---@field headers table<string, string>
---@field url string
local answer_mt = { __name = "couplet.http.answer" }
answer_mt.__index = answer_mt

--- The body as a value; nil, err where it is no JSON.
function answer_mt:json() return require("couplet.json").decode(self.body) end

local function check(request, level)
    for name, value in pairs(request) do
        local want = OPTIONS[name]
        if not want then error(s_format("a request has no option '%s'", tostring(name)), level) end
        if want ~= "any" and type(value) ~= want then error(s_format("%s: a %s is expected, not a %s", name, want, type(value)), level) end
    end
    if not request.url then error("a request has a url", level) end
    if request.method and not s_find(request.method, "^%a+$") then error("no such method: " .. request.method, level) end
    if request.clear and not CLEAR[request.clear] then error("clear: always, loopback or never is expected", level) end
    if request.json ~= nil and request.body then error("a request has a body, or json", level) end
end

local function header_lines(request, level)
    local lines, has_type = {}, false
    for name, value in pairs(request.headers or {}) do
        if type(name) ~= "string" or not s_find(name, "^[%w!#$%%&'*+.^_`|~-]+$") then error("headers: { [name] = value } is expected", level) end
        value = tostring(value)
        if s_find(value, "%c") then error(s_format("headers: the value of '%s' has a control character", name), level) end
        lines[#lines + 1] = name .. ": " .. value
        has_type = has_type or s_lower(name) == "content-type"
    end
    if request.json ~= nil and not has_type then lines[#lines + 1] = "Content-Type: application/json" end
    return lines
end

local function read_headers(head)
    local headers = {}
    for name, value in s_gmatch(head, "([^\r\n:]+):[ \t]*([^\r\n]*)") do
        name = s_lower(name)
        headers[name] = headers[name] and headers[name] .. ", " .. value or value
    end
    return headers
end

local function body_of(request)
    if request.json ~= nil then return require("couplet.json").encode(request.json) end
    return request.body
end

local function ask(request, level)
    if type(request) ~= "table" then error("a request is a table", level) end
    check(request, level + 1)
    local answer, err = web.request {
        url = request.url, method = s_upper(request.method or "GET"), headers = header_lines(request, level + 1), body = body_of(request),
        timeout = request.timeout or 30, max_bytes = request.max_bytes or 1048576, redirects = request.redirects or 5,
        clear = request.clear or "always", public_only = not request.allow_private, wants_head = true, unpacks = true, ca_file = request.ca_file,
    }
    if not answer then return nil, err end
    return setmetatable({
        status = answer.status, ok = answer.why == nil, body = answer.body, headers = read_headers(answer.head), url = answer.url,
    }, answer_mt)
end

local function with(method, url, options, level)
    if type(url) ~= "string" then error("a URL is expected", level) end
    local request = {}
    for name, value in pairs(options or {}) do request[name] = value end
    request.method, request.url = method, url
    return ask(request, level)
end

---@param request couplet.HttpRequest
---@return couplet.HttpAnswer|nil, couplet.Error|nil
function M.request(request)
    local answer, err = ask(request, 3)
    return answer, err
end

for _, method in ipairs { "get", "head", "post", "put", "delete", "patch" } do
    M[method] = function(url, options)
        local answer, err = with(s_upper(method), url, options, 3)
        return answer, err
    end
end

return M
