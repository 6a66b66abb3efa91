-- SPDX-License-Identifier: MIT
-- alerts.parse.slack: what is made for Slack's incoming webhooks, so that programs that can only talk to Slack reach a room: text,
-- attachments, blocks, as JSON or as a form's `payload`. Channel, user name and icon are not heeded: where it goes says `with:`.
local clean = require "couplet.clean"
local reader = require "couplet.alerts.reader"

local ipairs, table, type = ipairs, table, type
local s_find, s_gsub, s_match, s_sub = string.find, string.gsub, string.match, string.sub

local M = {}

local MOST_PARTS, DEEPEST = 60, 6
local ENTITIES = { amp = "&", lt = "<", gt = ">" }

local function plain_entities(text)
    return (s_gsub(text, "&(%a+);", ENTITIES))
end

-- <https://x|text>, <@U1|name>, <#C1|name>, <!here>, <!date^…|text>
local function in_angles(inner)
    local target, shown = s_match(inner, "^([^|]*)|?(.*)$")
    local sign = s_sub(target, 1, 1)
    if sign == "!" then return shown ~= "" and shown or "@" .. (s_match(target, "^!(%w+)") or "all") end
    if not s_find(target, "[@#:]") then return "<" .. inner .. ">" end
    if sign == "@" or sign == "#" then return sign .. (shown ~= "" and shown or s_sub(target, 2)) end
    target = s_gsub(target, "^mailto:", "")
    if shown == "" or shown == target then return target end
    return shown .. " (" .. target .. ")"
end

--- Slack's mrkdwn as text for people.
local function readable(text)
    if not text then return nil end
    if s_find(text, "<", 1, true) then text = s_gsub(text, "<([^<>\n]+)>", in_angles) end
    return plain_entities(text)
end

-- out: lines, at most MOST_PARTS
local function add(out, text)
    text = readable(text)
    if text and text ~= "" and #out < MOST_PARTS then out[#out + 1] = text end
end

local function link(text, url)
    if text and url then return text .. " (" .. url .. ")" end
    return text or url
end

-- The text of an element of a rich text, which is a tree.
local function rich(element, depth)
    if depth > DEEPEST then return "" end
    local kind = element:line "type"
    if kind == "link" then return link(element:line "text", element:url "url") or "" end
    if kind == "emoji" then return ":" .. (element:line("name", 40) or "") .. ":" end
    if element:has "text" and type(element:raw "text") == "string" then return clean.text(element:raw "text", 4096) end
    local parts = {}
    for i, child in ipairs(element:list "elements") do
        if i > MOST_PARTS then break end
        parts[i] = rich(child, depth + 1)
    end
    local is_list = kind == "rich_text_list"
    return (is_list and "• " or "") .. table.concat(parts, is_list and "\n• " or kind == "rich_text" and "\n" or "")
end

local function add_texts(out, list)
    for _, one in ipairs(list) do
        local kind = one:line "type"
        if kind == "mrkdwn" or kind == "plain_text" then add(out, one:text "text") end
    end
end

local BLOCKS = {}

function BLOCKS.header(block, out) add(out, block:object("text"):text "text") end

function BLOCKS.section(block, out)
    if block:has "text" then add(out, block:object("text"):text "text") end
    local fields = {}
    add_texts(fields, block:list "fields")
    for _, field in ipairs(fields) do add(out, (s_gsub(field, "\n", ": ", 1))) end
    local accessory = block:object "accessory"
    if accessory:has "url" then add(out, link(accessory:object("text"):line "text", accessory:url "url")) end
end

function BLOCKS.context(block, out) add_texts(out, block:list "elements") end

function BLOCKS.actions(block, out)
    for _, element in ipairs(block:list "elements") do
        if element:has "url" then add(out, link(element:object("text"):line "text", element:url "url")) end
    end
end

function BLOCKS.image(block, out) add(out, link(block:line "alt_text", block:url "image_url")) end

function BLOCKS.rich_text(block, out) add(out, rich(block, 0)) end

local function add_blocks(out, blocks)
    for _, block in ipairs(blocks) do
        local read = BLOCKS[block:line "type"]
        if read then read(block, out) end
    end
end

local SEVERITY = { danger = "error", warning = "warning" }

local function add_attachment(out, one)
    add(out, one:text "pretext")
    local title = one:line("title", 512)
    add(out, title)
    add(out, one:text "text")
    for _, field in ipairs(one:list "fields") do
        local name, value = field:line "title", field:text("value", 1024)
        add(out, name and value and name .. ": " .. value or value or name)
    end
    add_blocks(out, one:list "blocks")
    for _, action in ipairs(one:list "actions") do
        if action:has "url" then add(out, link(action:line "text", action:url "url")) end
    end
    add(out, one:url "image_url")
    if #out == 0 then add(out, one:text "fallback") end
    return one:url "title_link", SEVERITY[one:line "color"]
end

-- A line that says what the one before it said is left out, as where `text` is what blocks say in short.
local function without_repeats(lines)
    local out, seen = {}, {}
    for _, line in ipairs(lines) do
        if not seen[line] then out[#out + 1] = line end
        seen[line] = true
    end
    return out
end

function M.parse(event)
    local root, err = reader.of(event)
    if not root then return nil, err end
    local out, url, severity = {}, nil, nil
    add(out, root:text("text", 8192))
    add_blocks(out, root:list "blocks")
    for i, one in ipairs(root:list "attachments") do
        if i > 20 then break end
        local its_url, its_severity = add_attachment(out, one)
        url, severity = url or its_url, severity or its_severity
    end
    local whole = clean.text(table.concat(without_repeats(out), "\n"), 12288)
    local title, rest = s_match(whole, "^%s*([^\n]*)\n?(.*)$")
    title = clean.line(title or "", 2048)
    if title == "" then root:wrong("text", "a text, blocks or attachments are expected") end
    return reader.result(root, {
        {
            source = "slack", fingerprint = reader.fingerprint("slack", whole), status = "info", severity = severity, title = title,
            text = rest ~= "" and rest or nil, url = url,
        },
    })
end

return M
