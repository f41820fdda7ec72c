// SPDX-License-Identifier: Apache-2.0
/* scan: what stands in files. Results are written as they come, so that memory stays flat. */
#include "base/csv.h"
#include "base/file.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/cli.h"
#include "instrument/scan/scan.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define FLUSH_BYTES ((size_t)64 << 10)
#define LINE_BYTES_MAX ((size_t)16 << 20)

static const char *const class_words[YJ_SCAN_CLASS_COUNT_] = {
    "identity number", "mobile number",   "bank card",       "account",   "name",
    "address",         "travel document", "mail address",    "landline",  "number plate",
    "credit code",     "private key",     "SM2 private key", "cloud key", "password",
};

static const char *const state_words[YJ_SCAN_STATE_COUNT_] = {
    "looked into", "looked into in part", "not looked into", "skipped", "unreadable",
};

static const char *const reason_words[YJ_SCAN_REASON_COUNT_] = {
    "",
    "some of it is no text",
    "it changed while it was read",
    "binary",
    "an archive or compressed",
    "an office document",
    "a database",
    "pictures, sound or film",
    "a program",
    "encrypted",
    "a link",
    "no regular file",
    "a folder that contains itself",
    "folders too deep in each other",
    "",
    "damaged or cut off",
    "packed or stored in a way that is not known here",
    "containers too deep in each other",
    "too many things in it",
    "too large",
    "it unpacks to a multiple of its size that no honest file does",
    "pages without text",
    "opening it was given up, its time being up",
    "opening it takes too much memory",
    "it made its parser crash",
    "its parser tried what no parser does, and was stopped",
    "PDF is read by pdftotext, which is not installed",
    "the system cannot shut its parser in",
};

typedef struct scan {
    yj_cli *c;
    FILE *inventory;
    bool as_csv, tty;
    int64_t since_ns;
    yj_buf line;
    yj_jw json;
    uint64_t states[YJ_SCAN_STATE_COUNT_], count[YJ_SCAN_CLASS_COUNT_], files, bytes, hits;
} scan;

/* --- one file, as JSON and as a row of CSV ----------------------------------------------------------------
 */

static void json_counts(yj_jw *w, const uint64_t *count)
{
    yj_jw_key(w, "count");
    yj_jw_object(w);
    for (int i = 0; i < YJ_SCAN_CLASS_COUNT_; i++)
        if (count[i] > 0)
            yj_jw_ki64(w, yj_scan_class_name((yj_scan_class)i), (int64_t)count[i]);
    yj_jw_end_object(w);
}

