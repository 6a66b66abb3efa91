/* SPDX-License-Identifier: MIT */
/* trace and quote: what people may see of a stream: secrets masked, a peer's words made harmless. */
#include "check.h"

#include "xmpp/machine.h"
#include "xmpp/ns.h"

static void masks(const char *text, const char *want) {
    struct buf out = BUF_INIT;
    trace_mask(&out, text, strlen(text));
    CHECK_STR(buf_data(&out), want);
    buf_finish(&out);
}

static void masked(void) {
#define AT " xmlns='" NS_SASL "'"
    masks("", "");
    masks("hello", "hello");
    masks("<presence/>", "<presence/>");
    masks("<auth" AT " mechanism='X'>abc</auth>", "<auth" AT " mechanism='X'>***</auth>");
    masks("<challenge" AT ">abc</challenge>", "<challenge" AT ">***</challenge>");
    masks("<response" AT ">abc</response>", "<response" AT ">***</response>");
    masks("<response" AT "></response>", "<response" AT "></response>");
    masks("<success" AT ">abc</success>", "<success" AT ">***</success>");
    masks("<success" AT "/>", "<success" AT "/>");
    masks("<success xmlns='urn:x'>abc</success>", "<success xmlns='urn:x'>abc</success>");
    masks("<failure" AT "><not-authorized/></failure>", "<failure" AT "><not-authorized/></failure>");
    masks("<iq><query xmlns='jabber:iq:auth'><username>bill</username><password>Calli0pe</password>"
          "<digest>48fc</digest><resource>globe</resource></query></iq>",
          "<iq><query xmlns='jabber:iq:auth'><username>bill</username><password>***</password>"
          "<digest>***</digest><resource>globe</resource></query></iq>");
    masks("<r:password a='>' xmlns:r='x'>abc<b/></r:password>x",
          "<r:password a='>' xmlns:r='x'>***</r:password>x");
    masks("<password>a<password>b</password>c</password>d", "<password>***</password>d");
    masks("<password>a<password/>c</password>d", "<password>***</password>d");
    masks("<password/>abc<password></password>", "<password/>abc<password></password>");
    masks("<password>never ends", "<password>***");
    masks("<password>never <ends", "<password>***");
    masks("<passwords>shown</passwords>", "<passwords>shown</passwords>");
    masks("<body>&lt;password>shown&lt;/password></body>", "<body>&lt;password>shown&lt;/password></body>");
#define AT2 " xmlns='" NS_SASL2 "'"
    masks("<authenticate" AT2
          " mechanism='X'><initial-response>abc</initial-response><user-agent/></authenticate>",
          "<authenticate" AT2
          " mechanism='X'><initial-response>***</initial-response><user-agent/></authenticate>");
    masks("<challenge" AT2 ">abc</challenge>", "<challenge" AT2 ">***</challenge>");
    masks("<response" AT2 ">abc</response>", "<response" AT2 ">***</response>");
    masks("<success" AT2 "><additional-data>abc</additional-data><token xmlns='urn:xmpp:fast:0' token='abc' "
          "expiry='2026'/></success>",
          "<success" AT2 "><additional-data>***</additional-data><token xmlns='***' token='***' "
          "expiry='***'/></success>");
    masks("<f:token token=\"a'b>\" x='y'/>c", "<f:token token=\"***\" x='***'/>c");
    masks("<token token='abc", "<token token='***");
    masks("<x><field var='a'><value>b</value></field><field type='text-private' "
          "var='c'><value>d</value></field></x>",
          "<x><field var='a'><value>b</value></field><field type='text-private' var='c'>***</field></x>");
    masks("<put url='u'><header name='Authorization'>Bearer abc</header></put>",
          "<put url='u'><header name='Authorization'>***</header></put>");
    masks("<field var='muc#roomconfig_roomsecret'><value>abc</value></field>",
          "<field var='muc#roomconfig_roomsecret'>***</field>");
    masks("<x xmlns='jabber:x:conference' jid='a@b' password='abc'/>",
          "<x xmlns='***' jid='***' password='***'/>");
    masks("<x xmlns='jabber:x:conference' jid='a@b'/>", "<x xmlns='jabber:x:conference' jid='a@b'/>");
    masks("<", "<");
    masks("</", "</");
    masks("<a", "<a");
    masks("<password", "<password");
}

/* ---- quotes ---- */

static void quotes(const char *text, const char *want) {
    char out[QUOTE_LEN];
    CHECK_STR(quote_text(out, str_of(text)), want);
}

static void quoted(void) {
    char out[QUOTE_LEN], condition[CONDITION_LEN];
    quotes("", "");
    quotes(" \n\t ", "");
    quotes("  plain words \n", ": \"plain words\"");
    quotes("a\nb\x1b[31mc", ": \"a b [31mc\"");
    quotes("gr\xc3\xbc\xc3\x9f \xe2\x80\xaegnp",
           ": \"gr\xc3\xbc\xc3\x9f  gnp\""); /* U+202E turns the direction */
    quotes("\xff\xfe", ": \"  \"");
    char longest[1000];
    memset(longest, 'x', sizeof(longest));
    quote_text(out, (struct str){longest, sizeof(longest)});
    CHECK(strlen(out) < QUOTE_LEN);
    CHECK_HAS(out, "x…\"");
    for (size_t i = 0; i < 4; i++) { /* wherever characters of four bytes meet the end */
        for (size_t at = i; at + 4 <= sizeof(longest); at += 4)
            memcpy(longest + at, "\xf0\x9f\x8c\xb6", 4);
        quote_text(out, (struct str){longest, sizeof(longest) - 4});
        CHECK(strlen(out) < QUOTE_LEN);
        CHECK_HAS(out, "\xb6…\"");
        longest[i] = 'x';
    }
    memset(longest, 'x', sizeof(longest));
    CHECK_STR(quote_text(out, STR_NONE), "");
    CHECK_STR(quote_condition(condition, STR_LIT("resource-constraint")), "resource-constraint");
    CHECK_STR(quote_condition(condition, STR_LIT("no\nway")), "undefined-condition");
    CHECK_STR(quote_condition(condition, STR_LIT("-x")), "undefined-condition");
    CHECK_STR(quote_condition(condition, STR_NONE), "undefined-condition");
    CHECK_STR(quote_condition(condition, (struct str){longest, 64}), "undefined-condition");
    CHECK_INT(strlen(quote_condition(condition, (struct str){longest, 63})), 63);
}

int main(void) {
    RUN(masked);
    RUN(quoted);
    return check_done();
}
