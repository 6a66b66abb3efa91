/* SPDX-License-Identifier: MIT */
/* What is found out about a stanza, and the tricks by which others would like us to find out something else.
 */
#include "check.h"
#include "hook/facts.h"
#include "parsed.h"

static struct hook_rooms *rooms;
static struct hook_self self;
static struct hook_facts facts;

static void start(void) {
    rooms = hook_rooms_new();
    hook_rooms_put(rooms, STR_LIT("den@rooms.example.org"), STR_LIT("Robo"));
    self = (struct hook_self){.bare = "bot@example.org",
                              .full = "bot@example.org/couplet",
                              .nick = "robo",
                              .prefix = "!",
                              .rooms = rooms};
}

static void stop(void) {
    hook_rooms_free(rooms);
    parsed_done();
}

static bool read(const char *text) {
    return hook_facts_read(&facts, parsed(text), &self);
}

static unsigned flags(const char *text) {
    CHECK(read(text));
    return facts.flags;
}

static bool addressed(const char *text) {
    CHECK(read(text));
    return facts.addressed;
}

static const char *text_of(struct str s) {
    static char out[256];
    if (s.s == NULL)
        return "(none)";
    snprintf(out, sizeof(out), "%.*s", (int)s.len, s.s);
    return out;
}

static void chat(void) {
    start();
    CHECK(read("<message from='alice@example.org/phone' to='bot@example.org' type='chat' id='a1'>"
               "<body>hello</body><thread>t</thread><subject>s</subject>"
               "<active xmlns='http://jabber.org/protocol/chatstates'/></message>"));
    CHECK_INT(facts.event, HOOK_MESSAGE);
    CHECK_STR(text_of(facts.from), "alice@example.org/phone");
    CHECK_STR(text_of(facts.from_bare), "alice@example.org");
    CHECK_STR(text_of(facts.from_resource), "phone");
    CHECK_STR(text_of(facts.to), "bot@example.org");
    CHECK_STR(text_of(facts.type), "chat");
    CHECK_STR(text_of(facts.id), "a1");
    CHECK_STR(text_of(facts.body), "hello");
    CHECK_STR(text_of(facts.thread), "t");
    CHECK_STR(text_of(facts.subject), "s");
    CHECK_STR(facts.payload_name.s, "active");
    CHECK_STR(facts.payload_ns.s, "http://jabber.org/protocol/chatstates");
    CHECK(facts.room.s == NULL && facts.nick.s == NULL && facts.flags == 0 && facts.addressed);
    stop();
}

static void defaults(void) {
    start();
    CHECK(read("<message><body/></message>"));
    CHECK_STR(text_of(facts.type), "normal");
    CHECK_STR(text_of(facts.from_bare), "bot@example.org");
    CHECK_STR(text_of(facts.to), "bot@example.org/couplet");
    CHECK(facts.from.s == NULL && facts.id.s == NULL && facts.body.s != NULL && facts.body.len == 0);
    CHECK(read("<message type='shout'/>"));
    CHECK_STR(text_of(facts.type), "normal");
    CHECK(facts.body.s == NULL);
    CHECK(read("<presence/>"));
    CHECK_STR(text_of(facts.type), "available");
    CHECK(read("<presence type='subscribe' from='a@b'/>"));
    CHECK_STR(text_of(facts.type), "subscribe");
    CHECK(read("<iq/>"));
    CHECK(facts.type.s == NULL);
    self.full = NULL;
    CHECK(read("<message/>"));
    CHECK_STR(text_of(facts.to), "bot@example.org");
    stop();
}

static void ignored(void) {
    start();
    CHECK(!read("<note/>"));
    CHECK(!read("<message xmlns='urn:other'/>"));
    CHECK(!read("<r xmlns='urn:xmpp:sm:3'/>"));
    CHECK(!read("<presence type='available'/>"));
    CHECK(!read("<presence type='shout'/>"));
    CHECK(read("<c:message xmlns:c='jabber:client'><c:body>b</c:body></c:message>"));
    CHECK_STR(text_of(facts.body), "b");
    stop();
}

