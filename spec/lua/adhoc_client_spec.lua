-- SPDX-License-Identifier: MIT
local asking = require "spec.lua.asking"

local NS = "http://jabber.org/protocol/commands"

local function command(status, inside, attributes)
    return ("<iq type='result'><command xmlns='%s' node='config' sessionid='s1' status='%s' %s>%s</command></iq>"):format(
        NS, status, attributes or "", inside or "")
end

local FORM = "<x xmlns='jabber:x:data' type='form'><title>Set</title><field var='name' type='text-single'><required/></field>"
    .. "<field var='on' type='boolean'><value>0</value></field></x>"

describe("bot.adhoc", function()
    it("lists commands", function()
        local bot = asking.bot { "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#items' node='" .. NS .. "'>"
            .. "<item jid='a@b' node='list' name='List'/><item jid='a@b'/><item node='x'/><other/></query></iq>" }
        assert.same({ { jid = "a@b", node = "list", name = "List" } }, bot.adhoc:commands "a@b")
        assert.equal("<iq to='a@b' type='get'><query node='" .. NS .. "' xmlns='http://jabber.org/protocol/disco#items'/></iq>", asking.sent(bot))
    end)

    it("runs one stage after the other", function()
        local bot = asking.bot {
            command("executing", "<actions execute='complete'><prev/><next/><complete/></actions><note type='warn'>care</note>" .. FORM),
            command("executing", "<actions><prev/><next/></actions>" .. FORM), command("executing", FORM),
            command("completed", "<note>done</note><note type='odd'>well</note>"),
        }
        local session = assert(bot.adhoc:run("a@b", "config"))
        assert.equal("<iq to='a@b' type='set'><command action='execute' node='config' xmlns='" .. NS .. "'/></iq>", asking.sent(bot))
        assert.same({ prev = true, next = true, complete = true }, session.actions)
        assert.same({ "complete", "Set", "care" }, { session.default, session.form.title, session:text "warn" })

        local ok, err = session:next {}
        assert.is_nil(ok)
        assert.equal("name", err.extra.field)
        assert.equal(1, #bot.sent)

        assert.equal(session, session:next { name = "robo", on = true })
        assert.matches("<command action='next' node='config' sessionid='s1' xmlns='" .. NS .. "'><x type='submit' xmlns='jabber:x:data'>"
            .. "<field type='text%-single' var='name'><value>robo</value></field><field type='boolean' var='on'><value>1</value>", asking.sent(bot))
        ok, err = session:complete { name = "x" }
        assert.is_nil(ok)
        assert.matches("not possible", err.text)
        assert(session:prev())
        assert.matches("action='prev' node='config' sessionid='s1' xmlns='" .. NS .. "'/>", asking.sent(bot))
        assert.same({ complete = true }, session.actions) -- no <actions/>: one stage (3.4)
        assert(session:execute { name = "x" })
        assert.matches("action='complete'", asking.sent(bot))
        assert.same({ "completed", "done\nwell", {} }, { session.status, session:text(), session.actions })
        ok, err = session:next()
        assert.is_nil(ok)
        assert.matches("completed already", err.text)
        assert.is_true(session:cancel())
        assert.equal(4, #bot.sent)
    end)

    it("leaves a session as it was when a stage fails", function()
        local bot = asking.bot { command("executing", FORM), asking.failure "bad-request", command("canceled") }
        local session = assert(bot.adhoc:run("a@b", "config"))
        local ok, err = session:complete { name = "x" }
        assert.is_nil(ok)
        assert.equal("bad-request", err.condition)
        assert.same({ "executing", "Set" }, { session.status, session.form.title })
        assert.is_true(session:cancel())
        assert.matches("action='cancel'", asking.sent(bot))
        assert.equal("canceled", session.status)
    end)

    it("takes no answer of another command or session", function()
        local bot = asking.bot { command("executing", FORM), (command("completed"):gsub("s1", "s2")), (command("completed"):gsub("config", "other")) }
        local session = assert(bot.adhoc:run("a@b", "config"))
        assert.is_nil((session:complete { name = "x" }))
        assert.is_nil((session:complete { name = "x" }))
        assert.equal("executing", session.status)
    end)

    it("runs a command as a whole", function()
        local bot = asking.bot { command("executing", FORM), command("completed", "<note>ok</note>") }
        assert.equal("ok", bot.adhoc:call("a@b", "config", { name = "robo" }):text())
        bot = asking.bot { command("completed", "<note type='error'>no</note>") }
        local session, err = bot.adhoc:call("a@b", "config")
        assert.is_nil(session)
        assert.equal("no", err.text)
        bot = asking.bot { command("executing", FORM), command("completed") }
        session, err = bot.adhoc:call("a@b", "config", { name = "x", colour = "red" })
        assert.is_nil(session)
        assert.equal("colour", err.extra.field)
        bot = asking.bot { command("executing", FORM), command("canceled") }
        assert.is_nil((bot.adhoc:call("a@b", "config", {})))
        assert.matches("action='cancel'", asking.sent(bot))
    end)

    it("does not run a command without end", function()
        local answers = {}
        for i = 1, 50 do answers[i] = command("executing", FORM:gsub("<required/>", "")) end
        local bot = asking.bot(answers)
        local session, err = bot.adhoc:call("a@b", "config")
        assert.is_nil(session)
        assert.equal("policy-violation", err.condition)
        assert.is_true(#bot.sent < 30)
    end)

    it("survives every damaged answer", function()
        local xml = command("executing", "<actions execute='next'><next/></actions><note type='info'>x</note>" .. FORM)
        local function try(bot)
            local session = bot.adhoc:run("a@b", "config")
            if session then session:execute { name = "x" } end
            bot.adhoc:call("a@b", "config", { name = "x" })
            bot.adhoc:commands "a@b"
        end
        asking.try_damaged(xml, nil, try)
        asking.try_damaged(xml, nil, try, { xml })
    end)

    it("raises when it is misused", function()
        local bot = asking.bot {}
        assert.has_error(function() bot.adhoc:run("a@b") end)
        assert.has_error(function() bot.adhoc:commands(nil) end)
    end)
end)

describe("bot.admin", function()
    local function admin_command(node, status, inside)
        return (command(status, inside):gsub("node='config'", "node='http://jabber.org/protocol/admin#" .. node .. "'"))
    end

    it("has the commands of XEP-0133 by name", function()
        local bot = asking.bot({
            admin_command("add-user", "executing", "<x xmlns='jabber:x:data' type='form'><field var='accountjid' type='jid-single'><required/></field>"
                .. "<field var='password' type='text-private'/><field var='password-verify' type='text-private'/></x>"),
            admin_command("add-user", "completed", "<note>made</note>"),
        }, { jid = "bot@example.org/x" })
        assert.is_true(bot.admin:add_user("romeo@example.org", "secret"))
        assert.matches("to='example.org'", asking.sent(bot, 1))
        local text = asking.sent(bot)
        assert.matches("<field type='jid-single' var='accountjid'><value>romeo@example.org</value></field>", text, 1, true)
        assert.matches("<field type='text-private' var='password-verify'><value>secret</value></field>", text, 1, true)
    end)

    it("gives counts and lists", function()
        local function result(var, values)
            return "<x xmlns='jabber:x:data' type='result'><field var='" .. var .. "'>" .. values .. "</field></x>"
        end
        local bot = asking.bot {
            admin_command("get-online-users-num", "completed", result("onlineusersnum", "<value>42</value>")),
            admin_command("get-online-users-list", "completed", result("onlineuserjids", "<value>a@b</value><value>c@d</value>")),
            admin_command("get-online-users-list", "completed", result("other", "<value>a@b</value>")),
            admin_command("user-stats", "completed", result("rostersize", "<value>3</value>")),
            admin_command("announce", "completed", "<note type='error'>nobody listens</note>"),
        }
        assert.equal(42, bot.admin:get_online_users_num())
        assert.same({ "a@b", "c@d" }, bot.admin:at("b.example"):get_online_users_list())
        assert.matches("to='b.example'", asking.sent(bot))
        assert.is_nil((bot.admin:get_online_users_list()))
        assert.same({ rostersize = "3" }, bot.admin:user_stats "a@b")
        local ok, err = bot.admin:announce "hello"
        assert.is_nil(ok)
        assert.equal("nobody listens", err.text)
    end)

    it("tells what the service has", function()
        local bot = asking.bot { "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#items'>"
            .. "<item jid='example.org' node='http://jabber.org/protocol/admin#add-user'/><item jid='example.org' node='other'/></query></iq>" }
        assert.same({ add_user = true }, bot.admin:commands())
    end)

    it("raises when it is misused, and not for damaged answers", function()
        local bot = asking.bot {}
        assert.has_error(function() bot.admin.add_user("romeo@example.org") end)
        assert.has_error(function() bot.admin:delete_motd "what" end)
        local xml = admin_command("announce", "executing", FORM)
        asking.try_damaged(xml, nil, function(b) b.admin:announce "x" end)
        asking.try_damaged(admin_command("get-online-users-num", "completed", FORM), nil, function(b) b.admin:get_online_users_num() end)
    end)
end)
