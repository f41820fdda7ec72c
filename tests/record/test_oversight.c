// SPDX-License-Identifier: Apache-2.0
/* Inspectors: by what they may read another institution's records, and how it is entered there. */
#include "exchange_test.h"

#include "base/file.h"
#include "record/entries.h"
#include "record/oversight.h"
#include "record/reading.h"
#include "record/rebuild.h"
#include "record/standing.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct scene {
    bench b;
    int64_t client;
    yj_institution second, regulator;
    char inspector[ID_BYTES], other[ID_BYTES];
    yj_tie tie;
} scene;

/* The institution calls for its regulator, which accepts. */
static void tie_with(scene *s, int64_t client, yj_tie *ret)
{
    yj_error err = { 0 };
    char record[ID_BYTES], id[ID_BYTES], code[YJ_INVITATION_CODE_LEN + 1], json[400];
    put_in(&s->b, client, "supervisor", "{\"name\":\"监管局\"}", record);
    snprintf(json, sizeof json,
             "{\"number\":\"J-1\",\"party_kind\":\"supervisor\",\"party\":\"%s\",\"contact\":\"x\","
             "\"sent_on\":\"2026-03-01\",\"expires_on\":\"2026-12-31\"}",
             record);
    put_in(&s->b, client, "invitation", json, id);
    yj_ok(yj_invitation_code(s->b.e, client, id, yj_engine_operator(s->b.e), code, &err));
    yj_ok(yj_invitation_accept(s->b.e, s->regulator.inst, code, yj_engine_operator(s->b.e), ret, &err));
}

static void scene_open(scene *s, void **state)
{
    *s = (scene){ .client = 0 };
    bench_open(&s->b, state);
    s->client = s->b.inst.inst;
    bench_institution_of(&s->b, "second", "client", &s->second);
    bench_institution_of(&s->b, "bureau", "regulator", &s->regulator);
    put_in(&s->b, s->regulator.inst, "person",
           "{\"number\":\"1\",\"name\":\"检查员\",\"roles\":[\"inspector\"]}", s->inspector);
    put_in(&s->b, s->regulator.inst, "person",
           "{\"number\":\"2\",\"name\":\"同事\",\"roles\":[\"inspector\"]}", s->other);
    tie_with(s, s->client, &s->tie);
}

static void grant(scene *s, const char *person, const char *link, const char *since, const char *until,
                  char ret[static ID_BYTES])
{
    char json[400], links[60] = "";
    static int n;
    if (link)
        snprintf(links, sizeof links, ",\"engagements\":[\"%s\"]", link);
    snprintf(json, sizeof json,
             "{\"inspector\":\"%s\",\"basis\":\"B-%d\",\"since\":\"%s\",\"until\":\"%s\"%s}", person, ++n,
             since, until, links);
    put_in(&s->b, s->regulator.inst, "inspection_scope", json, ret);
}

/* The numbers of the institutions that the person may read, as "1 2 ". */
static const char *inspects_at(scene *s, int64_t party, const char *person, const char *day)
{
    static char text[100];
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_date today;
    const yj_inspected *rows = NULL;
    size_t n = 0, len = 0;
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(1 << 20);
    assert_true(yj_date_parse(yj_span_of(day), &today));
    yj_ok(yj_reader_take(s->b.e, &db, &err));
    yj_ok(yj_inspected_by(db, s->b.c, party, person, &today, a, &rows, &n, &err));
    yj_reader_give(s->b.e, db);
    text[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(rows[i].person, person);
        assert_int_equal(rows[i].party, party);
        len += (size_t)snprintf(text + len, sizeof text - len, "%lld ", (long long)rows[i].inst);
    }
    return text;
}

static const char *inspects(scene *s, const char *day)
{
    return inspects_at(s, s->regulator.inst, s->inspector, day);
}

