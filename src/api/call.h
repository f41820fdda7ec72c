// SPDX-License-Identifier: Apache-2.0
/**
 * One call of a route: what the request asked, and what will be answered. Handlers run on workers; everything
 * they allocate comes from the call's arena; what they borrow (reader, catalog, JSON) is given back by the
 * dispatcher, whatever way they end.
 */
#ifndef YJ_API_CALL_H
#define YJ_API_CALL_H

#include "access/oidc.h"
#include "access/set_up.h"
#include "access/sign_in.h"
#include "api/cache.h"
#include "api/caller.h"
#include "api/http.h"
#include "api/page.h"
#include "api/server.h"
#include "api/worker.h"
#include "evidence/evidence.h"
#include "job/job.h"
#include "notice/post.h"

#define YJ_SEGMENTS_MAX 6 /* path parameters of a route */
#define YJ_PARAMS_MAX 16  /* query parameters of a route */
#define YJ_FILTERS_MAX 16 /* of a repeated query parameter */
#define YJ_PARAM_BYTES_MAX ((size_t)2000)
#define YJ_JSON_BODY_MAX ((uint64_t)2 << 20)
#define YJ_JSON_SMALL_MAX ((uint64_t)16 << 10)
#define YJ_REPLY_BYTES_MAX ((size_t)64 << 20)
#define YJ_REPLY_HEADERS_MAX 8
#define YJ_REACHED_BYTES 320   /* a name of 255, scheme and port */
#define YJ_DOCUMENTS_AT_ONCE 2 /* of which text is read; fewer than there are slow workers */

typedef struct yj_call yj_call;
struct yj_actor; /* access/may.h */
typedef struct yj_hub yj_hub;
typedef struct yj_metrics yj_metrics;

typedef struct yj_reply {
    int status;                /* 200 */
    const char *type;          /* application/json */
    const char *cache_control; /* no-store */
    const char *policy;        /* Content-Security-Policy; NULL: nothing may be done with the answer */
    bool packed;               /* the body is gzip already */
    yj_buf body;
    char etag[YJ_ETAG_MAX]; /* with quotes; "" : made from the body where the route is cached */
    yj_answer_header header[YJ_REPLY_HEADERS_MAX];
    size_t header_count;
    int fd; /* -1, or a file that is sent in place of the body */
    uint64_t offset, length;
    yj_stream *stream; /* NULL, or what is sent in place of the body; a reference */
} yj_reply;
/** @param value copied into the call's arena */
void yj_reply_header(yj_call *c, yj_reply *rp, const char *name, const char *value);

typedef yj_status (*yj_handler)(yj_call *c, yj_reply *rp, yj_error *err);

/* --- routes -----------------------------------------------------------------------------------------------
 */

typedef enum yj_param_type {
    YJ_P_TEXT,
    YJ_P_INT, /* min..max */
    YJ_P_BOOL,
    YJ_P_DATE,
    YJ_P_AS_OF,  /* a date, an instant or #entry */
    YJ_P_CHOICE, /* one of `choices` */
    YJ_P_FILTER, /* field:op:value; repeated */
} yj_param_type;

typedef struct yj_param {
    const char *name; /* NULL: end of the list */
    yj_param_type type;
    int64_t min, max;
    const char *choices; /* "a b c" */
    const char *summary; /* English; see texts.h */
} yj_param;

typedef enum yj_freshness {
    YJ_FRESH_NONE,    /* computed anew each time */
    YJ_FRESH_CATALOG, /* depends on the packs alone */
    YJ_FRESH_INST,    /* on the institution's ledger and the installation's */
    YJ_FRESH_DAY,     /* on these and the date */
    YJ_FRESH_ALL,     /* on any ledger */
} yj_freshness;

/** For whom a route is (api/admit.h). */
typedef enum yj_for {
    YJ_FOR_OPERATOR, /* of the installation: what a row leaves out */
    YJ_FOR_MEMBER,   /* who stands for a person of the institution {inst}, and the operator */
    YJ_FOR_ACCOUNT,  /* who has signed in, and programs with a token */
    YJ_FOR_SESSION,  /* who has signed in; no programs: what a person does with his own account */
    YJ_FOR_ANYBODY,
} yj_for;

