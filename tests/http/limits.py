#!/usr/bin/python3
"""What connections may cost, at full size: the targets t-slow, t-flood, t-emfile and t-hold. They depend on
time and on the machine, and are no part of `make check`; small versions are in strict_test.py,
process_test.py and tls_test.py. Nothing is drawn by chance: there is no seed.

usage: limits.py slow|flood|emfile|hold
HOLD connections (10000) are held for HOLD_SECONDS (5)."""
import multiprocessing
import os
import pathlib
import resource
import select
import socket
import ssl
import sys
import tempfile
import time

from daemon import Daemon, Report
from process_test import cpu_seconds, seconds_of
from strict_test import authorised, memory_kb
from tls_test import PREFACE, context, frame, make_certificate, tls_port

LIMIT_S = 5  # to be gone, after their time
HOLD_KB = 30
report = Report()


def secure(folder, **settings):
    certificate, key = make_certificate(pathlib.Path(folder), "limits")
    return certificate, Daemon(tls_listen="127.0.0.1:0", tls_certificate=certificate, tls_key=key,
                               **settings)


def p99_us(daemon, count):
    """Of so many requests on one connection, one after another."""
    client, times = daemon.client(), []
    for _ in range(count):
        began = time.perf_counter_ns()
        assert client.get("/livez").status == 200
        times.append(time.perf_counter_ns() - began)
    client.close()
    return sorted(times)[len(times) * 99 // 100] / 1000


# ---- t-slow ----

def drip_kinds(daemon, tls):
    """(name, port, what comes first, the byte that drips)"""
    body = authorised(daemon, "POST", "/v1/ambiti", b"", b"Content-Type: application/json\r\n"
                      b"Idempotency-Key: drip\r\nContent-Length: 60000\r\n")
    return (("head", daemon.port, b"GET /livez HTTP/1.1\r\nX: ", b"y"),
            ("body", daemon.port, body, b" "),
            ("frame", daemon.port, PREFACE + frame(4, 0, 0) + b"\0\x10\0\1\4\0\0\0\1", b"\0"),
            ("handshake", tls, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\0"))


def drip(kinds, count, told):
    """The sockets that drip, until all are gone; tells when each kind was."""
    peers = {}
    for i in range(count):
        name, port, first, byte = kinds[i % len(kinds)]
        peer = socket.create_connection(("127.0.0.1", port))
        peer.sendall(first)
        peer.setblocking(False)
        peers[peer] = (name, byte)
    began, gone = time.monotonic(), {}
    told.send("open")
    while peers and time.monotonic() < began + 300:
        for peer, (name, byte) in list(peers.items()):
            try:
                peer.send(byte)
                if peer in select.select([peer], [], [], 0)[0] and not peer.recv(65536):
                    raise ConnectionResetError
            except BlockingIOError:
                pass
            except OSError:
                del peers[peer]
                peer.close()
                gone[name] = time.monotonic() - began
        time.sleep(0.05)
    told.send((len(peers), gone))


def slow():
    count = 1000
    with tempfile.TemporaryDirectory() as folder:
        certificate, made = secure(folder)
        with made as daemon:
            before = p99_us(daemon, 5000)
            mine, its = multiprocessing.Pipe()
            process = multiprocessing.Process(
                target=drip, args=(drip_kinds(daemon, tls_port(daemon)), count, its))
            process.start()
            assert mine.recv() == "open"
            beside = p99_us(daemon, 5000)
            left, gone = mine.recv()
            process.join()
            limits = {"body": 10}  # the others have 5
            for name, seconds in gone.items():
                print(f"slow_{name}_gone_s {seconds:.1f} (limit {limits.get(name, 5)} + {LIMIT_S})")
                report.check(f"{name}: gone in time", seconds <= limits.get(name, 5) + LIMIT_S, seconds)
            report.equal("none is left", left, 0)
            print(f"slow_sockets {count}\nslow_p99_us {before:.0f} alone, {beside:.0f} beside them, "
                  f"{beside / before:.2f} times")
            report.check("others are served as before", beside < 2 * before, (before, beside))


# ---- t-flood ----

def flood_kinds(daemon):
    ask = authorised(daemon, "GET", "/v1/openapi.json")
    post = authorised(daemon, "POST", "/v1/ambiti", b"", b"Content-Type: application/json\r\n"
                      b"Idempotency-Key: flood\r\nContent-Length: 400000000\r\n")
    ping = frame(6, 0, 0, b"12345678")
    return (("answers", b"", ask * 100), ("health", b"", b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n" * 1000),
            ("body", post, b" " * 65536), ("pings", PREFACE + frame(4, 0, 0), ping * 1000))


def flood():
    """One socket sends what it can of 400 MB and reads nothing: memory stands still, others are served."""
    whole = 400_000_000
    with Daemon(write_timeout_ms=10000) as daemon:
        for name, first, more in flood_kinds(daemon):  # memory that is taken once, is taken before
            flood_once(daemon, first, more, 2_000_000, 3)
        for name, first, more in flood_kinds(daemon):
            before = memory_kb(daemon)
            sent, grown = flood_once(daemon, first, more, whole, 30, before)
            print(f"flood_{name}_sent_mb {sent / 1e6:.1f} of 400, rss {grown:+} KB")
            report.check(f"{name}: memory stands still", grown <= 1024, f"{grown} KB")
            report.equal(f"{name}: others are served", daemon.client().get("/livez").status, 200)


def flood_once(daemon, first, more, whole, seconds, before=0):
    """(bytes sent, KB that the daemon grew by at most)"""
    sent = grown = 0
    with daemon.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.settimeout(0.5)
        end = time.monotonic() + seconds
        try:
            peer.sendall(first)
            while sent < whole and time.monotonic() < end:
                try:
                    sent += peer.send(more)
                except socket.timeout:
                    pass  # it is not read any more: until it is dropped
                grown = max(grown, memory_kb(daemon) - before)
        except OSError:
            pass
        return sent, max(grown, memory_kb(daemon) - before)


# ---- t-emfile ----

def emfile():
    seconds = 10
    with Daemon() as daemon:
        pid = daemon.process.pid
        used = len(os.listdir(f"/proc/{pid}/fd"))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 20, used + 20))
        kept = daemon.client()
        report.equal("before", kept.get("/livez").status, 200)
        peers = [daemon.socket() for _ in range(200)]
        daemon.await_event("descriptors_exhausted")
        before, began = cpu_seconds(pid), time.monotonic()
        while time.monotonic() < began + seconds:
            peers.append(daemon.socket())
            time.sleep(0.01)
        cpu, passed = cpu_seconds(pid) - before, time.monotonic() - began
        at = [seconds_of(event) for event in daemon.events_named("descriptors_exhausted")]
        least = min((later - earlier for earlier, later in zip(at, at[1:])), default=99)
        print(f"emfile_cpu_percent {100 * cpu / passed:.1f} (limit 5)\n"
              f"emfile_log_lines {len(at)} in {passed:.1f} s, at least {least:.2f} s apart")
        report.check("no spin", cpu <= passed / 20, (cpu, passed))
        report.check("a line a second at most", least > 0.9, at)
        report.equal("who was there is served", kept.get("/livez").status, 200)
        for peer in peers:
            peer.close()
        began = time.monotonic()
        report.equal("it recovers", daemon.client(daemon.token).get("/v1/ambiti").status, 200)
        print(f"emfile_recovered_s {time.monotonic() - began:.2f}")


# ---- t-hold ----

def hold_open(port, made, count):
    peers = []
    for _ in range(count):
        peer = made.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=120),
                                server_hostname="localhost")
        peer.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        assert peer.recv(1000).startswith(b"HTTP/1.1 200")
        peers.append(peer)
    return peers


