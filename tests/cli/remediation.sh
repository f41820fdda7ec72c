#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A must that is unmet and being put right: shown with person and day, never taken for met.
. "$(dirname "$0")/tap.sh"

run init data --simulated-clock 2026-03-02T09:00:00+08:00 --packs "$YUNJIAN_PACKS/core" "$SOURCE_ROOT/tests/record/pack"
exits 0 "init"
run institution add --code a --name 甲
run put person number=1 name=王五
run put service code=S1 title=服务一 level=1 model=near
run put service code=S2 title=服务二 level=1 model=near
run put service code=S3 title=服务三 model=near
run put vendor name=V country=other
run status --lang en
exits 1 "something binding is unmet"
has "by nobody put right so far" "$out" "of the binding ones unmet: 0 being put right, 0 past the day set, 2 neither"
hasnt "no mark for what there is none of" "$out" "of these, being put right"

fix='subject_kind=service who=1 agreed_on=2026-03-02'
run put repair requirement=1-1 subject=S1 title=升到二级 by_day=2026-03-31 $fix
exits 0 "a remediation"
run put repair requirement=1-1 subject=S3 title=填写级别 by_day=2026-03-10 $fix
exits 0 "of what is undecided"
run put repair requirement=1-9 subject=S1 title=x by_day=2026-03-31 $fix
exits 3 "a requirement that no pack has"
has "is refused" "$err" "fields.requirement: "
run put repair requirement=1-1 subject=S9 title=x by_day=2026-03-31 $fix
exits 3 "a record that is not there"
has "too" "$err" "fields.subject: "
run put repair requirement=1-1 subject_kind=vendor subject=V title=x who=1 agreed_on=2026-03-02 by_day=2026-03-31 --lang zh
exits 3 "a record of a kind that the requirement is not about"
has "too, in Chinese" "$err" "要求 1-1 针对种类“服务”，而不是种类“供应商”"
run put repair requirement=1-1 subject=S2 title=x $fix
exits 3 "without a day"
run put repair requirement=1-1 subject=S2 title=x subject_kind=service agreed_on=2026-03-02 by_day=2026-03-31
exits 3 "without a person"

# --- in time
run status --lang en
exits 1 "the must stays unmet"
has "counted as such" "$out" "3 unmet (2 binding)"
has "and counted apart" "$out" "of the binding ones unmet: 1 being put right, 0 past the day set, 1 neither"
has "with who and until when" "$out" "    + remediation: 升到二级 (王五, due 2026-03-31)"
has "of what is undecided too" "$out" "    + remediation: 填写级别 (王五, due 2026-03-10)"
has "in the table" "$out" "✗1 +1"
has "explained below it" "$out" "+ of these, being put right"
run status --lang zh
has "in Chinese" "$out" "    + 整改：升到二级（王五，期限 2026-03-31）"
has "with the counts" "$out" "强制要求未达标的：整改中 1，整改逾期 0，尚无整改 1"
has "and the marks" "$out" "+ 其中整改中"
run status --json
exits 1 "in JSON"
is "the same" "$(json 'v["remediation"], [(r["name"], r["responsible"]["name"], r["due"], r["overdue"]) for x in v["verdicts"] for r in x["remediations"]]')" \
    "({'open': 1, 'overdue': 0, 'none': 1}, [('升到二级', '王五', '2026-03-31', False), ('填写级别', '王五', '2026-03-10', False)])"
run explain 1-1 S1 --lang en
has "explained" "$out" "  + remediation: 升到二级 (王五, due 2026-03-31)"
run explain 1-1 S2 --lang en
hasnt "of another service nothing is said" "$out" "remediation"
run gates service S1 --lang en
exits 1 "the gate stays shut"
has "and says who is at it" "$out" "    + remediation: 升到二级 (王五, due 2026-03-31)"
run move service S1 start --lang zh
exits 1 "so does the transition"
has "saying the same" "$err" "    + 整改：升到二级（王五，期限 2026-03-31）"
run due --until 2026-03-10 --lang en
is "what falls due by then" "$(lines "$out")" 2
has "names who does what" "$out" "remediation: 王五; 填写级别"
hasnt "and is not late yet" "$out" "overdue"
run due --until 2026-03-09 --lang zh
has "nothing before" "$out" "没有"
for pair in open:2 overdue:0 none:1; do
    run status --remediation ${pair%:*} --json
    is "filter ${pair%:*}" "$(json 'v["total"]')" "${pair#*:}"
