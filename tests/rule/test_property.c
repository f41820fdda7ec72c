// SPDX-License-Identifier: Apache-2.0
/* Incremental judging after random changes gives what judging everything gives. Set YJ_TEST_SEED and
 * YJ_TEST_STEPS to look elsewhere or longer. */
#include "world.h"
#include <stdio.h>
#include <stdlib.h>

static uint64_t random_state;

static uint32_t roll(uint32_t n) /* 0..n-1; splitmix64 */
{
    uint64_t z = (random_state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) % n);
}

/** How many records of each kind there may be. */
static const struct {
    const char *kind, *prefix;
    uint32_t count;
} population[] = {
    { "deployment", "d", 8 }, { "platform", "pl", 5 }, { "provider", "pr", 4 },   { "system", "s", 3 },
    { "contract", "c", 4 },   { "sla", "sl", 5 },      { "attestation", "a", 6 }, { "inspection", "i", 6 },
    { "evidence", "e", 5 },   { "person", "p", 4 },    { "calendar", "cal", 6 },
};

static const char *prefix_of(const char *kind)
{
    for (size_t i = 0; i < YJ_COUNT(population); i++)
        if (strcmp(population[i].kind, kind) == 0)
            return population[i].prefix;
    return NULL;
}

static uint32_t count_of(const char *kind)
{
    for (size_t i = 0; i < YJ_COUNT(population); i++)
        if (strcmp(population[i].kind, kind) == 0)
            return population[i].count;
    return 1;
}

static void random_date(const world *w, yj_buf *out)
{
    yj_date d;
    assert_true(yj_date_add_days(w->today.s, (int64_t)roll(500) - 420, &d));
    yj_buf_str(out, d.s);
}

/* A reference may name a record that was never made, or is withdrawn. */
static void random_ref(const world *w, const yj_field *f, yj_buf *out)
{
    const char *kind = w->c->kinds[f->ref_kind].name;
    yj_buf_fmt(out, "%s%u", prefix_of(kind), roll(count_of(kind)));
}

static void random_value(const world *w, const yj_field *f, yj_buf *out)
{
    if (!f->required && roll(6) == 0)
        return; /* cleared */
    uint32_t n = f->list ? roll(4) : 1;
    uint32_t offset = roll(8);
    for (uint32_t i = 0; i < n; i++) {
        if (i)
            yj_buf_char(out, ',');
        if (f->type == YJ_T_REF && f->list) /* no doubles */
            yj_buf_fmt(out, "%s%u", prefix_of(w->c->kinds[f->ref_kind].name),
                       (offset + i) % count_of(w->c->kinds[f->ref_kind].name));
        else if (f->type == YJ_T_REF)
            random_ref(w, f, out);
        else if (f->type == YJ_T_CHOICE)
            yj_buf_str(out, f->options[(offset + i) % f->option_count].id);
        else if (f->type == YJ_T_INTEGER)
            yj_buf_fmt(out, "%u", 1 + roll(4));
        else if (f->type == YJ_T_DATE)
            random_date(w, out);
        else if (f->type == YJ_T_BOOL)
            yj_buf_str(out, roll(2) ? "true" : "false");
        else
            yj_buf_fmt(out, "t%u", roll(3));
    }
}

static const char *random_state_of(const yj_kind *k, const world_record *r)
{
    if (r && strcmp(r->state, YJ_STATE_WITHDRAWN) == 0) /* taken back: for judging, a record that appears */
        return roll(2) ? k->states[roll((uint32_t)k->state_count - 1)].id : NULL;
    if (r && roll(8) == 0)
        return YJ_STATE_WITHDRAWN;
    return roll(3) == 0 ? k->states[roll((uint32_t)k->state_count - 1)].id : NULL;
}

static void random_change(world *w)
{
    size_t p = roll((uint32_t)YJ_COUNT(population));
    const yj_kind *k = &w->c->kinds[world_kind(w, population[p].kind)];
    char id[24];
    snprintf(id, sizeof id, "%s%u", population[p].prefix, roll(population[p].count));
    const world_record *r = world_find(w, id);
    yj_buf fields;
    yj_buf_init(&fields, 4096);
    uint32_t changes = r ? 1 + roll(2) : (uint32_t)k->field_count;
    for (uint32_t i = 0; i < changes; i++) {
        const yj_field *f = &k->fields[r ? roll((uint32_t)k->field_count) : i];
        if (i)
            yj_buf_char(&fields, ';');
        yj_buf_fmt(&fields, "%s=", f->name);
        random_value(w, f, &fields);
    }
    world_put(w, k->name, id, random_state_of(k, r), fields.ptr);
    yj_buf_done(&fields);
}

static void next_day(world *w)
{
    yj_error err = { 0 };
    yj_date d;
    assert_true(yj_date_add_days(w->today.s, 1 + roll(30), &d));
    w->today = d;
    yj_ok(yj_db_begin(w->db, YJ_DB_READ, &err));
    yj_ok(yj_dirty_due(w->dirty, w->db, WORLD_INST, w->today.s, &err));
    yj_db_rollback(w->db);
}

static long setting(const char *name, long otherwise)
{
    const char *s = getenv(name);
    int64_t v;
    return s && yj_span_i64(yj_span_of(s), &v) ? (long)v : otherwise;
}

/** The numbers that say whether the walks spare anything. */
typedef struct spared {
    size_t judged, all, full;
} spared;

static void walk_at_random(void **state, uint64_t seed, long steps, spared *sum)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    random_state = seed;
    for (long step = 0; step < steps; step++) {
        uint32_t together = roll(4) ? 1 : 1 + roll(4);
        for (uint32_t i = 0; i < together; i++)
            random_change(w);
        if (roll(6) == 0)
            next_day(w);
        char when[80];
        snprintf(when, sizeof when, "seed %llu, step %ld", (unsigned long long)seed, step);
        sum->all += w->dirty->all_count;
        world_judge(w);
        sum->judged += w->judged;
        world_check(w, when);
    }
    world_judge_all(w);
    sum->full += w->judged * (size_t)steps;
    assert_int_equal(w->changes, 0);
}

static void incremental__equals_judging_everything(void **state)
{
    const yj_test_store *t = *state;
    long seed = setting("YJ_TEST_SEED", 0),
         steps = setting("YJ_TEST_STEPS", t->engine == YJ_ENGINE_SQLITE ? 300 : 120);
    spared sum = { 0 };
    for (long s = seed ? seed : 1; s <= (seed ? seed : 3); s++) {
        yj_error err = { 0 };
        if (s > 1 && !seed) { /* an empty store for each */
            yj_auto(yj_db_freep) yj_db *db = yj_test_db(*state, YJ_DB_WRITE);
            yj_ok(yj_kind_tables_drop(db, &err));
            yj_test_script(
                db, "DELETE FROM verdict; DELETE FROM verdict_log; DELETE FROM judged; DELETE FROM body");
        }
        walk_at_random(state, (uint64_t)s, steps, &sum);
    }
    print_message(
        "pairs judged %zu, of %zu when always judging everything; requirements judged for all %zu\n",
        sum.judged, sum.full, sum.all);
    assert_true(sum.judged < sum.full / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = { yj_test_stores(incremental__equals_judging_everything) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
