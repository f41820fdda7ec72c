// SPDX-License-Identifier: Apache-2.0
/*
 * How many of what is addressed to a party stand where. Nothing here reads more than the limit of any range
 * of an index, so the count takes no longer the more clients there are: each stand is such a range of places,
 * in which answers that wait are left out, and these come from the party's own replies.
 *
 * A number names nobody, so rows are not held against their ties as they are where they are shown; they come
 * and go in one transaction with them.
 */
#include "record/addressed.h"
#include "record/asking.h"

#include "record/exchange.h"
#include "record/exchange_internal.h"
#include "record/internal.h"

/* In which order makes no difference; one that the index has keeps the planner to it. */
#define UP_TO(n) " ORDER BY a.place LIMIT ?" #n

/* At least n; n alone, if there is no more. */
typedef struct figure {
    int64_t n;
    bool more;
} figure;

typedef struct counting {
    yj_db *db;
    const yj_catalog *c;
    const yj_addressed_query *q;
    int64_t party;
    int64_t inst;  /* of the client asked for */
    int64_t limit; /* of what a stand is told to have */
    int64_t seen;  /* rows of all ranges */
    yj_jw w;
} counting;

static void add(figure *f, figure more)
{
    f->n += more.n;
    f->more = f->more || more.more;
}

/* What is asked for, of row a; the client and the kind where they are wanted. */
static void add_filter(const counting *x, yj_asking *a, bool client, bool kind)
{
    if (client && x->q->client)
        yj_buf_fmt(&a->sql, " AND a.inst = ?%d", yj_ask_number(a, x->inst));
    if (kind && x->q->kind)
        yj_buf_fmt(&a->sql, " AND a.kind = ?%d", yj_ask_text(a, x->q->kind));
}

/* Words are read where they are asked for: they are in no index. */
static const char *words(const counting *x)
{
    return x->q->text && x->q->text[0] ? ", a.words" : "";
}

/* --- answers that were not taken -------------------------------------------------------------- */

enum { OVERDUE, LATER, SETTLED, TOLD, RANGES };

/* By the range that their records are in. */
typedef struct replies {
    int64_t n[RANGES];
    bool more;
} replies;

/* Those that wait, or those that were declined. */
static yj_status read_replies(const counting *x, bool declined, replies *ret, yj_error *err)
{
    yj_auto(yj_asking_done) yj_asking a;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    yj_asking_init(&a);
    (void)yj_ask_number(&a, x->party);
    (void)yj_ask_number(&a, declined);
    (void)yj_ask_number(&a, x->limit + 1);
    (void)yj_ask_number(&a, yj_place_of(x->q->today.s));
#define REPLIES "FROM reply y WHERE y.party = ?1 AND y.declined = ?2 ORDER BY y.record LIMIT ?3"
    yj_buf_fmt(
        &a.sql,
        "SELECT count(CASE WHEN a.place < ?4 THEN 1 END), count(CASE WHEN a.place >= ?4 AND a.place <= "
        "%d THEN 1 END), count(CASE WHEN a.place = %d THEN 1 END), count(CASE WHEN a.place = %d THEN 1 "
        "END), (SELECT count(*) FROM (SELECT 1 " REPLIES ") z) FROM (SELECT y.record, y.link " REPLIES
        ") y JOIN addressed a ON a.party = ?1 AND a.record = y.record JOIN party_link l ON l.inst = "
        "a.inst AND l.record = a.target AND l.party = a.party AND l.link = y.link WHERE 1 = 1",
        YJ_PLACE_NO_DAY, YJ_PLACE_SETTLED, YJ_PLACE_TOLD);
#undef REPLIES
    add_filter(x, &a, true, true);
    YJ_TRY(yj_ask_words(&a, "a", x->q->text, err));
    YJ_TRY(yj_ask_prepare(x->db, &a, &st, err));
    YJ_TRY(yj_stmt_step(st, &row, err));
    for (int i = 0; i < RANGES; i++)
        ret->n[i] = yj_col_i64(st, i);
    ret->more = yj_col_i64(st, RANGES) > x->limit;
    return YJ_OK;
}

