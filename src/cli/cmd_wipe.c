// SPDX-License-Identifier: Apache-2.0
/* wipe plan, run, record: data that vanishes for good, and a certificate only of what is proven. */
#include "base/file.h"
#include "base/time.h"
#include "cli/instruments.h"
#include "instrument/wipe/certificate.h"
#include "instrument/wipe/target.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STUCK 900 /* answers, two seconds apart: half an hour */
#define FAILURES_SHOWN 20

static const char *const medium_words[YJ_MEDIUM_COUNT_] = { "magnetic disk", "flash", "NVMe flash",
                                                            "virtual disk",  "file",  "free space",
                                                            "other medium" };
static const char *const outcome_words[YJ_OUTCOME_COUNT_] = { "nothing", "clear", "purge", "destroy" };
static const char *const phase_words[] = { "writing", "the device erases", "reading back" };
static const char *const range_words[] = { "could not be written", "could not be read",
                                           "holds something else than it should",
                                           "holds what was there before" };
static const char *const limit_words[YJ_LIMIT_COUNT_] = {
    "flash has spare blocks that no address reaches; they may keep data",
    "it is a virtual disk: copies that its host keeps are not seen",
    "a file: snapshots, earlier versions, a journal and backups are not reached",
    "the file system writes elsewhere: the old blocks stay until they are used again",
    "the file may be a copy of one in a layer below",
    "the file has holes; blocks were allocated while it was overwritten",
    "the file has other names; they hold the same bytes",
    "the device tells no serial: it is named by its number and size",
    "free space: names, the slack behind the ends of files and a journal are not reached",
    "copies of the header, and of the key elsewhere, are not reached",
    "read back by samples only",
    "sectors that the disk has put aside are not reached",
};

typedef struct wiping {
    yj_cli *c;
    yj_target *target;
    yj_target_options where;
    yj_disk_id id;
    yj_wipe_about about;
    const yj_grade_row *asks;
    const yj_wipe_method_row *row;
    yj_key *key;
    const char *attest_path;
    yj_wipe_result result;
    yj_wipe_phase phase; /* shown last */
} wiping;

static void wiping_done(wiping **p)
{
    wiping *w = *p;
    if (!w)
        return;
    if (w->target)
        yj_target_close(w->target);
    yj_key_free(w->key);
    free(w);
}

static atomic_bool stopped;

static void on_signal(int signal)
{
    (void)signal;
    atomic_store(&stopped, true);
}

static void heed_signals(void)
{
    yj_cli_heed(on_signal, 0);
}

/* --- what people say -------------------------------------------------------------------------- */

static yj_status take_field(wiping *w, const char *arg, yj_error *err)
{
    const char *equals = strchr(arg, '=');
    for (unsigned f = 0; equals && f < YJ_CERT_COUNT_; f++) {
        const char *name = yj_cert_name(f);
        if (strlen(name) == (size_t)(equals - arg) && strncmp(name, arg, strlen(name)) == 0) {
            w->about.field[f] = equals + 1;
            return YJ_OK;
        }
    }
    return yj_fail(err, YJ_E_USAGE, "\"%s\" is no field of a certificate; see: yunjian %s --help", arg,
                   w->c->command->name);
}

static yj_status take_fields(wiping *w, size_t first, yj_error *err)
{
    for (size_t i = first; i < w->c->arg_count; i++)
        YJ_TRY(take_field(w, w->c->arg[i], err));
    return YJ_OK;
}

/* A grade and a destination say what has to be reached. */
static yj_status take_grade(wiping *w, yj_error *err)
{
    int64_t grade = 0;
    const char *to = w->about.field[YJ_CERT_DESTINATION];
    if (!yj_cli_has(w->c, YJ_OPT_GRADE))
        return yj_fail(err, YJ_E_USAGE, "option --grade is missing: the grade of the data, 1 to 4");
    YJ_TRY(yj_cli_number(w->c, YJ_OPT_GRADE, 1, YJ_GRADE_MAX, 1, &grade, err));
    if (!to || (strcmp(to, "reuse") != 0 && strcmp(to, "return") != 0 && strcmp(to, "scrap") != 0))
        return yj_fail(err, YJ_E_USAGE,
                       "where the medium goes is missing: destination=reuse, return or scrap");
    w->asks = yj_grade_asks((int)grade, strcmp(to, "reuse") != 0);
    w->about.grade = (int)grade;
    w->about.wanted = w->asks->outcome;
    w->about.version = YJ_VERSION;
    return YJ_OK;
}

