// SPDX-License-Identifier: Apache-2.0
#include "record/reading.h"

#include "ledger/pack_body.h"
#include "record/exchange_internal.h"
#include "record/oversight_internal.h"
#include "record/read.h"
#include "store/id_key.h"
#include "store/schema.h"
#include <stdlib.h>

#define MARK_BYTES 16
#define SLOTS ((size_t)1 << 17) /* a power of two */
#define ARENA_MAX ((size_t)256 << 20)
#define LATE_NS (5 * YJ_NS_PER_S) /* what was read at the end of a quarter may be set down after it */
#define INSTS_MAX 1000            /* at a time */

/* --- what is set down already ----------------------------------------------------------------- */

/* Two readings are the same if their marks are: a digest of all that tells them apart. */
typedef struct mark {
    uint8_t b[MARK_BYTES];
    int32_t quarter; /* 0: the slot is free */
    uint32_t more;   /* read so often since the table was told */
} mark;

struct yj_reading_marks {
    pthread_mutex_t lock;
    mark *slots; /* NULL until something is read */
    size_t count;
};

yj_reading_marks *yj_reading_marks_new(void)
{
    yj_reading_marks *x = calloc(1, sizeof *x);
    if (x)
        pthread_mutex_init(&x->lock, NULL);
    return x;
}

void yj_reading_marks_free(yj_reading_marks *x)
{
    if (!x)
        return;
    pthread_mutex_destroy(&x->lock);
    free(x->slots);
    free(x);
}

/* The lock is held. The slot that holds it, or the free one where it belongs. */
static mark *slot_of(const yj_reading_marks *x, const uint8_t b[static MARK_BYTES])
{
    size_t at = 0;
    memcpy(&at, b, sizeof at);
    for (at &= SLOTS - 1; x->slots[at].quarter; at = (at + 1) & (SLOTS - 1))
        if (memcmp(x->slots[at].b, b, MARK_BYTES) == 0)
            break;
    return &x->slots[at];
}

/* Is it set down? Then it is counted once more. */
static bool known(yj_reading_marks *x, const uint8_t b[static MARK_BYTES])
{
    pthread_mutex_lock(&x->lock);
    mark *m = x->slots ? slot_of(x, b) : NULL;
    bool found = m && m->quarter;
    if (found)
        m->more++;
    pthread_mutex_unlock(&x->lock);
    return found;
}

/* Without room for it, it is set down again the next time, which does no harm. */
static void remember(yj_reading_marks *x, const uint8_t b[static MARK_BYTES], int32_t quarter)
{
    pthread_mutex_lock(&x->lock);
    if (!x->slots)
        x->slots = calloc(SLOTS, sizeof *x->slots);
    if (x->slots && x->count >= SLOTS / 4 * 3) {
        memset(x->slots, 0, SLOTS * sizeof *x->slots);
        x->count = 0;
    }
    mark *m = x->slots ? slot_of(x, b) : NULL;
    if (m && !m->quarter) {
        memcpy(m->b, b, MARK_BYTES);
        m->quarter = quarter;
        m->more = 0;
        x->count++;
    }
    pthread_mutex_unlock(&x->lock);
}

/* --- setting down ----------------------------------------------------------------------------- */

typedef struct noted {
    const yj_reading *r;
    const char *item;
    uint8_t mark[MARK_BYTES];
} noted;

typedef struct noting {
    int64_t now_ns;
    int32_t quarter;
    noted *items;
    size_t count;
} noting;

static const char *cut(yj_arena *a, const char *item)
{
    size_t len = strlen(item);
    if (len <= YJ_READING_ITEM_MAX)
        return item;
    for (len = YJ_READING_ITEM_MAX; len > 0 && ((unsigned char)item[len] & 0xc0) == 0x80; len--)
        ; /* not within a character */
    return yj_arena_strndup(a, item, len);
}

