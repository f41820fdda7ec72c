// SPDX-License-Identifier: Apache-2.0
#include "instrument/verify/compare.h"
#include "base/file.h"
#include "instrument/verify/digest.h"
#include "instrument/verify/manifest.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct job {
    yj_verify_result *r;
    const yj_verify_options *o;
    yj_piece *piece;
    size_t count;
} job;

static void job_done(job *j)
{
    free(j->piece);
    j->piece = NULL;
}

static yj_status job_init(job *j, yj_verify_result *r, const yj_verify_options *o, yj_error *err)
{
    *j = (job){ .r = r, .o = o };
    j->piece = calloc(r->a.count + r->b.count + 1, sizeof *j->piece); /* no item is in two */
    return j->piece ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

static void add_piece(job *j, yj_item *a, yj_item *b)
{
    j->piece[j->count++] = (yj_piece){ a, b };
}

static void judge(yj_item *i, yj_item_state state, yj_why why, int sys_errno)
{
    i->state = (uint8_t)state;
    i->why = (uint8_t)why;
    i->sys_errno = sys_errno;
}

/* What is expected and was not judged by its name alone. */
static void judge_read(void *self, const yj_piece *p, const yj_piece_end *e)
{
    const yj_verify_result *r = ((const job *)self)->r;
    yj_item *a = p->a;
    if (!a || a->state != YJ_STATE_NONE)
        return;
    if (!e->read) {
        judge(a, YJ_STATE_UNREADABLE, e->why, e->sys_errno);
        return;
    }
    bool same = !p->b || (r->by_list ? memcmp(a->sum.b, p->b->sum.b, yj_sum_len(r->alg)) == 0 : e->same);
    judge(a, same ? YJ_STATE_MATCHED : YJ_STATE_CHANGED, same ? YJ_WHY_NONE : YJ_WHY_CONTENT, 0);
    if (p->b && r->by_list)
        a->size = p->b->size;
}

static yj_status run(job *j, yj_error *err)
{
    const yj_digesting d = { .alg = j->r->alg,
                             .a = &j->r->a,
                             .b = &j->r->b,
                             .only_b = j->r->by_list,
                             .piece = j->piece,
                             .count = j->count,
                             .done = judge_read,
                             .self = j,
                             .threads = j->o->threads,
                             .progress = j->o->progress,
                             .progress_self = j->o->progress_self,
                             .go_on = j->o->go_on,
                             .go_on_self = j->o->go_on_self,
                             .known = j->o->known };
    return yj_digest_all(&d, err);
}

/* --- side by side ----------------------------------------------------------------------------- */

static int path_against_item(const void *key, const void *item)
{
    return strcmp(key, ((const yj_item *)item)->path);
}

static bool unreadable_at(const yj_tree *t, const char *path, size_t len)
{
    char part[YJ_TREE_PATH_MAX + 1];
    memcpy(part, path, len);
    part[len] = '\0';
    const yj_item *i = bsearch(part, t->item, t->count, sizeof *i, path_against_item);
    return i && i->kind == YJ_ITEM_UNREADABLE;
}

/* Is it below a folder of `t` that could not be read? Then nobody knows whether it is there. */
static bool hidden(const yj_tree *t, const char *path)
{
    if (t->root_fd < 0 || t->count == 0)
        return false;
    if (unreadable_at(t, "", 0)) /* the folder itself */
        return true;
    for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/'))
        if (unreadable_at(t, path, (size_t)(p - path)))
            return true;
    return false;
}

static bool stands_for_itself(const yj_item *i)
{
    return i->kind != YJ_ITEM_FOLDER || i->empty;
}

static void only_expected(job *j, yj_item *a)
{
    if (!stands_for_itself(a))
        return;
    if (a->kind == YJ_ITEM_UNREADABLE)
        a->state = YJ_STATE_UNREADABLE;
    else if (hidden(&j->r->b, a->path))
        judge(a, YJ_STATE_UNREADABLE, YJ_WHY_HIDDEN, 0);
    else
        judge(a, YJ_STATE_MISSING, YJ_WHY_NONE, 0);
    if (a->kind == YJ_ITEM_FILE && !j->r->by_list)
        add_piece(j, a, NULL);
}

static void only_found(job *j, yj_item *b)
{
    bool list = j->r->by_list;
    if (j->o->expected_only || !stands_for_itself(b) || (list && b->kind == YJ_ITEM_FOLDER))
        return;
    if (b->kind == YJ_ITEM_UNREADABLE)
        b->state = YJ_STATE_UNREADABLE;
    else if (hidden(&j->r->a, b->path))
        judge(b, YJ_STATE_UNREADABLE, YJ_WHY_HIDDEN, 0);
    else if (list && b->kind == YJ_ITEM_LINK)
        judge(b, YJ_STATE_SKIPPED, YJ_WHY_LINK, 0);
    else if (list && b->kind == YJ_ITEM_SPECIAL)
        judge(b, YJ_STATE_SKIPPED, YJ_WHY_SPECIAL, 0);
    else
        judge(b, YJ_STATE_EXTRA, YJ_WHY_NONE, 0);
}

static void of_another_kind(job *j, yj_item *a, yj_item *b)
{
    if (!stands_for_itself(a)) /* what was below it is missing; this is in its place */
        judge(b, YJ_STATE_EXTRA, YJ_WHY_KIND, 0);
    else
        judge(a, YJ_STATE_CHANGED, YJ_WHY_KIND, 0);
    if (a->kind == YJ_ITEM_FILE && !j->r->by_list)
        add_piece(j, a, NULL);
}

static void files(job *j, yj_item *a, yj_item *b)
{
    if (j->r->by_list || a->size == b->size) {
        add_piece(j, a, b);
        return;
    }
    judge(a, YJ_STATE_CHANGED, YJ_WHY_SIZE, 0);
    add_piece(j, a, NULL);
}

static void both(job *j, yj_item *a, yj_item *b)
{
    if (a->kind == YJ_ITEM_UNREADABLE) {
        a->state = YJ_STATE_UNREADABLE;
    } else if (b->kind == YJ_ITEM_UNREADABLE) {
        judge(stands_for_itself(a) ? a : b, YJ_STATE_UNREADABLE, (yj_why)b->why, b->sys_errno);
        if (a->kind == YJ_ITEM_FILE && !j->r->by_list)
            add_piece(j, a, NULL);
    } else if (a->kind != b->kind) {
        of_another_kind(j, a, b);
    } else if (a->kind == YJ_ITEM_FILE) {
        files(j, a, b);
    } else if (a->kind == YJ_ITEM_LINK) {
        bool same = strcmp(a->target, b->target) == 0;
        judge(a, same ? YJ_STATE_MATCHED : YJ_STATE_CHANGED, same ? YJ_WHY_NONE : YJ_WHY_TARGET, 0);
    } else if (a->kind == YJ_ITEM_SPECIAL) {
        judge(a, YJ_STATE_SKIPPED, YJ_WHY_SPECIAL, 0);
    } else if (a->empty) {
        judge(a, YJ_STATE_MATCHED, YJ_WHY_NONE, 0); /* what lies in the other is extra */
    }
}

static void side_by_side(job *j)
{
    yj_tree *a = &j->r->a, *b = &j->r->b;
    for (size_t i = 0, k = 0; i < a->count || k < b->count;) {
        int order = i == a->count ? 1 : k == b->count ? -1 : strcmp(a->item[i].path, b->item[k].path);
        if (order < 0)
            only_expected(j, &a->item[i++]);
        else if (order > 0)
            only_found(j, &b->item[k++]);
        else
            both(j, &a->item[i++], &b->item[k++]);
    }
}

/* --- moves ------------------------------------------------------------------------------------ */

static int by_sum(const void *x, const void *y)
{
    const yj_item *a = *(yj_item *const *)x, *b = *(yj_item *const *)y;
    int order = memcmp(a->sum.b, b->sum.b, sizeof a->sum.b);
    return order ? order : strcmp(a->path, b->path);
}

static int by_size(const void *x, const void *y)
{
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

static size_t gather(yj_tree *t, yj_item_state state, yj_item **ret)
{
    size_t n = 0;
    for (size_t i = 0; i < t->count; i++)
        if (t->item[i].kind == YJ_ITEM_FILE && t->item[i].state == state && t->item[i].has_sum)
            ret[n++] = &t->item[i];
    if (n)
        qsort(ret, n, sizeof(yj_item *), by_sum);
    return n;
}

static void pair_up(yj_verify_result *r, yj_item **missing, size_t n, yj_item **extra, size_t m)
{
    for (size_t i = 0, k = 0; i < n && k < m;) {
        int order = memcmp(missing[i]->sum.b, extra[k]->sum.b, sizeof missing[i]->sum.b);
        if (order < 0) {
            i++;
        } else if (order > 0) {
            k++;
        } else {
            missing[i++]->target = extra[k++]->path;
            r->moved++;
        }
    }
}

/* Only extra files that could be a missing one are read: those of a missing one's size, where sizes are
 * known. */
static yj_status digest_extra(job *j, yj_error *err)
{
    yj_verify_result *r = j->r;
    size_t n = 0;
    int64_t *size = calloc(r->a.count + 1, sizeof *size);
    if (!size)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    for (size_t i = 0; i < r->a.count; i++)
        if (r->a.item[i].state == YJ_STATE_MISSING && r->a.item[i].kind == YJ_ITEM_FILE)
            size[n++] = r->a.item[i].size;
    if (n)
        qsort(size, n, sizeof *size, by_size);
    j->count = 0;
    for (size_t i = 0; n && i < r->b.count; i++) {
        yj_item *b = &r->b.item[i];
        if (b->state == YJ_STATE_EXTRA && b->kind == YJ_ITEM_FILE &&
            (r->by_list || bsearch(&b->size, size, n, sizeof *size, by_size)))
            add_piece(j, NULL, b);
    }
    free(size);
    return run(j, err);
}

static yj_status find_moves(yj_verify_result *r, yj_error *err)
{
    yj_item **missing = calloc(r->a.count + 1, sizeof(yj_item *)),
            **extra = calloc(r->b.count + 1, sizeof(yj_item *));
    bool fine = missing && extra;
    if (fine)
        pair_up(r, missing, gather(&r->a, YJ_STATE_MISSING, missing), extra,
                gather(&r->b, YJ_STATE_EXTRA, extra));
    free(missing);
    free(extra);
    return fine ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

/* --- in all ----------------------------------------------------------------------------------- */

static void count_items(yj_verify_result *r, const yj_tree *t, bool expected)
{
    uint64_t *of[YJ_STATE_COUNT_] = {
        [YJ_STATE_MATCHED] = &r->matched,       [YJ_STATE_CHANGED] = &r->changed,
        [YJ_STATE_MISSING] = &r->missing,       [YJ_STATE_EXTRA] = &r->extra,
        [YJ_STATE_UNREADABLE] = &r->unreadable, [YJ_STATE_SKIPPED] = &r->skipped,
    };
    for (size_t i = 0; i < t->count; i++) {
        const yj_item *it = &t->item[i];
        if (it->state == YJ_STATE_NONE)
            continue;
        ++*of[it->state];
        r->expected += expected;
        if (it->state == YJ_STATE_MATCHED && it->size > 0)
            r->bytes += (uint64_t)it->size;
    }
}

static yj_status finish(job *j, yj_error *err)
{
    YJ_TRY(run(j, err));
    YJ_TRY(digest_extra(j, err));
    YJ_TRY(find_moves(j->r, err));
    count_items(j->r, &j->r->a, true);
    count_items(j->r, &j->r->b, false);
    return YJ_OK;
}

static void empty_result(yj_verify_result *r, const yj_verify_options *o)
{
    *r = (yj_verify_result){ .alg = o->alg, .a = { .root_fd = -1 }, .b = { .root_fd = -1 } };
}

static yj_status side_job(yj_verify_result *r, const yj_verify_options *o, yj_error *err)
{
    yj_auto(job_done) job j = { .count = 0 };
    YJ_TRY(job_init(&j, r, o, err));
    side_by_side(&j);
    return finish(&j, err);
}

static yj_walk_options walk_options(const yj_verify_options *o, const struct stat *leave_out)
{
    return (yj_walk_options){
        .leave_out = leave_out,
        .keep_out = o->keep_out,
        .go_on = o->go_on,
        .go_on_self = o->go_on_self,
        .names_max = o->names_max,
    };
}

static yj_status open_folder(const char *path, yj_open_folder *ret, yj_error *err)
{
    *ret = (yj_open_folder){ open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), path };
    return ret->fd >= 0 ? YJ_OK : yj_fail_sys(err, yj_file_status(errno), "cannot open folder %s", path);
}

static void close_folder(const yj_open_folder *f)
{
    if (f->fd >= 0)
        close(f->fd);
}

yj_status yj_verify_list_at(yj_tree *list, const yj_open_folder *folder, const yj_verify_options *o,
                            yj_verify_result *ret, yj_error *err)
{
    const yj_walk_options w = walk_options(o, o->leave_out);
    empty_result(ret, o);
    ret->by_list = true;
    ret->a = *list;
    *list = (yj_tree){ .root_fd = -1 };
    YJ_TRY(yj_tree_walk_at(folder->fd, folder->name, &w, &ret->b, err));
    return side_job(ret, o, err);
}

yj_status yj_verify_list(yj_tree *list, const char *path, const yj_verify_options *o, yj_verify_result *ret,
                         yj_error *err)
{
    yj_auto(close_folder) yj_open_folder folder = { .fd = -1 };
    empty_result(ret, o);
    YJ_TRY(open_folder(path, &folder, err));
    return yj_verify_list_at(list, &folder, o, ret, err);
}

yj_status yj_verify_folders_at(const yj_open_folder *a, const yj_open_folder *b, const yj_verify_options *o,
                               yj_verify_result *ret, yj_error *err)
{
    const yj_walk_options w = walk_options(o, NULL);
    empty_result(ret, o);
    YJ_TRY(yj_walk_two(a, b, &w, &ret->a, &ret->b, err));
    if (ret->a.dev == ret->b.dev && ret->a.ino == ret->b.ino)
        return yj_fail(err, YJ_E_USAGE, "%s and %s are the same folder", a->name, b->name);
    if (ret->a.count == 0)
        return yj_fail(err, YJ_E_INVALID, "%s holds nothing: that proves nothing", a->name);
    return side_job(ret, o, err);
}

yj_status yj_verify_folders(const char *a, const char *b, const yj_verify_options *o, yj_verify_result *ret,
                            yj_error *err)
{
    yj_auto(close_folder) yj_open_folder first = { .fd = -1 };
    yj_auto(close_folder) yj_open_folder second = { .fd = -1 };
    empty_result(ret, o);
    YJ_TRY(open_folder(a, &first, err));
    YJ_TRY(open_folder(b, &second, err));
    return yj_verify_folders_at(&first, &second, o, ret, err);
}

/* --- digests that are known ------------------------------------------------------------------- */

static void expected_alone(yj_item *a, yj_why rest)
{
    if (!stands_for_itself(a) || a->state == YJ_STATE_UNREADABLE || a->state == YJ_STATE_SKIPPED)
        return;
    if (rest != YJ_WHY_NONE)
        judge(a, YJ_STATE_UNREADABLE, rest, 0);
    else
        judge(a, YJ_STATE_MISSING, YJ_WHY_NONE, 0);
}

static void found_alone(yj_item *b)
{
    bool judged = b->state == YJ_STATE_UNREADABLE || b->state == YJ_STATE_SKIPPED;
    if (judged || b->kind == YJ_ITEM_FOLDER)
        return;
    judge(b, YJ_STATE_EXTRA, YJ_WHY_NONE, 0);
}

static void sums_of_both(yj_item *a, yj_item *b, size_t len)
{
    if (a->kind == YJ_ITEM_FOLDER || a->state == YJ_STATE_UNREADABLE || a->state == YJ_STATE_SKIPPED) {
        found_alone(b);
        expected_alone(a, YJ_WHY_NONE);
        return;
    }
    bool judged = b->state == YJ_STATE_UNREADABLE || b->state == YJ_STATE_SKIPPED;
    if (judged)
        judge(a, (yj_item_state)b->state, (yj_why)b->why, b->sys_errno);
    else if (!b->has_sum)
        judge(a, YJ_STATE_CHANGED, YJ_WHY_KIND, 0);
    else if (memcmp(a->sum.b, b->sum.b, len) == 0)
        judge(a, YJ_STATE_MATCHED, YJ_WHY_NONE, 0);
    else
        judge(a, YJ_STATE_CHANGED, YJ_WHY_CONTENT, 0);
    a->size = b->size;
    judge(b, YJ_STATE_NONE, YJ_WHY_NONE, 0); /* it counts once */
}

yj_status yj_verify_sums(yj_tree *expected, yj_tree *found, yj_sum_alg alg, yj_why rest,
                         yj_verify_result *ret, yj_error *err)
{
    empty_result(ret, &(yj_verify_options){ .alg = alg });
    ret->by_list = true;
    ret->a = *expected;
    ret->b = *found;
    *expected = *found = (yj_tree){ .root_fd = -1 };
    yj_tree *a = &ret->a, *b = &ret->b;
    for (size_t i = 0; i < a->count; i++) /* as a list has it: nothing is judged yet */
        if (a->item[i].state == YJ_STATE_MATCHED)
            a->item[i].state = YJ_STATE_NONE;
    for (size_t i = 0, k = 0; i < a->count || k < b->count;) {
        int order = i == a->count ? 1 : k == b->count ? -1 : strcmp(a->item[i].path, b->item[k].path);
        if (order < 0)
            expected_alone(&a->item[i++], rest);
        else if (order > 0)
            found_alone(&b->item[k++]);
        else
            sums_of_both(&a->item[i++], &b->item[k++], yj_sum_len(alg));
    }
    YJ_TRY(find_moves(ret, err));
    count_items(ret, a, true);
    count_items(ret, b, false);
    return YJ_OK;
}

static void make_item(job *j, yj_item *i)
{
    if (i->kind == YJ_ITEM_FILE)
        add_piece(j, i, NULL);
    else if (i->kind == YJ_ITEM_UNREADABLE)
        i->state = YJ_STATE_UNREADABLE;
    else if (i->kind == YJ_ITEM_LINK)
        judge(i, YJ_STATE_SKIPPED, YJ_WHY_LINK, 0);
    else if (i->kind == YJ_ITEM_SPECIAL)
        judge(i, YJ_STATE_SKIPPED, YJ_WHY_SPECIAL, 0);
}

yj_status yj_verify_make(const char *folder, const yj_verify_options *o, yj_verify_result *ret, yj_error *err)
{
    yj_auto(job_done) job j = { .count = 0 };
    const yj_walk_options w = walk_options(o, o->leave_out);
    empty_result(ret, o);
    YJ_TRY(yj_tree_walk(folder, &w, &ret->a, err));
    YJ_TRY(job_init(&j, ret, o, err));
    for (size_t i = 0; i < ret->a.count; i++)
        make_item(&j, &ret->a.item[i]);
    if (j.count == 0)
        return yj_fail(err, YJ_E_INVALID, "%s holds no file: a list of nothing proves nothing", folder);
    YJ_TRY(run(&j, err));
    count_items(ret, &ret->a, true);
    return YJ_OK;
}

bool yj_verify_fine(const yj_verify_result *r)
{
    return r->expected > 0 && r->changed == 0 && r->missing == 0 && r->extra == 0 && r->unreadable == 0 &&
           r->skipped == 0 && r->matched == r->expected;
}

void yj_verify_done(yj_verify_result *r)
{
    yj_tree_done(&r->a);
    yj_tree_done(&r->b);
}

yj_status yj_verify_name(const yj_verify_result *r, yj_sum *ret, yj_error *err)
{
    yj_auto(yj_summer_freep) yj_summer *s = yj_summer_new(r->alg);
    yj_auto(yj_buf_done) yj_buf line;
    yj_buf_init(&line, 4 * YJ_TREE_PATH_MAX);
    if (!s)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_summer_begin(s);
    for (size_t i = 0; i < r->a.count; i++) {
        if (r->a.item[i].kind != YJ_ITEM_FILE || !r->a.item[i].has_sum)
            continue;
        yj_buf_clear(&line);
        yj_manifest_line(r->alg, &r->a.item[i].sum, r->a.item[i].path, false, &line);
        YJ_TRY(yj_buf_status(&line, err));
        yj_summer_add(s, line.ptr, line.len);
    }
    yj_summer_end(s, ret);
    return YJ_OK;
}
