-- SPDX-License-Identifier: MIT
-- extensions: what bots have beside the verbs of couplet.bot, and the module where it is; loaded at the first use.
--
--   objects   bot.NAME is what attach(bot) of the module returns, made once a bot
--   methods   bot:NAME(…) is the function NAME of the module
local M = {}

---@type table<string, string>
M.objects = {
    adhoc = "couplet.xep.adhoc",
    disco = "couplet.xep.disco",
    mam = "couplet.xep.mam",
    muc = "couplet.xep.muc_bookmarks",
    pubsub = "couplet.xep.pubsub",
    vcard = "couplet.xep.vcard",
}

---@type table<string, string>
M.methods = {
    change_password = "couplet.xep.register",
    join = "couplet.xep.muc_join",
    last_activity = "couplet.xep.last",
    leave = "couplet.xep.muc_join",
    ping = "couplet.xep.ping",
    time_of = "couplet.xep.time",
    upload = "couplet.xep.upload",
    unregister = "couplet.xep.register",
    version_of = "couplet.xep.version",
}

return M
