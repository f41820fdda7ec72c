#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A workflow on one institution: init, records, import, export, history, search, gates, status, explain, due.
. "$(dirname "$0")/tap.sh"

run init data
exits 0 "init"
run init data
exits 3 "a second init is refused"
has "and says why" "$err" "already holds an installation"
run list person
exits 3 "no institution yet"
has "says how to open one" "$err" "yunjian institution add"
run status
exits 0 "status says what comes first"
has "the institution" "$out" "yunjian institution add"
has "then what the packs ask for" "$out" "1. - Person (person)"
run status --json
exits 3 "programs are told that there is none"
run institution list
has "and so does their list" "$out" "yunjian institution add"
run institution add --code hyzq --name 华源证券
exits 0 "institution add"
run institution add --code hyzq --name 另一家
exits 3 "a code is taken once"
run institution add --name x
exits 3 "a required field is missing"
has "and named" "$err" "fields.code"
run institution list --json
is "institution list --json" "$(json 'v[0]["code"], v[0]["name"], len(v)')" "('hyzq', '华源证券', 1)"
run institution list
has "the list shows a ledger's name in full" "$out" "$(run institution list --json; json 'v[0]["origin"]')"
run list person
is "a list without rows says so" "$out" "nothing entered yet: Person"
run list person --lang zh
is "in Chinese" "$out" "还没有登记：人员"
run list person --json
is "and is a list in JSON" "$(json 'v["total"], v["items"]')" "(0, [])"
run export nothing
has "an export without records says so" "$out" "nothing entered yet"
run due
has "due with nothing due" "$out" "nothing is due up to"
run search 合同
has "a search that finds nothing" "$out" "nothing found"
run status
exits 0 "status of nothing"
has "says what to do" "$out" "3. - Information system (system)"
has "and why" "$out" "Levels, data and deployments hang on systems"
run status --lang zh
has "in Chinese" "$out" "各项记录都要写明负责人、经办人和复核人，先登记人员。"
run status --json
is "status --json has the same" "$(json 'v["start"]["next"], v["start"]["items"][0]["entered"], v["start"]["items"][2]["requirements"] > 20')" "('person', False, True)"

# --- put, get, move
run put person number=1001 name=李雷 'roles=head_of_it; security'
exits 0 "put creates"
run status
has "a step that is done is left out, the next comes first" "$(grep -A1 'Not entered yet' "$tmp/.out" | tail -1)" "2. - Policy (policy)"
run status --json
is "and the next named" "$(json 'v["start"]["next"]')" policy
run put person number=1002 name=韩梅梅 roles=it --json
is "put --json" "$(json 'v["kind"], v["version"], v["unchanged"]')" "('person', 1, False)"
id=$(json 'v["id"]')
run put person --id 1002 department=合规部 --expect 1
exits 0 "put changes by key"
run put person --id "$id" department=合规部
has "the same again changes nothing" "$out" "was so already"
run put person --id 1002 department=风险部 --expect 1 --json
exits 3 "a stale change is refused"
is "as stale" "$(error_json 'v["error"]["code"]')" stale
has "naming the fields" "$(error_json 'v["error"]["changed"]')" department
run put person --id 1002 department= --json
is "field= clears" "$(json 'v["version"]')" 3
run put person number=1001 name=又一个
exits 3 "a key is taken once"
run put person number=1003 name=x --expect 2
exits 2 "--expect needs --id"
run put person nonsense
exits 3 "a file that is not there"
run put person number=1003 colour=red
exits 3 "an unknown field"
has "is named" "$err" "fields.colour"
run put unicorn x=1
exits 3 "an unknown kind"
run put person number=1003 name=x 'roles=king'
exits 3 "an unknown option"
has "names the field" "$err" "fields.roles"
has "what was wrong" "$err" "king is none of"
has "and what there is" "$err" "head_of_it"
echo '{"number": "1004", "name": "王芳"}' >person.json
run put person person.json
exits 0 "put from a file"
"$YUNJIAN" put person - <<<'{"number": "1005", "name": "赵强"}' >/dev/null
is "put from standard input" "$?" 0
echo '[1]' >list.json
run put person list.json
exits 3 "a record is an object"
run put person number=1006 name=x --dry-run --json
is "a dry run says so" "$(json 'v["dry_run"]')" True
run get person 1006
exits 3 "and writes nothing"
run put system code=crm name=客户关系系统 owner=1001 level=3
exits 0 "a reference by key"
run get system crm
has "get shows names" "$out" "李雷"
run get system crm --json
is "get --json" "$(json 'v["fields"]["code"], v["version"], v["kind"]')" "('crm', 1, 'system')"
run get system crm --lang zh
has "get in Chinese" "$out" "客户关系系统"
run get system nothing
exits 3 "get of nothing"
run put system --id crm level=2 --as 1002
exits 0 "acting as a person"
run put system --id crm level=2 --as 9999
exits 3 "who must exist"
run put system --id crm level=1 --as 1004
exits 3 "and whose roles allow it"
has "which says whose it is" "$err" "王芳 has no role"
run put system --id crm level=1 --as 1004 --lang zh
has "in Chinese" "$err" "王芳没有承担任何职责"
run history system crm
has "history tells who" "$out" "韩梅梅"
has "when, by the installation's clock" "$out" "$(TZ=Asia/Shanghai date +%F)"
hasnt "and not by another" "$out" T0
run history system crm --lang zh
has "what was done, in words" "$out" "：登记，登记人"
run history system crm
has "and what" "$out" "3 -> 2"
run history system crm --json
is "history --json, newest first" "$(json '[x["version"] for x in v["items"]]')" "[2, 1]"
run get system crm --as-of '#5' --json
exits 3 "not there yet at an early entry"
run move person 1005 leave
exits 0 "move"
run move person 1005 leave
exits 3 "not twice"
run move person 1005 fly
exits 2 "an unknown transition"

