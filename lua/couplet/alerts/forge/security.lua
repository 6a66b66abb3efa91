-- SPDX-License-Identifier: MIT
-- alerts.forge.security: what GitHub finds in code and in what it depends on: alerts until they are fixed or dismissed.
local words = require "couplet.alerts.forge.words"

local s_format = string.format

local M = {}

local STATUS = {
    created = "firing", reopened = "firing", reopened_by_user = "firing", reintroduced = "firing", auto_reopened = "firing", appeared_in_branch = "firing",
    publicly_leaked = "firing", create = "firing", reopen = "firing",
    fixed = "resolved", dismissed = "resolved", auto_dismissed = "resolved", closed_by_user = "resolved", resolved = "resolved", dismiss = "resolved",
    resolve = "resolved",
}

local function found(root, kind, what, severity, more)
    local alert, action = root:object "alert", root:line("action", 40) or "changed"
    local status, number = STATUS[action] or "info", alert:number "number" or alert:number "id"
    return {
        title = s_format("%s: %s%s", kind, what, status == "info" and " (" .. words.plain(action) .. ")" or ""), status = status,
        severity = status == "firing" and severity or nil, text = more, key = s_format("%s\0%s", kind, number and number // 1 or what),
        url = alert:url "html_url" or alert:url "external_reference", starts_at = alert:time "created_at",
    }
end

function M.dependabot_alert(root)
    local alert = root:object "alert"
    local advisory, dependency = alert:object "security_advisory", alert:object "dependency"
    local name = dependency:object("package"):line("name", 128)
    return found(root, "Dependabot", advisory:line("summary", 256) or advisory:line "ghsa_id" or name or "?", advisory:line("severity", 20),
        name and s_format("%s in %s", name, dependency:line("manifest_path", 200) or "?"))
end

function M.code_scanning_alert(root)
    local rule = root:object("alert"):object "rule"
    return found(root, root:object("alert"):object("tool"):line("name", 64) or "code scanning",
        rule:line("description", 256) or rule:line("name", 128) or rule:line("id", 128) or "?",
        rule:line("security_severity_level", 20) or rule:line("severity", 20), (words.branch(root:line("ref", 128))))
end

function M.secret_scanning_alert(root)
    local alert = root:object "alert"
    return found(root, "secret", alert:line("secret_type_display_name", 128) or alert:line("secret_type", 128) or "?", "critical",
        alert:line("resolution", 64))
end

function M.repository_vulnerability_alert(root)
    local alert = root:object "alert"
    return found(root, "vulnerability", s_format("%s %s", alert:line("affected_package_name", 128) or "?", alert:line("affected_range", 64) or ""),
        alert:line("severity", 20), alert:line("external_identifier", 64))
end

function M.security_advisory(root)
    local advisory = root:object "security_advisory"
    local id = advisory:line("ghsa_id", 64)
    return {
        title = s_format("security advisory %s %s: %s", id or "", root:line("action", 40) or "changed", advisory:line("summary", 256) or "?"),
        severity = advisory:line("severity", 20), url = id and "https://github.com/advisories/" .. id,
    }
end

return M
