// SPDX-License-Identifier: Apache-2.0
/*
 * The text of files of evidence.
 *
 *   GET  /evidence/DIGEST/text       its passages; they can be kept, for the file never changes
 *   POST /evidence/DIGEST/passages   those that are likely to say what is wanted
 *
 * Nothing is kept here: text that stood on the disk would outlive the erasure of its file.
 */
#include "api/call.h"
#include "api/param.h"
#include "base/json.h"
#include "text/likely.h"
#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define ID_CHARACTERS_MAX 200
#define PER_BY_DEFAULT 3

/* --- reading ----------------------------------------------------------------------------------------------
 */

/* One slow worker is left to the others, and memory has a bound. */
static yj_status extract(yj_call *c, int fd, uint64_t size, yj_reading *ret, yj_error *err)
{
    _Atomic unsigned *at_once = &c->server->documents;
    yj_status s = YJ_OK;
    if (atomic_fetch_add(at_once, 1) < YJ_DOCUMENTS_AT_ONCE)
        s = yj_text_extract(fd, size, NULL, c->rq->arena, ret, err);
    else
        s = yj_fail(err, YJ_E_BUSY, "%d documents are being read already; try again in a moment",
                    YJ_DOCUMENTS_AT_ONCE);
    atomic_fetch_sub(at_once, 1);
    return s;
}

static yj_status open_file(yj_call *c, yj_digest *ret_digest, int *ret_fd, uint64_t *ret_size, yj_error *err)
{
    YJ_TRY(yj_call_digest(c, ret_digest, err));
    return yj_evidence_read(c->server->evidence, ret_digest, ret_fd, ret_size, err);
}

static void write_head(yj_jw *w, const yj_reading *r)
{
    yj_jw_kstr(w, "format", yj_text_format_name(r->format));
    yj_jw_key(w, "pages");
    if (r->pages >= 0)
        yj_jw_i64(w, r->pages);
    else
        yj_jw_null(w);
    yj_jw_kbool(w, "scan", r->scan);
    yj_jw_kbool(w, "truncated", r->truncated);
    yj_jw_ki64(w, "characters", (int64_t)r->characters);
}

static void write_passage(yj_jw *w, const yj_reading *r, size_t i)
{
    yj_jw_key(w, "page");
    if (r->passages[i].page)
        yj_jw_i64(w, r->passages[i].page);
    else
        yj_jw_null(w);
    yj_jw_ki64(w, "paragraph", (int64_t)i + 1);
    yj_jw_kspan(w, "text", r->passages[i].text);
}

yj_status yj_api_text(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_digest d;
    int fd = -1;
    uint64_t size = 0;
    char hex[2 * YJ_HASH_LEN + 1];
    yj_reading r;
    YJ_TRY(open_file(c, &d, &fd, &size, err));
    yj_digest_hex(&d, hex);
    int n = snprintf(rp->etag, sizeof rp->etag, "\"text%d-%.32s\"", YJ_TEXT_EDITION, hex);
    assert(n > 0 && (size_t)n + sizeof "-gzip" < sizeof rp->etag);
    rp->cache_control = "private, max-age=3600";
    yj_span seen = c->rq->head.value[YJ_H_IF_NONE_MATCH];
    if (seen.ptr && yj_etag_listed(seen, yj_span_of(rp->etag))) { /* becomes 304 */
        close(fd);
        return YJ_OK;
    }
    yj_status s = extract(c, fd, size, &r, err);
    close(fd);
    YJ_TRY(s);
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    write_head(&w, &r);
    yj_jw_key(&w, "passages");
    yj_jw_array(&w);
    for (size_t i = 0; i < r.count; i++) {
        yj_jw_object(&w);
        write_passage(&w, &r, i);
        yj_jw_end_object(&w);
    }
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    return YJ_OK;
}

/* --- what is wanted ---------------------------------------------------------------------------------------
 */

static bool is_text(const json_t *v, size_t max_characters)
{
    yj_span s = { json_string_value(v), json_string_length(v) };
    return s.ptr && s.len > 0 && yj_utf8_count(s) <= max_characters;
}

static yj_status read_words(yj_call *c, const json_t *words, size_t at, yj_wanted *ret, yj_error *err)
{
    size_t n = json_array_size(words);
    yj_span *spans = yj_arena_array(c->rq->arena, n + 1, sizeof(yj_span));
    bool good = json_is_array(words) && n >= 1 && n <= YJ_LIKELY_WORDS_MAX;
    for (size_t i = 0; good && i < n; i++) {
        const json_t *v = json_array_get(words, i);
        good = is_text(v, YJ_LIKELY_WORD_CHARACTERS_MAX);
        spans[i] = (yj_span){ json_string_value(v), json_string_length(v) };
    }
    ret->words = spans;
    ret->count = n;
    if (good)
        return YJ_OK;
    yj_fail(err, YJ_E_INVALID, "words must be a list of 1 to %d texts of at most %d characters",
            YJ_LIKELY_WORDS_MAX, YJ_LIKELY_WORD_CHARACTERS_MAX);
    return yj_error_at(err, "wanted[%zu].words", at);
}

