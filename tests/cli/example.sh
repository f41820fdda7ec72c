#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The example, by the way users take: import, standing, explanations; exported and imported again it stands the same.
. "$(dirname "$0")/tap.sh"

example=$SOURCE_ROOT/examples/broker
"$SOURCE_ROOT/tools/example" "$YUNJIAN" "$example" data >"$tmp/.out" 2>"$tmp/.err"
is "the example is made" "$?" 0
"$SOURCE_ROOT/tools/example" "$YUNJIAN" "$example" data >"$tmp/.out" 2>"$tmp/.err"
is "and left alone the second time" "$?" 0
has "saying so" "$(<"$tmp/.out")" "stays as it is"
mkdir none beside && cp "$example/institution.json" none && cp -r "$example/2026-11-22" beside && touch beside/risk.csv
"$SOURCE_ROOT/tools/example" "$YUNJIAN" none nothing >"$tmp/.out" 2>"$tmp/.err"
is "a folder with no days is no example" "$? $(grep -c 'holds no folder named by a day' "$tmp/.err")" "1 1"
"$SOURCE_ROOT/tools/example" "$YUNJIAN" beside nothing >"$tmp/.out" 2>"$tmp/.err"
is "registers beside the days are not passed over" "$? $(grep -c 'risk.csv lies in no folder' "$tmp/.err")" "1 1"
run import "$example/2026-11-22" --json
is "importing its last day again changes nothing" "$(json 'v["created"], v["changed"], v["moved"]')" "(0, 0, 0)"

run status --lang zh
exits 1 "something binding is unmet"
has "the faults come in order" "$out" "必须整改"
is "no line is wider than the terminal" "$(python3 - "$tmp/.out" <<'P'
import sys, unicodedata
wide = lambda s: sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in s)
print([l for l in open(sys.argv[1]).read().split("\n\n", 2)[-1].split("\n") if wide(l) > 100])
P
)" "[]"
for columns in 44 72 160; do
    for lang in zh en; do
        COLUMNS=$columns run status --lang $lang
        is "nor on $columns columns ($lang)" "$(python3 - "$tmp/.out" $columns <<'P'
import sys, unicodedata
wide = lambda s: sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in s)
print([l for l in open(sys.argv[1]).read().split("\n") if wide(l) > max(int(sys.argv[2]), 50)])
P
)" "[]"
    done
done
run status --lang en
is "the table has a column for each section of the clauses" "$(python3 - "$tmp/.out" <<'P'
import re, sys
tables = [b.split("\n") for b in open(sys.argv[1]).read().split("\n\n")[1:]]
tables = [t for t in tables if len(t) > 25 and re.match(r"\s+\d+ [A-Z]", t[0])]
sections = [c for t in tables for c in t[1].split()]
in_order = sections == sorted(set(sections), key=lambda c: [int(n) for n in c.split(".")])
print(in_order, sorted({"6.1", "6.2", "6.3", "6.4", "7.2", "7.3", "7.4"} - set(sections)))
P
)" "True []"
has "an advice that was answered is told from a fault" "$out" "advice, risk accepted until 2027-03-31"
run status --json
exits 1 "and in JSON"
is "an accepted risk is named with its end" \
    "$(json '[(x["requirement"], x["risk_accepted"]["until"]) for x in v["verdicts"] if x["risk_accepted"]]')" \
    "[('6.3.1-11', '2027-03-31')]"
# The README lists every fault with the requirements that show it, and what is merely under way; in both languages.
"$YUNJIAN" status --data data --json >"$tmp/standing.json"
is "the faults are those that the README lists" "$(python3 - "$example/README.md" "$tmp/standing.json" <<'P'
import json, re, sys
text = open(sys.argv[1], encoding="utf-8").read()
v = json.load(open(sys.argv[2], encoding="utf-8"))
have = {s: {x["requirement"] for x in v["verdicts"] if x["status"] == s} for s in ("unmet", "unknown")}
for language, part in zip(("zh", "en"), text.split("\n## ")[1:]):
    tables, ids = [], r"(\d+(?:\.\d+)*-\d+)(（未知）| \(unknown\))?"
    for block in part.split("\n\n"):
        rows = [r for r in block.split("\n") if re.match(r"\| \d+ \|", r)]
        if rows:
            tables.append([m for r in rows for m in re.findall(ids, r.split("|")[3])])
    faults, under_way = tables
    listed = {"unmet": {i for i, mark in faults if not mark},
              "unknown": {i for i, mark in faults if mark} | {i for i, _ in under_way}}
    for s in have:
        if listed[s] != have[s]:
            print(language, s, "only in the README:", sorted(listed[s] - have[s]), "only here:", sorted(have[s] - listed[s]))
    counts = [int(n) for n in re.findall(r"(\d+) (?:个未达标的结论|个未定的结论|verdicts are)", part)]
    if counts != [v["counts"]["unmet"], v["counts"]["unknown"]]:
        print(language, "counts", counts, v["counts"])
