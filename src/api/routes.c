// SPDX-License-Identifier: Apache-2.0
/* The route table: it drives dispatching, the OpenAPI document and the tests. */
#include "api/call.h"
#include "notice/ical.h"
#include "record/entries.h"
#include "record/oversight.h"
#include "record/reading.h"
#include "record/standing.h"

/* clang-format off */
#define END { NULL, YJ_P_TEXT, 0, 0, NULL, NULL }
#define INST "/api/v1/institutions/{inst}"
#define RECORDS INST "/records/{kind}"
#define LEDGER "/api/v1/ledgers/{inst}"

#define P_AS_OF { "as_of", YJ_P_AS_OF, 0, 0, NULL, \
    "as it was at a date, an instant or an entry (2026-03-31, 2026-03-31T12:00:00+08:00, #123)" }
#define P_DRY { "dry_run", YJ_P_BOOL, 0, 0, NULL, "check everything, write nothing" }

static const yj_param none[] = { END };
static const yj_param as_of[] = { P_AS_OF, END };
static const yj_param dry[] = { P_DRY, END };

static const yj_param list[] = {
    { "filter", YJ_P_FILTER, 0, 0, NULL,
      "condition field:op:value, repeatable; op is eq ne lt le gt ge has" },
    { "sort", YJ_P_TEXT, 0, 0, NULL, "field to sort by; with - before it, descending" },
    { "limit", YJ_P_INT, 1, 1000, NULL, "items a page, 50 by default" },
    { "after", YJ_P_TEXT, 0, 0, NULL, "next of the page before" },
    { "q", YJ_P_TEXT, 0, 0, NULL, "text contained in name, key or any text field" },
    P_AS_OF, END };

#define P_UNIT { "unit", YJ_P_TEXT, 0, 0, NULL, \
    "id of a record: it and all that the packs' paths from it reach; none: what no such path reaches" }

static const yj_param verdicts[] = {
    { "requirement", YJ_P_TEXT, 0, 0, NULL, "id of the requirement" },
    { "subject", YJ_P_TEXT, 0, 0, NULL, "id of the subject's record" },
    P_UNIT,
    { "proof", YJ_P_TEXT, 0, 0, NULL, "id of a record: it, or one that refers to it, is among the proofs" },
    { "clause", YJ_P_TEXT, 0, 0, NULL, "a clause and those below it" },
    { "stage", YJ_P_TEXT, 0, 0, NULL, "stage" },
    { "status", YJ_P_CHOICE, 0, 0, "unmet unknown met not_applicable", "status" },
    { "remediation", YJ_P_CHOICE, 0, 0, "open overdue none",
      "unmet or undecided: being put right, past the day set, or binding and put right by nobody" },
    { "actor", YJ_P_TEXT, 0, 0, NULL, "actor" },
    { "force", YJ_P_TEXT, 0, 0, NULL, "force" },
    { "due_until", YJ_P_DATE, 0, 0, NULL, "lapses on or before this date" },
    { "limit", YJ_P_INT, 1, 1000, NULL, "items a page, 50 by default" },
    { "offset", YJ_P_INT, 0, 100000000, NULL, "items to skip" },
    P_AS_OF, END };

static const yj_param standing[] = {
    P_AS_OF,
    { "level", YJ_P_INT, 1, 3, NULL, "how many parts of a clause number make a group, 1 by default" },
    END };

static const yj_param standing_requirements[] = { P_UNIT, P_AS_OF, END };

static const yj_param requirement_history[] = {
    { "subject", YJ_P_TEXT, 0, 0, NULL, "id of the subject's record" },
    P_UNIT,
    { "only", YJ_P_CHOICE, 0, 0, "status", "changes of the status, not those of reason, proof or day alone" },
    { "limit", YJ_P_INT, 1, 200, NULL, "items a page, 50 by default" },
    { "offset", YJ_P_INT, 0, 100000000, NULL, "items to skip" },
    P_AS_OF, END };

static const yj_param trend[] = {
    { "from", YJ_P_DATE, 0, 0, NULL, "first day, by default that of the ledger's first entry" },
    { "until", YJ_P_DATE, 0, 0, NULL, "last day, by default and at the latest today" },
    { "points", YJ_P_INT, 2, YJ_TREND_POINTS_MAX, NULL, "at most so many days, 12 by default" },
    END };

static const yj_param referrers[] = {
    { "limit", YJ_P_INT, 1, 1000, NULL, "at most so many, 50 by default" },
    END };

static const yj_param due[] = {
    { "until", YJ_P_DATE, 0, 0, NULL, "last day, by default 90 days from today" },
    END };

static const yj_param explain[] = {
    { "requirement", YJ_P_TEXT, 0, 0, NULL, "id of the requirement" },
    { "subject", YJ_P_TEXT, 0, 0, NULL, "id or key of the subject's record" },
    P_AS_OF, END };

static const yj_param search[] = {
    { "q", YJ_P_TEXT, 0, 0, NULL, "text to find, two characters or more" },
    { "limit", YJ_P_INT, 1, 1000, NULL, "at most so many, 50 by default" },
    END };

static const yj_param counts[] = {
    { "by", YJ_P_TEXT, 0, 0, NULL,
      "what to count by, up to 12 names separated by commas: state, a field, or a field of the record that a "
      "reference names (asset.level)" },
    { "filter", YJ_P_FILTER, 0, 0, NULL,
      "condition field:op:value, repeatable; op is eq ne lt le gt ge has" },
    { "q", YJ_P_TEXT, 0, 0, NULL, "text contained in name, key or any text field" },
    END };

static const yj_param names[] = {
    { "kind", YJ_P_TEXT, 0, 0, NULL, "kind of the records" },
    { "ids", YJ_P_TEXT, 0, 0, NULL, "up to 50 ids, separated by commas" },
    END };

static const yj_param requirements[] = {
    { "clause", YJ_P_TEXT, 0, 0, NULL, "a clause and those below it" },
    { "actor", YJ_P_TEXT, 0, 0, NULL, "actor" },
    { "force", YJ_P_TEXT, 0, 0, NULL, "force" },
    { "stage", YJ_P_TEXT, 0, 0, NULL, "stage" },
    { "model", YJ_P_TEXT, 0, 0, NULL, "deployment model" },
    { "subject", YJ_P_TEXT, 0, 0, NULL, "kind of the subject" },
    { "q", YJ_P_TEXT, 0, 0, NULL, "text contained in title or text" },
    END };

static const yj_param may[] = {
    { "kind", YJ_P_TEXT, 0, 0, NULL, "kind of the record; required" },
    { "id", YJ_P_TEXT, 0, 0, NULL, "id or key of the record; without it, any record of the kind" },
    END };

