// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"
#include "job/medium_open.h"

#include "base/file.h"
#include "base/json.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static_assert(YJ_MEDIA_OWN == YJ_TARGET_OWN_MAX, "both end at the same");

#define CONFIG_BYTES_MAX ((size_t)1 << 20)

yj_status yj_media_add(yj_media *m, const char *text, yj_error *err)
{
    yj_error why = { 0 };
    yj_status s = yj_places_add(&m->named, text, &why);
    if (s != YJ_E_USAGE) {
        if (s != YJ_OK && err)
            *err = why;
        return s;
    }
    return yj_fail(
        err, YJ_E_USAGE,
        "a medium is NAME=DEVICE, NAME=FILE or NAME@INSTITUTION=DEVICE, the name of a-z, 0-9, - and _, "
        "each once and at most %d",
        YJ_PLACES_MAX);
}

static void forget_own(yj_media *m)
{
    for (size_t i = 0; i < YJ_MEDIA_OWN; i++) {
        free(m->own[i]);
        m->own[i] = NULL;
    }
}

void yj_media_done(yj_media *m)
{
    yj_places_done(&m->named);
    forget_own(m);
}

/* --- at the start ----------------------------------------------------------------------------- */

static yj_status no_memory(yj_error *err)
{
    return yj_fail(err, YJ_E_NOMEM, "out of memory");
}

/* The data folder, and the store where it is a file elsewhere, with those beside it. */
static yj_status find_own(yj_media *m, const char *data, yj_error *err)
{
    static const char *const beside[] = { "", "-wal", "-journal" };
    char path[YJ_TARGET_PATH_MAX];
    yj_auto(yj_buf_done) yj_buf text;
    yj_auto(yj_json_freep) json_t *v = NULL;
    yj_buf_init(&text, CONFIG_BYTES_MAX);
    m->own[0] = strdup(data);
    if (!m->own[0])
        return no_memory(err);
    if (snprintf(path, sizeof path, "%s/yunjian.json", data) >= (int)sizeof path)
        return yj_fail(err, YJ_E_INVALID, "a path is longer than %d bytes", (int)sizeof path - 1);
    YJ_TRY(yj_file_read(path, CONFIG_BYTES_MAX, &text, err));
    YJ_TRY(yj_json_parse(yj_buf_view(&text), CONFIG_BYTES_MAX, &v, err));
    const char *store = json_string_value(json_object_get(v, "store"));
    if (!store || strncmp(store, "sqlite:", 7) != 0)
        return YJ_OK;
    for (size_t i = 0; i < YJ_COUNT(beside); i++)
        if (asprintf(&m->own[i + 1], "%s%s", store + 7, beside[i]) < 0) {
            m->own[i + 1] = NULL;
            return no_memory(err);
        }
    return YJ_OK;
}

/* The folder's real path and the last part as it was given: a link there stays one, and is not followed. */
static yj_status make_absolute(yj_place *x, yj_error *err)
{
    char *slash = strrchr(x->path, '/'), *whole = NULL;
    const char *last = slash ? slash + 1 : x->path;
    if (slash)
        *slash = '\0';
    char *folder = realpath(slash ? (slash == x->path ? "/" : x->path) : ".", NULL);
    if (slash)
        *slash = '/';
    bool good = last[0] && strcmp(last, ".") != 0 && strcmp(last, "..") != 0;
    if (!folder || !good) {
        free(folder);
        return yj_fail(err, YJ_E_USAGE, "medium %s: there is no folder in which %s could lie", x->name,
                       x->path);
    }
    int n = asprintf(&whole, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, last);
    free(folder);
    if (n < 0)
        return no_memory(err);
    free(x->path);
    x->path = whole;
    return YJ_OK;
}

static bool is_below(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    return strncmp(path, folder, n) == 0 && path[n] == '/';
}

static yj_status look_at(yj_place *x, const char *data, yj_error *err)
{
    struct stat st;
    YJ_TRY(make_absolute(x, err));
    if (is_below(x->path, data))
        return yj_fail(err, YJ_E_USAGE, "medium %s lies in the data folder", x->name);
    if (lstat(x->path, &st) != 0 || S_ISREG(st.st_mode) || S_ISBLK(st.st_mode))
        return YJ_OK; /* what is not there may be put in; it is looked at in full whenever it is opened */
    return yj_fail(err, YJ_E_USAGE, "medium %s: %s is neither a file nor a whole device", x->name, x->path);
}

