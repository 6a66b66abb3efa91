-- SPDX-License-Identifier: MIT
-- deploy: commands with arguments, a confirmation and a dialog; config/deploy.yaml says who may. It deploys nothing.
local M = {}

local running = { prod = "v1.0", test = "v1.1" }

function M.start(event)
    local args = event.args
    running[args.env] = args.tag or "the latest"
    local text = ("%s is on %s now"):format(running[args.env], args.env)
    if args.count then text = text .. (", %d times"):format(args.count) end
    if args.force then text = text .. ", by force" end
    if args.note then text = text .. (" (%s)"):format(args.note) end
    return text
end

function M.stop()
    running.prod = "nothing"
    return "stopped"
end

function M.status(event)
    local env = event.args.env
    if env then return ("%s: %s"):format(env, running[env]) end
    return ("prod: %s\ntest: %s"):format(running.prod, running.test)
end

function M.order(event)
    local what, err = event:ask("What shall it be?", { choices = { "coffee", "tea" } })
    if not what then return nil, err end
    local cups = event:ask("How many cups?", { type = "int(1..9)" })
    if not cups then return "Then not." end
    return ("%d × %s"):format(cups, what)
end

return M
