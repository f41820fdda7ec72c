// SPDX-License-Identifier: Apache-2.0
/* Random offers and answers between clients and providers that share each other, held against a model that
 * knows nothing of tables: what waits for whom, what became of it, and that nobody ever sees what is
 * another's. YJ_TEST_SEED in the environment takes another seed. */
#include "exchange_test.h"

#include "record/rebuild.h"
#include <stdio.h>
#include <stdlib.h>

#define CLIENTS 3
#define PARTIES 2
#define PAPERS 4  /* of each party */
#define QUERIES 4 /* of each client to each party */
#define STEPS 150
#define TEXT 48

typedef struct paper {
    char id[ID_BYTES], number[TEXT], until[TEXT], offer[ID_BYTES]; /* offer "": none yet */
    char named[ID_BYTES];                                          /* link of whom it is for; "": all */
    int64_t version;
    bool revoked, stands;
} paper;
typedef struct party {
    yj_institution inst;
    char self[ID_BYTES];
    paper papers[PAPERS];
    size_t count;
} party;
typedef struct copy {
    int64_t seen; /* newest version that was taken or declined; 0 none */
    bool taken, revoked;
    char until[TEXT];
} copy;
typedef struct query {
    char id[ID_BYTES], answer[ID_BYTES]; /* answer "": none yet */
    char text[TEXT], taken[TEXT];        /* as given, as accepted; "" */
    bool waits, dead;                    /* dead: asked over a tie that was ended */
} query;
typedef struct client {
    yj_institution inst;
    char vendor[PARTIES][ID_BYTES];
    bool tied[PARTIES];
    yj_tie tie[PARTIES];
    copy copies[PARTIES][PAPERS];
    query queries[PARTIES][QUERIES];
    size_t query_count[PARTIES];
} client;
typedef struct game {
    bench b;
    party parties[PARTIES];
    client clients[CLIENTS];
    uint64_t seed;
    int number, taken, declined, answered;
} game;

static unsigned draw(game *g, unsigned below)
{
    g->seed = g->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(g->seed >> 33) % below;
}

static const char *op(const game *g)
{
    return yj_engine_operator(g->b.e);
}

/* What only the institution itself and whom it lets may ever see. */
static const char *secret(const yj_institution *i)
{
    static char text[160];
    snprintf(text, sizeof text, "secret of %s", i->code);
    return text;
}

/* --- moves of a party ------------------------------------------------------------------------- */

static void next_day(game *g, char ret[static TEXT])
{
    g->number++;
    snprintf(ret, TEXT, "20%02d-%02d-%02d", 27 + g->number / 336, 1 + g->number / 28 % 12,
             1 + g->number % 28);
}

static void add_paper(game *g, party *p)
{
    char json[400];
    if (p->count == PAPERS)
        return;
    paper *x = &p->papers[p->count++];
    *x = (paper){ .version = 1 };
    snprintf(x->number, sizeof x->number, "P-%d", g->number);
    next_day(g, x->until);
    snprintf(json, sizeof json, "{\"number\":\"%s\",\"vendor\":\"%s\",\"until\":\"%s\",\"note\":\"%s\"}",
             x->number, p->self, x->until, secret(&p->inst));
    put_in(&g->b, p->inst.inst, "paper", json, x->id);
}

static paper *any_paper(game *g, party *p)
{
    return p->count ? &p->papers[draw(g, (unsigned)p->count)] : NULL;
}

static void change_paper(game *g, party *p)
{
    paper *x = any_paper(g, p);
    char json[100];
    if (!x)
        return;
    if (!x->revoked && draw(g, 4) == 0) {
        move_in(&g->b, p->inst.inst, "paper", x->id, "revoke");
        x->revoked = true;
    } else {
        next_day(g, x->until);
        snprintf(json, sizeof json, "{\"until\":\"%s\"}", x->until);
        change_in(&g->b, p->inst.inst, "paper", x->id, json);
    }
    x->version++;
}