static void mark_of(const yj_reading *r, int32_t quarter, const char *item, uint8_t ret[static MARK_BYTES])
{
    yj_digest d;
    char text[192 + YJ_READING_ITEM_MAX];
    int len = snprintf(text, sizeof text, "%lld %lld %d %s %s %s", (long long)r->inst, (long long)r->party,
                       (int)quarter, r->person, r->kind, item);
    yj_hash(YJ_HASH_SHA256, text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1, &d);
    memcpy(ret, d.b, MARK_BYTES);
}

static yj_status write_noted(yj_db *db, void *ctx, yj_error *err)
{
    const noting *n = ctx;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "INSERT INTO reading(mark, inst, quarter, party, person, kind, item, times, at) "
                         "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8) ON CONFLICT(mark) DO UPDATE SET times = "
                         "reading.times + 1",
                         &st, err));
    for (size_t i = 0; i < n->count; i++) {
        yj_bind_blob(st, 1, n->items[i].mark, MARK_BYTES);
        const yj_reading *r = n->items[i].r;
        yj_bind_i64(st, 2, r->inst);
        yj_bind_i64(st, 3, n->quarter);
        yj_bind_i64(st, 4, r->party);
        yj_bind_cstr(st, 5, r->person);
        yj_bind_cstr(st, 6, r->kind);
        yj_bind_cstr(st, 7, n->items[i].item);
        yj_bind_i64(st, 8, n->now_ns);
        YJ_TRY(yj_stmt_run(st, NULL, err));
    }
    return YJ_OK;
}

/* Those that are not set down yet. */
static void add_new(yj_engine *e, noting *n, const yj_reading *r, yj_arena *a)
{
    for (size_t i = 0; i < r->count; i++) {
        noted *to = &n->items[n->count];
        to->r = r;
        to->item = cut(a, r->items[i]);
        mark_of(r, n->quarter, to->item, to->mark);
        n->count += !known(e->reading_marks, to->mark);
    }
}

yj_status yj_reading_note(yj_engine *e, const yj_reading *readings, size_t count, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(ARENA_MAX);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    noting n = { .now_ns = yj_engine_now(e) };
    size_t most = 0;
    n.quarter = (int32_t)(n.now_ns / YJ_READING_NS);
    for (size_t i = 0; i < count; i++)
        most += readings[i].count;
    n.items = yj_arena_array(a, most + 1, sizeof *n.items);
    YJ_TRY(yj_arena_status(a, err));
    for (size_t i = 0; i < count; i++)
        add_new(e, &n, &readings[i], a);
    YJ_TRY(yj_arena_status(a, err));
    if (n.count == 0)
        return YJ_OK;
    YJ_TRY(yj_engine_write(e, write_noted, &n, err));
    for (size_t i = 0; i < n.count; i++)
        remember(e->reading_marks, n.items[i].mark, n.quarter);
    return YJ_OK;
}

/* --- how often -------------------------------------------------------------------------------- */

typedef struct again {
    mark *rows;
    size_t count;
} again;

/* What was read again since the table was told. @param quarter the one that runs: marks of others are let go
 */
static void take_again(yj_reading_marks *x, int32_t quarter, yj_arena *a, again *ret)
{
    *ret = (again){ .rows = NULL };
    pthread_mutex_lock(&x->lock);
    size_t old = 0;
    for (size_t i = 0; x->slots && i < SLOTS; i++) {
        old += x->slots[i].quarter && x->slots[i].quarter != quarter;
        ret->count += x->slots[i].more > 0;
    }
    if (ret->count)
        ret->rows = yj_arena_array(a, ret->count, sizeof *ret->rows);
    size_t n = 0;
    for (size_t i = 0; x->slots && ret->rows && i < SLOTS && n < ret->count; i++) {
        if (!x->slots[i].more)
            continue;
        ret->rows[n++] = x->slots[i];
        x->slots[i].more = 0;
    }
    if (old && old == x->count) { /* all are of quarters that are over */
        memset(x->slots, 0, SLOTS * sizeof *x->slots);
        x->count = 0;
    }
    pthread_mutex_unlock(&x->lock);
}

