---@meta
-- SPDX-License-Identifier: MIT
-- What the runtime gives in C, for editors: verbs of a bot, fields of an event, names that the library makes in loops. All else
-- is taken from the annotations in lua/couplet (spec/tools/types.lua). Never loaded.
-- luacheck: ignore

---@alias couplet.Element couplet.Stanza|{ name: string, attr: table<string, string>|nil }

---@class couplet.Handle
local Handle = {}
--- Ends it. -> whether it was running (a timer).
---@return boolean
function Handle:stop() end
--- Takes the hook away.
function Handle:remove() end

---@class couplet.Hook the conditions of a hook in the configuration, under the same names; seconds for `every`
---@field event string
---@field call fun(event: couplet.Event): any, any
---@field type string|string[]|nil
---@field from string|string[]|nil
---@field to string|string[]|nil
---@field room string|nil
---@field nick string|nil
---@field body string|nil a Lua pattern
---@field xmlns string|nil
---@field child string|nil
---@field addressed boolean|nil
---@field include string|string[]|nil
---@field priority integer|nil
---@field every number|nil
---@field cron string|nil "0 9 * * mon-fri"
---@field tz string|nil "Europe/Berlin"
---@field jitter number|nil
---@field with any

---@class couplet.Bot
local Bot = {}
--- Sends a stanza. -> its id, made where it has none. Waits for the disk where it is durable, else not.
---@param stanza couplet.Element
---@param options? { durable: boolean|nil, expires: number|nil }
---@return string|nil id, couplet.Error|nil err
function Bot:send(stanza, options) end
--- Asks, and waits for the result.
---@param stanza couplet.Element
---@param options? { timeout: number? }
---@return couplet.Stanza|nil result, couplet.Error|nil err
function Bot:iq(stanza, options) end
--- Waits.
---@param seconds number
function Bot:sleep(seconds) end
--- Calls f once, later.
---@param seconds number
---@param f fun(event: couplet.Event)
---@return couplet.Handle
function Bot:after(seconds, f) end
--- Calls f again and again.
---@overload fun(self: couplet.Bot, seconds: number, f: fun(event: couplet.Event)): couplet.Handle
---@param seconds number
---@param options { jitter: number|nil }
---@param f fun(event: couplet.Event)
---@return couplet.Handle
function Bot:every(seconds, options, f) end
--- Calls f by a pattern of cron; tz: "Europe/Berlin", by default the machine's zone.
---@overload fun(self: couplet.Bot, pattern: string, f: fun(event: couplet.Event)): couplet.Handle
---@param pattern string
---@param options { tz: string|nil, jitter: number|nil }
---@param f fun(event: couplet.Event)
---@return couplet.Handle
function Bot:cron(pattern, options, f) end
--- Adds a hook.
---@param hook couplet.Hook
---@return couplet.Handle
function Bot:hook(hook) end
--- false: the server may hold back what can wait (XEP-0352).
---@param is_active boolean
---@return true|nil, couplet.Error|nil err
function Bot:active(is_active) end
--- Closes this bot's stream for good.
function Bot:stop() end

---@class couplet.Log
local Log = {}
--- A line in the log; a format of string.format when arguments follow.
---@param format string
---@param ... any
function Log:error(format, ...) end
---@param format string
---@param ... any
function Log:warn(format, ...) end
---@param format string
---@param ... any
function Log:info(format, ...) end
---@param format string
---@param ... any
function Log:debug(format, ...) end

---@class couplet.Event
---@field archive boolean|nil it was read in an archive
---@field data any of an event of the bot's own
---@field reason string|nil of `offline` and `left`
---@field occupant couplet.Occupant|nil of `joined`, `left`, `room_changed`
---@field actor string|nil of `left`: who did it, where the room tells
---@field change string|nil of `room_changed`: state, subject, config, nick, affiliation, role
---@field stanza_id string|nil given by our server or the room (XEP-0359)
---@field origin_id string|nil the sender's own
---@field text string|nil the body without what stands in for an extension
---@field reply_to { id: string, to: string|nil }|nil the message that this one answers (XEP-0461)
---@field replaces string|nil id of the message that this one corrects (XEP-0308)
---@field reactions { id: string, [integer]: string }|nil XEP-0444
---@field state "active"|"composing"|"paused"|"inactive"|"gone"|nil XEP-0085
---@field mentions { uri: string, jid: string|nil, first: integer|nil, last: integer|nil }[]|nil XEP-0372
---@field oob { url: string, text: string|nil }|nil XEP-0066
---@field stamp number|nil when it was said, if it came late (XEP-0203)
---@field carbon { direction: "sent"|"received", stanza: couplet.Stanza, from: string, to: string, body: string|nil }|nil XEP-0280

---@class couplet.Stanza
local Stanza = {}
--- As childtags.
---@param name? string
---@param xmlns? string
---@return fun(): couplet.Stanza|nil
function Stanza:matching_tags(name, xmlns) end

---@class couplet.hash
---@field md5 fun(bytes: string, hex?: boolean): string
---@field sha1 fun(bytes: string, hex?: boolean): string
---@field sha224 fun(bytes: string, hex?: boolean): string
---@field sha256 fun(bytes: string, hex?: boolean): string
---@field sha384 fun(bytes: string, hex?: boolean): string
---@field sha512 fun(bytes: string, hex?: boolean): string
---@field sha3_256 fun(bytes: string, hex?: boolean): string
---@field sha3_512 fun(bytes: string, hex?: boolean): string
---@field blake2b512 fun(bytes: string, hex?: boolean): string
