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

finish
