// SPDX-License-Identifier: Apache-2.0
/* Values of a column are gathered as lines of a text, which is looked through when it is full: so a column
 * costs one call of the detectors for some thousand values, and a label in its name counts as a heading's. */
#include "instrument/scan/tables.h"
#include "base/time.h"
#include "instrument/scan/file.h"
#include "instrument/scan/own.h"
#include <stdio.h>
#include <stdlib.h>

#define GATHER_BYTES ((size_t)16 << 10) /* of each column */
#define PIECE_BYTES ((size_t)16 << 10)  /* between two settlings: a hit takes four bytes at least */
#define HITS ((size_t)16 << 10)
#define VALUE_BYTES_MAX ((size_t)4 * YJ_SCAN_VALUE_CHARS_MAX + 64)
#define MANY_ROWS 1000000 /* from here on pages are drawn, not rows: every row would have to be read */
#define PROGRESS_ROWS 4096

const char *const yj_scan_tables_left_out[] = { "system_schemas",
                                                "other_databases",
                                                "views",
                                                "materialized_views",
                                                "foreign_tables",
                                                "tables_without_any_right_in_mysql",
                                                "past_rows_of_versioned_tables",
                                                NULL };

typedef struct column {
    const yj_db_column *is;
    yj_scan_file file;
    yj_scan_counted rows;
    yj_buf text; /* GATHER_BYTES, or one value that is larger */
    yj_scan_table table;
    yj_buf path;
    yj_scan_found *place; /* NULL: nobody asks for values */
    uint64_t bytes;       /* values that are no text */
    uint64_t cut;
    uint64_t malformed; /* no UTF-8 */
    bool closed;        /* not read, its state is set */
    char words[sizeof((yj_error){ 0 }).msg];
} column;

typedef struct run {
    const yj_scan_tables *t;
    const yj_scan_wish *wish;
    yj_source *source;
    yj_buf name;               /* printable */
    yj_scan_progress progress; /* rows are counted by what the engine guesses */
    yj_scan_hit *hit;
    size_t hits;
    column *at;                        /* whose text is looked through */
    size_t next_at[YJ_SCAN_KINDS_MAX]; /* behind the last hit of each class in it */
    column *c;                         /* of the table at work */
    size_t columns;
} run;

/* --- looking through what was gathered -------------------------------------------------------------------
 */

static int by_place(const void *a, const void *b)
{
    const yj_scan_hit *x = a, *y = b;
    return x->at != y->at ? (x->at < y->at ? -1 : 1) : (int)x->what - (int)y->what;
}

static void take_place(run *r, const yj_scan_hit *h)
{
    yj_scan_found *p = &r->at->place[r->at->file.places++];
    yj_span value = { r->at->text.ptr + h->at, h->len };
    *p = (yj_scan_found){ .what = h->what, .len = (uint32_t)h->len };
    if (r->wish->show)
        yj_scan_mask(h->what, value, p->masked);
    if (r->wish->print_key.len > 0)
        yj_scan_take_print(r->wish->own, r->wish->print_key, value, p);
}

static void settle(run *r)
{
    qsort(r->hit, r->hits, sizeof *r->hit, by_place);
    for (size_t i = 0; i < r->hits; i++) {
        const yj_scan_hit *h = &r->hit[i];
        if (r->next_at[h->what] > h->at)
            continue; /* two labels before one value */
        r->next_at[h->what] = h->at + 1;
        r->at->file.count[h->what]++;
        r->at->file.hits++;
        r->progress.hits++;
        if (r->at->place && r->at->file.places < YJ_SCAN_PLACES_MAX)
            take_place(r, h);
    }
    r->hits = 0;
}

static void take_hit(void *with, const yj_scan_hit *hit)
{
    run *r = with;
    if (r->hits == HITS)
        settle(r);
    r->hit[r->hits++] = *hit;
}

static void look_through(run *r, column *c)
{
    yj_span text = yj_buf_view(&c->text);
    r->at = c;
    memset(r->next_at, 0, sizeof r->next_at);
    for (size_t at = 0; at < text.len; at += PIECE_BYTES) {
        size_t to = text.len - at < PIECE_BYTES ? text.len : at + PIECE_BYTES;
        yj_scan_detect(text, at, to, &c->table, take_hit, r);
        if (r->wish->own)
            yj_scan_own_detect(r->wish->own, text, at, to, take_hit, r);
        settle(r);
    }
    if (c->text.ptr)
        explicit_bzero(c->text.ptr, c->text.len);
    yj_buf_clear(&c->text);
}

