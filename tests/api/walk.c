// SPDX-License-Identifier: Apache-2.0
#include "walk.h"

#include <stdio.h>
#include <stdlib.h>

static const char *find(const walk_value *values, size_t count, yj_span name)
{
    for (size_t i = 0; i < count; i++)
        if (yj_span_is(name, values[i].name))
            return values[i].value;
    return NULL;
}

static const char *value_of(const yj_route *r, yj_span name, const walk_value *values, size_t count)
{
    if (yj_span_is(name, "id") && strstr(r->path, "/jobs/"))
        return find(values, count, YJ_SPAN("job"));
    if (yj_span_is(name, "id") && strstr(r->path, "/requirements/"))
        return "1-1";
    return find(values, count, name);
}

void walk_address(const yj_route *r, const char *inst, const walk_value *values, size_t count, char *ret,
                  size_t cap)
{
    size_t n = 0;
    for (const char *p = r->path; *p && n + 1 < cap;) {
        if (*p != '{') {
            ret[n++] = *p++;
            continue;
        }
        size_t len = strcspn(p + 1, ".}");
        yj_span name = { p + 1, len };
        const char *value = yj_span_is(name, "inst") ? inst : value_of(r, name, values, count);
        if (!value)
            fail_msg("%s: say in this test what {%.*s} may be", r->path, (int)len, p + 1);
        n += (size_t)snprintf(ret + n, cap - n, "%s", value);
        p = strchr(p, '}') + 1;
    }
    ret[n < cap ? n : cap - 1] = '\0';
    if (strstr(r->path, "/may") && !strstr(r->path, "/kinds") && !strstr(r->path, "/addressed"))
        snprintf(ret + n, cap - n, "?kind=item");
}

void walk_question(const yj_route *r, const char *inst, const walk_value *values, size_t count, char *ret,
                   size_t cap)
{
    walk_address(r, inst, values, count, ret, cap);
    size_t n = strlen(ret);
    const char *id = find(values, count, YJ_SPAN("id"));
    if (strstr(r->path, "{inst}/search"))
        snprintf(ret + n, cap - n, "?q=secret");
    else if (strstr(r->path, "{inst}/names"))
        snprintf(ret + n, cap - n, "?kind=item&ids=%s", id);
    else if (strstr(r->path, "{inst}/counts"))
        snprintf(ret + n, cap - n, "?by=state");
    else if (strstr(r->path, "{inst}/explain"))
        snprintf(ret + n, cap - n, "?requirement=1-1&subject=%s", id);
    else if (strstr(r->path, "/consistency"))
        snprintf(ret + n, cap - n, "?from=1&to=2");
}

bool walk_changes(const yj_route *r)
{
    return r->method != YJ_GET && r->method != YJ_HEAD;
}

const char *walk_body(const yj_route *r)
{
    return r->plan == YJ_BODY_NONE ? NULL : "{}";
}

uint64_t walk_entries(const world *w)
{
    yj_institution *list = NULL;
    size_t n = 0;
    uint64_t sum = 0;
    yj_error err = { 0 };
    yj_ok(yj_institution_list(w->engine, &list, &n, &err));
    for (size_t i = 0; i < n; i++)
        sum += list[i].size;
    free(list);
    return sum;
}

void walk_knows_nothing_of(const world *w, browser *b, const char *inst, const walk_value *values,
                           size_t count, const char *secret)
{
    for (size_t i = 0; i < yj_route_count; i++) {
        const yj_route *r = &yj_routes[i];
        char address[400], nowhere[400];
        if (r->who != YJ_FOR_MEMBER)
            continue;
        walk_question(r, inst, values, count, address, sizeof address);
        walk_question(r, "nope", values, count, nowhere, sizeof nowhere);
        answer a = visit(w, b, yj_method_name(r->method), address, walk_body(r));
        answer x = visit(w, b, yj_method_name(r->method), nowhere, walk_body(r));
        if (a.status != 404 || x.status != 404 || strstr(a.body, secret))
            fail_msg("%s %s: %d %s", yj_method_name(r->method), address, a.status, a.body);
        const char *one = json_at(a.json, "error.messages.en"), *two = json_at(x.json, "error.messages.en");
        size_t same = strlen("there is no institution ");
        if (r->method != YJ_HEAD && (strncmp(one, two, same) != 0 || strcmp(one + same, inst) != 0 ||
                                     strcmp(two + same, "nope") != 0))
            fail_msg("%s: \"%s\", of one that does not exist \"%s\"", address, one, two);
        answer_done(&x);
        answer_done(&a);
    }
}
