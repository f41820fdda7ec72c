// SPDX-License-Identifier: Apache-2.0
/* scan: what stands in files. Results are written as they come, so that memory stays flat. */
#include "base/csv.h"
#include "base/file.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/scan_attest.h"
#include "cli/scan_rules.h"
#include "instrument/scan/tables.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define FLUSH_BYTES ((size_t)64 << 10)
#define PRINT_KEY_LEAST 16
#define PRINT_KEY_MOST ((size_t)4096)
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
    "a sample of the rows",
    "",
};

typedef struct scan {
    yj_cli *c;
    FILE *inventory;
    bool as_csv, tty;
    int64_t since_ns;
    yj_buf line;
    yj_jw json;
    yj_scan_own *own;      /* of --rules */
    yj_digest rules, list; /* of its file; of the inventory's bytes */
    yj_hasher *list_hasher;
    yj_buf print_key; /* of --fingerprint */
    yj_key *key;      /* of --attest; NULL without */
    yj_scan_attest attest;
    yj_scan_sum sum;
    yj_scan_tables tables; /* of --database; url NULL without */
} scan;

/* Names of classes: those of own rules stand in the file that was given. */
static const char *class_name(const scan *s, size_t what)
{
    return what < YJ_SCAN_CLASS_COUNT_ ? yj_scan_class_name((yj_scan_class)what)
                                       : s->own->rule[what - YJ_SCAN_CLASS_COUNT_].id;
}

static const char *class_word(const scan *s, size_t what)
{
    if (what < YJ_SCAN_CLASS_COUNT_)
        return yj_word(s->c, class_words[what]);
    const yj_own_rule *r = &s->own->rule[what - YJ_SCAN_CLASS_COUNT_];
    return s->c->lang == YJ_LANG_ZH ? r->zh : r->en;
}

static size_t kinds(const scan *s)
{
    return YJ_SCAN_CLASS_COUNT_ + (s->own ? s->own->count : 0);
}

/* --- one file, as JSON and as a row of CSV ----------------------------------------------------------------
 */

static void json_counts(yj_jw *w, const scan *s, const uint64_t *count)
{
    yj_jw_key(w, "count");
    yj_jw_object(w);
    for (size_t i = 0; i < kinds(s); i++)
        if (count[i] > 0)
            yj_jw_ki64(w, class_name(s, i), (int64_t)count[i]);
    yj_jw_end_object(w);
}

static void json_places(yj_jw *w, const scan *s, const yj_scan_file *f)
{
    yj_jw_key(w, "places");
    yj_jw_array(w);
    for (size_t i = 0; i < f->places; i++) {
        yj_jw_object(w);
        yj_jw_kstr(w, "class", class_name(s, f->place[i].what));
        yj_jw_ki64(w, "at", (int64_t)f->place[i].at);
        yj_jw_ki64(w, "length", f->place[i].len);
        if (f->place[i].row)
            yj_jw_ki64(w, f->unit == YJ_SCAN_UNIT_PAGES ? "page" : "row", f->place[i].row);
        if (f->place[i].column[0])
            yj_jw_kstr(w, "column", f->place[i].column);
        if (f->place[i].masked[0])
            yj_jw_kstr(w, "masked", f->place[i].masked);
        if (f->place[i].has_print) {
            char hex[2 * YJ_HASH_LEN + 1];
            yj_digest_hex(&f->place[i].print, hex);
            yj_jw_kstr(w, "fingerprint", hex);
        }
        yj_jw_end_object(w);
    }
    yj_jw_end_array(w);
    yj_jw_ki64(w, "places_left_out", (int64_t)(f->hits - f->places));
}

/* Formats that common programs open. */
static bool is_common(const char *format)
{
    static const char *const common[] = { "text", "csv",  "json", "xml", "html", "empty", "pdf",   "ooxml",
                                          "docx", "xlsx", "pptx", "odf", "ole",  "rtf",   "zip",   "gzip",
                                          "tar",  "png",  "jpeg", "gif", "riff", "mp4",   "sqlite" };
    for (size_t i = 0; i < YJ_COUNT(common); i++)
        if (strcmp(format, common[i]) == 0)
            return true;
    return false;
}

static const char *grade_source(const scan *s, const yj_scan_file *f)
{
    if (f->grade > 0 && f->grade_of >= YJ_SCAN_CLASS_COUNT_)
        return s->own->rule[f->grade_of - YJ_SCAN_CLASS_COUNT_].source;
    return f->grade == 0 ? "" : yj_scan_class_grade_seen(f->grade_of) ? "reference" : "derived";
}

