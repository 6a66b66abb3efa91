-- SPDX-License-Identifier: MIT
-- `bookmarks: true`: the bot is where the account's bookmarks say, and follows what other clients change in them (XEP-0402 3.2, 4).
local errors = require "couplet.errors"
local muc_scene = require "spec.lua.muc_scene"

local DEN, ATTIC, HOME = "den@rooms.example.org", "attic@rooms.example.org", "home@rooms.example.org"
local ITEM = "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/><status code='110'/></x>"

local function item(id, attr, inner)
    return ("<item id='%s'><conference xmlns='urn:xmpp:bookmarks:1' %s>%s</conference></item>"):format(id, attr or "", inner or "")
end

describe("the account's bookmarks", function()
    local scene, autojoin, kept, joins

    before_each(function()
        scene = muc_scene.start { { jid = HOME, nick = "robo" } }
        scene.features.bookmarks = true
        autojoin = require "couplet.xep.muc_autojoin"
        kept, joins = "", {}
        scene.answer = function(iq)
            local text = tostring(scene.st.clone(iq))
            if text:find("disco#info", 1, true) then
                return scene.st.clone(muc_scene.parse("<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'>"
                    .. "<feature var='http://jabber.org/protocol/pubsub#publish-options'/></query></iq>"))
            end
            if kept == nil then return nil, errors.new "remote-server-timeout" end
            return scene.st.clone(muc_scene.parse(("<iq type='result'><pubsub xmlns='http://jabber.org/protocol/pubsub'>"
                .. "<items node='urn:xmpp:bookmarks:1'>%s</items></pubsub></iq>"):format(kept)))
        end
        local join = scene.join
        scene.join = function(bot, room, options)
            joins[#joins + 1] = ("%s %s %s"):format(room:match "^%w+", options.nick, options.password)
            return join(bot, room, options)
        end
        scene.bot.log = setmetatable({}, { __index = function() return function() end end })
    end)

    after_each(function() scene:stop() end)

    local function online()
        autojoin.enter(scene.bot)
    end

    -- Only tasks that are due at once.
    local function settle()
        for _ = 1, 50 do
            local is_due
            for _, timer in ipairs(scene.timers) do is_due = is_due or timer.is_live and timer.due == 0 end
            if not is_due then return end
            scene:fire()
        end
    end

    local function event(kind, fields)
        return {
            bot = scene.bot, kind = kind, from = fields.from or "robo@example.org", node = fields.node or "urn:xmpp:bookmarks:1", item = fields.item,
        }
    end

    local function changed(xml, fields)
        fields = fields or {}
        local element = scene.st.clone(muc_scene.parse(xml))
        fields.item = { id = element.attr.id, payload = element.tags[1] }
        autojoin.on_item(event("pubsub.item", fields))
        settle()
    end

    local function retracted(id, fields)
        fields = fields or {}
        fields.item = { id = id }
        autojoin.on_retract(event("pubsub.retract", fields))
        settle()
    end

    local function let_in(room, nick) scene:presence(("<presence from='%s/%s'>%s</presence>"):format(room, nick, ITEM)) end

    it("bring it into rooms that others add, under that nick, with that password, once", function()
        online()
        changed(item(DEN, "autojoin='true'", "<nick>bat</nick><password>sesame</password>"))
        changed(item(DEN, "autojoin='true' name='Den'", "<nick>bat</nick><password>sesame</password>"))
        changed(item(ATTIC, "autojoin='1'"))
        changed(item("cellar@rooms.example.org", "autojoin='false'"))
        changed(item("loft@rooms.example.org"))
        assert.same({ "den bat sesame", "attic robo nil" }, joins)
    end)

    it("bring it out of rooms", function()
        kept = item(DEN, "autojoin='true'") .. item(ATTIC, "autojoin='true'")
        online()
        settle()
        let_in(DEN, "robo")
        let_in(ATTIC, "robo")
        assert.equal("joined", scene:state(DEN))
        changed(item(DEN, "autojoin='false'"))
        assert.equal("left", scene:state(DEN))
        retracted(ATTIC)
        assert.equal("left", scene:state(ATTIC))
        retracted(ATTIC)
        assert.matches("attic.*unavailable", scene:last())
        changed(item(ATTIC, "autojoin='true'"))
        assert.equal("joining", scene:state(ATTIC))
    end)

    it("do nothing to rooms of the configuration", function()
        scene.muc.on_bound(scene.bot)
        let_in(HOME, "robo")
        kept = item(HOME, "autojoin='true'", "<nick>other</nick>")
        online()
        changed(item(HOME, "autojoin='true'", "<nick>another</nick>"))
        changed(item(HOME, "autojoin='false'"))
        retracted(HOME)
        changed(item(HOME, "autojoin='true'"))
        retracted(HOME)
        assert.same({}, joins)
        assert.equal("joined", scene:state(HOME))
        assert.equal("robo", scene.rooms[HOME].nick)
    end)

    it("leave a script's own rooms their nick, but not for ever", function()
        online()
        scene.bot:join(DEN, { nick = "mine" })
        let_in(DEN, "mine")
        changed(item(DEN, "autojoin='true'", "<nick>theirs</nick>"))
        assert.same({ "den mine nil" }, joins)
        changed(item(DEN, "autojoin='false'"))
        assert.equal("left", scene:state(DEN))
    end)

    it("change the nick where they brought it in, and try another password", function()
        kept = item(DEN, "autojoin='true'", "<nick>bat</nick>")
        scene.waits = function() let_in(DEN, "bat") end -- where handlers wait, the room answers
        online()
        settle()
        assert.equal("joined", scene:state(DEN))
        scene.waits = function() end
        local asked
        local room = scene.rooms[DEN]
        rawset(room, "change_nick", function(_, nick) asked = nick return room end)
        changed(item(DEN, "autojoin='true'", "<nick>owl</nick>"))
        assert.equal("owl", asked)
    end)

    it("are tried again where the room could not be had yet", function()
        kept = item(DEN, "autojoin='true'")
        local condition = "service-unavailable"
        scene.waits = function()
            scene:presence(("<presence type='error' from='%s'><error type='cancel'><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>")
                :format(DEN, condition))
        end
        online()
        settle()
        assert.is_nil(scene:state(DEN))
        assert.is_true(scene:fire() > 0)
        condition = "not-authorized" -- time does not help
        settle()
        assert.same({ "den robo nil", "den robo nil" }, joins)
        assert.is_nil(scene:fire())
        condition = "conflict-of-some-kind"
        changed(item(DEN, "autojoin='true'", "<nick>bat</nick>"))
        condition = "service-unavailable"
        changed(item(DEN, "autojoin='true'", "<nick>owl</nick>"))
        changed(item(DEN, "autojoin='false'"))
        scene:fire()
        settle()
        assert.equal(4, #joins)
    end)

    it("are read again where the server was slow", function()
        kept = nil
        online()
        kept = item(DEN, "autojoin='true'")
        assert.is_true((scene:fire() or 0) > 0)
        settle()
        assert.same({ "den robo nil" }, joins)
    end)

    it("are not followed where the bot changes them by itself", function()
        online()
        local muc = require("couplet.xep.muc_bookmarks").attach(scene.bot)
        scene.bot:join(DEN, { nick = "mine" })
        let_in(DEN, "mine")
        assert.is_true(muc:bookmark(DEN, { nick = "mine" }))
        changed(item(DEN, "autojoin='true'", "<nick>mine</nick>"))
        assert.is_true(muc:bookmark(DEN, { autojoin = false }))
        changed(item(DEN, "autojoin='false'"))
        assert.is_true(muc:forget(DEN))
        retracted(DEN)
        assert.is_true(muc:bookmark(ATTIC))
        changed(item(ATTIC, "autojoin='true'"))
        assert.same({ "den mine nil" }, joins)
        assert.equal("joined", scene:state(DEN))
        kept = nil -- the server says no: it was not changed
        assert.is_nil((muc:forget(ATTIC)))
        retracted(ATTIC)
        changed(item(ATTIC, "autojoin='true'"))
        assert.same({ "den mine nil", "attic robo nil" }, joins)
    end)

    it("are compared in a new session with what they were", function()
        kept = item(DEN, "autojoin='true'") .. item(ATTIC, "autojoin='true'")
        online()
        settle()
        let_in(DEN, "robo")
        let_in(ATTIC, "robo")
        kept = item(DEN, "autojoin='true'") .. item("loft@rooms.example.org", "autojoin='true'")
        online()
        settle()
        assert.equal("left", scene:state(ATTIC))
        assert.equal("joined", scene:state(DEN))
        assert.same({ "loft robo nil" }, { table.unpack(joins, 3) })
        kept = nil -- not to be had: as before
        online()
        settle()
        retracted(DEN)
        assert.equal("left", scene:state(DEN))
    end)

    it("are what the account's own bare JID says, of that node alone", function()
        online()
        for _, from in ipairs { "mallory@example.com", "robo@example.org/other", "example.org", "robo@example.org.evil", "@" } do
            changed(item(DEN, "autojoin='true'"), { from = from })
        end
        changed(item(DEN, "autojoin='true'"), { node = "urn:other" })
        assert.same({}, joins)
        changed(item(DEN, "autojoin='true'"))
        retracted(DEN, { from = "mallory@example.com" })
        retracted(DEN, { node = "urn:other" })
        assert.equal("joining", scene:state(DEN))
    end)

    it("are not followed before they are known", function()
        changed(item(DEN, "autojoin='true'"))
        retracted(DEN)
        assert.same({}, joins)
    end)

    it("may be many, odd and endless", function()
        online()
        for _, xml in ipairs {
            "<item/>", "<item id='den@rooms.example.org'/>", item("", "autojoin='true'"), item("rooms.example.org", "autojoin='true'"),
            item("a@b/c", "autojoin='true'"), item("@@", "autojoin='true'"), "<item id='a@b'><conference xmlns='urn:x' autojoin='true'/></item>",
            "<item id='a@b'><other xmlns='urn:xmpp:bookmarks:1' autojoin='true'/></item>", item(DEN, "autojoin='TRUE'"),
            item(("x"):rep(70000) .. "@b", "autojoin='true'"),
        } do changed(xml) end
        for _, id in ipairs { "", "@", "a@b/c", ("x"):rep(70000) } do retracted(id) end
        autojoin.on_item(event("pubsub.item", {}))
        autojoin.on_retract(event("pubsub.retract", {}))
        autojoin.on_retract(event("pubsub.retract", { item = {} }))
        assert.same({}, joins)
        changed(item(DEN, "autojoin='true'", "<nick>" .. ("x"):rep(70000) .. "</nick><password>" .. ("x"):rep(70000) .. "</password>"))
        changed(item(ATTIC, "autojoin='true'", "<nick></nick><nick>two</nick><password><b/></password>"))
        assert.same({ "den robo nil", "attic robo nil" }, joins)
        for i = 1, 1000 do changed(item(("room%d@rooms.example.org"):format(i), "autojoin='true'")) end
        assert.equal(200, #joins)
    end)

    it("keep one task a room busy, however often they change", function()
        online()
        local tasks = 0
        local after = scene.bot.after
        scene.bot.after = function(bot, seconds, f)
            if seconds == 0 then tasks = tasks + 1 end
            return after(bot, seconds, f)
        end
        for i = 1, 1000 do
            local element = scene.st.clone(muc_scene.parse(item(DEN, "autojoin='true'", "<nick>n" .. i .. "</nick>")))
            autojoin.on_item(event("pubsub.item", { item = { id = DEN, payload = element.tags[1] } }))
        end
        settle()
        assert.equal(1, tasks)
        assert.same({ "den n1000 nil" }, joins)
    end)
end)
