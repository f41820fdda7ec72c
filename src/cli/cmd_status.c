// SPDX-License-Identifier: Apache-2.0
#include "cli/standing.h"
#include "record/present.h"
#include "record/read.h"
#include "record/rebuild.h"
#include <stdlib.h>

#define NOTE_BYTES_MAX ((size_t)1 << 20)
#define PAGE_MAX 1000000000

static yj_status find_named(const yj_cli *c, yj_option_id o, const yj_named_text *rows, size_t count,
                            int *ret, yj_error *err)
{
    const char *id = c->value[o];
    *ret = -1;
    for (size_t i = 0; id && i < count; i++)
        if (strcmp(rows[i].id, id) == 0)
            *ret = (int)i;
    if (id && *ret < 0)
        return yj_fail(err, YJ_E_USAGE,
                       "the packs do not know \"%s\" there; see: yunjian requirements --json", id);
    return YJ_OK;
}

/* --- subject ---------------------------------------------------------------------------------- */

static bool judged_kind(const yj_catalog *k, int kind)
{
    for (size_t i = 0; i < k->requirement_count; i++)
        if (k->requirements[i].subject == kind)
            return true;
    for (size_t i = 0; i < k->path_count; i++)
        if (k->paths[i].from == kind)
            return true;
    return false;
}

/* "KIND:ID|KEY", or an id or key of any kind that is judged. */
static yj_status find_subject(yj_cli *c, const char *text, int *ret_kind, char id[static YJ_UUID_LEN + 1],
                              yj_error *err)
{
    const char *colon = strchr(text, ':');
    const yj_kind *k = colon ? yj_catalog_kind(c->catalog, (yj_span){ text, (size_t)(colon - text) }) : NULL;
    if (k) {
        *ret_kind = k->index;
        return yj_record_find(c->reader, c->catalog, c->institution.inst, k, colon + 1, id, err);
    }
    int found = -1;
    for (size_t i = 0; i < c->catalog->kind_count; i++) {
        char one[YJ_UUID_LEN + 1];
        if (!judged_kind(c->catalog, (int)i) || c->catalog->kinds[i].installation ||
            yj_record_find(c->reader, c->catalog, c->institution.inst, &c->catalog->kinds[i], text, one,
                           NULL) != YJ_OK)
            continue;
        if (found >= 0)
            return yj_fail(err, YJ_E_USAGE, "\"%s\" is a %s and a %s; write KIND:KEY", text,
                           c->catalog->kinds[found].name, c->catalog->kinds[i].name);
        found = (int)i;
        memcpy(id, one, sizeof one);
    }
    if (found < 0)
        return yj_fail(err, YJ_E_NOT_FOUND, "nothing that is judged is called \"%s\"", text);
    *ret_kind = found;
    return YJ_OK;
}

/* A subject stands for itself and for all along its paths. */
static yj_status read_subject(yj_cli *c, yj_verdict_query *q, yj_error *err)
{
    int kind = -1;
    char id[YJ_UUID_LEN + 1];
    YJ_TRY(find_subject(c, c->value[YJ_OPT_SUBJECT], &kind, id, err));
    return yj_subjects_along(c->reader, c->catalog, c->institution.inst, kind, id, c->arena, &q->subjects,
                             &q->subject_count, err);
}

static yj_status read_query(yj_cli *c, yj_verdict_query *q, yj_error *err)
{
    const yj_catalog *k = c->catalog;
    yj_verdict_status status = YJ_V_UNMET;
    YJ_TRY(find_named(c, YJ_OPT_STAGE, k->stages, k->stage_count, &q->stage, err));
    YJ_TRY(find_named(c, YJ_OPT_ACTOR, k->actors, k->actor_count, &q->actor, err));
    YJ_TRY(find_named(c, YJ_OPT_FORCE, k->forces, k->force_count, &q->force, err));
    q->clause = c->value[YJ_OPT_CHAPTER];
    if (yj_cli_has(c, YJ_OPT_STATUS)) {
        if (!yj_verdict_by_name(yj_span_of(c->value[YJ_OPT_STATUS]), &status) || status == YJ_V_GONE)
            return yj_fail(err, YJ_E_USAGE, "option --status is met, unmet, unknown or not_applicable");
        q->status = (int)status;
    }
    if (yj_cli_has(c, YJ_OPT_REMEDIATION)) {
        yj_remedy remedy;
        if (!yj_remedy_by_name(yj_span_of(c->value[YJ_OPT_REMEDIATION]), &remedy))
            return yj_fail(err, YJ_E_USAGE, "option --remediation is open, overdue or none");
        q->remedy = (int)remedy;
    }
    return yj_cli_has(c, YJ_OPT_SUBJECT) ? read_subject(c, q, err) : YJ_OK;
}

