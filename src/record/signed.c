// SPDX-License-Identifier: Apache-2.0
#include "record/signed.h"
#include "access/may.h"
#include "evidence/evidence.h"
#include "instrument/attest/statement.h"

#define ARENA_BYTES_MAX (8 * YJ_DSSE_BYTES_MAX)

static const char *name_of(const yj_kind *k, int field)
{
    return k->fields[field].name;
}

static const char *text_at(const json_t *fields, const yj_kind *k, int field)
{
    const json_t *v = json_object_get(fields, name_of(k, field));
    return json_is_string(v) ? json_string_value(v) : "";
}

static bool same(const json_t *a, const json_t *b, const char *name)
{
    const json_t *x = json_object_get(a, name), *y = json_object_get(b, name);
    return x == y || (x && y && json_equal(x, y));
}

/* --- what a statement says ------------------------------------------------------------------- */

/* Would it be taken as the value of a text field of one line? */
static bool fits(const yj_field *f, const char *text)
{
    yj_span s = yj_span_of(text);
    if (s.len == 0 || s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ' || yj_utf8_count(s) > (size_t)f->max_chars)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
            return false;
    return true;
}

static void add_once(json_t *list, const yj_field *f, const char *text)
{
    if (!fits(f, text))
        return;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), text) == 0)
            return;
    json_array_append_new(list, json_string(text));
}

static void set_list(json_t *ret, const yj_field *f, json_t *list)
{
    if (json_array_size(list))
        json_object_set_new(ret, f->name, list);
    else
        json_decref(list);
}

static void write_subjects(const yj_kind *k, const yj_statement *s, json_t *ret)
{
    const yj_field *digest = &k->fields[k->statement->digests], *name = &k->fields[k->statement->names];
    json_t *digests = json_array(), *names = json_array();
    for (size_t i = 0; i < s->count && i < YJ_SIGNED_SUBJECTS_MAX; i++) {
        add_once(names, name, s->subject[i].name);
        for (size_t d = 0; d < s->subject[i].digests && json_array_size(digests) < YJ_SIGNED_SUBJECTS_MAX;
             d++)
            add_once(digests, digest, s->subject[i].digest[d].hex);
    }
    set_list(ret, digest, digests);
    set_list(ret, name, names);
}

/* The day of an instant in the predicate, where the installation is. INT64_MIN: there is none. */
static int64_t write_day(const yj_kind *k, int field, const json_t *instant, const yj_zone *zone, json_t *ret)
{
    int64_t ns = 0;
    yj_date day;
    if (!json_is_string(instant) || !yj_time_parse(yj_span_of(json_string_value(instant)), &ns))
        return INT64_MIN;
    yj_zone_date(zone, ns, &day);
    json_object_set_new(ret, name_of(k, field), json_string(day.s));
    return ns;
}

/* Counters of the predicate: what matched, and all that did not or was not looked at. */
static void write_counts(const yj_kind *k, const json_t *counts, json_t *ret)
{
    static const char *const faults[] = { "changed", "missing", "extra", "unreadable", "skipped" };
    const json_t *matched = json_object_get(counts, "matched");
    json_int_t n = 0;
    if (!json_is_integer(matched) || json_integer_value(matched) < 0)
        return;
    for (size_t i = 0; i < YJ_COUNT(faults); i++) {
        const json_t *v = json_object_get(counts, faults[i]);
        if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > INT32_MAX)
            return;
        n += json_integer_value(v);
    }
    json_object_set_new(ret, name_of(k, k->statement->matched), json_integer(json_integer_value(matched)));
    json_object_set_new(ret, name_of(k, k->statement->faulty), json_integer(n));
}

