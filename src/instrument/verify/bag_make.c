// SPDX-License-Identifier: Apache-2.0
#include "instrument/verify/bag_make.h"
#include "base/file.h"
#include "base/keeper.h"
#include "base/time.h"
#include "instrument/verify/manifest.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES ((size_t)256 << 10)
#define PROGRESS_NS (YJ_NS_PER_S / 5)
#define DATA "data/"

typedef struct making {
    const yj_bag_plan *plan;
    yj_tree from;
    yj_opener opener;
    yj_keeper *keeper; /* the folder in which it is made */
    yj_summer *sum[YJ_SUM_COUNT_];
    yj_buf list[YJ_SUM_COUNT_], tag_list[YJ_SUM_COUNT_];
    char *block;
    uint64_t bytes, files;
    yj_progress seen;
    int64_t told_ns;
} making;

static void making_done(making *m)
{
    yj_opener_done(&m->opener);
    yj_tree_done(&m->from);
    if (m->keeper)
        yj_keeper_end(m->keeper);
    for (size_t i = 0; i < YJ_SUM_COUNT_; i++) {
        if (m->sum[i])
            yj_summer_free(m->sum[i]);
        yj_buf_done(&m->list[i]);
        yj_buf_done(&m->tag_list[i]);
    }
    free(m->block);
}

