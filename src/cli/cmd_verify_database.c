// SPDX-License-Identifier: Apache-2.0
/* verify database: the rows of two databases side by side; verify restore of a dump: those of what it
 * restores to. */
#include "base/file.h"
#include "base/sandbox.h"
#include "base/time.h"
#include "cli/verify.h"
#include "instrument/database/report.h"
#include "instrument/restore/scratch.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define KEPT 1000 /* findings in the answer; --out has all */
#define SHOWN 100 /* for people */
#define TABLES_MAX 1000

typedef struct comparison {
    yj_cli *c;
    yj_scratch *scratch; /* of a dump; NULL: none. Ends after the connection to it */
    yj_dbc_restored restored;
    yj_source *a, *b;
    yj_dbc_result result;
    yj_dbc_about about;
    yj_key *key;
    const char *attest_path;
    FILE *list; /* --out */
} comparison;

static void comparison_done(comparison *v)
{
    yj_dbc_done(&v->result);
    yj_source_close(v->a);
    yj_source_close(v->b);
    if (v->scratch)
        yj_scratch_end(v->scratch);
    yj_key_free(v->key);
    if (v->list)
        fclose(v->list);
}

static void show_progress(void *self, const yj_dbc_progress *p)
{
    yj_cli *c = self;
    int64_t ms = (yj_monotonic_ns() - p->since_ns) / 1000000 + 1;
    uint64_t rate = p->done * 1000 / (uint64_t)ms, total = p->total > p->done ? p->total : p->done;
    uint64_t left = rate ? (total - p->done) / rate : 0;
    if (isatty(STDERR_FILENO) != 1)
        return;
    fprintf(stderr, "\r\033[K%3llu%%  %llu  %llu/s  %s %llu:%02llu",
            (unsigned long long)(total ? p->done * 100 / total : 100), (unsigned long long)p->done,
            (unsigned long long)rate, yj_word(c, "left"), (unsigned long long)(left / 60),
            (unsigned long long)(left % 60));
    if (p->done == p->total)
        fputs("\r\033[K", stderr);
    fflush(stderr);
}

/* One line of JSON for each finding, as they come. */
static yj_status write_finding(void *self, const json_t *finding, yj_error *err)
{
    comparison *v = self;
    const char *path = v->c->value[YJ_OPT_OUT];
    if (json_dumpf(finding, v->list, JSON_COMPACT) == 0 && fputc('\n', v->list) != EOF)
        return YJ_OK;
    return yj_fail_sys(err, yj_file_status(errno), "%s cannot be written", path);
}

static yj_status open_list(comparison *v, yj_error *err)
{
    const char *path = v->c->value[YJ_OPT_OUT];
    if (!path)
        return YJ_OK;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    v->list = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (v->list)
        return YJ_OK;
    return errno == EEXIST ? yj_fail(err, YJ_E_CONFLICT, "%s exists already", path)
                           : yj_fail_sys(err, yj_file_status(errno), "%s cannot be written", path);
}

static yj_status close_list(comparison *v, yj_error *err)
{
    FILE *f = yj_take(v->list);
    if (!f)
        return YJ_OK;
    bool fine = fflush(f) == 0 && fsync(fileno(f)) == 0;
    fine = fclose(f) == 0 && fine;
    return fine ? YJ_OK
                : yj_fail_sys(err, yj_file_status(errno), "%s cannot be written", v->c->value[YJ_OPT_OUT]);
}

/* Names between commas. */
static yj_status chosen(yj_cli *c, const char *const **ret, yj_error *err)
{
    const char **name = yj_arena_array(c->arena, TABLES_MAX + 1, sizeof *name);
    size_t n = 0;
    const char *at = c->value[YJ_OPT_TABLES];
    *ret = at ? name : NULL;
    while (at) {
        size_t len = strcspn(at, ",");
        if (len == 0 || n == TABLES_MAX)
            return yj_fail(err, YJ_E_USAGE, "option --tables is names with commas between, at most %d",
                           TABLES_MAX);
        name[n++] = yj_arena_strndup(c->arena, at, len);
        at = at[len] ? at + len + 1 : NULL;
    }
    return YJ_OK;
}

