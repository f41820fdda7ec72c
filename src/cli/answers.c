// SPDX-License-Identifier: Apache-2.0
/* What answers a verdict, in words: an accepted risk, remediations; what a shut gate asks for. */
#include "base/json.h"
#include "cli/cli.h"

void yj_say_risk(yj_cli *c, size_t indent, const json_t *risk)
{
    if (!json_is_object(risk))
        return;
    if (yj_member(risk, "until")[0])
        yj_say_wrapped(c, indent, 0, "advice, risk accepted until %s", yj_member(risk, "until"));
    else
        yj_say_wrapped(c, indent, 0, "advice, risk accepted");
}

static const char *or_else(const char *text, const char *other)
{
    return text && text[0] ? text : other;
}

void yj_say_remediation(yj_cli *c, size_t indent, const yj_remediation_text *r)
{
    const char *who = or_else(r->who, yj_word(c, "not named"));
    const char *due = or_else(r->due, "-"), *what = or_else(r->what, "-"); /* erased */
    for (size_t i = 0; i < indent; i++)
        yj_buf_char(&c->out, ' ');
    yj_ink_text(c, r->overdue ? YJ_RED : YJ_YELLOW, r->overdue ? YJ_OVERDUE_MARK : YJ_OPEN_MARK);
    yj_buf_char(&c->out, ' ');
    size_t used = indent + 2;
    if (r->overdue)
        yj_say_wrapped(c, used, used, "remediation overdue: %s (%s, due %s)", what, who, due);
    else
        yj_say_wrapped(c, used, used, "remediation: %s (%s, due %s)", what, who, due);
}

void yj_say_remediations(yj_cli *c, size_t indent, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *r = json_array_get(list, i);
        yj_say_remediation(
            c, indent,
            &(yj_remediation_text){ .who = yj_member(json_object_get(r, "responsible"), "name"),
                                    .due = yj_member(r, "due"),
                                    .what = yj_member(r, "name"),
                                    .overdue = json_is_true(json_object_get(r, "overdue")) });
    }
}

/* "x 6.3-2 Title - name" and the reason below. */
void yj_say_miss(yj_cli *c, size_t indent, const json_t *m)
{
    const char *status = yj_member(m, "status"), *name = yj_title_of(c, json_object_get(m, "subject"));
    const char *to_do = yj_member_in(c, m, "what_to_do");
    yj_buf_fmt(&c->out, "%*s", (int)indent, "");
    yj_ink_text(c, yj_status_ink(status), yj_status_mark(status));
    yj_buf_fmt(&c->out, " %s %s%s%s\n", yj_member(m, "requirement"), yj_member_in(c, m, "title"),
               name[0] ? " - " : "", name);
    yj_wrap(c, indent + 2, 0, yj_member_in(c, m, "reason"));
    if (to_do[0])
        yj_wrap(c, indent + 2, 0,
                yj_arena_fmt(c->arena, "-> %s", to_do)); /* it mostly has a heading itself */
    yj_say_remediations(c, indent + 2, json_object_get(m, "remediations"));
}

#define MISSES_BYTES_MAX ((size_t)8 << 20)

void yj_say_misses(yj_cli *c, size_t indent, const char *misses)
{
    yj_auto(yj_json_freep) json_t *list = NULL;
    if (!misses || yj_json_parse(yj_span_of(misses), MISSES_BYTES_MAX, &list, NULL) != YJ_OK)
        return;
    for (size_t i = 0; i < json_array_size(list); i++)
        yj_say_miss(c, indent, json_array_get(list, i));
}
