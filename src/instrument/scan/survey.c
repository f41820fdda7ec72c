// SPDX-License-Identifier: Apache-2.0
#include "instrument/scan/survey.h"
#include "instrument/scan/scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct yj_scan_survey {
    yj_scan_survey_of of;
    atomic_bool ends, counted;
    atomic_ullong bytes, files;
    pthread_t thread;
};

static void count_folder(yj_scan_survey *s, int fd, unsigned depth);

static void count_file(yj_scan_survey *s, const struct stat *st)
{
    atomic_fetch_add(&s->bytes, (unsigned long long)st->st_size);
    atomic_fetch_add(&s->files, 1);
}

static bool is_shut(const yj_scan_survey *s, const struct stat *st)
{
    return s->of.keep_out && st->st_dev == s->of.keep_out->st_dev && st->st_ino == s->of.keep_out->st_ino;
}

static void count_one(yj_scan_survey *s, int at, const char *name, int flags, unsigned depth)
{
    struct stat st;
    if (fstatat(at, name, &st, flags) != 0)
        return;
    if (S_ISREG(st.st_mode))
        count_file(s, &st);
    if (!S_ISDIR(st.st_mode) || depth > YJ_SCAN_DEPTH_MAX || is_shut(s, &st))
        return;
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (flags ? O_NOFOLLOW : 0));
    if (fd >= 0)
        count_folder(s, fd, depth);
}

/* @param fd is closed */
static void count_folder(yj_scan_survey *s, int fd, unsigned depth)
{
    DIR *d = fdopendir(fd);
    if (!d) {
        close(fd);
        return;
    }
    for (const struct dirent *e = readdir(d); e && !atomic_load(&s->ends); e = readdir(d))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            count_one(s, dirfd(d), e->d_name, AT_SYMLINK_NOFOLLOW, depth + 1);
    closedir(d);
}

static void count_open(yj_scan_survey *s, int fd)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        count_file(s, &st);
    int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* with a place in it of its own */
    if (own >= 0)
        count_folder(s, own, 0);
}

static void *count_all(void *arg)
{
    yj_scan_survey *s = arg;
    if (s->of.paths)
        for (size_t i = 0; i < s->of.count; i++)
            count_one(s, AT_FDCWD, s->of.paths[i], 0, 0);
    else
        count_open(s, s->of.fd);
    atomic_store(&s->counted, true);
    return NULL;
}

yj_scan_survey *yj_scan_survey_new(const yj_scan_survey_of *of)
{
    yj_scan_survey *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->of = *of;
    if (pthread_create(&s->thread, NULL, count_all, s) == 0)
        return s;
    free(s);
    return NULL;
}

uint64_t yj_scan_survey_bytes(yj_scan_survey *s)
{
    return atomic_load(&s->counted) ? atomic_load(&s->bytes) : 0;
}

uint64_t yj_scan_survey_files(yj_scan_survey *s)
{
    return atomic_load(&s->counted) ? atomic_load(&s->files) : 0;
}

void yj_scan_survey_free(yj_scan_survey *s)
{
    if (!s)
        return;
    atomic_store(&s->ends, true);
    pthread_join(s->thread, NULL);
    free(s);
}
