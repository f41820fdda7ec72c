// SPDX-License-Identifier: Apache-2.0
#include "record/upgrade.h"

#include "ledger/pack_body.h"
#include "pack/form.h"
#include "record/backup.h"
#include "record/exchange_internal.h"
#include "record/read.h"
#include "record/rebuild.h"
#include "record/replay.h"
#include <stdlib.h>

#define PACKS_MAX 16
#define ARENA_MAX ((size_t)256 << 20)
#define LEDGERS_MAX 100000

struct yj_upgrading {
    yj_engine *e;
    yj_pack_source *sources[PACKS_MAX];
    size_t source_count;
    yj_catalog *to;
    yj_upgrade *plan;
    yj_institution *insts; /* those of people */
    size_t inst_count;
    bool checked; /* every record fits */
};

/* --- which packs -----------------------------------------------------------------------------------------
 */

/* What pack.yaml says of itself, before anything is checked; "" if it cannot be read. */
static void pack_name(const yj_pack_source *s, char ret[static YJ_NAME_MAX + 2])
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)16 << 20);
    ret[0] = '\0';
    for (size_t i = 0; a && i < s->file_count; i++) {
        const yj_yaml *tree = NULL, *name;
        int line = 0;
        if (strcmp(s->files[i].path, "pack.yaml") == 0 &&
            yj_yaml_parse(a, s->files[i].content, YJ_PACK_FILE_BYTES_MAX, &tree, &line, NULL) == YJ_OK &&
            (name = yj_yaml_get(tree, "pack")) != NULL && name->type == YJ_YAML_SCALAR)
            snprintf(ret, YJ_NAME_MAX + 2, "%s", name->text);
    }
}

static yj_status put_source(yj_upgrading *u, yj_pack_source *s, yj_error *err)
{
    char name[YJ_NAME_MAX + 2], other[YJ_NAME_MAX + 2];
    pack_name(s, name);
    for (size_t i = 0; i < u->source_count; i++) {
        pack_name(u->sources[i], other);
        if (strcmp(name, other) != 0)
            continue;
        yj_pack_source_free(u->sources[i]);
        u->sources[i] = s;
        return YJ_OK;
    }
    if (u->source_count == PACKS_MAX) {
        yj_pack_source_free(s);
        return yj_fail(err, YJ_E_LIMIT, "more than %d packs", PACKS_MAX);
    }
    u->sources[u->source_count++] = s;
    return YJ_OK;
}

static yj_status gather_sources(yj_upgrading *u, const char *const *folders, size_t count, yj_error *err)
{
    yj_db *db = NULL;
    YJ_TRY(yj_reader_take(u->e, &db, err));
    yj_status s = yj_pack_sources_current(db, u->sources, PACKS_MAX, &u->source_count, err);
    yj_reader_give(u->e, db);
    for (size_t i = 0; s == YJ_OK && i < count; i++) {
        yj_pack_source *one = NULL;
        s = yj_pack_source_read(folders[i], &one, err);
        if (s == YJ_OK)
            s = put_source(u, one, err);
    }
    return s;
}

static yj_status plan(yj_upgrading *u, const char *const *folders, size_t count, yj_complaint *complaints,
                      size_t max, size_t *ret_count, yj_error *err)
{
    YJ_TRY(gather_sources(u, folders, count, err));
    YJ_TRY(yj_catalog_load((const yj_pack_source *const *)u->sources, u->source_count, &u->to, complaints,
                           max, ret_count, err));
    YJ_TRY(yj_upgrade_new(u->e->catalog, u->to, &u->plan, complaints, max, ret_count, err));
    return yj_institution_list(u->e, &u->insts, &u->inst_count, err);
}

yj_status yj_upgrading_open(const char *data, const char *const *folders, size_t count, yj_upgrading **ret,
                            yj_complaint *complaints, size_t max, size_t *ret_count, yj_error *err)
{
    yj_upgrading *u = calloc(1, sizeof *u);
    *ret_count = 0;
    if (!u)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_status s = yj_engine_open(data, &(yj_open_options){ .serve = true }, &u->e, err);
    if (s == YJ_OK)
        s = yj_engine_settle(u->e, -1, err); /* what turns is held against what is concluded today */
    if (s == YJ_OK)
        s = plan(u, folders, count, complaints, max, ret_count, err);
    if (s == YJ_OK)
        *ret = u;
    else
        yj_upgrading_close(u);
    return s;
}

