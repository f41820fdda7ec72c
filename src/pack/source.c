// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"
#include "pack/catalog.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PACK_BYTES_MAX ((size_t)64 << 20)
#define ARENA_BYTES_MAX (PACK_BYTES_MAX + ((size_t)16 << 20))
#define PATH_BYTES_MAX 120
#define FOLDER_DEPTH_MAX 4
#define FULL_PATH_MAX 4096

/* What a pack consists of. A file anywhere else at the top is no part of it (README, LICENSE); inside these
 * folders a file of another ending is refused, so that none is overlooked for its name. */
static const struct {
    const char *folder;
    const char *endings[3];
    bool deep; /* folders inside */
} parts[] = {
    { "kinds", { ".yaml" }, false }, { "requirements", { ".yaml" }, false },
    { "rules", { ".sql" }, false },  { "views", { ".sql" }, false },
    { "cases", { ".yaml" }, false }, { "documents", { ".yaml", ".md", ".sql" }, true },
};
static const char *const top_files[] = { "pack.yaml",    "access.yaml",  "exchange.yaml", "gates.yaml",
                                         "notices.yaml", "reasons.yaml", "upgrade.yaml" };

typedef struct reader {
    const char *folder;
    yj_arena *arena;
    yj_pack_file *files;
    size_t count, bytes;
} reader;

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n > m && strcmp(s + n - m, end) == 0;
}

/* One part of a path: letters, digits, "._-", not a dot first. */
static bool part_valid(const char *s, size_t len)
{
    if (len == 0 || s[0] == '.' || s[0] == '-')
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = s[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
              c == '_' || c == '-'))
            return false;
    }
    return true;
}

/* Does the path name a file that a pack may have? */
static bool path_allowed(const char *path)
{
    size_t depth = 0, n = strlen(path);
    if (n > PATH_BYTES_MAX)
        return false;
    for (size_t i = 0; i < YJ_COUNT(top_files); i++) {
        if (strcmp(path, top_files[i]) == 0)
            return true;
    }
    for (size_t from = 0; from <= n; depth++) {
        size_t len = strcspn(path + from, "/");
        if (!part_valid(path + from, len))
            return false;
        from += len + 1;
    }
    for (size_t i = 0; i < YJ_COUNT(parts); i++) {
        size_t m = strlen(parts[i].folder);
        if (strncmp(path, parts[i].folder, m) != 0 || path[m] != '/')
            continue;
        if (depth != 2 && !(parts[i].deep && depth <= FOLDER_DEPTH_MAX))
            return false;
        for (size_t j = 0; j < 3 && parts[i].endings[j]; j++) {
            if (ends_with(path, parts[i].endings[j]))
                return true;
        }
    }
    return false;
}

static yj_status add(reader *r, const char *path, yj_span content, yj_error *err)
{
    if (r->count == YJ_PACK_FILES_MAX)
        return yj_fail(err, YJ_E_LIMIT, "%s: a pack has at most %d files", r->folder, YJ_PACK_FILES_MAX);
    if (content.len > YJ_PACK_FILE_BYTES_MAX)
        return yj_fail(err, YJ_E_LIMIT, "%s/%s is longer than %zu bytes", r->folder, path,
                       YJ_PACK_FILE_BYTES_MAX);
    if (content.len > PACK_BYTES_MAX - r->bytes)
        return yj_fail(err, YJ_E_LIMIT, "%s: a pack has at most %zu bytes", r->folder, PACK_BYTES_MAX);
    r->bytes += content.len;
    yj_pack_file *f = &r->files[r->count++];
    f->path = yj_arena_strdup(r->arena, path);
    f->content = (yj_span){ yj_arena_strndup(r->arena, content.ptr, content.len), content.len };
    return yj_arena_status(r->arena, err);
}

static yj_status read_one(reader *r, const char *full, const char *path, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf content;
    yj_buf_init(&content, YJ_PACK_FILE_BYTES_MAX + 1);
    YJ_TRY(yj_file_read(full, YJ_PACK_FILE_BYTES_MAX, &content, err));
    return add(r, path, yj_buf_view(&content), err);
}

static yj_status read_folder(reader *r, const char *path, int depth, yj_error *err);

