// SPDX-License-Identifier: Apache-2.0
/* Ledgers as C2SP tlog-tiles lays them out: checkpoint and tiles; proofs. Bodies are never served here. */
#include "api/call.h"
#include "api/param.h"
#include "base/json.h"

#define TILE_BYTES_MAX ((size_t)32 << 20) /* 256 leaves of at most 64 KiB */
#define NOTE_BYTES_MAX ((size_t)1 << 20)

static const char plain[] = "text/plain; charset=utf-8";
static const char immutable[] = "private, max-age=31536000, immutable";

static yj_status ledger_size(yj_call *c, uint64_t *ret, yj_error *err)
{
    YJ_TRY(yj_call_db(c, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(c->db, "SELECT size FROM ledger WHERE inst = ?1", &st, err));
    yj_bind_i64(st, 1, c->inst->inst);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such institution");
    *ret = (uint64_t)yj_col_i64(st, 0);
    return YJ_OK;
}

yj_status yj_api_ledgers(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(yj_call_db(c, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(c->db, "SELECT inst, institution, origin, crypto, size FROM ledger ORDER BY inst",
                         &st, err));
    yj_jw w;
    yj_jw_init(&w, &rp->body);
    yj_jw_object(&w);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        if (c->who && !yj_identity_member(c->who, yj_col_i64(st, 0)))
            continue;
        yj_jw_object(&w);
        yj_jw_kbool(&w, "installation", yj_col_i64(st, 0) == YJ_INST_INSTALLATION);
        yj_jw_kspan(&w, "institution", yj_col_text(st, 1));
        yj_jw_kspan(&w, "origin", yj_col_text(st, 2));
        yj_jw_kspan(&w, "crypto", yj_col_text(st, 3));
        yj_jw_ki64(&w, "size", yj_col_i64(st, 4));
        yj_jw_end_object(&w);
    }
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    return YJ_OK;
}

/* A checkpoint of the ledger as it is; the writer signs one only if it grew since the last. */
yj_status yj_api_checkpoint(yj_call *c, yj_reply *rp, yj_error *err)
{
    uint64_t size = 0, covered = 0;
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(ledger_size(c, &size, err));
    yj_status s = yj_checkpoint_last(c->db, c->inst->inst, &rp->body, &covered, err);
    yj_call_db_done(c);
    if (s != YJ_OK && s != YJ_E_NOT_FOUND)
        return s;
    rp->type = plain;
    if (s == YJ_OK && covered == size)
        return YJ_OK;
    yj_buf_clear(&rp->body);
    return yj_engine_checkpoint(c->server->engine, c->inst->inst, &rp->body, err);
}

yj_status yj_api_key(yj_call *c, yj_reply *rp, yj_error *err)
{
    const yj_key *key = NULL;
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_keyring_get(yj_engine_keys(c->server->engine), c->inst->id, &key, err));
    yj_vkey_format(c->inst->origin, key, &rp->body);
    yj_buf_char(&rp->body, '\n');
    rp->type = plain;
    return YJ_OK;
}

yj_status yj_api_tile(yj_call *c, yj_reply *rp, yj_error *err)
{
    uint64_t size = 0, index = 0;
    int level = 0;
    unsigned width = 0;
    YJ_TRY(yj_call_institution(c, err));
    if (!yj_tile_path_parse(yj_span_of(yj_call_segment(c, "path")), &level, &index, &width))
        return yj_fail(err, YJ_E_NOT_FOUND, "this is not the path of a tile");
    YJ_TRY(ledger_size(c, &size, err));
    YJ_TRY(yj_tile_read(c->db, c->inst->inst, size, level, index, width, &rp->body, err));
    /* the same for ever; what is behind it may be read by this client only */
    rp->cache_control = immutable;
    rp->type = "application/octet-stream";
    return YJ_OK;
}

yj_status yj_api_proof(yj_call *c, yj_reply *rp, yj_error *err)
{
    uint64_t seq = 0, size = 0, covered = 0;
    YJ_TRY(yj_call_institution(c, err));
    if (!yj_span_u64(yj_span_of(yj_call_segment(c, "seq")), &seq))
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such entry");
    YJ_TRY(ledger_size(c, &size, err));
    if (seq >= size)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such entry");
    yj_auto(yj_buf_done) yj_buf note;
    yj_buf_init(&note, NOTE_BYTES_MAX);
    yj_status s = yj_checkpoint_last(c->db, c->inst->inst, &note, &covered, err);
    if (s != YJ_OK && s != YJ_E_NOT_FOUND)
        return s;
    if (s == YJ_E_NOT_FOUND || covered <= seq) { /* not under a checkpoint yet */
        yj_call_db_done(c);
        yj_buf_clear(&note);
        YJ_TRY(yj_engine_checkpoint(c->server->engine, c->inst->inst, &note, err));
        YJ_TRY(yj_call_db(c, err));
    }
    rp->type = plain;
    return yj_ledger_prove(c->db, c->inst->inst, seq, &rp->body, err);
}

yj_status yj_api_consistency(yj_call *c, yj_reply *rp, yj_error *err)
{
    uint64_t size = 0;
    int64_t from = yj_call_int(c, "from", -1), to = yj_call_int(c, "to", -1);
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(ledger_size(c, &size, err));
    if (to < 0)
        to = (int64_t)size;
    if (from < 0 || from > to || (uint64_t)to > size) {
        yj_fail(err, YJ_E_INVALID,
                "parameters from and to must be sizes of the ledger, the first not above the second");
        return yj_error_at(err, "from");
    }
    rp->type = plain;
    return yj_ledger_prove_consistency(c->db, c->inst->inst, (uint64_t)from, (uint64_t)to, &rp->body, err);
}
