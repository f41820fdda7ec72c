// SPDX-License-Identifier: Apache-2.0
/*
 * A medium of this machine wiped: the instrument "wipe" as a job. Nothing of it can be undone, so what allows
 * it is asked three times, by the same functions: when it is ordered, when a second person confirms it, and
 * when the medium is open and the first byte is next.
 */
#include "access/may.h"
#include "access/membership.h"
#include "base/file.h"
#include "instrument/wipe/certificate.h"
#include "job/instruments.h"
#include "job/internal.h"
#include "job/medium_open.h"
#include "job/works.h"
#include "record/read.h"
#include "store/kind_table.h"
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORK "wipe"
#define STUCK 900 /* answers of a device, two seconds apart: half an hour */
#define ENTER_TRIES 15
#define ENTER_PAUSE_MS 200
#define SERIAL_MAX ((size_t)127)
#define SAMPLE_MIN 10
#define SAMPLE_MAX 99
#define NAME_BYTES ((size_t)400)
#define SAME_MAX ((size_t)16) /* records of one medium */
#define SQL_BYTES 1200
#define ARENA_BYTES ((size_t)4 << 20)

/* --- what is asked for ------------------------------------------------------------------------ */

static yj_status bad(const char *member, const char *text, yj_error *err)
{
    yj_fail(err, YJ_E_INVALID, "member %s is missing, or is not %s", member, text);
    return yj_error_at(err, "%s", member);
}

static bool is_destination(const char *s)
{
    return strcmp(s, "reuse") == 0 || strcmp(s, "return") == 0 || strcmp(s, "scrap") == 0;
}

static yj_status check(const yj_job_asked *a, yj_error *err)
{
    const yj_place *p = NULL;
    const json_t *sample = json_object_get(a->input, "sample");
    const char *serial = yj_spots_text(a->input, "serial");
    if (!a->ground->media || !a->ground->key)
        return yj_fail(err, YJ_E_INVALID, "no medium is named on this server");
    if (yj_media_find(a->ground->media, a->engine, a->inst, yj_spots_text(a->input, "medium"), &p, err) !=
        YJ_OK)
        return yj_error_at(err, "medium");
    if (!yj_spots_text(a->input, "record")[0])
        return bad("record", "the id of a record", err);
    if (!serial[0] || strlen(serial) > SERIAL_MAX)
        return bad("serial", "a serial number", err);
    if (!is_destination(yj_spots_text(a->input, "destination")))
        return bad("destination", "reuse, return or scrap", err);
    if (sample && (!json_is_integer(sample) || json_integer_value(sample) < SAMPLE_MIN ||
                   json_integer_value(sample) > SAMPLE_MAX))
        return bad("sample", "a number from 10 to 99", err);
    return yj_title_check(a, err);
}

/* --- who, and of which record ----------------------------------------------------------------- */

/* A record in which something has to be well before. */
typedef struct gate {
    char record[YJ_UUID_LEN + 1];
    char name[NAME_BYTES]; /* "" of the medium's record that was named */
} gate;

/* What the packs and the records say. */
typedef struct thing {
    int64_t grade; /* the highest that any of them says */
    char gate_kind[64], gate_transition[64];
    uint64_t gate_states;
    gate gate[SAME_MAX];
    size_t gate_count;
} thing;

typedef struct asking {
    const yj_job_asked *a;
    const char *witness; /* NULL: nobody yet */
    yj_db *db;
    const yj_catalog *c;
    const yj_order_grant *o;
    yj_arena *arena;
} asking;

static yj_status pass_on(const yj_may *may, yj_error *err)
{
    if (may->allowed)
        return YJ_OK;
    if (err)
        *err = may->why;
    return may->why.code;
}