/* --- output ----------------------------------------------------------------------------------- */

static yj_status give_json(yj_cli *c, const yj_verdict_query *q, const yj_cli_standing *st, yj_error *err)
{
    yj_verdict_query page = *q;
    page.limit = st->limit;
    page.offset = st->offset;
    yj_buf note;
    yj_buf_init(&note, NOTE_BYTES_MAX);
    uint64_t size = 0;
    yj_status s = yj_checkpoint_last(c->reader, c->institution.inst, &note, &size, err);
    if (s == YJ_OK || s == YJ_E_NOT_FOUND) {
        const yj_status_head head = { .as_of = st->as_of,
                                      .day = st->day.s,
                                      .lang = c->lang,
                                      .checkpoint = s == YJ_OK ? note.ptr : NULL,
                                      .simulated = yj_engine_simulated(c->engine),
                                      .rejudged = st->rejudged };
        s = yj_present_status(c->reader, c->catalog, c->institution.inst, &page, &head, &c->out, err);
    }
    yj_buf_char(&c->out, '\n');
    yj_buf_done(&note);
    return s;
}

static bool filtered(const yj_cli *c)
{
    static const yj_option_id filters[] = { YJ_OPT_SUBJECT, YJ_OPT_CHAPTER, YJ_OPT_STAGE,      YJ_OPT_STATUS,
                                            YJ_OPT_ACTOR,   YJ_OPT_FORCE,   YJ_OPT_REMEDIATION };
    for (size_t i = 0; i < YJ_COUNT(filters); i++)
        if (yj_cli_has(c, filters[i]))
            return true;
    return false;
}

static yj_status give_text(yj_cli *c, const yj_cli_standing *s, yj_error *err)
{
    yj_ink_text(c, YJ_BOLD, c->institution.name);
    if (s->rejudged)
        yj_say(c, "  as of %s, judged again by the packs of today\n", s->as_of);
    else
        yj_say(c, "  as of %s\n", s->as_of);
    const yj_catalog *k = s->counted.then ? s->counted.then : c->catalog;
    for (size_t i = 0; i < k->pack_count; i++)
        if (k->requirement_count && strcmp(k->packs[i].name, "core") != 0)
            yj_wrap(c, 0, 0,
                    yj_arena_fmt(c->arena, "%s  %s %s", yj_text_in(c, &k->packs[i].title), k->packs[i].name,
                                 k->packs[i].edition));
    if (s->counted.then)
        yj_say_wrapped(c, 0, 0, "judged by the packs of then, which are no longer in force");
    if (yj_engine_simulated(c->engine))
        yj_say_wrapped(c, 0, 0, "recorded under a simulated clock: for demonstration and tests");
    yj_buf_char(&c->out, '\n');
    if (!s->counted.count) {
        if (yj_cli_has(c, YJ_OPT_AS_OF))
            yj_say_wrapped(c, 0, 0, "nothing had been judged by then, or nothing that was asked for");
        else if (filtered(c))
            yj_say_wrapped(c, 0, 0, "no verdict is like that: ask for less, or see all with: yunjian status");
        else
            yj_say_wrapped(c, 0, 0,
                           "nothing to judge yet: enter records, or import them; see: yunjian import --help");
        if (yj_cli_has(c, YJ_OPT_AS_OF) || filtered(c))
            return YJ_OK;
        yj_buf_char(&c->out, '\n');
        return yj_standing_start(c, true, err);
    }
    YJ_TRY(yj_standing_table(c, s, err));
    yj_buf_char(&c->out, '\n');
    yj_say_wrapped(
        c, 0, 0,
        "%zu verdicts: %zu met, %zu unmet (%zu binding), %zu undecided, %zu not yet, %zu not applicable",
        s->counted.count, s->counted.of[YJ_V_MET], s->counted.of[YJ_V_UNMET],
        (size_t)s->counted.total.binding_unmet, s->counted.of[YJ_V_UNKNOWN], (size_t)s->counted.total.not_yet,
        s->counted.of[YJ_V_NOT_APPLICABLE] - (size_t)s->counted.total.not_yet);
    if (s->counted.total.binding_unmet && c->catalog->remediation.kind >= 0)
        yj_say_wrapped(c, 0, 0,
                       "of the binding ones unmet: %zu being put right, %zu past the day set, %zu neither",
                       s->counted.remedy[YJ_REMEDY_OPEN], s->counted.remedy[YJ_REMEDY_OVERDUE],
                       s->counted.remedy[YJ_REMEDY_NONE]);
    if (s->counted.total.accepted)
        yj_say_wrapped(c, 0, 0, "advice that is not followed, with the risk accepted: %zu",
                       (size_t)s->counted.total.accepted);
    yj_standing_faults(c, s);
    return yj_cli_has(c, YJ_OPT_AS_OF) || filtered(c) ? YJ_OK : yj_standing_start(c, false, err);
}

