// SPDX-License-Identifier: Apache-2.0
/* exchange: what institutions have answered and offered, and what the other side takes of it. To whom it
 * waits for, an answer and an offer are the same: differences to take or to decline. */
#include "cli/exchange.h"
#include "cli/fields.h"
#include "record/exchange.h"
#include "record/read.h"

#define EACH 500 /* of answers, and of offers, at once */

/* --- what waits ------------------------------------------------------------------------------- */

static const char *title_of_changed(yj_cli *c, const yj_kind *k, const json_t *change)
{
    const yj_field *f = k ? yj_kind_field(k, yj_span_of(yj_member(change, "field"))) : NULL;
    return f ? yj_text_in(c, &f->label) : yj_member(change, "field");
}

static const char *value_of(yj_cli *c, const yj_kind *k, const json_t *change, const char *side)
{
    const yj_field *f = k ? yj_kind_field(k, yj_span_of(yj_member(change, "field"))) : NULL;
    const json_t *v = json_object_get(change, side);
    if (!f || !v || json_is_null(v))
        return "-";
    yj_buf b;
    yj_buf_init(&b, YJ_EXCHANGE_BYTES_MAX);
    yj_value_text(c, k, f, NULL, v, &b);
    const char *shown = yj_arena_strdup(c->arena, b.len ? b.ptr : "-");
    yj_buf_done(&b);
    return shown;
}

static void show_transition(yj_cli *c, const yj_kind *k, const char *id)
{
    int t = k && id[0] ? yj_kind_transition(k, yj_span_of(id)) : -1;
    if (t >= 0)
        yj_say_wrapped(c, 2, 0, "then: %s", yj_text_in(c, &k->transitions[t].label));
}

/* @param kind of the own record that would be made or changed */
static void show_differences(yj_cli *c, const yj_kind *k, const json_t *x, const char *id)
{
    const json_t *changes = json_object_get(x, "changes"), *files = json_object_get(x, "evidence"),
                 *choose = json_object_get(x, "choose");
    for (size_t i = 0; i < json_array_size(changes); i++) {
        const json_t *d = json_array_get(changes, i);
        yj_wrap(c, 2, 0,
                yj_arena_fmt(c->arena, "%s: %s -> %s", title_of_changed(c, k, d), value_of(c, k, d, "from"),
                             value_of(c, k, d, "to")));
    }
    for (size_t i = 0; i < json_array_size(choose); i++) {
        const char *name = json_string_value(json_array_get(choose, i));
        const yj_field *f = k && name ? yj_kind_field(k, yj_span_of(name)) : NULL;
        if (f)
            yj_say_wrapped(c, 2, 0, "to be chosen, if at all: %s (%s=...)", yj_text_in(c, &f->label), name);
    }
    for (size_t i = 0; i < json_array_size(files); i++)
        yj_say_wrapped(c, 2, 0, "with: %s", yj_member(json_array_get(files, i), "name"));
    const json_t *about = json_object_get(x, "about");
    yj_wrap(c, 2, 0,
            yj_arena_fmt(c->arena, "yunjian exchange take %s %s --expect %lld --about %s",
                         yj_member(json_object_get(x, "institution"), "code"), id,
                         (long long)json_integer_value(json_object_get(x, "version")),
                         json_is_object(about)
                             ? yj_arena_fmt(c->arena, "%s@%lld", yj_member(about, "id"),
                                            (long long)json_integer_value(json_object_get(about, "version")))
                             : "new"));
}

static void show_answers(yj_cli *c, const json_t *items)
{
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *x = json_array_get(items, i), *about = json_object_get(x, "about");
        const yj_kind *k = yj_catalog_kind(c->catalog, yj_span_of(yj_member(about, "kind")));
        yj_say(c, "%s has answered: %s %s\n", yj_exchange_name(c, json_object_get(x, "institution")),
               yj_exchange_kind(c, yj_member(about, "kind")), yj_member(about, "name"));
        if (json_is_true(json_object_get(x, "moves")))
            show_transition(c, k, yj_member(x, "transition"));
        show_differences(c, k, x, yj_member(x, "answer"));
    }
}

