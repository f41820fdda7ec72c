// SPDX-License-Identifier: Apache-2.0
/* Every allocation of a load fails once: the failure is told as such, nothing leaks. */
#include "packs.h"

#include "nomem.h"
#include "pack/prepared.h"

static void torture(const char *name, yj_status (*scenario)(void *arg, yj_error *err), void *arg,
                    long at_least)
{
    yj_torture_run_told(&(yj_torture){ .name = name, .run = scenario, .arg = arg, .at_least = at_least });
}

typedef struct packs {
    yj_pack_source *s[2];
    char scratch[300];
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
    return yj_cases_load(p->s[0], NULL, 0, c, &cases, rows, 4, &count, err);
}

static yj_status load_known(void *arg, yj_error *err)
{
    packs *p = arg;
    const yj_pack_source *both[] = { p->s[0], p->s[1] };
    yj_auto(yj_catalog_unrefp) yj_catalog *c = NULL;
    bool checked;
    return yj_catalog_load_known(both, 2, NULL, &c, &checked, err);
}

static yj_status prepare(void *arg, yj_error *err)
{
    packs *p = arg;
    const yj_pack_source *both[] = { p->s[0], p->s[1] };
    yj_auto(yj_buf_done) yj_buf bytes;
    yj_buf_init(&bytes, YJ_PREPARED_BYTES_MAX);
    return yj_prepare(both, 2, p->scratch, &bytes, NULL, 0, NULL, err);
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
    packs p = { .s = { pack_read("base", *state), pack_read("over", *state) } };
    snprintf(p.scratch, sizeof p.scratch, "%s/scratch.db", (const char *)*state);
    torture("load", load, &p, 20);
    torture("prepare", prepare, &p, 20);
    const yj_pack_source *both[] = { p.s[0], p.s[1] };
    yj_auto(yj_buf_done) yj_buf bytes;
    yj_buf_init(&bytes, YJ_PREPARED_BYTES_MAX);
    assert_int_equal(yj_prepare(both, 2, p.scratch, &bytes, NULL, 0, NULL, NULL), YJ_OK);
    const yj_prepared known = { bytes.ptr, bytes.len };
    yj_prepared_use(&known);
    torture("load_known", load_known, &p, 3);
    yj_prepared_use(NULL);
    torture("copy", copy, &p, 2);
    torture("read_again", read_again, &p, 5);
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
