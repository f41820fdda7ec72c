// SPDX-License-Identifier: Apache-2.0
#include "nomem.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

static atomic_long left = -1; /* allocations that still succeed; -1: all */
static atomic_bool on_and_on; /* every one after the first that failed, too */
static atomic_bool hit;

static bool refuse(void)
{
    if (atomic_load(&left) < 0)
        return false;
    long n = atomic_fetch_sub(&left, 1);
    if (n > 0)
        return false;
    atomic_store(&hit, true);
    atomic_store(&left, atomic_load(&on_and_on) ? 0 : -1);
    return true;
}

void *__wrap_malloc(size_t n)
{
    return refuse() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return refuse() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return refuse() ? NULL : __real_realloc(p, n);
}

char *__wrap_strdup(const char *s)
{
    return refuse() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n)
{
    return refuse() ? NULL : __real_strndup(s, n);
}

/* --- SQLite --------------------------------------------------------------------------------------------- */

static void *sqlite_malloc(int n)
{
    return __wrap_malloc((size_t)n);
}

static void *sqlite_realloc(void *p, int n)
{
    return __wrap_realloc(p, (size_t)n);
}

static int sqlite_size(void *p)
{
    return p ? (int)malloc_usable_size(p) : 0;
}

static int sqlite_roundup(int n)
{
    return (n + 7) & ~7;
}

static int sqlite_init(void *unused)
{
    (void)unused;
    return SQLITE_OK;
}

static void sqlite_end(void *unused)
{
    (void)unused;
}

void yj_nomem_start(bool sqlite_too)
{
    static const sqlite3_mem_methods methods = { sqlite_malloc,  free,        sqlite_realloc, sqlite_size,
                                                 sqlite_roundup, sqlite_init, sqlite_end,     NULL };
    if (sqlite_too && (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK ||
                       sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK))
        abort();
}

/* --- torture -------------------------------------------------------------------------------------------- */

static bool once(const yj_torture *t, long n, bool all, bool told)
{
    yj_error err = { 0 };
    yj_memory_begin();
    atomic_store(&hit, false);
    atomic_store(&on_and_on, all);
    atomic_store(&left, n);
    yj_status s = t->run(t->arg, &err);
    atomic_store(&left, -1);
    bool failed = atomic_load(&hit);
    yj_memory_begin();
    if (s != YJ_OK && (!failed || s != YJ_E_NOMEM))
        fail_msg("%s, allocation %ld%s: %s: %s %s", t->name, n, all ? " and all after it" : "",
                 yj_status_slug(s), err.field, err.msg);
    if (s == YJ_OK && failed && told)
        fail_msg("%s, allocation %ld%s: nobody was told", t->name, n, all ? " and all after it" : "");
    if (s != YJ_OK)
        assert_int_equal(err.code, s);
    if (s != YJ_OK && told)
        assert_true(strcmp(err.msg, "out of memory") == 0 ||
                    strcmp(err.msg, "the store is out of memory") == 0);
    if (t->check)
        t->check(t->arg, s);
    return failed;
}

static void run(const yj_torture *t, bool told)
{
    for (int all = 0; all < 2; all++) {
        long n = 0;
        while (once(t, n, all, told))
            n += t->step && n >= 200 ? t->step : 1;
        if (n < t->at_least)
            fail_msg("%s: only %ld allocations", t->name, n);
        if (!all)
            print_message("# %s: %ld allocations\n", t->name, n);
    }
}

void yj_torture_run(const yj_torture *t)
{
    run(t, false);
}

void yj_torture_run_told(const yj_torture *t)
{
    run(t, true);
}
