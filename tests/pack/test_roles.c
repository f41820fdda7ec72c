// SPDX-License-Identifier: Apache-2.0
/* made_for in access.yaml: read as it stands, added to by an overlay, and a row for each way in which it can
 * be wrong. */
#include "packs.h"

static const char *const base[] = { "base", NULL }, *const both[] = { "base", "over", NULL };

#define FIRM                                                                                                 \
    "kind: firm\nlabel: {zh: a, en: Firm}\nkey: [name]\nname: name\nfields:\n"                               \
    "  name: {type: text, required: true, label: {zh: a, en: Name}}\n"                                       \
    "  sort: {type: choice, options: {buyer: {zh: a, en: Buyer}, seller: {zh: b, en: Seller}}, label: {zh: " \
    "a, en: Sort}}\n"
#define TYPES "institutions: {kind: firm, type: sort}\n"
#define GROUPS "groups:\n  heads: [boss, chief]"
#define MADE "made_for: {boss: all, chief: [buyer], clerk: [buyer, seller]}\n"

/* @param made what base says; over_made what over says; NULL nothing */
static void load(const char *folder, const char *types, const char *made, const char *over_made, loaded *ret)
{
    char own[600], over[600];
    snprintf(own, sizeof own, "%s" GROUPS, made ? made : "");
    snprintf(over, sizeof over, "%sgroups:", over_made ? over_made : "");
    const patch patches[] = { { "kinds/firm.yaml", NULL, FIRM },
                              { "exchange.yaml", NULL, types },
                              { "access.yaml", GROUPS, own } };
    const patch above = { "access.yaml", "groups:", over };
    pack_write("base", folder, patches, YJ_COUNT(patches));
    if (over_made)
        pack_write("over", folder, &above, 1);
    packs_load(folder, over_made ? both : base, false, ret);
}

static uint64_t bit(const yj_catalog *c, const char *role)
{
    const yj_field *f = &c->kinds[c->access.person].fields[c->access.roles];
    const yj_option *o = yj_field_option(f, yj_span_of(role));
    assert_non_null(o);
    return UINT64_C(1) << (o - f->options);
}

static void catalog_load__reads_what_roles_are_made_for(void **state)
{
    loaded l;
    load(*state, TYPES, MADE, NULL, &l);
    loaded_print(&l);
    assert_int_equal(l.status, YJ_OK);
    const yj_access *a = &l.catalog->access;
    assert_non_null(a->made_for);
    assert_int_equal(a->made_for_all, bit(l.catalog, "boss"));
    assert_int_equal(a->made_for[0], bit(l.catalog, "chief") | bit(l.catalog, "clerk"));
    assert_int_equal(a->made_for[1], bit(l.catalog, "clerk"));
    loaded_done(&l);
}

/* Nothing said: every role counts everywhere, as in packs of before. */
static void catalog_load__does_without(void **state)
{
    loaded l;
    load(*state, TYPES, NULL, NULL, &l);
    assert_int_equal(l.status, YJ_OK);
    assert_null(l.catalog->access.made_for);
    loaded_done(&l);
}

static void catalog_load__adds_what_an_overlay_says(void **state)
{
    loaded l;
    load(*state, TYPES, MADE, "made_for: {chief: [seller], clerk: all}\n", &l);
    loaded_print(&l);
    assert_int_equal(l.status, YJ_OK);
    const yj_access *a = &l.catalog->access;
    assert_int_equal(a->made_for_all, bit(l.catalog, "boss") | bit(l.catalog, "clerk"));
    assert_true(a->made_for[0] & bit(l.catalog, "chief"));
    assert_true(a->made_for[1] & bit(l.catalog, "chief"));
    loaded_done(&l);
}

static const struct {
    const char *types, *made, *over;
    const char *pack;
    int line;
    const char *field, *says;
} rows[] = {
    { TYPES, "made_for: [boss]\n", NULL, "base", 3, "made_for", "must be a mapping" },
    { NULL, MADE, NULL, "base", 3, "made_for", "no pack says which types of institutions there are" },
    { TYPES, "made_for: {boss: all, chief: all}\n", NULL, "base", 3, "made_for.clerk", "is missing" },
    { TYPES, "made_for: {boss: all, chief: all, clerk: all, king: all}\n", NULL, "base", 3, "made_for.king",
      "there is no role king" },
    { TYPES, "made_for: {boss: all, chief: all, clerk: [lender]}\n", NULL, "base", 3, "made_for.clerk",
      "there are no institutions of type lender" },
    { TYPES, "made_for: {boss: all, chief: all, clerk: []}\n", NULL, "base", 3, "made_for.clerk",
      "must not be empty" },
    { TYPES, "made_for: {boss: all, chief: all, clerk: buyer}\n", NULL, "base", 3, "made_for.clerk",
      "must be a list" },
    { TYPES, "made_for: {boss: all, chief: all, clerk: [buyer, buyer]}\n", NULL, "base", 3, "made_for.clerk",
      "stands here twice" },
    { TYPES, "made_for: {boss: all, chief: all, clerk: ~}\n", NULL, "base", 3, "made_for.clerk",
      "is missing" },
    { TYPES, MADE, "made_for: {king: all}\n", "over", 1, "made_for.king", "there is no role king" },
    /* above a pack that says nothing it would narrow what others made */
    { TYPES, NULL, "made_for: {boss: all}\n", "over", 1, "made_for.chief", "is missing" },
};

static void catalog_load__complains_about_each_fault(void **state)
{
    size_t wrong = 0;
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        void *folder = NULL;
        loaded l;
        bool found = false;
        char file[40];
        assert_int_equal(test_folder_make(&folder), 0);
        load(folder, rows[i].types, rows[i].made, rows[i].over, &l);
        snprintf(file, sizeof file, "%s/access.yaml", rows[i].pack);
        for (size_t j = 0; j < l.count; j++) {
            const yj_complaint *c = &l.complaints[j];
            found |= strstr(c->file, file) && c->line == rows[i].line &&
                     strcmp(c->field, rows[i].field) == 0 && strstr(c->msg, rows[i].says) && c->msg_zh[0];
        }
        if (l.status != YJ_E_INVALID || !found) {
            print_error("row %zu: expected %s:%d: %s: %s; %zu complaints:\n", i, file, rows[i].line,
                        rows[i].field, rows[i].says, l.count);
            loaded_print(&l);
            wrong++;
        }
        loaded_done(&l);
        assert_int_equal(test_folder_remove(&folder), 0);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(catalog_load__reads_what_roles_are_made_for),
        unit_test_in_folder(catalog_load__does_without),
        unit_test_in_folder(catalog_load__adds_what_an_overlay_says),
        cmocka_unit_test(catalog_load__complains_about_each_fault),
    };
    return cmocka_run_group_tests_name("pack_roles", tests, NULL, NULL);
}
