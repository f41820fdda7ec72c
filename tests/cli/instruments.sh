#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Instruments on their own, with no installation: lists of files, comparisons, signed statements, and other programs'
# view of them.
. "$(dirname "$0")/tap.sh"

# --- keys
for crypto in std gm; do
    run attest keygen $crypto.key --crypto $crypto --json
    exits 0 "$crypto: a key"
    keyid=$(json 'v["keyid"]')
    is "$crypto: the private one is nobody else's" "$(stat -c %a $crypto.key)" 600
    dgst=sha256
    [ $crypto = std ] || dgst=sm3
    is "$crypto: OpenSSL names it so, too" \
        "$(openssl pkey -pubin -in $crypto.key.pub -outform DER | openssl dgst -$dgst -r | cut -d' ' -f1)" "$keyid"
    cp $crypto.key before
    run attest keygen $crypto.key --crypto $crypto
    exits 3 "$crypto: nothing is overwritten"
    is "$crypto: it is the same" "$(cmp before $crypto.key && echo same)" same
done
touch half.pub
run attest keygen half
exits 3 "a public key is not overwritten either"
is "and no private one is left" "$([ -e half ] && echo there)" ""
run attest keygen x --crypto rsa
exits 2 "an unknown kind"

# --- lists, beside other programs
mkdir -p a/d a/云
printf abc >a/abc
head -c 300000 /dev/zero >a/d/zeros
printf x >$'a/odd\nname\\'
printf y >a/云/文件
printf z >'a/-o (1)'
run verify manifest make a --out a.sha256
exits 0 "a list"
has "says what it holds" "$out" "5 expected: 5 matched"
is "sha256sum finds the same" "$(cd a && sha256sum -c --quiet --strict ../a.sha256 && echo fine)" fine
(cd a && find . -type f -print0 | xargs -0 sha256sum >../theirs)
run verify manifest check theirs a
exits 0 "a list of sha256sum"
(cd a && find . -type f -print0 | xargs -0 sha512sum --tag >../theirs)
run verify manifest check theirs a
exits 0 "a list of sha512sum --tag"
"$YUNJIAN" verify manifest make a --hash sm3 >a.sm3 2>said
has "a list on standard output, the words beside it" "$(<said)" "5 matched"
has "SM3 has its tag, and is OpenSSL's" "$(<a.sm3)" "SM3 (abc) = $(openssl dgst -sm3 -r a/abc | cut -d' ' -f1)"
cp -a a b
run verify manifest check a.sm3 b
exits 0 "against a copy"
(cd a && "$YUNJIAN" verify manifest make . >LIST 2>/dev/null)
hasnt "a list in the folder does not name itself" "$(<a/LIST)" LIST
run verify manifest check a/LIST a
exits 0 "and is not extra"
rm a/LIST

# --- what is not fine
printf more >b/new
run verify manifest check a.sm3 b
exits 1 "an extra file"
has "is named" "$out" "extra  new"
mv b/new b/d/zeros
run verify compare a b --json
exits 1 "a changed file"
is "is counted and named" "$(json '[v["fine"], v["counts"]["changed"], v["findings"][0]["path"], v["findings"][0]["reason"]]')" \
    "[False, 1, 'd/zeros', 'size']"
cp a/d/zeros b/d/zeros
mv b/abc b/云/abc
run verify compare a b --lang zh
exits 1 "a moved file"
has "its new place is told" "$out" "缺失  abc（已移到 云/abc）"
mv b/云/abc b/abc
run verify compare a b
exits 0 "all is well again"
: >empty
run verify manifest check empty b
exits 3 "an empty list"
has "proves nothing" "$err" "proves nothing"
head -c 200 a.sha256 >cut
run verify manifest check cut b
exits 3 "a list that was cut off"
has "the line is named" "$err" "line 3"
printf '%s  ../abc\n' "$(sha256sum <a/abc | cut -d' ' -f1)" >outside
run verify manifest check outside b --lang zh
exits 3 "a path that leads out"
has "in Chinese" "$err" "路径超出文件夹"
run verify compare a a
exits 2 "a folder with itself"
run verify compare a nowhere
exits 3 "a folder that is not there"
run verify manifest check a.sha256
exits 2 "check needs a folder"
run verify manifest make a --json
exits 2 "two things do not go to standard output"
run verify compare a b --hash md5
exits 2 "an algorithm that is none"