static yj_status take_people(wiping *w, yj_error *err)
{
    w->about.by = w->c->value[YJ_OPT_BY];
    w->about.witness = w->c->value[YJ_OPT_WITNESS];
    if (!yj_cli_has(w->c, YJ_OPT_SERIAL) || !w->c->value[YJ_OPT_SERIAL][0])
        return yj_fail(err, YJ_E_USAGE, "option --serial is missing: read it from the medium itself");
    const yj_option_id names[] = { YJ_OPT_SERIAL, YJ_OPT_BY, YJ_OPT_WITNESS };
    for (size_t i = 0; i < YJ_COUNT(names); i++)
        if (w->c->value[names[i]] && !yj_utf8_valid(yj_span_of(w->c->value[names[i]])))
            return yj_fail(err, YJ_E_USAGE, "what --serial, --by and --witness say has to be UTF-8");
    if (!w->about.by || !w->about.witness || !w->about.by[0] || !w->about.witness[0])
        return yj_fail(err, YJ_E_USAGE, "one does it and another is witness: --by NAME --witness NAME");
    if (strcasecmp(w->about.by, w->about.witness) == 0)
        return yj_fail(err, YJ_E_USAGE, "nobody is his own witness");
    return YJ_OK;
}

static yj_status take_key(wiping *w, yj_error *err)
{
    yj_cli *c = w->c;
    if (!yj_cli_has(c, YJ_OPT_ATTEST))
        return YJ_OK;
    if (c->many_count != 2)
        return yj_fail(err, YJ_E_USAGE,
                       "option --attest takes a private key and the file to write, at the end");
    w->attest_path = c->many[1];
    if (yj_path_exists(w->attest_path))
        return yj_fail(err, YJ_E_CONFLICT, "%s exists already", w->attest_path);
    /* hours later it would be too late to find that it cannot be written */
    YJ_TRY(yj_file_write(w->attest_path, (yj_span){ "", 0 }, 0644, err));
    (void)remove(w->attest_path);
    return yj_key_load(c->many[0], &w->key, err);
}

/* --- what it is ------------------------------------------------------------------------------- */

/* The data folder, and the store where it is a file elsewhere. */
static void find_own(wiping *w)
{
    yj_cli *c = w->c;
    yj_error ignored = { 0 };
    yj_auto(yj_buf_done) yj_buf text;
    yj_auto(yj_json_freep) json_t *v = NULL;
    size_t n = 0;
    const char *data = yj_cli_has(c, YJ_OPT_DATA) ? c->value[YJ_OPT_DATA] : "data";
    const char *config = yj_arena_fmt(c->arena, "%s/yunjian.json", data);
    yj_buf_init(&text, 1 << 20);
    if (!yj_path_exists(config) && !yj_cli_has(c, YJ_OPT_DATA))
        return; /* a folder of that name, but no installation */
    w->where.own[n++] = data;
    if (yj_file_read(config, 1 << 20, &text, &ignored) != YJ_OK ||
        yj_json_parse(yj_buf_view(&text), 1 << 20, &v, &ignored) != YJ_OK)
        return;
    const char *store = json_string_value(json_object_get(v, "store"));
    if (store && strncmp(store, "sqlite:", 7) == 0) { /* with the files beside it */
        w->where.own[n++] = yj_arena_strdup(c->arena, store + 7);
        w->where.own[n++] = yj_arena_fmt(c->arena, "%s-wal", store + 7);
        w->where.own[n] = yj_arena_fmt(c->arena, "%s-journal", store + 7);
    }
}

static yj_status open_target(wiping *w, bool look_only, yj_error *err)
{
    w->where = (yj_target_options){ .sys = "/sys", .proc = "/proc", .look_only = look_only };
    w->about.target = w->c->arg[0];
    find_own(w);
    YJ_TRY(yj_target_open(w->c->arg[0], &w->where, &w->target, err));
    yj_disk d = yj_target_disk(w->target);
    return d.ops->identify(d.self, &w->id, err);
}

