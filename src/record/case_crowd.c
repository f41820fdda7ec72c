// SPDX-License-Identifier: Apache-2.0
/*
 * A case by itself has one deployment, one platform, one contract: a rule that forgets to join them comes out
 * right. Among the records of the requirement's other cases it does not.
 *
 * All belong to one institution, so their natural keys must differ: a key without a reference gets the case's
 * number behind its last text. A kind that has neither (a date is its key) can be entered once only; a
 * requirement with such a record in two cases is left out.
 */
#include "record/case_internal.h"

#include <stdlib.h>

static bool refers(const yj_field *f)
{
    return f->ref_kind >= 0 || f->kind_from >= 0;
}

/** @return the field that is to carry the number, -1: none need, -2: none can */
static int numbered_field(const yj_kind *k)
{
    int text = -2;
    for (size_t i = 0; i < k->key_count; i++) {
        const yj_field *f = &k->fields[k->key[i]];
        if (refers(f) && !(f->ref_kind >= 0 && strcmp(f->name, "institution") == 0))
            return -1;
        if (f->type == YJ_T_TEXT && !refers(f))
            text = k->key[i];
    }
    return text;
}

static bool fits(const yj_case_runner *r, const yj_case *k)
{
    for (size_t i = 0; i < k->record_count; i++)
        if (numbered_field(&r->c->kinds[k->records[i].kind]) == -2)
            return false;
    return true;
}

static void number_text(yj_case_runner *r, const yj_kind *k, int at, json_t *fields)
{
    const char *text = at >= 0 && k->fields[at].type == YJ_T_TEXT && !refers(&k->fields[at])
                           ? json_string_value(json_object_get(fields, k->fields[at].name))
                           : NULL;
    if (text)
        json_object_set_new(fields, k->fields[at].name, json_string(yj_case_numbered(r, text)));
}

/* The name too: it is what the sentences show, and tells whose record was found. */
static void number_texts(yj_case_runner *r, const yj_kind *k, json_t *fields)
{
    int key = numbered_field(k);
    number_text(r, k, key, fields);
    if (k->name_field != key)
        number_text(r, k, k->name_field, fields);
}

/* Does a record of the case carry this text, by which statements are joined to it, with a number? */
static bool measured_by(const yj_case_runner *r, const yj_case *k, const char *text)
{
    for (size_t i = 0; i < k->record_count; i++) {
        const yj_kind *of = &r->c->kinds[k->records[i].kind];
        for (size_t m = 0; m < of->measured_count; m++) {
            int at = of->measured[m].field;
            const char *v = json_string_value(json_object_get(k->records[i].fields, of->fields[at].name));
            if (v && strcmp(v, text) == 0 && (at == of->name_field || at == numbered_field(of)))
                return true;
        }
    }
    return false;
}

/* What a statement is about is called as the record is. */
static void number_subjects(yj_case_runner *r, const yj_case *k, const yj_kind *of, json_t *fields)
{
    const char *name = of->statement ? of->fields[of->statement->names].name : NULL;
    const json_t *list = name ? json_object_get(fields, name) : NULL;
    if (!json_is_array(list))
        return;
    json_t *ret = json_array();
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        json_array_append_new(ret, json_string(measured_by(r, k, text) ? yj_case_numbered(r, text) : text));
    }
    json_object_set_new(fields, name, ret);
}

static yj_status write_all(yj_case_runner *r, const yj_case *k, unsigned number, yj_error *err)
{
    yj_case_enter(r, k, number);
    yj_status s = yj_arena_status(r->a, err);
    if (s == YJ_OK)
        s = yj_case_write_me(r, err);
    for (size_t i = 0; s == YJ_OK && i < k->record_count; i++) {
        number_texts(r, &r->c->kinds[k->records[i].kind], r->fields[i]);
        number_subjects(r, k, &r->c->kinds[k->records[i].kind], r->fields[i]);
        s = yj_case_write_record(r, i, yj_case_state(r, i), err);
    }
    yj_case_leave(r);
    return s;
}

