// SPDX-License-Identifier: Apache-2.0
/* pack test: every case of the packs, on the store at hand. */
#include "base/file.h"
#include "base/json.h"
#include "cli/cli.h"
#include "record/case_run.h"
#include "store/schema.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define SEED 20260301

typedef struct job {
    yj_cli *c;
    yj_jw w;
    yj_case_totals all;
} job;

static void complain(const yj_cli *c, const char *file, int line, const char *name, const char *msg,
                     const char *msg_zh)
{
    fprintf(stderr, "%s:%d: %s%s%s\n", file, line, name, name[0] ? ": " : "",
            c->lang == YJ_LANG_ZH && msg_zh && msg_zh[0] ? msg_zh : msg);
}

static yj_status on_result(void *ctx, const yj_case_result *r, yj_error *err)
{
    job *j = ctx;
    const yj_cli *c = j->c;
    const char *about = r->c->requirement >= 0 ? c->catalog->requirements[r->c->requirement].id : "";
    if (!yj_json_wanted(c)) {
        if (!r->passed)
            complain(c, r->c->file, r->c->line, yj_arena_fmt(c->arena, "%s %s", about, r->c->name),
                     r->problem, r->problem_zh);
        return YJ_OK;
    }
    yj_jw_object(&j->w);
    yj_jw_kstr(&j->w, "file", r->c->file);
    yj_jw_ki64(&j->w, "line", r->c->line);
    yj_jw_kstr(&j->w, "requirement", about);
    yj_jw_kstr(&j->w, "name", r->c->name);
    yj_jw_kbool(&j->w, "passed", r->passed);
    yj_jw_kstr(&j->w, "problem", r->passed ? NULL : c->lang == YJ_LANG_ZH ? r->problem_zh : r->problem);
    yj_jw_end_object(&j->w);
    return YJ_OK;
}

/* With --chapter only the cases of its requirements, and no gates. */
static yj_status only_asked(yj_cli *c, yj_cases *cases, yj_error *err)
{
    const char *clause = c->value[YJ_OPT_CHAPTER];
    if (!clause)
        return YJ_OK;
    yj_case *rows = yj_arena_array(c->arena, cases->count + 1, sizeof *rows);
    YJ_TRY(yj_arena_status(c->arena, err));
    size_t n = 0;
    for (size_t i = 0; i < cases->count; i++) {
        int r = cases->rows[i].requirement;
        if (r >= 0 && yj_clause_below(c->catalog->requirements[r].clause, clause))
            rows[n++] = cases->rows[i];
    }
    cases->rows = rows;
    cases->count = n;
    return YJ_OK;
}

/* The cases of one pack. Complaints about them count as found. */
static yj_status run_pack(job *j, yj_db *db, const char *folder, uint64_t seed, yj_error *err)
{
    yj_cli *c = j->c;
    yj_auto(yj_pack_source_freep) yj_pack_source *source = NULL;
    YJ_TRY(yj_pack_source_read(folder, &source, err));
    yj_complaint *rows = yj_arena_array(c->arena, YJ_COMPLAINTS_MAX, sizeof *rows);
    size_t count = 0;
    yj_auto(yj_cases_freep) yj_cases *cases = NULL;
    yj_status s = yj_cases_load(source, c->catalog, &cases, rows, YJ_COMPLAINTS_MAX, &count, err);
    for (size_t i = 0; i < count && i < YJ_COMPLAINTS_MAX; i++)
        complain(c, rows[i].file, rows[i].line, rows[i].field, rows[i].msg, rows[i].msg_zh);
    if (s == YJ_E_INVALID && count) {
        c->found = true;
        return YJ_OK;
    }
    YJ_TRY(s);
    c->found |= count > 0;
    yj_case_totals t = { .passed = 0 };
    yj_cases asked = *cases;
    YJ_TRY(only_asked(c, &asked, err));
    YJ_TRY(yj_case_run(db, c->catalog, &asked, seed, on_result, j, &t, err));
    j->all.passed += t.passed;
    j->all.failed += t.failed;
    return YJ_OK;
}

static yj_status run_on(job *j, const char *url, yj_error *err)
{
    yj_cli *c = j->c;
    int64_t seed = 0;
    YJ_TRY(yj_cli_number(c, YJ_OPT_SEED, 0, INT64_MAX, SEED, &seed, err));
    yj_auto(yj_store_freep) yj_store *store = NULL;
    yj_auto(yj_db_freep) yj_db *db = NULL;
    YJ_TRY(yj_store_open(url, &store, err));
    YJ_TRY(yj_store_migrate(store, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, err));
    YJ_TRY(yj_db_open(store, YJ_DB_WRITE, &db, err));
    for (size_t i = 0; i < c->arg_count; i++)
        YJ_TRY(run_pack(j, db, c->arg[i], (uint64_t)seed, err));
    return YJ_OK;
}

yj_status yj_cmd_pack_test(yj_cli *c, yj_error *err)
{
    YJ_TRY(yj_cli_load_packs(c, c->arg, c->arg_count, err));
    job j = { .c = c };
    yj_jw_init(&j.w, &c->out);
    if (yj_json_wanted(c)) {
        yj_jw_object(&j.w);
        yj_jw_key(&j.w, "cases");
        yj_jw_array(&j.w);
    }
    const char *url = c->value[YJ_OPT_STORE];
    if (url) {
        YJ_TRY(run_on(&j, url, err));
    } else {
        const char *tmp = getenv("TMPDIR");
        char *folder = yj_arena_fmt(c->arena, "%s/yunjian-XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
        if (!mkdtemp(folder))
            return yj_fail_sys(err, YJ_E_IO, "cannot create %s", folder);
        yj_status s = run_on(&j, yj_arena_fmt(c->arena, "sqlite:%s/cases.db", folder), err);
        yj_status removed = yj_dir_remove(folder, s == YJ_OK ? err : NULL);
        YJ_TRY(s);
        YJ_TRY(removed);
    }
    c->found |= j.all.failed > 0;
    if (!yj_json_wanted(c)) {
        yj_say(c, "%zu cases passed, %zu failed\n", j.all.passed, j.all.failed);
        return YJ_OK;
    }
    yj_jw_end_array(&j.w);
    yj_jw_ki64(&j.w, "passed", (int64_t)j.all.passed);
    yj_jw_ki64(&j.w, "failed", (int64_t)j.all.failed);
    yj_jw_end_object(&j.w);
    yj_buf_char(&c->out, '\n');
    return YJ_OK;
}
