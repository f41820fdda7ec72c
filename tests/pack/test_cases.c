// SPDX-License-Identifier: Apache-2.0
#include "packs.h"

static const char *const base_only[] = { "base", NULL };

static const yj_case *find_case(const yj_cases *cases, const char *name)
{
    for (size_t i = 0; i < cases->count; i++) {
        if (strcmp(cases->rows[i].name, name) == 0)
            return &cases->rows[i];
    }
    fail_msg("no case %s", name);
    return NULL;
}

static const yj_case_record *find_record(const yj_case *c, const char *ref, size_t *ret_at)
{
    for (size_t i = 0; i < c->record_count; i++) {
        if (strcmp(c->records[i].ref, ref) == 0) {
            *ret_at = i;
            return &c->records[i];
        }
    }
    return NULL;
}

static void assert_fields(const yj_case_record *r, const char *expected)
{
    yj_auto(yj_buf_done) yj_buf out;
    yj_error err;
    yj_buf_init(&out, 65536);
    assert_status(yj_json_canonical(r->fields, &out, &err), YJ_OK);
    assert_string_equal(out.ptr, expected);
}

static void cases_load__reads_records_and_verdicts(void **state)
{
    loaded l;
    size_t at;
    pack_write("base", *state, NULL, 0);
    packs_load(*state, base_only, true, &l);
    loaded_print(&l);
    assert_int_equal(l.status, YJ_OK);
    assert_int_equal(l.cases->count, 6);
    const yj_case *c = find_case(l.cases, "enough");
    assert_non_null(strstr(c->file, "base/cases/all.yaml"));
    assert_int_equal(c->line, 2);
    assert_string_equal(l.catalog->requirements[c->requirement].id, "1.2-2");
    assert_int_equal(c->gate_kind, -1);
    assert_string_equal(c->today.s, "2026-03-01");
    assert_int_equal(c->record_count, 2);
    assert_string_equal(c->records[0].ref, "p1"); /* s1 names it: it comes first */
    const yj_case_record *s1 = find_record(c, "s1", &at);
    const yj_kind *k = &l.catalog->kinds[s1->kind];
    assert_string_equal(k->name, "system");
    assert_string_equal(k->states[s1->state].id, "live");
    assert_fields(
        s1, "{\"active\":true,\"code\":\"S1\",\"from_date\":\"2026-01-01\",\"level\":3,\"model\":\"own\","
            "\"owner\":\"@p1\",\"share\":\"99.95\",\"tags\":[\"red\"],\"title\":\"Sys\"}");
    assert_int_equal(c->expect_count, 1);
    assert_string_equal(c->expects[0].subject, "s1");
    assert_string_equal(c->expects[0].status, "met");
    assert_string_equal(c->expects[0].reason, "enough");
    assert_string_equal(c->expects[0].due, "");
    assert_int_equal(c->expects[0].strength, 0);
    assert_int_equal(c->expects[0].value_count, 0);
    assert_null(c->expects[0].proofs);
    loaded_done(&l);
}

static void cases_load__reads_the_values_of_a_sentence(void **state)
{
    const patch p = { "cases/all.yaml", "strength: 0", "values: {system: Sys, level: [\"2\", ~]}" };
    loaded l;
    pack_write("base", *state, &p, 1);
    packs_load(*state, base_only, true, &l);
    assert_int_equal(l.status, YJ_OK);
    const yj_case_expect *e = &find_case(l.cases, "enough")->expects[0];
    assert_int_equal(e->value_count, 2);
    assert_string_equal(e->values[0].name, "system");
    assert_int_equal(e->values[0].count, 1);
    assert_string_equal(e->values[0].texts[0], "Sys");
    assert_string_equal(e->values[1].name, "level");
    assert_int_equal(e->values[1].count, 2);
    assert_string_equal(e->values[1].texts[0], "2");
    assert_null(e->values[1].texts[1]);
    loaded_done(&l);
}

static void cases_load__reads_the_proofs(void **state)
{
    const struct {
        const char *text;
        size_t count;
    } of[] = { { "proofs: [s1, me]", 2 }, { "proofs: s1", 1 }, { "proofs: []", 0 } };
    for (size_t i = 0; i < YJ_COUNT(of); i++) {
        const patch p = { "cases/all.yaml", "strength: 0", of[i].text };
        loaded l;
        pack_write("base", *state, &p, 1);
        packs_load(*state, base_only, true, &l);
        assert_int_equal(l.status, YJ_OK);
        const yj_case_expect *e = &find_case(l.cases, "enough")->expects[0];
        assert_non_null(e->proofs);
        assert_int_equal(e->proof_count, of[i].count);
        if (e->proof_count)
            assert_string_equal(e->proofs[0], "s1");
        loaded_done(&l);
    }
}

