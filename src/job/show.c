// SPDX-License-Identifier: Apache-2.0
/* Jobs as JSON. */
#include "job/internal.h"

#include "base/time.h"
#include "record/present.h"
#include "record/read.h"
#include <stdio.h>

#define COLUMNS                                                                                              \
    "SELECT id, work, by, state, done, total, created, started, heard, ended, attempts, cancel, input, "     \
    "result, "                                                                                               \
    "error, error_en, error_zh, files, files_total, witness, confirmed FROM job WHERE state <> 'receiving' " \
    "AND inst = ?1 AND "

typedef struct shower {
    const yj_jobs *q;
    yj_db *db;
    const yj_catalog *c;
    int64_t inst;
    yj_jw w;
    char by[YJ_UUID_LEN + 1]; /* whose name is known: mostly the same person asks */
    yj_buf name;
} shower;

/* People are called the same in every language. */
static yj_status find_name(shower *s, const char *by, yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(s->c, YJ_SPAN("person"));
    if (strcmp(s->by, by) == 0)
        return YJ_OK;
    snprintf(s->by, sizeof s->by, "%s", by);
    yj_buf_clear(&s->name);
    if (k)
        YJ_TRY(yj_record_name(s->db, s->c, s->inst, k, by, YJ_LANG_ZH, &s->name, err));
    return k && !s->name.len
               ? yj_record_name(s->db, s->c, YJ_INST_INSTALLATION, k, by, YJ_LANG_ZH, &s->name, err)
               : YJ_OK;
}

/** @param id "": nobody */
static yj_status write_person(shower *s, const char *key, const char *id, yj_error *err)
{
    yj_jw_key(&s->w, key);
    if (!id[0]) {
        yj_jw_null(&s->w);
        return YJ_OK;
    }
    YJ_TRY(find_name(s, id, err));
    yj_jw_object(&s->w);
    yj_jw_kstr(&s->w, "kind", "person");
    yj_jw_kstr(&s->w, "id", id);
    yj_jw_kspan(&s->w, "name", yj_buf_view(&s->name));
    yj_jw_end_object(&s->w);
    return YJ_OK;
}

static yj_status write_witness(shower *s, yj_span witness, yj_error *err)
{
    char id[YJ_UUID_LEN + 1];
    snprintf(id, sizeof id, "%.*s", (int)witness.len, witness.len ? witness.ptr : "");
    return write_person(s, "witness", id, err);
}

static yj_status write_who(shower *s, yj_span by, yj_error *err)
{
    char id[YJ_UUID_LEN + 1];
    snprintf(id, sizeof id, "%.*s", (int)by.len, by.ptr);
    bool operator_asked = strcmp(id, yj_engine_operator(s->q->e)) == 0;
    YJ_TRY(write_person(s, "by", operator_asked ? "" : id, err));
    yj_jw_kbool(&s->w, "operator", operator_asked);
    return YJ_OK;
}

static void write_label(shower *s, yj_span work)
{
    static const yj_text none = { { NULL } };
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)work.len, work.ptr);
    const yj_job_work *w = yj_jobs_work(s->q, name);
    yj_jw_kstr(&s->w, "work", name);
    yj_present_text(&s->w, "label", w ? &w->label : &none);
}

static void write_json(yj_jw *w, const char *key, yj_span text)
{
    yj_jw_key(w, key);
    if (text.len)
        yj_jw_raw(w, text);
    else
        yj_jw_null(w);
}

/* @param total 0: not known */
static void write_total(yj_jw *w, int64_t total)
{
    yj_jw_key(w, "total");
    if (total)
        yj_jw_i64(w, total);
    else
        yj_jw_null(w);
}

static void write_files(yj_jw *w, int64_t done, int64_t total)
{
    yj_jw_key(w, "files");
    if (!done && !total) {
        yj_jw_null(w);
        return;
    }
    yj_jw_object(w);
    yj_jw_ki64(w, "done", done);
    write_total(w, total);
    yj_jw_end_object(w);
}

