// SPDX-License-Identifier: Apache-2.0
/* Rows on their way: decided once, tried with pauses, by one at a time; on both stores, without a channel. */
#include "stores.h"

#include "base/json.h"
#include "notice/outbox.h"
#include "record/erase.h"
#include "store/schema.h"
#include <pthread.h>
#include <stdlib.h>

#define T0 (INT64_C(1795772439) * YJ_NS_PER_S)
#define MINUTE (60 * YJ_NS_PER_S)
#define PERSON "0199f3c1-0000-7000-8000-00000000000a"

static void lay_out(yj_test_store *t)
{
    yj_error err = { 0 };
    yj_ok(yj_store_migrate(t->store, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, &err));
}

static yj_delivery_order plain_order(const char *cause)
{
    return (yj_delivery_order){ .inst = 1,
                                .person = PERSON,
                                .cause = cause,
                                .channel = "mail",
                                .record = "r1",
                                .content = "{\"text\":\"secret words\"}",
                                .domain = "yunjian.example",
                                .now_ns = T0 };
}

static bool decide(yj_db *db, const yj_delivery_order *o)
{
    yj_error err = { 0 };
    bool is_new = false;
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    yj_ok(yj_outbox_decide(db, o, &is_new, &err));
    yj_ok(yj_db_commit(db, &err));
    return is_new;
}

static bool claim(yj_db *db, int64_t now, yj_delivery *ret)
{
    yj_error err = { 0 };
    bool found = false;
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    yj_ok(yj_outbox_claim(db, now, ret, &found, &err));
    yj_ok(yj_db_commit(db, &err));
    return found;
}

static void finish(yj_db *db, const yj_delivery *d, yj_sent is, int64_t wait_s, int64_t now)
{
    yj_error err = { 0 };
    yj_outcome o = { .is = is, .wait_s = wait_s };
    if (is != YJ_SENT_ACCEPTED)
        yj_fail(&o.why, YJ_E_IO, "%s cannot be reached", "relay.example:25");
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    yj_ok(yj_outbox_finish(db, d, &o, now, &err));
    yj_ok(yj_db_commit(db, &err));
}

static void assert_rows(yj_db *db, const char *sql, const char *want)
{
    char *rows = yj_test_rows(db, sql);
    assert_string_equal(rows, want);
    free(rows);
}

#define STATES "SELECT state, attempts, content <> '', worker <> '', error_en FROM delivery ORDER BY id"

/* --- deciding --------------------------------------------------------------------------------- */

static void decide__makes_one_row_for_person_cause_and_channel(void **state)
{
    yj_test_store *t = *state;
    lay_out(t);
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_delivery_order o = plain_order("due/a/2026-12-31"), other = o;
    yj_delivery d = { 0 };
    assert_true(decide(db, &o));
    char *id = yj_test_rows(db, "SELECT id, message_id FROM delivery");
    o.now_ns += MINUTE;
    o.content = "{}";
    o.domain = "another.example";
    assert_false(decide(db, &o));
    assert_rows(db, "SELECT id, message_id FROM delivery", id); /* nor was it changed */
    assert_non_null(strstr(id, "@yunjian.example"));
    free(id);
    other.person = "";
    assert_true(decide(db, &other));
    other = o;
    other.channel = "robot/1";
    assert_true(decide(db, &other));
    other = o;
    other.cause = "due/a/2027-12-31";
    assert_true(decide(db, &other));
    other = o;
    other.inst = 2;
    assert_true(decide(db, &other));
    /* whatever became of it */
    assert_true(claim(db, T0, &d));
    finish(db, &d, YJ_SENT_ACCEPTED, 0, T0);
    yj_delivery_done(&d);
    o = plain_order("due/a/2026-12-31");
    assert_false(decide(db, &o));
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM delivery"), 5);
}

static void decide__belongs_to_the_transaction_around_it(void **state)
{
    yj_test_store *t = *state;
    lay_out(t);
    yj_error err = { 0 };
    bool is_new = false;
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_delivery_order o = plain_order("c");
    yj_ok(yj_db_begin(db, YJ_DB_WRITE, &err));
    yj_ok(yj_outbox_decide(db, &o, &is_new, &err));
    yj_ok(yj_outbox_decide(db, &o, &is_new, &err));
    assert_false(is_new);
    yj_db_rollback(db);
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM delivery"), 0);
}

