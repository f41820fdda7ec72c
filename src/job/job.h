// SPDX-License-Identifier: Apache-2.0
/**
 * Long work: an import, a verification, a report. It is a job in the store, asked for by a person; any server
 * on the store takes it, one at a time takes each; others see how far it is; it ends with a result or a
 * reason. A server that dies with a job leaves it to another, which begins it again; one that stops puts it
 * back.
 *
 * A *work* is what can be done, a row of the table that the server hands over; a *job* is one doing of it.
 * The tables job and job_file are outside the ledger (store/schema.h). Times are the machine's, not those of
 * a simulated clock.
 *
 * States: queued -> running -> done | failed | cancelled; running -> queued when its server stops or dies.
 * What cannot be undone is *witnessed*: waiting -> queued when a second person has confirmed it. Who does not
 * within a day lets it fail, and a confirmation that nobody has begun to act upon within a day is none any
 * more.
 */
#ifndef YJ_JOB_JOB_H
#define YJ_JOB_JOB_H

#include "base/sign.h"
#include "evidence/evidence.h"
#include "job/medium.h"
#include "job/place.h"
#include "record/transfer.h"

#define YJ_JOB_INPUT_MAX ((size_t)64 << 10)
#define YJ_JOB_RESULT_MAX ((size_t)8 << 20)
#define YJ_JOB_FILES_MAX ((size_t)256)
#define YJ_JOB_FILE_BYTES_MAX ((size_t)256 << 20) /* of all files of a job */
#define YJ_JOBS_OPEN_MAX 100                      /* not yet ended, of one institution */
#define YJ_JOB_ATTEMPTS_MAX 3   /* begun so often and never ended: it is what kills the servers */
#define YJ_JOBS_KEPT_DAYS 30    /* an ended job is forgotten after so many days */
#define YJ_JOB_CONFIRM_HOURS 24 /* in which a job is confirmed, and in which it is begun then */
/** States as a filter takes them ("a b c"). */
#define YJ_JOB_STATES "waiting queued running done failed cancelled"

/* --- works ------------------------------------------------------------------------------------ */

/** What instruments stand on. Without places no job of theirs can be asked for. */
typedef struct yj_job_ground {
    const yj_places *places; /* NULL: none */
    const yj_media *media;   /* NULL: none */
    yj_evidence *evidence;   /* where signed statements are kept */
    const yj_key *key;       /* that signs them; NULL without places and media */
} yj_job_ground;

/** A job that is being asked for. */
typedef struct yj_job_asked {
    yj_engine *engine;
    const yj_job_ground *ground;
    int64_t inst;
    const json_t *input; /* an object */
    const char *by;      /* id of the person who asks for it */
} yj_job_asked;

/** A job that is about to be kept, or to be confirmed. */
typedef struct yj_job_ready {
    yj_job_asked asked;
    const char *witness; /* id of the person who confirms it; NULL: it is only ordered */
    json_t *input;       /* the same as asked.input: an order may add to it, and that is kept with the job */
    yj_buf *misses;      /* with YJ_E_GATE: what is missing, a JSON array as yj_change.misses */
    yj_lang lang;        /* of these */
} yj_job_ready;

/** A job that is being done, on a thread of the queue. */
typedef struct yj_job_run {
    yj_engine *engine;
    const yj_job_ground *ground;
    int64_t inst;
    const char *id, *by;
    const char *witness; /* who has confirmed it; "" nobody */
    const json_t *input; /* an object */
    int64_t attempt;     /* 1: nobody has begun it before */
    struct yj_job_slot *slot;
} yj_job_run;

/** Say how far it is, in whatever the work counts, and ask whether to go on; costs next to nothing, so often.
 *  @param total 0: not known yet
 *  @return YJ_E_BUSY if it is to end now, whatever was done undone where it can be: it was cancelled, the
 * server stops, or another one has taken it over. The work returns that status, or YJ_OK if it is as good as
 * done */
yj_status yj_job_progress(yj_job_run *r, uint64_t done, uint64_t total, yj_error *err) yj_nodiscard;

/** Beside that, of a work that reads files: how many are done. @param total 0: not known yet */
void yj_job_progress_files(yj_job_run *r, uint64_t done, uint64_t total);

/** The files it was given; the caller frees by yj_job_files_done(). */
typedef struct yj_job_files {
    yj_import_file *row; /* names and contents */
    yj_buf *text;
    size_t count;
} yj_job_files;
yj_status yj_job_files_read(const yj_job_run *r, yj_job_files *ret, yj_error *err) yj_nodiscard;
void yj_job_files_done(yj_job_files *f);

