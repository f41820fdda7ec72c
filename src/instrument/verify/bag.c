// SPDX-License-Identifier: Apache-2.0
#include "instrument/verify/bag.h"
#include "instrument/verify/manifest.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#define DATA "data/"

/* --- lines ------------------------------------------------------------------------------------ */

/* The next line, which ends in LF, CR LF or CR; false if it does not end. */
static bool next_line(yj_span bytes, size_t *at, yj_span *ret)
{
    const char *p = bytes.ptr + *at;
    size_t left = bytes.len - *at, n = 0;
    while (n < left && p[n] != '\n' && p[n] != '\r')
        n++;
    if (n == left)
        return false;
    *ret = (yj_span){ p, n };
    *at += n + (p[n] == '\r' && n + 1 < left && p[n + 1] == '\n' ? 2 : 1);
    return true;
}

typedef yj_status line_fn(void *self, yj_span line, yj_error *err);

static yj_status each_line(yj_span bytes, line_fn *take, void *self, yj_error *err)
{
    size_t n = 0;
    for (size_t at = 0; at < bytes.len;) {
        yj_span line = { NULL, 0 };
        yj_status s;
        n++;
        if (!next_line(bytes, &at, &line))
            s = yj_fail(err, YJ_E_INVALID, "the line does not end: the list may be cut off");
        else if (line.len > YJ_MANIFEST_LINE_MAX)
            s = yj_fail(err, YJ_E_LIMIT, "the line is longer than %zu bytes", YJ_MANIFEST_LINE_MAX);
        else
            s = take(self, line, err);
        if (s != YJ_OK) {
            yj_ignore(yj_error_at(err, "line %zu", n));
            return s;
        }
    }
    return YJ_OK;
}

/* Ends of lines in names are written as %0A and %0D; from 1.0 on the percent sign as %25. */
static yj_span decode(yj_span path, int version, char *space)
{
    size_t n = 0;
    for (size_t i = 0; i < path.len; i++) {
        char c = path.ptr[i];
        if (c == '%' && path.len - i >= 3) {
            const char *p = path.ptr + i + 1;
            char d = strncasecmp(p, "0A", 2) == 0                     ? '\n'
                     : strncasecmp(p, "0D", 2) == 0                   ? '\r'
                     : version >= 100 && strncasecmp(p, "25", 2) == 0 ? '%'
                                                                      : '\0';
            i += d ? 2 : 0;
            c = d ? d : c;
        }
        space[n++] = c;
    }
    return (yj_span){ space, n };
}

static bool starts(yj_span s, const char *with)
{
    size_t n = strlen(with);
    return s.len >= n && memcmp(s.ptr, with, n) == 0;
}

static yj_span without(yj_span s, size_t n)
{
    return (yj_span){ s.ptr + n, s.len - n };
}

static size_t blanks(yj_span s)
{
    size_t n = 0;
    while (n < s.len && (s.ptr[n] == ' ' || s.ptr[n] == '\t'))
        n++;
    return n;
}

static size_t word(yj_span s)
{
    size_t n = 0;
    while (n < s.len && s.ptr[n] != ' ' && s.ptr[n] != '\t')
        n++;
    return n;
}

/* --- lists ------------------------------------------------------------------------------------ */

typedef struct reader {
    yj_tree *tree;
    int version;
    bool tags;
    yj_sum_alg alg;
} reader;

