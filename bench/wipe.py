#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Overwriting and reading back, beside dd, shred and nwipe in the same run, on files of three sizes.

    bench/wipe.py YUNJIAN [RESULTS]

Each command runs three times in turn with the others; the best wall time counts. Ours is taken apart by the times
of its own steps: writing (with the flush) is held against dd and shred, which do not read back, and reading back
against dd. nwipe runs on a loop device, where there is one. Rows "target, figure, ratio, verdict" are appended to RESULTS.
"""
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

SIZES = [("256 MB", 256_000_000), ("512 MB", 512_000_000), ("1 GB", 1_024_000_000)]  # whole blocks of 4 KiB
RUNS = 3


def seconds(command):
    t = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - t


def instant(text):
    whole, _, fraction = text.rstrip("Z").partition(".")
    return datetime.datetime.fromisoformat(whole).timestamp() + float("0." + (fraction or "0"))


def ours(yunjian, target, method):
    """Seconds of writing, of reading back, of the whole command."""
    plan = json.loads(subprocess.run([yunjian, "wipe", "plan", target, "--grade", "1", "destination=reuse", "--json"],
                                     check=True, stdout=subprocess.PIPE).stdout)
    t = time.monotonic()
    out = subprocess.run([yunjian, "wipe", "run", target, "destination=reuse", "--grade", "1", "--method", method, "--serial",
                          plan["serial"], "--by", "A", "--witness", "B", "--json"], check=True, stdout=subprocess.PIPE).stdout
    wall = time.monotonic() - t
    at = {s["step"]: instant(s["at"]) for s in json.loads(out)["steps"]}
    return at["written"] - at["canaries-put"], at["read-back"] - at["written"], wall


def measure(yunjian, work, name, size, rows):
    target = f"{work}/target"
    count = ["bs=4M", "iflag=count_bytes", f"count={size}"]
    dd = ["dd", "if=/dev/zero", f"of={target}", "oflag=direct", "conv=notrunc,fdatasync", *count]
    read = ["dd", f"if={target}", "of=/dev/null", "bs=4M", "iflag=direct"]
    subprocess.run(dd, check=True, stderr=subprocess.DEVNULL)
    best = {}

    def keep(key, value):
        best[key] = min(value, best.get(key, value))

    for _ in range(RUNS):
        keep("dd", seconds(dd))
        w, r, t = ours(yunjian, target, "zeros")
        keep("zeros", w), keep("back", r), keep("zeros, all", t)
        keep("dd read", seconds(read))
        w, r, t = ours(yunjian, target, "random")
        keep("random", w), keep("back random", r), keep("random, all", t)
        keep("shred zeros", seconds(["shred", "-n0", "-z", target]))
        keep("shred random", seconds(["shred", "-n1", target]))
    if shutil.which("nwipe") and name == SIZES[0][0]:
        nwipe(target, keep)
    pairs = [("zeros", "dd", 0.9), ("random", "dd", 0.9), ("back", "dd read", 0.9), ("back random", "dd read", 0.9),
             ("zeros", "shred zeros", 1.0), ("random", "shred random", 1.0), ("zeros, all", "nwipe", 1.0)]
    for mine, theirs, least in pairs:
        if theirs not in best:
            continue
        ratio = best[theirs] / best[mine]
        rows.append((f"wipe {name}: {mine} against {theirs}, at least {least}",
                     f"{size / best[mine] / 1e6:,.0f} MB/s; {size / best[theirs] / 1e6:,.0f} MB/s", f"{ratio:.2f}",
                     "met" if ratio >= least else "NOT MET"))
    os.unlink(target)


def nwipe(target, keep):
    made = subprocess.run(["losetup", "--find", "--show", target], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if made.returncode != 0:
        return
    loop = made.stdout.strip()
    try:
        keep("nwipe", seconds(["nwipe", "--autonuke", "--nogui", "--nowait", "--method=zero", "--verify=last", "--noblank", loop]))
    except subprocess.CalledProcessError:
        pass
    finally:
        subprocess.run(["losetup", "-d", loop], check=False)


def main():
    rows = []
    work = tempfile.mkdtemp(prefix="yunjian-wipe-", dir=os.environ.get("WORK") or os.environ.get("TMPDIR") or "/tmp")
    try:
        for name, size in SIZES:
            measure(sys.argv[1], work, name, size, rows)
    finally:
        shutil.rmtree(work)
    out = open(sys.argv[2], "a", encoding="utf-8") if len(sys.argv) > 2 else sys.stdout
    for row in rows:
        print("\t".join(row), file=out)


main()
