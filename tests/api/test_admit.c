// SPDX-License-Identifier: Apache-2.0
/*
 * Each route, as the table lists them, asked by those it is not for: a stranger, somebody of another
 * institution, programs with a token that was not made for it, a page of another site, a person without the
 * role. A new route is asked, too; one whose address cannot be made here fails the test.
 */
#include "api_test.h"
#include "schema.h"
#include "walk.h"

#include "record/read.h"
#include "record/reading.h"
#include <stdio.h>
#include <unistd.h>

static browser root, member, foreign;        /* the operator; a reader of demo; an it of other */
static browser keeper, inspector, colleague; /* of the regulator; the second has a scope for demo */
static char scope[YJ_UUID_LEN + 1], inspector_id[YJ_UUID_LEN + 1], link_id[YJ_UUID_LEN + 1];
static char item[YJ_UUID_LEN + 1], digest[2 * YJ_HASH_LEN + 1], upload[YJ_UUID_LEN + 1], job[YJ_UUID_LEN + 1];
static char account[YJ_UUID_LEN + 1], session[YJ_UUID_LEN + 1], person[YJ_UUID_LEN + 1];
static char token[100], token_id[40];

static void keep(char *to, size_t cap, answer *a, int status, const char *at)
{
    if (a->status != status)
        fail_msg("%d in place of %d: %s", a->status, status, a->body);
    snprintf(to, cap, "%s", json_at(a->json, at));
    answer_done(a);
}

static void make_token(const world *w, browser *b, const char *who)
{
    char body[300];
    yj_date day;
    yj_clock c = yj_clock_system();
    yj_zone_date(yj_engine_zone(w->engine), c.now_ns(c.self) + INT64_C(9) * 86400 * YJ_NS_PER_S, &day);
    snprintf(body, sizeof body,
             "{\"name\":\"reads\",\"institution\":\"other\",\"person\":\"%s\",\"expires\":\"%s\"}", who,
             day.s);
    answer a = visit(w, b, "POST", "/api/v1/tokens", body);
    snprintf(token_id, sizeof token_id, "%s", json_at(a.json, "id"));
    keep(token, sizeof token, &a, 201, "token");
}

#define REG "/api/v1/institutions/reg"
#define OTHER "/api/v1/institutions/other"

/* A regulator that demo and other are tied with; one of its two inspectors has a scope, for demo. */
static void tie_regulator(const world *w, const char *institution, char ret_link[static YJ_UUID_LEN + 1])
{
    char path[200], body[500], id[YJ_UUID_LEN + 1], code[60];
    snprintf(path, sizeof path, "/api/v1/institutions/%s/records/supervisor", institution);
    answer a = visit(w, &root, "POST", path, "{\"fields\":{\"name\":\"bureau\"}}");
    keep(id, sizeof id, &a, 201, "id");
    snprintf(path, sizeof path, "/api/v1/institutions/%s/records/invitation", institution);
    snprintf(
        body, sizeof body,
        "{\"fields\":{\"number\":\"J-1\",\"party_kind\":\"supervisor\",\"party\":\"%s\",\"contact\":\"x\","
        "\"sent_on\":\"2026-01-01\",\"expires_on\":\"2999-12-31\"}}",
        id);
    a = visit(w, &root, "POST", path, body);
    keep(id, sizeof id, &a, 201, "id");
    snprintf(path, sizeof path, "/api/v1/institutions/%s/invitations/%s/code", institution, id);
    a = visit(w, &root, "POST", path, NULL);
    keep(code, sizeof code, &a, 201, "code");
    snprintf(body, sizeof body, "{\"code\":\"%s\"}", code);
    a = visit(w, &keeper, "POST", REG "/invitations/accept", body);
    keep(ret_link, YJ_UUID_LEN + 1, &a, 201, "link");
}

static void grant(const world *w, int status, browser *by, const char *to, const char *basis,
                  char ret[static YJ_UUID_LEN + 1])
{
    char body[500];
    snprintf(body, sizeof body,
             "{\"fields\":{\"inspector\":\"%s\",\"basis\":\"%s\",\"engagements\":[\"%s\"],\"since\":"
             "\"2020-01-01\",\"until\":\"2999-12-31\"}}",
             to, basis, link_id);
    answer a = visit(w, by, "POST", REG "/records/inspection_scope", body);
    keep(ret, YJ_UUID_LEN + 1, &a, status, status == 201 ? "id" : "error.code");
}

