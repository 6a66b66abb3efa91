-- SPDX-License-Identifier: MIT
-- gateway: a component's many addresses. Whoever writes to shout@, whisper@ or backwards@ gets their words back that
-- way; each address can be added to a roster, tells who it is (XEP-0030), and answers for itself alone.
local jid = require "couplet.jid"

local M = {}

local voices = {
    shout = { name = "Shouting", say = string.upper },
    whisper = { name = "Whispering", say = string.lower },
    backwards = {
        name = "Talking backwards",
        say = function(text) -- letter by letter, not byte by byte
            local letters = {}
            for letter in text:gmatch(utf8.charpattern) do table.insert(letters, 1, letter) end
            return table.concat(letters)
        end,
    },
}

local function voice_of(event) return voices[jid.node(event.to) or ""] end

--- The answer comes from the address that was asked.
function M.say(event)
    local voice = voice_of(event)
    if not voice then return "Nobody lives here. Try shout@, whisper@ or backwards@" .. jid.host(event.to) end
    return voice.say(event.body)
end

--- Accepts a request to see an address's presence, and shows it.
function M.accept(event)
    if not voice_of(event) then return nil end
    local us, who = jid.bare(event.to), jid.bare(event.from)
    event.bot:send { name = "presence", attr = { from = us, to = who, type = "subscribed" } }
    event.bot:send { name = "presence", attr = { from = us, to = who } }
    return true
end

function M.info(event)
    local voice = voice_of(event)
    if not voice and jid.node(event.to) then
        return nil, { type = "cancel", condition = "item-not-found", text = "nobody lives here" }
    end
    return {
        name = "query",
        attr = { xmlns = "http://jabber.org/protocol/disco#info" },
        { name = "identity", attr = { category = "gateway", type = "voice", name = voice and voice.name or "Voices" } },
        { name = "feature", attr = { var = "http://jabber.org/protocol/disco#info" } },
    }
end

return M
