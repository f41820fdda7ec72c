// SPDX-License-Identifier: Apache-2.0
/*
 * Judge (requirement, subject) pairs and compare them with what is stored.
 *
 * Requirements that differ only in what they are called - the same rule, parameters and subject kind - share
 * one run of the rule.
 */
#include "rule/internal.h"

/** A stored verdict. */
typedef struct stored {
    yj_verdict_status status;
    int64_t digest, seq, place;
    yj_date since;
    bool judged; /* came up again */
} stored;

typedef struct stored_set {
    yj_idset subjects;
    stored *rows;
    size_t cap;
} stored_set;

typedef struct judging {
    yj_db *db;
    const yj_catalog *c;
    const yj_scope *scope;
    const yj_ask *asks;
    size_t ask_count;
    yj_pace *pace; /* or NULL */
    yj_ask_fn fn;
    void *ctx;
    yj_arena *arena;     /* of the whole judging */
    yj_arena *group;     /* of one group of requirements */
    yj_arena *one;       /* of one requirement */
    yj_subjects **kinds; /* by kind; NULL: not loaded */
    yj_proofs proofs;
    yj_sayings *sayings; /* NULL: not asked yet */
    size_t judged;
} judging;

/* --- subjects ------------------------------------------------------------------------------------------ */

static bool has_field(const int *fields, size_t count, int field)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i] == field)
            return true;
    return false;
}

/** Load the subjects of one kind for every ask about it. */
static yj_status load_kind(judging *j, int kind, yj_error *err)
{
    int *fields = yj_arena_array(j->arena, j->c->kinds[kind].field_count, sizeof *fields);
    yj_idset wanted = { .arena = j->arena };
    size_t field_count = 0;
    bool all = false;
    YJ_TRY(yj_arena_status(j->arena, err));
    for (size_t i = 0; i < j->ask_count; i++) {
        const yj_requirement *r = &j->c->requirements[j->asks[i].requirement];
        if (r->subject != kind)
            continue;
        for (size_t k = 0; k < r->when_count; k++)
            if (!has_field(fields, field_count, r->when[k].field))
                fields[field_count++] = r->when[k].field;
        all |= j->asks[i].all;
        for (size_t k = 0; !all && k < j->asks[i].subjects->count; k++)
            YJ_TRY(yj_idset_add(&wanted, yj_span_of(j->asks[i].subjects->ids[k]), NULL, err));
    }
    yj_subjects *s = yj_arena_new_of(j->arena, yj_subjects);
    YJ_TRY(yj_subjects_load(j->db, j->c, j->scope->inst, kind, fields, field_count, all ? NULL : &wanted,
                            j->arena, s, err));
    j->kinds[kind] = s;
    return YJ_OK;
}

/* --- stored verdicts ----------------------------------------------------------------------------------- */

#define STORED_COLUMNS                                                                                       \
    "SELECT subject, status, since, digest, seq, place FROM verdict "                                        \
    "WHERE inst = ?1 AND requirement = " YJ_SQL_REQUIREMENT("?2")

const char *yj_col_copy(yj_arena *arena, yj_stmt *st, int col)
{
    if (yj_col_null(st, col))
        return NULL;
    yj_span s = yj_col_text(st, col);
    return yj_arena_strndup(arena, s.ptr, s.len);
}

static yj_status add_stored(stored_set *set, yj_stmt *st, yj_error *err)
{
    yj_arena *arena = set->subjects.arena;
    char room[YJ_ID_KEY_MAX];
    size_t at;
    YJ_TRY(yj_idset_add(&set->subjects, yj_col_id_key(st, 0, room), &at, err));
    if (at >= set->cap) {
        size_t cap = set->cap ? 2 * set->cap : 4;
        stored *rows = yj_arena_array(arena, cap, sizeof *rows);
        YJ_TRY(yj_arena_status(arena, err));
        if (at)
            memcpy(rows, set->rows, at * sizeof *rows);
        set->rows = rows;
        set->cap = cap;
    }
    stored s = { .digest = yj_col_i64(st, 3), .seq = yj_col_i64(st, 4), .place = yj_col_i64(st, 5) };
    YJ_TRY(yj_stored_status(st, 1, &s.status, err));
    if (!yj_date_from_days(yj_col_i64(st, 2), &s.since))
        return yj_fail(err, YJ_E_CORRUPT, "a stored verdict has a date that does not exist");
    set->rows[at] = s;
    return yj_arena_status(arena, err);
}

