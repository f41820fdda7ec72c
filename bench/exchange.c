// SPDX-License-Identifier: Apache-2.0
/* What a provider reads of one, 30 and 300 clients: a page of its list at the top and in the middle, one
 * record, and what keeping the list adds to a change. */
#include "world.h"

#include "base/time.h"
#include "record/exchange.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define REQUESTS 200 /* to the provider, of each client */
#define PAGE 50
#define READS 300

static const yj_date today = { "2026-06-30" };

typedef struct provider {
    yj_institution inst;
    char client[YJ_UUID_LEN + 1], record[YJ_UUID_LEN + 1]; /* of the client made last */
    int64_t client_inst;
} provider;

static void put(world *w, int64_t inst, yj_change_op op, const char *kind, const char *json, const char *id,
                char *ret)
{
    yj_error err = { 0 };
    json_t *f = NULL;
    must(yj_json_parse(yj_span_of(json), 65536, &f, &err), &err, "json");
    yj_change c = { .inst = inst,
                    .op = op,
                    .by = yj_engine_operator(w->e),
                    .kind = world_kind(w, kind),
                    .id = id,
                    .expect_version = -1,
                    .fields = f };
    must(yj_change_run(w->e, &c, &err), &err, kind);
    if (ret)
        memcpy(ret, c.ret_id, YJ_UUID_LEN + 1);
    yj_change_done(&c);
    json_decref(f);
}

static void open_institution(world *w, const char *code, const char *type, yj_institution *ret)
{
    yj_error err = { 0 };
    json_t *f = json_pack("{s:s, s:s, s:s}", "code", code, "name", code, "type", type);
    must(yj_institution_open(w->e, f, yj_engine_operator(w->e), ret, &err), &err, "institution");
    json_decref(f);
}

static void tie(world *w, int64_t client, const char *record, provider *p)
{
    yj_error err = { 0 };
    char json[400], invitation[YJ_UUID_LEN + 1], code[YJ_INVITATION_CODE_LEN + 1];
    yj_tie t;
    snprintf(json, sizeof json,
             "{\"number\":\"1\",\"party_kind\":\"provider\",\"party\":\"%s\",\"contact\":\"x\",\"sent_on\":"
             "\"2026-01-01\",\"expires_on\":\"2999-12-31\"}",
             record);
    put(w, client, YJ_CH_CREATE, "invitation", json, NULL, invitation);
    must(yj_invitation_code(w->e, client, invitation, yj_engine_operator(w->e), code, &err), &err, "code");
    must(yj_invitation_accept(w->e, p->inst.inst, code, yj_engine_operator(w->e), &t, &err), &err, "accept");
}

static void make_client(world *w, size_t n, provider *p)
{
    char json[400], code[200], provider_id[YJ_UUID_LEN + 1], platform[YJ_UUID_LEN + 1];
    yj_institution c;
    snprintf(code, sizeof code, "%s-%zu", p->inst.code, n);
    open_institution(w, code, "client", &c);
    put(w, c.inst, YJ_CH_CREATE, "provider", "{\"name\":\"P\"}", NULL, provider_id);
    snprintf(json, sizeof json, "{\"provider\":\"%s\",\"name\":\"P\",\"model\":\"public\"}", provider_id);
    put(w, c.inst, YJ_CH_CREATE, "platform", json, NULL, platform);
    tie(w, c.inst, provider_id, p);
    for (int i = 0; i < REQUESTS; i++) {
        snprintf(
            json, sizeof json,
            "{\"number\":\"%d\",\"title\":\"x\",\"platform\":\"%s\",\"purpose\":\"support\",\"asked_on\":"
            "\"2026-01-01\",\"due_on\":\"2026-%02d-%02d\"}",
            i, platform, 1 + i % 12, 1 + (int)(n % 28));
        put(w, c.inst, YJ_CH_CREATE, "evidence_request", json, NULL, p->record);
    }
    memcpy(p->client, c.id, sizeof p->client);
    p->client_inst = c.inst;
}

static void read_page(world *w, yj_db *db, const provider *p, const yj_addressed_query *asked, char *ret_next,
                      sample *s)
{
    yj_error err = { 0 };
    yj_buf out;
    yj_buf_init(&out, (size_t)4 << 20);
    yj_addressed_query q = *asked;
    q.limit = PAGE;
    q.today = today;
    int64_t t = yj_monotonic_ns();
    must(yj_addressed_list(db, w->c, p->inst.inst, &q, &out, &err), &err, "list");
    sample_add(s, yj_monotonic_ns() - t);
    json_t *v = NULL;
    must(yj_json_parse(yj_buf_view(&out), (size_t)4 << 20, &v, &err), &err, "json");
    const char *next = json_string_value(json_object_get(v, "next"));
    if (ret_next)
        snprintf(ret_next, 200, "%s", next ? next : "");
    json_decref(v);
    yj_buf_done(&out);
}