/* They could not be written: they are told the next time. */
static void put_back(yj_reading_marks *x, const again *a)
{
    pthread_mutex_lock(&x->lock);
    for (size_t i = 0; x->slots && i < a->count; i++) {
        mark *m = slot_of(x, a->rows[i].b);
        if (m->quarter) {
            m->more += a->rows[i].more;
        } else if (x->count < SLOTS / 4 * 3) { /* let go of meanwhile */
            *m = a->rows[i];
            x->count++;
        }
    }
    pthread_mutex_unlock(&x->lock);
}

static yj_status write_again(yj_db *db, void *ctx, yj_error *err)
{
    const again *x = ctx;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "UPDATE reading SET times = times + ?2 WHERE mark = ?1", &st, err));
    for (size_t i = 0; i < x->count; i++) {
        yj_bind_blob(st, 1, x->rows[i].b, MARK_BYTES);
        yj_bind_i64(st, 2, x->rows[i].more);
        YJ_TRY(yj_stmt_run(st, NULL, err));
    }
    return YJ_OK;
}

/* --- entering --------------------------------------------------------------------------------- */

/* A row of the table. */
typedef struct set_down {
    int64_t quarter, party, times, at;
    const char *person, *kind, *item;
} set_down;

typedef struct entering {
    int64_t inst;
    int64_t before; /* quarter */
} entering;

static int by_group(const set_down *x, const set_down *y)
{
    if (x->quarter != y->quarter)
        return x->quarter < y->quarter ? -1 : 1;
    if (x->party != y->party)
        return x->party < y->party ? -1 : 1;
    int n = strcmp(x->person, y->person);
    return n ? n : strcmp(x->kind, y->kind);
}

static int in_order(const void *a, const void *b)
{
    const set_down *x = a, *y = b;
    int n = by_group(x, y);
    if (n)
        return n;
    return x->at != y->at ? (x->at < y->at ? -1 : 1) : strcmp(x->item, y->item);
}

/* The rows are gone with the entries that are made of them, or neither. */
static yj_status take_rows(yj_db *db, const entering *x, yj_arena *a, set_down **ret, size_t *ret_count,
                           yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    set_down *rows = NULL;
    size_t n = 0;
    YJ_TRY(yj_db_prepare(db,
                         "DELETE FROM reading WHERE inst = ?1 AND quarter < ?2 RETURNING quarter, party, "
                         "person, kind, item, times, at",
                         &st, err));
    yj_bind_i64(st, 1, x->inst);
    yj_bind_i64(st, 2, x->before);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        yj_span person = yj_col_text(st, 2), kind = yj_col_text(st, 3), item = yj_col_text(st, 4);
        rows = yj_grown(a, rows, n, sizeof *rows);
        rows[n++] = (set_down){ .quarter = yj_col_i64(st, 0),
                                .party = yj_col_i64(st, 1),
                                .person = yj_arena_strndup(a, person.ptr, person.len),
                                .kind = yj_arena_strndup(a, kind.ptr, kind.len),
                                .item = yj_arena_strndup(a, item.ptr, item.len),
                                .times = yj_col_i64(st, 5),
                                .at = yj_col_i64(st, 6) };
        YJ_TRY(yj_arena_status(a, err));
    }
    *ret = rows;
    *ret_count = n;
    return YJ_OK;
}

/* As it stands today: the institution cannot look into that ledger. */
static yj_status write_reader(yj_writer *w, const set_down *x, yj_jw *j, yj_error *err)
{
    const yj_catalog *c = w->e->catalog;
    yj_auto(yj_buf_done) yj_buf name;
    yj_buf_init(&name, 65536);
    if (c->access.person >= 0)
        YJ_TRY(yj_record_name(w->db, c, x->party, &c->kinds[c->access.person], x->person, YJ_LANG_ZH, &name,
                              err));
    YJ_TRY(yj_buf_status(&name, err));
    yj_jw_key(j, "inspector");
    yj_jw_object(j);
    yj_jw_kstr(j, "id", x->person);
    yj_jw_kspan(j, "name", yj_buf_view(&name));
    yj_jw_end_object(j);
    yj_jw_key(j, "regulator");
    return yj_institution_write(w->db, c, x->party, YJ_LANG_ZH, j, err);
}

