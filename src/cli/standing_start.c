// SPDX-License-Identifier: Apache-2.0
/* What is to be entered first, for an institution that stands at its beginning. */
#include "cli/standing.h"
#include "record/start.h"

static void say_step(yj_cli *c, size_t number, const yj_start_step *s)
{
    const yj_kind *k = &c->catalog->kinds[s->start->kind];
    const char *name = yj_arena_fmt(c->arena, "%s (%s)", yj_text_in(c, &k->label), k->name);
    yj_buf_fmt(&c->out, "%3zu. %s ", number, s->entered ? "+" : "-");
    if (s->entered)
        yj_say_wrapped(c, 7, 7, "%s  entered", name);
    else if (s->requirements)
        yj_say_wrapped(c, 7, 7, "%s  %zu requirements rest on it", name, s->requirements);
    else
        yj_wrap(c, 7, 7, name);
    if (!s->entered)
        yj_wrap(c, 7, 0, yj_text_in(c, &s->start->why));
}

static void say_how(yj_cli *c)
{
    yj_buf_char(&c->out, '\n');
    yj_say_wrapped(c, 0, 0,
                   "\"yunjian template KIND > KIND.csv\" writes a register's heading row; fill it in, then "
                   "\"yunjian import "
                   "KIND.csv\". A folder of registers is imported in any order.");
}

yj_status yj_standing_start(yj_cli *c, bool whole, yj_error *err)
{
    yj_start_step *steps;
    size_t missing = 0;
    YJ_TRY(yj_start_steps(c->reader, c->catalog, c->institution.inst, c->arena, &steps, err));
    for (size_t i = 0; i < c->catalog->start_count; i++)
        missing += !steps[i].entered;
    if (!missing)
        return YJ_OK;
    if (whole)
        yj_say_wrapped(c, 0, 0, "Enter these in this order; below each stands why:");
    else
        yj_say(c, "\nNot entered yet, next first:\n");
    for (size_t i = 0; i < c->catalog->start_count; i++)
        if (whole || !steps[i].entered)
            say_step(c, i + 1, &steps[i]);
    say_how(c);
    return YJ_OK;
}

void yj_standing_no_institution(yj_cli *c)
{
    yj_say_wrapped(c, 0, 0,
                   "There is no institution yet. Open its ledger first: yunjian institution add --code CODE "
                   "--name NAME");
    if (!c->catalog->start_count)
        return;
    yj_buf_char(&c->out, '\n');
    yj_say_wrapped(c, 0, 0, "Then enter these in this order; below each stands why:");
    for (size_t i = 0; i < c->catalog->start_count; i++) {
        yj_start_step s = { .start = &c->catalog->starts[i],
                            .requirements = yj_requirements_about(c->catalog, c->catalog->starts[i].kind) };
        say_step(c, i + 1, &s);
    }
    say_how(c);
}
