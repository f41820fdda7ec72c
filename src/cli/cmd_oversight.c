// SPDX-License-Identifier: Apache-2.0
/* exchange: whom a regulator oversees, who may read an institution, and what was read of it. */
#include "access/may.h"
#include "cli/exchange.h"
#include "record/oversight.h"
#include "record/reading.h"

/* --- supervised ------------------------------------------------------------------------------- */

static void add_count(yj_table *t, const json_t *v)
{
    if (json_is_integer(v))
        yj_table_cell_fmt(t, "%lld", (long long)json_integer_value(v));
    else
        yj_table_cell(t, YJ_PLAIN, "-");
}

static void show_supervised(yj_cli *c, const json_t *o)
{
    const char *const heads[] = { yj_word(c, "Institution"), yj_word(c, "May be read until"),
                                  yj_word(c, "Unmet"), yj_word(c, "Binding"), yj_word(c, "Overdue") };
    const json_t *items = json_object_get(o, "items");
    if (!json_array_size(items)) {
        yj_say(c, "no institution is in the scope\n");
        return;
    }
    yj_table *t = yj_table_new(c, YJ_COUNT(heads));
    for (size_t i = 2; i < YJ_COUNT(heads); i++)
        yj_table_right(t, i);
    yj_exchange_heads(t, heads, YJ_COUNT(heads));
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *x = json_array_get(items, i), *scope = json_object_get(x, "scope");
        yj_table_cell(t, YJ_PLAIN, yj_exchange_name(c, json_object_get(x, "institution")));
        yj_table_cell(t, YJ_PLAIN,
                      json_is_object(scope) ? yj_member(scope, "until") : yj_word(c, "no scope"));
        add_count(t, json_object_get(json_object_get(x, "standing"), "unmet"));
        add_count(t, json_object_get(x, "must_unmet"));
        add_count(t, json_object_get(x, "overdue"));
    }
    yj_table_print(t);
    if (yj_member(o, "next")[0])
        yj_say(c, "more: --after %s\n", yj_member(o, "next"));
}

/* Who enters scopes sees whom they can be for; others see what they may read. */
static yj_status sees_all(yj_cli *c, bool *ret, yj_error *err)
{
    yj_actor actor;
    yj_may may;
    yj_date today;
    int scope = c->catalog->exchange.scope.kind;
    *ret = strcmp(c->person, yj_engine_operator(c->engine)) == 0;
    if (*ret || scope < 0)
        return YJ_OK;
    yj_engine_today(c->engine, &today);
    YJ_TRY(yj_cli_reader(c, err));
    YJ_TRY(yj_actor_read(c->reader, c->catalog, c->institution.inst, c->person, false, &today, c->arena,
                         &actor, err));
    yj_may_do(c->catalog, &actor, &c->catalog->kinds[scope], YJ_ACT_CREATE, -1, NULL, &may);
    *ret = may.allowed;
    return YJ_OK;
}

/* What is told of an institution's standing is a reading of it, here as over HTTP. */
static yj_status note(yj_cli *c, const int64_t *read, size_t count, yj_error *err)
{
    static const char *const items[] = { "supervised" };
    yj_reading *rows = yj_arena_array(c->arena, count + 1, sizeof *rows);
    YJ_TRY(yj_arena_status(c->arena, err));
    for (size_t i = 0; i < count; i++)
        rows[i] = (yj_reading){ .inst = read[i],
                                .party = c->institution.inst,
                                .person = c->person,
                                .kind = "standing",
                                .items = items,
                                .count = 1 };
    return count ? yj_reading_note(c->engine, rows, count, err) : YJ_OK;
}

yj_status yj_cmd_exchange_supervised(yj_cli *c, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    const int64_t *read = NULL;
    size_t count = 0;
    int64_t limit = 0;
    yj_supervised_query q = {
        .q = c->arg_count ? c->arg[0] : NULL, .worst = true, .after = c->value[YJ_OPT_AFTER], .lang = c->lang
    };
    yj_buf_init(&b, YJ_EXCHANGE_BYTES_MAX);
    YJ_TRY(yj_cli_number(c, YJ_OPT_LIMIT, 1, YJ_SUPERVISED_LIMIT_MAX, 50, &limit, err));
    q.limit = (size_t)limit;
    YJ_TRY(yj_cli_open_institution(c, err));
    YJ_TRY(yj_cli_person(c, err));
    YJ_TRY(sees_all(c, &q.all, err));
    yj_cli_reader_done(c);
    q.person = c->person;
    YJ_TRY(yj_supervised_list(c->engine, c->institution.inst, &q, &b, c->arena, &read, &count, err));
    YJ_TRY(note(c, read, count, err));
    return yj_exchange_tell(c, &b, show_supervised, err);
}

