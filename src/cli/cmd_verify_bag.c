// SPDX-License-Identifier: Apache-2.0
/* verify bag: checks a bag, or makes one. */
#include "base/file.h"
#include "base/time.h"
#include "cli/verify.h"
#include "instrument/verify/bag_make.h"
#include "instrument/verify/bag_report.h"
#include <stdio.h>

typedef struct bagging {
    yj_cli *c;
    yj_bag bag;
    yj_verify_about about;
    uint64_t empty;
    yj_bag_known known; /* of --state */
    yj_key *key;
    const char *attest_path;
} bagging;

static void bagging_done(bagging *v)
{
    yj_bag_done(&v->bag);
    yj_bag_known_done(&v->known);
    yj_key_free(v->key);
}

static yj_status prepare(bagging *v, yj_cli *c, const char *operation, yj_error *err)
{
    *v = (bagging){ .c = c, .about = { .operation = operation, .version = YJ_VERSION } };
    v->about.from_ns = yj_clock_system().now_ns(yj_clock_system().self);
    return yj_verify_attest_key(c, &v->key, &v->attest_path, err);
}

static void say_bag(const bagging *v)
{
    yj_cli *c = v->c;
    const yj_bag *b = &v->bag;
    yj_say(c, "BagIt %s\n", yj_arena_fmt(c->arena, "%d.%d", b->version / 100, b->version % 100));
    for (size_t i = 0; i < b->count; i++) {
        yj_buf_fmt(&c->out, "%s\n", b->list[i].name);
        yj_verify_say(c, &b->list[i].result, NULL);
        if (b->list[i].weak)
            yj_say(c, "  this algorithm shows damage, not forgery\n");
    }
    if (b->oxum == YJ_OXUM_DIFFERS)
        yj_say(c, "Payload-Oxum says another number of bytes or files\n");
    if (v->empty)
        yj_say(c, "  %llu empty folders are in the bag, but a list names files only\n",
               (unsigned long long)v->empty);
    if (v->about.resumed)
        yj_say(c, "  %llu digests were made before the interruption; their files have not changed since\n",
               (unsigned long long)v->about.resumed);
    if (v->attest_path)
        yj_say(c, "  signed statement: %s\n", v->attest_path);
}

static yj_status conclude(bagging *v, yj_error *err)
{
    yj_cli *c = v->c;
    yj_auto(yj_json_freep) json_t *report = NULL;
    v->about.until_ns = yj_clock_system().now_ns(yj_clock_system().self);
    c->found = !yj_bag_fine(&v->bag);
    if (v->key) {
        yj_auto(yj_buf_done) yj_buf out;
        yj_buf_init(&out, YJ_DSSE_BYTES_MAX + 4096);
        YJ_TRY(yj_bag_sign(&v->bag, &v->about, v->empty, v->key, &out, err));
        YJ_TRY(yj_file_write(v->attest_path, yj_buf_view(&out), 0644, err));
    }
    YJ_TRY(yj_bag_known_finish(&v->known, err));
    if (!yj_json_wanted(c)) {
        say_bag(v);
        return YJ_OK;
    }
    size_t rows = yj_cli_has(c, YJ_OPT_ALL) ? SIZE_MAX : YJ_VERIFY_SHOWN;
    YJ_TRY(yj_bag_json(&v->bag, &v->about, v->empty, rows, &report, err));
    yj_verify_write(c, report);
    return YJ_OK;
}

static yj_status check(yj_cli *c, const char *folder, yj_error *err)
{
    yj_auto(bagging_done) bagging v;
    const yj_verify_options o = { .threads = YJ_VERIFY_THREADS,
                                  .progress = yj_show_progress,
                                  .progress_self = c };
    YJ_TRY(prepare(&v, c, "bag-check", err));
    v.about.expected = yj_verify_full_name(c, folder);
    v.known = (yj_bag_known){ .path = c->value[YJ_OPT_STATE], .settle_ns = YJ_FILE_REST_NS };
    if (v.known.path)
        YJ_TRY(yj_verify_state_outside(c, v.about.expected, NULL, err));
    YJ_TRY(yj_bag_check(folder, &o, v.known.path ? &v.known : NULL, &v.bag, err));
    v.about.resumed = yj_bag_known_used(&v.known);
    v.about.resumed_from_ns = yj_bag_known_began_ns(&v.known);
    return conclude(&v, err);
}

