-- SPDX-License-Identifier: MIT
-- extensions: what bots and events have beside what couplet.bot and couplet.event give them, and the module where it is, which
-- is loaded at the first use. The runtime reads this once a process; no bot's state holds it.
--
--   objects        bot.NAME is what attach(bot) of the module returns, made once a bot
--   parts          bot.NAME is what NAME(bot) of the module returns, made once a bot
--   methods        bot:NAME(…) is the function NAME of the module
--   event_methods  event:NAME(…) is the function NAME of the module
--   event_fields   event.NAME is what read(event, NAME) of the module returns, kept in the event
local M = {}

---@type table<string, string>
M.objects = {
    adhoc = "couplet.xep.adhoc_client",
    admin = "couplet.xep.admin",
    avatar = "couplet.xep.avatar",
    blocking = "couplet.xep.blocking",
    contacts = "couplet.xep.contacts",
    disco = "couplet.xep.disco",
    gateway = "couplet.xep.gateway",
    mam = "couplet.xep.mam",
    muc = "couplet.xep.muc_bookmarks",
    private = "couplet.xep.private",
    pubsub = "couplet.xep.pubsub",
    store = "couplet.store",
    search = "couplet.xep.search",
    vcard = "couplet.xep.vcard",
}

---@type table<string, string>
M.parts = {
    config = "couplet.bot_parts",
    log = "couplet.bot_parts",
    rooms = "couplet.bot_parts",
    roster = "couplet.bot_parts",
}

---@type table<string, string>
M.methods = {
    emit = "couplet.own_events",
    change_password = "couplet.xep.register",
    external_credentials = "couplet.xep.external",
    external_services = "couplet.xep.external",
    join = "couplet.xep.muc_join",
    last_activity = "couplet.xep.last",
    leave = "couplet.xep.muc_join",
    nick_of = "couplet.xep.nick",
    ping = "couplet.xep.ping",
    send_file = "couplet.xep.upload",
    set_nick = "couplet.xep.nick",
    time_of = "couplet.xep.time",
    upload = "couplet.xep.upload",
    unregister = "couplet.xep.register",
    version_of = "couplet.xep.version",
}

---@type table<string, string>
M.event_methods = {
    ask = "couplet.ask",
    edit = "couplet.xep.correction",
    form = "couplet.webhook",
    json = "couplet.webhook",
    mark = "couplet.xep.markers",
    react = "couplet.xep.reactions",
    typing = "couplet.xep.chat_states",
    whisper = "couplet.xep.whisper",
}

---@type table<string, string>
M.event_fields = {
    carbon = "couplet.xep.carbons",
    mentions = "couplet.xep.references",
    oob = "couplet.xep.oob",
    origin_id = "couplet.xep.stanza_id",
    reactions = "couplet.xep.reactions",
    replaces = "couplet.xep.correction",
    reply_to = "couplet.xep.replies",
    stamp = "couplet.xep.delay",
    stanza_id = "couplet.xep.stanza_id",
    state = "couplet.xep.chat_states",
    text = "couplet.xep.fallback",
}

return M
