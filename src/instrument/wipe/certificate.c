// SPDX-License-Identifier: Apache-2.0
#include "instrument/wipe/certificate.h"
#include "base/time.h"
#include <stdio.h>

const char *yj_cert_name(unsigned f)
{
    static const char *const names[YJ_CERT_COUNT_] = {
#define X(id, name) [YJ_CERT_##id] = name,
        YJ_CERT_LIST(X)
#undef X
    };
    return names[f];
}

yj_outcome yj_wipe_outcome(const yj_disk_id *id, const yj_wipe_method_row *row)
{
    bool elsewhere = id->limits & (1U << YJ_LIMIT_COW);
    return elsewhere ? YJ_OUTCOME_NONE : row->outcome;
}

void yj_medium_digest(const char *serial, uint64_t bytes, char ret[static 2 * YJ_HASH_LEN + 1])
{
    char text[YJ_STATEMENT_NAME_MAX + 64];
    yj_digest d;
    int n = snprintf(text, sizeof text, "yunjian-medium\n%s\n%llu\n", serial, (unsigned long long)bytes);
    yj_hash(YJ_HASH_SHA256, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1, &d);
    yj_digest_hex(&d, ret);
}

static void set_text(json_t *o, const char *name, const char *text)
{
    if (text && text[0])
        json_object_set_new(o, name, json_string(text));
}

static json_t *person(const char *name, const char *title, const char *contact)
{
    json_t *o = json_object();
    set_text(o, "name", name);
    set_text(o, "title", title);
    set_text(o, "contact", contact);
    return o;
}

/* What people say of it. */
static json_t *said(const yj_wipe_about *a)
{
    const char *const *f = a->field;
    json_t *o = json_object();
    json_object_set_new(o, "grade", json_integer(a->grade));
    json_object_set_new(o, "wanted", json_string(yj_outcome_name(a->wanted)));
    json_object_set_new(o, "performedBy", person(a->by, f[YJ_CERT_TITLE], f[YJ_CERT_CONTACT]));
    json_object_set_new(o, "witnessedBy",
                        person(a->witness, f[YJ_CERT_WITNESS_TITLE], f[YJ_CERT_WITNESS_CONTACT]));
    set_text(o, "assetNumber", f[YJ_CERT_ASSET]);
    set_text(o, "source", f[YJ_CERT_SOURCE]);
    set_text(o, "destination", f[YJ_CERT_DESTINATION]);
    set_text(o, "classAfter", f[YJ_CERT_CLASS_AFTER]);
    set_text(o, "ticket", f[YJ_CERT_TICKET]);
    set_text(o, "contract", f[YJ_CERT_CONTRACT]);
    set_text(o, "place", f[YJ_CERT_PLACE]);
    set_text(o, "photos", f[YJ_CERT_PHOTOS]);
    json_object_set_new(o, "tool", json_pack("{s:s, s:s}", "name", "yunjian", "version", a->version));
    return o;
}

static json_t *identity(const yj_disk_id *id, const char *target)
{
    json_t *o =
        json_pack("{s:s, s:s, s:I, s:I}", "serial", id->serial, "mediaType", yj_medium_name(id->medium),
                  "bytes", (json_int_t)id->bytes, "blockBytes", (json_int_t)id->block);
    set_text(o, "model", id->model);
    set_text(o, "manufacturer", id->vendor);
    set_text(o, "target", target);
    return o;
}

static json_t *ranges(const yj_ranges *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->count; i++) {
        const yj_range *g = &r->row[i];
        json_t *o = json_pack("{s:s, s:I, s:I}", "kind", yj_range_name(g->kind), "from", (json_int_t)g->from,
                              "to", (json_int_t)g->to);
        if (g->sys_errno)
            json_object_set_new(o, "errno", json_integer(g->sys_errno));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *steps(const yj_wipe_result *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->steps; i++) {
        const yj_wipe_step *s = &r->step[i];
        char at[31];
        yj_time_format(s->at_ns, at);
        json_t *o = json_pack("{s:s, s:s, s:I, s:I}", "at", at, "step", s->what, "a", (json_int_t)s->a, "b",
                              (json_int_t)s->b);
        set_text(o, "raw", s->raw);
        json_array_append_new(list, o);
    }
    return list;
}

/* The steps' digest stands beside them, as a log's does in the certificate forms. */
static yj_status log_of(const yj_wipe_result *r, json_t *v, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf text;
    char hex[2 * YJ_HASH_LEN + 1];
    yj_digest d;
    yj_buf_init(&text, YJ_JSON_BYTES_MAX);
    json_t *list = steps(r);
    yj_status s = yj_json_canonical(list, &text, err);
    json_object_set_new(v, "steps", list);
    YJ_TRY(s);
    YJ_TRY(yj_buf_status(&text, err));
    yj_hash(YJ_HASH_SHA256, text.ptr ? text.ptr : "", text.len, &d);
    yj_digest_hex(&d, hex);
    json_object_set_new(v, "stepsDigest", json_pack("{s:s}", "sha256", hex));
    return YJ_OK;
}

static json_t *verification(const yj_wipe_result *r)
{
    return json_pack("{s:s, s:i, s:I, s:I, s:I, s:I, s:I, s:b}", "kind", r->sample ? "samples" : "full",
                     "percent", r->sample ? (int)r->sample : 100, "bytesToRead", (json_int_t)r->to_read,
                     "bytesRead", (json_int_t)r->was_read, "confidencePpm", (json_int_t)r->confidence_ppm,
                     "canaries", (json_int_t)r->canaries, "canariesFound", (json_int_t)r->canaries_found,
                     "verified", r->verified);
}

