// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "cli/cli.h"
#include "record/transfer.h"
#include <stdio.h>

#define PROBLEMS_BYTES_MAX ((size_t)64 << 20)
#define DIFFERENCES_MAX 1000 /* that are listed */

/* What a dry run would change, as it is told. */
typedef struct differences {
    yj_cli *c;
    yj_buf text;  /* lines, or objects with commas between */
    size_t count; /* all of them */
    const char *file;
    size_t line; /* of the row that was told of last */
} differences;

static void add_json(differences *x, const yj_import_difference *d)
{
    yj_jw w;
    yj_jw_init(&w, &x->text);
    if (x->count > 1)
        yj_buf_char(&x->text, ',');
    yj_jw_object(&w);
    yj_jw_kstr(&w, "file", d->file);
    yj_jw_ki64(&w, "line", (int64_t)d->line);
    yj_jw_kstr(&w, "kind", d->kind);
    yj_jw_kstr(&w, "record", d->name);
    if (d->field) {
        yj_jw_kstr(&w, "field", d->field);
        yj_jw_kspan(&w, "from", d->from);
        yj_jw_kspan(&w, "to", d->to);
    } else {
        yj_jw_kbool(&w, "new", true);
    }
    yj_jw_end_object(&w);
}

/* A value in a line: one line, and seen where there is nothing. */
static void add_value(yj_buf *out, yj_span v)
{
    if (!v.len)
        yj_buf_str(out, "-");
    for (size_t i = 0; i < v.len; i++)
        yj_buf_char(out, (unsigned char)v.ptr[i] < ' ' || v.ptr[i] == '\x7f' ? ' ' : v.ptr[i]);
}

static yj_status add_difference(void *ctx, const yj_import_difference *d, yj_error *err)
{
    differences *x = ctx;
    if (++x->count > DIFFERENCES_MAX)
        return YJ_OK;
    if (yj_json_wanted(x->c)) {
        add_json(x, d);
        return yj_buf_status(&x->text, err);
    }
    if (!x->file || strcmp(x->file, d->file) != 0 || x->line != d->line) {
        yj_buf_fmt(&x->text, "%s:%zu: %s ", d->file, d->line, d->kind);
        add_value(&x->text, yj_span_of(d->name));
        yj_buf_fmt(&x->text, "%s\n", d->field ? "" : yj_said(x->c, " (new)"));
    }
    x->file = d->file;
    x->line = d->line;
    if (d->field) {
        yj_buf_fmt(&x->text, "  %s: ", d->field);
        add_value(&x->text, d->from);
        yj_buf_str(&x->text, " -> ");
        add_value(&x->text, d->to);
        yj_buf_char(&x->text, '\n');
    }
    return yj_buf_status(&x->text, err);
}

static void write_report(yj_cli *c, const yj_import_report *r, const differences *x)
{
    yj_jw w;
    yj_auto(yj_buf_done) yj_buf problems;
    yj_buf_init(&problems, PROBLEMS_BYTES_MAX);
    yj_jw_init(&w, &c->out);
    yj_jw_object(&w);
    yj_jw_kbool(&w, "dry_run", yj_cli_has(c, YJ_OPT_DRY_RUN));
    yj_jw_ki64(&w, "rows", (int64_t)r->rows);
    yj_jw_ki64(&w, "created", (int64_t)r->created);
    yj_jw_ki64(&w, "changed", (int64_t)r->changed);
    yj_jw_ki64(&w, "moved", (int64_t)r->moved);
    yj_jw_ki64(&w, "unchanged", (int64_t)r->unchanged);
    yj_jw_ki64(&w, "left_out", (int64_t)r->left_out);
    yj_jw_key(&w, "problems");
    yj_import_problems_write(r, &problems);
    yj_jw_raw(&w, yj_buf_view(&problems));
    yj_jw_ki64(&w, "problem_total", (int64_t)r->problem_total);
    if (yj_cli_has(c, YJ_OPT_DRY_RUN)) {
        yj_auto(yj_buf_done) yj_buf list;
        yj_buf_init(&list, PROBLEMS_BYTES_MAX);
        yj_buf_char(&list, '[');
        yj_buf_span(&list, yj_buf_view(&x->text));
        yj_buf_char(&list, ']');
        yj_jw_key(&w, "differences");
        yj_jw_raw(&w, yj_buf_view(&list));
        yj_jw_ki64(&w, "difference_total", (int64_t)x->count);
    }
    yj_jw_end_object(&w);
    yj_buf_char(&c->out, '\n');
}

