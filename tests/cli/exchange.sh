#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Client, provider and regulator on the command line: invited, tied, answered, offered, taken, overseen.
. "$(dirname "$0")/tap.sh"

packs=("$YUNJIAN_PACKS/core" "$SOURCE_ROOT/tests/record/pack")
as() { # INSTITUTION ARG...
    local who=$1
    shift
    run "$@" --institution "$who" --lang en
}

run init data --simulated-clock 2026-03-02T09:00:00+08:00 --packs "${packs[@]}"
run institution add --code a --name 甲
run institution add --code p --name 云商 type=provider
run institution add --code q --name 另一云商 type=provider
run institution add --code r --name 监管局 type=regulator

# --- nothing is there yet
as a exchange ties
has "tied to nobody" "$out" "tied to nobody"
as a exchange ties --json
is "which is an empty list" "$(json 'v["items"]')" "[]"
as p exchange addressed
has "nothing is addressed" "$out" "nothing is addressed"
as a exchange waiting
has "nothing waits" "$out" "nothing waits"
as p exchange offers
has "nothing was offered, and how to" "$out" "yunjian kinds offer"
as r exchange supervised
has "nobody is overseen" "$out" "no institution is in the scope"
as a exchange inspectors
has "nobody may read" "$out" "may read this one today"
as a exchange readings
has "nothing was read" "$out" "has read anything"
run exchange ties --institution a --lang zh
has "in Chinese" "$out" "没有联系的机构"
run exchange --help --lang zh
has "help of all of them" "$out" "exchange refuse"
run exchange
exits 2 "a second word is needed"

# --- tied
as a put vendor name=云甲
as p put vendor name=自己
as a put query number=Q-1 vendor=云甲
as a exchange invite number=I-1 party_kind=vendor party=云甲 contact=x sent_on=2026-03-01 expires_on=2026-12-31 --json
exits 0 "an invitation is made with its code"
json 'v["code"]' >first.txt
as a exchange invite I-1 --json
json 'v["code"]' >code.txt
as a exchange invite I-1 more
exits 2 "one or the other"
as a exchange invite I-9
exits 3 "no such invitation"
as p exchange accept first.txt
exits 3 "an earlier code is good no more"
as p exchange look code.txt
has "who invites" "$out" "invited by 甲 (a); it can be accepted until 2026-12-31"
as a exchange accept code.txt
exits 3 "not by the client itself"
as r exchange accept code.txt
exits 3 "nor by an institution of another type"
as p exchange accept code.txt
exits 0 "accepted"
as p exchange accept code.txt
exits 3 "only once"
as a exchange ties
has "the client sees the tie" "$out" "云商 (p)"
as p exchange ties --json
is "so does the other" "$(json '[(x["side"], x["institution"]["code"]) for x in v["items"]]')" "[('party', 'a')]"
as a put vendor name=云乙
as a exchange invite number=I-2 party_kind=vendor party=云乙 contact=x sent_on=2026-03-01 expires_on=2026-12-31 --json
json 'v["code"]' >code.txt
as q exchange decline code.txt ""
exits 3 "declining wants a reason"
as q exchange decline code.txt 不做
exits 0 "declined"

