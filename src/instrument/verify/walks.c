// SPDX-License-Identifier: Apache-2.0
#include "instrument/verify/walks.h"
#include "instrument/verify/pool.h"

typedef struct walks {
    const yj_open_folder *folder[2];
    yj_tree *ret[2];
    yj_walk_options o;
    yj_status status[2];
    yj_error err[2];
    atomic_bool stop; /* somebody does not want it to go on */
} walks;

/* The caller's question is asked on the caller's thread alone. What this says is not seen by anybody. */
static yj_status may(void *self, yj_error *err)
{
    const walks *w = self;
    return atomic_load_explicit(&w->stop, memory_order_relaxed) ? YJ_E_BUSY : YJ_OK;
}

static void *begin(void *self)
{
    return self;
}

static void work(void *self, void *own, yj_pool_share *s)
{
    walks *w = own;
    for (size_t i; yj_pool_take(s, &i); yj_pool_did(s))
        w->status[i] = yj_tree_walk_at(w->folder[i]->fd, w->folder[i]->name, &w->o, w->ret[i], &w->err[i]);
}

static void end(void *self, void *own)
{
}

yj_status yj_walk_two(const yj_open_folder *a, const yj_open_folder *b, const yj_walk_options *o,
                      yj_tree *ret_a, yj_tree *ret_b, yj_error *err)
{
    walks w = { .folder = { a, b }, .ret = { ret_a, ret_b }, .o = *o };
    w.o.go_on = may;
    w.o.go_on_self = &w;
    const yj_pool p = { .count = 2,
                        .threads = 2,
                        .begin = begin,
                        .work = work,
                        .end = end,
                        .self = &w,
                        .go_on = o->go_on,
                        .go_on_self = o->go_on_self,
                        .stop = &w.stop };
    *ret_a = *ret_b = (yj_tree){ .root_fd = -1 };
    YJ_TRY(yj_pool_run(&p, err));
    for (int i = 0; i < 2; i++)
        if (w.status[i] != YJ_OK) {
            if (err)
                *err = w.err[i];
            return w.status[i];
        }
    return YJ_OK;
}
