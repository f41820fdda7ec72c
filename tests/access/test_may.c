// SPDX-License-Identifier: Apache-2.0
/* May this person: each role, each reason why not, deputies, and who may instead. */
#include "stores.h"

#include "access/may.h"
#include "base/json.h"
#include "record/engine.h"
#include <stdio.h>
#include <string.h>

#define START "2026-03-02T09:00:00+08:00"
#define TODAY "2026-03-02"

typedef struct scene {
    yj_test_store *t;
    char data[640];
    yj_engine *e;
    yj_institution inst;
    yj_catalog *c;
    yj_arena *a;
    yj_db *db; /* inside ask() */
} scene;

static void scene_open(scene *s, void **state)
{
    static const char *const packs[] = { SOURCE_ROOT "/packs/core", SOURCE_ROOT "/tests/access/pack" };
    yj_error err = { 0 };
    *s = (scene){ .t = *state, .a = yj_arena_new((size_t)16 << 20) };
    snprintf(s->data, sizeof s->data, "%s/data", s->t->dir);
    yj_init_options o = { .store_url = s->t->url, .simulated_clock = START, .packs = packs, .pack_count = 2 };
    yj_ok(yj_engine_init(s->data, &o, &err));
    yj_ok(yj_engine_open(s->data, &(yj_open_options){ 0 }, &s->e, &err));
    s->c = yj_engine_catalog(s->e);
    json_t *f = json_pack("{s:s, s:s, s:s}", "code", "demo", "name", "demo", "type", "client");
    yj_ok(yj_institution_open(s->e, f, yj_engine_operator(s->e), &s->inst, &err));
    json_decref(f);
}

static void scene_close(scene *s)
{
    yj_catalog_unref(s->c);
    yj_engine_close(s->e);
    yj_arena_free(s->a);
}

static const yj_kind *kind(const scene *s, const char *name)
{
    const yj_kind *k = yj_catalog_kind(s->c, yj_span_of(name));
    assert_non_null(k);
    return k;
}

/* One change by somebody (NULL: the operator); the record's id, in the scene's arena. */
static const char *change(scene *s, yj_change_op op, const char *of, const char *by, const char *id,
                          const char *transition, const char *json)
{
    yj_error err = { 0 };
    json_t *fields = NULL;
    if (json)
        yj_ok(yj_json_parse(yj_span_of(json), YJ_JSON_BYTES_MAX, &fields, &err));
    yj_change c = { .inst = s->inst.inst,
                    .op = op,
                    .by = by ? by : yj_engine_operator(s->e),
                    .kind = kind(s, of)->index,
                    .id = id,
                    .expect_version = -1,
                    .transition = transition,
                    .fields = fields };
    yj_ok(yj_change_run(s->e, &c, &err));
    json_decref(fields);
    yj_change_done(&c);
    return yj_arena_strdup(s->a, c.ret_id);
}

static const char *put(scene *s, const char *of, const char *by, const char *json)
{
    return change(s, YJ_CH_CREATE, of, by, NULL, NULL, json);
}

static void move(scene *s, const char *of, const char *id, const char *transition)
{
    (void)change(s, YJ_CH_MOVE, of, NULL, id, transition, NULL);
}

/* @param roles JSON array */
static const char *person(scene *s, const char *name, const char *roles)
{
    return put(s, "person", NULL,
               yj_arena_fmt(s->a, "{\"number\":\"%s\",\"name\":\"%s\",\"roles\":%s}", name, name, roles));
}

static void ask(scene *s)
{
    yj_error err = { 0 };
    yj_ok(yj_reader_take(s->e, &s->db, &err));
    yj_ok(yj_db_begin(s->db, YJ_DB_READ, &err));
}

static void asked(scene *s)
{
    yj_db_rollback(s->db);
    yj_reader_give(s->e, s->db);
}

static yj_actor actor(scene *s, const char *id, const char *today)
{
    yj_error err = { 0 };
    yj_date day;
    yj_actor ret;
    bool all = strcmp(id, yj_engine_operator(s->e)) == 0;
    assert_true(yj_date_parse(yj_span_of(today), &day));
    ask(s);
    yj_ok(yj_actor_read(s->db, s->c, s->inst.inst, id, all, &day, s->a, &ret, &err));
    asked(s);
    return ret;
}

