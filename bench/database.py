#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rows of two databases side by side, beside plain reads of the same rows in the same run.

    bench/database.py YUNJIAN [RESULTS]

Three sizes of one table, made from a seed, memory-backed for SQLite; with YJ_TEST_PG_URL (tools/with-postgres) also on
PostgreSQL, each with one row that differs. Each command runs three times; the best wall time counts, with its CPU
seconds (of this side: servers have their own). Rows "target, figure, ratio, verdict" are appended to RESULTS.
"""
import json
import os
import random
import sqlite3
import subprocess
import sys

from measure import append, best, in_memory

SIZES = [("small", 100_000), ("middle", 500_000), ("large", 2_000_000)]
PG_SIZES = [("small", 10_000), ("middle", 100_000), ("large", int(os.environ.get("PG_ROWS", 1_000_000)))]
SEED = 20261128
PG_TABLE = ("CREATE TABLE inv(id bigint PRIMARY KEY, path text, size bigint, hash text, kind text, hits int, score float8);"
            "INSERT INTO inv SELECT i, '/srv/data/' || i % 97 || '/file-' || i, i * 7919 % 1000003, md5(i::text), 'text/csv',"
            " i % 100, i / 3.0 FROM generate_series(1, {}::bigint) i; ANALYZE inv")


def make_lite(path, rows, change):
    r = random.Random(SEED)
    c = sqlite3.connect(path)
    c.execute("PRAGMA journal_mode = off")
    c.execute("CREATE TABLE inv(id INTEGER PRIMARY KEY, path TEXT, size INTEGER, hash TEXT, kind TEXT, hits INTEGER, score REAL)")
    c.executemany("INSERT INTO inv VALUES(?,?,?,?,?,?,?)",
                  ((i, f"/srv/data/{i % 97}/file-{i}", r.randrange(1 << 30), f"{r.getrandbits(256):064x}", "text/csv",
                    i % 100 + (i == change), r.random()) for i in range(1, rows + 1)))
    c.commit()
    c.close()


def found_one(out, rows):
    v = json.loads(out)
    assert v["counts"]["expected"] == rows and v["counts"]["changed"] == 1 and v["counts"]["matched"] == rows - 1, v["counts"]
    return v["moved"]


def lite(yunjian, work, name, rows, out_rows):
    a, b = f"{work}/a.db", f"{work}/b.db"
    make_lite(a, rows, 0)
    make_lite(b, rows, rows // 3)
    (wall, cpu), out = best(f"'{yunjian}' verify database {a} {b} --json", failing=True)
    found_one(out, rows)
    (read, read_cpu), _ = best("python3 -c 'import sqlite3, sys\nfor p in sys.argv[1:]: "
                               f"sqlite3.connect(p).execute(\"SELECT count(*), sum(length(path) + size + length(hash) + hits + score) FROM inv\").fetchall()' {a} {b}")
    print(f"SQLite, {name}: {rows} row pairs of 7 columns: {wall:.2f} s, CPU {cpu:.2f} s, {rows / wall / 1e6:.2f} M pairs/s, "
          f"{rows / cpu / 1e6:.2f} M for each CPU second; SQLite itself adding up the columns of both: {read:.2f} s, CPU {read_cpu:.2f} s")
    out_rows.append((f"{name}: SQLite to SQLite >= 1 M row pairs/s per core", f"{rows / cpu / 1e6:.2f} M/s", f"{read_cpu / cpu:.2f} of a plain read",
                     "met" if rows / cpu >= 1e6 else "NOT MET"))
    os.remove(a)
    os.remove(b)


def postgres(yunjian, url, work, name, rows, out_rows):
    base, _, options = url.partition("?")
    server = base.rsplit("/", 1)[0]
    names = [f"yj_bench_{os.getpid()}_{x}" for x in "ab"]
    a, b = (f"{server}/{n}" + (f"?{options}" if options else "") for n in names)
    try:
        for n, u in zip(names, (a, b)):
            subprocess.run(["psql", "-q", url, "-c", f"CREATE DATABASE {n}"], check=True)
            subprocess.run(["psql", "-q", u, "-c", PG_TABLE.format(rows)], check=True)
        subprocess.run(["psql", "-q", b, "-c", f"UPDATE inv SET hits = hits + 1 WHERE id = {rows // 3}"], check=True)
        (wall, cpu), out = best(f"'{yunjian}' verify database '{a}' '{b}' --json", failing=True)
        moved = found_one(out, rows)
        copy = "COPY (SELECT * FROM inv ORDER BY id) TO STDOUT"
        (both, _), _ = best(f"psql -q '{a}' -c '{copy}' >{work}/x & psql -q '{b}' -c '{copy}' >{work}/y & wait")
        bytes_moved = moved["bytesExpected"] + moved["bytesFound"]
        all_bytes = os.path.getsize(f"{work}/x") + os.path.getsize(f"{work}/y")
        print(f"PostgreSQL, {name}: {rows} row pairs, one differs: {wall:.2f} s, CPU of this side {cpu:.2f} s; {bytes_moved} bytes moved "
              f"({moved['digestsOfRanges']} digests, {moved['rowsFetched']} rows); COPY of both at once: {both:.2f} s, {all_bytes} bytes")
        out_rows.append((f"{name}: PostgreSQL, bytes moved with one row of {rows} different", f"{bytes_moved} B, {wall:.2f} s",
                         f"{bytes_moved / all_bytes:.5f} of COPY's bytes, {wall / both:.2f} of its time", "-"))
    finally:
        for n in names:
            subprocess.run(["psql", "-q", url, "-c", f"DROP DATABASE IF EXISTS {n} WITH (FORCE)"], check=False)


def main():
    rows = []
    yunjian, url = os.path.abspath(sys.argv[1]), os.environ.get("YJ_TEST_PG_URL")
    with in_memory("database") as work:
        for name, count in SIZES:
            lite(yunjian, work, name, count, rows)
        for name, count in PG_SIZES if url else []:
            postgres(yunjian, url, work, name, count, rows)
        if not url:
            print("PostgreSQL: YJ_TEST_PG_URL names no server: not measured")
    if len(sys.argv) > 2:
        append(sys.argv[2], rows)


if __name__ == "__main__":
    sys.exit(main())
