// SPDX-License-Identifier: Apache-2.0
/* Good packs: what a catalog holds, alone and with an overlay. */
#include "packs.h"

#include "base/json.h"
#include "pack/document.h"
#include <stdio.h>

static const char *const base_only[] = { "base", NULL }, *const with_over[] = { "base", "over", NULL };

static void load_good(const char *folder, const char *const *names, loaded *l)
{
    for (const char *const *n = names; *n; n++)
        pack_write(*n, folder, NULL, 0);
    packs_load(folder, names, false, l);
    loaded_print(l);
    assert_int_equal(l->status, YJ_OK);
}

static void catalog_load__reads_kinds(void **state)
{
    loaded l;
    load_good(*state, base_only, &l);
    const yj_catalog *c = l.catalog;
    const yj_kind *k = yj_catalog_kind(c, YJ_SPAN("system"));
    assert_non_null(k);
    assert_ptr_equal(&c->kinds[k->index], k);
    assert_string_equal(k->label.in[YJ_LANG_EN], "System");
    assert_string_equal(k->help.in[YJ_LANG_ZH],
                        "\u7b2c\u4e00\u884c\n\u7b2c\u4e8c\u884c"); /* without the last line feed */
    assert_false(k->installation);
    assert_true(yj_catalog_kind(c, YJ_SPAN("risk"))->installation);
    assert_int_equal(k->key_count, 1);
    assert_string_equal(k->fields[k->key[0]].name, "code");
    assert_string_equal(k->fields[k->name_field].name, "title");
    assert_int_equal(k->field_count, 14);
    assert_string_equal(k->pack, "base");

    const yj_field *f = yj_kind_field(k, YJ_SPAN("share"));
    assert_int_equal(f->type, YJ_T_DECIMAL);
    assert_int_equal(f->scale, 2);
    assert_int_equal(f->min, 0);
    assert_int_equal(f->max, 10050);
    assert_null(f->help.in[YJ_LANG_ZH]);
    f = yj_kind_field(k, YJ_SPAN("level"));
    assert_int_equal(f->min, 1);
    assert_int_equal(f->max, 5);
    f = yj_kind_field(k, YJ_SPAN("code"));
    assert_true(f->required);
    assert_int_equal(f->max_chars, 64);
    assert_int_equal(yj_kind_field(k, YJ_SPAN("title"))->max_chars, 200);
    assert_int_equal(yj_kind_field(k, YJ_SPAN("text"))->max_chars, 20000);
    f = yj_kind_field(k, YJ_SPAN("tags"));
    assert_true(f->list);
    assert_int_equal(f->option_count, 2);
    assert_string_equal(yj_field_option(f, YJ_SPAN("blue"))->label.in[YJ_LANG_EN], "Blue");
    assert_null(yj_field_option(f, YJ_SPAN("blu")));
    f = yj_kind_field(k, YJ_SPAN("until_date"));
    assert_string_equal(k->fields[f->after].name, "from_date");
    assert_int_equal(f->differs_from, -1);
    assert_int_equal(f->ref_kind, -1);
    f = yj_kind_field(k, YJ_SPAN("deputy"));
    assert_string_equal(k->fields[f->differs_from].name, "owner");
    assert_string_equal(c->kinds[f->ref_kind].name, "person");
    assert_null(yj_kind_field(k, YJ_SPAN("nope")));
    assert_null(yj_catalog_kind(c, YJ_SPAN("nope")));

    assert_int_equal(k->state_count, 4);
    assert_string_equal(k->states[3].id, YJ_STATE_WITHDRAWN);
    assert_int_equal(k->initial, yj_kind_state(k, YJ_SPAN("draft")));
    assert_string_equal(c->stages[k->states[1].stage].id, "operate");
    assert_int_equal(k->states[2].stage, -1);
    assert_true(k->states[2].final);
    assert_int_equal(yj_kind_state(k, YJ_SPAN("nope")), -1);
    int t = yj_kind_transition(k, YJ_SPAN("close"));
    assert_int_equal(k->transitions[t].from, 3);
    assert_int_equal(k->transitions[t].to, 2);
    assert_int_equal(k->transitions[t].gate, -1);
    t = yj_kind_transition(k, YJ_SPAN("withdraw"));
    assert_int_equal(t, k->transition_count - 1);
    assert_int_equal(k->transitions[t].from, 7);
    assert_int_equal(k->transitions[t].to, 3);
    assert_int_equal(yj_kind_transition(k, YJ_SPAN("nope")), -1);

    k = yj_catalog_kind(c, YJ_SPAN("person"));
    assert_int_equal(k->state_count, 2);
    assert_string_equal(k->states[0].id, "active");
    assert_int_equal(k->strength_field, -1);
    k = yj_catalog_kind(c, YJ_SPAN("evidence"));
    f = &k->fields[k->strength_field];
    assert_int_equal(k->strength_of_option[yj_field_option(f, YJ_SPAN("instrument")) - f->options], 3);
    assert_int_equal(k->strength_of_option[yj_field_option(f, YJ_SPAN("person")) - f->options], 1);
    loaded_done(&l);
}

