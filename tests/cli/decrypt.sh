#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Encrypted files, made by the programs that people encrypt with, against what they should be.
. "$(dirname "$0")/tap.sh"
run attest keygen std.key

mkdir -p d/e 云
printf abc >d/a
head -c 300000 /dev/urandom >d/e/b
printf x >云/文件
cp d/e/b plain
printf 'pass word\nnot this\n' >pass
printf 'wrong\n' >wrong
chmod 600 pass wrong
run verify manifest make d --out d.sha256
(cd .. && "$YUNJIAN" verify manifest make "$tmp/d" --hash sm3 --out "$tmp/d.sm3" >/dev/null)

# --- openssl
# One wrong key in 256 leaves a last block that looks like a whole one: then what comes out is told to differ, and not
# to be unreadable. Encrypted anew until the other key of the test is told as such.
encrypt() { # FILE WRONG-PASSPHRASE-FILE WRONG-DERIVATION RIGHT-DERIVATION
    # shellcheck disable=SC2086
    while openssl enc -aes-256-cbc $4 -in plain -out "$1" -pass file:pass 2>/dev/null &&
        openssl enc -d -aes-256-cbc $3 -in "$1" -out /dev/null -pass "file:$2" 2>/dev/null; do :; done
}
encrypt salted wrong -pbkdf2 -pbkdf2
run verify decrypt salted plain --passphrase pass --attest std.key salted.json
exits 0 "what openssl enc wrote, against the original"
hasnt "no word of the passphrase" "$out$err$(base64 -d <<<"$(python3 -c 'import json; print(json.load(open("salted.json"))["payload"])')")" "pass word"
run attest verify salted.json --key std.key.pub
exits 0 "the statement"
has "names the encrypted file" "$out" "$(sha256sum <salted | cut -d' ' -f1)"
run verify decrypt salted plain --passphrase wrong --json
exits 1 "another passphrase"
is "is a finding" "$(json '[v["counts"]["unreadable"], v["findings"][0]["reason"], v["encryption"]["cipher"]]')" \
    "[1, 'encrypted', 'aes-256-cbc']"
run verify decrypt salted d/a --passphrase pass
exits 1 "another original"
for md in md5 sha256; do
    encrypt old pass "-pbkdf2 -iter 10000" "-md $md"
    run verify decrypt old plain --passphrase pass --without-pbkdf2 $md
    exits 0 "what openssl enc wrote without -pbkdf2, with $md"
    has "its derivation is called weak" "$out" "without PBKDF2, by one pass of $md"
done
run verify decrypt old plain --passphrase pass --without-pbkdf2 sha256 --json --lang zh
is "in the result, too" "$(json '[v["encryption"]["weakKeyDerivation"], "guesses-at-the-passphrase-are-slowed-down" in v["coverage"]["notCovered"]]')" \
    "['sha256', True]"
run verify decrypt old plain --passphrase pass --without-pbkdf2 md5
exits 1 "another digest"
run verify decrypt old plain --passphrase pass --json
is "not unless it is asked for" "$(json '[v["counts"]["unreadable"], "weakKeyDerivation" in v["encryption"]]')" "[1, False]"
run verify decrypt old plain --passphrase pass --without-pbkdf2 sha1
exits 2 "no other digest"
run verify decrypt none.enc plain --method openssl --passphrase pass --without-pbkdf2 sha1
exits 2 "which is said before the file is read"
run verify decrypt old plain --passphrase pass --without-pbkdf2 md5 --iterations 9
exits 2 "nor iterations"
openssl enc -sm4-ctr -pbkdf2 -iter 777 -in plain -out salted -pass file:pass
run verify decrypt salted "sm3:$(openssl dgst -sm3 -r plain | cut -d' ' -f1)" --cipher sm4-ctr --iterations 777 --passphrase <(head -n 1 pass)
exits 0 "SM4, its iterations, a digest, a passphrase from a descriptor"
openssl rand -out key 16
openssl rand -hex -out iv 16
chmod 600 key iv
openssl enc -sm4-cbc -K "$(od -An -v -tx1 key | tr -d ' \n')" -iv "$(<iv)" -in plain -out bare
run verify decrypt bare plain --cipher sm4-cbc --key key --iv iv
exits 0 "without a header"
run verify decrypt bare plain
exits 2 "it cannot be told from noise"
run verify decrypt bare plain --cipher sm4-cbc --key key
exits 2 "the IV is missing"
chmod 644 pass
run verify decrypt salted plain --passphrase pass --lang zh
exits 3 "a passphrase that others can read"
has "in Chinese" "$err" "可被他人读取"
chmod 600 pass
run verify decrypt salted plain "pass word"
exits 2 "and none in an argument"

