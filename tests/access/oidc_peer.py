#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A provider of OpenID Connect for tests: one that says what the test tells it to, and a real one.

    oidc_peer.py http FOLDER [--tls CERT KEY]      what the test puts into FOLDER is what it says
    oidc_peer.py glewlwyd FOLDER                   glewlwyd (Debian's), with a user and a client
    oidc_peer.py browse BASE URL...                sign in there as that user, go to each URL, print where it sends us

The first two print "PORT" and serve on loopback until their standard input ends.

http: GET /about (through the well-known path), /keys and POST /token answer with FOLDER/about, FOLDER/keys,
FOLDER/token; the file FOLDER/mode says how ("PATH MODE" a line; modes: a status, redirect, hang, big, headers). What
was asked is kept as FOLDER/NNNNNN.json."""
import ctypes
import http.cookiejar
import http.server
import json
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

KIND, FOLDER, ARGS = sys.argv[1], sys.argv[2], sys.argv[3:]
CLIENT, SECRET, USER, PASSWORD = "yunjian", "s3cret-of-client", "zhangsan", "Passw0rd!x"
REDIRECT = "http://127.0.0.1:8080/api/v1/sign-in/callback"


def read(name):
    try:
        with open(f"{FOLDER}/{name}", "rb") as f:
            return f.read()
    except FileNotFoundError:
        return b""


# --- one that says what it is told --------------------------------------------------------------------------------

class Liar(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    count = 0
    lock = threading.Lock()

    def log_message(self, *args):
        pass

    def keep(self, body):
        with Liar.lock:
            Liar.count += 1
            path = f"{FOLDER}/{Liar.count:06}.json"
        with open(path + ".part", "w") as f:
            json.dump({"method": self.command, "path": self.path, "body": body.decode(),
                       "headers": {k.lower(): v for k, v in self.headers.items()}}, f)
        os.rename(path + ".part", path)

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for k, v in headers.items():
            self.send_header(k, v)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.say(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def do_GET(self):
        self.say(b"")

    def say(self, body):
        self.keep(body)
        path = "about" if self.path.endswith("/.well-known/openid-configuration") else self.path[1:]
        mode = dict(line.split() for line in read("mode").decode().splitlines()).get(path, "200")
        if mode == "redirect":
            self.answer(302, b"", Location="/" + path + "?again")
        elif mode == "hang":
            time.sleep(3600)
        elif mode == "big":
            self.send_response(200)
            self.end_headers()
            self.endless(b" " * 65536)
        elif mode == "headers":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            self.endless(b"X-More: " + b"x" * 1000 + b"\r\n")
        else:
            self.answer(int(mode), read(path))

    def endless(self, piece):
        try:
            while True:
                self.wfile.write(piece)
        except OSError:
            self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, address):
        pass


def serve_http():
    server = Server(("127.0.0.1", 0), Liar)
    if "--tls" in ARGS:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*ARGS[1:3])
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    print(server.server_address[1], flush=True)
    server.serve_forever()


# --- a real one ---------------------------------------------------------------------------------------------------

class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


def browser():
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), NoRedirect())


def call(who, method, url, what=None):
    """Status and headers; the body of JSON goes there, what comes back is not looked at."""
    body = json.dumps(what).encode() if what is not None else None
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method=method)
    try:
        with who.open(request, timeout=20) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as e:
        return e.code, e.headers


def want(who, method, url, what=None):
    status, headers = call(who, method, url, what)
    if status != 200:
        sys.exit(f"{method} {url}: {status}")
    return headers


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def configure(base, port):
    with open("/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3") as f, \
            sqlite3.connect(f"{FOLDER}/gl.db") as db:
        db.executescript(f.read())
    with open("/etc/glewlwyd/glewlwyd.conf") as f:
        lines = [line for line in f if not line.lstrip().startswith("@include")]
    names = ("port", "bind_address", "external_url", "log_mode", "log_file", "log_level")
    lines = [line for line in lines if line.split("=")[0].strip() not in names]
    lines += [f"port={port}\n", 'bind_address="127.0.0.1"\n', f'external_url="{base}"\n', 'log_mode="file"\n',
              f'log_file="{FOLDER}/gl.log"\n', 'log_level="ERROR"\n',
              f'database = {{ type = "sqlite3" path = "{FOLDER}/gl.db" }};\n']
    with open(f"{FOLDER}/gl.conf", "w") as f:
        f.writelines(lines)


def furnish(base):
    subprocess.run(["openssl", "genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out",
                    f"{FOLDER}/k.pem"], check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["openssl", "pkey", "-in", f"{FOLDER}/k.pem", "-pubout", "-out", f"{FOLDER}/pub.pem"], check=True)
    admin = browser()
    want(admin, "POST", base + "/api/auth/", {"username": "admin", "password": "password"})
    yes = ("refresh-token-rolling", "auth-type-code-enabled", "auth-type-id-token-enabled", "jwks-show", "pkce-allowed",
           "session-management-allowed")
    no = ("allow-non-oidc", "auth-type-token-enabled", "auth-type-none-enabled", "auth-type-password-enabled",
          "auth-type-client-enabled", "auth-type-device-enabled", "auth-type-refresh-enabled",
          "pkce-method-plain-allowed", "pkce-required", "request-parameter-allow")
    parameters = {"iss": base + "/api/oidc", "jwt-type": "rsa", "jwt-key-size": "256", "key": read("k.pem").decode(),
                  "cert": read("pub.pem").decode(), "access-token-duration": 3600, "refresh-token-duration": 1209600,
                  "code-duration": 600, "scope": [], "additional-parameters": [], "claims": [],
                  "name-claim": "mandatory", "email-claim": "mandatory", "name-claim-scope": ["openid"],
                  "email-claim-scope": ["openid"], "subject-type": "public", "allowed-scope": ["openid"],
                  "session-cookie-name": "GLEWLWYD_OIDC_SID", "session-cookie-expiration": 2419200}
    parameters |= {name: True for name in yes} | {name: False for name in no}
    want(admin, "POST", base + "/api/mod/plugin/", {"module": "oidc", "name": "oidc", "display_name": "OIDC",
                                                    "enabled": True, "parameters": parameters})
    want(admin, "POST", base + "/api/user/", {"username": USER, "name": "张三", "email": "zhangsan@example.com",
                                              "password": PASSWORD, "scope": ["openid", "g_profile"], "enabled": True})
    want(admin, "POST", base + "/api/client/", {
        "client_id": CLIENT, "name": CLIENT, "confidential": True, "password": SECRET, "redirect_uri": [REDIRECT],
        "authorization_type": ["code", "id_token"],
        "token_endpoint_auth_method": ["client_secret_basic", "client_secret_post"], "scope": ["openid"],
        "enabled": True})


def serve_glewlwyd():
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    configure(base, port)
    child = subprocess.Popen(["glewlwyd", f"--config-file={FOLDER}/gl.conf"], stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=with_parent)
    until = time.monotonic() + 60
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                break
        except OSError:
            if child.poll() is not None or time.monotonic() > until:
                sys.exit("glewlwyd does not start: " + read("gl.log").decode())
            time.sleep(0.02)
    furnish(base)
    print(port, flush=True)
    child.wait()


def browse():
    base, urls = sys.argv[2], sys.argv[3:]
    who = browser()
    want(who, "POST", base + "/api/auth/", {"username": USER, "password": PASSWORD})
    want(who, "PUT", base + "/api/auth/grant/" + CLIENT, {"scope": "openid"})
    for url in urls:
        status, headers = call(who, "GET", url + "&g_continue=")
        if status != 302:
            sys.exit(f"{url}: {status}")
        print(headers["Location"])


def end_with_stdin():
    sys.stdin.buffer.read()
    os._exit(0)


if KIND != "browse":
    threading.Thread(target=end_with_stdin, daemon=True).start()
{"http": serve_http, "glewlwyd": serve_glewlwyd, "browse": browse}[KIND]()