static yj_status read_entry(reader *r, const char *folder, const char *name, int depth, yj_error *err)
{
    char path[PATH_BYTES_MAX + 2], full[FULL_PATH_MAX];
    int n = snprintf(path, sizeof path, "%s%s%s", folder, folder[0] ? "/" : "", name);
    int m = snprintf(full, sizeof full, "%s/%s", r->folder, path);
    if (n < 0 || (size_t)n > PATH_BYTES_MAX || m < 0 || (size_t)m >= sizeof full)
        return yj_fail(err, YJ_E_INVALID, "%s/%s: the path is too long", r->folder, folder);
    struct stat st;
    if (lstat(full, &st) != 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot read %s", full);
    if (S_ISDIR(st.st_mode) && depth < FOLDER_DEPTH_MAX)
        return read_folder(r, path, depth + 1, err);
    if (!S_ISREG(st.st_mode))
        return yj_fail(err, YJ_E_INVALID, "%s is not a regular file", full);
    if (!path_allowed(path))
        return yj_fail(err, YJ_E_INVALID,
                       "%s has no place in a pack: its name or ending is not one of those "
                       "that stand here",
                       full);
    return read_one(r, full, path, err);
}

/* A folder of the pack, "" for the whole. Hidden files are passed over. */
static yj_status read_folder(reader *r, const char *path, int depth, yj_error *err)
{
    char full[FULL_PATH_MAX];
    int m = snprintf(full, sizeof full, "%s%s%s", r->folder, path[0] ? "/" : "", path);
    if (m < 0 || (size_t)m >= sizeof full)
        return yj_fail(err, YJ_E_INVALID, "%s/%s: the path is too long", r->folder, path);
    yj_auto(yj_names_free) yj_names names = { .name = NULL };
    YJ_TRY(yj_dir_list(full, &names, err));
    for (size_t i = 0; i < names.count; i++) {
        const char *name = names.name[i];
        bool mine = depth > 0;
        for (size_t j = 0; depth == 0 && j < YJ_COUNT(parts); j++)
            mine = mine || strcmp(parts[j].folder, name) == 0;
        for (size_t j = 0; depth == 0 && j < YJ_COUNT(top_files); j++)
            mine = mine || strcmp(top_files[j], name) == 0;
        if (mine && name[0] != '.')
            YJ_TRY(read_entry(r, path, name, depth, err));
    }
    return YJ_OK;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(((const yj_pack_file *)a)->path, ((const yj_pack_file *)b)->path);
}

/* As `sha256sum` prints it: "<hex>  <path>\n" for each file, and the digest of that. */
static yj_status digest_files(const reader *r, yj_digest *each, yj_digest *ret, yj_error *err)
{
    yj_auto(yj_hasher_freep) yj_hasher *h = yj_hasher_new(YJ_HASH_SHA256);
    if (!h)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_hasher_begin(h);
    for (size_t i = 0; i < r->count; i++) {
        char hex[2 * YJ_HASH_LEN + 1];
        yj_hash(YJ_HASH_SHA256, r->files[i].content.ptr, r->files[i].content.len, &each[i]);
        yj_digest_hex(&each[i], hex);
        yj_hasher_add(h, hex, sizeof hex - 1);
        yj_hasher_add(h, "  ", 2);
        yj_hasher_add(h, r->files[i].path, strlen(r->files[i].path));
        yj_hasher_add(h, "\n", 1);
    }
    yj_hasher_end(h, ret);
    return YJ_OK;
}

static yj_status finish(reader *r, yj_pack_source **ret, yj_arena **arena, yj_error *err)
{
    if (r->count > 1)
        qsort(r->files, r->count, sizeof *r->files, compare_paths);
    for (size_t i = 1; i < r->count; i++) {
        if (strcmp(r->files[i - 1].path, r->files[i].path) == 0)
            return yj_fail(err, YJ_E_INVALID, "%s: file %s is given twice", r->folder, r->files[i].path);
    }
    yj_pack_source *s = yj_arena_new_of(r->arena, yj_pack_source);
    *s = (yj_pack_source){ .arena = r->arena, .files = r->files, .file_count = r->count };
    s->folder = yj_arena_strdup(r->arena, r->folder);
    s->digests = yj_arena_array(r->arena, r->count, sizeof *s->digests);
    YJ_TRY(yj_arena_status(r->arena, err));
    YJ_TRY(digest_files(r, s->digests, &s->digest, err));
    YJ_TRY(yj_arena_status(r->arena, err));
    *ret = s;
    *arena = NULL; /* the source owns it now */
    return YJ_OK;
}

static yj_status start(reader *r, const char *folder, yj_arena **arena, yj_error *err)
{
    *arena = yj_arena_new(ARENA_BYTES_MAX);
    if (!*arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    *r = (reader){ .folder = folder, .arena = *arena };
    r->files = yj_arena_array(*arena, YJ_PACK_FILES_MAX, sizeof *r->files);
    return yj_arena_status(*arena, err);
}

yj_status yj_pack_source_read(const char *folder, yj_pack_source **ret, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *arena = NULL;
    reader r;
    YJ_TRY(start(&r, folder, &arena, err));
    YJ_TRY(read_folder(&r, "", 0, err));
    return finish(&r, ret, &arena, err);
}

yj_status yj_pack_source_make(const char *label, const yj_pack_file *files, size_t count,
                              yj_pack_source **ret, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *arena = NULL;
    reader r;
    YJ_TRY(start(&r, label, &arena, err));
    for (size_t i = 0; i < count; i++) {
        if (!path_allowed(files[i].path))
            return yj_fail(err, YJ_E_INVALID,
                           "%s has no place in a pack: its name or ending is not one of "
                           "those that stand here",
                           files[i].path);
        YJ_TRY(add(&r, files[i].path, files[i].content, err));
    }
    return finish(&r, ret, &arena, err);
}

void yj_pack_source_free(yj_pack_source *s)
{
    if (s)
        yj_arena_free(s->arena);
}