static yj_status read_stored(stored_set *set, yj_stmt *st, yj_error *err)
{
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(add_stored(set, st, err));
    }
}

static yj_status load_stored(judging *j, const yj_ask *ask, const char *requirement, stored_set *set,
                             yj_error *err)
{
    static const char one[] = STORED_COLUMNS " AND subject = ?3";
    static const char some[] = STORED_COLUMNS " AND subject IN "
                                              "(?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
                                              "?16, ?17, ?18)";
    if (ask->all) {
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        YJ_TRY(yj_db_prepare(j->db, STORED_COLUMNS, &st, err));
        yj_bind_i64(st, 1, j->scope->inst);
        yj_bind_cstr(st, 2, requirement);
        return read_stored(set, st, err);
    }
    for (size_t at = 0, n; at < ask->subjects->count; at += n) {
        n = ask->subjects->count - at < YJ_IN_CHUNK ? ask->subjects->count - at : YJ_IN_CHUNK;
        yj_id_key keys[YJ_IN_CHUNK];
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        YJ_TRY(yj_db_prepare_made(j->db, n == 1 ? one : some, &st, err));
        yj_bind_i64(st, 1, j->scope->inst);
        yj_bind_cstr(st, 2, requirement);
        if (n == 1) {
            yj_id_key_of(yj_span_of(ask->subjects->ids[at]), &keys[0]);
            yj_bind_id_key(st, 3, &keys[0]);
        } else {
            yj_bind_id_keys(st, 3, keys, ask->subjects->ids + at, n);
        }
        YJ_TRY(read_stored(set, st, err));
    }
    return YJ_OK;
}

/* --- verdicts ------------------------------------------------------------------------------------------ */

static bool same(const stored *s, const yj_outcome *o)
{
    return s->digest == yj_verdict_digest(o->status, o->strength, yj_span_of(o->code), yj_span_of(o->values),
                                          yj_span_of(o->proofs), yj_span_of(o->due));
}

/** What the stored verdict says; valid until the next call. */
static yj_status said_before(judging *j, int64_t seq, int64_t place, yj_said *ret, yj_error *err)
{
    if (!j->sayings)
        j->sayings = yj_sayings_new(j->db, j->scope->inst);
    if (!j->sayings)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    return yj_sayings_at(j->sayings, (uint64_t)seq, place, ret, err);
}

/* What the requirement concluded under the id it had in an earlier edition: since when it stands. The log is
 * asked, since that verdict may have come to its end before. */
static yj_status earlier_since(judging *j, const yj_requirement *r, const char *subject, yj_verdict *v,
                               yj_error *err)
{
    for (size_t i = 0; i < j->c->move_count; i++) {
        const yj_move *m = &j->c->moves[i];
        if (m->what != YJ_MOVE_REQUIREMENT || !m->to || strcmp(m->to, r->id) != 0)
            continue;
        yj_id_key key;
        yj_said said;
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        bool row = false;
        YJ_TRY(yj_db_prepare(
            j->db,
            "SELECT seq, place FROM verdict WHERE inst = ?1 AND requirement = " YJ_SQL_REQUIREMENT(
                "?2") " AND subject = ?3 UNION ALL SELECT seq, place FROM "
                      "verdict_log WHERE inst = ?1 AND requirement = " YJ_SQL_REQUIREMENT(
                          "?2") " AND subject = ?3 ORDER BY seq DESC LIMIT 1",
            &st, err));
        yj_id_key_of(yj_span_of(subject), &key);
        yj_bind_i64(st, 1, j->scope->inst);
        yj_bind_cstr(st, 2, m->from);
        yj_bind_id_key(st, 3, &key);
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            continue;
        YJ_TRY(said_before(j, yj_col_i64(st, 0), yj_col_i64(st, 1), &said, err));
        if (said.status == v->status) {
            v->since = yj_arena_strdup(j->one, said.since.s);
            return yj_arena_status(j->one, err);
        }
    }
    return YJ_OK;
}

static const char *since(const judging *j, const yj_outcome *o, const stored *before)
{
    return before && before->status == o->status ? before->since.s : j->scope->today.s;
}