/* --- stands ----------------------------------------------------------------------------------- */

enum { PARTY = 1, FROM, UNTIL, LIMIT }; /* as they are bound */

typedef struct ranges {
    counting *x;
    replies waiting, declined;
    bool probe; /* they are too many to be taken off: each row is asked for its own */
    yj_stmt *st;
} ranges;

/* Rows of a range; those that fit and have no answer that waits; those that fit and have none at all. */
static yj_status prepare_range(ranges *r, yj_asking *a, yj_error *err)
{
    const counting *x = r->x;
    (void)yj_ask_number(a, x->party);
    (void)yj_ask_number(a, 0);
    (void)yj_ask_number(a, 0);
    (void)yj_ask_number(a, 0);
    yj_buf_str(&a->sql,
               "SELECT count(*), count(CASE WHEN x.fits = 1 AND coalesce(x.declined, 1) = 1 THEN 1 END), "
               "count(CASE WHEN x.fits = 1 AND x.declined IS NULL THEN 1 END) FROM (SELECT CASE WHEN 1 = 1");
    YJ_TRY(yj_ask_words(a, "a", x->q->text, err));
    yj_buf_fmt(&a->sql,
               " THEN 1 ELSE 0 END AS fits, %s AS declined FROM (SELECT a.inst, a.record, a.target%s FROM "
               "addressed a WHERE a.party = ?1 AND a.place >= ?2 AND a.place <= ?3",
               r->probe
                   ? "(SELECT y.declined FROM reply y JOIN party_link l ON l.inst = a.inst AND l.record = "
                     "a.target AND l.party = y.party AND l.link = y.link WHERE y.party = ?1 AND y.record = "
                     "a.record)"
                   : "CAST(NULL AS INTEGER)",
               words(x));
    add_filter(x, a, true, true);
    yj_buf_str(&a->sql, UP_TO(4) ") a) x");
    return yj_ask_prepare(x->db, a, &r->st, err);
}

static int64_t without(int64_t n, int64_t off)
{
    return n > off ? n - off : 0;
}

/* @param most figures are exact up to it; ret_ours without an answer that waits; ret_fresh without any */
static yj_status read_range(ranges *r, int range, int64_t most, figure *ret_ours, figure *ret_fresh,
                            yj_error *err)
{
    const int64_t today = yj_place_of(r->x->q->today.s);
    const int64_t bounds[RANGES][2] = { [OVERDUE] = { -1, today - 1 },
                                        [LATER] = { today, YJ_PLACE_NO_DAY },
                                        [SETTLED] = { YJ_PLACE_SETTLED, YJ_PLACE_SETTLED },
                                        [TOLD] = { YJ_PLACE_TOLD, YJ_PLACE_TOLD } };
    const int64_t waiting = r->probe ? 0 : r->waiting.n[range];
    const int64_t declined = r->probe ? 0 : r->declined.n[range];
    bool row = false;
    yj_stmt_reset(r->st);
    yj_bind_i64(r->st, FROM, bounds[range][0]);
    yj_bind_i64(r->st, UNTIL, bounds[range][1]);
    yj_bind_i64(r->st, LIMIT, most + waiting + 1);
    YJ_TRY(yj_stmt_step(r->st, &row, err));
    const int64_t seen = yj_col_i64(r->st, 0);
    const bool more = seen > most + waiting;
    *ret_ours = (figure){ without(yj_col_i64(r->st, 1), waiting), more };
    *ret_fresh = (figure){ without(yj_col_i64(r->st, 2), waiting + declined), more };
    r->x->seen += seen;
    return YJ_OK;
}

static void write_figure(counting *x, const char *name, figure f)
{
    yj_jw_key(&x->w, name);
    yj_jw_object(&x->w);
    yj_jw_ki64(&x->w, "n", f.n > x->limit ? x->limit : f.n);
    yj_jw_kbool(&x->w, "more", f.more || f.n > x->limit);
    yj_jw_end_object(&x->w);
}

