# SPDX-License-Identifier: Apache-2.0
# Sourced by the tests of this folder: runs the real program, prints TAP. Every test has a folder of its own, $tmp.
#
#   run ARG...            run the program; sets $rc, $out, $err
#   exits CODE NAME       the last run ended so
#   is NAME GOT WANTED    two texts are the same
#   has NAME TEXT PIECE   a text holds a piece; hasnt: it does not
#   json EXPRESSION       print a Python expression over v, the JSON of the last run's standard output
#   web METHOD URL [TYPE DATA]  ask a server; sets $code, $body; DATA: the text, or @FILE
#   finish                at the end
set -uo pipefail
: "${YUNJIAN:?the program to test}" "${SOURCE_ROOT:?}"
export YUNJIAN_PACKS=$SOURCE_ROOT/packs LC_ALL=C.UTF-8 NO_COLOR=1
unset LANG LC_MESSAGES

tmp=$(mktemp -d "${TMPDIR:-/tmp}/yj-cli-XXXXXX")
cd "$tmp" || exit 99
count=0 failed=0 rc=0 out= err=
pids=()
cleanup() {
    local p
    for p in "${pids[@]:-}"; do [ -n "$p" ] && kill "$p" 2>/dev/null; done
    rm -rf "$tmp"
}
trap cleanup EXIT

run() {
    rc=0
    "$YUNJIAN" "$@" >"$tmp/.out" 2>"$tmp/.err" </dev/null || rc=$?
    out=$(<"$tmp/.out") err=$(<"$tmp/.err")
}

web() {
    body=$(python3 - "$@" <<'P'
import sys, urllib.error, urllib.request
method, url = sys.argv[1:3]
kind, data = sys.argv[3:5] if len(sys.argv) > 3 else ("", None)
if data is not None:
    data = open(data[1:], "rb").read() if data.startswith("@") else data.encode()
r = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": kind} if kind else {})
try:
    with urllib.request.urlopen(r, timeout=60) as a:
        print(a.status, a.read().decode())
except urllib.error.HTTPError as e:
    print(e.code, e.read().decode())
P
)
    code=${body%% *} body=${body#* }
}

result() { # OK NAME DETAIL...
    count=$((count + 1))
    if [ "$1" = 1 ]; then
        echo "ok $count - $2"
        return
    fi
    failed=$((failed + 1))
    echo "not ok $count - $2"
    shift 2
    printf '%s\n' "$@" | head -n 12 | sed 's/^/# /'
}

exits() { result "$([ "$rc" = "$1" ] && echo 1 || echo 0)" "$2" "exit $rc, not $1" "out: $out" "err: $err"; }
is() { result "$([ "$2" = "$3" ] && echo 1 || echo 0)" "$1" "got:    $2" "wanted: $3"; }
has() { result "$([[ "$2" == *"$3"* ]] && echo 1 || echo 0)" "$1" "in:    $2" "there is no: $3"; }
hasnt() { result "$([[ "$2" == *"$3"* ]] && echo 0 || echo 1)" "$1" "in:    $2" "there is: $3"; }
json() { python3 -c 'import json, sys; v = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$tmp/.out" "$1" 2>&1; }
error_json() { python3 -c 'import json, sys; v = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$tmp/.err" "$1" 2>&1; }
lines() { printf '%s' "$1" | grep -c ''; }

finish() {
    echo "1..$count"
    exit $((failed > 0))
}
