// SPDX-License-Identifier: Apache-2.0
/**
 * What people and programs are shown, as JSON: verdicts with their sentences, gate refusals, what is due,
 * requirements. The command line's --json and the HTTP API write the same bytes.
 */
#ifndef YJ_RECORD_PRESENT_H
#define YJ_RECORD_PRESENT_H

#include "base/time.h"
#include "rule/gate.h"

/**
 * A page of verdicts: {"items":[verdict...],"total","counts":{status: n},"remediation":{"open","overdue",
 * "none"},"limit","offset"}. A verdict is {"requirement","subject":{"kind","id","name"},"status","reason":
 * {"zh","en"},"code","proof":[{"kind","id","name"}],"strength","since","due","risk_accepted":{"kind","id",
 * "until"}|null,"remediations":[{"kind","id","name","responsible":{"kind","id","name"}|null,"due","overdue"}]}.
 * Total and counts are those of the whole selection, whatever limit says; "remediation" counts the unmet
 * musts in it: being put right in time, past the day, by nobody.
 * @param lang of names, here and below
 * @param q its `remediations` and `day` are set here
 * @param day the civil date asked about: what an accepted risk must reach, and a remediation must not pass
 */
yj_status yj_present_verdicts(yj_db *db, const yj_catalog *c, int64_t inst, yj_lang lang,
                              const yj_verdict_query *q, const char *day, yj_buf *out,
                              yj_error *err) yj_nodiscard;
/** Array of verdicts with {"title","what_to_do","too_weak"}; of what is absent without "code" and what
 * follows.
 *  @param day today */
yj_status yj_present_misses(yj_db *db, const yj_catalog *c, int64_t inst, yj_lang lang,
                            const yj_gate_result *g, const char *day, yj_buf *out,
                            yj_error *err) yj_nodiscard;
/** A member {"zh","en"}, or null where the text is absent. */
void yj_present_text(yj_jw *w, const char *key, const yj_text *t);
/** A member with an instant, null for 0. */
void yj_present_time(yj_jw *w, const char *key, int64_t ns);
/** A member "error", {"code","message":{"zh","en"}}, of one that was kept: columns `col` (its code, as
 * yj_status_slug; empty: null), then its words in English and in Chinese. */
void yj_present_kept_error(yj_jw *w, yj_stmt *st, int col);
/** One requirement: {"id","clause","actor","force","models","stage","subject","title","zh","en","guidance",
 *  "erratum","statements","with","settings","rule","reads","pack"}; "zh" and "en" are its text. */
void yj_present_requirement(const yj_catalog *c, const yj_requirement *r, yj_buf *out);
/** A kind's declaration, for forms: fields, states, transitions, labels. */
void yj_present_kind(const yj_catalog *c, const yj_kind *k, yj_buf *out);

/** What stands above the verdicts of a standing. */
typedef struct yj_status_head {
    const char *as_of;      /* as it was asked for, or today */
    const char *day;        /* its civil date */
    const char *checkpoint; /* signed note; may be NULL */
    yj_lang lang;           /* of names */
    bool simulated;
    bool rejudged; /* judged again by the packs of today */
} yj_status_head;
/** {"pack":[{"name","edition","digest"}] (those that
 * judged),"as_of":"...","rejudged":bool,"checkpoint":"note"|null,
 *  "institution":{...},"simulated_clock":bool,"start":{...} (yj_present_start; of today
 * only),"verdicts":[...],"total":N,"counts":{...},
 *  "remediation":{...}} */
yj_status yj_present_status(yj_db *db, const yj_catalog *c, int64_t inst, const yj_verdict_query *q,
                            const yj_status_head *head, yj_buf *out, yj_error *err) yj_nodiscard;
/**
 * A page of the changes of a requirement's verdicts, the newest first: {"requirement","items":[{"seq","time",
 * "day","subject":{"kind","id","name"},"from":SAID|null,"to":SAID|null,"cause":{"entries":[{"seq","time","op",
 * "record":{"kind","id","name"}}],"more":bool,"lapsed":bool,"packs":bool},"judged":{"from":N|null,"upto":N}}],
 * "total","limit","offset"}. SAID is {"status","code","reason":{"zh","en"},"strength","proof":[...],"since",
 * "due"}; null in "from": nothing was concluded before, in "to": the subject was no more.
 *
 * "seq" is the judgement entry that told the change, "day" the civil date it took for today; "judged" the
 * entries that were judged since the judgement before ("from" null: it is too far back to be looked for). In
 * "cause": what was entered in between about the subject and the records that prove it, or proved it before,
 * YJ_CAUSES_MAX at most and `more` beyond; `lapsed`: what was said before held until a day that was over;
 * `packs`: it was judged by other packs than before.
 * @param q its requirement is one of `c`
 * @param zone for the day since when something did not apply
 */
#define YJ_CAUSES_MAX 5
yj_status yj_present_changes(yj_db *db, const yj_catalog *c, int64_t inst, yj_lang lang,
                             const yj_change_query *q, const yj_zone *zone, yj_buf *out,
                             yj_error *err) yj_nodiscard;
/** What falls due up to `until`, earliest day first: {"today","until","items":[{...verdict,"day","overdue",
 *  "remediation"}]}. "day" is the verdict's due, or, where "remediation" is one, the day by which that is to
 *  have put right what is not met. */
yj_status yj_present_due(yj_db *db, const yj_catalog *c, int64_t inst, yj_lang lang, const char *today,
                         const char *until, yj_buf *out, yj_error *err) yj_nodiscard;
/** Facts, reason, proof and what would make it met, for one requirement and subject.
 *  @param zone for the day since when something does not apply
 *  @param rejudged `db` is one of yj_rejudge_as_of(); said in the answer */
yj_status yj_present_explain(yj_db *db, const yj_catalog *c, int64_t inst, yj_lang lang,
                             const yj_requirement *r, const char *subject, int64_t as_of_seq, const char *day,
                             const yj_zone *zone, bool rejudged, yj_buf *out, yj_error *err) yj_nodiscard;
/** The gates ahead of a record (every transition from its state), with what is missing, judged now inside a
 *  transaction that is undone: {"items":[{"transition","to","open","misses":[...]}]}. `db` must be a
 *  connection that may write to a savepoint: run by the writer through yj_engine_gates. */

/** {"id","code","name"} of an institution. */
void yj_present_institution(yj_jw *w, yj_span id, yj_span code, yj_span name);

#endif