static void make_regulator(world *w)
{
    char id[YJ_UUID_LEN + 1], link2[YJ_UUID_LEN + 1];
    visit_expect(w, &root, 201, "POST", "/api/v1/institutions",
                 "{\"fields\":{\"code\":\"reg\",\"name\":\"监管局\",\"type\":\"regulator\"}}");
    person_signs_in(w, &root, "reg", "keeper", "\"administrator\"", &keeper, id);
    person_signs_in(w, &root, "reg", "inspector", "\"inspector\"", &inspector, inspector_id);
    person_signs_in(w, &root, "reg", "colleague", "\"inspector\"", &colleague, id);
    tie_regulator(w, "demo", link_id);
    tie_regulator(w, "other", link2);
    grant(w, 403, &inspector, inspector_id, "own", scope);
    grant(w, 201, &keeper, inspector_id, "B-1", scope);
}

static int setup(void **state)
{
    char other[YJ_UUID_LEN + 1];
    yj_error err = { 0 };
    if (world_setup_signed(state) != 0)
        return -1;
    world *w = *state;
    memset(&root, 0, sizeof root);
    memset(&member, 0, sizeof member);
    memset(&foreign, 0, sizeof foreign);
    memset(&keeper, 0, sizeof keeper);
    memset(&inspector, 0, sizeof inspector);
    memset(&colleague, 0, sizeof colleague);
    first_administrator(w, &root);
    visit_expect(w, &root, 201, "POST", "/api/v1/institutions",
                 "{\"fields\":{\"code\":\"other\",\"name\":\"其他\",\"type\":\"client\"}}");
    person_signs_in(w, &root, "demo", "member", "\"reader\"", &member, person);
    person_signs_in(w, &root, "other", "foreign", "\"it\",\"administrator\"", &foreign, other);
    answer a = visit(w, &root, "POST", DEMO "/records/item",
                     "{\"fields\":{\"number\":\"A-1\",\"title\":\"secret title\",\"level\":2}}");
    keep(item, sizeof item, &a, 201, "id");
    a = visit(w, &root, "POST", "/api/v1/evidence", "{\"evidence\":true}");
    keep(digest, sizeof digest, &a, 201, "digest");
    a = visit(w, &root, "POST", "/api/v1/evidence", NULL);
    keep(upload, sizeof upload, &a, 201, "upload");
    a = visit(w, &root, "POST", DEMO "/jobs", "{\"work\":\"verify\"}");
    keep(job, sizeof job, &a, 202, "id");
    a = visit(w, &root, "GET", DEMO "/accounts", NULL);
    keep(account, sizeof account, &a, 200, "items.0.id");
    a = visit(w, &member, "GET", "/api/v1/sessions", NULL);
    keep(session, sizeof session, &a, 200, "items.0.id");
    make_token(w, &foreign, other);
    make_regulator(w);
    yj_ok(yj_engine_settle(w->engine, 10000, &err));
    return 0;
}

/* --- addresses -------------------------------------------------------------------------------- */

/* What is there in the institution demo, for the names of the table's parameters. */
static const walk_value values[] = {
    { "inst", "demo" },
    { "kind", "item" },
    { "id", item },
    { "job", job },
    { "seq", "1" },
    { "digest", digest },
    { "upload", upload },
    { "account", account },
    { "session", session },
    { "person", person },
    { "token", token_id },
    { "path", "0/000.p/1" },
    { "view", "records/item" },
    { "client", "0190f0d2-0000-7000-8000-000000000001" },
    { "party", "0190f0d2-0000-7000-8000-000000000002" },
    { "provider", "0190f0d2-0000-7000-8000-000000000000" },
};

static void address_of(const yj_route *r, const char *inst, char *ret, size_t cap)
{
    walk_address(r, inst, values, YJ_COUNT(values), ret, cap);
}

