// SPDX-License-Identifier: Apache-2.0
/* The walk: one thread goes through folders and opens files, YJ_SCAN_THREADS read them, and the first reports
 * them in the order in which it opened them. */
#include "base/file.h"
#include "base/time.h"
#include "instrument/scan/file.h"
#include "instrument/scan/memo.h"
#include "instrument/scan/survey.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SLOTS 64       /* files under way */
#define INSIDE_MAX 256 /* of what stands in a container, waiting for those before it to be reported */
#define PATH_BYTES_MAX ((size_t)1 << 20)
#define PROGRESS_MS 200

static const char *const state_names[YJ_SCAN_STATE_COUNT_] = {
#define X(id, name) [YJ_SCAN_STATE_##id] = name,
    YJ_SCAN_STATE_LIST(X)
#undef X
};
static const char *const reason_names[YJ_SCAN_REASON_COUNT_] = {
#define X(id, name) [YJ_SCAN_BECAUSE_##id] = name,
    YJ_SCAN_REASON_LIST(X)
#undef X
};

static const char *const unit_names[YJ_SCAN_UNIT_COUNT_] = {
#define X(id, name) [YJ_SCAN_UNIT_##id] = name,
    YJ_SCAN_UNIT_LIST(X)
#undef X
};

const char *yj_scan_unit_name(yj_scan_unit u)
{
    return unit_names[u];
}

const char *yj_scan_way_name(yj_scan_way w)
{
    static const char *const names[] = {
#define X(id, name) name,
        YJ_SCAN_WAY_LIST(X)
#undef X
    };
    return names[w];
}

const char *yj_scan_state_name(yj_scan_state s)
{
    return state_names[s];
}

const char *yj_scan_reason_name(yj_scan_reason r)
{
    return reason_names[r];
}

/* What stands in a container, until it is reported. */
typedef struct inner {
    struct inner *next;
    yj_scan_file file;
    char *path;
    yj_scan_found place[];
} inner;

typedef struct slot {
    int fd; /* -1: nothing to read, `file` says all, or an earlier run */
    struct stat st;
    int64_t at_ns, known; /* when it was opened; its number in the memo, 0: none */
    bool still;           /* as it was when it was opened */
    yj_buf path, raw;     /* printable, and as it is */
    size_t root;
    yj_scan_file file;
    yj_scan_found places[YJ_SCAN_PLACES_MAX];
    bool done;
    inner *first, **last; /* under lock */
    size_t waiting;
} slot;

typedef struct walk {
    const yj_scan_wish *wish;
    slot slots[SLOTS];
    uint64_t added, taken, reported; /* slot number modulo SLOTS; under lock but for `reported` */
    bool closing, no_memory;
    pthread_mutex_t lock;
    pthread_cond_t work, ready, room;
    _Atomic uint64_t bytes;
    uint64_t files, hits, remembered; /* remembered: bytes */
    bool refused;                     /* something is missing that may be there */
    yj_scan_survey *survey;           /* NULL: nobody asks */
    yj_buf path;                      /* where the walk is */
    const char *const *paths;         /* that were named */
    size_t root;                      /* below which of them */
    const yj_scan_spot *open;         /* instead of paths; else NULL */
    atomic_bool stop;                 /* nothing more is read */
    int64_t told_ns;                  /* when the progress was told last */
} walk;

/* --- threads that read ------------------------------------------------------------------------------------
 */

static slot *next_slot(walk *w)
{
    slot *s = NULL;
    pthread_mutex_lock(&w->lock);
    while (w->taken == w->added && !w->closing)
        pthread_cond_wait(&w->work, &w->lock);
    if (w->taken < w->added)
        s = &w->slots[w->taken++ % SLOTS];
    pthread_mutex_unlock(&w->lock);
    return s;
}

typedef struct worker {
    walk *walk;
    yj_scan_reader *reader;
    slot *slot;
    pthread_t thread;
} worker;

static void free_inner(inner *i)
{
    free(i->path);
    free(i);
}

/* Into the row of its container. Waits while that is full: of the oldest file under way it is emptied. */
static void keep_inner(void *with, const yj_scan_file *f)
{
    worker *k = with;
    walk *w = k->walk;
    slot *s = k->slot;
    inner *i = malloc(sizeof *i + f->places * sizeof i->place[0]);
    char *path = strdup(f->path ? f->path : "");
    if (i && path) {
        i->next = NULL;
        i->file = *f;
        i->path = path;
        if (f->places)
            memcpy(i->place, f->place, f->places * sizeof i->place[0]);
    }
    pthread_mutex_lock(&w->lock);
    while (s->waiting >= INSIDE_MAX && !w->closing)
        pthread_cond_wait(&w->room, &w->lock);
    if (!i || !path)
        w->no_memory = true;
    if (w->closing || w->no_memory) {
        free(path);
        free(i);
    } else {
        *s->last = i;
        s->last = &i->next;
        s->waiting++;
    }
    pthread_cond_signal(&w->ready);
    pthread_mutex_unlock(&w->lock);
}

