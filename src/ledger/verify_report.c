// SPDX-License-Identifier: Apache-2.0
#include "ledger/ledger.h"

void yj_verify_report_write(yj_jw *w, const char *name, const yj_verify_report *r)
{
    char root[2 * YJ_HASH_LEN + 1];
    yj_digest_hex(&r->root, root);
    yj_jw_object(w);
    yj_jw_kstr(w, "ledger", name);
    yj_jw_kbool(w, "ok", !r->bad);
    yj_jw_ki64(w, "size", (int64_t)r->size);
    yj_jw_ki64(w, "proven", (int64_t)r->proven);
    yj_jw_ki64(w, "bodies", (int64_t)r->bodies);
    yj_jw_ki64(w, "erased", (int64_t)r->bodies_gone);
    yj_jw_ki64(w, "tiles", (int64_t)r->tiles);
    yj_jw_ki64(w, "checkpoints", (int64_t)r->checkpoints);
    yj_jw_ki64(w, "rotations", (int64_t)r->rotations);
    yj_jw_kstr(w, "root", root);
    yj_jw_kbool(w, "signature_ok", r->signature_ok);
    yj_jw_kbool(w, "pinned", r->pinned);
    yj_jw_kbool(w, "torn", r->torn);
    yj_jw_key(w, "bad_entry");
    if (r->bad && r->bad_index != YJ_NO_INDEX)
        yj_jw_i64(w, (int64_t)r->bad_index);
    else
        yj_jw_null(w);
    yj_jw_key(w, "what");
    yj_jw_object(w);
    yj_jw_kstr(w, "zh", r->what_zh);
    yj_jw_kstr(w, "en", r->what);
    yj_jw_end_object(w);
    yj_jw_end_object(w);
}
