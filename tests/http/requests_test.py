#!/usr/bin/python3
"""Every row of bad_requests.txt against the running daemon: whole, in pieces and byte by byte, in plain and
over TLS. What comes back must be what the row says, to the last answer and the end of the connection, and
a good request on a fresh connection is served after each. `make t-http`.

usage: requests_test.py [WORD ...]: only rows whose name holds one of the words"""
import collections
import itertools
import pathlib
import shutil
import socket
import struct
import sys
import tempfile
import time

from daemon import PATIENCE_S, Daemon, Report, until
from tls_test import PREFACE, connect, context, make_certificate, tls_port

TABLE = pathlib.Path(__file__).parent / "bad_requests.txt"
NEXT = b"GET /livez HTTP/1.1\r\nHost: next\r\nConnection: close\r\n\r\n"
END = b"\0\0\x08\x06\0\0\0\0\0the-end!"  # PING
END_ANSWERED = (6, 1, 0, b"the-end!")
Row = collections.namedtuple("Row", "name wanted source text")

report = Report()


def rows_of(section):
    """The rows below [section]."""
    rows, here = [], None
    for number, line in enumerate(TABLE.read_text().splitlines(), 1):
        if line.startswith("["):
            here = line.strip("[]")
        elif line and not line.startswith("#") and here == section:
            parts = [part.strip() for part in line.split(" | ", 3)]
            assert len(parts) == 4 and all(parts), f"{TABLE.name}:{number}: {line}"
            rows.append(Row(*parts))
    assert len({row.name for row in rows}) == len(rows), "a name stands twice"
    return rows


# ---- HTTP/1.1 ----

class Bytes1:
    """The words of the table for HTTP/1.1; every use of a row gets fresh keys and codes."""

    numbers = itertools.count(1)

    def __init__(self, token):
        self.token = token.encode()

    def of(self, row):
        number = next(self.numbers)
        body = b'{"code":"R%d","name":"row %d"}' % (number, number)
        return eval(row.text, {
            "GET": b"GET /livez HTTP/1.1\r\nHost: a\r\n",
            "POST": b"POST /v1/ambiti HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + self.token +
                    b"\r\nContent-Type: application/json\r\nIdempotency-Key: row-%d\r\n" % number,
            "ASK": lambda target: b"GET %s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n" % (
                target.encode(), self.token),
            "BODY": body, "CHUNKED": b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body),
            "TE": b"Transfer-Encoding: chunked\r\n", "CL": b"Content-Length: 5\r\n", "E": b"\r\n",
            "TOKEN": self.token})


def answers_of(found, row):
    """The statuses of the final answers in what came, in order; None where they cannot be told apart."""
    statuses, at = [], 0
    while at < len(found):
        end = found.find(b"\r\n\r\n", at)
        if end < 0 or not found.startswith(b"HTTP/1.1 ", at):
            return None
        head = found[at:end].lower()
        status = int(head[9:12])
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        at = end + 4
        if status >= 200:
            if length and not (b"HEAD " in row.text.encode() and not statuses):
                at += int(length)
            statuses.append(status)
    return statuses if at == len(found) else None


def exchange(peer, pieces):
    """Sends, then reads until the peer closes: (bytes, how it ended)."""
    peer.settimeout(PATIENCE_S)
    found = b""
    try:
        for piece in pieces:
            peer.sendall(piece)
    except OSError:
        pass  # it was closed before all was sent: what it said can still be read
    try:
        while more := peer.recv(65536):
            found += more
        return found, "closed"
    except (socket.timeout, TimeoutError):
        return found, "open"
    except OSError:
        return found, "closed"


def cut(data, size):
    return [data[at:at + size] for at in range(0, len(data), size)] if size else [data]


def wanted1(row):
    """(statuses, is NEXT sent)"""
    text = row.wanted.removeprefix("!")
    statuses = [] if text == "close" else [int(status) for status in text.rstrip("+").split(",")]
    return statuses + ([200] if text.endswith("+") else []), not row.wanted.startswith("!")


