// SPDX-License-Identifier: Apache-2.0
/* requirements, kinds: what the packs in force ask for, and what may be recorded. */
#include "cli/cli.h"
#include "record/present.h"

static bool is(const yj_cli *c, yj_option_id o, const char *id)
{
    return !yj_cli_has(c, o) || (id && strcmp(c->value[o], id) == 0);
}

static bool wanted(const yj_cli *c, const yj_requirement *r)
{
    const yj_catalog *k = c->catalog;
    const char *stage = r->stage < 0 ? "any" : k->stages[r->stage].id;
    bool named = c->arg_count == 0;
    for (size_t i = 0; i < c->arg_count; i++)
        named |= strcmp(c->arg[i], r->id) == 0;
    return named && is(c, YJ_OPT_STAGE, stage) && is(c, YJ_OPT_ACTOR, k->actors[r->actor].id) &&
           is(c, YJ_OPT_FORCE, k->forces[r->force].id) && is(c, YJ_OPT_KIND, k->kinds[r->subject].name) &&
           (!yj_cli_has(c, YJ_OPT_CHAPTER) || yj_clause_below(r->clause, c->value[YJ_OPT_CHAPTER]));
}

/* What its rule is given, and where what is not in the standard comes from. */
static void show_settings(yj_cli *c, const yj_requirement *r)
{
    yj_buf b;
    yj_buf_init(&b, 65536);
    for (size_t i = 0; i < r->with_count; i++)
        yj_buf_fmt(&b, "%s%s: %s", i ? "; " : "", r->with[i].name, r->with[i].value);
    if (b.len)
        yj_say_wrapped(c, 4, 0, "Parameters of the pack - %s", b.ptr);
    yj_buf_done(&b);
    if (r->settings.in[c->lang])
        yj_wrap(c, 4, 0, r->settings.in[c->lang]);
}

static void show_one(yj_cli *c, const yj_requirement *r)
{
    const yj_catalog *k = c->catalog;
    yj_ink_text(c, YJ_BOLD, r->id);
    yj_buf_fmt(&c->out, "  %s\n", yj_text_in(c, &r->title));
    yj_buf_fmt(&c->out, "    %s, %s, %s, %s\n", yj_text_in(c, &k->actors[r->actor].label),
               yj_text_in(c, &k->forces[r->force].label),
               r->stage < 0 ? yj_word(c, "any stage") : yj_text_in(c, &k->stages[r->stage].label),
               yj_text_in(c, &k->kinds[r->subject].label));
    yj_wrap(c, 4, 0, yj_text_in(c, &r->text));
    yj_buf_char(&c->out, '\n');
    yj_wrap(c, 4, 0, yj_text_in(c, &r->guidance));
    if (r->erratum.in[c->lang])
        yj_wrap(c, 4, 0, r->erratum.in[c->lang]);
    show_settings(c, r);
    yj_buf_char(&c->out, '\n');
}

static void head(yj_cli *c, yj_table *t)
{
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Requirement"));
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Who"));
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Force"));
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "About"));
    yj_table_cell(t, YJ_PLAIN, "");
}

yj_status yj_cmd_requirements(yj_cli *c, yj_error *err)
{
    YJ_TRY(yj_cli_any_catalog(c, err));
    const yj_catalog *k = c->catalog;
    const yj_requirement *unused = NULL;
    for (size_t i = 0; i < c->arg_count; i++)
        YJ_TRY(yj_cli_requirement(c, c->arg[i], &unused, err));
    bool json = yj_json_wanted(c), first = true;
    yj_table *t = yj_table_new(c, 5);
    head(c, t);
    yj_buf_str(&c->out, json ? "[" : "");
    for (size_t i = 0; i < k->requirement_count; i++) {
        const yj_requirement *r = &k->requirements[i];
        if (!wanted(c, r))
            continue;
        if (json) {
            yj_buf_str(&c->out, first ? "\n" : ",\n");
            yj_present_requirement(k, r, &c->out);
        } else if (c->arg_count) {
            show_one(c, r);
        } else {
            yj_table_cell(t, YJ_PLAIN, r->id);
            yj_table_cell(t, YJ_PLAIN, yj_text_in(c, &k->actors[r->actor].label));
            yj_table_cell(t, YJ_PLAIN, yj_text_in(c, &k->forces[r->force].label));
            yj_table_cell(t, YJ_PLAIN, yj_text_in(c, &k->kinds[r->subject].label));
            yj_table_cell(t, YJ_PLAIN, yj_text_in(c, &r->title));
        }
        first = false;
    }
    if (json)
        yj_buf_str(&c->out, "\n]\n");
    else if (!c->arg_count)
        yj_table_print(t);
    return YJ_OK;
}