static void offer_paper(game *g, party *p)
{
    paper *x = any_paper(g, p);
    const client *c = &g->clients[draw(g, CLIENTS)];
    size_t at = (size_t)(p - g->parties);
    char json[400];
    if (!x)
        return;
    if (x->offer[0]) {
        move_in(&g->b, p->inst.inst, "offer", x->offer, x->stands ? "end" : "offer_again");
        x->stands = !x->stands;
        return;
    }
    bool named = c->tied[at] && draw(g, 2);
    if (named)
        memcpy(x->named, c->tie[at].link, ID_BYTES);
    snprintf(json, sizeof json, "{\"about_kind\":\"paper\",\"about\":\"%s\"%s%s%s}", x->id,
             named ? ",\"engagements\":[\"" : "", x->named, named ? "\"]" : "");
    put_in(&g->b, p->inst.inst, "offer", json, x->offer);
    x->stands = true;
}

static query *any_query(game *g, client *c, size_t at)
{
    query *q = c->query_count[at] ? &c->queries[at][draw(g, (unsigned)c->query_count[at])] : NULL;
    return q && !q->dead ? q : NULL;
}

static void give_answer(game *g, client *c, size_t at)
{
    const party *p = &g->parties[at];
    query *q = any_query(g, c, at);
    yj_error err = { 0 };
    char json[500];
    if (!q || q->waits)
        return;
    snprintf(q->text, sizeof q->text, "answer %d", g->number++);
    if (q->answer[0]) {
        snprintf(json, sizeof json, "{\"text\":\"%s\"}", q->text);
        yj_ok(bench_try(&g->b, p->inst.inst, YJ_CH_MOVE, "answer", q->answer, "give_again", json, -1, NULL,
                        &err));
    } else {
        snprintf(json, sizeof json,
                 "{\"engagement\":\"%s\",\"about_kind\":\"query\",\"about\":\"%s\",\"act\":\"answer\","
                 "\"text\":\"%s\","
                 "\"answered_on\":\"2026-03-02\"}",
                 c->tie[at].link, q->id, q->text);
        put_in(&g->b, p->inst.inst, "answer", json, q->answer);
    }
    q->waits = true;
}

/* --- moves of a client ------------------------------------------------------------------------ */

static void tie_or_untie(game *g, client *c, size_t at)
{
    char number[20];
    if (!c->tied[at]) {
        snprintf(number, sizeof number, "I-%d", g->number++);
        tie(&g->b, c->inst.inst, number, c->vendor[at], g->parties[at].inst.inst, &c->tie[at]);
    } else {
        if (draw(g, 2))
            move_in(&g->b, c->inst.inst, "invitation", c->tie[at].invitation, "end");
        else
            move_in(&g->b, g->parties[at].inst.inst, "engagement", c->tie[at].link, "end");
        for (size_t i = 0; i < c->query_count[at]; i++)
            c->queries[at][i].dead = true;
    }
    c->tied[at] = !c->tied[at];
}

static void ask(game *g, client *c, size_t at)
{
    char json[200];
    if (c->query_count[at] == QUERIES || !c->tied[at])
        return;
    query *q = &c->queries[at][c->query_count[at]++];
    *q = (query){ .waits = false };
    snprintf(json, sizeof json, "{\"number\":\"Q-%d\",\"vendor\":\"%s\"}", g->number++, c->vendor[at]);
    put_in(&g->b, c->inst.inst, "query", json, q->id);
}

static bool waits(const client *c, size_t at, const paper *x, const copy *y)
{
    return c->tied[at] && x->stands && (!x->named[0] || strcmp(x->named, c->tie[at].link) == 0) &&
           y->seen < x->version;
}

