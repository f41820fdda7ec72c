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
            "\"2026-01-01\"}",
            i, platform);
        put(w, c.inst, YJ_CH_CREATE, "evidence_request", json, NULL, p->record);
    }
    memcpy(p->client, c.id, sizeof p->client);
    p->client_inst = c.inst;
}

static void read_page(world *w, yj_db *db, const provider *p, const char *after, char *ret_next, sample *s)
{
    yj_error err = { 0 };
    yj_buf out;
    yj_buf_init(&out, (size_t)4 << 20);
    yj_addressed_query q = { .limit = PAGE, .after = after };
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

static double measure(world *w, const provider *p, size_t clients, double one)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    char middle[200] = "";
    sample top = { 0 }, deep = { 0 }, single = { 0 }, change = { 0 };
    must(yj_reader_take(w->e, &db, &err), &err, "reader");
    for (size_t i = 0; i < clients * REQUESTS / 2 / PAGE; i++) {
        read_page(w, db, p, middle, middle, &deep);
    }
    sample_free(&deep);
    deep = (sample){ 0 };
    for (int i = 0; i < READS; i++) {
        yj_buf out;
        read_page(w, db, p, NULL, NULL, &top);
        read_page(w, db, p, middle, NULL, &deep);
        yj_buf_init(&out, (size_t)1 << 20);
        int64_t t = yj_monotonic_ns();
        must(yj_addressed_get(db, w->c, p->inst.inst, p->client, p->record, YJ_LANG_ZH, &out, &err), &err,
             "get");
        sample_add(&single, yj_monotonic_ns() - t);
        yj_buf_done(&out);
    }
    yj_reader_give(w->e, db);
    for (int i = 0; i < READS; i++) {
        char json[60];
        snprintf(json, sizeof json, "{\"title\":\"%d\"}", i);
        int64_t t = yj_monotonic_ns();
        put(w, p->client_inst, YJ_CH_CHANGE, "evidence_request", json, p->record, NULL);
        sample_add(&change, yj_monotonic_ns() - t);
    }
    double ms = sample_ms(&top, 500);
    printf("= exchange: %zu clients, %zu addressed: page of %d at the top %.2f ms (x%.2f), in the middle "
           "%.2f ms, "
           "one record %.3f ms, a change of one %.2f ms (medians of %d)\n",
           clients, clients * REQUESTS, PAGE, ms, one > 0 ? ms / one : 1.0, sample_ms(&deep, 500),
           sample_ms(&single, 500), sample_ms(&change, 500), READS);
    fflush(stdout);
    sample_free(&top);
    sample_free(&deep);
    sample_free(&single);
    sample_free(&change);
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
