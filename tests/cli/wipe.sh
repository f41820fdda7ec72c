#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Wiping for real: files, free space, a loop device; what is refused, and what is never certified.
. "$(dirname "$0")/tap.sh"

"$YUNJIAN" attest keygen wiper.key >/dev/null
serial_of() { "$YUNJIAN" wipe plan "$1" --grade 1 destination=reuse --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["serial"])'; }
people=(--by 'Li Lei' --witness 'Han Mei')
found() { LC_ALL=C grep -c -a 'secret-[0-9]' "$1"; }

# --- a file
for i in $(seq 20000); do echo "secret-$i"; done >old.db
cp old.db kept
run wipe plan old.db --grade 1 destination=scrap
exits 0 "a plan"
has "says what it is about" "$out" "it reaches: clear"
has "and that nothing was done" "$out" "nothing was written"
is "and nothing was" "$(cmp old.db kept && echo same)" same
serial=$(serial_of old.db)
run wipe run old.db destination=scrap --grade 1 --serial "$serial-" "${people[@]}"
exits 3 "another serial"
has "nothing was written" "$err" "nothing was written"
run wipe run old.db destination=scrap --grade 1 --serial "$serial" --by A --witness a
exits 2 "nobody is his own witness"
run wipe run old.db destination=scrap --grade 1 --serial "$serial" --by A
exits 2 "a witness is needed"
run wipe run old.db asset=7 --grade 1 --serial "$serial" "${people[@]}"
exits 2 "where it goes is needed"
run wipe run old.db destination=scrap --grade 3 --serial "$serial" "${people[@]}"
exits 3 "a file is never purged"
run wipe run old.db destination=scrap --grade 2 --method random --serial "$serial" "${people[@]}"
has "nor by a method that was named" "$err" "random reaches clear here, and grade 2 asks for purge"
is "all this wrote nothing" "$(cmp old.db kept && echo same)" same
ln -s old.db link
run wipe plan link --grade 1 destination=scrap
exits 3 "a link is not followed"
run wipe run old.db destination=scrap asset=0815 --grade 1 --serial "$serial" "${people[@]}" --attest wiper.key old.att.json
exits 0 "wiped"
is "nothing is left" "$(found old.db)" 0
is "the size is what it was" "$(stat -c %s old.db)" "$(stat -c %s kept)"
run attest verify old.att.json --key wiper.key.pub --json
exits 0 "the certificate holds"
is "and says what was done" "$(python3 -c '
import base64, json
v = json.loads(base64.b64decode(json.load(open("old.att.json"))["payload"]))
p = v["predicate"]
print(v["predicateType"], p["outcome"], p["technique"], p["assetNumber"], p["witnessedBy"]["name"], p["verification"]["kind"],
      p["verification"]["verified"], p["verification"]["canariesFound"], v["subject"][0]["name"] == p["medium"]["serial"])')" \
    "urn:yunjian:attestation:wipe:1 clear zeros 0815 Han Mei full True 0 True"
cp kept old.db
run wipe run old.db destination=reuse --grade 1 --method random --sample 10 --serial "$(serial_of old.db)" "${people[@]}" --lang zh
exits 0 "in Chinese"
has "what was done" "$out" "已完成并核验：清除"
is "random, so no digits in a row" "$(found old.db)" 0

# --- a write that fails: the file may not grow, but it has holes beyond the limit
truncate -s 8M holes
run wipe plan holes --grade 1 destination=reuse
has "holes are told" "$out" "the file has holes"
(ulimit -f 4096 && "$YUNJIAN" wipe run holes destination=reuse --grade 1 --serial "$(serial_of holes)" "${people[@]}" \
    --attest wiper.key holes.json >.out 2>.err)
is "a write error ends it" $? 3
has "the range is listed" "$(<.out)" "could not be written"
is "and nothing is certified" "$([ -e holes.json ] && echo there)" ""

# --- the server's own
"$YUNJIAN" init own >/dev/null
run wipe plan own/yunjian.db --grade 1 destination=reuse
exits 3 "the server's store"
has "is refused" "$err" "the server's own data"
run wipe plan own --grade 1 destination=reuse
has "and so is the space beside it" "$err" "the server's own data"
mkdir beside && ln own/yunjian.db beside/copy && touch elsewhere.db elsewhere.db-wal
"$YUNJIAN" wipe plan beside/copy --grade 1 destination=reuse --data own >.out 2>.err
has "by another name, too" "$(<.err)" "the server's own data"
mkdir told && echo '{"store":"sqlite:'"$PWD"'/elsewhere.db"}' >told/yunjian.json
head -c 4096 kept >elsewhere.db-wal
"$YUNJIAN" wipe plan elsewhere.db-wal --grade 1 destination=reuse --data told >.out 2>.err
has "what stands beside a store that lies elsewhere" "$(<.err)" "the server's own data"

