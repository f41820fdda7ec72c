#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# scan: what is found in files, what is not looked into, the lists.
. "$(dirname "$0")/tap.sh"

mkdir -p tree/deep clean
printf '姓名：王小明，手机13812345678，身份证号11010519491231002X。\npassword: "Tr0ub4dor&3"\n' >tree/utf8.txt
iconv -f utf-8 -t gb18030 tree/utf8.txt >tree/gb.txt
iconv -f utf-8 -t utf-16 tree/utf8.txt >tree/deep/wide.txt
printf '姓名,手机号\n张伟,13900001111\n' >tree/list.csv
printf 'nothing of note, order 13812345678\n' >clean/a.txt
: >clean/empty

run scan clean
exits 0 "nothing found, all looked into"
run scan tree --json
exits 1 "something found"
is "all four files" "$(json 'len(v["files"])')" 4
is "by class" "$(json 'sorted(v["count"].items())')" "[('mobile', 4), ('name', 4), ('password', 3), ('resident_id', 3)]"
is "places point into the original bytes, whatever the encoding" "$(json '
[open(f["path"], "rb").read()[p["at"]:p["at"] + p["length"]].decode({"utf-8": "utf-8", "gb18030": "gb18030", "utf-16le": "utf-16-le"}[f["encoding"]])
 for f in v["files"] for p in f["places"] if p["class"] == "mobile"]')" \
    "['13812345678', '13812345678', '13900001111', '13812345678']"
is "the digest is that of the file" "$(json 'v["files"][1]["sha256"]')" "$(sha256sum <tree/gb.txt | cut -d' ' -f1)"
is "proposed grade" "$(json 'v["files"][0]["grade"], v["files"][0]["grade_of"]')" "(3, 'resident_id')"
hasnt "values are not shown" "$out" 13812345678
hasnt "passwords are not shown" "$out" Tr0ub
run scan tree --show --lang en
has "masked" "$out" "138******78"
hasnt "never whole" "$out" 13812345678
hasnt "nor a password" "$out" Tr0ub
hasnt "nor a name" "$out" 王小明
run scan tree --lang zh
has "in Chinese" "$out" "证件号码"

gzip -c tree/utf8.txt >clean/a.gz
printf 'PK\003\004nothing of the kind' >clean/no.zip
run scan clean --lang en --show
exits 1 "what is packed is opened"
has "found in it" "$out" "clean/a.gz!/data"
has "an archive that cannot be read is listed" "$out" "not looked into (damaged or cut off): clean/no.zip"
run scan clean --lang zh
has "in Chinese" "$out" "未查看 (损坏或不完整): clean/no.zip"
run scan clean --json
is "the container has the grade of what is in it, and no hits of its own" \
    "$(json '[(f["path"], f["hits"], f.get("grade"), f.get("inside")) for f in v["files"] if "a.gz" in f["path"]]')" \
    "[('clean/a.gz!/data', 4, 3, None), ('clean/a.gz', 0, 3, 1)]"
rm clean/a.gz clean/no.zip

mkdir odd
ln -s / odd/link
mkfifo odd/pipe
printf 'x\n' >"odd/$(printf 'a\nb\377')"
printf 'text\0and more' >odd/zero
run scan odd --json
exits 1 "links, pipes and binary files are listed"
is "with the reason" "$(json '[(f["state"], f.get("reason")) for f in v["files"]]')" \
    "[('looked_into', None), ('skipped', 'link'), ('skipped', 'special'), ('not_looked_into', 'binary')]"
is "odd names are written so that they can be read" "$(json 'v["files"][0]["path"]')" 'odd/a\x0ab\xff'
if [ "$(id -u)" != 0 ]; then
    chmod 0 odd/zero
    run scan odd --json
    is "what may not be read is listed" "$(json 'v["states"]["unreadable"]')" 1
fi

run scan tree --inventory list.csv
is "a row for each file" "$(wc -l <list.csv)" 5
is "head" "$(head -1 list.csv | cut -d, -f1-6)" "path,state,reason,size,sha256,format"
run scan tree --inventory list.jsonl
is "JSON Lines" "$(python3 -c 'import json; print(sum(json.loads(l)["hits"] for l in open("list.jsonl")))')" 14
hasnt "no values in it" "$(<list.jsonl)" 13812345678
run scan tree --inventory list.txt
exits 2 "another ending"
run scan tree --inventory nowhere/list.csv
exits 3 "no such folder"
run scan missing
exits 3 "no such path"
has "is named" "$err" missing
run scan
exits 2 "no path"
finish
