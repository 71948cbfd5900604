"""The side of the bench that is titolid: ledgers that are made once and kept, a daemon on a copy of
one, and bench/load as its clients."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "support"))
from daemon import BUILD, TITOLID, Daemon  # noqa: E402

import machine  # noqa: E402

CLOCK = "manual=2026-09-01T00:00:00+02:00"
PROVIDERS = 8  # few, so that few connections can reach every title
VISITS = 288   # of 30 minutes that a title has room for
MAKE_S = 1500  # until the making of a ledger is given up
PATIENCE_S = 90  # beyond its seconds, until a run of the load generator is given up
KEPT_BYTES = 900 << 20  # of made ledgers that a run leaves for the next one
# The settings of a TLS listener.
TLS_KEYS = ("tls_listen", "tls_certificate", "tls_key")


class NotMeasured(Exception):
    """Why a figure is not there."""


def help_of(program):
    return subprocess.run([str(program), "--help"], capture_output=True, text=True).stdout


def anonymous_memory(daemon):
    """Bytes of the daemon's own; pages of files that the system caches are not among them."""
    for line in pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise NotMeasured("this system tells no anonymous memory")


def event(daemon, name):
    """An event of the daemon's log."""
    for line in daemon.log_lines:
        if f'"{name}"' in line:
            return json.loads(line)
    raise NotMeasured(f"no {name} in the log")


def load_knows(word):
    return word.replace("_", "-") in help_of(BUILD / "bench" / "load")


def run_load(ledger, port, watch, seconds, **options):
    """bench/load on a port, with the tokens and titles of a ledger; a refusal is a fault."""
    load = BUILD / "bench" / "load"
    for word in [options["shape"], *options]:
        if not load_knows(word):
            raise NotMeasured(f"the load generator does not know {word} yet")
    command = [str(load), "--port", str(port), "--tokens", str(ledger.daemon.folder / "tokens"),
               "--vouchers", str(ledger.plan["vouchers"]), "--visits", str(ledger.plan["visits"]),
               "--seconds", str(max(1, round_up(seconds))), "--watch", str(watch),
               "--timeout", "60"]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + PATIENCE_S)
    except subprocess.TimeoutExpired as late:
        raise NotMeasured(f"load did not end within {late.timeout:.0f} s") from late
    if done.returncode != 0:
        why = (done.stderr or done.stdout).strip().splitlines() or [f"exit {done.returncode}"]
        raise NotMeasured(f"load: {why[-1][:200]}")
    got = {line.split()[0]: int(line.split()[1]) for line in done.stdout.splitlines()}
    if got["refused"]:
        raise NotMeasured(f"load: {got['refused']} refused: {done.stderr.strip()[:200]}")
    return got


def copy(kept, folder):
    subprocess.run(["cp", "-a", "--reflink=auto", "--sparse=auto", str(kept), str(folder)], check=True)


def trim(folder):
    """Removes kept ledgers, the oldest first, until the rest is small."""
    made = sorted(pathlib.Path(folder).glob("**/kept/*"), key=lambda path: path.stat().st_mtime)
    sizes = {path: sum(file.stat().st_blocks * 512 for file in path.rglob("*")) for path in made}
    for path in made:
        if sum(sizes.values()) > KEPT_BYTES:
            shutil.rmtree(path, ignore_errors=True)
            del sizes[path]


def round_up(seconds):
    return int(seconds) + (seconds > int(seconds))


def tls_settings(folder):
    """A listener with a certificate of its own, where titolid has one."""
    if not all(f"  {key} " in help_of(TITOLID) for key in TLS_KEYS):
        return {}
    pair = pathlib.Path(folder) / "tls"
    pair.mkdir(parents=True, exist_ok=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", str(pair / "key.pem"), "-out", str(pair / "certificate.pem")],
                   check=True, capture_output=True)
    return dict(zip(TLS_KEYS, ("127.0.0.1:0", str(pair / "certificate.pem"),
                               str(pair / "key.pem"))))


def port_of(daemon, listener):
    """The port of one of a daemon's listeners."""
    for line in daemon.log_lines:
        if '"listening"' in line and f'"{listener}"' in line:
            return int(re.search(r':(\d+)"', line).group(1))
    raise NotMeasured(f"titolid has no listener {listener}")


