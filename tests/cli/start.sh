#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An empty folder: what the program knows of its own packs is not found out again, and is believed of no others.
. "$(dirname "$0")/tap.sh"

meta() { # FOLDER KEY: how many rows of that key
    python3 - "$1/yunjian.db" "$2" <<'P'
import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM meta WHERE key = ?", sys.argv[2:]).fetchone()[0])
P
}
rule=sf-cloud/rules/$(ls "$YUNJIAN_PACKS/sf-cloud/rules" | head -1)
with() { # NAME SED: packs with one rule changed
    rm -rf "$1"
    cp -r "$YUNJIAN_PACKS" "$1"
    sed -i "$2" "$1/$rule"
    ! cmp -s "$1/$rule" "$YUNJIAN_PACKS/$rule" || echo "nothing was changed"
}

run init own
exits 0 "the packs beside the program"
is "need no check: none is kept" "$(meta own rules)" 0
is "nothing is left beside the store" "$(ls own | tr '\n' ' ')" "keys yunjian.db yunjian.json "
run requirements --data own --json
is "and are all there" "$(json 'len(v)')" "$("$YUNJIAN" requirements --json | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))')"

with noted '$a -- a remark'
YUNJIAN_PACKS=$tmp/noted run init noted.data
exits 0 "one byte more in a rule"
is "and the rules are checked" "$(meta noted.data rules)" 1

with bad '$a  WHERE EXISTS (SELECT 1 FROM sqlite_schema)'
YUNJIAN_PACKS=$tmp/bad run init bad.data
exits 3 "a rule that reads what it must not"
has "is told with its file" "$err" "$rule:"
is "and nothing is made" "$([ -e bad.data ] && echo made)" ""

# --- a store that another state of the program laid out
sql() { # FOLDER STATEMENT: run it, print the first value
    python3 - "$1/yunjian.db" "$2" <<'P'
import sqlite3, sys
d = sqlite3.connect(sys.argv[1])
for statement in sys.argv[2].split(";"):
    row = d.execute(statement).fetchone()
d.commit()
print(row[0] if row else "")
P
}
run institution add --code a --name 甲 --data own
is "a store says how it is laid out" "$(sql own "SELECT length(value) FROM meta WHERE key = 'layout'")" 32
run backup own.backup --data own
cp -r own old
sql old "ALTER TABLE body DROP COLUMN packed; DELETE FROM meta WHERE key = 'layout'" >/dev/null # it was so once
before=$(sql old "SELECT count(*) FROM entry")
for command in status "put person number=1 name=x" "serve --listen 127.0.0.1:0" "export out" "rebuild" "ledger verify"; do
    # shellcheck disable=SC2086 # words
    run $command --data old --lang en
    exits 3 "one without a column: $command"
    has "is told what it is" "$err" "yunjian: the store was laid out by another state of this program (layout -, here "
    has "and what to do" "$err" "export its registers with the program that made it, and import them into a new folder with this one"
    hasnt "in words" "$err" "no such column"
done
run status --data old --lang zh
has "in Chinese, too" "$err" "请用建立它的程序导出台账，再用本程序导入新的数据文件夹"
run status --data old --json
is "as an error of the store" "$(error_json 'v["error"]["code"]')" store_error
is "nothing is written" "$(sql old "SELECT count(*) FROM entry") $(ls old | grep -v serve.lock | tr '\n' ' ')" "$before $(ls own | tr '\n' ' ')"
mkdir inside && cp own.backup inside/yunjian.db
sql inside "UPDATE meta SET value = 'another' WHERE key = 'layout'" >/dev/null
run restore inside/yunjian.db restored --lang en
exits 3 "a backup of such a store"
has "is refused, too" "$err" "(layout another, here "
is "and nothing is made" "$([ -e restored ] && echo made)" ""
said=$(sql own "SELECT value FROM meta WHERE key = 'layout'")
sql own "DELETE FROM meta WHERE key = 'layout'" >/dev/null
run status --data own
exits 3 "one that once said it and does not any more"
# as the first edition of this program left it: its first tables alone, and not said how they are laid out
for table in account account_person account_recovery attempt session api_token delivery account_set_up evidence_sender sign_in_provider account_identity \
    notice notice_cursor notice_preference notice_channel party_link addressed reply invitation_code reading; do
    sql own "DROP TABLE $table" >/dev/null
done
for column in entry.for_whom job.files job.files_total job.witness job.confirmed; do
    sql own "ALTER TABLE ${column%.*} DROP COLUMN ${column#*.}" >/dev/null
done
sql own "UPDATE meta SET value = '1' WHERE key = 'schema_version'" >/dev/null
run status --data own
exits 0 "one that does not say it, but is laid out so"
is "is opened, brought up, and says it from then on" "$(sql own "SELECT value FROM meta WHERE key = 'layout'")" "$said"
is "with what came since" "$(sql own "SELECT count(*) FROM account") $(sql own "SELECT count(*) FROM delivery")" "0 0"

finish
