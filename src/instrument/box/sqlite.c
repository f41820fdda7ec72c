// SPDX-License-Identifier: Apache-2.0
/* Databases of SQLite, within the walls: mapped privately, so that nothing of the file can change, and read
 * table by table. A log beside it is a file of its own, and is not read. */
#include "instrument/box/internal.h"
#include <sqlite3.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define BYTES_MAX ((uint64_t)600 << 20) /* of address space, of which the process has a gigabyte */

/* A cell, or a name, with nothing in it that would pass for the end of one. */
static void say_cell(yj_span s)
{
    yj_box_say_char('\t');
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        yj_box_say_char((unsigned char)c < 0x20 ? ' ' : c);
    }
}

static yj_box_fault say_rows(sqlite3_stmt *s)
{
    bool left_out = false;
    int columns = sqlite3_column_count(s), r;
    for (int i = 0; i < columns; i++)
        say_cell(yj_span_of(sqlite3_column_name(s, i)));
    yj_box_say_char('\n');
    while ((r = sqlite3_step(s)) == SQLITE_ROW) {
        for (int i = 0; i < columns; i++) {
            bool blob = sqlite3_column_type(s, i) == SQLITE_BLOB;
            const char *p = blob ? sqlite3_column_blob(s, i) : (const char *)sqlite3_column_text(s, i);
            yj_span cell = { p, p ? (size_t)sqlite3_column_bytes(s, i) : 0 };
            if (blob && (memchr(cell.ptr ? cell.ptr : "", '\0', cell.len) || !yj_utf8_valid(cell))) {
                left_out = true;
                cell.len = 0;
            }
            say_cell(cell);
        }
        yj_box_say_char('\n');
    }
    if (r == SQLITE_NOMEM)
        return YJ_BOX_MEMORY;
    return r != SQLITE_DONE ? YJ_BOX_DAMAGED : left_out ? YJ_BOX_BINARY : YJ_BOX_NONE;
}

static yj_box_fault say_table(sqlite3 *db, const char *name)
{
    sqlite3_stmt *s = NULL;
    char *sql = sqlite3_mprintf("SELECT * FROM main.\"%w\"", name);
    int r = sql ? sqlite3_prepare_v2(db, sql, -1, &s, NULL) : SQLITE_NOMEM;
    sqlite3_free(sql);
    if (r != SQLITE_OK || !sqlite3_stmt_readonly(s)) {
        sqlite3_finalize(s);
        yj_box_say_listed(r == SQLITE_NOMEM ? YJ_BOX_MEMORY : YJ_BOX_DAMAGED, yj_span_of(name));
        return YJ_BOX_NONE;
    }
    yj_box_say_begin(YJ_BOX_TABLE, yj_span_of(name));
    yj_box_say_end(say_rows(s));
    sqlite3_finalize(s);
    return YJ_BOX_NONE;
}

/* Tables in the order of their names; of a virtual one the rows lie in others, which are told. */
static yj_box_fault say_tables(sqlite3 *db)
{
    sqlite3_stmt *s = NULL;
    int r = sqlite3_prepare_v2(
        db,
        "SELECT name, sql LIKE 'CREATE VIRTUAL%' FROM main.sqlite_schema WHERE type = 'table' "
        "ORDER BY name",
        -1, &s, NULL);
    while (r == SQLITE_OK || r == SQLITE_ROW) {
        r = sqlite3_step(s);
        const char *name = r == SQLITE_ROW ? (const char *)sqlite3_column_text(s, 0) : NULL;
        if (name && sqlite3_column_int(s, 1))
            yj_box_say_listed(YJ_BOX_UNSUPPORTED, yj_span_of(name));
        else if (name)
            (void)say_table(db, name);
    }
    sqlite3_finalize(s);
    return r == SQLITE_DONE ? YJ_BOX_NONE : r == SQLITE_NOMEM ? YJ_BOX_MEMORY : YJ_BOX_DAMAGED;
}

static yj_box_fault open_mapped(sqlite3 *db, unsigned char *bytes, size_t n)
{
    if (n >= 20 &&
        bytes[18] == 2) /* written with a log: without it, as if there was none (file format, 1.3) */
        bytes[18] = bytes[19] = 1;
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 256 << 20);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    if (sqlite3_deserialize(db, "main", bytes, (sqlite3_int64)n, (sqlite3_int64)n,
                            SQLITE_DESERIALIZE_READONLY) != SQLITE_OK)
        return YJ_BOX_DAMAGED;
    return say_tables(db);
}

yj_box_fault yj_box_read_sqlite(int fd)
{
    struct stat st;
    sqlite3 *db = NULL;
    if (fstat(fd, &st) != 0 || st.st_size <= 0)
        return YJ_BOX_DAMAGED;
    if ((uint64_t)st.st_size > BYTES_MAX)
        return YJ_BOX_TOO_LARGE;
    size_t n = (size_t)st.st_size;
    unsigned char *bytes = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return YJ_BOX_MEMORY;
    yj_box_fault f = sqlite3_open(":memory:", &db) == SQLITE_OK ? open_mapped(db, bytes, n) : YJ_BOX_MEMORY;
    sqlite3_close_v2(db);
    munmap(bytes, n);
    return f;
}