static yj_may_record record(scene *s, const char *of, const char *id)
{
    yj_error err = { 0 };
    yj_may_record ret;
    ask(s);
    yj_ok(yj_may_record_read(s->db, s->c, s->inst.inst, kind(s, of), id, s->a, &ret, &err));
    asked(s);
    return ret;
}

/* "" if the person may, else why not, in English. @param act "create", "change" or a transition
 * @param id NULL: any record */
static const char *why_not(scene *s, const char *who, const char *of, const char *act, const char *id)
{
    static yj_may may;
    const yj_kind *k = kind(s, of);
    yj_actor a = actor(s, who, TODAY);
    yj_may_record r = { .id = NULL };
    if (id)
        r = record(s, of, id);
    bool create = strcmp(act, "create") == 0, alter = strcmp(act, "change") == 0;
    int t = create || alter ? -1 : yj_kind_transition(k, yj_span_of(act));
    assert_true(create || alter || t >= 0);
    yj_may_do(s->c, &a, k,
              create  ? YJ_ACT_CREATE
              : alter ? YJ_ACT_CHANGE
                      : YJ_ACT_MOVE,
              t, id ? &r : NULL, &may);
    assert_int_equal(may.allowed, may.why.code == YJ_OK);
    if (!may.allowed) { /* in both languages, and not the one for the other */
        assert_true(may.why.msg[0] && may.why.msg_zh[0]);
        assert_string_not_equal(may.why.msg, may.why.msg_zh);
    }
    return may.allowed ? "" : may.why.msg;
}

#define assert_may(s, who, of, act, id) assert_string_equal(why_not((s), (who), (of), (act), (id)), "")
#define assert_may_not(s, who, of, act, id, says)                                                            \
    do {                                                                                                     \
        const char *why_ = why_not((s), (who), (of), (act), (id));                                           \
        if (!strstr(why_, (says)))                                                                           \
            fail_msg("%s %s: \"%s\" does not say: %s", (of), (act), why_, (says));                           \
    } while (0)

/* --- roles ------------------------------------------------------------------------------------------------
 */

/* For somebody with one role: exactly what the packs grant to it. */
static void check_role(scene *s, size_t role, const char *id)
{
    yj_actor a = actor(s, id, TODAY);
    assert_int_equal(a.roles, UINT64_C(1) << role);
    assert_int_equal(a.idle, 0);
    for (size_t i = 0; i < s->c->kind_count; i++) {
        const yj_kind *k = &s->c->kinds[i];
        const yj_kind_access *x = &s->c->access.kinds[i];
        yj_may may;
        yj_may_do(s->c, &a, k, YJ_ACT_CREATE, -1, NULL, &may);
        assert_int_equal(may.allowed, x->create.roles >> role & 1U);
        yj_may_do(s->c, &a, k, YJ_ACT_CHANGE, -1, NULL, &may);
        assert_int_equal(may.allowed, x->change.roles >> role & 1U);
        for (size_t t = 0; t < k->transition_count; t++) {
            yj_may_do(s->c, &a, k, YJ_ACT_MOVE, (int)t, NULL, &may);
            assert_int_equal(may.allowed, x->transitions[t].roles >> role & 1U);
            assert_null(may.for_whom);
        }
    }
}

static void roles__grant_what_the_packs_say(void **state)
{
    scene s;
    scene_open(&s, state);
    const yj_field *f = &s.c->kinds[s.c->access.person].fields[s.c->access.roles];
    size_t others = 0;
    assert_int_equal(f->option_count, 17);
    for (size_t i = 0; i < f->option_count; i++) {
        char roles[80];
        snprintf(roles, sizeof roles, "[\"%s\"]", f->options[i].id);
        if (s.c->access.made_for_all >> i & 1U || s.c->access.made_for[0] >> i & 1U) /* clients */
            check_role(&s, i, person(&s, f->options[i].id, roles));
        else
            others++;
    }
    assert_int_equal(others, 2);
    scene_close(&s);
}