static yj_status hand_out(judging *j, const yj_requirement *r, const char *subject, const yj_outcome *o,
                          const stored *before, yj_error *err)
{
    yj_verdict v = yj_outcome_verdict(j->c, r, subject, o);
    v.since = since(j, o, before);
    if (!before)
        YJ_TRY(earlier_since(j, r, subject, &v, err));
    return j->fn(j->ctx, &v, !before || !same(before, o), err);
}

/** What does not apply is told only where something else stood before, which so comes to its end. */
static yj_status hand_out_derived(judging *j, const yj_requirement *r, const char *subject,
                                  const char *why_not, int field, const stored *before, yj_error *err)
{
    yj_outcome o = yj_outcome_applies_not(&j->c->kinds[r->subject], why_not, field, j->one);
    yj_verdict v = yj_outcome_verdict(j->c, r, subject, &o);
    v.since = since(j, &o, before);
    YJ_TRY(yj_arena_status(j->one, err));
    return j->fn(j->ctx, &v, before != NULL, err);
}

static yj_status hand_out_gone(judging *j, const yj_requirement *r, const char *subject, const stored *before,
                               yj_error *err)
{
    yj_said said; /* of which kind it was is told by nothing else any more */
    YJ_TRY(said_before(j, before->seq, before->place, &said, err));
    const yj_kind *k = yj_catalog_kind(j->c, said.kind);
    const char *kind = yj_arena_strndup(j->one, said.kind.ptr, said.kind.len);
    YJ_TRY(yj_arena_status(j->one, err));
    yj_verdict v = { .requirement = r->index,
                     .requirement_id = r->id,
                     .subject = subject,
                     .kind = k ? k->index : -1,
                     .kind_name = kind,
                     .status = YJ_V_GONE,
                     .code = ".gone",
                     .values = "{}",
                     .proofs = "[]",
                     .since = j->scope->today.s };
    return j->fn(j->ctx, &v, true, err);
}

static stored *find_stored(stored_set *set, const char *subject)
{
    size_t at = yj_idset_find(&set->subjects, yj_span_of(subject));
    return at == YJ_IDSET_NONE ? NULL : &set->rows[at];
}

static yj_status judge_subject(judging *j, const yj_requirement *r, const char *subject, const yj_idset *ran,
                               const yj_outcome *outcomes, stored_set *set, yj_error *err)
{
    const yj_subjects *s = j->kinds[r->subject];
    stored *before = find_stored(set, subject);
    size_t at = yj_idset_find(&s->ids, yj_span_of(subject));
    j->judged++;
    if (before)
        before->judged = true;
    if (at == YJ_IDSET_NONE)
        return before ? hand_out_gone(j, r, subject, before, err) : YJ_OK;
    int field;
    const char *why_not = yj_applies_not(j->c, r, s, at, &field);
    if (why_not)
        return hand_out_derived(j, r, subject, why_not, field, before, err);
    size_t n = yj_idset_find(ran, yj_span_of(subject));
    return hand_out(j, r, subject, &outcomes[n], before, err);
}

static yj_status judge_ask(judging *j, const yj_ask *ask, const yj_idset *ran, const yj_outcome *outcomes,
                           yj_error *err)
{
    const yj_requirement *r = &j->c->requirements[ask->requirement];
    yj_arena_reset(j->one);
    stored_set set = { .subjects = { .arena = j->one } };
    YJ_TRY(load_stored(j, ask, r->id, &set, err));
    const yj_idset *ids = ask->all ? &j->kinds[r->subject]->ids : ask->subjects;
    for (size_t i = 0; i < ids->count; i++)
        YJ_TRY(judge_subject(j, r, ids->ids[i], ran, outcomes, &set, err));
    for (size_t i = 0; ask->all && i < set.subjects.count; i++)
        if (!set.rows[i].judged) {
            j->judged++;
            YJ_TRY(hand_out_gone(j, r, set.subjects.ids[i], &set.rows[i], err));
        }
    return YJ_OK;
}

/* --- groups -------------------------------------------------------------------------------------------- */

bool yj_same_run(const yj_requirement *a, const yj_requirement *b)
{
    if (a->rule != b->rule || a->subject != b->subject || a->with_count != b->with_count)
        return false;
    for (size_t i = 0; i < a->with_count; i++)
        if (strcmp(a->with[i].name, b->with[i].name) != 0 || strcmp(a->with[i].value, b->with[i].value) != 0)
            return false;
    return true;
}

