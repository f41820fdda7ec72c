// SPDX-License-Identifier: Apache-2.0
#include "job/instruments.h"
#include <errno.h>
#include <unistd.h>

#define PIECE ((size_t)64 << 10)

const char *yj_spots_text(const json_t *v, const char *name)
{
    const char *s = json_string_value(json_object_get(v, name));
    return s ? s : "";
}

static yj_status bad(const char *name, const char *part, yj_error *err)
{
    yj_fail(err, YJ_E_INVALID, "a place is named as {\"place\": NAME, \"path\": PATH}");
    return yj_error_at(err, "%s%s%s", name, part[0] ? "." : "", part);
}

static yj_status check_members(const json_t *v, const char *name, yj_error *err)
{
    const char *key = NULL;
    json_t *one = NULL;
    if (!json_is_object(v))
        return bad(name, "", err);
    json_object_foreach((json_t *)(uintptr_t)v, key, one)
    {
        bool known = strcmp(key, "place") == 0 || strcmp(key, "path") == 0;
        if (!known || !json_is_string(one))
            return bad(name, known ? key : "", err);
    }
    return json_object_get(v, "place") ? YJ_OK : bad(name, "place", err);
}

yj_status yj_spots_check(const yj_job_asked *a, const char *name, yj_error *err)
{
    const json_t *v = json_object_get(a->input, name);
    const yj_place *p = NULL;
    YJ_TRY(check_members(v, name, err));
    if (yj_places_find(a->ground->places, a->engine, a->inst, yj_spots_text(v, "place"), &p, err) != YJ_OK)
        return yj_error_at(err, "%s.place", name);
    if (yj_place_check_below(yj_spots_text(v, "path"), err) != YJ_OK)
        return yj_error_at(err, "%s.path", name);
    return YJ_OK;
}

yj_status yj_title_check(const yj_job_asked *a, yj_error *err)
{
    const json_t *v = json_object_get(a->input, "title");
    if (!v || (json_is_string(v) && json_string_length(v) <= YJ_JOB_TITLE_MAX))
        return YJ_OK;
    yj_fail(err, YJ_E_INVALID, "a title is a text of at most %zu bytes", YJ_JOB_TITLE_MAX);
    return yj_error_at(err, "title");
}

yj_status yj_spots_enter(const yj_job_run *r, const char *name, yj_spot *ret, yj_error *err)
{
    const json_t *v = json_object_get(r->input, name);
    const yj_place *p = NULL;
    *ret = (yj_spot){ .fd = -1 };
    YJ_TRY(yj_places_find(r->ground->places, r->engine, r->inst, yj_spots_text(v, "place"), &p, err));
    return yj_place_enter(r->ground->places, p, yj_spots_text(v, "path"), ret, err);
}

yj_status yj_spots_read(yj_job_run *r, const yj_spot *s, size_t max, yj_buf *out, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf room;
    yj_buf_init(&room, 2 * PIECE);
    for (;;) {
        yj_buf_clear(&room);
        char *to = yj_buf_room(&room, PIECE);
        ssize_t n = to ? read(s->fd, to, PIECE) : 0;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return yj_fail_sys(err, YJ_E_IO, "cannot read %s", s->label);
        if (n == 0)
            return to ? YJ_OK : yj_buf_status(&room, err);
        if (out->len + (size_t)n > max)
            return yj_fail(err, YJ_E_LIMIT, "%s is longer than %zu bytes", s->label, max);
        yj_buf_add(out, to, (size_t)n);
        YJ_TRY(yj_buf_status(out, err));
        YJ_TRY(yj_job_progress(r, 0, 0, err));
    }
}