static void reasons__say_whose_it_is(void **state)
{
    scene s;
    scene_open(&s, state);
    const char *none = put(&s, "person", NULL, "{\"number\":\"N\",\"name\":\"N\"}");
    const char *it = person(&s, "I", "[\"it\",\"reader\"]");
    assert_may(&s, it, "job", "create", NULL);
    assert_may_not(&s, it, "job", "close", NULL,
                   "this is for: Head of IT, Risk management; I has: IT, Reader");
    assert_may_not(&s, none, "job", "create", NULL, "this is for: Information security, IT; N has no role");
    assert_may_not(&s, it, "job", "lapse", NULL, "no role may do this");
    yj_actor a = actor(&s, it, TODAY);
    yj_may may;
    yj_may_do(s.c, &a, kind(&s, "job"), YJ_ACT_MOVE, 0, NULL, &may);
    assert_int_equal(may.why.code, YJ_E_FORBIDDEN);
    assert_non_null(strstr(may.why.msg_zh, "信息技术负责人、风险管理"));
    assert_non_null(strstr(may.why.msg_zh, "信息技术、只读"));
    scene_close(&s);
}

static void operator__may_everything(void **state)
{
    scene s;
    scene_open(&s, state);
    const char *op = yj_engine_operator(s.e);
    yj_actor a = actor(&s, op, TODAY);
    assert_true(a.all && a.name[0]);
    assert_may(&s, op, "person", "create", NULL); /* nobody is there yet */
    const char *job = put(&s, "job", op, "{\"number\":\"1\"}");
    assert_may(&s, op, "job", "close", job); /* also what he created */
    assert_may(&s, op, "job", "lapse", NULL);
    /* but not what the record's state leaves to nobody */
    assert_may_not(&s, op, "job", "reopen", job, "this cannot be done in the state \"Open\"");
    move(&s, "job", job, "withdraw");
    assert_may_not(&s, op, "job", "change", job, "the record was withdrawn");
    scene_close(&s);
}

static void people__who_left_may_nothing(void **state)
{
    scene s;
    scene_open(&s, state);
    const char *it = person(&s, "I", "[\"it\"]");
    assert_may(&s, it, "job", "create", NULL);
    move(&s, "person", it, "leave");
    assert_may_not(&s, it, "job", "create", NULL, "I is recorded as \"Left\" and may do nothing");
    move(&s, "person", it, "come_back");
    assert_may(&s, it, "job", "create", NULL);
    move(&s, "person", it, "withdraw");
    assert_may_not(&s, it, "job", "create", NULL, "I is recorded as");
    assert_may_not(&s, "018cbd62-8680-7283-865e-c54cc4a0e130", "job", "create", NULL,
                   "the acting person is not recorded here");
    scene_close(&s);
}

/* Roles change, and count from then on. */
static void roles__are_those_of_now(void **state)
{
    scene s;
    scene_open(&s, state);
    const char *p = person(&s, "P", "[\"it\",\"security\"]");
    (void)change(&s, YJ_CH_CHANGE, "person", NULL, p, NULL, "{\"roles\":[\"risk\"]}");
    assert_may_not(&s, p, "job", "create", NULL, "P has: Risk management");
    assert_may(&s, p, "job", "close", NULL);
    (void)change(&s, YJ_CH_CHANGE, "person", NULL, p, NULL, "{\"roles\":null}");
    assert_may_not(&s, p, "job", "close", NULL, "P has no role");
    scene_close(&s);
}

