// SPDX-License-Identifier: Apache-2.0
#include "record/oversight.h"

#include "record/exchange_internal.h"
#include "record/oversight_internal.h"
#include "record/present.h"
#include "record/read.h"
#include "rule/answer.h"
#include "rule/judge.h"
#include "store/schema.h"
#include <stdlib.h>

#define SQL_MAX ((size_t)64 << 10)
#define ARENA_MAX ((size_t)64 << 20)
#define NAME(k, i) ((k)->fields[i].name)

/* --- scopes ----------------------------------------------------------------------------------- */

bool yj_oversight_known(const yj_catalog *c)
{
    const yj_exchange *x = &c->exchange;
    return x->scope.kind >= 0 && x->invitation.kind >= 0 && c->access.person >= 0;
}

/* Of which type an institution must be today to read by scopes: an option of the field that says the type. */
static const char *overseer(const yj_catalog *c)
{
    const yj_exchange *x = &c->exchange;
    const yj_field *types = &c->kinds[x->institution].fields[x->type];
    for (size_t i = 0; i < x->party_count; i++)
        if (x->parties[i].kind == x->scope.party)
            return types->options[x->parties[i].type].id;
    return ""; /* nobody is; the packs are checked for it */
}

/* Ties (p) by which a party may read at all, and its own record (z), which must still say that it is what
 * supervises: it may have been made something else since it was tied. What is asked of them follows. */
static void from_ties(const yj_catalog *c, yj_buf *b)
{
    const yj_exchange *x = &c->exchange;
    const yj_kind *i = &c->kinds[x->invitation.kind], *z = &c->kinds[x->institution];
    yj_buf_fmt(b,
               " FROM party_link p JOIN r_%s i ON i.inst = p.inst AND i.id = p.invitation AND "
               "i.f_%s = '%s' AND " YJ_SQL_VISIBLE("i"),
               i->name, NAME(i, x->invitation.party_kind), c->kinds[x->scope.party].name);
    yj_buf_fmt(b,
               " JOIN ledger y ON y.inst = p.party JOIN r_%s z ON z.inst = y.inst AND z.id = y.institution "
               "AND z.f_%s = '%s' AND " YJ_SQL_VISIBLE("z"),
               z->name, NAME(z, x->type), overseer(c));
}

/* Scopes (s) of today (?2) in the ledger of the tie's party that are for it, of persons (o) who are active.
 */
static void join_scopes(const yj_catalog *c, yj_buf *b)
{
    const yj_scope_map *x = &c->exchange.scope;
    const yj_kind *s = &c->kinds[x->kind], *o = &c->kinds[c->access.person];
    const char *links = NAME(s, x->links);
    yj_buf_fmt(b,
               " JOIN r_%s s ON s.inst = p.party AND s.state = '%s' AND s.erased = 0 AND " YJ_SQL_VISIBLE(
                   "s") " AND s.f_%s <= ?2 AND s.f_%s >= ?2",
               s->name, s->states[x->state].id, NAME(s, x->since), NAME(s, x->until));
    yj_buf_fmt(b,
               " AND (NOT EXISTS (SELECT 1 FROM l_%s_%s n WHERE n.inst = s.inst AND n.id = s.id AND n.batch "
               "= s.batch) OR EXISTS (SELECT 1 FROM l_%s_%s n WHERE n.inst = s.inst AND n.id = s.id AND "
               "n.batch = s.batch AND n.value = p.link))",
               s->name, links, s->name, links);
    yj_buf_fmt(b,
               " JOIN r_%s o ON o.inst = s.inst AND o.id = s.f_%s AND o.state = '%s' AND o.erased = 0 AND "
               "" YJ_SQL_VISIBLE("o"),
               o->name, NAME(s, x->person), o->states[c->access.person_state].id);
}

static const char *copied(yj_arena *a, yj_stmt *st, int col)
{
    yj_span s = yj_col_text(st, col);
    return yj_arena_strndup(a, s.ptr ? s.ptr : "", s.len);
}