/* The subjects of each `step`th case from the first, on one day. */
static yj_status judge_some(yj_case_runner *r, const yj_case *const *cases, size_t count, size_t step,
                            const char *today, yj_judgement *ret, yj_error *err)
{
    yj_auto(yj_dirty_freep) yj_dirty *d = yj_dirty_new(r->c, r->reach);
    if (!d)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i += step) {
        yj_case_enter(r, cases[i], (unsigned)i + 1);
        yj_case_subjects(r, d);
        yj_case_leave(r);
    }
    return yj_case_judge(r, d, today, ret, err);
}

/* The cases of one day, from the first of it. */
static yj_status hold_day(yj_case_runner *r, const yj_case *const *cases, size_t count, size_t first,
                          bool *held, yj_arena *keep, yj_case_among *ret, yj_error *err)
{
    const char *today = cases[first]->today.s;
    yj_judgement j = { 0 };
    r->problem[0] = '\0';
    yj_status s = judge_some(r, cases, count, 1, today, &j, err);
    bool failed = s != YJ_OK && r->problem[0];
    for (size_t i = first; i < count && (s == YJ_OK || failed); i++) {
        if (strcmp(cases[i]->today.s, today) != 0)
            continue;
        held[i] = true;
        yj_case_enter(r, cases[i], (unsigned)i + 1);
        const char *outcome = NULL;
        if (failed || yj_case_hold(r, &j) != YJ_OK)
            ret[i].problem = yj_arena_fmt(keep, "among the records of the other cases: %s", r->problem);
        else
            s = yj_case_outcome(r, &j, &outcome, err);
        ret[i].outcome = yj_arena_strdup(keep, outcome);
        yj_case_leave(r);
    }
    yj_judgement_done(&j);
    return failed ? YJ_OK : s;
}

/* A rule asked about some must not answer for others too. */
static yj_status hold_half(yj_case_runner *r, const yj_case *const *cases, size_t count, yj_arena *keep,
                           yj_case_among *ret, yj_error *err)
{
    yj_judgement j = { 0 };
    r->problem[0] = '\0';
    yj_status s = judge_some(r, cases, count, 2, cases[0]->today.s, &j, err);
    yj_judgement_done(&j);
    if (s == YJ_OK || !r->problem[0])
        return s;
    ret->problem =
        yj_arena_fmt(keep, "among the records of the other cases: asked about half of them, %s", r->problem);
    return YJ_OK;
}

yj_status yj_case_crowd_enter(yj_case_runner *r, const yj_case *const *cases, size_t count, bool *ret_entered,
                              yj_error *err)
{
    *ret_entered = false;
    for (size_t i = 0; i < count; i++)
        if (!fits(r, cases[i]))
            return YJ_OK;
    if (count < 2)
        return YJ_OK;
    for (size_t i = 0; i < count; i++)
        YJ_TRY(write_all(r, cases[i], (unsigned)i + 1, err));
    *ret_entered = true;
    return YJ_OK;
}

yj_status yj_case_crowd_hold(yj_case_runner *r, const yj_case *const *cases, size_t count, yj_arena *keep,
                             yj_case_among *ret, yj_error *err)
{
    bool *held = yj_arena_array(r->a, count, sizeof *held);
    YJ_TRY(yj_arena_status(r->a, err));
    for (size_t i = 0; i < count; i++) {
        ret[i] = (yj_case_among){ .problem = NULL };
        held[i] = false;
    }
    for (size_t i = 0; i < count; i++)
        if (!held[i])
            YJ_TRY(hold_day(r, cases, count, i, held, keep, ret, err));
    if (!ret[0].problem)
        YJ_TRY(hold_half(r, cases, count, keep, ret, err));
    return yj_arena_status(keep, err);
}
