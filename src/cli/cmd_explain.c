// SPDX-License-Identifier: Apache-2.0
/* explain, gates, due: why, what stands in the way, what is next. */
#include "base/json.h"
#include "cli/cli.h"
#include "record/present.h"
#include "record/read.h"
#include "record/rebuild.h"

#define JSON_BYTES_MAX ((size_t)64 << 20)

static yj_status output(yj_cli *c, yj_buf *b, void (*show)(yj_cli *c, const json_t *o), yj_error *err)
{
    YJ_TRY(yj_buf_status(b, err));
    if (yj_json_wanted(c)) {
        yj_out_json(c, yj_buf_view(b));
        return YJ_OK;
    }
    yj_auto(yj_json_freep) json_t *o = NULL;
    YJ_TRY(yj_json_parse(yj_buf_view(b), JSON_BYTES_MAX, &o, err));
    show(c, o);
    return YJ_OK;
}

/* --- explain ---------------------------------------------------------------------------------- */

static const char *kind_label(const yj_cli *c, const char *name)
{
    const yj_kind *k = yj_catalog_kind(c->catalog, yj_span_of(name));
    return k ? yj_text_in(c, &k->label) : name;
}

static void show_proofs(yj_cli *c, const json_t *v)
{
    static const char *const strengths[] = { "no proof", "stated by a person", "certified by a third party",
                                             "measured by an instrument" };
    const json_t *proofs = json_object_get(v, "proof");
    json_int_t n = json_integer_value(json_object_get(v, "strength"));
    size_t at = n >= 0 && n <= 3 ? (size_t)n : 0;
    yj_say(c, "proof (%s):\n", yj_word(c, strengths[at]));
    for (size_t i = 0; i < json_array_size(proofs); i++) {
        const json_t *p = json_array_get(proofs, i);
        yj_buf_fmt(&c->out, "  %s  %s\n", kind_label(c, yj_member(p, "kind")), yj_title_of(c, p));
    }
}

static void show_explanation(yj_cli *c, const json_t *o)
{
    const json_t *r = json_object_get(o, "requirement"), *v = json_object_get(o, "verdict");
    const char *status = yj_member(v, "status");
    yj_ink_text(c, YJ_BOLD, yj_member(r, "id"));
    yj_buf_fmt(&c->out, "  %s\n", yj_member_in(c, r, "title"));
    if (json_is_true(json_object_get(o, "rejudged")))
        yj_say(c, "  as of %s, judged again by the packs of today\n", c->value[YJ_OPT_AS_OF]);
    yj_wrap(c, 2, 0, yj_member(r, c->lang == YJ_LANG_ZH ? "zh" : "en"));
    yj_buf_fmt(&c->out, "\n%s  ", yj_title_of(c, json_object_get(v, "subject")));
    yj_ink_text(c, yj_status_ink(status), yj_status_mark(status));
    yj_say(c, " %s since %s\n", yj_status_word(c, status), yj_member(v, "since"));
    yj_wrap(c, 2, 0, yj_member_in(c, v, "reason"));
    if (yj_member(v, "due")[0])
        yj_say(c, "  holds until %s\n", yj_member(v, "due"));
    yj_say_risk(c, 2, json_object_get(v, "risk_accepted"));
    yj_say_remediations(c, 2, json_object_get(v, "remediations"));
    yj_buf_char(&c->out, '\n');
    show_proofs(c, v);
    if (strcmp(status, "met") != 0) {
        yj_say(c, "\nwhat to do:\n");
        yj_wrap(c, 2, 0, yj_member_in(c, o, "what_to_do"));
    }
}

typedef struct asked {
    const yj_requirement *r;
    int64_t as_of;
    yj_date day;
} asked;

static yj_status explain(yj_cli *c, const asked *a, bool rejudged, yj_error *err)
{
    yj_buf b;
    yj_buf_init(&b, JSON_BYTES_MAX);
    yj_status s =
        yj_present_explain(c->reader, c->catalog, c->institution.inst, c->lang, a->r, c->arg[1],
                           rejudged ? -1 : a->as_of, a->day.s, yj_engine_zone(c->engine), rejudged, &b, err);
    if (s == YJ_OK)
        s = output(c, &b, show_explanation, err);
    yj_buf_done(&b);
    return s;
}

/* From a scratch store, in which all stands as it was known then, judged by the packs of today. */
static yj_status explain_rejudged(yj_cli *c, const asked *a, yj_error *err)
{
    yj_auto(yj_rejudged_freep) yj_rejudged *r = NULL;
    YJ_TRY(yj_rejudge_as_of(c->engine, c->institution.inst, a->as_of, a->day.s, &r, err));
    yj_db *live = c->reader;
    c->reader = yj_rejudged_db(r);
    yj_status s = explain(c, a, true, err);
    c->reader = live;
    return s;
}

yj_status yj_cmd_explain(yj_cli *c, yj_error *err)
{
    bool rejudge = false;
    YJ_TRY(yj_cli_rejudge(c, &rejudge, err));
    YJ_TRY(yj_cli_open_institution(c, err));
    YJ_TRY(yj_cli_settle(c, err));
    YJ_TRY(yj_cli_reader(c, err));
    asked a = { .as_of = -1 };
    YJ_TRY(yj_cli_requirement(c, c->arg[0], &a.r, err));
    YJ_TRY(yj_cli_as_of(c, &a.as_of, err));
    YJ_TRY(yj_cli_day(c, &a.day, err));
    return rejudge ? explain_rejudged(c, &a, err) : explain(c, &a, false, err);
}

/* --- gates ------------------------------------------------------------------------------------ */

