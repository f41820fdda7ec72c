// SPDX-License-Identifier: Apache-2.0
/**
 * Where a database is:
 *     postgresql://[USER@]HOST[:PORT]/DATABASE[?libpq's parameters]     handed to libpq
 *     mysql://[USER@]HOST[:PORT]/DATABASE[?tls=off|on|verify&ca=FILE&socket=PATH]     also mariadb://
 *     sqlite:PATH, or a path
 * A URL with a password is refused: command lines are read by others.
 */
#ifndef YJ_INSTRUMENT_DATABASE_URL_H
#define YJ_INSTRUMENT_DATABASE_URL_H

#include "base/arena.h"

typedef enum yj_db_kind { YJ_DB_SQLITE, YJ_DB_POSTGRES, YJ_DB_MYSQL } yj_db_kind;
typedef enum yj_db_tls { YJ_DB_TLS_OFF, YJ_DB_TLS_ON, YJ_DB_TLS_VERIFY } yj_db_tls;
#define YJ_DB_URL_MAX 2000

typedef struct yj_db_url {
    yj_db_kind engine;
    const char *whole;                                /* PostgreSQL: as given */
    const char *path;                                 /* SQLite */
    const char *user, *host, *database, *socket, *ca; /* MySQL; NULL where not given */
    unsigned port;                                    /* MySQL */
    yj_db_tls tls; /* MySQL: off on this machine, verified elsewhere, unless said */
} yj_db_url;

/** @param a owns what *ret points to. YJ_E_USAGE (a password in it, an unknown parameter, no such form),
 * YJ_E_LIMIT */
yj_status yj_db_url_parse(const char *text, yj_arena *a, yj_db_url *ret, yj_error *err) yj_nodiscard;
/** "postgresql", "mysql", "sqlite". */
const char *yj_db_kind_name(yj_db_kind e);

/** The password in lines "host:port:database:user:password", where * stands for any and a backslash takes the
 *  next character as it is. The first line that fits. @param ret cleared first; the caller wipes it. False if
 * none */
bool yj_password_find(yj_span lines, const char *const field[static 4], yj_buf *ret);

#endif