/* Packs that say nothing leave it to the operator. */
static void packs__that_say_nothing_grant_nothing(void **state)
{
    scene s;
    scene_open(&s, state);
    const char *it = person(&s, "I", "[\"it\"]");
    yj_catalog silent = *s.c;
    silent.access = (yj_access){ .person = -1, .delegation = -1 };
    yj_error err = { 0 };
    yj_date day;
    yj_actor a;
    yj_may may;
    yj_may_person who[YJ_MAY_WHO_MAX];
    size_t count = 9;
    assert_true(yj_date_parse(YJ_SPAN(TODAY), &day));
    ask(&s);
    yj_ok(yj_actor_read(s.db, &silent, s.inst.inst, it, false, &day, s.a, &a, &err));
    yj_may_do(&silent, &a, kind(&s, "job"), YJ_ACT_CREATE, -1, NULL, &may);
    assert_false(may.allowed);
    assert_non_null(strstr(may.why.msg, "the packs in force do not say"));
    yj_ok(
        yj_may_who(s.db, &silent, s.inst.inst, kind(&s, "job"), YJ_ACT_CREATE, -1, NULL, who, &count, &err));
    assert_int_equal(count, 0);
    yj_ok(yj_actor_read(s.db, &silent, s.inst.inst, yj_engine_operator(s.e), true, &day, s.a, &a, &err));
    yj_may_do(&silent, &a, kind(&s, "job"), YJ_ACT_CREATE, -1, NULL, &may);
    assert_true(may.allowed);
    asked(&s);
    scene_close(&s);
}

/* A pack may let a person have one role only: here appointments stand for persons. */
static void roles__may_be_a_single_choice(void **state)
{
    scene s;
    scene_open(&s, state);
    const char *p = person(&s, "P", "[]");
    const char *appointment =
        put(&s, "role", NULL,
            yj_arena_fmt(s.a, "{\"person\":\"%s\",\"role\":\"risk\",\"since\":\"2026-01-01\"}", p));
    yj_catalog other = *s.c;
    const yj_kind *k = kind(&s, "role");
    other.access.person = k->index;
    other.access.roles = (int)(yj_kind_field(k, YJ_SPAN("role")) - k->fields);
    other.access.person_state = yj_kind_state(k, YJ_SPAN("active"));
    other.access.delegation = -1;
    yj_error err = { 0 };
    yj_date day;
    yj_actor a;
    yj_may may;
    yj_may_person who[YJ_MAY_WHO_MAX];
    size_t count = 0;
    assert_true(yj_date_parse(YJ_SPAN(TODAY), &day));
    ask(&s);
    yj_ok(yj_actor_read(s.db, &other, s.inst.inst, appointment, false, &day, s.a, &a, &err));
    yj_may_do(&other, &a, kind(&s, "job"), YJ_ACT_MOVE, 0, NULL, &may);
    assert_true(may.allowed);
    yj_may_do(&other, &a, kind(&s, "job"), YJ_ACT_CREATE, -1, NULL, &may);
    assert_false(may.allowed);
    yj_ok(yj_may_who(s.db, &other, s.inst.inst, kind(&s, "job"), YJ_ACT_MOVE, 0, NULL, who, &count, &err));
    assert_int_equal(count, 1);
    assert_string_equal(who[0].id, appointment);
    asked(&s);
    scene_close(&s);
}

/* --- four eyes --------------------------------------------------------------------------------------------
 */

static void second_person__is_another(void **state)
{
    scene s;
    scene_open(&s, state);
    const char *maker = person(&s, "M", "[\"it\",\"risk\"]"), *owner = person(&s, "O", "[\"risk\"]");
    const char *helper = person(&s, "H", "[\"head_of_it\"]"), *other = person(&s, "X", "[\"risk\",\"it\"]");
    const char *job =
        put(&s, "job", maker,
            yj_arena_fmt(s.a, "{\"number\":\"1\",\"owner\":\"%s\",\"helpers\":[\"%s\"]}", owner, helper));
    assert_may(&s, other, "job", "close", job);
    assert_may_not(&s, maker, "job", "close", job, "than the one who created the record");
    assert_may_not(&s, owner, "job", "close", job, "than the one named under \"Owner\"");
    assert_may_not(&s, helper, "job", "close", job, "than the one named under \"Helpers\"");
    assert_may_not(&s, helper, "job", "change", job, "than the one named under \"Helpers\"");
    assert_may(&s, maker, "job", "change", job);
    assert_may(&s, maker, "job", "close", NULL); /* of any record, it is his to do */
    /* whoever changes it later did not create it */
    (void)change(&s, YJ_CH_CHANGE, "job", other, job, NULL,
                 yj_arena_fmt(s.a, "{\"owner\":null,\"helpers\":[\"%s\",\"%s\"]}", maker, owner));
    assert_may(&s, other, "job", "close", job);
    assert_may(&s, helper, "job", "close", job);
    assert_may_not(&s, owner, "job", "close", job, "named under \"Helpers\"");
    (void)change(&s, YJ_CH_CHANGE, "job", NULL, job, NULL, "{\"helpers\":null}");
    assert_may(&s, owner, "job", "close", job);
    assert_may_not(&s, maker, "job", "close", job, "created the record");
    /* only from the state it is in */
    move(&s, "job", job, "close");
    assert_may_not(&s, other, "job", "close", job, "this cannot be done in the state \"Closed\"");
    scene_close(&s);
}