static void odd_stanzas(void) {
    start();
    CHECK(read("<iq type='get'/>"));
    CHECK(facts.payload_name.s == NULL);
    CHECK(read("<iq type='dance' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"));
    CHECK_STR(text_of(facts.type), "dance");
    CHECK_STR(facts.payload_name.s, "ping");
    CHECK(read("<iq type='get' id='1'><first xmlns='a'/><second xmlns='b'/></iq>"));
    CHECK_STR(facts.payload_name.s, "first");
    CHECK(read("<iq type='set' id='1'><query/></iq>"));
    CHECK_STR(facts.payload_name.s, "query");
    CHECK(read("<iq type='error' id='1'><error type='cancel'/></iq>"));
    CHECK(facts.payload_name.s == NULL && facts.flags == HOOK_ERROR);
    CHECK(read("<message type='error'/>"));
    CHECK_INT(facts.flags, HOOK_ERROR);
    CHECK(read("<message from='' to='' id='' type=''><body>x</body></message>"));
    CHECK_STR(text_of(facts.from_bare), "");
    CHECK_STR(text_of(facts.type), "normal");
    CHECK(read("<message from='/'><a><b/></a><x><body>no</body></x></message>"));
    CHECK(facts.body.s == NULL);
    CHECK(read("<message><body xmlns='http://www.w3.org/1999/xhtml'>no</body></message>"));
    CHECK(facts.body.s == NULL);
    CHECK(read("<message><body xml:lang='en'>one</body><body xml:lang='de'>eins</body></message>"));
    CHECK_STR(text_of(facts.body), "one");
    CHECK(read("<presence><body>no</body></presence>"));
    CHECK(facts.body.s == NULL);
    stop();
}

#define DELAY "<delay xmlns='urn:xmpp:delay' stamp='0000-99-99T99:99:99Z'/>"

static void delayed(void) {
    start();
    CHECK_INT(flags("<message from='a@b'><body>x</body>" DELAY "</message>"), HOOK_DELAYED);
    CHECK_INT(flags("<presence from='a@b'>" DELAY "</presence>"), HOOK_DELAYED);
    CHECK_INT(flags("<presence from='a@b' type='unavailable'>" DELAY "</presence>"), HOOK_DELAYED);
    CHECK_INT(flags("<presence from='a@b' type='subscribe'>" DELAY "</presence>"), 0);
    CHECK_INT(flags("<iq type='get' id='1' from='a@b'>" DELAY "</iq>"), 0);
    CHECK_INT(flags("<message from='a@b'><delay xmlns='urn:other'/></message>"), 0);
    CHECK_INT(flags("<message from='a@b'><x xmlns='urn:other'>" DELAY "</x></message>"), 0);
    stop();
}

static void corrections(void) {
    start();
    CHECK_INT(flags("<message from='a@b'><body>x</body><replace xmlns='urn:xmpp:message-correct:0' "
                    "id='1'/></message>"),
              HOOK_CORRECTION);
    CHECK_INT(flags("<message from='a@b'><replace xmlns='urn:other' id='1'/></message>"), 0);
    CHECK_INT(flags("<presence from='a@b'><replace xmlns='urn:xmpp:message-correct:0' id='1'/></presence>"),
              0);
    stop();
}

#define FORWARDED                                                                                            \
    "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='admin@example.org/x' "       \
    "type='chat'><body>!deploy</body></message></forwarded>"
#define RECEIVED "<received xmlns='urn:xmpp:carbons:2'>" FORWARDED "</received>"
#define SENT     "<sent xmlns='urn:xmpp:carbons:2'>" FORWARDED "</sent>"

/* XEP-0280 11, and each variation on it. Nobody ever gets at the inner message by way of the facts. */
/* What an archive answers, and what claims to be that, is the library's: no hook takes it for something that
 * was said. */
