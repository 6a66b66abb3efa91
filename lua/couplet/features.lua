-- SPDX-License-Identifier: MIT
-- features: the table of contents of what the library answers or watches by itself. The runtime reads it once and compiles it
-- into one hook table for all bots; a module is loaded into a bot's state when a stanza comes that it wants. A row has:
--
--   feature   its name, for `features: { NAME: false }` of the configuration; several rows may share it
--   event, type, xmlns, child, from, include, …   the conditions of a hook, as in the configuration; in_room = true: it comes
--             from a room that the bot is in or joins; news = true: no presence in which the room says only what it said in the last;
--             account = true: from another client of the bot's own account. A row without event only announces
--   call      "module.function", given the event as any handler is; asked after the bot's own hooks, which win
--   watch     true: called before the bot's own hooks, whatever they do; what it returns is of no account
--   announce  namespaces that service discovery (XEP-0030) tells while the feature is on
--   on        false: off where the configuration does not say otherwise: what may be unsafe, or tells of people
--   needs     an event: on only in a bot that has hooks of it
local ns = require "couplet.ns"

local M = {}

---@class couplet.FeatureRow
---@field feature string
---@field event string|nil
---@field call string|nil
---@field watch boolean|nil
---@field announce string[]|nil
---@field on boolean|nil
---@field needs string|nil