static void take_or_decline(game *g, client *c, size_t at)
{
    party *p = &g->parties[at];
    paper *x = any_paper(g, p);
    yj_error err = { 0 };
    char *misses = NULL;
    if (!x)
        return;
    copy *y = &c->copies[at][x - p->papers];
    bool there = waits(c, at, x, y), takes = draw(g, 3) > 0;
    int64_t version = draw(g, 5) == 0 ? x->version - 1 : x->version;
    const yj_looked looked = { .version = version, .about_version = -1 };
    yj_status want = !there ? YJ_E_NOT_FOUND : version != x->version ? YJ_E_CONFLICT : YJ_OK;
    yj_status got =
        takes ? yj_offer_accept(g->b.e, c->inst.inst, p->inst.id, x->id, &looked, NULL, op(g), YJ_LANG_EN,
                                &misses, &err)
              : yj_offer_decline(g->b.e, c->inst.inst, p->inst.id, x->id, version, "no", op(g), &err);
    free(misses);
    if (got != want)
        fail_msg("%s of %s by %s: %d in place of %d: %s", takes ? "taking" : "declining", x->number,
                 c->inst.code, (int)got, (int)want, err.msg);
    if (got != YJ_OK)
        return;
    y->seen = version;
    g->declined += !takes;
    g->taken += takes;
    if (takes) {
        y->taken = true;
        y->revoked = x->revoked;
        memcpy(y->until, x->until, sizeof y->until);
    }
}

static void answer_comes(game *g, client *c, size_t at)
{
    query *q = any_query(g, c, at);
    yj_error err = { 0 };
    char *misses = NULL;
    if (!q || !q->answer[0])
        return;
    const char *id = g->parties[at].inst.id;
    bool takes = draw(g, 2);
    yj_status got = takes ? yj_answer_accept(g->b.e, c->inst.inst, id, q->answer,
                                             &(yj_looked){ .version = -1, .about_version = -1 }, op(g),
                                             YJ_LANG_EN, &misses, &err)
                          : yj_answer_decline(g->b.e, c->inst.inst, id, q->answer, -1, "no", op(g), &err);
    free(misses);
    if (got != (q->waits ? YJ_OK : YJ_E_NOT_FOUND))
        fail_msg("an answer to %s: %d %s", c->inst.code, (int)got, err.msg);
    if (got != YJ_OK)
        return;
    q->waits = false;
    g->answered += takes;
    if (takes)
        memcpy(q->taken, q->text, sizeof q->taken);
}

static void step(game *g)
{
    size_t at = draw(g, PARTIES);
    party *p = &g->parties[at];
    client *c = &g->clients[draw(g, CLIENTS)];
    switch (draw(g, 12)) {
    case 0:
        add_paper(g, p);
        break;
    case 1:
    case 2:
        change_paper(g, p);
        break;
    case 3:
        offer_paper(g, p);
        break;
    case 4:
        ask(g, c, at);
        break;
    case 5:
        give_answer(g, c, at);
        break;
    case 6:
        answer_comes(g, c, at);
        break;
    case 7:
        if (!c->tied[at] || draw(g, 3) == 0)
            tie_or_untie(g, c, at);
        break;
    default:
        take_or_decline(g, c, at);
    }
}

/* --- the model -------------------------------------------------------------------------------- */

typedef enum view { OFFERS_WAIT, ANSWERS_WAIT, OFFERED, ADDRESSED } view;

/* What an institution is shown, as text; free(). */
static char *shown(game *g, int64_t inst, view v)
{
    yj_db *db = NULL;
    yj_buf out;
    yj_error err = { 0 };
    yj_buf_init(&out, (size_t)4 << 20);
    yj_ok(yj_reader_take(g->b.e, &db, &err));
    if (v == OFFERS_WAIT)
        yj_ok(yj_offers_waiting(db, g->b.c, inst, 100, YJ_LANG_EN, &out, &err));
    else if (v == ANSWERS_WAIT)
        yj_ok(yj_answers_waiting(db, g->b.c, inst, 100, YJ_LANG_EN, &out, &err));
    else if (v == OFFERED)
        yj_ok(yj_offers_list(db, g->b.c, inst, &(yj_offers_query){ .limit = 100, .lang = YJ_LANG_EN }, &out,
                             &err));
    else
        yj_ok(yj_addressed_list(
            db, g->b.c, inst, &(yj_addressed_query){ .limit = 200, .today = { "2026-03-02" } }, &out, &err));
    yj_reader_give(g->b.e, db);
    return out.ptr;
}