static void scopes__let_read_while_they_hold(void **state)
{
    scene s;
    char one[30], both[30], scope[ID_BYTES], all[ID_BYTES];
    yj_tie tie2;
    scene_open(&s, state);
    snprintf(one, sizeof one, "%lld ", (long long)s.client);
    snprintf(both, sizeof both, "%lld %lld ", (long long)s.client, (long long)s.second.inst);
    assert_string_equal(inspects(&s, "2026-03-10"), ""); /* a tie alone lets nobody read */
    grant(&s, s.inspector, s.tie.link, "2026-03-05", "2026-03-20", scope);
    assert_string_equal(inspects(&s, "2026-03-04"), "");
    assert_string_equal(inspects(&s, "2026-03-05"), one);
    assert_string_equal(inspects(&s, "2026-03-20"), one);
    assert_string_equal(inspects(&s, "2026-03-21"), "");
    assert_string_equal(inspects_at(&s, s.regulator.inst, s.other, "2026-03-10"), "");
    assert_string_equal(inspects_at(&s, s.second.inst, s.inspector, "2026-03-10"), "");
    tie_with(&s, s.second.inst, &tie2);
    assert_string_equal(inspects(&s, "2026-03-10"), one); /* the scope names one */
    grant(&s, s.inspector, NULL, "2026-03-01", "2026-03-31", all);
    assert_string_equal(inspects(&s, "2026-03-10"), both);
    move_in(&s.b, s.regulator.inst, "inspection_scope", all, "end");
    assert_string_equal(inspects(&s, "2026-03-10"), one);
    move_in(&s.b, s.regulator.inst, "inspection_scope", scope, "withdraw");
    assert_string_equal(inspects(&s, "2026-03-10"), "");
    grant(&s, s.inspector, NULL, "2026-03-01", "2026-03-31", all);
    move_in(&s.b, s.regulator.inst, "engagement", s.tie.link, "end"); /* the one side ends the tie */
    snprintf(one, sizeof one, "%lld ", (long long)s.second.inst);
    assert_string_equal(inspects(&s, "2026-03-10"), one);
    move_in(&s.b, s.regulator.inst, "person", s.inspector, "leave");
    assert_string_equal(inspects(&s, "2026-03-10"), "");
    move_in(&s.b, s.regulator.inst, "person", s.inspector, "come_back");
    assert_string_equal(inspects(&s, "2026-03-10"), one);
    move_in(&s.b, s.second.inst, "invitation", tie2.invitation, "end"); /* and the other side */
    assert_string_equal(inspects(&s, "2026-03-10"), "");
    bench_close(&s.b);
}

/* Who is tied as a provider is reads nothing, whatever scopes it enters. */
static void scopes__of_others_are_worth_nothing(void **state)
{
    scene s;
    yj_institution provider;
    yj_tie t;
    char vendor[ID_BYTES], person[ID_BYTES], json[300], id[ID_BYTES];
    scene_open(&s, state);
    bench_institution_of(&s.b, "cloud", "provider", &provider);
    put_in(&s.b, s.client, "vendor", "{\"name\":\"云甲\"}", vendor);
    tie(&s.b, s.client, "I-1", vendor, provider.inst, &t);
    put_in(&s.b, provider.inst, "person", "{\"number\":\"1\",\"name\":\"x\"}", person);
    snprintf(json, sizeof json,
             "{\"inspector\":\"%s\",\"basis\":\"x\",\"since\":\"2026-03-01\",\"until\":\"2026-12-31\"}",
             person);
    put_in(&s.b, provider.inst, "inspection_scope", json, id);
    assert_string_equal(inspects_at(&s, provider.inst, person, "2026-03-10"), "");
    bench_close(&s.b);
}

static json_t *supervised(scene *s, const yj_supervised_query *q, size_t *ret_read);
static json_t *parsed(yj_buf *out);

/* What each of the three answers shows: whom the inspector may read, those tied, and who is told to the
 * client as an inspector. */
static void assert_sees(scene *s, const char *inspected, size_t tied, size_t told)
{
    yj_error err = { 0 };
    yj_date day;
    yj_db *db = NULL;
    yj_buf out;
    size_t read = 0;
    assert_string_equal(inspects(s, "2026-03-10"), inspected);
    json_t *v =
        supervised(s, &(yj_supervised_query){ .person = s->inspector, .all = true, .limit = 9 }, &read);
    assert_int_equal(json_array_size(json_object_get(v, "items")), tied);
    assert_int_equal(read, inspected[0] ? 1 : 0);
    json_decref(v);
    yj_buf_init(&out, (size_t)1 << 20);
    assert_true(yj_date_parse(yj_span_of("2026-03-10"), &day));
    yj_ok(yj_reader_take(s->b.e, &db, &err));
    yj_ok(yj_inspectors_list(db, s->b.c, s->client, &day, YJ_LANG_ZH, &out, &err));
    yj_reader_give(s->b.e, db);
    v = parsed(&out);
    assert_int_equal(json_array_size(json_object_get(v, "items")), told);
    json_decref(v);
}

