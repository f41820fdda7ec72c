// SPDX-License-Identifier: Apache-2.0
#include "job/place.h"

#include "base/file.h"
#include "instrument/verify/manifest.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* --- naming ----------------------------------------------------------------------------------- */

static yj_status no_memory(yj_error *err)
{
    return yj_fail(err, YJ_E_NOMEM, "out of memory");
}

/* ",a,b," of "a,b". */
static char *around(yj_span codes)
{
    char *s = NULL;
    if (codes.len == 0)
        return strdup("");
    return asprintf(&s, ",%.*s,", (int)codes.len, codes.ptr) < 0 ? NULL : s;
}

static bool good_codes(yj_span codes)
{
    bool empty = true; /* the code that is being read */
    for (size_t i = 0; i < codes.len; i++) {
        if (codes.ptr[i] == ',' && empty)
            return false;
        empty = codes.ptr[i] == ',';
    }
    return codes.len > 0 && !empty;
}

yj_status yj_places_add(yj_places *p, const char *text, yj_error *err)
{
    const char *equals = strchr(text, '=');
    size_t head = equals ? (size_t)(equals - text) : 0,
           len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_");
    yj_span codes = { text + len + 1, len < head ? head - len - 1 : 0 };
    bool named = len < head && text[len] == '@' && good_codes(codes);
    if (!equals || !equals[1] || len == 0 || len > YJ_PLACE_NAME_MAX || (len != head && !named))
        return yj_fail(err, YJ_E_USAGE,
                       "a place is NAME=FOLDER or NAME@INSTITUTION=FOLDER, the name of a-z, 0-9, - and _");
    for (size_t i = 0; i < p->count; i++)
        if (strlen(p->row[i].name) == len && memcmp(p->row[i].name, text, len) == 0)
            return yj_fail(err, YJ_E_USAGE, "place %s is named twice", p->row[i].name);
    if (p->count == YJ_PLACES_MAX)
        return yj_fail(err, YJ_E_USAGE, "more than %d places", YJ_PLACES_MAX);
    yj_place *x = &p->row[p->count];
    *x = (yj_place){ .path = strdup(equals + 1), .institutions = around(named ? codes : (yj_span){ "", 0 }) };
    p->count++;
    if (!x->path || !x->institutions)
        return no_memory(err);
    memcpy(x->name, text, len);
    x->name[len] = '\0';
    return YJ_OK;
}

void yj_places_done(yj_places *p)
{
    for (size_t i = 0; i < p->count; i++) {
        free(p->row[i].path);
        free(p->row[i].institutions);
    }
    p->count = 0;
}

/* Is `inner` the folder `outer` or below it? Both are real paths. */
static bool is_in(const char *inner, const char *outer)
{
    size_t n = strlen(outer);
    if (strcmp(outer, "/") == 0)
        return true;
    return strncmp(inner, outer, n) == 0 && (inner[n] == '/' || inner[n] == '\0');
}

static yj_status open_one(yj_place *x, const char *data, yj_error *err)
{
    char *real = realpath(x->path, NULL);
    if (!real || !yj_path_is_dir(real)) {
        free(real);
        return yj_fail(err, YJ_E_USAGE, "place %s: %s is no folder that can be read", x->name, x->path);
    }
    free(x->path);
    x->path = real;
    if (is_in(real, data) || is_in(data, real))
        return yj_fail(err, YJ_E_USAGE,
                       "place %s: the data folder and a place may not lie in one another; keys would be read",
                       x->name);
    return YJ_OK;
}

yj_status yj_places_open(yj_places *p, const char *data, yj_error *err)
{
    char *real = realpath(data, NULL);
    if (!real || stat(real, &p->data) != 0) {
        free(real);
        return yj_fail_sys(err, YJ_E_IO, "cannot open folder %s", data);
    }
    yj_status s = YJ_OK;
    for (size_t i = 0; i < p->count && s == YJ_OK; i++)
        s = open_one(&p->row[i], real, err);
    free(real);
    return s;
}

/* --- for whom --------------------------------------------------------------------------------- */