/** What an answer tells, for the ledger of whose records it tells of (api/inspect.h). */
typedef enum yj_reads {
    YJ_READS_NOTHING, /* the route is not for inspectors: what a row leaves out */
    YJ_READS_KNOWN,   /* what who is tied knows anyway; not entered */
    YJ_READS_RECORD,  /* {kind} and {id} */
    YJ_READS_ITEMS,   /* "items", each with "id", and "kind" if there is no {kind} */
    YJ_READS_PAGE,    /* what is made of many records: `read_as` is "kind/what"; "/what": of {kind} */
    YJ_READS_FILE,    /* a file of evidence */
} yj_reads;

typedef struct yj_route {
    yj_for who;
    yj_method method;
    const char *path; /* "/api/v1/institutions/{inst}/..."; a last "{name...}" takes all the rest */
    yj_body_plan plan;
    uint64_t body_max;
    const char *body_type; /* media type wanted; NULL: any */
    yj_handler handle;
    /* Not NULL: `handle` submits a change (yj_call_submit) and returns; this makes the answer when it is
     * done, *err holding its error if it was refused. */
    yj_status (*after)(yj_call *c, yj_reply *rp, yj_error *err);
    /* a piece of a streamed body; what it allocates from the arena stays until the end */
    yj_status (*chunk)(yj_call *c, yj_span bytes, yj_error *err);
    void (*end)(yj_call *c); /* after the exchange, if c->rq->ends */
    yj_freshness fresh;
    bool by_lang;   /* the answer depends on Accept-Language */
    bool any_query; /* the query is not the server's: the page reads it */
    bool by_person; /* of a GET: the answer depends on the acting person, so it is never kept */
    yj_reads reads; /* of a GET: inspectors may, and what it tells them */
    const char *read_as;
    bool calendar; /* for calendar programs: a token may also come as the password of HTTP Basic (RFC 7617),
                      and one made for the calendar alone is let in */
    bool slow;     /* for the slow workers */
    bool per_kind; /* the document has one path for each kind in place of {kind} */
    const yj_param *params;
    const char *summary; /* English; see texts.h */
    /* for the document: component schema of body and answer; "kind.create", "kind.change", "kind.record",
     * "kind.list", "kind.move" stand for the kind's own */
    const char *body_schema, *reply_schema;
    const char *reply_type; /* NULL: application/json */
    int success;            /* status */
    /* another answer that is none of an error, or 0: its status, shape and what it means */
    int also;
    const char *also_schema, *also_summary;
} yj_route;

extern const yj_route yj_routes[];
extern const size_t yj_route_count;
/** Values of the path parameter of a route by its name in the pattern; -1 if it has none. */
int yj_route_segment(const yj_route *r, const char *name);

/* --- the server -------------------------------------------------------------------------------------------
 */

struct yj_server {
    yj_engine *engine;
    yj_http *http;
    yj_tallies *tallies;
    yj_cache *cache;
    yj_evidence *evidence;
    yj_hub *hub;
    yj_jobs *jobs;
    yj_job_ground ground; /* of its instruments */
    yj_key *signer;       /* that of `ground` */
    yj_post_office *post;
    yj_metrics *metrics;
    const yj_page *page;            /* NULL: built without */
    yj_tls *tls;                    /* NULL: plain HTTP */
    char *public_url;               /* see server.h; NULL: not known */
    char reached[YJ_REACHED_BYTES]; /* yj_server_reached() without a public URL */
    bool strict;                    /* browsers shall use TLS with this name from now on (RFC 6797) */
    int64_t started_ns;
    yj_institution installation; /* id and origin; its size is in the tallies */
    struct yj_keeper *keeper;    /* these two: server.c */
    _Atomic unsigned documents;  /* being read; see text_api.c */
    /* sign-in; nothing of it in an open server */
    yj_site site;
    yj_seal *seal;
    yj_sign_in_desk *desk;
    yj_oidc *oidc;
    yj_sign_in_options sign_in;
    yj_session_options session;
    yj_callers *callers;
    yj_workers *asides;                          /* what computes long: passwords */
    _Atomic unsigned aside;                      /* waiting or running there */
    _Atomic unsigned large_unknown;              /* large bodies of who is not known yet */
    char first_secret[YJ_SET_UP_SECRET_LEN + 1]; /* "" unless nobody can sign in yet */
};

