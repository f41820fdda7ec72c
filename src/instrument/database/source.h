// SPDX-License-Identifier: Apache-2.0
/**
 * A database whose rows are read: PostgreSQL, MySQL or MariaDB, SQLite. Everything is read in one snapshot
 * that begins when it is opened, and nothing can be written. Rows are streamed: no more than one row, and
 * what the library holds of the connection, is in memory. One thread.
 */
#ifndef YJ_INSTRUMENT_DATABASE_SOURCE_H
#define YJ_INSTRUMENT_DATABASE_SOURCE_H

#include "base/arena.h"
#include "base/hash.h"
#include "instrument/database/url.h"
#include "instrument/database/value.h"

#define YJ_SOURCE_TABLES_MAX 10000
#define YJ_SOURCE_COLUMNS_MAX 1600 /* of a table: what PostgreSQL has at most */
#define YJ_SOURCE_DIGEST_LEN 32
#define YJ_SOURCE_KEY_TEXT_MAX 64

typedef struct yj_db_column {
    const char *name;
    const char *declared; /* the type as the engine calls it */
    yj_value_type type;
    unsigned key; /* its place in the primary key, from 1; 0: none */
} yj_db_column;

typedef struct yj_db_table {
    const char *name; /* "table", or "schema.table" outside PostgreSQL's schema public */
    const char *sql;  /* the same, quoted for its engine */
    yj_db_column *column;
    size_t columns;
    unsigned keys;    /* columns in the primary key */
    int64_t estimate; /* of rows, for the progress; may be far off */
} yj_db_table;

/* Rows of which a digest is made, or which are fetched: behind `after` (NULL: from the first) up to `until`
 * (NULL: to the last), by the only key column. */
typedef struct yj_key_range {
    const char *after, *until;
} yj_key_range;

typedef struct yj_range_digest {
    int64_t rows;                          /* -1: the engine could make no digest of them */
    char last[YJ_SOURCE_KEY_TEXT_MAX + 1]; /* key of the last row; "" without one */
    uint8_t digest[YJ_SOURCE_DIGEST_LEN];
} yj_range_digest;

/* Rows that are read to be looked at: values only to a length, and not all rows. */
typedef struct yj_head {
    unsigned chars;   /* of a text; the rest does not come over */
    unsigned percent; /* of the rows, drawn by the seed; 0: all */
    uint32_t seed;
    bool pages; /* draw pages, where the engine can: quick, but rows of one page come together */
} yj_head;

typedef struct yj_source yj_source;
typedef struct yj_sql_answer yj_sql_answer;

/* What a driver does; called through the functions below. */
typedef struct yj_source_driver {
    yj_status (*open)(yj_source *s, const yj_db_url *url, const char *password_file, yj_error *err);
    void (*close)(yj_source *s);
    yj_status (*tables)(yj_source *s, yj_error *err);
    /* How a column stands in a list of columns, and in an order; quoted. */
    void (*column)(const yj_db_column *c, yj_buf *sql);
    void (*order)(const yj_db_column *c, yj_buf *sql);
    yj_status (*start)(yj_source *s, const yj_db_table *t, const size_t *column, size_t columns, yj_span sql,
                       yj_error *err);
    yj_status (*next)(yj_source *s, yj_cell *cell, bool *ret_row, yj_error *err);
    void (*stop)(yj_source *s);
    yj_status (*question)(yj_source *s, const char *sql, yj_sql_answer *ret, yj_error *err);
    /* Make the connection usable again after a failure. */
    yj_status (*recover)(yj_source *s, yj_error *err);
    /* No statement may take longer; the snapshot begins anew. NULL: the engine has no such limit. */
    yj_status (*limit)(yj_source *s, unsigned seconds, yj_error *err);
    /* The beginning of a column's text; and what stands behind the table's name to draw rows, NULL: it
     * cannot, all rows come. */
    void (*head)(const yj_db_column *c, unsigned chars, yj_buf *sql);
    void (*sample)(const yj_head *h, yj_buf *sql);
    /* Digests of ranges; NULL: the engine makes none. */
    bool (*digests)(const yj_db_table *t, size_t key);
    void (*bound)(const yj_db_column *c, const char *op, const char *value, yj_buf *sql);
    yj_status (*ask)(yj_source *s, const yj_db_table *t, const size_t *column, size_t columns, size_t key,
                     const yj_key_range *r, int64_t limit, yj_error *err);
    yj_status (*answer)(yj_source *s, yj_range_digest *ret, yj_error *err);
} yj_source_driver;
extern const yj_source_driver yj_source_sqlite, yj_source_postgres, yj_source_mysql;