static size_t count_of(const char *text, const char *piece)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, piece)); at++)
        n++;
    return n;
}

static void assert_seen(const char *text, const char *id, bool seen, const char *who)
{
    if ((strstr(text, id) != NULL) != seen)
        fail_msg("%s %s %s: %s", who, seen ? "does not see" : "sees", id, text);
}

static void check_client(game *g, const client *c)
{
    char *offers = shown(g, c->inst.inst, OFFERS_WAIT), *answers = shown(g, c->inst.inst, ANSWERS_WAIT);
    size_t want = 0, want_answers = 0;
    for (size_t at = 0; at < PARTIES; at++) {
        const party *p = &g->parties[at];
        for (size_t i = 0; i < p->count; i++) {
            bool there = waits(c, at, &p->papers[i], &c->copies[at][i]);
            assert_seen(offers, p->papers[i].id, there, c->inst.code);
            want += there;
        }
        for (size_t i = 0; i < c->query_count[at]; i++)
            want_answers += c->queries[at][i].waits && !c->queries[at][i].dead;
        assert_null(strstr(offers, secret(&p->inst)));
        assert_null(strstr(answers, secret(&p->inst)));
    }
    assert_int_equal(count_of(offers, "\"offer\":"), want);
    assert_int_equal(count_of(answers, "\"answer\":\""), want_answers);
    free(offers);
    free(answers);
}

static void check_party(game *g, size_t at)
{
    char *lists[] = { shown(g, g->parties[at].inst.inst, OFFERED),
                      shown(g, g->parties[at].inst.inst, ADDRESSED) };
    for (size_t i = 0; i < CLIENTS; i++) {
        const client *c = &g->clients[i];
        for (size_t n = 0; n < YJ_COUNT(lists); n++) {
            assert_null(strstr(lists[n], secret(&c->inst)));
            if (!c->tied[at])
                assert_seen(lists[n], c->inst.id, false, g->parties[at].inst.code);
        }
        for (size_t o = 0; o < PARTIES; o++)
            for (size_t n = 0; n < c->query_count[o]; n++)
                assert_seen(lists[1], c->queries[o][n].id, o == at && c->tied[at], g->parties[at].inst.code);
    }
    for (size_t n = 0; n < YJ_COUNT(lists); n++)
        free(lists[n]);
}

static void add_row(char **at, const char *end, const char *number, const copy *y)
{
    int n = snprintf(*at, (size_t)(end - *at), "%s|%s|%s|theirs|-\n", number, y->until,
                     y->revoked ? "void" : "valid");
    assert_true(n > 0 && n < end - *at);
    *at += n;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every copy is what was offered at the version that was taken, and nobody has another. */
static void check_copies(game *g, const client *c)
{
    char want[4000] = "", sql[200], *at = want;
    const char *numbers[PARTIES * PAPERS];
    size_t n = 0;
    for (size_t p = 0; p < PARTIES; p++)
        for (size_t i = 0; i < g->parties[p].count; i++)
            if (c->copies[p][i].taken)
                numbers[n++] = g->parties[p].papers[i].number;
    qsort(numbers, n, sizeof *numbers, by_text);
    for (size_t k = 0; k < n; k++)
        for (size_t p = 0; p < PARTIES; p++)
            for (size_t i = 0; i < g->parties[p].count; i++)
                if (g->parties[p].papers[i].number == numbers[k])
                    add_row(&at, want + sizeof want, numbers[k], &c->copies[p][i]);
    snprintf(
        sql, sizeof sql,
        "SELECT f_number, f_until, state, f_mark, f_note FROM r_paper WHERE inst = %lld ORDER BY f_number",
        (long long)c->inst.inst);
    char *rows = bench_rows(&g->b, sql);
    assert_string_equal(rows, want);
    free(rows);
    for (size_t p = 0; p < PARTIES; p++)
        for (size_t i = 0; i < c->query_count[p]; i++) {
            const query *q = &c->queries[p][i];
            snprintf(sql, sizeof sql, "SELECT f_answer FROM r_query WHERE inst = %lld AND id = '%s'",
                     (long long)c->inst.inst, q->id);
            rows = bench_rows(&g->b, sql);
            rows[strlen(rows) - 1] = '\0';
            assert_string_equal(rows, q->taken[0] ? q->taken : "-");
            free(rows);
        }
}

static void check(game *g)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        check_client(g, &g->clients[i]);
        check_copies(g, &g->clients[i]);
    }
    for (size_t p = 0; p < PARTIES; p++)
        check_party(g, p);
}

