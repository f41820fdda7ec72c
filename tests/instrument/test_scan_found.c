// SPDX-License-Identifier: Apache-2.0
/* What is found in made-up documents, on the seeds that the detectors were written with (the bench takes
 * others), and that windows find what one look finds. */
#include "../base/test.h"
#include "scan_world.h"

#define DEVELOPMENT_SEEDS 300

static void found_and_not_found(void **state)
{
    static scan_world w;
    scan_score s = { 0 };
    scan_world_init(&w);
    for (uint64_t seed = 1; seed <= DEVELOPMENT_SEEDS; seed++) {
        scan_world_make(&w, seed);
        scan_world_score(&w, &s, getenv("YJ_TELL") != NULL);
    }
    scan_world_done(&w);
    printf("# precision %.4f, recall %.4f\n", scan_precision(&s, -1), scan_recall(&s, -1));
    for (int c = 0; c < YJ_SCAN_CLASS_COUNT_; c++) {
        print_message("%s: right %llu, wrong %llu, missed %llu\n", yj_scan_class_name((yj_scan_class)c),
                      (unsigned long long)s.right[c], (unsigned long long)s.wrong[c],
                      (unsigned long long)s.missed[c]);
        assert_true(s.right[c] > 0);
        assert_true(scan_precision(&s, c) >= 0.9 && scan_recall(&s, c) >= 0.9);
    }
    assert_true(scan_precision(&s, -1) >= 0.98);
    assert_true(scan_recall(&s, -1) >= 0.95);
}

typedef struct list {
    yj_scan_hit hit[8192];
    size_t count;
} list;

static void keep(void *with, const yj_scan_hit *h)
{
    list *l = with;
    assert_true(l->count < YJ_COUNT(l->hit));
    l->hit[l->count++] = *h;
}

static int by_place(const void *a, const void *b)
{
    const yj_scan_hit *x = a, *y = b;
    return x->at != y->at ? (x->at < y->at ? -1 : 1) : (int)x->what - (int)y->what;
}

static void windows_find_the_same(void **state)
{
    static scan_world w;
    static list whole, pieces;
    uint64_t random = TEST_SEED;
    scan_world_init(&w);
    for (uint64_t seed = 1; seed <= 40; seed++) {
        scan_world_make(&w, seed);
        yj_span t = yj_buf_view(&w.text);
        yj_scan_table table;
        yj_scan_heading((yj_span){ t.ptr, strcspn(t.ptr, "\n") }, &table);
        whole.count = pieces.count = 0;
        yj_scan_detect(t, 0, t.len, &table, keep, &whole);
        for (size_t from = 0; from < t.len;) {
            size_t to = from + 1 + test_random(&random) % 300;
            to = to < t.len ? to : t.len;
            yj_scan_detect(t, from, to, &table, keep, &pieces);
            from = to;
        }
        qsort(whole.hit, whole.count, sizeof whole.hit[0], by_place);
        qsort(pieces.hit, pieces.count, sizeof pieces.hit[0], by_place);
        assert_int_equal(whole.count, pieces.count);
        for (size_t i = 0; i < whole.count; i++) {
            assert_int_equal(whole.hit[i].at, pieces.hit[i].at);
            assert_int_equal(whole.hit[i].what, pieces.hit[i].what);
            assert_int_equal(whole.hit[i].len, pieces.hit[i].len);
        }
    }
    scan_world_done(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_and_not_found),
        cmocka_unit_test(windows_find_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
