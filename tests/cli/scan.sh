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

mkdir -p kept # old enough when it is scanned with --state below
cp tree/utf8.txt tree/list.csv kept
gzip -c tree/gb.txt >kept/gb.gz
printf '%s\n' 'x' >kept/=1+1

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
has "found in it" "$out" "clean/a.gz!/utf8.txt"
has "an archive that cannot be read is listed" "$out" "not looked into (damaged or cut off): clean/no.zip"
run scan clean --lang zh
has "in Chinese" "$out" "未查看 (损坏或不完整): clean/no.zip"
run scan clean --json
is "the container has the grade of what is in it, and no hits of its own" \
    "$(json '[(f["path"], f["hits"], f.get("grade"), f.get("inside")) for f in v["files"] if "a.gz" in f["path"]]')" \
    "[('clean/a.gz!/utf8.txt', 4, 3, None), ('clean/a.gz', 0, 3, 1)]"
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
run scan kept --inventory list.xlsx
is "XLSX: a row for each file, text that is no formula" "$(python3 - <<'P'
import re, zipfile
z = zipfile.ZipFile("list.xlsx")
rows = re.findall(r"<row .*?</row>", z.read("xl/worksheets/sheet1.xml").decode())
print(z.testzip(), len(rows), "<f>" in rows[1], re.findall(r"<t [^>]*>([^<]*)", rows[1])[:2], re.search(r'<c r="D2"><v>(\d+)', rows[1])[1])
P
)" "None 6 False ['kept/=1+1', 'looked_into'] 2"
run scan list.xlsx --json
is "our own reader opens it" "$(json '[(f["format"], f["state"]) for f in v["files"]][-1]')" "('xlsx', 'looked_into')"
run scan tree --inventory list.txt
exits 2 "another ending"
run scan tree --inventory nowhere/list.csv
exits 3 "no such folder"
run scan missing
exits 3 "no such path"
has "is named" "$err" missing
run scan
exits 2 "no path"

# own rules, fingerprints, the statement
mkdir own
printf '会员编码 8812345678。\nkey MBR-ABCD1234 end\n手机 138 1234 5678\n' >own/a.txt
printf '%s' "$(iconv -f utf-8 -t gb18030 own/a.txt)" >own/b.txt
cat >own.yaml <<'YAML'
rules:
  - id: member_code
    zh: 会员编码
    en: member code
    grade: 2
    source: catalogue of 2026, no. 3
    digits: { length: [10, 10], begins: ["88"] }
    context: [会员, member]
    examples:
      found: ["会员编码 «8812345678»。"]
      not_found: ["8812345678", "会员编码 88123456789"]
  - id: member_key
    zh: 会员密钥
    en: member key
    grade: 4
    source: ours
    token: { begins: ["MBR-"], of: [upper, digit], length: [12, 12] }
    examples:
      found: ["key «MBR-ABCD1234» end"]
      not_found: ["MBR-abcd1234"]
YAML
head -c 32 /dev/urandom >print.key
run attest keygen k.pem
run scan own --rules own.yaml --json --fingerprint print.key
is "own rules find, in any encoding" "$(json '[v["count"][k] for k in ("member_code", "member_key", "mobile")]')" "[2, 2, 2]"
is "their grade counts, with its source" "$(json 'v["files"][0]["grade"], v["files"][0]["grade_source"]')" "(4, 'ours')"
is "one value, one fingerprint, by the key" \
    "$(json 'sorted({p["fingerprint"] for f in v["files"] for p in f["places"] if p["class"] == "mobile"})')" \
    "['$(printf 'mobile\00013812345678' | openssl dgst -sha256 -mac hmac -macopt "hexkey:$(od -An -v -tx1 print.key | tr -d ' \n')" | sed 's/.*= //')']"
