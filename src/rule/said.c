// SPDX-License-Identifier: Apache-2.0
/*
 * What a judgement entry says, read from its body where it lies: canonical JSON of one form only, which needs
 * no tree. Everything else about a body is YJ_E_CORRUPT.
 */
#include "ledger/ledger.h"
#include "rule/internal.h"

#include <stdlib.h>

/* --- one body ------------------------------------------------------------------------------------------ */

/** Behind the string that begins at `p` ('"'), or NULL if it does not end. */
static const char *skip_string(const char *p, const char *end)
{
    for (p++; p < end; p++) {
        if (*p == '"')
            return p + 1;
        if (*p == '\\')
            p++;
    }
    return NULL;
}

/** Behind the value that begins at `p`, or NULL. The brackets of a container are counted, not matched: the
 * bytes were written as JSON, and what is damaged is cut to what lies between two places all the same. */
static const char *skip_value(const char *p, const char *end)
{
    if (p < end && *p == '"')
        return skip_string(p, end);
    if (p >= end || (*p != '[' && *p != '{')) {
        const char *from = p;
        while (p < end && *p != ',' && *p != ']' && *p != '}')
            p++;
        return p == from ? NULL : p;
    }
    for (size_t depth = 0; p && p < end;) {
        if (*p == '"') {
            p = skip_string(p, end);
            continue;
        }
        depth += *p == '[' || *p == '{';
        depth -= *p == ']' || *p == '}';
        p++;
        if (depth == 0)
            return p;
    }
    return NULL;
}

static bool eat(const char **p, const char *end, const char *text)
{
    size_t len = strlen(text);
    if ((size_t)(end - *p) < len || memcmp(*p, text, len) != 0)
        return false;
    *p += len;
    return true;
}

/** A text without anything escaped, which ids, codes and dates never have. */
static bool plain_text(yj_span value, yj_span *ret)
{
    if (value.len < 2 || value.ptr[0] != '"' || value.ptr[value.len - 1] != '"' ||
        memchr(value.ptr, '\\', value.len))
        return false;
    *ret = (yj_span){ value.ptr + 1, value.len - 2 };
    return true;
}

static bool eat_text(const char **p, const char *end, char *ret, size_t size)
{
    const char *from = *p;
    yj_span text;
    *p = from < end && *from == '"' ? skip_string(from, end) : NULL;
    if (!*p || !plain_text((yj_span){ from, (size_t)(*p - from) }, &text) || text.len >= size)
        return false;
    memcpy(ret, text.ptr, text.len);
    ret[text.len] = '\0';
    return true;
}

static bool eat_number(const char **p, const char *end, int64_t *ret)
{
    const char *from = *p;
    while (*p < end && ((**p >= '0' && **p <= '9') || **p == '-'))
        (*p)++;
    return yj_span_i64((yj_span){ from, (size_t)(*p - from) }, ret);
}

bool yj_said_tail(yj_span rest, yj_judgement_part *ret)
{
    const char *p = rest.ptr, *end = rest.ptr + rest.len;
    int64_t upto;
    if (!eat(&p, end, "],\"judged\":") || !eat_number(&p, end, &upto) || upto < 0 ||
        !eat(&p, end, ",\"more\":"))
        return false;
    ret->upto = (uint64_t)upto;
    ret->more = eat(&p, end, "true");
    return (ret->more || eat(&p, end, "false")) && eat(&p, end, ",\"packs\":") &&
           eat_text(&p, end, ret->packs, sizeof ret->packs) && eat(&p, end, ",\"today\":") &&
           eat_text(&p, end, ret->today, sizeof ret->today) && eat(&p, end, "}") && p == end;
}

bool yj_said_begin(yj_span body, const char **ret_at)
{
    if (!body.ptr)
        return false;
    *ret_at = body.ptr;
    return eat(ret_at, body.ptr + body.len, "{\"changes\":[");
}

bool yj_said_next(yj_span body, const char **at, yj_span *ret_change)
{
    const char *end = body.ptr + body.len, *p = *at;
    *ret_change = (yj_span){ 0 };
    if (p < end && *p == ']')
        return true;
    if (p > body.ptr && p[-1] != '[' && !eat(&p, end, ","))
        return false;
    const char *to = p < end && *p == '[' ? skip_value(p, end) : NULL;
    if (!to)
        return false;
    *ret_change = (yj_span){ p, (size_t)(to - p) };
    *at = to;
    return true;
}

/* places of a change's array */
enum { REQUIREMENT, KIND, SUBJECT, STATUS, CODE, VALUES, DUE, STRENGTH, PROOFS, SINCE, CHANGE_LENGTH };

