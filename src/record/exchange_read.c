// SPDX-License-Identifier: Apache-2.0
/* With whom an institution is tied. */
#include "record/exchange.h"

#include "record/exchange_internal.h"
#include "record/read.h"

typedef struct showing {
    yj_db *db;
    const yj_catalog *c;
    yj_lang lang;
    yj_jw w;
} showing;

static yj_status write_tie(showing *x, int64_t me, yj_stmt *st, yj_error *err)
{
    int64_t client = yj_col_i64(st, 0), party = yj_col_i64(st, 2);
    bool mine = client == me; /* the institution asked about is the client */
    yj_span record = yj_col_text(st, 1);
    char id[YJ_UUID_LEN + 1];
    snprintf(id, sizeof id, "%.*s", (int)record.len, record.ptr);
    yj_jw_object(&x->w);
    yj_jw_kstr(&x->w, "side", mine ? "client" : "party");
    yj_jw_key(&x->w, "institution");
    YJ_TRY(yj_institution_write(x->db, x->c, mine ? party : client, x->lang, &x->w, err));
    yj_jw_kspan(&x->w, "invitation", yj_col_text(st, 3));
    yj_jw_kspan(&x->w, "link", yj_col_text(st, 4));
    yj_jw_key(&x->w, "record");
    const yj_kind *k = NULL;
    if (mine)
        YJ_TRY(yj_record_kind(x->db, x->c, client, id, &k, err));
    if (k) {
        yj_auto(yj_buf_done) yj_buf name;
        yj_buf_init(&name, 65536);
        YJ_TRY(yj_record_name(x->db, x->c, client, k, id, x->lang, &name, err));
        yj_jw_object(&x->w);
        yj_jw_kstr(&x->w, "kind", k->name);
        yj_jw_kstr(&x->w, "id", id);
        yj_jw_kspan(&x->w, "name", yj_buf_view(&name));
        yj_jw_end_object(&x->w);
    } else {
        yj_jw_null(&x->w);
    }
    yj_jw_end_object(&x->w);
    return YJ_OK;
}

yj_status yj_ties_list(yj_db *db, const yj_catalog *c, int64_t inst, yj_lang lang, yj_buf *out, yj_error *err)
{
    showing x = { .db = db, .c = c, .lang = lang };
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "SELECT inst, record, party, invitation, link FROM party_link WHERE inst = ?1 OR "
                         "party = ?1 ORDER BY inst, record",
                         &st, err));
    yj_bind_i64(st, 1, inst);
    yj_jw_init(&x.w, out);
    yj_jw_object(&x.w);
    yj_jw_key(&x.w, "items");
    yj_jw_array(&x.w);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        YJ_TRY(write_tie(&x, inst, st, err));
    }
    yj_jw_end_array(&x.w);
    yj_jw_end_object(&x.w);
    return yj_buf_status(out, err);
}
