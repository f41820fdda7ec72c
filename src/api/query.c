// SPDX-License-Identifier: Apache-2.0
/* The query of a request, as its route declares it. */
#include "api/dispatch.h"
#include "api/param.h"
#include "base/time.h"
#include <string.h>

static yj_status take_param(yj_call *c, const yj_param *p, size_t at, const char *value, yj_error *err)
{
    yj_span v = yj_span_of(value);
    int64_t n;
    bool good = true;
    switch (p->type) {
    case YJ_P_TEXT:
        break;
    case YJ_P_AS_OF:
        good = v.len > 0;
        break;
    case YJ_P_INT:
        good = yj_span_i64(v, &n) && n >= p->min && n <= p->max;
        break;
    case YJ_P_BOOL:
        good = yj_span_is(v, "true") || yj_span_is(v, "false");
        break;
    case YJ_P_DATE:
        good = yj_date_valid(v);
        break;
    case YJ_P_CHOICE: {
        const char *found = v.len && !memchr(v.ptr, ' ', v.len) ? strstr(p->choices, value) : NULL;
        good = false;
        for (; found && !good; found = strstr(found + 1, value))
            good = (found == p->choices || found[-1] == ' ') && (found[v.len] == ' ' || found[v.len] == '\0');
        break;
    }
    case YJ_P_FILTER: {
        yj_span field, rest;
        yj_param_op op;
        if (!yj_filter_split(v, &field, &op, &rest)) {
            yj_fail(err, YJ_E_INVALID, "a filter is written field:op:value, op one of eq ne lt le gt ge has");
            return yj_error_at(err, "%s", p->name);
        }
        if (c->filter_count == YJ_FILTERS_MAX) {
            yj_fail(err, YJ_E_INVALID, "more than %d filters", YJ_FILTERS_MAX);
            return yj_error_at(err, "%s", p->name);
        }
        c->filter[c->filter_count++] = value;
        return YJ_OK;
    }
    }
    if (!good) {
        if (p->type == YJ_P_INT)
            yj_fail(err, YJ_E_INVALID, "parameter %s must be a whole number from %lld to %lld", p->name,
                    (long long)p->min, (long long)p->max);
        else if (p->type == YJ_P_BOOL)
            yj_fail(err, YJ_E_INVALID, "parameter %s must be true or false", p->name);
        else if (p->type == YJ_P_CHOICE)
            yj_fail(err, YJ_E_INVALID, "parameter %s must be one of: %s", p->name, p->choices);
        else
            yj_fail(err, YJ_E_INVALID, "parameter %s must be a date that exists, as 2026-03-31", p->name);
        return yj_error_at(err, "%s", p->name);
    }
    if (c->param[at]) {
        yj_fail(err, YJ_E_INVALID, "parameter %s is given twice", p->name);
        return yj_error_at(err, "%s", p->name);
    }
    c->param[at] = value;
    return YJ_OK;
}

const char *yj_call_decoded(yj_call *c, yj_span raw, bool plus)
{
    yj_span s;
    if (raw.len > YJ_PARAM_BYTES_MAX || !yj_pct_decode(raw, plus, c->rq->arena, &s))
        return NULL;
    return yj_arena_strndup(c->rq->arena, s.ptr, s.len);
}

yj_status yj_call_query(yj_call *c, yj_span query, yj_error *err)
{
    yj_span key, value;
    while (yj_query_next(&query, &key, &value)) {
        const char *name = yj_call_decoded(c, key, true), *v = yj_call_decoded(c, value, true);
        if (!name || !v)
            return yj_fail(err, YJ_E_INVALID,
                           "the query is not percent-encoded UTF-8, or a value is longer than %zu bytes",
                           YJ_PARAM_BYTES_MAX);
        const yj_param *p = c->route->params;
        while (p && p->name && strcmp(p->name, name) != 0)
            p++;
        if (!p || !p->name) {
            yj_fail(err, YJ_E_INVALID, "there is no parameter %.64s here", name);
            return yj_error_at(err, "%.64s", name);
        }
        YJ_TRY(take_param(c, p, (size_t)(p - c->route->params), v, err));
    }
    return YJ_OK;
}