static void write_time(yj_jw *j, const char *key, int64_t ns)
{
    char time[31];
    yj_time_format(ns, time);
    yj_jw_kstr(j, key, time);
}

/* Members in the order of canonical JSON are made so by parsing it once more. */
static yj_status make_body(yj_writer *w, const set_down *rows, size_t count, yj_buf *out, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf text;
    yj_auto(yj_json_freep) json_t *o = NULL;
    yj_jw j;
    size_t listed = count < YJ_READING_LISTED_MAX ? count : YJ_READING_LISTED_MAX;
    yj_buf_init(&text, YJ_BODY_BYTES_MAX);
    yj_jw_init(&j, &text);
    yj_jw_object(&j);
    yj_jw_ki64(&j, "count", (int64_t)count);
    yj_jw_ki64(&j, "more", (int64_t)(count - listed));
    write_time(&j, "from", rows[0].quarter * YJ_READING_NS);
    write_time(&j, "until", (rows[0].quarter + 1) * YJ_READING_NS);
    YJ_TRY(write_reader(w, &rows[0], &j, err));
    yj_jw_key(&j, "read");
    yj_jw_array(&j);
    for (size_t i = 0; i < listed; i++) {
        yj_jw_object(&j);
        yj_jw_kstr(&j, "id", rows[i].item);
        yj_jw_ki64(&j, "times", rows[i].times);
        yj_jw_end_object(&j);
    }
    yj_jw_end_array(&j);
    yj_jw_end_object(&j);
    YJ_TRY(yj_buf_status(&text, err));
    YJ_TRY(yj_json_parse(yj_buf_view(&text), YJ_BODY_BYTES_MAX, &o, err));
    return yj_json_canonical(o, out, err);
}

static yj_status enter_group(yj_writer *w, int64_t inst, const set_down *rows, size_t count, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf body;
    yj_buf_init(&body, YJ_BODY_BYTES_MAX);
    YJ_TRY(make_body(w, rows, count, &body, err));
    yj_append a = { .by = rows[0].person,
                    .op = "read",
                    .kind = rows[0].kind,
                    .record = "",
                    .now_ns = yj_engine_now(w->e),
                    .body = yj_buf_view(&body) };
    return yj_writer_append(w, inst, &a, NULL, NULL, err);
}

static yj_status run_enter(yj_writer *w, void *ctx, yj_error *err)
{
    const entering *x = ctx;
    yj_slot *slot = NULL;
    set_down *rows = NULL;
    size_t n = 0;
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(ARENA_MAX);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(yj_writer_slot(w, x->inst, &slot, err)); /* its lock: another server may do the same */
    YJ_TRY(take_rows(w->db, x, a, &rows, &n, err));
    if (n)
        qsort(rows, n, sizeof *rows, in_order);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && by_group(&rows[i], &rows[end]) == 0; end++)
            ;
        YJ_TRY(enter_group(w, x->inst, &rows[i], end - i, err));
    }
    return YJ_OK;
}

static yj_status find_insts(yj_engine *e, int64_t before, int64_t *insts, size_t *ret, yj_error *err)
{
    yj_db *db = NULL;
    yj_stmt *st = NULL;
    *ret = 0;
    YJ_TRY(yj_reader_take(e, &db, err));
    yj_status s = yj_db_prepare(
        db, "SELECT DISTINCT inst FROM reading WHERE quarter < ?1 ORDER BY inst LIMIT ?2", &st, err);
    if (s == YJ_OK) {
        yj_bind_i64(st, 1, before);
        yj_bind_i64(st, 2, INSTS_MAX);
    }
    for (bool row = true; s == YJ_OK && row;) {
        s = yj_stmt_step(st, &row, err);
        if (s == YJ_OK && row)
            insts[(*ret)++] = yj_col_i64(st, 0);
    }
    yj_stmt_done(st);
    yj_reader_give(e, db);
    return s;
}

