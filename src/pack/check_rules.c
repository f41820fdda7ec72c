// SPDX-License-Identifier: Apache-2.0
/* Rules held against the kinds: the SQL, its columns, codes and values, and the sentences that use them. */
#include "pack/load.h"
#include "pack/sentence.h"
#include "pack/sqltext.h"

#define WORDS_BYTES_MAX ((size_t)16 << 20)

static const char *const fixed_columns[] = { "subject", "status", "reason", "due", "proof_kind", "proof" };
static const char *const statuses[] = { "met", "unmet", "unknown", "not_applicable" };

typedef struct check {
    yj_loader *l;
    yj_load_rule *r;
    yj_sql_text words;
    bool shape_known;
    uint64_t used_values[4]; /* bit set of result columns that a sentence uses */
} check;

static int column_at(const yj_rule_shape *s, yj_span name)
{
    for (size_t i = 0; i < s->column_count; i++) {
        const char *c = s->columns[i];
        if (c[0] == 'v' && c[1] == '_' && yj_span_is(name, c + 2))
            return (int)i;
    }
    return -1;
}

static const yj_field *choice_of(const yj_loader *l, yj_span kind, yj_span field)
{
    const yj_kind *k = yj_catalog_kind(l->out, kind);
    const yj_field *f = k ? yj_kind_field(k, field) : NULL;
    return f && f->type == YJ_T_CHOICE ? f : NULL;
}

static void check_part(check *c, int line, const char *code, const yj_sentence_part *p)
{
    yj_form *f = &c->r->form;
    if (p->what == YJ_SENTENCE_VALUE && c->shape_known) {
        int i = column_at(&c->r->r.shape, p->text);
        if (i < 0)
            yj_complain(f, line, code, "the sentence uses {%.*s}, but the SQL gives no column v_%.*s",
                        (int)p->text.len, p->text.ptr, (int)p->text.len, p->text.ptr);
        else if (i < 256)
            c->used_values[i / 64] |= UINT64_C(1) << (i % 64);
    }
    if (p->what == YJ_SENTENCE_PARAM) {
        bool known = false;
        for (size_t i = 0; i < c->r->r.param_count; i++)
            known = known || yj_span_is(p->text, c->r->r.params[i]);
        if (!known)
            yj_complain(f, line, code, "the sentence uses {:%.*s}, which is no parameter of the rule",
                        (int)p->text.len, p->text.ptr);
    }
    if (p->what != YJ_SENTENCE_TEXT && p->kind.len > 0 && !c->l->kinds_broken &&
        !choice_of(c->l, p->kind, p->field))
        yj_complain(f, line, code, "%.*s.%.*s is no choice field", (int)p->kind.len, p->kind.ptr,
                    (int)p->field.len, p->field.ptr);
}

/* Does the other language's sentence use it as well? */
static bool also_used(const char *sentence, const yj_sentence_part *p)
{
    yj_span rest = yj_span_of(sentence);
    yj_sentence_part q;
    const char *fault = NULL;
    while (yj_sentence_next(&rest, &q, &fault)) {
        if (q.what == p->what && yj_span_eq(q.text, p->text))
            return true;
    }
    return fault != NULL; /* already complained about */
}

static int line_in(const yj_yaml *map, const char *key)
{
    for (size_t i = 0; map && i < map->count; i++) {
        if (strcmp(map->keys[i], key) == 0)
            return map->key_lines[i];
    }
    return 0;
}

static void check_sentences(check *c)
{
    static const char *const names[] = { [YJ_LANG_ZH] = "zh", [YJ_LANG_EN] = "en" };
    const yj_yaml *map = yj_yaml_get(c->r->front, "reasons");
    size_t outer = yj_form_in(&c->r->form, "reasons");
    for (size_t i = 0; i < c->r->r.reason_count && yj_load_goes_on(c->l); i++) {
        const yj_reason *reason = &c->r->r.reasons[i];
        int line = line_in(map, reason->code);
        size_t mark = yj_form_in(&c->r->form, reason->code);
        for (int lang = 0; lang < YJ_LANG_COUNT_; lang++) {
            yj_span rest = yj_span_of(reason->sentence.in[lang]);
            yj_sentence_part part;
            const char *fault = NULL;
            while (yj_sentence_next(&rest, &part, &fault)) {
                check_part(c, line, names[lang], &part);
                if (part.what != YJ_SENTENCE_TEXT &&
                    !also_used(reason->sentence.in[YJ_LANG_COUNT_ - 1 - lang], &part))
                    yj_complain(&c->r->form, line, names[YJ_LANG_COUNT_ - 1 - lang],
                                "the sentence lacks {%s%.*s}, which the other language has",
                                part.what == YJ_SENTENCE_PARAM ? ":" : "", (int)part.text.len, part.text.ptr);
            }
            if (fault)
                yj_complain(&c->r->form, line, names[lang], "a brace is open, or what it holds is no name");
        }
        if (!yj_sql_has_text(&c->words, reason->code))
            yj_complain(&c->r->form, line, NULL, "the SQL never gives the reason '%s'", reason->code);
        yj_form_out(&c->r->form, mark);
    }
    yj_form_out(&c->r->form, outer);
}