static void decide__refuses_what_is_no_notice(void **state)
{
    yj_test_store *t = *state;
    lay_out(t);
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_auto(yj_buf_done) yj_buf long_text;
    yj_buf_init(&long_text, 1 << 20);
    while (long_text.len <= YJ_OUTBOX_CONTENT_MAX)
        yj_buf_str(&long_text, "0123456789");
    for (int i = 0; i < 5; i++) {
        yj_error err = { 0 };
        bool is_new = true;
        yj_delivery_order o = plain_order(i == 0 ? "" : i == 1 ? long_text.ptr : "c");
        if (i == 2)
            o.channel = NULL;
        if (i == 3)
            o.content = long_text.ptr;
        if (i == 4)
            o.domain = "a b";
        static const char *const fields[] = { "cause", "cause", "channel", "content", "domain" };
        assert_int_equal(yj_outbox_decide(db, &o, &is_new, &err), i == 3 ? YJ_E_LIMIT : YJ_E_INVALID);
        assert_string_equal(err.field, fields[i]);
        assert_true(is_new);
    }
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM delivery"), 0);
}

/* --- pauses ----------------------------------------------------------------------------------- */

static void pauses__grow_to_four_hours_and_differ_by_the_id(void **state)
{
    (void)state;
    static const int64_t minutes[] = { 1, 1, 5, 15, 60, 240, 240, 240 };
    int64_t least = INT64_MAX, most = 0;
    for (int64_t attempts = 0; attempts < (int64_t)YJ_COUNT(minutes); attempts++) {
        for (int k = 0; k < 200; k++) {
            char id[YJ_UUID_LEN + 1];
            snprintf(id, sizeof id, "0199f3c1-0000-7000-8000-%012d", k);
            int64_t pause = yj_outbox_pause_ns(attempts, id), whole = minutes[attempts] * MINUTE;
            assert_true(pause >= whole - whole / 10 && pause <= whole + whole / 10);
            assert_int_equal(pause, yj_outbox_pause_ns(attempts, id));
            if (attempts == 5) {
                least = pause < least ? pause : least;
                most = pause > most ? pause : most;
            }
        }
    }
    assert_true(most - least > 30 * MINUTE);
    assert_int_equal(yj_outbox_pause_ns(1000000, "x") / (200 * MINUTE), 1);
}

static void a_channel_that_is_down__is_tried_for_ever_ever_more_seldom(void **state)
{
    yj_test_store *t = *state;
    lay_out(t);
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_delivery_order o = plain_order("c");
    int64_t now = T0;
    char message_id[300] = "";
    decide(db, &o);
    for (int64_t attempt = 1; attempt <= 30; attempt++) {
        yj_delivery d = { 0 };
        assert_true(claim(db, now, &d));
        assert_int_equal(d.attempts, attempt);
        assert_int_equal(d.decided_ns, T0);
        assert_string_equal(d.content, o.content);
        if (attempt == 1)
            snprintf(message_id, sizeof message_id, "%s", d.message_id);
        assert_string_equal(d.message_id, message_id);
        finish(db, &d, YJ_SENT_LATER, 0, now);
        int64_t pause = yj_outbox_pause_ns(attempt, d.id);
        yj_delivery_done(&d);
        assert_false(claim(db, now + pause - 1, &d));
        now += pause;
    }
    assert_rows(db, STATES, "waiting|30|1|0|relay.example:25 cannot be reached\n");
    yj_delivery d = { 0 };
    assert_true(claim(db, now, &d));
    finish(db, &d, YJ_SENT_ACCEPTED, 0, now);
    yj_delivery_done(&d);
    assert_rows(db, STATES, "sent|31|0|0|\n"); /* and what it said is gone */
    assert_false(claim(db, now + 100000 * MINUTE, &d));
}

static void finish__waits_as_long_as_the_channel_asks(void **state)
{
    yj_test_store *t = *state;
    lay_out(t);
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_delivery_order o = plain_order("c");
    yj_delivery d = { 0 };
    decide(db, &o);
    assert_true(claim(db, T0, &d));
    finish(db, &d, YJ_SENT_LATER, 3600, T0);
    yj_delivery_done(&d);
    assert_false(claim(db, T0 + 60 * MINUTE - 1, &d));
    assert_true(claim(db, T0 + 60 * MINUTE, &d));
    finish(db, &d, YJ_SENT_LATER, 1, T0 + 60 * MINUTE); /* less than the pause */
    yj_delivery_done(&d);
    assert_false(claim(db, T0 + 62 * MINUTE, &d));
    assert_true(claim(db, T0 + 66 * MINUTE, &d));
    yj_delivery_done(&d);
}