void yj_upgrading_close(yj_upgrading *u)
{
    if (!u)
        return;
    yj_upgrade_free(u->plan);
    yj_catalog_unref(u->to);
    for (size_t i = 0; i < u->source_count; i++)
        yj_pack_source_free(u->sources[i]);
    free(u->insts);
    yj_engine_close(u->e);
    free(u);
}

bool yj_upgrading_idle(const yj_upgrading *u)
{
    return memcmp(&u->to->digest, &u->e->catalog->digest, sizeof u->to->digest) == 0;
}

const yj_upgrade *yj_upgrading_plan(const yj_upgrading *u)
{
    return u->plan;
}

const yj_catalog *yj_upgrading_catalog(const yj_upgrading *u)
{
    return u->to;
}

/* --- every record, converted ------------------------------------------------------------------------------
 */

/* One record in force, as it is and as it is to be. */
typedef struct carried {
    int64_t inst;
    const yj_kind *old, *kind;
    char id[YJ_UUID_LEN + 1];
    int64_t version;
    bool withdrawn;
    const char *state;
    json_t *fields;
    bool changed;
} carried;
typedef yj_status (*carried_fn)(void *ctx, const carried *r, yj_error *err);

static yj_status carry(const yj_upgrade *plan, const yj_kind *old, int64_t inst, yj_stmt *st, carried_fn fn,
                       void *ctx, yj_error *err)
{
    carried r = { .inst = inst, .old = old, .kind = yj_upgrade_kind(plan, old->index) };
    char state[64];
    yj_span id = yj_col_text(st, 0), s = yj_col_text(st, 2);
    snprintf(r.id, sizeof r.id, "%.*s", (int)id.len, id.ptr);
    snprintf(state, sizeof state, "%.*s", (int)s.len, s.ptr);
    r.version = yj_col_i64(st, 1);
    r.withdrawn = strcmp(state, YJ_STATE_WITHDRAWN) == 0;
    yj_auto(yj_json_freep) json_t *body = NULL;
    yj_auto(yj_json_freep) json_t *now = NULL;
    YJ_TRY(yj_col_body_json(st, 3, 4, &body, err));
    const json_t *fields = json_object_get(body, "fields");
    if (!fields)
        return YJ_OK; /* erased */
    YJ_TRY(yj_upgrade_record(plan, old->index, fields, state, &now, &r.state, &r.changed, err));
    r.fields = now;
    return fn(ctx, &r, err);
}

static yj_status each_of_kind(yj_db *db, const yj_upgrade *plan, const yj_kind *old, int64_t inst,
                              carried_fn fn, void *ctx, yj_error *err)
{
    char sql[320];
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    snprintf(sql, sizeof sql,
             "SELECT r.id, r.version, r.state, b.body, b.packed FROM r_%s r JOIN body b ON b.inst = r.inst "
             "AND b.seq = "
             "r.seq "
             "WHERE r.inst = ?1 AND r.erased = 0 AND " YJ_SQL_VISIBLE("r") " ORDER BY r.id",
             old->name);
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(carry(plan, old, inst, st, fn, ctx, err));
    }
}

static yj_status each_record(yj_db *db, const yj_upgrade *plan, int64_t inst, carried_fn fn, void *ctx,
                             yj_error *err)
{
    const yj_catalog *from = yj_upgrade_from(plan);
    for (size_t i = 0; i < from->kind_count; i++)
        if (yj_upgrade_kind(plan, (int)i))
            YJ_TRY(each_of_kind(db, plan, &from->kinds[i], inst, fn, ctx, err));
    return YJ_OK;
}

/* --- does it fit? -----------------------------------------------------------------------------------------
 */

/* Of one institution. Keys are gathered by kind and held against each other at its end. */
typedef struct fitting {
    yj_upgrading *u;
    yj_db *db;
    const char *institution;
    yj_lang lang;
    yj_misfit_fn fn;
    void *ctx;
    size_t misfits, converted;
    yj_arena *arena;
    struct key {
        const yj_kind *kind, *old;
        const char *nkey, *id;
    } * keys;
    size_t key_count, key_cap;
} fitting;

