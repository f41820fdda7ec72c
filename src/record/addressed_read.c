// SPDX-License-Identifier: Apache-2.0
/* What a party reads of its clients' records: one, a list in pages. Every row is held against the tie once
 * more: a row that was left over would show nothing. */
#include "record/addressed.h"
#include "record/asking.h"

#include "record/exchange.h"
#include "record/exchange_internal.h"
#include "record/internal.h"
#include "record/read.h"

#define LIMIT_MAX 200
#define STR_(x) #x
#define STR(x) STR_(x)
#define NO_DAY STR(YJ_PLACE_NO_DAY)
#define SETTLED STR(YJ_PLACE_SETTLED)
#define TOLD STR(YJ_PLACE_TOLD)

#define COLUMNS "SELECT a.inst, a.record, a.kind, a.seq, a.time, a.place, y.declined"
#define TIED                                                                                                 \
    " FROM addressed a JOIN party_link l ON l.inst = a.inst AND l.record = a.target AND l.party = a.party"
#define REPLY " JOIN reply y ON y.party = a.party AND y.record = a.record AND y.link = l.link"
/* There is no answer, or it was declined. */
#define OURS "coalesce(y.declined, 1) = 1"

/* --- one record ------------------------------------------------------------------------------- */

typedef struct showing {
    yj_db *db;
    const yj_catalog *c;
    yj_lang lang;
    const yj_date *today;
    yj_jw w;
} showing;

static yj_status write_ref(showing *x, int64_t inst, const yj_field *f, const json_t *v, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf name;
    yj_buf_init(&name, 65536);
    if (json_string_value(v))
        YJ_TRY(yj_record_name(x->db, x->c, inst, &x->c->kinds[f->ref_kind], json_string_value(v), x->lang,
                              &name, err));
    YJ_TRY(yj_buf_status(&name, err));
    yj_jw_object(&x->w);
    yj_jw_kspan(&x->w, "name", yj_buf_view(&name));
    yj_jw_end_object(&x->w);
    return YJ_OK;
}

static yj_status write_value(showing *x, int64_t inst, const yj_field *f, const json_t *v, yj_error *err)
{
    if (f->type != YJ_T_REF) {
        yj_jw_json(&x->w, v);
        return YJ_OK;
    }
    if (!f->list)
        return write_ref(x, inst, f, v, err);
    yj_jw_array(&x->w);
    for (size_t i = 0; i < json_array_size(v); i++)
        YJ_TRY(write_ref(x, inst, f, json_array_get(v, i), err));
    yj_jw_end_array(&x->w);
    return YJ_OK;
}

static bool is_open(int64_t place, bool waits)
{
    return place <= YJ_PLACE_NO_DAY && !waits;
}

/* @param row of COLUMNS */
static void write_stand(showing *x, yj_stmt *row)
{
    int64_t place = yj_col_i64(row, 5);
    bool answered = !yj_col_null(row, 6), waits = answered && yj_col_i64(row, 6) == 0;
    const char *stand = waits                       ? "waiting"
                        : place > YJ_PLACE_SETTLED  ? "told"
                        : place == YJ_PLACE_SETTLED ? "settled"
                        : answered                  ? "again"
                                                    : "todo";
    yj_jw_kstr(&x->w, "stand", stand);
    yj_jw_kbool(&x->w, "overdue", is_open(place, waits) && place < yj_place_of(x->today->s));
}

static void write_due(showing *x, const yj_kind *k, const yj_addressing *a, const json_t *fields)
{
    const char *day = NULL;
    const yj_awaited *due = k ? yj_awaited_first(k, a, fields, &day) : NULL;
    yj_jw_key(&x->w, "due");
    if (!due) {
        yj_jw_null(&x->w);
        return;
    }
    yj_jw_object(&x->w);
    yj_jw_kstr(&x->w, "on", day);
    yj_jw_kstr(&x->w, "awaits", k->fields[due->came].name);
    yj_jw_ki64(&x->w, "days", yj_date_to_days(day) - yj_date_to_days(x->today->s));
    yj_jw_end_object(&x->w);
}

