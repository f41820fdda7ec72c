// SPDX-License-Identifier: Apache-2.0
/* Counters of attempts on both stores: what is free, how pauses grow, that a refused attempt does not
 * lengthen them. */
#include "access_test.h"

#include "access/pause.h"

static const yj_pause rule = { .free = 3, .first_s = 2, .most_s = 7, .forget_s = 1000 };
static const yj_digest key = { { 1 } }, another = { { 2 } };

static int64_t waits(office *o, const yj_digest *k, int64_t at)
{
    yj_error err = { 0 };
    yj_paused x;
    written(o, yj_pause_count(o->db, k, &rule, at, &x, &err));
    return x.wait_ns / YJ_NS_PER_S;
}

static void count__pauses_longer_and_longer(void **state)
{
    office o;
    office_open(&o, state);
    int64_t at = NOW;
    for (int i = 0; i < 3; i++)
        assert_int_equal(waits(&o, &key, at), 0);
    assert_int_equal(waits(&o, &key, at), 0); /* the fourth makes a pause */
    assert_int_equal(waits(&o, &key, at), 2);
    assert_int_equal(waits(&o, &key, at + SECONDS(1)), 1);
    assert_int_equal(waits(&o, &another, at), 0); /* nobody else's */
    at += SECONDS(2);
    assert_int_equal(waits(&o, &key, at), 0);
    assert_int_equal(waits(&o, &key, at), 4);
    at += SECONDS(4);
    assert_int_equal(waits(&o, &key, at), 0);
    assert_int_equal(waits(&o, &key, at), 7); /* not eight */
    at += SECONDS(7);
    assert_int_equal(waits(&o, &key, at), 0);
    assert_int_equal(waits(&o, &key, at), 7);
    at += SECONDS(1001);
    for (int i = 0; i < 4; i++)
        assert_int_equal(waits(&o, &key, at), 0); /* as new */
    assert_int_equal(waits(&o, &key, at), 2);
    office_close(&o);
}

static void count__is_not_lengthened_by_what_is_refused(void **state)
{
    office o;
    office_open(&o, state);
    for (int i = 0; i < 4; i++)
        assert_int_equal(waits(&o, &key, NOW), 0);
    for (int i = 0; i < 50; i++)
        assert_int_equal(waits(&o, &key, NOW), 2);
    assert_int_equal(waits(&o, &key, NOW + SECONDS(2)), 0);
    assert_int_equal(waits(&o, &key, NOW + SECONDS(2)), 4);
    office_close(&o);
}

static void undo__takes_the_attempt_and_its_pause_back(void **state)
{
    office o;
    yj_error err = { 0 };
    yj_paused x;
    office_open(&o, state);
    for (int i = 0; i < 20; i++) {
        written(&o, yj_pause_count(o.db, &key, &rule, NOW, &x, &err));
        assert_int_equal(x.wait_ns, 0);
        assert_int_equal(x.count, 1);
        written(&o, yj_pause_undo(o.db, &key, &x, &err));
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(waits(&o, &key, NOW), 0);
    written(&o, yj_pause_count(o.db, &key, &rule, NOW, &x, &err));
    assert_int_equal(x.free_at, NOW + SECONDS(2));
    written(&o, yj_pause_undo(o.db, &key, &x, &err));
    assert_int_equal(waits(&o, &key, NOW), 0);
    assert_int_equal(waits(&o, &key, NOW), 2);
    office_close(&o);
}

static void clear__and_sweep_forget(void **state)
{
    office o;
    yj_error err = { 0 };
    office_open(&o, state);
    for (int i = 0; i < 4; i++)
        assert_int_equal(waits(&o, &key, NOW), 0);
    written(&o, yj_pause_clear(o.db, &key, &err));
    assert_int_equal(waits(&o, &key, NOW), 0);
    assert_int_equal(waits(&o, &another, NOW + SECONDS(100)), 0);
    written(&o, yj_pause_sweep(o.db, NOW + SECONDS(1000), &err));
    assert_int_equal(yj_test_number(o.db, "SELECT count(*) FROM attempt"), 2);
    written(&o, yj_pause_sweep(o.db, NOW + SECONDS(1001), &err));
    assert_int_equal(yj_test_number(o.db, "SELECT count(*) FROM attempt"), 1);
    office_close(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(count__pauses_longer_and_longer),
        yj_test_stores(count__is_not_lengthened_by_what_is_refused),
        yj_test_stores(undo__takes_the_attempt_and_its_pause_back),
        yj_test_stores(clear__and_sweep_forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
