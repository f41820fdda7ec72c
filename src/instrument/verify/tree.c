// SPDX-License-Identifier: Apache-2.0
#include "instrument/verify/tree.h"
#include "base/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#define NAMES_BETWEEN 256 /* two questions whether to go on */

typedef struct walk {
    yj_tree *tree;
    const yj_walk_options *o;
    unsigned names; /* since it was asked whether to go on */
    size_t len;
    char path[YJ_TREE_PATH_MAX + 1];
    yj_error *err;
} walk;

yj_status yj_tree_init(yj_tree *ret, yj_error *err)
{
    *ret = (yj_tree){ .root_fd = -1, .arena = yj_arena_new(YJ_TREE_ARENA_BYTES) };
    return ret->arena ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

void yj_tree_done(yj_tree *t)
{
    if (t->root_fd >= 0)
        close(t->root_fd);
    if (t->arena)
        yj_arena_free(t->arena);
    free(t->item);
    *t = (yj_tree){ .root_fd = -1 };
}

yj_item *yj_tree_add(yj_tree *t, yj_span path)
{
    if (t->count == t->cap) {
        size_t cap = t->cap ? 2 * t->cap : 1024;
        yj_item *rows =
            cap <= 2 * (size_t)YJ_TREE_ITEMS_MAX ? reallocarray(t->item, cap, sizeof *rows) : NULL;
        if (!rows)
            return NULL;
        t->item = rows;
        t->cap = cap;
    }
    if (t->count >= YJ_TREE_ITEMS_MAX)
        return NULL;
    yj_item *i = &t->item[t->count];
    *i = (yj_item){ .path = yj_arena_strndup(t->arena, path.ptr, path.len), .size = -1 };
    if (yj_arena_status(t->arena, NULL) != YJ_OK)
        return NULL;
    t->count++;
    return i;
}

static int by_path(const void *a, const void *b)
{
    const yj_item *x = a, *y = b;
    return strcmp(x->path, y->path);
}

void yj_tree_sort(yj_tree *t)
{
    if (t->count)
        qsort(t->item, t->count, sizeof *t->item, by_path);
}

static yj_status add(walk *w, yj_item_kind kind, yj_why why, int sys_errno, size_t *ret_at)
{
    if (w->o->names_max && w->tree->count >= w->o->names_max)
        return yj_fail(w->err, YJ_E_LIMIT, "there are more than %zu names, which is too many for this way",
                       w->o->names_max);
    yj_item *i = yj_tree_add(w->tree, (yj_span){ w->path, w->len });
    if (!i)
        return yj_fail(w->err, YJ_E_LIMIT,
                       "there are too many names to hold: more than %d, or no memory for them",
                       YJ_TREE_ITEMS_MAX);
    i->kind = (uint8_t)kind;
    i->why = (uint8_t)why;
    i->sys_errno = sys_errno;
    *ret_at = w->tree->count - 1;
    return YJ_OK;
}

static yj_status add_link(walk *w, int dir, const char *name, size_t *ret_at)
{
    char target[YJ_TREE_PATH_MAX + 1];
    ssize_t n = readlinkat(dir, name, target, sizeof target);
    if (n < 0)
        return add(w, YJ_ITEM_UNREADABLE, YJ_WHY_SYSTEM, errno, ret_at);
    if ((size_t)n == sizeof target)
        return add(w, YJ_ITEM_UNREADABLE, YJ_WHY_LONG, 0, ret_at);
    YJ_TRY(add(w, YJ_ITEM_LINK, YJ_WHY_NONE, 0, ret_at));
    w->tree->item[*ret_at].target = yj_arena_strndup(w->tree->arena, target, (size_t)n);
    return yj_arena_status(w->tree->arena, w->err);
}

static yj_status walk_folder(walk *w, int fd, int depth);

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a && a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_shut(const walk *w, int fd)
{
    struct stat st;
    return w->o->keep_out && (fstat(fd, &st) != 0 || is_same(w->o->keep_out, &st));
}

static yj_status add_folder(walk *w, int dir, const char *name, int depth, size_t *ret_at)
{
    if (depth == YJ_TREE_DEPTH_MAX)
        return add(w, YJ_ITEM_UNREADABLE, YJ_WHY_DEEP, 0, ret_at);
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return add(w, YJ_ITEM_UNREADABLE, YJ_WHY_SYSTEM, errno, ret_at);
    if (is_shut(w, fd)) {
        close(fd);
        return add(w, YJ_ITEM_UNREADABLE, YJ_WHY_SYSTEM, EACCES, ret_at);
    }
    yj_status s = add(w, YJ_ITEM_FOLDER, YJ_WHY_NONE, 0, ret_at);
    if (s != YJ_OK) {
        close(fd);
        return s;
    }
    size_t before = w->tree->count, at = *ret_at;
    YJ_TRY(walk_folder(w, fd, depth + 1)); /* closes it */
    w->tree->item[at].empty = w->tree->count == before;
    return YJ_OK;
}

static yj_status add_name(walk *w, int dir, const char *name, int depth)
{
    struct stat st;
    size_t at = 0;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return add(w, YJ_ITEM_UNREADABLE, YJ_WHY_SYSTEM, errno, &at);
    if (S_ISDIR(st.st_mode))
        return add_folder(w, dir, name, depth, &at);
    if (S_ISLNK(st.st_mode))
        return add_link(w, dir, name, &at);
    if (!S_ISREG(st.st_mode))
        return add(w, YJ_ITEM_SPECIAL, YJ_WHY_SPECIAL, 0, &at);
    if (is_same(w->o->leave_out, &st))
        return YJ_OK;
    YJ_TRY(add(w, YJ_ITEM_FILE, YJ_WHY_NONE, 0, &at));
    w->tree->item[at].size = st.st_size;
    return YJ_OK;
}

/* The folder's own item turns unreadable if its list breaks off: what came after it is not known. */
static yj_status note_broken(walk *w, int sys_errno)
{
    size_t at = 0;
    for (size_t i = w->tree->count; i-- > 0;)
        if (strncmp(w->tree->item[i].path, w->path, w->len) == 0 && w->tree->item[i].path[w->len] == '\0') {
            w->tree->item[i].kind = YJ_ITEM_UNREADABLE;
            w->tree->item[i].why = YJ_WHY_SYSTEM;
            w->tree->item[i].sys_errno = sys_errno;
            return YJ_OK;
        }
    return add(w, YJ_ITEM_UNREADABLE, YJ_WHY_SYSTEM, sys_errno, &at); /* the root itself, which has no item */
}

static yj_status walk_names(walk *w, DIR *d, int depth)
{
    size_t before = w->len;
    for (;;) {
        errno = 0;
        const struct dirent *e = readdir(d);
        if (!e)
            return errno ? note_broken(w, errno) : YJ_OK;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (w->o->go_on && ++w->names % NAMES_BETWEEN == 0)
            YJ_TRY(w->o->go_on(w->o->go_on_self, w->err));
        size_t n = strlen(e->d_name), slash = before ? 1 : 0;
        yj_status s;
        if (before + slash + n > YJ_TREE_PATH_MAX) {
            size_t at = 0; /* a name too many: the folder is not covered whole */
            s = add(w, YJ_ITEM_UNREADABLE, YJ_WHY_LONG, 0, &at);
        } else {
            if (slash)
                w->path[before] = '/';
            memcpy(w->path + before + slash, e->d_name, n + 1);
            w->len = before + slash + n;
            s = add_name(w, dirfd(d), e->d_name, depth);
            w->len = before;
            w->path[before] = '\0';
        }
        YJ_TRY(s);
    }
}

static yj_status walk_folder(walk *w, int fd, int depth)
{
    DIR *d = fdopendir(fd);
    if (!d) {
        int why = errno;
        close(fd);
        return note_broken(w, why);
    }
    yj_status s = walk_names(w, d, depth);
    closedir(d);
    return s;
}

yj_status yj_tree_walk_at(int from, const char *name, const yj_walk_options *o, yj_tree *ret, yj_error *err)
{
    static const yj_walk_options nothing = { .leave_out = NULL };
    YJ_TRY(yj_tree_init(ret, err));
    struct stat st;
    ret->root_fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY);
    if (ret->root_fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open folder %s", name);
    int fd = openat(ret->root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        errno = why;
        return yj_fail_sys(err, YJ_E_IO, "cannot open folder %s", name);
    }
    ret->dev = st.st_dev;
    ret->ino = st.st_ino;
    walk *w = calloc(1, sizeof *w);
    if (!w) {
        close(fd);
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    }
    *w = (walk){ .tree = ret, .o = o ? o : &nothing, .err = err };
    yj_status s = YJ_OK;
    if (is_shut(w, fd)) {
        close(fd);
        s = yj_fail(err, YJ_E_FORBIDDEN, "folder %s is not to be looked into", name);
    } else {
        s = walk_folder(w, fd, 0);
    }
    free(w);
    yj_tree_sort(ret);
    return s;
}

yj_status yj_tree_walk(const char *root, const yj_walk_options *o, yj_tree *ret, yj_error *err)
{
    *ret = (yj_tree){ .root_fd = -1 };
    int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open folder %s", root);
    yj_status s = yj_tree_walk_at(fd, root, o, ret, err);
    close(fd);
    return s;
}

/* --- opening ---------------------------------------------------------------------------------- */

void yj_opener_init(yj_opener *o, const yj_tree *t)
{
    o->tree = t;
    o->dir_fd = -1;
    o->dir_len = 0;
    o->dir[0] = '\0';
}

void yj_opener_done(yj_opener *o)
{
    if (o->dir_fd >= 0)
        close(o->dir_fd);
    o->dir_fd = -1;
}

/* Component by component: a link put there since the walk leads nowhere. */
static int enter(yj_opener *o, const char *path, size_t len)
{
    char name[NAME_MAX + 1];
    int fd = openat(o->tree->root_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (size_t at = 0; fd >= 0 && at < len;) {
        size_t n = strcspn(path + at, "/");
        if (n > NAME_MAX) {
            close(fd);
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(name, path + at, n);
        name[n] = '\0';
        int next = openat(fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), why = errno;
        close(fd);
        errno = why;
        fd = next;
        at += n + 1;
    }
    return fd;
}

int yj_opener_open(yj_opener *o, const char *path, struct stat *ret_st)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    if (o->dir_fd < 0 || len != o->dir_len || memcmp(o->dir, path, len) != 0) {
        yj_opener_done(o);
        o->dir_fd = enter(o, path, len);
        if (o->dir_fd < 0)
            return -1;
        memcpy(o->dir, path, len);
        o->dir[len] = '\0';
        o->dir_len = len;
    }
    /* O_NONBLOCK: a pipe put in the file's place must not wait */
    int fd = openat(o->dir_fd, slash ? slash + 1 : path,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    struct stat st;
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        int why = S_ISREG(st.st_mode) ? errno : EINVAL;
        close(fd);
        errno = why;
        return -1;
    }
    if (ret_st)
        *ret_st = st;
    return fd;
}
