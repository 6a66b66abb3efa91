-- SPDX-License-Identifier: MIT
-- couplet.alerts.text: how alerts read; and couplet.alerts, the handlers that say them.
local stand_in = require "spec.lua.stand_in"
local alerts = require "couplet.alerts"
local parse = require "couplet.alerts.parse"
local samples = require "spec.lua.samples"
local text = require "couplet.alerts.text"

local function alert(fields)
    local one = {
        source = "test", fingerprint = "f", status = "firing", severity = "critical", title = "DiskFull", labels = { instance = "db1" },
        annotations = { summary = "/var is full" },
    }
    for name, value in pairs(fields or {}) do one[name] = value end
    return one
end

describe("couplet.alerts.text", function()
    it("says one alert", function()
        assert.equal("🔥 critical DiskFull — /var is full\ninstance=db1", (text.render { alert() }))
        assert.equal("✅ DiskFull — /var is full\ninstance=db1", (text.render { alert { status = "resolved" } }))
        assert.equal("⚠️ warning DiskFull\nmore\nrunbook: https://wiki.example.org/x\nhttps://p.example.org/", (text.render { alert {
            severity = "warning", annotations = { runbook_url = "https://wiki.example.org/x" }, labels = { job = "node" }, text = "more",
            url = "https://p.example.org/",
        } }))
        assert.equal("push to main", (text.render { alert { status = "info", title = "push to main", annotations = {}, labels = {} } }))
        assert.equal("FIRING critical DiskFull — /var is full\ninstance=db1", (text.render({ alert() }, { icons = false })))
        assert.equal("🔥 critical DiskFull — /var is full", (text.render({ alert { url = "https://x.org" } }, { labels = { "cluster" }, links = false })))
    end)

    it("says a group in a line each", function()
        local group = assert(parse.alertmanager(samples.event "alertmanager"))
        assert.equal(table.concat({
            "🔥 2 firing: DiskFull cluster=berlin",
            "🔥 critical /var on db1 is 94 % full (instance=db1.example.org:9100 mountpoint=/var)",
            "⚠️ warning /srv on db2 is 91 % full (instance=db2.example.org:9100 mountpoint=/srv)",
            "https://alerts.example.org",
        }, "\n"), (text.render(group)))
        assert.matches("^🔥 1 firing, ✅ 1 resolved: DiskFull", (text.render(parse.alertmanager(samples.event "alertmanager_resolved"))))
    end)

    it("lists so many, and how many more", function()
        local list = { more = 5 }
        for i = 1, 30 do list[i] = alert { labels = { instance = "db" .. i } } end
        local body = text.render(list)
        assert.matches("\n… and 25 more$", body)
        assert.equal(12, select(2, body:gsub("\n", "\n")) + 1)
        assert.matches("\n… and 33 more$", (text.render(list, { limit = 2 })))
        for i = 1, 1000 do list[i] = alert { title = ("long "):rep(200) } end
        assert.is_true(#text.render(list, { limit = 1000 }) <= 8192)
    end)

    it("lets nothing from outside be more than text", function()
        local body = text.render { alert { title = "a\nb\u{202E}c\27[1m", url = "javascript:alert(1)", text = "x\n\n*y*\0", labels = { a = "b\nc" } } }
        assert.equal("🔥 critical a bc[1m — /var is full\nx\n\n*y*\na=b c", body)
        local _, how = text.render { alert() }
        assert.same({ styled = false }, how)
        local styled, more = text.render({ alert { title = "*a* <b>", text = "> q" } }, { style = "xhtml" })
        assert.matches("^🔥 critical \u{2060}%*a%* <b>", styled)
        assert.is_table(more.formatted)
        for _, url in ipairs { "https://x.org/a b", "http://user:pw@x.org/", "https://x.org/\n", "ftp://x.org", "https://x.org/\"", "data:text/html,x" } do
            assert.is_nil((text.render { alert { url = url } }):find("x.org", 1, true), url)
        end
    end)

    it("takes a template", function()
        local list = assert(parse.alertmanager(samples.event "alertmanager"))
        local with = {
            template = "{{ firing }}/{{ count }} {{ title | upper }}{% for a in alerts %} {{ a.labels.mountpoint }}{% end %} {{ payload.version }}",
        }
        local body, how = text.render(list, with)
        assert.equal("2/2 DISKFULL /var /srv 4", body)
        assert.same({ styled = false }, how)
        assert.equal(text.template(with), text.template(with))
        local path = os.tmpname()
        local file = assert(io.open(path, "w"))
        file:write "*{{ title }}*: {{ annotations.summary }}"
        file:close()
        body, how = text.render(list, { template_file = path, style = "styling" })
        assert.equal("*DiskFull*: /var on db1 is 94 % full", body)
        assert.same({}, how)
        os.remove(path)
        local none, err = text.render(list, { template_file = path })
        assert.is_nil(none)
        assert.matches("template_file: ", err.text)
        none, err = text.render(list, { template = "{{ x" })
        assert.is_nil(none)
        assert.matches("line 1, column 1", err.text)
    end)
end)

describe("couplet.alerts", function()
    local bot, event

    before_each(function()
        bot = stand_in.bot()
        event = samples.event("alertmanager", nil, { to = "ops@conference.example.org" })
        event.bot = bot
    end)

    it("says what came", function()
        assert.is_true(alerts.alertmanager(event))
        assert.equal("ops@conference.example.org", bot.sent[1].attr.to)
        assert.matches("^🔥 2 firing: DiskFull", bot.sent[1]:get_child_text "body")
    end)

    it("refuses what it cannot read", function()
        event.body = '{"alerts":[{"labels":1}]}'
        local done, err = alerts.alertmanager(event)
        assert.is_nil(done)
        assert.equal("bad-request", err.condition)
        assert.same({}, bot.sent)
    end)

    it("has a handler for each parser", function()
        for _, name in ipairs(parse.NAMES) do assert.is_function(alerts[name], name) end
    end)
end)