# --- addressed and answered
as p exchange addressed
has "what the client asks" "$out" "Q-1"
has "and how it stands" "$out" "to answer"
as q exchange addressed
hasnt "another provider sees nothing" "$out" "Q-1"
as p exchange addressed a --kind query --json
query=$(json 'v["items"][0]["id"]')
as p exchange addressed a --kind nonsense
exits 3 "no such kind"
as p exchange register answer.csv
exits 0 "a register to fill in"
has "it has the question" "$(<answer.csv)" "$query"
as p exchange register answers.xlsx
exits 0 "the same as a spreadsheet"
is "nothing is left beside it" "$(ls answers.xlsx*)" "answers.xlsx"
python3 - answers.xlsx "$query" >sheet.txt <<'END'
import sys, zipfile
print(sys.argv[2] in zipfile.ZipFile(sys.argv[1]).read("xl/worksheets/sheet1.xml").decode())
END
is "with the question, and whole" "$(<sheet.txt)" "True"
as p exchange answer a "$query" answer text=x --dry-run
exits 0 "an answer is tried"
as a exchange waiting --json
is "which writes nothing" "$(json 'v["answers"]')" "[]"
as p exchange answer a "$query" burn text=x
exits 2 "no such thing to do"
as p exchange answer a "$query" answer nonsense
exits 2 "no field"
as p exchange answer a "$query" answer nofield=1
exits 3 "no such field"
as p exchange answer b "$query" answer text=x
exits 3 "not tied with that one"
as q exchange answer a "$query" answer text=x
exits 3 "nor is another"
as p exchange answer a "$query" answer text=x "evidence=E-8; E-9"
exits 3 "evidence that is not there"
has "is looked for by name, as in a list" "$err" "E-8"
as p exchange answer a "$query" answer text=已补
exits 0 "answered"
as p exchange answer a "$query" answer text=已补
has "again the same" "$out" "so already"
as p exchange register -
hasnt "what waits is not in the register" "$out" "$query"
as a exchange waiting
has "it waits for the client" "$out" "云商 (p) has answered: Query Q-1"
has "with the difference" "$out" "Answer: - -> 已补"
as a exchange waiting --json
answer=$(json 'v["answers"][0]["answer"]')
as a exchange refuse p "$answer" 不全
exits 0 "declined with the reason"
as a get query Q-1
has "the client's record stays" "$out" "Asked"
as p exchange answer a "$query" answer text=已补全
exits 0 "given again"
as a exchange take p "$answer" --expect 1
exits 3 "what has changed is not taken unseen"
as a exchange take q "$answer"
exits 3 "it is not another's"
as a exchange take p "$answer" files=x
exits 2 "nothing is chosen with an answer"
as a exchange take p "$answer"
exits 0 "taken"
as a get query Q-1
has "it is the client's own now" "$out" "已补全"
as a exchange take p "$answer"
exits 3 "taken once"

# --- offered
as a put service code=S1 title=系统
as p put paper number=P-1 vendor=自己 until=2026-12-31
as p list paper --json
paper=$(json 'v["items"][0]["id"]')
as p put offer about_kind=paper about=P-1
exits 0 "a paper is offered"
as p exchange offers
has "it waits" "$out" "waiting"
as a exchange waiting
has "for the client" "$out" "云商 (p) offers: Paper P-1"
has "who may choose" "$out" "(service=...)"
has "and is told how" "$out" "yunjian exchange take p $paper"
as q exchange waiting
has "not for others" "$out" "nothing waits"
as q exchange take p "$paper"
exits 3 "who get nothing"
as a exchange take p "$paper" until=2030-01-01
exits 3 "what comes with it is not chosen"
as a exchange take p nonsense
exits 3 "no id"
as a exchange take p "$paper" service=S1 --dry-run
has "what would come of it is shown" "$out" "yunjian exchange take p $paper --expect 1 --about new"
as a exchange take p "$paper" service=S1 --about "$query@1"
exits 3 "no other record is changed than was shown"
as a exchange take p "$paper" service=S1 --about nonsense
exits 2 "a record and its version, or none"
as a exchange take p "$paper" service=S1 --expect 1 --about new
exits 0 "taken as a copy"
as a get paper P-1
has "with what was chosen" "$out" "系统"
as p exchange offers --json
is "the provider sees that" "$(json '[(c["institution"]["code"], c["outcome"]) for c in v["items"][0]["clients"]]')" "[('a', 'taken')]"
as p move paper P-1 revoke
as a exchange refuse p "$paper" 稍后
exits 0 "a later version is declined"
as p exchange offers
has "with the reason" "$out" "稍后"

# --- overseen
as a put supervisor name=监管局
as a exchange invite number=I-3 party_kind=supervisor party=监管局 contact=x sent_on=2026-03-01 expires_on=2026-12-31 --json
json 'v["code"]' >code.txt
as r exchange accept code.txt
exits 0 "the regulator is tied"
as r put person number=9 name=检查员 'roles=inspector'
as r put inspection_scope inspector=9 basis=检1 since=2026-03-01 until=2026-04-30
as r exchange supervised
has "the operator sees who there is" "$out" "甲 (a)"
as r exchange supervised --as 9
has "the inspector sees his scope" "$out" "2026-04-30"
as r exchange supervised 无此
has "by name" "$out" "no institution is in the scope"
as a exchange inspectors
has "the institution sees who may read" "$out" "检查员"

# --- ended
as a exchange end nobody
exits 3 "no such tie"
as a exchange end p
exits 0 "ended"
as p exchange addressed
has "nothing is seen any more" "$out" "nothing is addressed"
as r exchange end a
exits 0 "the other side ends it as well"
as a exchange ties
has "tied to nobody again" "$out" "tied to nobody"
run ledger verify
exits 0 "every ledger verifies"

finish
