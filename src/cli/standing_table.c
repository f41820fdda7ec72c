// SPDX-License-Identifier: Apache-2.0
/* The table: chapters against deployments. Few deployments stand side by side, many below each other. */
#include "cli/standing.h"
#include <stdio.h>

#define SIDE_BY_SIDE_MAX 4
#define NAMES_COLUMNS 72 /* shared by those that stand side by side */

typedef struct tally {
    size_t of[YJ_V_COUNT_], not_yet;
} tally;

static bool is_empty(const tally *t)
{
    return t->of[YJ_V_UNMET] + t->of[YJ_V_UNKNOWN] + t->of[YJ_V_MET] + t->not_yet == 0;
}

static void count(tally *t, const yj_verdict *v)
{
    if (yj_not_yet(v))
        t->not_yet++;
    else
        t->of[v->status]++;
}

/* The first `parts` parts of a clause number. */
static void clause_group(const char *clause, int parts, char *ret, size_t size)
{
    size_t n = 0;
    for (int dots = 0; clause[n]; n++)
        if (clause[n] == '.' && ++dots == parts)
            break;
    snprintf(ret, size, "%.*s", (int)n, clause);
}

typedef struct groups {
    int parts;
    char (*id)[32];
    size_t count;
    int *of; /* by requirement: group */
} groups;

/* Requirements come in order of their clauses, so a group's stand together. */
static groups make_groups(yj_cli *c, int parts)
{
    const yj_catalog *k = c->catalog;
    groups g = { .parts = parts,
                 .id = yj_arena_array(c->arena, k->requirement_count + 1, sizeof *g.id),
                 .of = yj_arena_array(c->arena, k->requirement_count + 1, sizeof *g.of) };
    for (size_t i = 0; i < k->requirement_count; i++) {
        char id[32];
        clause_group(k->requirements[i].clause, parts, id, sizeof id);
        size_t at = 0;
        while (at < g.count && strcmp(g.id[at], id) != 0)
            at++;
        if (at == g.count)
            memcpy(g.id[g.count++], id, sizeof id);
        g.of[i] = (int)at;
    }
    return g;
}

static const char *clause_label(const yj_cli *c, const char *id)
{
    for (size_t i = 0; i < c->catalog->clause_count; i++)
        if (strcmp(c->catalog->clauses[i].id, id) == 0)
            return yj_text_in(c, &c->catalog->clauses[i].label);
    return "";
}

/* Tallies by group and unit; the last column is for subjects that belong to no unit. */
static tally *make_tallies(yj_cli *c, const yj_standing *s, const groups *g)
{
    size_t columns = s->unit_count + 1;
    tally *t = yj_arena_array(c->arena, g->count * columns + 1, sizeof *t);
    for (size_t i = 0; i < s->count; i++) {
        const yj_verdict *v = &s->rows[i];
        tally *row = t + (size_t)g->of[v->requirement] * columns;
        size_t low = 0, high = s->link_count;
        while (low < high) {
            size_t mid = low + (high - low) / 2;
            if (strcmp(s->links[mid].subject, v->subject) < 0)
                low = mid + 1;
            else
                high = mid;
        }
        bool any = false;
        for (; low < s->link_count && strcmp(s->links[low].subject, v->subject) == 0; low++) {
            count(&row[s->links[low].unit], v);
            any = true;
        }
        if (!any)
            count(&row[s->unit_count], v);
    }
    return t;
}

static void tally_cell(yj_table *table, const tally *t)
{
    static const yj_verdict_status shown[] = { YJ_V_UNMET, YJ_V_UNKNOWN, YJ_V_MET };
    char text[96] = "";
    yj_ink ink = YJ_DIM;
    for (size_t i = 0; i < YJ_COUNT(shown); i++) {
        size_t n = t->of[shown[i]], len = strlen(text);
        const char *name = yj_verdict_name(shown[i]);
        if (!n)
            continue;
        if (!len)
            ink = yj_status_ink(name);
        snprintf(text + len, sizeof text - len, "%s%s%zu", len ? " " : "", yj_status_mark(name), n);
    }
    size_t len = strlen(text);
    if (t->not_yet)
        snprintf(text + len, sizeof text - len, "%s(%zu)", len ? " " : "", t->not_yet);
    yj_table_cell(table, ink, text[0] ? text : "-");
}

static bool any_elsewhere(const yj_standing *s, const groups *g, const tally *t)
{
    size_t columns = s->unit_count + 1;
    for (size_t i = 0; i < g->count; i++)
        if (!is_empty(&t[i * columns + s->unit_count]))
            return true;
    return false;
}

static void side_by_side(yj_cli *c, const yj_standing *s)
{
    groups g = make_groups(c, 2);
    tally *t = make_tallies(c, s, &g);
    size_t units = s->unit_count, columns = units + 1, shown = units + any_elsewhere(s, &g, t);
    yj_table *table = yj_table_new(c, 2 + shown);
    yj_table_max(table, 1, 30);
    yj_table_cell(table, YJ_PLAIN, yj_word(c, "Clause"));
    yj_table_cell(table, YJ_PLAIN, "");
    for (size_t u = 0; u < shown; u++) {
        yj_table_max(table, 2 + u, NAMES_COLUMNS / shown);
        yj_table_cell(table, YJ_PLAIN, u < units ? s->units[u].name : yj_word(c, "elsewhere"));
    }
    for (size_t i = 0; i < g.count; i++) {
        bool any = false;
        for (size_t u = 0; u < shown; u++)
            any |= !is_empty(&t[i * columns + u]);
        if (!any)
            continue;
        yj_table_cell(table, YJ_PLAIN, g.id[i]);
        yj_table_cell(table, YJ_PLAIN, clause_label(c, g.id[i]));
        for (size_t u = 0; u < shown; u++)
            tally_cell(table, &t[i * columns + u]);
    }
    yj_table_print(table);
}

static void below_each_other(yj_cli *c, const yj_standing *s)
{
    groups g = make_groups(c, 1);
    tally *t = make_tallies(c, s, &g);
    size_t units = s->unit_count, columns = units + 1, shown = units + any_elsewhere(s, &g, t);
    yj_table *table = yj_table_new(c, 1 + g.count);
    yj_table_max(table, 0, 36);
    yj_table_cell(table, YJ_PLAIN, "");
    for (size_t i = 0; i < g.count; i++)
        yj_table_cell_fmt(table, "%s %s", g.id[i], clause_label(c, g.id[i]));
    for (size_t u = 0; u < shown; u++) {
        bool any = false;
        for (size_t i = 0; i < g.count; i++)
            any |= !is_empty(&t[i * columns + u]);
        if (!any)
            continue;
        yj_table_cell(table, YJ_PLAIN, u < units ? s->units[u].name : yj_word(c, "elsewhere"));
        for (size_t i = 0; i < g.count; i++)
            tally_cell(table, &t[i * columns + u]);
    }
    yj_table_print(table);
}

void yj_standing_table(yj_cli *c, const yj_standing *s)
{
    if (s->unit_count <= SIDE_BY_SIDE_MAX)
        side_by_side(c, s);
    else
        below_each_other(c, s);
    yj_say(c, "%s met  %s unmet  ? undecided: nothing entered that could decide it  (n) not yet\n",
           yj_status_mark("met"), yj_status_mark("unmet"));
}
