// SPDX-License-Identifier: Apache-2.0
/*
 * Lines of a head, and ways out of a folder, in every place of every route that takes a text: parts of the
 * path, parameters, headers. No answer has a header that was made so, and none of them is the server's fault.
 * What is not a text a client may send at all, the guard refuses (test_guard.c).
 */
#include "api_test.h"

#include "api/call.h"
#include <stdio.h>
#include <string.h>

/* With the institution and the kind there or not, so that what comes after them is reached. */
static void address_of(const yj_route *r, const char *inst, const char *value, char *ret, size_t cap)
{
    size_t n = 0;
    for (const char *p = r->path; *p && n + 1 < cap;) {
        if (*p != '{') {
            ret[n++] = *p++;
            continue;
        }
        bool is_inst = strncmp(p, "{inst}", 6) == 0;
        bool kind = strncmp(p, "{kind}", 6) == 0 && inst[0] == 'd';
        n += (size_t)snprintf(ret + n, cap - n, "%s", is_inst ? inst : kind ? "item" : value);
        p = strchr(p, '}') + 1;
    }
    ret[n < cap ? n : cap - 1] = '\0';
}

static void assert_unharmed(const yj_route *r, const char *address, answer *a, bool outside)
{
    if (answer_header(a, "X-Evil"))
        fail_msg("%s %s: %s", yj_method_name(r->method), address, a->head);
    for (const char *p = a->head; *p; p++)
        if ((*p == '\n' && (p == a->head || p[-1] != '\r')) || (*p == '\r' && p[1] != '\n'))
            fail_msg("%s %s: a line that ends otherwise: %s", yj_method_name(r->method), address, a->head);
    if (a->status >= 500)
        fail_msg("%s %s: %d %s", yj_method_name(r->method), address, a->status, a->body);
    if (outside && a->body && strstr(a->body, "root:"))
        fail_msg("%s %s: a file of the machine", yj_method_name(r->method), address);
}

static void ask(const world *w, const yj_route *r, const char *address, bool outside)
{
    answer a = call(w, yj_method_name(r->method), address,
                    "X-Request-Id: a%0d%0aX-Evil: evil\r\nAccept-Language: %0d%0aX-Evil: evil\r\n",
                    r->plan == YJ_BODY_NONE ? NULL : "{}");
    assert_unharmed(r, address, &a, outside);
    answer_done(&a);
}

static void walk(const world *w, const char *value, bool outside)
{
    size_t asked = 0;
    char address[2000], full[4000];
    for (size_t i = 0; i < yj_route_count; i++) {
        const yj_route *r = &yj_routes[i];
        if (strstr(r->path, "/feed"))
            continue; /* it does not end, and takes nothing */
        address_of(r, value, value, address, sizeof address);
        ask(w, r, address, outside);
        address_of(r, "demo", value, address, sizeof address);
        ask(w, r, address, outside);
        asked += 2;
        for (const yj_param *p = r->params; p && p->name; p++, asked++) {
            snprintf(full, sizeof full, "%s?%s=%s", address, p->name, value);
            ask(w, r, full, outside);
        }
    }
    assert_true(asked > 300);
}

static void heads__are_of_the_server_alone(void **state)
{
    walk(*state, "a%0d%0aX-Evil:%20evil", false);
    walk(*state, "a%0aX-Evil:%20evil", false);
    walk(*state, "a%E5%98%8A%E5%98%8DX-Evil:evil", false); /* which some make line ends of */
}

static void files__are_those_of_the_server(void **state)
{
    walk(*state, "..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd", true);
    walk(*state, "%2e%2e%2f%2e%2e%2fetc%2fpasswd", true);
    walk(*state, "..%5c..%5cetc%5cpasswd", true);
    walk(*state, "%2fetc%2fpasswd", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads__are_of_the_server_alone),
        cmocka_unit_test(files__are_those_of_the_server),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}
