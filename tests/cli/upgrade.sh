#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# pack upgrade: two editions of a small pack, with everything that can become of a kind, a field, an option, a state and a
# requirement. On SQLite, or on the PostgreSQL of YJ_TEST_PG_URL if the first argument says so.
. "$(dirname "$0")/tap.sh"

cp -r "$YUNJIAN_PACKS/core" core
mkdir -p one/kinds one/requirements one/rules one/cases
cat >one/pack.yaml <<'Y'
pack: house
edition: "one"
title: {zh: 屋, en: House}
requires: [core]
actors: {client: {zh: 委托方, en: Client}}
forces: {must: {zh: 应, en: must, binding: true}}
clauses: {"1": {zh: 一, en: One}}
Y
cat >one/kinds/room.yaml <<'Y'
kind: room
label: {zh: 房间, en: Room}
key: [number]
name: number
initial: empty
states:
  empty: {label: {zh: 空, en: Empty}}
  taken: {label: {zh: 已住, en: Taken}}
transitions:
  take: {from: [empty], to: taken, label: {zh: 入住, en: Take}}
fields:
  number: {type: text, required: true, label: {zh: 号, en: Number}}
  size: {type: integer, label: {zh: 大小, en: Size}}
  colour: {type: choice, options: {red: {zh: 红, en: Red}, blue: {zh: 蓝, en: Blue}, grey: {zh: 灰, en: Grey}}, label: {zh: 颜色, en: Colour}}
  smell: {type: text, label: {zh: 气味, en: Smell}}
  keys: {type: text, label: {zh: 钥匙数, en: Keys}}
Y
cat >one/kinds/guest.yaml <<'Y'
kind: guest
label: {zh: 客人, en: Guest}
key: [name]
name: name
fields:
  name: {type: text, required: true, label: {zh: 名, en: Name}}
  room: {type: ref, to: room, label: {zh: 房间, en: Room}}
Y
cat >one/kinds/broom.yaml <<'Y'
kind: broom
label: {zh: 扫帚, en: Broom}
key: [name]
name: name
fields:
  name: {type: text, required: true, label: {zh: 名, en: Name}}
Y
rule() { # FOLDER KIND LEAST
    cat >"$1/rules/big.sql" <<Y
-- rule: big
-- subject: $2
-- reasons:
--   big: {zh: "“{name}”够大。", en: "{name} is big enough."}
--   little: {zh: "“{name}”太小。", en: "{name} is too small."}
SELECT t.id AS subject, CASE WHEN t.size >= $3 THEN 'met' ELSE 'unmet' END AS status,
       CASE WHEN t.size >= $3 THEN 'big' ELSE 'little' END AS reason,
       NULL AS due, '$2' AS proof_kind, t.id AS proof, t.number AS v_name
FROM subject x JOIN $2 t ON t.id = x.id
Y
}
requirement() { # FOLDER KIND ID...
    local folder=$1 kind=$2 id
    shift 2
    for id in "$@"; do
        cat <<Y
- id: "$id"
  clause: "1"
  actor: client
  force: must
  models: []
  stage: any
  subject: $kind
  title: {zh: 要大, en: It is big}
  text: {zh: 须够大。, en: It is big enough.}
  guidance: {zh: 弄大些。, en: Make it bigger.}
  rule: big
Y
    done >"$folder/requirements/1.yaml"
}
cases() { # FOLDER KIND ID...
    local folder=$1 kind=$2 id
    shift 2
    echo "cases:" >"$folder/cases/1.yaml"
    for id in "$@"; do
        cat <<Y
  - requirement: "$id"
    name: big
    today: 2026-03-01
    records: [{ref: t, kind: $kind, fields: {number: a, size: 99}}]
    expect: [{subject: t, status: met}]
  - requirement: "$id"
    name: little
    today: 2026-03-01
    records: [{ref: t, kind: $kind, fields: {number: a, size: 2}}]
    expect: [{subject: t, status: unmet}]
Y
    done >>"$folder/cases/1.yaml"
}
rule one room 10
requirement one room 1-1 1-2
cases one room 1-1 1-2
run pack test core one
exits 0 "the first edition"

store=()
if [ "${1:-}" = postgres ]; then
    if [ -z "${YJ_TEST_PG_URL:-}" ]; then
        echo "1..1"
        echo "not ok 1 - run under tools/with-postgres: YJ_TEST_PG_URL is not set"
        exit 1
    fi
    name=yj_upgrade_$$
    psql -q "$YJ_TEST_PG_URL" -c "CREATE DATABASE $name" || exit 99
    drop() {
        psql -q "$YJ_TEST_PG_URL" -c "DROP DATABASE IF EXISTS $name WITH (FORCE)" >/dev/null 2>&1
        cleanup
    }
    trap drop EXIT
    store=(--store "${YJ_TEST_PG_URL%/*}/$name")
