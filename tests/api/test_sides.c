// SPDX-License-Identifier: Apache-2.0
/*
 * Each route, as the table lists them, asked from the other sides of a table: by a provider tied to the
 * client, by another provider tied to the same client, by the client, and by an inspector without a scope. Of
 * what is not theirs they learn nothing, neither at the other's address nor, by the other's ids, at their
 * own.
 */
#include "schema.h"
#include "walk.h"

#include <stdio.h>

typedef char id_text[YJ_UUID_LEN + 1];

#define SELLER "/api/v1/institutions/seller"
#define RIVAL "/api/v1/institutions/rival"
#define SECRET "secret"

static browser root, buyer, seller, rival, inspector; /* each administers its institution */
static id_text demo_id, seller_id, rival_id, reg_id;
static id_text item, other_item, piece, other_piece, link_seller, link_rival, buyer_person, seller_person,
    job, buyer_account, buyer_session;
static char digest[2 * YJ_HASH_LEN + 1], token_id[40];

static void keep(char *to, size_t cap, answer *a, int status, const char *at)
{
    if (a->status != status)
        fail_msg("%d in place of %d: %s", a->status, status, a->body);
    snprintf(to, cap, "%s", json_at(a->json, at));
    answer_done(a);
}

static void make(const world *w, const char *inst, const char *kind, const char *fields, id_text ret)
{
    char path[200], body[600];
    snprintf(path, sizeof path, "/api/v1/institutions/%s/records/%s", inst, kind);
    snprintf(body, sizeof body, "{\"fields\":%s}", fields);
    answer a = visit(w, &root, "POST", path, body);
    keep(ret, sizeof(id_text), &a, 201, "id");
}

static void open_institution(const world *w, const char *code, const char *type, id_text ret)
{
    char body[200];
    snprintf(body, sizeof body, "{\"fields\":{\"code\":\"%s\",\"name\":\"" SECRET " %s\",\"type\":\"%s\"}}",
             code, code, type);
    answer a = visit(w, &root, "POST", "/api/v1/institutions", body);
    keep(ret, sizeof(id_text), &a, 201, "id");
}

/* demo and the party, for a record of demo's register. */
static void tie(const world *w, const char *number, const char *kind, const char *record, const char *party,
                browser *by, id_text ret_link)
{
    char fields[400], path[200];
    id_text id;
    char code[60];
    snprintf(fields, sizeof fields,
             "{\"number\":\"%s\",\"party_kind\":\"%s\",\"party\":\"%s\",\"contact\":\"x\",\"sent_on\":\"2026-"
             "01-01\","
             "\"expires_on\":\"2999-12-31\"}",
             number, kind, record);
    make(w, "demo", "invitation", fields, id);
    snprintf(path, sizeof path, DEMO "/invitations/%s/code", id);
    answer a = visit(w, &root, "POST", path, NULL);
    keep(code, sizeof code, &a, 201, "code");
    snprintf(fields, sizeof fields, "{\"code\":\"%s\"}", code);
    snprintf(path, sizeof path, "/api/v1/institutions/%s/invitations/accept", party);
    a = visit(w, by, "POST", path, fields);
    keep(ret_link, sizeof(id_text), &a, 201, "link");
}

static void make_records(const world *w)
{
    char fields[300];
    id_text bureau, link;
    make(w, "demo", "item", "{\"number\":\"S-1\",\"title\":\"" SECRET " one\"}", item);
    make(w, "demo", "item", "{\"number\":\"R-1\",\"title\":\"" SECRET " two\"}", other_item);
    make(w, "demo", "supervisor", "{\"name\":\"bureau\"}", bureau);
    tie(w, "I-1", "item", item, "seller", &seller, link_seller);
    tie(w, "I-2", "item", other_item, "rival", &rival, link_rival);
    tie(w, "I-3", "supervisor", bureau, "reg", &inspector, link);
    snprintf(fields, sizeof fields, "{\"item\":\"%s\",\"number\":\"" SECRET "-S\"}", item);
    make(w, "demo", "piece", fields, piece);
    snprintf(fields, sizeof fields, "{\"item\":\"%s\",\"number\":\"" SECRET "-R\"}", other_item);
    make(w, "demo", "piece", fields, other_piece);
}