/** Add the subjects of one ask to which its requirement applies. */
static yj_status add_applicable(judging *j, const yj_ask *ask, yj_idset *to_run, yj_error *err)
{
    const yj_requirement *r = &j->c->requirements[ask->requirement];
    const yj_subjects *s = j->kinds[r->subject];
    const yj_idset *ids = ask->all ? &s->ids : ask->subjects;
    for (size_t i = 0; i < ids->count; i++) {
        int field;
        size_t at = ask->all ? i : yj_idset_find(&s->ids, yj_span_of(ids->ids[i]));
        if (at != YJ_IDSET_NONE && !yj_applies_not(j->c, r, s, at, &field))
            YJ_TRY(yj_idset_add(to_run, yj_span_of(ids->ids[i]), NULL, err));
    }
    return YJ_OK;
}

/** Judge the ask at `first` and every later one that shares its run. */
static yj_status judge_group(judging *j, size_t first, bool *done, yj_error *err)
{
    const yj_requirement *r = &j->c->requirements[j->asks[first].requirement];
    yj_arena_reset(j->group);
    size_t *members = yj_arena_array(j->group, j->ask_count - first, sizeof *members);
    yj_idset to_run = { .arena = j->group };
    size_t member_count = 0, most = 0;
    YJ_TRY(yj_arena_status(j->group, err));
    if (!j->kinds[r->subject])
        YJ_TRY(load_kind(j, r->subject, err));
    int64_t began_ns = yj_monotonic_ns();
    for (size_t i = first; i < j->ask_count; i++) {
        if (done[i] || !yj_same_run(r, &j->c->requirements[j->asks[i].requirement]))
            continue;
        done[i] = true;
        members[member_count++] = i;
        YJ_TRY(add_applicable(j, &j->asks[i], &to_run, err));
        size_t n = j->asks[i].all ? j->kinds[r->subject]->ids.count : j->asks[i].subjects->count;
        most = n > most ? n : most;
    }
    yj_outcome *outcomes = yj_arena_array(j->group, to_run.count, sizeof *outcomes);
    YJ_TRY(yj_arena_status(j->group, err));
    if (to_run.count)
        YJ_TRY(yj_outcomes(j->db, j->c, r, j->scope->inst, j->scope->today.s, to_run.ids, to_run.count,
                           &j->proofs, j->group, outcomes, err));
    for (size_t i = 0; i < member_count; i++)
        YJ_TRY(judge_ask(j, &j->asks[members[i]], &to_run, outcomes, err));
    if (j->pace)
        yj_pace_note(j->pace, r->index, most, yj_monotonic_ns() - began_ns);
    return YJ_OK;
}

yj_status yj_asks_judge(yj_db *db, const yj_catalog *c, const yj_scope *scope, const yj_ask *asks,
                        size_t count, yj_pace *pace, yj_ask_fn fn, void *ctx, size_t *ret_judged,
                        yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(YJ_RUN_BYTES_MAX);
    yj_auto(yj_arena_freep) yj_arena *group = yj_arena_new(YJ_RUN_BYTES_MAX);
    yj_auto(yj_arena_freep) yj_arena *one = yj_arena_new(YJ_RUN_BYTES_MAX);
    if (!arena || !group || !one)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    judging j = { .db = db, .c = c, .scope = scope, .asks = asks, .ask_count = count, .fn = fn, .ctx = ctx };
    j.pace = pace;
    j.arena = arena;
    j.group = group;
    j.one = one;
    j.kinds = yj_arena_array(arena, c->kind_count, sizeof(yj_subjects *));
    j.proofs.keys.arena = arena;
    j.proofs.sql = yj_arena_array(arena, c->kind_count, sizeof(char *));
    bool *done = yj_arena_array(arena, count, sizeof *done);
    YJ_TRY(yj_arena_status(arena, err));
    YJ_TRY(yj_confine_scope(db, scope, err));
    yj_status s = YJ_OK;
    for (size_t i = 0; s == YJ_OK && i < count; i++)
        if (!done[i])
            s = judge_group(&j, i, done, err);
    yj_sayings_free(j.sayings);
    *ret_judged = j.judged;
    return s;
}