static void catalog_load__reads_documents(void **state)
{
    loaded l;
    load_good(*state, base_only, &l);
    const yj_catalog *c = l.catalog;
    assert_int_equal(c->document_count, 1); /* report.md and zh/report.yaml are no templates */
    const yj_document *d = yj_catalog_document(c, YJ_SPAN("card"));
    assert_ptr_equal(d, c->documents);
    assert_null(yj_catalog_document(c, YJ_SPAN("report")));
    assert_string_equal(d->pack, "base");
    assert_string_equal(c->kinds[d->kind].name, "system");
    assert_string_equal(d->title.in[YJ_LANG_EN], "System card");
    assert_string_equal(d->note.in[YJ_LANG_EN], "For tests only");
    assert_int_equal(d->requirement_count, 2);
    assert_string_equal(c->requirements[d->requirements[1]].id, "2-1");
    assert_int_equal(d->section_count, 3);
    assert_int_equal(d->sections[0].each_kind, -1);
    const yj_document_section *s = &d->sections[1];
    assert_string_equal(c->kinds[s->each_kind].name, "deployment");
    assert_string_equal(c->kinds[s->each_kind].fields[s->each_field].name, "system");
    assert_int_equal(s->order_count, 1);
    assert_string_equal(c->kinds[s->each_kind].fields[s->order[0]].name, "name");
    assert_string_equal(s->none.in[YJ_LANG_EN], "None");
    loaded_done(&l);
}

static void catalog_load__says_which_packs_a_pack_needs(void **state)
{
    loaded l;
    load_good(*state, with_over, &l);
    assert_int_equal(l.catalog->packs[0].needs, 1);
    assert_int_equal(l.catalog->packs[1].needs, 3);
    loaded_done(&l);
}

static void catalog_load__makes_tables(void **state)
{
    loaded l;
    load_good(*state, base_only, &l);
    const yj_kind *k = yj_catalog_kind(l.catalog, YJ_SPAN("system"));
    const yj_kind_table *t = &l.catalog->tables[k->index];
    assert_string_equal(t->name, "system");
    assert_int_equal(t->column_count, k->field_count);
    for (size_t i = 0; i < t->column_count; i++) {
        const yj_field *f = &k->fields[i];
        assert_string_equal(t->columns[i].name, f->name);
        assert_int_equal(t->columns[i].is_list, f->list);
        assert_int_equal(t->columns[i].is_ref, f->type == YJ_T_REF);
        assert_int_equal(t->columns[i].is_integer,
                         f->type == YJ_T_INTEGER || f->type == YJ_T_DECIMAL || f->type == YJ_T_BOOL);
        assert_int_equal(t->columns[i].at, 0); /* its key is a text */
    }
    loaded_done(&l);
}