struct yj_call {
    yj_req *rq;
    struct yj_server *server;
    const yj_route *route;
    yj_lang lang;
    bool gzip;
    unsigned form;                        /* of the cache */
    yj_span raw[YJ_SEGMENTS_MAX];         /* path parameters as sent */
    const char *segment[YJ_SEGMENTS_MAX]; /* decoded */
    const char *param[YJ_PARAMS_MAX];     /* decoded, in the order of the route's list; NULL: absent */
    const char *filter[YJ_FILTERS_MAX];
    size_t filter_count;
    yj_catalog *catalog; /* a reference */
    bool prepared;
    yj_stamp stamp;
    yj_credential credential;       /* what the request brings */
    char basic[YJ_TOKEN_LEN + 1];   /* its token, where that came as a password */
    yj_caller *who;                 /* a reference; NULL: a stranger, or an open server */
    bool large;                     /* counted in large_unknown */
    bool looked;                    /* for a kept answer, when the head came */
    struct yj_aside *aside;         /* after yj_call_aside */
    const yj_inspected *inspected;  /* let in as an inspector: by what; of c->who */
    const char *inspected_file;     /* of a file of evidence: the id of the record that names it */
    yj_institution *inst;           /* after yj_call_institution */
    yj_db *db;                      /* after yj_call_db: a reader inside a read transaction */
    json_t *json;                   /* after yj_call_json */
    char person[YJ_UUID_LEN + 1];   /* after yj_call_person */
    yj_change *change;              /* after yj_call_submit */
    const char *extra, *extra_json; /* a member added to the error object */
    void *own;                      /* the handler's */
};

/** sign_in_server.c: what sign-in needs all the time; the site says then that people sign in. Of an open
 * server none is called but the last two, which do nothing. */
yj_status yj_sign_in_start(struct yj_server *s, const yj_server_options *o, yj_error *err) yj_nodiscard;
void yj_sign_in_sweep(struct yj_server *s);
/** After the last request. */
void yj_sign_in_stop(struct yj_server *s);

/** The path parameter of that name; the route has it. */
const char *yj_call_segment(const yj_call *c, const char *name);
/** The query parameter of that name; NULL if it was not given. */
const char *yj_call_param(const yj_call *c, const char *name);
int64_t yj_call_int(const yj_call *c, const char *name, int64_t otherwise);
bool yj_call_bool(const yj_call *c, const char *name);

/** Find the institution of {inst}: its id or code; "installation" or the installation's id for the
 *  installation itself. Stamps the answer. YJ_E_NOT_FOUND */
yj_status yj_call_institution(yj_call *c, yj_error *err) yj_nodiscard;
/** The kind of {kind} and the ledger its records are in. YJ_E_NOT_FOUND */
yj_status yj_call_kind(yj_call *c, const yj_kind **ret, int64_t *ret_inst, yj_error *err) yj_nodiscard;
/** The digest of {digest}. YJ_E_NOT_FOUND if it is none. */
yj_status yj_call_digest(yj_call *c, yj_digest *ret, yj_error *err) yj_nodiscard;
/** Borrow a reader and begin a read transaction. */
yj_status yj_call_db(yj_call *c, yj_error *err) yj_nodiscard;
/** Give the reader back before the end, as every handler must before it waits. */
void yj_call_db_done(yj_call *c);
/** Parse the body as a JSON object whose keys are among `allowed` ("a b c"). */
yj_status yj_call_json(yj_call *c, const char *allowed, yj_error *err) yj_nodiscard;
/** Entry before which things are read, from parameter as_of; -1 if not given. Needs the institution. */
yj_status yj_call_as_of(yj_call *c, int64_t inst, int64_t *ret, yj_error *err) yj_nodiscard;
/** The acting person. Of an open server: header Yunjian-Person, else the operator. Else one whom who asks
 * stands for, in the institution if that is found already: the one that the header names, else the first,
 * else the operator, if it is he. YJ_E_INVALID, YJ_E_FORBIDDEN */
yj_status yj_call_person(yj_call *c, yj_error *err) yj_nodiscard;
/** Submit a change (arena-owned); the route's `after` goes on when it is done. Nothing of the call may be
 *  touched after a success. */
yj_status yj_call_submit(yj_call *c, yj_change *change, yj_error *err) yj_nodiscard;
/** Do `work` on a thread that is there for what computes long (a password's hash); the route's `after` goes
 * on, *err holding its failure. Likewise. @return YJ_E_BUSY if too many wait */
typedef yj_status (*yj_aside_fn)(yj_call *c, yj_error *err);
yj_status yj_call_aside(yj_call *c, yj_aside_fn work, yj_error *err) yj_nodiscard;

/* --- dispatching (dispatch.c) ------------------------------------------------------------------------------
 */