done
run status --remediation late
exits 2 "another word"
has "is told from these" "$err" "option --remediation is open, overdue or none"
run status --remediation late --lang zh
has "also in Chinese" "$err" "选项 --remediation 为 open、overdue 或 none"
run status --remediation overdue --lang en
has "none is like that" "$out" "no verdict is like that"

# --- past the day
run status --clock 2026-03-11T09:00:00+08:00 --lang en
exits 1 "days go by"
has "what was to be done by then is overdue" "$out" "    ! remediation overdue: 填写级别 (王五, due 2026-03-10)"
has "marked in the table" "$out" "?1 !1 (1)"
has "the other is not" "$out" "1 being put right, 0 past the day set, 1 neither"
run status --clock 2026-04-01T09:00:00+08:00 --lang zh
has "then that as well" "$out" "    ! 整改逾期：升到二级（王五，期限 2026-03-31）"
has "in the counts" "$out" "强制要求未达标的：整改中 0，整改逾期 1，尚无整改 1"
run due --days 0 --lang zh
has "what is overdue is due" "$out" "2026-03-31  逾期  1-1"
is "both" "$(lines "$out")" 3
run explain 1-1 S1 --lang zh
has "in the explanation" "$out" "  ! 整改逾期：升到二级（王五，期限 2026-03-31）"
run status --remediation overdue --json
is "found by the filter" "$(json 'sorted(x["subject"]["name"] for x in v["verdicts"])')" "['服务一', '服务三']"

# --- done, put right, and what was known then
run move repair '1-1 / S1 / 2026-03-02' finish
exits 0 "reported as done"
run status --json
is "it is unmet all the same, and nobody is at it" "$(json 'v["remediation"], v["counts"]["unmet"]')" "({'open': 0, 'overdue': 0, 'none': 2}, 3)"
run put service --id S1 level=2
run status --json
is "until it is right" "$(json 'v["remediation"], v["counts"]["unmet"]')" "({'open': 0, 'overdue': 0, 'none': 1}, 2)"
for more in '' --rejudge; do
    run status --as-of 2026-03-31 $more --json
    exits 1 "as of its last day $more"
    is "it was under way" "$(json 'v["remediation"], [(r["due"], r["overdue"]) for x in v["verdicts"] for r in x["remediations"]]')" \
        "({'open': 1, 'overdue': 0, 'none': 1}, [('2026-03-31', False), ('2026-03-10', True)])"
    run status --as-of 2026-03-31 $more --lang en
    has "in words" "$out" "    + remediation: 升到二级 (王五, due 2026-03-31)"
    run explain 1-1 S1 --as-of 2026-03-31 $more --lang en
    has "explained" "$out" "  + remediation: 升到二级 (王五, due 2026-03-31)"
done
run status --as-of 2026-04-01 --remediation overdue --json
is "the day after it was overdue or done, as entered" "$(json 'v["total"]')" 1
run rebuild --judge
exits 0 "and everything is derived again"

# --- by a register
printf 'requirement,subject_kind,subject,title,who,agreed_on,by_day\n1-1,服务,S2,升到三级,1,2026-04-01,2026-05-01\n1-1,服务,S9,x,1,2026-04-01,2026-05-01\n1-1,供应商,V,x,1,2026-04-01,2026-05-01\n' >repair.csv
run import repair.csv --json
exits 3 "a register with mistakes"
is "is refused with their places" "$(json '[(x["line"], x["field"]) for x in v["problems"]]')" "[(3, 'subject'), (3, 'subject'), (4, 'subject_kind')]"
sed -i 3,4d repair.csv
run import repair.csv
exits 0 "and taken without"
run status --json
is "it counts" "$(json 'v["remediation"]')" "{'open': 1, 'overdue': 0, 'none': 0}"

# --- an advice
run put service code=S4 title=远 level=3 model=far vendor=V
run put repair requirement=1-3 subject_kind=vendor subject=V title=换供应商 who=1 agreed_on=2026-04-01 by_day=2026-05-01
exits 0 "may be put right as well"
run status --lang en
has "and is shown so" "$out" "    + remediation: 换供应商 (王五, due 2026-05-01)"
run status --json
is "but musts are counted" "$(json 'v["remediation"]')" "{'open': 1, 'overdue': 0, 'none': 0}"
run put risk_acceptance requirement=1-3 subject_kind=vendor subject=V reason=x valid_until=2026-12-31
run move risk_acceptance '1-3 / V / 2026-12-31' accept
run explain 1-3 V --lang en
has "beside an accepted risk" "$out" "advice, risk accepted until 2026-12-31
  + remediation: 换供应商 (王五, due 2026-05-01)"
finish
