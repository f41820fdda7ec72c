// SPDX-License-Identifier: Apache-2.0
/* What reading as an inspector adds to reading as a member, and how a regulator's overview grows with the
 * institutions it is tied with. */
#include "world.h"

#include "base/time.h"
#include "record/exchange.h"
#include "record/oversight.h"
#include "record/read.h"
#include "record/reading.h"
#include <stdio.h>
#include <string.h>

#define READS 300
#define DEPLOYMENTS 10

typedef struct regulator {
    yj_institution inst;
    char person[YJ_UUID_LEN + 1];
} regulator;

static void put(world *w, int64_t inst, const char *kind, const char *json, char *ret)
{
    yj_error err = { 0 };
    json_t *f = NULL;
    must(yj_json_parse(yj_span_of(json), 65536, &f, &err), &err, "json");
    yj_change c = { .inst = inst,
                    .op = YJ_CH_CREATE,
                    .by = yj_engine_operator(w->e),
                    .kind = world_kind(w, kind),
                    .expect_version = -1,
                    .fields = f };
    must(yj_change_run(w->e, &c, &err), &err, kind);
    memcpy(ret, c.ret_id, YJ_UUID_LEN + 1);
    yj_change_done(&c);
    json_decref(f);
}

static void tie(world *w, int64_t client, const regulator *r)
{
    yj_error err = { 0 };
    char json[400], record[YJ_UUID_LEN + 1], invitation[YJ_UUID_LEN + 1], code[YJ_INVITATION_CODE_LEN + 1];
    yj_tie t;
    put(w, client, "supervisor", "{\"name\":\"R\"}", record);
    snprintf(json, sizeof json,
             "{\"number\":\"1\",\"party_kind\":\"supervisor\",\"party\":\"%s\",\"contact\":\"x\",\"sent_on\":"
             "\"2026-01-01\",\"expires_on\":\"2999-12-31\"}",
             record);
    put(w, client, "invitation", json, invitation);
    must(yj_invitation_code(w->e, client, invitation, yj_engine_operator(w->e), code, &err), &err, "code");
    must(yj_invitation_accept(w->e, r->inst.inst, code, yj_engine_operator(w->e), &t, &err), &err, "accept");
}

static void open_regulator(world *w, regulator *r)
{
    yj_error err = { 0 };
    char json[400], id[YJ_UUID_LEN + 1];
    json_t *f = json_pack("{s:s, s:s, s:s}", "code", "regulator", "name", "R", "type", "regulator");
    must(yj_institution_open(w->e, f, yj_engine_operator(w->e), &r->inst, &err), &err, "institution");
    json_decref(f);
    put(w, r->inst.inst, "person", "{\"number\":\"1\",\"name\":\"I\",\"roles\":[\"inspector\"]}", r->person);
    for (size_t i = 0; i < w->inst_count; i++)
        tie(w, w->inst[i].inst, r);
    snprintf(json, sizeof json,
             "{\"inspector\":\"%s\",\"basis\":\"B\",\"since\":\"2020-01-01\",\"until\":\"2999-12-31\"}",
             r->person);
    put(w, r->inst.inst, "inspection_scope", json, id);
}

static void read_record(world *w, const char *id)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_buf out;
    yj_buf_init(&out, (size_t)1 << 20);
    must(yj_reader_take(w->e, &db, &err), &err, "reader");
    must(yj_record_get(db, w->c, w->inst[0].inst, &w->c->kinds[world_kind(w, "person")], id, -1, YJ_LANG_ZH,
                       &out, NULL, &err),
         &err, "get");
    yj_reader_give(w->e, db);
    yj_buf_done(&out);
}

static void note(world *w, const regulator *r, const char *item)
{
    yj_error err = { 0 };
    const yj_reading x = { .inst = w->inst[0].inst,
                           .party = r->inst.inst,
                           .person = r->person,
                           .kind = "person",
                           .items = &item,
                           .count = 1 };
    must(yj_reading_note(w->e, &x, 1, &err), &err, "note");
}

static void measure_reading(world *w, const regulator *r)
{
    char id[YJ_UUID_LEN + 1];
    sample member = { 0 }, first = { 0 }, again = { 0 };
    put(w, w->inst[0].inst, "person", "{\"number\":\"read\",\"name\":\"N\"}", id);
    for (int i = 0; i < READS; i++) {
        char item[20];
        snprintf(item, sizeof item, "item-%d", i); /* as of a record not read yet */
        int64_t t = yj_monotonic_ns();
        read_record(w, id);
        sample_add(&member, yj_monotonic_ns() - t);
        t = yj_monotonic_ns();
        read_record(w, id);
        note(w, r, item);
        sample_add(&first, yj_monotonic_ns() - t);
        t = yj_monotonic_ns();
        read_record(w, id);
        note(w, r, item);
        sample_add(&again, yj_monotonic_ns() - t);
    }
    double one = sample_ms(&member, 500);
    printf(
        "= oversight: a record as a member %.3f ms, as an inspector again %.3f ms (x%.2f), the first time in "
        "the quarter %.3f ms (x%.2f; medians of %d)\n",
        one, sample_ms(&again, 500), sample_ms(&again, 500) / one, sample_ms(&first, 500),
        sample_ms(&first, 500) / one, READS);
    fflush(stdout);
    sample_free(&member);
    sample_free(&first);
    sample_free(&again);
}

static double overview_ms(world *w, const regulator *r, bool worst)
{
    yj_error err = { 0 };
    yj_buf out;
    const int64_t *read = NULL;
    size_t n = 0;
    yj_arena *a = must_have(yj_arena_new((size_t)64 << 20));
    yj_buf_init(&out, (size_t)16 << 20);
    const yj_supervised_query q = { .person = r->person, .worst = worst, .limit = 50 };
    int64_t t = yj_monotonic_ns();
    must(yj_supervised_list(w->e, r->inst.inst, &q, &out, a, &read, &n, &err), &err, "supervised");
    double ms = (double)(yj_monotonic_ns() - t) / 1e6;
    yj_buf_done(&out);
    yj_arena_free(a);
    return ms;
}

void bench_oversight(const char *data, const size_t *institutions, size_t sizes)
{
    world_sync("off");
    for (size_t i = 0; i < sizes; i++) {
        world w;
        regulator r;
        world_make(&w, data, institutions[i], DEPLOYMENTS);
        open_regulator(&w, &r);
        world_settle(&w);
        if (i == 0)
            measure_reading(&w, &r);
        double page = overview_ms(&w, &r, false), worst = overview_ms(&w, &r, true);
        printf(
            "= oversight: %zu institutions of %d deployments: a page of 50 by name %.1f ms, all by what is "
            "unmet %.1f ms, the same again %.1f ms\n",
            institutions[i], DEPLOYMENTS, page, worst, overview_ms(&w, &r, true));
        fflush(stdout);
        world_drop(&w);
    }
}