static void archives(void) {
    start();
    CHECK_INT(flags("<message><result xmlns='urn:xmpp:mam:2'/></message>"), HOOK_RESULT);
    CHECK_INT(flags("<message from='mallory@evil.example'><body>!deploy</body><result "
                    "xmlns='urn:xmpp:mam:2'/></message>"),
              HOOK_RESULT);
    CHECK_INT(flags("<message from='a@b'><x xmlns='urn:x'><result xmlns='urn:xmpp:mam:2'/></x></message>"),
              0);
    CHECK_INT(flags("<message from='a@b'><result xmlns='urn:xmpp:mam:1'/></message>"), 0);
    CHECK_INT(flags("<iq type='set' id='1'><result xmlns='urn:xmpp:mam:2'/></iq>"), 0);
    stop();
}

static void carbons(void) {
    static const struct {
        const char *text;
        unsigned flags;
    } rows[] = {
        {"<message from='bot@example.org' type='chat'>" RECEIVED "</message>", HOOK_OWN},
        {"<message from='bot@example.org' type='chat'>" SENT "</message>", HOOK_OWN},
        {"<message type='chat'>" RECEIVED "</message>", HOOK_OWN},
        {"<message from='mallory@evil.example' type='chat'>" RECEIVED "</message>", 0},
        {"<message from='mallory@evil.example/bot@example.org'>" SENT "</message>", 0},
        {"<message from='mallory@evil.example'>" RECEIVED "<body>!deploy</body></message>", 0},
        {"<message from='BOT@example.org' type='chat'>" RECEIVED "</message>", 0},
        {"<message from='bot@example.org.evil' type='chat'>" RECEIVED "</message>", 0},
        {"<message from='example.org' type='chat'>" RECEIVED "</message>", 0},
        {"<message from='bot@example.org/other' type='chat'>" RECEIVED "</message>", 0},
        {"<message from='' type='chat'>" RECEIVED "</message>", 0},
        {"<message from='mallory@evil.example'><x xmlns='urn:x'>" RECEIVED "</x></message>", 0},
        {"<message from='mallory@evil.example'><Received xmlns='urn:xmpp:carbons:2'>" FORWARDED
         "</Received></message>",
         0},
        {"<message from='mallory@evil.example'><received xmlns='urn:xmpp:Carbons:2'>" FORWARDED
         "</received></message>",
         0},
        {"<message from='mallory@evil.example'><received xmlns='urn:xmpp:carbons:2'><forwarded "
         "xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='bot@example.org'>" RECEIVED
         "</message></forwarded></received></message>",
         0},
    };
    start();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_INT(flags(rows[i].text), rows[i].flags);
        CHECK(facts.body.s == NULL && !facts.addressed);
    }
    /* Our own full JID is no server; what we send to ourselves is own all the same. */
    CHECK_INT(flags("<message from='bot@example.org/couplet'>" RECEIVED "</message>"), HOOK_OWN);
    stop();
}

static void own(void) {
    start();
    CHECK_INT(flags("<message from='bot@example.org/couplet'><body>x</body></message>"), HOOK_OWN);
    CHECK_INT(flags("<message from='bot@example.org/phone'><body>x</body></message>"), 0);
    CHECK_INT(flags("<message from='bot@example.org'><body>x</body></message>"), 0);
    CHECK_INT(flags("<presence from='bot@example.org/couplet'/>"), HOOK_OWN);
    CHECK_INT(flags("<iq from='bot@example.org/couplet' type='get' id='1'><a xmlns='b'/></iq>"), 0);
    CHECK_INT(flags("<message type='groupchat' from='den@rooms.example.org/Robo'><body>x</body></message>"),
              HOOK_OWN);
    CHECK_INT(flags("<message type='groupchat' from='den@rooms.example.org/robo'><body>x</body></message>"),
              0);
    CHECK_INT(flags("<message type='chat' from='den@rooms.example.org/Robo'><body>x</body></message>"),
              HOOK_OWN);
    CHECK_INT(flags("<message type='error' from='den@rooms.example.org/Robo'><body>x</body></message>"),
              HOOK_ERROR);
    CHECK_INT(flags("<presence from='den@rooms.example.org/Robo'/>"), HOOK_OWN);
    CHECK_INT(flags("<presence from='den@rooms.example.org/alice'/>"), 0);
    CHECK_INT(flags("<presence type='error' from='den@rooms.example.org/Robo'/>"), HOOK_ERROR);
    CHECK_INT(flags("<message type='groupchat' from='other@rooms.example.org/robo'><body>x</body></message>"),
              HOOK_OWN);
    CHECK_INT(flags("<message type='chat' from='alice@example.org/robo'><body>x</body></message>"), 0);
    self.full = NULL;
    CHECK_INT(flags("<message from='bot@example.org/couplet'><body>x</body></message>"), 0);
    stop();
}

