// SPDX-License-Identifier: Apache-2.0
#include "access/provider.h"

#include "access/secret.h"
#include "base/json.h"

#define CREATE_LOCK                                                                                          \
    INT64_C(0x796a70726f76) /* "yjprov": so that labels stay unique and there are not too many */

static const char *const kinds[YJ_PROVIDER_KIND_COUNT_] = { "oidc", "ldap" };

const char *yj_provider_kind_name(yj_provider_kind k)
{
    return kinds[k];
}

bool yj_provider_kind_by_name(yj_span name, yj_provider_kind *ret)
{
    for (int i = 0; i < YJ_PROVIDER_KIND_COUNT_; i++) {
        if (yj_span_is(name, kinds[i])) {
            *ret = (yj_provider_kind)i;
            return true;
        }
    }
    return false;
}

static yj_status no_provider(yj_error *err)
{
    return yj_fail(err, YJ_E_NOT_FOUND, "there is no such provider");
}

/* --- rows ------------------------------------------------------------------------------------- */

#define COLUMNS "id, kind, label, enabled, settings, secret, created, changed"

static yj_status read_row(yj_stmt *st, yj_arena *a, yj_provider *ret, yj_error *err)
{
    yj_provider p = { .enabled = yj_col_i64(st, 3) != 0,
                      .created_ns = yj_col_i64(st, 6),
                      .changed_ns = yj_col_i64(st, 7) };
    yj_span id = yj_col_text(st, 0), label = yj_col_text(st, 2), sealed = yj_col_blob(st, 5);
    yj_span settings = yj_col_text(st, 4);
    if (id.len != YJ_UUID_LEN || !yj_provider_kind_by_name(yj_col_text(st, 1), &p.kind))
        return yj_fail(err, YJ_E_CORRUPT, "the settings of a provider in the store are damaged");
    memcpy(p.id, id.ptr, id.len);
    p.label = yj_arena_strndup(a, label.ptr, label.len);
    p.sealed = (yj_span){ yj_arena_strndup(a, sealed.len ? sealed.ptr : "", sealed.len), sealed.len };
    yj_status s = yj_provider_settings(p.kind, settings, a, &p, err);
    if (s == YJ_E_INVALID)
        return yj_fail(err, YJ_E_CORRUPT, "the settings of a provider in the store are damaged");
    YJ_TRY(s);
    YJ_TRY(yj_arena_status(a, err));
    *ret = p;
    return YJ_OK;
}

yj_status yj_provider_read(yj_db *db, const char *id, yj_arena *a, yj_provider *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(db, "SELECT " COLUMNS " FROM sign_in_provider WHERE id = ?1", &st, err));
    yj_bind_cstr(st, 1, id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    return row ? read_row(st, a, ret, err) : no_provider(err);
}

yj_status yj_provider_enabled(yj_db *db, const char *id, bool *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT 1 FROM sign_in_provider WHERE id = ?1 AND enabled = 1", &st, err));
    yj_bind_cstr(st, 1, id);
    return yj_stmt_step(st, ret, err);
}

yj_status yj_provider_list(yj_db *db, yj_arena *a, const yj_provider **ret, size_t *ret_count, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    size_t count = 0;
    yj_provider *rows = yj_arena_array(a, YJ_PROVIDERS_MAX, sizeof *rows);
    YJ_TRY(
        yj_db_prepare(db, "SELECT " COLUMNS " FROM sign_in_provider ORDER BY label, id LIMIT ?1", &st, err));
    yj_bind_i64(st, 1, YJ_PROVIDERS_MAX);
    YJ_TRY(yj_arena_status(a, err));
    for (bool row = true; count < YJ_PROVIDERS_MAX; count++) {
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        YJ_TRY(read_row(st, a, &rows[count], err));
    }
    *ret = rows;
    *ret_count = count;
    return YJ_OK;
}

/* --- changes ---------------------------------------------------------------------------------- */

static yj_status check_label(yj_db *db, const char *id, yj_span label, yj_error *err)
{
    bool fine = label.len >= 1 && label.len <= YJ_PROVIDER_LABEL_MAX && yj_utf8_valid(label);
    for (size_t i = 0; fine && i < label.len; i++)
        fine = (uint8_t)label.ptr[i] >= ' ' && label.ptr[i] != 0x7f;
    if (!fine) {
        (void)yj_fail(err, YJ_E_INVALID, "this is a text of 1 to %d bytes without control characters",
                      YJ_PROVIDER_LABEL_MAX);
        return yj_error_at(err, "label");
    }
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool taken = false;
    YJ_TRY(yj_db_prepare(db, "SELECT 1 FROM sign_in_provider WHERE label = ?1 AND id <> ?2", &st, err));
    yj_bind_text(st, 1, label);
    yj_bind_cstr(st, 2, id);
    YJ_TRY(yj_stmt_step(st, &taken, err));
    if (!taken)
        return YJ_OK;
    (void)yj_fail(err, YJ_E_CONFLICT, "another provider is called so already");
    return yj_error_at(err, "label");
}