static void tells_nothing(const answer *a, const char *address)
{
    if (strstr(a->body, "secret title") || strstr(a->body, "演示证券"))
        fail_msg("%s: %s", address, a->body);
}

/* --- who is refused --------------------------------------------------------------------------- */

static void stranger__gets_401(void **state)
{
    world *w = *state;
    browser bogus = { .session = "" };
    snprintf(bogus.session, sizeof bogus.session, "%s", root.session);
    bogus.session[strlen(bogus.session) - 3] ^= 1;
    uint64_t before = walk_entries(w);
    size_t asked = 0;
    for (size_t i = 0; i < yj_route_count; i++) {
        const yj_route *r = &yj_routes[i];
        char address[300];
        if (r->who == YJ_FOR_ANYBODY)
            continue;
        address_of(r, "demo", address, sizeof address);
        for (int n = 0; n < 2; n++) { /* with nothing, and with what looks like a session */
            browser none = { .session = "" };
            answer a = visit(w, n ? &bogus : &none, yj_method_name(r->method), address, walk_body(r));
            if (a.status != 401)
                fail_msg("%s %s: %d %s", yj_method_name(r->method), address, a.status, a.body);
            if (r->method != YJ_HEAD)
                assert_string_equal(json_at(a.json, "error.code"), "unauthenticated");
            tells_nothing(&a, address);
            answer_done(&a);
            asked++;
        }
    }
    assert_true(asked > 100);
    assert_int_equal(walk_entries(w), before);
}

/* Somebody of another institution is answered as if there were no such institution, evidence or upload. */
static void another_institution__gets_404(void **state)
{
    world *w = *state;
    uint64_t before = walk_entries(w);
    size_t asked = 0;
    for (size_t i = 0; i < yj_route_count; i++) {
        const yj_route *r = &yj_routes[i];
        char address[300], nowhere[300];
        bool named = strstr(r->path, "{digest}") || strstr(r->path, "{upload}");
        if (r->who != YJ_FOR_MEMBER && !(named && !(r->method == YJ_PUT && strstr(r->path, "{digest}"))))
            continue;
        address_of(r, "demo", address, sizeof address);
        answer a = visit(w, &foreign, yj_method_name(r->method), address, walk_body(r));
        if (a.status != 404)
            fail_msg("%s %s: %d %s", yj_method_name(r->method), address, a.status, a.body);
        tells_nothing(&a, address);
        asked++;
        if (r->who == YJ_FOR_MEMBER && r->method != YJ_HEAD) { /* word for word */
            address_of(r, "nope", nowhere, sizeof nowhere);
            answer b = visit(w, &foreign, yj_method_name(r->method), nowhere, walk_body(r));
            assert_int_equal(b.status, 404);
            const char *one = json_at(a.json, "error.messages.en"),
                       *two = json_at(b.json, "error.messages.en");
            if (strncmp(one, two, strlen(one) - 4) != 0 || strcmp(two, "there is no institution nope") != 0)
                fail_msg("%s: \"%s\", of one that does not exist \"%s\"", address, one, two);
            answer_done(&b);
        }
        answer_done(&a);
    }
    assert_true(asked > 50);
    assert_int_equal(walk_entries(w), before);
}

static void operators__routes_are_shut(void **state)
{
    world *w = *state;
    size_t asked = 0;
    for (size_t i = 0; i < yj_route_count; i++) {
        const yj_route *r = &yj_routes[i];
        char address[300];
        if (r->who != YJ_FOR_OPERATOR)
            continue;
        address_of(r, "demo", address, sizeof address);
        answer a = visit(w, &member, yj_method_name(r->method), address, walk_body(r));
        if (a.status != 403)
            fail_msg("%s %s: %d %s", yj_method_name(r->method), address, a.status, a.body);
        answer_done(&a);
        asked++;
    }
    assert_true(asked >= 3);
}

