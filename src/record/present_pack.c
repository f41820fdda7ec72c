// SPDX-License-Identifier: Apache-2.0
/* What packs ask for and what may be recorded, as JSON: requirements and kinds. */
#include "record/present.h"

#include "record/exchange_internal.h"
#include "record/internal.h"

void yj_present_text(yj_jw *w, const char *key, const yj_text *t)
{
    yj_jw_key(w, key);
    if (!t->in[YJ_LANG_ZH] && !t->in[YJ_LANG_EN]) {
        yj_jw_null(w);
        return;
    }
    yj_jw_object(w);
    yj_jw_kstr(w, "zh", t->in[YJ_LANG_ZH]);
    yj_jw_kstr(w, "en", t->in[YJ_LANG_EN]);
    yj_jw_end_object(w);
}

void yj_present_time(yj_jw *w, const char *key, int64_t ns)
{
    char text[31];
    yj_time_format(ns, text);
    yj_jw_kstr(w, key, ns ? text : NULL);
}

void yj_present_kept_error(yj_jw *w, yj_stmt *st, int col)
{
    yj_jw_key(w, "error");
    if (!yj_col_text(st, col).len) {
        yj_jw_null(w);
        return;
    }
    yj_jw_object(w);
    yj_jw_kspan(w, "code", yj_col_text(st, col));
    yj_jw_key(w, "message");
    yj_jw_object(w);
    yj_jw_kspan(w, "zh", yj_col_text(st, col + 2));
    yj_jw_kspan(w, "en", yj_col_text(st, col + 1));
    yj_jw_end_object(w);
    yj_jw_end_object(w);
}

static void write_with(yj_jw *w, const yj_requirement *r)
{
    yj_jw_key(w, "with");
    yj_jw_object(w);
    for (size_t i = 0; i < r->with_count; i++) {
        int64_t n = 0;
        if (r->with[i].is_integer && yj_span_i64(yj_span_of(r->with[i].value), &n))
            yj_jw_ki64(w, r->with[i].name, n);
        else
            yj_jw_kstr(w, r->with[i].name, r->with[i].value);
    }
    yj_jw_end_object(w);
}

/* The kinds that the rule looks at: what a person can enter to change the verdict. */
static void write_reads(yj_jw *w, const yj_catalog *c, const yj_rule_shape *shape)
{
    yj_jw_key(w, "reads");
    yj_jw_array(w);
    for (size_t k = 0; k < c->kind_count; k++) {
        bool read = false;
        for (size_t i = 0; i < shape->read_count; i++)
            read = read || strcmp(shape->reads[i].table, c->kinds[k].name) == 0;
        if (read)
            yj_jw_str(w, c->kinds[k].name);
    }
    yj_jw_end_array(w);
}

void yj_present_requirement(const yj_catalog *c, const yj_requirement *r, yj_buf *out)
{
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "id", r->id);
    yj_jw_kstr(&w, "clause", r->clause);
    yj_jw_kstr(&w, "actor", c->actors[r->actor].id);
    yj_jw_kstr(&w, "force", c->forces[r->force].id);
    yj_jw_kbool(&w, "binding", c->forces[r->force].binding);
    yj_jw_key(&w, "models");
    yj_jw_array(&w);
    for (size_t i = 0; i < c->model_count; i++)
        if (r->models >> i & 1)
            yj_jw_str(&w, c->models[i].id);
    yj_jw_end_array(&w);
    yj_jw_kstr(&w, "stage", r->stage < 0 ? "any" : c->stages[r->stage].id);
    yj_jw_kstr(&w, "subject", c->kinds[r->subject].name);
    yj_present_text(&w, "title", &r->title);
    yj_jw_kstr(&w, "zh", r->text.in[YJ_LANG_ZH]);
    yj_jw_kstr(&w, "en", r->text.in[YJ_LANG_EN]);
    yj_present_text(&w, "guidance", &r->guidance);
    yj_present_text(&w, "erratum", &r->erratum);
    yj_present_text(&w, "statements", &r->statements);
    write_with(&w, r);
    yj_present_text(&w, "settings", &r->settings);
    yj_jw_kstr(&w, "rule", c->rules[r->rule].name);
    write_reads(&w, c, &c->rules[r->rule].shape);
    yj_jw_kstr(&w, "pack", r->pack);
    yj_jw_end_object(&w);
}

static const char *const type_names[] = { [YJ_T_TEXT] = "text",       [YJ_T_LONGTEXT] = "longtext",
                                          [YJ_T_INTEGER] = "integer", [YJ_T_DECIMAL] = "decimal",
                                          [YJ_T_DATE] = "date",       [YJ_T_BOOL] = "bool",
                                          [YJ_T_CHOICE] = "choice",   [YJ_T_REF] = "ref" };

