-- SPDX-License-Identifier: MIT
-- alerts.parse.gitlab_seldom: what GitLab tells now and then: wiki pages, milestones, feature flags, reactions, tokens, vulnerabilities,
-- members; of anything else a short line. -> function (root, who, kind, done) -> the fields of an alert
local words = require "couplet.alerts.forge.words"

local s_format = string.format

local EVENTS = {}

function EVENTS.wiki_page(root, who, done)
    local page = root:object "object_attributes"
    return {
        title = s_format("%s %s wiki page %s", who, done(page:line("action", 40)) or "changed", page:line("title", 128) or "?"),
        text = page:line("message", 400), url = page:url "url",
    }
end

function EVENTS.milestone(root, _, done)
    local one = root:object "object_attributes"
    return {
        title = s_format("milestone %s %s", one:line("title", 128) or "?", done(root:line("action", 40) or one:line("action", 40)) or "changed"),
        text = one:line("description", 400),
    }
end

function EVENTS.feature_flag(root, who)
    local flag = root:object "object_attributes"
    local name, state = flag:line("name", 128) or "?", flag:flag "active" and "on" or "off"
    return { title = s_format("%s turned feature flag %s %s", who, name, state), text = flag:line "description" }
end

function EVENTS.emoji(root, who)
    local one = root:object "object_attributes"
    local is_back = one:line "action" == "revoke"
    return {
        title = s_format("%s %s :%s: %s %s", who, is_back and "took" or "put", one:line("name", 64) or "?", is_back and "off" or "on",
            "a " .. (one:line("awardable_type", 40) or "thing"):gsub("(%l)(%u)", "%1 %2"):lower()),
        url = one:url "awarded_on_url",
    }
end

function EVENTS.access_token(root)
    local token, group = root:object "object_attributes", root:object "group"
    local where = group:line("full_path", 128) or group:line("group_path", 128)
    local name = (token:line("name", 128) or "?") .. (where and " of " .. where or "")
    return { title = s_format("access token %s expires on %s", name, token:line("expires_at", 40) or "?"), severity = "warning" }
end

local FOUND = { detected = "firing", confirmed = "firing", resolved = "resolved", dismissed = "resolved" }

function EVENTS.vulnerability(root)
    local one = root:object "object_attributes"
    local status = FOUND[one:line "state" or ""] or "info"
    return {
        title = "vulnerability: " .. (one:line("title", 256) or "?"), status = status, severity = status == "firing" and one:line("severity", 20) or nil,
        text = one:object("location"):line("file", 200), url = one:url "url", key = one:line "url" or one:line "title", starts_at = one:time "created_at",
        ends_at = status == "resolved" and (one:time "resolved_at" or one:time "dismissed_at") or nil,
    }
end

-- The user of these is whom it is about.
local MEMBERS = {
    user_add_to_group = "was added", user_remove_from_group = "was removed", user_update_for_group = "has other rights",
    user_access_request_to_group = "asks for access", user_access_request_denied_for_group = "was denied access",
    user_add_to_team = "was added", user_remove_from_team = "was removed", user_update_for_team = "has other rights",
}

local function member(root, who, kind)
    local access = root:line("group_access", 40) or root:line("access_level", 40) or root:line("project_access", 40)
    return { title = s_format("%s %s%s", who, MEMBERS[kind], access and " (" .. access .. ")" or "") }
end

-- "project create: ops/relay", "push rule changed by alice"
local function other(root, who, kind, done)
    local about = root:object "object_attributes"
    local action = about:line("action", 40) or root:line("action", 40)
    local name = about:line("title", 128) or about:line("name", 128) or root:line("name", 128) or root:line("username", 64)
    local title = words.plain(kind) .. (action and " " .. done(action) or "") .. (name and ": " .. name or who ~= "somebody" and " by " .. who or "")
    root:forget() -- of what is not known nothing can be wrong
    return { title = title, url = about:url "url" }
end

return function(root, who, kind, done)
    if EVENTS[kind] then return EVENTS[kind](root, who, done) end
    return MEMBERS[kind] and member(root, who, kind) or other(root, who, kind, done)
end