static int setup(void **state)
{
    id_text id;
    char body[300];
    yj_error err = { 0 };
    yj_date day;
    if (world_setup_signed(state) != 0)
        return -1;
    const world *w = *state;
    browser *const all[] = { &root, &buyer, &seller, &rival, &inspector };
    for (size_t i = 0; i < YJ_COUNT(all); i++)
        memset(all[i], 0, sizeof *all[i]);
    first_administrator(*state, &root);
    answer a = visit(w, &root, "GET", DEMO, NULL);
    keep(demo_id, sizeof demo_id, &a, 200, "id");
    open_institution(w, "seller", "provider", seller_id);
    open_institution(w, "rival", "provider", rival_id);
    open_institution(w, "reg", "regulator", reg_id);
    person_signs_in(*state, &root, "demo", "buyer", "\"it\",\"head_of_it\",\"administrator\"", &buyer,
                    buyer_person);
    person_signs_in(*state, &root, "seller", "seller", "\"provider_administrator\",\"administrator\"",
                    &seller, seller_person);
    person_signs_in(*state, &root, "rival", "rival", "\"provider_administrator\",\"administrator\"", &rival,
                    id);
    person_signs_in(*state, &root, "reg", "inspector", "\"inspector\",\"administrator\"", &inspector, id);
    make_records(w);
    a = visit(w, &buyer, "POST", "/api/v1/evidence", "{\"" SECRET "\":true}");
    keep(digest, sizeof digest, &a, 201, "digest");
    a = visit(w, &root, "POST", DEMO "/jobs", "{\"work\":\"verify\"}");
    keep(job, sizeof job, &a, 202, "id");
    a = visit(w, &root, "GET", DEMO "/accounts", NULL);
    keep(buyer_account, sizeof buyer_account, &a, 200, "items.0.id");
    a = visit(w, &buyer, "GET", "/api/v1/sessions", NULL);
    keep(buyer_session, sizeof buyer_session, &a, 200, "items.0.id");
    yj_clock c = yj_clock_system();
    yj_zone_date(yj_engine_zone(w->engine), c.now_ns(c.self) + INT64_C(9) * 86400 * YJ_NS_PER_S, &day);
    snprintf(body, sizeof body,
             "{\"name\":\"reads\",\"institution\":\"demo\",\"person\":\"%s\",\"expires\":\"%s\"}",
             buyer_person, day.s);
    a = visit(w, &buyer, "POST", "/api/v1/tokens", body);
    keep(token_id, sizeof token_id, &a, 201, "id");
    yj_ok(yj_engine_settle(w->engine, 10000, &err));
    return 0;
}

/* What is the client's, and what it addresses to the seller. */
static const walk_value of_client[] = {
    { "kind", "item" },
    { "id", item },
    { "job", job },
    { "seq", "1" },
    { "digest", digest },
    { "upload", "0190f0d2-0000-7000-8000-000000000009" },
    { "account", buyer_account },
    { "session", buyer_session },
    { "person", buyer_person },
    { "token", token_id },
    { "path", "0/000.p/1" },
    { "view", "records/item" },
    { "client", demo_id },
    { "party", seller_id },
    { "provider", "0190f0d2-0000-7000-8000-000000000000" },
};
static const walk_value of_seller[] = {
    { "kind", "engagement" },
    { "id", link_seller },
    { "job", job },
    { "seq", "1" },
    { "digest", digest },
    { "upload", "0190f0d2-0000-7000-8000-000000000009" },
    { "account", buyer_account },
    { "session", buyer_session },
    { "person", seller_person },
    { "token", token_id },
    { "path", "0/000.p/1" },
    { "view", "records/item" },
    { "client", demo_id },
    { "party", seller_id },
    { "provider", "0190f0d2-0000-7000-8000-000000000000" },
};

static void others__are_as_if_they_did_not_exist(void **state)
{
    const world *w = *state;
    const uint64_t before = walk_entries(w);
    browser *const not_the_clients[] = { &seller, &rival, &inspector };
    for (size_t i = 0; i < YJ_COUNT(not_the_clients); i++)
        walk_knows_nothing_of(w, not_the_clients[i], "demo", of_client, YJ_COUNT(of_client), SECRET);
    browser *const not_the_sellers[] = { &buyer, &rival, &inspector };
    for (size_t i = 0; i < YJ_COUNT(not_the_sellers); i++)
        walk_knows_nothing_of(w, not_the_sellers[i], "seller", of_seller, YJ_COUNT(of_seller), SECRET);
    /* nor by the id that a tie tells them */
    walk_knows_nothing_of(w, &seller, demo_id, of_client, YJ_COUNT(of_client), SECRET);
    assert_int_equal(walk_entries(w), before);
}

/* Does the row name a thing, which one asks of that is not one's own? Kinds and requirements are everybody's;
 * an entry's number is one of one's own ledger. */
static bool names_a_thing(const yj_route *r)
{
    static const char *const things[] = { "{id}",      "{client}", "{party}",  "{account}", "{person}",
                                          "{session}", "{token}",  "{digest}", "{upload}" };
    for (size_t i = 0; i < YJ_COUNT(things); i++)
        if (strstr(r->path, things[i]))
            return !strstr(r->path, "/requirements/");
    return false;
}