static void show_offer(yj_cli *c, const json_t *x)
{
    const json_t *about = json_object_get(x, "about");
    const yj_kind *k = yj_catalog_kind(c->catalog, yj_span_of(yj_member(x, "kind")));
    yj_say(c, "%s offers: %s %s\n", yj_exchange_name(c, json_object_get(x, "institution")),
           yj_exchange_kind(c, yj_member(x, "offered")), yj_member(x, "name"));
    if (json_is_object(about))
        yj_say_wrapped(c, 2, 0, "changes: %s", yj_title_of(c, about));
    if (yj_member(x, "due_on")[0])
        yj_say_wrapped(c, 2, 0, "due %s", yj_member(x, "due_on"));
    show_transition(c, k, yj_member(x, "transition"));
    show_differences(c, k, x, yj_member(x, "offer"));
}

static void show_offered(yj_cli *c, const json_t *items)
{
    for (size_t i = 0; i < json_array_size(items); i++)
        show_offer(c, json_array_get(items, i));
}

static void show_waiting(yj_cli *c, const json_t *o)
{
    const json_t *answers = json_object_get(o, "answers"), *offers = json_object_get(o, "offers");
    if (!json_array_size(answers) && !json_array_size(offers)) {
        yj_say(c, "nothing waits\n");
        return;
    }
    show_answers(c, answers);
    show_offered(c, offers);
    if (json_is_true(json_object_get(o, "more")))
        yj_say(c, "and more: what is taken or declined makes room\n");
}

typedef yj_status lister(yj_db *db, const yj_catalog *c, int64_t inst, size_t limit, yj_lang lang,
                         yj_buf *out, yj_error *err);

/* Items of a list into member `name`; what packs do not know does not wait. */
static yj_status add_list(yj_cli *c, lister *list, bool known, const char *name, size_t limit, json_t *all,
                          yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_auto(yj_json_freep) json_t *o = NULL;
    yj_buf_init(&b, YJ_EXCHANGE_BYTES_MAX);
    if (!known) {
        json_object_set_new(all, name, json_array());
        return YJ_OK;
    }
    YJ_TRY(list(c->reader, c->catalog, c->institution.inst, limit, c->lang, &b, err));
    YJ_TRY(yj_json_parse(yj_buf_view(&b), YJ_EXCHANGE_BYTES_MAX, &o, err));
    json_object_set(all, name, json_object_get(o, "items"));
    if (json_is_true(json_object_get(o, "more")))
        json_object_set_new(all, "more", json_true());
    return YJ_OK;
}

static yj_status read_waiting(yj_cli *c, size_t limit, json_t **ret, yj_error *err)
{
    const yj_exchange *x = &c->catalog->exchange;
    yj_auto(yj_json_freep) json_t *all = json_pack("{s:b}", "more", 0);
    if (!all)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(add_list(c, yj_answers_waiting, x->given.kind >= 0, "answers", limit, all, err));
    YJ_TRY(add_list(c, yj_offers_waiting, x->offer.kind >= 0, "offers", limit, all, err));
    *ret = yj_take(all);
    return YJ_OK;
}

yj_status yj_cmd_exchange_waiting(yj_cli *c, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *all = NULL;
    yj_auto(yj_buf_done) yj_buf b;
    yj_jw w;
    int64_t limit = 0;
    yj_buf_init(&b, 2 * YJ_EXCHANGE_BYTES_MAX);
    YJ_TRY(yj_cli_number(c, YJ_OPT_LIMIT, 1, EACH, 50, &limit, err));
    YJ_TRY(yj_exchange_open(c, err));
    YJ_TRY(read_waiting(c, (size_t)limit, &all, err));
    yj_jw_init(&w, &b);
    yj_jw_json(&w, all);
    return yj_exchange_tell(c, &b, show_waiting, err);
}

/* --- taking it -------------------------------------------------------------------------------- */

typedef struct taking {
    yj_institution party;
    const yj_kind *offered; /* of the party's record, if it is an offer */
    yj_looked looked;
} taking;

