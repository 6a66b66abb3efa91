-- SPDX-License-Identifier: MIT
-- sending: what `couplet send` asks of a bot, as JSON in and out (src/lua/call.h). In the process that runs, with `storage:`,
-- a letter is accepted when it is on disk; elsewhere it is given to the connection. Then somebody waits for the proof.
--
--   in    { to = { … }, text =, subject =, attach = { path, … }, code = true | "lua", urgent =, plain =, as = "room" | "person",
--           expires = seconds, wait = seconds }
--   out   { state =, letters = { { to =, id =, state =, reason = }, … }, reason = }
--
-- States: delivered; queued (on disk, goes on by itself); unproven (given to the server, no proof in time); unsent; failed.
-- That of the whole is the worst of them, in this order.
local core = require "couplet.core.bot"
local jid = require "couplet.jid"
local json = require "couplet.json"
local letters = require "couplet.sending_letters"
local proof = require "couplet.sending_proof"
local ids = require "couplet.id"

local ipairs, pcall, tostring = ipairs, pcall, tostring

local M = {}

local WAIT = 5 -- seconds
local kept -- what the last call of M.send made of it
local WORSE = { delivered = 1, queued = 2, unproven = 3, unsent = 4, failed = 5 }

local function outcome(letter)
    if letter.state == "delivered" or letter.state == "failed" then return letter.state end
    if letter.state == "accepted" then return letter.durable and "queued" or "unproven" end
    return "unsent"
end

local function answer(event, list, reason, whole)
    local out = { state = whole or #list == 0 and "failed" or "delivered", letters = json.array {}, reason = reason }
    for i, letter in ipairs(list) do
        local state = outcome(letter)
        out.letters[i] = { to = letter.to, id = letter.id, state = state, reason = letter.reason }
        if WORSE[state] > WORSE[out.state] then out.state, out.reason = state, letter.reason or out.reason end
    end
    event.result = json.encode(out)
end

local function wait_online(bot, deadline)
    while not core.is_online(bot) and core.now() < deadline do bot:sleep(0.1) end
    return core.is_online(bot)
end

-- A room takes only what comes from inside. What is durable waits for it by itself where the configuration names it.
local function enter(bot, to, durable)
    if core.room_idle(bot, to) and durable then return true end
    if not core.is_online(bot) then return durable, "the bot is not online" end
    local room, err = bot:join(to)
    if room then return true end
    return durable and err.type == "wait", tostring(err)
end

local function give(bot, request, letter, stanza, durable)
    letter.state, letter.durable = "sending", durable
    proof.watch(bot, letter)
    letter.stanza = stanza
    local id, err = core.send(bot, stanza, durable and { durable = true, expires = request.expires } or nil)
    if letter.state ~= "sending" then return end -- the proof was faster
    letter.state, letter.reason = id and "accepted" or "failed", not id and tostring(err) or nil
end

local function send_to(bot, request, to, parts, list, durable)
    local kind = letters.kind_of(bot, to, request.as, core.is_online(bot))
    local may, why = true, nil
    if kind == "groupchat" then may, why = enter(bot, to, durable) end
    for i, part in ipairs(parts) do
        local letter = { to = to, id = ids.new(), kind = kind, batch = list.batch, state = "unsent" }
        list[#list + 1] = letter
        if may then
            give(bot, request, letter, letters.build(request, to, kind, part, i == 1, letter.id), durable)
        else
            letter.state, letter.reason = "failed", why
        end
    end
end

local function checked(request)
    for i, to in ipairs(request.to) do
        local prepared = jid.prep(to)
        if not prepared then return nil, ("'%s' is no address"):format(to) end
        request.to[i] = prepared
    end
    if not request.text and not request.subject and not (request.attach and request.attach[1]) then return nil, "there is nothing to send" end
    return true
end

local function send(event, request, list)
    local bot = event.bot
    local good, why = checked(request)
    if not good then return answer(event, list, why) end
    local durable, deadline = core.durable(bot) ~= nil, core.now() + (request.wait or WAIT)
    local needs_line = not durable or (request.attach and request.attach[1])
    if needs_line and not wait_online(bot, deadline) then return answer(event, list, "the bot is not online", "unsent") end
    local parts, err = letters.parts(bot, request, core.is_online(bot))
    if not parts then return answer(event, list, tostring(err)) end
    for _, to in ipairs(request.to) do send_to(bot, request, to, parts, list, durable) end
    answer(event, list)
    proof.wait(bot, list, deadline)
    answer(event, list)
end

--- Called by the runtime: sends, and waits for the proof.
---@param event couplet.Event
function M.send(event)
    local list = { batch = ids.new() }
    local request, err = json.decode(event.request)
    if not request then return answer(event, list, tostring(err)) end
    local ok, why = pcall(send, event, request, list)
    proof.forget(event.bot, list)
    kept = list
    if not ok then
        event.bot.log:error("couplet send: %s", why)
        answer(event, list, tostring(why))
    end
end

local function queue_anew(bot, request, list)
    local good, why = checked(request)
    if not good then return why end
    if request.attach and request.attach[1] then return "files can only be sent while the server is reached" end
    local parts = letters.parts(bot, request, false)
    for _, to in ipairs(request.to) do
        local kind = letters.kind_of(bot, to, request.as, false)
        for i, part in ipairs(parts) do
            local id = ids.new()
            list[#list + 1] = { to = to, id = id, kind = kind, state = "unsent", stanza = letters.build(request, to, kind, part, i == 1, id) }
        end
    end
end

local function queue(event, request, list)
    local why = #list == 0 and queue_anew(event.bot, request, list)
    if why then return answer(event, list, why) end
    for _, letter in ipairs(list) do
        if outcome(letter) == "unsent" or outcome(letter) == "unproven" then
            local id, err = core.send(event.bot, letter.stanza, { durable = true, expires = request.expires })
            letter.durable, letter.state, letter.reason = true, id and "accepted" or "failed", not id and tostring(err) or nil
        end
    end
    answer(event, list)
end

--- Called by the runtime: a room that something waits for in the outbox, and that the bot is not in.
---@param event couplet.Event
function M.enter(event)
    local room, err = event.bot:join(event.request)
    if not room then event.bot.log:warn("messages wait for %s, which is not entered: %s", event.request, err) end
end

--- Called by the runtime when there is no connection (any more): puts on disk what M.send did not bring to an end.
---@param event couplet.Event
function M.queue(event)
    local list = kept or {}
    local request = json.decode(event.request)
    local ok, why = pcall(queue, event, request, list)
    if not ok then
        event.bot.log:error("couplet send: %s", why)
        answer(event, list, tostring(why))
    end
end

return M