yj_status yj_inspected_by(yj_db *db, const yj_catalog *c, int64_t party, const char *person,
                          const yj_date *today, yj_arena *a, const yj_inspected **ret, size_t *ret_count,
                          yj_error *err)
{
    *ret = NULL;
    *ret_count = 0;
    if (!yj_oversight_known(c))
        return YJ_OK;
    const yj_scope_map *x = &c->exchange.scope;
    const yj_kind *s = &c->kinds[x->kind];
    yj_auto(yj_buf_done) yj_buf b;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_buf_init(&b, SQL_MAX);
    yj_buf_fmt(&b, "SELECT p.inst, s.id, s.f_%s, s.f_%s", NAME(s, x->since), NAME(s, x->until));
    from_ties(c, &b);
    join_scopes(c, &b);
    yj_buf_fmt(&b, " WHERE p.party = ?1 AND s.f_%s = ?3 ORDER BY p.inst, s.f_%s DESC, s.id",
               NAME(s, x->person), NAME(s, x->until));
    YJ_TRY(yj_buf_status(&b, err));
    YJ_TRY(yj_db_prepare_made(db, b.ptr, &st, err));
    yj_bind_i64(st, 1, party);
    yj_bind_cstr(st, 2, today->s);
    yj_bind_cstr(st, 3, person);
    yj_inspected *rows = NULL;
    size_t n = 0;
    person = yj_arena_strdup(a, person);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        int64_t inst = yj_col_i64(st, 0);
        if (n && rows[n - 1].inst == inst)
            continue;
        rows = yj_grown(a, rows, n, sizeof *rows);
        rows[n++] = (yj_inspected){ .inst = inst,
                                    .party = party,
                                    .person = person,
                                    .scope = copied(a, st, 1),
                                    .since = copied(a, st, 2),
                                    .until = copied(a, st, 3) };
        YJ_TRY(yj_arena_status(a, err));
    }
    *ret = rows;
    *ret_count = n;
    return YJ_OK;
}

/* --- who could read --------------------------------------------------------------------------- */

static yj_status write_inspector(yj_db *db, const yj_catalog *c, yj_stmt *st, yj_lang lang, yj_jw *w,
                                 yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf name;
    char id[YJ_UUID_LEN + 1];
    yj_span person = yj_col_text(st, 1);
    yj_buf_init(&name, 65536);
    snprintf(id, sizeof id, "%.*s", (int)person.len, person.ptr);
    YJ_TRY(yj_record_name(db, c, yj_col_i64(st, 0), &c->kinds[c->access.person], id, lang, &name, err));
    YJ_TRY(yj_buf_status(&name, err));
    yj_jw_object(w);
    yj_jw_key(w, "regulator");
    YJ_TRY(yj_institution_write(db, c, yj_col_i64(st, 0), lang, w, err));
    yj_jw_key(w, "inspector");
    yj_jw_object(w);
    yj_jw_kspan(w, "name", yj_buf_view(&name));
    yj_jw_end_object(w);
    yj_jw_kspan(w, "since", yj_col_text(st, 2));
    yj_jw_kspan(w, "until", yj_col_text(st, 3));
    yj_jw_kspan(w, "basis", yj_col_text(st, 4));
    yj_jw_end_object(w);
    return YJ_OK;
}

static yj_status write_inspectors(yj_db *db, const yj_catalog *c, int64_t inst, const yj_date *today,
                                  yj_lang lang, yj_jw *w, yj_error *err)
{
    const yj_scope_map *x = &c->exchange.scope;
    const yj_kind *s = &c->kinds[x->kind];
    yj_auto(yj_buf_done) yj_buf b;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_buf_init(&b, SQL_MAX);
    yj_buf_fmt(&b, "SELECT p.party, s.f_%s, s.f_%s, s.f_%s, s.f_%s", NAME(s, x->person), NAME(s, x->since),
               NAME(s, x->until), NAME(s, x->basis));
    from_ties(c, &b);
    join_scopes(c, &b);
    yj_buf_fmt(&b, " WHERE p.inst = ?1 ORDER BY p.party, s.f_%s, s.id LIMIT %d", NAME(s, x->since),
               YJ_INSPECTORS_MAX);
    YJ_TRY(yj_buf_status(&b, err));
    YJ_TRY(yj_db_prepare_made(db, b.ptr, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, today->s);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(write_inspector(db, c, st, lang, w, err));
    }
}

