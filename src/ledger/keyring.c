// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"
#include "ledger/internal.h"
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define KEYRING_BYTES_MAX ((size_t)64 << 20) /* some 100,000 institutions */
#define PATH_BYTES_MAX ((size_t)8192)

/* Keys are handed out for the keyring's lifetime, so one that is replaced moves to the list of old ones. */
typedef struct key_node {
    struct key_node *next;
    yj_key *key;
} key_node;

typedef struct slot {
    struct slot *next;
    char institution[YJ_UUID_LEN + 1];
    yj_key *key;     /* in use; NULL until loaded */
    yj_key *pending; /* of a rotation that is not yet switched to */
    uint32_t old_id; /* key id of `key`, known while pending */
} slot;

struct yj_keyring {
    yj_arena *arena; /* process lifetime: the keyring itself, slots and nodes */
    pthread_mutex_t lock;
    const char *folder;
    slot *slots;
    key_node *old;
};

/* --- files -----------------------------------------------------------------------------------------------
 */

static yj_status path_of(const yj_keyring *k, const char *institution, const char *end, yj_buf *ret,
                         yj_error *err)
{
    yj_buf_init(ret, PATH_BYTES_MAX);
    yj_buf_fmt(ret, "%s/%s%s", k->folder, institution, end);
    return yj_buf_status(ret, err);
}

static yj_status load_key(const yj_keyring *k, const char *institution, const char *end, yj_key **ret,
                          yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf path;
    YJ_TRY(path_of(k, institution, end, &path, err));
    if (!yj_path_exists(path.ptr))
        return yj_fail(err, YJ_E_NOT_FOUND, "the signing key %s is missing", path.ptr);
    return yj_key_load(path.ptr, ret, err);
}

static yj_status save_key(const yj_keyring *k, const char *institution, const char *end, const yj_key *key,
                          yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf path;
    YJ_TRY(path_of(k, institution, end, &path, err));
    return yj_key_save(key, path.ptr, err);
}

static yj_status remove_file(const yj_keyring *k, const char *institution, const char *end, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf path;
    YJ_TRY(path_of(k, institution, end, &path, err));
    if (unlink(path.ptr) != 0 && errno != ENOENT)
        return yj_fail_sys(err, YJ_E_IO, "cannot remove %s", path.ptr);
    return yj_dir_sync_of(path.ptr, err);
}