static void claim__takes_the_longest_due_and_none_before_its_time(void **state)
{
    yj_test_store *t = *state;
    lay_out(t);
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_delivery_order o = plain_order("digest");
    yj_delivery d = { 0 };
    o.not_before_ns = T0 + 8 * MINUTE; /* before the claims of the others lapse */
    decide(db, &o);
    o = plain_order("second");
    o.now_ns = T0 + MINUTE;
    decide(db, &o);
    o = plain_order("first");
    decide(db, &o);
    static const struct {
        int64_t minute;
        const char *cause;
    } rows[] = { { 0, "first" }, { 0, NULL }, { 1, "second" }, { 7, NULL }, { 8, "digest" } };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        assert_int_equal(claim(db, T0 + rows[i].minute * MINUTE, &d), rows[i].cause != NULL);
        if (rows[i].cause)
            assert_string_equal(d.cause, rows[i].cause);
        yj_delivery_done(&d);
    }
}

/* --- who has it ------------------------------------------------------------------------------- */

static void a_claim__lapses_and_what_its_owner_says_then_counts_only_if_accepted(void **state)
{
    yj_test_store *t = *state;
    lay_out(t);
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_delivery_order o = plain_order("c");
    yj_delivery slow = { 0 }, next = { 0 };
    int64_t lapse = T0 + YJ_OUTBOX_LEASE_S * YJ_NS_PER_S;
    decide(db, &o);
    assert_true(claim(db, T0, &slow));
    assert_false(claim(db, lapse - 1, &next));
    assert_true(claim(db, lapse, &next));
    assert_int_equal(next.attempts, 2);
    assert_string_equal(next.id, slow.id);
    assert_string_not_equal(next.token, slow.token);
    finish(db, &slow, YJ_SENT_LATER, 0, lapse);
    finish(db, &slow, YJ_SENT_REFUSED, 0, lapse);
    assert_rows(db, STATES, "waiting|2|1|1|\n");
    finish(db, &slow, YJ_SENT_ACCEPTED, 0, lapse);
    assert_rows(db, STATES, "sent|2|0|0|\n");
    finish(db, &next, YJ_SENT_REFUSED, 0, lapse);
    finish(db, &next, YJ_SENT_LATER, 0, lapse);
    finish(db, &next, YJ_SENT_ACCEPTED, 0, lapse + MINUTE);
    assert_rows(db, STATES, "sent|2|0|0|\n");
    yj_delivery_done(&slow);
    yj_delivery_done(&next);
}

static void a_notice_whose_senders_die__is_taken_up_ever_more_seldom(void **state)
{
    yj_test_store *t = *state;
    lay_out(t);
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_delivery_order o = plain_order("c");
    yj_delivery d = { 0 };
    int64_t now = T0;
    decide(db, &o);
    for (int i = 0; i < 6; i++) {
        assert_true(claim(db, now, &d));
        yj_delivery_done(&d);
        now = yj_test_number(db, "SELECT due FROM delivery");
    }
    assert_true(now - T0 > 300 * MINUTE);
}

typedef struct drain {
    yj_test_store *t;
    int64_t taken;
} drain;

static void *drain_all(void *arg)
{
    drain *x = arg;
    yj_auto(yj_db_freep) yj_db *db = NULL;
    yj_error err = { 0 };
    if (yj_db_open(x->t->store, YJ_DB_WRITE, &db, &err) != YJ_OK)
        return NULL;
    for (bool found = true; found;) {
        yj_delivery d = { 0 };
        yj_outcome o = { .is = YJ_SENT_ACCEPTED };
        bool ok = yj_db_begin(db, YJ_DB_WRITE, &err) == YJ_OK &&
                  yj_outbox_claim(db, T0, &d, &found, &err) == YJ_OK && yj_db_commit(db, &err) == YJ_OK;
        if (ok && found) {
            x->taken++;
            ok = yj_db_begin(db, YJ_DB_WRITE, &err) == YJ_OK &&
                 yj_outbox_finish(db, &d, &o, T0, &err) == YJ_OK && yj_db_commit(db, &err) == YJ_OK;
        }
        yj_delivery_done(&d);
        if (!ok) {
            print_error("%s\n", err.msg);
            return NULL;
        }
    }
    return arg;
}