static yj_status making_init(making *m, const yj_bag_plan *plan, yj_error *err)
{
    *m = (making){ .plan = plan, .from = { .root_fd = -1 }, .opener = { .dir_fd = -1 } };
    bool fine = (m->block = malloc(COPY_BYTES)) != NULL;
    for (size_t i = 0; i < plan->algs; i++) {
        yj_buf_init(&m->list[i], YJ_MANIFEST_BYTES_MAX);
        yj_buf_init(&m->tag_list[i], YJ_BAG_TAG_FILE_MAX);
        m->sum[i] = yj_summer_new(plan->alg[i]);
        fine = fine && m->sum[i];
    }
    return fine ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

/* --- what a bag can hold ---------------------------------------------------------------------- */

static yj_status refuse(const yj_item *i, const char *shown, yj_error *err)
{
    switch ((yj_item_kind)i->kind) {
    case YJ_ITEM_LINK:
        return yj_fail(err, YJ_E_INVALID, "a bag cannot hold a link: %s", shown);
    case YJ_ITEM_SPECIAL:
        return yj_fail(err, YJ_E_INVALID, "a bag cannot hold a pipe, socket or device: %s", shown);
    case YJ_ITEM_UNREADABLE:
        return yj_fail(err, YJ_E_INVALID, "it cannot be read: %s", shown);
    case YJ_ITEM_FILE:
    case YJ_ITEM_FOLDER:
        break;
    }
    size_t depth = 0;
    for (const char *p = i->path; *p; p++)
        depth += *p == '/';
    if (depth >= YJ_BAG_DEPTH_MAX)
        return yj_fail(err, YJ_E_INVALID, "folders are nested more than %d deep: %s", YJ_BAG_DEPTH_MAX,
                       shown);
    if (strlen(i->path) + strlen(DATA) > YJ_TREE_PATH_MAX)
        return yj_fail(err, YJ_E_INVALID, "the path is too long: %s", shown);
    if (!yj_utf8_valid(yj_span_of(i->path)))
        return yj_fail(err, YJ_E_INVALID, "the name is no UTF-8, and the lists of a bag are: %s", shown);
    return YJ_OK;
}

static yj_status look(making *m, const char *folder, uint64_t *ret_empty, yj_error *err)
{
    uint64_t files = 0, empty = 0;
    YJ_TRY(yj_tree_walk(folder, NULL, &m->from, err));
    for (size_t i = 0; i < m->from.count; i++) {
        const yj_item *it = &m->from.item[i];
        char shown[200];
        snprintf(shown, sizeof shown, "%s", it->path[0] ? it->path : ".");
        yj_text_tidy(shown);
        YJ_TRY(refuse(it, shown, err));
        files += it->kind == YJ_ITEM_FILE;
        empty += it->kind == YJ_ITEM_FOLDER && it->empty;
        m->seen.total += it->kind == YJ_ITEM_FILE ? (uint64_t)it->size : 0;
    }
    m->seen.of = files;
    m->seen.since_ns = yj_monotonic_ns();
    *ret_empty = empty;
    return files ? YJ_OK
                 : yj_fail(err, YJ_E_INVALID, "%s holds no file: a list of nothing proves nothing", folder);
}

yj_status yj_bag_info_check(const yj_bag_info *i, yj_error *err)
{
    static const char *const ours[] = { "Payload-Oxum", "Bagging-Date", "Bag-Software-Agent" };
    bool good = i->label[0] && !strpbrk(i->label, ":\r\n \t") && !strpbrk(i->value, "\r\n") &&
                yj_utf8_valid(yj_span_of(i->label)) && yj_utf8_valid(yj_span_of(i->value)) &&
                strlen(i->label) + strlen(i->value) < YJ_MANIFEST_LINE_MAX / 2;
    if (!good)
        return yj_fail(err, YJ_E_INVALID,
                       "a line of bag-info.txt is a label without blanks or colon, and one line of text");
    for (size_t k = 0; k < YJ_COUNT(ours); k++)
        if (strcasecmp(i->label, ours[k]) == 0)
            return yj_fail(err, YJ_E_INVALID, "%s is written by the program", ours[k]);
    return YJ_OK;
}

/* --- where it is made ------------------------------------------------------------------------- */

/* The folder that the bag will stand in, by its full name, and the bag's name in it. */
static yj_status place(const char *bag, char **ret_in, const char **ret_name, yj_error *err)
{
    const char *slash = strrchr(bag, '/');
    *ret_name = slash ? slash + 1 : bag;
    yj_span name = yj_span_of(*ret_name);
    if (name.len == 0 || yj_span_is(name, ".") || yj_span_is(name, ".."))
        return yj_fail(err, YJ_E_USAGE, "%s is no name for a new folder", bag);
    char *in = slash == bag ? strdup("/") : slash ? strndup(bag, (size_t)(slash - bag)) : strdup(".");
    *ret_in = in ? realpath(in, NULL) : NULL;
    int why = errno;
    free(in);
    errno = why;
    return *ret_in ? YJ_OK : yj_fail_sys(err, yj_file_status(errno), "cannot open folder of %s", bag);
}

static void freep(char **p)
{
    free(*p);
}

static yj_status begin(making *m, const char *folder, const char *bag, yj_error *err)
{
    struct stat st;
    yj_auto(freep) char *in = NULL, *real = NULL;
    const char *name = NULL;
    if (lstat(bag, &st) == 0)
        return yj_fail(err, YJ_E_CONFLICT, "%s exists already", bag);
    YJ_TRY(place(bag, &in, &name, err));
    real = realpath(folder, NULL);
    size_t n = real ? strlen(real) : 0;
    if (!real)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open folder %s", folder);
    if (strncmp(in, real, n) == 0 && (in[n] == '\0' || in[n] == '/' || n == 1))
        return yj_fail(err, YJ_E_USAGE, "the bag may not lie in the folder that is put into it");
    YJ_TRY(yj_keeper_make(in, name, &m->keeper, err));
    if (mkdirat(yj_keeper_fd(m->keeper), "data", 0777) != 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot create %s", "data");
    return YJ_OK;
}

/* --- copying ---------------------------------------------------------------------------------- */

static void tell(making *m, bool end)
{
    int64_t now = yj_monotonic_ns();
    if (!m->plan->progress || (!end && now - m->told_ns < PROGRESS_NS))
        return;
    m->told_ns = now;
    m->plan->progress(m->plan->progress_self, &m->seen);
}

static bool write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

static yj_status copy_bytes(making *m, int from, int to, const char *shown, yj_error *err)
{
    struct stat before, after;
    uint64_t seen = 0;
    if (fstat(from, &before) != 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot read %s", shown);
    for (;;) {
        ssize_t n = read(from, m->block, COPY_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return yj_fail_sys(err, YJ_E_IO, "cannot read %s", shown);
        if (n == 0)
            break;
        for (size_t i = 0; i < m->plan->algs; i++)
            yj_summer_add(m->sum[i], m->block, (size_t)n);
        if (!write_all(to, m->block, (size_t)n))
            return yj_fail_sys(err, yj_file_status(errno), "cannot write %s", shown);
        seen += (uint64_t)n;
        m->seen.done += (uint64_t)n;
        tell(m, false);
    }
    if (fstat(from, &after) != 0 || (uint64_t)after.st_size != seen || !yj_file_unchanged(&before, &after))
        return yj_fail(err, YJ_E_INVALID, "it changed while it was read: %s", shown);
    const struct timespec times[2] = { { 0, UTIME_OMIT }, before.st_mtim };
    if (fchmod(to, before.st_mode & 0777) != 0 || futimens(to, times) != 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot write %s", shown);
    m->bytes += seen;
    m->files++;
    return YJ_OK;
}

/* Ends of lines would end the line, and the percent sign begins what stands for them (RFC 8493, 2.1.3). */
static void add_line(yj_buf *out, yj_sum_alg alg, const yj_sum *sum, const char *head, const char *path)
{
    char hex[2 * YJ_SUM_MAX + 1];
    yj_sum_hex(alg, sum, hex);
    yj_buf_fmt(out, "%s  %s", hex, head);
    for (const char *p = path; *p; p++) {
        if (*p == '%')
            yj_buf_str(out, "%25");
        else if (*p == '\n')
            yj_buf_str(out, "%0A");
        else if (*p == '\r')
            yj_buf_str(out, "%0D");
        else
            yj_buf_char(out, *p);
    }
    yj_buf_char(out, '\n');
}

static yj_status copy_file(making *m, const yj_item *i, const char *to_path, yj_error *err)
{
    char shown[200];
    snprintf(shown, sizeof shown, "%s", i->path);
    yj_text_tidy(shown);
    int from = yj_opener_open(&m->opener, i->path, NULL);
    if (from < 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot read %s", shown);
    int to =
        openat(yj_keeper_fd(m->keeper), to_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (to < 0) {
        int why = errno;
        close(from);
        errno = why;
        return yj_fail_sys(err, yj_file_status(errno), "cannot write %s", shown);
    }
    for (size_t k = 0; k < m->plan->algs; k++)
        yj_summer_begin(m->sum[k]);
    yj_status s = copy_bytes(m, from, to, shown, err);
    close(from);
    if (close(to) != 0 && s == YJ_OK)
        s = yj_fail_sys(err, yj_file_status(errno), "cannot write %s", shown);
    for (size_t k = 0; k < m->plan->algs; k++) {
        yj_sum sum;
        yj_summer_end(m->sum[k], &sum);
        add_line(&m->list[k], m->plan->alg[k], &sum, DATA, i->path);
    }
    m->seen.pieces++;
    return s;
}

/* Folders come before what is in them: the tree is sorted. */
static yj_status copy_all(making *m, yj_error *err)
{
    char path[YJ_TREE_PATH_MAX + sizeof DATA];
    yj_opener_init(&m->opener, &m->from);
    for (size_t i = 0; i < m->from.count; i++) {
        const yj_item *it = &m->from.item[i];
        snprintf(path, sizeof path, DATA "%s", it->path);
        if (it->kind == YJ_ITEM_FILE)
            YJ_TRY(copy_file(m, it, path, err));
        else if (mkdirat(yj_keeper_fd(m->keeper), path, 0777) != 0)
            return yj_fail_sys(err, yj_file_status(errno), "cannot create %s", "a folder in data");
    }
    tell(m, true);
    return YJ_OK;
}

/* --- the files beside data -------------------------------------------------------------------- */

/* @param tags add it to the lists of tag files */
static yj_status put(making *m, const char *name, const yj_buf *b, bool tags, yj_error *err)
{
    YJ_TRY(yj_buf_status(b, err));
    int fd = openat(yj_keeper_fd(m->keeper), name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    bool fine = fd >= 0 && write_all(fd, b->ptr, b->len);
    int why = errno;
    if (fd >= 0 && close(fd) != 0 && fine) {
        fine = false;
        why = errno;
    }
    errno = why;
    if (!fine)
        return yj_fail_sys(err, yj_file_status(errno), "cannot write %s", name);
    for (size_t i = 0; tags && i < m->plan->algs; i++) {
        yj_sum sum;
        yj_summer_begin(m->sum[i]);
        yj_summer_add(m->sum[i], b->ptr, b->len);
        yj_summer_end(m->sum[i], &sum);
        add_line(&m->tag_list[i], m->plan->alg[i], &sum, "", name);
    }
    return YJ_OK;
}

static yj_status put_tags(making *m, yj_error *err)
{
    const yj_bag_plan *plan = m->plan;
    yj_auto(yj_buf_done) yj_buf b;
    char name[40];
    yj_buf_init(&b, YJ_BAG_TAG_FILE_MAX);
    yj_buf_str(&b, "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
    YJ_TRY(put(m, "bagit.txt", &b, true, err));
    yj_buf_clear(&b);
    for (size_t i = 0; i < plan->infos; i++)
        yj_buf_fmt(&b, "%s: %s\n", plan->info[i].label, plan->info[i].value);
    if (plan->agent)
        yj_buf_fmt(&b, "Bag-Software-Agent: %s\n", plan->agent);
    yj_buf_fmt(&b, "Bagging-Date: %s\nPayload-Oxum: %llu.%llu\n", plan->date, (unsigned long long)m->bytes,
               (unsigned long long)m->files);
    YJ_TRY(put(m, "bag-info.txt", &b, true, err));
    for (size_t i = 0; i < plan->algs; i++) {
        snprintf(name, sizeof name, "manifest-%s.txt", yj_sum_name(plan->alg[i]));
        YJ_TRY(put(m, name, &m->list[i], true, err));
    }
    for (size_t i = 0; i < plan->algs; i++) {
        snprintf(name, sizeof name, "tagmanifest-%s.txt", yj_sum_name(plan->alg[i]));
        YJ_TRY(put(m, name, &m->tag_list[i], false, err));
    }
    return YJ_OK;
}

/* The folder was private while it was made. */
static yj_status open_up(const making *m, yj_error *err)
{
    struct stat data;
    int fd = yj_keeper_fd(m->keeper);
    if (fstatat(fd, "data", &data, AT_SYMLINK_NOFOLLOW) != 0 || fchmod(fd, data.st_mode & 0777) != 0 ||
        syncfs(fd) != 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot write %s", yj_keeper_path(m->keeper));
    return YJ_OK;
}

yj_status yj_bag_make(const char *folder, const char *bag, const yj_bag_plan *plan, yj_bag *ret,
                      uint64_t *ret_empty, yj_error *err)
{
    yj_auto(making_done) making m;
    const yj_verify_options o = { .threads = plan->threads,
                                  .progress = plan->progress,
                                  .progress_self = plan->progress_self };
    *ret = (yj_bag){ .count = 0 };
    YJ_TRY(making_init(&m, plan, err));
    for (size_t i = 0; i < plan->infos; i++)
        YJ_TRY(yj_bag_info_check(&plan->info[i], err));
    YJ_TRY(look(&m, folder, ret_empty, err));
    YJ_TRY(begin(&m, folder, bag, err));
    YJ_TRY(copy_all(&m, err));
    YJ_TRY(put_tags(&m, err));
    YJ_TRY(yj_bag_check(yj_keeper_path(m.keeper), &o, NULL, ret, err));
    if (!yj_bag_fine(ret))
        return yj_fail(err, YJ_E_CORRUPT, "what was written reads back as something else; there is no bag");
    YJ_TRY(open_up(&m, err));
    return yj_keeper_release(m.keeper, bag, err);
}
