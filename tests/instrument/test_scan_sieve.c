// SPDX-License-Identifier: Apache-2.0
/* The first look at a text says the same with every set of instructions, at every alignment and border; and
 * what it passes over are words at which no detector finds anything. */
#include "../base/test.h"
#include "instrument/scan/internal.h"
#include "instrument/scan/own.h"
#include "instrument/scan/sieve.h"
#include "scan_world.h"

#define BLOCKS 5
#define BYTES (64 * BLOCKS)

static uint64_t state = 88172645463325252u;

static uint64_t draw(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % below;
}

/* Pieces at which the sieve has something to say, whole and cut. */
static const char *const pieces[] = {
    "13812345678",
    "11010519491231002X",
    "6222 0202 0011 2233 446",
    "138-1234-5678",
    "010-61234567",
    "LTAI",
    "AKID",
    "ghp_",
    "SEC",
    "eyJ",
    "-----BEGIN ",
    "qyapi.",
    ".feishu",
    "oapi.",
    "PassWord=",
    "secret:",
    "apiKey",
    "NAME",
    "address",
    "addr ",
    "passphrase",
    "://",
    "@",
    "_",
    "\n",
    " ",
    "姓名：",
    "住址",
    "口令",
    "粤B12345",
    "H12345678",
    "\xe5\x90",
    "\x80",
    "\xff",
    "9",
    "z",
};

static size_t fill_random(char *to, size_t n, unsigned kind)
{
    size_t at = 0;
    while (at < n) {
        if (kind == 0 || draw(4) == 0) {
            to[at++] = (char)draw(256);
            continue;
        }
        const char *p = pieces[draw(YJ_COUNT(pieces))];
        size_t len = strlen(p), cut = draw(8) == 0 ? draw(len + 1) : len;
        for (size_t i = 0; i < cut && at < n; i++)
            to[at++] = p[i];
    }
    return at;
}

static void same_on_all_levels(void **unused)
{
    char room[64 + BYTES];
    for (unsigned round = 0; round < 400; round++) {
        size_t align = round % 64, n = draw(BYTES + 1);
        char *text = room + align;
        fill_random(text, n, round % 3);
        yj_sieve_block want[BLOCKS + 1], got[BLOCKS + 1];
        yj_sieve_limit(YJ_SIEVE_PLAIN);
        yj_sieve((yj_span){ text, n }, want, BLOCKS + 1, true);
        for (int level = YJ_SIEVE_SSE2; level <= (int)yj_sieve_best(); level++) {
            yj_sieve_limit((yj_sieve_level)level);
            yj_sieve((yj_span){ text, n }, got, BLOCKS + 1, true);
            if (memcmp(want, got, sizeof want) != 0)
                print_error("%s differs\n", yj_sieve_level_name((yj_sieve_level)level));
            assert_memory_equal(want, got, sizeof want);
        }
    }
    yj_sieve_limit(YJ_SIEVE_AVX512);
}

static void bits_are_what_they_say(void **unused)
{
    char room[BYTES + 8];
    memset(room, ' ', sizeof room);
    for (size_t p = 0; p < YJ_COUNT(pieces); p++)
        for (size_t at = 55; at < 130; at++) { /* over a border of blocks */
            yj_sieve_block b[BLOCKS];
            size_t len = strlen(pieces[p]);
            memcpy(room + at, pieces[p], len);
            yj_sieve((yj_span){ room, BYTES }, b, BLOCKS, true);
            for (size_t i = 0; i < BYTES; i++) {
                unsigned char c = (unsigned char)room[i];
                uint64_t bit = UINT64_C(1) << i % 64;
                assert_int_equal((b[i / 64].word & bit) != 0, yj_scan_is_word(room[i]));
                assert_int_equal((b[i / 64].digit & bit) != 0, c >= '0' && c <= '9');
                assert_int_equal((b[i / 64].high & bit) != 0, c >= 0x80);
                assert_int_equal((b[i / 64].at & bit) != 0, c == '@');
            }
            memset(room + at, ' ', len);
        }
}

#define ANNOUNCED (YJ_SAYS_NAME | YJ_SAYS_ADDRESS | YJ_SAYS_PASSWORD)

/* A label of a value that has no form is only found by its last letters: each must be among the sieve's. */
static void sieve_covers_the_words(void **unused)
{
    for (size_t i = 0; i < yj_scan_label_count; i++) {
        const char *label = yj_scan_labels[i].text;
        size_t n = strlen(label);
        yj_sieve_block b;
        if (yj_scan_labels[i].says & (YJ_SAYS_ACCOUNT | YJ_SAYS_SECURITIES)) {
            yj_sieve((yj_span){ label, n }, &b, 1, true);
            if (!(b.account >> (n - 3) & 1))
                print_error("not sieved: %s\n", label);
            assert_true(b.account >> (n - 3) & 1);
        }
        if (!(yj_scan_labels[i].says & ANNOUNCED))
            continue;
        assert_true(n >= 3 && n <= 64);
        yj_sieve((yj_span){ label, n }, &b, 1, true);
        uint64_t bit = UINT64_C(1) << (n - 3);
        if (!(((label[0] & 0x80) ? b.sign : b.tail) & bit))
            print_error("not sieved: %s\n", label);
        assert_true((((label[0] & 0x80) ? b.sign : b.tail) & bit) != 0);
    }
}

/* --- the pass against one that looks at each word and place --------------------------------------------- */

typedef struct sum {
    uint64_t count, places;
} sum;

static void add(void *with, const yj_scan_hit *h)
{
    sum *s = with;
    s->count++;
    s->places += (h->at + 1) * 1000003u + h->len * 8191u + (h->what + 1u) * 131u;
}