# --- interrupted: killed while it reads what has no end, and begun again
run verify manifest make a --out a/list --state a/state
exits 2 "a state in the folder would be a name too many"
mkdir long
printf one >long/one
truncate -s 4T long/two
until [ -z "$(find long -newerct '3 seconds ago')" ]; do sleep 0.1; done
"$YUNJIAN" verify manifest make long --state at --out list >/dev/null 2>&1 &
killed=$!
pids+=("$killed")
until [ "$(stat -c %s at 2>/dev/null || echo 0)" -ge 256 ] || ! kill -0 "$killed" 2>/dev/null; do sleep 0.05; done
kill -KILL "$killed"
wait "$killed" 2>/dev/null
is "what was read is kept" "$(stat -c '%a %s' at)" "600 256"
printf two >long/two
run verify manifest make long --state at --out list --attest std.key long.json --json
exits 0 "begun again"
is "it goes on from there, and says so" "$(json 'v["resumed"]["files"], v["counts"]["matched"], v["coverage"]["notCovered"][-1]')" \
    "(1, 2, 'reading-again-what-was-read-before-the-interruption')"
is "with the right digests" "$(cd long && sha256sum --quiet -c ../list 2>&1)" ""
is "and the state is gone at its end" "$([ -e at ] && echo there)" ""
printf 'not a state' >at
chmod 600 at
run verify compare a b --state at --lang zh
exits 3 "what is no state"
has "is said with its name" "$err" "at"
is "and left alone" "$(cat at)" "not a state"

# --- bags
mkdir -p bag/data
printf abc >bag/data/abc
printf 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n' >bag/bagit.txt
(cd bag && sha512sum data/abc >manifest-sha512.txt && md5sum data/abc >manifest-md5.txt && sha1sum bagit.txt >tagmanifest-sha1.txt)
run verify bag check bag
exits 0 "a bag"
has "every list is checked" "$out" "tagmanifest-sha1.txt"
run verify bag check bag --json
is "as JSON" "$(json '[v["version"], v["fine"], [(l["file"], l["weak"], l["counts"]["matched"]) for l in v["lists"]]]')" \
    "['1.0', True, [('manifest-md5.txt', True, 1), ('manifest-sha512.txt', False, 1), ('tagmanifest-sha1.txt', True, 1)]]"
printf more >bag/data/more
run verify bag check bag
exits 1 "more than its lists name"
has "is named" "$out" "extra  more"
rm bag/bagit.txt
run verify bag check bag --lang zh
exits 3 "no bag"
has "with the reason" "$err" "没有文件 bagit.txt"
run verify bag check bag twice
exits 2 "an argument too many"
run verify bag create a made --hash sha256,sm3 Source-Organization=Huayuan --attest std.key made.json
exits 0 "a bag is made"
has "and read back" "$out" "manifest-sm3.txt"
is "sha256sum agrees with its list" "$(cd made && sed '/odd/d' manifest-sha256.txt tagmanifest-sha256.txt | sha256sum -c --quiet --strict && echo fine)" fine
has "its description" "$(<made/bag-info.txt)" "Source-Organization: Huayuan"
run verify bag check made --json --attest gm.key checked.json
exits 0 "it holds"
is "every list" "$(json '[(l["file"], l["counts"]["matched"]) for l in v["lists"]], v["payloadOxum"]')" \
    "([('manifest-sha256.txt', 5), ('manifest-sm3.txt', 5), ('tagmanifest-sha256.txt', 4), ('tagmanifest-sm3.txt', 4)], 'matches')"
run verify bag check made --state made.at --json
is "what an interrupted check keeps is gone when it ends" "$rc $(json '"resumed" in v') $(ls made.at* 2>/dev/null)" "0 False "
run verify bag check made --state made/at
exits 2 "and does not lie in the bag"
run attest verify made.json --key std.key.pub
exits 0 "the statement about making it"
has "names its lists" "$out" "$(sha256sum <made/manifest-sm3.txt | cut -d' ' -f1)"
has "and counts" "$out" "expected 18, matched 18"
run verify bag create a made
exits 3 "nothing is overwritten"
run verify bag create a a/made
exits 2 "not into itself"
run verify bag create a made2 --hash md5
exits 2 "an algorithm that proves nothing"
run verify bag create a made2 Payload-Oxum=1.1 --lang zh
exits 3 "a line of ours"
has "in Chinese" "$err" "由程序写入"
is "and nothing is left" "$(ls -A | grep -c made2)" 0

# --- statements
for crypto in std gm; do
    run verify compare a b --attest $crypto.key $crypto.json
    exits 0 "$crypto: compared and signed"
    run attest verify $crypto.json --key $crypto.key.pub
    exits 0 "$crypto: the statement holds"
    has "$crypto: and says what it is about" "$out" "about: $tmp/a"
    has "$crypto: and how many" "$out" "expected 5, matched 5, changed 0"
    python3 - $crypto.json <<'P'