/* The member of the predicate to which a path leads; NULL: there is none. "*" is the only member. */
static const json_t *member(const json_t *v, const char *path)
{
    while (v && *path) {
        size_t n = strcspn(path, ".");
        if (n == 1 && *path == '*')
            v = json_object_size(v) == 1 ? json_object_iter_value(json_object_iter((json_t *)(uintptr_t)v))
                                         : NULL;
        else
            v = json_object_getn(v, path, n);
        path += path[n] == '.' ? n + 1 : n;
    }
    return v;
}

/* What the packs ask for besides. What is no option, or no line, is left out. */
static void write_says(const yj_kind *k, const json_t *predicate, json_t *ret)
{
    for (size_t i = 0; i < k->statement->says_count; i++) {
        const yj_says *says = &k->statement->says[i];
        const yj_field *f = &k->fields[says->field];
        const json_t *v = member(predicate, says->path);
        const char *text = json_string_value(v);
        if (f->type == YJ_T_INTEGER) {
            if (json_is_integer(v) && json_integer_value(v) >= f->min && json_integer_value(v) <= f->max)
                json_object_set_new(ret, f->name, json_integer(json_integer_value(v)));
            continue;
        }
        if (text && (f->type == YJ_T_CHOICE ? yj_field_option(f, yj_span_of(text)) != NULL : fits(f, text)))
            json_object_set_new(ret, f->name, json_string(text));
    }
}

static const char *type_of(const yj_kind *k, const char *predicate)
{
    const yj_field *f = &k->fields[k->statement->type];
    for (size_t i = 0; i < f->option_count; i++)
        if (k->statement->types[i] && strcmp(k->statement->types[i], predicate) == 0)
            return f->options[i].id;
    return NULL;
}

static yj_status write_statement(const yj_kind *k, const yj_statement *s, const yj_zone *zone, json_t *ret,
                                 int64_t *ret_began_ns, yj_error *err)
{
    const yj_signed_map *m = k->statement;
    const char *type = type_of(k, s->predicate_type);
    const json_t *how = json_object_get(json_object_get(s->predicate, "verification"), "kind");
    if (json_is_string(how) && strcmp(json_string_value(how), "witnessed") == 0)
        return yj_fail(err, YJ_E_INVALID,
                       "two people saw what the statement says: no instrument measured it");
    if (!type)
        return yj_fail(err, YJ_E_INVALID, "no pack knows statements of that type");
    json_object_set_new(ret, name_of(k, m->type), json_string(type));
    write_subjects(k, s, ret);
    json_object_set_new(ret, name_of(k, m->fine),
                        json_boolean(json_is_true(json_object_get(s->predicate, "fine"))));
    write_counts(k, json_object_get(s->predicate, "counts"), ret);
    write_says(k, s->predicate, ret);
    *ret_began_ns = write_day(k, m->began, json_object_get(s->predicate, "startedOn"), zone, ret);
    (void)write_day(k, m->ended, json_object_get(s->predicate, "finishedOn"), zone, ret);
    return YJ_OK;
}

/* Of an envelope whose signature was found right. */
static yj_status read_verified(const yj_kind *k, const yj_dsse *d, yj_arena *a, const yj_zone *zone,
                               json_t *ret, int64_t *ret_began_ns, yj_error *err)
{
    yj_statement s;
    YJ_TRY(yj_statement_parse(d, a, &s, err));
    yj_status st = write_statement(k, &s, zone, ret, ret_began_ns, err);
    yj_statement_done(&s);
    return st;
}

/* --- the keys of an institution -------------------------------------------------------------- */

typedef struct held_key {
    const char *id;
    yj_key *key;
} held_key;

typedef struct held_keys {
    held_key rows[YJ_SIGNED_KEYS_MAX];
    size_t count;
} held_keys;

static void held_keys_done(held_keys *h)
{
    for (size_t i = 0; i < h->count; i++)
        yj_key_free(h->rows[i].key);
}

static void held_keys_free(held_keys *h)
{
    if (h)
        held_keys_done(h);
    free(h);
}
YJ_DEFINE_CLEANUP(held_keys, held_keys_free)

