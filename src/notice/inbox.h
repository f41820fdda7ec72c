// SPDX-License-Identifier: Apache-2.0
/**
 * What a person has been told (table notice). Rows hold ids and codes; what they say is made when it is
 * shown, with the names of today: so of what was erased nothing is left here.
 */
#ifndef YJ_NOTICE_INBOX_H
#define YJ_NOTICE_INBOX_H

#include "base/json.h"
#include "notice/news.h"

#define YJ_INBOX_LIMIT_MAX 200
#define YJ_INBOX_IDS_MAX 200
#define YJ_INBOX_KEPT_DAYS INT64_C(400) /* as long as causes are remembered */
/** Which of them, as a filter takes them: not done; not read; done; all. */
#define YJ_INBOX_SHOWS "open unread done all"

/** One notice, for those who say it. Texts live as long as the statement's row. */
typedef struct yj_notice_said {
    yj_news news;
    int64_t count, inst;
    int64_t party;                     /* ledger of the other institution; 0: of one's own */
    char institution[YJ_UUID_LEN + 1]; /* its id; "" none */
    char for_whom[64];                 /* person whose deputy is told; "" none */
    char kind[64], record[YJ_UUID_LEN + 1], detail[64], day[YJ_DATE_LEN + 1];
    char requirement[128], was[16], status[16];
} yj_notice_said;

/** Read one. *ret_found false: it is no more. */
yj_status yj_notice_read(yj_db *db, int64_t inst, const char *id, yj_notice_said *ret, bool *ret_found,
                         yj_error *err) yj_nodiscard;

/** The name of the record it is about, as of today, or of the account: "" none, or erased. Of a job, "".
 */
yj_status yj_notice_subject(yj_db *db, const yj_catalog *c, int64_t inst, const yj_notice_said *n,
                            yj_lang lang, yj_buf *out, yj_error *err) yj_nodiscard;
/** What the other institution is called, if it is about one: "" where that is tied no more, in which case
 * nothing else is said of it, either. */
yj_status yj_notice_from(yj_db *db, const yj_catalog *c, int64_t inst, const yj_notice_said *n, yj_buf *out,
                         yj_error *err) yj_nodiscard;
/** For whom, if a deputy is told: his name as of today; "" nobody, or erased. */
yj_status yj_notice_for(yj_db *db, const yj_catalog *c, int64_t inst, const yj_notice_said *n, yj_lang lang,
                        yj_buf *out, yj_error *err) yj_nodiscard;
/** What it says, in one line. @param subject the record's name; "" : it is left out, as where a group reads
 *  along @param from the other institution's name; "" : none, or it is tied no more */
void yj_notice_sentence(const yj_catalog *c, const yj_notice_said *n, const char *subject, const char *from,
                        yj_lang lang, yj_buf *out);
/** Where it leads, below the page's address: "/p/verdict/..." */
void yj_notice_path(const yj_notice_said *n, yj_buf *out);

/** Writes {"items":[{"id","news","count","time","read","done","subject":{"kind","id","name"}|null,
 *  "requirement"|null,"day"|null,"was"|null,"status"|null,"detail"|null,"for":{"id","name"}|null,
 *  "institution":{"id","name"}|null,"title":{"zh","en"}}],"next":id|null,"unread":N,"open":N}, newest first.
 *  @param show  one of YJ_INBOX_SHOWS
 *  @param news  NULL: of any sort
 *  @param before id; NULL: from the newest on
 *  @param limit 1..YJ_INBOX_LIMIT_MAX */
yj_status yj_inbox_list(yj_db *db, const yj_catalog *c, int64_t inst, const char *person, const char *show,
                        const char *news, const char *before, size_t limit, yj_lang lang, yj_buf *out,
                        yj_error *err) yj_nodiscard;
/** Writes {"unread":N,"open":N}. */
yj_status yj_inbox_counts(yj_db *db, int64_t inst, const char *person, yj_buf *out,
                          yj_error *err) yj_nodiscard;

typedef enum yj_inbox_mark {
    YJ_INBOX_READ,
    YJ_INBOX_UNREAD,
    YJ_INBOX_DONE, /* read as well */
    YJ_INBOX_OPEN,
    YJ_INBOX_MARK_COUNT_
} yj_inbox_mark;
bool yj_inbox_mark_by_name(const char *s, yj_inbox_mark *ret);

/** Mark one (a person's own only), inside a write transaction. @param id NULL: all that there are
 *  @param ret_changed rows; may be NULL */
yj_status yj_inbox_set(yj_db *db, int64_t inst, const char *person, const char *id, yj_inbox_mark mark,
                       int64_t now_ns, int64_t *ret_changed, yj_error *err) yj_nodiscard;

/** Forget what was decided more than YJ_INBOX_KEPT_DAYS ago. */
yj_status yj_inbox_sweep(yj_db *db, int64_t now_ns, yj_error *err) yj_nodiscard;

#endif