/* A record that is not there yet, as it would be: who checks a change before it is made asks so. */
static void creating__may_want_another_person(void **state)
{
    scene s;
    scene_open(&s, state);
    const char *it = person(&s, "I", "[\"it\"]"), *other = person(&s, "X", "[\"it\"]");
    const yj_kind *k = kind(&s, "job");
    const int owner = (int)(yj_kind_field(k, YJ_SPAN("owner")) - k->fields);
    const yj_may_named named = { owner, it };
    const yj_may_record as_given = {
        .id = "", .state = -1, .creator = "", .named = &named, .named_count = 1
    };
    yj_actor a = actor(&s, it, TODAY), b = actor(&s, other, TODAY);
    yj_may may;
    yj_may_do(s.c, &a, k, YJ_ACT_CREATE, -1, &as_given, &may);
    assert_false(may.allowed);
    assert_non_null(strstr(may.why.msg, "named under \"Owner\""));
    yj_may_do(s.c, &b, k, YJ_ACT_CREATE, -1, &as_given, &may);
    assert_true(may.allowed);
    assert_may(&s, it, "job", "create", NULL);
    /* and so for the packs' own: nobody appoints himself or hands himself another's rights */
    const char *admin = person(&s, "A", "[\"administrator\"]"),
               *admin2 = person(&s, "B", "[\"administrator\"]");
    const char *d =
        put(&s, "delegation", NULL,
            yj_arena_fmt(s.a,
                         "{\"from_person\":\"%s\",\"to_person\":\"%s\",\"from_date\":\"2026-01-01\","
                         "\"until_date\":\"2026-12-31\",\"reason\":\"x\"}",
                         it, admin));
    assert_may_not(&s, admin, "delegation", "change", d, "named under \"To\"");
    assert_may(&s, admin2, "delegation", "change", d);
    assert_may(&s, admin, "delegation", "end", d);
    assert_may(&s, admin, "delegation", "create", NULL);
    scene_close(&s);
}

static void attestation__is_confirmed_by_another(void **state)
{
    scene s;
    scene_open(&s, state);
    const char *a = person(&s, "A", "[\"security\"]"), *b = person(&s, "B", "[\"audit\",\"compliance\"]");
    const char *c = person(&s, "C", "[\"provider_contact\",\"reader\",\"administrator\"]");
    const char *job = put(&s, "job", NULL, "{\"number\":\"1\"}");
    const char *order =
        put(&s, "erasure", b,
            yj_arena_fmt(s.a,
                         "{\"number\":\"E\",\"target_kind\":\"job\",\"target\":\"%s\",\"reason\":\"x\","
                         "\"retention_until\":\"2026-01-01\",\"requested_by\":\"%s\"}",
                         job, a));
    const char *ciso = person(&s, "D", "[\"head_of_information_security\"]");
    assert_may(&s, ciso, "erasure", "approve", order);
    (void)change(&s, YJ_CH_CHANGE, "erasure", NULL, order, NULL,
                 yj_arena_fmt(s.a, "{\"requested_by\":\"%s\"}", ciso));
    assert_may_not(&s, ciso, "erasure", "approve", order, "named under \"Requested by\"");
    assert_may_not(&s, ciso, "erasure", "execute", NULL, "no role may do this");
    assert_may(&s, a, "attestation", "confirm", NULL);
    assert_may(&s, b, "attestation", "confirm", NULL);
    assert_may_not(&s, c, "attestation", "confirm", NULL, "this is for");
    assert_may_not(&s, c, "attestation", "create", NULL, "this is for");
    scene_close(&s);
}