static void write_decimal(yj_jw *w, const char *key, int64_t v, int scale)
{
    yj_buf b;
    yj_buf_init(&b, 64);
    yj_decimal_format(v, scale, &b);
    yj_jw_kspan(w, key, yj_buf_view(&b));
    yj_buf_done(&b);
}

static void write_bounds(yj_jw *w, const yj_field *f)
{
    if (f->type == YJ_T_TEXT || f->type == YJ_T_LONGTEXT)
        yj_jw_ki64(w, "max", f->max_chars);
    if (f->type == YJ_T_DECIMAL)
        yj_jw_ki64(w, "scale", f->scale);
    if (f->type != YJ_T_INTEGER && f->type != YJ_T_DECIMAL)
        return;
    int scale = f->type == YJ_T_DECIMAL ? f->scale : 0;
    if (f->min != INT64_MIN && scale == 0)
        yj_jw_ki64(w, "min", f->min);
    if (f->max != INT64_MAX && scale == 0)
        yj_jw_ki64(w, "max", f->max);
    if (f->min != INT64_MIN && scale > 0)
        write_decimal(w, "min", f->min, scale);
    if (f->max != INT64_MAX && scale > 0)
        write_decimal(w, "max", f->max, scale);
}

/* Of a role: types of the institutions in which it counts; left out where it counts in all. */
static void write_made_for(yj_jw *w, const yj_catalog *c, size_t role)
{
    const yj_field *types = &c->kinds[c->exchange.institution].fields[c->exchange.type];
    if (c->access.made_for_all >> role & 1U)
        return;
    yj_jw_key(w, "made_for");
    yj_jw_array(w);
    for (size_t i = 0; i < types->option_count; i++)
        if (c->access.made_for[i] >> role & 1U)
            yj_jw_str(w, types->options[i].id);
    yj_jw_end_array(w);
}

static void write_field(yj_jw *w, const yj_catalog *c, const yj_kind *k, const yj_field *f)
{
    yj_jw_object(w);
    yj_jw_kstr(w, "name", f->name);
    yj_jw_kstr(w, "type", type_names[f->type]);
    yj_jw_kbool(w, "required", f->required);
    yj_jw_kbool(w, "list", f->list);
    yj_present_text(w, "label", &f->label);
    yj_present_text(w, "help", &f->help);
    write_bounds(w, f);
    if (f->option_count) {
        yj_jw_key(w, "options");
        yj_jw_array(w);
        for (size_t i = 0; i < f->option_count; i++) {
            yj_jw_object(w);
            yj_jw_kstr(w, "id", f->options[i].id);
            yj_present_text(w, "label", &f->options[i].label);
            if (c->access.made_for && k->index == c->access.person && f == &k->fields[c->access.roles])
                write_made_for(w, c, i);
            yj_jw_end_object(w);
        }
        yj_jw_end_array(w);
    }
    if (f->ref_kind >= 0)
        yj_jw_kstr(w, "to", c->kinds[f->ref_kind].name);
    if (f->kind_from >= 0)
        yj_jw_kstr(w, "kind_from", k->fields[f->kind_from].name);
    if (f->clock)
        yj_jw_kbool(w, "clock", true);
    if (f->names_requirement)
        yj_jw_kstr(w, "names", "requirement");
    if (f->by_system)
        yj_jw_kbool(w, "by_system", true);
    if (f->after >= 0)
        yj_jw_kstr(w, "after", k->fields[f->after].name);
    if (f->differs_from >= 0)
        yj_jw_kstr(w, "differs_from", k->fields[f->differs_from].name);
    yj_jw_end_object(w);
}

