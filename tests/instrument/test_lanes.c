// SPDX-License-Identifier: Apache-2.0
#include "../base/test.h"

#include "base/file.h"
#include "instrument/verify/compare.h"
#include "instrument/verify/lanes.h"
#include <sys/resource.h>
#include <unistd.h>

/* GB/T 32905-2016, A.1 and A.2; FIPS 180-2, B.1 */
#define ABC_SM3 "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
#define ABCD_16_SM3 "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
#define ABC_SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

#define TEXT_BYTES 200000
static unsigned char text[TEXT_BYTES];

static uint32_t seed = 20261128;
static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)(seed >> 4) * below >> 28);
}

static void by_openssl(yj_sum_alg alg, const void *bytes, size_t len, yj_sum *ret)
{
    yj_auto(yj_summer_freep) yj_summer *s = yj_summer_new(alg);
    assert_non_null(s);
    yj_summer_begin(s);
    yj_summer_add(s, bytes, len);
    yj_summer_end(s, ret);
}

typedef struct given {
    const unsigned char *at; /* what is left of the text, and where it began */
    size_t len, whole;
    bool last, busy;
} given;

static void feed(yj_lanes *l, unsigned lane, given *g)
{
    size_t n = g->len;
    if (n >= YJ_LANES_BLOCK && draw(3)) /* pieces of whole blocks, the last of any length, none among them */
        n = (1 + draw((uint32_t)(n / YJ_LANES_BLOCK))) * YJ_LANES_BLOCK;
    g->last = n == g->len && (n % YJ_LANES_BLOCK || n == 0 || draw(2));
    if (!g->last && n % YJ_LANES_BLOCK)
        g->last = true;
    yj_lanes_give(l, lane, g->at, n, g->last);
    g->at += n;
    g->len -= n;
}

/* Texts of the lengths around `len` and of any, at any address, in lanes that begin and end at other times,
 * until `count` have been compared with OpenSSL's digest. */
static void mix(yj_sum_alg alg, unsigned used, uint32_t longest, unsigned count)
{
    yj_auto(yj_lanes_freep) yj_lanes *l = yj_lanes_new(alg);
    given g[YJ_LANES_MAX] = { { NULL, 0, 0, false, false } };
    unsigned begun = 0, ended = 0;
    assert_non_null(l);
    assert_in_range(used, 1, yj_lanes_width(alg));
    for (;;) {
        for (unsigned i = 0; i < used; i++) {
            if (g[i].busy || begun == count)
                continue;
            const size_t len = begun <= 2 * YJ_LANES_BLOCK + 2 ? begun : draw(longest);
            g[i] = (given){ text + draw(64), len, len, false, true };
            yj_lanes_begin(l, i);
            feed(l, i, &g[i]);
            begun++;
        }
        const unsigned ready = yj_lanes_run(l);
        if (!ready)
            break;
        for (unsigned i = 0; i < used; i++) {
            if (!(ready >> i & 1))
                continue;
            assert_true(g[i].busy);
            if (!g[i].last) {
                if (draw(50)) {
                    feed(l, i, &g[i]);
                } else { /* it could not be read on */
                    yj_lanes_drop(l, i);
                    g[i].busy = false;
                    ended++;
                }
                continue;
            }
            yj_sum got, want;
            yj_lanes_end(l, i, &got);
            by_openssl(alg, g[i].at - g[i].whole, g[i].whole, &want);
            assert_memory_equal(got.b, want.b, sizeof want.b);
            g[i].busy = false;
            ended++;
        }
    }
    assert_int_equal(ended, count);
}

static void lanes__digest_as_openssl_does(void **state)
{
    (void)state;
    static const yj_sum_alg algs[] = { YJ_SUM_SM3, YJ_SUM_SHA256 };
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (unsigned char)draw(256);
    for (int level = YJ_LANES_PLAIN; level <= (int)yj_lanes_best(); level++) {
        yj_lanes_limit((yj_lanes_level)level);
        for (size_t a = 0; a < YJ_COUNT(algs); a++) {
            const unsigned width = yj_lanes_width(algs[a]);
            if (width == 1) {
                assert_null(yj_lanes_new(algs[a]));
                continue;
            }
            for (unsigned used = 1; used <= width; used++)
                mix(algs[a], used, 600, 200);
            mix(algs[a], width, 9000, 300);
            mix(algs[a], width, TEXT_BYTES - 64, 140);
        }
    }
    yj_lanes_limit(YJ_LANES_LEVEL_COUNT_ - 1);
}