static yj_status prepare(comparison *v, yj_cli *c, yj_error *err)
{
    *v = (comparison){ .c = c, .about = { .version = YJ_VERSION, .chosen = yj_cli_has(c, YJ_OPT_TABLES) } };
    v->about.from_ns = yj_clock_system().now_ns(yj_clock_system().self);
    if (yj_cli_has(c, YJ_OPT_ATTEST)) {
        if (c->many_count != 2)
            return yj_fail(err, YJ_E_USAGE,
                           "option --attest takes a private key and the file to write, at the end");
        v->attest_path = c->many[1];
        if (yj_path_exists(v->attest_path))
            return yj_fail(err, YJ_E_CONFLICT, "%s exists already", v->attest_path);
        YJ_TRY(yj_key_load(c->many[0], &v->key, err));
    }
    return open_list(v, err);
}

/* --- what is said ----------------------------------------------------------------------------- */

static const char *text(yj_cli *c, const json_t *v)
{
    char *s = yj_arena_strdup(c->arena, json_is_string(v) ? json_string_value(v) : "");
    yj_text_tidy(s);
    return s;
}

/* Words of findings, as they stand in the JSON. */
static const char *const words[] = { "changed", "missing", "extra", "unreadable",
                                     "table",   "column",  "type",  "key" };

static const char *word(const yj_cli *c, const json_t *v)
{
    for (size_t i = 0; i < YJ_COUNT(words); i++)
        if (json_is_string(v) && strcmp(json_string_value(v), words[i]) == 0)
            return yj_word(c, words[i]);
    return "";
}

static void say_list(yj_cli *c, const json_t *list, const char *between)
{
    size_t i;
    const json_t *v;
    json_array_foreach((json_t *)(uintptr_t)list, i, v)
        yj_buf_fmt(&c->out, "%s%s", i ? between : "", text(c, v));
}

static void say_schema(yj_cli *c, const json_t *f)
{
    const char *column = text(c, json_object_get(f, "column")), *a = text(c, json_object_get(f, "expected")),
               *b = text(c, json_object_get(f, "found"));
    yj_buf_fmt(&c->out, ": %s", word(c, json_object_get(f, "what")));
    yj_buf_fmt(&c->out, "%s%s", column[0] ? " " : "", column);
    if (a[0] || b[0])
        yj_buf_fmt(&c->out, " (%s%s%s)", a, a[0] && b[0] ? " / " : "", b);
}

static void say_finding(yj_cli *c, const json_t *f)
{
    const json_t *key = json_object_get(f, "key"), *columns = json_object_get(f, "columns"),
                 *values = json_object_get(f, "values"), *pair;
    const char *what = text(c, json_object_get(f, "what")), *digest = text(c, json_object_get(f, "digest")),
               *reason = text(c, json_object_get(f, "reason"));
    size_t i;
    yj_buf_str(&c->out, "  ");
    yj_ink_text(c, YJ_RED, word(c, json_object_get(f, "status")));
    yj_buf_fmt(&c->out, "  %s", text(c, json_object_get(f, "table")));
    if (what[0])
        say_schema(c, f);
    if (key) {
        yj_buf_str(&c->out, " [");
        say_list(c, key, ", ");
        yj_buf_str(&c->out, "]");
    }
    if (columns) {
        yj_buf_str(&c->out, ": ");
        say_list(c, columns, ", ");
    }
    json_array_foreach((json_t *)(uintptr_t)values, i, pair)
    {
        yj_buf_str(&c->out, i ? "; " : ": ");
        say_list(c, pair, " -> ");
    }
    if (digest[0])
        yj_buf_fmt(&c->out, " %.16s", digest);
    if (reason[0])
        yj_buf_fmt(&c->out, ": %s", reason);
    yj_buf_char(&c->out, '\n');
}

