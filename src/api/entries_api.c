// SPDX-License-Identifier: Apache-2.0
/* The ledger as people read it: who changed what when. Tiles and proofs are in ledger_api.c. */
#include "api/call.h"
#include "api/param.h"
#include "record/entries.h"

static yj_entries_of entries_of(const yj_call *c)
{
    yj_engine *e = c->server->engine;
    return (yj_entries_of){ .db = c->db,
                            .lang = c->lang,
                            .c = c->catalog,
                            .inst = c->inst->inst,
                            .zone = yj_engine_zone(e),
                            .operator_id = yj_engine_operator(e) };
}

yj_status yj_api_entries(yj_call *c, yj_reply *rp, yj_error *err)
{
    YJ_TRY(yj_call_institution(c, err));
    YJ_TRY(yj_call_db(c, err));
    yj_entries_of of = entries_of(c);
    yj_entries_query q = { .before = yj_call_int(c, "before", -1),
                           .limit = (size_t)yj_call_int(c, "limit", 50),
                           .op = yj_call_param(c, "op"),
                           .kind = yj_call_param(c, "kind"),
                           .record = yj_call_param(c, "record"),
                           .by = yj_call_param(c, "by"),
                           .from = yj_call_param(c, "from"),
                           .until = yj_call_param(c, "until") };
    return yj_entries_list(&of, &q, &rp->body, err);
}

yj_status yj_api_entry(yj_call *c, yj_reply *rp, yj_error *err)
{
    uint64_t seq = 0;
    YJ_TRY(yj_call_institution(c, err));
    if (!yj_span_u64(yj_span_of(yj_call_segment(c, "seq")), &seq))
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such entry");
    YJ_TRY(yj_call_db(c, err));
    yj_entries_of of = entries_of(c);
    return yj_entry_show(&of, seq, &rp->body, err);
}