/* The tie and the scope stand as before; what the party is decides. */
static void scopes__end_when_the_party_is_no_regulator_any_more(void **state)
{
    scene s;
    char one[30], scope[ID_BYTES];
    scene_open(&s, state);
    snprintf(one, sizeof one, "%lld ", (long long)s.client);
    grant(&s, s.inspector, NULL, "2026-03-01", "2026-03-31", scope);
    assert_sees(&s, one, 1, 1);
    for (int i = 0; i < 2; i++) {
        change_in(&s.b, s.regulator.inst, "institution", s.regulator.id,
                  i ? "{\"type\":\"provider\"}" : "{\"type\":\"client\"}");
        assert_sees(&s, "", 0, 0);
    }
    change_in(&s.b, s.regulator.inst, "institution", s.regulator.id, "{\"type\":\"regulator\"}");
    assert_sees(&s, one, 1, 1);
    bench_close(&s.b);
}

/* --- entering --------------------------------------------------------------------------------- */

static yj_status try_note(scene *s, const char *kind, const char *const *items, size_t count, yj_error *err)
{
    const yj_reading r = { .inst = s->client,
                           .party = s->regulator.inst,
                           .person = s->inspector,
                           .kind = kind,
                           .items = items,
                           .count = count };
    return yj_reading_note(s->b.e, &r, 1, err);
}

static void note(scene *s, const char *kind, const char *item)
{
    yj_error err = { 0 };
    yj_ok(try_note(s, kind, &item, 1, &err));
}

static void enter(scene *s)
{
    yj_error err = { 0 };
    yj_ok(yj_readings_enter(s->b.e, &err));
}

static int64_t set_down(scene *s)
{
    return bench_number(&s->b, "SELECT count(*) FROM reading");
}

static int64_t entered(scene *s)
{
    return bench_number(&s->b, "SELECT count(*) FROM entry WHERE op = 'read'");
}

static json_t *parsed(yj_buf *out)
{
    yj_error err = { 0 };
    json_t *v = NULL;
    yj_ok(yj_json_parse(yj_buf_view(out), (size_t)16 << 20, &v, &err));
    yj_buf_done(out);
    return v;
}

static json_t *readings(scene *s, const yj_readings_query *q)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_buf out;
    yj_buf_init(&out, (size_t)16 << 20);
    yj_ok(yj_reader_take(s->b.e, &db, &err));
    yj_ok(yj_readings_list(db, s->b.c, s->client, q, &out, &err));
    yj_reader_give(s->b.e, db);
    return parsed(&out);
}

static json_t *item_of(json_t *v, size_t i)
{
    return json_array_get(json_object_get(v, "items"), i);
}

static const char *text_at(const json_t *v, const char *a, const char *b)
{
    const json_t *x = json_object_get(v, a);
    return json_string_value(b ? json_object_get(x, b) : x);
}

static int64_t number_at(const json_t *v, const char *a)
{
    return json_integer_value(json_object_get(v, a));
}

static void assert_sound(scene *s)
{
    yj_error err = { 0 };
    yj_verify_report r;
    yj_rebuild_report rr;
    yj_db *db = NULL;
    yj_buf n;
    char folder[700];
    yj_ok(yj_engine_settle(s->b.e, 60000, &err));
    yj_buf_init(&n, 1 << 20);
    yj_ok(yj_engine_checkpoint(s->b.e, s->client, &n, &err));
    yj_buf_done(&n);
    yj_ok(yj_reader_take(s->b.e, &db, &err));
    yj_ok(yj_ledger_verify_store(db, yj_engine_keys(s->b.e), s->client, &r, &err));
    assert_int_equal(r.proven, r.size);
    snprintf(folder, sizeof folder, "%s-export", s->b.data);
    yj_ok(yj_ledger_export(db, yj_engine_keys(s->b.e), s->client, folder, true, &err));
    yj_reader_give(s->b.e, db);
    yj_ok(yj_ledger_verify_folder(folder, NULL, 1, &r, &err));
    assert_false(r.bad);
    yj_ok(yj_dir_remove(folder, &err));
    char *before = bench_derived(&s->b);
    yj_ok(yj_rebuild(s->b.e, &(yj_rebuild_options){ .inst = -1 }, &rr, &err));
    char *after = bench_derived(&s->b);
    assert_string_equal(before, after);
    free(before);
    free(after);
    yj_ok(yj_rebuild(s->b.e, &(yj_rebuild_options){ .inst = -1, .judge = true }, &rr, &err));
    assert_int_equal(rr.differing, 0);
}