/* Of nothing at all. */
#define NOTHING "0190f0d2-0000-7000-8000-00000000000a"
static const walk_value of_nobody[] = {
    { "kind", "item" },
    { "id", NOTHING },
    { "job", NOTHING },
    { "seq", "1" },
    { "digest", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
    { "upload", NOTHING },
    { "account", NOTHING },
    { "session", NOTHING },
    { "person", NOTHING },
    { "token", NOTHING },
    { "path", "0/000.p/1" },
    { "client", NOTHING },
    { "party", NOTHING },
};

/* A body that would do, where it is looked at before what the address names. */
static const char *good_body(const yj_route *r)
{
    static const struct {
        const char *in, *body;
    } rows[] = { { "/transitions", "{\"transition\":\"start\"}" },
                 { "/decline", "{\"reason\":\"x\"}" },
                 { "/lock", "{\"locked\":true}" },
                 { "/persons", "{\"person\":\"" NOTHING "\"}" },
                 { "/records/", "{\"fields\":{}}" } };
    for (size_t i = 0; r->plan != YJ_BODY_NONE && i < YJ_COUNT(rows); i++)
        if (strstr(r->path, rows[i].in))
            return rows[i].body;
    return walk_body(r);
}

/* The error in words, without the ids that it names. */
static void words_of(const answer *a, const walk_value *ids, size_t count, char *ret, size_t cap)
{
    snprintf(ret, cap, "%d %s %s %s", a->status, json_at(a->json, "error.code"),
             json_at(a->json, "error.field"), json_at(a->json, "error.messages.en"));
    for (size_t i = 0; i < count; i++) {
        const size_t n = strlen(ids[i].value);
        for (char *at = n >= 20 ? strstr(ret, ids[i].value) : NULL; at; at = strstr(ret, ids[i].value))
            memmove(at, at + n, strlen(at + n) + 1);
    }
}

/* At one's own address, others' ids are as ids of nothing, word for word.
 * @param ids of what is not theirs
 * @param own institution */
static void ids_lead_nowhere(const world *w, browser *b, const char *own, const walk_value *ids, size_t count)
{
    size_t asked = 0;
    for (size_t i = 0; i < yj_route_count; i++) {
        const yj_route *r = &yj_routes[i];
        char address[400], nowhere[400], one[600], two[600];
        if (r->who == YJ_FOR_ANYBODY || r->who == YJ_FOR_OPERATOR || !names_a_thing(r) ||
            r->chunk /* who sends a file has it */)
            continue;
        walk_value nobody[YJ_COUNT(of_nobody)];
        memcpy(nobody, of_nobody, sizeof nobody);
        nobody[0].value = ids[0].value; /* of the same kind */
        walk_question(r, own, ids, count, address, sizeof address);
        walk_question(r, own, nobody, YJ_COUNT(nobody), nowhere, sizeof nowhere);
        answer a = visit(w, b, yj_method_name(r->method), address, good_body(r));
        answer x = visit(w, b, yj_method_name(r->method), nowhere, good_body(r));
        words_of(&a, ids, count, one, sizeof one);
        words_of(&x, nobody, YJ_COUNT(nobody), two, sizeof two);
        const bool refused = a.status == 404 || a.status == 403 || a.status == 401;
        if (!(refused || a.status == 400) || strcmp(one, two) != 0 || strstr(a.body, SECRET))
            fail_msg("%s %s %s: %d %s, of nothing %s", own, yj_method_name(r->method), address, a.status,
                     a.body, two);
        answer_done(&a);
        answer_done(&x);
        asked += refused;
    }
    assert_true(asked >= 25);
}

static void others_ids__lead_nowhere(void **state)
{
    const world *w = *state;
    const uint64_t before = walk_entries(w);
    static const walk_value addressed[] = {
        { "kind", "piece" },
        { "id", piece },
        { "job", job },
        { "seq", "1" },
        { "digest", digest },
        { "upload", "0190f0d2-0000-7000-8000-000000000009" },
        { "account", buyer_account },
        { "session", buyer_session },
        { "person", buyer_person },
        { "token", token_id },
        { "path", "0/000.p/1" },
        { "view", "records/item" },
        { "client", demo_id },
        { "party", seller_id },
    };
    ids_lead_nowhere(w, &rival, "rival", addressed, YJ_COUNT(addressed));
    ids_lead_nowhere(w, &rival, "rival", of_client, YJ_COUNT(of_client));
    ids_lead_nowhere(w, &rival, "rival", of_seller, YJ_COUNT(of_seller));
    ids_lead_nowhere(w, &seller, "seller", of_client, YJ_COUNT(of_client));
    ids_lead_nowhere(w, &inspector, "reg", addressed, YJ_COUNT(addressed));
    ids_lead_nowhere(w, &inspector, "reg", of_client, YJ_COUNT(of_client));
    assert_int_equal(walk_entries(w), before);
}

/* What one reads of one's own holds nothing of others, but what is addressed to one. */
static void lists__hold_ones_own(void **state)
{
    const world *w = *state;
    static const walk_value own[] = {
        { "kind", "item" },      { "id", item },        { "job", job },         { "seq", "1" },
        { "path", "0/000.p/1" }, { "client", demo_id }, { "party", seller_id },
    };
    size_t asked = 0;
    for (size_t i = 0; i < yj_route_count; i++) {
        const yj_route *r = &yj_routes[i];
        char address[400];
        if (r->who != YJ_FOR_MEMBER || r->method != YJ_GET || names_a_thing(r) ||
            (r->reply_type && strcmp(r->reply_type, "text/event-stream") == 0))
            continue;
        walk_question(r, "rival", own, YJ_COUNT(own), address, sizeof address);
        answer a = visit(w, &rival, "GET", address, NULL);
        const bool mine = strstr(a.body, SECRET "-R") || strstr(a.body, SECRET " rival");
        if (a.status >= 500 || strstr(a.body, SECRET "-S") || strstr(a.body, SECRET " one") ||
            strstr(a.body, SECRET " two") || strstr(a.body, SECRET " seller") || strstr(a.body, piece) ||
            strstr(a.body, link_seller) || strstr(a.body, seller_id) || strstr(a.body, other_item))
            fail_msg("%s: %d %s", address, a.status, a.body);
        if (strstr(r->path, "/addressed/counts")) /* no words of a record: whose they are */
            assert_true(strstr(a.body, demo_id) && strstr(a.body, "\"total\":{\"n\":1,"));
        else if (strstr(r->path, "/addressed") || strcmp(r->path, "/api/v1/institutions/{inst}") == 0)
            assert_true(mine); /* or nothing would be asked */
        answer_done(&a);
        asked++;
    }
    assert_true(asked >= 25);
}

/* --- records of kind institution --------------------------------------------------------------- */

static void finds(const world *w, browser *b, const char *path, size_t count)
{
    answer a = visit(w, b, "GET", path, NULL);
    if (a.status != 200 || json_array_size(json_object_get(a.json, "items")) != count ||
        strstr(a.body, reg_id) || strstr(a.body, SECRET " seller"))
        fail_msg("%s: %d %s", path, a.status, a.body);
    answer_done(&a);
}

/* They lie each in its own ledger: under one's own address there is one's own and no other. */
static void institutions__are_read_by_their_own(void **state)
{
    const world *w = *state;
    char path[400];
    finds(w, &rival, RIVAL "/records/institution", 1);
    finds(w, &rival, RIVAL "/records/institution?filter=code:eq:seller", 0);
    finds(w, &rival, RIVAL "/records/institution?filter=type:eq:client", 0);
    finds(w, &rival, RIVAL "/records/institution?q=seller", 0);
    finds(w, &rival, RIVAL "/search?q=seller", 0);
    snprintf(path, sizeof path, RIVAL "/names?kind=institution&ids=%s,%s", seller_id, reg_id);
    finds(w, &rival, path, 0);
    snprintf(path, sizeof path, RIVAL "/entries?record=%s", seller_id);
    finds(w, &rival, path, 0);
    finds(w, &rival, RIVAL "/entries?kind=institution", 1);
    const char *const each[] = { seller_id, "seller", reg_id };
    static const char *const ends[] = { "", "/history", "/referrers", "/gates" };
    for (size_t i = 0; i < YJ_COUNT(each); i++)
        for (size_t j = 0; j < YJ_COUNT(ends); j++) {
            snprintf(path, sizeof path, RIVAL "/records/institution/%s%s", each[i], ends[j]);
            answer a = visit(w, &rival, "GET", path, NULL);
            if (a.status != 404 || strstr(a.body, SECRET))
                fail_msg("%s: %d %s", path, a.status, a.body);
            answer_done(&a);
        }
    answer a = visit(w, &rival, "GET", RIVAL "/counts/institution?by=type", NULL);
    if (a.status != 200 || strstr(a.body, "client") || strstr(a.body, "regulator"))
        fail_msg("%d %s", a.status, a.body);
    answer_done(&a);
    a = visit(w, &rival, "GET", RIVAL "/export/institution", NULL);
    if (a.status != 200 || !strstr(a.body, SECRET " rival") || strstr(a.body, SECRET " seller"))
        fail_msg("%d %s", a.status, a.body);
    answer_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others__are_as_if_they_did_not_exist),
        cmocka_unit_test(others_ids__lead_nowhere),
        cmocka_unit_test(lists__hold_ones_own),
        cmocka_unit_test(institutions__are_read_by_their_own),
    };
    return cmocka_run_group_tests(tests, setup, world_teardown);
}
