// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"
#include "instrument/database/internal.h"

#define ARENA_BYTES ((size_t)1 << 30) /* grows as needed: pairs of columns, and one table's buckets */
#define KEY_SHOWN 200                 /* bytes of one value */
#define PROGRESS_ROWS 65536

yj_status yj_dbc_found(yj_run *run, json_t *finding, yj_error *err)
{
    yj_dbc_result *r = run->r;
    yj_auto(yj_json_freep) json_t *v = finding;
    if (!v)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (json_array_size(r->findings) < run->o->keep)
        json_array_append(r->findings, v);
    else
        r->findings_left_out++;
    return run->o->each ? run->o->each(run->o->each_self, v, err) : YJ_OK;
}

void yj_dbc_went(yj_run *run, uint64_t rows)
{
    run->progress.done += rows;
    if (run->progress.done < run->next_progress || !run->o->progress)
        return;
    run->next_progress = run->progress.done + PROGRESS_ROWS;
    run->o->progress(run->o->progress_self, &run->progress);
}

/* --- keys ------------------------------------------------------------------------------------- */

static bool both_numbers(const yj_table_pair *p, size_t k, const yj_cell *x, const yj_cell *y)
{
    return x->kind == YJ_CELL_INT && y->kind == YJ_CELL_INT;
}

static int compare_bytes(yj_span a, yj_span b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.ptr, b.ptr, n) : 0;
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

static int compare_keys(yj_run *run)
{
    const yj_table_pair *p = run->pair;
    run->keys_failed = YJ_OK;
    for (size_t k = 0; k < p->keys; k++) {
        const yj_cell *x = &run->a.cell[k], *y = &run->b.cell[k];
        int c;
        if (both_numbers(p, k, x, y)) {
            c = (x->i > y->i) - (x->i < y->i);
        } else {
            yj_buf_clear(&run->x);
            yj_buf_clear(&run->y);
            yj_cell_form(p->as[k], x, &run->x);
            yj_cell_form(p->as[k], y, &run->y);
            if (run->x.failed != YJ_OK || run->y.failed != YJ_OK)
                run->keys_failed = run->x.failed != YJ_OK ? run->x.failed : run->y.failed;
            c = compare_bytes(yj_buf_view(&run->x), yj_buf_view(&run->y));
        }
        if (c)
            return c;
    }
    return 0;
}

/* The form of a whole key, for the order: of each value its form with zero bytes marked, and an end below
 * any. */
static void key_form(const yj_table_pair *p, const yj_cell *cell, yj_buf *scratch, yj_buf *out)
{
    yj_buf_clear(out);
    for (size_t k = 0; k < p->keys; k++) {
        yj_buf_clear(scratch);
        yj_cell_form(p->as[k], &cell[k], scratch);
        for (size_t i = 0; i < scratch->len; i++)
            if (scratch->ptr[i] == '\0')
                yj_buf_add(out, "\0\1", 2);
            else
                yj_buf_char(out, scratch->ptr[i]);
        yj_buf_add(out, "\0\0", 2);
    }
}

/* Both sides' order is the engine's word. If it is not ours, rows would be called missing that are there: so
 * it is looked at, row by row. */
static yj_status check_order(yj_run *run, yj_side *s, yj_error *err)
{
    const yj_table_pair *p = run->pair;
    bool rises;
    if (p->keys == 1 && s->cell[0].kind == YJ_CELL_INT) {
        int64_t last = 0;
        bool number = s->before && s->before_int;
        if (number)
            memcpy(&last, s->other.ptr, sizeof last);
        rises = !s->before || !number || s->cell[0].i > last;
        yj_buf_clear(&s->other);
        yj_buf_add(&s->other, &s->cell[0].i, sizeof s->cell[0].i);
    } else {
        key_form(p, s->cell, &run->x, &s->form);
        rises =
            !s->before || s->before_int || compare_bytes(yj_buf_view(&s->form), yj_buf_view(&s->other)) > 0;
        yj_buf swap = s->form;
        s->form = s->other;
        s->other = swap;
    }
    s->before = true;
    s->before_int = p->keys == 1 && s->cell[0].kind == YJ_CELL_INT;
    YJ_TRY(yj_buf_status(&s->other, err));
    return rises ? YJ_OK
                 : yj_fail(err, YJ_E_INVALID,
                           "rows of table %s do not come in the order of their key: a key twice, or sorted "
                           "in another way than its values are read",
                           s->table->name);
}

static yj_status step(yj_run *run, yj_side *s, yj_error *err)
{
    YJ_TRY(yj_source_next(s->source, s->cell, &s->row, err));
    if (!s->row)
        return YJ_OK;
    s->count++;
    return check_order(run, s, err);
}

/* --- findings --------------------------------------------------------------------------------- */

static json_t *shown(const yj_cell *c)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, (size_t)8 * KEY_SHOWN);
    yj_cell_show(c, KEY_SHOWN, &b);
    return json_string(b.ptr ? b.ptr : "");
}