static void other_sites__change_nothing(void **state)
{
    world *w = *state;
    uint64_t before = walk_entries(w);
    for (size_t i = 0; i < yj_route_count; i++) {
        const yj_route *r = &yj_routes[i];
        char address[300];
        browser b = root;
        if (r->who == YJ_FOR_ANYBODY || !walk_changes(r))
            continue;
        b.csrf[0] = '\0';
        address_of(r, "demo", address, sizeof address);
        answer a = visit(w, &b, yj_method_name(r->method), address, walk_body(r));
        if (a.status != 403 || strcmp(json_at(a.json, "error.field"), "yunjian-csrf") != 0)
            fail_msg("%s %s: %d %s", yj_method_name(r->method), address, a.status, a.body);
        answer_done(&a);
    }
    assert_int_equal(walk_entries(w), before);
}

/* A token that may only read, of another institution. */
static void token__stays_in_its_scope(void **state)
{
    world *w = *state;
    char header[200];
    uint64_t before = walk_entries(w);
    snprintf(header, sizeof header, "Authorization: Bearer %s\r\n", token);
    call_expect(w, 200, "GET", "/api/v1/institutions/other/status", header, NULL);
    for (size_t i = 0; i < yj_route_count; i++) {
        const yj_route *r = &yj_routes[i];
        char address[300];
        if (r->who == YJ_FOR_ANYBODY || (r->who == YJ_FOR_ACCOUNT && !walk_changes(r)))
            continue;
        address_of(r, walk_changes(r) ? "other" : "demo", address, sizeof address);
        answer a = call(w, yj_method_name(r->method), address, header, walk_body(r));
        if (a.status != 403 && !(a.status == 404 && !walk_changes(r)))
            fail_msg("%s %s: %d %s", yj_method_name(r->method), address, a.status, a.body);
        tells_nothing(&a, address);
        answer_done(&a);
    }
    assert_int_equal(walk_entries(w), before);
}

/* Of the right institution, without a role that may. */
static void wrong_role__writes_nothing(void **state)
{
    world *w = *state;
    char path[200];
    uint64_t before = walk_entries(w);
    static const char fields[] = "{\"fields\":{\"number\":\"W-1\",\"title\":\"x\",\"level\":1}}";
    visit_expect(w, &member, 200, "GET", DEMO "/status", NULL);
    visit_expect(w, &member, 403, "POST", DEMO "/records/item", fields);
    snprintf(path, sizeof path, DEMO "/records/item/%s", item);
    visit_expect(w, &member, 403, "PATCH", path, "{\"fields\":{\"title\":\"y\"}}");
    snprintf(path, sizeof path, DEMO "/records/item/%s/transitions", item);
    visit_expect(w, &member, 403, "POST", path, "{\"transition\":\"start\"}");
    visit_expect(w, &member, 403, "GET", DEMO "/accounts", NULL);
    visit_expect(w, &member, 403, "POST", DEMO "/accounts", "{\"name\":\"mine\",\"person\":\"x\"}");
    assert_int_equal(walk_entries(w), before);
}

/* --- ids of others in what is sent ------------------------------------------------------------- */

static void ids__of_others_lead_nowhere(void **state)
{
    world *w = *state;
    char body[300], path[400];
    static const char O[] = "/api/v1/institutions/other";
    /* in a field that refers */
    snprintf(path, sizeof path, "%s/records/piece", O);
    snprintf(body, sizeof body, "{\"fields\":{\"item\":\"%s\",\"number\":\"1\"}}", item);
    answer a = visit(w, &foreign, "POST", path, body);
    assert_true(a.status == 400 || a.status == 403);
    tells_nothing(&a, path);
    answer_done(&a);
    /* in filters and queries */
    static const char *const asks[] = { "/records/piece?filter=item:eq:%s", "/verdicts?subject=%s",
                                        "/entries?record=%s", "/verdicts?proof=%s", "/verdicts?unit=%s" };
    for (size_t i = 0; i < YJ_COUNT(asks); i++) {
        char ask[200];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(ask, sizeof ask, asks[i], item);
#pragma GCC diagnostic pop
        snprintf(path, sizeof path, "%s%s", O, ask);
        a = visit(w, &foreign, "GET", path, NULL);
        if (a.status != 404 && a.status != 400 && json_array_size(json_object_get(a.json, "items")) != 0)
            fail_msg("%s: %d %s", path, a.status, a.body);
        tells_nothing(&a, path);
        answer_done(&a);
    }
    snprintf(path, sizeof path, "%s/names?kind=item&ids=%s", O, item);
    a = visit(w, &foreign, "GET", path, NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 0);
    answer_done(&a);
    snprintf(path, sizeof path, "%s/jobs/%s", O, job);
    visit_expect(w, &foreign, 404, "GET", path, NULL);
    snprintf(path, sizeof path, "%s/records/item/%s", O, item);
    visit_expect(w, &foreign, 404, "GET", path, NULL);
    snprintf(path, sizeof path, "%s/accounts/%s/lock", O, account);
    visit_expect(w, &foreign, 404, "POST", path, "{\"locked\":true}");
    /* lists hold one's own */
    a = visit(w, &foreign, "GET", "/api/v1/institutions", NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 1);
    assert_string_equal(json_at(a.json, "items.0.code"), "other");
    answer_done(&a);
    a = visit(w, &foreign, "GET", "/api/v1/ledgers", NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 1);
    answer_done(&a);
    a = visit(w, &root, "GET", "/api/v1/institutions", NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 3);
    answer_done(&a);
}