/* @param row of COLUMNS */
static yj_status write_record(showing *x, yj_stmt *row, yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(x->c, yj_col_text(row, 2));
    int64_t inst = yj_col_i64(row, 0);
    yj_auto(yj_json_freep) json_t *body = NULL;
    YJ_TRY(yj_body_read_json(x->db, inst, (uint64_t)yj_col_i64(row, 3), &body, err));
    const json_t *fields = json_object_get(body, "fields");
    char time[31];
    yj_time_format(yj_col_i64(row, 4), time);
    yj_jw_object(&x->w);
    yj_jw_key(&x->w, "client");
    YJ_TRY(yj_institution_write(x->db, x->c, inst, x->lang, &x->w, err));
    yj_jw_kspan(&x->w, "kind", yj_col_text(row, 2));
    yj_jw_kspan(&x->w, "id", yj_col_text(row, 1));
    yj_jw_kstr(&x->w, "state", json_string_value(json_object_get(body, "state")));
    yj_jw_ki64(&x->w, "version", json_integer_value(json_object_get(body, "version")));
    yj_jw_kstr(&x->w, "time", time);
    const yj_addressing *a = k ? &x->c->exchange.addresses[k->index] : NULL;
    write_stand(x, row);
    write_due(x, k, a, fields);
    yj_jw_key(&x->w, "fields");
    yj_jw_object(&x->w);
    for (size_t i = 0; a && i < a->field_count; i++) {
        const yj_field *f = &k->fields[a->fields[i]];
        const json_t *v = json_object_get(fields, f->name);
        if (!v)
            continue;
        yj_jw_key(&x->w, f->name);
        YJ_TRY(write_value(x, inst, f, v, err));
    }
    yj_jw_end_object(&x->w);
    yj_jw_end_object(&x->w);
    return YJ_OK;
}

/* One row of COLUMNS. */
static yj_status find(yj_db *db, int64_t party, const char *client, const char *id, yj_stmt **ret,
                      yj_error *err)
{
    int64_t inst = -1;
    bool row = false;
    YJ_TRY(yj_institution_number(db, client, &inst, err));
    YJ_TRY(yj_db_prepare(
        db, COLUMNS TIED " LEFT" REPLY " WHERE a.party = ?1 AND a.inst = ?2 AND a.record = ?3 LIMIT 1", ret,
        err));
    yj_bind_i64(*ret, 1, party);
    yj_bind_i64(*ret, 2, inst);
    yj_bind_cstr(*ret, 3, id);
    YJ_TRY(yj_stmt_step(*ret, &row, err));
    return row ? YJ_OK
               : yj_fail(err, YJ_E_NOT_FOUND, "there is no such record, or it is not addressed to you");
}

yj_status yj_addressed_state(yj_db *db, const yj_catalog *c, int64_t party, const char *client,
                             const char *id, const yj_kind **ret_kind, int *ret_state, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_auto(yj_json_freep) json_t *body = NULL;
    YJ_TRY(find(db, party, client, id, &st, err));
    const yj_kind *k = yj_catalog_kind(c, yj_col_text(st, 2));
    YJ_TRY(yj_body_read_json(db, yj_col_i64(st, 0), (uint64_t)yj_col_i64(st, 3), &body, err));
    const char *state = json_string_value(json_object_get(body, "state"));
    if (!k)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such record, or it is not addressed to you");
    *ret_kind = k;
    *ret_state = yj_kind_state(k, yj_span_of(state ? state : ""));
    return YJ_OK;
}

yj_status yj_addressed_get(yj_db *db, const yj_catalog *c, int64_t party, const char *client, const char *id,
                           const yj_date *today, yj_lang lang, yj_buf *out, yj_error *err)
{
    showing x = { .db = db, .c = c, .lang = lang, .today = today };
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(find(db, party, client, id, &st, err));
    yj_jw_init(&x.w, out);
    YJ_TRY(write_record(&x, st, err));
    return yj_buf_status(out, err);
}

/* --- what is asked for ------------------------------------------------------------------------ */

/* What every stand asks of the place, and of the answer. */
static const struct {
    const char *name, *sql;
    bool replied; /* only what there is an answer about */
    bool dated;   /* ?2 is today */
} stands[] = {
    { "open", " AND a.place <= " NO_DAY " AND " OURS, false, false },
    { "overdue", " AND a.place < ?2 AND " OURS, false, true },
    { "todo", " AND a.place <= " NO_DAY " AND y.declined IS NULL", false, false },
    { "again", " AND a.place <= " NO_DAY " AND y.declined = 1", true, false },
    { "waiting", " AND y.declined = 0", true, false },
    { "settled", " AND a.place = " SETTLED " AND " OURS, false, false },
    { "told", " AND a.place = " TOLD " AND " OURS, false, false },
};

