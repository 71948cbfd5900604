"""A titolid of one's own for a test: made, started, asked, stopped. Standard library only.

    with Daemon(clock="manual=2026-01-02T08:00:00+01:00") as daemon:
        answer = daemon.admin.post("/v1/ambiti", {"code": "CREMA", "name": "Crema"})

The folder lies in $TEST_FOLDER, the program is $TITOLID (tests/run sets both)."""
import http.client
import itertools
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TITOLID = os.environ.get("TITOLID") or str(ROOT / "build/release/titolid")
TITOLI = os.environ.get("TITOLI") or str(ROOT / "build/release/titoli")
PATIENCE_S = 120  # for what happens at once, on a machine that is slow and busy
_numbers = itertools.count(1)


def until(condition, seconds=PATIENCE_S):
    """Looks again and again; what the condition came to: true, or what it was when patience ended."""
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return found


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def lines(self):
        return [json.loads(line) for line in self.body.decode().splitlines()]

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


class Client:
    """One keep-alive connection with one token."""

    def __init__(self, port, token=None):
        self.port = port
        self.token = token
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)

    def ask(self, method, path, body=None, headers=None):
        sent = {"Accept-Language": "en"}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        sent.update(headers or {})
        try:
            self.connection.request(method, path, body=body, headers=sent)
            response = self.connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.connection.close()
            raise
        return Answer(response.status, response.getheaders(), response.read())

    def get(self, path, **headers):
        return self.ask("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path, body=None, key=None, headers=None):
        sent = {"Content-Type": "application/json", "Idempotency-Key": key or f"k{next(_numbers)}"}
        sent.update(headers or {})
        return self.ask("POST", path, json.dumps(body if body is not None else {}).encode(), sent)

    def batch(self, path, lines, key=None, media="application/x-ndjson"):
        body = lines if isinstance(lines, bytes) else "".join(
            json.dumps(line) + "\n" for line in lines).encode()
        return self.ask("POST", path, body, {
            "Content-Type": media, "Idempotency-Key": key or f"k{next(_numbers)}"})

    def made(self, path, body=None, **more):
        """Posts what must succeed and answers its JSON."""
        answer = self.post(path, body, **more)
        assert answer.status < 300, f"{path} {body}: {answer}"
        return answer.json

    def close(self):
        self.connection.close()


class Daemon:
    def __init__(self, clock="manual=2026-01-02T08:00:00+01:00", folder=None, **settings):
        base = os.environ.get("TEST_FOLDER")
        self.base = pathlib.Path(folder or tempfile.mkdtemp(prefix="titolid-", dir=base))
        self.ledger = self.base / "ledger"
        self.clock = clock
        self.settings = {"listen": "127.0.0.1:0", "admin_listen": "127.0.0.1:0",
                         "unix_socket": str(self.base / "socket"),
                         "backup_folder": str(self.base / "backups"),
                         "vouchers_max": "20000", "redemptions_max": "200000",
                         "segment_mib": "4", "store_gib": "1", "disk_floor_mib": "1"}
        self.settings.update({name: str(value) for name, value in settings.items()})
        if "unsafe_filesystem" not in self.settings:
            self.settings["unsafe_filesystem"] = "yes"
        if len(self.settings["unix_socket"]) > 100:
            self.settings["unix_socket"] = ""
        self.process = None
        self.events = []
        self.log = self.base / "log"

    def with_vault(self, key="master", number=1):
        """Personal data beside the ledger, under a master key of this test."""
        self.base.mkdir(parents=True, exist_ok=True)
        path = self.base / key
        path.write_text(f"{number:064x}\n")
        path.chmod(0o600)
        self.settings.update(vault_folder=str(self.base / "vault"), vault_key=str(path),
                             vault_copies=str(self.base / "copies"))
        return self

    def run(self, *words, settings=True, check=True):
        command = [TITOLID, *words, "--ledger", str(self.ledger)]
        if settings:
            for name, value in self.settings.items():
                command += ["--set", f"{name}={value}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
        if check:
            assert done.returncode == 0, f"{words}: {done.returncode} {done.stdout}{done.stderr}"
        return done

    def init(self):
        self.base.mkdir(parents=True, exist_ok=True)
        self.run("init", "--clock", self.clock)
        (self.base / "backups").mkdir(exist_ok=True)
        return self

    def start(self, wait=True):
        command = [TITOLID, "run", "--ledger", str(self.ledger)]
        for name, value in self.settings.items():
            command += ["--set", f"{name}={value}"]
        self.log_file = open(self.log, "ab")
        self.log_begin = self.log_file.tell()
        self.process = subprocess.Popen(command, stderr=self.log_file)
        if wait:
            self.await_event("started")
            ports = {event["listener"]: event.get("port") for event in self.read_events()
                     if event["event"] == "listening"}
            self.port = ports.get("api")
            self.admin_port = ports.get("admin")
            self.token = (self.ledger / "admin.token").read_text().strip()
            self.admin = Client(self.port, self.token)
        return self

    def read_events(self):
        with open(self.log, "rb") as file:
            file.seek(self.log_begin)
            lines = file.read().decode().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def events_named(self, name):
        return [event for event in self.read_events() if event["event"] == name]

    def await_event(self, name):
        until(lambda: self.events_named(name) or self.process.poll() is not None)
        found = self.events_named(name)
        if not found:
            raise AssertionError(f"no event {name}: {self.log.read_text()[-3000:]}")
        return found[0]

    def figures(self):
        """What /metrics says now, by name."""
        lines = Client(self.admin_port).get("/metrics").body.decode().splitlines()
        return {name: int(value) for name, value in
                (line.split() for line in lines if line and not line.startswith("#"))
                if value.isdigit()}

    def await_slots(self, count):
        """Waits until so many requests are in hand, besides the one that asks."""
        assert until(lambda: self.figures()["titoli_http_slots_in_use"] == count + 1), count

    def client(self, token=None):
        return Client(self.port, token)

    def socket(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)

    def principal(self, code, role, **scopes):
        """A client that speaks for a new principal."""
        self.admin.made("/v1/principals", {"code": code, "role": role, **scopes})
        token = self.admin.made("/v1/credentials", {"principal": code})["token"]
        return Client(self.port, token)

    def stop(self, expect=0):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.ended(expect)

    def ended(self, expect=0):
        """It ends by itself, with this code."""
        code = self.process.wait(timeout=PATIENCE_S)
        self.process = None
        self.log_file.close()
        assert code == expect, f"exit {code}: {self.log.read_text()[-3000:]}"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None
        self.log_file.close()

    def __enter__(self):
        return self.init().start()

    def __exit__(self, kind, value, trace):
        if self.process is not None:
            if kind is None:
                self.stop()
            else:
                self.kill()
        if kind is None:
            os.environ.get("KEEP") or shutil.rmtree(self.base, ignore_errors=True)
        return False


class Report:
    """Counts checks; the last line is what tests/run reads."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, name, condition, detail=""):
        if condition:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {name}: {detail}")

    def equal(self, name, found, wanted):
        self.check(name, found == wanted, f"found {found!r}, wanted {wanted!r}")

    def titoli(self, daemon, client, *words, code=0):
        """The command line, in English, with a client's token; what it must end with."""
        environment = {**os.environ, "TITOLI_URL": f"http://127.0.0.1:{daemon.port}",
                       "TITOLI_TOKEN": client.token, "TITOLI_LANG": "en"}
        done = subprocess.run([TITOLI, *words], capture_output=True, text=True,
                              timeout=PATIENCE_S, env=environment)
        self.check(f"titoli {' '.join(words)}", done.returncode == code,
                   f"{done.returncode} instead of {code}: {done.stdout} {done.stderr}")
        return done

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0