/* An answer that is kept for one must not be given to another, nor outlive what let him in. */
static void kept_answers__are_for_whom_they_are(void **state)
{
    world *w = *state;
    browser b = { .session = "" };
    for (int i = 0; i < 3; i++) {
        visit_expect(w, &member, 200, "GET", DEMO "/status", NULL);
        visit_expect(w, &foreign, 404, "GET", DEMO "/status", NULL);
        visit_expect(w, &b, 401, "GET", DEMO "/status", NULL);
        visit_expect(w, &b, 401, "GET", "/api/v1/kinds", NULL);
        visit_expect(w, &member, 200, "GET", "/api/v1/kinds", NULL);
    }
    visit_expect(w, &b, 200, "POST", "/api/v1/sign-in",
                 "{\"name\":\"member\",\"password\":\"" PASSWORD "\"}");
    char old[200];
    snprintf(old, sizeof old, "%s", b.session);
    visit_expect(w, &b, 200, "GET", DEMO "/status", NULL);
    visit_expect(w, &b, 204, "POST", "/api/v1/sign-out", NULL);
    snprintf(b.session, sizeof b.session, "%s", old);
    visit_expect(w, &b, 401, "GET", DEMO "/status", NULL);
}

/* Who sent a file may read it; others once a record of their institution names it. */
static void evidence__is_read_where_it_is_named(void **state)
{
    world *w = *state;
    char path[200], body[400];
    snprintf(path, sizeof path, "/api/v1/evidence/%s", digest);
    visit_expect(w, &root, 200, "GET", path, NULL);
    visit_expect(w, &member, 404, "GET", path, NULL);
    snprintf(body, sizeof body, "{\"fields\":{\"digest\":\"%s\",\"title\":\"x\",\"source\":\"person\"}}",
             digest);
    answer a = visit(w, &root, "POST", DEMO "/records/evidence", body);
    if (a.status != 201)
        fail_msg("%d %s", a.status, a.body);
    answer_done(&a);
    visit_expect(w, &member, 200, "GET", path, NULL);
    visit_expect(w, &foreign, 404, "GET", path, NULL);
    a = visit(w, &foreign, "POST", "/api/v1/evidence", "{\"other\":true}");
    snprintf(path, sizeof path, "/api/v1/evidence/%s", json_at(a.json, "digest"));
    answer_done(&a);
    visit_expect(w, &foreign, 200, "GET", path, NULL);
    visit_expect(w, &member, 404, "GET", path, NULL);
    /* to have read its digest somewhere, and name it in a record of one's own, is not enough */
    browser thief = { .session = "" };
    char who[YJ_UUID_LEN + 1];
    person_signs_in(w, &root, "demo", "thief", "\"it\"", &thief, who);
    snprintf(body, sizeof body, "{\"fields\":{\"digest\":\"%s\",\"title\":\"x\",\"source\":\"person\"}}",
             strrchr(path, '/') + 1);
    visit_expect(w, &thief, 201, "POST", DEMO "/records/evidence", body);
    visit_expect(w, &thief, 404, "GET", path, NULL);
    visit_expect(w, &member, 404, "GET", path, NULL);
    visit_expect(w, &thief, 201, "POST", "/api/v1/evidence",
                 "{\"other\":true}"); /* who has the file, has it */
    visit_expect(w, &member, 200, "GET", path, NULL);
}