static void json_places(yj_jw *w, const yj_scan_file *f)
{
    yj_jw_key(w, "places");
    yj_jw_array(w);
    for (size_t i = 0; i < f->places; i++) {
        yj_jw_object(w);
        yj_jw_kstr(w, "class", yj_scan_class_name(f->place[i].what));
        yj_jw_ki64(w, "at", (int64_t)f->place[i].at);
        yj_jw_ki64(w, "length", f->place[i].len);
        if (f->place[i].row)
            yj_jw_ki64(w, f->unit == YJ_SCAN_UNIT_PAGES ? "page" : "row", f->place[i].row);
        if (f->place[i].column[0])
            yj_jw_kstr(w, "column", f->place[i].column);
        if (f->place[i].masked[0])
            yj_jw_kstr(w, "masked", f->place[i].masked);
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
    yj_jw_ki64(w, "places_left_out", (int64_t)(f->hits - f->places));
}

static const char *grade_source(const yj_scan_file *f)
{
    return f->grade == 0 ? "" : yj_scan_class_grade_seen(f->grade_of) ? "reference" : "derived";
}

static void json_file(yj_jw *w, const yj_scan_file *f)
{
    char hex[2 * YJ_HASH_LEN + 1] = "";
    if (f->has_digest)
        yj_digest_hex(&f->sha256, hex);
    yj_jw_object(w);
    yj_jw_kstr(w, "path", f->path);
    yj_jw_kstr(w, "state", yj_scan_state_name(f->state));
    if (f->reason != YJ_SCAN_BECAUSE_NONE)
        yj_jw_kstr(w, "reason", yj_scan_reason_name(f->reason));
    if (f->has_digest) {
        yj_jw_ki64(w, "size", (int64_t)f->size);
        yj_jw_kstr(w, "sha256", hex);
        yj_jw_kstr(w, "format", f->format);
        yj_jw_kstr(w, "encoding", yj_scan_encoding_name(f->encoding));
    }
    if (f->unit != YJ_SCAN_UNIT_BYTES)
        yj_jw_kstr(w, "unit", yj_scan_unit_name(f->unit));
    if (f->encrypted)
        yj_jw_kbool(w, "encrypted", true);
    if (f->inside > 0)
        yj_jw_ki64(w, "inside", (int64_t)f->inside);
    if (f->grade > 0) {
        yj_jw_ki64(w, "grade", f->grade);
        yj_jw_kstr(w, "grade_of", yj_scan_class_name(f->grade_of));
        yj_jw_kstr(w, "grade_source", grade_source(f));
    }
    yj_jw_ki64(w, "hits", (int64_t)f->hits);
    json_counts(w, f->count);
    json_places(w, f);
    yj_jw_end_object(w);
}

static void csv_head(yj_buf *b)
{
    yj_buf_str(b, "path,state,reason,size,sha256,format,encoding,grade,grade_of,grade_source,hits");
    for (int i = 0; i < YJ_SCAN_CLASS_COUNT_; i++)
        yj_buf_fmt(b, ",%s", yj_scan_class_name((yj_scan_class)i));
    yj_buf_char(b, '\n');
}

static void csv_file(yj_buf *b, const yj_scan_file *f)
{
    char hex[2 * YJ_HASH_LEN + 1] = "";
    if (f->has_digest)
        yj_digest_hex(&f->sha256, hex);
    yj_csv_write_text(b, yj_span_of(f->path));
    yj_buf_fmt(b, ",%s,%s,", yj_scan_state_name(f->state), yj_scan_reason_name(f->reason));
    if (f->has_digest)
        yj_buf_fmt(b, "%llu,%s,%s,%s,", (unsigned long long)f->size, hex, f->format,
                   yj_scan_encoding_name(f->encoding));
    else
        yj_buf_str(b, ",,,,");
    if (f->grade > 0)
        yj_buf_fmt(b, "%d,%s,%s,", f->grade, yj_scan_class_name(f->grade_of), grade_source(f));
    else
        yj_buf_str(b, ",,,");
    yj_buf_fmt(b, "%llu", (unsigned long long)f->hits);
    for (int i = 0; i < YJ_SCAN_CLASS_COUNT_; i++)
        yj_buf_fmt(b, ",%llu", (unsigned long long)f->count[i]);
    yj_buf_char(b, '\n');
}

/* --- what people read -------------------------------------------------------------------------------------
 */

static void say_counts(yj_cli *c, const uint64_t *count)
{
    const char *between = "";
    for (int i = 0; i < YJ_SCAN_CLASS_COUNT_; i++)
        if (count[i] > 0) {
            yj_buf_fmt(&c->out, "%s%s %llu", between, yj_word(c, class_words[i]),
                       (unsigned long long)count[i]);
            between = ", ";
        }
    yj_buf_char(&c->out, '\n');
}

static void say_place(yj_cli *c, const yj_scan_file *f, const yj_scan_found *p)
{
    const char *what = yj_word(c, class_words[p->what]);
    if (f->unit == YJ_SCAN_UNIT_CELLS)
        yj_say(c, "  row %llu, column %s: %s %s\n", (unsigned long long)p->row, p->column, what, p->masked);
    else if (f->unit == YJ_SCAN_UNIT_PAGES)
        yj_say(c, "  page %llu: %s %s\n", (unsigned long long)p->row, what, p->masked);
    else
        yj_say(c, "  byte %llu: %s %s\n", (unsigned long long)p->at, what, p->masked);
}

static void say_file(yj_cli *c, const yj_scan_file *f)
{
    if (f->hits > 0) {
        yj_ink_text(c, YJ_BOLD, f->path);
        yj_buf_str(&c->out, "\n  ");
        say_counts(c, f->count);
        const char *of = yj_word(c, class_words[f->grade_of]);
        if (yj_scan_class_grade_seen(f->grade_of))
            yj_say(c, "  proposed grade %d, the reference level for: %s\n", f->grade, of);
        else
            yj_say(c, "  proposed grade %d, derived, for: %s\n", f->grade, of);
        for (size_t i = 0; i < f->places && yj_cli_has(c, YJ_OPT_SHOW); i++)
            say_place(c, f, &f->place[i]);
        if (f->hits > f->places && yj_cli_has(c, YJ_OPT_SHOW))
            yj_say(c, "  %llu more places\n", (unsigned long long)(f->hits - f->places));
    }
    if (f->state == YJ_SCAN_STATE_LOOKED_INTO)
        return;
    char refused[128] = "";
    const char *why = yj_word(c, reason_words[f->reason]);
    if (f->reason == YJ_SCAN_BECAUSE_SYSTEM) {
        const char *zh = c->lang == YJ_LANG_ZH ? yj_errno_zh(f->sys_errno) : NULL;
        why = zh ? zh : strerror_r(f->sys_errno, refused, sizeof refused);
    }
    yj_ink_text(c, YJ_YELLOW, yj_word(c, state_words[f->state]));
    yj_buf_fmt(&c->out, " (%s): %s\n", why, f->path);
}

static void say_end(scan *s)
{
    yj_cli *c = s->c;
    if (s->hits > 0) {
        yj_say(c, "found in all: ");
        say_counts(c, s->count);
    } else {
        yj_say(c, "nothing found in what was looked into\n");
    }
    yj_say(c, "%llu looked into, %llu in part, %llu not looked into, %llu skipped, %llu unreadable\n",
           (unsigned long long)s->states[YJ_SCAN_STATE_LOOKED_INTO],
           (unsigned long long)s->states[YJ_SCAN_STATE_IN_PART],
           (unsigned long long)s->states[YJ_SCAN_STATE_NOT_LOOKED_INTO],
           (unsigned long long)s->states[YJ_SCAN_STATE_SKIPPED],
           (unsigned long long)s->states[YJ_SCAN_STATE_UNREADABLE]);
}

/* --- the run ----------------------------------------------------------------------------------------------
 */

static yj_status flush_out(yj_cli *c, yj_error *err)
{
    YJ_TRY(yj_buf_status(&c->out, err));
    if (c->out.len > 0 && fwrite(c->out.ptr, 1, c->out.len, stdout) != c->out.len && errno != EPIPE)
        return yj_fail_sys(err, yj_file_status(errno), "cannot write to standard output");
    yj_buf_clear(&c->out);
    return YJ_OK;
}

static yj_status keep_line(scan *s, yj_error *err)
{
    YJ_TRY(yj_buf_status(&s->line, err));
    if (fwrite(s->line.ptr, 1, s->line.len, s->inventory) != s->line.len)
        return yj_fail_sys(err, yj_file_status(errno), "cannot write the inventory");
    yj_buf_clear(&s->line);
    return YJ_OK;
}

static void clear_progress(const scan *s)
{
    if (s->tty)
        fputs("\r\033[K", stderr);
}

static yj_status on_file(void *with, const yj_scan_file *f, yj_error *err)
{
    scan *s = with;
    yj_cli *c = s->c;
    s->states[f->state]++;
    s->files++;
    s->hits += f->hits;
    s->bytes += f->has_digest && f->depth == 0 ? f->size : 0;
    for (int i = 0; i < YJ_SCAN_CLASS_COUNT_; i++)
        s->count[i] += f->count[i];
    c->found |= f->hits > 0 || f->state != YJ_SCAN_STATE_LOOKED_INTO;
    if (s->inventory) {
        if (s->as_csv) {
            csv_file(&s->line, f);
        } else {
            yj_jw w;
            yj_jw_init(&w, &s->line);
            json_file(&w, f);
            yj_buf_char(&s->line, '\n');
        }
        YJ_TRY(keep_line(s, err));
    }
    if (yj_json_wanted(c))
        json_file(&s->json, f);
    else
        say_file(c, f);
    if (c->out.len < FLUSH_BYTES && !s->tty)
        return YJ_OK;
    clear_progress(s);
    return flush_out(c, err);
}

static void on_progress(void *with, const yj_scan_progress *p)
{
    const scan *s = with;
    if (!s->tty)
        return;
    int64_t ms = (yj_monotonic_ns() - s->since_ns) / 1000000 + 1;
    fprintf(stderr, "\r\033[K%llu  %llu MB  %llu MB/s", (unsigned long long)p->files,
            (unsigned long long)(p->bytes / 1000000), (unsigned long long)(p->bytes / 1000 / (uint64_t)ms));
    fflush(stderr);
}

static yj_status run_all(scan *s, yj_error *err)
{
    yj_cli *c = s->c;
    yj_scan_wish wish = {
        .show = yj_cli_has(c, YJ_OPT_SHOW), .file = on_file, .progress = on_progress, .with = s
    };
    if (yj_json_wanted(c)) {
        yj_jw_init(&s->json, &c->out);
        yj_jw_object(&s->json);
        yj_jw_key(&s->json, "files");
        yj_jw_array(&s->json);
    }
    yj_status status = yj_scan_run(c->arg, c->arg_count, &wish, err);
    clear_progress(s);
    if (status != YJ_OK) {
        yj_buf_clear(&c->out); /* half a list would pass for a whole one */
        return status;
    }
    if (!yj_json_wanted(c)) {
        say_end(s);
        return YJ_OK;
    }
    yj_jw_end_array(&s->json);
    json_counts(&s->json, s->count);
    yj_jw_ki64(&s->json, "hits", (int64_t)s->hits);
    yj_jw_ki64(&s->json, "bytes", (int64_t)s->bytes);
    yj_jw_ki64(&s->json, "landlock", yj_box_landlock());
    yj_jw_key(&s->json, "states");
    yj_jw_object(&s->json);
    for (int i = 0; i < YJ_SCAN_STATE_COUNT_; i++)
        yj_jw_ki64(&s->json, yj_scan_state_name((yj_scan_state)i), (int64_t)s->states[i]);
    yj_jw_end_object(&s->json);
    yj_jw_end_object(&s->json);
    yj_buf_char(&c->out, '\n');
    return YJ_OK;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0;
}

/* The list is written beside and takes its name when it is whole. */
static yj_status with_inventory(scan *s, const char *path, yj_error *err)
{
    const char *beside = yj_arena_fmt(s->c->arena, "%s.part", path);
    s->as_csv = ends_with(path, ".csv");
    if (!s->as_csv && !ends_with(path, ".jsonl"))
        return yj_fail(err, YJ_E_USAGE, "--inventory needs a name that ends in .csv or .jsonl");
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    s->inventory = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!s->inventory) {
        yj_status status = yj_fail_sys(err, yj_file_status(errno), "cannot write %s", beside);
        if (fd >= 0)
            close(fd);
        return status;
    }
    if (s->as_csv)
        csv_head(&s->line);
    yj_status status = run_all(s, err);
    if (status == YJ_OK && s->line.len > 0)
        status = keep_line(s, err);
    bool written = fflush(s->inventory) == 0 && fsync(fd) == 0;
    if (!written && status == YJ_OK)
        status = yj_fail_sys(err, yj_file_status(errno), "cannot write the inventory");
    fclose(s->inventory);
    if (status == YJ_OK && rename(beside, path) != 0)
        status = yj_fail_sys(err, yj_file_status(errno), "cannot write %s", path);
    if (status != YJ_OK)
        unlink(beside);
    return status == YJ_OK ? yj_dir_sync_of(path, err) : status;
}

yj_status yj_cmd_scan(yj_cli *c, yj_error *err)
{
    scan s = { .c = c, .since_ns = yj_monotonic_ns(), .tty = isatty(STDERR_FILENO) == 1 };
    yj_buf_init(&s.line, LINE_BYTES_MAX);
    const char *path = c->value[YJ_OPT_INVENTORY];
    yj_status status = path ? with_inventory(&s, path, err) : run_all(&s, err);
    yj_buf_done(&s.line);
    return status;
}