static void print_problems(yj_cli *c, const yj_import_report *r)
{
    yj_buf_clear(&c->out);
    for (size_t i = 0; i < r->problem_count; i++) {
        const yj_import_problem *p = &r->problems[i];
        yj_buf_str(&c->out, p->file);
        if (p->line)
            yj_buf_fmt(&c->out, ":%zu", p->line);
        if (p->column)
            yj_buf_fmt(&c->out, ":%zu", p->column);
        yj_buf_fmt(&c->out, ": %s%s%s\n", p->field, p->field[0] ? ": " : "",
                   c->lang == YJ_LANG_ZH && p->msg_zh[0] ? p->msg_zh : p->msg);
        yj_say_misses(c, 2, p->misses);
    }
    fputs(c->out.ptr ? c->out.ptr : "", stderr);
    yj_buf_clear(&c->out);
}

/* What --set gives: FIELD=VALUE, each once. */
static yj_status read_set(const yj_cli *c, json_t **ret, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *set = json_object();
    if (!set)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    for (size_t i = 0; i < c->many_count; i++) {
        const char *at = strchr(c->many[i], '=');
        if (!at || at == c->many[i])
            return yj_fail(err, YJ_E_USAGE, "--set takes FIELD=VALUE, not \"%s\"", c->many[i]);
        const char *name = yj_arena_strndup(c->arena, c->many[i], (size_t)(at - c->many[i]));
        if (json_object_get(set, name))
            return yj_fail(err, YJ_E_USAGE, "--set gives the field %s twice", name);
        if (json_object_set_new(set, name, json_string(at + 1)) != 0)
            return yj_fail(err, YJ_E_INVALID, "the value of %s is no text in UTF-8", name);
    }
    *ret = yj_take(set);
    return YJ_OK;
}

yj_status yj_cmd_import(yj_cli *c, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *set = NULL;
    YJ_TRY(read_set(c, &set, err));
    YJ_TRY(yj_cli_open_institution(c, err));
    YJ_TRY(yj_cli_person(c, err));
    yj_import_report r = { .rows = 0 };
    bool dry = yj_cli_has(c, YJ_OPT_DRY_RUN);
    differences x = { .c = c };
    yj_buf_init(&x.text, PROBLEMS_BYTES_MAX / 2);
    yj_import_watch watch = { .ctx = &x, .differs = add_difference };
    yj_status s = yj_import_path_watched(c->engine, c->institution.inst, c->person, c->arg[0], set, dry,
                                         dry ? &watch : NULL, &r, err);
    if (yj_json_wanted(c) && (s == YJ_OK || r.problem_count))
        write_report(c, &r, &x);
    else
        print_problems(c, &r);
    if (s == YJ_OK && !yj_json_wanted(c)) {
        yj_buf_span(&c->out, yj_buf_view(&x.text));
        if (x.count > DIFFERENCES_MAX)
            yj_say(c, "and %zu differences more\n", x.count - DIFFERENCES_MAX);
    }
    yj_buf_done(&x.text);
    if (s == YJ_OK && !yj_json_wanted(c))
        yj_say(c,
               yj_cli_has(c, YJ_OPT_DRY_RUN)
                   ? "%zu rows would be taken: %zu new, %zu changed, %zu moved, %zu as they were\n"
                   : "%zu rows taken: %zu new, %zu changed, %zu moved, %zu as they were\n",
               r.rows, r.created, r.changed, r.moved, r.unchanged);
    if (s == YJ_OK && !yj_json_wanted(c) && r.left_out)
        yj_say(c, "%zu rows of the list left out: they are no records of this kind\n", r.left_out);
    size_t listed = yj_json_wanted(c) ? 0 : r.problem_count, problems = r.problem_total;
    yj_import_report_done(&r);
    if (s != YJ_OK && listed && listed < problems)
        return yj_fail(err, s, "%zu problems, the first %zu of them listed above; nothing was written",
                       problems, listed);
    if (s != YJ_OK && listed)
        return yj_fail(err, s, "%zu problems, listed above; nothing was written", problems);
    YJ_TRY(s);
    return yj_cli_settle(c, err);
}
