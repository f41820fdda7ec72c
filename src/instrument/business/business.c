// SPDX-License-Identifier: Apache-2.0
#include "instrument/business/business.h"
#include "base/time.h"
#include <curl/curl.h>

typedef struct answer {
    int64_t rows;                /* of SQL, or the status of HTTP */
    bool as_expected, asked_for; /* asked_for: the file says what to expect */
    char hex[2 * YJ_HASH_LEN + 1];
} answer;

typedef struct asking {
    const yj_questions *q;
    const char *password_file;
    yj_source **source; /* of each database, opened when first asked */
    CURL *curl;
} asking;

static void asking_done(asking *a)
{
    for (size_t i = 0; a->source && i < a->q->databases; i++)
        yj_source_close(a->source[i]);
    curl_easy_cleanup(a->curl);
}

/* --- SQL -------------------------------------------------------------------------------------- */

static yj_status source_of(asking *a, const char *name, yj_source **ret, yj_error *err)
{
    size_t i = 0;
    while (strcmp(a->q->database[i].name, name) != 0)
        i++;
    if (!a->source[i])
        YJ_TRY(yj_source_open(a->q->database[i].url, a->password_file, &a->source[i], err));
    *ret = a->source[i];
    return YJ_OK;
}

static void sql_done(yj_sql_answer *s)
{
    yj_buf_done(&s->first);
    yj_hasher_free(s->h);
}

static yj_status ask_sql(asking *a, const yj_question *q, answer *ret, yj_error *err)
{
    yj_auto(sql_done) yj_sql_answer s = { .h = yj_hasher_new(YJ_HASH_SHA256) };
    yj_source *source = NULL;
    yj_digest d;
    yj_buf_init(&s.first, YJ_SQL_FIRST_MAX + 1);
    if (!s.h)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_hasher_begin(s.h);
    YJ_TRY(source_of(a, q->database, &source, err));
    YJ_TRY(yj_source_ask(source, q->sql, &s, err));
    YJ_TRY(yj_buf_status(&s.first, err));
    yj_hasher_end(s.h, &d);
    yj_digest_hex(&d, ret->hex);
    ret->rows = s.rows;
    ret->asked_for = q->expect || q->rows >= 0;
    ret->as_expected = (!q->expect || (!s.null && yj_span_is(yj_buf_view(&s.first), q->expect))) &&
                       (q->rows < 0 || q->rows == s.rows);
    return YJ_OK;
}

/* --- HTTP ------------------------------------------------------------------------------------- */

static size_t receive(char *bytes, size_t one, size_t count, void *self)
{
    yj_buf *b = self;
    yj_buf_add(b, bytes, one * count);
    return b->failed == YJ_OK ? one * count : 0;
}