/* What was shown: "ID@VERSION" of the own record, or that there was none. */
static yj_status read_about(yj_cli *c, yj_looked *ret, yj_error *err)
{
    const char *s = c->value[YJ_OPT_ABOUT];
    ret->about_version = -1;
    if (!s)
        return YJ_OK;
    if (strcmp(s, "new") == 0) {
        ret->about = "";
        return YJ_OK;
    }
    const char *at = strchr(s, '@');
    if (!at || !yj_span_i64(yj_span_of(at + 1), &ret->about_version) || ret->about_version < 1)
        return yj_fail(err, YJ_E_USAGE, "\"%s\" is neither ID@VERSION nor new", s);
    ret->about = yj_arena_strndup(c->arena, s, (size_t)(at - s));
    return yj_arena_status(c->arena, err);
}

/* The party's record is an answer, or one that may be offered. The same is said of what there is not and of
 * what is not offered. */
static yj_status find_waiting(yj_cli *c, taking *t, yj_error *err)
{
    const yj_kind *k = NULL;
    YJ_TRY(yj_cli_number(c, YJ_OPT_EXPECT, 1, INT64_MAX, -1, &t->looked.version, err));
    YJ_TRY(read_about(c, &t->looked, err));
    YJ_TRY(yj_cli_open_institution(c, err));
    YJ_TRY(yj_cli_person(c, err));
    YJ_TRY(yj_institution_find(c->engine, c->arg[0], &t->party, err));
    YJ_TRY(yj_cli_reader(c, err));
    const yj_exchange *x = &c->catalog->exchange;
    if (yj_uuid_valid(yj_span_of(c->arg[1])))
        YJ_TRY(yj_record_kind(c->reader, c->catalog, t->party.inst, c->arg[1], &k, err));
    if (!k)
        return yj_fail(err, YJ_E_NOT_FOUND, "nothing like that waits; see: yunjian exchange waiting");
    t->offered = k->index == x->given.kind ? NULL : k;
    return YJ_OK;
}

/* References that who takes an offer sets itself, as field=value. */
static yj_status read_chosen(yj_cli *c, const taking *t, json_t **ret, yj_error *err)
{
    const yj_exchange *x = &c->catalog->exchange;
    const yj_kind *as = NULL;
    if (c->arg_count < 3)
        return YJ_OK;
    for (size_t i = 0; t->offered && i < x->offered_count; i++)
        if (x->offered[i].kind == t->offered->index)
            as = &c->catalog->kinds[x->offered[i].as];
    if (!as)
        return yj_fail(err, YJ_E_USAGE, "nothing is chosen with that: leave out \"%s\"", c->arg[2]);
    YJ_TRY(yj_cli_fields_of_pairs(c, as, c->arg + 2, c->arg_count - 2, ret, err));
    return yj_named_records(c->reader, c->catalog, c->institution.inst, as, NULL, *ret, *ret, err);
}

/* What would come of an offer with what is chosen; an answer leaves nothing to choose. */
static yj_status look(yj_cli *c, const taking *t, const json_t *chosen, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, YJ_EXCHANGE_BYTES_MAX);
    if (!t->offered)
        return yj_fail(err, YJ_E_USAGE, "nothing is chosen with an answer; see: yunjian exchange waiting");
    YJ_TRY(yj_offer_look(c->reader, c->catalog, c->institution.inst, t->party.id, c->arg[1], chosen, c->lang,
                         &b, err));
    return yj_exchange_tell(c, &b, show_offer, err);
}

yj_status yj_cmd_exchange_take(yj_cli *c, yj_error *err)
{
    taking t = { .looked = { .version = -1 } };
    yj_auto(yj_json_freep) json_t *chosen = NULL;
    YJ_TRY(find_waiting(c, &t, err));
    YJ_TRY(read_chosen(c, &t, &chosen, err));
    if (yj_cli_has(c, YJ_OPT_DRY_RUN))
        return look(c, &t, chosen, err);
    yj_cli_reader_done(c);
    if (t.offered)
        YJ_TRY(yj_offer_accept(c->engine, c->institution.inst, t.party.id, c->arg[1], &t.looked, chosen,
                               c->person, c->lang, &c->misses, err));
    else
        YJ_TRY(yj_answer_accept(c->engine, c->institution.inst, t.party.id, c->arg[1], &t.looked, c->person,
                                c->lang, &c->misses, err));
    yj_exchange_done(c, yj_word(c, "taken\n"));
    return yj_cli_settle(c, err);
}

