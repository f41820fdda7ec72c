// SPDX-License-Identifier: Apache-2.0
#include "api/inspect.h"

#include "base/json.h"
#include "record/read.h"
#include "record/reading.h"
#include <assert.h>
#include <stdio.h>

#define KIND_BYTES 64

bool yj_inspect_let_in(yj_call *c, int64_t inst)
{
    bool reads = c->rq->method == YJ_GET || c->rq->method == YJ_HEAD;
    c->inspected = reads && c->route->reads ? yj_caller_inspects(c->who, inst) : NULL;
    return c->inspected != NULL;
}

/* --- what is told ----------------------------------------------------------------------------- */

static yj_reading reading_of(const yj_inspected *x, const char *kind, const char *const *items, size_t count)
{
    return (yj_reading){
        .inst = x->inst, .party = x->party, .person = x->person, .kind = kind, .items = items, .count = count
    };
}

static yj_status set_down(const yj_call *c, const char *kind, const char *const *items, size_t count,
                          yj_error *err)
{
    const yj_reading r = reading_of(c->inspected, kind, items, count);
    return yj_reading_note(c->server->engine, &r, 1, err);
}

/* {id} may be a key. */
static yj_status note_record(yj_call *c, yj_error *err)
{
    const yj_kind *k = NULL;
    int64_t inst = 0;
    char id[YJ_UUID_LEN + 1];
    const char *item = yj_call_segment(c, "id");
    YJ_TRY(yj_call_kind(c, &k, &inst, err));
    if (!yj_uuid_valid(yj_span_of(item))) {
        YJ_TRY(yj_call_db(c, err));
        YJ_TRY(yj_record_find(c->db, c->catalog, inst, k, item, id, err));
        item = id;
    }
    yj_call_db_done(c);
    return set_down(c, k->name, &item, 1, err);
}

/* A list without anything in it tells that there is none. */
static yj_status note_items(yj_call *c, const yj_reply *rp, yj_error *err)
{
    const char *list = "list";
    const char *of = yj_route_segment(c->route, "kind") >= 0 ? yj_call_segment(c, "kind") : NULL;
    yj_auto(yj_json_freep) json_t *o = NULL;
    YJ_TRY(yj_json_parse(yj_buf_view(&rp->body), YJ_REPLY_BYTES_MAX, &o, err));
    const json_t *items = json_object_get(o, "items");
    size_t count = json_array_size(items);
    yj_reading *r = yj_arena_array(c->rq->arena, count + 1, sizeof *r);
    const char **ids = yj_arena_array(c->rq->arena, count + 1, sizeof *ids);
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    for (size_t i = 0; i < count; i++) {
        const json_t *x = json_array_get(items, i);
        const char *kind = of ? of : json_string_value(json_object_get(x, "kind"));
        ids[i] = json_string_value(json_object_get(x, "id"));
        assert(kind && ids[i]);
        r[i] = reading_of(c->inspected, kind, &ids[i], 1);
    }
    yj_call_db_done(c);
    return count ? yj_reading_note(c->server->engine, r, count, err)
                 : set_down(c, of ? of : "search", &list, 1, err);
}

/* What was asked for, as far as it says of what: "verdicts?requirement=6.1-2". */
static const char *asked(yj_call *c, const char *what)
{
    static const char *const telling[] = { "requirement", "subject", "unit", "clause", "proof", "status",
                                           "record",      "op",      "by",   "until",  "as_of" };
    static const char *const segments[] = { "id", "seq" };
    yj_arena *a = c->rq->arena;
    for (size_t i = 0; i < YJ_COUNT(segments); i++)
        if (yj_route_segment(c->route, segments[i]) >= 0)
            what = yj_arena_fmt(a, "%s/%s", what, yj_call_segment(c, segments[i]));
    char mark = '?';
    for (const yj_param *p = c->route->params; p->name; p++) {
        bool tells = false;
        for (size_t i = 0; i < YJ_COUNT(telling); i++)
            tells |= strcmp(p->name, telling[i]) == 0;
        const char *v = tells ? yj_call_param(c, p->name) : NULL;
        if (!v)
            continue;
        what = yj_arena_fmt(a, "%s%c%s=%s", what, mark, p->name, v);
        mark = '&';
    }
    return what;
}

/* "verdict/standing", or "/counts" of the kind in the address. */
static yj_status note_page(yj_call *c, yj_error *err)
{
    const char *as = c->route->read_as, *slash = strchr(as, '/');
    char kind[KIND_BYTES];
    if (slash == as)
        snprintf(kind, sizeof kind, "%s", yj_call_segment(c, "kind"));
    else
        snprintf(kind, sizeof kind, "%.*s", (int)(slash - as), as);
    const char *item = asked(c, slash + 1);
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    yj_call_db_done(c);
    return set_down(c, kind, &item, 1, err);
}

yj_status yj_inspect_note(yj_call *c, const yj_reply *rp, yj_error *err)
{
    switch (c->route->reads) {
    case YJ_READS_RECORD:
        return note_record(c, err);
    case YJ_READS_ITEMS:
        return note_items(c, rp, err);
    case YJ_READS_PAGE:
        return note_page(c, err);
    case YJ_READS_FILE:
        yj_call_db_done(c);
        return set_down(c, "evidence", &c->inspected_file, 1, err);
    case YJ_READS_KNOWN:
    case YJ_READS_NOTHING:
        break;
    }
    return YJ_OK;
}

yj_status yj_inspect_note_each(yj_call *c, int64_t party, const char *person, const int64_t *insts,
                               size_t count, const char *kind, const char *item, yj_error *err)
{
    yj_call_db_done(c);
    yj_reading *r = yj_arena_array(c->rq->arena, count + 1, sizeof *r);
    size_t n = 0;
    YJ_TRY(yj_arena_status(c->rq->arena, err));
    for (size_t i = 0; i < count; i++) {
        const yj_inspected x = { .inst = insts[i], .party = party, .person = person };
        r[n++] = reading_of(&x, kind, &item, 1);
    }
    return yj_reading_note(c->server->engine, r, n, err);
}