bool yj_place_is_for(const yj_place *p, const char *code, size_t institutions)
{
    size_t n = strlen(code);
    if (!p->institutions[0])
        return institutions == 1;
    if (n == 0 || strchr(code, ','))
        return false;
    for (const char *at = strstr(p->institutions, code); at; at = strstr(at + 1, code))
        if (at[-1] == ',' && at[n] == ',') /* a comma stands before the first, too */
            return true;
    return false;
}

yj_status yj_places_find(const yj_places *p, yj_engine *e, int64_t inst, const char *name,
                         const yj_place **ret, yj_error *err)
{
    yj_institution *all = NULL;
    size_t count = 0;
    const char *code = "";
    YJ_TRY(yj_institution_list(e, &all, &count, err));
    for (size_t i = 0; i < count; i++)
        if (all[i].inst == inst)
            code = all[i].code;
    *ret = NULL;
    for (size_t i = 0; p && code[0] && i < p->count; i++)
        if (strcmp(p->row[i].name, name) == 0 && yj_place_is_for(&p->row[i], code, count))
            *ret = &p->row[i];
    free(all);
    return *ret ? YJ_OK : yj_fail(err, YJ_E_INVALID, "there is no place %.40s for this institution", name);
}

/* --- going in --------------------------------------------------------------------------------- */

yj_status yj_place_check_below(const char *below, yj_error *err)
{
    if (!below[0] || (strlen(below) <= YJ_PLACE_BELOW_MAX && yj_path_below(yj_span_of(below))))
        return YJ_OK;
    return yj_fail(err, YJ_E_INVALID,
                   "a path below a place is relative, without . or .. or empty parts, of at most %zu bytes",
                   YJ_PLACE_BELOW_MAX);
}

void yj_spot_done(yj_spot *s)
{
    if (s->fd >= 0)
        close(s->fd);
    free(s->label);
    *s = (yj_spot){ .fd = -1 };
}

static yj_status cannot(const yj_spot *s, yj_error *err)
{
    if (errno == ELOOP || errno == ENOTDIR)
        return yj_fail(err, YJ_E_NOT_FOUND, "%s: a link or a file stands on the way, and is not followed",
                       s->label);
    return yj_fail_sys(err, errno == EACCES ? YJ_E_FORBIDDEN : yj_file_status(errno), "cannot open %s",
                       s->label);
}

/* Looked at before it is opened: opening a device may do something. What is there then is looked at again. */
static int open_last(int dir, const char *name)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return -1;
    if (S_ISLNK(st.st_mode)) {
        errno = ELOOP;
        return -1;
    }
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
        errno = EINVAL;
        return -1;
    }
    return openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

/* Part by part, each without links, so that what is exchanged meanwhile leads nowhere. Takes over `fd`. */
static int go_down(int fd, const char *below)
{
    char name[NAME_MAX + 1];
    while (fd >= 0 && below[0]) {
        size_t n = strcspn(below, "/");
        bool last = below[n] == '\0';
        int next = -1;
        if (n > NAME_MAX) {
            errno = ENAMETOOLONG;
        } else {
            memcpy(name, below, n);
            name[n] = '\0';
            next =
                last ? open_last(fd, name) : openat(fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        }
        int why = errno;
        close(fd);
        errno = why;
        fd = next;
        below += last ? n : n + 1;
    }
    return fd;
}

yj_status yj_place_enter(const yj_places *all, const yj_place *p, const char *below, yj_spot *ret,
                         yj_error *err)
{
    *ret = (yj_spot){ .fd = -1 };
    YJ_TRY(yj_place_check_below(below, err));
    if (asprintf(&ret->label, "%s:%s", p->name, below) < 0) {
        ret->label = NULL;
        return no_memory(err);
    }
    ret->fd = go_down(open(p->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), below);
    if (ret->fd < 0 || fstat(ret->fd, &ret->st) != 0)
        return cannot(ret, err);
    ret->folder = S_ISDIR(ret->st.st_mode);
    if (!ret->folder && !S_ISREG(ret->st.st_mode))
        return yj_fail(err, YJ_E_INVALID, "%s is neither a file nor a folder", ret->label);
    if (ret->st.st_dev == all->data.st_dev && ret->st.st_ino == all->data.st_ino)
        return yj_fail(err, YJ_E_FORBIDDEN, "folder %s is not to be looked into", ret->label);
    return YJ_OK;
}