/* --- inspectors -------------------------------------------------------------------------------- */

static int64_t set_down(const world *w, const char *where)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_stmt *st = NULL;
    bool row = false;
    char sql[300];
    snprintf(sql, sizeof sql, "SELECT coalesce(sum(times), 0) FROM reading WHERE %s", where);
    yj_ok(yj_reader_take(w->engine, &db, &err));
    yj_ok(yj_db_prepare_made(db, sql, &st, &err));
    yj_ok(yj_stmt_step(st, &row, &err));
    int64_t n = yj_col_i64(st, 0);
    yj_stmt_done(st);
    yj_reader_give(w->engine, db);
    return n;
}

/* As one that does not exist, word for word, whatever is asked. */
static void knows_nothing_of(const world *w, browser *b, const char *inst)
{
    walk_knows_nothing_of(w, b, inst, values, YJ_COUNT(values), "secret title");
}

static void inspector__reads_what_is_marked(void **state)
{
    world *w = *state;
    uint64_t before = walk_entries(w);
    size_t read = 0, shut = 0;
    for (size_t i = 0; i < yj_route_count; i++) {
        const yj_route *r = &yj_routes[i];
        char address[300];
        if (r->who != YJ_FOR_MEMBER)
            continue;
        walk_question(r, "demo", values, YJ_COUNT(values), address, sizeof address);
        int64_t noted = set_down(w, "1 = 1");
        answer a = visit(w, &inspector, yj_method_name(r->method), address, walk_body(r));
        if (r->reads == YJ_READS_NOTHING) {
            if (a.status != 404 || (r->method != YJ_HEAD && strcmp(json_at(a.json, "error.messages.en"),
                                                                   "there is no institution demo") != 0))
                fail_msg("%s %s: %d %s", yj_method_name(r->method), address, a.status, a.body);
            tells_nothing(&a, address);
            shut++;
        } else {
            if (r->method != YJ_GET || a.status != 200)
                fail_msg("%s %s: %d %s", yj_method_name(r->method), address, a.status, a.body);
            if (r->reads != YJ_READS_KNOWN && set_down(w, "1 = 1") == noted) {
                /* what was read before is counted in memory, and told to the table now and then */
                yj_error err = { 0 };
                yj_ok(yj_readings_enter(w->engine, &err));
                if (set_down(w, "1 = 1") == noted)
                    fail_msg("%s is not entered", address);
            }
            read++;
        }
        answer_done(&a);
    }
    assert_true(read >= 20 && shut >= 30);
    assert_int_equal(walk_entries(w), before);
    assert_true(set_down(w, "kind = 'item'") > 0 && set_down(w, "kind = 'verdict'") > 0 &&
                set_down(w, "kind = 'standing'") > 0 && set_down(w, "kind = 'ledger'") > 0);
    assert_int_equal(set_down(w, "kind NOT IN ('item', 'verdict', 'standing', 'ledger', 'due')"), 0);
}

static void inspector__is_a_stranger_elsewhere(void **state)
{
    world *w = *state;
    knows_nothing_of(w, &inspector, "other"); /* tied, but not in his scope */
    knows_nothing_of(w, &colleague, "demo");  /* no scope */
    knows_nothing_of(w, &keeper, "demo");
    answer a = visit(w, &inspector, "GET", "/api/v1/institutions", NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 1);
    assert_string_equal(json_at(a.json, "items.0.code"), "reg");
    assert_int_equal(json_array_size(json_object_get(a.json, "inspected")), 1);
    assert_string_equal(json_at(a.json, "inspected.0.institution.code"), "demo");
    assert_string_equal(json_at(a.json, "inspected.0.scope"), scope);
    answer_done(&a);
    a = visit(w, &inspector, "GET", "/api/v1/session", NULL);
    assert_int_equal(json_int_at(a.json, "inspects"), 1);
    answer_done(&a);
    a = visit(w, &colleague, "GET", "/api/v1/institutions", NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "inspected")), 0);
    answer_done(&a);
    a = visit(w, &inspector, "GET", REG "/supervised", NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 1);
    assert_string_equal(json_at(a.json, "items.0.institution.code"), "demo");
    answer_done(&a);
    a = visit(w, &colleague, "GET", REG "/supervised", NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 0);
    answer_done(&a);
    a = visit(w, &keeper, "GET", REG "/supervised", NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "items")), 2);
    assert_true(
        json_is_null(json_object_get(json_array_get(json_object_get(a.json, "items"), 0), "standing")));
    answer_done(&a);
    a = visit(w, &member, "GET", DEMO "/inspectors", NULL);
    assert_string_equal(json_at(a.json, "items.0.basis"), "B-1");
    assert_string_equal(json_at(a.json, "items.0.inspector.name"), "inspector");
    answer_done(&a);
}