static json_t *limits(const yj_wipe_result *r)
{
    unsigned set = r->before.limits;
    json_t *list = json_array();
    if (r->sample)
        set |= 1U << YJ_LIMIT_NOT_READ;
    if (r->method->method == YJ_METHOD_LUKS_KEYS)
        set |= 1U << YJ_LIMIT_BACKUPS;
    if (r->method->outcome == YJ_OUTCOME_PURGE) /* the device reached them */
        set &= ~(1U << YJ_LIMIT_SPARES | 1U << YJ_LIMIT_REMAPPED);
    for (unsigned i = 0; i < YJ_LIMIT_COUNT_; i++)
        if (set >> i & 1)
            json_array_append_new(list, json_string(yj_limit_name(i)));
    return list;
}

yj_status yj_wipe_json(const yj_wipe_result *r, const yj_wipe_about *about, json_t **ret, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf seed;
    char from[31], until[31];
    yj_buf_init(&seed, 128);
    yj_buf_hex(&seed, r->seed, sizeof r->seed);
    yj_time_format(r->from_ns, from);
    yj_time_format(r->until_ns, until);
    bool fine = yj_wipe_fine(r);
    yj_outcome reached = fine ? yj_wipe_outcome(&r->before, r->method) : YJ_OUTCOME_NONE;
    yj_auto(yj_json_freep) json_t *v = said(about);
    json_object_set_new(v, "fine", json_boolean(fine));
    json_object_set_new(v, "outcome", json_string(yj_outcome_name(reached)));
    json_object_set_new(v, "technique", json_string(yj_wipe_method_name(r->method->method)));
    json_object_set_new(v, "basis", json_string(r->method->source));
    json_object_set_new(v, "passes", json_integer(r->passes));
    json_object_set_new(v, "bytesPerPass", json_integer((json_int_t)r->to_write));
    json_object_set_new(v, "seed", json_string(seed.ptr ? seed.ptr : ""));
    json_object_set_new(v, "resumed", json_boolean(r->resumed));
    json_object_set_new(v, "medium", identity(&r->before, about->target));
    json_object_set_new(v, "sameMediumAfter", json_boolean(r->same));
    json_object_set_new(v, "verification", verification(r));
    json_object_set_new(v, "limits", limits(r));
    json_object_set_new(v, "failures", ranges(&r->bad));
    json_object_set_new(v, "moreFailures", json_boolean(r->bad.more));
    json_object_set_new(v, "startedOn", json_string(from));
    json_object_set_new(v, "finishedOn", json_string(until));
    YJ_TRY(log_of(r, v, err));
    *ret = yj_take(v);
    return YJ_OK;
}

static bool two_people(const yj_wipe_about *a)
{
    return a->by && a->witness && a->by[0] && a->witness[0] && strcmp(a->by, a->witness) != 0;
}

static yj_status sign(const char *serial, uint64_t bytes, const json_t *predicate, const yj_key *key,
                      yj_buf *out, yj_error *err)
{
    char hex[2 * YJ_HASH_LEN + 1];
    yj_medium_digest(serial, bytes, hex);
    yj_subject s = { .name = serial, .digest = { { "sha256", hex } }, .digests = 1 };
    return yj_statement_sign(key, &s, 1, YJ_WIPE_PREDICATE, predicate, out, err);
}

yj_status yj_wipe_sign(const yj_wipe_result *r, const yj_wipe_about *about, const yj_key *key, yj_buf *out,
                       yj_error *err)
{
    yj_auto(yj_json_freep) json_t *predicate = NULL;
    if (!yj_wipe_fine(r) || yj_wipe_outcome(&r->before, r->method) < about->wanted ||
        yj_wipe_outcome(&r->before, r->method) == YJ_OUTCOME_NONE)
        return yj_fail(err, YJ_E_GATE, "nothing is certified that was not completed and verified");
    if (!two_people(about))
        return yj_fail(err, YJ_E_GATE, "a certificate needs one who did it, and another as witness");
    YJ_TRY(yj_wipe_json(r, about, &predicate, err));
    return sign(r->before.serial, r->before.bytes, predicate, key, out, err);
}

yj_status yj_destruction_json(const char *serial, const yj_wipe_about *about, int64_t at_ns, json_t **ret,
                              yj_error *err)
{
    char at[31];
    const char *const *f = about->field;
    yj_time_format(at_ns, at);
    if (!two_people(about))
        return yj_fail(err, YJ_E_GATE, "a certificate needs one who did it, and another as witness");
    yj_auto(yj_json_freep) json_t *v = said(about);
    json_t *medium = json_object();
    set_text(medium, "serial", serial);
    set_text(medium, "mediaType", f[YJ_CERT_MEDIUM]);
    set_text(medium, "model", f[YJ_CERT_MODEL]);
    set_text(medium, "manufacturer", f[YJ_CERT_MANUFACTURER]);
    json_object_set_new(v, "fine", json_true());
    json_object_set_new(v, "outcome", json_string(yj_outcome_name(YJ_OUTCOME_DESTROY)));
    json_object_set_new(v, "technique", json_string(f[YJ_CERT_TECHNIQUE]));
    json_object_set_new(v, "medium", medium);
    json_object_set_new(
        v, "verification",
        json_pack("{s:s, s:s}", "kind", "witnessed", "result", f[YJ_CERT_RESULT] ? f[YJ_CERT_RESULT] : ""));
    json_object_set_new(v, "recordedOn", json_string(at));
    *ret = yj_take(v);
    return YJ_OK;
}

yj_status yj_destruction_sign(const char *serial, const yj_wipe_about *about, int64_t at_ns,
                              const yj_key *key, yj_buf *out, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *predicate = NULL;
    YJ_TRY(yj_destruction_json(serial, about, at_ns, &predicate, err));
    return sign(serial, 0, predicate, key, out, err);
}
