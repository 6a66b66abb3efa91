-- SPDX-License-Identifier: MIT
local errors = require "couplet.errors"
local muc_scene = require "spec.lua.muc_scene"

local FEATURE = "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'><feature var='%s'/></query></iq>"
local OPTIONS = "http://jabber.org/protocol/pubsub#publish-options"

local function items(inner)
    return "<iq type='result'><pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:bookmarks:1'>" .. inner .. "</items></pubsub></iq>"
end

local function item(id, attr, inner)
    return ("<item id='%s'><conference xmlns='urn:xmpp:bookmarks:1' %s>%s</conference></item>"):format(id, attr or "", inner or "")
end

describe("bookmarks", function()
    local scene, muc, kept, feature, refuse

    before_each(function()
        scene = muc_scene.start()
        muc = require("couplet.xep.muc_bookmarks").attach(scene.bot)
        kept, feature, refuse = "", OPTIONS, nil
        scene.answer = function(iq)
            local text = tostring(scene.st.clone(iq))
            if text:find("disco#info", 1, true) then return scene.st.clone(muc_scene.parse(FEATURE:format(feature))) end
            if text:find("<items", 1, true) then return scene.st.clone(muc_scene.parse(items(kept))) end
            local condition = refuse and refuse(text)
            if condition then return nil, errors.new(condition) end
            return scene.st.clone(muc_scene.parse "<iq type='result'/>")
        end
    end)

    after_each(function() scene:stop() end)

    local function published()
        local list = {}
        for _, stanza in ipairs(scene.sent) do
            local text = tostring(scene.st.clone(stanza)):gsub('"', "'")
            if text:find("<publish ", 1, true) then list[#list + 1] = text end
        end
        return list
    end

    it("are published for the account alone", function()
        assert.is_true(muc:bookmark("Den@rooms.example.org", { nick = "robo", password = "sesame", name = "Den" }))
        local text = published()[1]
        assert.matches("<item id='den@rooms.example.org'>", text, 1, true)
        assert.matches("access_model'><value>whitelist</value>", text, 1, true)
        assert.matches("<nick>robo</nick><password>sesame</password>", text, 1, true)
    end)

    it("are not published where the server does not promise that", function()
        feature = "urn:x"
        local ok, err = muc:bookmark "den@rooms.example.org"
        assert.is_nil(ok)
        assert.equal("feature-not-implemented", err.condition)
        assert.same({}, published())
    end)

    it("are published under fewer conditions where the server knows no more, but never without that one", function()
        refuse = function(text) return text:find("publish%-options.-max_items") and "resource-constraint" end
        assert.is_true(muc:bookmark "den@rooms.example.org")
        refuse = function() return "conflict" end
        assert.is_nil((muc:bookmark "den@rooms.example.org"))
        assert.equal(3, #published())
        for _, text in ipairs(published()) do assert.matches("access_model'><value>whitelist</value>", text, 1, true) end
    end)

    it("go to a node that others may read only once it is as it must be", function()
        local is_open, answer = true, scene.answer
        local form = "<iq type='result'><pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><configure><x xmlns='jabber:x:data' type='form'>"
            .. "<field var='pubsub#access_model' type='text-single'><value>open</value></field>"
            .. "<field var='pubsub#persist_items' type='boolean'/><field var='pubsub#send_last_published_item' type='text-single'/>"
            .. "<field var='pubsub#max_items' type='text-single'/></x></configure></pubsub></iq>"
        scene.answer = function(iq)
            local text = tostring(scene.st.clone(iq)):gsub('"', "'")
            if text:find("<configure", 1, true) and iq.attr.type == "get" then return scene.st.clone(muc_scene.parse(form)) end
            if text:find "<configure.-<value>whitelist</value>" then is_open = false end
            if text:find("<publish ", 1, true) and is_open then return nil, errors.new "conflict" end
            return answer(iq)
        end
        assert.is_true(muc:bookmark "den@rooms.example.org")
        assert.is_false(is_open)
        assert.equal(2, #published())
    end)

    it("keep what other clients put in", function()
        kept = item("den@rooms.example.org", "", "<extensions><state xmlns='urn:x' minimized='true'/></extensions>")
        assert.is_true(muc:bookmark("den@rooms.example.org", { name = "New" }))
        assert.matches("minimized='true'", published()[1], 1, true)
    end)

    it("are read, whatever is among them", function()
        kept = item("den@rooms.example.org", "autojoin='1' name='Den'", "<nick>robo</nick>") .. item("attic@rooms.example.org", "autojoin='yes'")
            .. "<item/><item id='cellar@rooms.example.org'/>" .. item("", "") .. item("rooms.example.org", "") .. item("a@b/c", "") .. item("@@", "")
        assert.same({
            { room = "den@rooms.example.org", name = "Den", nick = "robo", autojoin = true },
            { room = "attic@rooms.example.org", autojoin = false },
        }, muc:bookmarks())
        kept = item("den@rooms.example.org"):rep(1000)
        assert.equal(200, #muc:bookmarks())
        scene.answer = function() return nil, errors.new "item-not-found" end
        assert.same({}, muc:bookmarks())
        scene.answer = function() return nil, errors.new "forbidden" end
        assert.is_nil((muc:bookmarks()))
        scene.answer = function() return scene.st.clone { name = "iq", attr = {} } end
        assert.same({}, muc:bookmarks())
    end)

    it("with autojoin are entered when the bot is online", function()
        kept = item("den@rooms.example.org", "autojoin='true'", "<nick>bat</nick>") .. item("attic@rooms.example.org")
        scene.muc.on_online(scene.bot)
        while scene:fire() do
            if scene.rooms["den@rooms.example.org"] then break end
        end
        assert.matches("den@rooms.example.org/bat", scene:last(), 1, true)
        assert.is_nil(scene.rooms["attic@rooms.example.org"])
    end)

    it("are forgotten", function()
        assert.is_true(muc:forget "Den@rooms.example.org")
        assert.matches("retract", scene:last())
        assert.matches("den@rooms.example.org", scene:last(), 1, true)
        assert.error(function() muc:bookmark "a@b/c" end)
    end)
end)