/* What is known of a column beside what is known of a file. */
static void json_rows(yj_jw *w, const yj_scan_file *f)
{
    const yj_scan_counted *r = f->rows;
    if (f->words && f->words[0])
        yj_jw_kstr(w, "message", f->words);
    if (!r)
        return;
    yj_jw_kstr(w, "type", r->type);
    yj_jw_key(w, "label");
    yj_jw_bool(w, r->label);
    yj_jw_kstr(w, "rows", yj_scan_way_name(r->way));
    yj_jw_ki64(w, "rows_read", (int64_t)r->rows_read);
    yj_jw_ki64(w, "rows_there", r->there);
    yj_jw_key(w, "rows_counted");
    yj_jw_bool(w, r->counted);
    yj_jw_ki64(w, "values", (int64_t)r->values);
}

static void json_file(yj_jw *w, const scan *s, const yj_scan_file *f)
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
        yj_jw_key(w, "encrypted");
        yj_jw_bool(w, f->encrypted);
        yj_jw_key(w, "common_format");
        yj_jw_bool(w, is_common(f->format));
    }
    json_rows(w, f);
    if (f->unit != YJ_SCAN_UNIT_BYTES && !f->rows)
        yj_jw_kstr(w, "unit", yj_scan_unit_name(f->unit));
    if (f->inside > 0)
        yj_jw_ki64(w, "inside", (int64_t)f->inside);
    if (f->grade > 0) {
        yj_jw_ki64(w, "grade", f->grade);
        yj_jw_kstr(w, "grade_of", class_name(s, f->grade_of));
        yj_jw_kstr(w, "grade_source", grade_source(s, f));
    }
    yj_jw_ki64(w, "hits", (int64_t)f->hits);
    json_counts(w, s, f->count);
    if (!f->rows)
        json_places(w, s, f);
    yj_jw_end_object(w);
}

static void csv_head(yj_buf *b, const scan *s)
{
    yj_buf_str(b, "path,state,reason,size,sha256,format,encoding,encrypted,common_format,grade,grade_of,"
                  "grade_source,hits");
    for (size_t i = 0; i < kinds(s); i++)
        yj_buf_fmt(b, ",%s", class_name(s, i));
    if (s->tables.url)
        yj_buf_str(b, ",type,label,rows,rows_read,rows_there,rows_counted,values,message");
    yj_buf_char(b, '\n');
}

static void csv_file(yj_buf *b, const scan *s, const yj_scan_file *f)
{
    char hex[2 * YJ_HASH_LEN + 1] = "";
    if (f->has_digest)
        yj_digest_hex(&f->sha256, hex);
    yj_csv_write_text(b, yj_span_of(f->path));
    yj_buf_fmt(b, ",%s,%s,", yj_scan_state_name(f->state), yj_scan_reason_name(f->reason));
    if (f->has_digest)
        yj_buf_fmt(b, "%llu,%s,%s,%s,%s,%s,", (unsigned long long)f->size, hex, f->format,
                   yj_scan_encoding_name(f->encoding), f->encrypted ? "yes" : "no",
                   is_common(f->format) ? "yes" : "no");
    else
        yj_buf_str(b, ",,,,,,");
    if (f->grade > 0) {
        yj_buf_fmt(b, "%d,%s,", f->grade, class_name(s, f->grade_of));
        yj_csv_write_text(b, yj_span_of(grade_source(s, f)));
        yj_buf_char(b, ',');
    } else
        yj_buf_str(b, ",,,");
    yj_buf_fmt(b, "%llu", (unsigned long long)f->hits);
    for (size_t i = 0; i < kinds(s); i++)
        yj_buf_fmt(b, ",%llu", (unsigned long long)f->count[i]);
    if (f->rows) {
        yj_buf_char(b, ',');
        yj_csv_write_text(b, yj_span_of(f->rows->type));
        yj_buf_fmt(b, ",%s,%s,%llu,%lld,%s,%llu,", f->rows->label ? "yes" : "no",
                   yj_scan_way_name(f->rows->way), (unsigned long long)f->rows->rows_read,
                   (long long)f->rows->there, f->rows->counted ? "yes" : "no",
                   (unsigned long long)f->rows->values);
        yj_csv_write_text(b, yj_span_of(f->words ? f->words : ""));
    }
    yj_buf_char(b, '\n');
}

/* --- what people read -------------------------------------------------------------------------------------
 */

