-- SPDX-License-Identifier: MIT
local datetime = require "couplet.datetime"

describe("couplet.datetime", function()
    it("writes times", function()
        assert.equal("1970-01-01T00:00:00Z", datetime.datetime(0))
        assert.equal("2026-11-21T12:30:05Z", datetime.datetime(1795264205))
        assert.equal("1969-12-31T23:59:59Z", datetime.datetime(-1))
        assert.equal("2000-02-29T00:00:00Z", datetime.datetime(951782400.9))
        assert.equal("2000-02-29", datetime.date(951782400))
        assert.equal("12:30:05", datetime.time(1795264205))
        assert.equal("20261121T12:30:05", datetime.legacy(1795264205))
        assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", datetime.datetime())
    end)

    it("reads what XEP-0082 shows", function()
        assert.equal(-14161320, datetime.parse "1969-07-21T02:18:00Z")
        assert.equal(datetime.parse "1969-07-21T02:56:15Z", datetime.parse "1969-07-20T21:56:15-05:00")
        assert.equal(0.5, datetime.parse "1970-01-01T00:00:00.500Z")
        assert.equal(1031600662, datetime.parse "20020909T19:44:22")
    end)

    it("goes there and back over 800 years", function()
        for seconds = -12000000000, 13000000000, 7654321 do
            assert.equal(seconds, datetime.parse(datetime.datetime(seconds)))
        end
    end)

    it("refuses what is no time", function()
        for _, text in ipairs {
            "", "yesterday", "2026-11-21", "2026-11-21T12:30", "2026-11-21T12:30:00", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
            "2026-11-00T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T00:60:00Z", "2026-11-21T00:00:61Z", "2026-11-21T00:00:00+1:00",
            "2026-11-21T00:00:00.Z", "2026-11-21T00:00:00.1.2Z", "2026-11-21T00:00:00Zjunk", "2026-11-21T00:00:00+25:00",
            " 2026-11-21T00:00:00Z", "2026-11-21T00:00:00" .. ("0"):rep(100) .. "Z",
        } do
            assert.is_nil(datetime.parse(text), text)
        end
        assert.is_nil(datetime.parse(nil))
        assert.is_nil(datetime.parse {})
    end)

    it("tells what clocks show in a time zone", function()
        local shows = datetime.local_time(1782856800, "Europe/Berlin")
        assert.same({
            year = 2026, month = 7, day = 1, hour = 0, min = 0, sec = 0, wday = 4, yday = 182, isdst = true, offset = 7200, zone = "CEST",
        }, shows)
        assert.equal("22:00", ("%d:%02d"):format(datetime.local_time(1782856800.5, "UTC").hour, 0))
        assert.equal(19800, datetime.local_time(0, "Asia/Kolkata").offset)
        assert.equal(os.date("*t", 1782856800).hour, datetime.local_time(1782856800).hour)
        assert.is_table(datetime.local_time(nil, "Pacific/Apia"))
    end)

    it("keeps many zones apart", function()
        for _ = 1, 3 do
            for hours = 1, 12 do
                assert.equal(-hours * 3600, datetime.local_time(0, "Etc/GMT+" .. hours).offset)
                assert.equal(hours * 3600, datetime.local_time(0, "Etc/GMT-" .. hours).offset)
            end
        end
    end)

    it("knows when a pattern of cron comes next", function()
        assert.equal(datetime.parse "2026-03-29T01:00:00Z", datetime.next("30 2 * * *", "Europe/Berlin", datetime.parse "2026-03-28T12:00:00Z"))
        assert.is_true(datetime.next("* * * * *") - os.time() <= 60)
    end)

    it("refuses zones and patterns that are none", function()
        for _, zone in ipairs { "Europe/Berlim", "", "/etc/localtime", "../localtime", "CET-1" } do
            local shows, err = datetime.local_time(0, zone)
            assert.is_nil(shows, zone)
            assert.matches("^there is no time zone '", err.text)
        end
        local at, err = datetime.next("0 25 * * *", "UTC")
        assert.is_nil(at)
        assert.equal("hour: '25' is no number from 0 to 23", err.text)
        assert.is_nil(datetime.next("@daily", "Nowhere"))
        assert.has_error(function() datetime.local_time(1e300) end)
        assert.has_error(function() datetime.local_time(0 / 0) end)
    end)

    it("reads offsets", function()
        assert.equal(0, datetime.parse_offset "Z")
        assert.equal(3600, datetime.parse_offset "+01:00")
        assert.equal(-12600, datetime.parse_offset "-03:30")
        assert.is_nil(datetime.parse_offset "01:00")
        assert.is_nil(datetime.parse_offset "+24:00")
    end)
end)