static void cases_load__merges_bases_changes_and_drops(void **state)
{
    loaded l;
    size_t at;
    pack_write("base", *state, NULL, 0);
    packs_load(*state, base_only, true, &l);
    assert_int_equal(l.status, YJ_OK);
    const yj_case *c = find_case(l.cases, "below");
    assert_int_equal(c->record_count, 4);
    assert_null(find_record(c, "n2", &at));
    const yj_case_record *s1 = find_record(c, "s1", &at);
    assert_string_equal(l.catalog->kinds[s1->kind].states[s1->state].id, "closed");
    assert_fields(
        s1, "{\"active\":true,\"code\":\"S1\",\"from_date\":\"2026-01-01\",\"level\":2,\"model\":\"own\","
            "\"share\":\"99.95\",\"tags\":[\"red\"],\"text\":\"a\\nb\",\"title\":\"Sys\"}");
    const yj_case_record *s2 = find_record(c, "s2", &at);
    assert_fields(s2, "{\"code\":\"S2\",\"deputy\":\"@p1\",\"owner\":\"@me\",\"title\":\"@me\"}");
    assert_string_equal(l.catalog->kinds[s2->kind].states[s2->state].id, "draft");
    assert_fields(find_record(c, "n1", &at), "{\"name\":\"C\",\"systems\":[\"@s1\"]}");
    assert_null(c->expects[0].reason);
    assert_string_equal(c->expects[0].due, "2026-06-30");
    assert_int_equal(c->expects[0].strength, -1);
    assert_null(c->expects[1].due);
    assert_string_equal(c->expects[1].reason, ".over");
    /* the base itself is as it was for the others */
    const yj_case_record *other = find_record(find_case(l.cases, "both"), "s1", &at);
    assert_non_null(json_object_get(other->fields, "owner"));
    assert_int_equal(json_integer_value(json_object_get(other->fields, "level")), 3);
    loaded_done(&l);
}

static void cases_load__reads_gates(void **state)
{
    loaded l;
    pack_write("base", *state, NULL, 0);
    packs_load(*state, base_only, true, &l);
    assert_int_equal(l.status, YJ_OK);
    const yj_case *c = find_case(l.cases, "shut");
    assert_int_equal(c->requirement, -1);
    assert_string_equal(l.catalog->kinds[c->gate_kind].name, "system");
    assert_int_equal(c->gate_transition, 0);
    assert_string_equal(c->gate_subject, "s1");
    assert_false(c->gate_open);
    assert_int_equal(c->gate_shut_count, 2);
    assert_int_equal(c->gate_shut[0], 0);
    assert_int_equal(c->gate_shut[1], 2);
    assert_true(find_case(l.cases, "open")->gate_open);
    loaded_done(&l);
}

typedef struct row {
    const char *file, *find, *put;
    int line;
    const char *field, *says;
    int count; /* 0: exactly one, -1: any */
} row;