fi
run init data --packs core one "${store[@]}"
exits 0 "an installation by it"
run institution add --code a --name 甲
run put room number=1 size=20 colour=red smell=rose keys=3
run put room number=2 size=12 colour=blue smell=mint
run put room number=3 size=4 colour=grey
run move room 1 take
run put guest name=Li room=1
run put broom name=B1
run status
before=$("$YUNJIAN" list room --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["items"][0]["id"])')
recorded=$("$YUNJIAN" history room 1 --json | python3 -c 'import json, sys; print("#%d" % (json.load(sys.stdin)["items"][0]["seq"] + 1))')

# --- the second edition: room is a chamber, size grows, colour loses an option and renames another, smell is gone,
#     keys are a number, `taken` is `in_use`; a requirement has another id, one is retired, one is new
mkdir -p two
cp -r one/. two/
rm two/kinds/room.yaml two/kinds/broom.yaml
sed -i 's/edition: "one"/edition: "two"/' two/pack.yaml
sed -i 's/to: room/to: chamber/' two/kinds/guest.yaml
cat >two/kinds/chamber.yaml <<'Y'
kind: chamber
label: {zh: 客房, en: Chamber}
key: [number]
name: number
initial: empty
states:
  empty: {label: {zh: 空, en: Empty}}
  in_use: {label: {zh: 使用中, en: In use}}
transitions:
  take: {from: [empty], to: in_use, label: {zh: 入住, en: Take}}
fields:
  number: {type: text, required: true, label: {zh: 号, en: Number}}
  size: {type: integer, label: {zh: 大小, en: Size}}
  shade: {type: choice, options: {crimson: {zh: 深红, en: Crimson}, blue: {zh: 蓝, en: Blue}}, label: {zh: 颜色, en: Shade}}
  keys: {type: integer, min: 0, label: {zh: 钥匙数, en: Keys}}
  floor: {type: integer, label: {zh: 楼层, en: Floor}}
Y
rule two chamber 15
requirement two chamber 1-1 1-3 1-4
cases two chamber 1-1 1-3 1-4
run pack check core two
exits 0 "the second edition is in order by itself"
run pack upgrade two --dry-run
exits 3 "what is gone without a word is refused"
has "by name" "$err" "kind broom is gone"
has "each of them" "$err" "requirement 1-2 is gone"
has "and the place" "$err" "two/upgrade.yaml"
run pack install core two
exits 3 "and is not installed by the back door"
has "which says where to go" "$err" "pack upgrade"

cat >two/upgrade.yaml <<'Y'
from: ["one"]
renamed:
  kinds: {room: chamber}
  fields: {room.colour: shade}
  options: {room.colour.red: crimson}
  states: {room.taken: in_use}
  requirements: {"1-2": "1-3"}
removed:
  kinds: {broom: {zh: 不再登记, en: No longer entered}}
  fields: {room.smell: {zh: 不再登记, en: No longer entered}}
  options: {room.colour.grey: {zh: 不再使用, en: No longer used}}
Y
run pack check core two
exits 0 "with its upgrade.yaml"
run pack upgrade two --dry-run
exits 0 "a dry run"
has "names what is renamed" "$out" "renamed kind room -> chamber"
has "and what is removed, and why" "$out" "removed field room.smell"
has "counts the records" "$out" "records written otherwise: 3; records that do not fit: 0"
has "and lists verdicts that turn" "$out" "a: 1-1 2: met -> unmet"
has "with the new reason" "$out" "2 is too small."
has "by the new id" "$out" "a: 1-3 2: met -> unmet"
has "and says that it was one" "$out" "nothing was changed"
run pack upgrade two --dry-run --json
is "as JSON" "$(json 'len(v["misfits"]), v["converted"], sorted((t["requirement"], t["subject"]["name"], t["from"], t["to"]) for t in v["turns"])[:3], v["done"]')" \
    "(0, 3, [('1-1', '2', 'met', 'unmet'), ('1-3', '2', 'met', 'unmet'), ('1-4', '1', None, 'met')], False)"
run pack upgrade two --dry-run --lang zh
has "in Chinese" "$out" "未作任何改动"
run list room --json
is "nothing was changed" "$(json 'v["total"], v["items"][0]["kind"]')" "(3, 'room')"

