// SPDX-License-Identifier: Apache-2.0
/**
 * What passes between institutions. An institution (the client) invites the one that a record of its register
 * stands for (exchange.yaml); who is invited accepts with a one-time code. Accepting is an entry in either
 * ledger, both in one transaction: the client's invitation names the other institution, the other's link
 * names the invitation and the client. They are tied while both say so, hence either side ends it in its own
 * ledger; one without the other ties nobody, whoever wrote it.
 *
 * To who is tied (the party) the client's records are addressed that lead to that record by a path of
 * exchange.yaml. Which they are, and where each stands, is kept in tables by the writer with each change and
 * derived again by `rebuild`: a page of a party's list costs the same whether it has one client or 300.
 *
 * Of the code a digest alone is kept, outside the ledger; not in a backup.
 */
#ifndef YJ_RECORD_EXCHANGE_H
#define YJ_RECORD_EXCHANGE_H

#include "record/engine.h"

/* --- invitations ------------------------------------------------------------------------------ */

#define YJ_INVITATION_CODE_LEN 27 /* four groups of six letters and digits, joined by "-" */

/** Make a code for an invitation that was sent and can still be accepted; an earlier one is good no more. By
 * a person who may change the invitation.
 *  @param invitation id or key
 *  @param ret a secret: shown once, to be handed on by another way than the invitation's number
 *  @return YJ_E_NOT_FOUND; YJ_E_FORBIDDEN; YJ_E_CONFLICT if it is in another state, or its day has passed */
yj_status yj_invitation_code(yj_engine *e, int64_t inst, const char *invitation, const char *by,
                             char ret[static YJ_INVITATION_CODE_LEN + 1], yj_error *err) yj_nodiscard;

/** Who invites: {"invitation","client":{"id","code","name"},"type","expires_on"}. Whoever has the code may
 *  know it. YJ_E_NOT_FOUND if the code is good for nothing (any more). */
yj_status yj_invitation_look(yj_engine *e, const char *code, yj_buf *out, yj_error *err) yj_nodiscard;

typedef struct yj_tie {
    char link[YJ_UUID_LEN + 1]; /* the acceptor's new record */
    char invitation[YJ_UUID_LEN + 1];
    int64_t client;
} yj_tie;
/** Accept for institution `inst`. By a person there who may create its links. The code is used up.
 *  @return YJ_E_NOT_FOUND: no such code; YJ_E_FORBIDDEN; YJ_E_CONFLICT: the day has passed, the institution
 *  is not of the type that was invited, is the client itself, or one of the two is tied already */
yj_status yj_invitation_accept(yj_engine *e, int64_t inst, const char *code, const char *by, yj_tie *ret,
                               yj_error *err) yj_nodiscard;
/** Decline, in the client's ledger alone. By a person who could accept. @param reason 1 to 500 characters */
yj_status yj_invitation_decline(yj_engine *e, int64_t inst, const char *code, const char *reason,
                                const char *by, yj_error *err) yj_nodiscard;

/** With whom an institution is tied, on either side:
 *  {"items":[{"side":"client"|"party","institution":{"id","code","name"},"invitation","link",
 *  "record":{"kind","id","name"}|null}]}. `side` is the asked institution's; `record` is the client's own. */
yj_status yj_ties_list(yj_db *db, const yj_catalog *c, int64_t inst, yj_lang lang, yj_buf *out,
                       yj_error *err) yj_nodiscard;

/* --- what is addressed ------------------------------------------------------------------------ */

typedef struct yj_addressed_query {
    const char *kind;   /* NULL: any */
    const char *client; /* id of the institution; NULL: any */
    const char *stand;  /* a stand, "open" (todo or again) or "overdue" (of those, past its day); NULL: any */
    const char *text;  /* contained in a text of one line that is shown, ASCII letters large or small; NULL */
    bool by_due;       /* what is due first, first; else what changed last */
    yj_date today;     /* days are counted from it; required */
    size_t limit;      /* 1..200; of counts 1..YJ_ADDRESSED_COUNT_MAX, 0 for that */
    const char *after; /* cursor of the page before; NULL for the first */
    yj_lang lang;      /* of names */
} yj_addressed_query;
/**
 * What is addressed to institution `party`, in pages:
 *  {"items":[{"client":{"id","code","name"},"kind","id","state","version","time","stand","overdue",
 *  "due":{"on","awaits","days"}|null,"fields":{...}}],"next"}.
 * `fields` are those that exchange.yaml lists, as a record has them, but {"name"} in place of a reference: an
 * id tells the other side nothing.
 *
 * `stand`: "todo" it can be answered; "again" its answer was declined; "waiting" its answer waits for the
 * client; "settled" nothing is to be answered in this state; "told" for information. `due`: of the days by
 * which the kind awaits something (`awaits`, docs/pack-format.md) and that are shown with what tells that it
 * came, the first that is open: the day, the field that is awaited, days from today. `overdue`: todo or
 * again, and past that day.
 *
 * Sorted by what is due: what can be answered by its day, without one last, then settled, then told; what
 * changed last first among equals. An answer that waits changes nothing in that order.
 *
 * A page costs the same however many clients and records there are, but where most of what is read on the way
 * does not fit: a kind, a stand or a text that few have among many; "waiting" and "again" read all answers
 * that were not taken.
 * @return YJ_E_INVALID naming "kind", "stand" or "after" */