bool yj_said_read(yj_span change, yj_said *ret)
{
    yj_span v[CHANGE_LENGTH], since;
    const char *p = change.ptr, *end = change.ptr + change.len;
    int64_t strength;
    if (!eat(&p, end, "["))
        return false;
    for (size_t i = 0; i < CHANGE_LENGTH; i++) {
        if (i && !eat(&p, end, ","))
            return false;
        const char *to = skip_value(p, end);
        if (!to)
            return false;
        v[i] = (yj_span){ p, (size_t)(to - p) };
        p = to;
    }
    yj_said s = { .values = v[VALUES], .proofs = v[PROOFS] };
    bool never = yj_span_is(v[DUE], "null");
    if (!eat(&p, end, "]") || p != end || v[VALUES].ptr[0] != '{' || v[PROOFS].ptr[0] != '[' ||
        !plain_text(v[REQUIREMENT], &s.requirement) || !plain_text(v[KIND], &s.kind) ||
        !plain_text(v[SUBJECT], &s.subject) || !plain_text(v[CODE], &s.code) ||
        !plain_text(v[SINCE], &since) || !plain_text(v[STATUS], &s.status_name) ||
        !yj_verdict_by_name(s.status_name, &s.status) || !yj_date_parse(since, &s.since) ||
        !yj_span_i64(v[STRENGTH], &strength) || strength < 0 || strength > 3)
        return false;
    yj_span due;
    if (!never && (!plain_text(v[DUE], &due) || !yj_date_parse(due, &s.due)))
        return false;
    s.strength = (int)strength;
    *ret = s;
    return true;
}

yj_status yj_said_bad(uint64_t seq, yj_error *err)
{
    return yj_fail(err, YJ_E_CORRUPT, "judgement entry %llu has the wrong form", (unsigned long long)seq);
}

/* --- bodies of a store --------------------------------------------------------------------------------- */

/* Verdicts are asked for by requirement, and so are judgements written: what is asked for next mostly stands
 * in a body that was just read. */
#define KEPT 32

typedef struct kept {
    uint64_t seq;
    bool used;
    yj_buf text;
    yj_span *changes;
    size_t count, cap;
} kept;

struct yj_sayings {
    yj_db *db;
    int64_t inst;
    kept at[KEPT]; /* by seq */
};

yj_sayings *yj_sayings_new(yj_db *db, int64_t inst)
{
    yj_sayings *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->db = db;
    s->inst = inst;
    for (size_t i = 0; i < KEPT; i++)
        yj_buf_init(&s->at[i].text, YJ_BODY_BYTES_MAX + 1);
    return s;
}

void yj_sayings_free(yj_sayings *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < KEPT; i++) {
        yj_buf_done(&s->at[i].text);
        free(s->at[i].changes);
    }
    free(s);
}

static yj_status add_change(kept *k, yj_span change, yj_error *err)
{
    if (k->count == k->cap) {
        size_t cap = k->cap ? 2 * k->cap : 16;
        yj_span *rows = realloc(k->changes, cap * sizeof *rows);
        if (!rows)
            return yj_fail(err, YJ_E_NOMEM, "out of memory");
        k->changes = rows;
        k->cap = cap;
    }
    k->changes[k->count++] = change;
    return YJ_OK;
}

static yj_status load(yj_sayings *s, kept *k, uint64_t seq, yj_error *err)
{
    k->used = false;
    k->count = 0;
    yj_buf_clear(&k->text);
    bool found = false;
    YJ_TRY(yj_body_read(s->db, s->inst, seq, &k->text, &found, err));
    yj_span body = yj_buf_view(&k->text), change;
    const char *at;
    if (!found || !yj_said_begin(body, &at))
        return yj_said_bad(seq, err);
    for (;;) {
        if (!yj_said_next(body, &at, &change))
            return yj_said_bad(seq, err);
        if (!change.ptr)
            break;
        YJ_TRY(add_change(k, change, err));
    }
    k->seq = seq;
    k->used = true;
    return YJ_OK;
}

static yj_status keep(yj_sayings *s, uint64_t seq, kept **ret, yj_error *err)
{
    *ret = &s->at[seq % KEPT];
    return (*ret)->used && (*ret)->seq == seq ? YJ_OK : load(s, *ret, seq, err);
}

yj_status yj_sayings_find(yj_sayings *s, uint64_t seq, const char *requirement, const char *subject,
                          yj_said *ret, yj_error *err)
{
    kept *k;
    YJ_TRY(keep(s, seq, &k, err));
    for (size_t i = 0; i < k->count; i++)
        if (yj_said_read(k->changes[i], ret) && yj_span_is(ret->requirement, requirement) &&
            yj_span_is(ret->subject, subject))
            return YJ_OK;
    return yj_said_bad(seq, err);
}

yj_status yj_sayings_at(yj_sayings *s, uint64_t seq, int64_t place, yj_said *ret, yj_error *err)
{
    kept *k;
    YJ_TRY(keep(s, seq, &k, err));
    if (place < 0 || (uint64_t)place >= k->count || !yj_said_read(k->changes[place], ret))
        return yj_said_bad(seq, err);
    return YJ_OK;
}
