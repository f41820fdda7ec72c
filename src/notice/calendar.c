// SPDX-License-Identifier: Apache-2.0
#include "notice/calendar.h"

#include "base/json.h"
#include "notice/ical.h"
#include "notice/say.h"
#include "record/present.h"
#include <stdio.h>

#define DUE_BYTES_MAX ((size_t)256 << 20)
#define REFRESH_MINUTES 360

static const char *text_at(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static yj_status add(yj_ical *w, const yj_catalog *c, const json_t *row, const char *inst_id,
                     int64_t stamp_ns, yj_lang lang, yj_error *err)
{
    static const char *const keys[] = { [YJ_LANG_ZH] = "zh", [YJ_LANG_EN] = "en" };
    const json_t *subject = json_object_get(row, "subject"), *put = json_object_get(row, "remediation");
    const char *id = text_at(row, "requirement");
    const yj_requirement *r = yj_catalog_requirement(c, yj_span_of(id));
    char uid[YJ_ICAL_UID_MAX + 1];
    yj_auto(yj_buf_done) yj_buf line;
    yj_buf_init(&line, 16384);
    snprintf(uid, sizeof uid, "%.80s.%.40s%s%.40s@%.40s", id, text_at(subject, "id"),
             json_is_object(put) ? "." : "", json_is_object(put) ? text_at(put, "id") : "", inst_id);
    yj_buf_fmt(&line, "%s: %s", r ? r->title.in[lang] : id, text_at(subject, "name"));
    YJ_TRY(yj_buf_status(&line, err));
    const yj_ical_entry e = { .kind = YJ_ICAL_EVENT,
                              .uid = uid,
                              .date = text_at(row, "day"),
                              .stamp_ns = stamp_ns,
                              /* it only has to grow with the day */
                              .sequence = yj_date_to_days(text_at(row, "day")),
                              .summary = line.ptr,
                              .description = text_at(json_object_get(row, "reason"), keys[lang]) };
    return yj_ical_add(w, &e, err);
}

yj_status yj_calendar_write(yj_db *db, const yj_catalog *c, int64_t inst, const char *inst_id,
                            const char *today, int64_t stamp_ns, yj_lang lang, yj_buf *out, yj_error *err)
{
    yj_ical w;
    yj_date until;
    yj_auto(yj_buf_done) yj_buf text;
    yj_auto(yj_json_freep) json_t *due = NULL;
    yj_buf_init(&text, DUE_BYTES_MAX);
    if (!yj_date_add_days(today, YJ_CALENDAR_DAYS, &until))
        snprintf(until.s, sizeof until.s, "%s", today);
    YJ_TRY(yj_present_due(db, c, inst, lang, today, until.s, &text, err));
    YJ_TRY(yj_json_parse(yj_buf_view(&text), DUE_BYTES_MAX, &due, err));
    yj_ical_begin(&w, out,
                  &(yj_ical_head){ .name = yj_say_words[YJ_SAY_CALENDAR].in[lang],
                                   .refresh_minutes = REFRESH_MINUTES });
    const json_t *items = json_object_get(due, "items");
    for (size_t i = 0; i < json_array_size(items) && i < YJ_ICAL_ENTRIES_MAX; i++)
        YJ_TRY(add(&w, c, json_array_get(items, i), inst_id, stamp_ns, lang, err));
    return yj_ical_end(&w, err);
}
