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
