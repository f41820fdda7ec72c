// SPDX-License-Identifier: Apache-2.0
/* The faults in plain words: what is wrong, for whom, what to do; worst first. */
#include "base/json.h"
#include "cli/standing.h"
#include "record/read.h"
#include <stdlib.h>

#define GROUPS_SHOWN 20
#define SUBJECTS_SHOWN 5
#define VALUES_BYTES_MAX ((size_t)1 << 20)

typedef enum gravity { BINDING_UNMET, OVERDUE, ADVICE_UNMET, UNDECIDED, ACCEPTED, FINE } gravity;

static gravity weigh(const yj_cli *c, const yj_cli_standing *s, size_t i)
{
    const yj_verdict *v = &s->rows[i];
    if (s->risks[i])
        return ACCEPTED;
    bool binding = c->catalog->forces[c->catalog->requirements[v->requirement].force].binding;
    if (v->status == YJ_V_UNMET)
        return binding ? BINDING_UNMET : ADVICE_UNMET;
    if (v->due && strcmp(v->due, s->day.s) < 0)
        return OVERDUE;
    return v->status == YJ_V_UNKNOWN ? UNDECIDED : FINE;
}

typedef struct fault {
    const yj_verdict *v;
    const yj_answer *risk; /* NULL */
    gravity g;
} fault;

static int worst_first(const void *a, const void *b)
{
    const fault *x = a, *y = b;
    if (x->g != y->g)
        return x->g < y->g ? -1 : 1;
    if (x->v->requirement != y->v->requirement)
        return x->v->requirement < y->v->requirement ? -1 : 1;
    int o = strcmp(x->v->since ? x->v->since : "", y->v->since ? y->v->since : "");
    return o ? o : strcmp(x->v->subject, y->v->subject);
}

/* "" if it has none. */
static const char *record_name(yj_cli *c, const yj_kind *k, const char *id)
{
    yj_buf b;
    yj_buf_init(&b, VALUES_BYTES_MAX);
    if (yj_record_name(c->reader, c->catalog, c->institution.inst, k, id, c->lang, &b, NULL) != YJ_OK)
        yj_buf_clear(&b);
    const char *name = yj_arena_strdup(c->arena, b.len ? b.ptr : "");
    yj_buf_done(&b);
    return name;
}

static const char *subject_name(yj_cli *c, const yj_cli_standing *s, const yj_verdict *v)
{
    for (size_t i = 0; i < s->units.count; i++)
        if (strcmp(s->units.rows[i].id, v->subject) == 0)
            return s->units.rows[i].name;
    yj_buf b;
    yj_buf_init(&b, VALUES_BYTES_MAX);
    const yj_kind *k = v->kind >= 0 ? &c->catalog->kinds[v->kind] : NULL;
    yj_status st =
        k ? YJ_OK : yj_record_kind(c->reader, c->catalog, c->institution.inst, v->subject, &k, NULL);
    if (st != YJ_OK || !k ||
        yj_record_title(c->reader, c->catalog, c->institution.inst, k, v->subject, c->lang, &b, NULL) !=
            YJ_OK)
        yj_buf_clear(&b);
    const char *name = yj_arena_strdup(c->arena, b.len ? b.ptr : v->subject);
    yj_buf_done(&b);
    return name;
}

/* The sentence is that of the packs that judged. */
static const char *reason(yj_cli *c, const yj_cli_standing *s, const yj_verdict *v)
{
    const yj_catalog *k =
        s->counted.then && yj_catalog_requirement(s->counted.then, yj_span_of(v->requirement_id))
            ? s->counted.then
            : c->catalog;
    yj_auto(yj_json_freep) json_t *values = NULL;
    if (yj_json_parse(yj_span_of(v->values), VALUES_BYTES_MAX, &values, NULL) != YJ_OK)
        return "";
    yj_buf b;
    yj_buf_init(&b, VALUES_BYTES_MAX);
    yj_reason_render(k, yj_catalog_requirement(k, yj_span_of(v->requirement_id)), v->code, values, c->lang,
                     &b);
    const char *text = yj_arena_strdup(c->arena, b.len ? b.ptr : "");
    yj_buf_done(&b);
    return text;
}

/* Who puts it right, and until when. @param name of the subject, where that is not said above; NULL */
static void show_remediations(yj_cli *c, const yj_cli_standing *s, const yj_verdict *v, size_t indent,
                              const char *name)
{
    size_t n;
    const yj_answer *a = yj_standing_remediations(&s->counted, v, &n);
    if (!n)
        return;
    if (name)
        yj_wrap(c, indent, 0, name);
    const yj_kind *k = &c->catalog->kinds[c->catalog->remediation.kind];
    const yj_kind *person = &c->catalog->kinds[k->fields[c->catalog->remediation.responsible].ref_kind];
    for (size_t i = 0; i < n; i++) {
        yj_remediation_text t = { .who = a[i].responsible ? record_name(c, person, a[i].responsible) : "",
                                  .due = a[i].until,
                                  .what = record_name(c, k, a[i].id),
                                  .overdue = yj_answer_overdue(&a[i], s->day.s) };
        yj_say_remediation(c, name ? indent + 2 : indent, &t);
    }
}