static sum slow(yj_span t, const yj_scan_table *table)
{
    sum s = { 0 };
    yj_scan_row row = { .begin = SIZE_MAX };
    yj_scan_look l = { t, 0, t.len, table && table->separator ? table : NULL, add, &s, YJ_SCAN_ALL, &row };
    for (size_t i = 0; i < t.len;) {
        size_t end = yj_scan_word_end(t, i);
        if (end > i) {
            yj_scan_word(&l, i, end);
            if ((t.ptr[end - 1] | 0x20) >= 'a')
                yj_scan_english_label(&l, end);
        }
        i = end > i ? end : i + 1;
    }
    for (size_t i = 0; i < t.len; i++) {
        if (t.ptr[i] == '@')
            yj_scan_mail(&l, i);
        if (i + 3 <= t.len && memcmp(t.ptr + i, "://", 3) == 0)
            yj_scan_url(&l, i, i + 3);
        yj_scan_fixed(&l, i);
        if (i > 0 && (t.ptr[i - 1] & 0x80))
            yj_scan_han_label(&l, i);
    }
    if (t.len > 0 && (t.ptr[t.len - 1] & 0x80))
        yj_scan_han_label(&l, t.len);
    if (l.table)
        yj_scan_rows(&l);
    return s;
}

static void compare_text(yj_span t)
{
    yj_scan_table table;
    const char *end = t.len ? memchr(t.ptr, '\n', t.len) : NULL;
    yj_scan_heading((yj_span){ t.ptr, end ? (size_t)(end - t.ptr) : 0 }, &table);
    sum want = slow(t, &table);
    for (int level = YJ_SIEVE_PLAIN; level <= (int)yj_sieve_best(); level++) {
        sum got = { 0 };
        yj_sieve_limit((yj_sieve_level)level);
        yj_scan_detect(t, 0, t.len, &table, add, &got);
        assert_int_equal(want.count, got.count);
        assert_int_equal(want.places, got.places);
    }
    yj_sieve_limit(YJ_SIEVE_AVX512);
}

static void nothing_is_passed_over(void **unused)
{
    static scan_world w;
    static char room[2048];
    scan_world_init(&w);
    for (uint64_t seed = 1; seed <= 40; seed++) {
        scan_world_make(&w, seed);
        compare_text(yj_buf_view(&w.text));
    }
    scan_world_done(&w);
    for (unsigned round = 0; round < 200; round++) {
        size_t n = fill_random(room, draw(sizeof room) + 1, 1);
        compare_text((yj_span){ room, n });
    }
}

/* Each class by itself finds what it finds among all. */
static void keep_one(void *with, const yj_scan_hit *h)
{
    ((uint64_t *)with)[h->what]++;
}

static void some_classes(void **unused)
{
    static scan_world w;
    scan_world_init(&w);
    for (uint64_t seed = 50; seed < 60; seed++) {
        uint64_t all[YJ_SCAN_CLASS_COUNT_] = { 0 };
        scan_world_make(&w, seed);
        yj_span t = yj_buf_view(&w.text);
        yj_scan_detect(t, 0, t.len, NULL, keep_one, all);
        for (int c = 0; c < YJ_SCAN_CLASS_COUNT_; c++) {
            uint64_t one[YJ_SCAN_CLASS_COUNT_] = { 0 };
            yj_scan_detect_some(t, 0, t.len, NULL, UINT32_C(1) << c, keep_one, one);
            for (int other = 0; other < YJ_SCAN_CLASS_COUNT_; other++)
                assert_int_equal(one[other], other == c ? all[c] : 0);
        }
    }
    scan_world_done(&w);
}

/* Rules of one's own find the same by pieces of any size as in the whole. */
static void keep_place(void *with, const yj_scan_hit *h)
{
    ((unsigned char *)with)[h->at] = (unsigned char)(1 + h->what + h->len);
}

static void own_rules_by_pieces(void **unused)
{
    static const char *const begins[] = { "MBR-" }, *const context[] = { "member" },
                             *const words[] = { "bluebird" };
    static yj_own_rule rules[] = {
        { .id = "a", .kind = YJ_OWN_TOKEN, .begins = { begins, 1 }, .least = 12, .most = 14 },
        { .id = "b", .kind = YJ_OWN_DIGITS, .context = { context, 1 }, .least = 6, .most = 9 },
        { .id = "c", .kind = YJ_OWN_WORDS, .begins = { words, 1 } },
    };
    for (int c = 0; c < 256; c++) {
        rules[0].of[c] = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        rules[1].of[c] = c >= '0' && c <= '9';
    }
    yj_scan_own own = { .rule = rules, .count = YJ_COUNT(rules) };
    static const char text[] =
        "MBR-ABCD1234 MBR-ABC MBR-ABCD123456789 xMBR-ABCD1234\nmember no 123456, 12345, 1234567890"
        " or 987654321\n123456 a bluebird, bluebirds, member: bluebird\n";
    unsigned char whole[sizeof text] = { 0 };
    yj_span t = { text, sizeof text - 1 };
    size_t found = 0;
    yj_scan_own_detect(&own, t, 0, t.len, keep_place, whole);
    for (size_t i = 0; i < t.len; i++)
        found += whole[i] != 0;
    assert_int_equal(found, 5);
    for (size_t piece = 1; piece < t.len; piece++) {
        unsigned char parts[sizeof text] = { 0 };
        for (size_t at = 0; at < t.len; at += piece)
            yj_scan_own_detect(&own, t, at, at + piece, keep_place, parts);
        assert_memory_equal(whole, parts, sizeof text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_on_all_levels),     cmocka_unit_test(bits_are_what_they_say),
        cmocka_unit_test(sieve_covers_the_words), cmocka_unit_test(nothing_is_passed_over),
        cmocka_unit_test(some_classes),           cmocka_unit_test(own_rules_by_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