static yj_status ask_http(asking *a, const yj_question *q, answer *ret, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf body;
    yj_digest d;
    long status = 0;
    yj_buf_init(&body, YJ_BUSINESS_HTTP_BYTES_MAX);
    if (!a->curl)
        a->curl = curl_easy_init();
    if (!a->curl)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    curl_easy_reset(a->curl);
    curl_easy_setopt(a->curl, CURLOPT_URL, q->http);
    curl_easy_setopt(a->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(a->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(a->curl, CURLOPT_TIMEOUT, (long)YJ_BUSINESS_HTTP_SECONDS);
    curl_easy_setopt(a->curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(a->curl, CURLOPT_WRITEDATA, &body);
    CURLcode rc = curl_easy_perform(a->curl);
    YJ_TRY(yj_buf_status(&body, err));
    if (rc != CURLE_OK)
        return yj_fail(err, YJ_E_IO, "no answer: %s", curl_easy_strerror(rc));
    curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &status);
    yj_hash(YJ_HASH_SHA256, body.ptr ? body.ptr : "", body.len, &d);
    yj_digest_hex(&d, ret->hex);
    ret->rows = status;
    ret->asked_for = q->status >= 0 || q->contains;
    ret->as_expected =
        status == (q->status >= 0 ? q->status : 200) &&
        (!q->contains || (body.ptr && memmem(body.ptr, body.len, q->contains, strlen(q->contains))));
    return YJ_OK;
}

/* --- all -------------------------------------------------------------------------------------- */

static const json_t *earlier_row(const json_t *earlier, const char *name)
{
    size_t i;
    const json_t *row;
    json_array_foreach((json_t *)(uintptr_t)json_object_get(earlier, "answers"), i, row)
    {
        const char *other = json_string_value(json_object_get(row, "name"));
        if (other && strcmp(other, name) == 0)
            return row;
    }
    return NULL;
}

/* What the file expects decides; where it expects nothing, the earlier answer; where there is none, nothing
 * does. */
static const char *judge(const answer *a, const json_t *earlier, const json_t *before, yj_seven *n)
{
    const char *hex = json_string_value(json_object_get(before, "digest"));
    /* also where nothing is expected: an answer over HTTP has a status */
    if (!a->as_expected || (!a->asked_for && hex && strcmp(hex, a->hex) != 0)) {
        n->changed++;
        return "changed";
    }
    if (a->asked_for || hex) {
        n->matched++;
        return "matched";
    }
    if (earlier) {
        n->extra++;
        return "extra";
    }
    n->skipped++;
    return "skipped";
}

static yj_status ask(asking *a, const yj_question *q, const json_t *earlier, yj_business *b, yj_error *err)
{
    answer got = { .rows = 0 };
    yj_error why = { .code = YJ_OK };
    const json_t *before = earlier_row(earlier, q->name);
    yj_status st = q->sql ? ask_sql(a, q, &got, &why) : ask_http(a, q, &got, &why);
    json_t *row = json_pack("{s:s}", "name", q->name);
    b->counts.expected++;
    if (st == YJ_OK) {
        json_object_set_new(row, "status", json_string(judge(&got, earlier, before, &b->counts)));
        json_object_set_new(row, q->sql ? "rows" : "httpStatus", json_integer(got.rows));
        json_object_set_new(row, "digest", json_string(got.hex));
    } else {
        b->counts.unreadable++;
        json_object_set_new(row, "status", json_string("unreadable"));
        json_object_set_new(row, "reason", json_string(why.msg));
    }
    return row && json_array_append_new(b->rows, row) == 0 ? YJ_OK
                                                           : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

/* What was asked then and is not asked now is not proven. */
static yj_status count_missing(const yj_questions *q, const json_t *earlier, yj_business *b, yj_error *err)
{
    const json_t *list = json_object_get(earlier, "answers"), *row;
    size_t i;
    if (!json_is_array(list))
        return yj_fail(err, YJ_E_INVALID, "the earlier run is no run of questions");
    json_array_foreach((json_t *)(uintptr_t)list, i, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));
        bool there = false;
        for (size_t k = 0; name && k < q->count; k++)
            there = there || strcmp(q->question[k].name, name) == 0;
        if (there)
            continue;
        if (!name)
            return yj_fail(err, YJ_E_INVALID, "the earlier run is no run of questions");
        b->counts.missing++;
        b->counts.expected++;
        json_array_append_new(b->rows, json_pack("{s:s, s:s}", "name", name, "status", "missing"));
    }
    return YJ_OK;
}

yj_status yj_business_ask(const yj_questions *q, const json_t *earlier, const char *password_file,
                          yj_business *ret, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new((size_t)1 << 20);
    yj_auto(asking_done) asking a = { .q = q, .password_file = password_file };
    *ret = (yj_business){ .rows = json_array() };
    if (!arena || !ret->rows)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    a.source = yj_arena_array(arena, q->databases + 1, sizeof(yj_source *));
    YJ_TRY(yj_arena_status(arena, err));
    if (earlier)
        YJ_TRY(count_missing(q, earlier, ret, err));
    for (size_t i = 0; i < q->count; i++)
        YJ_TRY(ask(&a, &q->question[i], earlier, ret, err));
    return YJ_OK;
}

bool yj_business_fine(const yj_business *b)
{
    const yj_seven *n = &b->counts;
    return n->expected > 0 && n->expected == n->matched &&
           n->changed + n->missing + n->extra + n->unreadable + n->skipped == 0;
}

void yj_business_done(yj_business *b)
{
    json_decref(b->rows);
    b->rows = NULL;
}

/* --- report ----------------------------------------------------------------------------------- */

yj_status yj_business_json(const yj_business *b, const yj_business_about *about, json_t **ret, yj_error *err)
{
    char from[31], until[31];
    const yj_seven *n = &b->counts;
    yj_time_format(about->from_ns, from);
    yj_time_format(about->until_ns, until);
    json_t *v = json_pack(
        "{s:s, s:b, s:{s:I, s:I, s:I, s:I, s:I, s:I, s:I}, s:O, s:s, s:s, s:{s:s}, s:{s:s, s:s}, s:{s:[s], "
        "s:[s]}}",
        "operation", "business", "fine", yj_business_fine(b), "counts", "expected", (json_int_t)n->expected,
        "matched", (json_int_t)n->matched, "changed", (json_int_t)n->changed, "missing",
        (json_int_t)n->missing, "extra", (json_int_t)n->extra, "unreadable", (json_int_t)n->unreadable,
        "skipped", (json_int_t)n->skipped, "answers", b->rows, "startedOn", from, "finishedOn", until,
        "questions", "sha256", about->file_hex, "tool", "name", "yunjian", "version", about->version,
        "coverage", "covered", "the-questions-of-the-file", "notCovered", "everything-else");
    if (!v)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (about->label)
        json_object_set_new(v, "label", json_string(about->label));
    if (about->earlier_hex)
        json_object_set_new(v, "earlier", json_pack("{s:s}", "sha256", about->earlier_hex));
    *ret = v;
    return YJ_OK;
}

yj_status yj_business_sign(const yj_business *b, const yj_business_about *about, const yj_key *key,
                           yj_buf *out, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *predicate = NULL;
    YJ_TRY(yj_business_json(b, about, &predicate, err));
    const yj_subject s[] = {
        { .name = "questions", .digest = { { "sha256", about->file_hex } }, .digests = 1 },
        { .name = "earlier run", .digest = { { "sha256", about->earlier_hex } }, .digests = 1 },
    };
    return yj_statement_sign(key, s, about->earlier_hex ? 2 : 1, YJ_BUSINESS_PREDICATE, predicate, out, err);
}
