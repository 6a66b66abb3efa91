-- SPDX-License-Identifier: MIT
-- muc_status: what rooms say in numbers (XEP-0045 15.6), and in error conditions when one cannot get in (7.2).
--
--   codes[307]            { name = "kicked", text = "…" }
--   removal(codes)        the reason for which somebody is gone: "kicked", "banned", …
--   refusal(condition)    what a refused entrance means for the state of the room
--   pause(first, …)       how long to stay out before the next attempt
local M = {}

---@type table<integer, { name: string, text: string }>
M.codes = {
    [100] = { name = "non_anonymous", text = "everybody here sees real JIDs" },
    [101] = { name = "affiliation_changed", text = "the affiliation changed while away" },
    [102] = { name = "shows_unavailable", text = "the room shows unavailable members" },
    [103] = { name = "hides_unavailable", text = "the room hides unavailable members" },
    [104] = { name = "config", text = "the configuration changed" },
    [110] = { name = "self", text = "this is about oneself" },
    [170] = { name = "logged", text = "the room is logged to a public archive" },
    [171] = { name = "not_logged", text = "the room is not logged any more" },
    [172] = { name = "non_anonymous", text = "everybody sees real JIDs from now on" },
    [173] = { name = "semi_anonymous", text = "only moderators see real JIDs from now on" },
    [174] = { name = "anonymous", text = "nobody sees real JIDs from now on" },
    [201] = { name = "created", text = "the room is new and waits for its configuration" },
    [210] = { name = "nick_assigned", text = "the room chose another nick" },
    [301] = { name = "banned", text = "banned" },
    [303] = { name = "renamed", text = "has another nick from now on" },
    [307] = { name = "kicked", text = "kicked" },
    [321] = { name = "affiliation", text = "removed, for the affiliation changed" },
    [322] = { name = "members_only", text = "removed, for the room is for members only now" },
    [332] = { name = "shutdown", text = "removed, for the service shuts down" },
    [333] = { name = "lost", text = "removed after an error: the connection to the room broke" },
}

-- The first that is there counts. 333 goes with 307 when it was an error that removed somebody, and no moderator.
local REMOVALS = { 301, 333, 332, 321, 322, 307 }

--- Why somebody is gone; "left": of their own accord.
---@param codes table<integer, boolean>
---@return string name, string|nil text
function M.removal(codes)
    for _, code in ipairs(REMOVALS) do
        if codes[code] then return M.codes[code].name, M.codes[code].text end
    end
    return "left"
end

-- state: of the room, when we were removed so. again: the delay in seconds before the first attempt to come back, nil: none.
-- human: somebody wanted it so; `rejoin: lost` stays out then.
M.removed = {
    banned = { state = "banned" },
    kicked = { state = "kicked", again = 30, longest = 3600, human = true },
    affiliation = { state = "failed" },
    members_only = { state = "failed" },
    shutdown = { state = "ghost", again = 5, longest = 60 },
    lost = { state = "ghost", again = 1, longest = 300 },
    left = { state = "ghost", again = 2, longest = 300 }, -- we did not ask for it
}

-- 7.2.5 to 7.2.9, 7.2.2; text: what to do about it, for people.
local REFUSALS = {
    ["not-authorized"] = { text = "the room wants a password, or another one: `password:` of the room" },
    ["forbidden"] = { state = "banned", text = "the bot is banned there, or may not create the room" },
    ["item-not-found"] = { state = "locked", again = 10, text = "the room is locked: its owner is still configuring it" },
    ["not-allowed"] = { text = "the room does not exist, and the bot may not create it", again = 300 },
    ["not-acceptable"] = { text = "the room wants the nick that is registered there: `nick:` of the room" },
    ["registration-required"] = { text = "the room is for members only: make the bot a member, or `register: true`", again = 300 },
    ["conflict"] = { text = "the nick is taken: `nick:` of the room", again = 30 },
    ["service-unavailable"] = { text = "the room is full, or the service is down", again = 30 },
    ["jid-malformed"] = { text = "the room does not take this nick" },
    ["gone"] = { text = "the room has moved or is closed" },
    ["redirect"] = { text = "the room has moved" },
    ["remote-server-not-found"] = { text = "the server of the room cannot be reached", again = 5 },
    ["remote-server-timeout"] = { text = "the server of the room does not answer", again = 5 },
    ["recipient-unavailable"] = { text = "the room cannot be reached", again = 5 },
    ["resource-constraint"] = { text = "the service has too much to do, or the bot is in too many rooms", again = 30 },
    ["internal-server-error"] = { text = "the service failed", again = 30 },
}
local WAIT = { text = "the room asks to try later", again = 30 }
local OTHER = { text = "the room does not let the bot in" }

---@param err { condition: string, type: string }
---@return { state: string|nil, again: number|nil, text: string }
function M.refusal(err)
    return REFUSALS[err.condition] or err.type == "wait" and WAIT or OTHER
end

--- How long to stay out: longer after each attempt, and not as long as others.
---@param first number seconds
---@param attempts integer so many before
---@param longest number seconds
---@return number seconds
function M.pause(first, attempts, longest) return math.min(first * (1 << attempts), longest) * (0.5 + math.random()) end

return M
