// SPDX-License-Identifier: Apache-2.0
#include "ledger/verify_folder.h"

void yj_worker_init(yj_worker *w, const yj_plan *plan)
{
    w->plan = plan;
    yj_buf_init(&w->path, YJ_FOLDER_PATH_MAX);
    yj_buf_init(&w->entries, yj_folder_bytes_max(YJ_FOLDER_ENTRIES) + 1);
    yj_buf_init(&w->bodies, yj_folder_bytes_max(YJ_FOLDER_BODIES) + 1);
    yj_buf_init(&w->hashes, yj_folder_bytes_max(0) + 1);
}

void yj_worker_done(yj_worker *w)
{
    yj_buf_done(&w->path);
    yj_buf_done(&w->entries);
    yj_buf_done(&w->bodies);
    yj_buf_done(&w->hashes);
}

/* A tile as it is read: the entries wanted, those that its files hold, and how far reading has come. */
typedef struct tile {
    uint64_t index;
    unsigned want, entries_width, bodies_width;
    size_t at, body_at;
    unsigned count;  /* entries that are whole and right */
    bool bodies_cut; /* no more lines */
} tile;

static uint64_t entry_of(const tile *t, unsigned i)
{
    return t->index * YJ_TILE_WIDTH + i;
}

/* --- one entry -------------------------------------------------------------------------------------------
 */