yj_status yj_inspectors_list(yj_db *db, const yj_catalog *c, int64_t inst, const yj_date *today, yj_lang lang,
                             yj_buf *out, yj_error *err)
{
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    if (yj_oversight_known(c))
        YJ_TRY(write_inspectors(db, c, inst, today, lang, &w, err));
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    return yj_buf_status(out, err);
}

/* --- standings, kept -------------------------------------------------------------------------- */

/* What was counted of an institution, and when it is true: as long as nothing but readings was entered since,
 * for one day. */
typedef struct standing_kept {
    int64_t inst;
    int64_t seq; /* the newest entry that is no reading */
    char day[YJ_DATE_LEN + 1];
    size_t met, unmet, unknown, not_applicable, accepted; /* as yj_tallied, what is not reached yet apart */
    size_t must_unmet, overdue;                           /* of the unmet that bind */
    int64_t judged_ns;                                    /* 0: never */
} standing_kept;

struct yj_standings {
    pthread_mutex_t lock;
    standing_kept *rows; /* by inst */
    size_t count, cap;
};

yj_standings *yj_standings_new(void)
{
    yj_standings *x = calloc(1, sizeof *x);
    if (x)
        pthread_mutex_init(&x->lock, NULL);
    return x;
}

void yj_standings_free(yj_standings *x)
{
    if (!x)
        return;
    pthread_mutex_destroy(&x->lock);
    free(x->rows);
    free(x);
}

