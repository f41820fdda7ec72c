// SPDX-License-Identifier: Apache-2.0
/*
 * The table: clauses against deployments. Few deployments stand side by side, clauses below each other; many
 * stand below each other, with the clauses' second level in columns under their chapters. What does not fit
 * the terminal goes on in a further table below, broken between chapters where that is possible.
 */
#include "cli/standing.h"
#include <stdio.h>

#define SIDE_BY_SIDE_MAX 4
#define NAMES_COLUMNS 72 /* shared by those that stand side by side */
#define LEVEL 2          /* parts of the clause numbers in the table */
#define GAP 2            /* between columns */
#define NAME_COLUMNS_MIN 24
#define ITEM_GAP 3
#define LABEL_COLUMNS_MAX 44 /* of a section's title beside few deployments */

/* What does not apply is no reason to be shown. */
static bool is_empty(const yj_tallied *t)
{
    return t->unmet + t->unknown + t->met + t->not_yet + t->accepted == 0;
}

static const char *clause_label(const yj_cli *c, const char *id)
{
    const yj_text *label = yj_clause_label(c->catalog, id);
    return label ? yj_text_in(c, label) : "";
}

typedef struct sheet {
    yj_cli *c;
    const yj_cli_standing *s;
    yj_sheet g;
    size_t units; /* shown: with "elsewhere" if anything is there */
} sheet;

static const yj_tallied *at(const sheet *h, size_t group, size_t unit)
{
    return yj_sheet_at(&h->g, group, unit);
}

static yj_status fill(sheet *h, yj_error *err)
{
    const yj_cli_standing *s = h->s;
    YJ_TRY(yj_sheet_open(&h->g, &s->counted, &s->units, LEVEL, h->c->arena, err));
    for (size_t i = 0; i < s->counted.count; i++)
        yj_sheet_add(&h->g, &s->rows[i], s->risks[i]);
    h->units = s->units.count;
    for (size_t i = 0; i < h->g.group_count; i++)
        if (!is_empty(at(h, i, s->units.count)))
            h->units = s->units.count + 1;
    return YJ_OK;
}

static const char *unit_name(const sheet *h, size_t unit)
{
    return unit < h->s->units.count ? h->s->units.rows[unit].name : yj_word(h->c, "elsewhere");
}

static bool row_empty(const sheet *h, size_t unit, size_t from, size_t to)
{
    for (size_t g = from; g < to; g++)
        if (!is_empty(at(h, g, unit)))
            return false;
    return true;
}

static bool group_empty(const sheet *h, size_t group)
{
    for (size_t u = 0; u < h->units; u++)
        if (!is_empty(at(h, group, u)))
            return false;
    return true;
}

/* "x2 ?1 52": what is wrong first. */
static const char *tally_text(yj_cli *c, const yj_tallied *t, yj_ink *ret_ink)
{
    const struct {
        const char *mark;
        uint32_t n;
        yj_ink ink;
    } parts[] = { { yj_status_mark("unmet"), t->unmet, yj_status_ink("unmet") },
                  { yj_status_mark("unknown"), t->unknown, yj_status_ink("unknown") },
                  { YJ_OVERDUE_MARK, t->overdue, YJ_RED },
                  { YJ_OPEN_MARK, t->open, YJ_YELLOW },
                  { YJ_RISK_MARK, t->accepted, yj_status_ink("unknown") },
                  { yj_status_mark("met"), t->met, yj_status_ink("met") } };
    char text[128] = "";
    *ret_ink = YJ_DIM;
    for (size_t i = 0; i < YJ_COUNT(parts); i++) {
        size_t len = strlen(text);
        if (!parts[i].n)
            continue;
        if (!len)
            *ret_ink = parts[i].ink;
        snprintf(text + len, sizeof text - len, "%s%s%u", len ? " " : "", parts[i].mark, parts[i].n);
    }
    size_t len = strlen(text);
    if (t->not_yet)
        snprintf(text + len, sizeof text - len, "%s(%u)", len ? " " : "", t->not_yet);
    return text[0] ? yj_arena_strdup(c->arena, text) : yj_status_mark("not_applicable");
}

/* --- side by side ------------------------------------------------------------------------------ */