#define CHAT     "<message type='chat' from='alice@example.org/phone'>"
#define ROOM     "<message type='groupchat' from='den@rooms.example.org/alice'>"
#define STATE    "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
#define REACTION "<reactions xmlns='urn:xmpp:reactions:0' id='1'><reaction>x</reaction></reactions>"

static void silent(void) {
    static const struct {
        const char *text;
        bool is;
    } rows[] = {
        {CHAT STATE "</message>", true},
        {CHAT STATE "<thread>t</thread><no-store xmlns='urn:xmpp:hints'/></message>", true},
        {CHAT STATE "<body>hello</body></message>", false},
        {CHAT "<received xmlns='urn:xmpp:receipts' id='1'/></message>", true},
        {CHAT "<request xmlns='urn:xmpp:receipts'/></message>", false},
        {CHAT "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>"
              "<stanza-id xmlns='urn:xmpp:sid:0' id='s' by='bot@example.org'/></message>",
         true},
        {CHAT REACTION "</message>", true},
        {CHAT REACTION "<data xmlns='urn:x'/></message>", false},
        {CHAT "<data xmlns='urn:x'/></message>", false},
        {CHAT "<data xmlns='urn:x'/>" STATE "</message>", false},
        {CHAT "<subject>s</subject></message>", false},
        {CHAT "</message>", false},
        {CHAT "<no-store xmlns='urn:xmpp:hints'/></message>", false},
        {CHAT "<x xmlns='http://jabber.org/protocol/muc#user'/></message>", false},
        {"<message type='error' from='alice@example.org/phone'>" STATE "</message>", false},
        {ROOM "<subject>s</subject></message>", true},
        {ROOM "<subject>s</subject><body>b</body></message>", false},
        {"<message type='groupchat' from='den@rooms.example.org'><x "
         "xmlns='http://jabber.org/protocol/muc#user'>"
         "<status code='104'/></x></message>",
         true},
        {"<message type='groupchat' from='other@rooms.example.org'><subject>s</subject></message>", false},
        {"<message from='den@rooms.example.org'><x xmlns='http://jabber.org/protocol/muc#user'><invite/></x>"
         "</message>",
         false},
        {CHAT "<body>gone</body><retract xmlns='urn:xmpp:message-retract:1' id='1'/>"
              "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/></message>",
         true},
        {"<iq type='get' id='1' from='alice@example.org/phone'>" STATE "</iq>", false},
    };
    start();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK(read(rows[i].text));
        CHECK_INT(facts.is_silent, rows[i].is);
    }
    stop();
}

#define FALLBACK(ns, range) "<fallback xmlns='urn:xmpp:fallback:0' for='" ns "'>" range "</fallback>"
#define RETRACT             "<retract xmlns='urn:xmpp:message-retract:1' id='1'/>"