/* The lock is held. The place of the institution, or where it belongs. */
static size_t place_of(const yj_standings *x, int64_t inst)
{
    size_t lo = 0, hi = x->count;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (x->rows[mid].inst < inst)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool find_kept(yj_standings *x, const standing_kept *want, standing_kept *ret)
{
    pthread_mutex_lock(&x->lock);
    size_t i = place_of(x, want->inst);
    bool found = i < x->count && x->rows[i].inst == want->inst && x->rows[i].seq == want->seq &&
                 strcmp(x->rows[i].day, want->day) == 0;
    if (found)
        *ret = x->rows[i];
    pthread_mutex_unlock(&x->lock);
    return found;
}

/* Without room for it, it is counted again the next time. */
static void keep(yj_standings *x, const standing_kept *row)
{
    pthread_mutex_lock(&x->lock);
    size_t i = place_of(x, row->inst);
    bool there = i < x->count && x->rows[i].inst == row->inst;
    if (!there && x->count == x->cap) {
        size_t cap = x->cap ? 2 * x->cap : 64;
        standing_kept *rows = realloc(x->rows, cap * sizeof *rows);
        if (rows) {
            x->rows = rows;
            x->cap = cap;
        }
    }
    if (!there && x->count < x->cap) {
        memmove(&x->rows[i + 1], &x->rows[i], (x->count - i) * sizeof *x->rows);
        x->count++;
        there = true;
    }
    if (there)
        x->rows[i] = *row;
    pthread_mutex_unlock(&x->lock);
}

static yj_status newest_entries(yj_db *db, int64_t inst, standing_kept *row, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_auto(yj_stmt_donep) yj_stmt *judge = NULL;
    bool found = false;
    YJ_TRY(yj_db_prepare(
        db, "SELECT seq FROM entry WHERE inst = ?1 AND op <> 'read' ORDER BY seq DESC LIMIT 1", &st, err));
    yj_bind_i64(st, 1, inst);
    YJ_TRY(yj_stmt_step(st, &found, err));
    row->seq = found ? yj_col_i64(st, 0) : -1;
    YJ_TRY(yj_db_prepare(
        db,
        "SELECT time FROM entry WHERE inst = ?1 AND " YJ_SQL_OP("op", "judge") " ORDER BY seq DESC LIMIT 1",
        &judge, err));
    yj_bind_i64(judge, 1, inst);
    YJ_TRY(yj_stmt_step(judge, &found, err));
    row->judged_ns = found ? yj_col_i64(judge, 0) : 0;
    return YJ_OK;
}

typedef struct counting {
    const yj_catalog *c;
    const yj_requirement *r;
    const yj_answers *risks;
    standing_kept *row;
} counting;

static yj_status count_accepted(void *ctx, const yj_verdict *v, yj_error *err)
{
    counting *x = ctx;
    size_t *of = v->status == YJ_V_UNMET     ? &x->row->unmet
                 : v->status == YJ_V_UNKNOWN ? &x->row->unknown
                                             : NULL;
    if (!of || *of == 0 || !yj_risk_for(x->c, x->risks, x->r, v->subject, x->row->day))
        return YJ_OK;
    (*of)--;
    x->row->accepted++;
    return YJ_OK;
}

/* The counts of yj_standing_verdicts(), but that the store counts: one by one are looked at only those of
 * requirements for which some risk was accepted. */
static yj_status count_standing(yj_db *db, const yj_catalog *c, const yj_zone *zone, standing_kept *row,
                                yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(ARENA_MAX);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_answers risks, remediations;
    yj_verdict_counts n;
    YJ_TRY(yj_risks_load(db, c, row->inst, -1, a, &risks, err));
    YJ_TRY(yj_remediations_load(db, c, row->inst, -1, a, &remediations, err));
    yj_verdict_query q = YJ_VERDICT_QUERY_ALL;
    q.remediations = &remediations;
    q.day = row->day;
    q.zone = zone;
    YJ_TRY(yj_verdicts(db, c, row->inst, &q, NULL, NULL, &n, err));
    row->met = n.of[YJ_V_MET];
    row->unmet = n.of[YJ_V_UNMET];
    row->unknown = n.of[YJ_V_UNKNOWN];
    row->not_applicable = n.of[YJ_V_NOT_APPLICABLE];
    for (size_t i = 0; i < YJ_REMEDY_COUNT_; i++)
        row->must_unmet += n.remedy[i];
    row->overdue = n.remedy[YJ_REMEDY_OVERDUE];
    for (size_t i = 0; i < risks.count; i++) {
        const char *id = risks.rows[i].requirement;
        const yj_requirement *r = yj_catalog_requirement(c, yj_span_of(id));
        if (!r || (i > 0 && strcmp(risks.rows[i - 1].requirement, id) == 0))
            continue;
        counting x = { .c = c, .r = r, .risks = &risks, .row = row };
        q.requirement = r->index;
        YJ_TRY(yj_verdicts(db, c, row->inst, &q, count_accepted, &x, NULL, err));
    }
    return YJ_OK;
}

static yj_status standing_of(yj_engine *e, yj_db *db, int64_t inst, const yj_date *today, standing_kept *ret,
                             yj_error *err)
{
    *ret = (standing_kept){ .inst = inst };
    memcpy(ret->day, today->s, sizeof ret->day);
    YJ_TRY(newest_entries(db, inst, ret, err));
    if (find_kept(e->standings, ret, ret))
        return YJ_OK;
    YJ_TRY(count_standing(db, e->catalog, yj_engine_zone(e), ret, err));
    keep(e->standings, ret);
    return YJ_OK;
}

/* --- those who are supervised ----------------------------------------------------------------- */

typedef struct supervised {
    int64_t inst;
    const char *id, *code, *name, *link, *since;
    const yj_inspected *scope; /* NULL: not to be read by who asks */
    standing_kept standing;    /* of one with a scope, once it is counted */
} supervised;

typedef struct overview {
    yj_engine *e;
    yj_db *db;
    const yj_supervised_query *q;
    yj_date today;
    yj_arena *a;
    const yj_inspected *scopes;
    size_t scope_count;
    supervised *rows;
    size_t count;
} overview;

static int by_inst(const void *a, const void *b)
{
    const yj_inspected *x = a, *y = b;
    return (x->inst > y->inst) - (x->inst < y->inst);
}

static int by_name(const void *a, const void *b)
{
    const supervised *x = a, *y = b;
    int n = strcmp(x->name, y->name);
    return n ? n : (x->inst > y->inst) - (x->inst < y->inst);
}

/* Those that are not read last. */
static int by_unmet(const void *a, const void *b)
{
    const supervised *x = a, *y = b;
    if (!x->scope != !y->scope)
        return x->scope ? -1 : 1;
    size_t m = x->standing.must_unmet, n = y->standing.must_unmet;
    if (m != n)
        return m > n ? -1 : 1;
    m = x->standing.unmet;
    n = y->standing.unmet;
    return m != n ? (m > n ? -1 : 1) : by_name(a, b);
}

static yj_status prepare_tied(overview *o, int64_t party, yj_stmt **ret, yj_error *err)
{
    const yj_catalog *c = o->e->catalog;
    const yj_kind *k = &c->kinds[c->exchange.institution], *g = &c->kinds[c->exchange.link.kind];
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, SQL_MAX);
    yj_buf_fmt(&b, "SELECT p.inst, l.institution, m.nkey, m.f_%s, p.link, g.f_%s", NAME(k, k->name_field),
               NAME(g, c->exchange.link.since));
    from_ties(c, &b);
    yj_buf_fmt(&b,
               " JOIN ledger l ON l.inst = p.inst JOIN r_%s m ON m.inst = p.inst AND m.id = l.institution "
               "AND " YJ_SQL_VISIBLE("m") " JOIN r_%s g ON g.inst = p.party AND g.id = p.link AND "
                                          "" YJ_SQL_VISIBLE("g") " WHERE p.party = ?1 ORDER BY p.inst",
               k->name, g->name);
    YJ_TRY(yj_buf_status(&b, err));
    YJ_TRY(yj_db_prepare_made(o->db, b.ptr, ret, err));
    yj_bind_i64(*ret, 1, party);
    return YJ_OK;
}