static yj_status take_list_line(void *self, yj_span line, yj_error *err)
{
    const reader *r = self;
    char space[YJ_MANIFEST_LINE_MAX];
    yj_sum sum;
    size_t n = word(line), gap = blanks(without(line, n));
    yj_span path = without(line, n + gap);
    if (gap == 0 || !yj_sum_from_hex(r->alg, (yj_span){ line.ptr, n }, &sum))
        return yj_fail(err, YJ_E_INVALID, "the line is no digest with a path");
    if (r->version < 100 && path.len && path.ptr[0] == '*') /* as md5sum marks a binary file */
        path = without(path, 1);
    path = decode(path, r->version, space);
    if (starts(path, "./"))
        path = without(path, 2);
    if (!yj_path_below(path))
        return yj_fail(err, YJ_E_INVALID,
                       "the path leads out of the folder, or is not written plainly; nothing was examined");
    if (starts(path, DATA) == r->tags || (r->tags && starts(path, "tagmanifest-")))
        return yj_fail(err, YJ_E_INVALID, "the path does not belong in a list of this kind");
    yj_item *i = yj_tree_add(r->tree, r->tags ? path : without(path, strlen(DATA)));
    if (!i)
        return yj_fail(err, YJ_E_LIMIT,
                       "there are too many names to hold: more than %d, or no memory for them",
                       YJ_TREE_ITEMS_MAX);
    i->kind = YJ_ITEM_FILE;
    i->sum = sum;
    i->has_sum = true;
    return YJ_OK;
}

yj_status yj_bag_list_parse(yj_span bytes, int version, bool tags, yj_sum_alg alg, yj_tree *ret,
                            yj_error *err)
{
    YJ_TRY(yj_tree_init(ret, err));
    reader r = { ret, version, tags, alg };
    YJ_TRY(each_line(bytes, take_list_line, &r, err));
    if (ret->count == 0)
        return yj_fail(err, YJ_E_INVALID, "the list names no file: that proves nothing");
    yj_tree_sort(ret);
    return yj_manifest_once(ret, err);
}

/* --- the other files -------------------------------------------------------------------------- */

typedef struct checking {
    const yj_verify_options *o;
    yj_bag_known *known;
    yj_bag *bag;
    yj_tree root; /* everything in the bag */
    char *folder, *data;
    size_t lines; /* of bagit.txt */
    char oxum[64];
} checking;

static void checking_done(checking *k)
{
    yj_tree_done(&k->root);
    free(k->folder);
    free(k->data);
}

static const yj_item *item_of(const checking *k, const char *path)
{
    for (size_t i = 0; i < k->root.count; i++)
        if (strcmp(k->root.item[i].path, path) == 0)
            return &k->root.item[i];
    return NULL;
}

/* A file beside `data`, never through a link. */
static yj_status read_file(const checking *k, const char *name, size_t max, yj_buf *out, yj_error *err)
{
    yj_opener o;
    yj_opener_init(&o, &k->root);
    int fd = yj_opener_open(&o, name, NULL), why = errno;
    yj_opener_done(&o);
    if (fd < 0) {
        errno = why;
        return yj_fail_sys(err, YJ_E_IO, "cannot read %s", name);
    }
    yj_status s = YJ_OK;
    for (ssize_t n = 1; s == YJ_OK && n != 0;) {
        char *room = yj_buf_room(out, 65536);
        n = room ? read(fd, room, 65536) : 0;
        if (!room)
            s = yj_buf_status(out, err);
        else if (n < 0 && errno != EINTR)
            s = yj_fail_sys(err, YJ_E_IO, "cannot read %s", name);
        else if (n > 0)
            out->len += (size_t)n;
        if (s == YJ_OK && out->len > max)
            s = yj_fail(err, YJ_E_LIMIT, "%s is longer than %zu bytes", name, max);
    }
    close(fd);
    return s;
}

static yj_status take_declaration(void *self, yj_span line, yj_error *err)
{
    checking *k = self;
    static const struct {
        const char *text;
        int version;
    } versions[] = { { "0.93", 93 }, { "0.94", 94 }, { "0.95", 95 },
                     { "0.96", 96 }, { "0.97", 97 }, { "1.0", 100 } };
    static const char first[] = "BagIt-Version: ";
    k->lines++;
    if (k->lines == 2 && yj_span_is(line, "Tag-File-Character-Encoding: UTF-8"))
        return YJ_OK;
    if (k->lines == 2 && starts(line, "Tag-File-Character-Encoding: "))
        return yj_fail(err, YJ_E_INVALID, "tag files in another encoding than UTF-8 are not read");
    for (size_t i = 0; k->lines == 1 && starts(line, first) && i < YJ_COUNT(versions); i++)
        if (yj_span_is(without(line, strlen(first)), versions[i].text)) {
            k->bag->version = versions[i].version;
            return YJ_OK;
        }
    if (k->lines == 1 && starts(line, first))
        return yj_fail(err, YJ_E_INVALID, "bags of this version are not known: 0.93 to 0.97, 1.0");
    return yj_fail(err, YJ_E_INVALID,
                   "bagit.txt has two lines: BagIt-Version and Tag-File-Character-Encoding");
}