/* Those that are trusted first, so that of two signatures the one that counts is named. */
static yj_status read_keys(yj_writer *w, int64_t inst, const yj_kind *keys, held_keys *ret, yj_error *err)
{
    const yj_key_map *m = keys->keys;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    const char *sql =
        yj_arena_fmt(w->arena,
                     "SELECT k.id, k.f_%s FROM r_%s k WHERE k.inst = ?1 AND k.erased = 0 AND k.state <> "
                     "'" YJ_STATE_WITHDRAWN "' AND " YJ_SQL_VISIBLE("k") " ORDER BY CASE WHEN k.state = '%s' "
                                                                         "THEN 0 ELSE 1 END, k.id",
                     name_of(keys, m->public_key), keys->name, keys->states[m->trusted].id);
    YJ_TRY(yj_arena_status(w->arena, err));
    YJ_TRY(yj_db_prepare_made(w->db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    for (bool row = true; ret->count < YJ_SIGNED_KEYS_MAX;) {
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        held_key *h = &ret->rows[ret->count];
        yj_span id = yj_col_text(st, 0);
        if (yj_key_from_text(yj_col_text(st, 1), &h->key, NULL) != YJ_OK)
            continue; /* of an edition that did not look */
        h->id = yj_arena_strndup(w->arena, id.ptr, id.len);
        ret->count++;
    }
    return yj_arena_status(w->arena, err);
}

/* --- filling in ------------------------------------------------------------------------------ */

static bool needs_statement(const yj_kind *k, const json_t *fields)
{
    const yj_field *f = &k->fields[k->strength_field];
    const yj_option *o = yj_field_option(f, yj_span_of(text_at(fields, k, k->strength_field)));
    size_t at = o ? (size_t)(o - f->options) : 64;
    return at < 64 && k->statement->options >> at & 1;
}

/* Nobody but the system fills these in: they stay as they were. */
static yj_status keep_old(const yj_change *c, const yj_kind *k, const json_t *old, json_t *fields,
                          yj_error *err)
{
    for (size_t i = 0; i < k->field_count; i++) {
        const char *name = k->fields[i].name;
        if (!k->fields[i].by_system || same(old, fields, name))
            continue;
        if (!c->batch) {
            (void)yj_fail(err, YJ_E_INVALID, "field %s is filled in by the system", name);
            return yj_error_at(err, "fields.%s", name);
        }
        json_t *was = json_object_get(old, name);
        if (was)
            json_object_set(fields, name, was);
        else
            json_object_del(fields, name);
    }
    return YJ_OK;
}

static void forget(const yj_kind *k, json_t *fields)
{
    for (size_t i = 0; i < k->field_count; i++)
        if (k->fields[i].by_system)
            json_object_del(fields, k->fields[i].name);
}

/* A file that is no statement is no error; the want of memory is. */
static yj_status only_memory(yj_status s, const yj_error *why, yj_error *err)
{
    if (s != YJ_E_NOMEM)
        return YJ_OK;
    if (err)
        *err = *why;
    return s;
}

/* The file if it is there and could be an envelope; else nothing. */
static yj_status read_file(yj_writer *w, const char *digest_hex, yj_buf *out, yj_error *err)
{
    yj_digest digest;
    yj_error why = { .code = YJ_OK };
    if (!yj_digest_from_hex(yj_span_of(digest_hex), &digest))
        return YJ_OK;
    const char *folder = yj_arena_fmt(w->arena, "%s/evidence", w->e->data);
    YJ_TRY(yj_arena_status(w->arena, err));
    yj_status s = yj_evidence_bytes(folder, &digest, YJ_DSSE_BYTES_MAX, out, &why);
    if (s != YJ_OK)
        yj_buf_clear(out);
    return only_memory(s, &why, err);
}

/* What the envelope says, if one of the keys signed it. */
static yj_status try_keys(yj_writer *w, int64_t inst, const yj_kind *k, const held_keys *held,
                          yj_span envelope, json_t *ret, yj_error *err)
{
    int64_t began_ns = INT64_MIN;
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(ARENA_BYTES_MAX);
    yj_error why = { .code = YJ_OK };
    yj_dsse d;
    yj_date today;
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_status s = yj_dsse_parse(envelope, a, &d, &why);
    size_t i = 0;
    while (s == YJ_OK && i < held->count && yj_dsse_verify(&d, held->rows[i].key, NULL) != YJ_OK)
        i++;
    if (s == YJ_OK && i < held->count)
        s = read_verified(k, &d, a, w->e->zone, ret, &began_ns, &why);
    if (s != YJ_OK || i == held->count) {
        forget(k, ret);
        return only_memory(s, &why, err);
    }
    yj_engine_today(w->e, &today);
    json_object_set_new(ret, name_of(k, k->statement->key), json_string(held->rows[i].id));
    json_object_set_new(ret, name_of(k, k->statement->accepted), json_string(today.s));
    return yj_signed_join(w, inst, k, began_ns, ret, err);
}

yj_status yj_signed_fill(yj_writer *w, const yj_change *c, const yj_kind *k, const json_t *old,
                         json_t *fields, yj_error *err)
{
    const yj_signed_map *m = k->statement;
    if (!m)
        return YJ_OK;
    YJ_TRY(keep_old(c, k, old, fields, err));
    if (!needs_statement(k, fields)) {
        forget(k, fields);
        return YJ_OK;
    }
    if (json_object_get(fields, name_of(k, m->key)) && same(old, fields, name_of(k, m->file)))
        return YJ_OK; /* found right before: the same bytes by the same key */
    forget(k, fields);
    yj_auto(yj_buf_done) yj_buf envelope;
    yj_buf_init(&envelope, YJ_DSSE_BYTES_MAX + 1);
    YJ_TRY(read_file(w, text_at(fields, k, m->file), &envelope, err));
    if (envelope.len == 0 || envelope.ptr[0] != '{')
        return YJ_OK;
    yj_auto(held_keys_freep) held_keys *held = calloc(1, sizeof *held);
    if (!held)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(read_keys(w, c->inst, &w->e->catalog->kinds[k->fields[m->key].ref_kind], held, err));
    return try_keys(w, c->inst, k, held, yj_buf_view(&envelope), fields, err);
}

/* --- records of keys ------------------------------------------------------------------------- */

static yj_status wrong(yj_error *err, const yj_kind *k, int field)
{
    return yj_error_at(err, "fields.%s", name_of(k, field));
}

static yj_status check_alone(yj_writer *w, const yj_change *c, const yj_kind *k, const yj_key *key,
                             yj_error *err)
{
    char mine[2 * YJ_HASH_LEN + 1], other[2 * YJ_HASH_LEN + 1];
    yj_auto(held_keys_freep) held_keys *held = calloc(1, sizeof *held);
    if (!held)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(read_keys(w, c->inst, k, held, err));
    yj_key_id(key, mine);
    for (size_t i = 0; i < held->count; i++) {
        yj_key_id(held->rows[i].key, other);
        if (strcmp(mine, other) != 0 || (c->id && strcmp(c->id, held->rows[i].id) == 0))
            continue;
        (void)yj_fail(err, YJ_E_CONFLICT, "another record of kind %s holds this key already", k->name);
        return wrong(err, k, k->keys->public_key);
    }
    return YJ_OK;
}

static yj_status check_key(yj_writer *w, const yj_change *c, const yj_kind *k, const json_t *fields,
                           yj_error *err)
{
    const yj_key_map *m = k->keys;
    yj_auto(yj_key_freep) yj_key *key = NULL;
    if (yj_key_from_text(yj_span_of(text_at(fields, k, m->public_key)), &key, err) != YJ_OK)
        return wrong(err, k, m->public_key);
    if (strcmp(yj_sign_name(yj_key_alg(key)), text_at(fields, k, m->algorithm)) != 0) {
        (void)yj_fail(err, YJ_E_INVALID, "the key is one of %s", yj_sign_name(yj_key_alg(key)));
        return wrong(err, k, m->algorithm);
    }
    return check_alone(w, c, k, key, err);
}

static bool decided(const yj_kind *k, const char *state)
{
    return strcmp(state, k->states[k->keys->trusted].id) == 0 ||
           strcmp(state, k->states[k->keys->revoked].id) == 0;
}

/* Of what a key is believed may be said once where nobody said it, while nobody trusts it yet. */
static bool open_still(const yj_kind *k, const char *from, const char *to, const json_t *old, int field)
{
    return field == k->keys->types && !json_object_get(old, name_of(k, field)) && !decided(k, from) &&
           !decided(k, to);
}

static yj_status check_fixed(const yj_kind *k, const char *from, const char *to, const json_t *old,
                             const json_t *fields, yj_error *err)
{
    const yj_key_map *m = k->keys;
    const int fixed[] = { m->public_key, m->algorithm, m->types, m->from, m->until };
    for (size_t i = 0; i < YJ_COUNT(fixed); i++) {
        if (same(old, fields, name_of(k, fixed[i])) || open_still(k, from, to, old, fixed[i]))
            continue;
        (void)yj_fail(err, YJ_E_CONFLICT,
                      "field %s stays as it was entered: withdraw or revoke the key and enter another",
                      name_of(k, fixed[i]));
        return wrong(err, k, fixed[i]);
    }
    return YJ_OK;
}

/* Who entered the key says it, for whoever trusts it is somebody else. */
static yj_status check_types_given(yj_writer *w, const yj_change *c, const yj_kind *k, const json_t *old,
                                   const json_t *fields, yj_error *err)
{
    const char *creator = "";
    if (same(old, fields, name_of(k, k->keys->types)))
        return YJ_OK;
    YJ_TRY(yj_may_creator(w->db, c->inst, c->id, w->arena, &creator, err));
    if (c->by && strcmp(creator, c->by) == 0)
        return YJ_OK;
    (void)yj_fail(err, YJ_E_FORBIDDEN, "of what a key is believed is said by the person who entered it");
    return wrong(err, k, k->keys->types);
}

static yj_status check_revoked(const yj_kind *k, const char *from, const char *to, const json_t *old,
                               const json_t *fields, yj_error *err)
{
    const yj_key_map *m = k->keys;
    const char *revoked = k->states[m->revoked].id, *was = text_at(old, k, m->revoked_from),
               *is = text_at(fields, k, m->revoked_from);
    if (strcmp(to, revoked) != 0 && is[0]) {
        (void)yj_fail(err, YJ_E_INVALID, "field %s is given when the key is revoked",
                      name_of(k, m->revoked_from));
        return wrong(err, k, m->revoked_from);
    }
    bool later = from && strcmp(from, revoked) == 0 && is[0] && strcmp(is, was) > 0; /* "": of nothing */
    if (!later)
        return YJ_OK;
    (void)yj_fail(err, YJ_E_CONFLICT,
                  "a revoked key is not believed again: the day can only be an earlier one");
    return wrong(err, k, m->revoked_from);
}

yj_status yj_key_record_check(yj_writer *w, const yj_change *c, const yj_kind *k, const char *from,
                              const char *to, const json_t *old, const json_t *fields, yj_error *err)
{
    if (!k->keys || strcmp(to, YJ_STATE_WITHDRAWN) == 0)
        return YJ_OK;
    if (old) {
        YJ_TRY(check_fixed(k, from, to, old, fields, err));
        YJ_TRY(check_types_given(w, c, k, old, fields, err));
    } else {
        YJ_TRY(check_key(w, c, k, fields, err));
    }
    return check_revoked(k, from, to, old, fields, err);
}
