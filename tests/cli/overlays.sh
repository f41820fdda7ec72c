#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The overlay packs, put on an installation that is in use, and what they say there.
. "$(dirname "$0")/tap.sh"

packs=$YUNJIAN_PACKS
readme=$(cat "$SOURCE_ROOT/README.md")

# --- the README gives these numbers
sums() { run pack check "$@" --json && json '"%d %d" % (v["requirements"], v["rules"])'; }
read -r requirements rules < <(sums "$packs/core" "$packs/sf-cloud")
for pack in sf-calendars sf-obligations sf-incident-clocks; do
    read -r more_requirements more_rules < <(sums "$packs/core" "$packs/sf-cloud" "$packs/$pack")
    n=$((more_requirements - requirements)) m=$((more_rules - rules))
    has "the README says how much is in $pack" "$readme" "\`$pack\` ($n requirements, $m rule"
    has "and in Chinese" "$readme" "\`$pack\`（$n 项要求、$m 条规则）"
done
all=("$packs/core" "$packs/sf-cloud" "$packs/sf-calendars" "$packs/sf-obligations" "$packs/sf-incident-clocks")
has "the README says how to put them on" "$readme" \
    "pack install packs/core packs/sf-cloud packs/sf-calendars packs/sf-obligations packs/sf-incident-clocks"
run pack check "${all[@]}"
exits 0 "they stand beside each other"
run pack check "$packs/core" "$packs/sf-cloud" --statements --json
bare=$(json 'sorted(x["requirement"] for x in v)')
run pack check "${all[@]}" --statements --json
is "none of them adds to what rests on statements alone" "$(json 'sorted(x["requirement"] for x in v)')" "$bare"
run pack check "$packs/core" "$packs/sf-obligations"
exits 1 "an overlay without the pack it is put on"
has "says what it lacks" "$err" "sf-cloud"

# --- on an installation in use
run init data --simulated-clock 2026-11-20T12:00:00+08:00
run institution add --code gs --name 甲证券
run put provider name=甲云
run put platform provider=甲云 name=云一 model=public
run put system code=S-01 name=集中交易 importance=important
printf 'system,name,platform,model,state\nS-01,生产,甲云 / 云一,public,acquiring\n' >deployment.csv
run import deployment.csv
run put incident number=SJ-1 title=存储故障 platform="甲云 / 云一" detected_on=2026-11-20 detected_time=1130 nature=failure grade=larger
exits 0 "an incident before there is any overlay"
run explain csrc.2-1 SJ-1
exits 3 "about whose reports the standard says nothing"
run document
exits 0 "nor has it report templates"
has "which is said" "$out" "the packs have no report templates"
asks='"218.37-2" in [m["requirement"] for g in v["items"] if g["transition"] == "serve" for m in g["misses"]]'
run gates deployment "S-01 / 生产" --json
is "and its gates ask for no exit plan" "$(json "$asks")" False

run pack install "${all[@]}" --json
exits 0 "the overlays are put on it"
is "all five are in force" "$(json '[p["name"] for p in v["packs"]]')" \
    "['core', 'sf-cloud', 'sf-calendars', 'sf-obligations', 'sf-incident-clocks']"
run get incident SJ-1 --json
is "what was recorded stays" "$(json 'v["fields"]["title"], v["version"]')" "('存储故障', 1)"

# --- what applies follows from the institution's type
verdict() { # REQUIREMENT SUBJECT: status, code and due, for $(...)
    run explain "$1" "$2" --json
    json '" ".join(str(x) for x in (v["verdict"]["status"], v["verdict"]["code"], v["verdict"]["due"]) if x)'
}
is "no type is on record" "$(verdict 218.38-3 gs)" "unknown type_missing"
run put institution --id gs licence=sales
is "one that the order does not bind" "$(verdict 218.38-3 gs)" "not_applicable other_type"
run explain 218.38-3 gs --lang zh
has "with the reason" "$out" "基金销售或服务机构"
run put institution --id gs licence=securities markets=securities
is "one that it binds" "$(verdict 218.38-3 gs)" "unknown never"
is "what is asked of exchanges is not asked of it" "$(verdict 218.38-1 gs)" "not_applicable other_type"

# an interval is a setting
run put person number=A1 name=李明
run put person number=A2 name=王芳
run put drill number=YL-1 title=年度演练 type=own held_on=2026-03-10 led_by=A1
run put evidence title=报告 source=third_party digest=139d544b821b13ebea14f1b0fe18577222e415c2966e3a3511c4196055232202
id=$("$YUNJIAN" list evidence --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["items"][0]["id"])')
run put drill --id YL-1 confirmed_by=A2 confirmed_on=2026-03-20 "evidence=$id"
run move drill YL-1 hold
run move drill YL-1 confirm
exits 0 "a drill is held and confirmed"
is "and holds for a year" "$(verdict 218.38-3 gs)" "met held 2027-03-10"
run put setting name=obligation.drill.months value=9 source=制度第3号
is "or for as long as the institution has set" "$(verdict 218.38-3 gs)" "met held 2026-12-10"
run due --until 2026-12-31
has "which is seen among what is due" "$out" "218.38-3"