static json_t *entries_of(scene *s, const char *op)
{
    yj_error err = { 0 };
    yj_buf out;
    yj_entries_of of = { .c = s->b.c,
                         .inst = s->client,
                         .zone = yj_engine_zone(s->b.e),
                         .operator_id = yj_engine_operator(s->b.e) };
    yj_buf_init(&out, (size_t)16 << 20);
    yj_ok(yj_reader_take(s->b.e, &of.db, &err));
    yj_ok(yj_entries_list(&of, &(yj_entries_query){ .before = -1, .limit = 50, .op = op }, &out, &err));
    yj_reader_give(s->b.e, of.db);
    return parsed(&out);
}

static void reading__is_one_entry_for_reader_kind_and_quarter(void **state)
{
    scene s;
    char service[ID_BYTES];
    scene_open(&s, state);
    put_in(&s.b, s.client, "service", "{\"code\":\"S-1\",\"title\":\"服务一\"}", service);
    bench_clock(&s.b, "2026-03-02T10:01:00+08:00");
    note(&s, "service", service);
    note(&s, "service", "list");
    note(&s, "service", service);
    note(&s, "service", service);
    note(&s, "verdict", "verdicts?requirement=1-1");
    assert_int_equal(set_down(&s), 3);
    enter(&s);
    assert_int_equal(entered(&s), 0); /* the quarter is not over */
    bench_clock(&s.b, "2026-03-02T10:14:59+08:00");
    enter(&s);
    assert_int_equal(entered(&s), 0);
    bench_clock(&s.b, "2026-03-02T10:16:00+08:00");
    note(&s, "service", service); /* in the next one */
    enter(&s);
    assert_int_equal(entered(&s), 2);
    assert_int_equal(set_down(&s), 1);
    enter(&s);
    assert_int_equal(entered(&s), 2);
    bench_clock(&s.b, "2026-03-02T10:31:00+08:00");
    enter(&s);
    assert_int_equal(entered(&s), 3);
    assert_int_equal(set_down(&s), 0);

    json_t *v = readings(&s, &(yj_readings_query){ .before = -1, .limit = 2, .zone = yj_engine_zone(s.b.e) });
    assert_int_equal(json_array_size(json_object_get(v, "items")), 2);
    assert_true(json_is_integer(json_object_get(v, "next")));
    int64_t next = number_at(v, "next");
    json_t *x = item_of(v, 0);
    assert_string_equal(text_at(x, "kind", NULL), "service");
    assert_string_equal(text_at(x, "from", NULL), "2026-03-02T02:15:00.000000000Z");
    assert_string_equal(text_at(x, "until", NULL), "2026-03-02T02:30:00.000000000Z");
    assert_string_equal(text_at(x, "inspector", "id"), s.inspector);
    assert_string_equal(text_at(x, "inspector", "name"), "检查员");
    assert_string_equal(text_at(x, "regulator", "code"), "bureau");
    assert_int_equal(number_at(x, "count"), 1);
    assert_string_equal(text_at(item_of(v, 1), "kind", NULL), "verdict");
    assert_true(
        json_is_null(json_object_get(json_array_get(json_object_get(item_of(v, 1), "read"), 0), "name")));
    json_decref(v);
    v = readings(&s, &(yj_readings_query){ .before = next, .limit = 2, .zone = yj_engine_zone(s.b.e) });
    assert_true(json_is_null(json_object_get(v, "next")));
    x = item_of(v, 0);
    assert_int_equal(number_at(x, "count"), 2);
    assert_int_equal(number_at(x, "more"), 0);
    const json_t *first = json_array_get(json_object_get(x, "read"), 0);
    assert_string_equal(text_at(first, "id", NULL), service);
    assert_string_equal(text_at(first, "name", NULL), "服务一");
    assert_int_equal(number_at(first, "times"), 3);
    json_decref(v);
    const yj_readings_query none[] = {
        { .before = -1, .limit = 5, .zone = yj_engine_zone(s.b.e), .inspector = s.other },
        { .before = -1, .limit = 5, .zone = yj_engine_zone(s.b.e), .until = "2026-03-01" },
        { .before = -1, .limit = 5, .zone = yj_engine_zone(s.b.e), .from = "2026-03-03" },
    };
    for (size_t i = 0; i < YJ_COUNT(none); i++) {
        v = readings(&s, &none[i]);
        assert_int_equal(json_array_size(json_object_get(v, "items")), 0);
        json_decref(v);
    }
    v = readings(&s, &(yj_readings_query){ .before = -1,
                                           .limit = 5,
                                           .zone = yj_engine_zone(s.b.e),
                                           .inspector = s.inspector,
                                           .from = "2026-03-02",
                                           .until = "2026-03-02" });
    assert_int_equal(json_array_size(json_object_get(v, "items")), 3);
    json_decref(v);

    v = entries_of(&s, "read");
    assert_int_equal(json_array_size(json_object_get(v, "items")), 3);
    x = item_of(v, 0);
    assert_string_equal(text_at(x, "by", "name"), "检查员");
    assert_string_equal(text_at(x, "by", "id"), s.inspector);
    assert_true(json_is_null(json_object_get(x, "record")));
    assert_string_equal(text_at(json_object_get(x, "reading"), "regulator", "name"), "bureau");
    json_decref(v);
    v = entries_of(&s, "create");
    assert_true(json_is_null(json_object_get(item_of(v, 0), "reading")));
    json_decref(v);
    assert_sound(&s);
    bench_close(&s.b);
}

