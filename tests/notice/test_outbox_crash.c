// SPDX-License-Identifier: Apache-2.0
/* A process that decides and delivers is killed (SIGKILL) at every step there is, and at random ones; others
 * take over. Mails go to a real relay by SMTP, rows to both stores. What is shown: nothing is lost wherever
 * it happens, and a mail comes twice only if it happens between the relay's acceptance and our commit; it is
 * then the same to the byte. */
#include "stores.h"

#include "base/json.h"
#include "notice/outbox.h"
#include "notice/send.h"
#include "peer.h"
#include "store/schema.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HOUR (3600 * YJ_NS_PER_S)

/* --- a server's process ----------------------------------------------------------------------- */

typedef enum place {
    NOWHERE,
    DECIDE_BEFORE_COMMIT,
    DECIDE_AFTER_COMMIT,
    CLAIM_BEFORE_COMMIT,
    CLAIM_AFTER_COMMIT,
    SENDING, /* the relay has the recipient and not yet the mail */
    ACCEPTED,
    FINISH_BEFORE_COMMIT,
    FINISH_AFTER_COMMIT,
    PLACE_COUNT_
} place;

static const char *const place_names[PLACE_COUNT_] = {
    "nowhere",
    "before the decision's commit",
    "after it",
    "before the claim's commit",
    "after it, before a byte is sent",
    "while it is sent",
    "after acceptance",
    "before the outcome's commit",
    "after it",
};

typedef struct server {
    const char *url;
    int port;
    int64_t ahead_ns; /* its clock: leases of the dead lapse */
    const char *to;
    int orders; /* causes 0.. that it decides before it delivers */
    place die_at;
    /* within the process */
    yj_db *db;
    place writing; /* the place before the commit of the write that is next */
} server;

static void maybe_die(const server *s, place here)
{
    if (s->die_at == here)
        raise(SIGKILL);
}

static int64_t server_now(void *self)
{
    return yj_clock_system().now_ns(NULL) + ((const server *)self)->ahead_ns;
}

static yj_status server_write(void *door, yj_write_fn fn, void *ctx, yj_error *err)
{
    server *s = door;
    YJ_TRY(yj_db_begin(s->db, YJ_DB_WRITE, err));
    yj_status status = fn(s->db, ctx, err);
    maybe_die(s, s->writing);
    if (status == YJ_OK)
        status = yj_db_commit(s->db, err);
    else
        yj_db_rollback(s->db);
    maybe_die(s, s->writing + 1);
    return status;
}

static void server_send(void *ctx, const yj_delivery *d, yj_outcome *ret)
{
    server *s = ctx;
    yj_smtp relay = { .host = "127.0.0.1", .port = s->port, .helo = "yunjian.example" };
    yj_send_options o = { 0 };
    yj_auto(yj_buf_done) yj_buf mail;
    yj_mail m = { .from = "yunjian@broker.example",
                  .to = s->to,
                  .subject = d->cause,
                  .body = d->content,
                  .message_id = d->message_id,
                  .list_id = "notices.broker.example",
                  .date_ns = d->decided_ns };
    yj_buf_init(&mail, YJ_MAIL_BYTES_MAX);
    ret->is = YJ_SENT_REFUSED;
    if (yj_mail_write(&m, &mail, &ret->why) == YJ_OK)
        yj_send_mail(&relay, &o, m.from, m.to, yj_buf_view(&mail), ret);
    if (ret->is == YJ_SENT_ACCEPTED)
        maybe_die(s, ACCEPTED);
    s->writing = FINISH_BEFORE_COMMIT;
}

typedef struct deciding {
    int n;
    int64_t now_ns;
} deciding;

static yj_status run_decide(yj_db *db, void *ctx, yj_error *err)
{
    const deciding *x = ctx;
    char cause[32];
    bool is_new = false;
    snprintf(cause, sizeof cause, "due/%d", x->n);
    yj_delivery_order o = { .inst = 1,
                            .person = "p1",
                            .cause = cause,
                            .channel = "mail",
                            .record = "",
                            .content = "{\"text\":\"合同到期\"}",
                            .domain = "yunjian.example",
                            .now_ns = x->now_ns };
    return yj_outbox_decide(db, &o, &is_new, err);
}

