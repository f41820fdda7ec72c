#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An institution's own questions, asked before and after: SQL of SQLite and PostgreSQL, HTTP of a real server.
. "$(dirname "$0")/tap.sh"

python3 -c 'import sqlite3; c = sqlite3.connect("a.db"); c.executescript("CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES(1, NULL), (2, 0), (3, 7)"); c.commit()'
mkdir www
echo '{"ok":true}' >www/health
python3 -u -m http.server 0 --bind 127.0.0.1 --directory www >http.log 2>&1 &
pids+=($!)
until grep -q 'port [0-9]' http.log; do kill -0 ${pids[0]} || exit 99; sleep 0.05; done
port=$(sed -n 's/.* port \([0-9]*\).*/\1/p' http.log | head -1)

cat >q.yaml <<Q
databases:
  a: sqlite:a.db
questions:
  - {name: how many, database: a, sql: SELECT count(*) FROM t, expect: "3"}
  - {name: which, database: a, sql: "SELECT id, v FROM t ORDER BY id", rows: 3}
  - {name: the sum, database: a, sql: SELECT sum(id) FROM t}
  - {name: front page, http: "http://127.0.0.1:$port/health", status: 200, contains: '"ok":true'}
  - {name: page, http: "http://127.0.0.1:$port/health"}
Q
run verify business q.yaml --out before.json --name before --json
exits 1 "the first run: two questions have nothing to be compared with"
is "which is counted" "$(json '(v["counts"]["matched"], v["counts"]["skipped"], v["label"])')" "(3, 2, 'before')"
is "the run is nobody else's" "$(stat -c %a before.json)" 600
run verify business q.yaml before.json
exits 0 "again: as before"
run attest keygen k
run verify business q.yaml before.json --attest k a.att.json
run attest verify a.att.json --key k.pub
exits 0 "signed"
has "what it is" "$out" "urn:yunjian:attestation:verify-business:1"

python3 -c 'import sqlite3; c = sqlite3.connect("a.db"); c.execute("UPDATE t SET id = 9 WHERE id = 3"); c.commit()'
echo '{"ok":true} ' >www/health
run verify business q.yaml before.json --json
exits 1 "changed"
is "what changed" "$(json '[a["name"] for a in v["answers"] if a["status"] == "changed"]')" "['the sum', 'page']"
hasnt "no value is kept" "$(<before.json)$out" "ok\\\"" 
sed -i 's/expect: "3"/expect: "4"/; s/the sum/another sum/; s#health", status#nowhere", status#' q.yaml
run verify business q.yaml before.json --json
is "not as expected, gone and new" "$(json 'sorted((a["status"], a["name"]) for a in v["answers"])')" \
    "[('changed', 'front page'), ('changed', 'how many'), ('changed', 'page'), ('extra', 'another sum'), ('matched', 'which'), ('missing', 'the sum')]"

cat >w.yaml <<Q
databases: {a: "sqlite:a.db", none: "sqlite:none.db"}
questions:
  - {name: writes, database: a, sql: DELETE FROM t, rows: 0}
  - {name: two, database: a, sql: SELECT 1; SELECT 2, rows: 1}
  - {name: bad, database: a, sql: SELECT nothing FROM t, rows: 1}
  - {name: gone, database: none, sql: SELECT 1, rows: 1}
  - {name: empty, database: a, sql: SELECT v FROM t WHERE id = 1, expect: ""}
  - {name: none, database: a, sql: SELECT v FROM t WHERE id = 5, expect: ""}
  - {name: fine, database: a, sql: SELECT 1, rows: 1}
  - {name: nobody, http: "http://127.0.0.1:1/"}
Q
run verify business w.yaml --json
exits 1 "questions that fail"
is "cost one question each, and nothing is written" "$(json '[a["status"] for a in v["answers"]]')$(python3 -c 'import sqlite3; print(sqlite3.connect("a.db").execute("SELECT count(*) FROM t").fetchone()[0])')" \
    "['unreadable', 'unreadable', 'unreadable', 'unreadable', 'changed', 'changed', 'matched', 'unreadable']3"
cat >s.yaml <<Q
databases: {a: "sqlite:a.db"}
questions:
  - {name: not there, http: "http://127.0.0.1:$port/nowhere"}
  - {name: a sum, database: a, sql: SELECT 0.1 + 0.2}
Q
run verify business s.yaml --out s.json --json
run verify business s.yaml s.json --json
is "a status that is no answer is none the second time either" "$(json '[a["status"] for a in v["answers"]]')" "['changed', 'matched']"
sed -i 's/0.1 + 0.2/0.3/' s.yaml
run verify business s.yaml s.json --json
is "and what is written alike is not alike" "$(json '[a["status"] for a in v["answers"]]')" "['changed', 'changed']"
printf 'questions:\n  - {name: x, http: "http://a"}\n---\nquestions: []\n' >bad.yaml
run verify business bad.yaml
exits 3 "a second document would not be asked"
printf 'questions:\n  - {name: x, sql: SELECT 1, database: b}\n' >bad.yaml
run verify business bad.yaml
exits 3 "a database that is not named"
has "with the place" "$err" "line 2"
run verify business q.yaml w.yaml
exits 3 "no earlier run"

if [ -n "${YJ_TEST_PG_URL:-}" ]; then
    cat >pg.yaml <<Q
databases: {p: "$YJ_TEST_PG_URL"}
questions:
  - {name: version, database: p, sql: "SELECT count(*) FROM pg_database WHERE datname = 'template1'", expect: "1"}
  - {name: writes, database: p, sql: CREATE TABLE yj_business(x int), rows: 0}
  - {name: ends, database: p, sql: COMMIT, rows: 0}
  - {name: many, database: p, sql: SELECT 1; SELECT 2, rows: 1}
  - {name: copies, database: p, sql: COPY pg_database TO STDOUT, rows: 1}
  - {name: goes on, database: p, sql: SELECT NULL, rows: 1}
Q
    run verify business pg.yaml --json
    is "PostgreSQL" "$(json '[a["status"] for a in v["answers"]]')" "['matched', 'unreadable', 'unreadable', 'unreadable', 'unreadable', 'matched']"
fi
finish