static yj_status read_declaration(checking *k, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, YJ_BAG_TAG_FILE_MAX + 131072);
    const yj_item *data = item_of(k, "data"), *declaration = item_of(k, "bagit.txt");
    if (!declaration || declaration->kind != YJ_ITEM_FILE)
        return yj_fail(err, YJ_E_INVALID, "it is no bag: there is no file bagit.txt");
    if (!data || data->kind != YJ_ITEM_FOLDER)
        return yj_fail(err, YJ_E_INVALID, "it is no bag: there is no folder data");
    YJ_TRY(read_file(k, "bagit.txt", YJ_BAG_TAG_FILE_MAX, &b, err));
    YJ_TRY(each_line(yj_buf_view(&b), take_declaration, k, err));
    return k->lines == 2 ? YJ_OK
                         : yj_fail(err, YJ_E_INVALID,
                                   "bagit.txt has two lines: BagIt-Version and Tag-File-Character-Encoding");
}

static yj_status take_info(void *self, yj_span line, yj_error *err)
{
    checking *k = self;
    static const char label[] = "Payload-Oxum:";
    if (line.len < strlen(label) || strncasecmp(line.ptr, label, strlen(label)) != 0)
        return YJ_OK;
    yj_span v = without(line, strlen(label));
    v = without(v, blanks(v));
    if (k->oxum[0])
        return yj_fail(err, YJ_E_INVALID, "Payload-Oxum stands there twice");
    if (v.len == 0 || v.len >= sizeof k->oxum)
        return yj_fail(err, YJ_E_INVALID,
                       "Payload-Oxum is the number of bytes, a dot and the number of files");
    memcpy(k->oxum, v.ptr, v.len);
    return YJ_OK;
}

static yj_status check_oxum(checking *k, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, YJ_BAG_TAG_FILE_MAX + 131072);
    const yj_item *info = item_of(k, "bag-info.txt");
    if (!info)
        return YJ_OK;
    YJ_TRY(read_file(k, "bag-info.txt", YJ_BAG_TAG_FILE_MAX, &b, err));
    YJ_TRY(each_line(yj_buf_view(&b), take_info, k, err));
    if (!k->oxum[0])
        return YJ_OK;
    uint64_t bytes = 0, files = 0;
    char is[64];
    for (size_t i = 0; i < k->root.count; i++) {
        const yj_item *it = &k->root.item[i];
        if (it->kind == YJ_ITEM_FILE && starts(yj_span_of(it->path), DATA)) {
            files++;
            bytes += (uint64_t)it->size;
        }
    }
    snprintf(is, sizeof is, "%llu.%llu", (unsigned long long)bytes, (unsigned long long)files);
    k->bag->oxum = strcmp(is, k->oxum) == 0 ? YJ_OXUM_MATCHES : YJ_OXUM_DIFFERS;
    return YJ_OK;
}

static int by_path(const void *key, const void *item)
{
    return strcmp(key, ((const yj_item *)item)->path);
}

