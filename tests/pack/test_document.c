// SPDX-License-Identifier: Apache-2.0
/* Texts of documents taken apart, and where their paths lead. */
#include "pack/document.h"
#include "packs.h"

/* The parts of a text, each in brackets: "T:..." as it stands, "P:path", "C:path" with |clock; "!" at a
 * fault. */
static void take_apart(const char *text, char ret[static 400])
{
    yj_span rest = yj_span_of(text);
    yj_document_part p;
    const char *fault = NULL;
    size_t n = 0;
    while (yj_document_next(&rest, &p, &fault))
        n += (size_t)snprintf(ret + n, 400 - n, "[%c:%.*s]", p.placeholder ? p.clock ? 'C' : 'P' : 'T',
                              (int)p.text.len, p.text.ptr);
    snprintf(ret + n, 400 - n, "%s", fault ? "!" : "");
}

static void document_next__takes_texts_apart(void **state)
{
    static const struct {
        const char *text, *parts;
    } rows[] = {
        { "", "" },
        { "plain", "[T:plain]" },
        { "{a}", "[P:a]" },
        { "x {a.b_1.c}, {t|clock}.", "[T:x ][P:a.b_1.c][T:, ][C:t][T:.]" },
        { "{a}{b}", "[P:a][P:b]" },
        { "{", "!" },
        { "a{", "[T:a]!" },
        { "{}", "!" },
        { "{a", "!" },
        { "{A}", "!" },
        { "{a b}", "!" },
        { "{a|choice}", "!" },
        { "{a|clock", "!" },
        { "a}b", "[T:a]!" },
        { "{a}}", "[P:a]!" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        char parts[400];
        take_apart(rows[i].text, parts);
        if (strcmp(parts, rows[i].parts) != 0)
            fail_msg("%s came apart as %s", rows[i].text, parts);
    }
    char text[300], parts[400]; /* a path is at most 250 bytes */
    memset(text, 'a', sizeof text);
    text[0] = '{';
    text[251] = '}';
    text[252] = '\0';
    take_apart(text, parts);
    assert_int_equal(parts[1], 'P');
    text[251] = 'a';
    text[252] = '}';
    text[253] = '\0';
    take_apart(text, parts);
    assert_string_equal(parts, "!");
}

static void document_resolve__follows_single_references(void **state)
{
    const char *const base[] = { "base", NULL };
    loaded l;
    pack_write("base", *state, NULL, 0);
    packs_load(*state, base, false, &l);
    assert_int_equal(l.status, YJ_OK);
    const yj_catalog *c = l.catalog;
    int deployment = yj_catalog_kind(c, YJ_SPAN("deployment"))->index;
    int system = yj_catalog_kind(c, YJ_SPAN("system"))->index;
    yj_document_target t;
    assert_true(yj_document_resolve(c, deployment, YJ_SPAN("system.owner.name"), &t));
    assert_int_equal(t.what, YJ_DOCUMENT_FIELD);
    assert_int_equal(t.step_count, 2);
    assert_string_equal(c->kinds[t.kind].name, "person");
    assert_string_equal(c->kinds[t.kind].fields[t.field].name, "name");
    assert_true(yj_document_resolve(c, deployment, YJ_SPAN("system.state"), &t));
    assert_int_equal(t.what, YJ_DOCUMENT_STATE);
    assert_int_equal(t.kind, system);
    assert_int_equal(t.field, -1);
    assert_true(yj_document_resolve(c, system, YJ_SPAN("today"), &t));
    assert_int_equal(t.what, YJ_DOCUMENT_TODAY);
    assert_true(yj_document_resolve(c, system, YJ_SPAN("evidence"), &t)); /* a list, as the last */
    static const char *const wrong[] = { "",
                                         "nope",
                                         "owner.",
                                         ".owner",
                                         "owner..name",
                                         "title.name",
                                         "evidence.title",
                                         "owner.today",
                                         "system.title",
                                         "institution.name",
                                         "owner.name.x" };
    for (size_t i = 0; i < YJ_COUNT(wrong); i++)
        if (yj_document_resolve(c, system, yj_span_of(wrong[i]), &t))
            fail_msg("%s leads somewhere", wrong[i]);
    loaded_done(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(document_next__takes_texts_apart),
        unit_test_in_folder(document_resolve__follows_single_references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