static bool wanted(const overview *o, const supervised *x)
{
    const char *q = o->q->q;
    return (o->q->all || x->scope) && (!q || !q[0] || strstr(x->name, q) || strstr(x->code, q));
}

static yj_status read_tied(overview *o, int64_t party, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(prepare_tied(o, party, &st, err));
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        const yj_inspected key = { .inst = yj_col_i64(st, 0) };
        supervised x = { .inst = key.inst,
                         .id = copied(o->a, st, 1),
                         .code = copied(o->a, st, 2),
                         .name = copied(o->a, st, 3),
                         .link = copied(o->a, st, 4),
                         .since = copied(o->a, st, 5) };
        if (o->scope_count)
            x.scope = bsearch(&key, o->scopes, o->scope_count, sizeof key, by_inst);
        if (wanted(o, &x)) {
            o->rows = yj_grown(o->a, o->rows, o->count, sizeof *o->rows);
            o->rows[o->count++] = x;
        }
        YJ_TRY(yj_arena_status(o->a, err));
    }
    return YJ_OK;
}

static yj_status count_standings(overview *o, size_t from, size_t until, yj_error *err)
{
    for (size_t i = from; i < until && i < o->count; i++)
        if (o->rows[i].scope)
            YJ_TRY(standing_of(o->e, o->db, o->rows[i].inst, &o->today, &o->rows[i].standing, err));
    return YJ_OK;
}

/* A cursor is the id of the last institution of the page before. Of one that is tied no more it is refused:
 * where it stood is not known, and who asks begins anew. */
static yj_status start_of(const overview *o, size_t *ret, yj_error *err)
{
    *ret = 0;
    if (!o->q->after || !o->q->after[0])
        return YJ_OK;
    for (size_t i = 0; i < o->count; i++) {
        if (strcmp(o->rows[i].id, o->q->after) == 0) {
            *ret = i + 1;
            return YJ_OK;
        }
    }
    yj_fail(err, YJ_E_INVALID, "that cursor is not one of this list");
    return yj_error_at(err, "after");
}

