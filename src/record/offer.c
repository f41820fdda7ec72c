// SPDX-License-Identifier: Apache-2.0
/*
 * Offers: a record of a party's own ledger that those tied to it may take as a copy. Taking one writes the
 * client's ledger alone: its own record and a receipt that names the party's entry; so 300 clients who take
 * the same wait for nobody.
 */
#include "record/exchange.h"

#include "record/offer_internal.h"
#include "record/read.h"
#include <stdlib.h>

#define FIELD(k, i) ((k)->fields[i].name)

static const char *text_of(const json_t *fields, const yj_kind *k, int field)
{
    const char *s = json_string_value(json_object_get(fields, FIELD(k, field)));
    return s ? s : "";
}

/* --- what may be offered ---------------------------------------------------------------------- */

yj_status yj_offer_check(yj_db *db, const yj_catalog *c, const yj_change *ch, const yj_kind *k,
                         const json_t *fields, yj_error *err)
{
    const yj_offer_map *m = &c->exchange.offer;
    int type = -1;
    if (m->kind < 0 || k->index != m->kind)
        return YJ_OK;
    const yj_kind *about = yj_catalog_kind(c, yj_span_of(text_of(fields, k, m->about_kind)));
    const yj_offered *o = yj_offered_kind(c, about);
    YJ_TRY(yj_institution_type(db, c, ch->inst, &type, err));
    for (size_t i = 0; o && i < c->exchange.party_count; i++)
        if (c->exchange.parties[i].kind == o->party && c->exchange.parties[i].type == type)
            return YJ_OK;
    (void)yj_fail(err, YJ_E_INVALID, "an institution of this type offers no records of that kind");
    return yj_error_at(err, "fields.%s", FIELD(k, m->about_kind));
}

/* --- taking it -------------------------------------------------------------------------------- */

typedef struct taking {
    int64_t inst;
    const char *by, *reason; /* reason NULL: accept */
    yj_looked looked;
    const json_t *chosen;
    yj_lang lang;
    yj_offer x;
    char **ret_misses;
} taking;

/* What is not there already of a list. */
static void add_once(json_t *list, const char *id)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), id) == 0)
            return;
    json_array_append_new(list, json_string(id));
}

static yj_status take_files(yj_writer *w, taking *t, const yj_field *f, const char *name, yj_error *err)
{
    const yj_kind *k = &w->e->catalog->kinds[f->ref_kind];
    const json_t *v = json_object_get(t->x.fields, f->name);
    char id[YJ_UUID_LEN + 1];
    if (json_is_string(v)) {
        YJ_TRY(yj_taking_evidence(w, t->inst, t->by, t->x.party, k, json_string_value(v), id, err));
        json_object_set_new(t->x.to, name, id[0] ? json_string(id) : json_null());
    }
    if (json_array_size(v) == 0)
        return YJ_OK;
    if (json_array_size(v) > YJ_TAKING_EVIDENCE_MAX)
        return yj_fail(err, YJ_E_LIMIT, "more than %d pieces of evidence", YJ_TAKING_EVIDENCE_MAX);
    const json_t *before = json_object_get(t->x.now, name);
    json_t *all = json_is_array(before) ? json_copy((json_t *)(uintptr_t)before) : json_array();
    json_object_set_new(t->x.to, name, all);
    for (size_t i = 0; i < json_array_size(v); i++) {
        YJ_TRY(yj_taking_evidence(w, t->inst, t->by, t->x.party, k, json_string_value(json_array_get(v, i)),
                                  id, err));
        if (id[0])
            add_once(all, id);
    }
    return YJ_OK;
}

static yj_status take_all_files(yj_writer *w, taking *t, yj_error *err)
{
    const yj_catalog *c = w->e->catalog;
    const yj_offered *o = t->x.o;
    for (size_t i = 0; i < o->field_count; i++) {
        const yj_field *f = &c->kinds[o->kind].fields[o->fields[i].from];
        if (f->type == YJ_T_REF && c->kinds[f->ref_kind].strength_field >= 0)
            YJ_TRY(take_files(w, t, f, FIELD(&c->kinds[o->as], o->fields[i].to), err));
    }
    return YJ_OK;
}

static void drop_nulls(json_t *fields)
{
    const char *key = NULL;
    json_t *v = NULL;
    void *next = NULL;
    json_object_foreach_safe(fields, next, key, v)
    {
        if (json_is_null(v))
            json_object_del(fields, key);
    }
}

