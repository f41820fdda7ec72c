#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lists of digests and comparisons of files, beside other programs in the same run, on memory-backed data.

    bench/files.py YUNJIAN [RESULTS]

Three trees are made from a seed, measured, and removed: many small files, files of 50 KB, a few large ones. Each
command runs three times; the best wall time counts, with its CPU seconds. A program that is not installed is left
out. Rows "target, figure, ratio, verdict" are appended to RESULTS.
"""
import os
import random
import shutil
import sys

from measure import append, best, in_memory

SIZES = [("small", 20000, 4_000), ("middle", 20000, 50_000), ("large", 16, 64_000_000)]  # name, files, bytes of each
SEED = 20261128


def make(folder, count, size):
    r = random.Random(SEED)
    block = r.randbytes(size)
    for i in range(count):
        sub = f"{folder}/{i % 40}/{i % 7}"
        os.makedirs(sub, exist_ok=True)
        with open(f"{sub}/f{i}", "wb") as f:
            f.write(i.to_bytes(8, "big") + block[8:])


def measure(yunjian, work, name, count, size, rows):
    a, b = f"{work}/a", f"{work}/b"
    make(a, count, size)
    shutil.copytree(a, b)
    mb = count * size / 1e6
    # ours, theirs, by which figure (0 wall, 1 CPU), the least ratio theirs/ours; None: no target, shown only
    manifest, compare = f"'{yunjian}' verify manifest make {a}", f"'{yunjian}' verify compare {a} {b}"
    pairs = [
        (manifest, "rhash", f"rhash --sha256 -r {a}", 0, 2.0),
        (manifest, "sha256sum", f"find {a} -type f -print0 | xargs -0 -P 2 -n 500 sha256sum", 0, None),
        (manifest + " --hash sm3", "openssl", f"find {a} -type f -print0 | xargs -0 -n 500 openssl dgst -sm3 -r", 1, 5.0),
        (compare, "diff", f"diff -rq {a} {b}", 0, 1 / 1.3),
        (compare, "rclone", f"rclone check --download --checkers 2 {a} {b}", 0, 1.0),
    ]
    ours = {}
    for command, peer, theirs, which, target in pairs:
        if command not in ours:
            ours[command], _ = best(f"{command} >/dev/null")
        mine = ours[command]
        what = command.split(" verify ", 1)[1].replace(work + "/", "")
        if not shutil.which(peer):
            print(f"{name}: {what}: {mb / mine[0]:.0f} MB/s, CPU {mine[1]:.2f} s; {peer} is not installed")
            continue
        peers, _ = best(f"{theirs} >/dev/null")
        ratio = peers[which] / max(mine[which], 0.001)
        print(f"{name} ({count} files, {mb:.0f} MB): {what}: {mine[0]:.2f} s, CPU {mine[1]:.2f} s, {mb / mine[0]:.0f} MB/s; "
              f"{peer}: {peers[0]:.2f} s, CPU {peers[1]:.2f} s")
        if target:
            rows.append((f"{name}: {what} beside {peer}: {'CPU' if which else 'wall'} at least {target:.2f} times as fast",
                         f"{mb / mine[0]:.0f} MB/s", f"{ratio:.2f}", "met" if ratio >= target else "NOT MET"))
    shutil.rmtree(a)
    shutil.rmtree(b)


def main():
    rows = []
    with in_memory("files") as work:
        for name, count, size in SIZES:
            measure(os.path.abspath(sys.argv[1]), work, name, count, size, rows)
    if len(sys.argv) > 2:
        append(sys.argv[2], rows)


if __name__ == "__main__":
    sys.exit(main())
