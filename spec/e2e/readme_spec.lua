-- SPDX-License-Identifier: MIT
-- What the README shows is true: its bot passes `couplet check`, and its typing mistake gets the message that stands there.
local files = require "spec.files"
local PROGRAM = os.getenv "COUPLET" or "build/couplet"

local function run(command)
    local text, _, status = files.output(command .. " 2>&1")
    return text, status
end

describe("the README", function()
    local readme, dir = files.read "README.md", nil

    setup(function()
        dir = run "mktemp -d":match "%S+"
        run(("mkdir %s/config %s/bots"):format(dir, dir))
        files.write(dir .. "/config/echo.yaml", readme:match "```yaml\n(.-)```")
        files.write(dir .. "/bots/echo.lua", readme:match "```lua\n(.-)```")
    end)

    teardown(function() run("rm -rf " .. dir) end)

    local function check()
        return run(("p=$(realpath %s); cd %s && ECHO_PASSWORD=x $p check config/echo.yaml"):format(PROGRAM, dir))
    end

    it("shows a bot that passes the check, with these words", function()
        local text, status = check()
        assert.equal(0, status)
        assert.truthy(readme:find(text, 1, true), text)
    end)

    it("shows the message of a typing mistake as it is", function()
        files.write(dir .. "/config/echo.yaml", (readme:match "```yaml\n(.-)```":gsub("event: message", "event: mesage")))
        local text, status = check()
        assert.equal(78, status)
        assert.truthy(readme:find(text, 1, true), text)
    end)
end)
