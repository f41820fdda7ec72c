#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The other side of a channel, for tests: a mail relay, or a server of robots and webhooks. Debian's own Python
(packages.txt). Prints "PORT", serves on loopback until its standard input ends, and keeps what it accepted in
FOLDER as JSON, one file each, whole when it has its name.

    peer.py smtp FOLDER [--tls CERT KEY | --starttls CERT KEY] [--auth USER PASSWORD]
    peer.py http FOLDER [--tls CERT KEY]

Recipients: later@ and never@ are refused when named, data-later@ and data-never@ after the last byte, drop@ loses
the connection instead of an answer (the mail is kept), quit@ is never said good-bye to, hang@ is not answered, hang-once@ not the first time,
wordy@ is answered without end, greet@ nothing. A relay with --greet CODE begins with that.
Paths: /status/N answers N, /big, /headers and /hang never end well, /redirect points at /status/200, /echo says what
it was sent; the robots' own paths check signatures."""
import asyncio
import base64
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import logging
import os
import ssl
import sys
import threading
import time
import urllib.parse
import warnings

FOLDER = sys.argv[2]
ARGS = sys.argv[3:]
SECRET = "SECabcdef0123456789abcdef0123456789"
kept = 0
lock = threading.Lock()


def keep(kind, what):
    global kept
    with lock:
        kept += 1
        path = f"{FOLDER}/{kind}-{kept:06}.json"
    with open(path + ".part", "w") as f:
        json.dump(what, f)
    os.rename(path + ".part", path)


def option(name, count):
    if name not in ARGS:
        return None
    at = ARGS.index(name)
    return ARGS[at + 1:at + 1 + count]


def tls(name):
    files = option(name, 2)
    if not files:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context


def end_with_stdin():
    sys.stdin.buffer.read()
    os._exit(0)


def serve_smtp():
    logging.disable(logging.CRITICAL)  # of clients that break off, as some tests mean to
    warnings.simplefilter("ignore")
    from aiosmtpd.smtp import SMTP, AuthResult

    seen = []

    class Handler:
        async def handle_RCPT(self, server, session, envelope, address, options):
            name = address.split("@")[0]
            if name == "later":
                return "451 4.7.1 try again later"
            if name == "never":
                return "550 5.1.1 no such mailbox"
            if name == "rejected-for-sign-in":
                return "530 5.7.0 sign in first"
            if name == "hang" or name == "hang-once" and not seen:
                seen.append(address)
                open(FOLDER + "/hangs", "w").close()
                await asyncio.sleep(3600)
            if name == "wordy":
                for _ in range(2000):
                    await server.push("250-" + "x" * 200)
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, server, session, envelope):
            name = envelope.rcpt_tos[0].split("@")[0]
            if name == "data-later":
                return "452 4.3.1 no room"
            if name == "data-never":
                return "554 5.7.1 not this mail; hunter22 is no secret here"
            m = email.message_from_bytes(envelope.content, policy=email.policy.default)
            keep("mail", {
                "from": envelope.mail_from, "to": envelope.rcpt_tos, "auth": bool(session.authenticated),
                "tls": server.transport.get_extra_info("ssl_object") is not None, "subject": m["Subject"], "from_header": str(m["From"]),
                "to_header": str(m["To"]), "id": m["Message-ID"], "auto": m["Auto-Submitted"], "list": m["List-Id"],
                "date": m["Date"].datetime.timestamp(), "type": m.get_content_type(), "text": m.get_content().replace("\r\n", "\n"),
                "defects": [str(d) for d in m.defects], "helo": session.host_name,
                "sha256": hashlib.sha256(envelope.content).hexdigest(), "size": len(envelope.content)})
            session.mute = name == "quit"
            if name == "drop":
                server.transport.abort()
            if name == "slow":
                await asyncio.sleep(0.3)
            return "250 2.0.0 kept"

        async def handle_QUIT(self, server, session, envelope):
            if getattr(session, "mute", False):
                await asyncio.sleep(3600)
            return "221 bye"

    auth = option("--auth", 2)

    def sign_in(server, session, envelope, mechanism, data):
        good = auth and data.login.decode() == auth[0] and data.password.decode() == auth[1]
        return AuthResult(success=bool(good), handled=False)

    starttls = tls("--starttls")
    greet = option("--greet", 1)

    class Greeting(asyncio.Protocol):
        def connection_made(self, transport):
            transport.write((greet[0] + " not now\r\n").encode())
            transport.close()

    def make():
        if greet:
            return Greeting()
        return SMTP(Handler(), hostname="relay.example", tls_context=starttls, require_starttls=bool(starttls),
                    authenticator=sign_in if auth else None, auth_required=bool(auth),
                    auth_require_tls=bool(starttls), loop=asyncio.get_running_loop())

    async def main():
        server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0, ssl=tls("--tls"))
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(main())


class Http(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for k, v in headers.items():
            self.send_header(k.replace("_", "-"), v)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def say(self, **what):
        self.answer(200, json.dumps(what).encode(), Content_Type="application/json")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        keep("post", {"path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()},
                      "body": body.decode()})
        now = time.time()
        if url.path.startswith("/status/"):
            more = {"Retry_After": query["wait"]} if "wait" in query else {}
            self.answer(int(url.path[8:]), b"x", **more)
        elif url.path == "/redirect":
            self.answer(307, b"", Location="/status/200")
        elif url.path == "/big":
            self.send_response(200)
            self.end_headers()
            self.endless(b"x" * 65536)
        elif url.path == "/headers":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            self.endless(b"X-More: " + b"x" * 1000 + b"\r\n")
        elif url.path == "/hang":
            time.sleep(3600)
        elif url.path == "/cgi-bin/webhook/send":
            good = query.get("key") == "wecom-key-0001" and "content" in json.loads(body)["text"]
            self.say(errcode=0 if good else 93000, errmsg="ok" if good else "invalid webhook url " + self.path)
        elif url.path == "/robot/send":
            t = query.get("timestamp", "0")
            mac = hmac.new(SECRET.encode(), f"{t}\n{SECRET}".encode(), hashlib.sha256).digest()
            good = query.get("sign") == base64.b64encode(mac).decode() and abs(now - int(t) / 1000) < 3600
            self.say(errcode=0 if good else 310000, errmsg="ok" if good else "sign not match " + SECRET)
        elif url.path.startswith("/open-apis/bot/v2/hook/"):
            j = json.loads(body)
            mac = hmac.new(f"{j['timestamp']}\n{SECRET}".encode(), b"", hashlib.sha256).digest()
            good = j.get("sign") == base64.b64encode(mac).decode() and abs(now - int(j["timestamp"])) < 3600
            self.say(code=0 if good else 19021, msg="success" if good else "sign match fail")
        elif url.path == "/webhook":
            parts = dict(p.split("=") for p in self.headers["X-Yunjian-Signature"].split(","))
            mac = hmac.new(SECRET.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
            good = hmac.compare_digest(mac, parts["v1"]) and abs(now - int(parts["t"])) < 300
            self.answer(204 if good and json.loads(body)["id"] == self.headers["Idempotency-Key"] else 403)
        else:
            self.answer(404)

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
    server = Server(("127.0.0.1", 0), Http)
    context = tls("--tls")
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    print(server.server_address[1], flush=True)
    server.serve_forever()


threading.Thread(target=end_with_stdin, daemon=True).start()
{"smtp": serve_smtp, "http": serve_http}[sys.argv[1]]()
