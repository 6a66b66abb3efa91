-- SPDX-License-Identifier: MIT
-- alerts.text: how alerts read in a chat. The first line says what matters; then the text, the labels that tell it from others,
-- the links. Several at once are one message: a line each, at most `limit`.
--
--   🔥 critical DiskFull — /var on db1 is 94 % full
--   instance=db1:9100 mountpoint=/var
--   https://prometheus.example.org/graph?…
--
-- In the hook's `with:`
--   template, template_file   a text of couplet.template in place of it; it sees what text.data() gives
--   style     plain (as it is, the default), styling (XEP-0393), xhtml (and XHTML-IM, XEP-0071, of the same)
--   limit     alerts that are listed: 10        labels   names of labels to show, instead of all but the usual ones
--   links     false: no links                   icons    false: words instead of 🔥 and ✅
local clean = require "couplet.clean"

local io, ipairs, math, next, pairs, require, setmetatable, table, tostring, type = io, ipairs, math, next, pairs, require, setmetatable, table, tostring, type
local s_format = string.format

local M = {}

local LONGEST = 8192 -- bytes of a message by default
local LIMIT = 10

-- option → type, for what checks the configuration
M.OPTIONS = {
    template = "string", template_file = "string", style = "string", limit = "number", labels = "table", links = "boolean", icons = "boolean",
}
M.STYLES = { plain = true, styling = true, xhtml = true }

-- Labels that say nothing to who reads the line, or stand in it already.
local USUAL = {
    alertname = true, severity = true, priority = true, job = true, prometheus = true, monitor = true, endpoint = true, grafana_folder = true,
    alert_rule_uid = true, __alert_rule_uid__ = true, datasource_uid = true, ref_id = true,
}

-- Sources whose titles say what their labels do.
local SAID = { github = true, gitlab = true, forgejo = true, slack = true, text = true, uptime_kuma = true }

local WARNING = { warning = true, warn = true, minor = true, medium = true, low = true }

--- ✅, ⚠️, 🔥, or with `icons: false` a word; nil for what is neither firing nor over.
function M.icon(alert, with)
    if with.icons == false then return alert.status ~= "info" and alert.status:upper() or nil end
    if alert.status == "resolved" then return "✅" end
    if alert.status == "firing" then return WARNING[(alert.severity or ""):lower()] and "⚠️" or "🔥" end
end