struct yj_source {
    const yj_source_driver *driver;
    yj_db_kind engine;
    yj_arena *arena;     /* names, tables */
    const char *name;    /* the URL without what is secret, complete enough to tell databases apart */
    const char *version; /* of the engine */
    yj_db_table *table;  /* sorted by the bytes of their names */
    size_t tables;
    uint64_t bytes; /* received: rows and digests, without the protocol's own */
    void *own;      /* the driver's */
    bool ranged;    /* a range is read, not all */
    const yj_db_table *reading;
    const size_t *reading_column;
    size_t reading_columns;
};

/** Open, and read the list of tables with their columns. @param password_file NULL, or lines
 *  "host:port:database:user:password" as in PostgreSQL's password file. YJ_E_INVALID, YJ_E_NOT_FOUND, YJ_E_IO
 * (no connection, the server's own words), YJ_E_LIMIT, YJ_E_NOMEM. */
yj_status yj_source_open(const char *url, const char *password_file, yj_source **ret,
                         yj_error *err) yj_nodiscard;
void yj_source_close(yj_source *s);
YJ_DEFINE_CLEANUP(yj_source, yj_source_close)

/* What a question came back with. */
struct yj_sql_answer {
    int64_t rows;
    size_t columns;
    bool null;    /* the first value is, or there is none */
    yj_buf first; /* the first value's text, up to YJ_SQL_FIRST_MAX bytes */
    yj_hasher *h; /* of all values in their order: NULL is '-', others their length, ':', and bytes; a row
                     ends in a line feed */
};
#define YJ_SQL_ROWS_MAX 1000000
#define YJ_SQL_FIRST_MAX 4096

/** Ask one question in SQL, which must not write. @param ret initialised by the caller: first, and h begun.
 * YJ_E_IO (what the engine says), YJ_E_LIMIT */
yj_status yj_source_ask(yj_source *s, const char *sql, yj_sql_answer *ret, yj_error *err) yj_nodiscard;
/** For drivers: the next value. @param ptr NULL for NULL */
void yj_sql_answer_value(yj_sql_answer *a, const char *ptr, size_t len);
yj_status yj_sql_answer_row(yj_sql_answer *a, yj_error *err) yj_nodiscard;

/** Begin to read columns of a table. @param order places of key columns; rows come in their order @param r
 * NULL: all. The arrays are borrowed until the end. */
yj_status yj_source_start(yj_source *s, const yj_db_table *t, const size_t *column, size_t columns,
                          const size_t *order, size_t orders, const yj_key_range *r,
                          yj_error *err) yj_nodiscard;
/** The next row into `cell`, as many as there are columns; *ret_row false at the end. */
static inline yj_status yj_source_next(yj_source *s, yj_cell *cell, bool *ret_row, yj_error *err)
{
    return s->driver->next(s, cell, ret_row, err);
}
void yj_source_stop(yj_source *s);
/** The same for the beginning of values and a share of the rows, in no order. */
yj_status yj_source_start_head(yj_source *s, const yj_db_table *t, const size_t *column, size_t columns,
                               const yj_head *h, yj_error *err) yj_nodiscard;

#endif