static bool is_fixed(const char *column)
{
    for (size_t i = 0; i < YJ_COUNT(fixed_columns); i++) {
        if (strcmp(fixed_columns[i], column) == 0)
            return true;
    }
    return false;
}

static bool is_double(const yj_rule_shape *s, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (strcmp(s->columns[j], s->columns[i]) == 0)
            return true;
    }
    return false;
}

static void check_columns(check *c)
{
    const yj_rule_shape *s = &c->r->r.shape;
    yj_form *f = &c->r->form;
    int line = c->r->sql_line;
    for (size_t i = 0; i < YJ_COUNT(fixed_columns); i++) {
        bool found = false;
        for (size_t j = 0; j < s->column_count; j++)
            found = found || strcmp(s->columns[j], fixed_columns[i]) == 0;
        if (!found)
            yj_complain(f, line, NULL, "the SQL gives no column %s", fixed_columns[i]);
    }
    for (size_t i = 0; i < s->column_count; i++) {
        bool value = strncmp(s->columns[i], "v_", 2) == 0;
        if (is_double(s, i))
            yj_complain(f, line, NULL, "the SQL gives the column %s twice", s->columns[i]);
        else if (!is_fixed(s->columns[i]) && !(value && yj_name_valid(s->columns[i])))
            yj_complain(f, line, NULL, "a value's column begins with v_, but there is %s", s->columns[i]);
        else if (value && i < 256 && !(c->used_values[i / 64] >> (i % 64) & 1U))
            yj_complain(f, line, NULL, "no sentence uses the value %s", s->columns[i]);
    }
}

/* Texts that the SQL answers with, where they can be seen. */
static void on_reason(void *ctx, const yj_sql_token *t)
{
    check *c = ctx;
    for (size_t i = 0; i < c->r->r.reason_count; i++) {
        if (yj_span_is(t->s, c->r->r.reasons[i].code))
            return;
    }
    yj_complain(&c->r->form, c->r->sql_line + t->line - 1, NULL,
                "the SQL gives the reason '%.*s', which the front matter does not declare", (int)t->s.len,
                t->s.ptr);
}

static void on_status(void *ctx, const yj_sql_token *t)
{
    check *c = ctx;
    for (size_t i = 0; i < YJ_COUNT(statuses); i++) {
        if (yj_span_is(t->s, statuses[i]))
            return;
    }
    yj_complain(&c->r->form, c->r->sql_line + t->line - 1, NULL,
                "'%.*s' is no status (met, unmet, unknown, not_applicable)", (int)t->s.len, t->s.ptr);
}

static void on_proof_kind(void *ctx, const yj_sql_token *t)
{
    check *c = ctx;
    if (!yj_catalog_kind(c->l->out, t->s))
        yj_complain(&c->r->form, c->r->sql_line + t->line - 1, NULL, "there is no kind %.*s", (int)t->s.len,
                    t->s.ptr);
}

/* Views of kinds that the rule's pack does not require would be missing where only its own packs are loaded.
 */
static void check_reads(check *c)
{
    for (size_t i = 0; i < c->r->r.shape.read_count; i++) {
        const char *table = c->r->r.shape.reads[i].table;
        const yj_kind *k = yj_catalog_kind(c->l->out, yj_span_of(table));
        if (k)
            (void)yj_load_find_kind(c->l, &c->r->form, c->r->sql_line, NULL, table);
    }
}

static void copy_shape(yj_loader *l, const yj_rule_shape *from, yj_rule_shape *to)
{
    *to = *from;
    to->reads = yj_arena_array(l->arena, from->read_count + 1, sizeof *to->reads);
    to->columns = yj_arena_array(l->arena, from->column_count + 1, sizeof *to->columns);
    if (from->read_count)
        memcpy(to->reads, from->reads, from->read_count * sizeof *to->reads);
    if (from->column_count)
        memcpy(to->columns, from->columns, from->column_count * sizeof *to->columns);
}

/* The checker counts lines from the beginning of the SQL: "line L column C". */
static int line_of_fault(int sql_line, const yj_error *e)
{
    int64_t n = 0;
    if (strncmp(e->field, "line ", 5) == 0) {
        size_t digits = strspn(e->field + 5, "0123456789");
        if (!yj_span_i64((yj_span){ e->field + 5, digits }, &n) || n > INT32_MAX / 2)
            n = 0;
    }
    return n > 0 ? sql_line + (int)n - 1 : sql_line;
}

static void run_checker(check *c, yj_rule_checker *checker)
{
    yj_load_rule *r = c->r;
    yj_rule_shape shape = { .reads = NULL };
    yj_error e = { .code = YJ_OK };
    yj_status s = yj_rule_sql_check(checker, yj_span_of(r->r.sql), r->r.params, r->r.param_count, &shape, &e);
    if (s == YJ_OK) {
        copy_shape(c->l, &shape, &r->r.shape);
        yj_rule_shape_done(&shape);
        c->shape_known = true;
    } else if (s == YJ_E_NOMEM || s == YJ_E_IO || s == YJ_E_DB) {
        yj_load_fail(c->l, s, &e);
    } else {
        yj_complain_as(&r->form, line_of_fault(r->sql_line, &e), NULL, &e);
    }
}

