// SPDX-License-Identifier: Apache-2.0
/**
 * A database for one dump: made in a private folder, reachable in it alone, gone afterwards. For dumps of
 * PostgreSQL and of MySQL or MariaDB a server is started, with a socket in that folder and no TCP; a dump of
 * SQLite becomes a file there.
 *
 * A dump is a program: it may hold commands for the client and for the server's machine. So server and
 * clients run confined (base/confined.h), as user nobody if root starts them: they read the system's programs
 * and libraries, write to that folder, and have no network. Not confined: their time, the room in that
 * folder, sockets of other programs on the machine; and a program that a dump starts and that hides from the
 * server's end runs on, confined, until it ends. Without Landlock they read what their user reads.
 */
#ifndef YJ_INSTRUMENT_RESTORE_SCRATCH_H
#define YJ_INSTRUMENT_RESTORE_SCRATCH_H

#include "base/hash.h"
#include <limits.h>

typedef enum yj_dump_kind {
    YJ_DUMP_NONE,
    YJ_DUMP_PG_CUSTOM,    /* pg_dump -Fc */
    YJ_DUMP_PG_TAR,       /* pg_dump -Ft */
    YJ_DUMP_PG_PLAIN,     /* pg_dump, as SQL */
    YJ_DUMP_PG_DIRECTORY, /* pg_dump -Fd: a folder */
    YJ_DUMP_MYSQL,        /* mysqldump, mariadb-dump: SQL */
    YJ_DUMP_SQLITE_PLAIN, /* .dump: SQL */
    YJ_DUMP_SQLITE_FILE   /* the database itself */
} yj_dump_kind;

/** By the first bytes; of a folder by what lies in it. YJ_E_NOT_FOUND, YJ_E_IO */
yj_status yj_dump_guess(const char *path, yj_dump_kind *ret, yj_error *err) yj_nodiscard;
const char *yj_dump_name(yj_dump_kind k); /* "postgresql-custom" */

typedef struct yj_scratch yj_scratch;
/** Make and start one with room for that dump. YJ_E_MISSING (the database's programs), YJ_E_NOT_FOUND,
 * YJ_E_CONFLICT (an SQLite file with a log beside it), YJ_E_LIMIT (a folder of more than
 * YJ_DUMP_FILES_MAX files), YJ_E_FULL, YJ_E_IO, YJ_E_NOMEM */
yj_status yj_scratch_start(const char *path, yj_dump_kind kind, yj_scratch **ret, yj_error *err) yj_nodiscard;
#define YJ_DUMP_FILES_MAX 100000
/** Restore; once. Roles that a dump of PostgreSQL names are made as they are missed. @param ret_good false:
 * not without errors
 *  @param ret_file SHA-256 of the dump; of a folder that of its lines "digest, two spaces, name, line feed"
 * in the order of the names' bytes. YJ_E_IO, YJ_E_FULL, YJ_E_INVALID (it changed meanwhile; it makes several
 * databases) */
yj_status yj_scratch_restore(yj_scratch *s, bool *ret_good, yj_digest *ret_file, yj_error *err) yj_nodiscard;
/** For yj_source_open(), after the restoring. */
const char *yj_scratch_url(const yj_scratch *s);
/** For it too: a file of passwords that says there is none, whatever the environment holds; NULL: not needed.
 */
const char *yj_scratch_passwords(const yj_scratch *s);
/** Was it in memory alone? */
bool yj_scratch_in_memory(const yj_scratch *s);
/** What the client said last, for a person who asks: it may quote the dump. "" if nothing */
const char *yj_scratch_said(const yj_scratch *s);
void yj_scratch_end(yj_scratch *s);
YJ_DEFINE_CLEANUP(yj_scratch, yj_scratch_end)

#endif