static yj_status write_job(shower *s, yj_stmt *st, bool whole, yj_error *err)
{
    yj_jw *w = &s->w;
    yj_jw_object(w);
    yj_jw_kspan(w, "id", yj_col_text(st, 0));
    write_label(s, yj_col_text(st, 1));
    yj_jw_kspan(w, "state", yj_col_text(st, 3));
    YJ_TRY(write_who(s, yj_col_text(st, 2), err));
    YJ_TRY(write_witness(s, yj_col_text(st, 19), err));
    yj_present_time(w, "confirmed", yj_col_i64(st, 20));
    yj_jw_ki64(w, "done", yj_col_i64(st, 4));
    write_total(w, yj_col_i64(st, 5));
    write_files(w, yj_col_i64(st, 17), yj_col_i64(st, 18));
    yj_present_time(w, "created", yj_col_i64(st, 6));
    yj_present_time(w, "started", yj_col_i64(st, 7));
    yj_present_time(w, "heard", yj_col_i64(st, 8));
    yj_present_time(w, "ended", yj_col_i64(st, 9));
    yj_jw_ki64(w, "attempts", yj_col_i64(st, 10));
    yj_jw_kbool(w, "cancelling", yj_col_i64(st, 11) != 0 && yj_col_i64(st, 9) == 0);
    write_json(w, "input", yj_col_text(st, 12));
    if (whole)
        write_json(w, "result", yj_col_text(st, 13));
    yj_present_kept_error(w, st, 14);
    yj_jw_end_object(w);
    return YJ_OK;
}

static void shower_open(shower *s, const yj_jobs *q, yj_db *db, const yj_catalog *c, int64_t inst,
                        yj_buf *out)
{
    *s = (shower){ .q = q, .db = db, .c = c, .inst = inst };
    yj_jw_init(&s->w, out);
    yj_buf_init(&s->name, 65536);
}

static yj_status show(shower *s, const char *id, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(s->db, COLUMNS "id = ?2", &st, err));
    yj_bind_i64(st, 1, s->inst);
    yj_bind_cstr(st, 2, id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    return row ? write_job(s, st, true, err) : yj_fail(err, YJ_E_NOT_FOUND, "there is no such job");
}

yj_status yj_job_show(const yj_jobs *q, yj_db *db, const yj_catalog *c, int64_t inst, const char *id,
                      yj_buf *out, yj_error *err)
{
    shower s;
    shower_open(&s, q, db, c, inst, out);
    yj_status status = show(&s, id, err);
    yj_buf_done(&s.name);
    return status == YJ_OK ? yj_buf_status(out, err) : status;
}

static yj_status prepare_list(shower *s, const char *state, const char *before, size_t limit, yj_stmt **ret,
                              yj_error *err)
{
    if (state)
        YJ_TRY(yj_db_prepare(s->db, COLUMNS "id < ?2 AND state = ?4 ORDER BY id DESC LIMIT ?3", ret, err));
    else
        YJ_TRY(yj_db_prepare(s->db, COLUMNS "id < ?2 ORDER BY id DESC LIMIT ?3", ret, err));
    yj_bind_i64(*ret, 1, s->inst);
    yj_bind_cstr(*ret, 2, before ? before : "g"); /* behind all hexadecimal digits */
    yj_bind_i64(*ret, 3, (int64_t)limit + 1);
    if (state)
        yj_bind_cstr(*ret, 4, state);
    return YJ_OK;
}

static yj_status list(shower *s, const char *state, const char *before, size_t limit, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    char last[YJ_UUID_LEN + 1] = "";
    bool more = false;
    YJ_TRY(prepare_list(s, state, before, limit, &st, err));
    yj_jw_object(&s->w);
    yj_jw_key(&s->w, "items");
    yj_jw_array(&s->w);
    for (size_t n = 0;; n++) {
        YJ_TRY(yj_stmt_step(st, &more, err));
        if (!more || n == limit)
            break;
        yj_span id = yj_col_text(st, 0);
        snprintf(last, sizeof last, "%.*s", (int)id.len, id.ptr);
        YJ_TRY(write_job(s, st, false, err));
    }
    yj_jw_end_array(&s->w);
    yj_jw_kstr(&s->w, "next", more ? last : NULL);
    yj_jw_end_object(&s->w);
    return YJ_OK;
}

yj_status yj_job_list(const yj_jobs *q, yj_db *db, const yj_catalog *c, int64_t inst, const char *state,
                      const char *before, size_t limit, yj_buf *out, yj_error *err)
{
    shower s;
    shower_open(&s, q, db, c, inst, out);
    yj_status status = list(&s, state, before, limit, err);
    yj_buf_done(&s.name);
    return status == YJ_OK ? yj_buf_status(out, err) : status;
}

yj_status yj_job_people_read(yj_db *db, int64_t inst, const char *id, yj_job_people *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(
        db, "SELECT work, by, witness FROM job WHERE inst = ?1 AND id = ?2 AND state <> 'receiving'", &st,
        err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such job");
    yj_span work = yj_col_text(st, 0), by = yj_col_text(st, 1), witness = yj_col_text(st, 2);
    snprintf(ret->work, sizeof ret->work, "%.*s", (int)work.len, work.len ? work.ptr : "");
    snprintf(ret->by, sizeof ret->by, "%.*s", (int)by.len, by.len ? by.ptr : "");
    snprintf(ret->witness, sizeof ret->witness, "%.*s", (int)witness.len, witness.len ? witness.ptr : "");
    return YJ_OK;
}