/* What is known of c->reader, filtered and shown. */
static yj_status answer(yj_cli *c, yj_verdict_query *q, yj_cli_standing *s, yj_error *err)
{
    YJ_TRY(read_query(c, q, err));
    YJ_TRY(yj_cli_standing_read(c, q, s, err));
    c->found = s->counted.total.binding_unmet > 0;
    if (yj_json_wanted(c))
        return give_json(c, q, s, err);
    return give_text(c, s, err);
}

/* The same of a scratch store, in which it stands as of then, judged again. */
static yj_status answer_rejudged(yj_cli *c, yj_verdict_query *q, yj_cli_standing *s, yj_error *err)
{
    yj_auto(yj_rejudged_freep) yj_rejudged *r = NULL;
    YJ_TRY(yj_rejudge_as_of(c->engine, c->institution.inst, q->as_of_seq, s->day.s, &r, err));
    yj_db *live = c->reader;
    q->as_of_seq = -1;
    s->rejudged = true;
    c->reader = yj_rejudged_db(r);
    yj_status st = answer(c, q, s, err);
    c->reader = live;
    return st;
}

/* People who have just begun are told how to go on; programs get the error. */
static yj_status open_institution(yj_cli *c, bool *ret_none, yj_error *err)
{
    yj_institution *rows = NULL;
    size_t count = 0;
    YJ_TRY(yj_cli_open(c, &(yj_open_options){ .serve = false }, err));
    if (!yj_json_wanted(c) && !yj_cli_has(c, YJ_OPT_INSTITUTION)) {
        YJ_TRY(yj_institution_list(c->engine, &rows, &count, err));
        free(rows);
        *ret_none = count == 0;
    }
    if (*ret_none)
        return YJ_OK;
    YJ_TRY(yj_institution_find(c->engine, c->value[YJ_OPT_INSTITUTION], &c->institution, err));
    c->has_institution = true;
    return YJ_OK;
}

yj_status yj_cmd_status(yj_cli *c, yj_error *err)
{
    bool rejudge = false, none = false;
    int64_t limit = 0, offset = 0;
    YJ_TRY(yj_cli_rejudge(c, &rejudge, err));
    YJ_TRY(yj_cli_number(c, YJ_OPT_LIMIT, 1, PAGE_MAX, 0, &limit, err));
    YJ_TRY(yj_cli_number(c, YJ_OPT_OFFSET, 0, PAGE_MAX, 0, &offset, err));
    YJ_TRY(open_institution(c, &none, err));
    if (none) {
        yj_standing_no_institution(c);
        return YJ_OK;
    }
    YJ_TRY(yj_cli_settle(c, err)); /* what lapsed since the last run */
    YJ_TRY(yj_cli_reader(c, err));
    yj_verdict_query q = YJ_VERDICT_QUERY_ALL;
    yj_cli_standing s = { .limit = (size_t)limit, .offset = (size_t)offset };
    YJ_TRY(yj_cli_as_of(c, &q.as_of_seq, err));
    YJ_TRY(yj_cli_day(c, &s.day, err));
    s.as_of = yj_cli_has(c, YJ_OPT_AS_OF) ? c->value[YJ_OPT_AS_OF] : s.day.s;
    yj_status st = rejudge ? answer_rejudged(c, &q, &s, err) : answer(c, &q, &s, err);
    yj_standing_done(&s.counted);
    return st;
}
