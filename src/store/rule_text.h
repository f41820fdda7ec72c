// SPDX-License-Identifier: Apache-2.0
/**
 * The text of a rule: is it within the dialect of confine.h, which names occur in it, and what does it become
 * for an engine? A lexer, no parser: that the text is one SELECT is seen by the engine.
 */
#ifndef YJ_STORE_RULE_TEXT_H
#define YJ_STORE_RULE_TEXT_H

#include "base/span.h"

#define YJ_RULE_TEXT_MAX ((size_t)64 << 10)
#define YJ_RULE_DEPTH_MAX 64
#define YJ_RULE_NAMES_MAX 512

typedef struct yj_rule_names {
    char (*name)[64]; /* without doubles, in order of their first place */
    size_t count;
} yj_rule_names;

typedef struct yj_rule_text {
    yj_rule_names words;  /* every name that is no keyword */
    yj_rule_names ctes;   /* names given by WITH */
    yj_rule_names tables; /* names where a table stands: after FROM, JOIN and a comma there */
    yj_rule_names params; /* without the ':' */
} yj_rule_text;
void yj_rule_text_done(yj_rule_text *t);

/**
 * Check the text against the dialect and list its names. YJ_E_INVALID with field "line L column C";
 * YJ_E_LIMIT for a text that is too long, too deeply nested or holds too many names.
 * @param ret freed by yj_rule_text_done()
 */
yj_status yj_rule_text_read(yj_span sql, yj_rule_text *ret, yj_error *err) yj_nodiscard;
/** The same without the rules of the dialect: tests of the fences behind it need that. */
yj_status yj_rule_text_read_anything(yj_span sql, yj_rule_text *ret, yj_error *err) yj_nodiscard;

/** Write parameter number `n` (its place in yj_rule_text.params, from 0). */
typedef void (*yj_rule_param_fn)(void *ctx, size_t n, yj_buf *out);
/**
 * The text for an engine: parameters as `fn` writes them; with `casts` CAST(x AS INTEGER) becomes yj_int(x),
 * since PostgreSQL refuses where SQLite takes the leading digits.
 */
void yj_rule_text_write(yj_span sql, const yj_rule_text *t, yj_rule_param_fn fn, void *ctx, bool casts,
                        yj_buf *out);

bool yj_rule_names_have(const yj_rule_names *names, const char *name);
/** A function that rules may call, in small letters. */
bool yj_rule_function_allowed(const char *name);

#endif
