// SPDX-License-Identifier: Apache-2.0
/**
 * Values of tables, whatever engine they come from, and the one form in which two of them are compared. A
 * value has a kind, by which a driver hands it over, and is read as a type, on which the two columns agreed.
 * Equal forms are equal values; a value that cannot be read as the type keeps its own form, which equals no
 * form of one that can. docs/instruments.md lists what that makes equal.
 */
#ifndef YJ_INSTRUMENT_DATABASE_VALUE_H
#define YJ_INSTRUMENT_DATABASE_VALUE_H

#include "base/span.h"

typedef enum yj_cell_kind {
    YJ_CELL_NULL,
    YJ_CELL_INT,
    YJ_CELL_REAL,
    YJ_CELL_TEXT, /* UTF-8, or what the engine has in its place */
    YJ_CELL_BYTES,
} yj_cell_kind;

typedef struct yj_cell {
    yj_cell_kind kind;
    int64_t i;
    double r;
    const char *ptr; /* borrowed from the driver until it goes on to the next row */
    size_t len;
} yj_cell;

/* name, slug */
#define YJ_VALUE_LIST(X)                                                                                     \
    X(INT, "integer")                                                                                        \
    X(DECIMAL, "decimal")                                                                                    \
    X(SINGLE, "single")                                                                                      \
    X(DOUBLE, "double")                                                                                      \
    X(TEXT, "text")                                                                                          \
    X(PADDED, "padded-text") /* of fixed length: blanks at its end say nothing */                            \
    X(BYTES, "bytes")                                                                                        \
    X(BOOL, "boolean")                                                                                       \
    X(DATE, "date")                                                                                          \
    X(TIME, "time")                                                                                          \
    X(LOCAL, "timestamp")                                                                                    \
    X(INSTANT, "timestamp-with-zone")                                                                        \
    X(UUID, "uuid")                                                                                          \
    X(JSON, "json")                                                                                          \
    X(ANY, "any")     /* SQLite: each value has a type of its own */                                         \
    X(OTHER, "other") /* known to one engine only: its text, beside the same type of the same engine */

typedef enum yj_value_type {
#define X(name, slug) YJ_VALUE_##name,
    YJ_VALUE_LIST(X)
#undef X
        YJ_VALUE_COUNT_
} yj_value_type;

const char *yj_value_slug(yj_value_type t);

/** As what type columns of these two are compared. @param a_loose,b_loose the engine lets any value into any
 *  column (SQLite) @param ret_coercion slug of what the comparison passes over because they differ; NULL if
 *  nothing. @return false if they cannot be compared */
bool yj_value_pair(yj_value_type a, bool a_loose, yj_value_type b, bool b_loose, yj_value_type *ret,
                   const char **ret_coercion);

/** Add the form of a value to `out`: a letter that tells what it is, and bytes. For types that keys have (all
 * but SINGLE, DOUBLE, JSON) the order of the forms' bytes is the order of the values, as engines sort them by
 * number, by time, or by bytes. */
void yj_cell_form(yj_value_type t, const yj_cell *c, yj_buf *out);
/** Are they equal as values of that type? @param x,y scratch */
bool yj_cell_equal(yj_value_type t, const yj_cell *a, const yj_cell *b, yj_buf *x, yj_buf *y);
/** A value for people, UTF-8, at most `max` bytes and an ellipsis: only where values were asked for, and
 * keys. */
void yj_cell_show(const yj_cell *c, size_t max, yj_buf *out);

#endif