static void say_counts(const scan *s, const uint64_t *count)
{
    yj_cli *c = s->c;
    const char *between = "";
    for (size_t i = 0; i < kinds(s); i++)
        if (count[i] > 0) {
            yj_buf_fmt(&c->out, "%s%s %llu", between, class_word(s, i), (unsigned long long)count[i]);
            between = ", ";
        }
    yj_buf_char(&c->out, '\n');
}

static void say_place(const scan *s, const yj_scan_file *f, const yj_scan_found *p)
{
    yj_cli *c = s->c;
    const char *what = class_word(s, p->what);
    if (f->unit == YJ_SCAN_UNIT_CELLS)
        yj_say(c, "  row %llu, column %s: %s %s\n", (unsigned long long)p->row, p->column, what, p->masked);
    else if (f->unit == YJ_SCAN_UNIT_PAGES)
        yj_say(c, "  page %llu: %s %s\n", (unsigned long long)p->row, what, p->masked);
    else
        yj_say(c, "  byte %llu: %s %s\n", (unsigned long long)p->at, what, p->masked);
}

static void say_rows(yj_cli *c, const yj_scan_counted *r)
{
    if (r->counted)
        yj_say(c, "  %s, %llu of %llu rows read\n", r->type, (unsigned long long)r->rows_read,
               (unsigned long long)r->there);
    else
        yj_say(c, "  %s, %llu of about %llu rows read\n", r->type, (unsigned long long)r->rows_read,
               (unsigned long long)r->there);
}