/* --- deputies ---------------------------------------------------------------------------------------------
 */

static const char *delegate(scene *s, const char *from, const char *to, const char *since, const char *until)
{
    return put(
        s, "delegation", NULL,
        yj_arena_fmt(s->a,
                     "{\"from_person\":\"%s\",\"to_person\":\"%s\",\"from_date\":\"%s\",\"until_date\":"
                     "\"%s\",\"reason\":\"x\"}",
                     from, to, since, until));
}

static bool may_close(scene *s, const char *who, const char *today, const char **ret_for)
{
    yj_actor a = actor(s, who, today);
    yj_may may;
    yj_may_do(s->c, &a, kind(s, "job"), YJ_ACT_MOVE, 0, NULL, &may);
    *ret_for = may.for_whom;
    return may.allowed;
}

static void deputies__may_while_they_stand_in(void **state)
{
    scene s;
    scene_open(&s, state);
    const char *head = person(&s, "H", "[\"head_of_it\"]"), *deputy = person(&s, "D", "[\"it\"]");
    const char *third = person(&s, "T", "[\"it\"]"), *for_whom = NULL;
    const char *d = delegate(&s, head, deputy, "2026-03-02", "2026-03-04");
    (void)delegate(&s, deputy, third, "2026-01-01", "2026-12-31");
    assert_false(may_close(&s, deputy, "2026-03-01", &for_whom));
    assert_true(may_close(&s, deputy, "2026-03-02", &for_whom));
    assert_string_equal(for_whom, head);
    assert_true(may_close(&s, deputy, "2026-03-04", &for_whom));
    assert_false(may_close(&s, deputy, "2026-03-05", &for_whom));
    assert_null(for_whom);
    assert_false(may_close(&s, third, "2026-03-02", &for_whom)); /* not through another */
    assert_true(may_close(&s, head, "2026-03-02", &for_whom));   /* who is away keeps the right */
    assert_null(for_whom);
    move(&s, "person", head, "leave"); /* what one has lost cannot be handed on */
    assert_false(may_close(&s, deputy, "2026-03-02", &for_whom));
    move(&s, "person", head, "come_back");
    assert_true(may_close(&s, deputy, "2026-03-02", &for_whom));
    move(&s, "delegation", d, "end");
    assert_false(may_close(&s, deputy, "2026-03-02", &for_whom));
    scene_close(&s);
}

static void deputies__are_not_a_second_person(void **state)
{
    scene s;
    scene_open(&s, state);
    const char *one = person(&s, "1", "[\"head_of_it\",\"it\"]"), *two = person(&s, "2", "[\"risk\"]");
    const char *deputy = person(&s, "D", "[\"it\"]");
    const char *of_one = put(&s, "job", one, "{\"number\":\"1\"}");
    const char *of_deputy = put(&s, "job", deputy, "{\"number\":\"2\"}");
    (void)delegate(&s, one, deputy, "2026-01-01", "2026-12-31");
    assert_may(&s, deputy, "job", "close", NULL);
    assert_may_not(&s, deputy, "job", "close", of_one, "created the record");
    assert_may_not(&s, deputy, "job", "close", of_deputy, "created the record");
    /* for somebody else, who had no hand in it */
    (void)delegate(&s, two, deputy, "2026-01-01", "2026-12-31");
    assert_may(&s, deputy, "job", "close", of_one);
    assert_may_not(&s, deputy, "job", "close", of_deputy, "created the record");
    yj_actor a = actor(&s, deputy, TODAY);
    assert_int_equal(a.for_count, 2);
    scene_close(&s);
}

/* --- who may ----------------------------------------------------------------------------------------------
 */