#define MANY (YJ_READING_LISTED_MAX + 50)

/* Repeats that could not be written are told the next time. */
static void repeats__are_counted_when_the_store_failed(void **state)
{
    scene s;
    char service[ID_BYTES];
    yj_error err = { 0 };
    scene_open(&s, state);
    put_in(&s.b, s.client, "service", "{\"code\":\"S-1\",\"title\":\"服务一\"}", service);
    bench_clock(&s.b, "2026-03-02T10:01:00+08:00");
    for (int i = 0; i < 4; i++)
        note(&s, "service", service);
    yj_db *db = yj_test_db(s.b.t, YJ_DB_WRITE);
    yj_test_script(db, "ALTER TABLE reading RENAME TO reading_away");
    assert_int_not_equal(yj_readings_enter(s.b.e, &err), YJ_OK);
    yj_test_script(db, "ALTER TABLE reading_away RENAME TO reading");
    yj_db_free(db);
    enter(&s);
    assert_int_equal(bench_number(&s.b, "SELECT times FROM reading"), 4);
    bench_close(&s.b);
}

static void reading__of_many_says_how_many_more(void **state)
{
    scene s;
    yj_error err = { 0 };
    char text[MANY][12], longest[YJ_READING_ITEM_MAX + 100];
    const char *items[MANY];
    scene_open(&s, state);
    for (size_t i = 0; i < MANY; i++) {
        snprintf(text[i], sizeof text[i], "item-%03zu", i);
        items[i] = text[i];
    }
    yj_ok(try_note(&s, "service", items, MANY, &err));
    for (size_t i = 0; i + 4 < sizeof longest; i += 3)
        memcpy(longest + i, "字", 4);
    note(&s, "visit", longest);
    assert_int_equal(set_down(&s), MANY + 1);
    bench_clock(&s.b, "2026-03-02T12:00:00+08:00");
    enter(&s);
    json_t *v = readings(&s, &(yj_readings_query){ .before = -1, .limit = 5, .zone = yj_engine_zone(s.b.e) });
    json_t *x = item_of(v, 1);
    assert_int_equal(number_at(x, "count"), MANY);
    assert_int_equal(number_at(x, "more"), 50);
    assert_int_equal(json_array_size(json_object_get(x, "read")), YJ_READING_LISTED_MAX);
    const char *shown = text_at(json_array_get(json_object_get(item_of(v, 0), "read"), 0), "id", NULL);
    assert_int_equal(strlen(shown), 198); /* cut, but not within a character */
    assert_memory_equal(shown, longest, 198);
    json_decref(v);
    bench_close(&s.b);
}

/* --- killed ----------------------------------------------------------------------------------- */

#define NOTED 5

