#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Disks that are full or only for reading (small ones in memory, mounted by the test), stores that are cut short or
# gone. Where nothing can be mounted, tests/record/test_full.c still does the same by a limit for files.
. "$(dirname "$0")/tap.sh"

mkdir disk
if ! mount -t tmpfs -o size=64k none disk 2>/dev/null; then
    rm -rf "$tmp"
    if [ -z "${YJ_INSIDE:-}" ] && unshare -rm true 2>/dev/null; then YJ_INSIDE=1 exec unshare -rm "$0"; fi
    echo "1..0 # SKIP nothing can be mounted here"
    exit 0
fi
end() {
    umount -l disk
    cleanup
}
trap end EXIT

resize() { mount -o "remount,size=$1" disk; }
balloon() { dd if=/dev/zero of=disk/balloon bs=4k 2>/dev/null; }
burst() { rm -f disk/balloon; }
full() { [[ $err == *"disk of the store is full"* || $err == *"No space left"* ]] && echo full || echo "$err"; }
rows() { "$YUNJIAN" list "$1" --data disk/data --limit 1 --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["total"])'; }
register() { # FROM ROWS
    echo number,name
    seq "$1" $(($1 + $2 - 1)) | sed 's/.*/&,n&/'
}
serve() { # sets $pid and $url
    : >"$tmp/serve.out"
    "$YUNJIAN" serve --open --data disk/data >"$tmp/serve.out" 2>"$tmp/serve.err" </dev/null &
    pid=$!
    pids+=("$pid")
    local i
    for ((i = 0; i < 600; i++)); do
        url=$(sed -n '1s/^listening on //p' "$tmp/serve.out")
        [ -n "$url" ] && break
        sleep 0.05
    done
    api=$url/api/v1/institutions/a
}

# --- init, at every size at which it could break
wrong= fine=0
for size in 16k 64k 200k 600k 1200k 2000k 2600k 3400k 6000k 16m; do
    resize $size
    run init disk/data
    if [ "$rc" = 0 ]; then
        fine=1
        run ledger verify --data disk/data
        [ "$rc" = 0 ] || wrong+=" $size: made, but $err;"
        rm -rf disk/data
    else
        [ "$rc $(full)" = "3 full" ] || wrong+=" $size: $rc $err;"
        [ -z "$(ls -A disk)" ] || wrong+=" $size: leaves $(ls -R disk | tr '\n' ' ');"
    fi
done
is "init without room says so and leaves nothing" "$wrong" ""
is "and with room it is fine" "$fine" 1

# --- commands on a full disk
resize 32m
run init disk/data
run institution add --data disk/data --code a --name 甲
run put person --data disk/data number=1 name=李雷
register 1000 3000 >person.csv
before=$("$YUNJIAN" ledger verify --data disk/data --json)
balloon
wrong=
for command in "put person number=2 name=x" "put person --id 1 name=y" "move person 1 leave" "import person.csv" \
    "ledger checkpoint" "ledger rotate --institution a" "backup disk/backup" "backup elsewhere" "rebuild"; do
    # shellcheck disable=SC2086
    run $command --data disk/data
    [ "$rc $(full)" = "3 full" ] || wrong+=" $command: $rc $err;"
done
is "every command that writes ends with 3 and says that the disk is full" "$wrong" ""
is "no backup is there in part" "$(ls disk/backup* elsewhere* 2>/dev/null)" ""
burst
is "nothing was written" "$("$YUNJIAN" ledger verify --data disk/data --json)" "$before"
is "not even a record" "$(rows person)" 1
run put person --data disk/data number=2 name=韩梅梅
exits 0 "with room again it works"

