// SPDX-License-Identifier: Apache-2.0
/* What people read of a scan. */
#include "base/time.h"
#include "cli/scan_run.h"
#include <string.h>

static const char *const class_words[YJ_SCAN_CLASS_COUNT_] = {
    "identity number", "mobile number",   "bank card",       "account",   "name",
    "address",         "travel document", "mail address",    "landline",  "number plate",
    "credit code",     "private key",     "SM2 private key", "cloud key", "password",
};

static const char *const state_words[YJ_SCAN_STATE_COUNT_] = {
    "looked into", "looked into in part", "not looked into", "skipped", "unreadable",
};

static const char *const reason_words[YJ_SCAN_REASON_COUNT_] = {
    "",
    "some of it is no text",
    "it changed while it was read",
    "binary",
    "an archive or compressed",
    "an office document",
    "a database",
    "pictures, sound or film",
    "a program",
    "encrypted",
    "a link",
    "no regular file",
    "a folder that contains itself",
    "folders too deep in each other",
    "",
    "damaged or cut off",
    "packed or stored in a way that is not known here",
    "containers too deep in each other",
    "too many things in it",
    "too large",
    "it unpacks to a multiple of its size that no honest file does",
    "pages without text",
    "opening it was given up, its time being up",
    "opening it takes too much memory",
    "it made its parser crash",
    "its parser tried what no parser does, and was stopped",
    "PDF is read by pdftotext, which is not installed",
    "the system cannot shut its parser in",
    "a sample of the rows",
    "",
};

static const char *class_word(const yj_scan_cmd *s, size_t what)
{
    if (what < YJ_SCAN_CLASS_COUNT_) {
        const yj_own_class *k = s->own ? &s->own->known[what] : NULL;
        const char *own = k ? (s->c->lang == YJ_LANG_ZH ? k->zh : k->en) : NULL;
        return own ? own : yj_word(s->c, class_words[what]);
    }
    const yj_own_rule *r = &s->own->rule[what - YJ_SCAN_CLASS_COUNT_];
    return s->c->lang == YJ_LANG_ZH ? r->zh : r->en;
}

/* --- what people read -------------------------------------------------------------------------------------
 */

static void say_counts(const yj_scan_cmd *s, const uint64_t *count)
{
    yj_cli *c = s->c;
    const char *between = "";
    for (size_t i = 0; i < yj_scan_kinds(s->own); i++)
        if (count[i] > 0) {
            yj_buf_fmt(&c->out, "%s%s %llu", between, class_word(s, i), (unsigned long long)count[i]);
            between = ", ";
        }
    yj_buf_char(&c->out, '\n');
}

static void say_place(const yj_scan_cmd *s, const yj_scan_file *f, const yj_scan_found *p)
{
    yj_cli *c = s->c;
    const char *what = class_word(s, p->what);
    if (f->rows)
        yj_say(c, "  %s %s\n", what, p->masked);
    else if (f->unit == YJ_SCAN_UNIT_CELLS)
        yj_say(c, "  row %llu, column %s: %s %s\n", (unsigned long long)p->row, p->column, what, p->masked);
    else if (f->unit == YJ_SCAN_UNIT_PAGES)
        yj_say(c, "  page %llu: %s %s\n", (unsigned long long)p->row, what, p->masked);
    else
        yj_say(c, "  byte %llu: %s %s\n", (unsigned long long)p->at, what, p->masked);
}

static void say_rows(yj_cli *c, const yj_scan_counted *r)
{
    if (r->counted)
        yj_say(c, "  %s, %llu of %llu rows read\n", r->type, (unsigned long long)r->rows_read,
               (unsigned long long)r->there);
    else
        yj_say(c, "  %s, %llu of about %llu rows read\n", r->type, (unsigned long long)r->rows_read,
               (unsigned long long)r->there);
}

