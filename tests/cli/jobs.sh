#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A long import as a job: of a server that is stopped in the middle, of one that is killed, and of two servers on one
# PostgreSQL, one of which is killed.
. "$(dirname "$0")/tap.sh"

if [ -z "${YJ_TEST_PG_URL:-}" ]; then
    echo "1..1"
    echo "not ok 1 - run under tools/with-postgres: YJ_TEST_PG_URL is not set"
    exit 1
fi
name=yj_jobs_$$
psql -q "$YJ_TEST_PG_URL" -c "CREATE DATABASE $name" || exit 99
drop() {
    for p in "${pids[@]:-}"; do [ -n "$p" ] && kill -KILL "$p" 2>/dev/null; done
    psql -q "$YJ_TEST_PG_URL" -c "DROP DATABASE IF EXISTS $name WITH (FORCE)" >/dev/null 2>&1
    cleanup
}
trap drop EXIT
url=${YJ_TEST_PG_URL%/*}/$name

register() { # FILE FROM ROWS: persons
    { echo number,name; seq "$2" $(($2 + $3 - 1)) | sed 's/.*/&,n&/'; } >"$1"
}
serve() { # DATA: sets $pid and $base
    : >"$tmp/serve.out"
    "$YUNJIAN" serve --open --data "$1" >"$tmp/serve.out" 2>>"$tmp/serve.err" </dev/null &
    pid=$!
    pids+=("$pid")
    local i
    for ((i = 0; i < 600; i++)); do
        base=$(sed -n '1s/^listening on //p' "$tmp/serve.out")
        [ -n "$base" ] && break
        sleep 0.05
    done
    base+=/api/v1/institutions/a
}
member() { printf '%s' "$body" | python3 -c "import json, sys; v = json.load(sys.stdin); print($1)"; }
job_until() { # ID SECONDS PYTHON-CONDITION: wait until it holds of the job
    local i
    for ((i = 0; i < $2 * 10; i++)); do
        web GET "$base/jobs/$1"
        [ "$(member "$3")" = True ] && return
        sleep 0.1
    done
}
# How fast a machine imports is not known here. A job that ended before it was seen to run is followed by one of twice
# the rows; the number of rows is kept for those after it.
rows=12000 next=100000 entered=0
begin() { # an import that has written some of its rows and has not ended; sets $id; adds to $entered
    for _ in 1 2 3 4 5 6 7; do
        register big.csv "$next" "$rows"
        next=$((next + rows)) entered=$((entered + rows))
        web POST "$base/import?name=person.csv&job=true" text/csv "@big.csv"
        id=$(member 'v["id"]')
        job_until "$id" 120 'v["ended"] is not None or v["state"] == "running" and v["done"] > 200'
        [ "$(member 'v["state"]')" = running ] && return
        rows=$((rows * 2))
    done
    echo "# no import ran long enough to be seen" >&2
}
persons() { web GET "$base/records/person?limit=1" && member 'v["total"]'; }

# --- one server on SQLite, stopped and killed
run init solo
run institution add --data solo --code a --name 甲
serve solo
outcome() { # of a job whose worker was killed: that may be after its rows were in and before it said so, and then none is left to make
    local got
    got=$(member 'v["state"], v["attempts"], v["result"]["created"]')
    [ "$got" != "done 2 0" ] || got="done 2 $rows"
    echo "$got"
}
# Begins one and halts its server before the job has ended: the job is read by READ then, and if it was too late a longer
# one is begun. A job seen to run is one that a kill leaves undone.
begin_and_halt() { # READ PID
    for _ in 1 2 3 4 5; do
        begin
        kill -STOP "$2"
        [ "$("$1")" = running ] && return
        kill -CONT "$2"
        rows=$((rows * 2))
    done
    echo "# no import ran long enough to be halted" >&2
}
in_file() { # the job's state, read beside the halted server
    python3 -c 'import sqlite3, sys
print(*sqlite3.connect(sys.argv[1]).execute("SELECT iif(ended = 0, ?, ?) FROM job WHERE id = ?", ("running", "ended", sys.argv[2])).fetchone())' solo/yunjian.db "$id"
}
begin
is "the import is accepted and runs" "$code $(member 'v["total"]')" "200 $rows"
kill -TERM "$pid"
wait "$pid"
is "the server ends cleanly in the middle" "$?" 0
serve solo
job_until "$id" 120 'v["ended"] is not None'
is "and does it when it is there again" "$(member 'v["state"], v["attempts"], v["result"]["created"]')" "done 1 $rows"
is "each row once" "$(persons)" "$entered"

begin_and_halt in_file "$pid"
kill -KILL "$pid"
wait "$pid" 2>/dev/null
serve solo
job_until "$id" 120 'v["ended"] is not None'
is "killed, it is begun again" "$(outcome)" "done 2 $rows"
is "each row once" "$(persons)" "$entered"
kill -TERM "$pid"
wait "$pid"
run ledger verify --data solo
exits 0 "the ledger holds"

# --- two servers on one PostgreSQL
run init one --store "$url"
run institution add --data one --code a --name 甲
cp -r one two
rm -f two/serve.lock
serve one
first=$pid first_base=$base
serve two
second_base=$base
of_second() { # the job's state as the other server tells it
    base=$second_base
    web GET "$base/jobs/$id"
    base=$first_base
    member 'v["state"]'
}
base=$first_base entered=0
begin
base=$second_base
web GET "$base/jobs/$id"
has "the other server knows of it, begun once" "$(member 'v["state"], v["attempts"]')" " 1"
sleep 7
web GET "$base/jobs/$id"
is "and leaves it to the one who does it" "$(member 'v["attempts"]')" 1
base=$first_base
begin_and_halt of_second "$first"
base=$second_base
kill -KILL "$first"
wait "$first" 2>/dev/null
job_until "$id" 180 'v["ended"] is not None'
is "when that one is killed it does it" "$(outcome)" "done 2 $rows"
is "each row once" "$(persons)" "$entered"
web GET "$base/jobs?state=done&limit=1"
is "it is in the list" "$(member 'v["items"][0]["id"]')" "$id"
run ledger verify --data two
exits 0 "the ledger holds"
finish