static yj_status stand_of(const char *name, int *ret, yj_error *err)
{
    *ret = -1;
    for (size_t i = 0; name && i < YJ_COUNT(stands); i++)
        if (strcmp(stands[i].name, name) == 0)
            *ret = (int)i;
    if (!name || *ret >= 0)
        return YJ_OK;
    yj_fail(err, YJ_E_INVALID, "nothing that is addressed stands so: %.64s", name);
    return yj_error_at(err, "stand");
}

/* The place of the last item of a page. */
typedef struct cursor {
    int64_t place, time;
    char record[YJ_UUID_LEN + 1];
} cursor;

/* FROM and WHERE of a list. ?1 is the party. */
static yj_status add_asked(yj_asking *x, const yj_addressed_query *q, int64_t party, int64_t inst, int stand,
                           yj_error *err)
{
    bool replied = stand >= 0 && stands[stand].replied;
    (void)yj_ask_number(x, party);
    if (stand >= 0 && stands[stand].dated)
        (void)yj_ask_number(x, yj_place_of(q->today.s));
    yj_buf_fmt(&x->sql, COLUMNS TIED "%s" REPLY " WHERE a.party = ?1%s", replied ? "" : " LEFT",
               stand < 0 ? "" : stands[stand].sql);
    if (q->client)
        yj_buf_fmt(&x->sql, " AND a.inst = ?%d", yj_ask_number(x, inst));
    if (q->kind)
        yj_buf_fmt(&x->sql, " AND a.kind = ?%d", yj_ask_text(x, q->kind));
    return yj_ask_words(x, "a", q->text, err);
}

/* --- a page of many --------------------------------------------------------------------------- */

/* "TIME RECORD" or, sorted by what is due, "PLACE TIME RECORD", in base64. */
static void make_cursor(const cursor *at, bool by_due, yj_buf *out)
{
    char raw[120];
    int n = by_due ? snprintf(raw, sizeof raw, "%lld %lld %s", (long long)at->place, (long long)at->time,
                              at->record)
                   : snprintf(raw, sizeof raw, "%lld %s", (long long)at->time, at->record);
    yj_buf_base64(out, raw, (size_t)n);
}

static bool take_number(yj_span *rest, int64_t *ret)
{
    const char *blank = memchr(rest->ptr, ' ', rest->len);
    yj_span digits = { rest->ptr, blank ? (size_t)(blank - rest->ptr) : 0 };
    if (!blank || !yj_span_i64(digits, ret))
        return false;
    *rest = (yj_span){ blank + 1, rest->len - digits.len - 1 };
    return true;
}

static yj_status read_cursor(const char *text, bool by_due, cursor *ret, yj_error *err)
{
    uint8_t raw[121];
    size_t len = 0;
    *ret = (cursor){ .place = INT64_MIN, .time = INT64_MAX, .record = "~" }; /* after every id */
    if (!text || !text[0])
        return YJ_OK;
    if (yj_base64_decode(yj_span_of(text), raw, sizeof raw - 1, &len)) {
        yj_span rest = { (const char *)raw, len };
        if ((!by_due || take_number(&rest, &ret->place)) && take_number(&rest, &ret->time) &&
            rest.len == YJ_UUID_LEN && yj_uuid_valid(rest)) {
            memcpy(ret->record, rest.ptr, YJ_UUID_LEN);
            ret->record[YJ_UUID_LEN] = '\0';
            return YJ_OK;
        }
    }
    yj_fail(err, YJ_E_INVALID, "that cursor is not one of this list");
    return yj_error_at(err, "after");
}

typedef struct page {
    showing x;
    const yj_addressed_query *q;
    int64_t party, inst;
    int stand;
    size_t limit, n;
    cursor last;
    bool more;
} page;

