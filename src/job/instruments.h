// SPDX-License-Identifier: Apache-2.0
/** What jobs of instruments share: where they may look, and what becomes of what they signed. */
#ifndef YJ_JOB_INSTRUMENTS_H
#define YJ_JOB_INSTRUMENTS_H

#include "job/job.h"

#define YJ_JOB_NAMES_MAX ((size_t)2000000) /* of a folder: what a server holds in memory for it */
#define YJ_JOB_FINDINGS_MAX ((size_t)1000) /* in a result */
#define YJ_JOB_TITLE_MAX ((size_t)200)     /* bytes */
#define YJ_JOB_INSTRUMENT_THREADS 2

/** Member `name` of what is asked for: {"place","path"?}, of a place that is there for the institution.
 *  YJ_E_INVALID naming the member. */
yj_status yj_spots_check(const yj_job_asked *a, const char *name, yj_error *err) yj_nodiscard;
/** Member "title": a text of at most YJ_JOB_TITLE_MAX bytes, or nothing. */
yj_status yj_title_check(const yj_job_asked *a, yj_error *err) yj_nodiscard;
/** All bytes of a file that was entered, appended. YJ_E_LIMIT, YJ_E_IO; what yj_job_progress() returns */
yj_status yj_spots_read(yj_job_run *r, const yj_spot *s, size_t max, yj_buf *out, yj_error *err) yj_nodiscard;
/** Open what such a member names; errors of yj_place_enter(). *ret may be ended whatever happens. */
yj_status yj_spots_enter(const yj_job_run *r, const char *name, yj_spot *ret, yj_error *err) yj_nodiscard;
/** Member `name` of an object; "" if it is not there. */
const char *yj_spots_text(const json_t *v, const char *name);

typedef struct yj_kept_statement {
    char evidence[YJ_UUID_LEN + 1]; /* the record */
    char digest[2 * YJ_HASH_LEN + 1];
} yj_kept_statement;
typedef struct yj_made_file {
    int fd; /* at its beginning, read to its end; -1: */
    yj_span bytes;
    const char *title, *media_type;
    const char *ending; /* of its name, ".csv"; before it stands the job's id */
} yj_made_file;
/** Keep a file that a work made as evidence and record it, likewise. One that is recorded already, by its
 * digest, is that one. */
yj_status yj_file_keep(const yj_job_run *r, const yj_made_file *f, yj_kept_statement *ret,
                       yj_error *err) yj_nodiscard;

/**
 * Keep a signed statement as a file of evidence and record it, as the person who asked for the job: so what
 * he may not record is not recorded (YJ_E_FORBIDDEN), and the file stays unnamed.
 * @param title what it is called where nobody gave a title
 */
yj_status yj_statement_keep(const yj_job_run *r, yj_span envelope, const char *title, yj_kept_statement *ret,
                            yj_error *err) yj_nodiscard;

#endif