size_t yj_marks_from(const yj_plan *p, uint64_t size)
{
    size_t lo = 0, hi = p->mark_count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (p->mark[mid].size < size)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static const yj_rotation *find_rotation(const yj_plan *p, uint64_t seq)
{
    size_t lo = 0, hi = p->rotation_count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (p->rotation[mid].seq < seq)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < p->rotation_count && p->rotation[lo].seq == seq ? &p->rotation[lo] : NULL;
}

static bool decode_salt(yj_span hex, uint8_t ret[static YJ_SALT_LEN])
{
    size_t len;
    for (size_t i = 0; i < hex.len; i++)
        if (hex.ptr[i] >= 'A' && hex.ptr[i] <= 'F')
            return false;
    return yj_hex_decode(hex, ret, YJ_SALT_LEN, &len) && len == YJ_SALT_LEN;
}

/* Does the body line have the digest that the leaf names? The hexadecimal salt stands just before the body,
 * with a few bytes between; binary it is put there, so that both are hashed in one go. The line is ours. */
static bool body_fits(yj_hash_alg alg, yj_span salt_hex, char *body, size_t body_len, yj_span digest_hex)
{
    uint8_t salt[YJ_SALT_LEN];
    yj_digest d;
    char hex[2 * YJ_HASH_LEN + 1];
    if (!decode_salt(salt_hex, salt))
        return false;
    memcpy(body - sizeof salt, salt, sizeof salt);
    yj_hash(alg, body - sizeof salt, sizeof salt + body_len, &d);
    yj_digest_hex(&d, hex);
    return memcmp(hex, digest_hex.ptr, digest_hex.len) == 0;
}

static yj_status check_rotation(yj_worker *w, uint64_t seq, yj_span digest_hex, yj_error *err)
{
    const yj_rotation *found = find_rotation(w->plan, seq);
    if (!found) {
        yj_fail(err, YJ_E_CORRUPT, "the body of the rotation at ledger entry %llu is missing",
                (unsigned long long)seq);
        return yj_bad_entry(err, seq);
    }
    uint8_t salt[YJ_SALT_LEN];
    yj_digest d;
    char hex[2 * YJ_HASH_LEN + 1] = "";
    if (decode_salt(found->salt_hex, salt)) {
        yj_body_digest(w->plan->alg, salt, found->body, &d);
        yj_digest_hex(&d, hex);
    }
    if (memcmp(hex, digest_hex.ptr, digest_hex.len) != 0) {
        yj_fail(err, YJ_E_CORRUPT, "the body of ledger entry %llu does not have the digest in its leaf",
                (unsigned long long)seq);
        return yj_bad_entry(err, seq);
    }
    w->plan->rotation[found - w->plan->rotation].seen = true;
    return YJ_OK;
}

/* Is the line, which is ours to write into, that of the body the leaf names? *ret_gone: it says that it was
 * erased. */
static yj_status check_line(const yj_plan *p, char *line, size_t len, uint64_t seq, yj_span digest_hex,
                            bool *ret_gone, yj_error *err)
{
    yj_span salt, body;
    if (!yj_body_line_scan((yj_span){ line, len }, seq, &salt, &body)) {
        yj_fail(err, YJ_E_CORRUPT, "the line of the body of ledger entry %llu is malformed",
                (unsigned long long)seq);
        return yj_bad_entry(err, seq);
    }
    *ret_gone = !salt.ptr;
    if (salt.ptr && !body_fits(p->alg, salt, line + (body.ptr - line), body.len, digest_hex)) {
        yj_fail(err, YJ_E_CORRUPT, "the body of ledger entry %llu does not have the digest in its leaf",
                (unsigned long long)seq);
        return yj_bad_entry(err, seq);
    }
    return YJ_OK;
}

static yj_status check_body(yj_worker *w, tile *t, unsigned i, yj_span digest_hex, yj_unit *u, yj_error *err)
{
    uint64_t seq = entry_of(t, i);
    char *line = i < t->bodies_width ? w->bodies.ptr + t->body_at : NULL;
    size_t left = line ? w->bodies.len - t->body_at : 0;
    const char *end = left ? memchr(line, '\n', left) : NULL;
    bool gone = false;
    if (!end && left > 1 && check_line(w->plan, line, left - 1, seq, digest_hex, &gone, NULL) == YJ_OK)
        end = line + left - 1; /* not cut off: the line is whole and ends in something else than a newline */
    if (!end) {
        t->bodies_cut = true;
        if (u->body_short_at == YJ_NO_INDEX)
            u->body_short_at = seq;
        return YJ_OK;
    }
    if (*end != '\n') {
        yj_fail(err, YJ_E_CORRUPT, "the line of the body of ledger entry %llu is malformed",
                (unsigned long long)seq);
        return yj_bad_entry(err, seq);
    }
    size_t len = (size_t)(end - line);
    t->body_at += len + 1;
    YJ_TRY(check_line(w->plan, line, len, seq, digest_hex, &gone, err));
    u->body_seen = true;
    if (u->body_short_at != YJ_NO_INDEX) {
        yj_fail(err, YJ_E_CORRUPT,
                "the bodies from ledger entry %llu on are missing, but later ones are there",
                (unsigned long long)u->body_short_at);
        return yj_bad_entry(err, u->body_short_at);
    }
    if (!gone) {
        u->bodies++;
        return YJ_OK;
    }
    u->gone++;
    if (u->first_gone == YJ_NO_INDEX)
        u->first_gone = seq;
    return YJ_OK;
}

static yj_status check_leaf(yj_worker *w, tile *t, unsigned i, char *leaf, size_t len, yj_unit *u,
                            yj_error *err)
{
    uint64_t seq = entry_of(t, i);
    yj_leaf_view v;
    if (!yj_leaf_scan((yj_span){ leaf, len }, &v)) {
        yj_fail(err, YJ_E_CORRUPT, "the leaf of ledger entry %llu is malformed", (unsigned long long)seq);
        return yj_bad_entry(err, seq);
    }
    if (v.seq != seq) {
        yj_fail(err, YJ_E_CORRUPT, "the entry stands at place %llu of the ledger but calls itself %llu",
                (unsigned long long)seq, (unsigned long long)v.seq);
        return yj_bad_entry(err, seq);
    }
    if (seq == u->first)
        memcpy(u->first_time, v.time.ptr, sizeof u->first_time);
    else if (memcmp(v.time.ptr, u->last_time, sizeof u->last_time) < 0) {
        yj_fail(err, YJ_E_CORRUPT, "ledger entry %llu is older than the one before it",
                (unsigned long long)seq);
        return yj_bad_entry(err, seq);
    }
    memcpy(u->last_time, v.time.ptr, sizeof u->last_time);
    /* the low byte of the length stands just before the leaf: where the 0 that a leaf hash begins with must
     * be */
    leaf[-1] = 0;
    yj_hash(w->plan->alg, leaf - 1, len + 1, &w->leaf[i]);
    if (v.op.len == 6 && memcmp(v.op.ptr, "rotate", 6) == 0)
        YJ_TRY(check_rotation(w, seq, v.body, err));
    if (w->plan->bodies && !t->bodies_cut)
        YJ_TRY(check_body(w, t, i, v.body, u, err));
    if (v.op.len == 5 && memcmp(v.op.ptr, "erase", 5) == 0) {
        u->erased = true;
        u->first_gone = YJ_NO_INDEX;
    }
    return YJ_OK;
}

/* What is left of the file is shorter than the next leaf. Was it cut off, or is the length wrong? A leaf that
 * is cut off does not hold its own end. */
static bool length_is_wrong(yj_span rest, size_t len)
{
    static const char last[] = ",\"version\":";
    const char *at = rest.len ? memmem(rest.ptr, rest.len, last, sizeof last - 1) : NULL;
    return len > YJ_LEAF_FORM_MAX || (at && memchr(at, '}', rest.len - (size_t)(at - rest.ptr)));
}

/* --- one tile --------------------------------------------------------------------------------------------
 */

static yj_status check_entries(yj_worker *w, tile *t, yj_unit *u, yj_error *err)
{
    for (; t->count < t->want && t->count < t->entries_width; t->count++) {
        const uint8_t *head = (const uint8_t *)w->entries.ptr + t->at;
        size_t left = w->entries.len - t->at;
        if (left < 2)
            return YJ_OK; /* cut off */
        size_t len = (size_t)head[0] << 8 | head[1];
        if (left - 2 < len && length_is_wrong((yj_span){ (const char *)head + 2, left - 2 }, len)) {
            yj_fail(err, YJ_E_CORRUPT, "the leaf of ledger entry %llu is malformed",
                    (unsigned long long)entry_of(t, t->count));
            return yj_bad_entry(err, entry_of(t, t->count));
        }
        if (left - 2 < len)
            return YJ_OK;
        YJ_TRY(check_leaf(w, t, t->count, w->entries.ptr + t->at + 2, len, u, err));
        t->at += 2 + len;
    }
    bool more_entries = t->count == t->entries_width && t->at != w->entries.len;
    bool more_bodies =
        w->plan->bodies && !t->bodies_cut && t->count == t->bodies_width && t->body_at != w->bodies.len;
    if (t->count == t->want && (more_entries || more_bodies)) {
        yj_fail(err, YJ_E_CORRUPT, "something stands behind ledger entry %llu where nothing may be",
                (unsigned long long)entry_of(t, t->count - 1));
        return yj_bad_entry(err, entry_of(t, t->count - 1));
    }
    return YJ_OK;
}

/* Compare with the level-0 hash tile, if it is there. A leaf that the reading found wrong lies behind
 * t->count. */
static yj_status compare_hashes(yj_worker *w, tile *t, yj_unit *u, yj_error *err)
{
    unsigned width;
    YJ_TRY(yj_folder_read(w->plan->folder, 0, t->index, t->want, &w->path, &w->hashes, &width, err));
    if (!width)
        return YJ_OK;
    unsigned have = (unsigned)(w->hashes.len / YJ_HASH_LEN), at = 0;
    while (at < have && at < t->count &&
           memcmp(w->hashes.ptr + (size_t)at * YJ_HASH_LEN, w->leaf[at].b, YJ_HASH_LEN) == 0)
        at++;
    if (at < have && at < t->count) {
        yj_fail(err, YJ_E_CORRUPT, "the leaf of ledger entry %llu does not have the hash in the hash tile",
                (unsigned long long)entry_of(t, at));
        return yj_bad_entry(err, entry_of(t, at));
    }
    u->tiles++;
    if (w->hashes.len == width * (size_t)YJ_HASH_LEN)
        return YJ_OK;
    uint64_t first = entry_of(t, have < width ? have : width - 1);
    if (have < width && w->plan->size - entry_of(t, 0) <= YJ_TILE_WIDTH) { /* the last one is cut off */
        u->hashes_short_at = first;
        return YJ_OK;
    }
    yj_fail(err, YJ_E_CORRUPT, "tile %llu of level %d of the ledger is of the wrong length",
            (unsigned long long)t->index, 0);
    return yj_bad_entry(err, first);
}

/* Roots of the trees that end inside this tile. */
static void cut_roots(yj_worker *w, const tile *t, yj_unit *u)
{
    const yj_plan *p = w->plan;
    for (size_t i = yj_marks_from(p, entry_of(t, 0) + 1); i < p->mark_count; i++) {
        uint64_t size = p->mark[i].size;
        if (size > entry_of(t, 0) + t->count)
            break;
        if (size % YJ_TILE_WIDTH == 0)
            continue; /* ends with the tile */
        unsigned n = (unsigned)(size % YJ_TILE_WIDTH);
        memcpy(w->scratch, w->leaf, n * sizeof w->leaf[0]);
        yj_hashes_root(p->alg, w->scratch, n, &p->mark[i].local);
    }
    if (t->count == 0)
        return;
    yj_digest root;
    yj_hashes_root(p->alg, w->leaf, t->count, &root); /* the leaves are not needed any more */
    if (t->count == YJ_TILE_WIDTH)
        u->tile_root[t->index % YJ_UNIT_TILES] = root;
    else
        u->local = root;
}

/* *ret_more: the tile is whole, and the next one may be read. */
static yj_status run_tile(yj_worker *w, uint64_t index, yj_unit *u, bool *ret_more, yj_error *err)
{
    const yj_plan *p = w->plan;
    uint64_t left = p->size - index * YJ_TILE_WIDTH;
    tile t = { .index = index, .want = left < YJ_TILE_WIDTH ? (unsigned)left : YJ_TILE_WIDTH };
    YJ_TRY(yj_folder_read(p->folder, YJ_FOLDER_ENTRIES, index, t.want, &w->path, &w->entries,
                          &t.entries_width, err));
    if (p->bodies && t.entries_width)
        YJ_TRY(yj_folder_read(p->folder, YJ_FOLDER_BODIES, index, t.want, &w->path, &w->bodies,
                              &t.bodies_width, err));
    yj_error hash_err;
    yj_status st = check_entries(w, &t, u, err);
    if (st != YJ_OK && st != YJ_E_CORRUPT)
        return st;
    yj_status hash_st = t.entries_width ? compare_hashes(w, &t, u, &hash_err) : YJ_OK;
    if (hash_st != YJ_OK) { /* it names an entry before the one that reading stopped at */
        *err = hash_err;
        return hash_st;
    }
    YJ_TRY(st);
    cut_roots(w, &t, u);
    u->count += t.count;
    *ret_more = t.count == YJ_TILE_WIDTH;
    return YJ_OK;
}

void yj_worker_run(yj_worker *w, uint64_t index, yj_unit *ret)
{
    yj_unit *u = ret;
    u->first = index * YJ_UNIT_ENTRIES;
    u->count = u->bodies = u->gone = u->tiles = 0;
    u->body_short_at = u->hashes_short_at = u->first_gone = YJ_NO_INDEX;
    u->body_seen = u->erased = false;
    u->st = YJ_OK;
    bool more = true;
    for (uint64_t t = 0; t < YJ_UNIT_TILES && more && u->st == YJ_OK; t++) {
        uint64_t tile_index = index * YJ_UNIT_TILES + t;
        if (tile_index * YJ_TILE_WIDTH >= w->plan->size)
            break;
        u->st = run_tile(w, tile_index, u, &more, &u->err);
    }
}
