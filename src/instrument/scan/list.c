// SPDX-License-Identifier: Apache-2.0
#include "instrument/scan/list.h"
#include "base/csv.h"

#define LINE_BYTES_MAX ((size_t)16 << 20)

const char *yj_scan_kind_name(const yj_scan_own *own, size_t what)
{
    return what < YJ_SCAN_CLASS_COUNT_ ? yj_scan_class_name((yj_scan_class)what)
                                       : own->rule[what - YJ_SCAN_CLASS_COUNT_].id;
}

size_t yj_scan_kinds(const yj_scan_own *own)
{
    return YJ_SCAN_CLASS_COUNT_ + (own ? own->count : 0);
}

/* --- one file, as JSON and as a row of CSV ----------------------------------------------------------------
 */

void yj_scan_json_counts(yj_jw *w, const yj_scan_own *own, const uint64_t *count)
{
    yj_jw_key(w, "count");
    yj_jw_object(w);
    for (size_t i = 0; i < yj_scan_kinds(own); i++)
        if (count[i] > 0)
            yj_jw_ki64(w, yj_scan_kind_name(own, i), (int64_t)count[i]);
    yj_jw_end_object(w);
}

static void json_places(yj_jw *w, const yj_scan_own *own, const yj_scan_file *f)
{
    yj_jw_key(w, "places");
    yj_jw_array(w);
    for (size_t i = 0; i < f->places; i++) {
        yj_jw_object(w);
        yj_jw_kstr(w, "class", yj_scan_kind_name(own, f->place[i].what));
        if (!f->rows) /* rows of a table have no order */
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

/* A row of its own in the list, but no file that could be handed over by itself. Columns of a database, which
 * stand in one, are not meant. */
static bool in_container(const yj_scan_file *f)
{
    return f->depth > 0 && !f->rows;
}

const char *yj_scan_own_source(const yj_scan_own *own, size_t what)
{
    if (what >= YJ_SCAN_CLASS_COUNT_)
        return own->rule[what - YJ_SCAN_CLASS_COUNT_].source;
    return own && own->known[what].grade ? own->known[what].source : NULL;
}

const char *yj_scan_grade_source(const yj_scan_own *own, const yj_scan_file *f)
{
    const char *said = f->grade > 0 ? yj_scan_own_source(own, f->grade_of) : NULL;
    if (said)
        return said;
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

void yj_scan_json_file(yj_jw *w, const yj_scan_own *own, const yj_scan_file *f)
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
    yj_jw_key(w, "in_container");
    yj_jw_bool(w, in_container(f));
    json_rows(w, f);
    if (f->unit != YJ_SCAN_UNIT_BYTES && !f->rows)
        yj_jw_kstr(w, "unit", yj_scan_unit_name(f->unit));
    if (f->inside > 0)
        yj_jw_ki64(w, "inside", (int64_t)f->inside);
    if (f->grade > 0) {
        yj_jw_ki64(w, "grade", f->grade);
        yj_jw_kstr(w, "grade_of", yj_scan_kind_name(own, f->grade_of));
        yj_jw_kstr(w, "grade_source", yj_scan_grade_source(own, f));
    }
    yj_jw_ki64(w, "hits", (int64_t)f->hits);
    yj_scan_json_counts(w, own, f->count);
    if (!f->rows || f->place)
        json_places(w, own, f);
    yj_jw_end_object(w);
}

/* --- the inventory's rows, as CSV or as XLSX --------------------------------------------------------------
 */

/* @param words anybody's, which a spreadsheet might take for a formula */
static void put(yj_scan_list *s, const char *text, bool words)
{
    if (s->sheet) {
        yj_sheet_text(s->sheet, yj_span_of(text));
        return;
    }
    if (words)
        yj_csv_write_text(&s->line, yj_span_of(text));
    else
        yj_buf_str(&s->line, text);
    yj_buf_char(&s->line, ',');
}

static void put_number(yj_scan_list *s, uint64_t n)
{
    if (s->sheet)
        yj_sheet_number(s->sheet, n < INT64_MAX ? (int64_t)n : INT64_MAX);
    else
        yj_buf_fmt(&s->line, "%llu,", (unsigned long long)n);
}

static yj_status give_line(yj_scan_list *s, yj_error *err)
{
    YJ_TRY(yj_buf_status(&s->line, err));
    YJ_TRY(s->sink(s->with, yj_buf_view(&s->line), err));
    yj_buf_clear(&s->line);
    return YJ_OK;
}

static yj_status end_row(yj_scan_list *s, yj_error *err)
{
    if (s->sheet)
        return yj_sheet_row(s->sheet, err);
    if (s->line.len > 0)
        s->line.ptr[s->line.len - 1] = '\n'; /* in the place of the last comma */
    return give_line(s, err);
}

static const char *yes_no(bool yes)
{
    return yes ? "yes" : "no";
}

/* Before the classes, and behind them. */
static const char *const first[] = { "path",   "state",    "reason",       "size",          "sha256",
                                     "format", "encoding", "encrypted",    "common_format", "in_container",
                                     "grade",  "grade_of", "grade_source", "hits" };
static const char *const last[] = { "type",       "label",        "rows",   "rows_read",
                                    "rows_there", "rows_counted", "values", "message" };

bool yj_scan_list_has_column(const char *name)
{
    for (size_t i = 0; i < YJ_COUNT(first); i++)
        if (strcmp(name, first[i]) == 0)
            return true;
    for (size_t i = 0; i < YJ_COUNT(last); i++)
        if (strcmp(name, last[i]) == 0)
            return true;
    return false;
}

static yj_status head(yj_scan_list *s, yj_error *err)
{
    if (s->as == YJ_SCAN_JSON_LINES)
        return YJ_OK;
    for (size_t i = 0; i < YJ_COUNT(first); i++)
        put(s, first[i], false);
    for (size_t i = 0; i < yj_scan_kinds(s->own); i++)
        put(s, yj_scan_kind_name(s->own, i), false);
    for (size_t i = 0; s->columns && i < YJ_COUNT(last); i++)
        put(s, last[i], false);
    return end_row(s, err);
}

static void put_rows(yj_scan_list *s, const yj_scan_counted *r, const char *words)
{
    put(s, r->type, true);
    put(s, yes_no(r->label), false);
    put(s, yj_scan_way_name(r->way), false);
    put_number(s, r->rows_read);
    if (r->there >= 0)
        put_number(s, (uint64_t)r->there);
    else
        put(s, "-1", false);
    put(s, yes_no(r->counted), false);
    put_number(s, r->values);
    put(s, words ? words : "", true);
}

yj_status yj_scan_list_add(yj_scan_list *s, const yj_scan_file *f, yj_error *err)
{
    char hex[2 * YJ_HASH_LEN + 1] = "";
    if (s->as == YJ_SCAN_JSON_LINES) {
        yj_jw w;
        yj_jw_init(&w, &s->line);
        yj_scan_json_file(&w, s->own, f);
        yj_buf_char(&s->line, '\n');
        return give_line(s, err);
    }
    put(s, f->path, true);
    put(s, yj_scan_state_name(f->state), false);
    put(s, yj_scan_reason_name(f->reason), false);
    if (f->has_digest) {
        yj_digest_hex(&f->sha256, hex);
        put_number(s, f->size);
    } else {
        put(s, "", false);
    }
    put(s, hex, false);
    put(s, f->has_digest ? f->format : "", false);
    put(s, f->has_digest ? yj_scan_encoding_name(f->encoding) : "", false);
    put(s, f->has_digest ? yes_no(f->encrypted) : "", false);
    put(s, f->has_digest ? yes_no(is_common(f->format)) : "", false);
    put(s, yes_no(in_container(f)), false);
    if (f->grade > 0)
        put_number(s, (uint64_t)f->grade);
    else
        put(s, "", false);
    put(s, f->grade > 0 ? yj_scan_kind_name(s->own, f->grade_of) : "", false);
    put(s, yj_scan_grade_source(s->own, f), true);
    put_number(s, f->hits);
    for (size_t i = 0; i < yj_scan_kinds(s->own); i++)
        put_number(s, f->count[i]);
    if (f->rows)
        put_rows(s, f->rows, f->words);
    return end_row(s, err);
}

/* --- the whole of it --------------------------------------------------------------------------------------
 */

bool yj_scan_form_by_name(const char *name, yj_scan_form *ret)
{
    static const char *const names[] = {
        [YJ_SCAN_JSON_LINES] = "jsonl", [YJ_SCAN_CSV] = "csv", [YJ_SCAN_XLSX] = "xlsx"
    };
    for (size_t i = 0; i < YJ_COUNT(names); i++)
        if (strcmp(name, names[i]) == 0) {
            *ret = (yj_scan_form)i;
            return true;
        }
    return false;
}

yj_status yj_scan_list_begin(yj_scan_list *s, const char *beside, yj_error *err)
{
    yj_buf_init(&s->line, LINE_BYTES_MAX);
    if (s->as == YJ_SCAN_XLSX)
        YJ_TRY(yj_sheet_new(beside, "inventory", YJ_SHEET_ROWS_MAX, s->sink, s->with, &s->sheet, err));
    return head(s, err);
}

yj_status yj_scan_list_finish(yj_scan_list *s, yj_error *err)
{
    return s->sheet ? yj_sheet_finish(s->sheet, err) : YJ_OK;
}

void yj_scan_list_done(yj_scan_list *s)
{
    yj_sheet_free(s->sheet);
    yj_buf_done(&s->line);
}
