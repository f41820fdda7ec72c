#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The same program on PostgreSQL. YJ_TEST_PG_URL names a server (tools/with-postgres).
. "$(dirname "$0")/tap.sh"

if [ -z "${YJ_TEST_PG_URL:-}" ]; then
    echo "1..1"
    echo "not ok 1 - run under tools/with-postgres: YJ_TEST_PG_URL is not set"
    exit 1
fi
name=yj_cli_$$
psql -q "$YJ_TEST_PG_URL" -c "CREATE DATABASE $name" || exit 99
drop() {
    psql -q "$YJ_TEST_PG_URL" -c "DROP DATABASE IF EXISTS $name WITH (FORCE)" >/dev/null 2>&1
    cleanup
}
trap drop EXIT
url=${YJ_TEST_PG_URL%/*}/$name

run init data --store "$url"
exits 0 "init on PostgreSQL"
run init data2 --store "$url"
exits 3 "one installation for each store"
is "nothing is left of the second" "$(ls data2 2>/dev/null | wc -l)" 0
run pack test "$SOURCE_ROOT/packs/core" --store "$url"
exits 3 "no cases where there is an installation"
is "which is said once" "$err" "yunjian: the database holds an installation: the cases need one that is empty"
run institution add --code a --name 甲
exits 0 "institution"
printf 'number,name\n1,李雷\n2,韩梅梅\n' >person.csv
run import person.csv --json
is "import" "$(json 'v["created"]')" 2
run list person --json
is "list" "$(json 'v["total"]')" 2
run search 梅梅 --json
is "search" "$(json 'len(v["items"])')" 1
run put system code=crm name=客户关系 owner=1 level=3
exits 0 "put"
run status --json
is "status" "$(json 'v["institution"]["name"]')" 甲
run put provider name=云甲 hosting_since=2020-01-01
run put platform provider=云甲 name=云甲公共云 model=public level=3
run put risk_acceptance requirement=6.4.1-10 subject_kind=provider subject=云甲 reason=x valid_until=2099-12-31
exits 0 "a record of any kind by its key"
run move risk_acceptance '6.4.1-10 / 云甲 / 2099-12-31' accept
accepted='[(x["requirement"], x["status"], x["risk_accepted"]["until"]) for x in v["verdicts"] if x["risk_accepted"]]'
run status --json
is "an advice answered by an accepted risk" "$(json "$accepted")" "[('6.4.1-10', 'unmet', '2099-12-31')]"
is "counts by status" "$(json 'sum(v["counts"].values()) == v["total"] == len(v["verdicts"])')" True
all='sorted((x["requirement"], x["subject"]["name"], x["status"], x["code"]) for x in v["verdicts"])'
now=$(json "$all")
run status --as-of '#99999' --json
is "as of the end" "$(json "$accepted")" "[('6.4.1-10', 'unmet', '2099-12-31')]"
run status --as-of "$(date +%F -d tomorrow)" --rejudge --json
is "judged again in a scratch store" "$(json "$all")" "$now"
run status --force must --status unknown --json
read -r requirement kind subject <<<"$(json '" ".join((v["verdicts"][0]["requirement"], v["verdicts"][0]["subject"]["kind"], v["verdicts"][0]["subject"]["id"]))')"
run put remediation requirement="$requirement" subject_kind="$kind" subject="$subject" title=补齐 responsible=1 agreed_on=2026-01-05 due_on=2026-01-31
exits 0 "a remediation of a must that is undecided"
run status --remediation overdue --json
is "is shown with it, overdue" "$(json '[(x["requirement"], x["status"], x["remediations"][0]["responsible"]["name"]) for x in v["verdicts"]], v["remediation"]')" \
    "([('$requirement', 'unknown', '李雷')], {'open': 0, 'overdue': 0, 'none': 0})"
run status --as-of '#99999' --remediation overdue --json
is "as of the end too" "$(json 'v["total"]')" 1
run ledger verify --json
is "verify" "$(json '[x["ok"] for x in v]')" "[True, True]"
run rebuild --judge
exits 0 "rebuild --judge"
run backup pg.backup
exits 0 "backup"
run restore pg.backup lite
exits 0 "restored to SQLite"
is "with the same records" "$("$YUNJIAN" list person --data lite --json)" "$("$YUNJIAN" list person --json)"
run ledger verify --data lite
exits 0 "and the same ledger"

# --- a store that another state of the program laid out
ask() { psql -qAt "$url" -c "$1"; }
is "a store says how it is laid out" "$(ask "SELECT length(value) FROM yunjian.meta WHERE key = 'layout'")" 32
# as the first edition of this program left it: its first tables alone, and not said how they are laid out
ask "DROP TABLE yunjian.account, yunjian.account_person, yunjian.account_recovery, yunjian.attempt, yunjian.session, yunjian.api_token, yunjian.delivery, yunjian.account_set_up, yunjian.evidence_sender, yunjian.sign_in_provider, yunjian.account_identity, yunjian.notice, yunjian.notice_cursor, yunjian.notice_preference, yunjian.notice_channel, yunjian.party_link, yunjian.addressed, yunjian.reply, yunjian.invitation_code, yunjian.reading"
ask "ALTER TABLE yunjian.entry DROP COLUMN for_whom; ALTER TABLE yunjian.job DROP COLUMN files, DROP COLUMN files_total, DROP COLUMN witness, DROP COLUMN confirmed"
ask "ALTER TABLE yunjian.verdict RENAME COLUMN place TO pos; DELETE FROM yunjian.meta WHERE key = 'layout'; UPDATE yunjian.meta SET value = '1' WHERE key = 'schema_version'"
before=$(ask "SELECT count(*) FROM yunjian.entry")
run put person number=9 name=x --lang en
exits 3 "one whose column has another name"
has "is told what it is and what to do" "$err" "by another state of this program (layout -, here "
run status --lang zh
exits 3 "whatever is asked"
has "in Chinese" "$err" "请用建立它的程序导出台账"
run init data3 --store "$url" --lang en
exits 3 "nor is it made anew"
has "for that reason" "$err" "by another state of this program"
is "nothing is written" "$(ask "SELECT count(*) FROM yunjian.entry")" "$before"
ask "ALTER TABLE yunjian.verdict RENAME COLUMN pos TO place"
run status
exits 0 "laid out as it should be it is opened"
is "and says it from then on" "$(ask "SELECT length(value) FROM yunjian.meta WHERE key = 'layout'")" 32
finish