/* Sets down NOTED readings and enters them, telling how far it is. */
static void read_until_killed(scene *s, int round, int told)
{
    yj_error err = { 0 };
    char text[30];
    const char *item = text;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (yj_engine_open(s->b.data, &(yj_open_options){ 0 }, &s->b.e, &err) != YJ_OK)
        _exit(2);
    for (int i = 0; i < NOTED; i++) {
        snprintf(text, sizeof text, "round-%d-%d", round, i);
        if (try_note(s, "service", &item, 1, &err) != YJ_OK || write(told, "+", 1) != 1)
            _exit(3);
    }
    snprintf(text, sizeof text, "2026-03-02T%02d:00:00+08:00", 11 + round);
    if (yj_engine_set_clock(s->b.e, text, &err) != YJ_OK || write(told, "c", 1) != 1)
        _exit(4);
    if (yj_readings_enter(s->b.e, &err) != YJ_OK || write(told, "e", 1) != 1)
        _exit(5);
    _exit(0);
}

/* Each of the items that were set down in a round stands in one entry, once. */
static void assert_all_entered(scene *s, int round, int heard)
{
    json_t *v =
        readings(s, &(yj_readings_query){ .before = -1, .limit = 100, .zone = yj_engine_zone(s->b.e) });
    for (int i = 0; i < NOTED; i++) {
        char item[30];
        int found = 0;
        snprintf(item, sizeof item, "round-%d-%d", round, i);
        for (size_t j = 0; j < json_array_size(json_object_get(v, "items")); j++) {
            const json_t *read = json_object_get(item_of(v, j), "read");
            for (size_t k = 0; k < json_array_size(read); k++)
                found += strcmp(text_at(json_array_get(read, k), "id", NULL), item) == 0;
        }
        if (found > 1 || (i < heard && found != 1))
            fail_msg("round %d: item %d was entered %d times; %d were set down", round, i, found, heard);
    }
    json_decref(v);
}

/* Between setting down and entering, and somewhere in the entering: nothing is lost, nothing doubled. */
static void killed__loses_and_doubles_nothing(void **state)
{
    scene s;
    scene_open(&s, state);
    for (int round = 0; round < 4; round++) {
        int ends[2], status = 0, heard = 0, wanted = round == 0 ? 2 : round == 1 ? NOTED : NOTED + 1;
        char c = 0, clock[30];
        bench_close(&s.b);
        assert_int_equal(pipe(ends), 0);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            read_until_killed(&s, round, ends[1]);
        close(ends[1]);
        while (heard < wanted && read(ends[0], &c, 1) == 1)
            heard++;
        assert_int_equal(heard, wanted);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        while (read(ends[0], &c, 1) == 1)
            heard++;
        close(ends[0]);
        assert_true(WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
        bench_again(&s.b);
        int64_t left = set_down(&s);
        if (round > 1 && left != 0 && left != NOTED)
            fail_msg("%lld of %d", (long long)left, NOTED);
        snprintf(clock, sizeof clock, "2026-03-02T%02d:30:00+08:00", 11 + round);
        bench_clock(&s.b, clock);
        enter(&s);
        assert_int_equal(set_down(&s), 0);
        assert_all_entered(&s, round, heard < NOTED ? heard : NOTED);
    }
    assert_sound(&s);
    bench_close(&s.b);
}

/* --- over institutions ------------------------------------------------------------------------ */

static json_t *supervised(scene *s, const yj_supervised_query *q, size_t *ret_read)
{
    yj_error err = { 0 };
    yj_buf out;
    const int64_t *read = NULL;
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)4 << 20);
    yj_buf_init(&out, (size_t)16 << 20);
    yj_ok(yj_supervised_list(s->b.e, s->regulator.inst, q, &out, a, &read, ret_read, &err));
    return parsed(&out);
}