static const yj_param addressed[] = {
    { "kind", YJ_P_TEXT, 0, 0, NULL, "kind of the record" },
    { "client", YJ_P_TEXT, 0, 0, NULL, "id of the institution that it belongs to" },
    { "stand", YJ_P_CHOICE, 0, 0, "open overdue todo again waiting settled told", "where it stands; open: todo or again" },
    { "q", YJ_P_TEXT, 0, 0, NULL, "text contained in what is shown of it in one line" },
    { "sort", YJ_P_CHOICE, 0, 0, "newest due", "what changed last first, which is the default, or what is due first" },
    { "limit", YJ_P_INT, 1, 200, NULL, "items a page, 50 by default" },
    { "after", YJ_P_TEXT, 0, 0, NULL, "next of the page before" },
    END };
static const yj_param addressed_count[] = {
    { "kind", YJ_P_TEXT, 0, 0, NULL, "kind of the record" },
    { "client", YJ_P_TEXT, 0, 0, NULL, "id of the institution that it belongs to" },
    { "q", YJ_P_TEXT, 0, 0, NULL, "text contained in what is shown of it in one line" },
    END };

static const yj_param answers_register[] = {
    { "client", YJ_P_TEXT, 0, 0, NULL, "id of an institution: what it addresses alone" },
    END };
static const yj_param answers[] = {
    { "limit", YJ_P_INT, 1, 200, NULL, "at most so many, 50 by default" },
    END };
static const yj_param offers[] = {
    { "offer", YJ_P_TEXT, 0, 0, NULL, "id of an offer: that one alone" },
    { "clients", YJ_P_CHOICE, 0, 0, "all none", "what each client made of it, or the counts alone; all by default" },
    { "limit", YJ_P_INT, 1, 200, NULL, "at most so many, 50 by default" },
    { "after", YJ_P_TEXT, 0, 0, NULL, "next of the page before" },
    END };

static const yj_param supervised[] = {
    { "q", YJ_P_TEXT, 0, 0, NULL, "text contained in code or name" },
    { "sort", YJ_P_CHOICE, 0, 0, "name unmet", "by name, which is the default, or those with the most unmet that bind first" },
    { "limit", YJ_P_INT, 1, YJ_SUPERVISED_LIMIT_MAX, NULL, "items a page, 50 by default" },
    { "after", YJ_P_TEXT, 0, 0, NULL, "next of the page before" },
    END };

static const yj_param readings[] = {
    { "inspector", YJ_P_TEXT, 0, 0, NULL, "id of the inspector" },
    { "from", YJ_P_DATE, 0, 0, NULL, "recorded on or after this date" },
    { "until", YJ_P_DATE, 0, 0, NULL, "recorded on or before this date" },
    { "limit", YJ_P_INT, 1, YJ_READINGS_LIMIT_MAX, NULL, "items a page, 50 by default" },
    { "after", YJ_P_INT, 0, INT64_MAX, NULL, "next of the page before" },
    END };

static const yj_param import[] = {
    { "name", YJ_P_TEXT, 0, 0, NULL, "name of a single file, as system.csv" },
    { "job", YJ_P_BOOL, 0, 0, NULL, "as a job: answer at once, import later" },
    { "set", YJ_P_TEXT, 0, 0, NULL, "{KIND:{FIELD:text}}, JSON: for each row of the kind's file that does not say the field" },
    P_DRY, END };

static const yj_param inbox[] = {
    { "show", YJ_P_CHOICE, 0, 0, YJ_INBOX_SHOWS, "which of them, open ones by default" },
    { "news", YJ_P_CHOICE, 0, 0, "due overdue worse better waits named job emergency guessed tried addressed answered offered taken tied read", "of which sort" },
    { "before", YJ_P_TEXT, 0, 0, NULL, "items before this one: next of the page before" },
    { "limit", YJ_P_INT, 1, YJ_INBOX_LIMIT_MAX, NULL, "items a page, 50 by default" },
    END };

static const yj_param deliveries[] = {
    { "state", YJ_P_CHOICE, 0, 0, "waiting sent refused erased", "state of the delivery" },
    { "channel", YJ_P_TEXT, 0, 0, NULL, "by one channel: its id" },
    { "before", YJ_P_TEXT, 0, 0, NULL, "items before this one: next of the page before" },
    { "limit", YJ_P_INT, 1, 200, NULL, "items a page, 50 by default" },
    END };

static const yj_param feed[] = {
    { "from", YJ_P_INT, 0, INT64_MAX, NULL, "the ledger's size up to which the caller knows it; what is newer is told at once" },
    END };

static const yj_param jobs[] = {
    { "state", YJ_P_CHOICE, 0, 0, YJ_JOB_STATES, "state of the job" },
    { "before", YJ_P_TEXT, 0, 0, NULL, "jobs before this one: next of the page before" },
    { "limit", YJ_P_INT, 1, 200, NULL, "items a page, 50 by default" },
    END };

static const yj_param entries[] = {
    { "before", YJ_P_INT, 0, INT64_MAX, NULL, "entries before this one: next of the page before" },
    { "limit", YJ_P_INT, 1, YJ_ENTRIES_LIMIT_MAX, NULL, "items a page, 50 by default" },
    { "op", YJ_P_CHOICE, 0, 0, YJ_ENTRY_OPS, "what the entry does" },
    { "kind", YJ_P_TEXT, 0, 0, NULL, "kind of the record" },
    { "record", YJ_P_TEXT, 0, 0, NULL, "id of the record" },
    { "by", YJ_P_TEXT, 0, 0, NULL, "id of the person who acted" },
    { "from", YJ_P_DATE, 0, 0, NULL, "recorded on or after this date" },
    { "until", YJ_P_DATE, 0, 0, NULL, "recorded on or before this date" },
    END };

static const yj_param identity[] = {
    { "provider", YJ_P_TEXT, 0, 0, NULL, "id of the provider" },
    { "subject", YJ_P_TEXT, 0, 0, NULL, "whom it means" },
    END };

static const yj_param accounts[] = {
    { "after", YJ_P_TEXT, 0, 0, NULL, "next of the page before" },
    { "limit", YJ_P_INT, 1, 200, NULL, "items a page, 50 by default" },
    END };

static const yj_param consistency[] = {
    { "from", YJ_P_INT, 0, INT64_MAX, NULL, "earlier size" },
    { "to", YJ_P_INT, 0, INT64_MAX, NULL, "later size" },
    END };