static void *work(void *arg)
{
    worker *k = arg;
    walk *w = k->walk;
    for (slot *s = next_slot(w); s; s = next_slot(w)) {
        k->slot = s;
        if (s->fd >= 0) {
            yj_scan_read_file(k->reader, s->fd, (uint64_t)s->st.st_size, w->wish->show, s->places, &s->file,
                              &w->bytes);
            struct stat now;
            s->still = fstat(s->fd, &now) == 0 && yj_file_unchanged(&now, &s->st);
            close(s->fd);
        }
        pthread_mutex_lock(&w->lock);
        s->done = true;
        pthread_cond_signal(&w->ready);
        pthread_mutex_unlock(&w->lock);
    }
    return NULL;
}

/* --- reporting --------------------------------------------------------------------------------------------
 */

static void tell_progress(walk *w)
{
    if (!w->wish->progress)
        return;
    w->told_ns = yj_monotonic_ns();
    uint64_t bytes = atomic_load(&w->bytes), all = w->survey ? yj_scan_survey_bytes(w->survey) : 0;
    uint64_t files = w->survey ? yj_scan_survey_files(w->survey) : 0;
    w->wish->progress(w->wish->with,
                      &(yj_scan_progress){ .files = w->files,
                                           .files_total = files,
                                           .hits = w->hits,
                                           .bytes = bytes,
                                           .done = bytes,
                                           .total = all > w->remembered ? all - w->remembered : 0 });
}

static yj_status may_go_on(walk *w, yj_error *err)
{
    if (!w->wish->go_on)
        return YJ_OK;
    if (yj_monotonic_ns() - w->told_ns >= PROGRESS_MS * INT64_C(1000000))
        tell_progress(w);
    return w->wish->go_on(w->wish->with, err);
}

static yj_status save(walk *w, yj_error *err)
{
    return w->wish->memo ? yj_scan_memo_save(w->wish->memo, err) : YJ_OK;
}

/* One row, of the slot's file or of what stands in it. */
static yj_status tell(walk *w, const slot *s, yj_scan_file *f, yj_error *err)
{
    w->hits += f->hits;
    if (w->wish->memo && s->fd >= 0)
        YJ_TRY(yj_scan_memo_row(w->wish->memo, yj_buf_view(&s->raw), f, err));
    return w->wish->file(w->wish->with, f, err);
}

typedef struct telling {
    walk *w;
    const slot *s;
} telling;

static yj_status tell_remembered(void *with, yj_scan_file *f, yj_error *err)
{
    const telling *t = with;
    if (f->depth == 0) {
        f->raw = t->s->raw.ptr;
        f->root = t->s->root;
    }
    return tell(t->w, t->s, f, err);
}

static yj_status report_remembered(walk *w, const slot *s, yj_error *err)
{
    telling t = { w, s };
    w->remembered += (uint64_t)s->st.st_size;
    w->files++;
    return yj_scan_memo_tell(w->wish->memo, s->known, s->path.ptr, tell_remembered, &t, err);
}

/* Report the oldest file under way, once it is done. */
static yj_status report_inner(walk *w, const slot *of, inner *first, yj_error *err)
{
    yj_status s = YJ_OK;
    for (inner *i = first, *next; i; i = next) {
        next = i->next;
        i->file.path = i->path;
        i->file.place = i->place;
        if (s == YJ_OK)
            s = tell(w, of, &i->file, err);
        free_inner(i);
    }
    return s;
}

/* What waits in a slot; under lock. */
static inner *take_inner(walk *w, slot *s)
{
    inner *first = s->first;
    s->first = NULL;
    s->last = &s->first;
    s->waiting = 0;
    if (first)
        pthread_cond_broadcast(&w->room);
    return first;
}