static yj_status choose(wiping *w, yj_error *err)
{
    yj_wipe_method m;
    const char *given = w->c->value[YJ_OPT_METHOD];
    if (!given) {
        w->row = yj_wipe_method_choose(w->id.medium, w->asks->outcome, w->id.can);
        if (!w->row)
            return yj_fail(err, YJ_E_CONFLICT,
                           "grade %d asks for %s here, and no method that this medium knows reaches it",
                           w->about.grade, yj_outcome_name(w->asks->outcome));
    } else {
        if (!yj_wipe_method_by_name(given, &m))
            return yj_fail(err, YJ_E_USAGE, "there is no method \"%s\"; see: yunjian %s --help", given,
                           w->c->command->name);
        w->row = yj_wipe_method_reaches(w->id.medium, m);
        if (!w->row || !(w->id.can >> m & 1))
            return yj_fail(err, YJ_E_CONFLICT, "this medium does not know the method %s", given);
        if (w->row->outcome < w->asks->outcome)
            return yj_fail(err, YJ_E_CONFLICT, "%s reaches %s here, and grade %d asks for %s", given,
                           yj_outcome_name(w->row->outcome), w->about.grade,
                           yj_outcome_name(w->asks->outcome));
    }
    if (yj_wipe_outcome(&w->id, w->row) < w->asks->outcome)
        return yj_fail(
            err, YJ_E_CONFLICT,
            "this file system writes elsewhere than where the data is: overwriting reaches nothing");
    return YJ_OK;
}

static void say_identity(wiping *w)
{
    yj_cli *c = w->c;
    yj_buf_fmt(&c->out, "%s: %s%s%s, %s\n", w->about.target, yj_word(c, medium_words[w->id.medium]),
               w->id.model[0] ? ", " : "", w->id.model, yj_size_text(c, w->id.bytes));
    yj_say(c, "  serial:  %s\n", w->id.serial);
}

static void say_reason(wiping *w)
{
    yj_cli *c = w->c;
    bool leaves = w->asks->leaves;
    yj_say(c, "  wanted:  %s, for grade %d; %s\n", yj_word(c, outcome_words[w->asks->outcome]),
           w->about.grade,
           yj_word(c, leaves ? "the medium leaves the institution" : "the medium stays in the institution"));
    if (!w->row)
        return;
    yj_say(c, "  method:  %s; it reaches: %s (%s)\n", yj_wipe_method_name(w->row->method),
           yj_word(c, outcome_words[w->row->outcome]), w->row->source);
}

static void say_limits(wiping *w, unsigned set)
{
    for (unsigned i = 0; i < YJ_LIMIT_COUNT_; i++)
        if (set >> i & 1)
            yj_say(w->c, "  limit:   %s\n", yj_word(w->c, limit_words[i]));
}

/* --- plan ------------------------------------------------------------------------------------- */

static yj_status write_plan(wiping *w, yj_error *err)
{
    yj_cli *c = w->c;
    yj_jw jw;
    yj_jw_init(&jw, &c->out);
    yj_jw_object(&jw);
    yj_jw_kstr(&jw, "target", w->about.target);
    yj_jw_kstr(&jw, "mediaType", yj_medium_name(w->id.medium));
    yj_jw_kstr(&jw, "model", w->id.model);
    yj_jw_kstr(&jw, "serial", w->id.serial);
    yj_jw_ki64(&jw, "bytes", (int64_t)w->id.bytes);
    yj_jw_kstr(&jw, "wanted", yj_outcome_name(w->asks->outcome));
    yj_jw_kstr(&jw, "method", w->row ? yj_wipe_method_name(w->row->method) : NULL);
    yj_jw_kstr(&jw, "outcome", w->row ? yj_outcome_name(yj_wipe_outcome(&w->id, w->row)) : NULL);
    yj_jw_kstr(&jw, "basis", w->row ? w->row->source : NULL);
    yj_jw_kbool(&jw, "fullReadBack", w->asks->full);
    yj_jw_key(&jw, "limits");
    yj_jw_array(&jw);
    for (unsigned i = 0; i < YJ_LIMIT_COUNT_; i++)
        if (w->id.limits >> i & 1)
            yj_jw_str(&jw, yj_limit_name(i));
    yj_jw_end_array(&jw);
    yj_jw_end_object(&jw);
    yj_buf_char(&c->out, '\n');
    return yj_buf_status(&c->out, err);
}

yj_status yj_cmd_wipe_plan(yj_cli *c, yj_error *err)
{
    yj_auto(wiping_done) wiping *w = calloc(1, sizeof *w);
    if (!w)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    w->c = c;
    YJ_TRY(take_fields(w, 1, err));
    YJ_TRY(take_grade(w, err));
    YJ_TRY(open_target(w, true, err));
    if (!yj_json_wanted(c))
        say_identity(w);
    yj_disk d = yj_target_disk(w->target);
    YJ_TRY(d.ops->allowed(d.self, err));
    YJ_TRY(choose(w, err));
    if (yj_json_wanted(c))
        return write_plan(w, err);
    say_reason(w);
    say_limits(w, w->id.limits);
    yj_say(c, "  nothing was written\n");
    return YJ_OK;
}