static void ranges_done(ranges *r)
{
    yj_stmt_donep(&r->st);
}

static yj_status write_stands(counting *x, yj_error *err)
{
    yj_auto(ranges_done) ranges r = { .x = x };
    YJ_TRY(read_replies(x, false, &r.waiting, err));
    YJ_TRY(read_replies(x, true, &r.declined, err));
    r.probe = r.waiting.more || r.declined.more;
    yj_auto(yj_asking_done) yj_asking a;
    yj_asking_init(&a);
    YJ_TRY(prepare_range(&r, &a, err));
    figure overdue, todo, later = { 0 }, fresh = { 0 }, settled, told, none;
    YJ_TRY(read_range(&r, OVERDUE, x->limit, &overdue, &todo, err));
    figure open = overdue;
    if (!overdue.more) { /* what is overdue is among what is open */
        YJ_TRY(read_range(&r, LATER, x->limit - overdue.n, &later, &fresh, err));
        add(&open, later);
        add(&todo, fresh);
    }
    YJ_TRY(read_range(&r, SETTLED, x->limit, &settled, &none, err));
    YJ_TRY(read_range(&r, TOLD, x->limit, &told, &none, err));
    const figure again = { r.declined.n[OVERDUE] + r.declined.n[LATER], r.declined.more };
    figure waiting = { 0, r.waiting.more };
    for (int i = 0; i < RANGES; i++)
        waiting.n += r.waiting.n[i];
    figure total = open;
    add(&total, waiting);
    add(&total, settled);
    add(&total, told);
    yj_jw_key(&x->w, "stands");
    yj_jw_object(&x->w);
    write_figure(x, "open", open);
    write_figure(x, "overdue", overdue);
    write_figure(x, "todo", todo);
    write_figure(x, "again", again);
    write_figure(x, "waiting", waiting);
    write_figure(x, "settled", settled);
    write_figure(x, "told", told);
    yj_jw_end_object(&x->w);
    write_figure(x, "total", total);
    return YJ_OK;
}

/* --- parts ------------------------------------------------------------------------------------ */

/* Are they more than the limit, whatever the client (`clients`) or the kind? What the stands are of is among
 * them. */
static yj_status are_many(const counting *x, bool clients, bool *ret, yj_error *err)
{
    yj_auto(yj_asking_done) yj_asking a;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    *ret = x->seen > x->limit;
    yj_asking_init(&a);
    if (*ret)
        return YJ_OK;
    (void)yj_ask_number(&a, x->party);
    (void)yj_ask_number(&a, x->limit + 1);
    yj_buf_str(&a.sql, "SELECT count(*) FROM (SELECT 1 FROM addressed a WHERE a.party = ?1");
    add_filter(x, &a, !clients, clients);
    yj_buf_str(&a.sql, UP_TO(2) ") a");
    YJ_TRY(yj_ask_prepare(x->db, &a, &st, err));
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = yj_col_i64(st, 0) > x->limit;
    return YJ_OK;
}

static yj_status write_clients(counting *x, yj_error *err)
{
    yj_auto(yj_asking_done) yj_asking a;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false, many = false;
    yj_asking_init(&a);
    YJ_TRY(are_many(x, true, &many, err));
    yj_jw_key(&x->w, "clients");
    if (many) {
        yj_jw_null(&x->w);
        return YJ_OK;
    }
    (void)yj_ask_number(&a, x->party);
    (void)yj_ask_number(&a, x->limit);
    yj_buf_fmt(&a.sql,
               "SELECT g.institution, c.n FROM (SELECT a.inst, count(*) AS n FROM (SELECT a.inst%s FROM "
               "addressed a WHERE a.party = ?1",
               words(x));
    add_filter(x, &a, false, true);
    yj_buf_str(&a.sql, UP_TO(2) ") a WHERE 1 = 1");
    YJ_TRY(yj_ask_words(&a, "a", x->q->text, err));
    yj_buf_str(&a.sql, " GROUP BY a.inst) c JOIN ledger g ON g.inst = c.inst ORDER BY c.inst");
    YJ_TRY(yj_ask_prepare(x->db, &a, &st, err));
    yj_jw_array(&x->w);
    for (;;) {
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        yj_jw_object(&x->w);
        yj_jw_kspan(&x->w, "client", yj_col_text(st, 0));
        yj_jw_ki64(&x->w, "n", yj_col_i64(st, 1));
        yj_jw_end_object(&x->w);
    }
    yj_jw_end_array(&x->w);
    return YJ_OK;
}