static void stands_in(void) {
    static const struct {
        const char *more, *body;
    } rows[] = {
        {REACTION FALLBACK("urn:xmpp:reactions:0", "<body/>"), "(none)"},
        {REACTION FALLBACK("urn:xmpp:reactions:0", ""), "(none)"},
        {REACTION FALLBACK("urn:xmpp:reactions:0", "<body start='0' end='5'/>"), "(none)"},
        {RETRACT FALLBACK("urn:xmpp:message-retract:1", ""), "(none)"},
        /* Nobody hides words from a bot behind what is not there, or is said besides. */
        {FALLBACK("urn:xmpp:reactions:0", ""), "!text"},
        {REACTION FALLBACK("urn:xmpp:message-retract:1", ""), "!text"},
        {REACTION FALLBACK("urn:xmpp:reactions:0", "<body start='0' end='2'/>"), "!text"},
        {REACTION FALLBACK("urn:xmpp:reactions:0", "<body start='0' end='6'/>"), "!text"},
        {REACTION FALLBACK("urn:xmpp:reactions:0", "") FALLBACK("urn:xmpp:reactions:0", ""), "!text"},
        {"<reply xmlns='urn:xmpp:reply:0' id='1'/>" FALLBACK("urn:xmpp:reply:0", ""), "!text"},
        {FALLBACK("urn:unknown", ""), "!text"},
        {REACTION, "!text"},
        {"", "!text"},
    };
    start();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[600];
        snprintf(text, sizeof(text), CHAT "<body>!text</body>%s</message>", rows[i].more);
        CHECK(read(text));
        CHECK_STR(text_of(facts.body), rows[i].body);
        CHECK(facts.body.s != NULL ||
              (facts.said.s == NULL && facts.command.s == NULL && !facts.addressed && facts.is_silent));
    }
    stop();
}

static void of_account(void) {
    static const struct {
        const char *from;
        bool is;
    } rows[] = {
        {"bot@example.org/phone", true},
        {"bot@example.org/couplet", false}, /* it is us */
        {"bot@example.org", false},         /* the account itself, or its server */
        {"bot@example.org.evil/phone", false},
        {"Bot@example.org/phone", false}, /* servers prepare what they stamp */
        {"den@rooms.example.org/bot@example.org", false},
        {"example.org/bot@example.org/phone", false},
    };
    start();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[128];
        snprintf(text, sizeof(text), "<presence from='%s'/>", rows[i].from);
        CHECK(read(text));
        CHECK_INT(facts.is_account, rows[i].is);
    }
    CHECK(read("<presence/>"));
    CHECK(!facts.is_account);
    stop();
}

static void in_rooms(void) {
    start();
    CHECK(read("<message type='groupchat' from='den@rooms.example.org/alice'><body>x</body></message>"));
    CHECK_STR(text_of(facts.room), "den@rooms.example.org");
    CHECK_STR(text_of(facts.nick), "alice");
    CHECK(read("<message type='groupchat' from='den@rooms.example.org'><subject>x</subject></message>"));
    CHECK_STR(text_of(facts.room), "den@rooms.example.org");
    CHECK(facts.nick.s == NULL);
    CHECK(read("<message type='groupchat' from='den@rooms.example.org.evil/alice'><body>x</body></message>"));
    CHECK(facts.room.s == NULL && facts.nick.s == NULL);
    CHECK(read("<message type='groupchat' "
               "from='mallory@evil.example/den@rooms.example.org'><body>!x</body></message>"));
    CHECK(facts.room.s == NULL && facts.nick.s == NULL);
    CHECK(read("<message type='groupchat' from='DEN@rooms.example.org/alice'><body>x</body></message>"));
    CHECK(facts.room.s == NULL);
    CHECK(read("<presence from='den@rooms.example.org/a/b@c'/>"));
    CHECK_STR(text_of(facts.nick), "a/b@c");
    stop();
}