local function joined(parts, between)
    local out = {}
    for i = 1, parts.n do
        if parts[i] and parts[i] ~= "" then out[#out + 1] = parts[i] end
    end
    return table.concat(out, between or " ")
end

local function summary_of(alert)
    local summary = alert.annotations.summary
    return summary and summary ~= alert.title and summary or nil
end

-- "🔥 critical DiskFull — /var is full"
local function headline(alert, with)
    local summary = summary_of(alert)
    local severity = alert.status == "firing" and not SAID[alert.source] and alert.severity or nil
    local head = joined { n = 3, M.icon(alert, with), severity, alert.title }
    if summary then head = head .. " — " .. summary end
    return clean.line(head, 1024)
end

local function wanted_labels(with)
    if type(with.labels) ~= "table" then return nil end
    local wanted = {}
    for i, name in ipairs(with.labels) do wanted[tostring(name)] = i end
    return wanted
end

-- "instance=db1 mountpoint=/var"; `common`: labels that all have, and that stand elsewhere.
local function labels_text(alert, with, common)
    local wanted, list = wanted_labels(with), {}
    for name, value in pairs(alert.labels) do
        local is_shown = wanted and wanted[name] or (not wanted and not USUAL[name] and not SAID[alert.source])
        if is_shown and not (common and common[name]) then list[#list + 1] = clean.line(name .. "=" .. value, 200) end
    end
    table.sort(list)
    return #list <= 12 and table.concat(list, " ") or table.concat(list, " ", 1, 12) .. " …"
end

local function one(alert, with)
    local lines = { n = 6, headline(alert, with) }
    if alert.text and alert.text ~= summary_of(alert) and alert.text ~= alert.title then lines[2] = clean.text(alert.text, 4096) end
    lines[3] = labels_text(alert, with)
    if with.links ~= false then
        local runbook = clean.url(alert.annotations.runbook_url or alert.annotations.runbook)
        lines[4] = runbook and "runbook: " .. runbook
        lines[5], lines[6] = clean.url(alert.url), clean.url(alert.annotations.image_url)
    end
    return joined(lines, "\n")
end

-- Labels that all alerts share, and a title where it is the same.
local function common_of(alerts)
    local labels, title = {}, alerts[1].title
    for name, value in pairs(alerts[1].labels) do labels[name] = value end
    for _, alert in ipairs(alerts) do
        for name, value in pairs(labels) do
            if alert.labels[name] ~= value then labels[name] = nil end
        end
        if alert.title ~= title then title = nil end
    end
    return labels, title
end

local function count(alerts)
    local counts = { firing = 0, resolved = 0, info = 0 }
    for _, alert in ipairs(alerts) do counts[alert.status] = (counts[alert.status] or 0) + 1 end
    return counts
end

local function group_line(alerts, with, title, common)
    local counts = count(alerts)
    local function part(status, mark)
        if counts[status] == 0 then return nil end
        return with.icons == false and s_format("%d %s", counts[status], status) or s_format("%s %d %s", mark, counts[status], status)
    end
    local head = joined({ n = 3, part("firing", "🔥"), part("resolved", "✅"), part("info", "ℹ️") }, ", ")
    local about = joined { n = 2, title, labels_text({ labels = common }, with) }
    return clean.line(about ~= "" and head .. ": " .. about or head, 1024)
end

local function list_line(alert, with, title, common)
    local summary = summary_of(alert)
    local severity = alert.status == "firing" and not SAID[alert.source] and alert.severity or nil
    local what = title and (summary or clean.line(alert.text or "", 200)) or (summary and alert.title .. " — " .. summary or alert.title)
    local labels = labels_text(alert, with, common)
    local line = joined { n = 4, M.icon(alert, with), severity, what, labels ~= "" and "(" .. labels .. ")" or nil }
    return clean.line(line, 400)
end

local function many(alerts, with)
    local common, title = common_of(alerts)
    local lines = { group_line(alerts, with, title, common) }
    local limit = type(with.limit) == "number" and with.limit or LIMIT
    for i, alert in ipairs(alerts) do
        if i > limit then break end
        lines[#lines + 1] = list_line(alert, with, title, common)
    end
    local more = math.max(0, #alerts - limit) + (alerts.more or 0)
    if more > 0 then lines[#lines + 1] = s_format("… and %d more", more) end
    if with.links ~= false then lines[#lines + 1] = clean.url(alerts[1].external_url) end
    return table.concat(lines, "\n")
end

--- What a template may name, where the payload is not what it sees.
M.FIELDS = {
    source = true, status = true, severity = true, title = true, text = true, labels = true, annotations = true, starts_at = true, ends_at = true,
    url = true, silence_url = true, external_url = true, group_key = true, fingerprint = true,
    alerts = true, count = true, firing = true, resolved = true, more = true, payload = true,
}

--- What a template sees: the fields of the first alert (of plain JSON those of the payload), and alerts, firing, resolved, count,
--- more, payload.
---@param alerts couplet.Alert[]
---@return table
function M.data(alerts)
    local data, counts = {}, count(alerts)
    for name, value in pairs(alerts[1] or {}) do
        if name ~= "raw" then data[name] = value end
    end
    local raw = alerts[1] and alerts[1].raw
    if alerts[1] and alerts[1].source == "json" then
        for name, value in next, raw or {} do data[name] = value end
    end
    data.alerts, data.firing, data.resolved = alerts, counts.firing, counts.resolved
    data.count, data.more, data.payload = #alerts, alerts.more or 0, raw
    return data
end

local compiled = setmetatable({}, { __mode = "k" }) -- with → { template, err }

local function read_file(path)
    local file, why = io.open(path, "r")
    if not file then return nil, why end
    local text = file:read(65537)
    file:close()
    return text or ""
end

local function compile(with)
    local text = with.template
    if with.template_file then
        local content, why = read_file(with.template_file)
        if not content then return nil, require("couplet.errors").new("internal-server-error", "template_file: " .. tostring(why)) end
        text = content
    end
    return require("couplet.template").compile(text, { target = with.style == nil and "plain" or with.style })
end

--- The template of a hook's `with:`, read once. -> template | nil, err; nil alone: there is none.
function M.template(with)
    if not with.template and not with.template_file then return nil end
    local kept = compiled[with]
    if not kept then
        local template, err = compile(with)
        kept = { template, err }
        compiled[with] = kept
    end
    return kept[1], kept[2]
end

local function by_default(alerts, with)
    return clean.text(#alerts == 1 and (alerts.more or 0) == 0 and one(alerts[1], with) or many(alerts, with), LONGEST)
end

-- What the template made of each when the payload was there: `said`, of plain JSON.
local function said_before(alerts, style)
    local texts = {}
    for i, alert in ipairs(alerts) do
        if not alert.said then return nil end
        texts[i] = alert.said
    end
    local text = clean.text(table.concat(texts, "\n"), LONGEST)
    return text, style == "xhtml" and require("couplet.template.xhtml").elements(text) or nil
end

--- The text of alerts, and how it is to be shown: formatted (true, or elements, for `xhtml =` of a message), styled (false: as it is).
---@param alerts couplet.Alert[] one at least
---@param with? table of the hook
---@return string|nil text, table|couplet.Error how
function M.render(alerts, with)
    with = type(with) == "table" and with or {}
    local template, err = M.template(with)
    if err then return nil, err end
    local style = M.STYLES[with.style] and with.style or "plain"
    if template then
        local text, elements = said_before(alerts, style)
        if not text then text, elements = template:render(M.data(alerts)) end
        local how = { formatted = elements }
        if style == "plain" then how.styled = false end
        return text, how
    end
    local text = by_default(alerts, with)
    if style == "plain" then return text, { styled = false } end
    local safe = require("couplet.template.emit").styled { { text, true } }
    return safe, { formatted = style == "xhtml" and require("couplet.template.xhtml").elements(safe) or nil }
end

--- The options of bot:say for what render gave.
---@param how table
---@param more? table
function M.options(how, more)
    local options = { xhtml = how.formatted, styled = how.styled }
    for name, value in pairs(more or {}) do options[name] = value end
    return options
end

return M