const yj_route yj_routes[] = {
    { YJ_FOR_ANYBODY, YJ_GET, "/", .handle = yj_api_root, .params = none, .success = 302, .summary = "To the page" },
    { YJ_FOR_ANYBODY, YJ_GET, "/p/", .handle = yj_api_page, .params = none, .any_query = true, .reply_type = "text/html; charset=utf-8",
      .success = 200, .summary = "The page" },
    { YJ_FOR_ANYBODY, YJ_GET, "/p/{view...}", .handle = yj_api_page, .params = none, .any_query = true, .reply_type = "text/html; charset=utf-8",
      .success = 200, .summary = "The page: every address below is one document" },
    { YJ_FOR_ANYBODY, YJ_GET, "/assets/{path...}", .handle = yj_api_asset, .params = none,
      .reply_type = "application/octet-stream", .success = 200, .summary = "The page's scripts and styles" },
    { YJ_FOR_OPERATOR, YJ_GET, "/metrics", .handle = yj_api_metrics, .params = none,
      .reply_type = "text/plain; version=0.0.4; charset=utf-8", .success = 200,
      .summary = "Prometheus metrics" },
    { YJ_FOR_OPERATOR, YJ_GET, "/api/v1/metrics", .handle = yj_api_metrics, .params = none,
      .reply_type = "text/plain; version=0.0.4; charset=utf-8", .success = 200,
      .summary = "Prometheus metrics" },
    { YJ_FOR_ANYBODY, YJ_GET, "/api/v1/health", .handle = yj_api_health, .params = none, .reply_schema = "Health",
      .success = 200, .summary = "Is the server well?" },
    { YJ_FOR_ACCOUNT, YJ_GET, "/api/v1/openapi.json", .handle = yj_api_openapi, .params = none, .fresh = YJ_FRESH_CATALOG,
      .by_lang = true, .slow = true, .reply_type = "application/json", .success = 200,
      .summary = "This document" },

    /* signing in */
    { YJ_FOR_ANYBODY, YJ_GET, "/api/v1/session", .handle = yj_api_session, .params = none, .by_lang = true,
      .reply_schema = "Session", .success = 200, .summary = "Who is signed in" },
    { YJ_FOR_ANYBODY, YJ_POST, "/api/v1/sign-in", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_sign_in, .after = yj_api_signed_in, .params = none, .by_lang = true, .body_schema = "SignIn",
      .reply_schema = "Session", .success = 200,
      .summary = "Sign in by name and password; stage second: the code is wanted next" },
    { YJ_FOR_ANYBODY, YJ_POST, "/api/v1/sign-in/code", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_sign_in_code, .params = none, .by_lang = true, .body_schema = "Code",
      .reply_schema = "Session", .success = 200, .summary = "The code of an authenticator, or a recovery code" },
    { YJ_FOR_ANYBODY, YJ_GET, "/api/v1/sign-in/providers", .handle = yj_api_sign_in_providers, .params = none,
      .reply_schema = "SignInProviders", .success = 200, .summary = "Other ways to sign in" },
    { YJ_FOR_ANYBODY, YJ_POST, "/api/v1/sign-in/directory", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_sign_in_directory, .after = yj_api_sign_in_directory_done, .params = none, .by_lang = true,
      .body_schema = "SignInDirectory", .reply_schema = "Session", .success = 200,
      .summary = "Sign in by name and password of a directory (LDAP)" },
    { YJ_FOR_ANYBODY, YJ_POST, "/api/v1/sign-in/oidc", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_oidc_begin, .after = yj_api_oidc_begun, .params = none, .body_schema = "OidcBegin",
      .reply_schema = "OidcBegun", .success = 200, .summary = "Begin a sign-in by OpenID Connect: where to send the browser" },
    { YJ_FOR_ANYBODY, YJ_GET, "/api/v1/sign-in/oidc/return", .handle = yj_api_oidc_return,
      .after = yj_api_oidc_returned, .params = none, .any_query = true, .success = 303,
      .summary = "Where the provider sends the browser back to" },
    { YJ_FOR_ANYBODY, YJ_POST, "/api/v1/sign-out", .handle = yj_api_sign_out, .params = none, .success = 204,
      .summary = "Sign out" },
    { YJ_FOR_ANYBODY, YJ_POST, "/api/v1/set-up/look", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_set_up_look, .params = none, .body_schema = "SetUpLook", .reply_schema = "SetUpFor",
      .success = 200, .summary = "For which account a one-time secret is" },
    { YJ_FOR_ANYBODY, YJ_POST, "/api/v1/set-up", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_set_up, .after = yj_api_set_up_done, .params = none, .by_lang = true,
      .body_schema = "SetUp", .reply_schema = "Session", .success = 200,
      .summary = "Choose a password with a one-time secret; signs in" },
    { YJ_FOR_SESSION, YJ_POST, "/api/v1/session/prove", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_prove, .after = yj_api_signed_in, .params = none, .by_lang = true, .body_schema = "Prove",
      .reply_schema = "Session", .success = 200, .summary = "Prove again who it is, by password or code" },
    { YJ_FOR_SESSION, YJ_POST, "/api/v1/session/prove/directory", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_prove_directory, .after = yj_api_prove_directory_done, .params = none, .by_lang = true,
      .body_schema = "SignInDirectory", .reply_schema = "Session", .success = 200,
      .summary = "Prove again who it is, by name and password in a directory" },
    { YJ_FOR_SESSION, YJ_POST, "/api/v1/session/prove/oidc", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_prove_oidc, .after = yj_api_prove_oidc_begun, .params = none, .body_schema = "LinkBegin",
      .reply_schema = "OidcBegun", .success = 200,
      .summary = "Begin proving again by OpenID Connect: where to send the browser" },
    { YJ_FOR_SESSION, YJ_POST, "/api/v1/session/prove/oidc/finish", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_prove_oidc_finish, .after = yj_api_prove_oidc_finished, .params = none, .by_lang = true,
      .body_schema = "OidcAnswer", .reply_schema = "Session", .success = 200,
      .summary = "Prove again by what the browser brought back from the provider" },

    /* one's own account */
    { YJ_FOR_SESSION, YJ_GET, "/api/v1/sessions", .handle = yj_api_sessions, .params = none,
      .reply_schema = "Sessions", .success = 200, .summary = "Where one is signed in" },
    { YJ_FOR_SESSION, YJ_POST, "/api/v1/sessions/end-others", .handle = yj_api_sessions_end_others, .params = none,
      .reply_schema = "SessionsEnded", .success = 200, .summary = "Sign out everywhere else" },
    { YJ_FOR_SESSION, YJ_DELETE, "/api/v1/sessions/{session}", .handle = yj_api_session_end, .params = none,
      .success = 204, .summary = "End one of one's own sessions" },
    { YJ_FOR_SESSION, YJ_POST, "/api/v1/account/password", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_password, .after = yj_api_password_set, .params = none, .body_schema = "PasswordChange",
      .success = 204, .summary = "Change the password; ends all other sessions" },
    { YJ_FOR_SESSION, YJ_POST, "/api/v1/account/totp", .handle = yj_api_totp, .params = none,
      .reply_schema = "TotpSecret", .success = 200, .summary = "A secret for an authenticator, not kept yet" },
    { YJ_FOR_SESSION, YJ_POST, "/api/v1/account/totp/confirm", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_totp_confirm, .params = none, .body_schema = "TotpConfirm", .reply_schema = "Recovery",
      .success = 200, .summary = "Keep it, by a code of it; answers with recovery codes, this once" },
    { YJ_FOR_SESSION, YJ_DELETE, "/api/v1/account/totp", .handle = yj_api_totp_clear, .params = none, .success = 204,
      .summary = "Give up the second factor" },
    { YJ_FOR_SESSION, YJ_POST, "/api/v1/account/recovery", .handle = yj_api_recovery, .params = none,
      .reply_schema = "Recovery", .success = 200, .summary = "New recovery codes; the old ones are void" },
    { YJ_FOR_SESSION, YJ_GET, "/api/v1/tokens", .handle = yj_api_tokens, .params = none, .by_lang = true,
      .reply_schema = "Tokens", .success = 200, .summary = "One's own tokens for programs" },
    { YJ_FOR_SESSION, YJ_POST, "/api/v1/tokens", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_token_create, .params = none, .body_schema = "TokenNew", .reply_schema = "TokenMade",
      .success = 201, .summary = "Make a token; it is shown this once" },
    { YJ_FOR_SESSION, YJ_DELETE, "/api/v1/tokens/{token}", .handle = yj_api_token_revoke, .params = none,
      .success = 204, .summary = "Revoke a token" },

    { YJ_FOR_SESSION, YJ_GET, "/api/v1/account/identities", .handle = yj_api_own_identities, .params = none,
      .reply_schema = "OwnIdentities", .success = 200, .summary = "As whom providers know one's own account" },
    { YJ_FOR_SESSION, YJ_POST, "/api/v1/account/identities/directory", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_link_directory, .after = yj_api_link_directory_done, .params = none,
      .body_schema = "SignInDirectory", .success = 204,
      .summary = "Link one's own account with oneself in a directory, by name and password there" },
    { YJ_FOR_SESSION, YJ_POST, "/api/v1/account/identities/oidc", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_link_oidc, .after = yj_api_link_oidc_begun, .params = none, .body_schema = "LinkBegin",
      .reply_schema = "OidcBegun", .success = 200,
      .summary = "Begin linking one's own account by OpenID Connect: where to send the browser" },
    { YJ_FOR_SESSION, YJ_POST, "/api/v1/account/identities/oidc/finish", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_link_oidc_finish, .after = yj_api_link_oidc_finished, .params = none,
      .body_schema = "OidcAnswer", .success = 204, .summary = "Link by what the browser brought back from the provider" },
    { YJ_FOR_SESSION, YJ_DELETE, "/api/v1/account/identities", .handle = yj_api_own_unlink, .params = identity,
      .success = 204, .summary = "It is one's own no more; other sessions end" },

    /* accounts of an institution's people */
    { YJ_FOR_MEMBER, YJ_GET, INST "/accounts", .handle = yj_api_accounts, .params = accounts, .by_person = true,
      .by_lang = true, .reply_schema = "Accounts", .success = 200,
      .summary = "Accounts that stand for persons of the institution" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/accounts", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_account_create, .params = none, .body_schema = "AccountNew", .reply_schema = "AccountMade",
      .success = 201, .summary = "Make an account for a person; answers with a one-time secret for its owner" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/accounts/{account}/persons", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_account_link, .params = none, .body_schema = "AccountPerson", .success = 204,
      .summary = "The account stands for one more person of the institution" },
    { YJ_FOR_MEMBER, YJ_DELETE, INST "/accounts/{account}/persons/{person}", .handle = yj_api_account_unlink,
      .params = none, .success = 204, .summary = "The account stands for that person no more" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/accounts/{account}/lock", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_account_lock, .params = none, .body_schema = "AccountLock", .success = 204,
      .summary = "Lock an account, or unlock it" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/accounts/{account}/set-up", .handle = yj_api_account_set_up, .params = none,
      .reply_schema = "OneTimeSecret", .success = 200,
      .summary = "A new one-time secret: the password was forgotten" },
    { YJ_FOR_MEMBER, YJ_DELETE, INST "/accounts/{account}/second", .handle = yj_api_account_clear_second,
      .params = none, .success = 204, .summary = "Take away the second factor: the authenticator was lost" },

    /* other ways to sign in, by the operator */
    { YJ_FOR_OPERATOR, YJ_GET, "/api/v1/providers", .handle = yj_api_providers, .params = none,
      .reply_schema = "Providers", .success = 200, .summary = "Providers of sign-in" },
    { YJ_FOR_OPERATOR, YJ_POST, "/api/v1/providers", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX * 4, yj_json_type,
      .handle = yj_api_provider_create, .params = none, .body_schema = "ProviderNew", .reply_schema = "ProviderMade",
      .success = 201, .summary = "A new provider of sign-in" },
    { YJ_FOR_OPERATOR, YJ_PATCH, "/api/v1/providers/{provider}", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX * 4, yj_json_type,
      .handle = yj_api_provider_change, .params = none, .body_schema = "ProviderEdit", .success = 204,
      .summary = "Change a provider of sign-in" },
    { YJ_FOR_OPERATOR, YJ_DELETE, "/api/v1/providers/{provider}", .handle = yj_api_provider_delete, .params = none,
      .success = 204, .summary = "Remove a provider of sign-in, with all identities that it knows" },
    { YJ_FOR_OPERATOR, YJ_POST, "/api/v1/providers/{provider}/check", .handle = yj_api_provider_check,
      .after = yj_api_provider_checked, .params = none, .reply_schema = "ProviderCheck", .success = 200,
      .summary = "Can the provider be asked? Of a directory also whether it takes the service account" },
    { YJ_FOR_OPERATOR, YJ_GET, "/api/v1/accounts/{account}/identities", .handle = yj_api_identities, .params = none,
      .reply_schema = "Identities", .success = 200, .summary = "As whom providers know an account" },
    { YJ_FOR_OPERATOR, YJ_POST, "/api/v1/accounts/{account}/identities", YJ_BODY_WHOLE, YJ_JSON_SMALL_MAX, yj_json_type,
      .handle = yj_api_identity_link, .after = yj_api_identity_linked, .params = none, .body_schema = "IdentityLink",
      .success = 204, .summary = "A provider's identity is this account's; of a directory its name is enough" },
    { YJ_FOR_OPERATOR, YJ_DELETE, "/api/v1/accounts/{account}/identities", .handle = yj_api_identity_unlink,
      .params = identity, .success = 204, .summary = "It is this account's no more; its sessions end" },

    /* the packs */
    { YJ_FOR_ACCOUNT, YJ_GET, "/api/v1/packs", .handle = yj_api_packs, .params = none, .fresh = YJ_FRESH_CATALOG,
      .reply_schema = "Packs", .success = 200, .summary = "Packs in force" },
    { YJ_FOR_ACCOUNT, YJ_GET, "/api/v1/kinds", .handle = yj_api_kinds, .params = none, .fresh = YJ_FRESH_CATALOG,
      .reply_schema = "Kinds", .success = 200, .summary = "Kinds of records" },
    { YJ_FOR_ACCOUNT, YJ_GET, "/api/v1/kinds/{kind}", .handle = yj_api_kind, .params = none, .fresh = YJ_FRESH_CATALOG,
      .reply_schema = "Kind", .success = 200, .summary = "A kind: fields, states, transitions" },
    { YJ_FOR_ACCOUNT, YJ_GET, "/api/v1/kinds/{kind}/template", .handle = yj_api_template, .params = none,
      .fresh = YJ_FRESH_CATALOG, .reply_type = "text/csv; charset=utf-8", .success = 200,
      .summary = "The kind's template for imports: a CSV header" },
    { YJ_FOR_ACCOUNT, YJ_GET, "/api/v1/requirements", .handle = yj_api_requirements, .params = requirements,
      .fresh = YJ_FRESH_CATALOG, .reply_schema = "Requirements", .success = 200,
      .summary = "Requirements of the standard" },
    { YJ_FOR_ACCOUNT, YJ_GET, "/api/v1/requirements/{id}", .handle = yj_api_requirement, .params = none,
      .fresh = YJ_FRESH_CATALOG, .reply_schema = "Requirement", .success = 200,
      .summary = "One requirement" },
    { YJ_FOR_ACCOUNT, YJ_GET, "/api/v1/gates", .handle = yj_api_gates, .params = none, .fresh = YJ_FRESH_CATALOG,
      .reply_schema = "Gates", .success = 200, .summary = "Gates" },

    /* institutions */
    { YJ_FOR_ACCOUNT, YJ_GET, "/api/v1/institutions", .handle = yj_api_institutions, .params = none,
      .reply_schema = "Institutions", .success = 200, .summary = "Institutions" },
    { YJ_FOR_OPERATOR, YJ_POST, "/api/v1/institutions", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_institution_open, .params = none, .slow = true,
      .body_schema = "InstitutionOpen", .reply_schema = "Institution", .success = 201,
      .summary = "Open an institution and its ledger" },
    { YJ_FOR_MEMBER, YJ_GET, INST, .handle = yj_api_institution, .reads = YJ_READS_KNOWN, .params = none, .fresh = YJ_FRESH_INST,
      .reply_schema = "Institution", .success = 200, .summary = "One institution" },

    /* records */
    { YJ_FOR_MEMBER, YJ_GET, RECORDS, .handle = yj_api_records, .reads = YJ_READS_ITEMS, .params = list, .fresh = YJ_FRESH_INST, .per_kind = true,
      .by_lang = true, .reply_schema = "kind.list", .success = 200, .summary = "List records" },
    { YJ_FOR_MEMBER, YJ_POST, RECORDS, YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type, .handle = yj_api_record_create,
      .after = yj_api_record_written, .params = dry, .per_kind = true,
      .body_schema = "kind.create", .by_lang = true, .reply_schema = "kind.record", .success = 201,
      .summary = "Create a record" },
    { YJ_FOR_MEMBER, YJ_GET, RECORDS "/{id}", .handle = yj_api_record, .reads = YJ_READS_RECORD, .params = as_of, .fresh = YJ_FRESH_INST,
      .per_kind = true, .by_lang = true, .reply_schema = "kind.record", .success = 200,
      .summary = "One record, by id or key" },
    { YJ_FOR_MEMBER, YJ_PATCH, RECORDS "/{id}", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_record_change, .after = yj_api_record_written, .params = dry, .per_kind = true,
      .body_schema = "kind.change", .by_lang = true, .reply_schema = "kind.record", .success = 200,
      .summary = "Change fields; null clears" },
    { YJ_FOR_MEMBER, YJ_POST, RECORDS "/{id}/transitions", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_record_move, .after = yj_api_record_written, .params = dry, .per_kind = true,
      .body_schema = "kind.move", .by_lang = true, .reply_schema = "kind.record", .success = 200,
      .summary = "Move to another state; a shut gate answers with what is missing" },
    { YJ_FOR_MEMBER, YJ_GET, RECORDS "/{id}/history", .handle = yj_api_history, .reads = YJ_READS_RECORD, .params = none, .fresh = YJ_FRESH_INST,
      .per_kind = true, .reply_schema = "History", .success = 200, .summary = "Every version of a record" },
    { YJ_FOR_MEMBER, YJ_GET, RECORDS "/{id}/referrers", .handle = yj_api_referrers, .reads = YJ_READS_RECORD, .params = referrers,
      .fresh = YJ_FRESH_INST, .per_kind = true, .by_lang = true, .reply_schema = "Referrers", .success = 200,
      .summary = "The records that refer to a record, and by which field" },
    { YJ_FOR_MEMBER, YJ_GET, RECORDS "/{id}/gates", .handle = yj_api_record_gates, .reads = YJ_READS_RECORD, .params = none, .per_kind = true,
      .slow = true, .by_lang = true, .reply_schema = "RecordGates", .success = 200,
      .summary = "The gates ahead, and what is missing" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/counts/{kind}", .handle = yj_api_counts, .reads = YJ_READS_PAGE, .read_as = "/counts", .params = counts, .fresh = YJ_FRESH_INST,
      .reply_schema = "Counts", .success = 200, .summary = "How many records have which value" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/names", .handle = yj_api_names, .reads = YJ_READS_ITEMS, .params = names, .fresh = YJ_FRESH_INST,
      .by_lang = true, .reply_schema = "Names", .success = 200, .summary = "Names of records whose ids are known" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/search", .handle = yj_api_search, .reads = YJ_READS_ITEMS, .params = search, .fresh = YJ_FRESH_INST,
      .by_lang = true, .reply_schema = "Search", .success = 200, .summary = "Search names and texts" },

    /* who may */
    { YJ_FOR_MEMBER, YJ_GET, INST "/may", .handle = yj_api_may, .params = may, .by_person = true, .reply_schema = "MayRecord",
      .success = 200, .summary = "May the acting person, and why not: create, change, each transition" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/may/kinds", .handle = yj_api_may_kinds, .params = none, .by_person = true,
      .reply_schema = "MayKinds", .success = 200, .summary = "Of which kinds the acting person may create records" },

    /* between institutions */
    { YJ_FOR_MEMBER, YJ_POST, INST "/invitations/{id}/code", .handle = yj_api_invitation_code, .params = none, .slow = true,
      .reply_schema = "InvitationCode", .success = 201,
      .summary = "A one-time code for an invitation; one made earlier is good no more" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/invitations/look", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_invitation_look, .params = none, .body_schema = "CodeGiven",
      .reply_schema = "InvitationSeen", .success = 200, .summary = "Who invites with this code" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/invitations/accept", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_invitation_accept, .params = none, .slow = true, .body_schema = "CodeGiven",
      .reply_schema = "Accepted", .success = 201, .summary = "Accept an invitation for the institution" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/invitations/decline", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_invitation_decline, .params = none, .slow = true, .body_schema = "CodeDeclined",
      .success = 204, .summary = "Decline an invitation, with the reason" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/ties", .handle = yj_api_ties, .params = none, .by_lang = true, .reply_schema = "Ties",
      .success = 200, .summary = "The institutions with which this one is tied" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/addressed", .handle = yj_api_addressed, .params = addressed, .by_lang = true,
      .reply_schema = "AddressedList", .success = 200,
      .summary = "What other institutions address to this one, what changed last or what is due first" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/addressed/counts", .handle = yj_api_addressed_count, .params = addressed_count,
      .reply_schema = "AddressedCounts", .success = 200, .summary = "How much of what is addressed stands where" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/addressed/{client}/{id}", .handle = yj_api_addressed_one, .params = none, .by_lang = true,
      .reply_schema = "Addressed", .success = 200, .summary = "One record that is addressed to the institution" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/addressed/{client}/{id}/may", .handle = yj_api_addressed_may, .params = none, .by_person = true,
      .reply_schema = "AddressedMay", .success = 200,
      .summary = "What the acting person can do about it, why not, and who can change that" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/answers/register", .handle = yj_api_answers_register, .params = answers_register, .by_lang = true,
      .slow = true, .reply_type = "text/csv; charset=utf-8", .success = 200,
      .summary = "What is addressed to the institution and not answered, as a register of answers to fill in" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/answers", .handle = yj_api_answers, .params = answers, .by_lang = true,
      .reply_schema = "AnswersWaiting", .success = 200, .summary = "Answers that wait to be accepted, as differences" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/answers/{party}/{id}/accept", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_answer_accept, .params = none, .slow = true, .by_lang = true, .body_schema = "AnswerTaken",
      .success = 204, .summary = "Accept an answer: the record it answers moves" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/answers/{party}/{id}/decline", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_answer_decline, .params = none, .slow = true, .body_schema = "AnswerDeclined",
      .success = 204, .summary = "Decline an answer, with the reason" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/offers", .handle = yj_api_offers, .params = offers, .by_lang = true,
      .reply_schema = "Offers", .success = 200, .summary = "What the institution has offered to those tied to it, and whether it was taken" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/offers/waiting", .handle = yj_api_offers_waiting, .params = answers, .by_lang = true,
      .reply_schema = "OffersWaiting", .success = 200, .summary = "What is offered to the institution and not taken yet, as differences" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/offers/{party}/{id}/look", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_offer_look, .params = none, .by_lang = true, .body_schema = "OfferLooked",
      .reply_schema = "OfferWaiting", .success = 200, .summary = "What is offered, with what the client would choose" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/offers/{party}/{id}/accept", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_offer_accept, .params = none, .slow = true, .by_lang = true, .body_schema = "OfferTaken",
      .success = 204, .summary = "Take what is offered: a record of the institution's own" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/offers/{party}/{id}/decline", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_offer_decline, .params = none, .slow = true, .body_schema = "AnswerDeclined",
      .success = 204, .summary = "Decline what is offered, with the reason" },

    /* overseeing */
    { YJ_FOR_MEMBER, YJ_GET, INST "/supervised", .handle = yj_api_supervised, .params = supervised, .slow = true,
      .by_lang = true, .by_person = true, .reply_schema = "Supervised", .success = 200,
      .summary = "The institutions that a regulator is tied with, and how those stand that the acting person may read" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/readings", .handle = yj_api_readings, .params = readings, .slow = true, .by_lang = true,
      .reply_schema = "Readings", .success = 200, .summary = "What inspectors have read of the institution, newest first" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/inspectors", .handle = yj_api_inspectors, .params = none, .by_lang = true,
      .reply_schema = "Inspectors", .success = 200, .summary = "Who may read the institution's records today, and by which order" },

    /* verdicts */
    { YJ_FOR_MEMBER, YJ_GET, INST "/verdicts", .handle = yj_api_verdicts, .reads = YJ_READS_PAGE, .read_as = "verdict/verdicts", .params = verdicts, .fresh = YJ_FRESH_DAY,
      .by_lang = true, .reply_schema = "Verdicts", .success = 200, .summary = "Verdicts" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/status", .handle = yj_api_status, .reads = YJ_READS_PAGE, .read_as = "verdict/status", .params = verdicts, .fresh = YJ_FRESH_DAY,
      .by_lang = true, .reply_schema = "Status", .success = 200,
      .summary = "Where the institution stands: verdicts, packs and checkpoint" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/standing", .handle = yj_api_standing, .reads = YJ_READS_PAGE, .read_as = "standing/standing", .params = standing, .fresh = YJ_FRESH_DAY,
      .by_lang = true, .reply_schema = "Standing", .success = 200,
      .summary = "Verdicts counted: clauses against deployments" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/standing/requirements", .handle = yj_api_standing_requirements, .reads = YJ_READS_PAGE, .read_as = "standing/requirements",
      .params = standing_requirements, .fresh = YJ_FRESH_DAY, .reply_schema = "StandingRequirements",
      .success = 200, .summary = "Verdicts counted by requirement" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/requirements/{id}/history", .handle = yj_api_requirement_history, .reads = YJ_READS_PAGE, .read_as = "verdict/history",
      .params = requirement_history, .fresh = YJ_FRESH_DAY, .by_lang = true, .reply_schema = "RequirementHistory",
      .success = 200, .summary = "How the verdicts on a requirement changed, and why" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/standing/trend", .handle = yj_api_trend, .reads = YJ_READS_PAGE, .read_as = "standing/trend", .params = trend, .fresh = YJ_FRESH_DAY,
      .slow = true, .reply_schema = "Trend", .success = 200,
      .summary = "Verdicts counted as of days evenly spread over a time" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/start", .handle = yj_api_start, .reads = YJ_READS_PAGE, .read_as = "standing/start", .params = none, .fresh = YJ_FRESH_INST,
      .reply_schema = "Start", .success = 200, .summary = "What a new institution enters first, and why" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/due", .handle = yj_api_due, .reads = YJ_READS_PAGE, .read_as = "due/due", .params = due, .fresh = YJ_FRESH_DAY, .by_lang = true, .reply_schema = "Due",
      .success = 200, .summary = "What falls due" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/explain", .handle = yj_api_explain, .reads = YJ_READS_PAGE, .read_as = "verdict/explain", .params = explain, .fresh = YJ_FRESH_DAY,
      .by_lang = true, .reply_schema = "Explanation", .success = 200, .summary = "Why a verdict is what it is" },

    /* in and out */
    { YJ_FOR_MEMBER, YJ_POST, INST "/import", YJ_BODY_WHOLE, (uint64_t)256 << 20, NULL, .handle = yj_api_import,
      .params = import, .slow = true,
      .body_schema = "file", .reply_schema = "ImportReport", .success = 200,
      .also = 202, .also_schema = "Job", .also_summary = "With job=true: the job that will do it",
      .summary = "Import registers: one CSV, or several as multipart/form-data" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/export/{kind}", .handle = yj_api_export, .params = none, .fresh = YJ_FRESH_INST,
      .slow = true, .reply_type = "text/csv; charset=utf-8", .success = 200,
      .summary = "Export a kind as CSV" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/jobs", .handle = yj_api_jobs, .params = jobs, .reply_schema = "Jobs", .success = 200,
      .summary = "Long work, newest first" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/jobs", YJ_BODY_WHOLE, YJ_JOB_INPUT_MAX, yj_json_type, .handle = yj_api_job_create,
      .params = none, .body_schema = "JobOrder", .reply_schema = "Job", .success = 202,
      .summary = "Ask for long work: verify (the ledger), compare and scan (files of places), wipe (a medium; then a witness confirms it)" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/jobs/{id}", .handle = yj_api_job, .params = none, .reply_schema = "Job", .success = 200,
      .summary = "One job: how far it is, its result or why it failed" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/jobs/{id}/cancel", .handle = yj_api_job_cancel, .params = none, .reply_schema = "Job",
      .success = 200, .summary = "Stop a job" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/jobs/{id}/witness", .handle = yj_api_job_witness, .params = none, .by_lang = true,
      .slow = true, .reply_schema = "Job", .success = 200,
      .summary = "Confirm, as a second person, a job that waits for its witness" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/instruments", .handle = yj_api_instruments, .params = none,
      .by_person = true, .reply_schema = "Instruments", .success = 200,
      .summary = "Places that instruments may read, who may order them, and the key that signs what they find" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/feed", .handle = yj_api_feed, .params = feed, .reply_type = "text/event-stream",
      .success = 200, .summary = "Live feed of changes (server-sent events)" },

    /* notices */
    { YJ_FOR_MEMBER, YJ_GET, INST "/inbox", .handle = yj_api_inbox, .params = inbox, .by_person = true, .by_lang = true,
      .reply_schema = "Inbox", .success = 200, .summary = "What the acting person has been told, newest first" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/inbox/counts", .handle = yj_api_inbox_counts, .params = none, .by_person = true,
      .reply_schema = "InboxCounts", .success = 200, .summary = "How much of it is not read, and not done" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/inbox/marks", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type, .handle = yj_api_inbox_mark,
      .params = none, .body_schema = "InboxMarks", .reply_schema = "InboxCounts", .success = 200,
      .summary = "Mark notices as read, done or not; without ids, all" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/inbox/preferences", .handle = yj_api_preference, .params = none, .by_person = true,
      .reply_schema = "Preference", .success = 200, .summary = "How the acting person wants to be told" },
    { YJ_FOR_MEMBER, YJ_PUT, INST "/inbox/preferences", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_preference_put, .params = none, .body_schema = "PreferenceWanted",
      .reply_schema = "Preference", .success = 200, .summary = "Change how the acting person is told" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/channels", .handle = yj_api_channels, .params = none, .by_person = true,
      .reply_schema = "Channels", .success = 200, .summary = "Ways out for notices: mail, robots, webhooks" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/channels", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type, .handle = yj_api_channel_new,
      .params = none, .body_schema = "ChannelWanted", .reply_schema = "Channel", .success = 201,
      .summary = "Set up a channel; key and secret are never shown again" },
    { YJ_FOR_MEMBER, YJ_PATCH, INST "/channels/{id}", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_channel_change, .params = none, .body_schema = "ChannelWanted",
      .reply_schema = "Channel", .success = 200, .summary = "Change a channel; null clears" },
    { YJ_FOR_MEMBER, YJ_DELETE, INST "/channels/{id}", .handle = yj_api_channel_remove, .params = none, .success = 204,
      .summary = "Remove a channel; what waits for it is refused" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/channels/{id}/test", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_channel_test, .params = none, .slow = true, .by_lang = true,
      .body_schema = "ChannelTest", .reply_schema = "ChannelTested", .success = 200,
      .summary = "Send a test by a channel, and say what came of it" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/channels/{id}/again", .handle = yj_api_channel_again, .params = none, .success = 204,
      .summary = "Try now what waits for a channel" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/deliveries", .handle = yj_api_deliveries, .params = deliveries, .by_person = true,
      .reply_schema = "Deliveries", .success = 200, .summary = "Notices on their way, newest first" },
    { YJ_FOR_MEMBER, YJ_POST, INST "/deliveries/{id}/again", .handle = yj_api_delivery_again, .params = none, .success = 204,
      .summary = "Try a delivery again now" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/calendar.ics", .handle = yj_api_calendar, .params = none, .by_lang = true,
      .calendar = true, .slow = true, .reply_type = YJ_ICAL_TYPE, .success = 200, .summary = "What falls due, as a calendar to subscribe to" },

    /* ledgers */
    { YJ_FOR_MEMBER, YJ_GET, INST "/entries", .handle = yj_api_entries, .reads = YJ_READS_PAGE, .read_as = "ledger/entries", .params = entries, .fresh = YJ_FRESH_ALL,
      .by_lang = true, .reply_schema = "Entries", .success = 200,
      .summary = "The ledger as people read it: who changed what, newest first. A page may hold fewer items "
                 "than asked for and yet have a next one" },
    { YJ_FOR_MEMBER, YJ_GET, INST "/entries/{seq}", .handle = yj_api_entry, .reads = YJ_READS_PAGE, .read_as = "ledger/entry", .params = none, .by_lang = true, .reply_schema = "EntryWhole",
      .success = 200, .summary = "One entry with its body, leaf and salt, and the checkpoint that covers it" },
    { YJ_FOR_ACCOUNT, YJ_GET, "/api/v1/ledgers", .handle = yj_api_ledgers, .params = none,
      .reply_schema = "Ledgers", .success = 200, .summary = "Ledgers" },
    { YJ_FOR_MEMBER, YJ_GET, LEDGER "/checkpoint", .handle = yj_api_checkpoint, .reads = YJ_READS_PAGE, .read_as = "ledger/checkpoint", .params = none,
      .reply_type = "text/plain; charset=utf-8", .success = 200,
      .summary = "The newest signed checkpoint (C2SP tlog-checkpoint)" },
    { YJ_FOR_MEMBER, YJ_GET, LEDGER "/key", .handle = yj_api_key, .reads = YJ_READS_PAGE, .read_as = "ledger/key", .params = none, .reply_type = "text/plain; charset=utf-8",
      .success = 200, .summary = "The verifier key" },
    { YJ_FOR_MEMBER, YJ_GET, LEDGER "/tile/{path...}", .handle = yj_api_tile, .reads = YJ_READS_PAGE, .read_as = "ledger/tile", .params = none,
      .reply_type = "application/octet-stream", .success = 200,
      .summary = "Hash tiles and entry bundles (C2SP tlog-tiles)" },
    { YJ_FOR_MEMBER, YJ_GET, LEDGER "/proof/{seq}", .handle = yj_api_proof, .reads = YJ_READS_PAGE, .read_as = "ledger/proof", .params = none,
      .reply_type = "text/plain; charset=utf-8", .success = 200,
      .summary = "Proof of one entry (C2SP tlog-proof)" },
    { YJ_FOR_MEMBER, YJ_GET, LEDGER "/consistency", .handle = yj_api_consistency, .reads = YJ_READS_PAGE, .read_as = "ledger/consistency", .params = consistency,
      .reply_type = "text/plain; charset=utf-8", .success = 200,
      .summary = "Consistency proof between two sizes, one base64 hash a line" },

    /* evidence */
    { YJ_FOR_ACCOUNT, YJ_POST, "/api/v1/evidence", YJ_BODY_STREAM, YJ_EVIDENCE_BYTES_MAX, NULL,
      .handle = yj_api_evidence_post, .chunk = yj_api_evidence_chunk, .end = yj_api_evidence_end,
      .params = none,
      .body_schema = "file", .reply_schema = "Blob", .success = 201,
      .summary = "Start an upload (no body; Upload-Length may say its size), or upload a whole file at once" },
    { YJ_FOR_ACCOUNT, YJ_HEAD, "/api/v1/evidence/uploads/{upload}", .handle = yj_api_upload_head, .params = none,
      .success = 200, .summary = "How far an upload is: Upload-Offset" },
    { YJ_FOR_ACCOUNT, YJ_PATCH, "/api/v1/evidence/uploads/{upload}", YJ_BODY_STREAM, YJ_EVIDENCE_BYTES_MAX, NULL,
      .handle = yj_api_upload_patch, .chunk = yj_api_evidence_chunk, .end = yj_api_evidence_end,
      .params = none,
      .body_schema = "file", .reply_schema = "Blob", .success = 201,
      .summary = "Append at Upload-Offset or Content-Range; when whole, answers with the digest" },
    { YJ_FOR_ACCOUNT, YJ_PUT, "/api/v1/evidence/uploads/{upload}", YJ_BODY_STREAM, YJ_EVIDENCE_BYTES_MAX, NULL,
      .handle = yj_api_upload_put, .chunk = yj_api_evidence_chunk, .end = yj_api_evidence_end, .params = none,
      .body_schema = "file", .reply_schema = "Blob", .success = 201,
      .summary = "The whole file at once" },
    { YJ_FOR_ACCOUNT, YJ_DELETE, "/api/v1/evidence/uploads/{upload}", .handle = yj_api_upload_delete, .params = none,
      .success = 204,
      .summary = "Forget an upload" },
    { YJ_FOR_ACCOUNT, YJ_GET, "/api/v1/evidence/{digest}", .handle = yj_api_evidence_get, .reads = YJ_READS_FILE, .params = none,
      .reply_type = "application/octet-stream", .success = 200,
      .summary = "Download a file of evidence; Range is served" },
    { YJ_FOR_ACCOUNT, YJ_POST, "/api/v1/evidence/{digest}/check", .handle = yj_api_evidence_check, .params = none,
      .slow = true, .reply_schema = "EvidenceCheck", .success = 200,
      .summary = "Read a stored file again and hold it against its digest" },
    { YJ_FOR_ACCOUNT, YJ_PUT, "/api/v1/evidence/{digest}", YJ_BODY_STREAM, YJ_EVIDENCE_BYTES_MAX, NULL,
      .handle = yj_api_evidence_put, .chunk = yj_api_evidence_chunk, .end = yj_api_evidence_end,
      .params = none,
      .body_schema = "file", .reply_schema = "Blob", .success = 201,
      .summary = "Upload a file whose digest is known; other bytes are refused" },
    { YJ_FOR_ACCOUNT, YJ_GET, "/api/v1/evidence/{digest}/text", .handle = yj_api_text, .reads = YJ_READS_FILE, .params = none, .slow = true,
      .reply_schema = "DocumentText", .success = 200,
      .summary = "The text of a file of evidence (PDF, DOCX, text) as numbered passages" },
    { YJ_FOR_ACCOUNT, YJ_POST, "/api/v1/evidence/{digest}/passages", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, "application/json",
      .handle = yj_api_likely, .params = none, .slow = true,
      .body_schema = "PassagesWanted", .reply_schema = "LikelyPassages", .success = 200,
      .summary = "The likely passages of a file of evidence for what is wanted, to be confirmed by a person" },
};
/* clang-format on */

const size_t yj_route_count = YJ_COUNT(yj_routes);
