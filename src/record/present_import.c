// SPDX-License-Identifier: Apache-2.0
/* What an import did, or what was wrong with it, as JSON. */
#include "record/transfer.h"

#include "base/json.h"

void yj_import_problems_write(const yj_import_report *r, yj_buf *out)
{
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_array(&w);
    for (size_t i = 0; i < r->problem_count; i++) {
        const yj_import_problem *p = &r->problems[i];
        yj_jw_object(&w);
        yj_jw_kstr(&w, "file", p->file);
        yj_jw_ki64(&w, "line", (int64_t)p->line);
        yj_jw_ki64(&w, "row", (int64_t)p->row);
        yj_jw_ki64(&w, "column", (int64_t)p->column);
        yj_jw_kstr(&w, "field", p->field);
        yj_jw_key(&w, "message");
        yj_jw_object(&w);
        yj_jw_kstr(&w, "zh", p->msg_zh[0] ? p->msg_zh : p->msg);
        yj_jw_kstr(&w, "en", p->msg);
        yj_jw_end_object(&w);
        if (p->misses) {
            yj_jw_key(&w, "misses");
            yj_jw_raw(&w, yj_span_of(p->misses));
        }
        yj_jw_end_object(&w);
    }
    yj_jw_end_array(&w);
}

void yj_import_report_write(const yj_import_report *r, bool dry_run, yj_buf *out)
{
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_kbool(&w, "dry_run", dry_run);
    yj_jw_ki64(&w, "rows", (int64_t)r->rows);
    yj_jw_ki64(&w, "created", (int64_t)r->created);
    yj_jw_ki64(&w, "changed", (int64_t)r->changed);
    yj_jw_ki64(&w, "unchanged", (int64_t)r->unchanged);
    yj_jw_ki64(&w, "moved", (int64_t)r->moved);
    yj_jw_ki64(&w, "left_out", (int64_t)r->left_out);
    yj_jw_ki64(&w, "batch", r->batch);
    yj_jw_end_object(&w);
}