static void spoken_to(void) {
    static const struct {
        const char *body;
        bool is;
    } rows[] = {
        {"Robo: hi", true},
        {"robo, hi", true},
        {"ROBO:", true},
        {"  robo: hi", true},
        {"@robo hi", true},
        {"@Robo", true},
        {"@robo: hi", true},
        {"@robo!", true},
        {"!roll", true},
        {"! roll", true},
        {" !roll", true},
        {"robo hi", false},
        {"robot: hi", false},
        {"@robot hi", false},
        {"@robo-x hi", false},
        {"@robo\xc3\xa4", false},
        {"hi robo: x", false},
        {"hi", false},
        {"", false},
        {"rob", false},
        {"@", false},
        {"@rob", false},
        {"R\xc3\xb6"
         "bo: hi",
         false},
        {"robo", false},
    };
    start();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[256];
        snprintf(text, sizeof(text),
                 "<message type='groupchat' from='den@rooms.example.org/alice'><body>%s</body></message>",
                 rows[i].body);
        CHECK_INT(addressed(text), rows[i].is);
        if (facts.addressed != rows[i].is)
            printf("# %s\n", rows[i].body);
    }
    CHECK(addressed("<message type='chat' from='alice@example.org/x'><body>hi</body></message>"));
    CHECK(addressed("<message from='alice@example.org/x'><body>hi</body></message>"));
    CHECK(addressed("<message type='chat' from='den@rooms.example.org/alice'><body>hi</body></message>"));
    CHECK(!addressed("<message type='chat' from='alice@example.org/x'/>"));
    CHECK(!addressed("<message type='headline' from='alice@example.org/x'><body>hi</body></message>"));
    CHECK(!addressed("<message type='error' from='alice@example.org/x'><body>hi</body></message>"));
    CHECK(!addressed("<message type='groupchat' from='mallory@evil.example'><body>hi</body></message>"));
    CHECK(!addressed("<presence from='alice@example.org/x'/>"));
    self.nick = self.prefix = NULL;
    CHECK(
        !addressed("<message type='groupchat' from='other@rooms.example.org/x'><body>!hi</body></message>"));
    self.prefix = "";
    CHECK(!addressed("<message type='groupchat' from='den@rooms.example.org/x'><body>hi</body></message>"));
    stop();
}

#define REPLY(range)      "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'>" range "</fallback>"
#define RANGE(start, end) "<body start='" start "' end='" end "'/>"

/* XEP-0428, XEP-0461: what is cited above an answer was said by somebody else. */
static void cited(void) {
    const struct {
        const char *more, *said;
    } cases[] = {
        {REPLY(RANGE("0", "8")), "yes"}, /* characters, not bytes */
        {REPLY("<body/>"), "(none)"},
        {REPLY(""), "(none)"},
        {REPLY(RANGE("0", "12")), "(none)"},
        {"<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reactions:0'/>", "(none)"},
        {"", "> !st\xc3\xb6p\n yes"},
        {REPLY(RANGE("0", "13")), "> !st\xc3\xb6p\n yes"},
        {REPLY(RANGE("0", "0")), "> !st\xc3\xb6p\n yes"},
        {REPLY(RANGE("2", "8")), "> !st\xc3\xb6p\n yes"},
        {REPLY(RANGE("0", "-8")), "> !st\xc3\xb6p\n yes"},
        {REPLY(RANGE("0", "4294967304")), "> !st\xc3\xb6p\n yes"},
        {REPLY(RANGE("", "8")), "> !st\xc3\xb6p\n yes"},
        {REPLY("<body end='8'/>"), "> !st\xc3\xb6p\n yes"},
        {REPLY(RANGE("0", "8")) REPLY(RANGE("0", "2")), "> !st\xc3\xb6p\n yes"},
        {"<fallback xmlns='urn:xmpp:fallback:0' for='urn:example:other'/>", "> !st\xc3\xb6p\n yes"},
        {"<fallback xmlns='urn:xmpp:fallback:1' for='urn:xmpp:reply:0'/>", "> !st\xc3\xb6p\n yes"},
    };
    char text[512];
    start();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(text, sizeof(text),
                 "<message from='a@b/c' type='chat'><body>> !st\xc3\xb6p\n yes</body>%s</message>",
                 cases[i].more);
        CHECK(read(text));
        bool is_nothing = facts.said.len == 0 && facts.command.s == NULL;
        CHECK_STR(is_nothing ? "(none)" : text_of(facts.said), cases[i].said);
        CHECK_STR(text_of(facts.body), "> !st\xc3\xb6p\n yes");
    }
    CHECK(addressed(
        "<message from='den@rooms.example.org/x' type='groupchat'><body>> robo: hi\n!roll 2</body>" REPLY(
            RANGE("0", "11")) "</message>"));
    CHECK_STR(text_of(facts.command), "roll 2");
    CHECK(read("<message from='a@b/c' type='chat'>" REPLY("") "</message>"));
    CHECK(facts.said.s == NULL && facts.cited_len == 0);
    stop();
}