static yj_status read_actor(const asking *x, const char *id, yj_actor *ret, yj_error *err)
{
    yj_date today;
    bool in_force = false;
    yj_engine_today(x->a->engine, &today);
    if (strcmp(id, yj_engine_operator(x->a->engine)) == 0)
        return yj_fail(err, YJ_E_FORBIDDEN,
                       "two people of the institution are needed; the operator is neither");
    YJ_TRY(yj_actor_read(x->db, x->c, x->a->inst, id, false, &today, x->arena, ret, err));
    YJ_TRY(yj_member_reached(x->db, x->c, x->a->inst, id, &today, &in_force, err));
    if (!in_force)
        return yj_fail(err, YJ_E_FORBIDDEN,
                       "who orders or confirms it must have an account here, and a membership in force");
    ret->for_count = 0; /* nobody does his part as a deputy: access/may.h */
    return YJ_OK;
}

/* Two people of the institution, each of whom may do his part; and who ordered it may record what comes of
 * it, or the medium would be wiped and nothing would prove it. */
static yj_status people_may(const asking *x, yj_error *err)
{
    const yj_kind *evidence = yj_catalog_kind(x->c, YJ_SPAN("evidence"));
    yj_actor by, witness;
    yj_may may;
    if (!evidence)
        return yj_fail(err, YJ_E_NOT_FOUND, "the packs in force have no kind evidence");
    YJ_TRY(read_actor(x, x->a->by, &by, err));
    yj_may_order(x->c, &by, WORK, &may);
    YJ_TRY(pass_on(&may, err));
    yj_may_do(x->c, &by, evidence, YJ_ACT_CREATE, -1, NULL, &may);
    YJ_TRY(pass_on(&may, err));
    if (!x->witness)
        return YJ_OK;
    if (strcmp(x->a->by, x->witness) == 0)
        return yj_fail(err, YJ_E_FORBIDDEN, "nobody is his own witness");
    YJ_TRY(read_actor(x, x->witness, &witness, err));
    yj_may_witness(x->c, &witness, WORK, &may);
    return pass_on(&may, err);
}

static yj_status lacks(const yj_kind *k, int field, yj_error *err)
{
    yj_fail(err, YJ_E_CONFLICT, "the record does not say: %s", k->fields[field].name);
    return yj_error_at(err, "record");
}

static yj_status read_fields(const asking *x, const char *id, json_t **ret, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf text;
    int64_t version = 0;
    yj_buf_init(&text, YJ_BODY_BYTES_MAX * 2);
    YJ_TRY(yj_record_get(x->db, x->c, x->a->inst, &x->c->kinds[x->o->record], id, -1, YJ_LANG_ZH, &text,
                         &version, err));
    return yj_json_parse(yj_buf_view(&text), text.len + 1, ret, err);
}

/* What one record of the medium wants. */
static yj_status add_record(const asking *x, const json_t *v, thing *ret, yj_error *err)
{
    const yj_order_grant *o = x->o;
    const yj_kind *k = &x->c->kinds[o->record];
    const json_t *f = json_object_get(v, "fields"), *grade = json_object_get(f, k->fields[o->grade].name);
    const char *by = yj_spots_text(f, k->fields[o->gate_by].name);
    if (!json_is_integer(grade))
        return lacks(k, o->grade, err);
    if (!by[0] || strlen(by) > YJ_UUID_LEN)
        return lacks(k, o->gate_by, err);
    if (json_integer_value(grade) > ret->grade)
        ret->grade = json_integer_value(grade);
    snprintf(ret->gate[ret->gate_count++].record, YJ_UUID_LEN + 1, "%s", by);
    return YJ_OK;
}