/* One that is shut lacks a requirement; a move can also be refused for another reason, which is no gate's. */
static bool one_is_shut(yj_span gates, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *o = NULL;
    if (yj_json_parse(gates, JSON_BYTES_MAX, &o, err) != YJ_OK)
        return false;
    const json_t *items = json_object_get(o, "items");
    for (size_t i = 0; i < json_array_size(items); i++)
        if (json_array_size(json_object_get(json_array_get(items, i), "misses")))
            return true;
    return false;
}

static void show_gates(yj_cli *c, const json_t *o)
{
    const json_t *items = json_object_get(o, "items");
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *g = json_array_get(items, i), *misses = json_object_get(g, "misses");
        const char *refused = yj_member_in(c, g, "refused");
        bool open = json_is_true(json_object_get(g, "open"));
        yj_ink_text(c, open ? YJ_GREEN : YJ_RED, yj_status_mark(open ? "met" : "unmet"));
        yj_buf_fmt(&c->out, " %s (%s -> %s)", yj_member_in(c, g, "label"), yj_member(g, "transition"),
                   yj_member(g, "to"));
        if (open)
            yj_say(c, ": open\n");
        else if (refused[0])
            yj_buf_fmt(&c->out, ": %s\n", refused);
        else
            yj_say(c, ": shut, %zu requirements are missing\n", json_array_size(misses));
        for (size_t m = 0; m < json_array_size(misses); m++)
            yj_say_miss(c, 2, json_array_get(misses, m));
    }
    if (!json_array_size(items))
        yj_say(c, "no transition leads on from here\n");
}

yj_status yj_cmd_gates(yj_cli *c, yj_error *err)
{
    YJ_TRY(yj_cli_open_institution(c, err));
    YJ_TRY(yj_cli_reader(c, err));
    const yj_kind *k = NULL;
    YJ_TRY(yj_cli_kind(c, c->arg[0], &k, err));
    char id[YJ_UUID_LEN + 1];
    YJ_TRY(yj_record_find(c->reader, c->catalog, c->institution.inst, k, c->arg[1], id, err));
    yj_cli_reader_done(c);
    yj_buf b;
    yj_buf_init(&b, JSON_BYTES_MAX);
    yj_status s = yj_engine_gates(c->engine, c->institution.inst, k->index, id, c->lang, &b, err);
    if (s == YJ_OK)
        s = yj_cli_reader(c, err);
    if (s == YJ_OK)
        s = output(c, &b, show_gates, err);
    c->found = s == YJ_OK && one_is_shut(yj_buf_view(&b), err);
    yj_buf_done(&b);
    return s;
}

/* --- due -------------------------------------------------------------------------------------- */

/* What lapses is told by its requirement, what is to be done also by who does it. */
static const char *due_text(yj_cli *c, const json_t *item)
{
    const yj_requirement *r = yj_catalog_requirement(c->catalog, yj_span_of(yj_member(item, "requirement")));
    const json_t *remediation = json_object_get(item, "remediation");
    if (!json_is_object(remediation))
        return r ? yj_text_in(c, &r->title) : "";
    const char *who = yj_member(json_object_get(remediation, "responsible"), "name");
    const char *what = yj_member(remediation, "name");
    return yj_arena_fmt(c->arena, "%s%s%s%s%s", yj_word(c, "remediation"), yj_word(c, ": "),
                        who[0] ? who : yj_word(c, "not named"), what[0] ? yj_word(c, "; ") : "", what);
}

static void show_due(yj_cli *c, const json_t *o)
{
    const json_t *items = json_object_get(o, "items");
    yj_table *t = yj_table_new(c, 5);
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Due"));
    yj_table_cell(t, YJ_PLAIN, "");
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Requirement"));
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "About"));
    yj_table_cell(t, YJ_PLAIN, "");
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *v = json_array_get(items, i);
        bool over = json_is_true(json_object_get(v, "overdue"));
        yj_table_cell(t, over ? YJ_RED : YJ_PLAIN, yj_member(v, "day"));
        yj_table_cell(t, over ? YJ_RED : YJ_PLAIN, over ? yj_word(c, "overdue") : "");
        yj_table_cell(t, YJ_PLAIN, yj_member(v, "requirement"));
        yj_table_cell(t, YJ_PLAIN, yj_title_of(c, json_object_get(v, "subject")));
        yj_table_cell(t, YJ_PLAIN, due_text(c, v));
    }
    if (json_array_size(items))
        yj_table_print(t);
    else
        yj_say(c, "nothing is due up to %s\n", yj_member(o, "until"));
}

yj_status yj_cmd_due(yj_cli *c, yj_error *err)
{
    int64_t days = 0;
    YJ_TRY(yj_cli_number(c, YJ_OPT_DAYS, 0, 36500, 90, &days, err));
    YJ_TRY(yj_cli_open_institution(c, err));
    YJ_TRY(yj_cli_settle(c, err));
    YJ_TRY(yj_cli_reader(c, err));
    yj_date today, until;
    yj_engine_today(c->engine, &today);
    if (yj_cli_has(c, YJ_OPT_UNTIL)) {
        if (!yj_date_parse(yj_span_of(c->value[YJ_OPT_UNTIL]), &until))
            return yj_fail(err, YJ_E_USAGE, "option --until is a date, such as 2026-12-31");
    } else if (!yj_date_add_days(today.s, days, &until)) {
        return yj_fail(err, YJ_E_USAGE, "option --until is a date, such as 2026-12-31");
    }
    yj_buf b;
    yj_buf_init(&b, JSON_BYTES_MAX);
    yj_status s =
        yj_present_due(c->reader, c->catalog, c->institution.inst, c->lang, today.s, until.s, &b, err);
    if (s == YJ_OK)
        s = output(c, &b, show_due, err);
    yj_buf_done(&b);
    return s;
}
