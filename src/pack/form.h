// SPDX-License-Identifier: Apache-2.0
/**
 * Reading the fields of a pack's files: every reader complains by itself, with file, line and field, and
 * returns NULL or false; the caller goes on with the next field, so that one run shows many faults.
 */
#ifndef YJ_PACK_FORM_H
#define YJ_PACK_FORM_H

#include "pack/catalog.h"
#include "pack/yaml.h"

#define YJ_FORM_NAMES_MAX 2000 /* items of a list of names */
#define YJ_NAME_MAX 41         /* [a-z][a-z0-9_]{0,40} */

/** Where complaints go. The first is kept even when there is no room for rows. */
typedef struct yj_complaints {
    yj_complaint *rows;
    size_t max, count;
    bool any;
    yj_complaint first;
} yj_complaints;

/** The place in a file that is being read. */
typedef struct yj_form {
    yj_complaints *to;
    yj_arena *arena; /* for texts that stay */
    char file[160];  /* folder and path, for messages */
    char path[96];   /* field that encloses those being read */
} yj_form;

void yj_form_open(yj_form *f, yj_complaints *to, yj_arena *arena, const char *folder, const char *path);
/** Enter a field; give what it returns to yj_form_out. */
size_t yj_form_in(yj_form *f, const char *key);
void yj_form_out(yj_form *f, size_t mark);

/** Note a complaint at `line` about `key` (NULL: the enclosing field) with the words of `e`. The same words
 *  at the same place are noted once. */
void yj_complain_as(yj_form *f, int line, const char *key, const yj_error *e);
/** The same with a format as in yj_fail(): the Chinese is looked up by the English literal. */
#define yj_complain(f, line, key, ...)                                                                       \
    do {                                                                                                     \
        yj_error yj_e_ = { .code = YJ_OK };                                                                  \
        (void)yj_fail(&yj_e_, YJ_E_INVALID, __VA_ARGS__);                                                    \
        yj_complain_as((f), (line), (key), &yj_e_);                                                          \
    } while (0)
/** What a load returns at its end: YJ_OK, or YJ_E_INVALID with the first complaint in err. */
yj_status yj_complaints_status(const yj_complaints *c, yj_error *err) yj_nodiscard;

/** Is it [a-z][a-z0-9_]{0,40}? */
bool yj_name_valid(const char *s);
/** Is it a word that SQLite or PostgreSQL keeps for itself (so that a rule could not write it bare)? */
bool yj_sql_reserved(const char *s);
/** Order of clause numbers and requirement ids: runs of digits by value, the rest by bytes; total. */
int yj_natural_compare(const char *a, const char *b);

/** Is the node a mapping with no other keys than `keys` (ended by NULL)? Complains about each other key. */
bool yj_form_keys(yj_form *f, const yj_yaml *map, const char *const *keys);
/** The value of a key if it is there and of the type; null counts as absent. */
const yj_yaml *yj_form_get(yj_form *f, const yj_yaml *map, const char *key, yj_yaml_type type, bool required);
/** One line of text, not empty, at most `max` code points. Copied. */
const char *yj_form_line(yj_form *f, const yj_yaml *map, const char *key, bool required, size_t max);
/** A name as yj_name_valid() wants it. Copied. */
const char *yj_form_name(yj_form *f, const yj_yaml *map, const char *key, bool required);
bool yj_form_i64(yj_form *f, const yj_yaml *map, const char *key, bool required, int64_t min, int64_t max,
                 int64_t *ret);
bool yj_form_bool(yj_form *f, const yj_yaml *map, const char *key, bool *ret);
/** A list of names, or (one_ok) a single one; no doubles. Items are nodes, so that lines are known. */
bool yj_form_names(yj_form *f, const yj_yaml *map, const char *key, bool required, bool one_ok,
                   const yj_yaml **ret_items, size_t *ret_count);

/** {zh, en}: both there, not empty, at most `max` code points each; one line each unless `lines`. */
typedef struct yj_pair_rule {
    size_t max;
    bool lines;
} yj_pair_rule;
#define YJ_PAIR_LABEL ((yj_pair_rule){ .max = 120 })
#define YJ_PAIR_TITLE ((yj_pair_rule){ .max = 300 })
#define YJ_PAIR_TEXT ((yj_pair_rule){ .max = 20000, .lines = true })
bool yj_form_pair(yj_form *f, const yj_yaml *map, const char *key, bool required, yj_pair_rule rule,
                  yj_text *ret);
/** The same for a node already at hand; `key` names it. */
bool yj_form_pair_of(yj_form *f, const yj_yaml *node, const char *key, yj_pair_rule rule, yj_text *ret);
/** Arrays that grow in an arena. */
typedef struct yj_vec {
    void *items;
    size_t count, cap;
} yj_vec;
void *yj_vec_push(yj_arena *a, yj_vec *v, size_t size);
#define yj_vec_add(a, v, type) ((type *)yj_vec_push((a), (v), sizeof(type)))
#define yj_vec_at(v, type, i) (&((type *)(v)->items)[i])

#endif