yj_status yj_addressed_list(yj_db *db, const yj_catalog *c, int64_t party, const yj_addressed_query *q,
                            yj_buf *out, yj_error *err) yj_nodiscard;
#define YJ_ADDRESSED_COUNT_MAX 1000
/** How many stand where, of those of the kind, the client and the text asked for:
 *  {"stands":{"open":FIGURE,"overdue","todo","again","waiting","settled","told"},"total":FIGURE,
 *  "clients":[{"client":id,"n"}]|null,"kinds":[{"kind","n"|null}],"limit"}, a FIGURE being {"n","more"}: n,
 * or with `more` at least n. Exact as long as no stand has more rows than the limit before the text is looked
 * for (and an answer that waits is a row of the stand that the record had without it).
 *
 * `kinds` are counted whatever the kind asked for, `clients` whatever the client; those with none are left
 * out. Where these are more than the limit, kinds are named without a number, and clients are not told.
 *
 * Takes the same however many clients and records there are: see addressed_count.c. */
yj_status yj_addressed_count(yj_db *db, const yj_catalog *c, int64_t party, const yj_addressed_query *q,
                             yj_buf *out, yj_error *err) yj_nodiscard;
/** One of them. YJ_E_NOT_FOUND, the same whether the record is another's, is not addressed or is not there.
 *  @param client id of the institution it belongs to
 *  @param today  as in a query */
yj_status yj_addressed_get(yj_db *db, const yj_catalog *c, int64_t party, const char *client, const char *id,
                           const yj_date *today, yj_lang lang, yj_buf *out, yj_error *err) yj_nodiscard;

/** What kind it is, and the state it is in, of a record that is addressed to the party. YJ_E_NOT_FOUND as
 * above.
 *  @param ret_state index; -1: of no state of this edition */
yj_status yj_addressed_state(yj_db *db, const yj_catalog *c, int64_t party, const char *client,
                             const char *id, const yj_kind **ret_kind, int *ret_state,
                             yj_error *err) yj_nodiscard;

/* --- answers ---------------------------------------------------------------------------------- */

/*
 * An addressee answers by a record of its own ledger, entered, changed and imported like any other. It names
 * a record that is addressed to it and one of the transitions that exchange.yaml lists for it. The client
 * takes it as a copy: its own record moves by that transition, with the text, the date and the evidence (the
 * same file, a record of its own, of the weakest strength); a receipt names the other ledger's entry and the
 * digest in its leaf, which `rebuild` holds against that ledger. A later version waits again.
 */

/** What is addressed to a party, can be answered as its record stands and has no answer that waits: a
 * register of answers to be filled in and imported (record/transfer.h), where the page would enter one. CSV,
 * what changed last first; all of it.
 *  @param client id of the institution; NULL: any
 *  @param limit  YJ_ANSWERS_EXPORT_MAX @return YJ_E_LIMIT: there are more */
#define YJ_ANSWERS_EXPORT_MAX 50000
yj_status yj_answers_export(yj_db *db, const yj_catalog *c, int64_t party, const char *client, size_t limit,
                            yj_lang lang, yj_buf *out, yj_error *err) yj_nodiscard;

/** What was looked at before it is taken, so that nothing else comes of it than what was shown. */
typedef struct yj_looked {
    int64_t version;       /* of the answer, or of what is offered; -1: whichever */
    const char *about;     /* id of the own record that was shown; "": a new one; NULL: not said */
    int64_t about_version; /* of that record; -1: whichever */
} yj_looked;

/** What waits for a client, as differences to its own records; those that came first, first:
 *  {"items":[{"institution":{"id","code","name"},"answer","version","about":{"kind","id","name","version"},
 *  "transition",
 *  "moves","changes":[{"field","from","to"}],"evidence":[{"name"}]}],"more"}. `moves`: its record is in a
 * state from which the transition starts; else fields alone change. */
yj_status yj_answers_waiting(yj_db *db, const yj_catalog *c, int64_t inst, size_t limit, yj_lang lang,
                             yj_buf *out, yj_error *err) yj_nodiscard;
/**
 * Accept it, by a person who may enter receipts and do to the record what is asked.
 * @param party   id of the institution whose answer it is
 * @param ret_misses of a shut gate, as yj_change.misses; free()
 * @return YJ_E_NOT_FOUND: no such answer waits; YJ_E_CONFLICT: it was given anew, or the own record has
 * changed since it was looked at; what a change says
 */