yj_status yj_readings_enter(yj_engine *e, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(ARENA_MAX);
    int64_t *insts = a ? yj_arena_array(a, INSTS_MAX, sizeof *insts) : NULL;
    if (!a || yj_arena_status(a, NULL) != YJ_OK)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    again x;
    int64_t now = yj_engine_now(e), before = (now - LATE_NS) / YJ_READING_NS;
    take_again(e->reading_marks, (int32_t)(now / YJ_READING_NS), a, &x);
    YJ_TRY(yj_arena_status(a, err));
    yj_status s = x.count ? yj_engine_write(e, write_again, &x, err) : YJ_OK;
    if (s != YJ_OK) {
        put_back(e->reading_marks, &x);
        return s;
    }
    size_t n = 0;
    YJ_TRY(find_insts(e, before, insts, &n, err));
    for (size_t i = 0; i < n; i++) { /* one that cannot be entered does not hold up the others */
        yj_error why = { 0 };
        entering one = { insts[i], before };
        if (yj_writer_run_brief(e, run_enter, &one, &why) == YJ_OK || s != YJ_OK)
            continue;
        s = why.code;
        if (err)
            *err = why;
    }
    return s;
}

/* --- telling ---------------------------------------------------------------------------------- */

typedef struct telling {
    yj_db *db;
    const yj_catalog *c;
    int64_t inst;
    yj_lang lang;
    yj_jw w;
} telling;

static yj_status write_name(telling *t, const yj_kind *k, const char *id, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf name;
    yj_buf_init(&name, 65536);
    if (k && yj_uuid_valid(yj_span_of(id)))
        YJ_TRY(yj_record_name(t->db, t->c, k->installation ? YJ_INST_INSTALLATION : t->inst, k, id, t->lang,
                              &name, err));
    YJ_TRY(yj_buf_status(&name, err));
    yj_jw_key(&t->w, "name");
    if (name.len)
        yj_jw_span(&t->w, yj_buf_view(&name));
    else
        yj_jw_null(&t->w);
    return YJ_OK;
}

static yj_status write_read(telling *t, const yj_kind *k, const json_t *list, yj_error *err)
{
    yj_jw_key(&t->w, "read");
    yj_jw_array(&t->w);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *x = json_array_get(list, i);
        const char *id = json_string_value(json_object_get(x, "id"));
        yj_jw_object(&t->w);
        yj_jw_kstr(&t->w, "id", id ? id : "");
        YJ_TRY(write_name(t, k, id ? id : "", err));
        yj_jw_ki64(&t->w, "times", json_integer_value(json_object_get(x, "times")));
        yj_jw_end_object(&t->w);
    }
    yj_jw_end_array(&t->w);
    return YJ_OK;
}

static void write_member(telling *t, const json_t *body, const char *key)
{
    const json_t *v = json_object_get(body, key);
    yj_jw_key(&t->w, key);
    if (v)
        yj_jw_json(&t->w, v);
    else
        yj_jw_null(&t->w);
}

/* seq, kind, body, packed */
static yj_status write_reading(telling *t, yj_stmt *st, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *body = NULL;
    static const char *const members[] = { "from", "until", "inspector", "regulator", "count", "more" };
    YJ_TRY(yj_col_body_json(st, 2, 3, &body, err));
    yj_jw_object(&t->w);
    yj_jw_ki64(&t->w, "seq", yj_col_i64(st, 0));
    yj_jw_kspan(&t->w, "kind", yj_col_text(st, 1));
    for (size_t i = 0; i < YJ_COUNT(members); i++)
        write_member(t, body, members[i]);
    YJ_TRY(write_read(t, yj_catalog_kind(t->c, yj_col_text(st, 1)), json_object_get(body, "read"), err));
    yj_jw_end_object(&t->w);
    return YJ_OK;
}