yj_status yj_media_open(yj_media *m, const char *data, yj_error *err)
{
    char *real = realpath(data, NULL);
    if (!real)
        return yj_fail_sys(err, YJ_E_IO, "cannot open folder %s", data);
    forget_own(m); /* of a server before this one */
    yj_status s = find_own(m, real, err);
    for (size_t i = 0; i < m->named.count && s == YJ_OK; i++)
        s = look_at(&m->named.row[i], real, err);
    free(real);
    return s;
}

/* --- using them ------------------------------------------------------------------------------- */

yj_status yj_media_find(const yj_media *m, yj_engine *e, int64_t inst, const char *name, const yj_place **ret,
                        yj_error *err)
{
    yj_error why = { 0 };
    *ret = NULL;
    yj_status s = yj_places_find(m ? &m->named : NULL, e, inst, name, ret, &why);
    if (s == YJ_E_INVALID)
        return yj_fail(err, YJ_E_INVALID, "there is no medium %.40s for this institution", name);
    if (s != YJ_OK && err)
        *err = why;
    return s;
}

static void replace(char *text, size_t cap, const char *what, const char *by)
{
    char made[sizeof((yj_error *)NULL)->msg];
    const char *at = strstr(text, what);
    if (!at || cap > sizeof made)
        return;
    snprintf(made, sizeof made, "%.*s%s%s", (int)(at - text), text, by, at + strlen(what));
    memcpy(text, made, cap);
}

/* A word that begins with a slash is a path; one by which the kernel calls a device comes with that text. */
static bool tells_where(const char *text)
{
    if (strstr(text, " is the same medium by another path"))
        return true;
    for (const char *at = strchr(text, '/'); at; at = strchr(at + 1, '/'))
        if ((at == text || at[-1] == ' ') && at[1] && at[1] != ' ')
            return true;
    return false;
}

void yj_medium_hide(const yj_place *p, yj_error *err)
{
    if (!err)
        return;
    replace(err->msg, sizeof err->msg, p->path, p->name);
    replace(err->msg_zh, sizeof err->msg_zh, p->path, p->name);
    if (!tells_where(err->msg) && !tells_where(err->msg_zh))
        return;
    yj_log_error(YJ_LOG_WARN, "using a medium", err); /* where things lie here is told to nobody else */
    yj_fail(err, err->code, "medium %s is in use, or cannot be used as it is; the server's log says why",
            p->name);
}

yj_status yj_medium_enter(const yj_media *m, const yj_place *p, bool look_only, yj_target **ret_target,
                          yj_disk_id *ret_id, yj_error *err)
{
    yj_target_options o = { .sys = "/sys", .proc = "/proc", .look_only = look_only };
    for (size_t i = 0, n = 0; i < YJ_MEDIA_OWN; i++)
        if (m->own[i])
            o.own[n++] = m->own[i];
    *ret_target = NULL;
    struct stat st;
    yj_status s = YJ_OK;
    if (lstat(p->path, &st) == 0 && S_ISDIR(st.st_mode)) /* the free space of a folder is no medium */
        s = yj_fail(err, YJ_E_CONFLICT, "medium %s is neither a file nor a whole device", p->name);
    if (s == YJ_OK)
        s = yj_target_open(p->path, &o, ret_target, err);
    if (s == YJ_OK) {
        yj_disk d = yj_target_disk(*ret_target);
        s = d.ops->identify(d.self, ret_id, err);
        if (s == YJ_OK && ret_id->medium == YJ_MEDIUM_SPACE)
            s = yj_fail(err, YJ_E_CONFLICT, "medium %s is neither a file nor a whole device", p->name);
    }
    if (s != YJ_OK) {
        if (*ret_target)
            yj_target_close(*ret_target);
        *ret_target = NULL;
        yj_medium_hide(p, err);
    }
    return s;
}

yj_status yj_medium_look(const yj_media *m, const yj_place *p, yj_medium_seen *ret, yj_error *err)
{
    yj_target *t = NULL;
    yj_disk_id id;
    YJ_TRY(yj_medium_enter(m, p, true, &t, &id, err));
    yj_target_close(t);
    *ret = (yj_medium_seen){ .type = yj_medium_name(id.medium), .bytes = id.bytes };
    snprintf(ret->model, sizeof ret->model, "%s", id.model);
    return YJ_OK;
}
