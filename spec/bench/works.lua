-- SPDX-License-Identifier: MIT
-- What the benchmark runs and what it expects: the bots, the kinds of work, the goals. Data only; `run` runs it,
-- `report.lua` prints it. What each work is exactly stands in docs/PERFORMANCE.md.

local M = {}

local couplet = "build/couplet run build/bench/%s.yaml"

-- Command lines by bot; {port}, {count} and {ca} are filled in by the load server. `tls` falls back to
-- `plain`. For Couplet the configuration depends on the work: %s.
M.bots = {
    { name = "floor", plain = "build/bench/floor_expat {port} {count}",
        tls = "build/bench/floor_expat {port} {count} {ca}" },
    { name = "libstrophe", plain = "build/bench/echo_strophe {port} {count}",
        tls = "build/bench/echo_strophe {port} {count} {ca}" },
    { name = "slixmpp", plain = "/usr/bin/python3 spec/bench/echo_slixmpp.py {port} {count}",
        tls = "/usr/bin/python3 spec/bench/echo_slixmpp.py {port} {count} {ca}" },
    { name = "couplet", couplet = couplet, needs = "build/couplet" },
    { name = "couplet-300", couplet = couplet, needs = "build/couplet", configs = { ignore = "hooks" } },
    { name = "couplet-own", couplet = couplet, needs = "build/couplet", configs = { accounts = "own" } },
}

-- count: stanzas for each bot, so that a run takes some tenths of a second. config: Couplet's.
-- times: starts and memory come in quick runs, so there are several in a round.
M.works = {
    { name = "echo60", work = "echo60", config = "echo",
        count = { floor = 200000, libstrophe = 20000, slixmpp = 3000, couplet = 100000 } },
    { name = "echo600", work = "echo600", config = "echo",
        count = { floor = 100000, libstrophe = 40000, slixmpp = 3000, couplet = 60000 } },
    { name = "echo8k", work = "echo8k", config = "echo",
        count = { floor = 12000, libstrophe = 4000, slixmpp = 1000, couplet = 12000 } },
    { name = "presence", work = "presence", config = "ignore", joins = true,
        count = { floor = 100000, libstrophe = 40000, slixmpp = 3000, couplet = 100000, ["couplet-300"] = 100000 } },
    { name = "groupchat", work = "groupchat", config = "ignore", joins = true,
        count = { floor = 100000, libstrophe = 40000, slixmpp = 3000, couplet = 100000, ["couplet-300"] = 100000 } },
    { name = "echo600-tls", work = "echo600", config = "tls", tls = true,
        count = { floor = 100000, libstrophe = 40000, slixmpp = 3000, couplet = 60000 } },
    { name = "presence-tls", work = "presence", config = "ignore-tls", joins = true, tls = true,
        count = { floor = 100000, libstrophe = 40000, slixmpp = 3000, couplet = 100000 } },
    { name = "latency", work = "echo60", config = "echo", window = 1, warm = 500,
        count = { floor = 5000, libstrophe = 5000, slixmpp = 2000, couplet = 5000 } },
    { name = "idle", config = "echo", times = 3, count = { floor = 1, libstrophe = 1, slixmpp = 1, couplet = 1 } },
    { name = "idle-tls", config = "tls", tls = true, times = 3,
        count = { floor = 1, libstrophe = 1, slixmpp = 1, couplet = 1 } },
    { name = "accounts-1000", config = "accounts",
        accounts = { floor = 1000, libstrophe = 1000, slixmpp = 100, couplet = 1000, ["couplet-own"] = 1000 } },
    { name = "accounts-5000", config = "accounts", accounts = { floor = 5000, couplet = 5000 } },
    { name = "accounts-tls", config = "accounts-tls", tls = true, accounts = { floor = 1000, couplet = 1000 } },
}

-- A goal: value(get) from the medians, get(work, bot, field) or, with a third bot argument, the median of the
-- ratios of each round. At most `limit` (less than it where `strict`).
M.goals = {
    { text = "60-byte echo / floor", limit = 3.5,
        value = function(g) return g.ratio("echo60", "cpu_us", "couplet", "floor") end },
    { text = "60-byte echo / libstrophe", limit = 1, strict = true,
        value = function(g) return g.ratio("echo60", "cpu_us", "couplet", "libstrophe") end },
    { text = "600-byte message / floor", limit = 2.5,
        value = function(g) return g.ratio("echo600", "cpu_us", "couplet", "floor") end },
    { text = "8 KiB message / floor", limit = 1.2,
        value = function(g) return g.ratio("echo8k", "cpu_us", "couplet", "floor") end },
    { text = "ignored presence / floor", limit = 1.3,
        value = function(g) return g.ratio("presence", "cpu_us", "couplet", "floor") end },
    { text = "ignored groupchat / floor", limit = 1.3,
        value = function(g) return g.ratio("groupchat", "cpu_us", "couplet", "floor") end },
    { text = "ignored presence, 300 hooks / floor", limit = 1.3,
        value = function(g) return g.ratio("presence", "cpu_us", "couplet-300", "floor") end },
    { text = "ignored groupchat, 300 hooks / floor", limit = 1.3,
        value = function(g) return g.ratio("groupchat", "cpu_us", "couplet-300", "floor") end },
    { text = "600 bytes: what TLS adds, beyond the floor's", unit = "µs", limit = 1,
        value = function(g) return g.added("echo600-tls", "echo600", "cpu_us") end },
    { text = "ignored presence: what TLS adds, beyond the floor's", unit = "µs", limit = 1,
        value = function(g) return g.added("presence-tls", "presence", "cpu_us") end },
    { text = "latency p50 / floor", limit = 1.1,
        value = function(g) return g.ratio("latency", "p50_us", "couplet", "floor") end },
    { text = "latency p99 / own p50", limit = 3, strict = true,
        value = function(g) return g.quotient(g.get("latency", "couplet", "p99_us"), g.get("latency", "couplet", "p50_us")) end },
    { text = "TCP segments an echo (60 bytes)", limit = 0.05,
        value = function(g) return g.get("echo60", "couplet", "segments") end },
    { text = "exec to presence / libstrophe", limit = 2,
        value = function(g) return g.ratio("idle", "start_ms", "couplet", "libstrophe") end },
    { text = "exec to presence, TLS / libstrophe", limit = 0.5, strict = true,
        value = function(g) return g.ratio("idle-tls", "start_ms", "couplet", "libstrophe") end },
    { text = "resident, one bot with TLS", unit = "MiB", limit = 8,
        value = function(g) return g.quotient(g.get("idle-tls", "couplet", "rss_kib"), 1024) end },
    { text = "5,000 accounts, one state, each", unit = "KiB", limit = 20,
        value = function(g) return g.growth("accounts-5000", "couplet") end },
    { text = "1,000 accounts with TLS, each (35 of it OpenSSL's)", unit = "KiB", limit = 95,
        value = function(g) return g.growth("accounts-tls", "couplet") end },
    { text = "1,000 accounts with TLS: time until one more is online (300/s)", unit = "ms", limit = 3.33,
        value = function(g) return g.quotient(g.get("accounts-tls", "couplet", "all_online_ms"), 1000) end },
    { text = "1,000 accounts, a state each, each", unit = "KiB", limit = 100,
        value = function(g) return g.growth("accounts-1000", "couplet-own") end },
}

return M
