-- SPDX-License-Identifier: MIT
-- alerts.forge.code: what happens to branches, tags, releases, packages and the pages of a repository. One function an event:
-- (root, who) -> the fields of the alert; nil: nothing to tell.
local clean = require "couplet.clean"
local words = require "couplet.alerts.forge.words"

local math, table = math, table
local s_format, s_sub = string.format, string.sub

local M = {}

function M.push(root, who)
    local branch, is_tag = words.branch(root:line "ref")
    local what = is_tag and "tag " .. branch or branch
    local url = root:url "compare" or root:url "compare_url"
    if root:flag "deleted" or root:line "after" == words.NONE then return { title = who .. " deleted " .. what, labels = { branch = branch } } end
    local list = root:list "commits"
    local total = math.max(root:number "total_commits" or 0, #list + list.more) // 1
    if is_tag or (total == 0 and (root:flag "created" or root:line "before" == words.NONE)) then
        return { title = who .. " created " .. what, url = root:object("head_commit"):url "url" or url, labels = { branch = branch } }
    end
    local how = root:flag "forced" and "force-pushed" or "pushed"
    return {
        title = s_format("%s %s %s to %s", who, how, words.counted(total, "commit"), what), url = url, labels = { branch = branch },
        text = words.commits_text(list, total, root:line("after", 64)),
    }
end

local function ref(did)
    return function(root, who)
        local kind, name = root:line("ref_type", 20) or "branch", root:line("ref", 128)
        if kind == "repository" or not name then return { title = s_format("%s %s the %s", who, did, kind) } end
        return { title = s_format("%s %s %s %s", who, did, kind, (words.branch(name))), labels = { branch = kind == "branch" and name or nil } }
    end
end

M.create, M.delete = ref "created", ref "deleted"

-- GitHub's `forkee` is the new one, Forgejo's and Gitea's the old one.
function M.fork(root, who)
    local other, is_new_here = root:object "forkee", root:object("repository"):flag "fork"
    local name = other:line("full_name", 140) or "?"
    if is_new_here and not other:flag "fork" then return { title = s_format("%s forked %s", who, name), url = root:object("repository"):url "html_url" } end
    return { title = s_format("%s forked it to %s", who, name), url = other:url "html_url" }
end

function M.public(_, who) return { title = who .. " made it public" } end

-- GitHub tells of what is published three times: only the first is said, and what is a draft or one no more.
local SAID_BEFORE = { released = true, prereleased = true }

function M.release(root, who)
    local release, action = root:object "release", root:line("action", 40) or "published"
    local name, tag = release:line("name", 128), release:line("tag_name", 128)
    if SAID_BEFORE[action] or action == "created" and not release:flag "draft" then return nil end
    local shown = name and tag and name ~= tag and s_format("%s (%s)", name, tag) or name or tag or "?"
    return {
        title = s_format("%s %s %srelease %s", who, action, action == "created" and "the draft of " or "", shown), url = release:url "html_url",
        text = action == "published" and words.excerpt(release:text "body") or nil,
    }
end

-- GitHub's wiki: several pages at once.
function M.gollum(root, who)
    local pages = root:list "pages"
    local first = pages[1]
    if not first then return { title = who .. " changed the wiki" } end
    local more = #pages > 1 and s_format(" and %d more", #pages - 1 + pages.more) or ""
    return {
        title = s_format("%s %s wiki page %s%s", who, first:line("action", 20) or "changed", first:line("title", 128) or "?", more),
        text = first:text("summary", 400), url = first:url "html_url",
    }
end

-- Forgejo's and Gitea's: one page.
function M.wiki(root, who)
    local title = s_format("%s %s wiki page %s", who, root:line("action", 20) or "changed", root:line("page", 128) or "?")
    return { title = title, text = root:text("comment", 400) }
end

local function package(field)
    return function(root, who)
        local one = root:object(field)
        local version = one:object("package_version"):line("version", 128) or one:line("version", 128)
        local kind = one:line("package_type", 20) or one:line("type", 20)
        local parts = { who, root:line("action", 20) or "published", kind and kind:lower() .. " package" or "package", one:line("name", 128) or "?", version }
        return { title = table.concat(parts, " "), url = one:url "html_url" }
    end
end

M.package, M.registry_package = package "package", package "registry_package"

function M.commit_comment(root, who)
    local comment = root:object "comment"
    return {
        title = s_format("%s commented on commit %s", who, s_sub(comment:line("commit_id", 64) or "?", 1, 7)), url = comment:url "html_url",
        text = words.excerpt(comment:text "body"),
    }
end

function M.ping(root)
    local events = root:object("hook"):lines "events"
    return { title = "its events come here" .. (#events > 0 and ": " .. clean.line(table.concat(events, ", "), 200) or "") }
end

return M