/* The kinds that there are, each found behind the one before in the index. */
static void ask_kinds(const counting *x, yj_asking *a)
{
    const char *inst = x->q->client ? " AND a.inst = ?2" : "";
    if (x->q->client)
        (void)yj_ask_number(a, x->inst);
    yj_buf_fmt(
        &a->sql,
        "WITH RECURSIVE k(kind) AS (SELECT min(a.kind) FROM addressed a WHERE a.party = ?1%s UNION ALL "
        "SELECT (SELECT min(a.kind) FROM addressed a WHERE a.party = ?1%s AND a.kind > k.kind) FROM k "
        "WHERE k.kind IS NOT NULL) SELECT k.kind FROM k WHERE k.kind IS NOT NULL ORDER BY 1",
        inst, inst);
}

static yj_status ask_kinds_counted(const counting *x, yj_asking *a, yj_error *err)
{
    (void)yj_ask_number(a, x->limit);
    yj_buf_fmt(&a->sql, "SELECT a.kind, count(*) FROM (SELECT a.kind%s FROM addressed a WHERE a.party = ?1",
               words(x));
    add_filter(x, a, true, false);
    yj_buf_str(&a->sql, UP_TO(2) ") a WHERE 1 = 1");
    YJ_TRY(yj_ask_words(a, "a", x->q->text, err));
    yj_buf_str(&a->sql, " GROUP BY a.kind ORDER BY a.kind");
    return YJ_OK;
}

static yj_status write_kinds(counting *x, yj_error *err)
{
    yj_auto(yj_asking_done) yj_asking a;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false, many = false;
    yj_asking_init(&a);
    YJ_TRY(are_many(x, false, &many, err));
    (void)yj_ask_number(&a, x->party);
    if (many)
        ask_kinds(x, &a);
    else
        YJ_TRY(ask_kinds_counted(x, &a, err));
    YJ_TRY(yj_ask_prepare(x->db, &a, &st, err));
    yj_jw_key(&x->w, "kinds");
    yj_jw_array(&x->w);
    for (;;) {
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        if (!yj_catalog_kind(x->c, yj_col_text(st, 0)))
            continue;
        yj_jw_object(&x->w);
        yj_jw_kspan(&x->w, "kind", yj_col_text(st, 0));
        yj_jw_key(&x->w, "n");
        if (many)
            yj_jw_null(&x->w);
        else
            yj_jw_i64(&x->w, yj_col_i64(st, 1));
        yj_jw_end_object(&x->w);
    }
    yj_jw_end_array(&x->w);
    return YJ_OK;
}

yj_status yj_addressed_count(yj_db *db, const yj_catalog *c, int64_t party, const yj_addressed_query *q,
                             yj_buf *out, yj_error *err)
{
    const size_t limit =
        q->limit > 0 && q->limit < YJ_ADDRESSED_COUNT_MAX ? q->limit : YJ_ADDRESSED_COUNT_MAX;
    counting x = { .db = db, .c = c, .q = q, .party = party, .inst = -1, .limit = (int64_t)limit };
    YJ_TRY(yj_addressed_kind(c, q->kind, err));
    if (q->client)
        YJ_TRY(yj_institution_number(db, q->client, &x.inst, err));
    yj_jw_init(&x.w, out);
    yj_jw_object(&x.w);
    YJ_TRY(write_stands(&x, err));
    YJ_TRY(write_clients(&x, err));
    YJ_TRY(write_kinds(&x, err));
    yj_jw_ki64(&x.w, "limit", x.limit);
    yj_jw_end_object(&x.w);
    return yj_buf_status(out, err);
}