static void several_servers__take_each_once(void **state)
{
    yj_test_store *t = *state;
    lay_out(t);
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    for (int i = 0; i < 60; i++) {
        char cause[32];
        snprintf(cause, sizeof cause, "c%d", i);
        yj_delivery_order o = plain_order(cause);
        decide(db, &o);
    }
    pthread_t thread[4];
    drain x[4];
    int64_t taken = 0;
    for (int i = 0; i < 4; i++) {
        x[i] = (drain){ .t = t };
        assert_int_equal(pthread_create(&thread[i], NULL, drain_all, &x[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        void *ok = NULL;
        pthread_join(thread[i], &ok);
        assert_non_null(ok);
        taken += x[i].taken;
    }
    assert_int_equal(taken, 60);
    assert_int_equal(
        yj_test_number(db, "SELECT count(*) FROM delivery WHERE state = 'sent' AND attempts = 1"), 60);
}

/* --- a round ---------------------------------------------------------------------------------- */

typedef struct world {
    yj_db *db;
    int64_t now;
    int fail_writes; /* so many writes fail, after the claim */
    int writes, sent;
    yj_sent will;
} world;

static yj_status world_write(void *door, yj_write_fn fn, void *ctx, yj_error *err)
{
    world *w = door;
    w->writes++;
    if (w->writes > 1 && w->fail_writes-- > 0)
        return yj_fail(err, YJ_E_DB, "the store is away");
    YJ_TRY(yj_db_begin(w->db, YJ_DB_WRITE, err));
    yj_status s = fn(w->db, ctx, err);
    if (s == YJ_OK)
        return yj_db_commit(w->db, err);
    yj_db_rollback(w->db);
    return s;
}

static int64_t world_now(void *self)
{
    return ((world *)self)->now;
}

static void world_send(void *ctx, const yj_delivery *d, yj_outcome *ret)
{
    world *w = ctx;
    w->sent++;
    assert_string_equal(d->channel, "mail");
    ret->is = w->will;
    if (w->will != YJ_SENT_ACCEPTED)
        yj_fail(&ret->why, YJ_E_IO, "the answer is %d", 500);
}

static yj_outbox box_of(world *w)
{
    return (yj_outbox){
        .write = world_write, .door = w, .clock = { world_now, w }, .send = world_send, .ctx = w
    };
}

static void round__claims_sends_and_writes_down(void **state)
{
    yj_test_store *t = *state;
    lay_out(t);
    yj_error err = { 0 };
    bool did = true;
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    world w = { .db = db, .now = T0, .will = YJ_SENT_LATER };
    yj_outbox b = box_of(&w);
    yj_delivery_order o = plain_order("c");
    yj_ok(yj_outbox_round(&b, &did, &err));
    assert_false(did);
    decide(db, &o);
    yj_ok(yj_outbox_round(&b, &did, &err));
    assert_true(did);
    assert_rows(db, STATES, "waiting|1|1|0|the answer is 500\n");
    yj_ok(yj_outbox_round(&b, &did, &err));
    assert_false(did);
    w.now += 2 * MINUTE;
    w.will = YJ_SENT_ACCEPTED;
    yj_ok(yj_outbox_round(&b, &did, &err));
    assert_rows(db, STATES, "sent|2|0|0|\n");
    assert_int_equal(w.sent, 2);
}

static void round__does_not_forget_an_acceptance_while_the_store_is_away(void **state)
{
    yj_test_store *t = *state;
    lay_out(t);
    yj_error err = { 0 };
    bool did = false;
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    world w = { .db = db, .now = T0, .will = YJ_SENT_ACCEPTED, .fail_writes = 2 };
    yj_outbox b = box_of(&w);
    yj_delivery_order o = plain_order("c");
    decide(db, &o);
    yj_ok(yj_outbox_round(&b, &did, &err));
    assert_true(did);
    assert_int_equal(w.sent, 1);
    assert_int_equal(w.writes, 4);
    assert_rows(db, STATES, "sent|1|0|0|\n");
    /* of a failure nothing is lost by forgetting it */
    atomic_bool stop = true;
    w = (world){ .db = db, .now = T0, .will = YJ_SENT_LATER, .fail_writes = 1 };
    o = plain_order("d");
    decide(db, &o);
    b.stop = &stop;
    assert_int_equal(yj_outbox_round(&b, &did, &err), YJ_E_DB);
    assert_int_equal(w.writes, 2);
}

/* --- looking after it ------------------------------------------------------------------------- */

static void what_was_refused__stays_with_its_reason_and_can_be_tried_again(void **state)
{
    yj_test_store *t = *state;
    lay_out(t);
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_auto(yj_buf_done) yj_buf out;
    yj_auto(yj_json_freep) json_t *v = NULL;
    yj_delivery_order o = plain_order("c");
    yj_delivery d = { 0 };
    decide(db, &o);
    assert_true(claim(db, T0, &d));
    finish(db, &d, YJ_SENT_REFUSED, 0, T0 + MINUTE);
    assert_rows(db, STATES, "refused|1|1|0|relay.example:25 cannot be reached\n");
    yj_delivery other = { 0 };
    assert_false(claim(db, T0 + 100000 * MINUTE, &other));
    yj_buf_init(&out, 1 << 16);
    yj_ok(yj_outbox_list(db, 1, "refused", NULL, NULL, 10, &out, &err));
    yj_ok(yj_json_parse(yj_buf_view(&out), 1 << 16, &v, &err));
    const json_t *item = json_array_get(json_object_get(v, "items"), 0);
    assert_string_equal(json_string_value(json_object_get(item, "id")), d.id);
    assert_string_equal(json_string_value(json_object_get(item, "state")), "refused");
    assert_string_equal(json_string_value(json_object_get(item, "ended")), "2026-11-27T09:41:39.000000000Z");
    assert_true(json_is_null(json_object_get(item, "due")));
    const json_t *said = json_object_get(json_object_get(item, "error"), "message");
    assert_string_equal(json_string_value(json_object_get(said, "en")), "relay.example:25 cannot be reached");
    assert_string_equal(json_string_value(json_object_get(said, "zh")), "无法连接 relay.example:25");
    assert_null(strstr(out.ptr, "secret words"));

    assert_int_equal(yj_outbox_again(db, 2, d.id, T0, &err), YJ_E_NOT_FOUND); /* another institution's */
    yj_ok(yj_outbox_again(db, 1, d.id, T0 + 2 * MINUTE, &err));
    assert_true(claim(db, T0 + 2 * MINUTE, &other));
    assert_string_equal(other.message_id, d.message_id);
    yj_ok(yj_outbox_again(db, 1, d.id, T0 + 2 * MINUTE, &err)); /* it is being tried: no second one */
    yj_delivery third = { 0 };
    assert_false(claim(db, T0 + 2 * MINUTE, &third));
    finish(db, &other, YJ_SENT_ACCEPTED, 0, T0 + 3 * MINUTE);
    assert_int_equal(yj_outbox_again(db, 1, d.id, T0 + 4 * MINUTE, &err), YJ_E_CONFLICT);
    yj_delivery_done(&d);
    yj_delivery_done(&other);
}

static void again__does_not_wait_for_the_pause(void **state)
{
    yj_test_store *t = *state;
    lay_out(t);
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_delivery_order o = plain_order("c");
    yj_delivery d = { 0 }, next = { 0 };
    decide(db, &o);
    assert_true(claim(db, T0, &d));
    finish(db, &d, YJ_SENT_LATER, 7200, T0);
    assert_false(claim(db, T0 + 1, &next));
    yj_ok(yj_outbox_again(db, 1, d.id, T0 + 1, &err));
    assert_true(claim(db, T0 + 1, &next));
    yj_delivery_done(&d);
    yj_delivery_done(&next);
}

static void erase__takes_the_words_and_what_still_waits(void **state)
{
    yj_test_store *t = *state;
    lay_out(t);
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_delivery d = { 0 };
    static const char *const causes[] = { "sent", "refused", "waiting", "other", "foreign" };
    for (size_t i = 0; i < YJ_COUNT(causes); i++) {
        yj_delivery_order o = plain_order(causes[i]);
        o.record = i == 3 ? "r2" : "r1";
        o.inst = i == 4 ? 2 : 1;
        o.now_ns = o.not_before_ns = T0 + (int64_t)i;
        decide(db, &o);
        if (i < 2) {
            assert_true(claim(db, T0 + (int64_t)i, &d));
            finish(db, &d, i ? YJ_SENT_REFUSED : YJ_SENT_ACCEPTED, 0, T0);
            yj_delivery_done(&d);
        }
    }
    yj_delivery_order o = plain_order("of no record");
    o.record = "";
    o.now_ns = T0 + 9;
    decide(db, &o);
    yj_ok(yj_erase_deliveries(db, 1, "r1", &err));
    yj_ok(yj_erase_deliveries(db, 1, "", &err)); /* names nothing */
    assert_rows(
        db, "SELECT cause, state, content <> '', ended <> 0 FROM delivery ORDER BY id",
        "sent|sent|0|1\nrefused|erased|0|1\nwaiting|erased|0|1\nother|waiting|1|0\nforeign|waiting|1|0\n"
        "of no record|waiting|1|0\n");
    /* it is not decided anew, and not tried again */
    o = plain_order("waiting");
    assert_false(decide(db, &o));
}

static void sweep__forgets_after_its_days(void **state)
{
    yj_test_store *t = *state;
    lay_out(t);
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_delivery_order o = plain_order("sent");
    yj_delivery d = { 0 };
    int64_t days = YJ_OUTBOX_KEPT_DAYS * 86400 * YJ_NS_PER_S;
    decide(db, &o);
    assert_true(claim(db, T0, &d));
    finish(db, &d, YJ_SENT_ACCEPTED, 0, T0);
    yj_delivery_done(&d);
    o = plain_order("waits");
    decide(db, &o);
    yj_ok(yj_outbox_sweep(db, T0 + days, &err));
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM delivery"), 2);
    yj_ok(yj_outbox_sweep(db, T0 + days + 1, &err));
    assert_rows(db, "SELECT cause FROM delivery", "waits\n");
}

static void list__goes_back_page_by_page(void **state)
{
    yj_test_store *t = *state;
    lay_out(t);
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    for (int i = 0; i < 5; i++) {
        char cause[16];
        snprintf(cause, sizeof cause, "c%d", i);
        yj_delivery_order o = plain_order(cause);
        o.now_ns = T0 + i * MINUTE;
        decide(db, &o);
    }
    char before[YJ_UUID_LEN + 1] = "";
    int next = 4;
    for (int page = 0; page < 3; page++) {
        yj_auto(yj_buf_done) yj_buf out;
        yj_auto(yj_json_freep) json_t *v = NULL;
        yj_buf_init(&out, 1 << 16);
        yj_ok(yj_outbox_list(db, 1, NULL, NULL, before, 2, &out, &err));
        yj_ok(yj_json_parse(yj_buf_view(&out), 1 << 16, &v, &err));
        const json_t *items = json_object_get(v, "items");
        assert_int_equal(json_array_size(items), page < 2 ? 2 : 1);
        for (size_t i = 0; i < json_array_size(items); i++) {
            char cause[16];
            snprintf(cause, sizeof cause, "c%d", next--);
            assert_string_equal(json_string_value(json_object_get(json_array_get(items, i), "cause")), cause);
        }
        const char *n = json_string_value(json_object_get(v, "next"));
        assert_int_equal(n != NULL, page < 2);
        snprintf(before, sizeof before, "%s", n ? n : "");
    }
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, 1 << 16);
    yj_ok(yj_outbox_list(db, 2, NULL, NULL, NULL, 10, &out, &err));
    assert_string_equal(out.ptr, "{\"items\":[],\"next\":null}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(decide__makes_one_row_for_person_cause_and_channel),
        yj_test_stores(decide__belongs_to_the_transaction_around_it),
        yj_test_stores(decide__refuses_what_is_no_notice),
        cmocka_unit_test(pauses__grow_to_four_hours_and_differ_by_the_id),
        yj_test_stores(a_channel_that_is_down__is_tried_for_ever_ever_more_seldom),
        yj_test_stores(finish__waits_as_long_as_the_channel_asks),
        yj_test_stores(claim__takes_the_longest_due_and_none_before_its_time),
        yj_test_stores(a_claim__lapses_and_what_its_owner_says_then_counts_only_if_accepted),
        yj_test_stores(a_notice_whose_senders_die__is_taken_up_ever_more_seldom),
        yj_test_stores(several_servers__take_each_once),
        yj_test_stores(round__claims_sends_and_writes_down),
        yj_test_stores(round__does_not_forget_an_acceptance_while_the_store_is_away),
        yj_test_stores(what_was_refused__stays_with_its_reason_and_can_be_tried_again),
        yj_test_stores(again__does_not_wait_for_the_pause),
        yj_test_stores(erase__takes_the_words_and_what_still_waits),
        yj_test_stores(sweep__forgets_after_its_days),
        yj_test_stores(list__goes_back_page_by_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