# --- a record of any kind, by its key
run put risk_acceptance requirement=6.1-3 subject_kind=system subject=crm reason=x valid_until=2099-12-31
exits 0 "a record of any kind is named by its key"
run get risk_acceptance '6.1-3 / crm / 2099-12-31'
has "shown by name" "$out" "客户关系系统"
has "with its kind" "$out" "Information system"
run get risk_acceptance '6.1-3 / crm / 2099-12-31' --json
is "kept by id" "$(json 'v["fields"]["subject_kind"], len(v["fields"]["subject"])')" "('system', 36)"
run list risk_acceptance
has "listed by name" "$out" "客户关系系统"
run history risk_acceptance '6.1-3 / crm / 2099-12-31'
has "and so in its history" "$out" "Subject: 客户关系系统"
run export - --kind risk_acceptance
has "exported by key" "$out" "6.1-3,system,crm,"
run put risk_acceptance --id '6.1-3 / crm / 2099-12-31' subject=nothing
exits 3 "a key that is none"
has "is named with its field" "$err" "fields.subject"
run put risk_acceptance requirement=6.1-3 subject=crm reason=x valid_until=2099-12-30
exits 3 "the kind must be told"
has "by name" "$err" "Kind of subject"
run put risk_acceptance --id '6.1-3 / crm / 2099-12-31' subject_kind=person
exits 3 "and must be that of the record"

# --- list, search
run list person --json
is "list --json" "$(json 'v["total"], len(v["items"])')" "(4, 4)"
run list person --filter state=left --json
is "a filter" "$(json '[x["fields"]["name"] for x in v["items"]]')" "['赵强']"
run list person --filter 'number>=1002' 'number<1005' --json
is "two filters" "$(json 'v["total"]')" 2
run list person --sort -number --limit 2 --json
is "sorted, limited" "$(json '[x["fields"]["number"] for x in v["items"]]')" "['1005', '1004']"
next=$(json 'v["next"]')
run list person --sort -number --limit 2 --after "$next" --json
is "the next page" "$(json '[x["fields"]["number"] for x in v["items"]]')" "['1002', '1001']"
run list person --filter number=9999
is "a filter that lets nothing through" "$out" "no record like that: Person"
run status --status met --subject person:1001
has "verdicts that none are" "$out" "no verdict is like that"
run list person --filter nonsense
exits 2 "no filter"
run list person
has "a table for people" "$out" "Staff number"
is "its columns stand in line" "$(python3 - "$out" <<'P'
import sys, unicodedata
rows = sys.argv[1].split("\n")[:-1]
def at(row, n):
    w = 0
    for i, c in enumerate(row):
        if w == n: return row[i:]
        w += 2 if unicodedata.east_asian_width(c) in "WF" else 1
    return ""