static void show_kind(yj_cli *c, const yj_kind *k)
{
    yj_ink_text(c, YJ_BOLD, k->name);
    yj_buf_fmt(&c->out, "  %s\n", yj_text_in(c, &k->label));
    yj_wrap(c, 2, 0, yj_text_in(c, &k->help));
    yj_buf_char(&c->out, '\n');
    static const char *const types[] = { [YJ_T_TEXT] = "text",       [YJ_T_LONGTEXT] = "longtext",
                                         [YJ_T_INTEGER] = "integer", [YJ_T_DECIMAL] = "decimal",
                                         [YJ_T_DATE] = "date",       [YJ_T_BOOL] = "bool",
                                         [YJ_T_CHOICE] = "choice",   [YJ_T_REF] = "ref" };
    yj_table *t = yj_table_new(c, 4);
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Field"));
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Type"));
    yj_table_cell(t, YJ_PLAIN, "");
    yj_table_cell(t, YJ_PLAIN, "");
    for (size_t i = 0; i < k->field_count; i++) {
        const yj_field *f = &k->fields[i];
        yj_table_cell(t, YJ_PLAIN, f->name);
        if (f->kind_from >= 0)
            yj_table_cell_fmt(t, "ref (%s)", k->fields[f->kind_from].name);
        else if (f->names_requirement)
            yj_table_cell_fmt(t, "requirement%s", f->list ? "*" : "");
        else
            yj_table_cell_fmt(t, "%s%s%s%s", types[f->type], f->list ? "*" : "",
                              f->type == YJ_T_REF ? " " : "",
                              f->type == YJ_T_REF ? c->catalog->kinds[f->ref_kind].name : "");
        yj_table_cell(t, YJ_PLAIN, f->required ? yj_word(c, "required") : "");
        yj_table_cell(t, YJ_PLAIN, yj_text_in(c, &f->label));
        for (size_t o = 0; o < f->option_count; o++) {
            yj_table_cell(t, YJ_PLAIN, "");
            yj_table_cell_fmt(t, "  %s", f->options[o].id);
            yj_table_cell(t, YJ_PLAIN, "");
            yj_table_cell_fmt(t, "  %s", yj_text_in(c, &f->options[o].label));
        }
    }
    yj_table_print(t);
    yj_buf_char(&c->out, '\n');
    for (size_t i = 0; i < k->transition_count; i++) {
        const yj_transition *m = &k->transitions[i];
        yj_buf_fmt(&c->out, "  %s -> %s  %s%s\n", m->id, k->states[m->to].id, yj_text_in(c, &m->label),
                   m->gate >= 0 ? yj_word(c, " (behind a gate)") : "");
    }
    yj_buf_char(&c->out, '\n');
}

yj_status yj_cmd_kinds(yj_cli *c, yj_error *err)
{
    YJ_TRY(yj_cli_any_catalog(c, err));
    const yj_catalog *k = c->catalog;
    const yj_kind *one = NULL;
    if (c->arg_count)
        YJ_TRY(yj_cli_kind(c, c->arg[0], &one, err));
    bool json = yj_json_wanted(c);
    if (one && json) {
        yj_present_kind(k, one, &c->out);
        yj_buf_char(&c->out, '\n');
        return YJ_OK;
    }
    if (one) {
        show_kind(c, one);
        return YJ_OK;
    }
    yj_table *t = yj_table_new(c, 3);
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Kind"));
    yj_table_cell(t, YJ_PLAIN, "");
    yj_table_cell(t, YJ_PLAIN, "");
    for (size_t i = 0; i < k->kind_count; i++) {
        if (json) {
            yj_buf_str(&c->out, i ? ",\n" : "[\n");
            yj_present_kind(k, &k->kinds[i], &c->out);
            continue;
        }
        yj_table_cell(t, YJ_PLAIN, k->kinds[i].name);
        yj_table_cell(t, YJ_PLAIN, yj_text_in(c, &k->kinds[i].label));
        yj_table_cell(t, YJ_PLAIN, yj_text_in(c, &k->kinds[i].help));
    }
    if (json)
        yj_buf_str(&c->out, "\n]\n");
    else
        yj_table_print(t);
    return YJ_OK;
}