# --- a server on a disk that fills up
mkdir -p register && register 100000 40000 >register/person.csv
register 5000 100 >small.csv
head -c 3000000 /dev/urandom >evidence.bin
echo '{"fields":{"number":"77","name":"z"}}' >record.json
serve
web GET "$url/api/v1/ledgers/$(cut -d/ -f2 <<<"$("$YUNJIAN" institution list --data disk/data --json | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["id"])')")/checkpoint"
is "a checkpoint" "$code" 200
balloon
web POST "$api/records/person" application/json @record.json
is "a change is refused with 507" "$code" 507
has "and says why" "$body" storage_full
web POST "$api/import?name=person.csv" text/csv @small.csv
is "an import, too" "$code" 507
web POST "$url/api/v1/evidence" application/octet-stream @evidence.bin
is "and evidence" "$code" 507
is "of which nothing stays" "$(find disk/data/evidence -type f | wc -l)" 0
web GET "$api/records/person"
is "registers are still read" "$code" 200
web GET "$api/status"
is "and standings" "$code" 200
truncate -s -7M disk/balloon
web POST "$api/import?name=person.csv" text/csv @register/person.csv
is "an import that runs out of room is refused with 507" "$code" 507
web GET "$api/records/person?limit=1"
is "nobody sees any of it" "$(grep -o '"total":[0-9]*' <<<"$body")" '"total":2'
truncate -s -1M disk/balloon
head -c 3000000 /dev/zero >>disk/balloon 2>/dev/null
web POST "$url/api/v1/evidence" application/octet-stream @evidence.bin
is "an upload that runs out of room as well" "$code" 507
is "nothing of it stays" "$(find disk/data/evidence -type f | wc -l)" 0
burst
web POST "$api/records/person" application/json @record.json
is "with room again changes are taken at once" "$code" 201
web POST "$url/api/v1/evidence" application/octet-stream @evidence.bin
is "and evidence" "$code" 201
for ((i = 0; i < 300; i++)); do
    [ "$(python3 -c 'import sqlite3, sys; print(sqlite3.connect("disk/data/yunjian.db").execute("SELECT count(*) FROM open_batch").fetchone()[0])')" = 0 ] && break
    sleep 0.1
done
resize 64m
web POST "$api/import?name=person.csv" text/csv @register/person.csv
is "the import that was cut can be made again" "$code" 200
web GET "$api/records/person?limit=1"
is "and is whole" "$(grep -o '"total":[0-9]*' <<<"$body")" '"total":40003'
kill -TERM "$pid"
rc=0
wait "$pid" || rc=$?
exits 0 "the server ends cleanly"
run ledger verify --data disk/data
exits 0 "its ledger verifies"
run rebuild --data disk/data
exits 0 "and everything follows from it"

# --- results on a full disk: whole or not at all
mv disk/data data
resize 256k
run backup disk/backup --data data
is "a backup" "$rc $(full) $(ls disk)" "3 full "
run export disk/out --data data
is "an export" "$rc $(full) $(ls disk)" "3 full "
run ledger tiles disk/tiles --data data --bodies
is "an exported ledger" "$rc $(full)" "3 full"
run ledger verify disk/tiles
is "which does not pass for a whole one" "$((rc != 0))" 1
rm -rf disk/tiles
run backup whole --data data
run restore whole disk/data
is "a restoration" "$rc $(full) $(ls disk)" "3 full "

# --- only for reading
resize 64m
cp -r data disk/data
mount -o remount,ro disk
wrong=
for command in "list person" "put person number=3 name=x" "import person.csv" serve "ledger checkpoint" "backup b"; do
    # shellcheck disable=SC2086
    run $command --data disk/data
    [ "$rc" = 3 ] && [[ $err == *"cannot be written (Read-only file system)"* ]] || wrong+=" $command: $rc $err;"
done
is "a folder that cannot be written is named" "$wrong" ""
run init disk/other
is "no installation is made there" "$rc $(grep -c 'Read-only file system' <<<"$err")" "3 1"
mount -o remount,rw disk

# --- stores that are damaged or gone
damage() { # NAME COMMAND...: on a copy of the data
    local name=$1 command after before_it
    shift
    rm -rf disk/data
    cp -r data disk/data
    (cd disk/data && "$@")
    before_it=$(cd disk/data && find . -type f ! -name serve.lock ! -name '*-shm' -exec md5sum {} + | sort -k2)
    wrong=
    for command in "list person" "put person number=3 name=x" serve "ledger verify" "backup b"; do
        # shellcheck disable=SC2086
        run $command --data disk/data
        [ "$rc" = 4 ] && [ "$(lines "$err")" = 1 ] || wrong+=" $command: $rc $err;"
    done
    is "$name: an integrity violation, whatever is asked" "$wrong" ""
    rm -f disk/data/*-wal
    after=$(cd disk/data && find . -type f ! -name serve.lock ! -name '*-shm' -exec md5sum {} + | sort -k2)
    is "$name: nothing is written" "$after" "$before_it"
}
damage "a store cut in half" truncate -s 1500000 yunjian.db
damage "a store cut to its first pages" truncate -s 12288 yunjian.db
damage "a store cut inside its header" truncate -s 50 yunjian.db
damage "an empty store" truncate -s 0 yunjian.db
damage "no store" rm yunjian.db
damage "something else in its place" cp yunjian.json yunjian.db
damage "a configuration cut short" truncate -s 40 yunjian.json
run list person --data nowhere
exits 3 "no folder at all"
has "says how to make one" "$err" "yunjian init"
finish
