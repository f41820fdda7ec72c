#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From a scan to the verdict: the list that a signed scan wrote is imported as the items of a hand-over inventory.
. "$(dirname "$0")/tap.sh"

keep() { # FILE: as the server keeps it
    local digest
    digest=$(sha256sum "$1" | cut -d' ' -f1)
    mkdir -p "data/evidence/${digest:0:2}"
    cp "$1" "data/evidence/${digest:0:2}/${digest:2}"
    echo "$digest"
}
verdict() { # REQUIREMENT: its status and strength
    run status --subject exit:TC-1 --chapter 8.1.3 --all --json
    json "next((x['status'], x['strength']) for x in v['verdicts'] if x['requirement'] == '$1')"
}
fields() { # what the items say, by identifier
    run list handover_item --json
    json "[tuple(r['fields'].get(f) for f in '$1'.split()) for r in sorted(v['items'], key=lambda r: r['fields']['identifier'])]"
}

mkdir -p tree/sub
printf '手机 13812345678\n' >tree/a.txt
printf '=1+1' >"tree/=1+1"
printf 'nothing here, "quoted"' >'tree/sub/b, c.csv'
ln -s a.txt tree/link
(cd tree && python3 -m zipfile -c both.zip a.txt 'sub/b, c.csv')

run init data --simulated-clock 2026-03-02T09:00:00+08:00
exits 0 "init"
run institution add --code a --name 甲
mkdir world
printf 'name\n云\n' >world/provider.csv
printf 'provider,name,model\n云,行业云,industry\n' >world/platform.csv
printf 'code,name\nS1,交易\n' >world/system.csv
printf 'system,name,platform,model\nS1,生产,云 / 行业云,industry\n' >world/deployment.csv
printf 'number,title,deployment,model,purpose\nTC-1,退出,S1 / 生产,industry,change_provider\n' >world/exit.csv
printf 'exit,number,title,source_path\nTC-1,L1,清单,tree\n' >world/handover_inventory.csv
run import world
exits 0 "an exit with its inventory, and the place that is to be scanned"
run attest keygen station.key
run put trusted_key name=station algorithm=ed25519 "public_key=$(cat station.key.pub)" purpose=instrument trusted_for=scan
run move trusted_key station trust

run scan tree --inventory list.csv --attest station.key scan.json
run scan tree --inventory list.jsonl
run scan tree --inventory list.xlsx
run import list.csv --lang en
exits 3 "a list that does not say whose it is"
is "is told so once" "$(grep -c . <<<"$err")" 2
has "by the field" "$err" "list.csv: inventory: the list does not say it"
run import list.csv --set inventory=TC-1/L1 --lang en
exits 3 "an inventory that is not there"
has "is told with the row" "$err" "list.csv:2:"
run import list.csv --set inventory='TC-1 / L1' colour=red --lang en
has "a field that is not there" "$err" "list.csv: colour: kind “Hand-over item” has no field of that name"
run import list.csv --set inventory='TC-1 / L1' medium_type=disk --dry-run
exits 0 "the list of a scan"
has "what it would do is listed" "$out" "tree/sub/b, c.csv"
run import list.csv --set inventory='TC-1 / L1' medium_type=disk
exits 0 "is imported"
has "with its digest; what stands in the archive and the link are left out" "$out" "5 rows taken: 4 new, 1 changed"
has "which is said" "$out" 3
is "as items" "$(fields 'identifier name category format_kind medium_type sensitivity')" \
    "[('tree/=1+1', '=1+1', 'data_file', 'common', 'disk', None), ('tree/a.txt', 'a.txt', 'data_file', 'common', 'disk', 'sensitive'), ('tree/both.zip', 'both.zip', 'data_file', 'common', 'disk', 'sensitive'), ('tree/sub/b, c.csv', 'b, c.csv', 'data_file', 'common', 'disk', None)]"
is "with size and digest" "$(fields 'size_bytes digest' | cut -d')' -f1)" "[(4, '$(sha256sum <'tree/=1+1' | cut -d' ' -f1)'"
size() { run institution list --json && json 'v[0]["size"]'; }
before=$(size)
run import list.csv --set inventory='TC-1 / L1' medium_type=disk
has "again" "$out" "5 rows taken: 0 new, 0 changed, 0 moved, 5 as they were"
is "nothing is written" "$(size)" "$before"
for other in jsonl xlsx; do
    run import list.$other --set inventory='TC-1 / L1' medium_type=disk
    has "the same as $other: only the list's digest is another" "$out" "0 new, 1 changed, 0 moved, 4 as they were"
done

# What is missing yet is given for all; what a record says stays.
run put handover_item --id 'TC-1 / L1 / tree/a.txt' description=手工 sensitivity=public
run import list.csv --set inventory='TC-1 / L1' medium_type=tape sensitivity=public description=导出文件
exits 0 "what nobody said yet is given for all"
is "and nothing else is changed, but what the list says" "$(fields 'medium_type sensitivity description')" \
    "[('disk', 'public', '导出文件'), ('disk', 'sensitive', '手工'), ('disk', 'sensitive', '导出文件'), ('disk', 'public', '导出文件')]"

# The verdict.
is "stated by people" "$(verdict 8.1.3-1)" "('met', 1)"
run put evidence title=扫描 source=instrument "digest=$(keep scan.json)"
is "measured, once the signed statement is there" "$(verdict 8.1.3-1)" "('met', 3)"
is "the data files, too" "$(verdict 8.1.3-3)" "('met', 3)"

# A later scan.
printf '手机 13812345679, and more\n' >tree/a.txt
rm tree/both.zip
run scan tree --inventory later.csv
run import later.csv --set inventory='TC-1 / L1' --dry-run
has "a later list shows what differs" "$out" "  size_bytes: 19 -> 29"
has "and what it says of the inventory" "$out" "  manifest_digest: $(sha256sum <list.csv | cut -d' ' -f1) -> $(sha256sum <later.csv | cut -d' ' -f1)"
run import later.csv --set inventory='TC-1 / L1'
is "it is not the list that the signed scan wrote" "$(verdict 8.1.3-1)" "('unknown', 1)"

# Bad rows.
before=$(size)
sed '3s/,29,/,many,/' later.csv >bad.csv
run import bad.csv --set inventory='TC-1 / L1' --lang en
exits 3 "a bad row"
has "is named" "$err" "bad.csv:3:4: size_bytes:"
sed '2s/^[^,]*,/,/' later.csv >bad.csv
run import bad.csv --set inventory='TC-1 / L1' --lang en
has "so is one without a path" "$err" "bad.csv:2:1: identifier:"
printf 'name,other\nx,y\n' >odd.csv
run import odd.csv --lang en
has "a table that nobody knows" "$err" "odd.csv: the file is not named after a kind of record"
head -c 400 list.xlsx >cut.xlsx
run import cut.xlsx --set inventory='TC-1 / L1' --lang en
exits 3 "half a spreadsheet"
has "is told so" "$err" "cut.xlsx is no spreadsheet"
is "and nothing was written" "$(size)" "$before"
finish