/* URL, length, path: the path has to be one that a list names; whether it is there, the list will tell. */
static yj_status take_fetch(void *self, yj_span line, yj_error *err)
{
    checking *k = self;
    char space[YJ_MANIFEST_LINE_MAX + 1];
    for (int i = 0; i < 2; i++) {
        size_t n = word(line), gap = blanks(without(line, n));
        if (n == 0 || gap == 0)
            return yj_fail(err, YJ_E_INVALID, "a line of fetch.txt is address, length and path");
        line = without(line, n + gap);
    }
    yj_span path = decode(line, k->bag->version, space);
    if (!starts(path, DATA) || !yj_path_below(path))
        return yj_fail(err, YJ_E_INVALID,
                       "the path leads out of the folder, or is not written plainly; nothing was examined");
    space[path.len] = '\0';
    for (size_t i = 0; i < k->bag->count; i++) {
        const yj_tree *t = &k->bag->list[i].result.a;
        if (!k->bag->list[i].tags &&
            bsearch(space + strlen(DATA), t->item, t->count, sizeof *t->item, by_path))
            return YJ_OK;
    }
    return yj_fail(err, YJ_E_INVALID, "fetch.txt names a file that no list names");
}

static yj_status check_fetch(checking *k, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, YJ_BAG_TAG_FILE_MAX + 131072);
    if (!item_of(k, "fetch.txt"))
        return YJ_OK;
    YJ_TRY(read_file(k, "fetch.txt", YJ_BAG_TAG_FILE_MAX, &b, err));
    return each_line(yj_buf_view(&b), take_fetch, k, err);
}

/* --- holding it against its lists ------------------------------------------------------------- */

/* "manifest-ALG.txt", "tagmanifest-ALG.txt" at the top of the bag. False if it is none. */
static bool is_list(const yj_item *i, bool tags, yj_span *ret_alg)
{
    const char *head = tags ? "tagmanifest-" : "manifest-";
    yj_span s = yj_span_of(i->path);
    if (!starts(s, head) || s.len < strlen(head) + 5 || strchr(i->path, '/') ||
        strcmp(i->path + s.len - 4, ".txt") != 0)
        return false;
    *ret_alg = (yj_span){ i->path + strlen(head), s.len - strlen(head) - 4 };
    return true;
}

static yj_status find_known(const checking *k, yj_verify_options *o, yj_error *err)
{
    yj_bag_known *all = k->known;
    char *path = NULL;
    o->known = NULL;
    if (!all)
        return YJ_OK;
    if (!all->of[o->alg]) {
        if (asprintf(&path, "%s.%s", all->path, yj_sum_name(o->alg)) < 0)
            return yj_fail(err, YJ_E_NOMEM, "out of memory");
        yj_status s = yj_known_open(path, o->alg, all->settle_ns, &all->of[o->alg], err);
        free(path);
        YJ_TRY(s);
    }
    o->known = all->of[o->alg];
    return YJ_OK;
}

static yj_status check_list(checking *k, const yj_item *i, bool tags, yj_span alg_name, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf bytes;
    yj_auto(yj_tree_done) yj_tree list = { .root_fd = -1 };
    yj_verify_options o = *k->o;
    yj_bag_list *l = &k->bag->list[k->bag->count];
    yj_buf_init(&bytes, YJ_MANIFEST_BYTES_MAX + 131072);
    if (k->bag->count == YJ_BAG_LISTS_MAX)
        return yj_fail(err, YJ_E_LIMIT, "the bag has more than %d lists", YJ_BAG_LISTS_MAX);
    if (!yj_sum_by_any_name(alg_name, &o.alg))
        return yj_fail(err, YJ_E_INVALID, "a list is of an algorithm that is not known");
    *l = (yj_bag_list){ .tags = tags,
                        .weak = yj_sum_weak(o.alg),
                        .result = { .a = { .root_fd = -1 }, .b = { .root_fd = -1 } } };
    snprintf(l->name, sizeof l->name, "%s", i->path);
    k->bag->count++;
    YJ_TRY(read_file(k, i->path, YJ_MANIFEST_BYTES_MAX, &bytes, err));
    yj_digest d;
    yj_hash(YJ_HASH_SHA256, bytes.ptr ? bytes.ptr : "", bytes.len, &d);
    yj_digest_hex(&d, l->hex);
    YJ_TRY(yj_bag_list_parse(yj_buf_view(&bytes), k->bag->version, tags, o.alg, &list, err));
    o.expected_only = tags; /* tag files need not be listed */
    YJ_TRY(find_known(k, &o, err));
    return yj_verify_list(&list, tags ? k->folder : k->data, &o, &l->result, err);
}

