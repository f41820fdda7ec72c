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
begin() { # FILE: an import that has written some of its rows; sets $id
    web POST "$base/import?name=person.csv&job=true" text/csv "@$1"
    id=$(member 'v["id"]')
    job_until "$id" 120 'v["state"] == "running" and v["done"] > 200'
}
persons() { web GET "$base/records/person?limit=1" && member 'v["total"]'; }

register big.csv 100000 12000

# --- one server on SQLite, stopped and killed
run init solo
run institution add --data solo --code a --name 甲
serve solo
outcome() { # of a job whose worker was killed: that may be after its rows were in and before it said so, and then none is left to make
    local got
    got=$(member 'v["state"], v["attempts"], v["result"]["created"]')
    [ "$got" != "done 2 0" ] || got="done 2 12000"
    echo "$got"
}
begin big.csv
is "the import is accepted and runs" "$code $(member 'v["total"]')" "200 12000"
kill -TERM "$pid"
wait "$pid"
is "the server ends cleanly in the middle" "$?" 0
serve solo
job_until "$id" 120 'v["ended"] is not None'
is "and does it when it is there again" "$(member 'v["state"], v["attempts"], v["result"]["created"]')" "done 1 12000"
is "each row once" "$(persons)" 12000

register big.csv 200000 12000
begin big.csv
kill -KILL "$pid"
wait "$pid" 2>/dev/null
serve solo
job_until "$id" 120 'v["ended"] is not None'
is "killed, it is begun again" "$(outcome)" "done 2 12000"
is "each row once" "$(persons)" 24000
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
begin big.csv
serve two
web GET "$base/jobs/$id"
is "the other server sees it run" "$(member 'v["state"], v["attempts"]')" "running 1"
sleep 7
web GET "$base/jobs/$id"
is "and leaves it to the one who does it" "$(member 'v["attempts"]')" 1
# It is halted before it is killed: a job seen to run then is one that it did not end.
second_base=$base
for rows in 300000 400000 500000; do
    kill -STOP "$first"
    web GET "$base/jobs/$id"
    [ "$(member 'v["state"]')" = running ] && break
    kill -CONT "$first"
    register big.csv "$rows" 12000
    base=$first_base
    begin big.csv
    base=$second_base
done
kill -KILL "$first"
wait "$first" 2>/dev/null
job_until "$id" 180 'v["ended"] is not None'
is "when that one is killed it does it" "$(outcome)" "done 2 12000"
total=$(persons)
is "each row once" "$((total % 12000))" 0
web GET "$base/jobs?state=done&limit=1"
is "it is in the list" "$(member 'v["items"][0]["id"]')" "$id"
run ledger verify --data two
exits 0 "the ledger holds"
finish
