-- SPDX-License-Identifier: MIT
-- template: texts with places for values.
--
--   local template = require "couplet.template"
--   local t, err = template.compile "{{ title | upper }} on {{ labels.instance | default('?') }}"     err: "line 1, column 4: …"
--   t:render { title = "disk full", labels = {} }                                                     "DISK FULL on ?"
--
--   {{ value | filter | filter(argument) }}     {# nobody sees this #}     {% set name = value %}
--   {% if a == "x" and not b %} … {% elif c %} … {% else %} … {% end %}
--   {% for x in list %} … {{ loop.index }} … {% else %} there was none {% end %}     {% for key, value in table %} … {% end %}
--
-- Read once into Lua closures, never by load(). What is between the braces reaches the values that it is given, and nothing else;
-- no value can make it fail: what is absent is the empty text. Values come from outside: they are cleaned (couplet.clean), and in
-- styled text they stay text (couplet.template.emit). A run ends after some 100,000 steps or 64 KiB, and its text is cut there.
-- A line with nothing but {% … %} or {# … #} leaves none behind; "-" inside of the braces takes off the blanks on that side.
local clean = require "couplet.clean"
local emit = require "couplet.template.emit"
local filters = require "couplet.template.filters"
local parse = require "couplet.template.parse"

local error, os, pcall, setmetatable, type = error, os, pcall, setmetatable, type

local M = {}

local STEPS, LONGEST = 100000, 65536

---@class couplet.Template
local template_mt = { __name = "couplet.template" }
template_mt.__index = template_mt

-- A run: { data, vars, pieces, size, left, now, options }
local run_mt = {}
run_mt.__index = run_mt

local STOP = {} -- thrown where a run is over before its end

function run_mt:spend(steps)
    self.left = self.left - steps
    if self.left < 0 then error(STOP, 0) end
end

function run_mt:add(text, is_outside)
    if text == "" then return end
    local room = self.most - self.size
    if #text > room then text = clean.cut(text, room) end
    self.pieces[#self.pieces + 1] = { text, is_outside }
    self.size = self.size + #text
    if self.size >= self.most - 3 then error(STOP, 0) end
end

function run_mt:is_at_line_start()
    local last = self.pieces[#self.pieces]
    return last == nil or last[1]:sub(-1) == "\n"
end

--- Puts out a value as the target wants it.
function run_mt:put(value)
    if value == nil then return end
    local text = clean.text(filters.text(value), LONGEST)
    local kind = self.target ~= "plain" and filters.mark_of(value)
    if not kind then return self:add(text, true) end
    emit.add_marked(function(piece, is_outside) self:add(piece, is_outside) end, kind, text, self:is_at_line_start())
end

---@class couplet.TemplateOptions
---@field target "plain"|"styling"|"xhtml"|nil plain: the text as it is; styling: XEP-0393, which is the default
---@field now number|nil seconds since 1970, for `ago`
---@field most integer|nil bytes at most; 65536

local function finish(run, is_cut)
    local make = run.target == "plain" and emit.plain or emit.styled
    local text = clean.trim_end(make(run.pieces))
    if is_cut then text = text .. "…" end
    if run.target == "xhtml" then return text, require("couplet.template.xhtml").elements(text) end
    return text
end

--- The text with the values of a table. With target "xhtml" also the same as elements of XHTML-IM, for `xhtml =` of a message.
---@param data table
---@param options? couplet.TemplateOptions
---@return string text, table|nil elements
function template_mt:render(data, options)
    if type(data) ~= "table" then error("a table of values is expected", 2) end
    options = options or {}
    local run = setmetatable({
        data = data, vars = {}, pieces = {}, size = 0, left = STEPS, now = options.now or os.time(),
        target = options.target or self.target, most = options.most or LONGEST,
    }, run_mt)
    local ok, err = pcall(self.body, run)
    if not ok and err ~= STOP then error(err, 0) end
    return finish(run, not ok)
end

--- Reads a template. -> template | nil, err: err.line and err.column say where, err.text says it too.
---@param text string
---@param options? { target: string|nil, known: table<string, boolean>|nil } target: for every render; known: what it may name, else any
---@return couplet.Template|nil, couplet.Error|nil
function M.compile(text, options)
    if type(text) ~= "string" then error("the text of a template is expected", 2) end
    local target = options and options.target or "styling"
    if target ~= "plain" and target ~= "styling" and target ~= "xhtml" then error("a target is plain, styling or xhtml", 2) end
    local body, err = parse.compile(text, filters, options and options.known)
    if not body then return nil, err end
    return setmetatable({ body = body, target = target }, template_mt)
end

--- Compiles and renders; for a template that is used once.
---@param text string
---@param data table
---@param options? couplet.TemplateOptions
---@return string|nil text, table|couplet.Error|nil
function M.render(text, data, options)
    local compiled, err = M.compile(text, options)
    if not compiled then return nil, err end
    return compiled:render(data, options)
end

return M
