#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What lets an outsider check: checkpoints, proofs, exported ledgers, tampering, rotation, rebuild, backup; both
# kinds of cryptography.
. "$(dirname "$0")/tap.sh"

for crypto in std gm; do
    d=$crypto
    run init $d --crypto $crypto --json
    is "$crypto: init" "$(json 'v["crypto"]')" $crypto
    run institution add --data $d --code a --name 甲
    for i in 1 2 3 4 5; do run put person --data $d number=$i "name=n$i"; done
    run ledger checkpoint --data $d
    exits 0 "$crypto: checkpoint"
    run ledger verify --data $d --json
    is "$crypto: verify" "$(json '[x["ok"] for x in v]')" "[True, True]"
    run ledger prove 3 --data $d --out $d.proof --leaf $d.leaf
    exits 0 "$crypto: prove"
    printed=$(sed -n 's/^  yunjian //p' <<<"$out")
    rc=0
    eval "$YUNJIAN $printed" >/dev/null 2>&1 || rc=$?
    exits 0 "$crypto: it says how to check, and that works: $printed"
    run ledger tiles $d.tiles --data $d --bodies
    exits 0 "$crypto: tiles"
    key=$(head -n 1 $d.tiles/key.txt)
    run ledger verify $d.tiles --key "$key" --json
    is "$crypto: an exported folder verifies by its key" "$(json 'v[0]["ok"], v[0]["pinned"], v[0]["proven"] == v[0]["size"]')" "(True, True, True)"
    run ledger verify $d.proof --leaf $d.leaf --key "$key"
    exits 0 "$crypto: a proof verifies"
    cp $d.leaf other.leaf
    printf 'x' | dd of=other.leaf bs=1 seek=20 conv=notrunc 2>/dev/null
    run ledger verify $d.proof --leaf other.leaf --key "$key"
    exits 4 "$crypto: a proof of another leaf does not"
    run ledger rotate --data $d
    exits 0 "$crypto: rotate"
    run put person --data $d number=6 name=n6
    run ledger tiles $d.tiles --data $d --bodies
    run ledger verify $d.tiles --key "$key" --json
    is "$crypto: the first key still leads there" "$(json 'v[0]["ok"], v[0]["rotations"]')" "(True, 1)"
    # One byte of every file of the exported folder, one at a time.
    undetected=
    while read -r file; do
        cp "$file" saved
        size=$(stat -c %s "$file")
        at=$((size / 2))
        old=$(dd if="$file" bs=1 skip=$at count=1 2>/dev/null | od -An -tu1)
        printf "\\$(printf %03o $((old ^ 1)))" | dd of="$file" bs=1 seek=$at conv=notrunc 2>/dev/null
        run ledger verify $d.tiles --key "$key"
        [ "$rc" != 0 ] || undetected+=" $file"
        cp saved "$file"
    done < <(find $d.tiles -type f ! -name key.txt ! -name '*.lock' -size +0 | sort)
    is "$crypto: a flipped bit in any exported file is found" "$undetected" ""
    run ledger verify $d.tiles --key "$key"
    exits 0 "$crypto: and all is well again"
done
run ledger verify std.tiles --key "$(head -n 1 gm.tiles/key.txt)"
is "another ledger's key" "$((rc != 0))" 1
run ledger verify std.proof
exits 2 "a proof needs leaf and key"
run ledger verify nowhere
exits 3 "nothing to verify"
run ledger prove 9999 --data std
exits 3 "an entry that is not there"
run ledger prove x --data std
exits 2 "no number"
run ledger prove 1 --data std --institution installation
exits 0 "the installation's ledger"

# --- backup, restore, rebuild
run backup std.backup --data std
exits 0 "backup"
is "is not for others to read" "$(stat -c %a std.backup)" 600
run backup std.backup --data std
exits 3 "a file is not overwritten"
run restore std.backup std2 --json
exits 0 "restore"
is "the registers are the same" "$("$YUNJIAN" list person --data std2 --json)" "$("$YUNJIAN" list person --data std --json)"
run restore std.backup std2
exits 3 "not into a folder that holds something"
cp std.backup bad.backup
size=$(stat -c %s bad.backup)
flip() { # FILE STORE NAME: one bit of what the ledger holds of a person, in FILE
    python3 - "$@" <<'P'
import sqlite3, sys
path, store, name = sys.argv[1:]
db = sqlite3.connect(store)
packed, = db.execute("SELECT b.packed FROM body b JOIN r_person p ON p.inst = b.inst AND p.seq = b.seq WHERE p.f_name = ?",
                     (name,)).fetchone()
db.close()
b = bytearray(open(path, "rb").read())
at = b.rfind(packed)
assert at > 0
b[at + len(packed) // 2] ^= 1
open(path, "wb").write(b)
P
}
flip bad.backup std/yunjian.db n3
run restore bad.backup std3
exits 4 "a tampered backup is refused"
is "and nothing is left behind" "$(ls std3 2>/dev/null | wc -l)" 0
run rebuild --data std --json
exits 0 "rebuild"
run rebuild --judge --data std --json
is "rebuild --judge" "$(json 'v["differing"]')" 0

# --- tampering with the store: an old entry, which is found by verifying, and a new one, which is found at once
tamper() { # FOLDER NAME: what the ledger holds of a person becomes another's, behind the store's back
    python3 - "$1/yunjian.db" "$2" <<'P'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for (trigger,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
    db.execute(f"DROP TRIGGER {trigger}")
rows = db.execute("SELECT inst, seq FROM r_person WHERE f_name = ?", (sys.argv[2],)).fetchall()
assert len(rows) == 1, rows
inst, seq = rows[0]
other = db.execute("SELECT b.body, b.packed FROM body b JOIN r_person p ON p.inst = b.inst AND p.seq = b.seq WHERE p.inst = ? "
                   "AND p.seq <> ? ORDER BY p.seq LIMIT 1", (inst, seq)).fetchone()
done = db.execute("UPDATE body SET body = ?, packed = ? WHERE inst = ? AND seq = ?", (*other, inst, seq)).rowcount
assert done == 1
db.commit()
P
}
{ echo number,name; for ((i = 100; i < 700; i++)); do echo "$i,m$i"; done; } >person.csv
run import person.csv --data std
exits 0 "a longer ledger"
cp -r std tampered
tamper tampered m105
run ledger verify --data tampered --json
exits 4 "a changed entry in the store"
is "is named" "$(json '[type(x["bad_entry"]) for x in v if not x["ok"]]')" "[<class 'int'>]"
run ledger verify --data tampered
has "in words too" "$out" "✗"
has "and on standard error" "$err" "entry "
run rebuild --data tampered
exits 4 "nothing is rebuilt from it"

cp -r std fresh
tamper fresh m699
run list person --data fresh
exits 4 "a change of the newest entries is found at every start"
has "and named" "$err" "entry "

cp -r std torn
flip torn/yunjian.db torn/yunjian.db m110
run ledger verify --data torn
exits 4 "a flipped byte in the file"
finish