/* --- run -------------------------------------------------------------------------------------- */

static void progress(void *self, const yj_wipe_progress *p)
{
    wiping *w = self;
    bool news = p->phase != w->phase;
    yj_progress shown = { p->done, p->total, p->over ? 1 : 0, 1, p->since_ns };
    if (isatty(STDERR_FILENO) == 1 && (news || p->over))
        fprintf(stderr, "\r\033[K%s\n", yj_word(w->c, phase_words[p->phase]));
    w->phase = p->phase;
    yj_show_progress(w->c, &shown);
}

static void say_failures(wiping *w)
{
    yj_cli *c = w->c;
    const yj_ranges *b = &w->result.bad;
    for (size_t i = 0; i < b->count && (i < FAILURES_SHOWN || yj_cli_has(c, YJ_OPT_ALL)); i++) {
        const yj_range *g = &b->row[i];
        const char *en = g->sys_errno ? strerrordesc_np(g->sys_errno) : NULL,
                   *zh = c->lang == YJ_LANG_ZH ? yj_errno_zh(g->sys_errno) : NULL, *why = zh ? zh : en;
        yj_buf_str(&c->out, "  ");
        yj_ink_text(c, YJ_RED, yj_word(c, range_words[g->kind]));
        yj_buf_fmt(&c->out, "  %llu-%llu%s%s\n", (unsigned long long)g->from, (unsigned long long)g->to - 1,
                   why ? ": " : "", why ? why : "");
    }
    if (b->count > FAILURES_SHOWN || b->more)
        yj_say(c, "  and more; --json lists them\n");
}

static void say_result(wiping *w)
{
    yj_cli *c = w->c;
    const yj_wipe_result *r = &w->result;
    bool fine = yj_wipe_fine(r);
    say_identity(w);
    say_reason(w);
    say_failures(w);
    yj_say(c, "  read back: %s of %s", yj_size_text(c, r->was_read), yj_size_text(c, r->before.bytes));
    if (r->sample)
        yj_say(c,
               ", by samples: what remained on a thousandth of it is found with a chance of %u in a million",
               r->confidence_ppm);
    yj_say(c, "; canaries: %zu put, %zu found again\n", r->canaries, r->canaries_found);
    say_limits(w, r->before.limits | (r->sample ? 1U << YJ_LIMIT_NOT_READ : 0) |
                      (r->method->method == YJ_METHOD_LUKS_KEYS ? 1U << YJ_LIMIT_BACKUPS : 0));
    yj_ink_text(c, fine ? YJ_GREEN : YJ_RED, yj_status_mark(fine ? "met" : "unmet"));
    if (fine)
        yj_say(c, " done and verified: %s\n", yj_word(c, outcome_words[r->method->outcome]));
    else
        yj_say(c, " not verified; nothing is certified\n");
    if (fine && w->key)
        yj_say(c, "  certificate: %s\n", w->attest_path);
}

static yj_status write_result(wiping *w, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *report = NULL;
    YJ_TRY(yj_wipe_json(&w->result, &w->about, &report, err));
    yj_jw jw;
    yj_jw_init(&jw, &w->c->out);
    yj_jw_json(&jw, report);
    yj_buf_char(&w->c->out, '\n');
    return YJ_OK;
}

static yj_status certify(wiping *w, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, YJ_DSSE_BYTES_MAX + 4096);
    if (!w->key || !yj_wipe_fine(&w->result))
        return YJ_OK;
    YJ_TRY(yj_wipe_sign(&w->result, &w->about, w->key, &out, err));
    return yj_file_write(w->attest_path, yj_buf_view(&out), 0644, err);
}

