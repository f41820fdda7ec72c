// SPDX-License-Identifier: Apache-2.0
/* Looking at gates without passing them, and checkpoints on demand: small pieces of work for the writer. */
#include "record/internal.h"

#include "record/present.h"
#include <stdlib.h>

typedef struct look {
    int64_t inst;
    int kind;
    const char *id;
    yj_lang lang;
    yj_buf *out;
} look;

static yj_status try_transition(yj_writer *w, const look *l, const yj_kind *k, const yj_transition *t,
                                yj_jw *jw, yj_error *err)
{
    yj_change c = { .inst = l->inst,
                    .op = YJ_CH_MOVE,
                    .by = w->e->config.operator_id,
                    .kind = l->kind,
                    .id = l->id,
                    .expect_version = -1,
                    .transition = t->id,
                    .lang = l->lang };
    yj_error refused = { 0 };
    yj_slot *slot = NULL;
    YJ_TRY(
        yj_writer_slot(w, l->inst, &slot, err)); /* before the savepoint, whose end would set the lock free */
    YJ_TRY(yj_db_savepoint(w->db, err));
    yj_ledger before = slot->ledger;
    yj_touch_item *mark = w->new_touches;
    yj_status s = yj_apply_change(w, &c, &refused);
    YJ_TRY(yj_db_savepoint_undo(w->db, err));
    slot->ledger = before;
    while (w->new_touches != mark) {
        yj_touch_item *gone = w->new_touches;
        w->new_touches = gone->next;
        yj_touch_item_free(gone);
    }
    yj_jw_object(jw);
    yj_jw_kstr(jw, "transition", t->id);
    yj_jw_kstr(jw, "to", k->states[t->to].id);
    yj_jw_key(jw, "label");
    yj_jw_object(jw);
    yj_jw_kstr(jw, "zh", t->label.in[YJ_LANG_ZH]);
    yj_jw_kstr(jw, "en", t->label.in[YJ_LANG_EN]);
    yj_jw_end_object(jw);
    yj_jw_kbool(jw, "gated", t->gate >= 0);
    yj_jw_kbool(jw, "open", s == YJ_OK);
    yj_jw_key(jw, "misses");
    yj_jw_raw(jw, c.misses ? yj_span_of(c.misses) : YJ_SPAN("[]"));
    if (s != YJ_OK && s != YJ_E_GATE) {
        yj_jw_key(jw, "refused");
        yj_jw_object(jw);
        yj_jw_kstr(jw, "zh", refused.msg_zh);
        yj_jw_kstr(jw, "en", refused.msg);
        yj_jw_end_object(jw);
    }
    yj_jw_end_object(jw);
    yj_change_done(&c);
    return YJ_OK;
}

static yj_status run_look(yj_writer *w, void *ctx, yj_error *err)
{
    look *l = ctx;
    const yj_kind *k = &w->e->catalog->kinds[l->kind];
    yj_row_head head;
    YJ_TRY(yj_row_find(w->db, &w->e->sql[l->kind], l->inst, l->id, 0, &head, err));
    if (!head.found)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no record of kind %s with that id", k->name);
    int state = yj_kind_state(k, yj_span_of(head.state));
    yj_buf_clear(l->out);
    yj_jw jw;
    yj_jw_init(&jw, l->out);
    yj_jw_object(&jw);
    yj_jw_kstr(&jw, "state", head.state);
    yj_jw_key(&jw, "items");
    yj_jw_array(&jw);
    for (size_t i = 0; i + 1 < k->transition_count; i++) /* the last is withdraw, which no gate guards */
        if (state >= 0 && k->transitions[i].from >> state & 1)
            YJ_TRY(try_transition(w, l, k, &k->transitions[i], &jw, err));
    yj_jw_end_array(&jw);
    yj_jw_end_object(&jw);
    return yj_buf_status(l->out, err);
}

