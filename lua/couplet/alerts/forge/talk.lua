-- SPDX-License-Identifier: MIT
-- alerts.forge.talk: issues, pull requests, their reviews and comments, discussions.
local words = require "couplet.alerts.forge.words"

local type = type
local s_format = string.format

local M = {}

-- "assigned bob to", or without the name where it is not told.
local function of(before, field, after, otherwise)
    return function(root)
        local name = words.name(root:object(field))
        return name and s_format("%s %s%s", before, name, after) or otherwise
    end
end

local function asked(before, after, otherwise)
    return function(root)
        local whom = words.name(root:object "requested_reviewer") or words.name(root:object "requested_team")
        return whom and s_format("%s %s%s", before, whom, after) or otherwise
    end
end

-- action → what was done
local DID = {
    synchronize = "updated", synchronized = "updated", ready_for_review = "marked as ready", converted_to_draft = "made a draft of",
    label_updated = "changed the labels of", label_cleared = "cleared the labels of", milestoned = "set the milestone of",
    demilestoned = "cleared the milestone of", auto_merge_enabled = "lets merge by itself", auto_merge_disabled = "no longer lets merge by itself",
    category_changed = "moved", unanswered = "took the answer from",
    enqueued = "queued", dequeued = "took out of the queue", typed = "set the type of", untyped = "cleared the type of",
    assigned = of("assigned", "assignee", " to", "assigned"), unassigned = of("unassigned", "assignee", " from", "unassigned"),
    labeled = of("put label", "label", " on", "labelled"), unlabeled = of("took label", "label", " off", "took a label off"),
    review_requested = asked("asked", " for a review of", "asked for a review of"),
    review_request_removed = asked("no longer asks", " for a review of", "asks no longer for a review of"),
}

local function did_what(root, action)
    local did = DID[action]
    if not did then return words.plain(action) end
    return type(did) == "function" and did(root) or did
end

function M.issues(root, who)
    local issue, action = root:object "issue", root:line("action", 40) or "changed"
    return {
        title = words.item(who, did_what(root, action), "issue", issue), url = issue:url "html_url",
        text = action == "opened" and words.excerpt(issue:text "body") or nil,
    }
end

function M.pull_request(root, who)
    local pull, action = root:object "pull_request", root:line("action", 40) or "changed"
    if action == "closed" and pull:flag "merged" then action = "merged" end
    return {
        title = words.item(who, did_what(root, action), "pull request", pull), url = pull:url "html_url",
        text = action == "opened" and words.excerpt(pull:text "body") or nil, labels = { branch = pull:object("head"):line "ref" },
    }
end

local function commented(root, who, kind, item)
    local comment, action = root:object "comment", root:line("action", 40) or "created"
    local did = action == "created" and "commented on" or words.plain(action) .. " a comment on"
    return {
        title = words.item(who, did, kind, item), url = comment:url "html_url" or item:url "html_url",
        text = action ~= "deleted" and words.excerpt(comment:text "body") or nil,
    }
end

function M.issue_comment(root, who)
    local issue = root:object "issue"
    return commented(root, who, (issue:has "pull_request" or root:flag "is_pull") and "pull request" or "issue", issue)
end

function M.pull_request_review_comment(root, who) return commented(root, who, "pull request", root:object "pull_request") end

function M.discussion(root, who)
    local discussion, action = root:object "discussion", root:line("action", 40) or "changed"
    local did = action == "created" and "started" or action == "answered" and "marked an answer in" or did_what(root, action)
    return {
        title = words.item(who, did, "discussion", discussion), url = discussion:url "html_url",
        text = action == "created" and words.excerpt(discussion:text "body") or nil,
    }
end

function M.discussion_comment(root, who) return commented(root, who, "discussion", root:object "discussion") end

-- ---- reviews: GitHub's, then Forgejo's and Gitea's ----

local JUDGED = { approved = "approved", changes_requested = "asks for changes in", commented = "reviewed" }

function M.pull_request_review(root, who)
    local pull, review, action = root:object "pull_request", root:object "review", root:line("action", 40) or "submitted"
    local state = (review:line("state", 40) or ""):lower()
    local did = action == "submitted" and (JUDGED[state] or "reviewed") or words.plain(action) .. " a review of"
    return {
        title = words.item(who, did, "pull request", pull), url = review:url "html_url" or pull:url "html_url",
        text = action ~= "dismissed" and words.excerpt(review:text "body") or nil, labels = { branch = pull:object("head"):line "ref" },
    }
end

function M.pull_request_review_thread(root, who)
    local pull = root:object "pull_request"
    return { title = words.item(who, (root:line("action", 40) or "changed") .. " a thread of", "pull request", pull), url = pull:url "html_url" }
end

local function reviewed(did)
    return function(root, who)
        local pull = root:object "pull_request"
        return {
            title = words.item(who, did, "pull request", pull), url = pull:url "html_url", text = words.excerpt(root:object("review"):text "content"),
            labels = { branch = pull:object("head"):line "ref" },
        }
    end
end

M.pull_request_approved, M.pull_request_rejected = reviewed "approved", reviewed "asks for changes in"
M.pull_request_comment = reviewed "reviewed"

return M
