-- SPDX-License-Identifier: MIT
-- extensions: what bots have beside the verbs of couplet.bot, and the module where it is; loaded at the first use.
--
--   objects   bot.NAME is what attach(bot) of the module returns, made once a bot
--   methods   bot:NAME(…) is the function NAME of the module
local M = {}

---@type table<string, string>
M.objects = {
    adhoc = "couplet.xep.adhoc_client",
    admin = "couplet.xep.admin",
    avatar = "couplet.xep.avatar",
    blocking = "couplet.xep.blocking",
    disco = "couplet.xep.disco",
    gateway = "couplet.xep.gateway",
    mam = "couplet.xep.mam",
    muc = "couplet.xep.muc_bookmarks",
    private = "couplet.xep.private",
    pubsub = "couplet.xep.pubsub",
    search = "couplet.xep.search",
    vcard = "couplet.xep.vcard",
}

---@type table<string, string>
M.methods = {
    change_password = "couplet.xep.register",
    external_credentials = "couplet.xep.external",
    external_services = "couplet.xep.external",
    join = "couplet.xep.muc_join",
    last_activity = "couplet.xep.last",
    leave = "couplet.xep.muc_join",
    nick_of = "couplet.xep.nick",
    ping = "couplet.xep.ping",
    set_nick = "couplet.xep.nick",
    time_of = "couplet.xep.time",
    upload = "couplet.xep.upload",
    unregister = "couplet.xep.register",
    version_of = "couplet.xep.version",
}

return M