static void write_standing(yj_jw *w, const supervised *x)
{
    const standing_kept *t = &x->standing;
    yj_jw_key(w, "standing");
    yj_jw_object(w);
    yj_jw_ki64(w, "met", (int64_t)t->met);
    yj_jw_ki64(w, "unmet", (int64_t)t->unmet);
    yj_jw_ki64(w, "unknown", (int64_t)t->unknown);
    yj_jw_ki64(w, "not_applicable", (int64_t)t->not_applicable);
    yj_jw_ki64(w, "accepted", (int64_t)t->accepted);
    yj_jw_end_object(w);
    yj_jw_ki64(w, "must_unmet", (int64_t)t->must_unmet);
    yj_jw_ki64(w, "overdue", (int64_t)t->overdue);
    yj_present_time(w, "judged_at", x->standing.judged_ns);
}

static void write_supervised(yj_jw *w, const supervised *x)
{
    yj_jw_object(w);
    yj_jw_key(w, "institution");
    yj_present_institution(w, yj_span_of(x->id), yj_span_of(x->code), yj_span_of(x->name));
    yj_jw_key(w, "tie");
    yj_jw_object(w);
    yj_jw_kstr(w, "link", x->link);
    yj_jw_kstr(w, "since", x->since);
    yj_jw_end_object(w);
    yj_jw_key(w, "scope");
    if (x->scope) {
        yj_jw_object(w);
        yj_jw_kstr(w, "id", x->scope->scope);
        yj_jw_kstr(w, "since", x->scope->since);
        yj_jw_kstr(w, "until", x->scope->until);
        yj_jw_end_object(w);
        write_standing(w, x);
    } else {
        static const char *const none[] = { "standing", "must_unmet", "overdue", "judged_at" };
        yj_jw_null(w);
        for (size_t i = 0; i < YJ_COUNT(none); i++)
            yj_jw_kstr(w, none[i], NULL);
    }
    yj_jw_end_object(w);
}

static yj_status write_page(overview *o, yj_buf *out, const int64_t **ret_read, size_t *ret_count,
                            yj_error *err)
{
    size_t at = 0, limit = o->q->limit < 1 ? 1 : o->q->limit;
    limit = limit > YJ_SUPERVISED_LIMIT_MAX ? YJ_SUPERVISED_LIMIT_MAX : limit;
    if (o->q->worst)
        YJ_TRY(count_standings(o, 0, o->count, err));
    if (o->count)
        qsort(o->rows, o->count, sizeof *o->rows, o->q->worst ? by_unmet : by_name);
    YJ_TRY(start_of(o, &at, err));
    size_t end = at + limit < o->count ? at + limit : o->count, n = 0;
    if (!o->q->worst)
        YJ_TRY(count_standings(o, at, end, err));
    int64_t *read = yj_arena_array(o->a, limit, sizeof *read);
    YJ_TRY(yj_arena_status(o->a, err));
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    for (size_t i = at; i < end; i++) {
        write_supervised(&w, &o->rows[i]);
        if (o->rows[i].scope)
            read[n++] = o->rows[i].inst;
    }
    yj_jw_end_array(&w);
    yj_jw_kstr(&w, "next", end < o->count ? o->rows[end - 1].id : NULL);
    yj_jw_end_object(&w);
    *ret_read = read;
    *ret_count = n;
    return yj_buf_status(out, err);
}

static yj_status oversee(overview *o, int64_t party, yj_buf *out, const int64_t **ret_read, size_t *ret_count,
                         yj_error *err)
{
    YJ_TRY(yj_inspected_by(o->db, o->e->catalog, party, o->q->person, &o->today, o->a, &o->scopes,
                           &o->scope_count, err));
    if (yj_oversight_known(o->e->catalog))
        YJ_TRY(read_tied(o, party, err));
    return write_page(o, out, ret_read, ret_count, err);
}

yj_status yj_supervised_list(yj_engine *e, int64_t party, const yj_supervised_query *q, yj_buf *out,
                             yj_arena *a, const int64_t **ret_read, size_t *ret_count, yj_error *err)
{
    overview o = { .e = e, .q = q, .a = a };
    yj_engine_today(e, &o.today);
    YJ_TRY(yj_reader_take(e, &o.db, err));
    yj_status s = yj_db_begin(o.db, YJ_DB_READ, err);
    if (s == YJ_OK)
        s = oversee(&o, party, out, ret_read, ret_count, err);
    yj_db_rollback(o.db);
    yj_reader_give(e, o.db);
    return s;
}
