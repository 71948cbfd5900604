#!/usr/bin/python3
"""usage: judges.py [NAME ...]   What others' tools say of a local titolid with TLS, one line each.

  sslscan, testssl, nmap   protocols, ciphers, certificate
  slowhttptest             slow heads, bodies, reads and ranges: is it still served beside them?
  wapiti                   a web scanner, on the plain listener with an administrator's token
  zzuf                     requests of HTTP/1.1 and HTTP/2 with damaged bits: it lives and serves
  autocannon               load: no error, no time out, no answer but 2xx

A tool's finding is `judge: what`; tests/judges/allowed.txt lists those that are allowed, each with its reason.
Any other finding fails the run, and so does a judge that did not come to a verdict. Reports lie in TEST_FOLDER
(build/judges)."""
import fnmatch
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "http"))
from daemon import Daemon  # noqa: E402

BUILD_ROOT = pathlib.Path(os.environ.get("BUILD_ROOT", "build")).resolve()
FOLDER = pathlib.Path(os.environ.get("TEST_FOLDER", BUILD_ROOT / "judges")).resolve()
SECONDS_MAX = 400  # of one judge, for a machine that is busy; a quiet one takes five minutes for all
SLOW_SECONDS = 15
SLOW_CONNECTIONS = 200
ZZUF_REQUESTS = 300
CANNON_SECONDS = 8


class Silent(Exception):
    """A judge that gave no verdict."""


def run(*words, seconds=SECONDS_MAX, good=None, **more):
    """The output of a tool; Silent when it met the time limit or ended in a way that is not `good`."""
    try:
        done = subprocess.run([str(w) for w in words], capture_output=True, timeout=seconds,
                              stdin=subprocess.DEVNULL, **more)
    except subprocess.TimeoutExpired as late:
        raise Silent(f"over its {seconds} s") from late
    except FileNotFoundError as missing:
        raise Silent("not installed: make judges installs it") from missing
    if good is not None and done.returncode not in good:
        raise Silent(f"exit {done.returncode}: {done.stderr.decode(errors='replace')[-300:]}")
    return done.stdout.decode(errors="replace")


# ---- what is judged ----------------------------------------------------------------------------