static yj_status read_one(yj_call *c, const json_t *v, size_t at, yj_wanted *ret, yj_error *err)
{
    const json_t *id = json_object_get(v, "id"), *words = json_object_get(v, "words");
    if (!json_is_object(v) || json_object_size(v) != 2 || !id || !words) {
        yj_fail(err, YJ_E_INVALID, "member wanted must be a list of at most %d objects with id and words",
                YJ_LIKELY_WANTED_MAX);
        return yj_error_at(err, "wanted[%zu]", at);
    }
    if (!is_text(id, ID_CHARACTERS_MAX)) {
        yj_fail(err, YJ_E_INVALID, "id must be a text of 1 to %d characters", ID_CHARACTERS_MAX);
        return yj_error_at(err, "wanted[%zu].id", at);
    }
    ret->id = json_string_value(id);
    return read_words(c, words, at, ret, err);
}

static yj_status read_wanted(yj_call *c, yj_wanted **ret, size_t *ret_count, size_t *ret_per, yj_error *err)
{
    YJ_TRY(yj_call_json(c, "wanted per", err));
    const json_t *list = json_object_get(c->json, "wanted"), *per = json_object_get(c->json, "per");
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n > YJ_LIKELY_WANTED_MAX) {
        yj_fail(err, YJ_E_INVALID, "member wanted must be a list of at most %d objects with id and words",
                YJ_LIKELY_WANTED_MAX);
        return yj_error_at(err, "wanted");
    }
    if (per && (!json_is_integer(per) || json_integer_value(per) < 1 ||
                json_integer_value(per) > YJ_LIKELY_PER_MAX)) {
        yj_fail(err, YJ_E_INVALID, "per must be a whole number from 1 to %d", YJ_LIKELY_PER_MAX);
        return yj_error_at(err, "per");
    }
    *ret_per = per ? (size_t)json_integer_value(per) : PER_BY_DEFAULT;
    *ret_count = n;
    *ret = yj_arena_array(c->rq->arena, n + 1, sizeof(yj_wanted));
    for (size_t i = 0; i < n; i++) {
        YJ_TRY(read_one(c, json_array_get(list, i), i, &(*ret)[i], err));
        for (size_t k = 0; k < i; k++)
            if (strcmp((*ret)[k].id, (*ret)[i].id) == 0) {
                yj_fail(err, YJ_E_INVALID, "two of the wanted have the id %s", (*ret)[i].id);
                return yj_error_at(err, "wanted[%zu].id", i);
            }
    }
    return yj_arena_status(c->rq->arena, err);
}

/* --- likely passages --------------------------------------------------------------------------------------
 */

static void write_likely(yj_jw *w, const yj_reading *r, const yj_likely *l)
{
    char score[16];
    int n = snprintf(score, sizeof score, "%d.%04d", l->score / 10000, l->score % 10000);
    yj_jw_object(w);
    write_passage(w, r, l->passage);
    yj_jw_key(w, "score");
    yj_jw_raw(w, (yj_span){ score, (size_t)n });
    yj_jw_key(w, "matches");
    yj_jw_array(w);
    for (size_t i = 0; i < l->match_count; i++) {
        yj_jw_array(w);
        yj_jw_i64(w, (int64_t)l->matches[i][0]);
        yj_jw_i64(w, (int64_t)l->matches[i][1]);
        yj_jw_end_array(w);
    }
    yj_jw_end_array(w);
    yj_jw_end_object(w);
}

yj_status yj_api_likely(yj_call *c, yj_reply *rp, yj_error *err)
{
    yj_digest d;
    int fd = -1;
    uint64_t size = 0;
    yj_wanted *wanted = NULL;
    yj_likely_list *lists = NULL;
    size_t count = 0, per = 0;
    yj_reading r;
    YJ_TRY(read_wanted(c, &wanted, &count, &per, err));
    YJ_TRY(open_file(c, &d, &fd, &size, err));
    yj_status s = extract(c, fd, size, &r, err);
    close(fd);
    YJ_TRY(s);
    YJ_TRY(yj_text_likely(&r, wanted, count, per, c->rq->arena, &lists, err));
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    write_head(&w, &r);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    for (size_t i = 0; i < count; i++) {
        yj_jw_object(&w);
        yj_jw_kstr(&w, "id", wanted[i].id);
        yj_jw_key(&w, "passages");
        yj_jw_array(&w);
        for (size_t k = 0; k < lists[i].count; k++)
            write_likely(&w, &r, &lists[i].item[k]);
        yj_jw_end_array(&w);
        yj_jw_end_object(&w);
    }
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    return YJ_OK;
}
