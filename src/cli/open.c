// SPDX-License-Identifier: Apache-2.0
/* What commands work on: installation, institution, person, reader, packs. */
#include "base/file.h"
#include "cli/cli.h"
#include "record/read.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *yj_cli_data(const yj_cli *c)
{
    return yj_cli_has(c, YJ_OPT_DATA) ? c->value[YJ_OPT_DATA] : "data";
}

yj_status yj_cli_open(yj_cli *c, const yj_open_options *o, yj_error *err)
{
    YJ_TRY(yj_engine_open(yj_cli_data(c), o, &c->engine, err));
    c->catalog = yj_engine_catalog(c->engine);
    const char *clock = c->value[YJ_OPT_CLOCK];
    return clock ? yj_engine_set_clock(c->engine, clock, err) : YJ_OK;
}

yj_status yj_cli_open_institution(yj_cli *c, yj_error *err)
{
    YJ_TRY(yj_cli_open(c, &(yj_open_options){ .serve = false }, err));
    YJ_TRY(yj_institution_find(c->engine, c->value[YJ_OPT_INSTITUTION], &c->institution, err));
    c->has_institution = true;
    return YJ_OK;
}

yj_status yj_cli_person(yj_cli *c, yj_error *err)
{
    const char *as = c->value[YJ_OPT_AS];
    if (!as || strcmp(as, yj_engine_operator(c->engine)) == 0) {
        snprintf(c->person, sizeof c->person, "%s", yj_engine_operator(c->engine));
        return YJ_OK;
    }
    const yj_kind *k = NULL;
    YJ_TRY(yj_cli_kind(c, "person", &k, err));
    YJ_TRY(yj_cli_reader(c, err));
    int64_t inst = c->has_institution ? c->institution.inst : YJ_INST_INSTALLATION;
    if (yj_record_find(c->reader, c->catalog, inst, k, as, c->person, NULL) != YJ_OK)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no person \"%s\" to act as", as);
    return YJ_OK;
}

yj_status yj_cli_reader(yj_cli *c, yj_error *err)
{
    return c->reader ? YJ_OK : yj_reader_take(c->engine, &c->reader, err);
}

void yj_cli_reader_done(yj_cli *c)
{
    if (c->reader)
        yj_reader_give(c->engine, c->reader);
    c->reader = NULL;
}

yj_status yj_cli_settle(yj_cli *c, yj_error *err)
{
    return yj_engine_settle(c->engine, -1, err);
}

yj_status yj_cli_kind(const yj_cli *c, const char *name, const yj_kind **ret, yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(c->catalog, yj_span_of(name));
    if (!k)
        return yj_fail(err, YJ_E_NOT_FOUND, "no pack declares a kind \"%s\"; see: yunjian kinds", name);
    *ret = k;
    return YJ_OK;
}

yj_status yj_cli_requirement(const yj_cli *c, const char *id, const yj_requirement **ret, yj_error *err)
{
    const yj_requirement *r = yj_catalog_requirement(c->catalog, yj_span_of(id));
    if (!r)
        return yj_fail(err, YJ_E_NOT_FOUND, "no pack has a requirement \"%s\"; see: yunjian requirements",
                       id);
    *ret = r;
    return YJ_OK;
}

yj_status yj_cli_as_of(yj_cli *c, int64_t *ret, yj_error *err)
{
    *ret = -1;
    if (!yj_cli_has(c, YJ_OPT_AS_OF))
        return YJ_OK;
    YJ_TRY(yj_cli_reader(c, err));
    return yj_as_of_seq(c->reader, c->institution.inst, yj_engine_zone(c->engine), c->value[YJ_OPT_AS_OF],
                        ret, err);
}

yj_status yj_cli_rejudge(const yj_cli *c, bool *ret, yj_error *err)
{
    *ret = yj_cli_has(c, YJ_OPT_REJUDGE);
    if (*ret && !yj_cli_has(c, YJ_OPT_AS_OF))
        return yj_fail(err, YJ_E_USAGE,
                       "option --rejudge goes with --as-of: today is judged by today's packs");
    return YJ_OK;
}

yj_status yj_cli_day(yj_cli *c, yj_date *ret, yj_error *err)
{
    yj_engine_today(c->engine, ret);
    if (!yj_cli_has(c, YJ_OPT_AS_OF))
        return YJ_OK;
    YJ_TRY(yj_cli_reader(c, err));
    return yj_as_of_day(c->reader, c->institution.inst, yj_engine_zone(c->engine), c->value[YJ_OPT_AS_OF],
                        ret, err);
}