static void lanes__are_asked_for_what_they_know(void **state)
{
    (void)state;
    assert_int_equal(yj_lanes_width(YJ_SUM_SHA512), 1);
    assert_int_equal(yj_lanes_width(YJ_SUM_MD5), 1);
    assert_null(yj_lanes_new(YJ_SUM_SHA512));
    assert_int_equal(yj_lanes_width(YJ_SUM_SM3), yj_lanes_best() == YJ_LANES_AVX512 ? 16
                                                 : yj_lanes_best() == YJ_LANES_AVX2 ? 8
                                                                                    : 1);
    yj_lanes_limit(YJ_LANES_PLAIN);
    assert_int_equal(yj_lanes_width(YJ_SUM_SM3), 1);
    yj_lanes_limit(YJ_LANES_LEVEL_COUNT_ - 1);
}

static void lanes__know_the_standards_examples(void **state)
{
    (void)state;
    static const struct {
        yj_sum_alg alg;
        const char *text, *hex;
    } known[] = {
        { YJ_SUM_SM3, "abc", ABC_SM3 },
        { YJ_SUM_SM3, "abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd", ABCD_16_SM3 },
        { YJ_SUM_SHA256, "abc", ABC_SHA256 },
    };
    for (size_t k = 0; k < YJ_COUNT(known); k++) {
        const unsigned width = yj_lanes_width(known[k].alg);
        yj_auto(yj_lanes_freep) yj_lanes *l = yj_lanes_new(known[k].alg);
        for (unsigned i = 0; l && i < width; i++) {
            yj_lanes_begin(l, i);
            yj_lanes_give(l, i, known[k].text, strlen(known[k].text), true);
        }
        for (unsigned i = 0; l && i < width; i++) {
            yj_sum sum;
            char hex[2 * YJ_SUM_MAX + 1];
            assert_true(yj_lanes_run(l) >> i & 1);
            yj_lanes_end(l, i, &sum);
            yj_sum_hex(known[k].alg, &sum, hex);
            assert_string_equal(hex, known[k].hex);
        }
        if (l)
            assert_int_equal(yj_lanes_run(l), 0);
    }
}

/* --- files ------------------------------------------------------------------------------------ */

static void put(const char *folder, unsigned number, size_t len, bool changed)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%u", folder, number % 3);
    yj_error err;
    assert_status(yj_dir_make(path, &err), YJ_OK);
    snprintf(path, sizeof path, "%s/%u/f%u", folder, number % 3, number);
    FILE *f = fopen(path, "we"); /* nothing here need survive a crash */
    assert_non_null(f);
    assert_int_equal(fwrite(text + number, 1, len - changed, f), len - changed);
    if (changed)
        assert_int_not_equal(fputc(text[number + len - 1] ^ 1, f), EOF);
    assert_int_equal(fclose(f), 0);
}

/* Large beside small, more of them than there are lanes, and fewer; at every level the same. */
static void files__have_equal_digests_at_every_level(void **state)
{
    static const size_t lens[] = {
        0, 1, 55, 56, 63, 64, 65, 4000, 32767, 32768, 32769, 65536, 98304, 131071
    };
    char a[400], b[400];
    snprintf(a, sizeof a, "%s/a", (const char *)*state);
    snprintf(b, sizeof b, "%s/b", (const char *)*state);
    yj_error err;
    static const unsigned counts[] = { 3, 6, 13, 63 }; /* spread, packed with a reader, and more than lanes */
    unsigned made = 0;
    for (size_t c = 0; c < YJ_COUNT(counts); c++) {
        const unsigned count = counts[c];
        for (; made < count; made++) {
            put(a, made, lens[made % YJ_COUNT(lens)], false);
            put(b, made, lens[made % YJ_COUNT(lens)], made % 10 == 5);
        }
        for (int level = YJ_LANES_PLAIN; level <= (int)yj_lanes_best(); level++)
            for (int alg = YJ_SUM_SHA256; alg <= YJ_SUM_SM3; alg++) {
                yj_lanes_limit((yj_lanes_level)level);
                const yj_verify_options o = { .alg = (yj_sum_alg)alg, .threads = 2 };
                yj_auto(yj_verify_done) yj_verify_result r;
                assert_status(yj_verify_folders(a, b, &o, &r, &err), YJ_OK);
                assert_int_equal(r.expected, count);
                assert_int_equal(r.changed, (count + 4) / 10);
                assert_int_equal(r.matched, count - r.changed);
                for (size_t i = 0; i < r.a.count; i++) {
                    const yj_item *it = &r.a.item[i];
                    if (it->kind != YJ_ITEM_FILE)
                        continue;
                    yj_sum want;
                    const unsigned long number = strtoul(strrchr(it->path, 'f') + 1, NULL, 10);
                    by_openssl((yj_sum_alg)alg, text + number, lens[number % YJ_COUNT(lens)], &want);
                    assert_true(it->has_sum);
                    assert_memory_equal(it->sum.b, want.b, sizeof want.b);
                }
            }
    }
    yj_lanes_limit(YJ_LANES_LEVEL_COUNT_ - 1);
}

