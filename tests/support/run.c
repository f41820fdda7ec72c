// SPDX-License-Identifier: Apache-2.0
#include "run.h"

#include <errno.h>
#include <spawn.h>
#include <stdint.h>
#include <unistd.h>

pid_t yj_test_run(const char *const argv[], int in, int out, int said)
{
    pid_t pid = -1;
    posix_spawn_file_actions_t files;
    int e = posix_spawn_file_actions_init(&files);
    if (e == 0) {
        if (in >= 0)
            e = posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
        if (e == 0 && out >= 0)
            e = posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
        if (e == 0 && said >= 0)
            e = posix_spawn_file_actions_adddup2(&files, said, STDERR_FILENO);
        if (e == 0) /* posix_spawnp changes nothing of it */
            e = posix_spawnp(&pid, argv[0], &files, NULL, (char *const *)(uintptr_t)argv, environ);
        posix_spawn_file_actions_destroy(&files);
    }
    errno = e;
    return e == 0 ? pid : -1;
}