/* Decide, then deliver until nothing is due. */
static yj_status serve(server *s, yj_error *err)
{
    yj_auto(yj_store_freep) yj_store *store = NULL;
    yj_auto(yj_db_freep) yj_db *db = NULL;
    bool did = true;
    YJ_TRY(yj_store_open(s->url, &store, err));
    YJ_TRY(yj_db_open(store, YJ_DB_WRITE, &db, err));
    s->db = db;
    yj_outbox b = {
        .write = server_write, .door = s, .clock = { server_now, s }, .send = server_send, .ctx = s
    };
    for (int i = 0; i < s->orders; i++) {
        deciding x = { i, server_now(s) };
        s->writing = DECIDE_BEFORE_COMMIT;
        YJ_TRY(server_write(s, run_decide, &x, err));
    }
    while (did) {
        s->writing = CLAIM_BEFORE_COMMIT;
        YJ_TRY(yj_outbox_round(&b, &did, err));
    }
    return YJ_OK;
}

static pid_t server_start(server *s)
{
    pid_t pid = fork();
    if (pid == 0) {
        yj_error err = { 0 };
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (serve(s, &err) != YJ_OK)
            fprintf(stderr, "# a server's process: %s\n", err.msg);
        _exit(err.code == YJ_OK ? 0 : 1);
    }
    assert_true(pid > 0);
    return pid;
}

/* Its signal, 0 if it ended well. */
static int server_end(pid_t pid)
{
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status))
        return WTERMSIG(status);
    assert_int_equal(WEXITSTATUS(status), 0);
    return 0;
}

/* --- what the relay has ----------------------------------------------------------------------- */

/* How often a mail with the subject came; all of them are the same. */
static int64_t times_kept(const peer *p, const char *subject)
{
    int64_t n = 0;
    yj_auto(yj_json_freep) json_t *first = NULL;
    for (size_t i = 0, count = peer_count(p); i < count; i++) {
        json_t *v = peer_kept(p, i);
        if (strcmp(json_string_value(json_object_get(v, "subject")), subject) != 0) {
            json_decref(v);
            continue;
        }
        n++;
        if (!first) {
            first = v;
            continue;
        }
        static const char *const same[] = { "id", "sha256" };
        for (size_t k = 0; k < YJ_COUNT(same); k++)
            assert_string_equal(json_string_value(json_object_get(v, same[k])),
                                json_string_value(json_object_get(first, same[k])));
        json_decref(v);
    }
    return n;
}

static void lay_out(yj_test_store *t)
{
    yj_error err = { 0 };
    yj_ok(yj_store_migrate(t->store, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, &err));
}

static int64_t number(yj_test_store *t, const char *sql)
{
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_READ);
    return yj_test_number(db, sql);
}

/* --- tests ------------------------------------------------------------------------------------ */

static void killed_at_each_place__loses_nothing_and_doubles_only_what_was_accepted(void **state)
{
    yj_test_store *t = *state;
    peer p;
    lay_out(t);
    for (int at = NOWHERE; at < PLACE_COUNT_; at++) {
        yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
        yj_test_script(db, "DELETE FROM delivery");
        yj_db_free(yj_take(db)); /* no connection crosses a fork */
        peer_start(&p, "smtp", NULL);
        server s = { .url = t->url, .port = p.port, .to = "a@b.example", .orders = 1, .die_at = (place)at };
        if (at == SENDING)
            s.to = "hang-once@b.example";
        pid_t pid = server_start(&s);
        if (at == SENDING) { /* kill it from outside, once the relay hangs on its recipient */
            for (int i = 0; i < 3000 && !peer_hangs(&p); i++)
                usleep(10000);
            assert_true(peer_hangs(&p));
            kill(pid, SIGKILL);
        }
        assert_int_equal(server_end(pid), at == NOWHERE ? 0 : SIGKILL);
        bool accepted = at == NOWHERE || at >= ACCEPTED;
        assert_int_equal(times_kept(&p, "due/0"), accepted);

        /* another one comes at once: what is claimed it leaves alone */
        server next = s;
        next.die_at = NOWHERE;
        assert_int_equal(server_end(server_start(&next)), 0);
        bool claimed = at >= CLAIM_AFTER_COMMIT && at <= FINISH_BEFORE_COMMIT;
        int64_t now_kept = times_kept(&p, "due/0");
        assert_int_equal(now_kept, claimed && !accepted ? 0 : 1);

        next.ahead_ns = HOUR; /* and after the lease */
        assert_int_equal(server_end(server_start(&next)), 0);
        next.ahead_ns = 100 * HOUR;
        assert_int_equal(server_end(server_start(&next)), 0);
        int64_t want = at == ACCEPTED || at == FINISH_BEFORE_COMMIT ? 2 : 1, got = times_kept(&p, "due/0");
        if (got != want)
            fail_msg("killed %s: the mail came %lld times", place_names[at], (long long)got);
        assert_int_equal(number(t, "SELECT count(*) FROM delivery"), 1);
        assert_int_equal(number(t, "SELECT count(*) FROM delivery WHERE state = 'sent' AND content = ''"), 1);
        peer_stop(&p);
    }
}