static yj_status misfit(fitting *f, const yj_kind *old, int64_t inst, const char *id, const yj_error *why,
                        yj_error *err)
{
    yj_buf name;
    yj_buf_init(&name, 65536);
    yj_status s = yj_record_title(f->db, f->u->e->catalog, inst, old, id, f->lang, &name, err);
    yj_upgrade_misfit m = { .institution = f->institution,
                            .kind = old->name,
                            .id = id,
                            .name = name.ptr ? name.ptr : "",
                            .field = why->field,
                            .msg = why->msg,
                            .msg_zh = why->msg_zh };
    f->misfits++;
    if (s == YJ_OK && f->fn)
        s = f->fn(f->ctx, &m, err);
    yj_buf_done(&name);
    return s;
}

static yj_status keep_key(fitting *f, const carried *r, yj_error *err)
{
    yj_buf nkey;
    yj_buf_init(&nkey, 65536);
    yj_nkey_of(r->kind, r->fields, &nkey);
    if (f->key_count == f->key_cap) {
        size_t cap = f->key_cap ? 2 * f->key_cap : 1024;
        struct key *more = realloc(f->keys, cap * sizeof *more);
        if (!more) {
            yj_buf_done(&nkey);
            return yj_fail(err, YJ_E_NOMEM, "out of memory");
        }
        f->keys = more;
        f->key_cap = cap;
    }
    f->keys[f->key_count++] = (struct key){ .kind = r->kind,
                                            .old = r->old,
                                            .nkey = yj_arena_strdup(f->arena, nkey.ptr ? nkey.ptr : ""),
                                            .id = yj_arena_strdup(f->arena, r->id) };
    yj_buf_done(&nkey);
    return yj_arena_status(f->arena, err);
}

static yj_status fit(void *ctx, const carried *r, yj_error *err)
{
    fitting *f = ctx;
    yj_error why = { 0 };
    f->converted += r->changed;
    if (r->withdrawn)
        return YJ_OK; /* frees its key, and need not be whole */
    if (yj_kind_state(r->kind, yj_span_of(r->state)) < 0)
        (void)yj_fail(&why, YJ_E_INVALID, "there is no state %s", r->state);
    else if (yj_fields_check(f->u->to, r->kind, r->fields, &why) == YJ_OK &&
             yj_record_check(r->kind, r->fields, &why) == YJ_OK)
        return keep_key(f, r, err);
    return misfit(f, r->old, r->inst, r->id, &why, err);
}

static int by_key(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind->index - y->kind->index;
    int c = strcmp(x->nkey, y->nkey);
    return c ? c : strcmp(x->id, y->id);
}

static yj_status hold_keys(fitting *f, int64_t inst, yj_error *err)
{
    if (f->key_count > 1)
        qsort(f->keys, f->key_count, sizeof *f->keys, by_key);
    for (size_t i = 1; i < f->key_count; i++) {
        const struct key *a = &f->keys[i - 1], *b = &f->keys[i];
        if (a->kind != b->kind || !b->nkey[0] || strcmp(a->nkey, b->nkey) != 0)
            continue;
        yj_error why = { 0 };
        (void)yj_fail(&why, YJ_E_CONFLICT, "another record would have the same key");
        YJ_TRY(misfit(f, b->old, inst, b->id, &why, err));
    }
    return YJ_OK;
}

static yj_status check_one(fitting *f, int64_t inst, yj_error *err)
{
    f->key_count = 0;
    yj_arena_reset(f->arena);
    YJ_TRY(each_record(f->db, f->u->plan, inst, fit, f, err));
    return hold_keys(f, inst, err);
}