start = rows[0].index("State")
print({at(r, start).split("  ")[0].strip() for r in rows[1:]} <= {"Active", "Left"})
P
)" True
run search 关系
has "search" "$out" "客户关系系统"
run search 关系 --json
is "search --json" "$(json 'v["items"][0]["kind"], v["items"][0]["name"]')" "('system', '客户关系系统')"
run search zzzz
exits 0 "nothing found is fine"

# --- import, export, template
run template system
has "template" "$out" "code,name"
run template ./templates
is "templates of all kinds" "$(ls templates | grep -c '\.csv$' | awk '{print ($1 > 20)}')" 1
run template nonsense
exits 3 "a template of nothing"
mkdir in
printf 'number,name,roles\n1001,李雷雷,-\n2001,新来的,it;security\n' >in/person.csv
printf 'code,name,owner,level\npay,支付系统,2001,3\n' >in/system.csv
run import in --dry-run --json
is "import --dry-run" "$(json 'v["created"], v["changed"], v["dry_run"], v["problems"]')" "(2, 1, True, [])"
run get person 2001
exits 3 "writes nothing"
run import in
exits 0 "import"
has "counts" "$out" "2 new, 1 changed"
run import in --json
is "the same again changes nothing" "$(json 'v["created"], v["changed"], v["unchanged"]')" "(0, 0, 3)"
printf 'number,name\n3001,x\n,y\n3002\n3003,z,more,cells\n' >bad.csv
mkdir bad && mv bad.csv bad/person.csv
run import bad
exits 3 "a bad import"
has "names file and line" "$err" "person.csv:3"
is "in the order of the file" "$(grep -o '^person.csv:[0-9]*' <<<"$err" | tr '\n' ' ')" "person.csv:3 person.csv:4 person.csv:5 "
has "and sums up" "$err" "3 problems, listed above; nothing was written"
has "and every bad row" "$err" "person.csv:5"
run get person 3001
exits 3 "and writes nothing of it"
run import bad --json
is "problems as JSON" "$(json 'len(v["problems"]) >= 2 and v["problems"][0]["message"]["zh"] != ""')" True
run import nowhere
exits 3 "import of nothing"
run export out
exits 0 "export"
is "what was written can be imported" "$("$YUNJIAN" import out --json | python3 -c 'import json, sys; v = json.load(sys.stdin); print(v["created"], v["changed"])')" "0 0"
run export out
exits 3 "into an empty folder only"
run export - --kind system
has "one kind to standard output" "$out" "支付系统"
run export -
exits 2 "only one kind"

# --- verdicts
run requirements --json
first=$(json 'v[0]["id"]')
is "requirements --json: an array of objects" "$(json 'all(k in v[0] for k in ("id", "clause", "actor", "force", "models", "stage", "subject", "zh", "en"))')" True
run requirements "$first" --lang zh
exits 0 "one requirement in full"
run requirements 6.2-5
has "with the parameters of its rule" "$out" "failing: does_not_conform poor"
has "and where they come from" "$out" "this pack's choice"
run requirements 6.2-5 --json
is "in JSON too" "$(json 'v[0]["with"]["months_low"], "failing" in v[0]["settings"]["zh"]')" "(24, True)"
run requirements nonsense
exits 3 "no such requirement"
run kinds
exits 0 "kinds"
run kinds system --json
is "kinds --json" "$(json 'v["kind"]')" system
run status --json
is "status --json has what the API has" "$(json 'sorted(v)')" \
    "['as_of', 'checkpoint', 'counts', 'institution', 'pack', 'rejudged', 'remediation', 'simulated_clock', 'start', 'total', 'verdicts']"
exits "$(json 'int(any(x["status"] == "unmet" for x in v["verdicts"]) and 1)')" "its exit code says whether something binding is unmet"
run status --lang zh
has "status in Chinese" "$out" "截至"
run status --status nonsense
exits 2 "a status that is none"
run status --stage nonsense
exits 2 "a stage that is none"
run status --subject nonsense
exits 3 "a subject that is none"
run status --as-of 2000-01-01 --json
is "nothing was known long ago" "$(json 'v["total"]')" 0
run status --as-of nonsense
is "a date that is none" "$((rc == 2 || rc == 3))" 1
run due --days 30 --json
exits 0 "due"
run due --until never
exits 2 "a date that is none"
run gates person 1001
exits 0 "gates"
run gates system crm --json
is "gates --json" "$(json '"items" in v')" True
finish