class Ledger:
    """A ledger of its plan, served; `load` runs bench/load against it."""

    def __init__(self, folder, vouchers, funds=1, comuni=1, ceilings=1, history=0, settings=None,
                 visits=VISITS, providers=PROVIDERS, keep=False, basis="redeemed"):
        self.folder = pathlib.Path(folder).resolve()
        self.plan = {"vouchers": vouchers, "providers": providers, "funds": funds,
                     "comuni": comuni, "ceilings": ceilings, "visits": visits, "history": history,
                     "ceiling-basis": basis}
        self.settings = {"vouchers_max": vouchers + 1000, "store_gib": 256, "segment_mib": 64,
                         "redemptions_max": min(200000000, max(40000000, vouchers * (history + 100))),
                         "disk_floor_mib": 256, "admin_listen": "127.0.0.1:0",
                         "connections_max": 11000, **tls_settings(self.folder), **(settings or {})}
        self.daemon = None
        self.round = 0
        self.keep = keep  # for the next run
        self.facts = {}

    def kept(self):
        """Where a made ledger of this plan by these programs is kept."""
        plan = hashlib.sha256(repr(sorted(self.plan.items())).encode())
        programs = hashlib.sha256()
        for program in (BUILD / "bench" / "make_ledger", TITOLID):
            programs.update(pathlib.Path(program).read_bytes())
        return self.folder / "kept" / f"{plan.hexdigest()[:12]}-{programs.hexdigest()[:12]}"

    def new_daemon(self):
        return Daemon(self.folder / "run", clock=CLOCK, settings={"unsafe_filesystem": "no",
                                                                  **self.settings})

    def make(self, kept):
        """Through the real pipeline, journal and store. What was learned on the way is kept beside
        it."""
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        daemon = self.daemon = self.new_daemon().make()
        daemon.start()
        empty = anonymous_memory(daemon)
        daemon.stop()
        begin = time.monotonic()
        command = [str(BUILD / "bench" / "make_ledger"), "--config", str(daemon.config), "--tokens",
                   str(daemon.folder / "tokens"), "--store"]
        for name, value in self.plan.items():
            if value:
                command += [f"--{name}", str(value)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=MAKE_S)
        if done.returncode != 0:
            raise NotMeasured(f"make_ledger: {(done.stderr or done.stdout).strip()[-200:]}")
        (daemon.folder / "facts.json").write_text(json.dumps({
            "empty_bytes": empty, "made_s": time.monotonic() - begin}))
        kept.parent.mkdir(parents=True, exist_ok=True)
        daemon.folder.rename(kept)

    def replay(self):
        """Entries a second of a start from the journal alone: of a copy whose store is taken away."""
        folder = self.folder / "replay"
        shutil.rmtree(folder, ignore_errors=True)
        try:
            copy(self.kept(), folder)
            shutil.rmtree(folder / "ledger" / "store")
            daemon = Daemon(folder, clock=CLOCK, settings=self.settings)
            self.write_config(daemon)
            try:
                daemon.start(timeout=600)
                took_ms = max(1, event(daemon, "started")["start_ms"])
                return event(daemon, "ledger_opened")["entries_replayed"] * 1000 / took_ms
            finally:
                daemon.kill()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @staticmethod
    def write_config(daemon):
        """Of a ledger that was copied to the folder of this daemon."""
        lines = [f"ledger = {daemon.ledger}", "listen = 127.0.0.1:0"]
        lines += [f"{key} = {value}" for key, value in daemon.settings.items()]
        daemon.config.write_text("\n".join(lines) + "\n")
        daemon.token = (daemon.ledger / "admin.token").read_text().strip()

    def __enter__(self):
        kept, run = self.kept(), self.folder / "run"
        self.round = self.plan["history"]
        try:
            if not kept.exists():
                for old in kept.parent.glob("*"):
                    if old.name[-12:] != kept.name[-12:]:  # by other programs
                        shutil.rmtree(old)
                self.make(kept)
            shutil.rmtree(run, ignore_errors=True)
            if self.keep:
                copy(kept, run)
            else:
                kept.rename(run)
            self.facts = json.loads((run / "facts.json").read_text())
            self.daemon = self.new_daemon()
            self.write_config(self.daemon)
            self.daemon.start(timeout=600)
            self.settle()
            self.facts["start_ms"] = event(self.daemon, "started")["start_ms"]
            self.facts["bytes_per_voucher"] = (anonymous_memory(self.daemon)
                                               - self.facts["empty_bytes"]) / self.plan["vouchers"]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.daemon and self.daemon.process and self.daemon.process.poll() is None:
            self.daemon.kill()
        self.daemon = None
        shutil.rmtree(self.folder / "run" if self.keep else self.folder, ignore_errors=True)

    def is_alive(self):
        return self.daemon is not None and self.daemon.process.poll() is None

    def address(self, listener):
        return port_of(self.daemon, listener)

    def metrics(self):
        text = urllib.request.urlopen(f"http://127.0.0.1:{self.address('admin')}/metrics",
                                      timeout=10).read().decode()
        return {name: float(value) for name, value in
                re.findall(r"^titoli_(\w+) ([0-9.]+)$", text, re.MULTILINE)}

    def sequences(self):
        status = self.daemon.client().get("/status").json()
        return status["ledger_seq"], status["checkpoint_seq"]

    def settle(self, seconds=120):
        """Has the store take what it does not hold yet; how many entries that were, how long it took.
        A read that wants its own write asks for it; else the checkpoint gathers for some seconds."""
        begin = time.monotonic()
        latest, stored = self.sequences()
        behind = latest - stored
        while stored < latest:
            if time.monotonic() - begin > seconds:
                raise NotMeasured("the checkpoint does not catch up")
            self.daemon.client().get("/v1/ambiti?limit=1", min_sequence=latest)
            latest, stored = self.sequences()
        return behind, time.monotonic() - begin

    def ready(self):
        """Another copy, where its titles are nearly used up or a third of memory is: every redemption
        of an open month is kept there."""
        if not self.keep:
            return
        used = anonymous_memory(self.daemon) / 1048576
        if self.round > self.plan["visits"] * 3 // 4 or used > machine.memory_mib() / 3:
            self.__exit__()
            self.__enter__()

    def load(self, connections=64, seconds=2, shape="single", **options):
        """One run of bench/load: its figures by name. Every visit of it is new."""
        self.ready()
        port = self.address("tls") if options.get("tls") else self.daemon.port
        got = run_load(self, port, self.daemon.process.pid, round=self.round,
                       connections=connections, seconds=seconds, shape=shape, **options)
        self.round = got["next_round"]
        return got

    def answer(self):
        """A file with one answer, byte for byte, and the bytes that its redemption took in the
        journal: what the echo server repeats."""
        path = self.folder / "answer"
        before = self.metrics()["journal_bytes_total"]
        got = self.load(connections=64, seconds=1, save_answer=path)
        return path, int((self.metrics()["journal_bytes_total"] - before) / got["accepted"])

    def written(self):
        """Bytes written so far: journal, by the daemon, by everybody to the disk."""
        return (self.metrics().get("journal_bytes_total"),
                machine.process_bytes(self.daemon.process.pid),
                machine.device_bytes(self.folder))