static void killed_at_random__loses_nothing(void **state)
{
    yj_test_store *t = *state;
    peer p;
    int orders = 40, kills = 0;
    unsigned seed = (unsigned)time(NULL);
    const char *given = getenv("YJ_SEED");
    int64_t n = 0;
    if (given && yj_span_i64(yj_span_of(given), &n))
        seed = (unsigned)n;
    print_message("seed %u\n", seed);
    lay_out(t);
    peer_start(&p, "smtp", NULL);
    server s = { .url = t->url, .port = p.port, .to = "a@b.example", .orders = orders };
    for (int life = 0; life < 400; life++, s.ahead_ns += 5 * HOUR) {
        pid_t pid = server_start(&s);
        usleep(5000 + (unsigned)rand_r(&seed) % 60000);
        kill(pid, SIGKILL);
        int ended_by = server_end(pid);
        kills += ended_by == SIGKILL;
        if (ended_by == 0) /* it found nothing more to do */
            break;
    }
    assert_int_equal(server_end(server_start(&s)), 0);
    assert_int_equal(number(t, "SELECT count(*) FROM delivery WHERE state = 'sent'"), orders);
    int64_t all = 0;
    for (int i = 0; i < orders; i++) {
        char subject[32];
        snprintf(subject, sizeof subject, "due/%d", i);
        int64_t times = times_kept(&p, subject);
        if (times < 1)
            fail_msg("%s was lost", subject);
        all += times;
    }
    print_message("%d kills, %lld doubles\n", kills, (long long)(all - orders));
    assert_true(kills >= 1);
    assert_true(all - orders <= kills); /* one at most is under way when a process dies */
    peer_stop(&p);
}

static void several_servers__send_each_mail_once(void **state)
{
    yj_test_store *t = *state;
    peer p;
    enum { SERVERS = 4, ORDERS = 40 };
    pid_t pid[SERVERS];
    lay_out(t);
    peer_start(&p, "smtp", NULL);
    server s = { .url = t->url, .port = p.port, .to = "a@b.example", .orders = ORDERS };
    for (int i = 0; i < SERVERS; i++)
        pid[i] = server_start(&s); /* each decides all of them */
    for (int i = 0; i < SERVERS; i++)
        assert_int_equal(server_end(pid[i]), 0);
    assert_int_equal(peer_count(&p), ORDERS);
    assert_int_equal(number(t, "SELECT count(*) FROM delivery WHERE state = 'sent' AND attempts = 1"),
                     ORDERS);
    for (int i = 0; i < ORDERS; i++) {
        char subject[32];
        snprintf(subject, sizeof subject, "due/%d", i);
        assert_int_equal(times_kept(&p, subject), 1);
    }
    peer_stop(&p);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        yj_test_stores(killed_at_each_place__loses_nothing_and_doubles_only_what_was_accepted),
        yj_test_stores(killed_at_random__loses_nothing),
        yj_test_stores(several_servers__send_each_mail_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