/* Files that a record of the institution names; what is only said to be one's own is not. */
static void inspector__reads_its_evidence(void **state)
{
    world *w = *state;
    char path[200], body[400];
    answer a = visit(w, &root, "POST", "/api/v1/evidence", "{\"for\":\"the inspector\"}");
    snprintf(path, sizeof path, "/api/v1/evidence/%s", json_at(a.json, "digest"));
    answer_done(&a);
    visit_expect(w, &inspector, 404, "GET", path, NULL);
    snprintf(body, sizeof body, "{\"fields\":{\"digest\":\"%s\",\"title\":\"x\",\"source\":\"person\"}}",
             strrchr(path, '/') + 1);
    visit_expect(w, &root, 201, "POST", DEMO "/records/evidence", body);
    visit_expect(w, &member, 200, "GET", path, NULL);
    assert_int_equal(set_down(w, "kind = 'evidence'"), 0);
    visit_expect(w, &inspector, 200, "GET", path, NULL);
    assert_int_equal(set_down(w, "kind = 'evidence'"), 1);
    visit_expect(w, &colleague, 404, "GET", path, NULL);
    visit_expect(w, &keeper, 404, "GET", path, NULL);
    char check[300];
    snprintf(check, sizeof check, "%s/check", path);
    visit_expect(w, &inspector, 404, "POST", check, NULL);
}

/* What a member has read before is kept; to an inspector it goes out only when it is set down. */
static void kept_answers__are_entered_too(void **state)
{
    world *w = *state;
    yj_error err = { 0 };
    for (int i = 0; i < 3; i++) {
        visit_expect(w, &member, 200, "GET", DEMO "/standing?level=3", NULL);
        visit_expect(w, &inspector, 200, "GET", DEMO "/standing?level=3", NULL);
    }
    int64_t before = set_down(w, "item = 'trend'");
    visit_expect(w, &member, 200, "GET", DEMO "/standing/trend?points=3", NULL);
    for (int i = 1; i <= 3; i++) {
        visit_expect(w, &inspector, 200, "GET", DEMO "/standing/trend?points=3", NULL);
        yj_ok(yj_readings_enter(w->engine, &err));
        assert_int_equal(set_down(w, "item = 'trend'"), before + i);
    }
    for (int i = 4; i <= 5; i++) { /* who asks is not known yet when the head of the request comes */
        browser b = { .session = "" };
        visit_expect(w, &b, 200, "POST", "/api/v1/sign-in",
                     "{\"name\":\"inspector\",\"password\":\"" PASSWORD "\"}");
        visit_expect(w, &b, 200, "GET", DEMO "/standing/trend?points=3", NULL);
        yj_ok(yj_readings_enter(w->engine, &err));
        assert_int_equal(set_down(w, "item = 'trend'"), before + i);
    }
}

/* Within the second for which who asks is remembered. */
static void wait_for_404(const world *w, browser *b, const char *path)
{
    for (int i = 0;; i++) {
        answer a = visit(w, b, "GET", path, NULL);
        int status = a.status;
        answer_done(&a);
        if (status == 404)
            return;
        if (i == 2000)
            fail_msg("%s: still %d", path, status);
        (void)usleep(5000);
    }
}