class Lag(threading.Thread):
    """How old the oldest entry was that the store did not hold, seconds: as a `with`, then .most."""

    def __init__(self, ledger):
        super().__init__(daemon=True)
        self.ledger, self.most, self.ends = ledger, 0.0, threading.Event()

    def run(self):
        while not self.ends.wait(0.25):
            try:
                lag = self.ledger.metrics()["checkpoint_lag_ms"] / 1000
            except OSError:
                continue
            self.most = max(self.most, lag)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.join(15)


class Echo:
    """The durable echo server in one of its designs, with an answer of a ledger's daemon."""

    def __init__(self, ledger, design):
        self.ledger, self.design, self.process = ledger, design, None
        self.program = BUILD / "bench" / "peers" / "echo" / "echo"
        if not self.program.exists():
            raise NotMeasured("the durable echo server was not built")

    def __enter__(self):
        answer, size = self.ledger.answer()
        self.file = self.ledger.folder / f"echo-{self.design}"
        self.process = subprocess.Popen(
            [str(self.program), "--file", str(self.file), "--answer", str(answer), "--journal-bytes",
             str(size), "--design", self.design], stdout=subprocess.PIPE, text=True)
        listening = self.process.stdout.readline().split()
        if listening[:1] != ["listening"]:
            self.__exit__()
            raise NotMeasured("the durable echo server did not start")
        self.port = int(listening[1])
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self.process.stdout.close()
        self.file.unlink(missing_ok=True)

    def is_alive(self):
        return self.process.poll() is None

    def load(self, **options):
        return run_load(self.ledger, self.port, self.process.pid, shape="single", **options)


def programs_are_there():
    for name in ("load", "make_ledger"):
        if not (BUILD / "bench" / name).exists():
            return False
    return os.path.exists(TITOLID)
