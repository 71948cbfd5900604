#!/usr/bin/python3
"""The TLS listener and HTTP/2 of the real daemon: versions, protocols, the same answers by every way,
batches with flow control and trailers, pipelining, certificates read again, hostile clients.
curl speaks HTTP/2; h2load, where it is there, multiplexes."""
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time

import binary_batch as binary
import life_test
from daemon import PATIENCE_S, Client, Daemon, Report, until

report = Report()
TITOLI = os.environ.get("TITOLI") or str(
    pathlib.Path(__file__).resolve().parent.parent.parent / "build/release/titoli")
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def make_certificate(folder, name):
    """A self-signed certificate for localhost and its key, out of openssl's command."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    os.chmod(key, 0o600)
    return certificate, key


def tls_port(daemon):
    return next(event["port"] for event in daemon.read_events()
                if event["event"] == "listening" and event["listener"] == "tls")


def context(certificate, protocols=None, version=None):
    made = ssl.create_default_context(cafile=str(certificate))
    if protocols:
        made.set_alpn_protocols(protocols)
    if version:
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        made.maximum_version = version
    return made


def connect(port, made):
    return made.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S),
                            server_hostname="localhost")


class TlsClient(Client):
    def __init__(self, port, token, made):
        super().__init__(port, token)
        import http.client
        self.connection = http.client.HTTPSConnection("localhost", port, timeout=PATIENCE_S, context=made)


def curl(port, path, certificate, token, *words, body=None):
    """(status, headers, body, HTTP version) by curl over HTTP/2."""
    with tempfile.TemporaryDirectory() as folder:
        heads, text = f"{folder}/heads", f"{folder}/body"
        command = ["curl", "-sS", "--http2", "--cacert", str(certificate), "-D", heads, "-o", text,
                   "-w", "%{http_code} %{http_version}", "-H", "Accept-Language: en",
                   *(["-H", f"Authorization: Bearer {token}"] if token else []), *words,
                   f"https://localhost:{port}{path}"]
        done = subprocess.run(command, input=body, capture_output=True, timeout=PATIENCE_S)
        if done.returncode != 0:
            return 0, done.stderr.decode(), b"", ""
        status, version = done.stdout.decode().split()
        lines = pathlib.Path(heads).read_text().splitlines()
        found = pathlib.Path(text).read_bytes() if os.path.exists(text) else b""
        return int(status), lines, found, version


def versions(port, certificate):
    with connect(port, context(certificate)) as peer:
        report.equal("TLS 1.3", peer.version(), "TLSv1.3")
    with connect(port, context(certificate, version=ssl.TLSVersion.TLSv1_2)) as peer:
        report.equal("TLS 1.2", peer.version(), "TLSv1.2")
        report.check("an ephemeral key, an authenticated cipher", peer.cipher()[0].startswith("ECDHE-")
                     and ("GCM" in peer.cipher()[0] or "CHACHA20" in peer.cipher()[0]), peer.cipher())
        peer.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        head = peer.recv(4096)
        report.check("transport security is told", b"Strict-Transport-Security: max-age=" in head, head)
    for name, ciphers in (("without an ephemeral key", "AES128-GCM-SHA256"),
                          ("with CBC", "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384")):
        made = context(certificate, version=ssl.TLSVersion.TLSv1_2)
        made.set_ciphers(ciphers)
        try:
            connect(port, made).close()
            report.check(f"TLS 1.2 {name} is refused", False, "it was spoken")
        except (ssl.SSLError, ConnectionResetError) as fault:
            report.check(f"TLS 1.2 {name} is refused", True, fault)
    for offers, chosen in ((["h2", "http/1.1"], "h2"), (["http/1.1", "h2"], "h2"),
                           (["http/1.1"], "http/1.1"), (None, None)):
        with connect(port, context(certificate, offers)) as peer:
            report.equal(f"ALPN {offers}", peer.selected_alpn_protocol(), chosen)
    try:
        connect(port, context(certificate, ["spdy/1"])).close()
        report.check("a foreign protocol is refused", False, "it was spoken")
    except (ssl.SSLError, ConnectionResetError):
        report.check("a foreign protocol is refused", True)
    with socket.create_connection(("127.0.0.1", port)) as plain:
        plain.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        found, _ = drained(plain)
        report.check("plain bytes get no HTTP", not found.startswith(b"HTTP"), found)


def resumption(port, certificate):
    made = context(certificate)
    with connect(port, made) as peer:
        peer.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        peer.recv(1000)
        session = peer.session
    with made.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S),
                          server_hostname="localhost", session=session) as peer:
        peer.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        report.check("answered after resumption", peer.recv(1000).startswith(b"HTTP/1.1 200"))
        report.check("resumed", peer.session_reused)


def same_answers(daemon, port, certificate, people, voucher):
    """The same requests by HTTP/1.1 plain, HTTP/1.1 over TLS and HTTP/2."""
    provider = people["PROVIDER"]
    secure = TlsClient(port, provider.token, context(certificate))
    visit = {"voucher": voucher, "start": "2026-01-21T09:00:00", "minutes": 60, "operator": "op7"}
    first = provider.post("/v1/redemptions", visit, key="tls-1")
    report.equal("plain", first.status, 201)
    again = secure.post("/v1/redemptions", visit, key="tls-1")
    report.equal("the replay over TLS", (again.status, again.json), (201, first.json))
    report.equal("says so", again.headers.get("idempotency-replayed"), "true")
    words = ["-X", "POST", "-H", "Content-Type: application/json", "-H", "Idempotency-Key: tls-1",
             "--data-binary", "@-"]
    status, heads, body, version = curl(port, "/v1/redemptions", certificate, provider.token, *words,
                                        body=json.dumps(visit).encode())
    report.equal("the replay over HTTP/2", (status, version), (201, "2"))
    report.equal("is the same", json.loads(body or b"{}"), first.json)
    report.check("says so too", "idempotency-replayed: true" in heads, heads)
    report.check("Ledger-Seq", any(line.startswith("ledger-seq: ") for line in heads), heads)
    visit["start"] = "2026-01-22T09:00:00"
    words[5] = "Idempotency-Key: tls-2"
    status, heads, body, _ = curl(port, "/v1/redemptions", certificate, provider.token, *words,
                                  body=json.dumps(visit).encode())
    report.equal("a redemption over HTTP/2", status, 201)
    report.equal("is replayed in plain", provider.post("/v1/redemptions", visit, key="tls-2").json,
                 json.loads(body or b"{}"))
    # Lists come from the store, which follows: both ways are asked when it has what they list.
    sequence = next(line.split(": ", 1)[1] for line in heads if line.startswith("ledger-seq: "))
    until(lambda: provider.get("/v1/redemptions", Min_Ledger_Seq=sequence).status == 200)
    for path, token, wanted in (("/v1/redemptions", provider.token, 200),
                                ("/v1/nothing", provider.token, 404),
                                ("/v1/redemptions", "titoli_" + "0" * 64, 401),
                                ("/v1/openapi.json", provider.token, 200), ("/status", "", 200)):
        status, heads, body, version = curl(port, path, certificate, token)
        plain = Client(daemon.port, token).get(path)
        report.equal(f"GET {path}", (status, version), (wanted, "2"))
        report.equal(f"GET {path} in plain", plain.status, wanted)
        if wanted == 200 and path != "/status":
            report.equal(f"GET {path}: the same bytes", body, plain.body)
    status, heads, body, _ = curl(port, "/status", certificate, "", "-I")
    report.check("HEAD", status == 200 and b"content-length: " in body and b"{" not in body,
                 (status, body))
    status, _, _, version = curl(port, "/livez", certificate, "", "--http1.1")
    report.equal("HTTP/1.1 over TLS by curl", (status, version), (200, "1.1"))
    words = ["curl", "-sS", "--http2-prior-knowledge", "-w", " %{http_version}",
             f"http://127.0.0.1:{daemon.port}/livez"]
    done = subprocess.run(words, capture_output=True, timeout=PATIENCE_S)
    report.check("HTTP/2 by prior knowledge", done.stdout.endswith(b"} 2") or
                 done.stdout.endswith(b"\n 2"), done)


def batches(daemon, port, certificate, people, voucher):
    """Large bodies and long answers, in order, with the trailer; a slow reader gets all of it."""
    provider = people["PROVIDER"]
    lines = [{"id": f"l{i}", "voucher": voucher, "start": "2026-01-23T10:00:00", "minutes": 1,
              "operator": f"o{i}"} for i in range(20000)]
    text = "".join(json.dumps(line) + "\n" for line in lines).encode()
    words = ["-X", "POST", "-H", "Content-Type: application/x-ndjson", "--data-binary", "@-"]
    plain = provider.batch("/v1/redemptions:batch", text, key="big")
    report.equal("batch in plain", len(plain.lines), len(lines))
    for name, more in (("at once", []), ("slowly", ["--limit-rate", "4M"])):
        status, heads, body, version = curl(
            port, "/v1/redemptions:batch", certificate, provider.token, *words,
            "-H", "Idempotency-Key: big", *more, body=text)
        report.equal(f"batch {name}", (status, version), (200, "2"))
        found = [json.loads(line) for line in body.splitlines()]
        report.equal(f"batch {name}: lines in order", [line["id"] for line in found],
                     [line["id"] for line in lines])
        report.equal(f"batch {name}: the same results", [line["status"] for line in found],
                     [line["status"] for line in plain.lines])
        report.check(f"batch {name}: trailer", any(line.startswith("ledger-seq: ")
                                                   for line in heads), heads[-3:])
    broken = text[:200000] + b"{not json\n" + b'{"id":"x"' * 3000
    status, _, body, _ = curl(port, "/v1/redemptions:batch", certificate, provider.token, *words,
                              "-H", "Idempotency-Key: broken", body=broken)
    report.check("a batch that cannot be read to its end", status in (200, 400) and body, status)
    secure = TlsClient(port, provider.token, context(certificate))
    again = secure.batch("/v1/redemptions:batch", text, key="big")
    report.equal("batch over TLS", [line["status"] for line in again.lines],
                 [line["status"] for line in plain.lines])


def binary_batches(daemon, port, certificate, people, voucher):
    """The largest binary batch by HTTP/1.1 plain, HTTP/1.1 over TLS and HTTP/2: judged once, then replayed;
    a body that was spoilt on the way is refused by each."""
    provider = people["PROVIDER"]
    lines = [{"id": str(i + 1), "voucher": voucher, "start": "2026-01-26T10:00:00+01:00",
              "minutes": 1, "operator": f"o{i % 50}"} for i in range(8190)]
    body = binary.encode(lines)
    spoilt = body[:-1] + bytes([body[-1] ^ 1])
    secure = TlsClient(port, provider.token, context(certificate))

    def by_http2(sent, key):
        return curl(port, "/v1/redemptions:batch", certificate, provider.token, "-X", "POST",
                    "-H", f"Content-Type: {binary.MEDIA}", "-H", f"Idempotency-Key: {key}",
                    "--data-binary", "@-", body=sent)

    def told(answer):
        head, answers = binary.decode(answer)
        report.equal("an answer for each line", head["line_count"], len(lines))
        kept = ("result", "cause", "object", "object_kind", "units", "net", "gross", "sequence",
                "at", "short_by", "limit", "field")
        return [{name: line[name] for name in kept} for line in answers]

    plain = provider.batch("/v1/redemptions:batch", body, key="bin", media=binary.MEDIA)
    report.equal("binary in plain", plain.status, 200)
    first = told(plain.body)
    report.check("something was accepted", any(line["result"] == "accepted" for line in first),
                 first[0])
    again = secure.batch("/v1/redemptions:batch", body, key="bin", media=binary.MEDIA)
    report.equal("binary over TLS", (again.status, again.headers["content-type"]),
                 (200, binary.MEDIA))
    report.check("binary over TLS: the same answers", told(again.body) == first)
    status, heads, found, version = by_http2(body, "bin")
    report.equal("binary over HTTP/2", (status, version), (200, "2"))
    report.check("binary over HTTP/2: media type",
                 any(line == f"content-type: {binary.MEDIA}" for line in heads), heads)
    report.check("binary over HTTP/2: the same answers", told(found) == first)
    refused = secure.batch("/v1/redemptions:batch", spoilt, media=binary.MEDIA)
    report.equal("a spoilt body over TLS", (refused.status, refused.json["code"]),
                 (400, "malformed_binary"))
    status, _, found, _ = by_http2(spoilt, "spoilt")
    report.equal("a spoilt body over HTTP/2", (status, json.loads(found)["code"]),
                 (400, "malformed_binary"))


def pipelined(daemon, port, certificate, people, voucher):
    """Sixteen requests in one write: each judged, the answers in their order."""
    token = people["PROVIDER"].token
    for name, day, make in (("plain", 24, daemon.socket),
                            ("TLS", 25, lambda: connect(port, context(certificate)))):
        data, wanted = b"", []
        for i in range(64):
            body = json.dumps({"voucher": voucher, "start": "2026-01-%02dT%02d:%02d:00" % (
                day, 8 + i // 8, i % 8), "minutes": 1, "operator": f"{name}{i}"}).encode()
            data += (f"POST /v1/redemptions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n"
                     f"Content-Type: application/json\r\nIdempotency-Key: p{name}{i}\r\n"
                     f"Request-Id: {name}-{i}\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
            wanted.append(f"{name}-{i}")
            if i == 20: # what reads the store waits for its turn
                data += (f"GET /v1/vouchers HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n"
                         f"Request-Id: {name}-list\r\n\r\n").encode()
                wanted.append(f"{name}-list")
        with make() as peer:
            peer.settimeout(PATIENCE_S)
            peer.sendall(data)
            found = b""
            while found.count(b"Request-Id: ") < len(wanted):
                more = peer.recv(65536)
                if not more:
                    break
                found += more
        names = [line[12:].decode() for line in found.split(b"\r\n")
                 if line.startswith(b"Request-Id: ")]
        report.equal(f"{name}: answers in order", names, wanted)
        report.equal(f"{name}: accepted", found.count(b"HTTP/1.1 201"), 64)


def learnt(daemon):
    """What comes after a command that makes a code, in one write, already knows it."""
    data = b""
    for i, (path, body) in enumerate((
            ("/v1/ambiti", {"code": "PIPE", "name": "x"}),
            ("/v1/principals", {"code": "piper", "role": "UDP_MANAGER", "ambito": "PIPE"}),
            ("/v1/credentials", {"principal": "piper"}))):
        text = json.dumps(body).encode()
        data += (f"POST {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {daemon.token}\r\n"
                 f"Content-Type: application/json\r\nIdempotency-Key: learnt{i}\r\n"
                 f"Content-Length: {len(text)}\r\n\r\n").encode() + text
    with daemon.socket() as peer:
        peer.sendall(data)
        found = b""
        while found.count(b"HTTP/1.1 ") < 3 and (more := peer.recv(65536)):
            found += more
    report.check("codes made just before are known", found.count(b"HTTP/1.1 2") == 3, found)


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(
        ">I", stream) + payload


def drained(peer):
    """What comes until the peer closes, or patience ends; (bytes, closed)."""
    peer.settimeout(PATIENCE_S)
    found = b""
    try:
        while True:
            more = peer.recv(65536)
            if not more:
                return found, True
            found += more
    except (socket.timeout, TimeoutError):
        return found, False
    except OSError:
        return found, True


def hostile(daemon, port, certificate):
    """Rapid resets, floods, half frames, large heads: each is ended, others go on."""
    # :method GET, :scheme http, :path /livez, :authority a; literal without indexing
    head = b"\x82\x86\x04\x06/livez\x01\x01a"

    def plain():
        peer = daemon.socket()
        peer.sendall(PREFACE + frame(4, 0, 0))
        return peer

    def tls():
        peer = connect(port, context(certificate, ["h2"]))
        peer.sendall(PREFACE + frame(4, 0, 0))
        return peer

    for name, make in (("plain", plain), ("TLS", tls)):
        attacks = {
            "rapid reset": b"".join(frame(1, 5, 2 * i + 1, head) + frame(3, 0, 2 * i + 1, b"\0\0\0\x08")
                                    for i in range(2000)),
            "ping flood": frame(6, 0, 0, b"12345678") * 5000,
            "settings flood": frame(4, 0, 0) * 5000,
            "empty data flood": frame(1, 4, 1, head) + frame(0, 0, 1) * 5000,
            "window of nothing": frame(8, 0, 0, b"\0\0\0\0"),
            "large head": frame(1, 0, 1, head) + b"".join(
                frame(9, 0, 1, b"\0\x01a\x7f\xe0\x7c" + b"v" * 16000) for _ in range(20)),
            "bomb of a head": frame(1, 0, 1, head + b"\x40\x01a\x7f\x81\x1e" + b"v" * 4000 +
                                    b"\xbe" * 10000) + frame(9, 4, 1, b"\xbe" * 16000),
            "frame too large": frame(0, 0, 1, b"x" * 20000),
            "data for nobody": frame(0, 0, 7, b"x"),
            "even stream": frame(1, 5, 2, head),
            "garbage": os.urandom(5000),
        }
        for attack, data in attacks.items():
            with make() as peer:
                try:
                    peer.sendall(data)
                except OSError:
                    pass
                _, closed = drained(peer)
                report.check(f"{name}: {attack} is ended", closed)
            report.equal(f"{name}: others go on after {attack}",
                         daemon.client().get("/livez").status, 200)
    daemon.await_slots(0)  # none is lost
    floods = daemon.figures()["titoli_http2_floods_total"]
    report.check("floods are counted", floods >= 4, floods)


def many_of_one_address(certificate, key):
    """connections_per_address_max: one more is closed before its handshake, and may come when one has
    gone; plain connections of loopback are not counted."""
    with Daemon(tls_listen="127.0.0.1:0", tls_certificate=certificate, tls_key=key,
                connections_per_address_max=3) as daemon:
        port, made = tls_port(daemon), context(certificate)
        peers = [connect(port, made) for _ in range(3)]
        try:
            connect(port, made).close()
            report.check("the fourth is refused", False, "it was taken")
        except OSError as fault:
            report.check("the fourth is refused", True, fault)
        plain = [daemon.socket() for _ in range(5)]
        for peer in plain:
            peer.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
            report.check("plain ones are not counted", peer.recv(1000).startswith(b"HTTP/1.1 200"))
        peers.pop().close()

        def is_taken():
            try:
                peers.append(connect(port, made))
                return True
            except OSError:
                return False

        report.check("one that left makes room", until(is_taken))


def slow(certificate, key):
    """Handshakes, heads and bodies that do not end, answers that are not taken."""
    with Daemon(tls_listen="127.0.0.1:0", tls_certificate=certificate, tls_key=key,
                header_timeout_ms=1000, body_timeout_ms=1000, idle_timeout_ms=1000,
                write_timeout_ms=1000) as daemon:
        port = tls_port(daemon)
        head = (b"\x82\x86\x04\x06/livez\x01\x01a")
        silent = socket.create_connection(("127.0.0.1", port))
        begun = socket.create_connection(("127.0.0.1", port))
        begun.sendall(b"\x16\x03\x01\x02\x00\x01")
        half = daemon.socket()
        half.sendall(PREFACE + frame(4, 0, 0) + frame(1, 1, 1, head))
        piece = daemon.socket()
        piece.sendall(PREFACE + frame(4, 0, 0) + b"\0\0\x08")
        idle = daemon.socket()
        idle.sendall(PREFACE + frame(4, 0, 0) + frame(1, 5, 1, head))
        for name, peer in (("silence", silent), ("half a handshake", begun),
                           ("half a head", half), ("half a frame", piece), ("idle", idle)):
            _, closed = drained(peer)
            report.check(f"{name} is ended", closed)
            peer.close()
        report.equal("others go on", daemon.client().get("/livez").status, 200)


def reload(daemon, folder, port, certificate):
    """SIGHUP: new connections see the new certificate, old ones go on, bad files change nothing."""
    old = connect(port, context(certificate))
    fresh, key = make_certificate(folder, "fresh")
    shutil.copy(fresh, certificate.parent / "served.pem")
    shutil.copy(key, certificate.parent / "served.key")
    daemon.process.send_signal(signal.SIGHUP)
    report.equal("reloaded", daemon.await_event("reloaded")["result"], "ok")
    with connect(port, context(fresh)) as peer:
        report.equal("the new certificate", peer.version(), "TLSv1.3")
    old.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
    report.check("the old connection goes on", old.recv(1000).startswith(b"HTTP/1.1 200"))
    old.close()
    (certificate.parent / "served.pem").write_text("no certificate")
    daemon.process.send_signal(signal.SIGHUP)
    until(lambda: len(daemon.events_named("reloaded")) > 1)
    events = daemon.events_named("reloaded")
    report.equal("a bad file is told", (events[-1]["result"], events[-1]["key"]),
                 ("config_invalid", "tls_certificate"))
    with connect(port, context(fresh)) as peer:
        report.equal("and changes nothing", peer.version(), "TLSv1.3")
    shutil.copy(fresh, certificate.parent / "served.pem")
    return fresh


def multiplexed(daemon, port):
    """Many streams on few connections: nothing is lost. h2load is of nghttp2-client."""
    if not shutil.which("h2load"):
        print("SKIP: h2load is not there (Debian: nghttp2-client)")
        return
    for name, url in (("TLS", f"https://localhost:{port}/livez"),
                      ("plain", f"http://127.0.0.1:{daemon.port}/livez")):
        done = subprocess.run(["h2load", "-n", "20000", "-c", "4", "-m", "100", url],
                              capture_output=True, text=True, timeout=PATIENCE_S)
        report.check(f"h2load {name}", "20000 succeeded, 0 failed" in done.stdout, done.stdout)


def command_line(daemon, port, certificate):
    """titoli over https: with --ca it works, without it the certificate is not trusted."""
    words = [TITOLI, "ambito", "list", "--json", "--url", f"https://localhost:{port}", "--token",
             daemon.token, "--tries", "1"]

    def asked():
        return subprocess.run([*words, "--ca", str(certificate)], capture_output=True, text=True,
                              timeout=PATIENCE_S)

    # lists are read from the store, which follows
    report.check("titoli --ca", until(lambda: "CREMA" in (done := asked()).stdout
                                      and done.returncode == 0), asked())
    done = subprocess.run([*words], capture_output=True, text=True, timeout=PATIENCE_S)
    report.equal("titoli without it", done.returncode, 69)


def bad_settings(folder, certificate, key):
    daemon = Daemon()
    daemon.init()
    for name, changed, wanted in (
            ("no certificate", {"tls_certificate": folder / "nowhere"}, "tls_certificate"),
            ("no key", {"tls_key": folder / "nowhere"}, "tls_key"),
            ("another's key", {"tls_key": make_certificate(folder, "other")[1]}, "tls_key"),
            ("no such address", {"tls_listen": "localhost:x"}, "tls_listen")):
        settings = {"tls_listen": "127.0.0.1:0", "tls_certificate": certificate, "tls_key": key}
        settings.update(changed)
        daemon.settings.update({name: str(value) for name, value in settings.items()})
        done = daemon.run("run", check=False)
        event = json.loads(done.stderr.splitlines()[-1])
        report.equal(name, (done.returncode, event.get("key")), (78, wanted))
    os.chmod(key, 0o644)
    daemon.settings["tls_key"] = str(key)
    daemon.settings["tls_listen"] = "127.0.0.1:0"
    report.equal("a key that everybody reads", daemon.run("run", check=False).returncode, 78)
    os.chmod(key, 0o600)
    shutil.rmtree(daemon.base)


def drains(certificate, key):
    """SIGTERM: streams and pipelines in hand are answered, connections told and closed."""
    with Daemon(tls_listen="127.0.0.1:0", tls_certificate=certificate, tls_key=key,
                drain_timeout_ms=60000) as daemon:
        peers = [daemon.socket() for _ in range(3)]
        for peer in peers:
            peer.sendall(PREFACE + frame(4, 0, 0))
            peer.recv(1)  # of its settings: the session stands
        idle = connect(tls_port(daemon), context(certificate))
        ends = []
        threads = [threading.Thread(target=lambda p=p: ends.append(drained(p))) for p in peers]
        for thread in threads:
            thread.start()
        began = time.monotonic()
        daemon.stop()
        for thread in threads:
            thread.join()
        passed = time.monotonic() - began
        report.check("nobody who is idle is waited for", passed < 50, passed)
        report.check("GOAWAY", all(closed and b"\x07\0\0\0\0\0" in found
                                   for found, closed in ends), ends)
        report.equal("the idle TLS connection is closed", drained(idle), (b"", True))


def main():
    if not shutil.which("curl") or b"HTTP2" not in subprocess.run(
            ["curl", "--version"], capture_output=True).stdout:
        print("SKIP: there is no curl that speaks HTTP/2")
        return report.end()
    with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_FOLDER")) as name:
        folder = pathlib.Path(name)
        certificate, key = make_certificate(folder, "first")
        shutil.copy(certificate, folder / "served.pem")
        shutil.copy(key, folder / "served.key")
        with Daemon(tls_listen="127.0.0.1:0", tls_certificate=folder / "served.pem",
                    tls_key=folder / "served.key") as daemon:
            port = tls_port(daemon)
            versions(port, certificate)
            resumption(port, certificate)
            people = life_test.masters(daemon)
            voucher = life_test.title(people)
            daemon.admin.made("/v1/clock:advance", {"to": "2026-02-01T08:00:00+01:00"})
            same_answers(daemon, port, certificate, people, voucher)
            pipelined(daemon, port, certificate, people, voucher)
            binary_batches(daemon, port, certificate, people, voucher)
            batches(daemon, port, certificate, people, voucher)
            learnt(daemon)
            command_line(daemon, port, certificate)
            multiplexed(daemon, port)
            hostile(daemon, port, certificate)
            reload(daemon, folder, port, certificate)
        slow(certificate, key)
        many_of_one_address(certificate, key)
        bad_settings(folder, certificate, key)
        drains(certificate, key)
    report.failed += life_test.report.failed
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