static void check_ledgers(game *g)
{
    yj_error err = { 0 };
    yj_rebuild_report r;
    yj_ok(yj_engine_settle(g->b.e, 60000, &err));
    char *before = bench_derived(&g->b);
    yj_ok(yj_rebuild(g->b.e, &(yj_rebuild_options){ .inst = -1 }, &r, &err)); /* receipts, too */
    char *after = bench_derived(&g->b);
    assert_string_equal(before, after);
    free(before);
    free(after);
    yj_db *db = NULL;
    yj_ok(yj_reader_take(g->b.e, &db, &err));
    for (size_t i = 0; i < CLIENTS + PARTIES; i++) {
        const yj_institution *x = i < CLIENTS ? &g->clients[i].inst : &g->parties[i - CLIENTS].inst;
        yj_verify_report told;
        yj_ok(yj_ledger_verify_store(db, yj_engine_keys(g->b.e), x->inst, &told, &err));
        assert_false(told.bad);
    }
    yj_reader_give(g->b.e, db);
}

static void begin(game *g, void **state)
{
    char code[20], json[300];
    bench_open(&g->b, state);
    for (size_t p = 0; p < PARTIES; p++) {
        party *x = &g->parties[p];
        snprintf(code, sizeof code, "party%zu", p);
        bench_institution_of(&g->b, code, "provider", &x->inst);
        put_in(&g->b, x->inst.inst, "vendor", "{\"name\":\"self\"}", x->self);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        client *c = &g->clients[i];
        snprintf(code, sizeof code, "client%zu", i);
        bench_institution(&g->b, code, &c->inst);
        for (size_t p = 0; p < PARTIES; p++) {
            snprintf(json, sizeof json, "{\"name\":\"v%zu\",\"contact\":\"%s\"}", p, secret(&c->inst));
            put_in(&g->b, c->inst.inst, "vendor", json, c->vendor[p]);
            tie_or_untie(g, c, p);
        }
    }
    for (size_t p = 0; p < PARTIES; p++)
        for (int i = 0; i < 2; i++)
            add_paper(g, &g->parties[p]);
}

static void offers_and_answers__are_those_of_a_model(void **state)
{
    static game g;
    const char *given = getenv("YJ_TEST_SEED");
    g = (game){ .seed = given ? strtoull(given, NULL, 10) : 20261128 };
    print_message("seed %llu\n", (unsigned long long)g.seed);
    begin(&g, state);
    for (int i = 0; i < STEPS; i++) {
        step(&g);
        check(&g);
    }
    check_ledgers(&g);
    assert_true(g.taken > 3 && g.declined > 1 && g.answered > 1); /* the seed has shown something */
    bench_close(&g.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = { yj_test_stores(offers_and_answers__are_those_of_a_model) };
    return cmocka_run_group_tests_name("record_offers_random", tests, NULL, NULL);
}
