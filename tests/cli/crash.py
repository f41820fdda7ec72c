#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The server is killed (SIGKILL) at random instants, again and again, while everything is under way at once:
records made, changed and moved through a gate, judged; imports in batches; checkpoints signed; evidence
uploaded; backups made by another process, which is killed too. What was acknowledged must be there, what was
not may be there wholly or not at all, the ledger verifies, and rebuilding changes nothing. Prints TAP."""
import csv
import hashlib
import http.client
import io
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid

KILLS = 200
SECONDS = 60  # slow builds stop here, but not before KILLS_MIN
KILLS_MIN = 25
LIFE = 0.3
BATCH = 300
PROGRAM = os.environ["YUNJIAN"]
ROOT = os.environ["SOURCE_ROOT"]
os.environ["LC_ALL"] = "C.UTF-8"
FOLDER = tempfile.mkdtemp(prefix="yj-crash-")
DATA = FOLDER + "/data"

seed = int(os.environ.get("YJ_SEED") or time.time())
rng = random.Random(seed)
lock = threading.Lock()
items = {}  # id -> {"sent": levels sent since the last acknowledgement, "acked": level, "live": bool or None}
batches = {}  # number -> acknowledged?
files = {}  # digest -> (seed, size), acknowledged
notes = set()
counts = {"entries": 0, "imports": 0, "notes": 0, "files": 0, "open batches": 0, "backups cut": 0,
          "uploads cut": 0, "judgements": 0}
tests = failures = 0


def result(good, name, *detail):
    global tests, failures
    tests += 1
    failures += not good
    print(("ok" if good else "not ok"), tests, "-", name)
    for d in detail if not good else ():
        print("#", str(d)[:600])
    sys.stdout.flush()


def run(*args, data=DATA):
    where = ["--data", data] if data else []
    return subprocess.run([PROGRAM, *args, *where], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class Server:
    def __init__(self):
        self.process = subprocess.Popen([PROGRAM, "serve", "--open", "--data", DATA], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            raise SystemExit("Bail out! the server did not start: " + line + self.process.stderr.read())
        self.port = int(line.strip().rsplit(":", 1)[1])

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def end(self, how):
        self.process.send_signal(how)
        code = self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()
        return code


def ask(conn, method, path, body=None, kind="application/json"):
    """The answer, or None when the server died before it was whole."""
    try:
        conn.request(method, path, body, {"Content-Type": kind} if body is not None else {})
        answer = conn.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return None


API = "/api/v1/institutions/a"


def change_records(server, own):
    """Makes items of its own and changes them: level, then through the gate that wants level 3."""
    conn, mine = server.connect(), None
    while True:
        level = own.randint(1, 5)
        if mine is None or own.random() < 0.4:
            body = {"fields": {"number": "n%x" % own.getrandbits(60), "title": "t", "level": level}}
            got = ask(conn, "POST", API + "/records/item", json.dumps(body))
            if got is None:
                return
            if got[0] == 201:
                mine = json.loads(got[1])["id"]
                with lock:
                    items[mine] = {"acked": level, "sent": [], "live": False}
                    counts["entries"] += 1
        elif own.random() < 0.3 and items[mine]["live"] is False:
            items[mine]["live"] = None
            got = ask(conn, "POST", API + "/records/item/" + mine + "/transitions", '{"transition":"start"}')
            if got is None:
                return
            items[mine]["live"] = got[0] == 200
        else:
            items[mine]["sent"].append(level)
            got = ask(conn, "PATCH", API + "/records/item/" + mine, json.dumps({"fields": {"level": level}}))
            if got is None:
                return
            if got[0] == 200:
                with lock:
                    items[mine].update(acked=level, sent=[])
                    counts["entries"] += 1


def import_registers(server, own):
    conn = server.connect()
    while True:
        with lock:
            number = len(batches)
            batches[number] = False
        text = "number,title,level\n" + "".join("b%d-%d,t,%d\n" % (number, i, 1 + i % 5) for i in range(BATCH))
        got = ask(conn, "POST", API + "/import?name=item.csv", text, "text/csv")
        if got is None:
            return
        if got[0] == 200:
            with lock:
                batches[number] = True
                counts["imports"] += 1


def sign_checkpoints(server, own):
    conn = server.connect()
    while True:
        got = ask(conn, "GET", "/api/v1/ledgers/" + INSTITUTION + "/checkpoint")
        if got is None:
            return
        if got[0] == 200:
            with lock:
                notes.add(got[1].decode())
                counts["notes"] += 1
        time.sleep(0.01)


def contents(which, size):
    return random.Random(which).randbytes(size)


def upload_evidence(server, own):
    conn = server.connect()
    while True:
        which, size = own.getrandbits(40), own.randint(1, 600000)
        body = contents(which, size)
        got = ask(conn, "POST", "/api/v1/evidence", body, "application/octet-stream")
        if got is None:
            with lock:
                counts["uploads cut"] += 1
            return
        if got[0] == 201:
            with lock:
                files[hashlib.sha256(body).hexdigest()] = (which, size)
                counts["files"] += 1


def live_and_die(round_, life):
    server = Server()
    work = [change_records, change_records, change_records]
    work += [import_registers] if round_ % 2 == 0 else []
    work += [sign_checkpoints] if round_ % 3 != 0 else []
    work += [upload_evidence] if round_ % 3 == 0 else []
    threads = [threading.Thread(target=w, args=(server, random.Random(rng.getrandbits(60)))) for w in work]
    for t in threads:
        t.start()
    backup = None
    if round_ % 4 == 1:
        backup = subprocess.Popen([PROGRAM, "backup", FOLDER + "/backup", "--data", DATA], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
    time.sleep(rng.random() * life)
    server.end(signal.SIGKILL)
    if backup:
        time.sleep(rng.random() * 2 * LIFE)
        backup.kill()
        counts["backups cut"] += backup.wait() != 0
    for t in threads:
        t.join()


def rows(sql):
    db = sqlite3.connect("file:" + DATA + "/yunjian.db?mode=ro", uri=True)
    try:
        db.create_function("bytes_of", 1, lambda text: uuid.UUID(text).bytes)
        return db.execute(sql).fetchall()
    finally:
        db.close()


def derived():
    """All that is derived, but for the numbers of batches: they are how a row came in, not what it says."""
    out = []
    for (table,) in rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND (name LIKE 'r\\_%' ESCAPE '\\' OR "
                         "name LIKE 'l\\_%' ESCAPE '\\' OR name IN ('verdict', 'verdict_log')) ORDER BY name"):
        columns = [c[1] for c in rows("PRAGMA table_info(%s)" % table) if c[1] not in ("batch", "until_batch")]
        out.append((table, sorted(rows("SELECT %s FROM %s" % (", ".join(columns), table)), key=repr)))
    return out


def check(name):
    counts["judgements"] = rows("SELECT count(*) FROM entry WHERE op = 'judge'")[0][0]
    r = run("export", "-", "--kind", "item")  # opening undoes what was left open
    result(r.returncode == 0, name + ": it opens", r.stderr)
    result(rows("SELECT count(*) FROM open_batch") == [(0,)], name + ": no batch is open")
    r2 = run("ledger", "verify")
    result(r2.returncode == 0, name + ": the ledger verifies", r2.stdout, r2.stderr)
    found, of_batch, wrong = {}, {}, []
    for row in csv.DictReader(io.StringIO(r.stdout)):
        found[row["id"]] = row
        if row["number"].startswith("b"):
            number = int(row["number"][1:].split("-")[0])
            of_batch[number] = of_batch.get(number, 0) + 1
    for id_, item in items.items():
        row = found.get(id_)
        if not row or int(row["level"]) not in [item["acked"]] + item["sent"] or \
                (item["live"] is not None and item["live"] != (row["state"] == "live")):
            wrong.append((id_, item, row))
    result(not wrong, name + ": every acknowledged record is there as it was left", *wrong[:3])
    wrong = [(n, of_batch.get(n, 0)) for n, acked in batches.items()
             if of_batch.get(n, 0) != BATCH and (acked or of_batch.get(n, 0) != 0)]
    result(not wrong, name + ": every acknowledged import is there, every other wholly or not at all", *wrong[:3])
    kept = {n for (n,) in rows("SELECT note FROM checkpoint")}
    result(notes <= kept, name + ": every checkpoint given out is kept", len(notes - kept))
    wrong = []
    for folder, _, names in os.walk(DATA + "/evidence"):
        for n in names if not folder.endswith("/partial") else ():
            path = os.path.join(folder, n)
            with open(path, "rb") as f:
                if hashlib.sha256(f.read()).hexdigest() != os.path.basename(folder) + n:
                    wrong.append(path)
    result(not wrong, name + ": no file of evidence is cut", *wrong[:3])
    missing = [d for d in files if not os.path.exists("%s/evidence/%s/%s" % (DATA, d[:2], d[2:]))]
    result(not missing, name + ": every acknowledged file is there", *missing[:3])
    before = derived()
    r = run("rebuild")
    after = derived()
    result(r.returncode == 0 and before == after, name + ": rebuilding changes nothing", r.stderr,
           [b[0] for b, a in zip(before, after) if a != b])
    r = run("rebuild", "--judge", "--json")
    result(r.returncode == 0, name + ": every judgement follows from the records", r.stdout, r.stderr)
    if os.path.exists(FOLDER + "/backup"):
        r = run("restore", FOLDER + "/backup", FOLDER + "/restored", data=None)
        result(r.returncode == 0, name + ": a backup that is there is whole", r.stderr)
        shutil.rmtree(FOLDER + "/restored", ignore_errors=True)
        os.unlink(FOLDER + "/backup")


def check_verdicts():
    """What was not judged when the server died is judged when it lives again."""
    server = Server()
    conn = server.connect()
    deadline, left = time.monotonic() + 60, None
    while time.monotonic() < deadline:
        left = rows("SELECT count(*) FROM r_item r LEFT JOIN verdict v ON v.inst = r.inst AND v.subject = bytes_of(r.id) AND "
                    "v.requirement = (SELECT no FROM requirement_no WHERE id = '1-1') AND "
                    "v.status = CASE WHEN r.f_level >= 3 THEN 2 ELSE 0 END "
                    "WHERE v.subject IS NULL")[0][0]
        if left == 0:
            break
        time.sleep(0.1)
    result(left == 0, "verdicts catch up after the last start", left)
    wrong = []
    for digest, (which, size) in list(files.items())[-20:]:
        got = ask(conn, "GET", "/api/v1/evidence/" + digest)
        if not got or got[0] != 200 or got[1] != contents(which, size):
            wrong.append(digest)
    result(not wrong, "files are given back as they were sent", *wrong)
    result(server.end(signal.SIGTERM) == 0, "it ends cleanly")


def main():
    global INSTITUTION
    packs = [ROOT + "/packs/core", ROOT + "/tests/api/pack"]
    r = run("init", DATA, "--packs", *packs, data=None)
    r2 = run("institution", "add", "--code", "a", "--name", "A")
    result(r.returncode == 0 and r2.returncode == 0, "an installation", r.stderr, r2.stderr)
    INSTITUTION = json.loads(run("institution", "list", "--json").stdout)[0]["id"]
    began, kills = time.monotonic(), 0
    lived = lambda: time.monotonic() - began
    # on a slow machine it goes on until everything has been under way
    while (kills < KILLS and (lived() < SECONDS or kills < KILLS_MIN)) or (
            not all(counts.values()) and lived() < 4 * SECONDS):
        # where even a small import takes longer than such a life, lives grow
        live_and_die(kills, LIFE * max(1, lived() / SECONDS * 3))
        counts["open batches"] += rows("SELECT count(*) FROM open_batch")[0][0] > 0
        kills += 1
        if kills % 50 == 0:
            check("after %d kills" % kills)
    check("after all %d kills" % kills)
    check_verdicts()
    print("# seed %d, %.0f s; %s" % (seed, time.monotonic() - began, ", ".join("%d %s" % (v, k) for k, v in counts.items())))
    result(all(counts.values()), "everything was under way when it was cut", counts)
    print("1..%d" % tests)
    return failures > 0


try:
    sys.exit(main())
finally:
    shutil.rmtree(FOLDER, ignore_errors=True)