static void read_counts(world *w, yj_db *db, const provider *p, const yj_addressed_query *asked, sample *s)
{
    yj_error err = { 0 };
    yj_buf out;
    yj_addressed_query q = *asked;
    q.today = today;
    yj_buf_init(&out, (size_t)4 << 20);
    int64_t t = yj_monotonic_ns();
    must(yj_addressed_count(db, w->c, p->inst.inst, &q, &out, &err), &err, "counts");
    sample_add(s, yj_monotonic_ns() - t);
    yj_buf_done(&out);
}

/* What is read, each with its sample. */
enum {
    NEWEST,
    NEWEST_DEEP,
    DUE,
    DUE_DEEP,
    OVERDUE,
    OF_CLIENT,
    COUNTS,
    COUNTS_KIND,
    COUNTS_CLIENT,
    COUNTS_BOTH,
    COUNTS_TEXT,
    ONE,
    CHANGE,
    SAMPLES
};
static const char *const called[SAMPLES] = {
    "newest", "newest, middle", "by day",      "by day, middle",     "overdue",   "of client",
    "counts", "of a kind",      "of a client", "of a client's kind", "of a text", "one",
    "change"
};

static double measure(world *w, const provider *p, size_t clients, double one)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    char middle[200] = "", due[200] = "";
    sample s[SAMPLES] = { 0 };
    must(yj_reader_take(w->e, &db, &err), &err, "reader");
    for (size_t i = 0; i < clients * REQUESTS / 2 / PAGE; i++) {
        read_page(w, db, p, &(yj_addressed_query){ .after = middle }, middle, &s[NEWEST_DEEP]);
        read_page(w, db, p, &(yj_addressed_query){ .after = due, .by_due = true }, due, &s[DUE_DEEP]);
    }
    sample_free(&s[NEWEST_DEEP]);
    sample_free(&s[DUE_DEEP]);
    s[NEWEST_DEEP] = s[DUE_DEEP] = (sample){ 0 };
    const yj_addressed_query asked[] = {
        [NEWEST] = { .limit = PAGE },
        [NEWEST_DEEP] = { .after = middle },
        [DUE] = { .by_due = true },
        [DUE_DEEP] = { .by_due = true, .after = due },
        [OVERDUE] = { .by_due = true, .stand = "overdue" },
        [OF_CLIENT] = { .by_due = true, .client = p->client },
    };
    const yj_addressed_query counted[] = {
        { .kind = NULL },        { .kind = "evidence_request" },
        { .client = p->client }, { .client = p->client, .kind = "evidence_request" },
        { .text = "x" },
    };
    for (int i = 0; i < READS; i++) {
        yj_buf out;
        for (size_t n = 0; n < YJ_COUNT(asked); n++)
            read_page(w, db, p, &asked[n], NULL, &s[n]);
        for (size_t n = 0; n < YJ_COUNT(counted); n++)
            read_counts(w, db, p, &counted[n], &s[COUNTS + n]);
        yj_buf_init(&out, (size_t)1 << 20);
        int64_t t = yj_monotonic_ns();
        must(yj_addressed_get(db, w->c, p->inst.inst, p->client, p->record, &today, YJ_LANG_ZH, &out, &err),
             &err, "get");
        sample_add(&s[ONE], yj_monotonic_ns() - t);
        yj_buf_done(&out);
    }
    yj_reader_give(w->e, db);
    for (int i = 0; i < READS; i++) {
        char json[60];
        snprintf(json, sizeof json, "{\"title\":\"%d\"}", i);
        int64_t t = yj_monotonic_ns();
        put(w, p->client_inst, YJ_CH_CHANGE, "evidence_request", json, p->record, NULL);
        sample_add(&s[CHANGE], yj_monotonic_ns() - t);
    }
    /* what the page shows first: the list and the counts above it */
    double ms = sample_ms(&s[DUE], 500) + sample_ms(&s[COUNTS], 500);
    printf(
        "= exchange: %zu clients, %zu addressed, page of %d, by day with counts x%.2f; ms (medians of %d):",
        clients, clients * REQUESTS, PAGE, one > 0 ? ms / one : 1.0, READS);
    for (size_t n = 0; n < SAMPLES; n++)
        printf("%s %s %.3f", n ? "," : "", called[n], sample_ms(&s[n], 500));
    printf("\n");
    fflush(stdout);
    for (size_t n = 0; n < SAMPLES; n++)
        sample_free(&s[n]);
    return ms;
}

void bench_exchange(const char *data, const size_t *clients, size_t sizes)
{
    world w;
    double one = 0;
    world_sync("off");
    world_make(&w, data, 0, 1);
    for (size_t i = 0; i < sizes; i++) {
        provider p = { .client_inst = 0 };
        char code[20];
        snprintf(code, sizeof code, "p%zu", clients[i]);
        open_institution(&w, code, "provider", &p.inst);
        for (size_t n = 0; n < clients[i]; n++)
            make_client(&w, n, &p);
        world_settle(&w);
        double ms = measure(&w, &p, clients[i], one);
        one = one > 0 ? one : ms;
    }
    world_drop(&w);
}
