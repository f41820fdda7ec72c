// SPDX-License-Identifier: Apache-2.0
/*
 * Bodies of judgement entries, as text and as they are stored packed. What is found of a change lies within
 * the body; what was unpacked is packed to the same text again.
 */
#include "fuzz.h"

#include "ledger/ledger.h"
#include "ledger/pack_body.h"
#include "rule/internal.h"
#include <stdlib.h>

static void inside(yj_span body, yj_span part)
{
    if (part.len && (part.ptr < body.ptr || part.ptr + part.len > body.ptr + body.len))
        abort();
}

static void read_changes(yj_span body)
{
    const char *at;
    yj_span change = { 0 };
    yj_judgement_part part = { 0 };
    if (!yj_said_begin(body, &at))
        return;
    while (yj_said_next(body, &at, &change) && change.ptr) {
        yj_said s;
        inside(body, change);
        if (!yj_said_read(change, &s))
            continue;
        inside(change, s.requirement);
        inside(change, s.kind);
        inside(change, s.subject);
        inside(change, s.code);
        inside(change, s.values);
        inside(change, s.proofs);
        if (s.strength < 0 || s.strength > 3 || !yj_date_valid(yj_span_of(s.since.s)))
            abort();
    }
    (void)yj_said_tail((yj_span){ at, (size_t)(body.ptr + body.len - at) }, &part);
}

static void unpack(yj_span bytes)
{
    yj_error err = { 0 };
    yj_buf text, packed, again;
    yj_buf_init(&text, YJ_BODY_BYTES_MAX);
    yj_buf_init(&packed, 2 * YJ_BODY_BYTES_MAX);
    yj_buf_init(&again, YJ_BODY_BYTES_MAX);
    if (yj_body_unpack(bytes, &text, &err) == YJ_OK && text.len) {
        if (yj_body_pack(yj_buf_view(&text), &packed, &err) != YJ_OK ||
            yj_body_unpack(yj_buf_view(&packed), &again, &err) != YJ_OK ||
            !yj_span_eq(yj_buf_view(&text), yj_buf_view(&again)))
            abort();
        read_changes(yj_buf_view(&text));
    }
    yj_buf_done(&text);
    yj_buf_done(&packed);
    yj_buf_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_span bytes = { (const char *)data, size };
    read_changes(bytes);
    unpack(bytes);
    return 0;
}