static yj_status report_one(walk *w, yj_error *err)
{
    slot *s = &w->slots[w->reported % SLOTS];
    pthread_mutex_lock(&w->lock);
    while (!s->done || s->first) {
        inner *first = take_inner(w, s);
        if (first) {
            pthread_mutex_unlock(&w->lock);
            yj_status status = report_inner(w, s, first, err);
            tell_progress(w);
            YJ_TRY(status);
            YJ_TRY(may_go_on(w, err));
            pthread_mutex_lock(&w->lock);
            continue;
        }
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += PROGRESS_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&w->ready, &w->lock, &until);
        pthread_mutex_unlock(&w->lock);
        tell_progress(w);
        YJ_TRY(may_go_on(w, err));
        YJ_TRY(save(w, err));
        pthread_mutex_lock(&w->lock);
    }
    bool no_memory = w->no_memory;
    pthread_mutex_unlock(&w->lock);
    if (no_memory)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    s->done = false;
    w->reported++;
    if (s->known)
        return report_remembered(w, s, err);
    w->files += s->fd >= 0;
    s->file.path = s->path.ptr;
    s->file.raw = s->raw.ptr;
    s->file.root = s->root;
    YJ_TRY(tell(w, s, &s->file, err));
    return w->wish->memo && s->fd >= 0 ? yj_scan_memo_end(w->wish->memo, &s->st, s->at_ns, s->still, err)
                                       : YJ_OK;
}

/* Put a file, or what stands in for one, into the row. @param st of a file; else NULL
 * @param known its number in the memo, which is told instead; 0: none */
static yj_status add(walk *w, int fd, const struct stat *st, int64_t known, yj_scan_file what, yj_error *err)
{
    if (w->added - w->reported == SLOTS) {
        yj_status s = report_one(w, err);
        if (s != YJ_OK) {
            if (fd >= 0)
                close(fd);
            return s;
        }
    }
    slot *s = &w->slots[w->added % SLOTS];
    yj_buf_clear(&s->path);
    yj_scan_printable(yj_buf_view(&w->path), &s->path);
    yj_buf_clear(&s->raw);
    yj_buf_span(&s->raw, yj_buf_view(&w->path));
    s->root = w->root;
    s->fd = fd;
    s->st = st ? *st : (struct stat){ 0 };
    s->at_ns = yj_clock_system().now_ns(yj_clock_system().self);
    s->known = known;
    s->file = what;
    s->file.path = s->path.ptr;
    pthread_mutex_lock(&w->lock);
    w->added++;
    pthread_cond_signal(&w->work);
    pthread_mutex_unlock(&w->lock);
    YJ_TRY(yj_buf_status(&s->raw, err));
    return yj_buf_status(&s->path, err);
}

static yj_status add_closed(walk *w, yj_scan_state state, yj_scan_reason reason, int sys_errno, uint64_t size,
                            yj_error *err)
{
    return add(w, -1, NULL, 0,
               (yj_scan_file){
                   .state = state, .reason = reason, .sys_errno = sys_errno, .format = "", .size = size },
               err);
}

static yj_status add_refused(walk *w, int sys_errno, yj_error *err)
{
    w->refused = true;
    return add_closed(w, YJ_SCAN_STATE_UNREADABLE, YJ_SCAN_BECAUSE_SYSTEM, sys_errno, 0, err);
}

/* --- the walk ---------------------------------------------------------------------------------------------
 */

typedef struct folder {
    const struct folder *parent;
    dev_t dev;
    ino_t ino;
    unsigned depth;
} folder;

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_names(yj_names *n)
{
    yj_names_free(n);
}

/* The names in an open folder, sorted. *ret_errno: the system refused. */
static yj_status names_of(int fd, yj_names *ret, int *ret_errno, yj_error *err)
{
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    DIR *d = own >= 0 ? fdopendir(own) : NULL;
    size_t room = 0;
    yj_status s = YJ_OK;
    *ret = (yj_names){ NULL, 0 };
    *ret_errno = d ? 0 : errno;
    if (!d && own >= 0)
        close(own);
    while (d && s == YJ_OK) {
        errno = 0;
        const struct dirent *e = readdir(d);
        if (!e) {
            *ret_errno = errno;
            break;
        }
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (ret->count == room) {
            size_t more = room ? room * 2 : 64;
            char **grown = realloc(ret->name, more * sizeof *grown);
            s = grown ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
            ret->name = grown ? grown : ret->name;
            room = grown ? more : room;
        }
        if (s == YJ_OK && !(ret->name[ret->count] = strdup(e->d_name)))
            s = yj_fail(err, YJ_E_NOMEM, "out of memory");
        ret->count += s == YJ_OK;
    }
    if (d)
        closedir(d);
    if (s == YJ_OK && ret->count > 0)
        qsort(ret->name, ret->count, sizeof *ret->name, by_bytes);
    return s;
}

