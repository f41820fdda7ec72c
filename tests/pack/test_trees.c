// SPDX-License-Identifier: Apache-2.0
/* The packs of this repository load without complaint, and so do their cases. */
#include "packs.h"

static const char *const core_only[] = { "core", NULL }, *const standard[] = { "core", "sf-cloud", NULL };

static void load_tree(const char *const *names)
{
    loaded l;
    packs_load(PACK_TEST_TREE, names, true, &l);
    loaded_print(&l);
    if (l.status != YJ_OK)
        print_error("%s\n", l.err.msg);
    assert_int_equal(l.status, YJ_OK);
    assert_non_null(l.cases);
    loaded_done(&l);
}

static void core__loads_alone(void **state)
{
    load_tree(core_only);
}

static void sf_cloud__loads_with_its_cases(void **state)
{
    if (!yj_path_exists(PACK_TEST_TREE "/sf-cloud/pack.yaml"))
        skip();
    load_tree(standard);
}

/* What other parts of the program name. */
static void core__has_the_kinds_the_engine_names(void **state)
{
    static const char *const fields[][2] = {
        { "institution", "code" },
        { "institution", "name" },
        { "institution", "type" },
        { "person", "name" },
        { "person", "number" },
        { "person", "roles" },
        { "person", "email" },
        { "evidence", "digest" },
        { "evidence", "source" },
        { "membership", "person" },
        { "role", "role" },
        { "delegation", "from_person" },
        { "delegation", "to_person" },
        { "trusted_key", "public_key" },
        { "calendar", "date" },
        { "calendar", "working" },
        { "setting", "value" },
        { "attestation", "requirement" },
        { "attestation", "subject" },
        { "attestation", "made_by" },
        { "attestation", "confirmed_by" },
        { "risk_acceptance", "subject" },
        { "risk_acceptance", "valid_until" },
    };
    loaded l;
    packs_load(PACK_TEST_TREE, core_only, false, &l);
    assert_int_equal(l.status, YJ_OK);
    for (size_t i = 0; i < YJ_COUNT(fields); i++) {
        const yj_kind *k = yj_catalog_kind(l.catalog, yj_span_of(fields[i][0]));
        if (!k || !yj_kind_field(k, yj_span_of(fields[i][1])))
            fail_msg("%s.%s is missing", fields[i][0], fields[i][1]);
    }
    const yj_kind *e = yj_catalog_kind(l.catalog, YJ_SPAN("evidence"));
    const yj_field *source = &e->fields[e->strength_field];
    static const struct {
        const char *id;
        int strength;
    } sources[] = { { "instrument", 3 }, { "third_party", 2 }, { "person", 1 } };
    for (size_t i = 0; i < YJ_COUNT(sources); i++) {
        const yj_option *o = yj_field_option(source, yj_span_of(sources[i].id));
        assert_non_null(o);
        assert_int_equal(e->strength_of_option[o - source->options], sources[i].strength);
    }
    assert_int_equal(l.catalog->engine_reason_count, 6);
    for (size_t i = 0; i < l.catalog->kind_count; i++) {
        const yj_kind *k = &l.catalog->kinds[i];
        if (!k->help.in[YJ_LANG_ZH])
            fail_msg("kind %s has no help", k->name);
    }
    loaded_done(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(core__loads_alone),
        cmocka_unit_test(core__has_the_kinds_the_engine_names),
        cmocka_unit_test(sf_cloud__loads_with_its_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
