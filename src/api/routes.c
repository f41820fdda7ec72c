// SPDX-License-Identifier: Apache-2.0
/* The route table: it drives dispatching, the OpenAPI document and the tests. */
#include "api/call.h"
#include "record/entries.h"
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
    { "limit", YJ_P_INT, 1, 200, NULL, "items a page, 50 by default" },
    { "after", YJ_P_TEXT, 0, 0, NULL, "next of the page before" },
    END };

static const yj_param answers[] = {
    { "limit", YJ_P_INT, 1, 200, NULL, "at most so many, 50 by default" },
    END };

static const yj_param import[] = {
    { "name", YJ_P_TEXT, 0, 0, NULL, "name of a single file, as system.csv" },
    { "job", YJ_P_BOOL, 0, 0, NULL, "as a job: answer at once, import later" },
    P_DRY, END };

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

static const yj_param consistency[] = {
    { "from", YJ_P_INT, 0, INT64_MAX, NULL, "earlier size" },
    { "to", YJ_P_INT, 0, INT64_MAX, NULL, "later size" },
    END };

const yj_route yj_routes[] = {
    { YJ_GET, "/", .handle = yj_api_root, .params = none, .success = 302, .summary = "To the page" },
    { YJ_GET, "/p/", .handle = yj_api_page, .params = none, .any_query = true, .reply_type = "text/html; charset=utf-8",
      .success = 200, .summary = "The page" },
    { YJ_GET, "/p/{view...}", .handle = yj_api_page, .params = none, .any_query = true, .reply_type = "text/html; charset=utf-8",
      .success = 200, .summary = "The page: every address below is one document" },
    { YJ_GET, "/assets/{path...}", .handle = yj_api_asset, .params = none,
      .reply_type = "application/octet-stream", .success = 200, .summary = "The page's scripts and styles" },
    { YJ_GET, "/metrics", .handle = yj_api_metrics, .params = none,
      .reply_type = "text/plain; version=0.0.4; charset=utf-8", .success = 200,
      .summary = "Prometheus metrics" },
    { YJ_GET, "/api/v1/metrics", .handle = yj_api_metrics, .params = none,
      .reply_type = "text/plain; version=0.0.4; charset=utf-8", .success = 200,
      .summary = "Prometheus metrics" },
    { YJ_GET, "/api/v1/health", .handle = yj_api_health, .params = none, .reply_schema = "Health",
      .success = 200, .summary = "Is the server well?" },
    { YJ_GET, "/api/v1/openapi.json", .handle = yj_api_openapi, .params = none, .fresh = YJ_FRESH_CATALOG,
      .by_lang = true, .slow = true, .reply_type = "application/json", .success = 200,
      .summary = "This document" },

    /* the packs */
    { YJ_GET, "/api/v1/packs", .handle = yj_api_packs, .params = none, .fresh = YJ_FRESH_CATALOG,
      .reply_schema = "Packs", .success = 200, .summary = "Packs in force" },
    { YJ_GET, "/api/v1/kinds", .handle = yj_api_kinds, .params = none, .fresh = YJ_FRESH_CATALOG,
      .reply_schema = "Kinds", .success = 200, .summary = "Kinds of records" },
    { YJ_GET, "/api/v1/kinds/{kind}", .handle = yj_api_kind, .params = none, .fresh = YJ_FRESH_CATALOG,
      .reply_schema = "Kind", .success = 200, .summary = "A kind: fields, states, transitions" },
    { YJ_GET, "/api/v1/kinds/{kind}/template", .handle = yj_api_template, .params = none,
      .fresh = YJ_FRESH_CATALOG, .reply_type = "text/csv; charset=utf-8", .success = 200,
      .summary = "The kind's template for imports: a CSV header" },
    { YJ_GET, "/api/v1/requirements", .handle = yj_api_requirements, .params = requirements,
      .fresh = YJ_FRESH_CATALOG, .reply_schema = "Requirements", .success = 200,
      .summary = "Requirements of the standard" },
    { YJ_GET, "/api/v1/requirements/{id}", .handle = yj_api_requirement, .params = none,
      .fresh = YJ_FRESH_CATALOG, .reply_schema = "Requirement", .success = 200,
      .summary = "One requirement" },
    { YJ_GET, "/api/v1/gates", .handle = yj_api_gates, .params = none, .fresh = YJ_FRESH_CATALOG,
      .reply_schema = "Gates", .success = 200, .summary = "Gates" },

    /* institutions */
    { YJ_GET, "/api/v1/institutions", .handle = yj_api_institutions, .params = none, .fresh = YJ_FRESH_ALL,
      .reply_schema = "Institutions", .success = 200, .summary = "Institutions" },
    { YJ_POST, "/api/v1/institutions", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_institution_open, .params = none, .slow = true,
      .body_schema = "InstitutionOpen", .reply_schema = "Institution", .success = 201,
      .summary = "Open an institution and its ledger" },
    { YJ_GET, INST, .handle = yj_api_institution, .params = none, .fresh = YJ_FRESH_INST,
      .reply_schema = "Institution", .success = 200, .summary = "One institution" },

    /* records */
    { YJ_GET, RECORDS, .handle = yj_api_records, .params = list, .fresh = YJ_FRESH_INST, .per_kind = true,
      .by_lang = true, .reply_schema = "kind.list", .success = 200, .summary = "List records" },
    { YJ_POST, RECORDS, YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type, .handle = yj_api_record_create,
      .after = yj_api_record_written, .params = dry, .per_kind = true,
      .body_schema = "kind.create", .by_lang = true, .reply_schema = "kind.record", .success = 201,
      .summary = "Create a record" },
    { YJ_GET, RECORDS "/{id}", .handle = yj_api_record, .params = as_of, .fresh = YJ_FRESH_INST,
      .per_kind = true, .by_lang = true, .reply_schema = "kind.record", .success = 200,
      .summary = "One record, by id or key" },
    { YJ_PATCH, RECORDS "/{id}", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_record_change, .after = yj_api_record_written, .params = dry, .per_kind = true,
      .body_schema = "kind.change", .by_lang = true, .reply_schema = "kind.record", .success = 200,
      .summary = "Change fields; null clears" },
    { YJ_POST, RECORDS "/{id}/transitions", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_record_move, .after = yj_api_record_written, .params = dry, .per_kind = true,
      .body_schema = "kind.move", .by_lang = true, .reply_schema = "kind.record", .success = 200,
      .summary = "Move to another state; a shut gate answers with what is missing" },
    { YJ_GET, RECORDS "/{id}/history", .handle = yj_api_history, .params = none, .fresh = YJ_FRESH_INST,
      .per_kind = true, .reply_schema = "History", .success = 200, .summary = "Every version of a record" },
    { YJ_GET, RECORDS "/{id}/referrers", .handle = yj_api_referrers, .params = referrers,
      .fresh = YJ_FRESH_INST, .per_kind = true, .by_lang = true, .reply_schema = "Referrers", .success = 200,
      .summary = "The records that refer to a record, and by which field" },
    { YJ_GET, RECORDS "/{id}/gates", .handle = yj_api_record_gates, .params = none, .per_kind = true,
      .slow = true, .by_lang = true, .reply_schema = "RecordGates", .success = 200,
      .summary = "The gates ahead, and what is missing" },
    { YJ_GET, INST "/counts/{kind}", .handle = yj_api_counts, .params = counts, .fresh = YJ_FRESH_INST,
      .reply_schema = "Counts", .success = 200, .summary = "How many records have which value" },
    { YJ_GET, INST "/names", .handle = yj_api_names, .params = names, .fresh = YJ_FRESH_INST,
      .by_lang = true, .reply_schema = "Names", .success = 200, .summary = "Names of records whose ids are known" },
    { YJ_GET, INST "/search", .handle = yj_api_search, .params = search, .fresh = YJ_FRESH_INST,
      .by_lang = true, .reply_schema = "Search", .success = 200, .summary = "Search names and texts" },

    /* who may */
    { YJ_GET, INST "/may", .handle = yj_api_may, .params = may, .by_person = true, .reply_schema = "MayRecord",
      .success = 200, .summary = "May the acting person, and why not: create, change, each transition" },
    { YJ_GET, INST "/may/kinds", .handle = yj_api_may_kinds, .params = none, .by_person = true,
      .reply_schema = "MayKinds", .success = 200, .summary = "Of which kinds the acting person may create records" },

    /* between institutions */
    { YJ_POST, INST "/invitations/{id}/code", .handle = yj_api_invitation_code, .params = none, .slow = true,
      .reply_schema = "InvitationCode", .success = 201,
      .summary = "A one-time code for an invitation; one made earlier is good no more" },
    { YJ_POST, INST "/invitations/look", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_invitation_look, .params = none, .body_schema = "CodeGiven",
      .reply_schema = "InvitationSeen", .success = 200, .summary = "Who invites with this code" },
    { YJ_POST, INST "/invitations/accept", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_invitation_accept, .params = none, .slow = true, .body_schema = "CodeGiven",
      .reply_schema = "Accepted", .success = 201, .summary = "Accept an invitation for the institution" },
    { YJ_POST, INST "/invitations/decline", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_invitation_decline, .params = none, .slow = true, .body_schema = "CodeDeclined",
      .success = 204, .summary = "Decline an invitation, with the reason" },
    { YJ_GET, INST "/ties", .handle = yj_api_ties, .params = none, .by_lang = true, .reply_schema = "Ties",
      .success = 200, .summary = "The institutions with which this one is tied" },
    { YJ_GET, INST "/addressed", .handle = yj_api_addressed, .params = addressed, .by_lang = true,
      .reply_schema = "AddressedList", .success = 200,
      .summary = "What other institutions address to this one, what changed last first" },
    { YJ_GET, INST "/addressed/{client}/{id}", .handle = yj_api_addressed_one, .params = none, .by_lang = true,
      .reply_schema = "Addressed", .success = 200, .summary = "One record that is addressed to the institution" },
    { YJ_GET, INST "/addressed/{client}/{id}/may", .handle = yj_api_addressed_may, .params = none, .by_person = true,
      .reply_schema = "AddressedMay", .success = 200,
      .summary = "What the acting person can do about it, why not, and who can change that" },
    { YJ_GET, INST "/answers/register", .handle = yj_api_answers_register, .params = none, .by_lang = true,
      .slow = true, .reply_type = "text/csv; charset=utf-8", .success = 200,
      .summary = "What is addressed to the institution and not answered, as a register of answers to fill in" },
    { YJ_GET, INST "/answers", .handle = yj_api_answers, .params = answers, .by_lang = true,
      .reply_schema = "AnswersWaiting", .success = 200, .summary = "Answers that wait to be accepted, as differences" },
    { YJ_POST, INST "/answers/{party}/{id}/accept", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_answer_accept, .params = none, .slow = true, .by_lang = true, .body_schema = "AnswerTaken",
      .success = 204, .summary = "Accept an answer: the record it answers moves" },
    { YJ_POST, INST "/answers/{party}/{id}/decline", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, yj_json_type,
      .handle = yj_api_answer_decline, .params = none, .slow = true, .body_schema = "AnswerDeclined",
      .success = 204, .summary = "Decline an answer, with the reason" },

    /* verdicts */
    { YJ_GET, INST "/verdicts", .handle = yj_api_verdicts, .params = verdicts, .fresh = YJ_FRESH_DAY,
      .by_lang = true, .reply_schema = "Verdicts", .success = 200, .summary = "Verdicts" },
    { YJ_GET, INST "/status", .handle = yj_api_status, .params = verdicts, .fresh = YJ_FRESH_DAY,
      .by_lang = true, .reply_schema = "Status", .success = 200,
      .summary = "Where the institution stands: verdicts, packs and checkpoint" },
    { YJ_GET, INST "/standing", .handle = yj_api_standing, .params = standing, .fresh = YJ_FRESH_DAY,
      .by_lang = true, .reply_schema = "Standing", .success = 200,
      .summary = "Verdicts counted: clauses against deployments" },
    { YJ_GET, INST "/standing/requirements", .handle = yj_api_standing_requirements,
      .params = standing_requirements, .fresh = YJ_FRESH_DAY, .reply_schema = "StandingRequirements",
      .success = 200, .summary = "Verdicts counted by requirement" },
    { YJ_GET, INST "/requirements/{id}/history", .handle = yj_api_requirement_history,
      .params = requirement_history, .fresh = YJ_FRESH_DAY, .by_lang = true, .reply_schema = "RequirementHistory",
      .success = 200, .summary = "How the verdicts on a requirement changed, and why" },
    { YJ_GET, INST "/standing/trend", .handle = yj_api_trend, .params = trend, .fresh = YJ_FRESH_DAY,
      .slow = true, .reply_schema = "Trend", .success = 200,
      .summary = "Verdicts counted as of days evenly spread over a time" },
    { YJ_GET, INST "/start", .handle = yj_api_start, .params = none, .fresh = YJ_FRESH_INST,
      .reply_schema = "Start", .success = 200, .summary = "What a new institution enters first, and why" },
    { YJ_GET, INST "/due", .handle = yj_api_due, .params = due, .fresh = YJ_FRESH_DAY, .by_lang = true, .reply_schema = "Due",
      .success = 200, .summary = "What falls due" },
    { YJ_GET, INST "/explain", .handle = yj_api_explain, .params = explain, .fresh = YJ_FRESH_DAY,
      .by_lang = true, .reply_schema = "Explanation", .success = 200, .summary = "Why a verdict is what it is" },

    /* in and out */
    { YJ_POST, INST "/import", YJ_BODY_WHOLE, (uint64_t)256 << 20, NULL, .handle = yj_api_import,
      .params = import, .slow = true,
      .body_schema = "file", .reply_schema = "ImportReport", .success = 200,
      .also = 202, .also_schema = "Job", .also_summary = "With job=true: the job that will do it",
      .summary = "Import registers: one CSV, or several as multipart/form-data" },
    { YJ_GET, INST "/export/{kind}", .handle = yj_api_export, .params = none, .fresh = YJ_FRESH_INST,
      .slow = true, .reply_type = "text/csv; charset=utf-8", .success = 200,
      .summary = "Export a kind as CSV" },
    { YJ_GET, INST "/jobs", .handle = yj_api_jobs, .params = jobs, .reply_schema = "Jobs", .success = 200,
      .summary = "Long work, newest first" },
    { YJ_POST, INST "/jobs", YJ_BODY_WHOLE, YJ_JOB_INPUT_MAX, yj_json_type, .handle = yj_api_job_create,
      .params = none, .body_schema = "JobOrder", .reply_schema = "Job", .success = 202,
      .summary = "Ask for long work: verify" },
    { YJ_GET, INST "/jobs/{id}", .handle = yj_api_job, .params = none, .reply_schema = "Job", .success = 200,
      .summary = "One job: how far it is, its result or why it failed" },
    { YJ_POST, INST "/jobs/{id}/cancel", .handle = yj_api_job_cancel, .params = none, .reply_schema = "Job",
      .success = 200, .summary = "Stop a job" },
    { YJ_GET, INST "/feed", .handle = yj_api_feed, .params = none, .reply_type = "text/event-stream",
      .success = 200, .summary = "Live feed of changes (server-sent events)" },

    /* ledgers */
    { YJ_GET, INST "/entries", .handle = yj_api_entries, .params = entries, .fresh = YJ_FRESH_ALL,
      .by_lang = true, .reply_schema = "Entries", .success = 200,
      .summary = "The ledger as people read it: who changed what, newest first. A page may hold fewer items "
                 "than asked for and yet have a next one" },
    { YJ_GET, INST "/entries/{seq}", .handle = yj_api_entry, .params = none, .by_lang = true, .reply_schema = "EntryWhole",
      .success = 200, .summary = "One entry with its body, leaf and salt, and the checkpoint that covers it" },
    { YJ_GET, "/api/v1/ledgers", .handle = yj_api_ledgers, .params = none, .fresh = YJ_FRESH_ALL,
      .reply_schema = "Ledgers", .success = 200, .summary = "Ledgers" },
    { YJ_GET, LEDGER "/checkpoint", .handle = yj_api_checkpoint, .params = none,
      .reply_type = "text/plain; charset=utf-8", .success = 200,
      .summary = "The newest signed checkpoint (C2SP tlog-checkpoint)" },
    { YJ_GET, LEDGER "/key", .handle = yj_api_key, .params = none, .reply_type = "text/plain; charset=utf-8",
      .success = 200, .summary = "The verifier key" },
    { YJ_GET, LEDGER "/tile/{path...}", .handle = yj_api_tile, .params = none,
      .reply_type = "application/octet-stream", .success = 200,
      .summary = "Hash tiles and entry bundles (C2SP tlog-tiles)" },
    { YJ_GET, LEDGER "/proof/{seq}", .handle = yj_api_proof, .params = none,
      .reply_type = "text/plain; charset=utf-8", .success = 200,
      .summary = "Proof of one entry (C2SP tlog-proof)" },
    { YJ_GET, LEDGER "/consistency", .handle = yj_api_consistency, .params = consistency,
      .reply_type = "text/plain; charset=utf-8", .success = 200,
      .summary = "Consistency proof between two sizes, one base64 hash a line" },

    /* evidence */
    { YJ_POST, "/api/v1/evidence", YJ_BODY_STREAM, YJ_EVIDENCE_BYTES_MAX, NULL,
      .handle = yj_api_evidence_post, .chunk = yj_api_evidence_chunk, .end = yj_api_evidence_end,
      .params = none,
      .body_schema = "file", .reply_schema = "Blob", .success = 201,
      .summary = "Start an upload (no body; Upload-Length may say its size), or upload a whole file at once" },
    { YJ_HEAD, "/api/v1/evidence/uploads/{upload}", .handle = yj_api_upload_head, .params = none,
      .success = 200, .summary = "How far an upload is: Upload-Offset" },
    { YJ_PATCH, "/api/v1/evidence/uploads/{upload}", YJ_BODY_STREAM, YJ_EVIDENCE_BYTES_MAX, NULL,
      .handle = yj_api_upload_patch, .chunk = yj_api_evidence_chunk, .end = yj_api_evidence_end,
      .params = none,
      .body_schema = "file", .reply_schema = "Blob", .success = 201,
      .summary = "Append at Upload-Offset or Content-Range; when whole, answers with the digest" },
    { YJ_PUT, "/api/v1/evidence/uploads/{upload}", YJ_BODY_STREAM, YJ_EVIDENCE_BYTES_MAX, NULL,
      .handle = yj_api_upload_put, .chunk = yj_api_evidence_chunk, .end = yj_api_evidence_end, .params = none,
      .body_schema = "file", .reply_schema = "Blob", .success = 201,
      .summary = "The whole file at once" },
    { YJ_DELETE, "/api/v1/evidence/uploads/{upload}", .handle = yj_api_upload_delete, .params = none,
      .success = 204,
      .summary = "Forget an upload" },
    { YJ_GET, "/api/v1/evidence/{digest}", .handle = yj_api_evidence_get, .params = none,
      .reply_type = "application/octet-stream", .success = 200,
      .summary = "Download a file of evidence; Range is served" },
    { YJ_POST, "/api/v1/evidence/{digest}/check", .handle = yj_api_evidence_check, .params = none,
      .slow = true, .reply_schema = "EvidenceCheck", .success = 200,
      .summary = "Read a stored file again and hold it against its digest" },
    { YJ_PUT, "/api/v1/evidence/{digest}", YJ_BODY_STREAM, YJ_EVIDENCE_BYTES_MAX, NULL,
      .handle = yj_api_evidence_put, .chunk = yj_api_evidence_chunk, .end = yj_api_evidence_end,
      .params = none,
      .body_schema = "file", .reply_schema = "Blob", .success = 201,
      .summary = "Upload a file whose digest is known; other bytes are refused" },
    { YJ_GET, "/api/v1/evidence/{digest}/text", .handle = yj_api_text, .params = none, .slow = true,
      .reply_schema = "DocumentText", .success = 200,
      .summary = "The text of a file of evidence (PDF, DOCX, text) as numbered passages" },
    { YJ_POST, "/api/v1/evidence/{digest}/passages", YJ_BODY_WHOLE, YJ_JSON_BODY_MAX, "application/json",
      .handle = yj_api_likely, .params = none, .slow = true,
      .body_schema = "PassagesWanted", .reply_schema = "LikelyPassages", .success = 200,
      .summary = "The likely passages of a file of evidence for what is wanted, to be confirmed by a person" },
};
/* clang-format on */

const size_t yj_route_count = YJ_COUNT(yj_routes);