yj_status yj_upgrading_check(yj_upgrading *u, yj_lang lang, yj_misfit_fn fn, void *ctx, size_t *ret_misfits,
                             size_t *ret_converted, yj_error *err)
{
    fitting f = {
        .u = u, .lang = lang, .fn = fn, .ctx = ctx, .institution = "", .arena = yj_arena_new(ARENA_MAX)
    };
    if (!f.arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_status s = yj_reader_take(u->e, &f.db, err);
    if (s == YJ_OK)
        s = check_one(&f, YJ_INST_INSTALLATION, err);
    for (size_t i = 0; s == YJ_OK && i < u->inst_count; i++) {
        f.institution = u->insts[i].code;
        s = check_one(&f, u->insts[i].inst, err);
    }
    if (f.db)
        yj_reader_give(u->e, f.db);
    free(f.keys);
    yj_arena_free(f.arena);
    *ret_misfits = f.misfits;
    *ret_converted = f.converted;
    u->checked = s == YJ_OK && f.misfits == 0;
    return s;
}

/* --- which verdicts turn? ---------------------------------------------------------------------------------
 */

/** A verdict by the packs in force. */
typedef struct stands {
    int requirement;
    const char *subject;
    yj_verdict_status status;
} stands;

typedef struct turning {
    yj_upgrading *u;
    yj_db *db;    /* live */
    yj_replay *x; /* judged by the new packs */
    const yj_institution *inst;
    yj_lang lang;
    yj_turn_fn fn;
    void *ctx;
    int *ids;        /* of requirements: the index of each in the earlier packs, -1: new */
    yj_arena *arena; /* of one institution */
    stands *before;  /* what stands by the earlier packs, in the order of yj_verdicts() */
    size_t before_count, before_cap;
} turning;

static yj_status add_before(void *ctx, const yj_verdict *v, yj_error *err)
{
    turning *t = ctx;
    if (t->before_count == t->before_cap) {
        size_t cap = t->before_cap ? 2 * t->before_cap : 256;
        stands *rows = yj_arena_array(t->arena, cap, sizeof *rows);
        YJ_TRY(yj_arena_status(t->arena, err));
        if (t->before_count)
            memcpy(rows, t->before, t->before_count * sizeof *rows);
        t->before = rows;
        t->before_cap = cap;
    }
    t->before[t->before_count++] =
        (stands){ v->requirement, yj_arena_strdup(t->arena, v->subject), v->status };
    return yj_arena_status(t->arena, err);
}

static int compare_stands(const void *a, const void *b)
{
    const stands *x = a, *y = b;
    if (x->requirement != y->requirement)
        return x->requirement < y->requirement ? -1 : 1;
    return strcmp(x->subject, y->subject);
}

static yj_status read_before(turning *t, yj_error *err)
{
    yj_verdict_query q = YJ_VERDICT_QUERY_ALL;
    yj_arena_reset(t->arena);
    t->before = NULL;
    t->before_count = t->before_cap = 0;
    return yj_verdicts(t->db, t->u->e->catalog, t->inst->inst, &q, add_before, t, NULL, err);
}

/** -1: there was no such verdict. */
static int status_before(const turning *t, int requirement, const char *subject)
{
    const stands wanted = { .requirement = requirement, .subject = subject };
    const stands *found = requirement < 0 || !t->before_count
                              ? NULL
                              : bsearch(&wanted, t->before, t->before_count, sizeof wanted, compare_stands);
    return found ? (int)found->status : -1;
}

static yj_status tell(const turning *t, const yj_upgrade_turn *turn, const yj_kind *kind, yj_error *err)
{
    yj_upgrade_turn told = *turn;
    yj_buf name;
    yj_buf_init(&name, 65536);
    yj_status s =
        kind ? yj_record_title(t->db, t->u->e->catalog, t->inst->inst, kind, turn->id, t->lang, &name, err)
             : YJ_OK;
    told.institution = t->inst->code;
    told.name = name.ptr ? name.ptr : "";
    if (s == YJ_OK)
        s = t->fn(t->ctx, &told, err);
    yj_buf_done(&name);
    return s;
}

static int earlier(const yj_upgrading *u, int requirement)
{
    const yj_catalog *from = u->e->catalog;
    for (size_t i = 0; i < from->requirement_count; i++)
        if (yj_upgrade_requirement(u->plan, (int)i) == requirement)
            return (int)i;
    return -1;
}

static const yj_kind *earlier_kind(const yj_upgrading *u, int kind)
{
    const yj_catalog *from = u->e->catalog;
    for (size_t i = 0; i < from->kind_count; i++) {
        const yj_kind *to = yj_upgrade_kind(u->plan, (int)i);
        if (to && to->index == kind)
            return &from->kinds[i];
    }
    return NULL;
}

static yj_status compare_new(turning *t, const yj_judgement *j, yj_error *err)
{
    for (size_t i = 0; i < j->count; i++) {
        const yj_verdict *v = &j->changes[i];
        if (v->requirement < 0)
            continue;
        int from = status_before(t, t->ids[v->requirement], v->subject);
        if (from == (int)v->status)
            continue;
        yj_upgrade_turn turn = { .requirement = v->requirement_id,
                                 .kind = v->kind_name,
                                 .id = v->subject,
                                 .from = from,
                                 .to = (int)v->status,
                                 .code = v->code,
                                 .values = v->values };
        YJ_TRY(tell(t, &turn, earlier_kind(t->u, v->kind), err));
    }
    return YJ_OK;
}

static yj_status retired_verdict(void *ctx, const yj_verdict *v, yj_error *err)
{
    turning *t = ctx;
    yj_upgrade_turn turn = { .requirement = v->requirement_id,
                             .kind = v->kind_name,
                             .id = v->subject,
                             .from = (int)v->status,
                             .to = -1,
                             .code = v->code,
                             .values = v->values };
    return tell(t, &turn, &t->u->e->catalog->kinds[v->kind], err);
}

/* What stands on requirements that the new packs do not have. */
static yj_status tell_retired(turning *t, yj_error *err)
{
    const yj_catalog *from = t->u->e->catalog;
    yj_verdict_query q = YJ_VERDICT_QUERY_ALL;
    for (size_t i = 0; i < from->requirement_count; i++) {
        q.requirement = (int)i;
        if (yj_upgrade_requirement(t->u->plan, q.requirement) < 0)
            YJ_TRY(yj_verdicts(t->db, from, t->inst->inst, &q, retired_verdict, t, NULL, err));
    }
    return YJ_OK;
}

static yj_status judge_scratch(turning *t, yj_error *err)
{
    yj_replay *x = t->x;
    yj_date today;
    yj_scope scope;
    yj_judgement j = { 0 };
    yj_engine_today(t->u->e, &today);
    YJ_TRY(yj_replay_use_catalog(x, yj_catalog_ref(t->u->to), err));
    YJ_TRY(yj_replay_newest(x, INT64_MAX, err));
    YJ_TRY(yj_scope_load(x->db, x->c, x->inst, today.s, x->a, &scope, err));
    YJ_TRY(read_before(t, err));
    YJ_TRY(yj_judge_whole(x->db, x->c, x->dirty, &scope, &j, err));
    yj_status s = compare_new(t, &j, err);
    yj_judgement_done(&j);
    return s == YJ_OK ? tell_retired(t, err) : s;
}

static yj_status turns_of(turning *t, const yj_institution *inst, yj_error *err)
{
    yj_replay x = { .e = t->u->e, .inst = inst->inst, .pinned = true, .convert = t->u->plan };
    t->inst = inst;
    t->x = &x;
    yj_status s = yj_replay_open(&x, err);
    if (s == YJ_OK)
        s = judge_scratch(t, err);
    yj_replay_done(&x);
    t->x = NULL;
    return s;
}

yj_status yj_upgrading_turns(yj_upgrading *u, yj_lang lang, yj_turn_fn fn, void *ctx, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(ARENA_MAX);
    turning t = { .u = u, .lang = lang, .fn = fn, .ctx = ctx, .arena = arena };
    t.ids = calloc(u->to->requirement_count + 1, sizeof *t.ids);
    if (!t.ids || !arena) {
        free(t.ids);
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < u->to->requirement_count; i++)
        t.ids[i] = earlier(u, (int)i);
    yj_status s = yj_reader_take(u->e, &t.db, err);
    for (size_t i = 0; s == YJ_OK && i < u->inst_count; i++)
        s = turns_of(&t, &u->insts[i], err);
    if (t.db)
        yj_reader_give(u->e, t.db);
    free(t.ids);
    return s;
}

/* --- carrying it out --------------------------------------------------------------------------------------
 */

typedef struct conversion {
    yj_upgrading *u;
    yj_writer *w;
} conversion;

static yj_status convert(void *ctx, const carried *r, yj_error *err)
{
    conversion *x = ctx;
    if (!r->changed)
        return YJ_OK;
    yj_buf body;
    yj_buf_init(&body, YJ_BODY_BYTES_MAX);
    yj_status s = yj_body_make(r->kind, "convert", r->id, r->state, r->version + 1, r->fields, &body, err);
    if (s == YJ_OK) {
        yj_append a = { .by = x->u->e->config.operator_id,
                        .op = "convert",
                        .kind = r->kind->name,
                        .record = r->id,
                        .version = r->version + 1,
                        .now_ns = yj_engine_now(x->u->e),
                        .body = yj_buf_view(&body) };
        s = yj_writer_append(x->w, r->inst, &a, NULL, NULL, err);
    }
    yj_buf_done(&body);
    return s;
}

static yj_status mark_pending(yj_db *db, bool pending, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    if (pending)
        YJ_TRY(yj_db_prepare(db,
                             "INSERT INTO meta(key, value) VALUES('upgrade', 'pending') "
                             "ON CONFLICT(key) DO UPDATE SET value = excluded.value",
                             &st, err));
    else
        YJ_TRY(yj_db_prepare(db, "DELETE FROM meta WHERE key = 'upgrade'", &st, err));
    return yj_stmt_run(st, NULL, err);
}

static yj_status run_upgrade(yj_writer *w, void *ctx, yj_error *err)
{
    yj_upgrading *u = ctx;
    conversion x = { u, w };
    bool converts = yj_upgrade_converts(u->plan);
    YJ_TRY(yj_packs_put(w, (const yj_pack_source *const *)u->sources, u->source_count, u->to, err));
    if (!converts)
        return yj_exchange_derive_all(w, u->to, err);
    YJ_TRY(mark_pending(w->db, true, err));
    yj_db *db = NULL; /* rows are read beside the entries that are written */
    YJ_TRY(yj_reader_take(u->e, &db, err));
    yj_status s = each_record(db, u->plan, YJ_INST_INSTALLATION, convert, &x, err);
    for (size_t i = 0; s == YJ_OK && i < u->inst_count; i++)
        s = each_record(db, u->plan, u->insts[i].inst, convert, &x, err);
    yj_reader_give(u->e, db);
    return s;
}

/* The judge must not run by the old packs on what the new ones have. */
static yj_status open_again(yj_upgrading *u, bool judge, yj_error *err)
{
    char *data = strdup(u->e->data);
    if (!data)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_engine_close(u->e);
    u->e = NULL;
    yj_status s = yj_engine_open(data, &(yj_open_options){ .serve = true, .no_judge = !judge }, &u->e, err);
    free(data);
    return s;
}

yj_status yj_upgrading_run(yj_upgrading *u, const char *backup, yj_error *err)
{
    yj_backup_report r;
    size_t misfits = 0, converted = 0;
    if (!u->checked)
        YJ_TRY(yj_upgrading_check(u, YJ_LANG_ZH, NULL, NULL, &misfits, &converted, err));
    if (misfits)
        return yj_fail(err, YJ_E_INVALID, "%zu records do not fit the new edition: nothing was changed",
                       misfits);
    YJ_TRY(yj_backup(u->e, backup, &r, err));
    /* the earlier catalog is the plan's: it must outlive the engine that is closed */
    yj_catalog *from = yj_catalog_ref(u->e->catalog);
    yj_status s = open_again(u, false, err);
    if (s == YJ_OK && !yj_upgrade_converts(u->plan))
        s = yj_kind_tables_sync(u->e->writer.db, u->to->tables, u->to->kind_count, err);
    if (s == YJ_OK)
        s = yj_writer_run(u->e, run_upgrade, u, true, err);
    if (s == YJ_OK)
        s = open_again(u, false, err); /* ends it: yj_upgrade_finish */
    yj_upgrade_free(u->plan);
    u->plan = NULL;
    yj_catalog_unref(from);
    return s;
}

yj_status yj_upgrade_pending(yj_db *db, bool *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT 1 FROM meta WHERE key = 'upgrade'", &st, err));
    YJ_TRY(yj_stmt_step(st, ret, err));
    yj_stmt_reset(st);
    return *ret ? yj_kind_tables_drop(db, err) : YJ_OK;
}

static yj_status unmark(yj_writer *w, void *ctx, yj_error *err)
{
    return mark_pending(w->db, false, err);
}

yj_status yj_upgrade_finish(yj_engine *e, yj_error *err)
{
    yj_rebuild_report r;
    YJ_TRY(yj_rebuild(e, &(yj_rebuild_options){ .inst = -1 }, &r, err));
    return yj_writer_run(e, unmark, NULL, true, err);
}