yj_status yj_cmd_exchange_refuse(yj_cli *c, yj_error *err)
{
    taking t = { .looked = { .version = -1 } };
    YJ_TRY(find_waiting(c, &t, err));
    yj_cli_reader_done(c);
    if (t.offered)
        YJ_TRY(yj_offer_decline(c->engine, c->institution.inst, t.party.id, c->arg[1], t.looked.version,
                                c->arg[2], c->person, err));
    else
        YJ_TRY(yj_answer_decline(c->engine, c->institution.inst, t.party.id, c->arg[1], t.looked.version,
                                 c->arg[2], c->person, err));
    yj_exchange_done(c, yj_word(c, "declined\n"));
    return yj_cli_settle(c, err);
}

/* --- what was offered ------------------------------------------------------------------------- */

static const char *outcome_word(const yj_cli *c, const char *outcome)
{
    if (strcmp(outcome, "taken") == 0)
        return yj_word(c, "taken");
    if (strcmp(outcome, "declined") == 0)
        return yj_word(c, "declined");
    if (strcmp(outcome, "handled") == 0)
        return yj_word(c, "dealt with");
    return yj_word(c, "waiting");
}

static void add_offer(yj_cli *c, yj_table *t, const json_t *x, const json_t *client)
{
    const json_t *about = json_object_get(x, "about");
    const char *outcome = outcome_word(c, yj_member(client, "outcome"));
    bool earlier = client && strcmp(yj_member(client, "outcome"), "waiting") != 0 &&
                   !json_is_true(json_object_get(client, "current"));
    yj_table_cell(t, YJ_PLAIN, yj_exchange_kind(c, yj_member(about, "kind")));
    yj_table_cell(t, YJ_PLAIN, yj_member(about, "name"));
    yj_table_cell(t, YJ_PLAIN, client ? yj_exchange_name(c, json_object_get(client, "institution")) : "");
    yj_table_cell(t, YJ_PLAIN,
                  !client   ? yj_word(c, "to nobody")
                  : earlier ? yj_said(c, "%s, an earlier version", outcome)
                            : outcome);
    yj_table_cell(t, YJ_PLAIN, yj_member(client, "on"));
    yj_table_cell(t, YJ_PLAIN, yj_member(client, "reason"));
}

static void show_offers(yj_cli *c, const json_t *o)
{
    const char *const heads[] = { yj_word(c, "Kind"),    yj_word(c, "Name"), yj_word(c, "Institution"),
                                  yj_word(c, "Outcome"), yj_word(c, "On"),   yj_word(c, "Why") };
    const json_t *items = json_object_get(o, "items");
    if (!json_array_size(items)) {
        yj_say(c, "nothing was offered yet; see: yunjian kinds %s\n",
               c->catalog->kinds[c->catalog->exchange.offer.kind].name);
        return;
    }
    yj_table *t = yj_table_new(c, YJ_COUNT(heads));
    yj_exchange_heads(t, heads, YJ_COUNT(heads));
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *x = json_array_get(items, i), *clients = json_object_get(x, "clients");
        if (!json_array_size(clients))
            add_offer(c, t, x, NULL);
        for (size_t n = 0; n < json_array_size(clients); n++)
            add_offer(c, t, x, json_array_get(clients, n));
    }
    yj_table_print(t);
    if (yj_member(o, "next")[0])
        yj_say(c, "more: --after %s\n", yj_member(o, "next"));
}

yj_status yj_cmd_exchange_offers(yj_cli *c, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    int64_t limit = 0;
    yj_buf_init(&b, YJ_EXCHANGE_BYTES_MAX);
    YJ_TRY(yj_cli_number(c, YJ_OPT_LIMIT, 1, 200, 50, &limit, err));
    YJ_TRY(yj_exchange_open(c, err));
    const yj_offers_query q = { .limit = (size_t)limit, .after = c->value[YJ_OPT_AFTER], .lang = c->lang };
    YJ_TRY(yj_offers_list(c->reader, c->catalog, c->institution.inst, &q, &b, err));
    return yj_exchange_tell(c, &b, show_offers, err);
}