/* By itself, so that a fault is told once and with its own line. */
static void check_views(yj_loader *l, yj_rule_checker *checker)
{
    for (size_t i = 0; i < l->views.count && yj_load_goes_on(l); i++) {
        yj_load_view *v = yj_vec_at(&l->views, yj_load_view, i);
        yj_rule_shape shape = { .reads = NULL };
        yj_error e = { .code = YJ_OK };
        yj_status s = yj_rule_sql_check(checker, yj_span_of(v->text), NULL, 0, &shape, &e);
        if (s == YJ_E_NOMEM || s == YJ_E_IO || s == YJ_E_DB)
            yj_load_fail(l, s, &e);
        else if (s != YJ_OK)
            yj_complain_as(&v->form, line_of_fault(v->sql_line, &e), NULL, &e);
        yj_rule_shape_done(&shape);
    }
}

static void check_params_used(check *c)
{
    for (size_t i = 0; i < c->r->r.param_count; i++) {
        const char *name = c->r->r.params[i];
        bool used = yj_sql_has_param(&c->words, name);
        for (size_t j = 0; j < c->r->r.reason_count && !used; j++) {
            const yj_sentence_part p = { .what = YJ_SENTENCE_PARAM, .text = yj_span_of(name) };
            used = also_used(c->r->r.reasons[j].sentence.in[YJ_LANG_EN], &p);
        }
        if (!used)
            yj_complain(&c->r->form, yj_yaml_get(c->r->front, "params")->line, "params",
                        "neither the SQL nor a sentence uses the parameter %s", name);
    }
}

static void check_rule(yj_loader *l, yj_load_rule *r, yj_rule_checker *checker, yj_arena *words)
{
    check c = { .l = l, .r = r };
    l->at = r->pack;
    c.words = yj_sql_read(words, yj_span_of(r->r.sql));
    if (checker && r->params_known && r->r.sql[0])
        run_checker(&c, checker);
    if (r->broken)
        return;
    check_sentences(&c);
    check_params_used(&c);
    if (c.shape_known) {
        check_columns(&c);
        check_reads(&c);
    }
    yj_sql_results(&c.words, "reason", on_reason, &c);
    yj_sql_results(&c.words, "status", on_status, &c);
    if (!l->kinds_broken)
        yj_sql_results(&c.words, "proof_kind", on_proof_kind, &c);
}

/* The same rules, found well before by the same program. */
static void take_known(yj_loader *l, yj_rule *rules)
{
    yj_error e = { .code = YJ_OK };
    if (l->how.prepared_rules)
        yj_load_prepared_shapes(l);
    for (size_t i = 0; i < l->rules.count && yj_load_goes_on(l); i++) {
        yj_load_rule *r = yj_vec_at(&l->rules, yj_load_rule, i);
        if (!l->how.prepared_rules && !yj_load_take_kept(l, r))
            yj_load_fail(l, yj_fail(&e, YJ_E_INVALID, "the findings do not fit the packs"), &e);
        rules[i] = r->r;
    }
}

void yj_load_finish_rules(yj_loader *l)
{
    size_t n = l->rules.count;
    if (l->how.kept || l->how.prepared_rules) {
        yj_rule *known = yj_arena_array(l->arena, n + 1, sizeof *known);
        take_known(l, known);
        l->out->rules = known;
        l->out->rule_count = n;
        return;
    }
    yj_auto(yj_rule_checker_freep) yj_rule_checker *checker = NULL;
    yj_auto(yj_arena_freep) yj_arena *words = yj_arena_new(WORDS_BYTES_MAX);
    yj_rule *rules = yj_arena_array(l->arena, n + 1, sizeof *rules);
    yj_error e = { .code = YJ_OK };
    /* With a kind missing, or names that make no view, every rule would be wrong for no fault of its own. */
    bool views = n > 0 && !l->kinds_broken && !l->to->any;
    yj_status s = YJ_OK;
    if (!words)
        s = yj_fail(&e, YJ_E_NOMEM, "out of memory");
    else if (n > 0 && !l->kinds_broken)
        s = yj_rule_checker_new(l->out->tables, l->out->kind_count, &checker, &e);
    if (s != YJ_OK && (s == YJ_E_NOMEM || views)) {
        yj_load_fail(l, s, &e);
        return;
    }
    if (checker)
        check_views(l, checker);
    for (size_t i = 0; i < n && yj_load_goes_on(l); i++) {
        yj_load_rule *r = yj_vec_at(&l->rules, yj_load_rule, i);
        check_rule(l, r, checker, words);
        rules[i] = r->r;
        s = yj_arena_status(words, &e);
        if (s != YJ_OK)
            yj_load_fail(l, s, &e);
        yj_arena_reset(words);
    }
    l->out->rules = rules;
    l->out->rule_count = n;
}