static void kind_index_place__is_the_keys_reference_and_choices(void **state)
{
    yj_field f[] = { { .name = "sort", .type = YJ_T_CHOICE, .required = true, .list = true },
                     { .name = "side", .type = YJ_T_CHOICE },
                     { .name = "topic", .type = YJ_T_CHOICE, .required = true },
                     { .name = "place", .type = YJ_T_CHOICE, .required = true },
                     { .name = "plan", .type = YJ_T_REF, .required = true },
                     { .name = "number", .type = YJ_T_TEXT, .required = true } };
    static const struct {
        int key[4];
        size_t count;
        const char *places; /* of each field */
    } rows[] = {
        { { 5 }, 1, "000000" },                                  /* begins with no reference */
        { { 5, 4 }, 2, "000000" },                               /* nor does this */
        { { 4 }, 1, "000010" },    { { 4, 5, 3 }, 3, "000010" }, /* the choice does not follow at once */
        { { 4, 3 }, 2, "000210" }, { { 4, 3, 2, 5 }, 4, "003210" }, { { 4, 3, 5, 2 }, 4, "000210" },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_kind k = { .fields = f, .field_count = YJ_COUNT(f), .key_count = rows[i].count };
        memcpy(k.key, rows[i].key, sizeof k.key);
        for (size_t j = 0; j < YJ_COUNT(f); j++)
            assert_int_equal(yj_kind_index_place(&k, j), (unsigned)(rows[i].places[j] - '0'));
    }
    yj_kind k = { .fields = f, .field_count = 2, .key = { 1 }, .key_count = 0 };
    assert_int_equal(yj_kind_index_place(&k, 1), 0);
}

