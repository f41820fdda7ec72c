// SPDX-License-Identifier: Apache-2.0
#include "instrument/database/url.h"
#include <strings.h>

static const char *const names[] = { "sqlite", "postgresql", "mysql" };

const char *yj_db_kind_name(yj_db_kind e)
{
    return names[e];
}

static yj_status fail_form(yj_error *err)
{
    return yj_fail(
        err, YJ_E_USAGE,
        "a database is sqlite:FILE, postgresql://USER@HOST/DATABASE or mysql://USER@HOST/DATABASE");
}

static yj_status fail_password(yj_error *err)
{
    return yj_fail(err, YJ_E_USAGE,
                   "no password in a URL: others read command lines; take PGPASSWORD, MYSQL_PWD or "
                   "--password-file");
}

/* Split at the first of a character: `s` keeps what is before it. False if it is not there. */
static bool cut(yj_span *s, char at, yj_span *ret_rest)
{
    const char *p = s->len ? memchr(s->ptr, at, s->len) : NULL;
    if (!p)
        return false;
    *ret_rest = (yj_span){ p + 1, s->len - (size_t)(p - s->ptr) - 1 };
    s->len = (size_t)(p - s->ptr);
    return true;
}

/* "%41" is "A". */
static bool decode(yj_arena *a, yj_span s, const char **ret)
{
    char *out = yj_arena_alloc(a, s.len + 1);
    size_t n = 0, len;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t byte = (uint8_t)s.ptr[i];
        if (s.ptr[i] == '%') {
            if (s.len - i < 3 || !yj_hex_decode((yj_span){ s.ptr + i + 1, 2 }, &byte, 1, &len))
                return false;
            i += 2;
        }
        if (byte == '\0')
            return false;
        out[n++] = (char)byte;
    }
    out[n] = '\0';
    *ret = out;
    return true;
}

static yj_status mysql_parameter(yj_arena *a, yj_span name, yj_span value, yj_db_url *u, bool *tls,
                                 yj_error *err)
{
    static const char *const modes[] = { "off", "on", "verify" };
    bool fine = true;
    if (yj_span_is(name, "password"))
        return fail_password(err);
    if (yj_span_is(name, "tls")) {
        fine = false;
        for (size_t i = 0; i < YJ_COUNT(modes); i++)
            if (yj_span_is(value, modes[i])) {
                u->tls = (yj_db_tls)i;
                fine = *tls = true;
            }
    } else if (yj_span_is(name, "ca")) {
        fine = decode(a, value, &u->ca);
    } else if (yj_span_is(name, "socket")) {
        fine = decode(a, value, &u->socket);
    } else {
        fine = false;
    }
    return fine
               ? YJ_OK
               : yj_fail(err, YJ_E_USAGE, "a mysql URL takes tls=off, on or verify, ca=FILE and socket=PATH");
}

static bool is_local(const yj_db_url *u)
{
    bool loopback = strncmp(u->host, "127.", 4) == 0 && u->host[strspn(u->host, "0123456789.")] == '\0';
    return u->socket || strcmp(u->host, "localhost") == 0 || loopback || strcmp(u->host, "::1") == 0;
}

static yj_status mysql_place(yj_span s, yj_arena *a, yj_db_url *u, yj_error *err)
{
    yj_span database = { NULL, 0 }, port = { NULL, 0 }, password;
    int64_t n = 3306;
    if (!cut(&s, '/', &database) || database.len == 0 || !decode(a, database, &u->database))
        return fail_form(err);
    yj_span user = s, host = s;
    if (cut(&user, '@', &host)) {
        if (cut(&user, ':', &password))
            return fail_password(err);
        if (!decode(a, user, &u->user))
            return fail_form(err);
    } else {
        host = s;
    }
    bool six = host.len > 0 && host.ptr[0] == '[';
    yj_span rest = host;
    if (six) {
        host = (yj_span){ host.ptr + 1, host.len - 1 };
        if (!cut(&host, ']', &rest) || (rest.len > 0 && rest.ptr[0] != ':'))
            return fail_form(err);
        port = rest.len > 0 ? (yj_span){ rest.ptr + 1, rest.len - 1 } : port;
    } else {
        yj_ignore(cut(&host, ':', &port));
    }
    if (host.len == 0 || !decode(a, host, &u->host) ||
        (port.ptr && (!yj_span_i64(port, &n) || n < 1 || n > 65535)))
        return fail_form(err);
    u->port = (unsigned)n;
    return YJ_OK;
}

