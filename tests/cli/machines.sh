#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two machines, each with a data folder, on one PostgreSQL: the open batch of one and what the other does about
# it while it runs, when it dies, when it comes back, and when it never does.
. "$(dirname "$0")/tap.sh"

if [ -z "${YJ_TEST_PG_URL:-}" ]; then
    echo "1..1"
    echo "not ok 1 - run under tools/with-postgres: YJ_TEST_PG_URL is not set"
    exit 1
fi
name=yj_machines_$$
psql -q "$YJ_TEST_PG_URL" -c "CREATE DATABASE $name" || exit 99
drop() {
    [ -n "${importer:-}" ] && kill -KILL "$importer" 2>/dev/null
    psql -q "$YJ_TEST_PG_URL" -c "DROP DATABASE IF EXISTS $name WITH (FORCE)" >/dev/null 2>&1
    cleanup
}
trap drop EXIT
url=${YJ_TEST_PG_URL%/*}/$name
ask() { psql -qAt "$url" -c "SET search_path = yunjian" -c "$1"; }
until_is() { # SECONDS SQL WANTED: wait until the answer is so; sets $got
    local i
    for ((i = 0; i < $1 * 20; i++)); do
        got=$(ask "$2")
        [ "$got" = "$3" ] && return
        sleep 0.05
    done
}
register() { # NAME FROM ROWS: a file of persons
    mkdir -p "$1"
    { echo number,name; seq "$2" $(($2 + $3 - 1)) | sed 's/.*/&,n&/'; } >"$1/person.csv"
}
start_import() { # FILE DATA: in the background, until some of it is written; sets $importer
    local rows i
    rows=$(ask "SELECT count(*) FROM r_person")
    "$YUNJIAN" import "$1" --data "$2" --json >"$tmp/import.out" 2>"$tmp/import.err" </dev/null &
    importer=$!
    for ((i = 0; i < 1200; i++)); do
        [ "$(ask "SELECT count(*) FROM r_person")" -gt $((rows + 200)) ] && return
        sleep 0.02
    done
}
end_import() { # wait for it; sets $rc, $out, $err
    rc=0
    wait "$importer" 2>/dev/null || rc=$?
    out=$(<"$tmp/import.out") err=$(<"$tmp/import.err")
    cp "$tmp/import.out" "$tmp/.out"
    importer=
}
seen() { "$YUNJIAN" list person --data two --limit 1 --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["total"])'; }
serve() { # DATA: sets $pid and $base
    : >"$tmp/serve.out"
    "$YUNJIAN" serve --open --data "$1" >"$tmp/serve.out" 2>"$tmp/serve.err" </dev/null &
    pid=$!
    pids+=("$pid")
    local i
    for ((i = 0; i < 600; i++)); do
        base=$(sed -n '1s/^listening on //p' "$tmp/serve.out")
        [ -n "$base" ] && break
        sleep 0.05
    done
    base+=/api/v1/institutions/a/records/person
}

run init one --store "$url"
run institution add --data one --code a --name 甲
run put person --data one number=1 name=first
cp -r one two
rm -f two/serve.lock
register big 100000 20000
register large 200000 2000
register small 300000 600

# --- both live
serve two
start_import big one
is "a batch is open" "$(ask "SELECT count(*) FROM open_batch")" 1
is "the other machine does not see it" "$(seen)" 1
web POST "$base" application/json '{"fields":{"number":"2","name":"second"}}'
is "the other server goes on" "$code" 201
web POST "$base" application/json '{"fields":{"number":"100000","name":"thief"}}'
is "a key of the batch is taken" "$code" 409
run import small --data two --json
is "the other machine imports, too, in a batch of its own" "$rc $(json 'v["created"]')" "0 600"
end_import
exits 0 "the first import ends well"
is "and is whole" "$(seen)" 20602
is "two batches were closed" "$(ask "SELECT string_agg(state, ' ') FROM batch")" "closed closed"

# --- killed, while another server runs
register again 400000 20000
start_import again one
kill -KILL "$importer"
end_import
is "killed in the middle, nobody sees a row" "$(seen)" 20602
until_is 30 "SELECT count(*) FROM open_batch" 0
is "the server that runs undoes it by itself" "$got" 0
is "every row of it is gone" "$(ask "SELECT count(*) FROM r_person WHERE f_number >= '400000' AND f_number < '500000'")" 0
web POST "$base" application/json '{"fields":{"number":"400000","name":"owner"}}'
is "its keys are free again" "$code" 201

# --- cut off from the store, but alive: it must not go on with what was undone
before=$(ask "SELECT string_agg(pid::text, ',') FROM pg_stat_activity WHERE datname = current_database()")
register cut 500000 20000
start_import cut one
kill -STOP "$importer"
theirs="datname = current_database() AND pid NOT IN ($before) AND pid <> pg_backend_pid()"
is "a machine that hangs keeps its batch" "$(ask "SELECT count(*) FROM open_batch")" 1
ask "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE $theirs" >/dev/null
until_is 30 "SELECT count(*) FROM open_batch" 0
is "until its sessions are ended in PostgreSQL" "$got" 0
kill -CONT "$importer"
end_import
exits 3 "when it goes on, its import fails"
is "and has written nothing" "$(ask "SELECT count(*) FROM r_person WHERE f_number >= '500000' AND f_number < '600000'")" 0
is "and opened nothing" "$(ask "SELECT count(*) FROM open_batch")" 0

# only the hold is lost: the connection that writes still works
register hold 600000 20000
start_import hold one
ask "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'yunjian hold'" >/dev/null
end_import
if [ "$rc" = 0 ]; then
    is "an import that loses its hold is whole" "$(json 'v["created"]')" 20000
else
    has "an import that loses its hold is undone and says so" "$err" "has been undone"
    is "wholly" "$(ask "SELECT count(*) FROM r_person WHERE f_number >= '600000' AND f_number < '700000'")" 0
fi

# --- killed while no other server runs: whoever opens the store next undoes it
kill -TERM "$pid"
wait "$pid"
is "the server ends cleanly" "$?" 0
total=$(seen)
register alone 700000 20000
start_import alone one
kill -KILL "$importer"
end_import
until_is 10 "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'yunjian hold'" 0
is "nobody undid it yet" "$(ask "SELECT count(*) FROM open_batch")" 1
is "its own machine undoes it when it starts again" \
    "$("$YUNJIAN" list person --data one --limit 1 --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["total"])') $(ask "SELECT count(*) FROM open_batch")" "$total 0"
start_import alone one
kill -KILL "$importer"
end_import
until_is 10 "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'yunjian hold'" 0
is "or any other machine does" "$(seen) $(ask "SELECT count(*) FROM open_batch")" "$total 0"
run ledger verify --data two
exits 0 "the ledger verifies"
run rebuild --data two --judge
exits 0 "and everything follows from it"
finish
