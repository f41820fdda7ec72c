// SPDX-License-Identifier: Apache-2.0
/* A note that is taken is made of its parts, byte by byte; its views lie inside it. The same bytes are tried
 * as a checkpoint, and the first line as a verifier key. */
#include "fuzz.h"

#include "ledger/note.h"

static void check_inside(yj_span whole, yj_span part)
{
    assert(part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void check_whole(yj_span bytes, const yj_note *n)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, 2 * YJ_NOTE_BYTES_MAX);
    yj_buf_span(&b, n->text);
    yj_buf_char(&b, '\n');
    for (size_t i = 0; i < n->sig_count; i++) {
        check_inside(bytes, n->sigs[i].name);
        check_inside(bytes, n->sigs[i].base64);
        assert(yj_note_name_ok(n->sigs[i].name));
        yj_buf_str(&b, "\xe2\x80\x94 ");
        yj_buf_span(&b, n->sigs[i].name);
        yj_buf_char(&b, ' ');
        yj_buf_span(&b, n->sigs[i].base64);
        yj_buf_char(&b, '\n');
    }
    assert(n->sig_count > 0 && yj_span_eq(yj_buf_view(&b), bytes));
}

static void check_checkpoint(yj_span bytes, const yj_note *n)
{
    yj_checkpoint c;
    if (yj_checkpoint_parse(n, &c, NULL) != YJ_OK)
        return;
    check_inside(bytes, c.origin);
    yj_auto(yj_buf_done) yj_buf b, origin;
    yj_buf_init(&b, 2 * YJ_NOTE_BYTES_MAX);
    yj_buf_init(&origin, YJ_NOTE_BYTES_MAX);
    yj_buf_span(&origin, c.origin);
    yj_checkpoint_text(origin.ptr, c.size, &c.root, &b);
    assert(n->text.len >= b.len && memcmp(n->text.ptr, b.ptr, b.len) == 0); /* extension lines may follow */
}

static void check_vkey(yj_span line)
{
    yj_auto(yj_buf_done) yj_buf name, b;
    yj_auto(yj_key_freep) yj_key *key = NULL;
    yj_buf_init(&name, YJ_NOTE_NAME_MAX + 1);
    yj_buf_init(&b, YJ_VKEY_BYTES_MAX);
    if (yj_vkey_parse(line, &name, &key, NULL) != YJ_OK)
        return;
    yj_vkey_format(name.ptr, key, &b);
    assert(yj_span_eq(yj_buf_view(&b), line));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_span bytes = { (const char *)data, size };
    yj_note n;
    yj_error err;
    const char *end = size ? memchr(bytes.ptr, '\n', size) : NULL;
    check_vkey((yj_span){ bytes.ptr, end ? (size_t)(end - bytes.ptr) : size });
    if (yj_note_parse(bytes, &n, &err) != YJ_OK) {
        assert(err.code == YJ_E_INVALID && err.msg[0]);
        return 0;
    }
    check_whole(bytes, &n);
    check_checkpoint(bytes, &n);
    return 0;
}