static yj_status check_lists(checking *k, bool tags, yj_error *err)
{
    for (size_t i = 0; i < k->root.count; i++) {
        yj_span alg;
        if (!is_list(&k->root.item[i], tags, &alg))
            continue;
        yj_status s = check_list(k, &k->root.item[i], tags, alg, err);
        if (s != YJ_OK) {
            char shown[64];
            snprintf(shown, sizeof shown, "%s", k->root.item[i].path);
            yj_text_tidy(shown);
            yj_error_prefix(err, "%s", shown);
            return s;
        }
    }
    return YJ_OK;
}

/* Before 1.0 a file need stand in one of the lists only. */
static void forgive_listed_elsewhere(yj_bag *b)
{
    for (size_t i = 0; i < b->count; i++) {
        yj_verify_result *r = &b->list[i].result;
        for (size_t n = 0; n < r->b.count; n++)
            for (size_t k = 0; r->b.item[n].state == YJ_STATE_EXTRA && k < b->count; k++) {
                const yj_tree *t = &b->list[k].result.a;
                if (k != i && !b->list[k].tags &&
                    bsearch(r->b.item[n].path, t->item, t->count, sizeof *t->item, by_path)) {
                    r->b.item[n].state = YJ_STATE_NONE;
                    r->extra--;
                }
            }
    }
}

yj_status yj_bag_check(const char *folder, const yj_verify_options *o, yj_bag_known *known, yj_bag *ret,
                       yj_error *err)
{
    yj_auto(checking_done) checking k = { .o = o, .known = known, .bag = ret, .root = { .root_fd = -1 } };
    *ret = (yj_bag){ .count = 0 };
    YJ_TRY(yj_tree_walk(folder, NULL, &k.root, err));
    if (asprintf(&k.folder, "%s", folder) < 0 || asprintf(&k.data, "%s/data", folder) < 0)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(read_declaration(&k, err));
    YJ_TRY(check_oxum(&k, err));
    YJ_TRY(check_lists(&k, false, err));
    if (ret->count == 0)
        return yj_fail(err, YJ_E_INVALID, "it is no bag: there is no list manifest-*.txt");
    YJ_TRY(check_lists(&k, true, err));
    if (ret->version < 100)
        forgive_listed_elsewhere(ret);
    return check_fetch(&k, err);
}

bool yj_bag_fine(const yj_bag *b)
{
    bool fine = b->count > 0 && b->oxum != YJ_OXUM_DIFFERS;
    for (size_t i = 0; i < b->count; i++)
        fine = fine && yj_verify_fine(&b->list[i].result);
    return fine;
}

void yj_bag_done(yj_bag *b)
{
    for (size_t i = 0; i < b->count; i++)
        yj_verify_done(&b->list[i].result);
    b->count = 0;
}

uint64_t yj_bag_known_used(const yj_bag_known *k)
{
    uint64_t used = 0;
    for (size_t i = 0; i < YJ_SUM_COUNT_; i++)
        used += k->of[i] ? yj_known_used(k->of[i]) : 0;
    return used;
}

int64_t yj_bag_known_began_ns(const yj_bag_known *k)
{
    int64_t first = 0;
    for (size_t i = 0; i < YJ_SUM_COUNT_; i++) {
        int64_t began = k->of[i] ? yj_known_began_ns(k->of[i]) : 0;
        if (k->of[i] && (first == 0 || began < first))
            first = began;
    }
    return first;
}

yj_status yj_bag_known_finish(yj_bag_known *k, yj_error *err)
{
    for (size_t i = 0; i < YJ_SUM_COUNT_; i++)
        if (k->of[i])
            YJ_TRY(yj_known_finish(k->of[i], err));
    return YJ_OK;
}

void yj_bag_known_done(yj_bag_known *k)
{
    for (size_t i = 0; i < YJ_SUM_COUNT_; i++) {
        yj_known_free(k->of[i]);
        k->of[i] = NULL;
    }
}
