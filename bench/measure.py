# SPDX-License-Identifier: Apache-2.0
"""What the measures of instruments share: the best of three runs of a command, a folder in memory, rows of results."""
import contextlib
import os
import resource
import shutil
import subprocess
import tempfile
import time

REPEATS = 3


def best(command, failing=False):
    """Of the run with the least wall time: (seconds, CPU seconds), and what it wrote. With `failing` it may end in any code."""
    figures, out = None, None
    for _ in range(REPEATS):
        before, t = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        p = subprocess.run(command, shell=True, check=not failing, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                           executable="/bin/bash")
        wall, after = time.monotonic() - t, resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        if figures is None or wall < figures[0]:
            figures, out = (wall, cpu), p.stdout
    return figures, out


@contextlib.contextmanager
def in_memory(name):
    """A folder for the time of the block, on a file system in memory where there is one."""
    work = tempfile.mkdtemp(prefix=f"yunjian-{name}-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    try:
        yield work
    finally:
        shutil.rmtree(work)


def append(path, rows):
    """Rows "target, figure, ratio, verdict"."""
    with open(path, "a", encoding="utf-8") as f:
        for r in rows:
            f.write("\t".join(r) + "\n")