static yj_status write_rows(page *p, const yj_asking *x, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_ask_prepare(p->x.db, x, &st, err));
    for (;; p->n++) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        p->more = row && p->n == p->limit;
        if (!row || p->more)
            return YJ_OK;
        YJ_TRY(write_record(&p->x, st, err));
        p->last.time = yj_col_i64(st, 4);
        p->last.place = yj_col_i64(st, 5);
        yj_span id = yj_col_text(st, 1);
        snprintf(p->last.record, sizeof p->last.record, "%.*s", (int)id.len, id.ptr);
    }
}

/* One client's records are few: they are found by the client and sorted. "+ 0" keeps the planner from walking
 * through everybody's in order instead until enough of them have come. */

/* What changed last first, behind the cursor. */
static yj_status write_newest(page *p, yj_error *err)
{
    yj_auto(yj_asking_done) yj_asking x;
    yj_asking_init(&x);
    cursor at = p->last;
    YJ_TRY(add_asked(&x, p->q, p->party, p->inst, p->stand, err));
    int time = yj_ask_number(&x, at.time), record = yj_ask_text(&x, at.record);
    const char *by_time = p->q->client ? "(a.time + 0)" : "a.time";
    yj_buf_fmt(&x.sql, " AND (%s, a.record) < (?%d, ?%d) ORDER BY %s DESC, a.record DESC LIMIT ?%d", by_time,
               time, record, by_time, yj_ask_number(&x, (int64_t)p->limit + 1));
    return write_rows(p, &x, err);
}

/* The rest of those with the cursor's place, what changed last first; or those behind that place. One after
 * the other, each is a range of an index. */
static yj_status write_due_part(page *p, const cursor *at, bool same, yj_error *err)
{
    yj_auto(yj_asking_done) yj_asking x;
    yj_asking_init(&x);
    YJ_TRY(add_asked(&x, p->q, p->party, p->inst, p->stand, err));
    int place = yj_ask_number(&x, at->place);
    const char *by_place = p->q->client ? "(a.place + 0)" : "a.place";
    if (same) {
        int time = yj_ask_number(&x, at->time), record = yj_ask_text(&x, at->record);
        yj_buf_fmt(&x.sql, " AND %s = ?%d AND (a.time, a.record) < (?%d, ?%d)", by_place, place, time,
                   record);
    } else {
        yj_buf_fmt(&x.sql, " AND %s > ?%d", by_place, place);
    }
    yj_buf_fmt(&x.sql, " ORDER BY %s, a.time DESC, a.record DESC LIMIT ?%d", by_place,
               yj_ask_number(&x, (int64_t)(p->limit - p->n) + 1));
    return write_rows(p, &x, err);
}

static yj_status write_due_first(page *p, yj_error *err)
{
    const cursor at = p->last;
    if (at.place != INT64_MIN)
        YJ_TRY(write_due_part(p, &at, true, err));
    return p->more ? YJ_OK : write_due_part(p, &at, false, err);
}

yj_status yj_addressed_list(yj_db *db, const yj_catalog *c, int64_t party, const yj_addressed_query *q,
                            yj_buf *out, yj_error *err)
{
    page p = { .x = { .db = db, .c = c, .lang = q->lang, .today = &q->today },
               .q = q,
               .party = party,
               .inst = -1,
               .limit = q->limit < 1           ? 1
                        : q->limit > LIMIT_MAX ? LIMIT_MAX
                                               : q->limit };
    YJ_TRY(read_cursor(q->after, q->by_due, &p.last, err));
    YJ_TRY(yj_addressed_kind(c, q->kind, err));
    YJ_TRY(stand_of(q->stand, &p.stand, err));
    if (q->client)
        YJ_TRY(yj_institution_number(db, q->client, &p.inst, err));
    yj_jw_init(&p.x.w, out);
    yj_jw_object(&p.x.w);
    yj_jw_key(&p.x.w, "items");
    yj_jw_array(&p.x.w);
    YJ_TRY(q->by_due ? write_due_first(&p, err) : write_newest(&p, err));
    yj_jw_end_array(&p.x.w);
    yj_auto(yj_buf_done) yj_buf next;
    yj_buf_init(&next, 4096);
    if (p.more)
        make_cursor(&p.last, q->by_due, &next);
    yj_jw_key(&p.x.w, "next");
    if (p.more)
        yj_jw_span(&p.x.w, yj_buf_view(&next));
    else
        yj_jw_null(&p.x.w);
    yj_jw_end_object(&p.x.w);
    return yj_buf_status(out, err);
}