static size_t characters(yj_span s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
    return n;
}

static void take_text(run *r, column *c, yj_span v)
{
    if (v.len > YJ_SCAN_VALUE_CHARS_MAX && characters(v) > YJ_SCAN_VALUE_CHARS_MAX)
        c->cut++;
    v.len = v.len < VALUE_BYTES_MAX ? v.len : VALUE_BYTES_MAX;
    c->malformed += !yj_utf8_valid(v);
    if (c->text.len + v.len + 1 > GATHER_BYTES)
        look_through(r, c);
    size_t at = c->text.len;
    yj_buf_add(&c->text, v.ptr, v.len);
    yj_buf_char(&c->text, '\n');
    for (size_t i = at; c->text.failed == YJ_OK && i < c->text.len; i++)
        if (c->text.ptr[i] == '\t') /* it would be the border of a cell */
            c->text.ptr[i] = ' ';
    if (c->text.len > GATHER_BYTES) {
        look_through(r, c);
        yj_buf_done(&c->text); /* so large a one is not kept for each column */
        yj_buf_init(&c->text, VALUE_BYTES_MAX + GATHER_BYTES);
    }
}

static void take(run *r, column *c, const yj_cell *v)
{
    char number[40];
    c->rows.rows_read++;
    if (v->kind == YJ_CELL_NULL)
        return;
    c->rows.values++;
    if (v->kind == YJ_CELL_BYTES) {
        c->bytes++;
        return;
    }
    if (v->kind == YJ_CELL_INT)
        snprintf(number, sizeof number, "%lld", (long long)v->i);
    else if (v->kind == YJ_CELL_REAL)
        snprintf(number, sizeof number, "%.17g", v->r);
    yj_span text = v->kind == YJ_CELL_TEXT ? (yj_span){ v->ptr, v->len } : yj_span_of(number);
    r->progress.bytes += text.len;
    c->rows.bytes += text.len;
    if (text.len > 0)
        take_text(r, c, text);
}

/* --- one table --------------------------------------------------------------------------------------------
 */

/* What the column's name says counts as a heading does. It stands there twice, for one cell is no heading. */
static void read_label(column *c)
{
    char name[512];
    yj_scan_table two;
    int n = snprintf(name, sizeof name / 2, "%s", c->is->name);
    size_t len = n < (int)sizeof name / 2 ? (size_t)n : sizeof name / 2 - 1;
    for (size_t i = 0; i < len; i++)
        if (strchr(",\t;|\n", name[i]))
            name[i] = ' ';
    name[len] = '\t';
    memcpy(name + len + 1, name, len);
    yj_scan_heading((yj_span){ name, 2 * len + 1 }, &two);
    c->table = (yj_scan_table){ .separator = two.separator, .columns = 1, .about = { two.about[0] } };
    c->rows.label = two.separator != '\0';
}

static void close_column(column *c, yj_scan_state state, yj_scan_reason because, const char *words)
{
    c->closed = true;
    c->file.state = state;
    c->file.reason = because;
    snprintf(c->words, sizeof c->words, "%s", words);
    c->file.words = c->words;
}

static void conclude(run *r, column *c)
{
    look_through(r, c);
    yj_scan_file *f = &c->file;
    yj_scan_propose_grade(f, r->wish->own);
    if (c->closed)
        return;
    if (c->rows.values > 0 && c->bytes == c->rows.values)
        close_column(c, YJ_SCAN_STATE_NOT_LOOKED_INTO, YJ_SCAN_BECAUSE_BINARY, "");
    else if (c->bytes > 0 || c->malformed > 0)
        close_column(c, YJ_SCAN_STATE_IN_PART, YJ_SCAN_BECAUSE_PART_NO_TEXT, "");
    else if (c->cut > 0)
        close_column(c, YJ_SCAN_STATE_IN_PART, YJ_SCAN_BECAUSE_TOO_LARGE, "");
    else if (c->rows.way != YJ_SCAN_ROWS_ALL)
        close_column(c, YJ_SCAN_STATE_IN_PART, YJ_SCAN_BECAUSE_SAMPLED, "");
}