typedef struct yj_job_work {
    const char *name; /* a-z and _ */
    yj_text label;
    const char *members; /* that its input may have, "a b" */
    bool files;          /* it is given files, else it takes none */
    bool guarded;        /* only for whom the packs let order it: yj_may_order(); the caller asks */
    bool slow;           /* hours are nothing: one thread of the queue is kept free of such */
    /* It waits until a second person has confirmed it: yj_jobs_confirm(). The caller sees to it that both
     * have proved who they are. */
    bool witnessed;
    /** Can this server do it at all? NULL: yes. It leaves such jobs to others. */
    bool (*able)(const yj_job_ground *g);
    /** Is the input well? NULL: any. YJ_E_INVALID naming the member. */
    yj_status (*check)(const yj_job_asked *a, yj_error *err);
    /** May it be done as things are? Asked when it is ordered, after check(), and when it is confirmed;
     * before it begins that is the work's own matter. NULL: yes. YJ_E_GATE with misses, or whatever else it
     * is */
    yj_status (*ready)(yj_job_ready *x, yj_error *err);
    /** Do it. @param result one JSON value is written here, also with a failure that has more to tell than a
     * sentence, or if it was stopped */
    yj_status (*run)(yj_job_run *r, yj_buf *result, yj_error *err);
} yj_job_work;

/** Registers in: yj_import(). Input {"dry_run"?, "set"?}, files. Result: yj_import_report_write(), of a
 * failure
 *  {"problems":yj_import_problems_write()}. Counts rows. Begins anew. */
extern const yj_job_work yj_work_import;
/** The institution's ledger verified as a whole. Result: yj_verify_report_write(), also if it does not hold.
 * Counts entries. Begins anew. */
extern const yj_job_work yj_work_verify;

/** Files of two places compared, or of one with a list (instrument/verify/compare.h). Input {"expected":
 * {"place","path"}, "found": {"place","path"}, "hash"?, "title"?}; `expected` is a folder or a list. Result:
 * yj_verify_json() and "statement": {"evidence","digest"}, which is signed, kept as a file of evidence and
 * recorded as the person's who asked; without that member where this failed, and then so does the job. What
 * was found otherwise is a result, not a failure. Counts bytes. Begins anew; one that was killed between its
 * record and its own end leaves both statements. */
extern const yj_job_work yj_work_compare;

/** What stands in files of a place (instrument/scan/scan.h). Input {"where": {"place","path"}, "inventory"?:
 * "csv" (if nothing is said), "xlsx" or "jsonl", "rules"?: {"place","path"} of a file of own rules,
 * "title"?}. Result: what the statement says of the run (docs/scan.md), "scanned": {"name"}, "found": files
 * in which something was found, "inventory": {"evidence","digest"} and "statement": likewise, both kept and
 * recorded as in a comparison; never a value. That something was found is a result, not a failure; that
 * nothing could be read is one. Counts bytes, and files. Begins anew. */
extern const yj_job_work yj_work_scan;

/** A medium that the server's operator has named is wiped (instrument/wipe/run.h). Witnessed. Input
 * {"medium", "record", "serial", "destination": reuse | return | scrap, "sample"?: percent read back,
 * "title"?}; "record" is of the kind that the packs name for this work, "serial" is the medium's as it stands
 * on it, and equal to the record's. What will be done is added as "plan": {"mediaType", "model", "bytes",
 * "grade", "wanted", "method", "outcome", "basis", "passes", "toWrite", "limits"}. What the packs want before
 * (yj_order_grant.gate_by) is asked when it is ordered, when it is confirmed, and before the first byte; then
 * whether it is the medium that was planned for, too. Result: yj_wipe_json(), and of one that is complete and
 * verified "statement": {"evidence","digest"}: the certificate, kept as evidence and recorded as the person's
 * who asked; if that failed, "envelope" is what could not be kept. Of a gate that shut meanwhile {"misses"}.
 * One that was stopped, or met an error, has a result without certificate. Counts bytes: those to write, of
 * all passes, then those to read back. Goes on where it was after the server stopped or died, and reads back
 * in full then. */
extern const yj_job_work yj_work_wipe;

/* --- the queue of a server -------------------------------------------------------------------- */

typedef struct yj_jobs yj_jobs;

/** A job has come, has moved, or has ended, wherever it is done. On a thread of the queue; must not block. At
 * most twice a second for each job. @param json {"id","work","state","done","total"} */
typedef void (*yj_job_news_fn)(void *ctx, int64_t inst, yj_span json);

