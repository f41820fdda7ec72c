// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "cli/cli.h"
#include "record/transfer.h"
#include <stdio.h>

#define PROBLEMS_BYTES_MAX ((size_t)64 << 20)

static void write_report(yj_cli *c, const yj_import_report *r)
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
    yj_jw_key(&w, "problems");
    yj_import_problems_write(r, &problems);
    yj_jw_raw(&w, yj_buf_view(&problems));
    yj_jw_ki64(&w, "problem_total", (int64_t)r->problem_total);
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

yj_status yj_cmd_import(yj_cli *c, yj_error *err)
{
    YJ_TRY(yj_cli_open_institution(c, err));
    YJ_TRY(yj_cli_person(c, err));
    yj_import_report r = { .rows = 0 };
    yj_status s = yj_import_path(c->engine, c->institution.inst, c->person, c->arg[0],
                                 yj_cli_has(c, YJ_OPT_DRY_RUN), &r, err);
    if (yj_json_wanted(c) && (s == YJ_OK || r.problem_count))
        write_report(c, &r);
    else
        print_problems(c, &r);
    if (s == YJ_OK && !yj_json_wanted(c))
        yj_say(c,
               yj_cli_has(c, YJ_OPT_DRY_RUN)
                   ? "%zu rows would be taken: %zu new, %zu changed, %zu moved, %zu as they were\n"
                   : "%zu rows taken: %zu new, %zu changed, %zu moved, %zu as they were\n",
               r.rows, r.created, r.changed, r.moved, r.unchanged);
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