static yj_status bad_secret(yj_error *err)
{
    (void)yj_fail(err, YJ_E_INVALID,
                  "a secret has at most %d bytes and no control characters; a client's is ASCII",
                  YJ_PROVIDER_SECRET_MAX);
    return yj_error_at(err, "secret");
}

static yj_status check_secret(yj_provider_kind kind, yj_span secret, yj_error *err)
{
    if (secret.len > YJ_PROVIDER_SECRET_MAX || !yj_utf8_valid(secret))
        return bad_secret(err);
    for (size_t i = 0; i < secret.len; i++) {
        uint8_t c = (uint8_t)secret.ptr[i];
        /* a password in a directory may be any text */
        if (c < ' ' || c == 0x7f || (c > 0x7f && kind == YJ_PROVIDER_OIDC))
            return bad_secret(err);
    }
    return YJ_OK;
}

/* A client, and a service account, have a secret: without one a bind would be anonymous, and succeed. */
static yj_status check_whole(const yj_provider *p, bool has_secret, yj_error *err)
{
    bool wanted = p->kind == YJ_PROVIDER_OIDC || p->ldap.bind_dn;
    if (has_secret == wanted)
        return YJ_OK;
    if (wanted)
        (void)yj_fail(err, YJ_E_INVALID, "the secret is wanted");
    else
        (void)yj_fail(err, YJ_E_INVALID, "there is nobody whose secret this could be");
    return yj_error_at(err, "secret");
}

static bool text_eq(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_address(const yj_provider *a, const yj_provider *b)
{
    return text_eq(a->oidc.issuer, b->oidc.issuer) && text_eq(a->ldap.urls, b->ldap.urls) &&
           a->ldap.starttls == b->ldap.starttls;
}

static void bind_secret(yj_stmt *st, int n, const yj_seal *s, const char *id, const yj_span *secret,
                        uint8_t sealed[static YJ_PROVIDER_SECRET_MAX + YJ_SEAL_MORE])
{
    if (!secret || secret->len == 0) {
        yj_bind_null(st, n);
        return;
    }
    yj_seal_put(s, id, secret->ptr, secret->len, sealed);
    yj_bind_blob(st, n, sealed, secret->len + YJ_SEAL_MORE);
}

static yj_status insert(yj_db *db, const yj_seal *s, const char *id, const yj_provider *p,
                        const yj_provider_edit *e, int64_t now, yj_error *err)
{
    uint8_t sealed[YJ_PROVIDER_SECRET_MAX + YJ_SEAL_MORE];
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db, "INSERT INTO sign_in_provider(" COLUMNS ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)", &st, err));
    yj_bind_cstr(st, 1, id);
    yj_bind_cstr(st, 2, kinds[p->kind]);
    yj_bind_text(st, 3, *e->label);
    yj_bind_i64(st, 4, e->enabled ? *e->enabled : 1);
    yj_bind_cstr(st, 5, p->settings);
    bind_secret(st, 6, s, id, e->secret, sealed);
    yj_bind_i64(st, 7, now);
    return yj_stmt_run(st, NULL, err);
}

static yj_status check_room(yj_db *db, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(db, "SELECT count(*) FROM sign_in_provider", &st, err));
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (yj_col_i64(st, 0) >= YJ_PROVIDERS_MAX)
        return yj_fail(err, YJ_E_LIMIT, "an installation has at most %d providers", YJ_PROVIDERS_MAX);
    return YJ_OK;
}

yj_status yj_provider_create(yj_db *db, const yj_seal *s, yj_provider_kind kind, const yj_provider_edit *e,
                             int64_t now_ns, char ret_id[static YJ_UUID_LEN + 1], yj_error *err)
{
    char id[YJ_UUID_LEN + 1];
    yj_provider p = { .kind = kind };
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)1 << 20);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(yj_db_lock(db, CREATE_LOCK, err));
    YJ_TRY(check_room(db, err));
    YJ_TRY(check_label(db, "", e->label ? *e->label : YJ_SPAN(""), err));
    YJ_TRY(yj_provider_settings(kind, e->settings ? *e->settings : YJ_SPAN("{}"), a, &p, err));
    if (e->secret)
        YJ_TRY(check_secret(kind, *e->secret, err));
    YJ_TRY(check_whole(&p, e->secret && e->secret->len, err));
    yj_uuid7(now_ns, id);
    YJ_TRY(insert(db, s, id, &p, e, now_ns, err));
    memcpy(ret_id, id, sizeof id);
    return YJ_OK;
}