def hold():
    count, seconds = int(os.environ.get("HOLD", "10000")), int(os.environ.get("HOLD_SECONDS", "5"))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < count + 100:
        count = hard - 100
        print(f"hold: this machine allows {hard} descriptors")
    with tempfile.TemporaryDirectory() as folder:
        certificate, made = secure(folder, connections_max=min(20000, count + 100),
                                   connections_per_address_max=min(20000, count + 100),
                                   idle_timeout_ms=3600000, life_ms=86400000)
        with made as daemon:
            hold_open(tls_port(daemon), context(certificate), 10)
            before, began = memory_kb(daemon), time.monotonic()
            peers = hold_open(tls_port(daemon), context(certificate), count)
            opened, after = time.monotonic() - began, memory_kb(daemon)
            time.sleep(seconds)
            each = (after - before) / count
            print(f"hold_connections {count}, open in {opened:.1f} s, held {seconds} s\n"
                  f"hold_kb_each {each:.1f} (limit {HOLD_KB}); rss {before} -> {after} KB")
            report.check("what a connection costs", each <= HOLD_KB, each)
            alive = 0
            for peer in peers:
                try:
                    peer.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
                    alive += peer.recv(1000).startswith(b"HTTP/1.1 200")
                except (OSError, ssl.SSLError):
                    pass
            report.equal("all are served after it", alive, count)
            print(f"hold_kb_each_after_use {(memory_kb(daemon) - before) / count:.1f}")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ("slow", "flood", "emfile", "hold"):
        sys.exit(__doc__)
    print(f"{sys.argv[1]}: nothing is drawn by chance, there is no seed")
    {"slow": slow, "flood": flood, "emfile": emfile, "hold": hold}[sys.argv[1]]()
    sys.exit(report.end())