typedef struct yj_jobs_options {
    const yj_job_work *const *works; /* borrowed until yj_jobs_stop() */
    size_t work_count;
    const yj_job_ground *ground; /* borrowed likewise; NULL: nothing for instruments */
    unsigned threads;            /* 0: 2 */
    yj_job_news_fn news;         /* NULL: nobody wants to know */
    void *ctx;
    /* milliseconds, 0: the default; tests are in a hurry */
    unsigned look_ms;  /* 500: at the store */
    unsigned beat_ms;  /* 2000: its worker says that it lives */
    unsigned gone_ms;  /* 5000 without that, and the worker's hold is gone: it is dead */
    unsigned still_ms; /* 30000 without that: it is as good as dead */
} yj_jobs_options;

/** @param e borrowed until yj_jobs_stop() */
yj_status yj_jobs_start(yj_engine *e, const yj_jobs_options *o, yj_jobs **ret, yj_error *err) yj_nodiscard;
/** Tells what runs to end and puts it back, waits for it; before the engine is closed. Those queued stay so.
 */
void yj_jobs_stop(yj_jobs *q);
YJ_DEFINE_CLEANUP(yj_jobs, yj_jobs_stop)

/** As it was given; never NULL. */
const yj_job_ground *yj_jobs_ground(const yj_jobs *q);
/** The work of that name; NULL. */
const yj_job_work *yj_jobs_work(const yj_jobs *q, const char *name);

typedef struct yj_job_order {
    int64_t inst;
    const char *by;      /* person's id */
    const char *work;    /* a name that yj_jobs_work() knows */
    const json_t *input; /* an object; NULL: empty */
    const yj_import_file *files;
    size_t file_count;
    yj_buf *misses; /* NULL; else what is missing is told: yj_job_ready */
    yj_lang lang;
} yj_job_order;
/** Queue a job, or let it wait for its witness. @return YJ_E_INVALID (member or files), YJ_E_LIMIT (files),
 * YJ_E_BUSY (too many wait), or as the work says that it is not ready */
yj_status yj_jobs_add(yj_jobs *q, const yj_job_order *o, char ret_id[static YJ_UUID_LEN + 1],
                      yj_error *err) yj_nodiscard;
typedef struct yj_job_confirmation {
    int64_t inst;
    const char *id;
    const char *by; /* id of the person who confirms */
    /** Is that person of the store the same human being as far as is known? NULL: only by the id. */
    bool (*is_same)(void *ctx, const char *person);
    void *ctx;
    yj_buf *misses; /* as in yj_job_order */
    yj_lang lang;
} yj_job_confirmation;
/** A second person has looked at what is ordered and wants it, too: it is queued.
 *  @return YJ_E_NOT_FOUND; YJ_E_CONFLICT (it does not wait, or too long already); YJ_E_FORBIDDEN (it is who
 * ordered it), or as the work says that it is not ready */
yj_status yj_jobs_confirm(yj_jobs *q, const yj_job_confirmation *x, yj_error *err) yj_nodiscard;
/** Stop a job: at once if it waits, else as soon as its worker looks. YJ_E_NOT_FOUND, YJ_E_CONFLICT if it has
 * ended. */
yj_status yj_jobs_cancel(yj_jobs *q, int64_t inst, const char *id, yj_error *err) yj_nodiscard;

/* --- reading; any connection ------------------------------------------------------------------ */

/** Writes
 * {"id","work","label","state","by":{"kind","id","name"}|null,"operator","witness":{"kind","id","name"}|null,"confirmed",
 *  "done","total":n|null,"files":{"done","total":n|null}|null,"created",
 *  "started","heard","ended","attempts","cancelling","input","result","error":{"code","message":{"zh","en"}}|null}.
 *  YJ_E_NOT_FOUND */
yj_status yj_job_show(const yj_jobs *q, yj_db *db, const yj_catalog *c, int64_t inst, const char *id,
                      yj_buf *out, yj_error *err) yj_nodiscard;
/** Whose a job is. */
typedef struct yj_job_people {
    char work[64], by[YJ_UUID_LEN + 1], witness[YJ_UUID_LEN + 1]; /* witness "": nobody */
} yj_job_people;
/** YJ_E_NOT_FOUND */
yj_status yj_job_people_read(yj_db *db, int64_t inst, const char *id, yj_job_people *ret,
                             yj_error *err) yj_nodiscard;
/** Writes {"items":[...],"next":id|null}, newest first; items without "result".
 *  @param state NULL: any. @param before id; NULL: from the newest on */
yj_status yj_job_list(const yj_jobs *q, yj_db *db, const yj_catalog *c, int64_t inst, const char *state,
                      const char *before, size_t limit, yj_buf *out, yj_error *err) yj_nodiscard;

#endif
