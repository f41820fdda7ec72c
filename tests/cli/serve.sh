#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# serve: first line, signals, one at a time, loopback only; the command line beside a running server.
. "$(dirname "$0")/tap.sh"

serve() { # ARG...: sets $pid and $url
    : >"$tmp/serve.out" # what the server before said must not be taken for this one's
    "$YUNJIAN" serve --open "$@" >"$tmp/serve.out" 2>"$tmp/serve.err" </dev/null &
    pid=$!
    pids+=("$pid")
    local i
    for ((i = 0; i < 600; i++)); do
        url=$(sed -n '1s/^listening on //p' "$tmp/serve.out")
        [ -n "$url" ] && return
        kill -0 "$pid" 2>/dev/null || return
        sleep 0.05
    done
}
ends() { # wait for $pid, set $rc
    rc=0
    wait "$pid" || rc=$?
    out=$(<"$tmp/serve.out") err=$(<"$tmp/serve.err")
}
get() { python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=20).read().decode())' "$1" 2>&1; }

run serve --data nowhere
exits 3 "no installation to serve"
run init data
run institution add --code a --name 甲
run serve --open --listen 0.0.0.0:0
exits 2 "all addresses are refused"
run serve --open --listen 192.0.2.1:80
exits 2 "an address of another machine is refused"
run serve --listen localhost:99999
exits 2 "a port that is none"
run serve --listen nonsense
exits 2 "an address that is none"
run serve --password-bits 121
exits 2 "more bits than anybody could type"
run serve --leaked-list nowhere.txt
exits 2 "a list of leaked passwords that is not there"
has "is named" "$err" "nowhere.txt"

serve
is "the first line names the address" "$(head -n 1 serve.out | sed 's/[0-9]*$/PORT/')" "listening on http://127.0.0.1:PORT"
has "it answers" "$(get "$url/api/v1/health")" "{"
run serve --open
exits 3 "a second server on the folder is refused"
has "and says why" "$err" "another server"
run put person number=1 name=x
exits 0 "the command line writes beside the server"
inst=$("$YUNJIAN" institution list --json | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["id"])')
has "which shows it" "$(get "$url/api/v1/institutions/$inst/records/person")" '"number":"1"'
# the server starts itself anew for each document
passages=$(printf '第一条 数据返还\n合同终止后返还全部数据。\n' | python3 -c '
import json, sys, urllib.request
def send(path, body, kind):
    q = urllib.request.Request(sys.argv[1] + path, body, {"Content-Type": kind})
    return json.load(urllib.request.urlopen(q, timeout=60))
digest = send("/api/v1/evidence", sys.stdin.buffer.read(), "text/plain")["digest"]
wanted = {"wanted": [{"id": "exit", "words": ["返还全部数据"]}]}
answer = send("/api/v1/evidence/" + digest + "/passages", json.dumps(wanted).encode(), "application/json")
print(answer["format"], answer["items"][0]["passages"][0]["paragraph"])' "$url" 2>&1)
is "a passage of an uploaded document" "$passages" "text 2"
run rebuild
exits 3 "no rebuild under a running server"
kill -TERM "$pid"
ends
exits 0 "SIGTERM ends it cleanly"
is "with nothing more said" "$(lines "$out") $err" "1 "

signs_in() { # the last line of the head that two requests get: what the session says
    python3 -c '
import json, sys, urllib.request
def ask(path, body=None, cookie=None):
    q = urllib.request.Request(sys.argv[1] + path, body and json.dumps(body).encode(), {"Content-Type": "application/json"} if body else {})
    if cookie: q.add_header("Cookie", cookie)
    return urllib.request.urlopen(q, timeout=60)
a = ask("/api/v1/set-up", {"secret": sys.argv[2], "name": "root", "password": "correct horse battery"})
cookie = a.headers["Set-Cookie"].split(";")[0]
print(json.load(a)["account"]["name"], json.load(ask("/api/v1/institutions", cookie=cookie))["items"][0]["code"])' "$@" 2>&1
}
: >"$tmp/serve.out"
"$YUNJIAN" serve --lang en >"$tmp/serve.out" 2>"$tmp/serve.err" </dev/null &
pid=$!
pids+=("$pid")
for ((i = 0; i < 600; i++)); do
    [ "$(lines "$(<"$tmp/serve.out")")" -ge 2 ] && break
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.05
done
url=$(sed -n '1s/^listening on //p' "$tmp/serve.out")
secret=$(sed -n "2s|^no account yet: open $url/p/set-up#||p" "$tmp/serve.out")
is "people sign in: the second line says where the first one begins" "${#secret}" 52
has "strangers learn nothing" "$(get "$url/api/v1/institutions")" "401"
is "it lets the first administrator in" "$(signs_in "$url" "$secret")" "root a"
has "once" "$(signs_in "$url" "$secret")" "404"
hasnt "and it is in no log" "$(<"$tmp/serve.err")" "$secret"
kill -TERM "$pid"
ends
exits 0 "such a server ends, too"

serve --listen 127.0.0.1:0
kill -INT "$pid"
ends
exits 0 "SIGINT too"
serve --listen '[::1]:0'
if [ -n "$url" ]; then
    has "the other loopback" "$url" "[::1]"
    kill -TERM "$pid"
    ends
    exits 0 "ends too"
fi
serve
port=${url##*:}
"$YUNJIAN" init data2 >/dev/null
run serve --open --data data2 --listen "127.0.0.1:$port"
exits 3 "a port that is taken"
kill -KILL "$pid"
wait "$pid" 2>/dev/null
serve
has "after kill -9 it starts again" "$(get "$url/api/v1/health")" "{"
kill -TERM "$pid"
ends
exits 0 "and ends"
finish