/* The client's record as the party's stands: made, or its fields changed; then its state follows. */
static yj_status make_copy(yj_writer *w, taking *t, yj_error *err)
{
    const yj_catalog *c = w->e->catalog;
    const yj_kind *k = &c->kinds[t->x.o->as];
    bool makes = !t->x.copy[0];
    YJ_TRY(take_all_files(w, t, err));
    if (makes)
        drop_nulls(t->x.to);
    YJ_TRY(yj_fields_check(c, k, t->x.to, err));
    yj_change ch = { .inst = t->inst,
                     .op = makes ? YJ_CH_CREATE : YJ_CH_CHANGE,
                     .by = t->by,
                     .kind = k->index,
                     .id = makes ? NULL : t->x.copy,
                     .expect_version = makes ? -1 : t->x.copy_version,
                     .fields = t->x.to,
                     .lang = t->lang };
    YJ_TRY(yj_taking_change(w, &ch, t->ret_misses, err));
    if (makes) {
        memcpy(t->x.copy, ch.ret_id, sizeof t->x.copy);
        snprintf(t->x.copy_state, sizeof t->x.copy_state, "%s", k->states[k->initial].id);
    }
    const yj_transition *move = yj_offer_follows(c, &t->x, t->x.copy_state);
    if (!move)
        return YJ_OK;
    yj_change follow = { .inst = t->inst,
                         .op = YJ_CH_MOVE,
                         .by = t->by,
                         .kind = k->index,
                         .id = t->x.copy,
                         .expect_version = -1,
                         .transition = move->id,
                         .lang = t->lang };
    return yj_taking_change(w, &follow, t->ret_misses, err);
}

static yj_status run_taking(yj_writer *w, void *ctx, yj_error *err)
{
    taking *t = ctx;
    yj_slot *slot = NULL;
    yj_offer_done(&t->x);
    t->x.copy[0] = t->x.plain[0] = '\0';
    t->x.copy_version = 0;
    t->x.unknown = 0;
    YJ_TRY(yj_writer_slot(w, t->inst, &slot, err));
    YJ_TRY(yj_offer_read(w->db, w->e->catalog, t->inst, &t->x, err));
    if (t->looked.version >= 0 && t->looked.version != t->x.version)
        return yj_fail(err, YJ_E_CONFLICT, "what is offered has changed: look at it again");
    YJ_TRY(yj_offer_work_out(w->db, w->e->catalog, t->inst, &t->x, t->chosen, err));
    if (!t->reason) {
        YJ_TRY(yj_taking_as_shown(&t->looked, t->x.plain, t->x.copy, t->x.copy_version, err));
        YJ_TRY(make_copy(w, t, err));
    }
    const yj_taken taken = { .inst = t->inst,
                             .party = t->x.party,
                             .by = t->by,
                             .reason = t->reason,
                             .id = t->x.id,
                             .version = t->x.version,
                             .seq = t->x.seq,
                             .about_kind = w->e->catalog->kinds[t->x.o->as].name,
                             .about = t->x.copy[0] ? t->x.copy : NULL };
    return yj_receipt_write(w, &taken, err);
}

static yj_status take(yj_engine *e, taking *t, const char *party, const char *offer, yj_error *err)
{
    yj_db *db = NULL;
    YJ_TRY(yj_reader_take(e, &db, err));
    yj_status s = yj_offer_named(db, e->catalog, t->inst, party, offer, t->chosen, &t->x, err);
    yj_reader_give(e, db);
    if (s == YJ_OK)
        s = yj_writer_run(e, run_taking, t, false, err);
    if (s != YJ_OK)
        yj_titles(e->catalog, NULL, err);
    yj_offer_done(&t->x);
    return s;
}

yj_status yj_offer_accept(yj_engine *e, int64_t inst, const char *party, const char *offer,
                          const yj_looked *looked, const json_t *chosen, const char *by, yj_lang lang,
                          char **ret_misses, yj_error *err)
{
    taking t = {
        .inst = inst, .by = by, .looked = *looked, .chosen = chosen, .lang = lang, .ret_misses = ret_misses
    };
    return take(e, &t, party, offer, err);
}

yj_status yj_offer_decline(yj_engine *e, int64_t inst, const char *party, const char *offer, int64_t version,
                           const char *reason, const char *by, yj_error *err)
{
    taking t = { .inst = inst, .by = by, .reason = reason, .looked = { .version = version } };
    YJ_TRY(yj_reason_check(reason, err));
    return take(e, &t, party, offer, err);
}