# --- a certificate that cannot be written
cp kept unsaid.db
run wipe run unsaid.db destination=reuse --grade 1 --serial "$(serial_of unsaid.db)" "${people[@]}" --attest wiper.key nowhere/c.json
exits 3 "is found out before the first byte"
is "which is still there" "$(cmp unsaid.db kept && echo same)" same
run wipe run unsaid.db destination=reuse --grade 1 --serial "$(serial_of unsaid.db)" --by "$(printf '\xc0\xee')" --witness A
exits 2 "names that are no UTF-8 would not stand in it"

# --- destruction is recorded
run wipe record technique=shredded result='pieces of 2 mm' medium=flash destination=scrap --grade 4 --serial S3Z9 \
    "${people[@]}" --attest wiper.key s3z9.json
exits 0 "a destruction that two saw"
run attest verify s3z9.json --key wiper.key.pub
has "is certified as such" "$out" "S3Z9"

# --- a loop device, where one can be had
head -c 6291456 kept >image 2>/dev/null
truncate -s 6M image
loop=$(losetup --find --show image 2>/dev/null) || loop=
if [ -n "$loop" ]; then
    detach() { losetup -d "$loop" 2>/dev/null; cleanup; }
    trap detach EXIT
    run wipe plan image --grade 1 destination=reuse
    has "the file below a loop device is in use" "$err" "other devices are made of it"
    serial=$(serial_of "$loop")
    other=$(losetup --find --show image 2>/dev/null) || other=
    if [ -n "$other" ]; then
        run wipe plan "$loop" --grade 1 destination=reuse
        losetup -d "$other"
        has "so is what another loop device is made of, too" "$err" "other devices are made of it"
        other=$(losetup --find --show --offset 1048576 "$loop" 2>/dev/null) || other=
        run wipe plan "$loop" --grade 1 destination=reuse
        has "and a loop device below another" "$err" "other devices are made of it"
        run wipe plan "$other" --grade 1 destination=reuse
        losetup -d "$other"
        has "and that one itself" "$err" "it is made of other devices"
    fi
    printf '\336\021\336\021' | dd of=image bs=512 seek=$((6 * 2048 - 1)) conv=notrunc status=none
    run wipe plan "$loop" --grade 1 destination=reuse
    has "and what says at its end that it is a member of an array" "$err" "DDF"
    truncate -s -512 image && truncate -s 6M image
    run wipe run "$loop" destination=reuse --grade 1 --method random --serial "$serial" "${people[@]}" --attest wiper.key loop.json
    exits 0 "a loop device"
    is "nothing is left in it" "$(found image)" 0
    if mkfs.ext4 -q "$loop" 2>/dev/null && mkdir mnt && mount "$loop" mnt 2>/dev/null; then
        run wipe plan "$loop" --grade 1 destination=reuse
        has "mounted, it is refused" "$err" "mounted"
        cp kept mnt/gone && sync mnt/gone && rm mnt/gone
        cp wiper.key.pub mnt/stays
        is "what was deleted is still there" "$([ "$(sync -f mnt; found image)" -gt 0 ] && echo there)" there
        run wipe run mnt destination=reuse --grade 1 --serial "$(serial_of mnt)" "${people[@]}" --attest wiper.key space.json
        exits 3 "what the file system keeps for itself"
        has "is not certified" "$err" "reserved_clusters"
        if { echo 0 >/sys/fs/ext4/"${loop##*/}"/reserved_clusters; } 2>/dev/null; then
            run wipe run mnt destination=reuse --grade 1 --serial "$(serial_of mnt)" "${people[@]}" --attest wiper.key space.json
            exits 0 "its free space"
            sync -f mnt
            is "the deleted file is gone" "$(found image)" 0
        else
            result 1 "# SKIP free space: what ext4 keeps for itself cannot be changed here"
        fi
        is "the others stay" "$(cmp wiper.key.pub mnt/stays && echo same)" same
        umount mnt
    else
        result 1 "# SKIP free space: a file system cannot be mounted here"
    fi
    losetup -d "$loop"
    trap cleanup EXIT
else
    result 1 "# SKIP a loop device: none can be had here (it takes root and /dev/loop-control)"
fi
finish