static void the_list_of_rooms(void) {
    char jid[64];
    struct hook_rooms *r = hook_rooms_new();
    CHECK(hook_rooms_get(r, STR_LIT("a@b")) == NULL);
    CHECK(hook_rooms_get(r, STR_NONE) == NULL);
    for (int i = 0; i < 300; i++) {
        snprintf(jid, sizeof(jid), "room%d@rooms.example.org", i * 7919 % 300);
        hook_rooms_put(r, str_of(jid), STR_LIT("n"));
    }
    CHECK_INT(hook_rooms_count(r), 300);
    struct hook_room *room = hook_rooms_get(r, STR_LIT("room17@rooms.example.org"));
    CHECK_STR(room->jid, "room17@rooms.example.org");
    room->heard_ms = 17;
    CHECK(hook_rooms_put(r, STR_LIT("room17@rooms.example.org"), STR_LIT("m")) == room);
    CHECK_STR(room->nick, "m");
    CHECK_INT(room->heard_ms, 17);
    hook_rooms_put(r, str_of(room->jid), str_of(room->nick));
    CHECK_STR(room->nick, "m");
    CHECK(hook_rooms_get(r, (struct str){"room17@rooms.example.orgy", 24}) == room);
    CHECK(hook_rooms_get(r, STR_LIT("room17@rooms.example.or")) == NULL);
    CHECK(hook_rooms_get(r, STR_LIT("room17@rooms.example.orgy")) == NULL);
    for (int i = 0; i < 300; i += 2) {
        snprintf(jid, sizeof(jid), "room%d@rooms.example.org", i);
        hook_rooms_remove(r, str_of(jid));
    }
    hook_rooms_remove(r, STR_LIT("nowhere@rooms.example.org"));
    CHECK_INT(hook_rooms_count(r), 150);
    CHECK(hook_rooms_get(r, STR_LIT("room17@rooms.example.org")) == room);
    CHECK(hook_rooms_get(r, STR_LIT("room18@rooms.example.org")) == NULL);
    for (size_t i = 1; i < hook_rooms_count(r); i++)
        CHECK(strcmp(hook_rooms_at(r, i - 1)->jid, hook_rooms_at(r, i)->jid) < 0);
    hook_rooms_free(r);
    hook_rooms_free(NULL);
}

static bool is_repeated(const char *text) {
    CHECK(read(text));
    hook_facts_compare(&facts, &self);
    return facts.is_repeated;
}

#define FROM(nick) "<presence from='den@rooms.example.org/" nick "'"
#define X(inner)   "<x xmlns='http://jabber.org/protocol/muc#user'>" inner "</x>"