static yj_status range_of(yj_db *db, int64_t inst, const yj_readings_query *q, int64_t *ret_low,
                          int64_t *ret_high, yj_error *err)
{
    uint64_t n = 0;
    yj_date eve;
    *ret_low = 0;
    *ret_high = q->before >= 0 ? q->before : INT64_MAX;
    if (q->until) {
        YJ_TRY(yj_ledger_size_at(db, inst, yj_zone_end_of_day(q->zone, q->until), &n, err));
        *ret_high = (int64_t)n < *ret_high ? (int64_t)n : *ret_high;
    }
    if (q->from && yj_date_add_days(q->from, -1, &eve)) {
        YJ_TRY(yj_ledger_size_at(db, inst, yj_zone_end_of_day(q->zone, eve.s), &n, err));
        *ret_low = (int64_t)n;
    }
    return YJ_OK;
}

#define SELECT                                                                                               \
    "SELECT e.seq, e.kind, b.body, b.packed FROM entry e JOIN body b ON b.inst = e.inst AND b.seq = e.seq "  \
    "WHERE e.inst = ?1 AND " YJ_SQL_OP("e.op", "read") " AND e.seq >= ?2 AND e.seq < ?3"
#define ORDER " ORDER BY e.seq DESC LIMIT ?4"

static yj_status select_readings(telling *t, const yj_readings_query *q, size_t limit, yj_id_key *by,
                                 yj_stmt **ret, yj_error *err)
{
    int64_t low = 0, high = 0;
    if (q->inspector && !yj_uuid_valid(yj_span_of(q->inspector))) {
        yj_fail(err, YJ_E_INVALID, "parameter %s must be the id of a record", "inspector");
        return yj_error_at(err, "inspector");
    }
    YJ_TRY(range_of(t->db, t->inst, q, &low, &high, err));
    if (q->inspector)
        YJ_TRY(yj_db_prepare(t->db, SELECT " AND e.by = ?5" ORDER, ret, err));
    else
        YJ_TRY(yj_db_prepare(t->db, SELECT ORDER, ret, err));
    yj_bind_i64(*ret, 1, t->inst);
    yj_bind_i64(*ret, 2, low);
    yj_bind_i64(*ret, 3, high);
    yj_bind_i64(*ret, 4, (int64_t)limit + 1);
    if (q->inspector) {
        yj_id_key_of(yj_span_of(q->inspector), by);
        yj_bind_id_key(*ret, 5, by);
    }
    return YJ_OK;
}

yj_status yj_readings_list(yj_db *db, const yj_catalog *c, int64_t inst, const yj_readings_query *q,
                           yj_buf *out, yj_error *err)
{
    telling t = { .db = db, .c = c, .inst = inst, .lang = q->lang };
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_id_key by;
    size_t limit = q->limit < 1 ? 1 : q->limit > YJ_READINGS_LIMIT_MAX ? YJ_READINGS_LIMIT_MAX : q->limit;
    int64_t last = -1;
    bool row = false;
    YJ_TRY(select_readings(&t, q, limit, &by, &st, err));
    yj_jw_init(&t.w, out);
    yj_jw_object(&t.w);
    yj_jw_key(&t.w, "items");
    yj_jw_array(&t.w);
    for (size_t n = 0;; n++) {
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row || n == limit)
            break;
        YJ_TRY(write_reading(&t, st, err));
        last = yj_col_i64(st, 0);
    }
    yj_jw_end_array(&t.w);
    yj_jw_key(&t.w, "next");
    if (row)
        yj_jw_i64(&t.w, last);
    else
        yj_jw_null(&t.w);
    yj_jw_end_object(&t.w);
    return yj_buf_status(out, err);
}
