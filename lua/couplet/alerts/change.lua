-- SPDX-License-Identifier: MIT
-- change: records that change together, and what is said with them: one transaction on disk, undone when the disk does not take it.
--
--   local change = st:change()      change:put(key, record)      change:say(to, text, options)      change:commit()
--
-- Records change at once; until the disk has them they are `busy`, and who would decide by them waits (st:settled).
local core = require "couplet.core.bot"
local errors = require "couplet.errors"

local coroutine, ipairs, pairs, setmetatable, tostring, type = coroutine, ipairs, pairs, setmetatable, tostring, type

local M = {}

---@class couplet.alerts.Change
---@field st couplet.alerts.State
---@field was table<string, any> for undo
---@field out table[]
---@field hold function[]
---@field back function[]
---@field is_under_way boolean|nil to the disk
---@field is_over boolean|nil
local change_mt = {}
change_mt.__index = change_mt

---@param st couplet.alerts.State
---@return couplet.alerts.Change
function M.new(st) return setmetatable({ st = st, was = {}, out = {}, hold = {}, back = {} }, change_mt) end

function change_mt:put(key, value)
    if self.was[key] == nil then
        self.was[key] = self.st:get(key) or false
    end
    self.st:put(key, value)
end

--- A message that goes with this change.
function change_mt:say(to, text, message) self.out[#self.out + 1] = { to = to, text = text, message = message } end

--- f is called once the change is made for good.
function change_mt:after(f) self.hold[#self.hold + 1] = f end

--- f is called where it is undone.
function change_mt:otherwise(f) self.back[#self.back + 1] = f end

function change_mt:undo()
    for key, was in pairs(self.was) do self.st:put(key, was or nil) end
    for _, f in ipairs(self.back) do f(self.st) end
end

--- local change <close> = st:change(): also a handler that fails or is stopped in the midst of it leaves nothing half done, which
--- would be taken for said when it comes again.
function change_mt:__close()
    if self.is_over then return end
    self:undo()
    if self.is_under_way then self:set_busy(nil) end
end

-- Said already, by somebody who was killed before the change was on disk: the same id is the same message.
local function is_known(err) return type(err) == "table" and err.condition == "conflict" end

local function say(bot, item)
    local id, err = bot:say(item.to, item.text, item.message)
    if id or is_known(err) then return item.message.id or id end
    return nil, err
end

-- Nothing waits within a coroutine of our own, so that all of it goes to the disk in one turn; the last one waits.
---@param bot couplet.Bot
---@param out { to: string, text: string, message: table }[]
function M.say_all(bot, out)
    for i = 1, #out - 1 do
        local ok, id, err = coroutine.resume(coroutine.create(say), bot, out[i])
        if not ok then return nil, errors.new("internal-server-error", tostring(id)) end
        if not id then return nil, err end
    end
    if #out == 0 then return true end
    return say(bot, out[#out])
end

function change_mt:set_busy(is_busy)
    local st = self.st
    for key in pairs(self.was) do
        st.busy[key] = is_busy
        if not is_busy and st.awaited[key] then
            st.awaited[key] = nil
            core.wake(st.bot, "alerts:" .. key, true)
        end
    end
end

--- Says what is to be said; it waits for the disk. -> true | nil, err: nothing of it is.
function change_mt:commit()
    self.st:bound()
    self:set_busy(true)
    self.is_under_way = true
    local done, err = M.say_all(self.st.bot, self.out)
    if not done then self:undo() end
    self.is_over = true
    self:set_busy(nil)
    if not done then return nil, err end
    for _, f in ipairs(self.hold) do f(self.st) end
    return true
end

return M