static const row rows[] = {
    { "cases/all.yaml", NULL, "- a\n", 1, "", "must be a mapping", -1 },
    { "cases/all.yaml", NULL, "cases: [", 2, "", "no valid YAML", -1 },
    { "cases/all.yaml", "cases:", "case:", 1, "case", "unknown key", -1 },
    { "cases/all.yaml", "    name: enough", "    nam: enough", 3, "nam", "unknown key", 2 },
    { "cases/all.yaml", "requirement: \"1.2-2\"", "requirement: \"1.2-3\"", 2, "enough.requirement",
      "there is no requirement 1.2-3", -1 },
    { "cases/all.yaml", "today: 2026-03-01", "today: 2026-02-29", 4, "enough.today", "must be a date", 0 },
    { "cases/all.yaml", "    today: 2026-03-01\n", "", 2, "enough.today", "is missing", 0 },
    { "cases/all.yaml", "use: [one]", "use: [on]", 5, "enough.use", "there is no base on", -1 },
    { "cases/all.yaml", "use: [one, two]", "use: [one, one]", 11, "below.use", "stands here twice", -1 },
    { "cases/all.yaml", "drop: [n2]", "drop: [n3]", 12, "below.drop", "has no record n3", 0 },
    { "cases/all.yaml", "drop: [n2]", "drop: [p1]", 8, "below.deputy",
      "names @p1, which the case does not have", -1 },
    { "cases/all.yaml", "{ref: n1, set", "{ref: n9, set", 15, "below.change.ref", "has no record n9", 0 },
    { "cases/all.yaml", "{level: 2,", "{levels: 2,", 14, "below.change.s1.set.levels", "has no field levels",
      0 },
    { "cases/all.yaml", "{level: 2,", "{level: 6,", 14, "below.change.s1.set.level", "outside the limits",
      0 },
    { "cases/all.yaml", "{level: 2,", "{level: \"2\",", 14, "below.change.s1.set.level", "a whole number",
      0 },
    { "cases/all.yaml", "{level: 2,", "{code: ~,", 14, "below.s1.code", "is missing", 0 },
    { "cases/all.yaml", "{level: 2,", "{model: else,", 14, "below.change.s1.set.model", "has no option else",
      0 },
    { "cases/all.yaml", "{level: 2,", "{share: 99.955,", 14, "below.change.s1.set.share", "at most 2 digits",
      0 },
    { "cases/all.yaml", "{level: 2,", "{share: 100.51,", 14, "below.change.s1.set.share",
      "outside the limits", 0 },
    { "cases/all.yaml", "{level: 2,", "{active: yes,", 14, "below.change.s1.set.active", "true or false", 0 },
    { "cases/all.yaml", "{level: 2,", "{from_date: 2026-13-01,", 14, "below.change.s1.set.from_date",
      "a date", 0 },
    { "cases/all.yaml", "{level: 2,", "{title: \"a\\nb\",", 14, "below.change.s1.set.title", "one line", 0 },
    { "cases/all.yaml", "{level: 2,", "{title: \"\",", 14, "below.change.s1.set.title", "not be empty", 0 },
    { "cases/all.yaml", "{level: 2,", "{title: [a],", 14, "below.change.s1.set.title", "a single value", 0 },
    { "cases/all.yaml", "{level: 2,", "{tags: red,", 14, "below.change.s1.set.tags", "must be a list", 0 },
    { "cases/all.yaml", "{level: 2,", "{tags: [red, red],", 14, "below.change.s1.set.tags",
      "stands here twice", 0 },
    { "cases/all.yaml", "{level: 2,", "{deputy: p1,", 14, "below.change.s1.set.deputy", "must be \"@ref\"",
      0 },
    { "cases/all.yaml", "{level: 2,", "{deputy: \"@n1\",", 8, "below.deputy", "of kind note, but the field",
      0 },
    { "cases/all.yaml", "{level: 2,", "{evidence: [\"@me\"],", 8, "below.evidence", "@me is a person", 0 },
    { "cases/all.yaml", "state: closed", "state: shut", 14, "below.change.s1.state", "has no state shut", 0 },
    { "cases/all.yaml", "- {ref: s2, kind: system", "- {ref: s1, kind: system", 17, "below",
      "two records are called s1", -1 },
    { "cases/all.yaml", "- {ref: s2, kind: system", "- {ref: me, kind: system", 17, "below.me.ref",
      "acting person", -1 },
    { "cases/all.yaml", "- {ref: s2, kind: system", "- {ref: s2, kind: sys", 17, "below.s2.kind",
      "no kind sys", -1 },
    { "cases/all.yaml", "code: S2, title: \"@me\"", "title: \"@me\"", 17, "below.s2.code", "is missing", 0 },
    { "cases/all.yaml", "status: met, reason: enough", "status: mett, reason: enough", 7,
      "enough.expect.status", "'mett' is no status", -1 },
    { "cases/all.yaml", "status: met, reason: enough", "status: met, reason: enuf", 7, "enough.expect.reason",
      "rule level has no reason enuf", 0 },
    { "cases/all.yaml", "due: \"\"", "due: none", 7, "enough.expect.due", "or \"\" for none", 0 },
    { "cases/all.yaml", "due: \"\"", "due: ~", 7, "enough.expect.due", "or \"\" for none", 0 },
    { "cases/all.yaml", "strength: 0", "strength: 4", 7, "enough.expect.strength", "between 0 and 3", 0 },
    { "cases/all.yaml", "strength: 0", "values: {none: a}", 7, "enough.expect.values.none",
      "has no value none", 0 },
    { "cases/all.yaml", "strength: 0", "values: [a]", 7, "enough.expect.values", "must be a mapping", 0 },
    { "cases/all.yaml", "strength: 0", "values: {level: {a: b}}", 7, "enough.expect.values.level",
      "a text or a list of texts", 0 },
    { "cases/all.yaml", "strength: 0", "proofs: [s9]", 7, "enough.expect.proofs", "has no record s9", 0 },
    { "cases/all.yaml", "strength: 0", "proofs: {a: b}", 7, "enough.expect.proofs", "must be a list", 0 },
    { "cases/all.yaml", "{subject: s1, status: met, reason", "{subject: p1, status: met, reason", 7,
      "enough.expect.subject", "record p1 is of kind person", 0 },
    { "cases/all.yaml", "{subject: s1, status: met, reason", "{subject: s3, status: met, reason", 7,
      "enough.expect.subject", "has no record s3", 0 },
    { "cases/all.yaml", "{shut: [\"2-1\", \"1.2-2\"]}", "{shut: [\"2-1\", \"1.2-10\"]}", 40,
      "shut.expect.shut", "does not ask for a requirement 1.2-10", 0 },
    { "cases/all.yaml", "{shut: [\"2-1\", \"1.2-2\"]}", "{shut: []}", 40, "shut.expect.shut",
      "must not be empty", 0 },
    { "cases/all.yaml", "{shut: [\"2-1\", \"1.2-2\"]}", "shut", 40, "shut.expect", "must be open, or shut",
      0 },
    { "cases/all.yaml", "gate: {subject: s1, transition: start}", "gate: {subject: s1, transition: close}",
      35, "shut.transition", "no gate at a transition close", 0 },
    { "cases/all.yaml", "[{ref: s1, state: draft}]", "[{ref: s1, state: live}]", 35, "shut.transition",
      "does not lead from the state live", 0 },
    { "cases/all.yaml", "    expect: open\n", "", 41, "open.expect", "is missing", 0 },
    { "cases/all.yaml", "  - gate: {subject: s1, transition: start}\n    name: shut",
      "  - gate: {subject: s1, transition: start}\n    requirement: \"2-1\"\n    name: shut", 35, "shut",
      "a requirement or a gate, not both", 0 },
    { "cases/bases.yaml", "  two:", "  Two:", 5, "bases.Two", "is no name", -1 },
    { "cases/bases.yaml", "  two:", "  three: x\n  two:", 5, "bases.three", "must be a list", 0 },
    { "cases/bases.yaml", "code: S1, ", "", 3, "s1.code", "is missing", 2 },
    { "cases/bases.yaml", "name: Ann", "name: Ann, age: 3", 4, "bases.one.p1.fields.age", "has no field age",
      0 },
    { "cases/more.yaml", NULL, "bases:\n  one: []\n", 2, "bases.one", "another file has a base of this name",
      0 },
    { "cases/bases.yaml", "tags: [red]", "tags: [red], evidence: [\"@e1\"]", 0, "enough.evidence",
      "names @e1, which the case does not have", -1 },
};