/* The old file gets a second name before the new one takes its place: at no moment is there no key. */
static yj_status switch_files(const yj_keyring *k, const char *institution, uint32_t old_id, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf now, next, old;
    yj_buf_init(&next, 0);
    yj_buf_init(&old, 0);
    YJ_TRY(path_of(k, institution, ".pem", &now, err));
    YJ_TRY(path_of(k, institution, ".pem.new", &next, err));
    yj_buf_init(&old, PATH_BYTES_MAX);
    yj_buf_fmt(&old, "%s/%s.%08" PRIx32 ".pem.old", k->folder, institution, old_id);
    YJ_TRY(yj_buf_status(&old, err));
    if (link(now.ptr, old.ptr) != 0 && errno != EEXIST)
        return yj_fail_sys(err, YJ_E_IO, "cannot keep the old key as %s", old.ptr);
    if (rename(next.ptr, now.ptr) != 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot put the new key at %s", now.ptr);
    return yj_dir_sync_of(now.ptr, err);
}

/* --- keyring ---------------------------------------------------------------------------------------------
 */

yj_status yj_keyring_open(const char *folder, yj_keyring **ret, yj_error *err)
{
    assert(folder && ret);
    YJ_TRY(yj_dir_make(folder, err));
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(KEYRING_BYTES_MAX);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_keyring *k = yj_arena_new_of(a, yj_keyring);
    k->folder = yj_arena_strdup(a, folder);
    YJ_TRY(yj_arena_status(a, err));
    pthread_mutex_init(&k->lock, NULL);
    k->arena = yj_take(a);
    *ret = k;
    return YJ_OK;
}

void yj_keyring_free(yj_keyring *k)
{
    if (!k)
        return;
    for (slot *s = k->slots; s; s = s->next) {
        yj_key_free(s->key);
        yj_key_free(s->pending);
    }
    for (key_node *n = k->old; n; n = n->next)
        yj_key_free(n->key);
    pthread_mutex_destroy(&k->lock);
    yj_arena_free(k->arena);
}

static slot *find(yj_keyring *k, const char *institution)
{
    for (slot *s = k->slots; s; s = s->next)
        if (strcmp(s->institution, institution) == 0)
            return s;
    return NULL;
}

static yj_status find_or_make(yj_keyring *k, const char *institution, slot **ret, yj_error *err)
{
    if (!yj_uuid_valid(yj_span_of(institution)))
        return yj_fail(err, YJ_E_INVALID, "a signing key is kept under an institution's id");
    slot *s = find(k, institution);
    if (!s) {
        s = yj_arena_new_of(k->arena, slot);
        YJ_TRY(yj_arena_status(k->arena, err));
        memcpy(s->institution, institution, YJ_UUID_LEN);
        s->next = k->slots;
        k->slots = s;
    }
    *ret = s;
    return YJ_OK;
}

/* Put a key in a place; others may hold the one that was there. */
static yj_status replace(yj_keyring *k, yj_key **place, yj_key **key, yj_error *err)
{
    if (*place) {
        key_node *n = yj_arena_new_of(k->arena, key_node);
        YJ_TRY(yj_arena_status(k->arena, err));
        n->key = *place;
        n->next = k->old;
        k->old = n;
    }
    *place = yj_take(*key);
    return YJ_OK;
}

static yj_status make_locked(yj_keyring *k, const char *institution, yj_crypto c, const yj_key **ret,
                             yj_error *err)
{
    slot *s;
    YJ_TRY(find_or_make(k, institution, &s, err));
    yj_auto(yj_key_freep) yj_key *key = NULL;
    YJ_TRY(yj_key_generate(yj_crypto_sign(c), &key, err));
    YJ_TRY(save_key(k, institution, ".pem", key, err));
    YJ_TRY(replace(k, &s->key, &key, err));
    *ret = s->key;
    return YJ_OK;
}

yj_status yj_keyring_make(yj_keyring *k, const char *institution, yj_crypto c, const yj_key **ret,
                          yj_error *err)
{
    pthread_mutex_lock(&k->lock);
    yj_status st = make_locked(k, institution, c, ret, err);
    pthread_mutex_unlock(&k->lock);
    return st;
}

static yj_status get_locked(yj_keyring *k, const char *institution, slot **ret, yj_error *err)
{
    slot *s;
    YJ_TRY(find_or_make(k, institution, &s, err));
    if (!s->key)
        YJ_TRY(load_key(k, institution, ".pem", &s->key, err));
    *ret = s;
    return YJ_OK;
}

yj_status yj_keyring_get(yj_keyring *k, const char *institution, const yj_key **ret, yj_error *err)
{
    slot *s = NULL;
    pthread_mutex_lock(&k->lock);
    yj_status st = get_locked(k, institution, &s, err);
    if (st == YJ_OK)
        *ret = s->key;
    pthread_mutex_unlock(&k->lock);
    return st;
}

/* --- rotation --------------------------------------------------------------------------------------------
 */

static bool same_key(const yj_key *a, const yj_key *b)
{
    uint8_t pa[YJ_PUB_MAX], pb[YJ_PUB_MAX];
    size_t la, lb;
    yj_key_public(a, pa, &la);
    yj_key_public(b, pb, &lb);
    return yj_key_alg(a) == yj_key_alg(b) && la == lb && memcmp(pa, pb, la) == 0;
}

/* The ledger's newest rotation wants `key`. Where is its private part: in memory, perhaps of a rotation not
 * yet committed, in the file (another process switched it), or in the file that waits (a process ended
 * between commit and switch)? */
static yj_status current_locked(yj_keyring *k, const yj_ledger *l, const yj_key *want, const yj_key **ret,
                                yj_error *err)
{
    slot *s;
    YJ_TRY(get_locked(k, l->institution, &s, err));
    if (!want || same_key(s->key, want)) {
        *ret = s->key;
        return YJ_OK;
    }
    if (s->pending && same_key(s->pending, want)) {
        *ret = s->pending;
        return YJ_OK;
    }
    yj_auto(yj_key_freep) yj_key *file = NULL, *next = NULL;
    YJ_TRY(load_key(k, l->institution, ".pem", &file, err));
    if (!same_key(file, want)) {
        yj_status st = load_key(k, l->institution, ".pem.new", &next, err);
        if (st != YJ_OK && st != YJ_E_NOT_FOUND)
            return st;
        if (!next || !same_key(next, want))
            return yj_fail(err, YJ_E_CORRUPT,
                           "the key file of institution %s holds another key than its ledger's newest one",
                           l->institution);
        YJ_TRY(switch_files(k, l->institution, yj_note_key_id(l->origin, file), err));
        yj_key_free(file);
        file = yj_take(next);
    }
    YJ_TRY(replace(k, &s->key, &file, err));
    *ret = s->key;
    return YJ_OK;
}

yj_status yj_keyring_current(yj_keyring *k, yj_db *db, const yj_ledger *l, const yj_key **ret, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)1 << 20);
    yj_auto(yj_buf_done) yj_buf body;
    yj_buf_init(&body, YJ_BODY_BYTES_MAX);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    uint64_t seq;
    yj_auto(yj_keys_done) yj_keys keys;
    yj_keys_init(&keys, l->origin, a);
    YJ_TRY(yj_rotation_last(db, l->inst, &seq, &body, err));
    if (seq != UINT64_MAX)
        YJ_TRY(yj_keys_rotate(&keys, seq, yj_buf_view(&body), err));
    const yj_key *want = keys.count ? keys.row[keys.count - 1].key : NULL;
    pthread_mutex_lock(&k->lock);
    yj_status st = current_locked(k, l, want, ret, err);
    pthread_mutex_unlock(&k->lock);
    return st;
}