/* The counts are those that the institution itself is shown. */
static void assert_same_standing(scene *s, int64_t inst, const json_t *item)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_date day;
    yj_buf out;
    yj_engine_today(s->b.e, &day);
    const yj_standing_query q = {
        .as_of_seq = -1, .as_of = day.s, .day = day.s, .zone = yj_engine_zone(s->b.e), .level = 1
    };
    yj_buf_init(&out, (size_t)4 << 20);
    yj_ok(yj_reader_take(s->b.e, &db, &err));
    yj_ok(yj_present_standing(db, s->b.c, inst, &q, &out, &err));
    yj_reader_give(s->b.e, db);
    json_t *v = parsed(&out);
    const json_t *totals = json_object_get(v, "totals"), *t = json_object_get(item, "standing");
    static const char *const same[] = { "met", "unmet", "unknown", "accepted" };
    for (size_t i = 0; i < YJ_COUNT(same); i++)
        assert_int_equal(number_at(t, same[i]), number_at(totals, same[i]));
    assert_int_equal(number_at(t, "not_applicable"),
                     number_at(totals, "not_applicable") + number_at(totals, "not_yet"));
    assert_int_equal(number_at(item, "must_unmet"), number_at(totals, "binding_unmet"));
    assert_int_equal(number_at(item, "overdue"), number_at(json_object_get(v, "remediation"), "overdue"));
    json_decref(v);
}

static void supervised__are_seen_by_who_may(void **state)
{
    scene s;
    yj_error err = { 0 };
    yj_tie tie2;
    size_t read = 0;
    char scope[ID_BYTES], id[ID_BYTES];
    scene_open(&s, state);
    tie_with(&s, s.second.inst, &tie2);
    put_in(&s.b, s.second.inst, "service", "{\"code\":\"S-1\",\"title\":\"x\"}", id);
    yj_ok(yj_engine_settle(s.b.e, 60000, &err));
    json_t *v = supervised(&s, &(yj_supervised_query){ .person = s.inspector, .limit = 10 }, &read);
    assert_int_equal(json_array_size(json_object_get(v, "items")), 0);
    json_decref(v);
    v = supervised(&s, &(yj_supervised_query){ .person = s.inspector, .all = true, .limit = 10 }, &read);
    assert_int_equal(json_array_size(json_object_get(v, "items")), 2);
    assert_int_equal(read, 0);
    assert_true(json_is_null(json_object_get(item_of(v, 0), "standing")));
    assert_true(json_is_null(json_object_get(item_of(v, 0), "scope")));
    json_decref(v);
    grant(&s, s.inspector, tie2.link, "2026-03-01", "2026-03-31", scope);
    v = supervised(&s, &(yj_supervised_query){ .person = s.inspector, .limit = 10 }, &read);
    assert_int_equal(json_array_size(json_object_get(v, "items")), 1);
    assert_int_equal(read, 1);
    json_t *x = item_of(v, 0);
    assert_string_equal(text_at(x, "institution", "code"), "second");
    assert_string_equal(text_at(x, "scope", "id"), scope);
    const json_t *t = json_object_get(x, "standing");
    int64_t unmet = bench_number(&s.b, "SELECT count(*) FROM verdict v JOIN ledger l ON l.inst = v.inst JOIN "
                                       "r_institution i ON i.id = l.institution WHERE i.nkey = 'second' AND "
                                       "v.status = 0");
    int64_t unknown =
        bench_number(&s.b, "SELECT count(*) FROM verdict v JOIN ledger l ON l.inst = v.inst JOIN "
                           "r_institution i ON i.id = l.institution WHERE i.nkey = 'second' AND "
                           "v.status = 1");
    assert_int_equal(number_at(t, "unmet"), unmet);
    assert_int_equal(number_at(t, "unknown"), unknown);
    assert_true(unmet + unknown > 0);
    assert_non_null(text_at(x, "judged_at", NULL));
    assert_same_standing(&s, s.second.inst, x);
    json_decref(v);
    /* a risk that was accepted answers what is advice */
    char vendor[ID_BYTES], service[ID_BYTES], risk[ID_BYTES], json[400];
    put_in(&s.b, s.second.inst, "vendor", "{\"name\":\"远\",\"country\":\"other\"}", vendor);
    snprintf(json, sizeof json,
             "{\"code\":\"S-2\",\"title\":\"y\",\"vendor\":\"%s\",\"model\":\"far\",\"level\":1}", vendor);
    put_in(&s.b, s.second.inst, "service", json, service);
    snprintf(json, sizeof json,
             "{\"requirement\":\"1-3\",\"subject_kind\":\"vendor\",\"subject\":\"%s\",\"reason\":\"x\","
             "\"valid_until\":\"2026-03-05\"}",
             vendor);
    put_in(&s.b, s.second.inst, "risk_acceptance", json, risk);
    move_in(&s.b, s.second.inst, "risk_acceptance", risk, "accept");
    yj_ok(yj_engine_settle(s.b.e, 60000, &err));
    v = supervised(&s, &(yj_supervised_query){ .person = s.inspector, .limit = 10 }, &read);
    assert_same_standing(&s, s.second.inst, item_of(v, 0));
    assert_true(number_at(item_of(v, 0), "must_unmet") > 0);
    assert_int_equal(number_at(json_object_get(item_of(v, 0), "standing"), "accepted"), 1);
    json_decref(v);
    move_in(&s.b, s.second.inst, "service", service, "withdraw");
    move_in(&s.b, s.second.inst, "vendor", vendor, "withdraw");
    /* what is kept follows what is entered */
    move_in(&s.b, s.second.inst, "service", id, "withdraw");
    yj_ok(yj_engine_settle(s.b.e, 60000, &err));
    v = supervised(&s, &(yj_supervised_query){ .person = s.inspector, .limit = 10 }, &read);
    t = json_object_get(item_of(v, 0), "standing");
    assert_int_equal(number_at(t, "unmet") + number_at(t, "unknown") < unmet + unknown, 1);
    json_decref(v);
    /* page by page, the one that is read first */
    v = supervised(
        &s, &(yj_supervised_query){ .person = s.inspector, .all = true, .worst = true, .limit = 1 }, &read);
    assert_string_equal(text_at(item_of(v, 0), "institution", "code"), "second");
    const char *next = text_at(v, "next", NULL);
    assert_non_null(next);
    json_t *w = supervised(&s,
                           &(yj_supervised_query){
                               .person = s.inspector, .all = true, .worst = true, .limit = 1, .after = next },
                           &read);
    assert_string_equal(text_at(item_of(w, 0), "institution", "code"), "demo");
    assert_true(json_is_null(json_object_get(w, "next")));
    json_decref(w);
    json_decref(v);
    v = supervised(&s, &(yj_supervised_query){ .person = s.inspector, .all = true, .q = "dem", .limit = 9 },
                   &read);
    assert_int_equal(json_array_size(json_object_get(v, "items")), 1);
    json_decref(v);
    bench_close(&s.b);
}