static void say_seven(yj_cli *c, const yj_seven *n)
{
    yj_say(c,
           "%llu expected: %llu matched, %llu changed, %llu missing, %llu extra, %llu unreadable, %llu "
           "skipped\n",
           (unsigned long long)n->expected, (unsigned long long)n->matched, (unsigned long long)n->changed,
           (unsigned long long)n->missing, (unsigned long long)n->extra, (unsigned long long)n->unreadable,
           (unsigned long long)n->skipped);
}

/* What is to be known of where it was restored, and where the statement is. */
static void say_scratch(comparison *v)
{
    yj_cli *c = v->c;
    if (v->scratch && !v->restored.in_memory)
        yj_say(c, "  the scratch database was on a disk; its files are gone, its blocks may hold them until "
                  "they are "
                  "written over\n");
    if (v->scratch && v->restored.landlock == 0)
        yj_say(c, "  this kernel has no Landlock: the scratch server could read what its user can read\n");
    if (v->key)
        yj_say(c, "  signed statement: %s\n", v->attest_path);
}

static void say_not_restored(comparison *v)
{
    yj_cli *c = v->c;
    yj_ink_text(c, YJ_RED, yj_status_mark("unmet"));
    yj_say(c,
           " the dump is not restored without an error, so nothing of it was compared; --show tells which, "
           "and may quote its rows\n");
    say_scratch(v);
}

static void say_result(comparison *v)
{
    yj_cli *c = v->c;
    const yj_dbc_result *r = &v->result;
    bool fine = yj_dbc_fine(r);
    size_t all = json_array_size(r->findings);
    if (v->scratch && !v->restored.good) {
        say_not_restored(v);
        return;
    }
    for (size_t i = 0; i < all && i < SHOWN; i++)
        say_finding(c, json_array_get(r->findings, i));
    if (all > SHOWN)
        yj_say(c, "  and %llu more; --out FILE lists them all\n",
               (unsigned long long)r->findings_left_out + all - SHOWN);
    for (size_t i = 0; i < r->pairs; i++)
        if (r->pair[i].way == YJ_WAY_ROWS)
            yj_say(c, "  %s: no common key, compared by how often each row is there\n", r->pair[i].a->name);
    yj_ink_text(c, fine ? YJ_GREEN : YJ_RED, yj_status_mark(fine ? "met" : "unmet"));
    yj_say(c, " rows: ");
    say_seven(c, &r->rows);
    yj_say(c, "  schema: ");
    say_seven(c, &r->schema);
    yj_say(c, "  %llu rows and %llu digests of ranges came over, ", (unsigned long long)r->fetched,
           (unsigned long long)r->digests);
    yj_buf_fmt(&c->out, "%s + %s\n", yj_size_text(c, r->bytes_a), yj_size_text(c, r->bytes_b));
    say_scratch(v);
}

static yj_status conclude(comparison *v, yj_error *err)
{
    yj_cli *c = v->c;
    v->about.until_ns = yj_clock_system().now_ns(yj_clock_system().self);
    v->about.a = v->a;
    v->about.b = v->b;
    c->found = !yj_dbc_fine(&v->result);
    if (v->key) {
        yj_auto(yj_buf_done) yj_buf out;
        yj_buf_init(&out, YJ_DSSE_BYTES_MAX + 4096);
        YJ_TRY(yj_dbc_sign(&v->result, &v->about, v->key, &out, err));
        YJ_TRY(yj_file_write(v->attest_path, yj_buf_view(&out), 0644, err));
    }
    if (!yj_json_wanted(c)) {
        say_result(v);
        return YJ_OK;
    }
    yj_auto(yj_json_freep) json_t *report = NULL;
    YJ_TRY(yj_dbc_json(&v->result, &v->about, KEPT, &report, err));
    yj_jw w;
    yj_jw_init(&w, &c->out);
    yj_jw_json(&w, report);
    yj_buf_char(&c->out, '\n');
    return YJ_OK;
}

