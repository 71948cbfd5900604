#!/usr/bin/python3
"""The tools of bench tell the truth: what the load generator counts is what the ledger holds, in each
shape, closed and open loop; what it refuses to hide it tells; and the echo server answers and syncs
what it was asked. suite: seconds 900"""
import contextlib
import importlib.util
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "support"), str(HERE.parent.parent / "bench")]
from daemon import BUILD, Daemon  # noqa: E402
from ledgers import port_of, tls_settings  # noqa: E402


def http_tests():
    """The other module `daemon`, for its Report."""
    spec = importlib.util.spec_from_file_location("http_daemon", HERE.parent / "http" / "daemon.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOLS = pathlib.Path(BUILD) / "bench"
FOLDER = pathlib.Path(os.environ.get("TEST_FOLDER", "build/test-load")).resolve()
VOUCHERS = 24000  # visits for a second of each shape on a machine ten times as quick
PROVIDERS = 4
report = http_tests().Report()


def run(program, *options):
    return subprocess.run([str(TOOLS / program)] + [str(option) for option in options],
                          capture_output=True, text=True, timeout=120)


def figures(done):
    return {name: int(value) for name, value, _ in
            (line.split() for line in done.stdout.splitlines())}


def ledger():
    """Two funds, three comuni, four ceilings on the path, two visits of each title done."""
    daemon = Daemon(FOLDER / "daemon", clock="manual=2026-09-01T00:00:00+02:00",
                    settings={"vouchers_max": VOUCHERS, "redemptions_max": 288 * VOUCHERS,
                              **tls_settings(FOLDER)}).make()
    tokens = FOLDER / "tokens"
    done = run("make_ledger", "--config", daemon.config, "--tokens", tokens, "--vouchers", VOUCHERS,
               "--providers", PROVIDERS, "--funds", 2, "--comuni", 3, "--ceilings", 4, "--ceiling-basis", "redeemed", "--visits",
               288, "--history", 2)
    report.equal("make_ledger", done.returncode, 0)
    report.equal("a token a provider", len(tokens.read_text().splitlines()), PROVIDERS)
    daemon.start()
    return daemon, tokens


def sequence(daemon):
    return daemon.client().get("/status").json()["ledger_seq"]


def shapes(daemon, load):
    """Each run begins where the last one ended; none is refused, and each stands in the ledger."""
    at = 2
    for name, options in (("singles", ["--connections", 8]),
                          ("pipelined", ["--connections", 2, "--depth", 16]),
                          ("taking turns", ["--connections", 200, "--in-flight", 4]),
                          ("HTTP/2", ["--protocol", "h2", "--connections", 2, "--depth", 20]),
                          ("batches larger than the windows of HTTP/2", [
                              "--protocol", "h2", "--shape", "ndjson", "--lines", 2000,
                              "--connections", 1, "--depth", 3]),
                          ("NDJSON", ["--shape", "ndjson", "--lines", 500, "--connections", 2]),
                          ("CSV", ["--shape", "csv", "--lines", 1700, "--connections", 2,
                                   "--keys", "random"]),
                          ("binary", ["--shape", "binary", "--lines", 2100, "--connections", 2,
                                      "--together", 4]),
                          ("HTTP/2", ["--protocol", "h2", "--connections", 2, "--depth", 100]),
                          ("HTTP/2, NDJSON", ["--protocol", "h2", "--connections", 2, "--depth", 2,
                                              "--shape", "ndjson", "--lines", 300]),
                          ("TLS", ["--tls", "--connections", 4]),
                          ("TLS, verified, binary",
                           ["--tls", "--ca", FOLDER / "tls" / "certificate.pem", "--connections", 2,
                            "--shape", "binary", "--lines", 1000]),
                          ("HTTP/2 over TLS, open loop", ["--tls", "--protocol", "h2", "--depth", 10,
                                                          "--connections", 2, "--rate", 200]),
                          ("open loop", ["--connections", 16, "--rate", 200])):
        before = sequence(daemon)
        where = ["--port", port_of(daemon, "tls")] if "--tls" in options else []
        done = run("load", *load, *where, "--round", at, *options)
        got = figures(done)
        report.check(f"{name}: some, none refused", got.get("accepted", 0) > 0 and
                     got["refused"] == 0, done.stdout + done.stderr)
        if not got:
            continue
        report.equal(f"{name}: as many in the ledger", sequence(daemon) - before, got["accepted"])
        report.check(f"{name}: percentiles rise", 0 < got["p50_us"] <= got["p99_us"] <=
                     got["max_us"], done.stdout)
        at = got["next_round"]
    return at


class Cutter(threading.Thread):
    """A door before the daemon that shuts each of its first connections within its first answer."""

    def __init__(self, port, cuts, size):
        super().__init__(daemon=True)
        self.target, self.left, self.size = port, cuts, size
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def run(self):
        while True:
            try:
                inner, _ = self.listener.accept()
            except OSError:
                return
            size = self.size if self.left > 0 else None
            self.left -= 1
            outer = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self.pass_on, args=(inner, outer, None), daemon=True).start()
            threading.Thread(target=self.pass_on, args=(outer, inner, size), daemon=True).start()

    @staticmethod
    def pass_on(source, sink, size):
        """Bytes from one to the other until an end, or until there were so many."""
        try:
            while size is None or size > 0:
                data = source.recv(65536)
                if not data:
                    break
                sink.sendall(data)
                size = None if size is None else size - len(data)
        except OSError:
            pass
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def drops(daemon, load, at):
    """Lost connections are opened again and told; what was accepted stands in the ledger, and of what
    was lost nobody knows."""
    for name, first, options in (("HTTP/1.1", 4, ["--connections", 4]),
                                 ("HTTP/2", 2, ["--connections", 2, "--protocol", "h2", "--depth", 8])):
        cutter = Cutter(daemon.port, 5, 300)
        cutter.start()
        before = sequence(daemon)
        done = run("load", "--port", cutter.port, *load[2:], "--round", at, *options)
        cutter.listener.close()
        got = figures(done)
        report.equal(f"{name}: drops end nothing", done.returncode, 0)
        if not got:
            continue
        made = sequence(daemon) - before
        report.check(f"{name}: connections lost", first <= got["connections_lost"] <= 5, done.stdout)
        report.check(f"{name}: some were accepted, none refused", got["accepted"] > 0 and
                     got["refused"] == 0, done.stdout + done.stderr)
        report.check(f"{name}: no more are missing than were lost",
                     got["accepted"] <= made <= got["accepted"] + got["requests_lost"],
                     f"{made} made\n{done.stdout}")
        at = got["next_round"]
    return at