static yj_status read_named(const asking *x, thing *ret, char id[static YJ_UUID_LEN + 1], yj_error *err)
{
    const yj_order_grant *o = x->o;
    const yj_kind *k = &x->c->kinds[o->record], *to = &x->c->kinds[k->fields[o->gate_by].ref_kind];
    yj_auto(yj_json_freep) json_t *v = NULL;
    if (read_fields(x, yj_spots_text(x->a->input, "record"), &v, err) != YJ_OK)
        return yj_error_at(err, "record");
    const char *serial = yj_spots_text(json_object_get(v, "fields"), k->fields[o->serial].name);
    if (strcmp(yj_spots_text(v, "state"), YJ_STATE_WITHDRAWN) == 0)
        return yj_fail(err, YJ_E_CONFLICT, "the record was withdrawn");
    if (!serial[0])
        return lacks(k, o->serial, err);
    *ret = (thing){ .gate_states = o->gate_states };
    YJ_TRY(add_record(x, v, ret, err));
    if (strcmp(serial, yj_spots_text(x->a->input, "serial")) != 0) {
        yj_fail(err, YJ_E_CONFLICT, "the serial given is not the record's; nothing was written");
        return yj_error_at(err, "serial");
    }
    snprintf(ret->gate_kind, sizeof ret->gate_kind, "%s", to->name);
    snprintf(ret->gate_transition, sizeof ret->gate_transition, "%s", to->transitions[o->gate_transition].id);
    snprintf(id, YJ_UUID_LEN + 1, "%s", yj_spots_text(v, "id"));
    return YJ_OK;
}

/* What is recorded of the same medium elsewhere, as under another exit: its data must be let go there too.
 * Blanks and capitals make no other medium. */