/* --- packs ------------------------------------------------------------------------------------ */

static bool holds_packs(const char *folder)
{
    char path[4096];
    return snprintf(path, sizeof path, "%s/core/pack.yaml", folder) < (int)sizeof path &&
           yj_path_exists(path);
}

/* $YUNJIAN_PACKS; PREFIX/share/yunjian/packs for PREFIX/bin/yunjian; packs/ of the source tree the program
 * was built in, or of any folder above the program. */
static bool find_packs(char *ret, size_t size)
{
    const char *given = getenv("YUNJIAN_PACKS");
    if (given && given[0])
        return snprintf(ret, size, "%s", given) < (int)size && holds_packs(ret);
    char exe[3072];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n <= 0)
        return false;
    exe[n] = '\0';
    static const char *const below[] = { "share/yunjian/packs", "packs" };
    for (char *slash = strrchr(exe, '/'); slash && slash != exe; slash = strrchr(exe, '/')) {
        *slash = '\0';
        for (size_t i = 0; i < YJ_COUNT(below); i++)
            if (snprintf(ret, size, "%s/%s", exe, below[i]) < (int)size && holds_packs(ret))
                return true;
    }
    return false;
}

yj_status yj_cli_packs(yj_cli *c, const char *const *given, size_t given_count, const char *const **ret,
                       size_t *ret_count, yj_error *err)
{
    if (given_count > 0) {
        *ret = given;
        *ret_count = given_count;
        return YJ_OK;
    }
    char folder[4096];
    if (!find_packs(folder, sizeof folder))
        return yj_fail(err, YJ_E_NOT_FOUND,
                       "the packs are not found beside the program; name them with --packs or YUNJIAN_PACKS");
    const char **list = yj_arena_array(c->arena, 2, sizeof *list);
    list[0] = yj_arena_fmt(c->arena, "%s/core", folder);
    list[1] = yj_arena_fmt(c->arena, "%s/sf-cloud", folder);
    *ret = list;
    *ret_count = 2;
    return YJ_OK;
}

void yj_cli_complaints(yj_cli *c, const yj_complaint *rows, size_t count)
{
    c->complaints = rows;
    c->complaint_count = count < YJ_COMPLAINTS_MAX ? count : YJ_COMPLAINTS_MAX;
    for (size_t i = 0; i < c->complaint_count && !yj_json_wanted(c); i++) {
        const yj_complaint *p = &c->complaints[i];
        const char *msg = c->lang == YJ_LANG_ZH && p->msg_zh[0] ? p->msg_zh : p->msg;
        fprintf(stderr, "%s:%d: %s%s%s\n", p->file, p->line, p->field, p->field[0] ? ": " : "", msg);
    }
}

typedef struct sources {
    yj_pack_source **rows;
    size_t count;
} sources;

static void sources_done(sources *s)
{
    for (size_t i = 0; i < s->count; i++)
        yj_pack_source_free(s->rows[i]);
}

yj_status yj_cli_load_packs(yj_cli *c, const char *const *folders, size_t count, yj_error *err)
{
    yj_auto(sources_done) sources s = { yj_arena_array(c->arena, count, sizeof(yj_pack_source *)), 0 };
    for (; s.count < count; s.count++)
        YJ_TRY(yj_pack_source_read(folders[s.count], &s.rows[s.count], err));
    yj_complaint *rows = yj_arena_array(c->arena, YJ_COMPLAINTS_MAX, sizeof *rows);
    size_t complaints = 0;
    yj_status st = yj_catalog_load((const yj_pack_source *const *)s.rows, count, &c->catalog, rows,
                                   YJ_COMPLAINTS_MAX, &complaints, err);
    yj_cli_complaints(c, rows, complaints);
    return st;
}

yj_status yj_cli_any_catalog(yj_cli *c, yj_error *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/yunjian.json", yj_cli_data(c));
    if (yj_cli_has(c, YJ_OPT_DATA) || yj_path_exists(path))
        return yj_cli_open(c, &(yj_open_options){ .no_judge = true }, err);
    const char *const *folders = NULL;
    size_t count = 0;
    YJ_TRY(yj_cli_packs(c, NULL, 0, &folders, &count, err));
    return yj_cli_load_packs(c, folders, count, err);
}