static void side_by_side(const sheet *h)
{
    yj_cli *c = h->c;
    yj_table *table = yj_table_new(c, 2 + h->units);
    yj_table_cell(table, YJ_PLAIN, yj_word(c, "Clause"));
    yj_table_cell(table, YJ_PLAIN, "");
    size_t labels = c->columns > 40 + LABEL_COLUMNS_MAX ? LABEL_COLUMNS_MAX : 30;
    yj_table_max(table, 1, labels);
    size_t names = c->columns > 10 + labels + NAME_COLUMNS_MIN ? c->columns - labels - 10 : NAME_COLUMNS_MIN;
    names = names < NAMES_COLUMNS ? names : NAMES_COLUMNS;
    for (size_t u = 0; u < h->units; u++) {
        yj_table_max(table, 2 + u, names / h->units > 12 ? names / h->units - GAP : 10);
        yj_table_cell(table, YJ_PLAIN, unit_name(h, u));
    }
    for (size_t i = 0; i < h->g.group_count; i++) {
        if (group_empty(h, i))
            continue;
        yj_table_cell(table, YJ_PLAIN, h->g.groups[i]);
        yj_table_cell(table, YJ_PLAIN, clause_label(c, h->g.groups[i]));
        for (size_t u = 0; u < h->units; u++) {
            yj_ink ink = YJ_PLAIN;
            const char *text = tally_text(c, at(h, i, u), &ink);
            yj_table_cell(table, ink, text);
        }
    }
    yj_table_print(table);
}

/* --- below each other --------------------------------------------------------------------------- */

static size_t columns_of(const char *text)
{
    return yj_utf8_columns(yj_span_of(text));
}

static void blanks(yj_cli *c, size_t n)
{
    while (n--)
        yj_buf_char(&c->out, ' ');
}

/* Columns to shown groups; `shown` holds those that are not empty. */
typedef struct plan {
    size_t *shown, count;
    size_t *width; /* by place in `shown` */
    size_t name;
} plan;

static bool new_chapter(const sheet *h, const plan *p, size_t i)
{
    char a[YJ_CLAUSE_MAX], b[YJ_CLAUSE_MAX];
    yj_clause_group(h->g.groups[p->shown[i]], 1, a);
    if (i == 0)
        return true;
    yj_clause_group(h->g.groups[p->shown[i - 1]], 1, b);
    return strcmp(a, b) != 0;
}

static size_t chapter_end(const sheet *h, const plan *p, size_t i)
{
    for (i++; i < p->count && !new_chapter(h, p, i); i++)
        continue;
    return i;
}

static const char *chapter_title(const sheet *h, const plan *p, size_t i)
{
    char id[YJ_CLAUSE_MAX];
    yj_clause_group(h->g.groups[p->shown[i]], 1, id);
    return yj_arena_fmt(h->c->arena, "%s %s", id, clause_label(h->c, id));
}

/* Columns that the groups from..to take, with the gaps before them. */
static size_t width_of(const plan *p, size_t from, size_t to)
{
    size_t n = 0;
    for (; from < to; from++)
        n += GAP + p->width[from];
    return n;
}

static plan make_plan(const sheet *h)
{
    yj_cli *c = h->c;
    plan p = { .shown = yj_arena_array(c->arena, h->g.group_count + 1, sizeof *p.shown),
               .width = yj_arena_array(c->arena, h->g.group_count + 1, sizeof *p.width) };
    for (size_t g = 0; g < h->g.group_count; g++) {
        if (group_empty(h, g))
            continue;
        size_t width = columns_of(h->g.groups[g]);
        for (size_t u = 0; u < h->units; u++) {
            yj_ink ink = YJ_PLAIN;
            size_t n = columns_of(tally_text(c, at(h, g, u), &ink));
            width = n > width ? n : width;
        }
        p.width[p.count] = width;
        p.shown[p.count++] = g;
    }
    for (size_t i = 0; i < p.count; i = chapter_end(h, &p, i)) { /* a chapter has room for its title */
        size_t end = chapter_end(h, &p, i), title = columns_of(chapter_title(h, &p, i));
        size_t room = width_of(&p, i, end) - GAP;
        if (title > room && end < p.count)
            p.width[end - 1] += title - room < NAME_COLUMNS_MIN ? title - room : NAME_COLUMNS_MIN;
    }
    for (size_t u = 0; u < h->units; u++) {
        size_t n = row_empty(h, u, 0, h->g.group_count) ? 0 : columns_of(unit_name(h, u));
        p.name = n > p.name ? n : p.name;
    }
    return p;
}

/* The end of a table that begins with group `from`: as much as fits, whole chapters if it can be. */
static size_t band_end(const sheet *h, const plan *p, size_t from)
{
    size_t to = from + 1;
    while (to < p->count && p->name + width_of(p, from, to + 1) <= h->c->columns) {
        size_t end = chapter_end(h, p, to);
        if (new_chapter(h, p, to) && p->name + width_of(p, from, end) > h->c->columns &&
            p->name + width_of(p, to, end) <= h->c->columns)
            break;
        to++;
    }
    return to;
}

/* Names take what the widest table leaves. Everything is one table if names of the least width allow it. */
static void fit_names(const sheet *h, plan *p)
{
    size_t wanted = p->name, widest = 0;
    p->name = wanted < NAME_COLUMNS_MIN ? wanted : NAME_COLUMNS_MIN;
    for (size_t from = 0, to; from < p->count; from = to) {
        to = band_end(h, p, from);
        size_t n = width_of(p, from, to);
        widest = n > widest ? n : widest;
    }
    size_t left = h->c->columns > widest ? h->c->columns - widest : 0;
    if (left > p->name)
        p->name = wanted < left ? wanted : left;
}