static void cases_load__complains_about_each_fault(void **state)
{
    size_t wrong = 0;
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        const row *r = &rows[i];
        const patch p = { r->file, r->find, r->put };
        void *folder = NULL;
        loaded l;
        bool found = false;
        assert_int_equal(test_folder_make(&folder), 0);
        pack_write("base", folder, &p, 1);
        packs_load(folder, base_only, true, &l);
        for (size_t j = 0; j < l.count; j++) {
            const yj_complaint *c = &l.complaints[j];
            found = found || (strstr(c->file, "base/cases/") && (r->line == 0 || c->line == r->line) &&
                              strcmp(c->field, r->field) == 0 && strstr(c->msg, r->says));
        }
        if (l.status != YJ_E_INVALID || !found ||
            (r->count >= 0 && l.count != (r->count ? (size_t)r->count : 1))) {
            print_error("row %zu (%s -> %s): expected %d: %s: %s; status %s, %zu complaints:\n", i,
                        r->find ? r->find : "", r->put, r->line, r->field, r->says, yj_status_slug(l.status),
                        l.count);
            loaded_print(&l);
            wrong++;
        }
        assert_null(l.cases);
        loaded_done(&l);
        assert_int_equal(test_folder_remove(&folder), 0);
    }
    assert_int_equal(wrong, 0);
}

