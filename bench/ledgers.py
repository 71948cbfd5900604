"""The side of the bench that is titolid: ledgers that are made once and kept, a daemon on a copy of
one, and bench/load as its clients."""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "support"))
from daemon import BUILD, TITOLID, Daemon  # noqa: E402

import machine  # noqa: E402

CLOCK = "manual=2026-09-01T00:00:00+02:00"
PROVIDERS = 8  # few, so that few connections can reach every title
VISITS = 288   # of 30 minutes that a title has room for
# What is kept of a ledger: its folder and the secret beside it.
TLS_KEYS = ("tls_listen", "tls_certificate", "tls_key")


class NotMeasured(Exception):
    """Why a figure is not there."""


def help_of(program):
    return subprocess.run([str(program), "--help"], capture_output=True, text=True).stdout


class Ledger:
    """A ledger of its plan, served; `load` runs bench/load against it."""

    load_help = None

    def __init__(self, folder, vouchers, funds=1, comuni=1, ceilings=1, history=0, settings=None,
                 visits=VISITS, providers=PROVIDERS):
        self.folder = pathlib.Path(folder).resolve()
        self.plan = {"vouchers": vouchers, "providers": providers, "funds": funds,
                     "comuni": comuni, "ceilings": ceilings, "visits": visits, "history": history}
        self.settings = {"vouchers_max": vouchers + 1000, "store_gib": 256, "segment_mib": 64,
                         "redemptions_max": max(8000000, vouchers * (history + 20)),
                         "disk_floor_mib": 256, "admin_listen": "127.0.0.1:0",
                         "connections_max": 11000, **self.tls_settings(), **(settings or {})}
        self.daemon = None
        self.round = history
        self.made_s = 0.0

    def tls_settings(self):
        """A certificate of its own, where titolid has a listener that wants one."""
        if not all(f"  {key} " in help_of(TITOLID) for key in TLS_KEYS):
            return {}
        pair = self.folder / "tls"
        pair.mkdir(parents=True, exist_ok=True)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                        "-keyout", str(pair / "key.pem"), "-out", str(pair / "certificate.pem")],
                       check=True, capture_output=True)
        return dict(zip(TLS_KEYS, ("127.0.0.1:0", str(pair / "certificate.pem"),
                                   str(pair / "key.pem"))))

    def kept(self):
        """Where a made ledger of this plan by these programs is kept."""
        digest = hashlib.sha256(repr(sorted(self.plan.items())).encode())
        for program in (BUILD / "bench" / "make_ledger", TITOLID):
            digest.update(pathlib.Path(program).read_bytes())
        return self.folder / "kept" / digest.hexdigest()[:16]

    def new_daemon(self):
        return Daemon(self.folder / "run", clock=CLOCK, settings={"unsafe_filesystem": "no",
                                                                  **self.settings})

    def make(self, kept):
        """Through the real pipeline, then started once, so that its store is complete."""
        begin = time.monotonic()
        daemon = self.new_daemon().make()
        command = [str(BUILD / "bench" / "make_ledger"), "--config", str(daemon.config), "--tokens",
                   str(daemon.folder / "tokens")]
        for name, value in self.plan.items():
            if value:
                command += [f"--{name}", str(value)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise NotMeasured(f"make_ledger: {(done.stderr or done.stdout).strip()[-200:]}")
        daemon.start(timeout=600)
        self.daemon = daemon
        self.settle(600)
        daemon.stop(120)
        self.daemon = None
        kept.parent.mkdir(parents=True, exist_ok=True)
        daemon.folder.rename(kept)
        self.made_s = time.monotonic() - begin

    def __enter__(self):
        kept = self.kept()
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        if not kept.exists():
            for old in (self.folder / "kept").glob("*"):
                if self.plan["vouchers"] > 2000000:  # room for one that is large
                    shutil.rmtree(old, ignore_errors=True)
            self.make(kept)
        subprocess.run(["cp", "-a", "--reflink=auto", "--sparse=auto", str(kept),
                        str(self.folder / "run")], check=True)
        self.daemon = self.new_daemon()
        lines = [f"ledger = {self.daemon.ledger}", "listen = 127.0.0.1:0"]
        lines += [f"{key} = {value}" for key, value in self.daemon.settings.items()]
        self.daemon.config.write_text("\n".join(lines) + "\n")
        self.daemon.token = (self.daemon.ledger / "admin.token").read_text().strip()
        self.daemon.start(timeout=600)
        return self

    def __exit__(self, *_):
        if self.daemon and self.daemon.process and self.daemon.process.poll() is None:
            self.daemon.kill()
        self.daemon = None
        shutil.rmtree(self.folder / "run", ignore_errors=True)

    def address(self, listener):
        for line in self.daemon.log_lines:
            if '"listening"' in line and f'"{listener}"' in line:
                return int(re.search(r':(\d+)"', line).group(1))
        raise NotMeasured(f"titolid has no listener {listener}")

    def metrics(self):
        text = urllib.request.urlopen(f"http://127.0.0.1:{self.address('admin')}/metrics",
                                      timeout=10).read().decode()
        return {name: float(value) for name, value in
                re.findall(r"^titoli_(\w+) ([0-9.]+)$", text, re.MULTILINE)}

    def sequences(self):
        status = self.daemon.client().get("/status").json()
        return status["ledger_seq"], status["checkpoint_seq"]

    def settle(self, seconds=60):
        """Waits until the store holds everything; how many entries it was behind, how long it took."""
        begin = time.monotonic()
        latest, stored = self.sequences()
        behind = latest - stored
        while stored < latest:
            if time.monotonic() - begin > seconds:
                raise NotMeasured("the checkpoint does not catch up")
            time.sleep(0.05)
            latest, stored = self.sequences()
        return behind, time.monotonic() - begin

    def load(self, connections=64, seconds=2, shape="single", **options):
        """One run of bench/load: its figures by name. Every visit of it is new."""
        if Ledger.load_help is None:
            Ledger.load_help = help_of(BUILD / "bench" / "load")
        for word in ["shape", shape, *options]:
            if word.replace("_", "-") not in Ledger.load_help:
                raise NotMeasured(f"the load generator does not know {word} yet")
        tls = options.get("tls")
        command = [str(BUILD / "bench" / "load"), "--port",
                   str(self.address("tls") if tls else self.daemon.port),
                   "--tokens", str(self.daemon.folder / "tokens"), "--vouchers",
                   str(self.plan["vouchers"]), "--visits", str(self.plan["visits"]), "--round",
                   str(self.round), "--connections", str(connections), "--seconds",
                   str(max(1, round(seconds))), "--shape", shape, "--watch",
                   str(self.daemon.process.pid)]
        for name, value in options.items():
            command += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            why = (done.stderr or done.stdout).strip().splitlines() or [f"exit {done.returncode}"]
            raise NotMeasured(f"load: {why[-1][:200]}")
        got = {line.split()[0]: int(line.split()[1]) for line in done.stdout.splitlines()}
        reached = min(connections, self.plan["providers"]) * self.plan["vouchers"] \
            / self.plan["providers"]
        # The busiest provider may be ahead of the average; what a warm-up redeemed is not counted.
        factor = 1.3 * (1 + options.get("warmup", 0) / max(1, seconds))
        self.round += int(factor * (got["accepted"] + got["refused"]) / reached) + 2
        if got["refused"]:
            raise NotMeasured(f"load: {got['refused']} refused: {done.stderr.strip()[:200]}")
        return got

    def written(self):
        """Bytes written so far: journal, by the daemon, by everybody to the disk."""
        return (self.metrics().get("journal_bytes_total"),
                machine.process_bytes(self.daemon.process.pid),
                machine.device_bytes(self.folder))


def programs_are_there():
    for name in ("load", "make_ledger"):
        if not (BUILD / "bench" / name).exists():
            return False
    return os.path.exists(TITOLID)