static void print_heads(const sheet *h, const plan *p, size_t from, size_t to)
{
    yj_cli *c = h->c;
    blanks(c, p->name);
    for (size_t i = from, end; i < to; i = end) {
        end = chapter_end(h, p, i);
        end = end < to ? end : to;
        size_t room = width_of(p, i, end) - GAP, used = 0;
        if (end == to) { /* nothing to the right of it */
            size_t before = p->name + width_of(p, from, i) + GAP;
            room = before + room < c->columns ? c->columns - before : room;
        }
        blanks(c, GAP);
        yj_ink_text(c, YJ_BOLD, yj_fit(c->arena, chapter_title(h, p, i), room, &used));
        if (end < to)
            blanks(c, room > used ? room - used : 0);
    }
    yj_buf_char(&c->out, '\n');
    blanks(c, p->name);
    for (size_t i = from; i < to; i++) {
        blanks(c, GAP);
        yj_ink_text(c, YJ_BOLD, h->g.groups[p->shown[i]]);
        if (i + 1 < to)
            blanks(c, p->width[i] - columns_of(h->g.groups[p->shown[i]]));
    }
    yj_buf_char(&c->out, '\n');
}

static void print_row(const sheet *h, const plan *p, size_t unit, size_t from, size_t to)
{
    yj_cli *c = h->c;
    size_t used = 0;
    yj_buf_str(&c->out, yj_fit(c->arena, unit_name(h, unit), p->name, &used));
    blanks(c, p->name - used);
    for (size_t i = from; i < to; i++) {
        yj_ink ink = YJ_PLAIN;
        const char *text = tally_text(c, at(h, p->shown[i], unit), &ink);
        blanks(c, GAP);
        yj_ink_text(c, ink, text);
        if (i + 1 < to)
            blanks(c, p->width[i] - columns_of(text));
    }
    yj_buf_char(&c->out, '\n');
}

/* One after another, each whole on its line. @param used columns of the line so far */
static void print_item(yj_cli *c, size_t *used, const char *mark, const char *text)
{
    size_t n = columns_of(mark) + 1 + columns_of(text);
    if (*used && *used + ITEM_GAP + n > c->columns) {
        yj_buf_char(&c->out, '\n');
        *used = 0;
    }
    size_t gap = *used ? ITEM_GAP : 0;
    blanks(c, gap);
    yj_buf_fmt(&c->out, "%s %s", mark, text);
    *used += gap + n;
}

/* What the numbers above the columns mean. */
static void print_clauses(const sheet *h, const plan *p)
{
    yj_cli *c = h->c;
    yj_buf_char(&c->out, '\n');
    size_t used = 0;
    for (size_t i = 0; i < p->count; i++) {
        const char *id = h->g.groups[p->shown[i]], *label = clause_label(c, id);
        if (label[0] && strchr(id, '.')) /* a chapter's title stands above already */
            print_item(c, &used, id, label);
    }
    yj_buf_str(&c->out, used ? "\n" : "");
}

static void below_each_other(const sheet *h)
{
    plan p = make_plan(h);
    fit_names(h, &p);
    for (size_t from = 0, to; from < p.count; from = to) {
        to = band_end(h, &p, from);
        if (from > 0)
            yj_buf_char(&h->c->out, '\n');
        print_heads(h, &p, from, to);
        for (size_t u = 0; u < h->units; u++)
            if (!row_empty(h, u, p.shown[from], p.shown[to - 1] + 1))
                print_row(h, &p, u, from, to);
    }
    print_clauses(h, &p);
}

yj_status yj_standing_table(yj_cli *c, const yj_cli_standing *s, yj_error *err)
{
    sheet h = { .c = c, .s = s };
    YJ_TRY(fill(&h, err));
    if (s->units.count <= SIDE_BY_SIDE_MAX)
        side_by_side(&h);
    else
        below_each_other(&h);
    size_t used = 0;
    print_item(c, &used, yj_status_mark("met"), yj_word(c, "met"));
    print_item(c, &used, yj_status_mark("unmet"), yj_word(c, "unmet"));
    print_item(c, &used, yj_status_mark("unknown"),
               yj_word(c, "undecided: nothing entered that could decide it"));
    if (s->counted.remediations.count) {
        print_item(c, &used, YJ_OPEN_MARK, yj_word(c, "of these, being put right"));
        print_item(c, &used, YJ_OVERDUE_MARK, yj_word(c, "of these, past the day set"));
    }
    if (s->counted.total.accepted)
        print_item(c, &used, YJ_RISK_MARK, yj_word(c, "advice, risk accepted"));
    print_item(c, &used, "(n)", yj_word(c, "not yet"));
    print_item(c, &used, yj_status_mark("not_applicable"), yj_word(c, "not applicable"));
    yj_buf_char(&c->out, '\n');
    return YJ_OK;
}