/* --- dumps ------------------------------------------------------------------------------------ */

static yj_status restore_dump(comparison *v, const char *path, yj_dump_kind kind, yj_error *err)
{
    yj_cli *c = v->c;
    yj_digest d;
    bool good = false;
    YJ_TRY(yj_scratch_start(path, kind, &v->scratch, err));
    YJ_TRY(yj_scratch_restore(v->scratch, &good, &d, err));
    if (!good && yj_cli_has(c, YJ_OPT_SHOW)) {
        char *said = yj_arena_strdup(c->arena, yj_scratch_said(v->scratch));
        yj_text_tidy(said);
        fprintf(stderr, "%s\n", said);
    }
    v->restored = (yj_dbc_restored){ .good = good,
                                     .name = yj_verify_full_name(c, path),
                                     .kind = yj_dump_name(kind),
                                     .in_memory = yj_scratch_in_memory(v->scratch),
                                     .landlock = yj_sandbox_landlock() };
    yj_digest_hex(&d, v->restored.hex);
    v->about.restored = &v->restored;
    return YJ_OK;
}

bool yj_verify_is_dump(yj_cli *c)
{
    yj_dump_kind kind;
    return c->arg_count == 2 && (strstr(c->arg[1], "://") || strncmp(c->arg[1], "sqlite:", 7) == 0) &&
           yj_dump_guess(c->arg[0], &kind, NULL) == YJ_OK && kind != YJ_DUMP_NONE;
}

yj_status yj_verify_dump(yj_cli *c, yj_error *err)
{
    yj_auto(comparison_done) comparison v;
    yj_dbc_options o = { .keep = KEPT, .progress = show_progress, .progress_self = c };
    const char *passwords = c->value[YJ_OPT_PASSWORD_FILE];
    yj_dump_kind kind;
    YJ_TRY(prepare(&v, c, err));
    YJ_TRY(chosen(c, &o.tables, err));
    o.values = yj_cli_has(c, YJ_OPT_SHOW);
    o.each = v.list ? write_finding : NULL;
    o.each_self = &v;
    YJ_TRY(yj_dump_guess(c->arg[0], &kind, err));
    YJ_TRY(yj_source_open(c->arg[1], passwords, &v.a, err));
    YJ_TRY(restore_dump(&v, c->arg[0], kind, err));
    if (v.restored.good) {
        YJ_TRY(yj_source_open(yj_scratch_url(v.scratch), yj_scratch_passwords(v.scratch), &v.b, err));
        YJ_TRY(yj_dbc_compare(v.a, v.b, &o, &v.result, err));
    } else {
        YJ_TRY(yj_dbc_not_restored(v.a, &o, &v.result, err));
    }
    YJ_TRY(close_list(&v, err));
    return conclude(&v, err);
}

yj_status yj_cmd_verify_database(yj_cli *c, yj_error *err)
{
    yj_auto(comparison_done) comparison v;
    yj_dbc_options o = { .keep = KEPT, .progress = show_progress, .progress_self = c };
    const char *passwords = c->value[YJ_OPT_PASSWORD_FILE];
    YJ_TRY(prepare(&v, c, err));
    YJ_TRY(chosen(c, &o.tables, err));
    o.values = yj_cli_has(c, YJ_OPT_SHOW);
    o.each = v.list ? write_finding : NULL;
    o.each_self = &v;
    YJ_TRY(yj_source_open(c->arg[0], passwords, &v.a, err));
    YJ_TRY(yj_source_open(c->arg[1], passwords, &v.b, err));
    YJ_TRY(yj_dbc_compare(v.a, v.b, &o, &v.result, err));
    YJ_TRY(close_list(&v, err));
    return conclude(&v, err);
}