static yj_status tell_row(yj_run *run, const char *status, const yj_cell *cell, json_t *columns,
                          json_t *values, yj_error *err)
{
    const yj_table_pair *p = run->pair;
    json_t *key = json_array();
    for (size_t k = 0; k < p->keys; k++)
        json_array_append_new(key, shown(&cell[k]));
    json_t *v = json_pack("{s:s, s:o, s:o}", "status", status, "table", yj_dbc_text(p->a->name), "key", key);
    if (v && columns)
        json_object_set_new(v, "columns", columns);
    if (v && values)
        json_object_set_new(v, "values", values);
    return yj_dbc_found(run, v, err);
}

static yj_status tell_changed(yj_run *run, size_t first, yj_error *err)
{
    const yj_table_pair *p = run->pair;
    json_t *columns = json_array(), *values = run->o->values ? json_array() : NULL;
    for (size_t i = first; i < p->columns; i++) {
        if (yj_cell_equal(p->as[i], &run->a.cell[i], &run->b.cell[i], &run->x, &run->y))
            continue;
        json_array_append_new(columns, yj_dbc_text(p->a->column[p->a_column[i]].name));
        if (values)
            json_array_append_new(values, json_pack("[o,o]", shown(&run->a.cell[i]), shown(&run->b.cell[i])));
    }
    return tell_row(run, "changed", run->a.cell, columns, values, err);
}

/* --- merge ------------------------------------------------------------------------------------ */

static yj_status same_key(yj_run *run, yj_error *err)
{
    yj_table_pair *p = run->pair;
    size_t i = p->keys;
    while (i < p->columns && yj_cell_equal(p->as[i], &run->a.cell[i], &run->b.cell[i], &run->x, &run->y))
        i++;
    if (i == p->columns) {
        p->rows.matched++;
        return YJ_OK;
    }
    p->rows.changed++;
    return tell_changed(run, i, err);
}

static yj_status merge(yj_run *run, yj_error *err)
{
    yj_side *a = &run->a, *b = &run->b;
    yj_seven *n = &run->pair->rows;
    YJ_TRY(step(run, a, err));
    YJ_TRY(step(run, b, err));
    while (a->row || b->row) {
        int c = !a->row ? 1 : !b->row ? -1 : compare_keys(run);
        if (a->row && b->row && run->keys_failed != YJ_OK)
            return yj_fail(err, run->keys_failed, "a key is too long to be compared");
        n->expected += c <= 0;
        if (c < 0) {
            n->missing++;
            YJ_TRY(tell_row(run, "missing", a->cell, NULL, NULL, err));
        } else if (c > 0) {
            n->extra++;
            YJ_TRY(tell_row(run, "extra", b->cell, NULL, NULL, err));
        } else {
            YJ_TRY(same_key(run, err));
        }
        if (c <= 0)
            YJ_TRY(step(run, a, err));
        if (c >= 0)
            YJ_TRY(step(run, b, err));
        yj_dbc_went(run, c == 0 ? 2 : 1);
    }
    return YJ_OK;
}

yj_status yj_dbc_by_key(yj_run *run, const yj_key_range *r, yj_error *err)
{
    const yj_table_pair *p = run->pair;
    run->a.before = run->b.before = false;
    yj_status st =
        yj_source_start(run->a.source, p->a, p->a_column, p->columns, p->a_column, p->keys, r, err);
    if (st == YJ_OK)
        st = yj_source_start(run->b.source, p->b, p->b_column, p->columns, p->b_column, p->keys, r, err);
    if (st == YJ_OK)
        st = merge(run, err);
    yj_source_stop(run->a.source);
    yj_source_stop(run->b.source);
    return st;
}

/* --- all -------------------------------------------------------------------------------------- */

static bool by_ranges(const yj_run *run, const yj_table_pair *p)
{
    const yj_source *a = run->a.source, *b = run->b.source;
    if (a->engine != b->engine || !a->driver->digests || p->keys != 1 ||
        !a->driver->digests(p->a, p->a_column[0]) || !b->driver->digests(p->b, p->b_column[0]))
        return false;
    for (size_t i = 0; i < p->columns; i++)
        if (p->a->column[p->a_column[i]].type != p->b->column[p->b_column[i]].type)
            return false;
    return true;
}

/* A table that cannot be read to its end costs that table, not the run. */
static yj_status give_up(yj_run *run, const yj_error *why, yj_error *err)
{
    yj_table_pair *p = run->pair;
    p->why = *why;
    p->rows.unreadable++;
    yj_source_stop(run->a.source);
    yj_source_stop(run->b.source);
    YJ_TRY(run->a.source->driver->recover(run->a.source, err));
    YJ_TRY(run->b.source->driver->recover(run->b.source, err));
    return yj_dbc_found(run,
                        json_pack("{s:s, s:o, s:o}", "status", "unreadable", "table", yj_dbc_text(p->a->name),
                                  "reason", yj_dbc_text(why->msg)),
                        err);
}

