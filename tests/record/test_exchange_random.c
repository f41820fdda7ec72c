// SPDX-License-Identifier: Apache-2.0
/* Random changes of clients that share their vendors: what each party then sees is held against a model that
 * knows nothing of tables. No record of a client ever stands in the list of a party that the client has not
 * tied to that record's vendor; and a rebuild derives the same. */
#include "exchange_test.h"

#include "record/rebuild.h"
#include <stdio.h>
#include <stdlib.h>

#define CLIENTS 3
#define VENDORS 2 /* of each client; vendor v is whom party v stands for, if it is tied */
#define SERVICES 5
#define VISITS 5
#define STEPS 160

typedef struct service {
    char id[ID_BYTES];
    int vendor; /* -1: none */
    int peer;   /* index of another service; -1 */
    bool sent, gone;
} service;
typedef struct visit {
    char id[ID_BYTES];
    int service;
    bool gone;
} visit;
typedef struct client {
    yj_institution inst;
    char vendor[VENDORS][ID_BYTES];
    bool tied[VENDORS];
    yj_tie tie[VENDORS];
    service services[SERVICES];
    visit visits[VISITS];
    size_t service_count, visit_count;
} client;
typedef struct game {
    bench b;
    client clients[CLIENTS];
    yj_institution party[VENDORS];
    uint64_t seed;
    int number;
} game;

static unsigned draw(game *g, unsigned below)
{
    g->seed = g->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(g->seed >> 33) % below;
}

/* --- moves ------------------------------------------------------------------------------------ */

static void add_service(game *g, client *c)
{
    if (c->service_count == SERVICES)
        return;
    service *s = &c->services[c->service_count++];
    char json[300];
    *s = (service){ .vendor = (int)draw(g, VENDORS + 1) - 1, .peer = -1, .sent = draw(g, 2) };
    int n = snprintf(json, sizeof json, "{\"code\":\"S%d\"", g->number++);
    if (s->vendor >= 0)
        n += snprintf(json + n, sizeof json - (size_t)n, ",\"vendor\":\"%s\"", c->vendor[s->vendor]);
    snprintf(json + n, sizeof json - (size_t)n, "%s}", s->sent ? ",\"since\":\"2026-03-01\"" : "");
    put_in(&g->b, c->inst.inst, "service", json, s->id);
}

static service *any_service(game *g, client *c)
{
    service *s = c->service_count ? &c->services[draw(g, (unsigned)c->service_count)] : NULL;
    return s && !s->gone ? s : NULL;
}

static void add_visit(game *g, client *c)
{
    const service *s = any_service(g, c);
    if (!s || c->visit_count == VISITS)
        return;
    visit *v = &c->visits[c->visit_count];
    char json[300];
    *v = (visit){ .service = (int)(s - c->services) };
    snprintf(json, sizeof json, "{\"service\":\"%s\",\"done_on\":\"2026-01-%02zu\"}", s->id,
             c->visit_count + 1);
    put_in(&g->b, c->inst.inst, "visit", json, v->id);
    c->visit_count++;
}

static void change_service(game *g, client *c)
{
    service *s = any_service(g, c);
    const service *other = any_service(g, c);
    char json[300];
    if (!s)
        return;
    switch (draw(g, 3)) {
    case 0:
        s->vendor = (int)draw(g, VENDORS);
        snprintf(json, sizeof json, "{\"vendor\":\"%s\"}", c->vendor[s->vendor]);
        break;
    case 1:
        s->sent = !s->sent;
        snprintf(json, sizeof json, "{\"since\":%s}", s->sent ? "\"2026-03-01\"" : "null");
        break;
    default:
        s->peer = other ? (int)(other - c->services) : -1;
        snprintf(json, sizeof json, "{\"peers\":[%s%s%s]}", other ? "\"" : "", other ? other->id : "",
                 other ? "\"" : "");
    }
    change_in(&g->b, c->inst.inst, "service", s->id, json);
}

static bool is_named(const client *c, int at)
{
    for (size_t i = 0; i < c->service_count; i++)
        if (!c->services[i].gone && c->services[i].peer == at)
            return true;
    for (size_t i = 0; i < c->visit_count; i++)
        if (!c->visits[i].gone && c->visits[i].service == at)
            return true;
    return false;
}

static void take_away(game *g, client *c)
{
    service *s = any_service(g, c);
    if (c->visit_count && draw(g, 2)) {
        visit *v = &c->visits[draw(g, (unsigned)c->visit_count)];
        if (!v->gone)
            move_in(&g->b, c->inst.inst, "visit", v->id, "withdraw");
        v->gone = true;
    } else if (s && !is_named(c, (int)(s - c->services))) {
        move_in(&g->b, c->inst.inst, "service", s->id, "withdraw");
        s->gone = true;
    }
}

