"""A ledger with an ambito and the people of delivery, and couriers as processes."""
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "http"))

from daemon import PATIENCE_S, Daemon, Report, until  # noqa: E402,F401

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TITOLI = os.environ.get("TITOLI") or str(ROOT / "build/release/titoli")


class World:
    def __init__(self, daemon):
        self.daemon = daemon
        self.folder = daemon.base
        daemon.admin.made("/v1/ambiti", {"code": "CREMA", "name": "Ambito di Crema"})
        self.manager = daemon.principal("MANAGER", "UDP_MANAGER", ambito="CREMA")
        self.finance = daemon.principal("FINANCE", "FINANCE", ambito="CREMA")
        self.courier = daemon.principal("COURIER", "COURIER", ambito="CREMA")
        self.outbox = self.folder / "outbox"
        self.sections = {}
        self.general = {"poll_s": 1, "backoff_s": 1, "backoff_max_s": 1, "connect_ms": 3000,
                        "total_ms": 20000, "floor_s": 1, "lease_s": 30}
        self.allow = ["127.0.0.1"]
        self.sequence = 0

    def destination(self, code, kind, address, attempts_max=0, allow=True, **section):
        body = {"ambito": "CREMA", "code": code, "kind": kind, "address": address}
        if attempts_max:
            body["attempts_max"] = attempts_max
        self.manager.made("/v1/destinations", body)
        self.sections[code] = section
        if allow:
            place = address if kind == "FOLDER" else address.split("://")[1].split("/")[0]
            self.allow.append(place)
        return code

    def config(self, name="courier", **more):
        path = self.folder / f"{name}.conf"
        lines = [f"outbox = {self.outbox}", f"state = {self.folder}/{name}",
                 f"allow = {' '.join(self.allow)}"]
        lines += [f"{key} = {value}" for key, value in {**self.general, **more}.items()]
        for code, section in self.sections.items():
            lines.append(f"[{code}]")
            lines += [f"{key} = {value}" for key, value in section.items()]
        path.write_text("\n".join(lines) + "\n")
        path.chmod(0o600)
        return path

    def command(self, *words, client=None):
        client = client or self.finance
        return [TITOLI, *[str(word) for word in words], "--url",
                f"http://127.0.0.1:{self.daemon.port}", "--token", client.token, "--lang", "en"]

    def titoli(self, *words, client=None, code=0):
        done = subprocess.run(self.command(*words, client=client), capture_output=True, text=True,
                              timeout=PATIENCE_S)
        assert code is None or done.returncode == code, \
            f"{words}: {done.returncode} {done.stdout}{done.stderr}"
        return done

    def once(self, name="courier", **more):
        """One round of the courier; its exit code."""
        done = self.titoli("courier", "--once", "--courier-config", self.config(name, **more),
                           client=self.courier, code=None)
        self.last = done
        return done.returncode

    def start(self, name="courier", **more):
        log = open(self.folder / f"{name}.log", "ab")
        return subprocess.Popen(
            self.command("courier", "--courier-config", self.config(name, **more),
                         client=self.courier), stderr=log, stdout=log)

    def file(self, name, content):
        path = self.folder / "files"
        path.mkdir(exist_ok=True)
        (path / name).write_bytes(content)
        return path / name

    def send(self, name, content, destination):
        """Puts a file into the outbox and onto the list: the delivery's id."""
        done = self.titoli("delivery", "send", self.file(name, content), "--destination",
                           destination, "--outbox", self.outbox, "--json")
        return json.loads(done.stdout)["delivery"]

    def get(self, path):
        answer = self.finance.get(path)
        assert answer.status == 200, f"{path}: {answer}"
        return answer.json

    def delivery(self, name):
        return self.get(f"/v1/deliveries/{name}")

    def state(self, name):
        found = self.delivery(name)
        return found["state"], found.get("cause")

    def retry(self, name):
        self.finance.made(f"/v1/deliveries/{name}:retry")

    def task(self, name):
        return self.get(f"/v1/events/{self.delivery(name)['task']}")


def names_in(folder):
    return sorted(path.name for path in pathlib.Path(folder).iterdir())


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def end(process, number=signal.SIGTERM):
    process.send_signal(number)
    return process.wait(timeout=PATIENCE_S)