static void free_columns(run *r)
{
    for (size_t i = 0; i < r->columns; i++) {
        yj_buf_done(&r->c[i].text);
        yj_buf_done(&r->c[i].path);
        free(r->c[i].place);
    }
    free(r->c);
    r->c = NULL;
    r->columns = 0;
}

static yj_status make_columns(run *r, const yj_db_table *t, yj_error *err)
{
    bool loose = r->source->engine == YJ_DB_SQLITE; /* each value has a type of its own */
    r->c = calloc(t->columns + 1, sizeof *r->c);
    if (!r->c)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    r->columns = t->columns;
    for (size_t i = 0; i < t->columns; i++) {
        column *c = &r->c[i];
        c->is = &t->column[i];
        c->rows = (yj_scan_counted){ .type = c->is->declared, .there = t->estimate, .database = r->name.ptr };
        c->rows.way = r->t->percent == 0                                               ? YJ_SCAN_ROWS_ALL
                      : r->source->engine == YJ_DB_POSTGRES && t->estimate > MANY_ROWS ? YJ_SCAN_ROWS_PAGES
                                                                                       : YJ_SCAN_ROWS_DRAWN;
        yj_buf_init(&c->text, VALUE_BYTES_MAX + GATHER_BYTES);
        yj_buf_init(&c->path, (size_t)64 << 10);
        yj_buf_span(&c->path, yj_buf_view(&r->name));
        yj_buf_str(&c->path, "!/");
        yj_scan_printable(yj_span_of(t->name), &c->path);
        yj_buf_str(&c->path, "!/");
        yj_scan_printable(yj_span_of(c->is->name), &c->path);
        YJ_TRY(yj_buf_status(&c->path, err));
        c->file = (yj_scan_file){
            .path = c->path.ptr, .format = "", .unit = YJ_SCAN_UNIT_CELLS, .rows = &c->rows, .depth = 1
        };
        if (r->wish->show || r->wish->print_key.len > 0) {
            c->file.place = c->place = calloc(YJ_SCAN_PLACES_MAX, sizeof *c->place);
            if (!c->place)
                return yj_fail(err, YJ_E_NOMEM, "out of memory");
        }
        read_label(c);
        if (c->is->type == YJ_VALUE_BYTES && !loose)
            close_column(c, YJ_SCAN_STATE_NOT_LOOKED_INTO, YJ_SCAN_BECAUSE_BINARY, "");
    }
    return YJ_OK;
}

static size_t open_columns(const run *r, size_t *ret)
{
    size_t n = 0;
    for (size_t i = 0; i < r->columns; i++)
        if (!r->c[i].closed)
            ret[n++] = i;
    return n;
}

static yj_status start(run *r, const yj_db_table *t, const size_t *which, size_t n, yj_error *err)
{
    yj_head head = { .chars = YJ_SCAN_VALUE_CHARS_MAX + 1,
                     .percent = r->t->percent,
                     .seed = r->t->seed,
                     .pages = r->c[which[0]].rows.way == YJ_SCAN_ROWS_PAGES };
    return yj_source_start_head(r->source, t, which, n, &head, err);
}

/* Refused as a whole, a table may still have columns that may be read. */
static void try_one_by_one(run *r, const yj_db_table *t, const size_t *which, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        yj_error why = { 0 };
        yj_status s = start(r, t, &which[i], 1, &why);
        if (s == YJ_OK) {
            yj_source_stop(r->source);
            continue;
        }
        close_column(&r->c[which[i]], YJ_SCAN_STATE_UNREADABLE, YJ_SCAN_BECAUSE_ENGINE, why.msg);
        yj_ignore(r->source->driver->recover(r->source, NULL));
    }
}

static void all_closed(run *r, const size_t *which, size_t n, yj_scan_reason because, const char *words)
{
    for (size_t i = 0; i < n; i++) {
        column *c = &r->c[which[i]];
        bool some = c->rows.rows_read > 0;
        close_column(c, some ? YJ_SCAN_STATE_IN_PART : YJ_SCAN_STATE_UNREADABLE, because, words);
    }
}

/* SplitMix64 of the row's number: for engines that draw none by a seed. */
static bool is_drawn(const run *r, uint64_t row)
{
    uint64_t x = (row + 1) * UINT64_C(0x9e3779b97f4a7c15) + ((uint64_t)r->t->seed << 32 | r->t->seed);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (x ^ x >> 31) % 100 < r->t->percent;
}

