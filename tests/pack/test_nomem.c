// SPDX-License-Identifier: Apache-2.0
/* Every allocation of a load fails once: the failure is told as such, nothing leaks. Linked with --wrap for
 * malloc, calloc and realloc. */
#include "packs.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static long fail_after = -1; /* allocations that still succeed; -1: all */
static bool failed;

static bool refuse(void)
{
    if (fail_after < 0 || fail_after-- > 0)
        return false;
    fail_after = -1;
    failed = true;
    return true;
}

void *__wrap_malloc(size_t n)
{
    return refuse() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return refuse() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return refuse() ? NULL : __real_realloc(p, n);
}

/* Fail allocation 0, 1, 2, ... until the scenario succeeds. */
static void torture(yj_status (*scenario)(void *arg, yj_error *err), void *arg, long at_least)
{
    for (long n = 0;; n++) {
        yj_error err = { 0 };
        failed = false;
        fail_after = n;
        yj_status st = scenario(arg, &err);
        fail_after = -1;
        if (!failed) {
            if (st != YJ_OK)
                print_error("%s\n", err.msg);
            assert_int_equal(st, YJ_OK);
            assert_true(n >= at_least);
            return;
        }
        if (st != YJ_E_NOMEM)
            print_error("allocation %ld: %s: %s\n", n, yj_status_slug(st), err.msg);
        assert_int_equal(st, YJ_E_NOMEM);
        assert_int_equal(err.code, YJ_E_NOMEM);
    }
}

typedef struct packs {
    yj_pack_source *s[2];
} packs;

static yj_status load(void *arg, yj_error *err)
{
    packs *p = arg;
    const yj_pack_source *both[] = { p->s[0], p->s[1] };
    yj_auto(yj_catalog_unrefp) yj_catalog *c = NULL;
    yj_auto(yj_cases_freep) yj_cases *cases = NULL;
    yj_complaint rows[4];
    size_t count;
    YJ_TRY(yj_catalog_load(both, 2, &c, rows, 4, &count, err));
    return yj_cases_load(p->s[0], c, &cases, rows, 4, &count, err);
}

static yj_status copy(void *arg, yj_error *err)
{
    packs *p = arg;
    yj_auto(yj_pack_source_freep) yj_pack_source *s = NULL;
    return yj_pack_source_make("copy", p->s[0]->files, p->s[0]->file_count, &s, err);
}

static yj_status read_again(void *arg, yj_error *err)
{
    yj_auto(yj_pack_source_freep) yj_pack_source *s = NULL;
    return yj_pack_source_read(PACK_TEST_DATA "/base", &s, err);
}

static void load__survives_each_failed_allocation(void **state)
{
    pack_write("base", *state, NULL, 0);
    pack_write("over", *state, NULL, 0);
    packs p = { { pack_read("base", *state), pack_read("over", *state) } };
    torture(load, &p, 20);
    torture(copy, &p, 2);
    torture(read_again, &p, 5);
    yj_pack_source_free(p.s[0]);
    yj_pack_source_free(p.s[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(load__survives_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