static void repeated_presence(void) {
    start();
    CHECK(!is_repeated(FROM("alice") ">" X("<item role='a'/>") "</presence>"));
    CHECK(is_repeated(FROM("alice") " id='2' to='x@y'><show>away</show><a xmlns='b'/>" X(
        "<item role='a'/>") "</presence>"));
    CHECK(!is_repeated(FROM("bob") ">" X("<item role='a'/>") "</presence>"));
    CHECK(!is_repeated(FROM("alice") ">" X("<item role='b'/>") "</presence>"));
    CHECK(!is_repeated(FROM("alice") ">" X("<item role='a'/>") "</presence>"));
    CHECK(!is_repeated(FROM("alice") ">" X("<item role='a'/>") X("") "</presence>"));
    CHECK(!is_repeated(FROM("alice") ">" X("<a/><b/>") "</presence>"));
    CHECK(!is_repeated(FROM("alice") ">" X("<a><b/></a>") "</presence>"));
    CHECK(!is_repeated(FROM("alice") ">" X("<a>b</a>") "</presence>"));
    CHECK(!is_repeated(
        FROM("alice") ">" X("<a>b</a>") "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='1'/></presence>"));
    CHECK(!is_repeated(
        FROM("alice") ">" X("<a>b</a>") "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='2'/></presence>"));
    CHECK(!is_repeated(FROM("alice") ">" X("<a>b</a>") "<hats xmlns='urn:xmpp:hats:0'/></presence>"));
    CHECK(is_repeated(FROM("alice") ">" X("<a>b</a>") "<hats xmlns='urn:xmpp:hats:0'/></presence>"));
    CHECK(!is_repeated(FROM("alice") " type='unavailable'/>"));
    CHECK(!is_repeated(FROM("alice") ">" X("<a>b</a>") "<hats xmlns='urn:xmpp:hats:0'/></presence>"));
    CHECK(!is_repeated(FROM("Robo") "/>")); /* ourselves */
    CHECK(!is_repeated(FROM("Robo") "/>"));
    CHECK(!is_repeated("<presence from='other@rooms.example.org/alice'/>"));
    CHECK(!is_repeated("<presence from='other@rooms.example.org/alice'/>"));
    CHECK(!is_repeated("<message from='den@rooms.example.org/alice'><body>a</body></message>"));
    CHECK(!is_repeated("<message from='den@rooms.example.org/alice'><body>a</body></message>"));
    stop();
}

static void what_they_say(void) {
    struct str alice = STR_LIT("alice");
    char text[600];
    start();
    struct hook_room *den = hook_rooms_get(rooms, STR_LIT("den@rooms.example.org"));
    CHECK(hook_seen_show(den->seen, alice) == NULL && hook_seen_status(den->seen, alice) == NULL);
    is_repeated(FROM("alice") "><show>away</show><status>tea</status></presence>");
    CHECK_STR(hook_seen_show(den->seen, alice), "away");
    CHECK_STR(hook_seen_status(den->seen, alice), "tea");
    CHECK(hook_seen_show(den->seen, STR_LIT("bob")) == NULL);
    is_repeated(FROM("alice") "><show>gone</show><status/></presence>");
    CHECK(hook_seen_show(den->seen, alice) == NULL && hook_seen_status(den->seen, alice) == NULL);
    snprintf(text, sizeof(text), FROM("alice") "><status>%0255d\u00e4</status></presence>", 0);
    is_repeated(text);
    CHECK_INT(strlen(hook_seen_status(den->seen, alice)), 255);
    is_repeated(FROM("alice") " type='unavailable'><status>bye</status></presence>");
    CHECK(hook_seen_status(den->seen, alice) == NULL);
    stop();
}

/* More nicks than the table holds: each is news again at the worst. */
static void many_nicks(void) {
    char nick[32];
    size_t known = 0;
    struct hook_seen *seen = NULL;
    start();
    CHECK(read(FROM("alice") "><show>away</show></presence>"));
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 70000; i++) {
            int len = snprintf(nick, sizeof(nick), "nick%d", i);
            known += hook_seen_again(&seen, (struct str){nick, (size_t)len}, facts.stanza);
        }
    }
    CHECK(known < 70000);
    known = 0;
    for (int i = 69000; i < 70000; i++) {
        int len = snprintf(nick, sizeof(nick), "nick%d", i);
        known += hook_seen_again(&seen, (struct str){nick, (size_t)len}, facts.stanza);
    }
    CHECK_INT(known, 1000);
    hook_seen_free(seen);
    hook_seen_free(NULL);
    stop();
}

int main(void) {
    RUN(chat);
    RUN(defaults);
    RUN(ignored);
    RUN(odd_stanzas);
    RUN(delayed);
    RUN(corrections);
    RUN(carbons);
    RUN(archives);
    RUN(own);
    RUN(silent);
    RUN(stands_in);
    RUN(of_account);
    RUN(in_rooms);
    RUN(spoken_to);
    RUN(cited);
    RUN(the_list_of_rooms);
    RUN(repeated_presence);
    RUN(what_they_say);
    RUN(many_nicks);
    return check_done();
}