static void write_states(yj_jw *w, const yj_catalog *c, const yj_kind *k)
{
    yj_jw_key(w, "states");
    yj_jw_array(w);
    for (size_t i = 0; i < k->state_count; i++) {
        yj_jw_object(w);
        yj_jw_kstr(w, "id", k->states[i].id);
        yj_present_text(w, "label", &k->states[i].label);
        yj_jw_kstr(w, "stage", k->states[i].stage < 0 ? NULL : c->stages[k->states[i].stage].id);
        yj_jw_kbool(w, "final", k->states[i].final);
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
    yj_jw_kstr(w, "initial", k->states[k->initial].id);
    yj_jw_key(w, "transitions");
    yj_jw_array(w);
    for (size_t i = 0; i < k->transition_count; i++) {
        const yj_transition *t = &k->transitions[i];
        yj_jw_object(w);
        yj_jw_kstr(w, "id", t->id);
        yj_jw_key(w, "from");
        yj_jw_array(w);
        for (size_t j = 0; j < k->state_count; j++)
            if (t->from >> j & 1)
                yj_jw_str(w, k->states[j].id);
        yj_jw_end_array(w);
        yj_jw_kstr(w, "to", k->states[t->to].id);
        yj_present_text(w, "label", &t->label);
        yj_jw_kbool(w, "gated", t->gate >= 0);
        if (yj_exchange_act(c, k, t->id))
            yj_jw_kbool(w, "addressee", true);
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
}

static void write_name(yj_jw *w, const char *key, const yj_kind *k, int field)
{
    yj_jw_kstr(w, key, k->fields[field].name);
}

/* Which options weigh so only with a statement by a key that is believed; by which fields that is told. */
static void write_signed(yj_jw *w, const yj_kind *k)
{
    const yj_signed_map *m = k->statement;
    const yj_field *f = &k->fields[k->strength_field];
    if (!m)
        return;
    yj_jw_key(w, "signed");
    yj_jw_object(w);
    yj_jw_key(w, "options");
    yj_jw_array(w);
    for (size_t i = 0; i < f->option_count && i < 64; i++)
        if (m->options >> i & 1)
            yj_jw_str(w, f->options[i].id);
    yj_jw_end_array(w);
    yj_jw_ki64(w, "otherwise", m->otherwise);
    write_name(w, "key", k, m->key);
    write_name(w, "type", k, m->type);
    write_name(w, "accepted", k, m->accepted);
    yj_jw_end_object(w);
}

static void write_keys(yj_jw *w, const yj_kind *k)
{
    const yj_key_map *m = k->keys;
    if (!m)
        return;
    yj_jw_key(w, "keys");
    yj_jw_object(w);
    write_name(w, "types", k, m->types);
    write_name(w, "from", k, m->from);
    write_name(w, "until", k, m->until);
    write_name(w, "revoked_from", k, m->revoked_from);
    yj_jw_kstr(w, "trusted", k->states[m->trusted].id);
    yj_jw_kstr(w, "revoked", k->states[m->revoked].id);
    yj_jw_end_object(w);
}

/* By which day something is awaited of a record, and which field tells that it came. */
static void write_awaits(yj_jw *w, const yj_kind *k)
{
    yj_jw_key(w, "awaits");
    yj_jw_array(w);
    for (size_t i = 0; i < k->awaited_count; i++) {
        const yj_awaited *x = &k->awaits[i];
        yj_jw_object(w);
        yj_jw_kstr(w, "by", x->by < 0 ? NULL : k->fields[x->by].name);
        write_name(w, "came", k, x->came);
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
}

static void write_names(yj_jw *w, const char *key, const yj_kind *k, const int *fields, size_t count)
{
    yj_jw_key(w, key);
    yj_jw_array(w);
    for (size_t i = 0; i < count; i++)
        yj_jw_str(w, k->fields[fields[i]].name);
    yj_jw_end_array(w);
}

static void write_list_fields(yj_jw *w, const yj_kind *k, const yj_list *x)
{
    yj_jw_key(w, "fields");
    yj_jw_array(w);
    for (size_t i = 0; i < x->field_count; i++) {
        const yj_list_field *f = &x->fields[i];
        yj_jw_object(w);
        write_name(w, "field", k, f->field);
        yj_jw_key(w, "from");
        yj_jw_array(w);
        for (size_t n = 0; n < f->column_count; n++)
            yj_jw_str(w, x->columns[f->columns[n]]);
        yj_jw_end_array(w);
        yj_jw_kbool(w, "last_part", f->last_part);
        yj_jw_key(w, "values");
        yj_jw_array(w);
        for (size_t n = 0; n < f->value_count; n++) {
            yj_jw_object(w);
            yj_jw_kstr(w, "from", f->values[n].from);
            yj_jw_kstr(w, "to", f->values[n].to);
            yj_jw_end_object(w);
        }
        yj_jw_end_array(w);
        yj_jw_kstr(w, "otherwise", f->otherwise);
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
}

static void write_without(yj_jw *w, const yj_list *x)
{
    yj_jw_key(w, "leave_out");
    yj_jw_array(w);
    for (size_t i = 0; i < x->without_count; i++) {
        yj_jw_object(w);
        yj_jw_kstr(w, "column", x->columns[x->without[i].column]);
        yj_jw_key(w, "values");
        yj_jw_array(w);
        for (size_t n = 0; n < x->without[i].value_count; n++)
            yj_jw_str(w, x->without[i].values[n]);
        yj_jw_end_array(w);
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
}

/* Lists of other programs that are taken as records of the kind. */
static void write_lists(yj_jw *w, const yj_kind *k)
{
    yj_jw_key(w, "lists");
    yj_jw_array(w);
    for (size_t i = 0; i < k->list_count; i++) {
        const yj_list *x = &k->lists[i];
        yj_jw_object(w);
        yj_jw_kstr(w, "id", x->id);
        yj_present_text(w, "label", &x->label);
        yj_jw_key(w, "heads");
        yj_jw_array(w);
        for (size_t n = 0; n < x->head_count; n++)
            yj_jw_str(w, x->columns[x->heads[n]]);
        yj_jw_end_array(w);
        write_names(w, "asked", k, x->asked, x->asked_count);
        yj_jw_key(w, "digest");
        if (x->digest_of >= 0) {
            yj_jw_object(w);
            write_name(w, "of", k, x->digest_of);
            yj_jw_kstr(w, "field", x->digest);
            yj_jw_end_object(w);
        } else {
            yj_jw_null(w);
        }
        write_without(w, x);
        write_list_fields(w, k, x);
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
}

/* How strong a piece of evidence is follows from one of its fields; null for what is no evidence. */
static void write_strength(yj_jw *w, const yj_kind *k)
{
    yj_jw_key(w, "strength");
    if (k->strength_field < 0) {
        yj_jw_null(w);
        return;
    }
    const yj_field *f = &k->fields[k->strength_field];
    yj_jw_object(w);
    yj_jw_kstr(w, "field", f->name);
    yj_jw_key(w, "of");
    yj_jw_array(w);
    for (size_t i = 0; i < f->option_count; i++) {
        yj_jw_object(w);
        yj_jw_kstr(w, "option", f->options[i].id);
        yj_jw_ki64(w, "strength", k->strength_of_option[i]);
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
    write_signed(w, k);
    yj_jw_end_object(w);
}

/* Of a kind that may be offered: by institutions of which types, what it becomes, and what goes over. */
static void write_offered(yj_jw *w, const yj_catalog *c, const yj_kind *k, const yj_offered *o)
{
    const yj_exchange *x = &c->exchange;
    const yj_kind *as = &c->kinds[o->as];
    const yj_field *types = &c->kinds[x->institution].fields[x->type];
    yj_jw_key(w, "offered");
    yj_jw_object(w);
    yj_jw_key(w, "by");
    yj_jw_array(w);
    for (size_t i = 0; i < x->party_count; i++)
        if (x->parties[i].kind == o->party)
            yj_jw_str(w, types->options[x->parties[i].type].id);
    yj_jw_end_array(w);
    yj_jw_kstr(w, "as", as->name);
    yj_jw_key(w, "fields");
    yj_jw_array(w);
    for (size_t i = 0; i < o->field_count; i++)
        yj_jw_str(w, k->fields[o->fields[i].from].name);
    yj_jw_end_array(w);
    yj_jw_key(w, "set");
    yj_jw_object(w);
    for (size_t i = 0; i < o->set_count; i++)
        yj_jw_kstr(w, as->fields[o->set[i].from].name, as->fields[o->set[i].from].options[o->set[i].to].id);
    yj_jw_end_object(w);
    yj_jw_kstr(w, "on", o->on < 0 ? NULL : k->fields[o->on].name);
    write_names(w, "told", as, o->told, o->told_count);
    yj_jw_end_object(w);
}

/* Of a kind that stands for another institution: which type that has, and whether it may be let read. */
static void write_party(yj_jw *w, const yj_catalog *c, const yj_kind *k)
{
    const yj_exchange *x = &c->exchange;
    for (size_t i = 0; i < x->party_count; i++) {
        if (x->parties[i].kind != k->index)
            continue;
        const yj_field *types = &c->kinds[x->institution].fields[x->type];
        yj_jw_key(w, "party");
        yj_jw_object(w);
        yj_jw_kstr(w, "type", types->options[x->parties[i].type].id);
        yj_jw_kbool(w, "reads", x->scope.kind >= 0 && x->scope.party == k->index);
        yj_jw_end_object(w);
        return;
    }
}

void yj_present_kind(const yj_catalog *c, const yj_kind *k, yj_buf *out)
{
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "kind", k->name);
    yj_present_text(&w, "label", &k->label);
    yj_present_text(&w, "help", &k->help);
    yj_jw_kstr(&w, "pack", k->pack);
    yj_jw_kstr(&w, "scope", k->installation ? "installation" : "institution");
    yj_jw_key(&w, "key");
    yj_jw_array(&w);
    for (size_t i = 0; i < k->key_count; i++)
        yj_jw_str(&w, k->fields[k->key[i]].name);
    yj_jw_end_array(&w);
    yj_jw_kstr(&w, "name_field", k->fields[k->name_field].name);
    yj_jw_key(&w, "fields");
    yj_jw_array(&w);
    for (size_t i = 0; i < k->field_count; i++)
        write_field(&w, c, k, &k->fields[i]);
    yj_jw_end_array(&w);
    write_states(&w, c, k);
    write_strength(&w, k);
    const yj_offered *o = yj_offered_kind(c, k);
    if (o)
        write_offered(&w, c, k, o);
    write_party(&w, c, k);
    write_awaits(&w, k);
    write_lists(&w, k);
    write_keys(&w, k);
    yj_jw_end_object(&w);
}