static void read_rows(run *r, const size_t *which, size_t n, yj_cell *cell)
{
    bool draw = r->t->percent > 0 && !r->source->driver->sample, more = true, late = false;
    unsigned seconds = r->t->seconds ? r->t->seconds : YJ_SCAN_TABLE_SECONDS;
    int64_t until = yj_monotonic_ns() + (int64_t)seconds * 1000000000;
    uint64_t row = 0;
    yj_error why = { 0 };
    yj_status s = YJ_OK;
    for (; !late && (s = yj_source_next(r->source, cell, &more, &why)) == YJ_OK && more; row++) {
        for (size_t i = 0; i < n && (!draw || is_drawn(r, row)); i++)
            take(r, &r->c[which[i]], &cell[i]);
        r->progress.done++;
        if (row % PROGRESS_ROWS == PROGRESS_ROWS - 1) {
            late = yj_monotonic_ns() > until;
            if (r->wish->progress)
                r->wish->progress(r->wish->with, &r->progress);
        }
    }
    yj_source_stop(r->source);
    if (late) {
        all_closed(r, which, n, YJ_SCAN_BECAUSE_TIME, "");
    } else if (s != YJ_OK) {
        all_closed(r, which, n, YJ_SCAN_BECAUSE_ENGINE, why.msg);
        yj_ignore(r->source->driver->recover(r->source, NULL));
    } else if (r->t->percent == 0 || draw) { /* they were counted */
        for (size_t i = 0; i < n; i++) {
            r->c[which[i]].rows.there = (int64_t)row;
            r->c[which[i]].rows.counted = true;
        }
    }
}

static yj_status look_at_table(run *r, const yj_db_table *t, size_t *which, yj_cell *cell, yj_error *err)
{
    YJ_TRY(make_columns(r, t, err));
    size_t n = open_columns(r, which);
    yj_error why = { 0 };
    if (n > 0 && start(r, t, which, n, &why) != YJ_OK) {
        yj_ignore(r->source->driver->recover(r->source, NULL));
        try_one_by_one(r, t, which, n);
        n = open_columns(r, which);
        if (n > 0 && start(r, t, which, n, &why) != YJ_OK) {
            yj_ignore(r->source->driver->recover(r->source, NULL));
            all_closed(r, which, n, YJ_SCAN_BECAUSE_ENGINE, why.msg);
            n = 0;
        }
    }
    if (n > 0)
        read_rows(r, which, n, cell);
    for (size_t i = 0; i < r->columns; i++) {
        conclude(r, &r->c[i]);
        YJ_TRY(yj_buf_status(&r->c[i].text, err));
        r->progress.files++;
        YJ_TRY(r->wish->file(r->wish->with, &r->c[i].file, err));
    }
    return YJ_OK;
}

static yj_status look_at_tables(run *r, yj_error *err)
{
    size_t most = 1;
    for (size_t i = 0; i < r->source->tables; i++) {
        const yj_db_table *t = &r->source->table[i];
        most = t->columns > most ? t->columns : most;
        r->progress.total += t->estimate > 0 ? (uint64_t)t->estimate : 0;
    }
    size_t *which = calloc(most, sizeof *which);
    yj_cell *cell = calloc(most, sizeof *cell);
    r->hit = calloc(HITS, sizeof *r->hit);
    yj_status s = which && cell && r->hit ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
    for (size_t i = 0; s == YJ_OK && i < r->source->tables; i++) {
        s = look_at_table(r, &r->source->table[i], which, cell, err);
        free_columns(r);
    }
    free(which);
    free(cell);
    free(r->hit);
    return s;
}

yj_status yj_scan_tables_run(const yj_scan_tables *t, const yj_scan_wish *wish, yj_error *err)
{
    yj_auto(yj_source_closep) yj_source *source = NULL;
    run r = { .t = t, .wish = wish };
    YJ_TRY(yj_source_open(t->url, t->password_file, &source, err));
    r.source = source;
    yj_auto(yj_buf_done) yj_buf name;
    yj_buf_init(&name, (size_t)64 << 10);
    yj_scan_printable(yj_span_of(source->name), &name);
    YJ_TRY(yj_buf_status(&name, err));
    r.name = name;
    if (source->driver->limit)
        YJ_TRY(source->driver->limit(source, t->seconds ? t->seconds : YJ_SCAN_TABLE_SECONDS, err));
    return look_at_tables(&r, err);
}