/* --- who reads, and what was read ------------------------------------------------------------- */

static void show_inspectors(yj_cli *c, const json_t *o)
{
    const char *const heads[] = { yj_word(c, "Regulator"), yj_word(c, "Inspector"), yj_word(c, "Since"),
                                  yj_word(c, "Until"), yj_word(c, "Basis") };
    const json_t *items = json_object_get(o, "items");
    if (!json_array_size(items)) {
        yj_say(c, "nobody of another institution may read this one today\n");
        return;
    }
    yj_table *t = yj_table_new(c, YJ_COUNT(heads));
    yj_exchange_heads(t, heads, YJ_COUNT(heads));
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *x = json_array_get(items, i);
        yj_table_cell(t, YJ_PLAIN, yj_exchange_name(c, json_object_get(x, "regulator")));
        yj_table_cell(t, YJ_PLAIN, yj_member(json_object_get(x, "inspector"), "name"));
        yj_table_cell(t, YJ_PLAIN, yj_member(x, "since"));
        yj_table_cell(t, YJ_PLAIN, yj_member(x, "until"));
        yj_table_cell(t, YJ_PLAIN, yj_member(x, "basis"));
    }
    yj_table_print(t);
}

yj_status yj_cmd_exchange_inspectors(yj_cli *c, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_date today;
    yj_buf_init(&b, YJ_EXCHANGE_BYTES_MAX);
    YJ_TRY(yj_exchange_open(c, err));
    yj_engine_today(c->engine, &today);
    YJ_TRY(yj_inspectors_list(c->reader, c->catalog, c->institution.inst, &today, c->lang, &b, err));
    return yj_exchange_tell(c, &b, show_inspectors, err);
}

/* Of words that are no kind of record: what is made of many. */
static const char *what(const yj_cli *c, const char *kind)
{
    if (strcmp(kind, "verdict") == 0)
        return yj_word(c, "verdicts");
    if (strcmp(kind, "standing") == 0)
        return yj_word(c, "standing");
    if (strcmp(kind, "due") == 0)
        return yj_word(c, "what is due");
    if (strcmp(kind, "ledger") == 0)
        return yj_word(c, "the ledger");
    return yj_exchange_kind(c, kind);
}

static void show_readings(yj_cli *c, const json_t *o)
{
    const json_t *items = json_object_get(o, "items"), *next = json_object_get(o, "next");
    if (!json_array_size(items))
        yj_say(c, "nobody of another institution has read anything of this one\n");
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *x = json_array_get(items, i), *read = json_object_get(x, "read");
        yj_say(c, "%s to %s, %s of %s: %s\n", yj_local_time(c, yj_member(x, "from")),
               yj_local_time(c, yj_member(x, "until")), yj_member(json_object_get(x, "inspector"), "name"),
               yj_exchange_name(c, json_object_get(x, "regulator")), what(c, yj_member(x, "kind")));
        for (size_t n = 0; n < json_array_size(read); n++) {
            const json_t *r = json_array_get(read, n);
            const char *name = yj_member(r, "name")[0] ? yj_member(r, "name") : yj_member(r, "id");
            yj_say_wrapped(c, 2, 0, "%s (%lld times)", name,
                           (long long)json_integer_value(json_object_get(r, "times")));
        }
        long long more = (long long)json_integer_value(json_object_get(x, "more"));
        if (more)
            yj_say_wrapped(c, 2, 0, "and %lld more", more);
    }
    if (json_is_integer(next))
        yj_say(c, "more: --after %lld\n", (long long)json_integer_value(next));
}

yj_status yj_cmd_exchange_readings(yj_cli *c, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    int64_t limit = 0, before = -1;
    yj_buf_init(&b, YJ_EXCHANGE_BYTES_MAX);
    YJ_TRY(yj_cli_number(c, YJ_OPT_LIMIT, 1, YJ_READINGS_LIMIT_MAX, 50, &limit, err));
    YJ_TRY(yj_cli_number(c, YJ_OPT_AFTER, 0, INT64_MAX, -1, &before, err));
    YJ_TRY(yj_exchange_open(c, err));
    const yj_readings_query q = { .before = before,
                                  .limit = (size_t)limit,
                                  .until = c->value[YJ_OPT_UNTIL],
                                  .zone = yj_engine_zone(c->engine),
                                  .lang = c->lang };
    YJ_TRY(yj_readings_list(c->reader, c->catalog, c->institution.inst, &q, &b, err));
    return yj_exchange_tell(c, &b, show_readings, err);
}