# --- a gate of the standard's own pack asks for more
run gates deployment "S-01 / 生产" --json
is "its gate asks for the plan of the provider's exit" "$(json "$asks")" True

# --- calendars
is "the calendar of this year is missing" "$(verdict cal-1 gs)" "unmet missing"
for register in calendar_year calendar market_closure; do
    run import "$packs/sf-calendars/registers/2026/$register.csv"
    exits 0 "register $register of 2026"
done
is "it is there until it is time for the next" "$(verdict cal-1 gs)" "met ready 2026-11-30"
is "the stock exchanges' too" "$(verdict cal-2 gs)" "met ready 2026-11-30"
is "an institution of the securities market needs no other" "$(verdict cal-3 gs)" "not_applicable other_market"
run due --until 2026-12-31
has "the day is known ahead" "$out" "cal-1"

# --- clocks of an incident
is "a figure that was not compared is off" "$(verdict csrc.2-2 SJ-1)" "not_applicable off"
run explain csrc.2-2 SJ-1 --lang zh
has "and says how it is switched on" "$out" "incident.csrc.outage_minutes"
run put setting name=incident.csrc.outage_minutes value=on source=对照现行规定
is "switched on" "$(verdict csrc.2-2 SJ-1)" "unknown awaiting 2026-11-20"
run due
has "the civil day on which it runs out is due" "$out" "csrc.2-2"
run put incident_report incident=SJ-1 regime=csrc number=1 type=first recipient=csrc_office sent_on=2026-11-20 sent_time=1201 channel=phone
is "a minute late" "$(verdict csrc.2-2 SJ-1)" "unmet late"
run explain csrc.2-2 SJ-1
has "which the sentence says" "$out" "1 minutes late"
run put incident_report --id "SJ-1 / csrc / 1" sent_time=1200
is "to the minute in time" "$(verdict csrc.2-2 SJ-1)" "met in_time"
is "without its national grade nothing can be told" "$(verdict national.2-1 SJ-1)" "unknown ungraded"
run import "$packs/sf-incident-clocks/registers/grade_threshold.csv"
exits 0 "thresholds of grades"
run list grade_threshold --json
is "those of lesser confidence are off" \
    "$(json 'sorted({(x["fields"]["confidence"], x["state"]) for x in v["items"]})')" "[('h', 'on'), ('m', 'off')]"

# --- report templates
run document
exits 0 "the templates"
is "each with its requirements" "$(lines "$out")" 5
run document --json
is "as JSON" "$(json '[(x["document"], x["kind"]) for x in v]')" \
    "[('csrc_situation', 'incident'), ('csrc_summary', 'incident'), ('national_report', 'incident'), ('national_summary', 'incident')]"
run document csrc_situation
has "what one consists of" "$out" "What was done"
run document csrc_situation SJ-1
exits 0 "filled in from the incident"
has "with what is on record" "$out" "Detected by the provider: 2026-11-20 11:30"
has "with the reports made" "$out" "2026-11-20 12:00, Local office of the CSRC, First report, Phone"
has "what is missing is marked" "$out" "[to fill in: Course in brief]"
run document csrc_situation SJ-1 --lang zh --out report.txt
exits 0 "into a file, in Chinese"
has "what is missing is said beside it" "$out" "简要经过"
has "the file holds the report" "$(<report.txt)" "存储故障（SJ-1），级别：较大"
has "with the missing value named in its place" "$(<report.txt)" "〔待填：简要经过〕"
hasnt "and not the list of what is missing" "$(<report.txt)" "还要补填"
run document csrc_situation SJ-1 --json
is "as JSON with what is missing" "$(json 'v["subject"]["name"], len(v["sections"]), len(v["blank"]) > 5')" "('存储故障', 17, True)"
run document nonsense
exits 3 "a template that there is not"
has "is named" "$err" "the packs have no document nonsense"
run document nonsense SJ-1 --lang zh
exits 3 "whatever it is filled in from"
has "in Chinese too" "$err" "标准包没有报告模板 nonsense"
run document csrc_situation SJ-9
exits 3 "a record that there is not"
has "has its kind named" "$err" "there is no record of kind incident"
run document csrc_situation SJ-9 --json
is "as JSON with its code" "$(error_json 'v["error"]["code"]')" not_found
run document csrc_situation SJ-1 SJ-2
exits 2 "two records at once"
run document csrc_situation SJ-1 --out nowhere/report.txt
exits 3 "a file that cannot be written"
has "is named" "$err" "nowhere/report.txt"

