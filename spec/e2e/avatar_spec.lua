-- SPDX-License-Identifier: MIT
-- The hash of the bot's picture is in its presence, to contacts and to rooms, whoever sets it and whenever (XEP-0153): on a server that
-- puts it in by itself (Prosody, XEP-0398), and on one that leaves it to the clients (ejabberd without mod_vcard_xupdate).
local e2e = require "spec.e2e.harness"

local ROOM = "gallery@conference.localhost"
local SCRIPTS = {
    ["painter.lua"] = [=[
local M = {}
local function picture(word) return "\137PNG\r\n\26\n\0\0\0\13IHDR\0\0\0\1\0\0\0\2\8\6\0\0\0" .. word end
function M.paint(event) return "painted " .. assert(event.bot.avatar:set(picture(event.captures[1]), { vcard = true })) end
function M.clear(event) return "cleared " .. tostring(event.bot.avatar:clear { vcard = true }) end
return M
]=],
}
local BOTS = [[
  painter:
    @account painter
    rooms: [gallery@conference.localhost]
    subscriptions: { accept: all }
    hooks:
      - { event: message, type: chat, body: "^paint (%w+)$", call: painter.paint }
      - { event: message, type: chat, body: "^clear$", call: painter.clear }
]]

e2e.each_server(describe, "a picture", function(kind)
    local world, romeo
    local id

    setup(function()
        world = e2e.start { kind = kind, scripts = SCRIPTS, bots = BOTS, top = "storage: kept" }
        romeo = world:human "romeo"
        romeo:join(ROOM, "romeo")
        romeo:presence { to = "painter@localhost", type = "subscribe" }
        romeo:expect { event = "presence", from = "^painter@localhost/" }
    end)

    teardown(function() world:stop() end)

    local function pattern_of(photo) return ('^.*<x xmlns="vcard%%-temp:x:update"><photo>%s</photo></x>'):format(photo) end

    local function is_told(photo)
        romeo:expect { event = "presence", from = "^painter@localhost/", type = false, xml = pattern_of(photo) }
        romeo:expect { event = "presence", from = ROOM .. "/painter", type = false, xml = pattern_of(photo) }
    end

    it("is told to contacts and rooms", function()
        romeo:say("painter@localhost", "paint dawn")
        id = romeo:expect({ body = "^painted " }).body:match "%x+$"
        is_told(id)
    end)

    it("is told by the next process, too", function()
        world.bots:kill "sigkill"
        world.bots:join()
        romeo:sync()
        romeo.waiting = {} -- whatever is told from now on the next one tells
        world:run_bots()
        is_told(id)
    end)

    it("is another when another client of the account has changed it", function()
        local twin = world:human "painter"
        local card = "<vCard xmlns='vcard-temp'><FN>Painter</FN><PHOTO><TYPE>image/png</TYPE><BINVAL>bm9vbg==</BINVAL></PHOTO></vCard>"
        twin:raw("<iq type='set' id='card'>" .. card .. "</iq>")
        twin:expect { event = "iq", id = "card", type = "result" }
        id = "c1e8ec032ee0153a3b7b2f4333d37af6f57db0c1" -- of "noon"
        twin:raw(("<presence><x xmlns='vcard-temp:x:update'><photo>%s</photo></x></presence>"):format(id))
        romeo:expect { event = "presence", from = ROOM .. "/painter", type = false, xml = pattern_of(id) }
        if kind == "ejabberd" then -- it had said that it knows of none, since the other client said nothing at first
            romeo:expect { event = "presence", from = "^painter@localhost/", xml = '^.*<x xmlns="vcard%-temp:x:update" />' }
        end
        twin:close()
    end)

    it("is gone when it is taken away", function()
        romeo:say("painter@localhost", "clear")
        romeo:expect { body = "cleared true" }
        romeo:expect { event = "presence", from = "^painter@localhost/", type = false, xml = '^.*update"><photo ?/></x>' }
        romeo:expect { event = "presence", from = ROOM .. "/painter", type = false, xml = '^.*update"><photo ?/></x>' }
    end)
end)