static void catalog_load__reads_requirements_in_natural_order(void **state)
{
    loaded l;
    load_good(*state, base_only, &l);
    const yj_catalog *c = l.catalog;
    assert_int_equal(c->requirement_count, 3);
    assert_string_equal(c->requirements[0].id, "1.2-2");
    assert_string_equal(c->requirements[1].id, "1.2-10");
    assert_string_equal(c->requirements[2].id, "2-1");
    const char *const clauses[] = { "1", "1.2", "2", "10" };
    assert_int_equal(c->clause_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(c->clauses[i].id, clauses[i]);

    const yj_requirement *q = yj_catalog_requirement(c, YJ_SPAN("1.2-10"));
    assert_ptr_equal(q, &c->requirements[1]);
    assert_int_equal(q->index, 1);
    assert_string_equal(c->actors[q->actor].id, "client");
    assert_false(c->forces[q->force].binding);
    assert_int_equal(q->models, 2);
    assert_string_equal(c->stages[q->stage].id, "operate");
    assert_int_equal(c->requirements[0].stage, -1);
    assert_string_equal(c->kinds[q->subject].name, "system");
    assert_null(q->erratum.in[YJ_LANG_ZH]);
    assert_string_equal(q->statements.in[YJ_LANG_EN], "Statements only");
    assert_null(q->settings.in[YJ_LANG_EN]);
    assert_string_equal(yj_catalog_requirement(c, YJ_SPAN("1.2-2"))->settings.in[YJ_LANG_EN],
                        "Level three is custom");
    assert_string_equal(c->rules[q->rule].name, "level");
    assert_int_equal(q->with_count, 2);
    assert_true(q->with[0].is_integer);
    assert_string_equal(q->with[0].value, "4");
    assert_false(q->with[1].is_integer);
    assert_int_equal(q->when_count, 2);
    assert_string_equal(c->kinds[q->subject].fields[q->when[1].field].name, "tags");
    assert_int_equal(q->when[1].value_count, 2);
    assert_string_equal(q->when[1].values[0], "red");
    assert_non_null(strstr(q->file, "base/requirements/one.yaml"));
    assert_int_equal(q->line, 1);
    for (size_t i = 0; i < c->requirement_count; i++)
        assert_ptr_equal(yj_catalog_requirement(c, yj_span_of(c->requirements[i].id)), &c->requirements[i]);
    assert_null(yj_catalog_requirement(c, YJ_SPAN("1.2-1")));
    assert_null(yj_catalog_requirement(c, YJ_SPAN("")));
    assert_null(yj_catalog_requirement(c, YJ_SPAN("9")));
    loaded_done(&l);
}

static void catalog_load__reads_rules(void **state)
{
    loaded l;
    load_good(*state, base_only, &l);
    const yj_catalog *c = l.catalog;
    assert_int_equal(c->rule_count, 2);
    const yj_rule *r = &c->rules[0];
    assert_string_equal(r->name, "level");
    assert_int_equal(strncmp(r->sql, "SELECT s.id", 11), 0);
    assert_int_equal(r->param_count, 2);
    assert_string_equal(r->params[1], "want");
    assert_int_equal(r->subject_kind_count, 2);
    assert_int_equal(r->reason_count, 2);
    assert_string_equal(r->reasons[0].code, "enough");
    assert_false(r->reach_all);
    assert_int_equal(r->shape.column_count, 9);
    assert_string_equal(r->shape.columns[8], "v_model");
    assert_true(c->rules[1].reach_all);
    assert_int_equal(strncmp(c->rules[1].sql, "WITH written", 12), 0);
    loaded_done(&l);
}

static void catalog_load__puts_views_into_the_rules_that_name_them(void **state)
{
#define WRITTEN "SELECT n.id AS id, n.name AS name FROM note n WHERE n.name <> ' --  '"
    static const char with[] = "WITH written AS NOT MATERIALIZED (" WRITTEN "), n AS (SELECT x.id AS id, ";
    static const char without[] = "WITH written AS NOT MATERIALIZED (" WRITTEN ") SELECT s.id AS subject,\n";
    const patch other = { "rules/level.sql", "FROM subject x", "FROM subject x LEFT join written ON 1 = 0" };
    loaded l;
    pack_write("base", *state, &other, 1);
    packs_load(*state, base_only, false, &l);
    loaded_print(&l);
    assert_int_equal(l.status, YJ_OK);
    assert_int_equal(l.catalog->view_count, 1);
    assert_string_equal(l.catalog->views[0].name, "written");
    assert_string_equal(l.catalog->views[0].sql, WRITTEN);
    for (size_t i = 0; i < l.catalog->rule_count; i++) {
        const yj_rule *r = &l.catalog->rules[i];
        bool first = strcmp(r->name, "named") != 0;
        const char *whole = first ? without : with;
        assert_memory_equal(r->sql, whole, strlen(whole));
        assert_int_equal(r->view_count, 1);
        assert_int_equal(r->views[0].view, 0);
        assert_memory_equal(r->sql + r->views[0].at, WRITTEN, strlen(WRITTEN));
        assert_int_equal(r->put_from, first ? 0 : strlen("WITH"));
        assert_memory_equal(r->sql + r->put_to, first ? "SELECT" : " n AS", strlen(" n AS"));
    }
    loaded_done(&l);
}

static void catalog_load__reads_gates_paths_and_answers(void **state)
{
    loaded l;
    load_good(*state, base_only, &l);
    const yj_catalog *c = l.catalog;
    assert_int_equal(c->gate_count, 2);
    const yj_kind *k = yj_catalog_kind(c, YJ_SPAN("system"));
    const yj_gate *g = &c->gates[k->transitions[yj_kind_transition(k, YJ_SPAN("start"))].gate];
    assert_int_equal(g->kind, k->index);
    assert_int_equal(g->least_strength, 1);
    assert_int_equal(g->requirement_count, 2); /* 1.2-2 by its clause and force, 2-1 by its id */
    assert_int_equal(g->requirements[0], 0);
    assert_int_equal(g->requirements[1], 2);
    k = yj_catalog_kind(c, YJ_SPAN("deployment"));
    g = &c->gates[k->transitions[0].gate];
    assert_int_equal(g->requirement_count, 2); /* one of them named twice */

    assert_int_equal(c->path_count, 3);
    assert_int_equal(c->start_count, 2);
    assert_string_equal(c->kinds[c->starts[0].kind].name, "system");
    assert_string_equal(c->starts[1].why.in[YJ_LANG_EN], "Then notes");
    const yj_path *p = &c->paths[1];
    assert_string_equal(c->kinds[p->from].name, "deployment");
    assert_string_equal(c->kinds[p->to].name, "note");
    assert_int_equal(p->step_count, 2);
    assert_false(p->steps[0].back);
    assert_true(p->steps[1].back);
    assert_true(p->steps[1].list);
    assert_int_equal(p->steps[1].kind, p->to);
    assert_string_equal(c->kinds[p->to].fields[p->steps[1].field].name, "systems");

    const yj_kind *risk = &c->kinds[c->risk_acceptance.kind];
    assert_string_equal(risk->name, "risk");
    assert_string_equal(risk->states[c->risk_acceptance.state].id, "accepted");
    assert_string_equal(risk->fields[c->risk_acceptance.until].name, "until_date");
    assert_string_equal(risk->fields[c->risk_acceptance.requirement].name, "requirement");
    assert_string_equal(risk->fields[c->risk_acceptance.subject].name, "subject");
    assert_int_equal(c->risk_acceptance.responsible, -1);
    const yj_kind *repair = &c->kinds[c->remediation.kind];
    assert_string_equal(repair->name, "repair");
    assert_string_equal(repair->states[c->remediation.state].id, "open");
    assert_string_equal(repair->fields[c->remediation.until].name, "by_day");
    assert_string_equal(repair->fields[c->remediation.responsible].name, "who");
    assert_string_equal(repair->fields[c->remediation.subject].name, "subject");
    assert_true(repair->fields[c->remediation.requirement].names_requirement);
    assert_int_equal(c->engine_reason_count, 6);
    assert_int_equal(c->pack_count, 1);
    assert_string_equal(c->packs[0].name, "base");
    assert_string_equal(c->packs[0].edition, "2026");
    assert_string_equal(c->packs[0].note.in[YJ_LANG_EN], "For tests only");
    loaded_done(&l);
}

static void catalog_load__adds_an_overlay(void **state)
{
    loaded l;
    load_good(*state, with_over, &l);
    const yj_catalog *c = l.catalog;
    const yj_kind *k = yj_catalog_kind(c, YJ_SPAN("system"));
    assert_int_equal(k->field_count, 16);
    const yj_field *f = yj_kind_field(k, YJ_SPAN("zone"));
    assert_string_equal(f->pack, "over");
    assert_string_equal(k->pack, "base");
    assert_string_equal(c->kinds[yj_kind_field(k, YJ_SPAN("place"))->ref_kind].name, "place");
    assert_int_equal(c->tables[k->index].column_count, 16);
    assert_string_equal(k->states[3].id, "frozen");
    assert_string_equal(k->states[4].id, YJ_STATE_WITHDRAWN);
    assert_int_equal(k->transitions[k->transition_count - 1].from, 15);
    assert_int_equal(k->transitions[k->transition_count - 1].to, 4);
    assert_int_equal(yj_kind_transition(k, YJ_SPAN("freeze")), 2);
    const yj_requirement *q = yj_catalog_requirement(c, YJ_SPAN("1.3-1"));
    assert_int_equal(q->index, 2);
    assert_string_equal(q->pack, "over");
    /* one gate takes the requirement by its clause, the other was repeated by the overlay */
    const yj_gate *g = &c->gates[k->transitions[0].gate];
    assert_int_equal(g->requirement_count, 3);
    assert_int_equal(g->requirements[1], 2);
    const yj_kind *d = yj_catalog_kind(c, YJ_SPAN("deployment"));
    g = &c->gates[d->transitions[0].gate];
    assert_int_equal(c->gate_count, 2);
    assert_int_equal(g->requirement_count, 3);
    assert_int_equal(g->least_strength, 2);
    assert_int_equal(c->clause_count, 5);
    assert_int_equal(c->pack_count, 2);
    loaded_done(&l);
}

static void catalog_load__digests_what_is_loaded(void **state)
{
    loaded l, m;
    load_good(*state, with_over, &l);
    packs_load(*state, with_over, false, &m);
    assert_memory_equal(&l.catalog->digest, &m.catalog->digest, sizeof(yj_digest));
    loaded_done(&m);
    packs_load(*state, base_only, false, &m);
    assert_memory_not_equal(&l.catalog->digest, &m.catalog->digest, sizeof(yj_digest));
    loaded_done(&m);
    loaded_done(&l);
}

static void load_known__takes_what_the_check_found(void **state)
{
    loaded l;
    load_good(*state, with_over, &l);
    yj_error err = { 0 };
    yj_auto(yj_buf_done) yj_buf text;
    yj_auto(yj_json_freep) json_t *found = NULL;
    yj_buf_init(&text, YJ_FINDINGS_BYTES_MAX);
    assert_int_equal(yj_catalog_findings(l.catalog, &text, &err), YJ_OK);
    assert_int_equal(yj_json_parse(yj_buf_view(&text), YJ_FINDINGS_BYTES_MAX, &found, &err), YJ_OK);

    const yj_pack_source *const *sources = (const yj_pack_source *const *)l.sources;
    yj_auto(yj_catalog_unrefp) yj_catalog *c = NULL;
    bool checked = true;
    assert_int_equal(yj_catalog_load_known(sources, l.source_count, found, &c, &checked, &err), YJ_OK);
    assert_false(checked);
    assert_memory_equal(&c->digest, &l.catalog->digest, sizeof c->digest);
    assert_int_equal(c->rule_count, l.catalog->rule_count);
    assert_true(c->rule_count > 0);
    for (size_t i = 0; i < c->rule_count; i++) {
        const yj_rule_shape *a = &l.catalog->rules[i].shape, *b = &c->rules[i].shape;
        assert_string_equal(c->rules[i].name, l.catalog->rules[i].name);
        assert_int_equal(a->reads_today, b->reads_today);
        assert_int_equal(a->read_count, b->read_count);
        assert_int_equal(a->column_count, b->column_count);
        assert_true(a->read_count > 0 && a->column_count > 0);
        for (size_t j = 0; j < a->read_count; j++) {
            assert_string_equal(a->reads[j].table, b->reads[j].table);
            assert_string_equal(a->reads[j].column, b->reads[j].column);
        }
        for (size_t j = 0; j < a->column_count; j++)
            assert_string_equal(a->columns[j], b->columns[j]);
    }

    /* one rule is missing; one has another form */
    const char *name = c->rules[c->rule_count - 1].name;
    yj_auto(yj_catalog_unrefp) yj_catalog *other = NULL;
    yj_auto(yj_catalog_unrefp) yj_catalog *less = NULL;
    json_object_set_new(json_object_get(found, name), "reads", json_string("all"));
    assert_int_equal(yj_catalog_load_known(sources, l.source_count, found, &other, &checked, &err), YJ_OK);
    assert_true(checked);
    json_object_del(found, name);
    assert_int_equal(yj_catalog_load_known(sources, l.source_count, found, &less, &checked, &err), YJ_OK);
    assert_true(checked);
    assert_int_equal(less->rules[less->rule_count - 1].shape.read_count,
                     c->rules[c->rule_count - 1].shape.read_count);
    loaded_done(&l);
}

static void catalog_ref__counts(void **state)
{
    loaded l;
    load_good(*state, base_only, &l);
    yj_catalog *c = yj_catalog_ref(l.catalog);
    assert_ptr_equal(c, l.catalog);
    yj_catalog_unref(c);
    assert_string_equal(l.catalog->kinds[0].pack, "base");
    yj_catalog_unref(NULL);
    loaded_done(&l);
}

static void clause_below__compares_whole_parts(void **state)
{
    assert_true(yj_clause_below("6.3.2", "6.3"));
    assert_true(yj_clause_below("6.3", "6.3"));
    assert_false(yj_clause_below("6.31", "6.3"));
    assert_false(yj_clause_below("6", "6.3"));
    assert_false(yj_clause_below("16.3", "6.3"));
}

/* The roles of a grant by their names, sorted as the field has them; static. */
static const char *roles_of(const yj_catalog *c, const yj_grant *g)
{
    static char names[4][200];
    static int at;
    char *ret = names[at++ % 4];
    const yj_field *f = &c->kinds[c->access.person].fields[c->access.roles];
    ret[0] = '\0';
    for (size_t i = 0; i < f->option_count; i++)
        if (g->roles >> i & 1U)
            snprintf(ret + strlen(ret), 200 - strlen(ret), "%s%s", ret[0] ? " " : "", f->options[i].id);
    return ret;
}

static const yj_grant *move_of(const yj_catalog *c, const yj_kind *k, const char *transition)
{
    return &c->access.kinds[k->index].transitions[yj_kind_transition(k, yj_span_of(transition))];
}

/* Names of the fields whose persons are kept out; static. */
static const char *kept_out(const yj_kind *k, const yj_grant *g)
{
    static char names[200];
    snprintf(names, sizeof names, "%s", g->not_by_creator ? "created" : "");
    for (size_t i = 0; i < g->not_by_count; i++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", names[0] ? " " : "",
                 k->fields[g->not_by[i]].name);
    return names;
}

static void catalog_load__reads_access(void **state)
{
    loaded l;
    load_good(*state, base_only, &l);
    const yj_catalog *c = l.catalog;
    const yj_access *a = &c->access;
    assert_string_equal(c->kinds[a->person].name, "person");
    assert_string_equal(c->kinds[a->person].fields[a->roles].name, "roles");
    assert_int_equal(a->person_state, 0);
    const yj_kind *k = yj_catalog_kind(c, YJ_SPAN("system"));
    assert_int_equal(a->delegation, k->index);
    assert_string_equal(k->fields[a->from].name, "owner");
    assert_string_equal(k->fields[a->to].name, "deputy");
    assert_string_equal(k->fields[a->since].name, "from_date");
    assert_string_equal(k->fields[a->until].name, "until_date");
    assert_string_equal(k->states[a->delegation_state].id, "live");
    /* what is left out follows: a change creating, a transition changes */
    const yj_kind_access *x = &a->kinds[k->index];
    assert_true(x->said && x->named);
    assert_string_equal(roles_of(c, &x->create), "boss chief clerk");
    assert_string_equal(roles_of(c, &x->change), "boss chief clerk");
    assert_string_equal(roles_of(c, move_of(c, k, "close")), "boss chief clerk");
    assert_string_equal(roles_of(c, move_of(c, k, "start")), "boss chief");
    assert_string_equal(kept_out(k, move_of(c, k, "start")), "created owner");
    assert_string_equal(kept_out(k, move_of(c, k, "close")), "");
    k = yj_catalog_kind(c, YJ_SPAN("repair"));
    x = &a->kinds[k->index];
    assert_string_equal(roles_of(c, &x->change), "boss clerk");
    assert_string_equal(kept_out(k, &x->change), "helpers");
    assert_string_equal(roles_of(c, move_of(c, k, "withdraw")), "boss chief");
    assert_string_equal(kept_out(k, move_of(c, k, "withdraw")), "who helpers");
    k = yj_catalog_kind(c, YJ_SPAN("evidence"));
    assert_string_equal(roles_of(c, move_of(c, k, "withdraw")), "boss");
    /* nobody, and by default */
    k = yj_catalog_kind(c, YJ_SPAN("risk"));
    assert_string_equal(roles_of(c, &a->kinds[k->index].create), "");
    assert_true(a->kinds[k->index].said);
    k = yj_catalog_kind(c, YJ_SPAN("note"));
    x = &a->kinds[k->index];
    assert_true(x->said && !x->named);
    assert_string_equal(roles_of(c, &x->create), "clerk");
    assert_string_equal(roles_of(c, &x->change), "boss chief");
    assert_string_equal(roles_of(c, move_of(c, k, "withdraw")), "boss chief");
    loaded_done(&l);
}

/* An overlay adds; its own kinds take the default of the pack below, as it has none. */
static void catalog_load__adds_access(void **state)
{
    loaded l;
    load_good(*state, with_over, &l);
    const yj_catalog *c = l.catalog;
    const yj_kind *k = yj_catalog_kind(c, YJ_SPAN("system"));
    const yj_kind_access *x = &c->access.kinds[k->index];
    assert_string_equal(roles_of(c, &x->create), "boss chief clerk");
    assert_string_equal(kept_out(k, &x->change), "deputy");
    assert_string_equal(roles_of(c, move_of(c, k, "start")), "boss chief clerk");
    assert_string_equal(kept_out(k, move_of(c, k, "start")), "created owner deputy");
    assert_string_equal(roles_of(c, move_of(c, k, "freeze")), "boss chief clerk");
    k = yj_catalog_kind(c, YJ_SPAN("place"));
    assert_string_equal(roles_of(c, &c->access.kinds[k->index].create), "clerk");
    assert_string_equal(roles_of(c, &c->access.kinds[k->index].change), "boss chief");
    loaded_done(&l);
}

/* Packs of before say nothing, which is no fault: then nobody but the operator may. */
static void catalog_load__does_without_access(void **state)
{
    const patch none[] = { { "access.yaml", NULL, NULL }, { "notices.yaml", NULL, NULL } };
    loaded l;
    pack_write("base", *state, none, YJ_COUNT(none));
    packs_load(*state, base_only, false, &l);
    loaded_print(&l);
    assert_int_equal(l.status, YJ_OK);
    assert_int_equal(l.catalog->access.person, -1);
    assert_int_equal(l.catalog->access.delegation, -1);
    assert_int_equal(l.catalog->access.membership, -1);
    assert_false(l.catalog->notices.any);
    loaded_done(&l);
}

static void catalog_load__reads_notices(void **state)
{
    loaded l;
    pack_write("base", *state, NULL, 0);
    packs_load(*state, base_only, false, &l);
    loaded_print(&l);
    assert_int_equal(l.status, YJ_OK);
    const yj_catalog *c = l.catalog;
    const yj_notices *n = &c->notices;
    const yj_kind *k = yj_catalog_kind(c, YJ_SPAN("system"));
    const yj_field *roles = &c->kinds[c->access.person].fields[c->access.roles];
    uint64_t boss = UINT64_C(1) << (yj_field_option(roles, YJ_SPAN("boss")) - roles->options);
    assert_true(n->any);
    assert_int_equal(n->roles[YJ_NEWS_DUE], boss);
    assert_int_equal(n->roles[YJ_NEWS_OVERDUE], 0);
    assert_true((n->roles[YJ_NEWS_WORSE] & boss) != 0 && n->roles[YJ_NEWS_WORSE] != boss);
    assert_string_equal(c->kinds[c->access.person].fields[n->mail].name, "name");
    assert_int_equal(n->ahead_count, 3);
    assert_int_equal(n->ahead[0], 30);
    assert_int_equal(n->pace, YJ_PACE_WEEKLY);
    assert_int_equal(n->hour * 10 + n->weekday, 85);
    /* "start" by its grant, "close" by name; nobody waits for a withdrawal */
    assert_true(n->waits[k->index][yj_kind_transition(k, YJ_SPAN("start"))]);
    assert_true(n->waits[k->index][yj_kind_transition(k, YJ_SPAN("close"))]);
    assert_false(n->waits[k->index][k->transition_count - 1]);
    loaded_done(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(catalog_load__reads_kinds),
        unit_test_in_folder(catalog_load__reads_documents),
        unit_test_in_folder(catalog_load__says_which_packs_a_pack_needs),
        unit_test_in_folder(catalog_load__makes_tables),
        cmocka_unit_test(kind_index_place__is_the_keys_reference_and_choices),
        unit_test_in_folder(catalog_load__reads_requirements_in_natural_order),
        unit_test_in_folder(catalog_load__reads_rules),
        unit_test_in_folder(catalog_load__puts_views_into_the_rules_that_name_them),
        unit_test_in_folder(catalog_load__reads_gates_paths_and_answers),
        unit_test_in_folder(catalog_load__adds_an_overlay),
        unit_test_in_folder(catalog_load__reads_access),
        unit_test_in_folder(catalog_load__adds_access),
        unit_test_in_folder(catalog_load__does_without_access),
        unit_test_in_folder(catalog_load__reads_notices),
        unit_test_in_folder(catalog_load__digests_what_is_loaded),
        unit_test_in_folder(load_known__takes_what_the_check_found),
        unit_test_in_folder(catalog_ref__counts),
        cmocka_unit_test(clause_below__compares_whole_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
