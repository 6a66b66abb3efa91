-- SPDX-License-Identifier: MIT
-- What `make install` puts where, and what systemd thinks of the unit.
local e2e = require "spec.e2e.harness"
local files = require "spec.files"

local EXPOSED_MOST = 20 -- tenths, of systemd-analyze's ten

local function run(command)
    local text, _, status = files.output(command .. " 2>&1")
    return status, text
end

local function installed(test)
    local dir, remove = e2e.folder {}
    local build = (os.getenv "COUPLET" or "build/couplet"):match "^(.*)/couplet$"
    -- What is built is there: nothing is built for this.
    local status, text = run(("make -o all install B='%s' PREFIX='%s/usr'"):format(build, dir))
    local ok, err = pcall(function()
        assert(status == 0, text)
        test(dir .. "/usr")
    end)
    remove()
    assert(ok, err)
end

describe("an installation", function()
    it("has the program, the unit and the types of the library", function()
        installed(function(usr)
            local status, version = run(usr .. "/bin/couplet --version")
            assert.equal(0, status)
            assert.matches("^couplet %d", version)
            local unit = files.read(usr .. "/lib/systemd/system/couplet.service")
            assert.matches("ExecStart=" .. usr .. "/bin/couplet run /etc/couplet/couplet.yaml\n", unit, 1, true)
            assert.matches("signal=HUP", files.read(usr .. "/share/couplet/logrotate.conf"), 1, true)
            assert(files.read(usr .. "/share/couplet/types/runtime.lua"))
        end)
    end)

    it("has a unit that systemd understands, and finds well locked up", function()
        if run "command -v systemd-analyze" ~= 0 then return pending "there is no systemd-analyze" end
        installed(function(usr)
            local unit = usr .. "/lib/systemd/system/couplet.service"
            local status, text = run("systemd-analyze verify --man=no " .. unit)
            assert.equal(0, status)
            assert.not_matches("couplet.service:", text, 1, true)
            status, text = run(("systemd-analyze security --offline=true --threshold=%d --no-pager %s"):format(EXPOSED_MOST, unit))
            assert(status == 0, text)
        end)
    end)
end)