static void tie_or_untie(game *g, client *c)
{
    unsigned v = draw(g, VENDORS);
    char number[20];
    if (!c->tied[v]) {
        snprintf(number, sizeof number, "I-%d", g->number++);
        tie(&g->b, c->inst.inst, number, c->vendor[v], g->party[v].inst, &c->tie[v]);
    } else if (draw(g, 2)) {
        move_in(&g->b, c->inst.inst, "invitation", c->tie[v].invitation, "end");
    } else {
        move_in(&g->b, g->party[v].inst, "engagement", c->tie[v].link, "end");
    }
    c->tied[v] = !c->tied[v];
}

static void step(game *g)
{
    client *c = &g->clients[draw(g, CLIENTS)];
    switch (draw(g, 8)) {
    case 0:
    case 1:
        add_service(g, c);
        break;
    case 2:
        add_visit(g, c);
        break;
    case 3:
    case 4:
        change_service(g, c);
        break;
    case 5:
        take_away(g, c);
        break;
    default:
        tie_or_untie(g, c);
    }
}

/* --- the model -------------------------------------------------------------------------------- */

static bool sees_service(const client *c, const service *s, int party)
{
    return !s->gone && s->sent && s->vendor == party && c->tied[party];
}

static bool sees_visit(const client *c, const visit *v, int party)
{
    const service *s = &c->services[v->service];
    bool by_peer = s->peer >= 0 && c->services[s->peer].vendor == party;
    return !v->gone && c->tied[party] && (s->vendor == party || by_peer);
}

static void expect(const client *c, const char *list, const char *kind, const char *id, bool seen,
                   size_t *count)
{
    char line[400];
    snprintf(line, sizeof line, "%s %s %s\n", c->inst.code, kind, id);
    const char *at = strstr(list, line);
    if ((at != NULL) != seen)
        fail_msg("%s: %s", seen ? "is missing" : "leaks", line);
    *count += seen;
}

static void check(game *g)
{
    for (int p = 0; p < VENDORS; p++) {
        char *list = list_of(&g->b, g->party[p].inst, NULL, NULL, 3);
        size_t want = 0, lines = 0;
        for (size_t i = 0; i < CLIENTS; i++) {
            const client *c = &g->clients[i];
            for (size_t n = 0; n < c->service_count; n++)
                expect(c, list, "service", c->services[n].id, sees_service(c, &c->services[n], p), &want);
            for (size_t n = 0; n < c->visit_count; n++)
                expect(c, list, "visit", c->visits[n].id, sees_visit(c, &c->visits[n], p), &want);
        }
        for (const char *at = list; (at = strchr(at, '\n')); at++)
            lines++;
        assert_int_equal(lines, want); /* nothing else, and nothing twice */
        free(list);
    }
}

static void check_rebuild(game *g)
{
    yj_error err = { 0 };
    yj_rebuild_report r;
    yj_ok(yj_engine_settle(g->b.e, 60000, &err));
    char *before = bench_derived(&g->b);
    yj_ok(yj_rebuild(g->b.e, &(yj_rebuild_options){ .inst = -1 }, &r, &err));
    char *after = bench_derived(&g->b);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void lists__are_those_of_a_model(void **state)
{
    static game g;
    g = (game){ .seed = 20261128 };
    bench_open(&g.b, state);
    for (int p = 0; p < VENDORS; p++) {
        char code[20];
        snprintf(code, sizeof code, "party%d", p);
        bench_institution_of(&g.b, code, "provider", &g.party[p]);
    }
    for (int i = 0; i < CLIENTS; i++) {
        char code[20], json[60];
        snprintf(code, sizeof code, "client%d", i);
        bench_institution(&g.b, code, &g.clients[i].inst);
        for (int v = 0; v < VENDORS; v++) {
            snprintf(json, sizeof json, "{\"name\":\"v%d\"}", v);
            put_in(&g.b, g.clients[i].inst.inst, "vendor", json, g.clients[i].vendor[v]);
        }
    }
    for (int i = 0; i < STEPS; i++) {
        step(&g);
        check(&g);
        if (i % 40 == 39)
            check_rebuild(&g);
    }
    bench_close(&g.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = { yj_test_stores(lists__are_those_of_a_model) };
    return cmocka_run_group_tests_name("record_exchange_random", tests, NULL, NULL);
}