static yj_status compare_table(yj_run *run, yj_table_pair *p, yj_error *err)
{
    yj_error why = { .code = YJ_OK };
    yj_arena *a = run->r->arena;
    run->pair = p;
    run->a.count = run->b.count = 0;
    run->a.table = p->a;
    run->b.table = p->b;
    run->a.cell = yj_arena_array(a, p->columns + 1, sizeof(yj_cell));
    run->b.cell = yj_arena_array(a, p->columns + 1, sizeof(yj_cell));
    YJ_TRY(yj_arena_status(a, err));
    if (p->columns == 0) { /* nothing in common: the schema's counters have said it */
        p->rows.skipped++;
        return YJ_OK;
    }
    p->way = p->keys == 0 ? YJ_WAY_ROWS : by_ranges(run, p) ? YJ_WAY_RANGES : YJ_WAY_KEY;
    yj_status st = p->way == YJ_WAY_ROWS     ? yj_dbc_as_set(run, &why)
                   : p->way == YJ_WAY_RANGES ? yj_dbc_by_ranges(run, &why)
                                             : yj_dbc_by_key(run, NULL, &why);
    run->r->fetched += run->a.count + run->b.count;
    if (st == YJ_E_NOMEM || (st != YJ_OK && st != YJ_E_IO && st != YJ_E_INVALID && st != YJ_E_LIMIT)) {
        *err = why;
        return st;
    }
    return st == YJ_OK ? YJ_OK : give_up(run, &why, err);
}

static void add_up(yj_dbc_result *r)
{
    for (size_t i = 0; i < r->pairs; i++) {
        const yj_seven *n = &r->pair[i].rows;
        r->rows.expected += n->expected;
        r->rows.matched += n->matched;
        r->rows.changed += n->changed;
        r->rows.missing += n->missing;
        r->rows.extra += n->extra;
        r->rows.unreadable += n->unreadable;
        r->rows.skipped += n->skipped;
        r->found += n->matched + n->changed + n->extra;
    }
}

static void run_done(yj_run *run)
{
    yj_buf *const bufs[] = { &run->a.form, &run->a.other, &run->b.form, &run->b.other, &run->x, &run->y };
    for (size_t i = 0; i < YJ_COUNT(bufs); i++)
        yj_buf_done(bufs[i]);
}

static void run_init(yj_run *run, yj_source *a, yj_source *b)
{
    yj_buf *const bufs[] = { &run->a.form, &run->a.other, &run->b.form, &run->b.other, &run->x, &run->y };
    for (size_t i = 0; i < YJ_COUNT(bufs); i++)
        yj_buf_init(bufs[i], YJ_FORM_BYTES_MAX);
    run->a.source = a;
    run->b.source = b;
    run->progress.since_ns = yj_monotonic_ns();
}

yj_status yj_dbc_compare(yj_source *a, yj_source *b, const yj_dbc_options *o, yj_dbc_result *ret,
                         yj_error *err)
{
    *ret = (yj_dbc_result){ .arena = yj_arena_new(ARENA_BYTES), .findings = json_array() };
    if (!ret->arena || !ret->findings)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (strcmp(a->name, b->name) == 0)
        return yj_fail(err, YJ_E_USAGE, "both are one database: it would only be compared with itself");
    yj_auto(run_done) yj_run run = { .o = o, .r = ret };
    run_init(&run, a, b);
    uint64_t before_a = a->bytes, before_b = b->bytes;
    YJ_TRY(yj_dbc_pair(&run, err));
    for (size_t i = 0; i < ret->pairs; i++)
        YJ_TRY(compare_table(&run, &ret->pair[i], err));
    add_up(ret);
    ret->bytes_a = a->bytes - before_a;
    ret->bytes_b = b->bytes - before_b;
    run.progress.total = run.progress.done;
    if (o->progress)
        o->progress(o->progress_self, &run.progress);
    if (ret->rows.unreadable == 0 && (ret->rows.expected == 0 || ret->found == 0))
        return yj_fail(err, YJ_E_INVALID, "database %s has no row in these tables: nothing would be proven",
                       ret->rows.expected == 0 ? a->name : b->name);
    return YJ_OK;
}

static bool seven_fine(const yj_seven *n)
{
    return n->changed + n->missing + n->extra + n->unreadable + n->skipped == 0;
}

bool yj_dbc_fine(const yj_dbc_result *r)
{
    return r->rows.expected > 0 && r->rows.expected == r->rows.matched && seven_fine(&r->rows) &&
           seven_fine(&r->schema);
}

void yj_dbc_done(yj_dbc_result *r)
{
    json_decref(r->findings);
    yj_arena_free(r->arena);
    *r = (yj_dbc_result){ .arena = NULL };
}