yj_status yj_answer_accept(yj_engine *e, int64_t inst, const char *party, const char *answer,
                           const yj_looked *looked, const char *by, yj_lang lang, char **ret_misses,
                           yj_error *err) yj_nodiscard;
/** Decline it: the client's record stays. @param reason 1 to 500 characters */
yj_status yj_answer_decline(yj_engine *e, int64_t inst, const char *party, const char *answer,
                            int64_t version, const char *reason, const char *by, yj_error *err) yj_nodiscard;

/* --- offers ----------------------------------------------------------------------------------- */

/*
 * A party offers a record of its own ledger (its certificate, its incident; a regulator's warning) to one of
 * those tied to it or to all: by a record of the kind that exchange.yaml says under `offers`. What may be
 * offered by whom, what it becomes and which fields go over stands there under `offered`. The client gets it
 * only as a copy that it takes: its own record, and a receipt that names the party's entry. A later version
 * of the party's record waits again, as differences to that copy, which follows its state by the transitions
 * listed. References become the client's own: who offers is its record of the tie, another record what it
 * took of that before; what is left it chooses itself. Files are copied as with answers. Whether anything
 * was taken changes nothing in the party's ledger.
 */

/** What waits for a client; those that were written first, first:
 *  {"items":[{"institution":{"id","code","name"},"offer","version","offered","kind","name","about":{"kind",
 *  "id","name","version"}|null,"transition":id|null,"changes":[{"field","from","to"}],"choose":[field],
 *  "evidence":[{"name","digest"}],"due_on":date|null}],"more"}. `offer`: id of the party's record, `offered`
 *  its kind; `kind` what it becomes; `about` the client's record that it changes. */
yj_status yj_offers_waiting(yj_db *db, const yj_catalog *c, int64_t inst, size_t limit, yj_lang lang,
                            yj_buf *out, yj_error *err) yj_nodiscard;
/** One of them (an item of the above) with what the client would choose: by a field of the key it may be
 * about another of the client's records.
 *  @param chosen as of yj_offer_accept() @return YJ_E_NOT_FOUND; YJ_E_INVALID: that is not chosen */
yj_status yj_offer_look(yj_db *db, const yj_catalog *c, int64_t inst, const char *party, const char *offer,
                        const json_t *chosen, yj_lang lang, yj_buf *out, yj_error *err) yj_nodiscard;
/** Which of a party's offers are asked for. */
typedef struct yj_offers_query {
    const char *offer; /* id of one; NULL: all */
    bool counts_only;  /* what became of them is counted, and clients are not listed */
    size_t limit;
    const char *after; /* `next` of the page before; NULL for the first */
    yj_lang lang;
} yj_offers_query;
/** What a party has offered, the newest first:
 *  {"items":[{"offer","state","about":{"kind","id","name"}|null,"version","to_all","due_on",
 *  "counts":{"waiting","declined","taken","handled"},
 *  "clients":[{"institution","link","outcome":"waiting"|"taken"|"declined"|"handled","current","on","reason",
 *  "record":{"id","state","fields"}|null}]}],"next"}. `current`: the outcome is of this version. `record`:
 * the client's own, while it is addressed to the party, with the fields that exchange.yaml says under `told`.
 * A client that is not tied any more is left out; of an offer that was taken back none is told. */
yj_status yj_offers_list(yj_db *db, const yj_catalog *c, int64_t party, const yj_offers_query *q, yj_buf *out,
                         yj_error *err) yj_nodiscard;
/**
 * Take it, by a person who may enter receipts and enter or change records of the kind.
 * @param party   id of the institution that offers
 * @param offer   id of its record
 * @param looked  where it does not say about which own record, that is the one without any choice
 * @param chosen  an object of fields that exchange.yaml leaves to the client; NULL: none
 * @param ret_misses of a shut gate, as yj_change.misses; free()
 * @return YJ_E_NOT_FOUND: no such offer waits; YJ_E_CONFLICT: it has changed, or the own record that it would
 * change is another than was shown, or another version of it; what a change says
 */
yj_status yj_offer_accept(yj_engine *e, int64_t inst, const char *party, const char *offer,
                          const yj_looked *looked, const json_t *chosen, const char *by, yj_lang lang,
                          char **ret_misses, yj_error *err) yj_nodiscard;
/** Decline this version: nothing comes of it but the receipt. @param reason 1 to 500 characters */
yj_status yj_offer_decline(yj_engine *e, int64_t inst, const char *party, const char *offer, int64_t version,
                           const char *reason, const char *by, yj_error *err) yj_nodiscard;

/** Is it a file of an answer or of an offer that waits for the client, and of a party that has it? Such a
 * file may be looked at before it is taken. @param digest in lower-case hex */
yj_status yj_waiting_file(yj_db *db, const yj_catalog *c, int64_t inst, const char *digest, bool *ret,
                          yj_error *err) yj_nodiscard;

#endif
