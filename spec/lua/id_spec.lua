-- SPDX-License-Identifier: MIT
-- The module chooses its source when it is loaded, so each case loads it anew.
describe("couplet.id", function()
    local saved = {}

    before_each(function()
        for _, name in ipairs { "couplet.id", "couplet.core.random" } do
            saved[name] = { loaded = package.loaded[name], preload = package.preload[name] }
            package.loaded[name] = nil
        end
    end)

    after_each(function()
        for name, was in pairs(saved) do
            package.loaded[name], package.preload[name] = was.loaded, was.preload
        end
    end)

    it("makes ids of 120 random bits without the runtime", function()
        package.preload["couplet.core.random"] = function() error "no runtime" end
        local id = require "couplet.id"
        local seen, letters = {}, {}
        for _ = 1, 2000 do
            local new = id.new()
            assert.matches("^[%w_-]+$", new)
            assert.equal(20, #new)
            assert.is_nil(seen[new])
            seen[new] = true
            for letter in new:gmatch "." do letters[letter] = true end
        end
        local count = 0
        for _ in pairs(letters) do count = count + 1 end
        assert.equal(64, count)
    end)

    it("takes them from the runtime when there is one", function()
        package.preload["couplet.core.random"] = function() return { id = function() return "from-the-runtime" end } end
        assert.equal("from-the-runtime", require("couplet.id").new())
    end)
end)
