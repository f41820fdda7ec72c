// SPDX-License-Identifier: Apache-2.0
/**
 * The YAML of packs: one document, a tree of scalars, lists and mappings with line numbers. No anchors,
 * aliases, tags, directives or duplicate keys. Nothing is typed here: a scalar keeps its text, and the field
 * that reads it decides what it is; only null is told from a quoted text.
 */
#ifndef YJ_PACK_YAML_H
#define YJ_PACK_YAML_H

#include "base/arena.h"

#define YJ_YAML_DEPTH_MAX 16
#define YJ_YAML_NODES_MAX 200000

typedef enum yj_yaml_type { YJ_YAML_SCALAR, YJ_YAML_LIST, YJ_YAML_MAP } yj_yaml_type;

typedef struct yj_yaml yj_yaml;
struct yj_yaml {
    yj_yaml_type type;
    int line;             /* from 1 */
    bool plain;           /* a scalar with neither quotes nor block form */
    const char *text;     /* scalars; valid UTF-8 without control characters but tab and line feed */
    const yj_yaml *items; /* lists: the items; mappings: the values, in the order written */
    const char *const *keys;
    const int *key_lines;
    size_t count;
};

/**
 * @param text  at most max_bytes, else YJ_E_LIMIT
 * @param ret_line  the line of a fault, 0 if unknown; err->field says "line L column C" as well
 * @return YJ_E_INVALID for anything that is refused, an empty document included
 */
yj_status yj_yaml_parse(yj_arena *a, yj_span text, size_t max_bytes, const yj_yaml **ret, int *ret_line,
                        yj_error *err) yj_nodiscard;

/** A plain scalar that is empty, "~" or "null". */
bool yj_yaml_is_null(const yj_yaml *n);
/** The value of a key of a mapping; NULL if it is absent. */
const yj_yaml *yj_yaml_get(const yj_yaml *map, const char *key);

#endif
