#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# serve beyond this machine: TLS by --tls-cert, a renewed certificate on SIGHUP, what is refused.
. "$(dirname "$0")/tap.sh"

serve() { # ARG...: sets $pid and $url
    : >"$tmp/serve.out"
    "$YUNJIAN" serve "$@" >"$tmp/serve.out" 2>"$tmp/serve.err" </dev/null &
    pid=$!
    pids+=("$pid")
    until_said '^listening on '
    url=$(sed -n '1s/^listening on //p' "$tmp/serve.out")
}
until_said() { # PATTERN
    local i
    for ((i = 0; i < 600; i++)); do
        grep -q "$1" "$tmp/serve.out" "$tmp/serve.err" && return
        kill -0 "$pid" 2>/dev/null || return
        sleep 0.05
    done
}
ends() { # wait for $pid, set $rc
    rc=0
    wait "$pid" || rc=$?
    out=$(<"$tmp/serve.out") err=$(<"$tmp/serve.err")
}
get() { # CA URL
    python3 -c 'import ssl, sys, urllib.request
c = ssl.create_default_context(cafile=sys.argv[1])
print(urllib.request.urlopen(sys.argv[2], timeout=20, context=c).read().decode())' "$@" 2>&1
}
pair() { # NAME DAYS
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.pem" -days "$2" \
        -subj "/CN=$1" -addext subjectAltName=DNS:localhost,IP:127.0.0.1 2>/dev/null
}

run init data
pair a 90
pair b 90
pair short 7
cp a.pem cert.pem && cp a.key key.pem

run serve --tls-cert cert.pem
exits 2 "a certificate without its key"
run serve --tls-cert cert.pem --tls-key b.key
exits 3 "a key of another certificate"
has "is named with its file" "$err" "b.key"
run serve --tls-cert cert.pem --tls-key b.key --lang zh
has "in Chinese too" "$err" "不匹配"
chmod 644 b.key
run serve --tls-cert b.pem --tls-key b.key
exits 3 "a key that everybody may read"
has "says what to do" "$err" "chmod o= b.key"
chmod 600 b.key
run serve --tls-cert nowhere.pem --tls-key key.pem
exits 3 "no such file"
has "is named" "$err" "nowhere.pem"
for address in 0.0.0.0:0 '[::]:0' 192.0.2.1:80; do
    run serve --listen "$address"
    exits 2 "plain HTTP on $address is refused"
    has "with the one way out" "$err" "--tls-cert"
    has "and the other" "$err" "--trusted-proxy"
done
for proxy in 10.0.0.0/40 nonsense 0.0.0.0/0; do
    run serve --trusted-proxy "$proxy"
    exits 2 "no proxy: $proxy"
done
for address in http://yunjian.example https://yunjian.example/path yunjian.example; do
    run serve --public-url "$address"
    exits 2 "no public address: $address"
done

for more in '--trusted-proxy 127.0.0.2' '--public-url https://yunjian.example' \
    '--listen 0.0.0.0:0 --tls-cert cert.pem --tls-key key.pem'; do
    run serve --open $more
    exits 2 "without sign-in nobody else is let near: $more"
    has "and it says why" "$err" "--open"
done

serve --listen 0.0.0.0:0 --tls-cert cert.pem --tls-key key.pem --public-url https://Yunjian.example:443/
is "the first line names the address" "$(sed -n '1s/[0-9]*$/PORT/p' serve.out)" "listening on https://0.0.0.0:PORT"
is "the public one is shown" "$(sed -n 2p serve.out)" "people use https://yunjian.example"
is "and how long the certificate is valid" "$(sed -n 3p serve.out)" \
    "certificate valid until $(date -u -d "$(openssl x509 -in a.pem -noout -enddate | sed 's/.*=//')" +%F)"
port=${url##*:}
has "it answers" "$(get a.pem "https://localhost:$port/api/v1/health")" '"status":"ok"'
has "to whom trusts another certificate it does not" "$(get b.pem "https://localhost:$port/api/v1/health")" "CERTIFICATE_VERIFY_FAILED"
cp b.pem cert.pem && kill -HUP "$pid"
until_said 'does not belong'
has "half a renewal is refused" "$(<serve.err)" "does not belong"
has "and the old one stays" "$(get a.pem "https://localhost:$port/api/v1/health")" '"status":"ok"'
cp b.key key.pem && kill -HUP "$pid"
for ((i = 0; i < 600; i++)); do
    [ "$(lines "$(<serve.out)")" -ge 4 ] && break
    sleep 0.05
done
has "the renewed one is shown" "$(get b.pem "https://localhost:$port/api/v1/health")" '"status":"ok"'
kill -TERM "$pid"
ends
exits 0 "and it ends"
serve --tls-cert short.pem --tls-key short.key
has "of one that ends soon it warns" "$(<serve.err)" "expires soon"
kill -TERM "$pid"
ends
serve --listen 0.0.0.0:0 --trusted-proxy 127.0.0.2 --trusted-proxy 10.0.0.0/8,fd00::/8
is "behind a proxy it listens everywhere" "${url%:*}" "http://0.0.0.0"
until_said "stands in it"
is "the first address names the machine in place of all its addresses" \
    "$(sed -n '2s|^no account yet: open http://\(.*\):[0-9]*/p/set-up#.*|\1|p' serve.out)" "$(hostname)"
has "and says what to do where that is not its name" "$(<serve.out)" "--public-url"
kill -HUP "$pid"
ends
exits 0 "without TLS, SIGHUP is the end"
# Without sign-in and with TLS a page of its own may write, one of another server may not.
serve --open --tls-cert a.pem --tls-key a.key
post() { # ORIGIN: the status
    python3 -c 'import json, ssl, sys, urllib.request
c = ssl.create_default_context(cafile="a.pem")
r = urllib.request.Request(sys.argv[1] + "/api/v1/institutions", json.dumps({"fields": {}}).encode(),
    {"Content-Type": "application/json", "Origin": sys.argv[2]})
try:
    print(urllib.request.urlopen(r, timeout=20, context=c).status)
except urllib.error.HTTPError as e:
    print(e.code, json.load(e)["error"].get("field", ""))' "$url" "$1" 2>&1
}
has "its own page may write: what is asked is looked at" "$(post "$url")" "400"
is "a page of another server may not" "$(post https://evil.example)" "403 origin"
kill -TERM "$pid"
ends
finish
