-- SPDX-License-Identifier: MIT
-- alerts.forge.words: how commits, branches, issues and people of a forge are said in a line; for GitHub, Forgejo, Gitea and GitLab.
local clean = require "couplet.clean"

local math, table = math, table
local s_format, s_match, s_sub = string.format, string.match, string.sub

local M = {}

local MOST_COMMITS, EXCERPT = 5, 400

--- The hash that stands for "no commit".
M.NONE = ("0"):rep(40)

--- The first line of a commit's message.
---@return string|nil
function M.subject(commit)
    local text = commit:line("title", 200) or s_match(commit:text("message", 1000) or "", "^[^\n]*")
    local subject = clean.line(clean.trim_end(text), 120)
    return subject ~= "" and subject or nil
end

--- "1f3870b docs: what a lane is — Alice", newest last, and how many more there are.
---@param list couplet.Reader[]
---@param total number
---@param newest string|nil id of the newest: Forgejo's list begins with it
function M.commits_text(list, total, newest)
    local lines = {}
    if newest and #list > 1 and list[1]:line("id", 64) == newest then
        local turned = {}
        for i = #list, 1, -1 do turned[#turned + 1] = list[i] end
        list = turned
    end
    for i = math.max(1, #list - MOST_COMMITS + 1), #list do
        local commit = list[i]
        local author = commit:object("author"):line("name", 64)
        local id = s_sub(commit:line("id", 64) or "", 1, 7)
        lines[#lines + 1] = s_format("%s %s%s", id, M.subject(commit) or "", author and " — " .. author or "")
    end
    if total > #lines and #lines > 0 then table.insert(lines, 1, s_format("… and %d more", total - #lines)) end
    return #lines > 0 and table.concat(lines, "\n") or nil
end

function M.excerpt(text)
    return text and clean.text(text:gsub("\n%s*\n+", "\n"), EXCERPT) or nil
end

--- "main" of refs/heads/main, and whether it is a tag.
function M.branch(ref)
    if not ref then return "?", false end
    local tag = s_match(ref, "^refs/tags/(.+)$")
    return tag or s_match(ref, "^refs/heads/(.+)$") or ref, tag ~= nil
end

function M.counted(count, what) return s_format("%d %s%s", count, what, count == 1 and "" or "s") end

--- "bob opened issue #40: A message is lost"
function M.item(who, did, kind, item)
    local number = item:number "number"
    return s_format("%s %s %s%s: %s", who, did, kind, number and s_format(" #%d", number // 1) or "", item:line("title", 256) or "?")
end

--- What a forge calls somebody.
---@return string|nil
function M.name(person) return person:line("login", 64) or person:line("username", 64) or person:line("name", 64) end

--- An action's name as words.
function M.plain(action) return (action:gsub("_", " ")) end

return M