static yj_status make_next_locked(yj_keyring *k, const yj_ledger *l, const yj_key **ret, yj_error *err)
{
    slot *s;
    YJ_TRY(get_locked(k, l->institution, &s, err));
    yj_auto(yj_key_freep) yj_key *key = NULL;
    YJ_TRY(yj_key_generate(yj_crypto_sign(l->crypto), &key, err));
    /* what waits there belongs to a rotation that never came to be */
    YJ_TRY(remove_file(k, l->institution, ".pem.new", err));
    YJ_TRY(save_key(k, l->institution, ".pem.new", key, err));
    YJ_TRY(replace(k, &s->pending, &key, err));
    s->old_id = yj_note_key_id(l->origin, s->key);
    *ret = s->pending;
    return YJ_OK;
}

yj_status yj_keyring_make_next(yj_keyring *k, const yj_ledger *l, const yj_key **ret, yj_error *err)
{
    pthread_mutex_lock(&k->lock);
    yj_status st = make_next_locked(k, l, ret, err);
    pthread_mutex_unlock(&k->lock);
    return st;
}

static yj_status commit_locked(yj_keyring *k, const char *institution, yj_error *err)
{
    slot *s;
    YJ_TRY(find_or_make(k, institution, &s, err));
    if (!s->pending)
        return yj_fail(err, YJ_E_NOT_FOUND, "no new key of institution %s waits to be used", institution);
    yj_auto(yj_key_freep) yj_key *file = NULL;
    YJ_TRY(load_key(k, institution, ".pem", &file, err));
    if (!same_key(file, s->pending)) /* else another process switched already */
        YJ_TRY(switch_files(k, institution, s->old_id, err));
    YJ_TRY(replace(k, &s->key, &s->pending, err));
    return YJ_OK;
}

yj_status yj_keyring_commit_rotation(yj_keyring *keys, const char *institution, yj_error *err)
{
    pthread_mutex_lock(&keys->lock);
    yj_status st = commit_locked(keys, institution, err);
    pthread_mutex_unlock(&keys->lock);
    return st;
}