P
)" ""
# What it says of the past is what was concluded then; gates were passed on the way.
bad=
while read -r day met unmet unknown; do
    run status --as-of "$day" --json
    [ "$(json 'v["as_of"], v["counts"]["met"], v["counts"]["unmet"], v["counts"]["unknown"]')" = "('$day', $met, $unmet, $unknown)" ] ||
        bad+=" $day $(json 'v["counts"]')"
done < <(sed -n 's/^| \(20[0-9-]*\) | \([0-9]*\) | \([0-9]*\) | \([0-9]*\) |$/\1 \2 \3 \4/p' "$example/README.md" | sort -u)
is "the trend is that of the README" "$bad" ""
is "which has the same in both languages" "$(grep -c '^| 20[0-9][0-9]-' "$example/README.md")" \
    "$(($(grep '^| 20[0-9][0-9]-' "$example/README.md" | sort -u | wc -l) * 2))"
run history exit TC-2025-01 --json
is "an exit went through its states" "$(json 'list(dict.fromkeys(x["state"] for x in reversed(v["items"])))')" \
    "['planning', 'agreed', 'returning', 'erasing', 'completed']"
run status --json
is "counts are those of the verdicts" "$(json 'sum(v["counts"].values()) == len(v["verdicts"]) == v["total"]')" True
is "every verdict has its reason in both languages" \
    "$(json 'all(x["reason"]["zh"] and x["reason"]["en"] for x in v["verdicts"])')" True
is "what is unmet and being put right is named with person and day" \
    "$(json 'sorted((x["requirement"], x["status"], r["responsible"]["name"], r["due"]) for x in v["verdicts"] for r in x["remediations"] if x["requirement"] in ("6.1-2", "6.4.1-3"))')" \
    "[('6.1-2', 'unmet', '方屿', '2026-10-31'), ('6.4.1-3', 'unmet', '邵景行', '2026-12-15')]"
is "and counted among the unmet musts" "$(json 'sum(v["remediation"].values()) <= v["counts"]["unmet"] and v["remediation"]["overdue"] > 0')" True
standing='sorted((x["requirement"], x["subject"]["name"], x["status"], x["code"]) for x in v["verdicts"])'
before=$(json "$standing")
unmet=$(json '"\n".join(x["requirement"] + " " + x["subject"]["id"] for x in v["verdicts"] if x["status"] == "unmet")')
bad=
while read -r requirement subject; do
    run explain "$requirement" "$subject" --json
    [ "$rc" = 0 ] && [ "$(json 'v["verdict"]["status"], bool(v["what_to_do"]["zh"])')" = "('unmet', True)" ] || bad+=" $requirement/$subject"
done <<<"$unmet"
is "every unmet verdict is explained" "$bad" ""
run explain 6.3.1-11 '磐桥数据技术（上海）有限公司' --lang zh
has "an explanation tells of the accepted risk" "$out" "风险已接受，有效至 2027-03-31"
run explain 6.1-2 'LX-S018 / 测试云临时环境' --lang zh
has "and of the remediation, which is late" "$out" "整改逾期：视频见证系统迁回第三级的生产私有云（方屿，期限 2026-10-31）"
run explain ${unmet%%$'\n'*} --lang zh
has "in words" "$out" "怎么办"

deployment=$("$YUNJIAN" list deployment --limit 1 --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["items"][0]["id"])')
run status --subject "deployment:$deployment" --json
is "a deployment stands with what belongs to it" "$(json 'len({x["subject"]["kind"] for x in v["verdicts"]}) > 3')" True
run gates deployment "$deployment" --json
is "its gates; one that is shut is told by the exit code" "$rc" "$(json 'int(any(x["misses"] for x in v["items"]))')"
shut=$("$YUNJIAN" list deployment --limit 1000 --json | python3 -c 'import json, sys; print("\n".join(x["id"] for x in json.load(sys.stdin)["items"]))' |
    while read -r d; do "$YUNJIAN" gates deployment "$d" >/dev/null 2>&1 || echo "$d $?"; done)