static yj_status parse_mysql(yj_span s, yj_arena *a, yj_db_url *u, yj_error *err)
{
    yj_span query = { NULL, 0 };
    bool tls = false;
    yj_ignore(cut(&s, '?', &query));
    YJ_TRY(mysql_place(s, a, u, err));
    while (query.len > 0) {
        yj_span one = query, value = { "", 0 };
        query.len = cut(&one, '&', &query) ? query.len : 0;
        yj_ignore(cut(&one, '=', &value));
        YJ_TRY(mysql_parameter(a, one, value, u, &tls, err));
    }
    if (!tls)
        u->tls = is_local(u) ? YJ_DB_TLS_OFF : YJ_DB_TLS_VERIFY;
    return YJ_OK;
}

static bool begins(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

yj_status yj_db_url_parse(const char *text, yj_arena *a, yj_db_url *ret, yj_error *err)
{
    yj_db_url u = { .engine = YJ_DB_SQLITE };
    if (strlen(text) > YJ_DB_URL_MAX)
        return yj_fail(err, YJ_E_LIMIT, "the URL of a database is longer than %d bytes", YJ_DB_URL_MAX);
    if (begins(text, "postgresql://") || begins(text, "postgres://")) {
        u.engine = YJ_DB_POSTGRES;
        u.whole = yj_arena_strdup(a, text);
    } else if (begins(text, "mysql://") || begins(text, "mariadb://")) {
        u.engine = YJ_DB_MYSQL;
        YJ_TRY(parse_mysql(yj_span_of(strstr(text, "://") + 3), a, &u, err));
    } else {
        const char *path = begins(text, "sqlite:") ? text + 7 : text;
        if (!path[0] || strstr(path, "://"))
            return fail_form(err);
        u.path = yj_arena_strdup(a, path);
    }
    *ret = u;
    return yj_arena_status(a, err);
}

/* --- files of passwords ----------------------------------------------------------------------- */

/* One field up to ':' or the end, its backslashes undone. */
static yj_span take_field(const char **at, const char *end, bool last, yj_buf *out)
{
    yj_buf_clear(out);
    for (; *at < end && (last || **at != ':'); (*at)++) {
        if (**at == '\\' && *at + 1 < end)
            (*at)++;
        yj_buf_char(out, **at);
    }
    if (*at < end)
        (*at)++;
    return yj_buf_view(out);
}

bool yj_password_find(yj_span lines, const char *const field[static 4], yj_buf *ret)
{
    const char *at = lines.ptr, *all = lines.ptr + lines.len;
    while (at && at < all) {
        const char *end = memchr(at, '\n', (size_t)(all - at));
        const char *next = end ? end + 1 : all;
        end = end ? end : all;
        if (end > at && end[-1] == '\r')
            end--;
        bool fits = *at != '#';
        for (size_t i = 0; i < 4 && fits; i++) {
            bool star = at < end && *at == '*';
            yj_span f = take_field(&at, end, false, ret);
            fits = (star && f.len == 1) || yj_span_is(f, field[i] ? field[i] : "");
        }
        if (fits && at <= end) {
            yj_ignore(take_field(&at, end, true, ret).len == 0);
            return true;
        }
        at = next;
    }
    yj_buf_clear(ret);
    return false;
}
