#!/usr/bin/python3
"""Bad, slow, cut-off and excessive requests over raw sockets: what each must get, and that the daemon
goes on serving others."""
import json
import socket
import sys
import threading
import time

from daemon import PATIENCE_S, Daemon, Report, until

report = Report()


def answers_in(found, has_body=True):
    """How many whole answers the bytes hold, interim ones apart."""
    count = at = 0
    while (end := found.find(b"\r\n\r\n", at)) >= 0:
        head = found[at:end].lower()
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        at = end + 4 + (int(length) if length and has_body else 0)
        if at > len(found):
            break
        count += not head.startswith(b"http/1.1 1")
    return count


def talk(daemon, data, pieces=1, shut=False, answers=None, has_body=True):
    """Sends bytes, reads until the peer closes or so many answers are there; (bytes, closed)."""
    with daemon.socket() as peer:
        step = max(1, len(data) // pieces)
        try:
            for at in range(0, len(data), step):
                peer.sendall(data[at:at + step])
            if shut:
                peer.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass
        found = b""
        try:
            while answers is None or answers_in(found, has_body) < answers:
                more = peer.recv(65536)
                if not more:
                    return found, True
                found += more
            return found, False
        except socket.timeout:
            return found, False
        except ConnectionResetError:
            return found, True


def status_of(found):
    return int(found.split(b" ", 2)[1]) if found.startswith(b"HTTP/1.") else 0


HOST = b"Host: a\r\n"

# (name, bytes, status)
BAD = [
    ("no host", b"GET /livez HTTP/1.1\r\n\r\n", 400),
    ("two hosts", b"GET /livez HTTP/1.1\r\n" + HOST + HOST + b"\r\n", 400),
    ("bare line feeds", b"GET /livez HTTP/1.1\nHost: a\n\n", 400),
    ("bare carriage return", b"GET /livez HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", 400),
    ("folded header", b"GET /livez HTTP/1.1\r\n" + HOST + b"X: y\r\n z\r\n\r\n", 400),
    ("blank before colon", b"GET /livez HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    ("empty name", b"GET /livez HTTP/1.1\r\n" + HOST + b": y\r\n\r\n", 400),
    ("nul", b"GET /livez HTTP/1.1\r\n" + HOST + b"X: y\0z\r\n\r\n", 400),
    ("two blanks", b"GET  /livez HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("no method", b"/livez HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("small method", b"get /livez HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    ("HTTP/2.0", b"GET /livez HTTP/2.0\r\n" + HOST + b"\r\n", 505),
    ("HTTP/1.2", b"GET /livez HTTP/1.2\r\n" + HOST + b"\r\n", 505),
    ("half a preface", b"PRI * HTTP/2.0\r\n\r\nGM\r\n\r\n", 400),
    ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64, 400),
    ("signed length", b"POST /v1/funds HTTP/1.1\r\n" + HOST + b"Content-Length: +5\r\n\r\nhello", 400),
    ("negative length", b"POST /v1/funds HTTP/1.1\r\n" + HOST + b"Content-Length: -5\r\n\r\n", 400),
    ("hex length", b"POST /v1/funds HTTP/1.1\r\n" + HOST + b"Content-Length: 0x5\r\n\r\nhello", 400),
    ("two lengths", b"POST /v1/funds HTTP/1.1\r\n" + HOST +
     b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400),
    ("length and coding", b"POST /v1/funds HTTP/1.1\r\n" + HOST +
     b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("two codings", b"POST /v1/funds HTTP/1.1\r\n" + HOST +
     b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("foreign coding", b"POST /v1/funds HTTP/1.1\r\n" + HOST +
     b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
    ("long target", b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    ("long header", b"GET /livez HTTP/1.1\r\n" + HOST + b"X: " + b"y" * 9000 + b"\r\n\r\n", 431),
    ("many headers", b"GET /livez HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 64 + b"\r\n", 431),
    ("body with GET", b"GET /livez HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\n{}", 400),
    ("expectation", b"GET /livez HTTP/1.1\r\n" + HOST + b"Expect: tea\r\n\r\n", 417),
]


def bad_requests(daemon):
    for name, data, status in BAD:
        for pieces in (1, 7, len(data)):
            found, closed = talk(daemon, data, pieces, answers=1 if status == 417 else None)
            report.equal(f"{name} in {pieces}", status_of(found), status)
            report.equal(f"{name} in {pieces} closes", closed, status != 417)


def authorised(daemon, method, target, body=b"", more=b""):
    return (f"{method} {target} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {daemon.token}\r\n"
            .encode() + more + b"\r\n" + body)


def requests_with_a_token(daemon):
    chunked = (b"Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n"
               b"Idempotency-Key: %s\r\n")
    cases = [
        ("chunked", authorised(daemon, "POST", "/v1/ambiti",
                               b'9\r\n{"code":"\r\n16\r\nA1","name":"Ambito 1"}\r\n0\r\n\r\n',
                               chunked % b"c1"), 200),
        ("chunk extension", authorised(daemon, "POST", "/v1/ambiti", b"2;a=b\r\n{}\r\n0\r\n\r\n",
                                       chunked % b"c2"), 400),
        ("trailer", authorised(daemon, "POST", "/v1/ambiti", b"2\r\n{}\r\n0\r\nA: b\r\n\r\n",
                               chunked % b"c3"), 400),
        ("bad chunk size", authorised(daemon, "POST", "/v1/ambiti", b"zz\r\n", chunked % b"c4"), 400),
        ("large chunked body", authorised(daemon, "POST", "/v1/ambiti",
                                          b"10000\r\n" + b" " * 65536 + b"\r\n2\r\n{}\r\n0\r\n\r\n",
                                          chunked % b"c5"), 413),
        ("announced too large", authorised(
            daemon, "POST", "/v1/ambiti", b"", b"Content-Type: application/json\r\n"
            b"Idempotency-Key: c6\r\nContent-Length: 70000\r\n"), 413),
        ("no key", authorised(daemon, "POST", "/v1/ambiti", b"{}",
                              b"Content-Type: application/json\r\nContent-Length: 2\r\n"), 400),
        ("form", authorised(daemon, "POST", "/v1/ambiti", b"a=b", b"Idempotency-Key: c7\r\n"
                            b"Content-Type: application/x-www-form-urlencoded\r\n"
                            b"Content-Length: 3\r\n"), 415),
        ("zipped", authorised(daemon, "POST", "/v1/ambiti", b"{}", b"Idempotency-Key: c8\r\n"
                              b"Content-Type: application/json\r\nContent-Encoding: gzip\r\n"
                              b"Content-Length: 2\r\n"), 415),
        ("no such route", authorised(daemon, "GET", "/v2/nothing"), 404),
        ("wrong method", authorised(daemon, "DELETE", "/v1/ambiti"), 405),
        ("no token", b"GET /v1/ambiti HTTP/1.1\r\n" + HOST + b"\r\n", 401),
        ("no token, no route", b"GET /v1/nothing HTTP/1.1\r\n" + HOST + b"\r\n", 401),
        ("wrong token", b"GET /v1/ambiti HTTP/1.1\r\n" + HOST + b"Authorization: Bearer titoli_" +
         b"0" * 64 + b"\r\n\r\n", 401),
        ("basic", b"GET /v1/ambiti HTTP/1.1\r\n" + HOST + b"Authorization: Basic YTpi\r\n\r\n", 401),
        ("options", authorised(daemon, "OPTIONS", "/v1/ambiti"), 204),
    ]
    for name, data, status in cases:
        found, _ = talk(daemon, data, answers=1)
        report.equal(name, status_of(found), status)
    found, _ = talk(daemon, authorised(daemon, "DELETE", "/v1/ambiti"), answers=1)
    report.check("Allow", b"Allow: GET, HEAD, POST" in found, found)
    found, _ = talk(daemon, b"GET /v1/ambiti HTTP/1.1\r\n" + HOST + b"\r\n", answers=1)
    report.check("WWW-Authenticate", b"WWW-Authenticate: Bearer" in found, found)
    expect = authorised(daemon, "POST", "/v1/ambiti", b"", b"Content-Type: application/json\r\n"
                        b"Idempotency-Key: e1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n")
    with daemon.socket() as peer:
        peer.sendall(expect)
        report.check("100 Continue", peer.recv(100).startswith(b"HTTP/1.1 100"))
        peer.sendall(b"{}")
        report.equal("after 100", status_of(peer.recv(4096)), 400)


def reads_in_a_pipeline(daemon):
    """What reads keeps its place among commands and health, in one write: each answer belongs to its
    request, and a read sees the commands before it."""
    data, wanted = b"", []
    for i in range(10):
        body = b'{"code":"PIPE%d","name":"pipelined"}' % i
        asked = [(authorised(daemon, "POST", "/v1/ambiti", body, b"Content-Type: application/json\r\n"
                             b"Idempotency-Key: pipe-%d\r\nRequest-Id: c-%d\r\n"
                             b"Content-Length: %d\r\n" % (i, i, len(body))), b"200", b"PIPE%d" % i),
                 (authorised(daemon, "GET", f"/v1/ambiti/PIPE{i}", b"",
                             b"Request-Id: r-%d\r\n" % i), b"200", b"PIPE%d" % i),
                 (b"GET /livez HTTP/1.1\r\n" + HOST + b"Request-Id: h-%d\r\n\r\n" % i, b"200", b""),
                 (authorised(daemon, "GET", "/v1/ambiti", b"", b"Request-Id: l-%d\r\n" % i), b"200",
                  b"items")]
        for (request, status, text), letter in zip(asked, b"crhl"):
            data += request
            wanted.append((b"%c-%d" % (letter, i), status, text))
    data += b"GET /livez HTTP/1.1\r\n" + HOST + b"Request-Id: end\r\nConnection: close\r\n\r\n"
    wanted.append((b"end", b"200", b""))
    found, _ = talk(daemon, data)
    answers = found.split(b"HTTP/1.1 ")[1:]
    report.equal("as many answers as requests", len(answers), len(wanted))
    for answer, (name, status, text) in zip(answers, wanted):
        report.check(f"{name.decode()} in its place", answer.startswith(status)
                     and b"Request-Id: " + name + b"\r\n" in answer and text in answer, answer)


def manners(daemon):
    """Pipelining, keep-alive, HEAD, HTTP/1.0, half-closed clients, names of requests."""
    one = b"GET /livez HTTP/1.1\r\n" + HOST + b"Request-Id: r-%d\r\n\r\n"
    data = b"".join(one % i for i in range(50))
    found, closed = talk(daemon, data, answers=50)
    names = [line for line in found.split(b"\r\n") if line.startswith(b"Request-Id")]
    report.equal("pipelined in order", names, [b"Request-Id: r-%d" % i for i in range(50)])
    report.check("kept alive", not closed)
    found, closed = talk(daemon, b"GET /livez HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")
    report.check("Connection: close", closed and b"Connection: close" in found, found)
    found, closed = talk(daemon, b"GET /livez HTTP/1.0\r\n\r\n")
    report.check("HTTP/1.0 closes", closed and status_of(found) == 200, found)
    found, closed = talk(daemon, b"HEAD /livez HTTP/1.1\r\n" + HOST + b"\r\n", answers=1,
                         has_body=False)
    report.check("HEAD has no body", found.endswith(b"\r\n\r\n") and b"Content-Length: 15" in found,
                 found)
    found, closed = talk(daemon, one % 7, shut=True)
    report.check("half-closed client is answered", closed and status_of(found) == 200, found)
    found, closed = talk(daemon, b"GET /livez HTTP/1.1\r\nHo", shut=True)
    report.check("cut-off request", closed and found == b"", found)
    found, _ = talk(daemon, one.replace(b"r-%d", b"bad id!"), answers=1)
    report.check("an odd Request-Id is replaced", b"bad id" not in found and b"Request-Id" in found)
    for language, word in (("en", "missing"), ("it", "Autenticazione"), ("fr, en;q=0.1", "missing")):
        found, _ = talk(daemon, b"GET /v1/ambiti HTTP/1.1\r\n" + HOST +
                        f"Accept-Language: {language}\r\n\r\n".encode(), answers=1)
        lang = b"Content-Language: it" if language == "it" else b"Content-Language: en"
        report.check(f"language {language}", lang in found, found)


def time_limits():
    with Daemon(header_timeout_ms=2000, body_timeout_ms=2000, idle_timeout_ms=2000,
                write_timeout_ms=2000) as daemon:
        drips = [daemon.socket() for _ in range(200)]
        stop = threading.Event()

        def drip():
            while not stop.is_set():
                for peer in drips:
                    try:
                        peer.send(b"G")
                    except OSError:
                        pass
                time.sleep(0.1)

        thread = threading.Thread(target=drip)
        thread.start()

        def are_gone():
            client = daemon.client()
            report.check("served beside dripping sockets", client.get("/livez").status == 200)
            client.close()
            return daemon.figures()["titoli_connections"] <= 3

        report.check("dripping sockets are gone", until(are_gone))
        stop.set()
        thread.join()
        for peer in drips:
            peer.close()
        found, closed = talk(daemon, b"GET /livez HTTP/1.1\r\nHost")
        report.check("408 for a slow head", closed and status_of(found) == 408, found)
        body = authorised(daemon, "POST", "/v1/ambiti", b"{", b"Content-Type: application/json\r\n"
                          b"Idempotency-Key: t1\r\nContent-Length: 20\r\n")
        found, closed = talk(daemon, body)
        report.check("408 for a slow body", closed and status_of(found) == 408, found)
        found, closed = talk(daemon, b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n")
        report.check("idle connections are closed", closed and status_of(found) == 200, found)
        found, closed = talk(daemon, b"")
        report.check("silent connections are closed", closed and found == b"", found)
        never_reads(daemon)


def daemon_metrics(daemon):
    from daemon import Client
    answer = Client(daemon.admin_port).get("/metrics")
    report.equal("metrics", answer.status, 200)
    return answer.body.decode().splitlines()


def memory_kb(daemon):
    for line in open(f"/proc/{daemon.process.pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


def never_reads(daemon):
    """One socket asks for the large document again and again and never reads."""
    before = memory_kb(daemon)
    asked = authorised(daemon, "GET", "/v1/openapi.json")
    with daemon.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.settimeout(1)
        timeouts = daemon.figures()["titoli_http_timeouts_total"]
        end = time.monotonic() + PATIENCE_S
        try:
            while time.monotonic() < end:
                peer.sendall(asked)
        except (socket.timeout, BrokenPipeError, ConnectionResetError):
            pass  # what it may send without reading is used up, or it was dropped
        grown = memory_kb(daemon) - before
        report.check("a client that never reads costs little", grown < 8192, f"{grown} KB")
        report.check("and is dropped", until(
            lambda: daemon.figures()["titoli_http_timeouts_total"] > timeouts))


def admin_listener(daemon):
    from daemon import Client
    admin = Client(daemon.admin_port)
    lines = daemon_metrics(daemon)
    for name in ("titoli_http_requests_total", "titoli_ledger_durable_sequence",
                 "titoli_checkpoint_sequence", "titoli_journal_batches_total"):
        report.check(name, any(line.startswith(name + " ") for line in lines))
    report.equal("admin readyz", admin.get("/readyz").status, 200)
    report.equal("admin has no /v1", admin.get("/v1/ambiti").status, 404)
    report.equal("metrics are not public", daemon.client().get("/metrics").status, 401)


def main():
    with Daemon() as daemon:
        reads_in_a_pipeline(daemon)
        manners(daemon)
        requests_with_a_token(daemon)
        bad_requests(daemon)
        admin_listener(daemon)
        report.equal("still well", daemon.admin.get("/v1/ambiti/A1").status, 200)
        report.check("no assertion broken",
                     not any(e["event"] == "assertion_broken" for e in daemon.read_events()))
    time_limits()
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