is "of the example's deployments some have a gate that is shut" "$(sed 's/.* //' <<<"$shut" | sort -u)" 1
run gates deployment "${shut%% *}"
exits 1 "in words too"
has "with what is missing" "$out" "requirements are missing"
has "and what to do about it" "$out" "-> What to do: "

# --- pages of a standing
run status --json
rows='[(x["requirement"], x["subject"]["id"]) for x in v["verdicts"]]'
whole=$(json "($rows)[7:12]") all=$(json 'v["total"]')
run status --json --limit 5 --offset 7
is "a page of the verdicts" "$(json "$rows")" "$whole"
exits 1 "is no other standing"
is "nor other counts" "$(json 'v["total"], sum(v["counts"].values())')" "($all, $all)"
run status --json --offset "$all"
is "behind the last there is none" "$(json 'len(v["verdicts"]), v["total"]')" "(0, $all)"
run status --limit 2 --lang en
has "a page of the faults" "$out" "2 of "
has "which says how to go on" "$out" "more: --offset 2"
run status --limit 2 --offset 2 --lang zh
has "and the next" "$out" "显示 2 个问题"
run status --limit 1000 --offset 1 --lang en
hasnt "the last page says nothing of more" "$out" "more: --offset"
run status --limit 0
exits 2 "a page of nothing"
run status --offset -1
exits 2 "a place that is none"
run due --days 365 --json
is "duties come in order" "$(json '[x["day"] for x in v["items"]] == sorted(x["day"] for x in v["items"]) and len(v["items"]) > 0')" True
run due --days 365 --lang zh
exits 0 "and as a table"
run search 澜汐 --json
is "search finds" "$(json 'len(v["items"]) > 0')" True

run rebuild
exits 0 "rebuild"
run status --json
is "comes out the same" "$(json "$standing")" "$before"
run rebuild --judge --json
is "every judgement is derived again" "$(json 'v["differing"], v["judgements"] > 0')" "(0, True)"
run ledger verify
exits 0 "and the ledger verifies"

run export registers
exits 0 "export"
"$YUNJIAN" init other --simulated-clock 2026-11-22T17:00:00+08:00 >/dev/null
"$SOURCE_ROOT/tools/example" --into "$YUNJIAN" "$example" other data >"$tmp/.out" 2>"$tmp/.err"
is "the last day goes into another installation at once" "$?" 0
is "as many kinds and records as the README tells, in both languages" \
    "$(tr '\n' ' ' <"$example/README.md" | grep -oE '[0-9]+ (种、|kinds, ) ?[0-9]+ (条|records)' | tr -dc '0-9 \n' | tr -s ' ' | sed 's/ $//' | sort -u)" \
    "$(find registers -name '*.csv' | wc -l) $(sed -n 's/^\([0-9]*\) rows taken: .*/\1/p' "$tmp/.out")"
run status --data other --json
is "stands the same" "$(json "$standing")" "$before"

# --- a simulated clock
run init then --simulated-clock 2026-03-01T09:00:00+08:00
exits 0 "init with a simulated clock"
run institution add --data then --code a --name 甲
run status --data then --json
is "shows that it is" "$(json 'v["simulated_clock"], v["as_of"]')" "(True, '2026-03-01')"
run put person number=1 name=x --data then --clock 2026-04-01T09:00:00+08:00
exits 0 "moved forward"
run get person 1 --data then --json
is "by which things are recorded" "$(json 'v["time"][:10]')" 2026-04-01
run put person number=2 name=x --data then --clock 2026-03-15T09:00:00+08:00
exits 3 "not backward"
"$YUNJIAN" init real >/dev/null && "$YUNJIAN" institution add --code a --name 甲 --data real >/dev/null
run put person number=2 name=x --data real --clock 2030-01-01T09:00:00+08:00
exits 2 "and never a real clock"
run list person --data then --as-of 2026-03-31 --json
is "what was known then" "$(json 'v["total"]')" 0
run list person --data then --as-of 2026-04-01 --json
is "and the day after" "$(json 'v["total"]')" 1
finish