yj_status yj_engine_gates(yj_engine *e, int64_t inst, int kind, const char *id, yj_lang lang, yj_buf *out,
                          yj_error *err)
{
    look l = { inst, kind, id, lang, out };
    return yj_writer_run(e, run_look, &l, false, err);
}

/* --- one gate, whatever state the record is in ------------------------------------------------ */

typedef struct probe {
    const yj_gate_probe *p;
    yj_buf *misses;
} probe;

static yj_status judge(yj_writer *w, const probe *x, const yj_kind *k, const yj_gate *g, yj_error *err)
{
    const yj_catalog *c = w->e->catalog;
    yj_date today;
    yj_scope scope;
    yj_gate_result result;
    yj_engine_today(w->e, &today);
    YJ_TRY(yj_scope_load(w->db, c, x->p->inst, today.s, w->arena, &scope, err));
    YJ_TRY(yj_gate_check(w->db, c, g, x->p->id, &scope, w->arena, &result, err));
    if (result.open)
        return YJ_OK;
    YJ_TRY(yj_present_misses(w->db, c, x->p->inst, x->p->lang, &result, today.s, x->misses, err));
    YJ_TRY(yj_buf_status(x->misses, err));
    return yj_fail(err, YJ_E_GATE, "the gate of transition %s is shut: %zu requirements are not met",
                   k->transitions[g->transition].id, result.miss_count);
}

static yj_status run_probe(yj_writer *w, void *ctx, yj_error *err)
{
    const probe *x = ctx;
    const yj_catalog *c = w->e->catalog;
    const yj_kind *k = yj_catalog_kind(c, yj_span_of(x->p->kind));
    int t = k ? yj_kind_transition(k, yj_span_of(x->p->transition)) : -1;
    yj_row_head head;
    yj_slot *slot = NULL;
    yj_buf_clear(x->misses);
    if (t < 0 || k->transitions[t].gate < 0)
        return yj_fail(err, YJ_E_CONFLICT, "kind %s has no transition %s with a gate", x->p->kind,
                       x->p->transition);
    YJ_TRY(yj_row_find(w->db, &w->e->sql[k->index], x->p->inst, x->p->id, 0, &head, err));
    if (!head.found)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no record of kind %s with that id", k->name);
    int state = yj_kind_state(k, yj_span_of(head.state));
    if (state < 0 || !(x->p->states >> state & 1))
        return yj_fail(err, YJ_E_CONFLICT,
                       "a record of kind %s is in state %s, in which this may not be done", k->name,
                       head.state);
    YJ_TRY(yj_writer_slot(w, x->p->inst, &slot, err));
    YJ_TRY(yj_db_savepoint(w->db, err));
    yj_status s = judge(w, x, k, &c->gates[k->transitions[t].gate], err);
    yj_error undo = { 0 };
    yj_status undone = yj_db_savepoint_undo(w->db, &undo);
    if (s == YJ_OK && undone != YJ_OK && err)
        *err = undo;
    return s == YJ_OK ? undone : s;
}

yj_status yj_engine_gate_probe(yj_engine *e, const yj_gate_probe *p, yj_buf *misses, yj_error *err)
{
    probe x = { p, misses };
    return yj_writer_run(e, run_probe, &x, false, err);
}

typedef struct sealing {
    int64_t inst;
    yj_buf *note;
} sealing;

static yj_status run_checkpoint(yj_writer *w, void *ctx, yj_error *err)
{
    sealing *x = ctx;
    yj_slot *slot = NULL;
    YJ_TRY(yj_writer_slot(w, x->inst, &slot, err));
    yj_buf_clear(x->note);
    return yj_checkpoint_make(w->db, w->e->keys, &slot->ledger, yj_engine_now(w->e), x->note, err);
}

yj_status yj_engine_checkpoint(yj_engine *e, int64_t inst, yj_buf *ret_note, yj_error *err)
{
    sealing x = { inst, ret_note };
    return yj_writer_run(e, run_checkpoint, &x, true, err);
}
