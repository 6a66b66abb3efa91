-- SPDX-License-Identifier: MIT
-- alerts.parse.text: the body as it is, one message: the first line is the title.
--   curl -d 'backup done' http://127.0.0.1:5280/say
local clean = require "couplet.clean"
local errors = require "couplet.errors"
local reader = require "couplet.alerts.reader"

local type = type

local M = {}

function M.parse(event)
    local text = type(event.body) == "string" and clean.trim(clean.text(event.body, 16384)) or ""
    if text == "" then return nil, errors.new("bad-request", "the body is empty; a text is expected") end
    local title, rest = text:match "^([^\n]*)\n(.*)$"
    return {
        {
            source = "text", fingerprint = reader.fingerprint("text", text), status = "info", title = clean.line(title or text, 16384),
            text = rest, labels = {}, annotations = {},
        },
    }
end

return M