# --- gpg
export GNUPGHOME=$tmp/gnupg
mkdir -m 700 gnupg
tar cf d.tar -C d .
if gpg --batch --pinentry-mode loopback --passphrase '' --quick-gen-key them future-default default never 2>/dev/null &&
    gpg --batch --trust-model always -r them -o d.tar.gpg -e d.tar 2>/dev/null &&
    gpg --batch --pinentry-mode loopback --passphrase-file pass -o s.asc --armor -c plain 2>/dev/null &&
    gpg --batch --pinentry-mode loopback --passphrase '' --armor --export-secret-keys >secret.asc 2>/dev/null; then
    chmod 600 secret.asc
    gpgconf --kill all
    before=$(ls -A /dev/shm /tmp /var/tmp | grep -c yunjian-private)
    run verify decrypt s.asc plain --passphrase pass
    exits 0 "OpenPGP with a passphrase"
    run verify decrypt s.asc plain --passphrase wrong
    exits 1 "with another"
    run verify decrypt d.tar.gpg --list d.sha256 --key secret.asc
    exits 0 "OpenPGP with a private key, and what is in the archive in it"
    run verify decrypt d.tar.gpg d.tar --key secret.asc --json
    exits 0 "or the archive itself"
    run verify decrypt d.tar.gpg d.tar --key pass
    exits 3 "no private key"
    unset GNUPGHOME
    is "no home stays" "$(ls -A /dev/shm /tmp /var/tmp | grep -c yunjian-private)" "$before"
else
    echo "# gpg is not there"
fi

# --- archives as they are
python3 - <<'P'
import shutil
for kind in "zip", "gztar", "xztar":
    shutil.make_archive("plain-" + kind, kind, "d")
P
gzip -c plain >plain.gz
for f in plain-zip.zip plain-gztar.tar.gz plain-xztar.tar.xz; do
    run verify restore $f d
    exits 0 "$f against the folder"
done
run verify restore plain-xztar.tar.xz --list d.sm3
exits 0 "against a list"
run verify restore plain-zip.zip --list d.sha256 --attest std.key restored.json
run attest verify restored.json --key std.key.pub
exits 0 "a statement"
has "of its kind" "$out" "urn:yunjian:attestation:verify-restore:1"
run verify restore plain.gz plain
exits 0 "what was packed alone"
run verify restore plain.gz "sha256:$(sha256sum <d/a | cut -d' ' -f1)"
exits 1 "and is something else"
run verify restore plain-zip.zip plain
exits 1 "several files are not one"
head -c 200000 plain-gztar.tar.gz >cut.tar.gz
run verify restore cut.tar.gz d
exits 1 "an archive that was cut off"
has "is unreadable" "$out" "unreadable  e/b"
python3 - <<'P'
import io, tarfile
t = tarfile.open("hostile.tar", "w")
for name in "a", "../a", "/e/b", "a":
    i = tarfile.TarInfo(name)
    i.size = 3
    t.addfile(i, io.BytesIO(b"abc"))
i = tarfile.TarInfo("link")
i.type, i.linkname = tarfile.SYMTYPE, "/etc/passwd"
t.addfile(i)
t.close()
P
run verify restore hostile.tar d --json
exits 1 "a hostile one"
is "is told as what it is" "$(json 'sorted((f["status"], f["path"], f.get("reason", "")) for f in v["findings"])')" \
    "[('missing', 'e/b', ''), ('skipped', 'link', 'link'), ('unreadable', '../a', 'outside'), ('unreadable', '/e/b', 'outside'), ('unreadable', 'a', 'twice'), ('unreadable', 'a', 'twice')]"
run verify restore plain d
exits 1 "no archive at all"

# --- zip, 7z
if command -v 7z >/dev/null; then
    (cd d && 7z a -tzip -mem=ZipCrypto -p'pass word' ../old.zip . && 7z a -tzip -mem=AES256 -p'pass word' ../aes.zip . &&
        7z a -mhe=on -p'pass word' ../d.7z . && 7z a -p'pass word' ../more.7z . ../云) >/dev/null
    for f in old.zip aes.zip d.7z; do
        run verify decrypt $f d --passphrase pass
        exits 0 "$f against the folder"
        run verify decrypt $f --list d.sm3 --passphrase pass
        exits 0 "$f against a list"
        run verify decrypt $f d --passphrase wrong
        exits 1 "$f with another passphrase"
        has "$f says why" "$out" "the key does not fit"
    done
    run verify decrypt more.7z d --passphrase pass --lang zh
    exits 1 "one file more"
    has "is named" "$out" "多余  云/文件"
    printf abd >d/a
    run verify decrypt aes.zip d --passphrase pass
    exits 1 "another file"
    has "is named" "$out" "changed  a"
    run verify decrypt aes.zip plain --passphrase pass
    exits 2 "an archive is no file"
else
    echo "# 7z is not there"
fi
finish
