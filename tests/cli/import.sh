#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What an import says of rows that refer to each other, and of rows that go through a gate.
. "$(dirname "$0")/tap.sh"

packs=("$YUNJIAN_PACKS/core" "$SOURCE_ROOT/tests/record/pack")
entries() { run institution list --json && json "next(x['size'] for x in v if x['code'] == '$1')"; }
count() { # KIND
    run list "$1" --json && json 'v["total"]'
}

run init data --simulated-clock 2026-03-02T09:00:00+08:00 --packs "${packs[@]}"
exits 0 "init"
run institution add --code a --name 甲

# --- circles
mkdir ring
printf 'code,next,many,pact,state\nA,B,A;B,,\nB,C,,,tight\nC,A,,B / 1,\n' >ring/knot.csv
printf 'knot,number\nB,1\n' >ring/pact.csv
run import ring --dry-run --json
exits 0 "rows in a circle"
is "are counted once each" "$(json 'v["created"], v["changed"], v["rows"]')" "(4, 0, 4)"
is "and not written by a dry run" "$(count knot)" 0
run import ring
exits 0 "they are imported"
has "and counted" "$out" "4 rows taken: 4 new, 0 changed, 0 moved, 0 as they were"
before=$(entries a)
run import ring
has "again" "$out" "4 rows taken: 0 new, 0 changed, 0 moved, 4 as they were"
is "nothing is written" "$(entries a)" "$before"
run get knot C
has "each names the next" "$out" "A"
run export out
exits 0 "exported"
run init other --simulated-clock 2026-03-02T09:00:00+08:00 --packs "${packs[@]}"
run institution add --code b --name 乙 --data other
run import out --data other
exits 0 "and imported into an empty folder"
run export again --data other
is "it is exported as the same files" "$(diff -r out again && echo same)" same

printf 'code,other\nA,B\nB,A\n' >bond.csv
run import bond.csv --lang en
exits 3 "a circle in which each needs the other"
has "is told by the first row" "$err" "bond.csv:2:2: other: field “Other” must be given and names line 3 of bond.csv"
has "and the second" "$err" "bond.csv:3:2: other: field “Other” must be given and names line 2 of bond.csv"
run import bond.csv --lang zh
has "in Chinese" "$err" "bond.csv:2:2: other: 字段“另一个”必须填写，而它所指的第 3 行（bond.csv）"
is "and nothing is written" "$(count bond)" 0

# --- gates
printf 'name,country\n云甲,cn\n云乙,other\n' >vendor.csv
printf 'code,title,vendor,model,level\nS1,服务一,云甲,far,1\nS2,服务二,云乙,far,3\n' >service.csv
mkdir in live && mv vendor.csv service.csv in
run import in
exits 0 "two services"
printf 'code,state\nS1,live\nS2,live\n' >live/service.csv
printf 'service,done_on\nS1,2026-01-05\nS2,2026-01-05\n' >live/visit.csv
run import live --lang en
exits 1 "rows through a shut gate"
has "are told with file, line and column" "$err" "service.csv:2:2: state: the gate of transition start is shut: 1 requirements are not met"
has "with the requirement" "$err" "  ✗ 1-1 Level enough - 服务一"
has "its reason" "$err" "    \"服务一\" has level 1, below 2."
has "and what to do about it" "$err" "    -> Raise the level."
has "so is the second row" "$err" "service.csv:3:2: state: the gate"
has "with what it lacks" "$err" "  ✗ 1-3 Inside the country - 云乙"
run import live --dry-run --lang zh
exits 1 "a dry run finds the same"
has "in Chinese" "$err" "service.csv:2:2: state: "
has "with the requirement's title" "$err" "  ✗ 1-1 级别够 - 服务一"
has "and what to do" "$err" "    -> 提高级别。"
run import live --json
exits 1 "in JSON"
is "each row has its misses" "$(json '[(p["file"], p["line"], p["column"], p["field"], [m["requirement"] for m in p["misses"]], p["misses"][0]["what_to_do"]["zh"]) for p in v["problems"]]')" \
    "[('service.csv', 2, 2, 'state', ['1-1'], '提高级别。'), ('service.csv', 3, 2, 'state', ['1-3'], '另选供应商。')]"
is "and the error is that of a gate" "$(error_json 'v["error"]["code"]')" gate_shut
is "nothing is written" "$(count visit)" 0
run move service S1 start --lang en
exits 1 "a move is refused alike"
has "with what to do" "$err" "    -> Raise the level."
sed -i 's/S2,live/S2,/' live/service.csv
printf '{"code":"S1","level":2}\n' >level.jsonl
mkdir raise && mv level.jsonl raise/service.jsonl
run import raise
run import live --json
exits 0 "once that is done it goes through"
is "moved" "$(json 'v["moved"], v["created"], v["unchanged"]')" "(1, 2, 1)"

# --- seen before it is written
mkdir seen
printf 'code\nD\n' >seen/knot.csv
run import seen
printf 'code,next,many\nD,D,"E;D"\nE,,\n' >seen/knot.csv
knots=$(count knot)
run import seen --dry-run
exits 0 "a dry run"
has "names the row and the record" "$out" "knot.csv:2: knot D"
has "the field, as it was and as it would be" "$out" "  next: - -> D"
has "what is new" "$out" "knot.csv:3: knot E (new)"
has "and counts" "$out" "2 rows would be taken: 1 new, 1 changed, 0 moved, 0 as they were"
run import seen --dry-run --json
is "the same for programs" "$(json '[(d["line"], d.get("field"), d.get("to"), d.get("new")) for d in v["differences"] if d.get("field") != "many"]')" \
    "[(2, 'next', 'D', None), (3, None, None, True)]"
is "nothing is written" "$(count knot)" "$knots"
run import seen
run import seen --dry-run
hasnt "once it is in, nothing differs" "$out" "->"

finish
