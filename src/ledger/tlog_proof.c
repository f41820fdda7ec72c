// SPDX-License-Identifier: Apache-2.0
#include "ledger/internal.h"
#include <inttypes.h>

#define FIRST_LINE "c2sp.org/tlog-proof@v1"

static bool after_word(yj_span line, yj_span word, yj_span *ret)
{
    if (line.len <= word.len || memcmp(line.ptr, word.ptr, word.len) != 0)
        return false;
    *ret = (yj_span){ line.ptr + word.len, line.len - word.len };
    return true;
}

/* The extra data are not signed and not used; that they are one word is enough. */
static bool is_base64_text(yj_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool digit = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!digit && c != '+' && c != '/' && c != '=')
            return false;
    }
    return true;
}

static yj_status fail_line(yj_error *err, size_t line)
{
    yj_fail(err, YJ_E_INVALID, "line %zu of the proof is not of the form it must have", line);
    yj_error_at(err, "line %zu", line);
    return YJ_E_INVALID;
}

yj_status yj_tlog_proof_parse(yj_span bytes, yj_tlog_proof *ret, yj_error *err)
{
    yj_tlog_proof p = { .index = 0 };
    yj_span rest = bytes, line, value;
    size_t at = 1;
    if (!yj_next_line(&rest, &line) || !yj_span_is(line, FIRST_LINE))
        return fail_line(err, at);
    at++;
    if (!yj_next_line(&rest, &line))
        return fail_line(err, at);
    if (after_word(line, YJ_SPAN("extra "), &p.extra)) {
        if (!is_base64_text(p.extra))
            return fail_line(err, at);
        at++;
        if (!yj_next_line(&rest, &line))
            return fail_line(err, at);
    }
    if (!after_word(line, YJ_SPAN("index "), &value) || !yj_parse_u63(value, &p.index))
        return fail_line(err, at);
    for (;;) {
        at++;
        if (!yj_next_line(&rest, &line))
            return fail_line(err, at);
        if (line.len == 0)
            break;
        if (p.hash_count == YJ_COUNT(p.hash) || !yj_parse_digest64(line, &p.hash[p.hash_count]))
            return fail_line(err, at);
        p.hash_count++;
    }
    if (rest.len == 0)
        return fail_line(err, at + 1);
    p.note = rest;
    *ret = p;
    return YJ_OK;
}

void yj_tlog_proof_format(uint64_t index, const yj_digest *hash, size_t count, yj_span note, yj_buf *out)
{
    yj_buf_fmt(out, FIRST_LINE "\nindex %" PRIu64 "\n", index);
    for (size_t i = 0; i < count; i++) {
        yj_buf_base64(out, hash[i].b, sizeof hash[i].b);
        yj_buf_char(out, '\n');
    }
    yj_buf_char(out, '\n');
    yj_buf_span(out, note);
}

yj_status yj_tlog_proof_verify(yj_span proof, yj_span leaf, const char *vkey, yj_error *err)
{
    yj_tlog_proof p;
    yj_note n;
    yj_checkpoint c;
    YJ_TRY(yj_tlog_proof_parse(proof, &p, err));
    YJ_TRY(yj_note_parse(p.note, &n, err));
    YJ_TRY(yj_checkpoint_parse(&n, &c, err));
    yj_auto(yj_buf_done) yj_buf name;
    yj_auto(yj_key_freep) yj_key *key = NULL;
    yj_buf_init(&name, YJ_NOTE_NAME_MAX + 1);
    YJ_TRY(yj_vkey_parse(yj_span_of(vkey), &name, &key, err));
    if (!yj_span_eq(c.origin, yj_buf_view(&name)))
        return yj_fail(err, YJ_E_CORRUPT, "the proof is of another ledger than the key");
    if (!yj_note_signed_by(&n, name.ptr, key))
        return yj_fail(err, YJ_E_CORRUPT, "the checkpoint in the proof is not signed by the key");
    yj_hash_alg alg = yj_sign_hash(yj_key_alg(key));
    yj_digest hash;
    yj_leaf_view v;
    yj_leaf_hash(alg, leaf, &hash);
    if (!yj_inclusion_holds(alg, p.index, c.size, &hash, p.hash, p.hash_count, &c.root))
        return yj_fail(err, YJ_E_CORRUPT, "the proof does not show that the entry is in the ledger");
    if (yj_leaf_scan(leaf, &v) && v.seq != p.index)
        return yj_fail(err, YJ_E_CORRUPT,
                       "the entry stands at place %llu of the ledger but calls itself %llu",
                       (unsigned long long)p.index, (unsigned long long)v.seq);
    return YJ_OK;
}