def make_certificates(folder):
    """An authority and a server's certificate of it, out of openssl's command."""
    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=folder)
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *curve, "-days", "200", "-subj", "/CN=Judges CA", "-keyout", "ca.key",
            "-out", "ca.pem", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl("req", *curve, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr")
    (folder / "server.ext").write_text(
        "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\n"
        "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "200", "-extfile", "server.ext", "-out", "server.pem")
    os.chmod(folder / "server.key", 0o600)


class Judged:
    """The daemon, its ports, and whether it still serves."""

    def __init__(self, daemon, certificates):
        self.daemon = daemon
        self.authority = certificates / "ca.pem"
        self.tls = next(event["port"] for event in daemon.read_events()
                        if event["event"] == "listening" and event["listener"] == "tls")
        self.plain = daemon.port

    def serves(self):
        made = ssl.create_default_context(cafile=str(self.authority))
        with made.wrap_socket(socket.create_connection(("127.0.0.1", self.tls), timeout=10),
                              server_hostname="localhost") as peer:
            peer.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return peer.recv(4096).startswith(b"HTTP/1.1 200")


# ---- the judges: each answers (findings, summary) -------------------------------------------------

def sslscan(judged):
    text = run("sslscan", "--no-colour", "--xml=-", f"127.0.0.1:{judged.tls}", good=(0,))
    root = xml.etree.ElementTree.fromstring(text[text.index("<?xml"):])
    found, seen = [], []
    for protocol in root.iter("protocol"):
        name = f"{protocol.get('type')} {protocol.get('version')}".upper()
        if protocol.get("enabled") == "1":
            seen.append(name)
            if name not in ("TLS 1.2", "TLS 1.3"):
                found.append(f"protocol {name}")
    ciphers = list(root.iter("cipher"))
    found += [f"cipher {c.get('sslversion')} {c.get('cipher')} {c.get('strength')}" for c in ciphers
              if c.get("strength") not in ("strong", "acceptable")]
    found += [f"heartbleed {h.get('sslversion')}" for h in root.iter("heartbleed")
              if h.get("vulnerable") == "1"]
    found += ["compression" for c in root.iter("compression") if c.get("supported") == "1"]
    found += ["insecure renegotiation" for r in root.iter("renegotiation")
              if r.get("supported") == "1" and r.get("secure") != "1"]
    if not ciphers:
        raise Silent("no cipher seen")
    return found, f"{', '.join(seen)}; {len(ciphers)} ciphers"


def testssl(judged):
    report = FOLDER / "testssl.json"
    report.unlink(missing_ok=True)
    # Protocols, ciphers, forward secrecy, preference, certificate, headers, vulnerabilities; no
    # simulation of browsers, which takes as long as all the rest.
    run("testssl", "--quiet", "--color", "0", "--warnings", "batch", "--openssl-timeout", "10", "-p", "-s",
        "-f", "-P", "-S", "-h", "-U",
        "--add-ca", judged.authority, "--jsonfile", report, f"localhost:{judged.tls}",
        seconds=SECONDS_MAX)
    rows = json.loads(report.read_text())
    worse = ("LOW", "MEDIUM", "HIGH", "CRITICAL", "WARN", "FATAL")
    found = [f"{row['severity']} {row['id']} {row['finding'][:100]}" for row in rows
             if row["severity"] in worse]
    if len(rows) < 50:
        raise Silent(f"{len(rows)} rows only")
    return found, f"{len(rows)} checks"


def nmap(judged):
    text = run("nmap", "-Pn", "-n", "-p", judged.tls, "--script", "ssl-enum-ciphers", "-oX", "-",
               "127.0.0.1", good=(0,))
    root = xml.etree.ElementTree.fromstring(text)
    script = next((s for s in root.iter("script") if s.get("id") == "ssl-enum-ciphers"), None)
    if script is None:
        raise Silent("no script output")
    output = script.get("output")
    least = re.search(r"least strength: (\S+)", output)
    found = [f"warning {line.strip()}" for block in re.findall(r"warnings:\n((?:\s{6,}.*\n?)*)", output)
             for line in block.splitlines() if line.strip() and "least strength" not in line]
    if least is None or least[1] != "A":
        found.append(f"least strength {least[1] if least else 'unknown'}")
    versions = re.findall(r"^\s+(TLSv\S+|SSLv\S+):", output, re.M)
    found += [f"protocol {v}" for v in versions if v not in ("TLSv1.2", "TLSv1.3")]
    return found, f"{', '.join(versions)}; least strength {least[1] if least else '?'}"


def slowhttptest(judged):
    found, said = [], []
    for name, words in (("heads", ["-H"]), ("bodies", ["-B"]), ("reads", ["-X"]), ("ranges", ["-R"])):
        text = run("slowhttptest", *words, "-c", SLOW_CONNECTIONS, "-r", 100, "-i", 3, "-l", SLOW_SECONDS,
                   "-p", 5, "-u", f"https://127.0.0.1:{judged.tls}/v1/openapi.json",
                   seconds=SLOW_SECONDS * 3)
        text = re.sub(r"\x1b\[[0-9;]*m", "", text)
        served = re.findall(r"service available:\s+(YES|NO)", text)
        if not served:
            raise Silent(f"{name}: no state of the service: {text[-200:]}")
        if "NO" in served[1:]:  # the first line may come before the first probe
            found.append(f"{name}: not served")
        still = re.findall(r"connected:\s+(\d+)", text)
        said.append(f"{name} {still[-1] if still else '?'} left")
        if not judged.serves():
            found.append(f"{name}: not served afterwards")
    return found, ", ".join(said)


WAPITI_PATHS = ("/", "/livez", "/readyz", "/status", "/metrics", "/v1/openapi.json", "/v1/ambiti?limit=2",
                "/v1/vouchers?limit=2&state=ACTIVE", "/v1/vouchers/0000001W", "/v1/redemptions?limit=5",
                "/v1/reports/balances", "/v1/principals?limit=3", "/v1/audit?after=1")


def wapiti(judged):
    report, session = FOLDER / "wapiti.json", FOLDER / "wapiti"
    report.unlink(missing_ok=True)
    shutil.rmtree(session, ignore_errors=True)
    base = f"http://127.0.0.1:{judged.plain}"
    starts = [word for path in WAPITI_PATHS for word in ("-s", base + path)]
    run("wapiti", "-u", base + "/", *starts, "--scope", "domain", "-H",
        f"Authorization: Bearer {judged.daemon.token}", "-f", "json", "-o", report, "--store-session",
        session, "--flush-session", "--no-bugreport", "-d", "2", "--max-scan-time", "80", "-t", "10",
        seconds=SECONDS_MAX, env=dict(os.environ, HOME=str(FOLDER)))
    said = json.loads(report.read_text())
    found = [f"{kind} {name} {one['path']} {one.get('parameter') or ''}".strip()
             for kind in ("vulnerabilities", "anomalies") for name, ones in said[kind].items()
             for one in ones]
    return sorted(set(found)), f"{len(said['vulnerabilities']) + len(said['anomalies'])} kinds looked for"


def damaged(seed, original):
    done = subprocess.run(["zzuf", "-q", "-r", "0.001:0.05", "-s", str(seed)], input=original,
                          capture_output=True, check=True, timeout=30)
    return done.stdout


def send(port, data):
    """What comes back until the peer closes or goes on: at most the first answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
        try:
            peer.sendall(data)
            peer.shutdown(socket.SHUT_WR)
            return peer.recv(65536)
        except (ConnectionResetError, BrokenPipeError, TimeoutError):
            return b""


def zzuf(judged):
    run("zzuf", "--version", good=(0,))
    body = b'{"code": "ZZ", "name": "x"}'
    requests = (
        b"GET /v1/ambiti?limit=2 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer titoli_%064d\r\n\r\n" % 1,
        b"POST /v1/ambiti HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0\0\0\7\1\5\0\0\0\1\x82\x84\x86\x41\1a\xff",
        b"POST /v1/ambiti HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
    statuses = {}
    found = []
    for seed in range(ZZUF_REQUESTS):
        data = damaged(seed, requests[seed % len(requests)])
        answer = send(judged.plain, data)
        status = answer[9:12].decode(errors="replace") if answer.startswith(b"HTTP/1.1") else "other"
        statuses[status] = statuses.get(status, 0) + 1
        if status.startswith("5") and status not in ("501", "505"):
            found.append(f"answer {status} to seed {seed}")
        if seed % 3 == 0:
            send(judged.tls, damaged(seed, b"\x16\3\1\0\x2e\1\0\0\x2a\3\3" + bytes(32) + b"\0\0\4\x13\1\x13\2\1\0"))
        if judged.daemon.process.poll() is not None:
            return found + [f"it ended at seed {seed}"], "ended"
    if not judged.serves():
        found.append("not served afterwards")
    return found, ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))


def autocannon(judged):
    program = BUILD_ROOT / "npm-judges/node_modules/.bin/autocannon"
    found, said = [], []
    for name, port, words in (("plain", judged.plain, []), ("pipelined", judged.plain, ["-p", "10"]),
                              ("TLS", judged.tls, [])):
        scheme = "https" if port == judged.tls else "http"
        text = run(program, "-j", "-c", 50, "-d", CANNON_SECONDS, *words, "-H",
                   f"Authorization: Bearer {judged.daemon.token}",
                   f"{scheme}://localhost:{port}/v1/ambiti/CREMA", seconds=CANNON_SECONDS * 5, good=(0,),
                   env=dict(os.environ, NODE_EXTRA_CA_CERTS=str(judged.authority)))
        figures = json.loads(text)
        for what in ("errors", "timeouts", "mismatches", "resets", "non2xx"):
            if figures[what]:
                found.append(f"{name}: {what} {sorted(figures.get('statusCodeStats', {}))}")
        said.append(f"{name} {figures['requests']['average']:.0f}/s")
        if figures["2xx"] == 0:
            found.append(f"{name}: nothing served")
    return found, ", ".join(said)


JUDGES = (sslscan, testssl, nmap, slowhttptest, wapiti, zzuf, autocannon)


def allowed_findings():
    """Pairs (pattern, reason); a pattern is a shell's."""
    pairs = []
    for line in (HERE / "allowed.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            pattern, reason = line.split(" -- ", 1)
            pairs.append((pattern.strip(), reason.strip()))
    return pairs


def hear(judge, judged, allowed):
    """One line of the table; true when nothing is found that is not allowed."""
    name, began = judge.__name__, time.monotonic()
    try:
        found, said = judge(judged)
    except Silent as why:
        found, said = [f"no verdict: {why}"], "no verdict"
    excused, bad = {}, []
    for finding in found:
        pattern = next((p for p, _ in allowed if fnmatch.fnmatchcase(f"{name}: {finding}", p)), None)
        if pattern is None:
            bad.append(finding)
        else:
            excused[pattern] = excused.get(pattern, 0) + 1
    verdict = "ok" if not bad else "BAD"
    print(f"{verdict:<4} {name:<13} {time.monotonic() - began:5.0f} s  {said}", flush=True)
    for pattern, times in sorted(excused.items()):
        reason = dict(allowed)[pattern]
        print(f"       allowed {times} x {pattern.split(': ', 1)[1]}: {reason}")
    for finding in bad:
        print(f"       FINDING {finding}")
    return not bad


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    certificates = pathlib.Path(tempfile.mkdtemp(prefix="certificates-", dir=FOLDER))
    make_certificates(certificates)
    judges = [j for j in JUDGES if len(sys.argv) < 2 or j.__name__ in sys.argv[1:]]
    allowed = allowed_findings()
    daemon = Daemon(folder=FOLDER / "daemon", tls_listen="127.0.0.1:0", unix_socket="",
                    tls_certificate=certificates / "server.pem", tls_key=certificates / "server.key")
    shutil.rmtree(daemon.base, ignore_errors=True)
    daemon.init().start()
    daemon.admin.made("/v1/ambiti", {"code": "CREMA", "name": "Ambito di Crema"})
    judged = Judged(daemon, certificates)
    good = [hear(judge, judged, allowed) for judge in judges]
    good.append(daemon.process.poll() is None and judged.serves())
    if not good[-1]:
        print("BAD  titolid       ended, or does not serve, after the judges")
    daemon.process.send_signal(signal.SIGTERM)
    good.append(daemon.process.wait(timeout=120) == 0)
    shutil.rmtree(certificates, ignore_errors=True)
    print(f"{sum(good)} passed, {len(good) - sum(good)} failed")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