static void say_file(const scan *s, const yj_scan_file *f)
{
    yj_cli *c = s->c;
    if (f->hits > 0) {
        yj_ink_text(c, YJ_BOLD, f->path);
        yj_buf_str(&c->out, "\n  ");
        say_counts(s, f->count);
        const char *of = class_word(s, f->grade_of);
        if (f->grade_of >= YJ_SCAN_CLASS_COUNT_)
            yj_say(c, "  proposed grade %d for %s: %s\n", f->grade, of, grade_source(s, f));
        else if (yj_scan_class_grade_seen(f->grade_of))
            yj_say(c, "  proposed grade %d, the reference level for: %s\n", f->grade, of);
        else
            yj_say(c, "  proposed grade %d, derived, for: %s\n", f->grade, of);
        if (f->rows)
            say_rows(c, f->rows);
        for (size_t i = 0; i < f->places && yj_cli_has(c, YJ_OPT_SHOW); i++)
            say_place(s, f, &f->place[i]);
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
    if (f->reason == YJ_SCAN_BECAUSE_ENGINE)
        why = f->words;
    yj_ink_text(c, YJ_YELLOW, yj_word(c, state_words[f->state]));
    yj_buf_fmt(&c->out, " (%s): %s\n", why, f->path);
}

static void say_end(scan *s)
{
    yj_cli *c = s->c;
    if (s->sum.hits > 0) {
        yj_say(c, "found in all: ");
        say_counts(s, s->sum.count);
    } else {
        yj_say(c, "nothing found in what was looked into\n");
    }
    yj_say(c, "%llu looked into, %llu in part, %llu not looked into, %llu skipped, %llu unreadable\n",
           (unsigned long long)s->sum.states[YJ_SCAN_STATE_LOOKED_INTO],
           (unsigned long long)s->sum.states[YJ_SCAN_STATE_IN_PART],
           (unsigned long long)s->sum.states[YJ_SCAN_STATE_NOT_LOOKED_INTO],
           (unsigned long long)s->sum.states[YJ_SCAN_STATE_SKIPPED],
           (unsigned long long)s->sum.states[YJ_SCAN_STATE_UNREADABLE]);
    if (s->tables.percent > 0)
        yj_say(c, "a sample of %d %% of the rows, seed %llu\n", (int)s->tables.percent,
               (unsigned long long)s->tables.seed);
    if (s->tables.url)
        yj_say(c, "not looked at: the engine's own schemas, other databases, views, foreign tables\n");
    if (s->own && s->own->all_ns > 0)
        yj_say(c, "own rules took %d %% of the time in which text was looked through\n",
               (int)(s->own->own_ns * 100 / s->own->all_ns));
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
    if (s->list_hasher)
        yj_hasher_add(s->list_hasher, s->line.ptr, s->line.len);
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
    s->sum.states[f->state]++;
    s->sum.files++;
    s->sum.hits += f->hits;
    s->sum.bytes += f->rows ? f->rows->bytes : f->has_digest && f->depth == 0 ? f->size : 0;
    for (size_t i = 0; i < kinds(s); i++)
        s->sum.count[i] += f->count[i];
    s->sum.grade = f->grade > s->sum.grade ? f->grade : s->sum.grade;
    if (s->key)
        YJ_TRY(yj_scan_attest_file(&s->attest, f, err));
    c->found |= f->hits > 0 || f->state != YJ_SCAN_STATE_LOOKED_INTO;
    if (s->inventory) {
        if (s->as_csv) {
            csv_file(&s->line, s, f);
        } else {
            yj_jw w;
            yj_jw_init(&w, &s->line);
            json_file(&w, s, f);
            yj_buf_char(&s->line, '\n');
        }
        YJ_TRY(keep_line(s, err));
    }
    if (yj_json_wanted(c))
        json_file(&s->json, s, f);
    else
        say_file(s, f);
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

static void json_database(scan *s)
{
    yj_jw *w = &s->json;
    yj_jw_key(w, "left_out");
    yj_jw_array(w);
    for (const char *const *what = yj_scan_tables_left_out; *what; what++)
        yj_jw_str(w, *what);
    yj_jw_end_array(w);
    if (s->tables.percent == 0)
        return;
    yj_jw_key(w, "sample");
    yj_jw_object(w);
    yj_jw_ki64(w, "percent", s->tables.percent);
    yj_jw_ki64(w, "seed", s->tables.seed);
    yj_jw_end_object(w);
}

static yj_status run_all(scan *s, yj_error *err)
{
    yj_cli *c = s->c;
    yj_scan_wish wish = { .show = yj_cli_has(c, YJ_OPT_SHOW),
                          .own = s->own,
                          .print_key = yj_buf_view(&s->print_key),
                          .file = on_file,
                          .progress = on_progress,
                          .with = s };
    if (yj_json_wanted(c)) {
        yj_jw_init(&s->json, &c->out);
        yj_jw_object(&s->json);
        yj_jw_key(&s->json, s->tables.url ? "columns" : "files");
        yj_jw_array(&s->json);
    }
    yj_status status = s->tables.url ? yj_scan_tables_run(&s->tables, &wish, err)
                                     : yj_scan_run(c->arg, c->arg_count, &wish, err);
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
    if (s->tables.url)
        json_database(s);
    json_counts(&s->json, s, s->sum.count);
    yj_jw_ki64(&s->json, "hits", (int64_t)s->sum.hits);
    if (s->own) {
        char hex[2 * YJ_HASH_LEN + 1];
        yj_digest_hex(&s->rules, hex);
        yj_jw_kstr(&s->json, "own_rules_sha256", hex);
        yj_jw_ki64(&s->json, "own_rules_percent_of_time",
                   s->own->all_ns ? (int64_t)(s->own->own_ns * 100 / s->own->all_ns) : 0);
    }
    yj_jw_ki64(&s->json, "bytes", (int64_t)s->sum.bytes);
    yj_jw_ki64(&s->json, "landlock", yj_box_landlock());
    yj_jw_key(&s->json, "states");
    yj_jw_object(&s->json);
    for (int i = 0; i < YJ_SCAN_STATE_COUNT_; i++)
        yj_jw_ki64(&s->json, yj_scan_state_name((yj_scan_state)i), (int64_t)s->sum.states[i]);
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
        csv_head(&s->line, s);
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

static yj_status prepare_database(scan *s, yj_error *err)
{
    yj_cli *c = s->c;
    int64_t percent, seed;
    bool database = yj_cli_has(c, YJ_OPT_DATABASE);
    bool rows = yj_cli_has(c, YJ_OPT_SAMPLE) || yj_cli_has(c, YJ_OPT_PASSWORD_FILE);
    if (database ? c->arg_count > 0 : c->arg_count == 0)
        return yj_fail(err, YJ_E_USAGE, "scan takes paths, or --database URL");
    if (database &&
        (yj_cli_has(c, YJ_OPT_SHOW) || yj_cli_has(c, YJ_OPT_FINGERPRINT) || yj_cli_has(c, YJ_OPT_ATTEST)))
        return yj_fail(err, YJ_E_USAGE,
                       "--show, --fingerprint and --attest are for files, not for --database");
    if (!database && rows)
        return yj_fail(err, YJ_E_USAGE, "--sample and --password-file are for --database");
    if (yj_cli_has(c, YJ_OPT_SEED) && !yj_cli_has(c, YJ_OPT_SAMPLE))
        return yj_fail(err, YJ_E_USAGE, "--seed is for --sample");
    YJ_TRY(yj_cli_number(c, YJ_OPT_SAMPLE, 1, 99, 0, &percent, err));
    YJ_TRY(yj_cli_number(c, YJ_OPT_SEED, 0, INT32_MAX, 1, &seed, err));
    s->tables = (yj_scan_tables){ .url = c->value[YJ_OPT_DATABASE],
                                  .password_file = c->value[YJ_OPT_PASSWORD_FILE],
                                  .percent = (unsigned)percent,
                                  .seed = (uint32_t)seed };
    return YJ_OK;
}

/* Whatever can be wrong is told before hours of reading. */
static yj_status prepare(scan *s, yj_error *err)
{
    yj_cli *c = s->c;
    s->sum.from_ns = yj_clock_system().now_ns(yj_clock_system().self);
    s->sum.version = YJ_VERSION;
    YJ_TRY(prepare_database(s, err));
    if (yj_cli_has(c, YJ_OPT_RULES)) {
        YJ_TRY(yj_scan_rules_load(c->arena, c->value[YJ_OPT_RULES], &s->own, &s->rules, err));
        s->sum.own = s->own;
        s->sum.rules = &s->rules;
    }
    if (yj_cli_has(c, YJ_OPT_FINGERPRINT)) {
        YJ_TRY(yj_file_read(c->value[YJ_OPT_FINGERPRINT], PRINT_KEY_MOST, &s->print_key, err));
        if (s->print_key.len < PRINT_KEY_LEAST)
            return yj_fail(err, YJ_E_INVALID, "the key of fingerprints has fewer than %d bytes",
                           PRINT_KEY_LEAST);
    }
    if (!yj_cli_has(c, YJ_OPT_ATTEST))
        return YJ_OK;
    if (c->many_count != 2)
        return yj_fail(err, YJ_E_USAGE,
                       "option --attest takes a private key and the file to write, at the end");
    if (c->arg_count > YJ_STATEMENT_SUBJECTS_MAX)
        return yj_fail(err, YJ_E_USAGE, "a statement names at most %d paths", YJ_STATEMENT_SUBJECTS_MAX);
    if (yj_path_exists(c->many[1]))
        return yj_fail(err, YJ_E_CONFLICT, "%s exists already", c->many[1]);
    s->list_hasher = yj_hasher_new(YJ_HASH_SHA256);
    if (!s->list_hasher)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_hasher_begin(s->list_hasher);
    return yj_key_load(c->many[0], &s->key, err);
}

static yj_status sign(scan *s, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, YJ_DSSE_BYTES_MAX + 4096);
    if (!s->key)
        return YJ_OK;
    s->sum.until_ns = yj_clock_system().now_ns(yj_clock_system().self);
    if (yj_cli_has(s->c, YJ_OPT_INVENTORY)) {
        yj_hasher_end(s->list_hasher, &s->list);
        s->sum.inventory = &s->list;
    }
    YJ_TRY(yj_scan_attest_sign(&s->attest, &s->sum, s->key, &out, err));
    YJ_TRY(yj_file_write(s->c->many[1], yj_buf_view(&out), 0644, err));
    if (!yj_json_wanted(s->c))
        yj_say(s->c, "signed statement: %s\n", s->c->many[1]);
    return YJ_OK;
}

yj_status yj_cmd_scan(yj_cli *c, yj_error *err)
{
    scan s = { .c = c, .since_ns = yj_monotonic_ns(), .tty = isatty(STDERR_FILENO) == 1 };
    yj_buf_init(&s.line, LINE_BYTES_MAX);
    yj_buf_init(&s.print_key, PRINT_KEY_MOST + 1);
    yj_scan_attest_init(&s.attest, c->arg, c->arg_count);
    const char *path = c->value[YJ_OPT_INVENTORY];
    yj_status status = prepare(&s, err);
    if (status == YJ_OK)
        status = path ? with_inventory(&s, path, err) : run_all(&s, err);
    if (status == YJ_OK)
        status = sign(&s, err);
    yj_scan_attest_done(&s.attest);
    if (s.print_key.ptr)
        explicit_bzero(s.print_key.ptr, s.print_key.cap);
    yj_buf_done(&s.print_key);
    yj_key_free(s.key);
    if (s.list_hasher)
        yj_hasher_free(s.list_hasher);
    yj_buf_done(&s.line);
    return status;
}