# --- a day later
run status --clock 2026-12-01T00:30:00+08:00
is "from 1 December on next year's calendar is missing" "$(verdict cal-1 gs)" "unmet missing"
run explain cal-1 gs
has "which the sentence says" "$out" "The calendar of 2027 is missing"
run ledger verify
exits 0 "the ledger holds"
run rebuild --judge
exits 0 "every judgement comes out the same again, by the packs of then"
run pack install "$packs/core" "$packs/sf-cloud"
exits 3 "to take an overlay off would take records with it"

# --- the cases of a pack whose gate asks for more with an overlay on top
small() { # FOLDER CLAUSE SHUT: the one requirement of a pack about rooms, its rule, gate and cases, one of them of the gate
    mkdir -p "$1"/{kinds,requirements,rules,cases}
    cat >"$1/rules/r$2.sql" <<Y
-- rule: r$2
-- subject: room
-- reasons:
--   yes: {zh: "“{name}”有第 $2 项。", en: "{name} has item $2."}
--   no: {zh: "“{name}”没有第 $2 项。", en: "{name} lacks item $2."}
SELECT t.id AS subject, CASE WHEN t.item$2 = 1 THEN 'met' ELSE 'unmet' END AS status,
       CASE WHEN t.item$2 = 1 THEN 'yes' ELSE 'no' END AS reason,
       NULL AS due, 'room' AS proof_kind, t.id AS proof, t.name AS v_name
FROM subject x JOIN room t ON t.id = x.id
Y
    cat >"$1/requirements/r.yaml" <<Y
- {id: "$2-1", clause: "$2", actor: client, force: must, models: [], stage: any, subject: room, rule: r$2,
   title: {zh: 有, en: There}, text: {zh: 须有。, en: It is there.}, guidance: {zh: 放上。, en: Put it there.}}
Y
    printf -- '- {kind: room, transition: take, requires: ["%s-1"]}\n' "$2" >"$1/gates.yaml"
    cat >"$1/cases/c.yaml" <<Y
cases:
  - {requirement: "$2-1", name: there, today: 2026-03-01, records: [{ref: t, kind: room, fields: {name: a, item$2: 1}}], expect: [{subject: t, status: met}]}
  - {requirement: "$2-1", name: lacking, today: 2026-03-01, records: [{ref: t, kind: room, fields: {name: a}}], expect: [{subject: t, status: unmet}]}
  - {gate: {subject: t, transition: take}, name: lacking, today: 2026-03-01, records: [{ref: t, kind: room, fields: {name: a}}], expect: {shut: [$3]}}
Y
}
common='actors: {client: {zh: 委托方, en: Client}}
forces: {must: {zh: 应, en: must, binding: true}}'
small under 1 '"1-1"'
printf '%s\n' 'pack: under' 'edition: "1"' 'title: {zh: 下, en: Under}' 'requires: [core]' "$common" 'clauses: {"1": {zh: 一, en: One}}' >under/pack.yaml
cat >under/kinds/room.yaml <<'Y'
kind: room
label: {zh: 房间, en: Room}
key: [name]
name: name
initial: empty
states: {empty: {label: {zh: 空, en: Empty}}, taken: {label: {zh: 已住, en: Taken}}}
transitions: {take: {from: [empty], to: taken, label: {zh: 入住, en: Take}}}
fields:
  name: {type: text, required: true, label: {zh: 名称, en: Name}}
  item1: {type: integer, label: {zh: 第一项, en: Item 1}}
Y
small over 2 '"1-1", "2-1"'
printf '%s\n' 'pack: over' 'edition: "1"' 'title: {zh: 上, en: Over}' 'requires: [core]' 'extends: [under]' "$common" 'clauses: {"2": {zh: 二, en: Two}}' >over/pack.yaml
printf '%s\n' 'extend: room' 'fields: {item2: {type: integer, label: {zh: 第二项, en: Item 2}}}' >over/kinds/room.yaml
run pack test "$packs/core" under over
exits 0 "each pack's cases hold: those of the lower one without what is on top"
has "all are run" "$out" "6 cases passed, 0 failed"
run pack test "$packs/core" under over --only over
exits 0 "those of the overlay alone"
has "are fewer" "$out" "3 cases passed, 0 failed"
sed -i 's/shut: \["1-1", "2-1"\]/shut: ["1-1"]/' over/cases/c.yaml
run pack test "$packs/core" under over --only under
exits 0 "the lower one's hold whatever those on top say"
run pack test "$packs/core" under over --only over
exits 1 "on top the gate asks for both"
run pack test "$packs/core" under over --only neither
exits 2 "a pack that is not given"
finish