def open_loop(load, at):
    """All that arrives is answered, however slow that is: nothing is left out."""
    got = figures(run("load", *load, "--round", at, "--connections", 1, "--rate", 150))
    report.equal("open loop: as many as arrive", got["accepted"], 150)
    return got["next_round"]


def refusals(load):
    """Visits of the history, by other workers, are disputed: not accepted, and the first is shown."""
    done = run("load", *load, "--round", 0, "--connections", 2, "--rate", 200)
    got = figures(done)
    report.equal("refusals are not accepted", got["accepted"], 0)
    report.equal("refusals are counted", got["refused"], 200)
    report.check("the first is shown", '"result":"disputed"' in done.stderr, done.stderr)
    done = run("load", *load, "--visits", 3, "--round", 3)
    report.equal("no units are left: usage", done.returncode, 2)
    report.equal("an unknown option", run("load", "--nonsense").returncode, 2)
    report.equal("a number that is none", run("load", "--port", "x").returncode, 2)


def answer_of(load, at):
    """A real answer and the figures as JSON."""
    path, figures_path = FOLDER / "answer", FOLDER / "figures.json"
    done = run("load", *load, "--round", at, "--connections", 1, "--save-answer", path, "--json",
               figures_path)
    answer = path.read_bytes()
    head, _, body = answer.partition(b"\r\n\r\n")
    report.check("an answer is kept", head.startswith(b"HTTP/1.1 201 ") and
                 json.loads(body)["result"] == "accepted", str(answer))
    told = json.loads(figures_path.read_text())
    report.equal("JSON says the same", {name: row["value"] for name, row in told.items()},
                 figures(done))
    return path


def echo(design, tokens, answer):
    server = subprocess.Popen([str(TOOLS / "peers" / "echo" / "echo"), "--design", design, "--file",
                               str(FOLDER / "echo.journal"), "--file-mib", "16", "--answer",
                               str(answer), "--journal-bytes", "1000"], stdout=subprocess.PIPE,
                              text=True)
    port = server.stdout.readline().split()[1]
    asked = 0
    for options in (["--connections", 8], ["--connections", 2, "--depth", 16]):
        done = run("load", "--port", port, "--tokens", tokens, "--vouchers", 1000000, "--seconds", 1,
                   *options)
        got = figures(done)
        report.check(f"echo {design}: accepted", got.get("accepted", 0) > 0 and
                     got["refused"] == 0, done.stdout + done.stderr)
        asked += got.get("requests", 0)
    server.send_signal(signal.SIGTERM)
    text, _ = server.communicate(timeout=30)
    found = {name: int(value) for name, value, _ in (line.split() for line in text.splitlines())}
    report.equal(f"echo {design}: all that was asked", found["requests"], asked)
    report.check(f"echo {design}: all its bytes", found["bytes"] >= 1000 * asked)
    report.check(f"echo {design}: in groups", 0 < found["syncs"] <= asked)


def probe():
    got = figures(run("sync_probe", "--file", FOLDER / "probe", "--seconds", 1, "--every-us", 1000))
    report.check("sync_probe", got["syncs"] > 0 and 0 < got["sync_p50_us"] <= got["sync_max_us"])
    report.check("its file is gone", not (FOLDER / "probe").exists())


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    daemon, tokens = ledger()
    load = ["--port", daemon.port, "--tokens", tokens, "--vouchers", VOUCHERS, "--visits", 288,
            "--seconds", 1]
    try:
        at = shapes(daemon, load)
        at = drops(daemon, load, at)
        at = open_loop(load, at)
        refusals(load)
        answer = answer_of(load, at)
    finally:
        daemon.stop()
    for design in ("bufferevent", "epoll", "direct"):
        echo(design, tokens, answer)
    probe()
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