/* "x 6.3.2-1 A contract is signed" then a paragraph for each subject, then what to do, once. */
static void show_group(yj_cli *c, const yj_cli_standing *s, const fault *f, size_t n, size_t subjects_shown)
{
    const yj_requirement *r = &c->catalog->requirements[f->v->requirement];
    const char *status = yj_verdict_name(f->v->status);
    yj_ink_text(c, yj_status_ink(status), yj_status_mark(status));
    yj_buf_char(&c->out, ' ');
    yj_ink_text(c, YJ_BOLD, r->id);
    yj_buf_char(&c->out, ' ');
    yj_wrap(c, 2, 3 + strlen(r->id), yj_text_in(c, &r->title));
    for (size_t i = 0; i < n && i < subjects_shown; i++) {
        const yj_verdict *v = f[i].v;
        yj_wrap(c, 4, 0,
                yj_arena_fmt(c->arena, "%s%s%s", subject_name(c, s, v), yj_word(c, ": "), reason(c, s, v)));
        show_remediations(c, s, v, 4, NULL);
    }
    if (n > subjects_shown)
        yj_say(c, "    and %zu more\n", n - subjects_shown);
    if (f->g != UNDECIDED) {
        const char *todo = yj_text_in(c, &r->guidance);
        size_t first = strcspn(todo, "\n");
        yj_ink_text(c, YJ_DIM, "  > ");
        yj_wrap(c, 4, 4, yj_arena_strndup(c->arena, todo, first));
    }
}

/* What is undecided takes a line for each requirement: there may be very many at the beginning. */
static void show_undecided(yj_cli *c, const yj_cli_standing *s, const fault *f, size_t n,
                           size_t subjects_shown)
{
    const yj_requirement *r = &c->catalog->requirements[f->v->requirement];
    yj_ink_text(c, YJ_YELLOW, "?");
    yj_buf_char(&c->out, ' ');
    const char *title = yj_text_in(c, &r->title), *name = subject_name(c, s, f->v);
    if (n > 1)
        yj_say_wrapped(c, 2, 2, "%s %s (%s and %zu more)", r->id, title, name, n - 1);
    else
        yj_say_wrapped(c, 2, 2, "%s %s (%s)", r->id, title, name);
    for (size_t i = 0; i < n && i < subjects_shown; i++)
        show_remediations(c, s, f[i].v, 4, n > 1 ? subject_name(c, s, f[i].v) : NULL);
}

/* What was weighed and answered for: until when, and why it is not met. */
static void show_accepted(yj_cli *c, const yj_cli_standing *s, const fault *f, size_t n,
                          size_t subjects_shown)
{
    const yj_requirement *r = &c->catalog->requirements[f->v->requirement];
    yj_ink_text(c, YJ_YELLOW, YJ_RISK_MARK);
    yj_buf_char(&c->out, ' ');
    yj_wrap(c, 2, 2, yj_arena_fmt(c->arena, "%s %s", r->id, yj_text_in(c, &r->title)));
    for (size_t i = 0; i < n && i < subjects_shown; i++) {
        const char *until = f[i].risk->until, *name = subject_name(c, s, f[i].v);
        if (until)
            yj_say_wrapped(c, 4, 0, "%s: advice, risk accepted until %s", name, until);
        else
            yj_say_wrapped(c, 4, 0, "%s: advice, risk accepted", name);
        yj_wrap(c, 4, 0, reason(c, s, f[i].v));
        show_remediations(c, s, f[i].v, 4, NULL);
    }
    if (n > subjects_shown)
        yj_say(c, "    and %zu more\n", n - subjects_shown);
}

static void heading(yj_cli *c, gravity g)
{
    static const char *const texts[] = { [BINDING_UNMET] = "Must be put right",
                                         [OVERDUE] = "Overdue",
                                         [ADVICE_UNMET] = "Recommended, not followed",
                                         [UNDECIDED] = "Not decided yet: enter what is there",
                                         [ACCEPTED] = "Recommended, not followed, risk accepted",
                                         [FINE] = "" };
    yj_buf_char(&c->out, '\n');
    yj_ink_text(c, YJ_BOLD, yj_word(c, texts[g]));
    yj_buf_char(&c->out, '\n');
}

void yj_standing_faults(yj_cli *c, const yj_cli_standing *s)
{
    fault *f = yj_arena_array(c->arena, s->counted.count + 1, sizeof *f);
    size_t n = 0, shown[FINE + 1] = { 0 };
    for (size_t i = 0; i < s->counted.count; i++) {
        gravity g = weigh(c, s, i);
        if (g != FINE)
            f[n++] = (fault){ &s->rows[i], s->risks[i], g };
    }
    if (n)
        qsort(f, n, sizeof *f, worst_first);
    bool page = s->limit || s->offset, all = yj_cli_has(c, YJ_OPT_ALL) || page;
    size_t group = 0, last = s->limit ? s->offset + s->limit : SIZE_MAX;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && f[end].g == f[i].g && f[end].v->requirement == f[i].v->requirement;
             end++)
            continue;
        bool here = group >= s->offset && group < last;
        group++;
        if (!here)
            continue;
        gravity g = f[i].g;
        size_t before = shown[g]++;
        if (before == 0)
            heading(c, g);
        if (before == GROUPS_SHOWN && !all)
            yj_say(c, "... and more; see: yunjian status --all\n");
        if (before >= GROUPS_SHOWN && !all)
            continue;
        if (g == UNDECIDED)
            show_undecided(c, s, &f[i], end - i, all ? n : SUBJECTS_SHOWN);
        else if (g == ACCEPTED)
            show_accepted(c, s, &f[i], end - i, all ? n : SUBJECTS_SHOWN);
        else
            show_group(c, s, &f[i], end - i, all ? n : SUBJECTS_SHOWN);
    }
    if (page)
        yj_buf_char(&c->out, '\n');
    if (page && group > last)
        yj_say(c, "%zu of %zu faults; more: --offset %zu\n", last - s->offset, group, last);
    else if (page)
        yj_say(c, "%zu of %zu faults\n", group > s->offset ? group - s->offset : 0, group);
}
