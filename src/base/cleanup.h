// SPDX-License-Identifier: Apache-2.0
/**
 * Scope lifetimes. The only compiler extensions the project uses (cleanup attribute, statement expression)
 * live here.
 *
 * Three lifetimes exist: process (tables, configuration), request or job (arena), scope (yj_auto).
 */
#ifndef YJ_BASE_CLEANUP_H
#define YJ_BASE_CLEANUP_H

#include <stddef.h>

/** Run `fn(&variable)` when the variable leaves its scope. Initialise the variable to NULL. */
#define yj_auto(fn) __attribute__((cleanup(fn)))

/** Define `fn##p`, the form yj_auto() takes, for a destructor `void fn(type *)`. */
#define YJ_DEFINE_CLEANUP(type, fn)                                                                          \
    static inline void fn##p(type **p)                                                                       \
    {                                                                                                        \
        if (*p)                                                                                              \
            fn(*p);                                                                                          \
    }

/** Hand over what an owner variable holds and leave NULL behind. */
#define yj_take(p)                                                                                           \
    __extension__({                                                                                          \
        __typeof__(p) yj_take_ = (p);                                                                        \
        (p) = NULL;                                                                                          \
        yj_take_;                                                                                            \
    })

/** Say that a failure does not matter here (gcc takes no cast to void for it). */
#define yj_ignore(e)                                                                                         \
    do {                                                                                                     \
        if (e) {                                                                                             \
        }                                                                                                    \
    } while (0)

#define yj_nodiscard __attribute__((warn_unused_result))
#define yj_printf(f, a) __attribute__((format(printf, f, a)))
#define YJ_COUNT(a) (sizeof(a) / sizeof((a)[0]))

#endif