/* One that cannot be opened, and one whose folder has gone: the lane takes the next, and nothing else
 * suffers. */
static void files__that_cannot_be_read_cost_only_themselves(void **state)
{
    char a[400], name[600];
    snprintf(a, sizeof a, "%s/a", (const char *)*state);
    for (unsigned i = 0; i < 40; i++)
        put(a, i, 1000 + i, false);
    yj_error err;
    yj_auto(yj_tree_done) yj_tree t = { .root_fd = -1 };
    assert_status(yj_tree_init(&t, &err), YJ_OK);
    for (unsigned i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "%u/f%u", i % 3, i);
        yj_item *it = yj_tree_add(&t, yj_span_of(name));
        assert_non_null(it);
        by_openssl(YJ_SUM_SM3, text + i, 1000 + i, &it->sum);
        it->has_sum = true;
    }
    yj_tree_sort(&t);
    snprintf(name, sizeof name, "%s/1/f7", a);
    assert_int_equal(unlink(name), 0);
    assert_int_equal(symlink("f4", name), 0);
    const yj_verify_options o = { .alg = YJ_SUM_SM3, .threads = 1 };
    yj_auto(yj_verify_done) yj_verify_result r;
    assert_status(yj_verify_list(&t, a, &o, &r, &err), YJ_OK);
    assert_int_equal(r.matched, 39);
    assert_int_equal(r.expected, 40);
    assert_false(yj_verify_fine(&r));
}

/* Whoever may open few files holds few at a time, and reads all the same. */
static void files__are_held_as_descriptors_allow(void **state)
{
    char a[400], b[400];
    struct rlimit before, few;
    snprintf(a, sizeof a, "%s/a", (const char *)*state);
    snprintf(b, sizeof b, "%s/b", (const char *)*state);
    for (unsigned i = 0; i < 40; i++) {
        put(a, i, 1000 + i, false);
        put(b, i, 1000 + i, false);
    }
    yj_error err;
    const yj_verify_options o = { .alg = YJ_SUM_SM3, .threads = 2 };
    yj_auto(yj_verify_done) yj_verify_result r;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = 64; /* two threads with 16 pairs each would need more */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    assert_status(yj_verify_folders(a, b, &o, &r, &err), YJ_OK);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(r.matched, 40);
    assert_true(yj_verify_fine(&r));
}

static yj_status soon_not(void *self, yj_error *err)
{
    return yj_fail(err, YJ_E_BUSY, "out of memory");
}

/* Stopped in the middle or just at its end: what the question said is the answer, and nothing is left open.
 */
static void files__are_let_go_when_it_is_stopped(void **state)
{
    char a[400];
    snprintf(a, sizeof a, "%s/a", (const char *)*state);
    for (unsigned i = 0; i < 13; i++)
        put(a, i, 100000, false);
    yj_error err;
    const yj_verify_options o = { .alg = YJ_SUM_SM3, .threads = 2, .go_on = soon_not };
    yj_auto(yj_verify_done) yj_verify_result r;
    assert_status(yj_verify_make(a, &o, &r, &err), YJ_E_BUSY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes__are_asked_for_what_they_know),
        cmocka_unit_test(lanes__know_the_standards_examples),
        cmocka_unit_test(lanes__digest_as_openssl_does),
        cmocka_unit_test_setup_teardown(files__have_equal_digests_at_every_level, test_folder_make,
                                        test_folder_remove),
        cmocka_unit_test_setup_teardown(files__are_held_as_descriptors_allow, test_folder_make,
                                        test_folder_remove),
        cmocka_unit_test_setup_teardown(files__are_let_go_when_it_is_stopped, test_folder_make,
                                        test_folder_remove),
        cmocka_unit_test_setup_teardown(files__that_cannot_be_read_cost_only_themselves, test_folder_make,
                                        test_folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