static yj_status run_it(wiping *w, const yj_wipe_options *o, yj_error *err)
{
    yj_disk d = yj_target_disk(w->target);
    heed_signals();
    yj_status s = yj_wipe_run(&d, o, &w->result, err);
    yj_target_close(w->target); /* free space is free again: the certificate may need some */
    w->target = NULL;
    if (s != YJ_OK) {
        if (w->result.bad.count && yj_json_wanted(w->c)) {
            yj_error ignored = { 0 };
            yj_ignore(write_result(w, &ignored));
        } else if (w->result.bad.count) {
            say_failures(w);
        }
        return s;
    }
    w->c->found = !yj_wipe_fine(&w->result);
    yj_error ignored = { 0 };
    s = certify(w, err);
    if (s != YJ_OK) { /* what was done is said at least */
        yj_key_free(w->key);
        w->key = NULL;
    }
    if (yj_json_wanted(w->c)) {
        yj_status written = write_result(w, s == YJ_OK ? err : &ignored);
        return s != YJ_OK ? s : written;
    }
    say_result(w);
    return s;
}

yj_status yj_cmd_wipe_run(yj_cli *c, yj_error *err)
{
    yj_auto(wiping_done) wiping *w = calloc(1, sizeof *w);
    int64_t sample = 0;
    if (!w)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    w->c = c;
    YJ_TRY(take_fields(w, 1, err));
    YJ_TRY(take_grade(w, err));
    YJ_TRY(take_people(w, err));
    YJ_TRY(yj_cli_number(c, YJ_OPT_SAMPLE, 10, 99, 0, &sample, err));
    if (sample && w->asks->full)
        return yj_fail(err, YJ_E_USAGE, "grade %d is read back in full; leave out --sample", w->about.grade);
    YJ_TRY(take_key(w, err));
    YJ_TRY(open_target(w, false, err));
    YJ_TRY(choose(w, err));
    if (w->id.medium == YJ_MEDIUM_SPACE && yj_cli_has(c, YJ_OPT_STATE))
        return yj_fail(err, YJ_E_USAGE, "free space is always wiped anew; leave out --state");
    if (w->row->method == YJ_METHOD_LUKS_KEYS && yj_cli_has(c, YJ_OPT_STATE))
        return yj_fail(err, YJ_E_USAGE, "luks-keys is always done anew; leave out --state");
    yj_wipe_options o = { .method = w->row,
                          .serial = c->value[YJ_OPT_SERIAL],
                          .sample = (unsigned)sample,
                          .state_path = c->value[YJ_OPT_STATE],
                          .stuck = STUCK,
                          .stop = &stopped,
                          .progress = progress,
                          .progress_self = w };
    yj_disk d = yj_target_disk(w->target);
    if (w->row->method == YJ_METHOD_LUKS_KEYS)
        YJ_TRY(yj_luks_keys_of(&d, &o.keys_bytes, err));
    return run_it(w, &o, err);
}

/* --- record ----------------------------------------------------------------------------------- */

yj_status yj_cmd_wipe_record(yj_cli *c, yj_error *err)
{
    yj_auto(wiping_done) wiping *w = calloc(1, sizeof *w);
    yj_auto(yj_json_freep) json_t *report = NULL;
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, YJ_DSSE_BYTES_MAX + 4096);
    if (!w)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    w->c = c;
    YJ_TRY(take_fields(w, 0, err));
    YJ_TRY(take_grade(w, err));
    YJ_TRY(take_people(w, err));
    YJ_TRY(take_key(w, err));
    if (!w->about.field[YJ_CERT_TECHNIQUE] || !w->about.field[YJ_CERT_RESULT] ||
        !w->about.field[YJ_CERT_MEDIUM])
        return yj_fail(err, YJ_E_USAGE,
                       "technique=, result= and medium= say what was done, to what, and what "
                       "is left of it");
    w->about.wanted = YJ_OUTCOME_DESTROY;
    int64_t now = yj_clock_system().now_ns(yj_clock_system().self);
    const char *serial = c->value[YJ_OPT_SERIAL];
    YJ_TRY(yj_destruction_json(serial, &w->about, now, &report, err));
    if (w->key) {
        YJ_TRY(yj_destruction_sign(serial, &w->about, now, w->key, &out, err));
        YJ_TRY(yj_file_write(w->attest_path, yj_buf_view(&out), 0644, err));
    }
    if (yj_json_wanted(c)) {
        yj_jw jw;
        yj_jw_init(&jw, &c->out);
        yj_jw_json(&jw, report);
        yj_buf_char(&c->out, '\n');
        return YJ_OK;
    }
    yj_say(c, "recorded: %s destroyed, as %s and %s saw it; this program saw nothing of it\n", serial,
           w->about.by, w->about.witness);
    if (w->key)
        yj_say(c, "  certificate: %s\n", w->attest_path);
    return YJ_OK;
}
