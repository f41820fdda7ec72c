// SPDX-License-Identifier: Apache-2.0
/**
 * Memory of one request or job: allocated piece by piece, freed at once, capped. Under AddressSanitizer every
 * piece is followed by a poisoned red zone, so that overruns inside the arena are seen.
 */
#ifndef YJ_BASE_ARENA_H
#define YJ_BASE_ARENA_H

#include "base/span.h"

/* Largest piece that a failed arena still hands out. */
#define YJ_ARENA_SCRATCH_BYTES ((size_t)16 << 20)

typedef struct yj_arena yj_arena;

/** @param max_bytes limit on what may be allocated in all. Returns NULL when out of memory. */
yj_arena *yj_arena_new(size_t max_bytes);
void yj_arena_free(yj_arena *a);
YJ_DEFINE_CLEANUP(yj_arena, yj_arena_free)
/** Forget every piece, keep the first block. */
void yj_arena_reset(yj_arena *a);

/** Zeroed, 16-byte aligned, never NULL: over the limit or out of memory the arena turns failed and hands out
 *  pieces of a scratch block only while `size` fits it, else aborts the process with a message. Callers check
 *  yj_arena_status() at the end of a unit of work; loops over foreign input check it inside. */
void *yj_arena_alloc(yj_arena *a, size_t size) __attribute__((alloc_size(2), returns_nonnull));
void *yj_arena_array(yj_arena *a, size_t count, size_t size)
    __attribute__((alloc_size(2, 3), returns_nonnull));
char *yj_arena_strdup(yj_arena *a, const char *cstr);           /* NULL for NULL */
char *yj_arena_strndup(yj_arena *a, const char *p, size_t len); /* adds a NUL */
char *yj_arena_fmt(yj_arena *a, const char *fmt, ...) yj_printf(2, 3);
yj_status yj_arena_status(const yj_arena *a, yj_error *err) yj_nodiscard;

#define yj_arena_new_of(a, type) ((type *)yj_arena_alloc((a), sizeof(type)))

#endif