extern const char yj_json_type[];
void yj_dispatch_begin(void *server, yj_req *rq);
void yj_dispatch_chunk(void *server, yj_req *rq, yj_span bytes);
void yj_dispatch_handle(void *server, yj_req *rq);
void yj_dispatch_end(void *server, yj_req *rq);
yj_answer *yj_dispatch_refuse(void *server, yj_req *rq, const yj_error *why);
void yj_dispatch_answered(void *server, yj_req *rq, const yj_answer *a, int status);

/* --- OpenAPI (openapi.c) -----------------------------------------------------------------------------------
 */

/** The document for the route table and the packs. @param c NULL: for any packs, {kind} left open */
yj_status yj_openapi_write(const yj_catalog *c, yj_lang lang, yj_buf *out, yj_error *err) yj_nodiscard;

/* --- live feed (feed_api.c) --------------------------------------------------------------------------------
 */

yj_hub *yj_hub_new(void);
void yj_hub_free(yj_hub *h);
/** Entries that were not told to somebody. */
typedef struct yj_hub_gap {
    int64_t inst;
    uint64_t from, size; /* from this one to before that one */
} yj_hub_gap;
/** Does anybody listen to an institution? Never blocks. */
bool yj_hub_hears(yj_hub *h, int64_t inst);
/** Who was not told of all entries of a ledger? @return false: nobody */
bool yj_hub_behind(yj_hub *h, yj_hub_gap *ret);
/** Tell those of them who were told of all before the gap, in one event; others have a gap of their own. If
 * what is new cannot be read, they are told that anything may be.
 *  @param db a reader that sees the entries */
void yj_hub_publish(yj_hub *h, yj_db *db, const yj_catalog *c, const yj_hub_gap *g);
/** There may be something to tell: it is done soon, by the keeper's thread (server.c). Never blocks. */
void yj_server_news(struct yj_server *s);
/** Tell who listens to an institution of something that is not in the ledger. Never blocks.
 *  @param json one line */
void yj_hub_tell(yj_hub *h, int64_t inst, const char *event, yj_span json);
/** Now and then: a comment to every listener, so that dead ones are noticed. */
void yj_hub_beat(yj_hub *h);
/** End the feeds of those who are not let in any more: a session that ended, a token that was revoked, a
 * person who is of the institution no more. */
void yj_hub_check(yj_hub *h, yj_callers *x);
/** End every stream and take no more. */
void yj_hub_close(yj_hub *h);
size_t yj_hub_listeners(yj_hub *h);

/* --- metrics (metrics.c) -----------------------------------------------------------------------------------
 */

yj_metrics *yj_metrics_new(void);
void yj_metrics_free(yj_metrics *m);
void yj_metrics_count(yj_metrics *m, int route, int status, int64_t ns);
void yj_metrics_write(struct yj_server *s, yj_buf *out);

/* --- handlers ---------------------------------------------------------------------------------------------
 */