static yj_status prepare_same(const asking *x, const char *id, yj_stmt **ret, yj_error *err)
{
    const yj_kind *k = &x->c->kinds[x->o->record];
    char sql[SQL_BYTES];
    snprintf(sql, sizeof sql,
             "SELECT r.id FROM r_%s r WHERE r.inst = ?1 AND lower(trim(r.f_%s)) = ?2 AND r.id <> ?3 AND "
             "r.erased = 0 AND r.state <> '" YJ_STATE_WITHDRAWN "' AND " YJ_SQL_VISIBLE("r") " ORDER BY r.id",
             k->name, k->fields[x->o->serial].name);
    yj_span s = yj_span_of(yj_spots_text(x->a->input, "serial"));
    for (; s.len && s.ptr[0] == ' '; s.len--)
        s.ptr++;
    while (s.len && s.ptr[s.len - 1] == ' ')
        s.len--;
    char *serial = yj_arena_strndup(x->arena, s.len ? s.ptr : "", s.len); /* read when the statement runs */
    for (char *at = serial; *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    YJ_TRY(yj_db_prepare_made(x->db, sql, ret, err));
    yj_bind_i64(*ret, 1, x->a->inst);
    yj_bind_cstr(*ret, 2, serial);
    yj_bind_cstr(*ret, 3, id);
    return YJ_OK;
}

static yj_status add_other(const asking *x, const char *id, thing *ret, yj_error *err)
{
    const yj_kind *to = &x->c->kinds[x->c->kinds[x->o->record].fields[x->o->gate_by].ref_kind];
    yj_auto(yj_json_freep) json_t *v = NULL;
    yj_auto(yj_buf_done) yj_buf name;
    yj_buf_init(&name, 65536);
    if (ret->gate_count == SAME_MAX)
        return yj_fail(err, YJ_E_CONFLICT, "more than %zu records have this serial", SAME_MAX);
    YJ_TRY(read_fields(x, id, &v, err));
    YJ_TRY(add_record(x, v, ret, err));
    gate *g = &ret->gate[ret->gate_count - 1];
    YJ_TRY(yj_record_title(x->db, x->c, to->installation ? YJ_INST_INSTALLATION : x->a->inst, to, g->record,
                           YJ_LANG_ZH, &name, err));
    snprintf(g->name, sizeof g->name, "%.*s", (int)name.len, name.len ? name.ptr : "");
    yj_text_tidy(g->name);
    if (!g->name[0])
        memcpy(g->name, g->record, sizeof g->record);
    return YJ_OK;
}

static yj_status read_thing(const asking *x, thing *ret, yj_error *err)
{
    char id[YJ_UUID_LEN + 1], other[SAME_MAX + 1][YJ_UUID_LEN + 1];
    size_t count = 0;
    YJ_TRY(read_named(x, ret, id, err));
    {
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        YJ_TRY(prepare_same(x, id, &st, err));
        for (bool row = true; row && count <= SAME_MAX;) {
            YJ_TRY(yj_stmt_step(st, &row, err));
            yj_span s = row ? yj_col_text(st, 0) : YJ_SPAN("");
            if (row)
                snprintf(other[count++], YJ_UUID_LEN + 1, "%.*s", (int)s.len, s.ptr);
        }
    }
    for (size_t i = 0; i < count; i++)
        YJ_TRY(add_other(x, other[i], ret, err));
    return YJ_OK;
}

static yj_status ask_in(asking *x, thing *ret, yj_error *err)
{
    x->o = yj_order_of(x->c, WORK);
    if (!x->o || x->o->record < 0 || x->o->serial < 0 || x->o->grade < 0 || x->o->gate_by < 0 ||
        x->o->gate_transition < 0)
        return yj_fail(
            err, YJ_E_CONFLICT,
            "the packs in force do not say which records stand for media, and what has to be well before");
    YJ_TRY(people_may(x, err));
    return read_thing(x, ret, err);
}

static yj_status gate_is_open(const yj_job_asked *a, const thing *t, const gate *g, yj_lang lang,
                              yj_buf *misses, yj_error *err)
{
    const yj_gate_probe p = { .inst = a->inst,
                              .kind = t->gate_kind,
                              .id = g->record,
                              .transition = t->gate_transition,
                              .states = t->gate_states,
                              .lang = lang };
    yj_status s = yj_engine_gate_probe(a->engine, &p, misses, err);
    if ((s == YJ_E_GATE || s == YJ_E_CONFLICT) && g->name[0])
        return yj_fail(err, s,
                       "the same serial is recorded under \"%s\" too, and there it may not be erased yet",
                       g->name);
    return s;
}

/* All that does not depend on the medium itself; at last, what the packs want to be well before. */
static yj_status may_be_wiped(const yj_job_asked *a, const char *witness, yj_lang lang, yj_buf *misses,
                              thing *ret, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(ARENA_BYTES);
    asking x = { .a = a, .witness = witness, .arena = arena };
    if (!arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(yj_reader_take(a->engine, &x.db, err));
    yj_catalog *c = yj_engine_catalog(a->engine);
    x.c = c;
    yj_status s = ask_in(&x, ret, err);
    yj_catalog_unref(c);
    yj_reader_give(a->engine, x.db);
    YJ_TRY(s);
    for (size_t i = 0; i < ret->gate_count; i++)
        YJ_TRY(gate_is_open(a, ret, &ret->gate[i], lang, misses, err));
    return YJ_OK;
}

/* --- what will be done ------------------------------------------------------------------------ */

/* By which the plan is known again; what holds of a file, such as its holes, changes while it is written. */
static const char *const planned[] = { "mediaType", "model",  "bytes",  "born",
                                       "grade",     "method", "passes", "toWrite" };

typedef struct plan {
    yj_disk_id id;
    const yj_grade_row *asks;
    const yj_wipe_method_row *row;
    uint64_t keys_bytes, to_write;
    unsigned passes;
} plan;

static yj_status choose(plan *p, const yj_job_asked *a, int64_t grade, yj_error *err)
{
    bool leaves = strcmp(yj_spots_text(a->input, "destination"), "reuse") != 0;
    p->asks = grade >= 1 && grade <= YJ_GRADE_MAX ? yj_grade_asks((int)grade, leaves) : NULL;
    if (!p->asks)
        return yj_fail(err, YJ_E_CONFLICT, "the grade of the data is a number from 1 to %d", YJ_GRADE_MAX);
    if (p->asks->full && json_object_get(a->input, "sample")) {
        yj_fail(err, YJ_E_INVALID, "grade %d is read back in full; leave out --sample", (int)grade);
        return yj_error_at(err, "sample");
    }
    p->row = yj_wipe_method_choose(p->id.medium, p->asks->outcome, p->id.can);
    if (!p->row)
        return yj_fail(err, YJ_E_CONFLICT,
                       "grade %d asks for %s here, and no method that this medium knows reaches it",
                       (int)grade, yj_outcome_name(p->asks->outcome));
    return yj_wipe_outcome(&p->id, p->row) >= p->asks->outcome
               ? YJ_OK
               : yj_fail(
                     err, YJ_E_CONFLICT,
                     "this file system writes elsewhere than where the data is: overwriting reaches nothing");
}

static yj_status make_plan(const yj_job_asked *a, yj_target *t, int64_t grade, plan *p, yj_error *err)
{
    const char *serial = yj_spots_text(a->input, "serial");
    yj_disk d = yj_target_disk(t);
    /* number and size are no identity for who is not there to look at it */
    if (p->id.limits & 1U << YJ_LIMIT_NO_SERIAL)
        return yj_fail(err, YJ_E_CONFLICT, "the device tells no serial number; wipe it on the command line");
    if (strcmp(p->id.serial, serial) != 0) {
        yj_fail(err, YJ_E_CONFLICT, "the serial given is not the medium's; nothing was written");
        return yj_error_at(err, "serial");
    }
    YJ_TRY(d.ops->allowed(d.self, err));
    YJ_TRY(choose(p, a, grade, err));
    p->passes = p->row->method == YJ_METHOD_PATTERN ? 2 : 1;
    p->to_write = p->id.bytes;
    if (p->row->method != YJ_METHOD_LUKS_KEYS)
        return YJ_OK;
    YJ_TRY(yj_luks_keys_of(&d, &p->keys_bytes, err));
    p->to_write = p->keys_bytes;
    return YJ_OK;
}

static json_t *plan_json(const plan *p)
{
    json_t *limits = json_array();
    unsigned set = p->id.limits | (p->row->method == YJ_METHOD_LUKS_KEYS ? 1U << YJ_LIMIT_BACKUPS : 0);
    for (unsigned i = 0; i < YJ_LIMIT_COUNT_; i++)
        if (set >> i & 1)
            json_array_append_new(limits, json_string(yj_limit_name(i)));
    return json_pack("{s:s, s:s, s:I, s:I, s:i, s:s, s:b, s:s, s:s, s:s, s:i, s:I, s:o}", "mediaType",
                     yj_medium_name(p->id.medium), "model", p->id.model, "bytes", (json_int_t)p->id.bytes,
                     "born", (json_int_t)p->id.born_ns, "grade", p->asks->grade, "wanted",
                     yj_outcome_name(p->asks->outcome), "leaves", p->asks->leaves, "method",
                     yj_wipe_method_name(p->row->method), "outcome",
                     yj_outcome_name(yj_wipe_outcome(&p->id, p->row)), "basis", p->row->source, "passes",
                     (int)p->passes, "toWrite", (json_int_t)p->to_write, "limits", limits);
}

static yj_status is_as_planned(const json_t *made, const json_t *kept, yj_error *err)
{
    for (size_t i = 0; i < YJ_COUNT(planned); i++)
        if (!json_equal(json_object_get(made, planned[i]), json_object_get(kept, planned[i])))
            return yj_fail(err, YJ_E_CONFLICT,
                           "the medium is not what it was when this was ordered (%s); nothing was written",
                           planned[i]);
    return YJ_OK;
}

static yj_status find_medium(const yj_job_asked *a, const yj_place **ret, yj_error *err)
{
    if (!a->ground->media || !a->ground->key)
        return yj_fail(err, YJ_E_INVALID, "no medium is named on this server");
    return yj_media_find(a->ground->media, a->engine, a->inst, yj_spots_text(a->input, "medium"), ret, err);
}

static yj_status ready(yj_job_ready *x, yj_error *err)
{
    const yj_place *p = NULL;
    yj_target *t = NULL;
    plan made = { .asks = NULL };
    thing of;
    YJ_TRY(find_medium(&x->asked, &p, err));
    YJ_TRY(may_be_wiped(&x->asked, x->witness, x->lang, x->misses, &of, err));
    YJ_TRY(yj_medium_enter(x->asked.ground->media, p, true, &t, &made.id, err));
    yj_status s = make_plan(&x->asked, t, of.grade, &made, err);
    yj_target_close(t);
    if (s != YJ_OK) {
        yj_medium_hide(p, err);
        return s;
    }
    json_t *v = plan_json(&made);
    const json_t *kept = json_object_get(x->input, "plan");
    if (!v)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (!kept) {
        json_object_set_new(x->input, "plan", v);
        return YJ_OK;
    }
    s = is_as_planned(v, kept, err);
    json_decref(v);
    return s;
}

/* --- doing it --------------------------------------------------------------------------------- */

typedef struct wiping {
    yj_job_run *r;
    yj_job_asked asked;
    const yj_place *place;
    yj_target *target;
    plan plan;
    yj_wipe_about about;
    yj_wipe_result result;
    atomic_bool stop;
    char by[NAME_BYTES], witness[NAME_BYTES];
    char state[YJ_TARGET_PATH_MAX];
} wiping;

static void wiping_done(wiping **p)
{
    if (*p && (*p)->target)
        yj_target_close((*p)->target);
    free(*p);
}

static void progress(void *self, const yj_wipe_progress *p)
{
    wiping *x = self;
    uint64_t each = x->plan.to_write, written = each * x->plan.passes, done = 0, total = written + each;
    switch (p->phase) {
    case YJ_PHASE_WRITE:
        done = each * (p->pass ? p->pass - 1 : 0) + p->done;
        break;
    case YJ_PHASE_DEVICE: /* it says a part of 65536 */
        done = (each >> 16) * p->done;
        break;
    case YJ_PHASE_READ:
        done = written + p->done;
        total = written + p->total;
        break;
    }
    if (yj_job_progress(x->r, done, total, NULL) != YJ_OK)
        atomic_store(&x->stop, true);
}

static yj_status name_of(const wiping *x, yj_db *db, const yj_catalog *c, const char *id,
                         char ret[static NAME_BYTES], yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(c, YJ_SPAN("person"));
    yj_auto(yj_buf_done) yj_buf name;
    yj_buf_init(&name, 65536);
    if (k)
        YJ_TRY(yj_record_name(db, c, x->r->inst, k, id, YJ_LANG_ZH, &name, err));
    if (k && !name.len)
        YJ_TRY(yj_record_name(db, c, YJ_INST_INSTALLATION, k, id, YJ_LANG_ZH, &name, err));
    snprintf(ret, NAME_BYTES, "%.*s", (int)name.len, name.len ? name.ptr : "");
    return ret[0] ? YJ_OK
                  : yj_fail(err, YJ_E_CONFLICT, "a person has no name any more; nobody could be named");
}

/* Two people of one name are told apart by the ends of their ids. */
static yj_status name_people(wiping *x, yj_error *err)
{
    yj_db *db = NULL;
    YJ_TRY(yj_reader_take(x->r->engine, &db, err));
    yj_catalog *c = yj_engine_catalog(x->r->engine);
    yj_status s = name_of(x, db, c, x->r->by, x->by, err);
    if (s == YJ_OK)
        s = name_of(x, db, c, x->r->witness, x->witness, err);
    yj_catalog_unref(c);
    yj_reader_give(x->r->engine, db);
    YJ_TRY(s);
    if (strcmp(x->by, x->witness) == 0) {
        size_t n = strlen(x->by);
        snprintf(x->by + n, sizeof x->by - n, " (%s)", x->r->by + strlen(x->r->by) - 12);
        snprintf(x->witness + n, sizeof x->witness - n, " (%s)", x->r->witness + strlen(x->r->witness) - 12);
    }
    x->about.by = x->by;
    x->about.witness = x->witness;
    return YJ_OK;
}

static yj_status where_it_stands(wiping *x, yj_error *err)
{
    int n = snprintf(x->state, sizeof x->state, "%s/wipe-%.36s.state", yj_engine_data_dir(x->r->engine),
                     x->r->id);
    return n < (int)sizeof x->state
               ? YJ_OK
               : yj_fail(err, YJ_E_INVALID, "a path is longer than %d bytes", (int)sizeof x->state - 1);
}

/* Who looks at the media just now has them open for a moment. */
static yj_status enter(wiping *x, yj_error *err)
{
    for (int i = 0;; i++) {
        yj_status s = yj_medium_enter(x->asked.ground->media, x->place, false, &x->target, &x->plan.id, err);
        if (s != YJ_E_CONFLICT || i == ENTER_TRIES)
            return s;
        YJ_TRY(yj_job_progress(x->r, 0, 0, err));
        (void)poll(NULL, 0, ENTER_PAUSE_MS);
    }
}

/* The medium is open for this alone; whatever was looked at before is looked at again. */
static yj_status make_sure(wiping *x, yj_buf *result, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *v = NULL;
    yj_auto(yj_buf_done) yj_buf misses;
    thing of;
    yj_buf_init(&misses, YJ_JOB_RESULT_MAX / 2);
    YJ_TRY(find_medium(&x->asked, &x->place, err));
    YJ_TRY(enter(x, err));
    yj_status s = may_be_wiped(&x->asked, x->r->witness, YJ_LANG_ZH, &misses, &of, err);
    if (s == YJ_E_GATE && misses.len)
        yj_buf_fmt(result, "{\"misses\":%s}", misses.ptr);
    YJ_TRY(s);
    YJ_TRY(make_plan(&x->asked, x->target, of.grade, &x->plan, err));
    v = plan_json(&x->plan);
    if (!v)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(is_as_planned(v, json_object_get(x->r->input, "plan"), err));
    YJ_TRY(name_people(x, err));
    x->about.grade = x->plan.asks->grade;
    x->about.wanted = x->plan.asks->outcome;
    x->about.target = x->place->name;
    x->about.version = YJ_VERSION;
    x->about.field[YJ_CERT_DESTINATION] = yj_spots_text(x->r->input, "destination");
    x->about.field[YJ_CERT_TICKET] = x->r->id;
    return yj_job_progress(x->r, 0, 0, err);
}

static yj_status wipe(wiping *x, yj_error *err)
{
    const bool anew = x->plan.row->method == YJ_METHOD_LUKS_KEYS;
    yj_disk d = yj_target_disk(x->target);
    const yj_wipe_options o = { .method = x->plan.row,
                                .serial = yj_spots_text(x->r->input, "serial"),
                                .sample =
                                    (unsigned)json_integer_value(json_object_get(x->r->input, "sample")),
                                .state_path = anew ? NULL : x->state,
                                .keys_bytes = x->plan.keys_bytes,
                                .stuck = STUCK,
                                .stop = &x->stop,
                                .progress = progress,
                                .progress_self = x };
    yj_status s = yj_wipe_run(&d, &o, &x->result, err);
    const int why = atomic_load(&x->r->slot->stop);
    if (s != YJ_E_BUSY || (why != YJ_JOB_SERVER_STOPS && why != YJ_JOB_LOST))
        (void)unlink(x->state); /* it will not go on from there */
    return s;
}

/* --- what becomes of it ----------------------------------------------------------------------- */

static yj_status sign(wiping *x, json_t *report, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf out;
    yj_kept_statement kept;
    char title[NAME_BYTES];
    yj_buf_init(&out, YJ_DSSE_BYTES_MAX + 4096);
    YJ_TRY(yj_wipe_sign(&x->result, &x->about, x->r->ground->key, &out, err));
    snprintf(title, sizeof title, "%s %s %s", yj_work_wipe_zh, x->place->name, x->result.before.serial);
    yj_status s = yj_statement_keep(x->r, yj_buf_view(&out), title, &kept, err);
    json_object_set_new(report, s == YJ_OK ? "statement" : "envelope",
                        s == YJ_OK ? json_pack("{s:s, s:s}", "evidence", kept.evidence, "digest", kept.digest)
                                   : json_stringn(out.ptr, out.len));
    return s;
}

/* @param s of the run; what was done is told whatever it is */
static yj_status conclude(wiping *x, yj_status s, yj_buf *result, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *report = NULL;
    yj_error ignored = { 0 };
    yj_jw w;
    yj_medium_hide(x->place, err);
    if (x->result.steps == 0) /* refused before it was even looked at */
        return s;
    yj_status told = yj_wipe_json(&x->result, &x->about, &report, s == YJ_OK ? err : &ignored);
    if (told != YJ_OK)
        return s == YJ_OK ? told : s;
    if (s == YJ_OK && yj_wipe_fine(&x->result))
        s = sign(x, report, err);
    else if (s == YJ_OK)
        s = yj_fail(err, YJ_E_IO,
                    "not everything was erased and read back as it should be; nothing is certified");
    yj_jw_init(&w, result);
    yj_jw_json(&w, report);
    return s;
}

/* Whatever the reason says of nothing being written holds of this time, and not of the time before. */
static void tell_begun(yj_error *err)
{
    yj_error zh = { .code = YJ_OK };
    char why[sizeof err->msg];
    if (!err)
        return;
    (void)yj_fail(&zh, err->code,
                  "it was begun before, and the medium is written over in part; not gone on: %s",
                  yj_error_text(err, YJ_LANG_ZH));
    snprintf(why, sizeof why, "%s", err->msg);
    (void)yj_fail(err, err->code,
                  "it was begun before, and the medium is written over in part; not gone on: %s", why);
    memcpy(err->msg_zh, zh.msg_zh, sizeof err->msg_zh);
}

static yj_status run(yj_job_run *r, yj_buf *result, yj_error *err)
{
    yj_auto(wiping_done) wiping *x = calloc(1, sizeof *x);
    if (!x)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (!r->witness[0])
        return yj_fail(err, YJ_E_FORBIDDEN, "nobody has confirmed it as a witness");
    x->r = r;
    x->asked = (yj_job_asked){
        .engine = r->engine, .ground = r->ground, .inst = r->inst, .input = r->input, .by = r->by
    };
    YJ_TRY(where_it_stands(x, err));
    const bool begun = yj_path_exists(x->state);
    yj_status s = make_sure(x, result, err);
    if (s == YJ_OK)
        s = conclude(x, wipe(x, err), result, err);
    else if (x->place)
        yj_medium_hide(x->place, err);
    if (s == YJ_OK || s == YJ_E_BUSY || !begun || x->result.steps)
        return s;
    (void)unlink(x->state); /* it has failed for good */
    if (!result->len)       /* to the page like a shut gate: there is no report of what was done */
        yj_buf_str(result, "{\"fine\":false,\"resumed\":true,\"misses\":[]}");
    tell_begun(err);
    return s;
}

static bool able(const yj_job_ground *g)
{
    return g->media && g->key;
}

const yj_job_work yj_work_wipe = {
    .name = WORK,
    .label = { { [YJ_LANG_ZH] = yj_work_wipe_zh, [YJ_LANG_EN] = YJ_WORK_WIPE_EN } },
    .members = "medium record serial destination sample title",
    .guarded = true,
    .slow = true,
    .witnessed = true,
    .able = able,
    .check = check,
    .ready = ready,
    .run = run
};
