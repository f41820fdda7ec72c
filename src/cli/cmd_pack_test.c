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

typedef struct sources {
    yj_pack_source **rows; /* as the catalog's packs */
    size_t count;
} sources;

static void sources_done(sources *s)
{
    for (size_t i = 0; i < s->count; i++)
        yj_pack_source_free(s->rows[i]);
}

typedef struct job {
    yj_cli *c;
    yj_jw w;
    sources sources;
    const yj_catalog *catalog; /* of the pack at work */
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
    const char *about = r->c->requirement >= 0 ? j->catalog->requirements[r->c->requirement].id : "";
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
static yj_status only_asked(const job *j, yj_cases *cases, yj_error *err)
{
    const char *clause = j->c->value[YJ_OPT_CHAPTER];
    if (!clause)
        return YJ_OK;
    yj_arena *arena = j->c->arena;
    yj_case *rows = yj_arena_array(arena, cases->count + 1, sizeof *rows);
    YJ_TRY(yj_arena_status(arena, err));
    size_t n = 0;
    for (size_t i = 0; i < cases->count; i++) {
        int r = cases->rows[i].requirement;
        if (r >= 0 && yj_clause_below(j->catalog->requirements[r].clause, clause))
            rows[n++] = cases->rows[i];
    }
    cases->rows = rows;
    cases->count = n;
    return YJ_OK;
}

/* The pack and what it needs. A pack that builds on it may add to its gates, which its cases cannot know.
 * @param ret_sources room for those of all packs */
static yj_status catalog_of(job *j, size_t at, const yj_pack_source **ret_sources, size_t *ret_count,
                            yj_catalog **ret, yj_error *err)
{
    yj_catalog *all = j->c->catalog;
    size_t count = 0, unused = 0;
    for (size_t i = 0; i < all->pack_count; i++)
        if (all->packs[at].needs >> i & 1U)
            ret_sources[count++] = j->sources.rows[i];
    *ret_count = count;
    if (count < all->pack_count)
        return yj_catalog_load(ret_sources, count, ret, NULL, 0, &unused, err);
    *ret = yj_catalog_ref(all);
    return YJ_OK;
}

/* The cases of one pack. Complaints about them count as found. */
static yj_status run_pack(job *j, yj_db *db, size_t at, uint64_t seed, yj_error *err)
{
    yj_cli *c = j->c;
    yj_auto(yj_catalog_unrefp) yj_catalog *catalog = NULL;
    const yj_pack_source *needed[YJ_ARGS_MAX];
    size_t needed_count = 0;
    YJ_TRY(catalog_of(j, at, needed, &needed_count, &catalog, err));
    j->catalog = catalog;
    yj_complaint *rows = yj_arena_array(c->arena, YJ_COMPLAINTS_MAX, sizeof *rows);
    size_t count = 0;
    yj_auto(yj_cases_freep) yj_cases *cases = NULL;
    yj_status s = yj_cases_load(j->sources.rows[at], needed, needed_count, catalog, &cases, rows,
                                YJ_COMPLAINTS_MAX, &count, err);
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
    YJ_TRY(only_asked(j, &asked, err));
    YJ_TRY(yj_case_run(db, catalog, &asked, seed, on_result, j, &t, err));
    j->all.passed += t.passed;
    j->all.failed += t.failed;
    return YJ_OK;
}

/* The records of an installation would stand among those of the cases, which then come out otherwise. Asked
 * before the schema is touched: a store in use is not moved to another version by a test. */
static yj_status refuse_used(yj_db *db, yj_error *err)
{
    int version = 0;
    YJ_TRY(yj_db_schema_version(db, &version, err));
    if (!version)
        return YJ_OK;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT inst FROM ledger LIMIT 1", &st, err));
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (row)
        return yj_fail(err, YJ_E_CONFLICT,
                       "the database holds an installation: the cases need one that is empty");
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
    YJ_TRY(yj_db_open(store, YJ_DB_WRITE, &db, err));
    YJ_TRY(refuse_used(db, err));
    YJ_TRY(yj_db_migrate(db, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, err));
    const char *only = c->value[YJ_OPT_ONLY];
    for (size_t i = 0; i < c->catalog->pack_count; i++)
        if (!only || strcmp(only, c->catalog->packs[i].name) == 0)
            YJ_TRY(run_pack(j, db, i, (uint64_t)seed, err));
    return YJ_OK;
}

static bool pack_known(const yj_cli *c, const char *name)
{
    for (size_t i = 0; i < c->catalog->pack_count; i++)
        if (strcmp(name, c->catalog->packs[i].name) == 0)
            return true;
    return false;
}

static yj_status sources_read(const yj_cli *c, sources *ret, yj_error *err)
{
    ret->rows = yj_arena_array(c->arena, c->arg_count, sizeof(yj_pack_source *));
    YJ_TRY(yj_arena_status(c->arena, err));
    for (; ret->count < c->arg_count; ret->count++)
        YJ_TRY(yj_pack_source_read(c->arg[ret->count], &ret->rows[ret->count], err));
    return YJ_OK;
}

/* On the store of --store, else on a SQLite that is thrown away. */
static yj_status run(job *j, yj_error *err)
{
    const char *url = j->c->value[YJ_OPT_STORE];
    if (url)
        return run_on(j, url, err);
    const char *tmp = getenv("TMPDIR");
    char *folder = yj_arena_fmt(j->c->arena, "%s/yunjian-XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
    if (!mkdtemp(folder))
        return yj_fail_sys(err, YJ_E_IO, "cannot create %s", folder);
    yj_status s = run_on(j, yj_arena_fmt(j->c->arena, "sqlite:%s/cases.db", folder), err);
    yj_status removed = yj_dir_remove(folder, s == YJ_OK ? err : NULL);
    YJ_TRY(s);
    return removed;
}

yj_status yj_cmd_pack_test(yj_cli *c, yj_error *err)
{
    YJ_TRY(yj_cli_load_packs(c, c->arg, c->arg_count, err));
    const char *only = c->value[YJ_OPT_ONLY];
    if (only && !pack_known(c, only))
        return yj_fail(err, YJ_E_USAGE, "pack %s is not loaded", only);
    yj_auto(sources_done) sources s = { NULL, 0 };
    YJ_TRY(sources_read(c, &s, err));
    job j = { .c = c, .sources = s };
    yj_jw_init(&j.w, &c->out);
    if (yj_json_wanted(c)) {
        yj_jw_object(&j.w);
        yj_jw_key(&j.w, "cases");
        yj_jw_array(&j.w);
    }
    YJ_TRY(run(&j, err));
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