# --- a record that does not fit
run put room --id 2 keys=many
run pack upgrade two
exits 1 "a record that does not fit blocks it"
has "and is named" "$out" "a: room 2: fields.keys"
run put room --id 2 keys=
run list chamber
exits 3 "nothing was changed then either"

sed -i 's/from: \["one"\]/from: ["zero"]/' two/upgrade.yaml
run pack upgrade two
exits 3 "an edition that it does not follow"
has "says which" "$err" "does not follow edition one"
sed -i 's/from: \["zero"\]/from: ["one"]/' two/upgrade.yaml

# --- in earnest
since=$("$YUNJIAN" status --json | python3 -c 'import json, sys; print([v["since"] for v in json.load(sys.stdin)["verdicts"] if v["requirement"] == "1-2" and v["subject"]["name"] == "1"][0])')
run pack upgrade two --backup before.backup
exits 0 "the upgrade"
has "says where the copy is" "$out" "before.backup"
is "which is there" "$(test -s before.backup && echo yes)" yes
run list chamber --json
is "records are of the new kind" "$(json '[(i["fields"].get("number"), i["fields"].get("shade"), i["state"], i["fields"].get("keys")) for i in v["items"]]')" \
    "[('1', 'crimson', 'in_use', 3), ('2', 'blue', 'empty', None), ('3', None, 'empty', None)]"
is "and the same records" "$(json 'v["items"][0]["id"]')" "$before"
run history chamber 1 --json
is "with the conversion in their history" "$(json 'v["items"][0]["op"]')" convert
run history chamber 1
has "in words" "$out" "converted to another edition"
run get guest Li --json
is "references hold" "$(json 'v["fields"]["room"]')" "$before"
run status --json
is "judged by the new rules" "$(json 'sorted((x["requirement"], x["subject"]["name"], x["status"]) for x in v["verdicts"])')" \
    "[('1-1', '1', 'met'), ('1-1', '2', 'unmet'), ('1-1', '3', 'unmet'), ('1-3', '1', 'met'), ('1-3', '2', 'unmet'), ('1-3', '3', 'unmet'), ('1-4', '1', 'met'), ('1-4', '2', 'unmet'), ('1-4', '3', 'unmet')]"
is "a verdict under another id has stood since it stood" "$(json '[x["since"] for x in v["verdicts"] if x["requirement"] == "1-3" and x["subject"]["name"] == "1"][0]')" "$since"
run search mint
hasnt "what is gone is found no more" "$out" "mint"
run put chamber number=4 size=30 floor=2
exits 0 "new fields take values"
run ledger verify
exits 0 "the ledgers verify"
run rebuild
exits 0 "rebuild"
run rebuild --judge
exits 0 "rebuild --judge, over both editions"
run status --as-of "$recorded" --json
is "as of then by the packs of then" "$(json 'sorted({(x["requirement"], x["subject"]["name"], x["status"]) for x in v["verdicts"]})')" \
    "[('1-1', '1', 'met'), ('1-1', '2', 'met'), ('1-1', '3', 'unmet'), ('1-2', '1', 'met'), ('1-2', '2', 'met'), ('1-2', '3', 'unmet')]"
run status --as-of "$recorded" --rejudge --json
is "and by those of today" "$(json 'sorted({(x["requirement"], x["subject"]["name"], x["status"]) for x in v["verdicts"]})[:2]')" \
    "[('1-1', '1', 'met'), ('1-1', '2', 'unmet')]"
run pack upgrade two
exits 0 "the same again changes nothing"
has "and says so" "$out" "in force already"
if [ "${1:-}" != postgres ]; then
    # as if the program had been killed between the entries and the tables
    whole=$("$YUNJIAN" list chamber --json)
    python3 -c 'import sqlite3; d = sqlite3.connect("data/yunjian.db"); d.execute("DELETE FROM r_chamber"); d.execute("INSERT INTO meta VALUES (?, ?)", ("upgrade", "pending")); d.commit()'
    is "an interrupted upgrade is ended by whoever opens the folder next" "$("$YUNJIAN" list chamber --json)" "$whole"
    is "once" "$(python3 -c 'import sqlite3; print(sqlite3.connect("data/yunjian.db").execute("SELECT count(*) FROM meta WHERE key = ?", ("upgrade",)).fetchone()[0])')" 0
    run restore before.backup back
    exits 0 "the copy can be restored"
    is "and is as it was" "$("$YUNJIAN" list room --data back --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["total"])')" 3
fi
finish
