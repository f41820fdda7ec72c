// SPDX-License-Identifier: Apache-2.0
/**
 * What lies in a folder: every name below it, sorted by the bytes of its path. Links are never followed,
 * neither in the walk nor when a file is opened later, so nothing outside the folder is read. What cannot be
 * read is an item with its reason, never left out in silence.
 */
#ifndef YJ_INSTRUMENT_VERIFY_TREE_H
#define YJ_INSTRUMENT_VERIFY_TREE_H

#include "base/arena.h"
#include "instrument/verify/sum.h"
#include <sys/stat.h>

#define YJ_TREE_DEPTH_MAX 128
#define YJ_TREE_PATH_MAX 4096 /* bytes, without the NUL */
#define YJ_TREE_ITEMS_MAX 20000000
#define YJ_TREE_ARENA_BYTES ((size_t)8 << 30) /* of names; grows as needed */

/* Why something is not matched, with the slug for programs; the text for people stands where it is printed.
 */
#define YJ_WHY_LIST(X)                                                                                       \
    X(NONE, "")                                                                                              \
    X(LINK, "link")       /* a symbolic link where none can be compared; not followed */                     \
    X(SPECIAL, "special") /* a pipe, socket or device; not read */                                           \
    X(SYSTEM, "system")   /* the system's error says it */                                                   \
    X(DEEP, "deep")       /* folders are nested too deeply */                                                \
    X(LONG, "long")       /* its path is too long */                                                         \
    X(MOVING, "moving")   /* it changed while it was read */                                                 \
    X(HIDDEN, "hidden")   /* below a folder that cannot be read on the other side */                         \
    X(KIND, "kind")       /* a file here, a folder or link there */                                          \
    X(SIZE, "size")                                                                                          \
    X(CONTENT, "content")                                                                                    \
    X(TARGET, "target")       /* the link leads elsewhere */                                                 \
    X(ENCRYPTED, "encrypted") /* the key does not fit, or it is damaged */                                   \
    X(DAMAGED, "damaged")     /* of a file in an archive: cut off, or packed in an unknown way */            \
    X(OUTSIDE, "outside")     /* likewise: its path leads out of the folder */                               \
    X(TWICE, "twice")         /* likewise: the archive names it more than once */                            \
    X(LIMIT, "limit")         /* over a limit of size, memory or time */                                     \
    X(FAILED, "failed")       /* its reader did what no reader does */

typedef enum yj_why {
#define X(name, slug) YJ_WHY_##name,
    YJ_WHY_LIST(X)
#undef X
        YJ_WHY_COUNT_
} yj_why;

typedef enum yj_item_kind {
    YJ_ITEM_FILE,
    YJ_ITEM_FOLDER,
    YJ_ITEM_LINK,
    YJ_ITEM_SPECIAL,
    YJ_ITEM_UNREADABLE /* neither stat nor listing was possible; `why` says why */
} yj_item_kind;

typedef enum yj_item_state {
    YJ_STATE_NONE, /* not judged, or a folder whose contents stand for it */
    YJ_STATE_MATCHED,
    YJ_STATE_CHANGED,
    YJ_STATE_MISSING,
    YJ_STATE_EXTRA,
    YJ_STATE_UNREADABLE,
    YJ_STATE_SKIPPED,
    YJ_STATE_COUNT_
} yj_item_state;

typedef struct yj_item {
    const char *path;   /* below the folder, components divided by '/'; any bytes but NUL */
    const char *target; /* of a link, or of what was moved: where it is now; else NULL */
    int64_t size;       /* of a file; -1 if not known */
    yj_sum sum;
    uint8_t kind, state, why;
    bool has_sum, empty; /* empty: a folder with nothing in it */
    int sys_errno;       /* with YJ_WHY_SYSTEM */
} yj_item;

typedef struct yj_tree {
    yj_arena *arena;
    yj_item *item;
    size_t count, cap;
    int root_fd; /* -1 if there is no folder behind it: a manifest */
    dev_t dev;
    ino_t ino;
} yj_tree;

/** An empty tree that only holds items. YJ_E_NOMEM */
yj_status yj_tree_init(yj_tree *ret, yj_error *err) yj_nodiscard;
typedef struct yj_walk_options {
    const struct stat *leave_out; /* a file of that device and number is not listed: the list itself */
    const struct stat *keep_out;  /* a folder of that device and number is not entered, and is unreadable */
    yj_status (*go_on)(void *self, yj_error *err); /* asked now and then; what it returns ends the walk */
    void *go_on_self;
    size_t names_max; /* 0: YJ_TREE_ITEMS_MAX; more are YJ_E_LIMIT */
} yj_walk_options;    /* each may be NULL */

/** Walk a folder. YJ_E_NOT_FOUND, YJ_E_IO (not a folder), YJ_E_FORBIDDEN (it is the one to keep out of),
 * YJ_E_LIMIT, YJ_E_NOMEM, what `go_on` returns. Whatever happens *ret may be ended. */
yj_status yj_tree_walk(const char *root, const yj_walk_options *o, yj_tree *ret, yj_error *err) yj_nodiscard;
/** The same for a folder that is open already (O_PATH is enough); `fd` stays the caller's. @param name only
 * in errors */
yj_status yj_tree_walk_at(int fd, const char *name, const yj_walk_options *o, yj_tree *ret,
                          yj_error *err) yj_nodiscard;
void yj_tree_done(yj_tree *t);
/** The new item, its path copied; NULL over a limit. */
yj_item *yj_tree_add(yj_tree *t, yj_span path);
void yj_tree_sort(yj_tree *t);

/** Opens files of one tree, one after another; keeps the folder of the last one open. One thread. */
typedef struct yj_opener {
    const yj_tree *tree;
    int dir_fd;
    size_t dir_len;
    char dir[YJ_TREE_PATH_MAX + 1];
} yj_opener;
void yj_opener_init(yj_opener *o, const yj_tree *t);
void yj_opener_done(yj_opener *o);
/** A descriptor for reading, or -1 with errno. Only a regular file, reached through folders only.
 *  @param ret_st what it is, as the descriptor has it; may be NULL */
int yj_opener_open(yj_opener *o, const char *path, struct stat *ret_st);

#endif