/* --- create ----------------------------------------------------------------------------------- */

/* Names between commas, each once. SHA-512 without: it is what the RFC proposes. */
static yj_status read_algorithms(const char *names, yj_bag_plan *p, yj_error *err)
{
    while (names) {
        size_t len = strcspn(names, ",");
        yj_sum_alg alg;
        bool good = yj_sum_by_name((yj_span){ names, len }, &alg);
        for (size_t i = 0; good && i < p->algs; i++)
            good = p->alg[i] != alg;
        if (!good)
            return yj_fail(err, YJ_E_USAGE,
                           "option --hash is sha256, sha512 or sm3, or several with commas between");
        p->alg[p->algs++] = alg;
        names = names[len] ? names + len + 1 : NULL;
    }
    if (p->algs == 0)
        p->alg[p->algs++] = YJ_SUM_SHA512;
    return YJ_OK;
}

static yj_status read_info(yj_cli *c, yj_bag_plan *p, yj_error *err)
{
    yj_bag_info *info = yj_arena_array(c->arena, YJ_BAG_INFO_MAX, sizeof *info);
    p->info = info;
    for (size_t i = 3; i < c->arg_count; i++) {
        const char *equals = strchr(c->arg[i], '=');
        if (!equals)
            return yj_fail(err, YJ_E_USAGE, "\"%s\" is no LABEL=VALUE", c->arg[i]);
        if (p->infos == YJ_BAG_INFO_MAX)
            return yj_fail(err, YJ_E_USAGE, "more than %d values", YJ_BAG_INFO_MAX);
        info[p->infos++] =
            (yj_bag_info){ yj_arena_strndup(c->arena, c->arg[i], (size_t)(equals - c->arg[i])), equals + 1 };
    }
    return YJ_OK;
}

static yj_status create(yj_cli *c, const char *folder, const char *bag, yj_error *err)
{
    yj_auto(bagging_done) bagging v;
    yj_date today;
    yj_bag_plan p = { .agent = "yunjian " YJ_VERSION,
                      .threads = YJ_VERIFY_THREADS,
                      .progress = yj_show_progress,
                      .progress_self = c };
    YJ_TRY(prepare(&v, c, "bag-create", err));
    YJ_TRY(read_algorithms(c->value[YJ_OPT_HASH], &p, err));
    YJ_TRY(read_info(c, &p, err));
    if (!yj_date_from_days(v.about.from_ns / (86400 * YJ_NS_PER_S), &today))
        return yj_fail(err, YJ_E_CLOCK, "the clock shows no date");
    p.date = today.s;
    YJ_TRY(yj_bag_make(folder, bag, &p, &v.bag, &v.empty, err));
    v.about.expected = yj_verify_full_name(c, bag);
    v.about.found = yj_verify_full_name(c, folder);
    return conclude(&v, err);
}

yj_status yj_cmd_verify_bag(yj_cli *c, yj_error *err)
{
    if (strcmp(c->arg[0], "check") == 0 && c->arg_count == 2 && !yj_cli_has(c, YJ_OPT_HASH))
        return check(c, c->arg[1], err);
    if (strcmp(c->arg[0], "create") == 0 && c->arg_count >= 3 && !yj_cli_has(c, YJ_OPT_STATE))
        return create(c, c->arg[1], c->arg[2], err);
    return yj_fail(err, YJ_E_USAGE,
                   "it is: verify bag check FOLDER, or verify bag create FOLDER BAG [LABEL=VALUE...]");
}
