/* SPDX-License-Identifier: MIT */
/* sip: SipHash-1-3 by its published vectors, and what a concatenation must not do. */
#include "check.h"

#include "base/sip.h"

static uint64_t hash(struct str a, struct str b) {
    static const uint64_t key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    struct sip s;
    sip_begin(&s, key);
    sip_str(&s, a);
    if (b.s != NULL)
        sip_str(&s, b);
    return sip_end(&s);
}

static void vectors(void) {
    static const char bytes[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    static const uint64_t want[] = {
        UINT64_C(0xabac0158050fc4dc), UINT64_C(0xc9f49bf37d57ca93), UINT64_C(0x82cb9b024dc7d44d),
        UINT64_C(0x8bf80ab8e7ddf7fb), UINT64_C(0xcf75576088d38328), UINT64_C(0xdef9d52f49533b67),
        UINT64_C(0xc50d2b50c59f22a7), UINT64_C(0xd3927d989bb11140), UINT64_C(0x369095118d299a8e),
        UINT64_C(0x25a48eb36c063de4), UINT64_C(0x79de85ee92ff097f), UINT64_C(0x70c118c1f94dc352),
        UINT64_C(0x78a384b157b4d9a2), UINT64_C(0x306f760c1229ffa7), UINT64_C(0x605aa111c0f95d34),
        UINT64_C(0xd320d86d2a519956), UINT64_C(0xcc4fdd1a7d908b66)};
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
        CHECK(hash((struct str){bytes, i}, STR_NONE) == want[i]);
}

static void borders(void) {
    CHECK(hash(STR_LIT("ab"), STR_LIT("c")) != hash(STR_LIT("a"), STR_LIT("bc")));
    CHECK(hash(STR_LIT(""), STR_LIT("abc")) != hash(STR_LIT("abc"), STR_LIT("")));
    CHECK(hash(STR_LIT("abc"), STR_NONE) != hash(STR_LIT("abc"), STR_LIT("")));
    CHECK(hash(STR_LIT("abcdefgh"), STR_LIT("i")) != hash(STR_LIT("abcdefghi"), STR_NONE));
}

int main(void) {
    RUN(vectors);
    RUN(borders);
    return check_done();
}