static yj_status update(yj_db *db, const yj_seal *s, const yj_provider *p, yj_span secret, bool new_secret,
                        int64_t now, yj_error *err)
{
    uint8_t sealed[YJ_PROVIDER_SECRET_MAX + YJ_SEAL_MORE];
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "UPDATE sign_in_provider SET label = ?2, enabled = ?3, settings = ?4, secret = ?5, "
                         "changed = ?6 WHERE id = ?1",
                         &st, err));
    yj_bind_cstr(st, 1, p->id);
    yj_bind_cstr(st, 2, p->label);
    yj_bind_i64(st, 3, p->enabled);
    yj_bind_cstr(st, 4, p->settings);
    if (new_secret)
        bind_secret(st, 5, s, p->id, &secret, sealed);
    else if (p->sealed.len)
        yj_bind_blob(st, 5, p->sealed.ptr, p->sealed.len);
    else
        yj_bind_null(st, 5);
    yj_bind_i64(st, 6, now);
    return yj_stmt_run(st, NULL, err);
}

static yj_status change_settings(yj_provider *p, const yj_provider_edit *e, yj_arena *a, yj_error *err)
{
    const yj_provider old = *p;
    YJ_TRY(yj_provider_settings(p->kind, *e->settings, a, p, err));
    if (same_address(&old, p) || e->secret || old.sealed.len == 0)
        return YJ_OK;
    (void)yj_fail(err, YJ_E_INVALID, "a provider at another address wants its secret given anew");
    return yj_error_at(err, "secret");
}

yj_status yj_provider_change(yj_db *db, const yj_seal *s, const char *id, const yj_provider_edit *e,
                             int64_t now_ns, yj_error *err)
{
    yj_provider p;
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)1 << 20);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(yj_db_lock(db, CREATE_LOCK, err));
    YJ_TRY(yj_provider_read(db, id, a, &p, err));
    if (e->label) {
        YJ_TRY(check_label(db, id, *e->label, err));
        p.label = yj_arena_strndup(a, e->label->ptr, e->label->len);
    }
    if (e->settings)
        YJ_TRY(change_settings(&p, e, a, err));
    if (e->secret)
        YJ_TRY(check_secret(p.kind, *e->secret, err));
    YJ_TRY(check_whole(&p, e->secret ? e->secret->len > 0 : p.sealed.len > 0, err));
    if (e->enabled)
        p.enabled = *e->enabled;
    YJ_TRY(yj_arena_status(a, err));
    return update(db, s, &p, e->secret ? *e->secret : YJ_SPAN(""), e->secret != NULL, now_ns, err);
}

yj_status yj_provider_delete(yj_db *db, const char *id, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *row = NULL;
    yj_auto(yj_stmt_donep) yj_stmt *known = NULL;
    int64_t changes = 0;
    YJ_TRY(yj_db_prepare(db, "DELETE FROM sign_in_provider WHERE id = ?1", &row, err));
    yj_bind_cstr(row, 1, id);
    YJ_TRY(yj_stmt_run(row, &changes, err));
    if (changes == 0)
        return no_provider(err);
    YJ_TRY(yj_db_prepare(db, "DELETE FROM account_identity WHERE provider = ?1", &known, err));
    yj_bind_cstr(known, 1, id);
    return yj_stmt_run(known, NULL, err);
}

yj_status yj_provider_secret(const yj_seal *s, const yj_provider *p,
                             char ret[static YJ_PROVIDER_SECRET_MAX + 1], size_t *ret_len, yj_error *err)
{
    if (p->sealed.len <= YJ_SEAL_MORE || p->sealed.len > YJ_PROVIDER_SECRET_MAX + YJ_SEAL_MORE)
        return yj_fail(err, YJ_E_INVALID, "the secret is wanted");
    size_t len = p->sealed.len - YJ_SEAL_MORE;
    YJ_TRY(yj_seal_take(s, p->id, p->sealed, (uint8_t *)ret, len, err));
    ret[len] = '\0';
    *ret_len = len;
    return YJ_OK;
}
