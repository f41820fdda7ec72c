// SPDX-License-Identifier: Apache-2.0
/* Every allocation of a scenario fails once: the failure is told as such, nothing leaks, outputs stay as they
 * were. */
#include "test.h"

#include "nomem.h"

#include "base/arena.h"
#include "base/csv.h"
#include "base/json.h"
#include "base/sign.h"
#include "base/time.h"

static void torture(const char *name, yj_status (*scenario)(void *arg, yj_error *err), void *arg,
                    long at_least)
{
    yj_torture_run_told(&(yj_torture){ .name = name, .run = scenario, .arg = arg, .at_least = at_least });
}

static yj_status fill_arena(void *arg, yj_error *err)
{
    (void)arg;
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(4 << 20);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    for (int i = 0; i < 100; i++)
        memset(yj_arena_alloc(a, 5000), 1, 5000);
    memset(yj_arena_alloc(a, 100000), 1, 100000);
    return yj_arena_status(a, err);
}

static void arena__fails_cleanly(void **state)
{
    (void)state;
    torture("fill_arena", fill_arena, NULL, 6);
}

static yj_status fill_buf(void *arg, yj_error *err)
{
    (void)arg;
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 10000);
    for (int i = 0; i < 100; i++)
        yj_buf_fmt(&b, "%d,", i);
    yj_buf_hex(&b, "0123456789", 10);
    yj_buf_base64(&b, "0123456789", 10);
    return yj_buf_status(&b, err);
}

static void buf__fails_cleanly(void **state)
{
    (void)state;
    torture("fill_buf", fill_buf, NULL, 3);
}

static yj_status write_canonical(void *arg, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 10000);
    yj_status st = yj_json_canonical(arg, &b, err);
    assert_true(st == YJ_OK || b.len == 0);
    yj_buf_clear(&b);
    if (st != YJ_OK)
        return st;
    yj_jw w;
    yj_jw_init(&w, &b);
    yj_jw_json(&w, arg);
    return yj_buf_status(&b, err);
}

static void canonical__fails_cleanly(void **state)
{
    (void)state;
    yj_auto(yj_json_freep) json_t *v = json_object();
    for (int i = 0; i < 30; i++) {
        char key[20];
        snprintf(key, sizeof key, "key%d", i);
        json_object_set_new(v, key, json_pack("{s:i}", "a", i));
    }
    torture("write_canonical", write_canonical, v, 3);
}

static yj_status read_csv(void *arg, yj_error *err)
{
    (void)arg;
    yj_auto(yj_csv_freep) yj_csv *r = yj_csv_new(YJ_SPAN("a,\"b\"\"c\"\nd\n"));
    if (!r)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    const yj_span *cells = NULL;
    size_t count = 0, line = 0;
    for (bool more = true; more;)
        YJ_TRY(yj_csv_next(r, &cells, &count, &line, &more, err));
    return YJ_OK;
}

static void csv__fails_cleanly(void **state)
{
    (void)state;
    torture("read_csv", read_csv, NULL, 2);
}

static yj_status list_folder(void *arg, yj_error *err)
{
    yj_names names = { NULL, 0 };
    yj_status st = yj_dir_list(arg, &names, err);
    assert_true(st == YJ_OK || (!names.name && !names.count));
    yj_names_free(&names);
    return st;
}

static void dir_list__fails_cleanly(void **state)
{
    yj_error err;
    for (int i = 0; i < 20; i++) {
        char path[300];
        snprintf(path, sizeof path, "%s/%d", (const char *)*state, i);
        assert_status(yj_dir_make(path, &err), YJ_OK);
    }
    torture("list_folder", list_folder, *state, 20);
}

static yj_status open_zone(void *arg, yj_error *err)
{
    yj_auto(yj_zone_freep) yj_zone *z = NULL;
    yj_status st = yj_zone_open(arg, &z, err);
    assert_true(st == YJ_OK || !z);
    return st;
}

static void zone_open__fails_cleanly(void **state)
{
    (void)state;
    static char shanghai[] = "Asia/Shanghai";
    torture("open_zone", open_zone, shanghai, 3);
}

static yj_status make_hasher(void *arg, yj_error *err)
{
    (void)arg;
    yj_auto(yj_hasher_freep) yj_hasher *h = yj_hasher_new(YJ_HASH_SM3);
    return h ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

static void hasher_new__fails_cleanly(void **state)
{
    (void)state;
    torture("make_hasher", make_hasher, NULL, 1);
}

static yj_status load_keys(void *arg, yj_error *err)
{
    yj_auto(yj_key_freep) yj_key *k = NULL, *p = NULL;
    YJ_TRY(yj_key_load(arg, &k, err));
    uint8_t pub[YJ_PUB_MAX];
    size_t len = 0;
    yj_key_public(k, pub, &len);
    return yj_key_from_public(yj_key_alg(k), (yj_span){ (char *)pub, len }, &p, err);
}

static void keys__fail_cleanly(void **state)
{
    yj_error err;
    for (int alg = 0; alg < YJ_SIGN_COUNT_; alg++) {
        char path[300];
        snprintf(path, sizeof path, "%s/%d.pem", (const char *)*state, alg);
        yj_auto(yj_key_freep) yj_key *k = NULL;
        assert_status(yj_key_generate((yj_sign_alg)alg, &k, &err), YJ_OK);
        assert_status(yj_key_save(k, path, &err), YJ_OK);
        torture("load_keys", load_keys, path, 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena__fails_cleanly),       cmocka_unit_test(buf__fails_cleanly),
        cmocka_unit_test(canonical__fails_cleanly),   cmocka_unit_test(csv__fails_cleanly),
        unit_test_in_folder(dir_list__fails_cleanly), cmocka_unit_test(zone_open__fails_cleanly),
        cmocka_unit_test(hasher_new__fails_cleanly),  unit_test_in_folder(keys__fail_cleanly),
    };
    return cmocka_run_group_tests_name("nomem", tests, NULL, NULL);
}