static void cases_load__orders_records_and_refuses_circles(void **state)
{
    const patch kind = { "kinds/person.yaml", "  name: {",
                         "  boss: {type: ref, to: person, label: {zh: a, en: b}}\n  name: {" };
    const patch circle = {
        "cases/more.yaml", NULL,
        "cases:\n  - requirement: \"2-1\"\n    name: circle\n    today: 2026-01-01\n    records:\n"
        "      - {ref: a, kind: person, fields: {name: A, boss: \"@b\"}}\n"
        "      - {ref: b, kind: person, fields: {name: B, boss: \"@c\"}}\n"
        "      - {ref: c, kind: person, fields: {name: C, boss: \"@a\"}}\n"
        "      - {ref: n, kind: note, fields: {name: N}}\n"
        "    expect: [{subject: n, status: met}]\n"
    };
    patch patches[] = { kind, circle };
    loaded l;
    pack_write("base", *state, patches, 2);
    packs_load(*state, base_only, true, &l);
    assert_int_equal(l.status, YJ_E_INVALID);
    assert_int_equal(l.count, 1);
    assert_non_null(strstr(l.complaints[0].msg, "which cannot be entered before it"));
    loaded_done(&l);

    char put[600];
    snprintf(put, sizeof put, "%s", circle.put);
    char *last = strstr(put, "boss: \"@a\"");
    memcpy(last, "boss: \"@me\"", 11);
    memmove(last + 11,
            "}}\n      - {ref: n, kind: note, fields: {name: N}}\n    expect: [{subject: n, status: met}]\n",
            sizeof "}}\n      - {ref: n, kind: note, fields: {name: N}}\n    expect: [{subject: n, status: "
                   "met}]\n");
    patches[1].put = put;
    pack_write("base", *state, patches, 2);
    packs_load(*state, base_only, true, &l);
    loaded_print(&l);
    assert_int_equal(l.status, YJ_OK);
    const yj_case *c = find_case(l.cases, "circle");
    assert_string_equal(c->records[0].ref, "c");
    assert_string_equal(c->records[1].ref, "b");
    assert_string_equal(c->records[2].ref, "a");
    assert_string_equal(c->records[3].ref, "n");
    loaded_done(&l);
}

static void cases_load__wants_each_requirement_met_and_unmet(void **state)
{
    const patch p = { "cases/all.yaml", "[{subject: n1, status: met}, {subject: n2, status: unmet}]",
                      "[{subject: n1, status: unknown}]" };
    loaded l;
    pack_write("base", *state, &p, 1);
    packs_load(*state, base_only, true, &l);
    assert_int_equal(l.status, YJ_E_INVALID);
    assert_int_equal(l.count, 2);
    assert_non_null(strstr(l.complaints[0].file, "base/requirements/two.yaml"));
    assert_string_equal(l.complaints[0].field, "2-1");
    assert_int_equal(l.complaints[0].line, 1);
    assert_non_null(strstr(l.complaints[0].msg, "shows the requirement met"));
    assert_non_null(strstr(l.complaints[1].msg, "shows the requirement unmet"));
    loaded_done(&l);
}

/* An overlay's cases need not show the requirements of what it extends. */
static void cases_load__asks_only_for_the_pack_s_own(void **state)
{
    const char *const both[] = { "base", "over", NULL };
    loaded l;
    pack_write("base", *state, NULL, 0);
    pack_write("over", *state, NULL, 0);
    packs_load(*state, both, true, &l);
    loaded_print(&l);
    assert_int_equal(l.status, YJ_OK);
    assert_int_equal(l.cases->count, 3);
    assert_string_equal(l.cases->rows[2].records[0].ref, "p1"); /* of the base in the pack below */
    loaded_done(&l);
    yj_cases_free(NULL);
}

static void cases_load__tells_bases_of_two_packs_apart(void **state)
{
    const char *const both[] = { "base", "over", NULL };
    const patch patches[] = { { "cases/over.yaml", "  zoned:", "  one:" } };
    loaded l;
    pack_write("base", *state, NULL, 0);
    pack_write("over", *state, patches, 1);
    packs_load(*state, both, true, &l);
    assert_int_equal(l.status, YJ_E_INVALID);
    assert_non_null(strstr(l.complaints[0].file, "over/cases/over.yaml"));
    assert_non_null(strstr(l.complaints[0].msg, "has a base of this name"));
    loaded_done(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(cases_load__reads_records_and_verdicts),
        unit_test_in_folder(cases_load__reads_the_values_of_a_sentence),
        unit_test_in_folder(cases_load__reads_the_proofs),
        unit_test_in_folder(cases_load__merges_bases_changes_and_drops),
        unit_test_in_folder(cases_load__reads_gates),
        cmocka_unit_test(cases_load__complains_about_each_fault),
        unit_test_in_folder(cases_load__orders_records_and_refuses_circles),
        unit_test_in_folder(cases_load__wants_each_requirement_met_and_unmet),
        unit_test_in_folder(cases_load__asks_only_for_the_pack_s_own),
        unit_test_in_folder(cases_load__tells_bases_of_two_packs_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
