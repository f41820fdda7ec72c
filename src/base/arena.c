// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"
#include "base/memory.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

/* gcc 12 lacks __has_feature and says __SANITIZE_ADDRESS__; clang has the former only. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#define RED_ZONE ((size_t)32)
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#define RED_ZONE ((size_t)0)
#endif

#define ALIGN ((size_t)16)
#define FIRST_BLOCK_BYTES ((size_t)8 << 10)
#define GROWN_BLOCK_BYTES ((size_t)1 << 20)

typedef struct block {
    struct block *next; /* older */
    size_t cap, used;
    _Alignas(16) unsigned char data[];
} block;

struct yj_arena {
    block *first, *current; /* current is the head of the list that ends with first */
    size_t max, spent;      /* spent counts pieces, without red zones */
    size_t next_block_bytes;
    yj_status failed;
    unsigned char *scratch; /* reserved address space; costs memory only once the arena has failed */
    size_t scratch_used;
};

static block *block_new(size_t cap)
{
    size_t bytes;
    if (__builtin_add_overflow(sizeof(block), cap, &bytes))
        return NULL;
    block *b = malloc(bytes);
    if (!b)
        return NULL;
    b->next = NULL;
    b->cap = cap;
    b->used = 0;
    POISON(b->data, cap);
    return b;
}

static void block_free(block *b)
{
    UNPOISON(b->data, b->cap);
    free(b);
}

yj_arena *yj_arena_new(size_t max_bytes)
{
    yj_arena *a = calloc(1, sizeof *a);
    block *b = block_new(FIRST_BLOCK_BYTES);
    void *scratch = mmap(NULL, YJ_ARENA_SCRATCH_BYTES, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (!a || !b || scratch == MAP_FAILED) {
        free(a);
        if (b)
            block_free(b);
        if (scratch != MAP_FAILED)
            munmap(scratch, YJ_ARENA_SCRATCH_BYTES);
        return NULL;
    }
    a->first = a->current = b;
    a->max = max_bytes;
    a->next_block_bytes = 2 * FIRST_BLOCK_BYTES;
    a->scratch = scratch;
    return a;
}

static void drop_grown_blocks(yj_arena *a)
{
    while (a->current != a->first) {
        block *b = a->current;
        a->current = b->next;
        block_free(b);
    }
}

void yj_arena_free(yj_arena *a)
{
    if (!a)
        return;
    drop_grown_blocks(a);
    block_free(a->first);
    munmap(a->scratch, YJ_ARENA_SCRATCH_BYTES);
    free(a);
}

void yj_arena_reset(yj_arena *a)
{
    drop_grown_blocks(a);
    a->first->used = 0;
    POISON(a->first->data, a->first->cap);
    a->spent = 0;
    a->next_block_bytes = 2 * FIRST_BLOCK_BYTES;
    if (a->failed != YJ_OK)
        madvise(a->scratch, YJ_ARENA_SCRATCH_BYTES, MADV_DONTNEED);
    a->scratch_used = 0;
    a->failed = YJ_OK;
}

/* The arena has failed: what is written now is never read for a result, but must not run into anything. */
static void *scratch_piece(yj_arena *a, size_t size, yj_status why)
{
    if (a->failed == YJ_OK)
        a->failed = why;
    if (why == YJ_E_NOMEM)
        yj_memory_ran_out();
    if (size > YJ_ARENA_SCRATCH_BYTES) {
        fprintf(stderr, "yunjian: a piece of %zu bytes was asked of a failed arena of %zu bytes\n", size,
                a->max);
        abort();
    }
    if (size > YJ_ARENA_SCRATCH_BYTES - a->scratch_used)
        a->scratch_used = 0;
    unsigned char *p = a->scratch + a->scratch_used;
    a->scratch_used += (size + ALIGN - 1) / ALIGN * ALIGN;
    return memset(p, 0, size);
}

static void *block_piece(block *b, size_t size, size_t taken)
{
    unsigned char *p = b->data + b->used;
    b->used += taken;
    UNPOISON(p, size);
    return memset(p, 0, size);
}

void *yj_arena_alloc(yj_arena *a, size_t size)
{
    assert(a);
    if (size == 0)
        size = 1;
    size_t rounded, taken, spent;
    if (a->failed != YJ_OK || __builtin_add_overflow(size, ALIGN - 1, &rounded) ||
        __builtin_add_overflow(a->spent, rounded & ~(ALIGN - 1), &spent) || spent > a->max ||
        __builtin_add_overflow(rounded & ~(ALIGN - 1), RED_ZONE, &taken))
        return scratch_piece(a, size, YJ_E_LIMIT);

    block *b = a->current;
    if (taken > b->cap - b->used) {
        bool own = taken > a->next_block_bytes / 2; /* a large piece gets a block of its size */
        block *made = block_new(own ? taken : a->next_block_bytes);
        if (!made)
            return scratch_piece(a, size, YJ_E_NOMEM);
        if (own && b != a->first) { /* the open block stays in use */
            made->next = b->next;
            b->next = made;
        } else {
            made->next = b;
            a->current = made;
        }
        if (!own && a->next_block_bytes < GROWN_BLOCK_BYTES)
            a->next_block_bytes *= 2;
        b = made;
    }
    a->spent = spent;
    return block_piece(b, size, taken);
}

void *yj_arena_array(yj_arena *a, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        bytes = SIZE_MAX; /* over every limit */
    return yj_arena_alloc(a, bytes);
}

char *yj_arena_strdup(yj_arena *a, const char *cstr)
{
    return cstr ? yj_arena_strndup(a, cstr, strlen(cstr)) : NULL;
}

char *yj_arena_strndup(yj_arena *a, const char *p, size_t len)
{
    assert(len < SIZE_MAX);
    char *s = yj_arena_alloc(a, len + 1);
    if (len)
        memcpy(s, p, len);
    return s;
}

char *yj_arena_fmt(yj_arena *a, const char *fmt, ...)
{
    assert(a &&
           fmt); /* the latter also for gcc, which under UBSan takes a check of its own for a NULL format */
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    assert(n >= 0);
    char *s = yj_arena_alloc(a, (size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    return s;
}

yj_status yj_arena_status(const yj_arena *a, yj_error *err)
{
    if (a->failed == YJ_OK)
        return YJ_OK;
    if (a->failed == YJ_E_NOMEM)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    return yj_fail(err, a->failed, "the work needs more than its limit of %zu bytes of memory", a->max);
}
