// SPDX-License-Identifier: Apache-2.0
/* pack check, show, install. `pack test` is cmd_pack_test.c. */
#include "base/json.h"
#include "cli/cli.h"

static void write_counts(yj_cli *c, yj_jw *w)
{
    yj_jw_ki64(w, "kinds", (int64_t)c->catalog->kind_count);
    yj_jw_ki64(w, "requirements", (int64_t)c->catalog->requirement_count);
    yj_jw_ki64(w, "rules", (int64_t)c->catalog->rule_count);
    yj_jw_ki64(w, "gates", (int64_t)c->catalog->gate_count);
}

static void write_packs(yj_cli *c, yj_jw *w)
{
    yj_jw_key(w, "packs");
    yj_jw_array(w);
    for (size_t i = 0; i < c->catalog->pack_count; i++) {
        const yj_pack_info *p = &c->catalog->packs[i];
        char digest[2 * YJ_HASH_LEN + 1];
        yj_digest_hex(&p->digest, digest);
        yj_jw_object(w);
        yj_jw_kstr(w, "name", p->name);
        yj_jw_kstr(w, "edition", p->edition);
        yj_jw_kstr(w, "title", yj_text_in(c, &p->title));
        yj_jw_kstr(w, "digest", digest);
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
}

/* Requirements whose verdict rests on statements alone, with the pack's reason. */
static void list_statements(yj_cli *c)
{
    yj_jw w;
    yj_jw_init(&w, &c->out);
    if (yj_json_wanted(c))
        yj_jw_array(&w);
    for (size_t i = 0; i < c->catalog->requirement_count; i++) {
        const yj_requirement *r = &c->catalog->requirements[i];
        if (!r->statements.in[c->lang])
            continue;
        if (!yj_json_wanted(c)) {
            yj_buf_fmt(&c->out, "%s %s\n", r->id, yj_text_in(c, &r->title));
            yj_wrap(c, 4, 0, yj_text_in(c, &r->statements));
            continue;
        }
        yj_jw_object(&w);
        yj_jw_kstr(&w, "id", r->id);
        yj_jw_key(&w, "statements");
        yj_jw_object(&w);
        yj_jw_kstr(&w, "zh", r->statements.in[YJ_LANG_ZH]);
        yj_jw_kstr(&w, "en", r->statements.in[YJ_LANG_EN]);
        yj_jw_end_object(&w);
        yj_jw_end_object(&w);
    }
    if (yj_json_wanted(c)) {
        yj_jw_end_array(&w);
        yj_buf_char(&c->out, '\n');
    }
}

static void write_complaints(yj_cli *c, yj_jw *w)
{
    yj_jw_key(w, "complaints");
    yj_jw_array(w);
    for (size_t i = 0; i < c->complaint_count; i++) {
        const yj_complaint *p = &c->complaints[i];
        yj_jw_object(w);
        yj_jw_kstr(w, "file", p->file);
        yj_jw_ki64(w, "line", p->line);
        yj_jw_kstr(w, "field", p->field);
        yj_jw_key(w, "message");
        yj_jw_object(w);
        yj_jw_kstr(w, "zh", p->msg_zh);
        yj_jw_kstr(w, "en", p->msg);
        yj_jw_end_object(w);
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
}

/* Complaints are what was looked for: no failure of the command. */
static yj_status give_complaints(yj_cli *c)
{
    c->found = true;
    if (!yj_json_wanted(c))
        return YJ_OK; /* printed, each on its line */
    yj_jw w;
    yj_jw_init(&w, &c->out);
    yj_jw_object(&w);
    write_complaints(c, &w);
    yj_jw_end_object(&w);
    yj_buf_char(&c->out, '\n');
    return YJ_OK;
}

yj_status yj_cmd_pack_check(yj_cli *c, yj_error *err)
{
    yj_status s = yj_cli_load_packs(c, c->arg, c->arg_count, err);
    if (s == YJ_E_INVALID && c->complaint_count)
        return give_complaints(c);
    YJ_TRY(s);
    if (yj_cli_has(c, YJ_OPT_STATEMENTS)) {
        list_statements(c);
        return YJ_OK;
    }
    if (!yj_json_wanted(c)) {
        yj_say(c, "packs are in order: %zu kinds, %zu requirements, %zu rules, %zu gates\n",
               c->catalog->kind_count, c->catalog->requirement_count, c->catalog->rule_count,
               c->catalog->gate_count);
        return YJ_OK;
    }
    yj_jw w;
    yj_jw_init(&w, &c->out);
    yj_jw_object(&w);
    write_packs(c, &w);
    write_counts(c, &w);
    write_complaints(c, &w);
    yj_jw_end_object(&w);
    yj_buf_char(&c->out, '\n');
    return YJ_OK;
}

static void show_json(yj_cli *c)
{
    const yj_catalog *k = c->catalog;
    yj_jw w;
    yj_jw_init(&w, &c->out);
    yj_jw_object(&w);
    write_packs(c, &w);
    write_counts(c, &w);
    yj_jw_key(&w, "kind_names");
    yj_jw_array(&w);
    for (size_t i = 0; i < k->kind_count; i++)
        yj_jw_str(&w, k->kinds[i].name);
    yj_jw_end_array(&w);
    yj_jw_key(&w, "gate_list");
    yj_jw_array(&w);
    for (size_t i = 0; i < k->gate_count; i++) {
        const yj_gate *g = &k->gates[i];
        yj_jw_object(&w);
        yj_jw_kstr(&w, "kind", k->kinds[g->kind].name);
        yj_jw_kstr(&w, "transition", k->kinds[g->kind].transitions[g->transition].id);
        yj_jw_key(&w, "requirements");
        yj_jw_array(&w);
        for (size_t j = 0; j < g->requirement_count; j++)
            yj_jw_str(&w, k->requirements[g->requirements[j]].id);
        yj_jw_end_array(&w);
        yj_jw_end_object(&w);
    }
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    yj_buf_char(&c->out, '\n');
}

static size_t count_below(const yj_catalog *k, const char *clause)
{
    size_t n = 0;
    for (size_t i = 0; i < k->requirement_count; i++)
        n += yj_clause_below(k->requirements[i].clause, clause);
    return n;
}

static void show_text(yj_cli *c)
{
    const yj_catalog *k = c->catalog;
    for (size_t i = 0; i < k->pack_count; i++) {
        const yj_pack_info *p = &k->packs[i];
        char digest[2 * YJ_HASH_LEN + 1];
        yj_digest_hex(&p->digest, digest);
        yj_buf_fmt(&c->out, "%s  %s  (%s)\n  %s\n", p->name, yj_text_in(c, &p->title), p->edition, digest);
        yj_wrap(c, 2, 0, yj_text_in(c, &p->note));
    }
    yj_buf_char(&c->out, '\n');
    yj_table *t = yj_table_new(c, 3);
    yj_table_right(t, 2);
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Clause"));
    yj_table_cell(t, YJ_PLAIN, "");
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Requirements"));
    for (size_t i = 0; i < k->clause_count; i++) {
        size_t n = count_below(k, k->clauses[i].id);
        if (!n)
            continue;
        yj_table_cell(t, YJ_PLAIN, k->clauses[i].id);
        yj_table_cell(t, YJ_PLAIN, yj_text_in(c, &k->clauses[i].label));
        yj_table_cell_fmt(t, "%zu", n);
    }
    yj_table_print(t);
    yj_say(c, "\n%zu kinds, %zu requirements, %zu rules, %zu gates\n", k->kind_count, k->requirement_count,
           k->rule_count, k->gate_count);
}

yj_status yj_cmd_pack_show(yj_cli *c, yj_error *err)
{
    const char *const *folders = NULL;
    size_t count = 0;
    YJ_TRY(yj_cli_packs(c, c->arg, c->arg_count, &folders, &count, err));
    YJ_TRY(yj_cli_load_packs(c, folders, count, err));
    if (yj_json_wanted(c))
        show_json(c);
    else
        show_text(c);
    return YJ_OK;
}

yj_status yj_cmd_pack_install(yj_cli *c, yj_error *err)
{
    const char *const *folders = NULL;
    size_t count = 0;
    bool changed = false;
    YJ_TRY(yj_cli_packs(c, c->arg, c->arg_count, &folders, &count, err));
    YJ_TRY(yj_packs_install(yj_cli_data(c), folders, count, &changed, err));
    YJ_TRY(yj_cli_open(c, &(yj_open_options){ .serve = false }, err)); /* everything is judged again */
    YJ_TRY(yj_cli_settle(c, err));
    if (!yj_json_wanted(c)) {
        yj_say(c,
               changed ? "packs installed, everything judged again\n" : "these packs are in force already\n");
        return YJ_OK;
    }
    yj_jw w;
    yj_jw_init(&w, &c->out);
    yj_jw_object(&w);
    yj_jw_kbool(&w, "changed", changed);
    write_packs(c, &w);
    yj_jw_end_object(&w);
    yj_buf_char(&c->out, '\n');
    return YJ_OK;
}
