#!/usr/bin/python3
"""Batches at their bounds: many lines, broken lines, clients that leave or read slowly, replays.
suite: seconds 120"""
import json
import socket
import sys

from daemon import PATIENCE_S, Daemon, Report, until

report = Report()


def people_lines(count, prefix="p"):
    return [{"id": f"{prefix}{i}", "comune": "019067"} for i in range(count)]


def masters(daemon):
    admin = daemon.admin
    admin.made("/v1/ambiti", {"code": "CREMA", "name": "Crema"})
    manager = daemon.principal("manager", "UDP_MANAGER", ambito="CREMA")
    manager.made("/v1/sub-ambiti", {"ambito": "CREMA", "code": "NORD", "name": "Nord"})
    manager.made("/v1/comuni", {"istat_code": "019067", "cadastral_code": "H276",
                                "name": "Ripalta Cremasca", "sub_ambito": "NORD",
                                "population": 3000})
    return daemon.principal("worker", "SOCIAL_WORKER", ambito="CREMA")


def raw_batch(daemon, token, path, body, key, version="1.1", media="application/x-ndjson"):
    return (f"POST {path} HTTP/{version}\r\nHost: a\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: {media}\r\nIdempotency-Key: {key}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def ndjson(lines):
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def read_all(peer):
    found = b""
    while True:
        more = peer.recv(1 << 20)
        if not more:
            return found
        found += more
        if found.endswith(b"\r\n\r\n") and b"\r\n0\r\n" in found[-200:]:
            return found


def largest(daemon, worker):
    lines = people_lines(20000)
    first = worker.batch("/v1/beneficiaries:batch", lines, key="large")
    report.equal("20,000 lines", first.status, 200)
    report.equal("in order", [a["id"] for a in first.lines], [line["id"] for line in lines])
    report.check("all done", all(a["status"] == 200 for a in first.lines))
    again = worker.batch("/v1/beneficiaries:batch", lines, key="large")
    report.equal("replayed", [a["beneficiary"] for a in again.lines],
                 [a["beneficiary"] for a in first.lines])
    with daemon.socket() as peer:
        peer.sendall(raw_batch(daemon, worker.token, "/v1/beneficiaries:batch",
                               ndjson(people_lines(2500, "t")), "trailer"))
        found = read_all(peer)
        tail = found[-200:].split(b"\r\n0\r\n")[1]
        report.check("the trailer tells the sequence", tail.startswith(b"Ledger-Seq: "), tail)
    more = worker.batch("/v1/beneficiaries:batch", people_lines(20001, "x"), key="too-many")
    refusals = [a for a in more.lines if a.get("code") in ("too_many_lines", "batch_too_large")]
    report.equal("20,001 lines", (len(refusals), len(more.lines)), (1, 20001))
    return 20000


def broken_lines(worker):
    body = (b'{"id":"a","comune":"019067"}\n'
            b'{"id":"b","comune":\n'
            b'\n'
            b'{"id":"c","comune":"999999"}\r\n'
            b'{"id":"a","comune":"019067"}\n'
            b'{"comune":"019067"}\n'
            b'[1]\n'
            b'{"id":"d","comune":"019067","colour":"red"}\n'
            b'\xff\xfe\n'
            b'{"id":"' + b"e" * 65 + b'","comune":"019067"}\n'
            b'{"id":"f","comune":"' + b"0" * 20000 + b'"}\n'
            b'{"id":"g","comune":"019067"}')
    answer = worker.batch("/v1/beneficiaries:batch", body, key="broken")
    found = [(a.get("line"), a["status"], a.get("code")) for a in answer.lines]
    report.equal("lines", [entry[0] for entry in found], [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    report.equal("statuses", [entry[1] for entry in found],
                 [200, 400, 422, 400, 400, 400, 400, 400, 400, 413, 200])
    report.check("each tells what is wrong", all(
        a["status"] == 200 or (a["code"] and a["title"] and a["remedy"]) for a in answer.lines),
        answer)
    ends = (b'}"}', b'}"', b"}\x0c", b"\x0b}", b',"\\ud800":1}')
    odd = worker.batch("/v1/beneficiaries:batch", b"".join(
        b'{"id":"o%d","comune":"019067"%s\n' % row for row in enumerate(ends)), key="nearly")
    report.equal("lines that are nearly JSON", [(a["code"], a["column"]) for a in odd.lines],
                 [("malformed_json", column) for column in (30, 30, 30, 29, 31)])
    for name, body, media, status in (
            ("empty", b"", "application/x-ndjson", 200),
            ("blank lines", b"\n\n\r\n", "application/x-ndjson", 200),
            ("csv without id", b"comune\n019067\n", "text/csv", 400),
            ("csv without header", b"", "text/csv", 400),
            ("csv of an unknown column", b"id;comune;x\na;019067;1\n", "text/csv", 400),
            ("no array", b"{}", "application/json", 400),
            ("text", b"x", "text/plain", 415),
            ("latin", b"id;comune\n", "text/csv; charset=latin1", 415)):
        answer = worker.batch("/v1/beneficiaries:batch", body, media=media)
        report.equal(name, answer.status, status)
    answer = worker.batch("/v1/beneficiaries:batch", b'[{"id":"z1","comune":"019067"},{"id":"z2"',
                          media="application/json", key="open-array")
    report.check("an array that breaks off", answer.status == 400 or
                 any(a.get("code") == "malformed_json" for a in answer.lines), answer)
    mode = worker.ask("POST", "/v1/beneficiaries:batch?mode=all_or_nothing", b"{}\n", {
        "Content-Type": "application/x-ndjson", "Idempotency-Key": "m"})
    report.equal("a mode that is not served", mode.status, 400)


def leavers(daemon, worker, people):
    """Clients that go away in the midst, at every stage; then one that stays."""
    body = ndjson(people_lines(5000, "leaver"))
    request = raw_batch(daemon, worker.token, "/v1/beneficiaries:batch", body, "leave")
    for stage in (0, 300, len(request) // 2, len(request) - 1, len(request)):
        peer = daemon.socket()
        peer.sendall(request[:stage])
        if stage == len(request):
            peer.settimeout(PATIENCE_S)
            peer.recv(1000)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        peer.close()
    answer = worker.batch("/v1/beneficiaries:batch", body, key="leave")
    report.check("the retry finishes it", len(answer.lines) == 5000 and
                 all(a["status"] == 200 for a in answer.lines))
    made = {a["beneficiary"] for a in answer.lines}
    report.equal("each line once", len(made), 5000)
    after = worker.made("/v1/beneficiaries", {"comune": "019067"})["beneficiary"]
    report.equal("none twice", int(after.split("_")[1]), people + 2500 + 20000 + 2 + 1 + 5000 + 1)


def old_version(daemon, worker):
    body = ndjson(people_lines(1500, "leaver"))
    with daemon.socket() as peer:
        peer.sendall(raw_batch(daemon, worker.token, "/v1/beneficiaries:batch", body, "leave",
                               version="1.0"))
        found = b""
        peer.settimeout(PATIENCE_S)
        while True:
            more = peer.recv(1 << 16)
            if not more:
                break
            found += more
    head, text = found.split(b"\r\n\r\n", 1)
    report.check("HTTP/1.0 gets no chunks", b"chunked" not in head)
    report.equal("and all lines", len(text.splitlines()), 1500)


def slow_reader():
    with Daemon(write_timeout_ms=700) as daemon:
        worker = masters(daemon)
        body = ndjson(people_lines(20000, "s"))
        with socket.socket() as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            peer.connect(("127.0.0.1", daemon.port))
            peer.sendall(raw_batch(daemon, worker.token, "/v1/beneficiaries:batch", body, "slow"))
            report.check("a client that does not read is dropped", until(
                lambda: daemon.figures()["titoli_http_timeouts_total"] > 0))
        answer = worker.batch("/v1/beneficiaries:batch", body, key="slow")
        report.check("and can ask again", len({a["beneficiary"] for a in answer.lines}) == 20000)


def main():
    with Daemon(vouchers_max=200000) as daemon:
        worker = masters(daemon)
        people = largest(daemon, worker)
        broken_lines(worker)
        leavers(daemon, worker, people)
        old_version(daemon, worker)
    slow_reader()
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