static void closep(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static yj_status enter(walk *w, int at, const char *name, const folder *parent, int follow, yj_error *err);

/* Is a name to be divided from the path so far? A label that ends in ':' is whole already. */
static bool needs_slash(const walk *w, const folder *parent)
{
    char last = w->path.len ? w->path.ptr[w->path.len - 1] : '\0';
    return last != '/' && !(last == ':' && w->open && !parent);
}

static yj_status enter_folder(walk *w, int fd, const struct stat *st, const folder *parent, yj_error *err)
{
    const struct stat *out = w->wish->keep_out;
    if (out && out->st_dev == st->st_dev && out->st_ino == st->st_ino)
        return add_refused(w, EACCES, err);
    folder here = { parent, st->st_dev, st->st_ino, parent ? parent->depth + 1 : 0 };
    for (const folder *f = parent; f; f = f->parent)
        if (f->dev == here.dev && f->ino == here.ino)
            return add_closed(w, YJ_SCAN_STATE_SKIPPED, YJ_SCAN_BECAUSE_LOOP, 0, 0, err);
    if (here.depth > YJ_SCAN_DEPTH_MAX)
        return add_closed(w, YJ_SCAN_STATE_SKIPPED, YJ_SCAN_BECAUSE_DEPTH, 0, 0, err);
    yj_auto(free_names) yj_names names = { NULL, 0 };
    int refused = 0;
    YJ_TRY(names_of(fd, &names, &refused, err));
    if (refused)
        YJ_TRY(add_refused(w, refused, err));
    for (size_t i = 0; i < names.count; i++) {
        size_t len = w->path.len;
        if (needs_slash(w, parent))
            yj_buf_char(&w->path, '/');
        yj_buf_str(&w->path, names.name[i]);
        YJ_TRY(yj_buf_status(&w->path, err));
        YJ_TRY(enter(w, fd, names.name[i], &here, AT_SYMLINK_NOFOLLOW, err));
        w->path.len = len;
        w->path.ptr[len] = '\0';
    }
    return YJ_OK;
}

/* An open file; *fd is taken. */
static yj_status add_file(walk *w, int *fd, const struct stat *st, yj_error *err)
{
    yj_scan_memo *memo = w->wish->memo;
    int64_t known = 0;
    if (memo && yj_scan_memo_is(memo, st))
        return yj_fail(err, YJ_E_USAGE, "the state has to lie outside %s", w->paths[w->root]);
    if (memo)
        YJ_TRY(yj_scan_memo_find(memo, yj_buf_view(&w->path), st, w->wish->show, &known, err));
    if (known)
        return add(w, -1, st, known, (yj_scan_file){ .format = "" }, err);
    int taken = *fd;
    *fd = -1;
    return add(w, taken, st, 0, (yj_scan_file){ .format = "" }, err);
}

static yj_status enter(walk *w, int at, const char *name, const folder *parent, int follow, yj_error *err)
{
    struct stat st;
    YJ_TRY(may_go_on(w, err));
    if (fstatat(at, name, &st, follow) != 0)
        return add_refused(w, errno, err);
    if (S_ISLNK(st.st_mode))
        return add_closed(w, YJ_SCAN_STATE_SKIPPED, YJ_SCAN_BECAUSE_LINK, 0, 0, err);
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return add_closed(w, YJ_SCAN_STATE_SKIPPED, YJ_SCAN_BECAUSE_SPECIAL, 0, 0, err);
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (follow ? O_NOFOLLOW : 0);
    yj_auto(closep) int fd = openat(at, name, flags);
    if (fd < 0 || fstat(fd, &st) != 0)
        return add_refused(w, errno, err);
    if (S_ISDIR(st.st_mode))
        return enter_folder(w, fd, &st, parent, err);
    if (!S_ISREG(st.st_mode)) /* another one took its place */
        return add_closed(w, YJ_SCAN_STATE_SKIPPED, YJ_SCAN_BECAUSE_SPECIAL, 0, 0, err);
    return add_file(w, &fd, &st, err);
}

/* What is open already. Its descriptor stays as it is: another has its place in the folder. */
static yj_status enter_open(walk *w, yj_error *err)
{
    struct stat st;
    yj_buf_str(&w->path, w->open->label);
    YJ_TRY(yj_buf_status(&w->path, err));
    YJ_TRY(may_go_on(w, err));
    if (fstat(w->open->fd, &st) != 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", w->open->label);
    yj_auto(closep) int fd = S_ISDIR(st.st_mode)
                                 ? openat(w->open->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                                 : fcntl(w->open->fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", w->open->label);
    return S_ISDIR(st.st_mode) ? enter_folder(w, fd, &st, NULL, err) : add_file(w, &fd, &st, err);
}

static yj_status go_through(walk *w, const char *const *paths, size_t count, yj_error *err)
{
    if (w->open)
        YJ_TRY(enter_open(w, err));
    for (size_t i = 0; i < count; i++) {
        w->root = i;
        yj_buf_clear(&w->path);
        yj_buf_str(&w->path, paths[i]);
        YJ_TRY(yj_buf_status(&w->path, err));
        YJ_TRY(enter(w, AT_FDCWD, paths[i], NULL, 0, err));
    }
    while (w->reported < w->added)
        YJ_TRY(report_one(w, err));
    tell_progress(w);
    if (!w->wish->memo)
        return YJ_OK;
    for (size_t i = 0; i < count && !w->refused; i++)
        YJ_TRY(yj_scan_memo_forget(w->wish->memo, paths[i], err));
    return yj_scan_memo_finish(w->wish->memo, err);
}

static yj_status with_workers(walk *w, const char *const *paths, size_t count, yj_error *err)
{
    worker workers[YJ_SCAN_THREADS] = { 0 };
    size_t running = 0;
    yj_status s = YJ_OK;
    for (size_t i = 0; i < YJ_SCAN_THREADS && s == YJ_OK; i++) {
        workers[i] = (worker){ .walk = w, .reader = yj_scan_reader_new() };
        if (workers[i].reader) {
            yj_scan_reader_wish(workers[i].reader, w->wish);
            yj_scan_reader_stop(workers[i].reader, &w->stop);
            yj_scan_reader_open(workers[i].reader, w->wish->limits ? w->wish->limits : &yj_box_usual,
                                keep_inner, &workers[i]);
        }
        if (!workers[i].reader || pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            s = yj_fail(err, YJ_E_NOMEM, "out of memory");
        else
            running++;
    }
    if (s == YJ_OK)
        s = go_through(w, paths, count, err);
    atomic_store(&w->stop, true);
    pthread_mutex_lock(&w->lock);
    w->closing = true;
    pthread_cond_broadcast(&w->work);
    pthread_cond_broadcast(&w->room);
    pthread_mutex_unlock(&w->lock);
    for (size_t i = 0; i < running; i++)
        pthread_join(workers[i].thread, NULL);
    for (size_t i = 0; i < YJ_SCAN_THREADS; i++)
        if (workers[i].reader)
            yj_scan_reader_free(workers[i].reader);
    return s;
}

static yj_status run(const char *const *paths, size_t count, const yj_scan_spot *open,
                     const yj_scan_wish *wish, yj_error *err)
{
    walk *w = calloc(1, sizeof *w);
    if (!w)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, NULL);
    pthread_cond_init(&w->room, NULL);
    pthread_cond_init(&w->ready, &monotonic);
    pthread_condattr_destroy(&monotonic);
    w->wish = wish;
    w->paths = paths;
    w->open = open;
    yj_buf_init(&w->path, PATH_BYTES_MAX);
    for (size_t i = 0; i < SLOTS; i++) {
        yj_buf_init(&w->slots[i].path, 4 * PATH_BYTES_MAX);
        yj_buf_init(&w->slots[i].raw, PATH_BYTES_MAX);
        w->slots[i].last = &w->slots[i].first;
    }
    yj_scan_survey_of of = {
        .paths = paths, .count = count, .fd = open ? open->fd : -1, .keep_out = wish->keep_out
    };
    w->survey = wish->progress ? yj_scan_survey_new(&of) : NULL;
    yj_status s = with_workers(w, paths, count, err);
    yj_scan_survey_free(w->survey);
    for (size_t i = 0; i < SLOTS; i++) {
        yj_buf_done(&w->slots[i].path);
        yj_buf_done(&w->slots[i].raw);
        for (inner *in = w->slots[i].first, *next; in; in = next) {
            next = in->next;
            free_inner(in);
        }
    }
    yj_buf_done(&w->path);
    pthread_cond_destroy(&w->work);
    pthread_cond_destroy(&w->room);
    pthread_cond_destroy(&w->ready);
    pthread_mutex_destroy(&w->lock);
    free(w);
    return s;
}

yj_status yj_scan_run(const char *const *paths, size_t count, const yj_scan_wish *wish, yj_error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct stat st;
        if (stat(paths[i], &st) != 0)
            return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", paths[i]);
    }
    return run(paths, count, NULL, wish, err);
}

yj_status yj_scan_run_at(const yj_scan_spot *at, const yj_scan_wish *wish, yj_error *err)
{
    return run(NULL, 0, at, wish, err);
}