static const char *who_may_close(scene *s, const char *id)
{
    static char names[400];
    yj_error err = { 0 };
    yj_may_person who[YJ_MAY_WHO_MAX];
    size_t count = 0;
    yj_may_record r = { .id = NULL };
    if (id)
        r = record(s, "job", id);
    ask(s);
    yj_ok(yj_may_who(s->db, s->c, s->inst.inst, kind(s, "job"), YJ_ACT_MOVE, 0, id ? &r : NULL, who, &count,
                     &err));
    asked(s);
    names[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        assert_true(yj_uuid_valid(yj_span_of(who[i].id)));
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", i ? " " : "", who[i].name);
    }
    return names;
}

static void who__names_those_who_may_instead(void **state)
{
    scene s;
    scene_open(&s, state);
    const char *p[9];
    assert_string_equal(who_may_close(&s, NULL), "");
    (void)person(&s, "z", "[\"it\"]");
    for (int i = 0; i < 8; i++) { /* with both roles, and named once */
        char name[2] = { (char)('h' - i), '\0' };
        p[i] = person(&s, name, i % 2 ? "[\"risk\",\"head_of_it\",\"it\"]" : "[\"reader\",\"risk\"]");
    }
    assert_string_equal(who_may_close(&s, NULL), "a b c d e");
    move(&s, "person", p[7], "leave");    /* a */
    move(&s, "person", p[6], "withdraw"); /* b */
    assert_string_equal(who_may_close(&s, NULL), "c d e f g");
    /* those who had a hand in it are passed over */
    const char *job = put(&s, "job", p[5],
                          yj_arena_fmt(s.a, "{\"number\":\"1\",\"owner\":\"%s\",\"helpers\":[\"%s\",\"%s\"]}",
                                       p[4], p[2], p[1]));
    assert_string_equal(who_may_close(&s, job), "e h");
    scene_close(&s);
}

/* Another institution's people are nobody here. */
static void people__of_another_institution_are_strangers(void **state)
{
    scene s;
    scene_open(&s, state);
    yj_error err = { 0 };
    const char *ours = person(&s, "I", "[\"it\",\"risk\"]");
    json_t *f = json_pack("{s:s, s:s, s:s}", "code", "other", "name", "other", "type", "client");
    yj_institution mine = s.inst;
    yj_ok(yj_institution_open(s.e, f, yj_engine_operator(s.e), &s.inst, &err));
    json_decref(f);
    assert_may_not(&s, ours, "job", "create", NULL, "is not recorded here");
    assert_string_equal(who_may_close(&s, NULL), "");
    s.inst = mine;
    assert_may(&s, ours, "job", "create", NULL);
    assert_string_equal(who_may_close(&s, NULL), "I");
    scene_close(&s);
}

static void record__must_be_there(void **state)
{
    scene s;
    scene_open(&s, state);
    yj_error err = { 0 };
    yj_may_record r;
    ask(&s);
    assert_int_equal(yj_may_record_read(s.db, s.c, s.inst.inst, kind(&s, "job"),
                                        "018cbd62-8680-7283-865e-c54cc4a0e130", s.a, &r, &err),
                     YJ_E_NOT_FOUND);
    asked(&s);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(roles__grant_what_the_packs_say),
        yj_test_stores(reasons__say_whose_it_is),
        yj_test_stores(operator__may_everything),
        yj_test_stores(people__who_left_may_nothing),
        yj_test_stores(roles__are_those_of_now),
        yj_test_stores(packs__that_say_nothing_grant_nothing),
        yj_test_stores(roles__may_be_a_single_choice),
        yj_test_stores(second_person__is_another),
        yj_test_stores(creating__may_want_another_person),
        yj_test_stores(attestation__is_confirmed_by_another),
        yj_test_stores(deputies__may_while_they_stand_in),
        yj_test_stores(deputies__are_not_a_second_person),
        yj_test_stores(who__names_those_who_may_instead),
        yj_test_stores(people__of_another_institution_are_strangers),
        yj_test_stores(record__must_be_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