import base64, json, sys
e = json.load(open(sys.argv[1]))
p, t = base64.b64decode(e["payload"], validate=True), e["payloadType"].encode()
open("pae", "wb").write(b"DSSEv1 %d %s %d %s" % (len(t), t, len(p), p))
open("sig", "wb").write(base64.b64decode(e["signatures"][0]["sig"], validate=True))
P
    if [ $crypto = std ]; then
        said=$(openssl pkeyutl -verify -pubin -inkey std.key.pub -rawin -in pae -sigfile sig 2>&1)
        has "std: OpenSSL verifies it" "$said" "Verified Successfully"
    else
        said=$(openssl dgst -sm3 -verify gm.key.pub -sigopt distid:1234567812345678 -signature sig pae 2>&1)
        has "gm: OpenSSL verifies it" "$said" "Verified OK"
    fi
done
run attest verify std.json --key gm.key.pub
exits 4 "another's key"
run attest verify std.json
exits 2 "no key"
run attest verify std.json --key std.key
exits 3 "a private key where a public one is asked for"
run attest verify a.sha256 --key std.key.pub
exits 3 "no envelope"
python3 - <<'P'
import base64, json
e = json.load(open("std.json"))
p = base64.b64decode(e["payload"]).replace(b'"matched":5', b'"matched":6')
e["payload"] = base64.b64encode(p).decode()
json.dump(e, open("changed.json", "w"))
P
run attest verify changed.json --key std.key.pub
exits 4 "a statement that was changed"
run verify compare a b --attest std.key std.json
exits 3 "a statement is not overwritten"
run verify compare a b --attest std.key
exits 2 "a key and no file"
printf more >b/new
run verify compare a b --attest std.key not.json
exits 1 "what is not fine is signed, too"
run attest verify not.json --key std.key.pub --json
exits 1 "and says so"
is "in full" "$(json '[(f["status"], f["path"]) for f in v["statement"]["predicate"]["findings"]]')" "[('extra', 'new')]"
is "the list's digest is the subject" "$(json 'v["statement"]["subject"][0]["digest"]["sha256"]')" \
    "$(LC_ALL=C sort -k 2 a.sha256 | sha256sum | cut -d' ' -f1)"

# --- a statement as evidence, and checked by somebody who has the file and the exported ledger
keep() { # FILE: as the server keeps it
    local digest
    digest=$(sha256sum "$1" | cut -d' ' -f1)
    mkdir -p "$YUNJIAN_DATA/evidence/${digest:0:2}"
    cp "$1" "$YUNJIAN_DATA/evidence/${digest:0:2}/${digest:2}"
    echo "$digest"
}
export YUNJIAN_DATA=$tmp/data
run init data --packs "$SOURCE_ROOT/packs/core"
run institution add code=demo name=示例 type=client
exits 0 "an institution"
run put trusted_key name=station algorithm=ed25519 "public_key=$(cat std.key.pub)" purpose=instrument "trusted_for=verify_files;scan"
exits 0 "its key"
run move trusted_key station trust
run put evidence title=比对 source=instrument "digest=$(keep not.json)"
exits 0 "a statement is evidence"
run put evidence title=国密 source=instrument "digest=$(keep gm.json)"
exits 0 "so is one by a key that is not there"
run scan a --inventory a.csv --attest std.key scan.json
scanned=$rc
is "a scan is signed" "$([ -e scan.json ] && echo yes)" yes
run put evidence title=扫描 source=instrument "digest=$(keep scan.json)"
exits 0 "and so is a scan"
run list evidence --json
is "the inventory that it wrote is kept" "$(json '[r["fields"].get("statement_inventory") for r in v["items"] if r["fields"].get("statement") == "scan"]')" \
    "['$(sha256sum <a.csv | cut -d' ' -f1)']"
is "what it says is kept" "$(json '[(r["fields"].get("statement"), r["fields"].get("statement_fine")) for r in sorted(v["items"], key=lambda r: r["fields"]["title"])]')" \
    "[(None, None), ('scan', $([ "$scanned" = 0 ] && echo True || echo False)), ('verify_files', False)]"
"$YUNJIAN" ledger checkpoint >/dev/null
run ledger tiles out --bodies
exits 0 "the ledger is exported"
mv data away
run attest verify not.json --ledger out
exits 1 "its key is found in the ledger, the signature holds, and not all is fine"
has "the entry is named" "$out" "names this file"
has "and the key's state" "$out" "in state trusted"
run attest verify not.json --ledger out --json
is "as JSON" "$(json 'v["ok"], v["ledger"]["kind"], v["ledger"]["key_state"], v["ledger"]["pinned"]')" "(True, 'evidence', 'trusted', False)"
run attest verify gm.json --ledger out
exits 3 "one that no key of the institution signed"
has "is told apart" "$err" "and no key"
run attest verify std.json --ledger out
exits 3 "one that the ledger does not know"
sed -i 's/"name":"station"/"name":"statiom"/' out/body/*.jsonl out/body/*/*.jsonl 2>/dev/null
run attest verify not.json --ledger out
exits 4 "a ledger that was changed"
finish