---@type couplet.FeatureRow[]
M.rows = {
    {
        feature = "disco", event = "iq", type = "get", xmlns = ns.disco_info, child = "query",
        call = "couplet.xep.disco.on_info", announce = { ns.disco_info },
    },
    {
        feature = "disco", event = "iq", type = "get", xmlns = ns.disco_items, child = "query",
        call = "couplet.xep.disco.on_items", announce = { ns.disco_items },
    },
    { feature = "caps", announce = { ns.caps, ns.ecaps2 } }, -- in the presence that the runtime sends
    {
        feature = "time", event = "iq", type = "get", xmlns = ns.time, child = "time",
        call = "couplet.xep.time.on_get", announce = { ns.time },
    },
    {
        feature = "last", event = "iq", type = "get", xmlns = ns.last, child = "query",
        call = "couplet.xep.last.on_get", announce = { ns.last },
    },
    { feature = "ping", announce = { ns.ping } }, -- answered by the runtime itself
    {
        feature = "version", event = "iq", type = "get", xmlns = ns.version, child = "query",
        call = "couplet.xep.version.on_get", announce = { ns.version },
    },
    { feature = "loop_guard" }, -- by the runtime itself: a bot that answers ours is not listened to for a while
    { -- behind the bot's own commands, before its other hooks of the same priority
        feature = "commands", event = "command", name = "help", call = "couplet.help.on_help", needs = "command",
    },
    { -- the same commands as forms (XEP-0050); of other nodes couplet.xep.disco knows
        feature = "commands", event = "iq", type = "set", xmlns = ns.commands, child = "command",
        call = "couplet.xep.adhoc.on_command", announce = { ns.commands },
    },
    {
        feature = "commands", event = "iq", type = "get", xmlns = ns.disco_items, child = "query", priority = 1,
        call = "couplet.xep.adhoc.on_items",
    },
    {
        feature = "commands", event = "iq", type = "get", xmlns = ns.disco_info, child = "query", priority = 1,
        call = "couplet.xep.adhoc.on_info",
    },
    { feature = "commands", event = "message", type = { "chat", "normal", "groupchat" }, addressed = true, call = "couplet.help.on_unknown" },
    {
        feature = "rooms", event = "presence", in_room = true, news = true, include = { "own", "delayed", "error" }, watch = true,
        call = "couplet.xep.muc.on_presence",
    },
    {
        feature = "rooms", event = "message", type = "groupchat", child = "subject", in_room = true,
        include = { "own", "delayed" }, watch = true, call = "couplet.xep.muc.on_subject",
    },
    {
        feature = "rooms", event = "message", type = "groupchat", xmlns = ns.muc_user, child = "x", in_room = true, watch = true,
        call = "couplet.xep.muc.on_notice",
    },
    {
        feature = "rooms", event = "message", type = "error", in_room = true, watch = true,
        call = "couplet.xep.muc.on_message_error",
    },
    { -- switched on by `invitations:`
        feature = "invitations", event = "message", xmlns = ns.conference, child = "x", watch = true, on = false,
        call = "couplet.xep.muc_invite.on_direct",
    },
    {
        feature = "invitations", event = "message", type = "normal", xmlns = ns.muc_user, child = "x", watch = true, on = false,
        call = "couplet.xep.muc_invite.on_mediated",
    },
    {
        feature = "receipts", event = "message", type = { "chat", "normal" }, xmlns = ns.receipts, child = "request", watch = true,
        call = "couplet.xep.receipts.on_request", announce = { ns.receipts },
    },
    {
        feature = "receipts", event = "message", type = { "chat", "normal" }, xmlns = ns.receipts, child = "received", watch = true,
        call = "couplet.xep.receipts.on_received",
    },
    {
        feature = "markers", event = "message", xmlns = ns.markers, child = "displayed", watch = true,
        call = "couplet.xep.markers.on_displayed", announce = { ns.markers },
    },
    { feature = "chat_states", announce = { ns.chat_states } },
    { feature = "corrections", announce = { ns.correct } },
    { feature = "replies", announce = { ns.reply, ns.fallback } },
    { feature = "reactions", announce = { ns.reactions } },
    {
        feature = "pubsub", event = "message", xmlns = ns.pubsub_event, child = "event", include = { "own", "delayed" }, watch = true,
        call = "couplet.xep.pubsub_event.on_message",
    },
    { -- switched on by `bookmarks:`
        feature = "bookmarks", on = false, event = "pubsub.item", watch = true, call = "couplet.xep.muc_autojoin.on_item",
        announce = { ns.bookmarks .. "+notify" },
    },
    { feature = "bookmarks", on = false, event = "pubsub.retract", watch = true, call = "couplet.xep.muc_autojoin.on_retract" },
    -- switched on by bot.vcard:set_photo, for good
    { feature = "vcard_avatar", on = false, event = "online", watch = true, call = "couplet.xep.vcard_avatar.on_online" },
    { feature = "vcard_avatar", on = false, event = "offline", watch = true, call = "couplet.xep.vcard_avatar.on_offline" },
    { feature = "vcard_avatar", on = false, event = "joined", include = "own", watch = true, call = "couplet.xep.vcard_avatar.on_joined" },
    {
        feature = "vcard_avatar", on = false, event = "presence", type = { "available", "unavailable" }, account = true,
        include = "delayed", watch = true, call = "couplet.xep.vcard_avatar.on_presence",
    },
    { feature = "blocking", event = "iq", type = "set", xmlns = ns.blocking, include = { "own" }, call = "couplet.xep.blocking.on_push" },
    { feature = "carbons", on = false, event = "online", call = "couplet.xep.carbons.on_online", watch = true },
    { -- switched on by bot.mam
        feature = "archive", event = "message", xmlns = ns.mam, child = "result", watch = true, on = false,
        include = { "result", "own", "delayed", "correction" }, call = "couplet.xep.mam.on_result",
    },
    -- switched on by `catch_up:`
    { feature = "catch_up", event = "online", watch = true, on = false, call = "couplet.xep.mam_catchup.on_online" },
    { feature = "catch_up", event = "offline", watch = true, call = "couplet.xep.mam_catchup.on_offline" },
    { feature = "catch_up", event = "joined", include = "own", watch = true, call = "couplet.xep.mam_catchup.on_joined" },
    { feature = "catch_up", event = "left", include = "own", watch = true, call = "couplet.xep.mam_catchup.on_left" },
    {
        feature = "catch_up", event = "message", xmlns = ns.stanza_id, child = "stanza-id", watch = true,
        include = { "own", "delayed", "correction" }, call = "couplet.xep.mam_catchup.on_message",
    },
    -- switched on by `subscriptions:`
    { feature = "subscriptions", event = "presence", type = "subscribe", on = false, call = "couplet.xep.subscriptions.on_request" },
    -- switched on by bot.contacts
    {
        feature = "contacts", event = "presence", type = { "available", "unavailable", "error" }, include = "delayed", watch = true,
        on = false, call = "couplet.xep.contacts.on_presence",
    },
    -- what is due of alerts is made again from what is on disk
    { feature = "alerts", event = "start", watch = true, needs = "webhook", call = "couplet.alerts.life.on_start" },
    { feature = "contacts", event = "offline", watch = true, call = "couplet.xep.contacts.on_offline" },
}

return M
