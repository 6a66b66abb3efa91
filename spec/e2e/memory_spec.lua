-- SPDX-License-Identifier: MIT
-- What an idle bot holds: at most 8 MiB with TLS, and none of the libraries that only other bots need.
local e2e = require "spec.e2e.harness"
local files = require "spec.files"

local MOST_KIB = 8192
local LATER = { "libm", "libidn", "libidn2", "libunistring", "libyaml", "libcares", "libcurl", "libwslay", "libhttp_parser",
    "libmicrohttpd", "libgnutls", "libunbound", "libevent", "libnettle" }

local function bot(script)
    return {
        bots = "  echo:\n    @account echo\n    hooks:\n      - { event: message, call: tell.say }\n",
        scripts = { ["tell.lua"] = "local M = {}\nfunction M.say(event) " .. script .. " end\nreturn M\n" },
    }
end

describe("memory", function()
    -- The instrumented program is of another size.
    local is_plain = not (os.getenv "COUPLET" or ""):find("/san/", 1, true)

    it("is at most 8 MiB for an idle bot with TLS, without the libraries of others", function()
        e2e.with(bot "return event.body", function(world)
            local romeo = world:human "romeo"
            romeo:say("echo@localhost", "are you there?")
            romeo:expect { from = "^echo@localhost/", body = "are you there?" }
            if not is_plain then return end
            local kib = tonumber(files.read("/proc/" .. world.bots.pid .. "/status"):match "VmRSS:%s*(%d+)")
            assert(kib <= MOST_KIB, kib .. " KiB are resident")
            for _, library in ipairs(LATER) do
                assert(not world:has_loaded(library), library .. " is loaded")
            end
        end)
    end)

    it("has libm when a script computes", function()
        e2e.with(bot "return ('%.3f'):format((#event.body) ^ 0.5)", function(world)
            local romeo = world:human "romeo"
            romeo:say("echo@localhost", "ab")
            romeo:expect { from = "^echo@localhost/", body = "1.414" }
            assert(world:has_loaded "libm")
        end)
    end)
end)