void yj_scan_say_file(const yj_scan_cmd *s, const yj_scan_file *f)
{
    yj_cli *c = s->c;
    if (f->hits > 0) {
        yj_ink_text(c, YJ_BOLD, f->path);
        yj_buf_str(&c->out, "\n  ");
        say_counts(s, f->count);
        const char *of = class_word(s, f->grade_of);
        if (yj_scan_own_source(s->own, f->grade_of))
            yj_say(c, "  proposed grade %d for %s: %s\n", f->grade, of, yj_scan_grade_source(s->own, f));
        else if (yj_scan_class_grade_seen(f->grade_of))
            yj_say(c, "  proposed grade %d, the reference level for: %s\n", f->grade, of);
        else
            yj_say(c, "  proposed grade %d, derived, for: %s\n", f->grade, of);
        if (f->rows)
            say_rows(c, f->rows);
        for (size_t i = 0; i < f->places && yj_cli_has(c, YJ_OPT_SHOW); i++)
            say_place(s, f, &f->place[i]);
        if (f->hits > f->places && yj_cli_has(c, YJ_OPT_SHOW))
            yj_say(c, "  %llu more places\n", (unsigned long long)(f->hits - f->places));
    }
    if (f->state == YJ_SCAN_STATE_LOOKED_INTO)
        return;
    char refused[128] = "";
    const char *why = yj_word(c, reason_words[f->reason]);
    if (f->reason == YJ_SCAN_BECAUSE_SYSTEM) {
        const char *zh = c->lang == YJ_LANG_ZH ? yj_errno_zh(f->sys_errno) : NULL;
        why = zh ? zh : strerror_r(f->sys_errno, refused, sizeof refused);
    }
    if (f->reason == YJ_SCAN_BECAUSE_ENGINE)
        why = f->words;
    yj_ink_text(c, YJ_YELLOW, yj_word(c, state_words[f->state]));
    yj_buf_fmt(&c->out, " (%s): %s\n", why, f->path);
}

void yj_scan_say_end(const yj_scan_cmd *s)
{
    yj_cli *c = s->c;
    if (s->sum.hits > 0) {
        yj_say(c, "found in all: ");
        say_counts(s, s->sum.count);
    } else {
        yj_say(c, "nothing found in what was looked into\n");
    }
    yj_say(c, "%llu looked into, %llu in part, %llu not looked into, %llu skipped, %llu unreadable\n",
           (unsigned long long)s->sum.states[YJ_SCAN_STATE_LOOKED_INTO],
           (unsigned long long)s->sum.states[YJ_SCAN_STATE_IN_PART],
           (unsigned long long)s->sum.states[YJ_SCAN_STATE_NOT_LOOKED_INTO],
           (unsigned long long)s->sum.states[YJ_SCAN_STATE_SKIPPED],
           (unsigned long long)s->sum.states[YJ_SCAN_STATE_UNREADABLE]);
    if (s->sum.remembered > 0)
        yj_say(c, "%llu files are unchanged since they were read: taken from %s\n",
               (unsigned long long)s->sum.remembered, c->value[YJ_OPT_STATE]);
    if (s->tables.percent > 0)
        yj_say(c, "a sample of %d %% of the rows, seed %llu\n", (int)s->tables.percent,
               (unsigned long long)s->tables.seed);
    if (s->tables.url)
        yj_say(c, "not looked at: the engine's own schemas, other databases, views, foreign tables\n");
    if (s->own && s->own->count > 0 && s->own->all_ns > 0)
        yj_say(c, "own rules took %d %% of the time in which text was looked through\n",
               (int)(s->own->own_ns * 100 / s->own->all_ns));
}

void yj_scan_clear_progress(const yj_scan_cmd *s)
{
    if (s->tty)
        fputs("\r\033[K", stderr);
}

/* Known ones cost no time, so what there is to do is what is left besides them. */
void yj_scan_show_progress(void *with, const yj_scan_progress *p)
{
    const yj_scan_cmd *s = with;
    if (!s->tty)
        return;
    uint64_t ms = (uint64_t)(yj_monotonic_ns() - s->since_ns) / 1000000 + 1;
    uint64_t done = p->done < p->total ? p->done : p->total;
    fputs("\r\033[K", stderr);
    if (p->total > 0)
        fprintf(stderr, "%3u%%  ", (unsigned)((double)done / (double)p->total * 100));
    fprintf(stderr, "%llu  %llu MB  %llu MB/s", (unsigned long long)p->files,
            (unsigned long long)(p->bytes / 1000000), (unsigned long long)(p->bytes / 1000 / ms));
    if (p->total > 0 && done > 0) {
        uint64_t left = (uint64_t)((double)ms / 1000 * (double)(p->total - done) / (double)done);
        fprintf(stderr, "  %s %llu:%02llu", yj_word(s->c, "left"), (unsigned long long)(left / 60),
                (unsigned long long)(left % 60));
    }
    fflush(stderr);
}