static void inspectors__are_known_to_who_is_read(void **state)
{
    scene s;
    yj_error err = { 0 };
    char scope[ID_BYTES];
    yj_date day;
    yj_db *db = NULL;
    scene_open(&s, state);
    grant(&s, s.inspector, NULL, "2026-03-01", "2026-03-31", scope);
    for (int later = 0; later < 2; later++) {
        yj_buf out;
        yj_buf_init(&out, (size_t)1 << 20);
        assert_true(yj_date_parse(yj_span_of(later ? "2026-04-01" : "2026-03-31"), &day));
        yj_ok(yj_reader_take(s.b.e, &db, &err));
        yj_ok(yj_inspectors_list(db, s.b.c, s.client, &day, YJ_LANG_ZH, &out, &err));
        yj_reader_give(s.b.e, db);
        json_t *v = parsed(&out);
        assert_int_equal(json_array_size(json_object_get(v, "items")), later ? 0 : 1);
        if (!later) {
            assert_string_equal(text_at(item_of(v, 0), "inspector", "name"), "检查员");
            assert_string_equal(text_at(item_of(v, 0), "regulator", "code"), "bureau");
            assert_string_equal(text_at(item_of(v, 0), "until", NULL), "2026-03-31");
            assert_memory_equal(text_at(item_of(v, 0), "basis", NULL), "B-", 2);
        }
        json_decref(v);
    }
    bench_close(&s.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(scopes__let_read_while_they_hold),
        yj_test_stores(scopes__of_others_are_worth_nothing),
        yj_test_stores(scopes__end_when_the_party_is_no_regulator_any_more),
        yj_test_stores(reading__is_one_entry_for_reader_kind_and_quarter),
        yj_test_stores(reading__of_many_says_how_many_more),
        yj_test_stores(repeats__are_counted_when_the_store_failed),
        yj_test_stores(killed__loses_and_doubles_nothing),
        yj_test_stores(supervised__are_seen_by_who_may),
        yj_test_stores(inspectors__are_known_to_who_is_read),
    };
    return cmocka_run_group_tests_name("record_oversight", tests, NULL, NULL);
}