static void wait_for_200(const world *w, browser *b, const char *path)
{
    for (int i = 0;; i++) {
        answer a = visit(w, b, "GET", path, NULL);
        int status = a.status;
        answer_done(&a);
        if (status == 200)
            return;
        if (i == 2000)
            fail_msg("%s: still %d", path, status);
        (void)usleep(5000);
    }
}

/* The operator says what an institution is. */
static void make_it(const world *w, const char *type)
{
    char path[200], body[100];
    answer a = visit(w, &root, "GET", REG, NULL);
    snprintf(path, sizeof path, REG "/records/institution/%s", json_at(a.json, "id"));
    answer_done(&a);
    snprintf(body, sizeof body, "{\"fields\":{\"type\":\"%s\"}}", type);
    visit_expect(w, &root, 200, "PATCH", path, body);
}

static void scopes_end__and_ties(void **state)
{
    world *w = *state;
    char path[200];
    visit_expect(w, &inspector, 200, "GET", DEMO "/status", NULL);
    make_it(w, "provider"); /* a scope stands, in a session that is open */
    wait_for_404(w, &inspector, DEMO "/status");
    knows_nothing_of(w, &inspector, "demo");
    make_it(w, "regulator");
    wait_for_200(w, &inspector, DEMO "/status");
    snprintf(path, sizeof path, REG "/records/inspection_scope/%s/transitions", scope);
    visit_expect(w, &inspector, 403, "POST", path, "{\"transition\":\"end\"}");
    visit_expect(w, &keeper, 200, "POST", path, "{\"transition\":\"end\"}");
    wait_for_404(w, &inspector, DEMO "/status");
    knows_nothing_of(w, &inspector, "demo");
    grant(w, 201, &keeper, inspector_id, "B-2", scope);
    wait_for_200(w, &inspector, DEMO "/status");
    visit_expect(w, &root, 200, "POST", DEMO "/records/invitation/J-1/transitions",
                 "{\"transition\":\"end\"}");
    wait_for_404(w, &inspector, DEMO "/status");
    knows_nothing_of(w, &inspector, "demo");
}

/* --- the document ----------------------------------------------------------------------------- */

static void answers__are_as_the_document_says(void **state)
{
    world *w = *state;
    char why[1024];
    static const struct {
        const char *ask, *schema;
    } rows[] = { { "/api/v1/session", "Session" },
                 { "/api/v1/sessions", "Sessions" },
                 { "/api/v1/institutions", "Institutions" },
                 { "/api/v1/tokens", "Tokens" },
                 { "/api/v1/institutions/other/accounts", "Accounts" },
                 { "/api/v1/health", "Health" } };
    answer d = visit(w, &foreign, "GET", "/api/v1/openapi.json", NULL);
    assert_int_equal(d.status, 200);
    const json_t *schemas = json_object_get(json_object_get(d.json, "components"), "schemas");
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        answer a = visit(w, &foreign, "GET", rows[i].ask, NULL);
        assert_int_equal(a.status, 200);
        if (!schema_fits(d.json, json_object_get(schemas, rows[i].schema), a.json, why, sizeof why))
            fail_msg("GET %s: %s in %s", rows[i].ask, why, a.body);
        answer_done(&a);
    }
    answer_done(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stranger__gets_401),
        cmocka_unit_test(another_institution__gets_404),
        cmocka_unit_test(operators__routes_are_shut),
        cmocka_unit_test(other_sites__change_nothing),
        cmocka_unit_test(token__stays_in_its_scope),
        cmocka_unit_test(wrong_role__writes_nothing),
        cmocka_unit_test(ids__of_others_lead_nowhere),
        cmocka_unit_test(kept_answers__are_for_whom_they_are),
        cmocka_unit_test(evidence__is_read_where_it_is_named),
        cmocka_unit_test(inspector__reads_what_is_marked),
        cmocka_unit_test(inspector__is_a_stranger_elsewhere),
        cmocka_unit_test(inspector__reads_its_evidence),
        cmocka_unit_test(kept_answers__are_entered_too),
        cmocka_unit_test(scopes_end__and_ties),
        cmocka_unit_test(answers__are_as_the_document_says),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