/* page.c */
yj_status yj_api_root(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_page(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_asset(yj_call *c, yj_reply *rp, yj_error *err);
/* system_api.c */
yj_status yj_api_health(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_metrics(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_openapi(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_institutions(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_institution(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_institution_open(yj_call *c, yj_reply *rp, yj_error *err);
/* catalog_api.c */
yj_status yj_api_kinds(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_kind(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_requirements(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_requirement(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_gates(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_packs(yj_call *c, yj_reply *rp, yj_error *err);
/* records_api.c */
yj_status yj_api_records(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_record(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_record_create(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_record_change(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_record_move(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_record_written(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_history(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_referrers(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_record_gates(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_counts(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_names(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_search(yj_call *c, yj_reply *rp, yj_error *err);
/* access_api.c */
yj_status yj_api_may(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_may_kinds(yj_call *c, yj_reply *rp, yj_error *err);
/** The acting person and what he may; borrows a reader. Needs the institution. */
yj_status yj_call_actor(yj_call *c, struct yj_actor *ret, yj_error *err) yj_nodiscard;
/* instruments_api.c */
yj_status yj_api_instruments(yj_call *c, yj_reply *rp, yj_error *err);
/** Open the places and, if there are any, the key that signs what is found there. @param places NULL: none */
yj_status yj_api_instruments_start(struct yj_server *s, yj_places *places, yj_media *media,
                                   yj_error *err) yj_nodiscard;
/* exchange_api.c */
yj_status yj_api_invitation_code(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_invitation_look(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_invitation_accept(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_invitation_decline(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_ties(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_addressed(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_addressed_count(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_addressed_one(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_addressed_may(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_answers(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_answers_register(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_answer_accept(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_answer_decline(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_offers(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_offers_waiting(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_offer_look(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_offer_accept(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_offer_decline(yj_call *c, yj_reply *rp, yj_error *err);
/* oversight_api.c */
yj_status yj_api_supervised(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_readings(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_inspectors(yj_call *c, yj_reply *rp, yj_error *err);
/* verdicts_api.c */
yj_status yj_api_verdicts(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_status(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_standing(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_standing_requirements(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_requirement_history(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_trend(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_start(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_due(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_explain(yj_call *c, yj_reply *rp, yj_error *err);
/* transfer_api.c */
yj_status yj_api_import(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_export(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_template(yj_call *c, yj_reply *rp, yj_error *err);
/* ledger_api.c */
yj_status yj_api_ledgers(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_checkpoint(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_tile(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_proof(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_consistency(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_key(yj_call *c, yj_reply *rp, yj_error *err);
/* entries_api.c */
yj_status yj_api_entries(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_entry(yj_call *c, yj_reply *rp, yj_error *err);
/* evidence_api.c */
yj_status yj_api_evidence_post(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_evidence_get(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_evidence_put(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_evidence_check(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_upload_head(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_upload_patch(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_upload_put(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_upload_delete(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_evidence_chunk(yj_call *c, yj_span bytes, yj_error *err);
void yj_api_evidence_end(yj_call *c);
/* text_api.c */
yj_status yj_api_text(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_likely(yj_call *c, yj_reply *rp, yj_error *err);
/* jobs_api.c */
yj_status yj_api_job_create(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_jobs(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_job(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_job_cancel(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_job_witness(yj_call *c, yj_reply *rp, yj_error *err);
/** What this server can do, ended by NULL. */
extern const yj_job_work *const yj_api_works[];
/** Start the queue with the works that there are. */
yj_status yj_api_jobs_start(struct yj_server *s, yj_error *err) yj_nodiscard;
/** Queue a job and answer with it: 202. */
yj_status yj_api_job_order(yj_call *c, const yj_job_order *o, yj_reply *rp, yj_error *err) yj_nodiscard;
/* sign_in_api.c, account_api.c, token_api.c, accounts_api.c */
yj_status yj_api_session(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_sign_in(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_signed_in(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_sign_in_code(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_sign_out(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_set_up_look(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_set_up(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_set_up_done(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_prove(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_sessions(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_sessions_end_others(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_session_end(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_password(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_password_set(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_totp(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_totp_confirm(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_totp_clear(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_recovery(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_tokens(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_token_create(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_token_revoke(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_accounts(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_account_create(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_account_link(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_account_unlink(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_account_lock(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_account_set_up(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_account_clear_second(yj_call *c, yj_reply *rp, yj_error *err);
/* outside_api.c, linking_api.c, prove_api.c, providers_api.c */
yj_status yj_api_prove_directory(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_prove_directory_done(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_prove_oidc(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_prove_oidc_begun(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_prove_oidc_finish(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_prove_oidc_finished(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_provider_check(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_provider_checked(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_own_identities(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_link_directory(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_link_directory_done(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_link_oidc(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_link_oidc_begun(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_link_oidc_finish(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_link_oidc_finished(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_own_unlink(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_sign_in_providers(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_sign_in_directory(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_sign_in_directory_done(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_oidc_begin(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_oidc_begun(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_oidc_return(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_oidc_returned(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_providers(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_provider_create(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_provider_change(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_provider_delete(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_identities(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_identity_link(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_identity_linked(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_identity_unlink(yj_call *c, yj_reply *rp, yj_error *err);
/* notices_api.c */
yj_status yj_api_inbox(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_inbox_counts(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_inbox_mark(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_preference(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_preference_put(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_channels(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_channel_new(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_channel_change(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_channel_remove(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_channel_test(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_channel_again(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_deliveries(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_delivery_again(yj_call *c, yj_reply *rp, yj_error *err);
yj_status yj_api_calendar(yj_call *c, yj_reply *rp, yj_error *err);
/** Start the post, which tells listeners when an inbox has changed. */
yj_status yj_api_notices_start(struct yj_server *s, yj_error *err) yj_nodiscard;
/* feed_api.c */
yj_status yj_api_feed(yj_call *c, yj_reply *rp, yj_error *err);

#endif