def http1(row, words, make, way, size):
    statuses, has_next = wanted1(row)
    data = words.of(row) + (NEXT if has_next else b"")
    peer = make()
    if size and isinstance(peer, socket.socket):
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    found, end = exchange(peer, cut(data, size))
    peer.close()
    report.check(f"{row.name}, {way}, {size or 'whole'}",
                 end == "closed" and answers_of(found, row) == statuses,
                 f"wanted {row.wanted}, got {answers_of(found, row)}, {end}: {found[:300]!r}")


# ---- HTTP/2 ----

def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(
        ">I", stream) + payload


def prefixed(value, bits):
    """An integer of HPACK (RFC 7541, 5.1) behind a prefix of so many bits of zeros."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([value])
    value -= most
    found = [most]
    while value >= 128:
        found.append(value % 128 + 128)
        value //= 128
    return bytes([*found, value])


def fields(text):
    """Literals that nobody remembers, without Huffman: "name value" by commas."""
    found = b""
    for field in filter(None, text.split(",")):
        name, _, value = field.partition(" ")
        found += b"\0" + prefixed(len(name), 7) + name.encode() + prefixed(len(value), 7) + value.encode()
    return found


def head(stream, text, flags=5, more=b""):
    return frame(1, flags, stream, fields(text) + more)


HUFFMAN_DIGITS = {"0": "00000", "1": "00001", "2": "00010", "3": "011001", "4": "011010", "5": "011011",
                  "6": "011100", "7": "011101", "8": "011110", "9": "011111"}
STATIC_STATUSES = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}


def status_forms():
    """What may stand for a status, as a text or by Huffman's code, to the status."""
    forms = {}
    for status in range(100, 600):
        text = str(status)
        bits = "".join(HUFFMAN_DIGITS[digit] for digit in text)
        bits += "1" * (-len(bits) % 8)
        forms[b"\x03" + text.encode()] = status
        forms[bytes([0x80 | len(bits) // 8]) + int(bits, 2).to_bytes(len(bits) // 8, "big")] = status
    return forms


STATUS_FORMS = status_forms()


class Answers2:
    """What the server's frames said. Statuses that were told before are known by their index."""

    def __init__(self):
        self.events, self.table = set(), []
        self.end_answered = False

    def status(self, block):
        while block[0] & 0xe0 == 0x20:  # the table's size
            block = block[1:]
        index = block[0] & 0x7f
        if block[0] & 0x80:
            return STATIC_STATUSES.get(index) or self.remembered(block)
        size = 1 + (block[1] & 0x7f)
        return STATUS_FORMS[bytes(block[1:1 + size])]

    def remembered(self, block):
        """A status that stands in the dynamic table: the server's first answer put it there, in front
        of its other fields; all of a row's answers are of one status then."""
        return self.table[0] if self.table else None

    def take(self, kind, flags, stream, payload):
        if (kind, flags, stream, payload) == END_ANSWERED:
            self.end_answered = True
        elif kind == 1 and not any(event.startswith(f"{stream}:") for event in self.events):
            status = self.status(payload)
            if not self.table:
                self.table.append(status)
            if status is not None and status >= 200:
                self.events.add(f"{stream}:{status}")
        elif kind == 3:
            code = struct.unpack(">I", payload)[0]
            if code != 0:  # NO_ERROR: answered, and the rest of the body is not wanted
                self.events.add(f"{stream}:reset {code}")
        elif kind == 7:
            code = struct.unpack(">I", payload[4:8])[0]
            if code != 0:
                self.events.add(f"goaway {code}")


def wanted2(row):
    """The events that must come."""
    if row.wanted in ("quiet", "alive", "end"):
        return set()
    return {event if event.startswith("goaway") or ":" in event else f"1:{event}"
            for event in (event.strip() for event in row.wanted.split(",")) if event != "end"}


def listen2(peer, answers, wanted, ends):
    """Reads frames until the end, or until all that is wanted came and the PING was answered."""
    rest = b""
    peer.settimeout(PATIENCE_S)
    try:
        while ends or not (answers.end_answered and (wanted <= answers.events or
                                                     answers.events - wanted)):
            more = peer.recv(65536)
            if not more:
                return "closed"
            rest += more
            while len(rest) >= 9 and len(rest) >= 9 + (size := int.from_bytes(rest[:3], "big")):
                answers.take(rest[3], rest[4], int.from_bytes(rest[5:9], "big"), rest[9:9 + size])
                rest = rest[9 + size:]
        return "open"
    except (socket.timeout, TimeoutError):
        return "silent"
    except OSError:
        return "closed"


def http2(row, token, make, way, size):
    ends = row.wanted.endswith("end") or row.wanted.startswith("goaway")
    wanted, answers = wanted2(row), Answers2()
    asked = ":method GET,:scheme http,:path /livez,:authority a"
    data = eval(row.text, {
        "frame": frame, "head": head, "fields": fields, "TOKEN": token.encode(), "GET2": asked,
        "POST2": ":method POST,:scheme http,:path /v1/ambiti,:authority a,content-type application/json,"
                 f"idempotency-key two-{next(Bytes1.numbers)},authorization Bearer {token}"})
    peer = make()
    peer.settimeout(PATIENCE_S)
    try:
        for piece in cut(PREFACE + frame(4) + data + END, size):
            peer.sendall(piece)
    except OSError:
        pass
    end = listen2(peer, answers, wanted, ends)
    peer.close()
    right = end == ("closed" if ends else "open") and (row.wanted in ("end", "alive") or
                                                       answers.events == wanted)
    report.check(f"{row.name}, {way}, {size or 'whole'}", right,
                 f"wanted {row.wanted}, got {sorted(answers.events)}, {end}")


# ---- The run ----

def sizes_of(length):
    """Byte by byte where that is soon done."""
    return (0, 7, 1) if length < 1000 else (0, 997)


def is_served(daemon):
    found, end = exchange(daemon.socket(), [NEXT])
    return found.startswith(b"HTTP/1.1 200") and end == "closed"


def run_rows(daemon, port, certificate, chosen):
    """Returns how many rows there were."""
    secure1, secure2 = context(certificate), context(certificate, ["h2"])
    words, count = Bytes1(daemon.token), 0
    for row in filter(chosen, rows_of("http1")):
        count += 1
        for size in sizes_of(len(words.of(row))):
            http1(row, words, daemon.socket, "plain", size)
        http1(row, words, lambda: connect(port, secure1), "TLS", 0)
        report.check(f"served after {row.name}", is_served(daemon))
    for row in filter(chosen, rows_of("http2")):
        count += 1
        for size in (0, 7) if "flood" not in row.name else (0,):
            http2(row, daemon.token, daemon.socket, "plain", size)
        http2(row, daemon.token, lambda: connect(port, secure2), "TLS", 0)
        report.check(f"served after {row.name}", is_served(daemon))
    return count


def main():
    began = time.monotonic()
    words = sys.argv[1:]
    with tempfile.TemporaryDirectory(dir=__import__("os").environ.get("TEST_FOLDER")) as name:
        folder = pathlib.Path(name)
        certificate, key = make_certificate(folder, "requests")
        with Daemon(tls_listen="127.0.0.1:0", tls_certificate=certificate, tls_key=key) as daemon:
            count = run_rows(daemon, tls_port(daemon), certificate,
                             lambda row: not words or any(word in row.name for word in words))
            report.check("nobody's slot is lost", until(
                lambda: daemon.figures()["titoli_http_slots_in_use"] == 1))
            report.check("no assertion broken", not daemon.events_named("assertion_broken"))
    print(f"{count} rows, {report.failed} deviations, in {time.monotonic() - began:.1f} s; "
          "nothing is drawn by chance: there is no seed")
    report.check("at least 300 rows", count >= 300 or words)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
