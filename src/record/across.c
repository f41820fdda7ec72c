// SPDX-License-Identifier: Apache-2.0
#include "record/across.h"

#include "record/offer_internal.h"
#include "record/read.h"

#define FIELD(k, i) ((k)->fields[i].name)
#define MEMBER(fields, k, i) json_object_get(fields, FIELD(k, i))

static const char *text_of(const json_t *fields, const yj_kind *k, int field)
{
    const char *s = json_string_value(MEMBER(fields, k, field));
    return s ? s : "";
}

/* --- to whom ---------------------------------------------------------------------------------- */

/* First column of all rows, which are bound. */
static yj_status read_insts(yj_stmt *st, yj_arena *a, yj_across *ret, yj_error *err)
{
    int64_t *list = NULL;
    size_t count = 0, cap = 0;
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        if (count == cap) {
            int64_t *more = yj_arena_array(a, cap = cap ? 2 * cap : 8, sizeof *more);
            YJ_TRY(yj_arena_status(a, err));
            for (size_t i = 0; i < count; i++)
                more[i] = list[i];
            list = more;
        }
        list[count++] = yj_col_i64(st, 0);
    }
    *ret = (yj_across){ list, count };
    return YJ_OK;
}

yj_status yj_across_addressed(yj_db *db, int64_t inst, const char *record, yj_arena *a, yj_across *ret,
                              yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(
        yj_db_prepare(db,
                      "SELECT DISTINCT a.party FROM addressed a JOIN party_link l ON l.inst = a.inst AND "
                      "l.record = a.target AND l.party = a.party WHERE a.inst = ?1 AND a.record = ?2 ORDER "
                      "BY 1",
                      &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, record);
    return read_insts(st, a, ret, err);
}

static yj_status read_clients(yj_db *db, int64_t party, yj_arena *a, yj_across *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT DISTINCT inst FROM party_link WHERE party = ?1 ORDER BY 1", &st, err));
    yj_bind_i64(st, 1, party);
    return read_insts(st, a, ret, err);
}

/* Does it wait for the client? */
static yj_status offer_waits(yj_db *db, const yj_catalog *c, int64_t client, yj_offer *x, bool *ret,
                             yj_error *err)
{
    yj_error none = { 0 };
    yj_status s = yj_offer_read(db, c, client, x, &none);
    yj_offer_done(x);
    *ret = s == YJ_OK;
    if (s == YJ_OK || s == YJ_E_NOT_FOUND)
        return YJ_OK;
    *err = none;
    return s;
}

yj_status yj_across_offered(yj_db *db, const yj_catalog *c, int64_t party, const char *record, yj_arena *a,
                            yj_across *ret, int64_t *ret_version, const yj_kind **ret_as, yj_error *err)
{
    yj_across clients;
    *ret = (yj_across){ NULL, 0 };
    if (yj_offers_wanted(c, NULL) != YJ_OK)
        return YJ_OK;
    YJ_TRY(read_clients(db, party, a, &clients, err));
    int64_t *list = yj_arena_array(a, clients.count + 1, sizeof *list);
    YJ_TRY(yj_arena_status(a, err));
    for (size_t i = 0; i < clients.count; i++) {
        yj_offer x = { .party = party };
        bool waits = false;
        snprintf(x.id, sizeof x.id, "%.36s", record);
        YJ_TRY(offer_waits(db, c, clients.insts[i], &x, &waits, err));
        if (!waits)
            continue;
        list[ret->count++] = clients.insts[i];
        *ret_version = x.version;
        *ret_as = &c->kinds[x.o->as];
    }
    ret->insts = list;
    return YJ_OK;
}

/* --- receipts and ties ------------------------------------------------------------------------ */

/* A record's fields and state; *ret NULL if it is not there (any more). */
static yj_status read_fields(yj_db *db, const yj_kind *k, int64_t inst, const char *id, char state[static 48],
                             json_t **ret, yj_error *err)
{
    yj_error none = { 0 };
    int64_t seq = 0, version = 0;
    *ret = NULL;
    yj_status s = yj_taking_row(db, k, inst, id, &seq, &version, state, ret, &none);
    if (s == YJ_OK || s == YJ_E_NOT_FOUND)
        return YJ_OK;
    *err = none;
    return s;
}

yj_status yj_across_received(yj_db *db, const yj_catalog *c, int64_t client, const char *receipt,
                             yj_across_receipt *ret, bool *ret_found, yj_error *err)
{
    const yj_receipt_map *m = &c->exchange.receipt;
    const yj_kind *k = &c->kinds[m->kind];
    char state[48];
    bool tied = false;
    yj_auto(yj_json_freep) json_t *fields = NULL;
    *ret_found = false;
    YJ_TRY(read_fields(db, k, client, receipt, state, &fields, err));
    if (!fields)
        return YJ_OK;
    YJ_TRY(yj_institution_number(db, text_of(fields, k, m->institution), &ret->party, err));
    YJ_TRY(yj_across_is_tied(db, client, ret->party, &tied, err));
    if (!tied)
        return YJ_OK;
    snprintf(ret->record, sizeof ret->record, "%.36s", text_of(fields, k, m->answer));
    ret->accepted =
        strcmp(text_of(fields, k, m->outcome), k->fields[m->outcome].options[m->accepted].id) == 0;
    YJ_TRY(yj_record_kind(db, c, ret->party, ret->record, &ret->kind, err));
    *ret_found = ret->kind != NULL;
    return YJ_OK;
}

yj_status yj_across_tied(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *record,
                         yj_across_tie *ret, int64_t *ret_other, yj_error *err)
{
    const yj_invitation_map *i = &c->exchange.invitation;
    const yj_link_map *l = &c->exchange.link;
    const bool asks = k->index == i->kind;
    char state[48];
    yj_auto(yj_json_freep) json_t *fields = NULL;
    *ret = YJ_ACROSS_NOT_YET;
    *ret_other = -1;
    YJ_TRY(read_fields(db, k, inst, record, state, &fields, err));
    if (!fields)
        return YJ_OK;
    const char *other = text_of(fields, k, asks ? i->institution : l->client);
    YJ_TRY(yj_institution_number(db, other, ret_other, err));
    if (strcmp(state, k->states[asks ? i->accepted : l->state].id) == 0)
        *ret = YJ_ACROSS_ACCEPTED;
    else if (asks && strcmp(state, k->states[k->transitions[i->decline].to].id) == 0)
        *ret = YJ_ACROSS_DECLINED;
    else if (!asks || other[0])
        *ret = YJ_ACROSS_ENDED;
    return YJ_OK;
}

yj_status yj_across_is_tied(yj_db *db, int64_t a, int64_t b, bool *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(
        yj_db_prepare(db,
                      "SELECT 1 FROM party_link WHERE (inst = ?1 AND party = ?2) OR (inst = ?2 AND party = "
                      "?1) LIMIT 1",
                      &st, err));
    yj_bind_i64(st, 1, a);
    yj_bind_i64(st, 2, b);
    return yj_stmt_step(st, ret, err);
}

/* --- names ------------------------------------------------------------------------------------ */

static bool tells_name(const yj_catalog *c, const yj_kind *k)
{
    const yj_addressing *a = &c->exchange.addresses[k->index];
    for (size_t i = 0; i < a->field_count; i++)
        if (a->fields[i] == k->name_field)
            return true;
    return false;
}

static yj_status is_addressed(yj_db *db, int64_t client, int64_t party, const yj_kind *k, const char *record,
                              bool *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(
        yj_db_prepare(db,
                      "SELECT 1 FROM addressed a JOIN party_link l ON l.inst = a.inst AND l.record = "
                      "a.target AND l.party = a.party WHERE a.inst = ?1 AND a.party = ?2 AND a.record = ?3 "
                      "AND a.kind = ?4 LIMIT 1",
                      &st, err));
    yj_bind_i64(st, 1, client);
    yj_bind_i64(st, 2, party);
    yj_bind_cstr(st, 3, record);
    yj_bind_cstr(st, 4, k->name);
    return yj_stmt_step(st, ret, err);
}

yj_status yj_across_name(yj_db *db, const yj_catalog *c, int64_t inst, int64_t other, const yj_kind *k,
                         const char *record, yj_lang lang, yj_buf *out, yj_error *err)
{
    bool seen = false;
    yj_offer x = { .party = other };
    YJ_TRY(is_addressed(db, other, inst, k, record, &seen, err));
    if (seen)
        return tells_name(c, k) ? yj_record_name(db, c, other, k, record, lang, out, err) : YJ_OK;
    if (yj_offers_wanted(c, NULL) != YJ_OK)
        return YJ_OK;
    snprintf(x.id, sizeof x.id, "%.36s", record);
    YJ_TRY(offer_waits(db, c, inst, &x, &seen, err));
    if (!seen || x.o->as != k->index)
        return YJ_OK;
    return yj_record_name(db, c, other, &c->kinds[x.o->kind], record, lang, out, err);
}

yj_status yj_across_institution(yj_db *db, const yj_catalog *c, int64_t inst,
                                char ret_id[static YJ_UUID_LEN + 1], yj_buf *name, yj_error *err)
{
    yj_error none = { 0 };
    ret_id[0] = '\0';
    if (inst <= YJ_INST_INSTALLATION)
        return YJ_OK;
    yj_status s = yj_institution_named(db, c, inst, ret_id, name, &none);
    if (s == YJ_OK || s == YJ_E_NOT_FOUND)
        return YJ_OK;
    *err = none;
    return s;
}