run scan own --rules own.yaml --lang en
has "what they cost is told" "$out" "own rules took"
run scan own --rules own.yaml --inventory own.csv --attest k.pem own.dsse --lang en
exits 1 "found"
is "columns for own rules" "$(head -1 own.csv | rev | cut -d, -f1,2 | rev)" "member_code,member_key"
run attest verify own.dsse --key k.pem.pub
exits 1 "the statement is signed, and says that something was found"
has "by that key" "$out" "urn:yunjian:attestation:scan:1"
statement() { python3 -c 'import base64, json, sys
v = json.loads(base64.b64decode(json.load(open("own.dsse"))["payload"]))
print(eval(sys.argv[1]))' "$1"; }
is "its subject is what a list of the folder is named by" "$(statement 'v["subject"][0]["digest"]["sha256"]')" \
    "$("$YUNJIAN" verify manifest make own 2>list.err | sha256sum | cut -d' ' -f1)"
is "and names the list" "$(statement 'v["predicate"]["inventoryDigest"]["sha256"]')" "$(sha256sum <own.csv | cut -d' ' -f1)"
is "and says what was found" "$(statement 'v["predicate"]["fine"], v["predicate"]["hitsByClass"]["member_key"]')" "(False, 2)"
hasnt "no value in it" "$(base64 -w0 -d <<<"$(python3 -c 'import json; print(json.load(open("own.dsse"))["payload"])')")" MBR-
mkdir named && printf 'x' >'named/a\b' && python3 -c 'import zipfile; zipfile.ZipFile("named.zip", "w").writestr("in.txt", "13812345678")'
run scan named.zip named own --attest k.pem both.dsse
is "a container, and a folder with an odd name, are subjects of their own" "$(python3 -c 'import base64, json
v = json.loads(base64.b64decode(json.load(open("both.dsse"))["payload"]))
print(*[s["name"] + " " + s["digest"]["sha256"] for s in v["subject"]], sep="\n")')" \
    "named.zip $(sha256sum <named.zip | cut -d' ' -f1)
named $("$YUNJIAN" verify manifest make named 2>list.err | sha256sum | cut -d' ' -f1)
own $("$YUNJIAN" verify manifest make own 2>list.err | sha256sum | cut -d' ' -f1)"
printf '%s\n' 'classes:' '  - { id: mobile, grade: 4, source: our catalogue, zh: 客户手机 }' '  - { id: name, grade: 1, source: our catalogue }' >classes.yaml
run scan kept/list.csv --rules classes.yaml --json
is "the institution's own grade of a built-in class" "$(json '[(f["grade"], f["grade_of"], f["grade_source"]) for f in v["files"]]')" "[(4, 'mobile', 'our catalogue')]"
run scan kept/list.csv --rules classes.yaml --lang zh
has "its own word" "$out" "客户手机 1"
hasnt "no rule took time" "$out" "自定规则"
sed 's/id: name/id: mobile/' classes.yaml >bad.yaml
run scan own --rules bad.yaml --lang zh
has "a class twice" "$err" "bad.yaml 第 3 行：没有此编号的内置类别，或重复出现"
sed '/context:/d; s/, begins: \["88"\]/, check: luhn/' own.yaml >bad.yaml
run scan own --rules bad.yaml --lang en
exits 3 "numbers that nothing announces"
has "are refused with the line and the reason" "$err" "bad.yaml, line 7: refused: without a beginning or context"
sed 's/"8812345678", /"会员 8812345678", /' own.yaml >bad.yaml
run scan own --rules bad.yaml --lang en
has "examples are held to" "$err" "bad.yaml, line 11: the rule finds something"
sed 's/MBR-abcd1234/x/; s/key «MBR/key MBR«/' own.yaml >bad.yaml
run scan own --rules bad.yaml --lang zh
has "in Chinese" "$err" "没有找到所标记的内容"
sed 's/grade: 4/grade: 5/' own.yaml >bad.yaml
run scan own --rules bad.yaml --lang en
has "grades" "$err" "line 15: a number from 1 to 4"
for column in hits type rows message; do
    sed "s/id: member_key/id: $column/" own.yaml >bad.yaml
    run scan own --rules bad.yaml --lang en
    exits 3 "an id that a column of the list has: $column"
done
sed 's/id: member_key/id: mobile/' own.yaml >bad.yaml
run scan own --rules bad.yaml --lang en
has "ids of the built-in classes are taken" "$err" "line 12: the id is taken"

# what is unchanged is not read again
same() { json '{k: x for k, x in v.items() if k != "from_state"}'; }
run scan kept --state kept.state --json
whole=$(same)
while [ "$(json 'v["from_state"]')" != 4 ]; do run scan kept --state kept.state --json; done # they may be younger than 2 s
exits 1 "from the state"
is "the same is told" "$(same)" "$whole"
is "nobody else reads it" "$(stat -c %a kept.state)" 600
hasnt "no value in it" "$(tr -d '\0' <kept.state)" 13812345678
run scan kept --state kept.state --attest k.pem kept.dsse --lang en
has "it is said how many" "$out" "4 files are unchanged since they were read: taken from kept.state"
is "and signed" "$(python3 -c 'import base64, json
print(json.loads(base64.b64decode(json.load(open("kept.dsse"))["payload"]))["predicate"]["fromState"])')" 4
run scan kept --state kept.state --rules own.yaml --json
is "other rules read all again" "$(json 'v["from_state"]')" 0
run scan kept --state own.yaml
exits 3 "no state"
chmod 600 own.yaml
cp own.yaml before.yaml
run scan kept --state own.yaml --lang zh
has "in Chinese" "$err" "已损坏，或不是扫描的进度文件"
is "and it is left as it was" "$(<own.yaml)" "$(<before.yaml)"
run scan kept --state kept/state
exits 2 "a state that would be scanned"
is "leaves nothing behind" "$([ -e kept/state ] || echo nothing)" nothing

# killed, it goes on where it was: it reads what no machine reads to its end
mkdir -p long && cp kept/list.csv long/a.csv && truncate -s 4T long/z
until [ "$(python3 -c 'import os, time; print(time.time() - os.stat("long/a.csv").st_ctime > 2)')" = True ]; do :; done
"$YUNJIAN" scan long --state long.state >/dev/null 2>&1 &
pids+=($!)
until [ "$(python3 -c 'import shutil, sqlite3
try:
    shutil.copy("long.state", "look.db")
    print(sqlite3.connect("look.db").execute("SELECT count(*) FROM seen WHERE digest NOT NULL").fetchone()[0])
except Exception:
    print(0)')" = 1 ]; do :; done
kill -9 $!
wait $! 2>/dev/null
echo x >long/z
run scan long --state long.state --json
is "after kill -9 only the rest is read" "$(json 'v["from_state"], [f["path"] for f in v["files"]]')" "(1, ['long/a.csv', 'long/z'])"
truncate -s 4T long/y
"$YUNJIAN" scan long --state long.state --inventory long.csv >/dev/null 2>stopped &
pids+=($!)
until [ -e long.csv.part ] || ! kill -0 $! 2>/dev/null; do sleep 0.05; done
kill -INT $! # which the shell has a background job ignore: that stays so
kill -TERM $!
wait $!
is "interrupted, it ends in order" "$? $([ -e long.csv.part ] || [ -e long.csv ] || echo nothing)" "3 nothing"
has "and says how to go on" "$(<stopped)" "run again with the same --state"
rm long/y
run scan long --state long.state --json
is "which it does" "$(json 'v["from_state"] >= 1, [f["path"] for f in v["files"]]')" "(True, ['long/a.csv', 'long/z'])"
printf 'short' >short.key
run scan own --fingerprint short.key
exits 3 "a short key"
finish
