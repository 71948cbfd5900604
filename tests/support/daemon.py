"""A real titolid on a fresh folder, and a small client of its API: for scenario, fault and HTTP tests.

Only the standard library. A daemon listens on a free loopback port that it writes to its log."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import threading
import time
import uuid

BUILD = pathlib.Path(os.environ.get("BUILD", "build/release"))
PATIENCE_S = 120  # for what happens at once, on a machine that is slow and busy
TITOLID = os.environ.get("TITOLID", str(BUILD / "titolid"))


class Daemon:
    """One ledger folder and the process that serves it."""

    def __init__(self, folder, clock="manual=2026-01-01T00:00:00+01:00", settings=None, wrapper=()):
        self.folder = pathlib.Path(folder)
        self.ledger = self.folder / "ledger"
        self.config = self.folder / "titolid.conf"
        self.settings = {"vouchers_max": 20000, "redemptions_max": 200000, "store_gib": 4,
                         "segment_mib": 8, "disk_floor_mib": 1, "admin_listen": "",
                         "unsafe_filesystem": "yes"}
        self.settings.update(settings or {})
        self.clock = clock
        self.wrapper = list(wrapper)
        self.process = None
        self.port = None
        self.log_lines = []

    def make(self):
        """Makes the ledger; the administrator's token stands in self.token afterwards."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        lines = [f"ledger = {self.ledger}", "listen = 127.0.0.1:0"]
        lines += [f"{key} = {value}" for key, value in self.settings.items() if value != ""]
        lines += [f"{key} =" for key, value in self.settings.items() if value == ""]
        self.config.write_text("\n".join(lines) + "\n")
        command = [TITOLID, "init", "--config", str(self.config), "--clock", self.clock]
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode != 0:
            raise RuntimeError(f"titolid init: {made.returncode}\n{made.stdout}{made.stderr}")
        self.token = (self.ledger / "admin.token").read_text().strip()
        return self

    def start(self, environment=None, timeout=PATIENCE_S):
        """Starts the process and waits until it listens."""
        env = dict(os.environ, **(environment or {}))
        self.log_lines = []
        self.port = None
        ready = threading.Event()
        self.process = subprocess.Popen(
            self.wrapper + [TITOLID, "run", "--config", str(self.config)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env)
        self.reader = threading.Thread(target=self._read_log, args=(ready, self.process), daemon=True)
        self.reader.start()
        if not ready.wait(timeout) or self.port is None:
            self.process.kill()
            self.process.wait()
            raise RuntimeError("titolid did not start:\n" + "".join(self.log_lines[-20:]))
        return self

    def _read_log(self, ready, process):
        for line in process.stderr:
            self.log_lines.append(line)
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if event.get("event") == "listening" and event.get("listener", "api") == "api":
                self.port = int(event["address"].rsplit(":", 1)[1])
            if event.get("event") == "started":
                ready.set()
        ready.set()

    def stop(self, timeout=PATIENCE_S):
        """SIGTERM and wait; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout)
        self.reader.join(5)
        return code

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.reader.join(5)

    def client(self, token=None):
        return Client(self.port, token or self.token)


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)


class Client:
    """One keep-alive connection under one token."""

    def __init__(self, port, token, timeout=PATIENCE_S):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.token = token

    def request(self, method, path, body=None, headers=None, content_type="application/json"):
        send = {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}
        if body is not None:
            send["Content-Type"] = content_type
            if not isinstance(body, (bytes, str)):
                body = json.dumps(body)
        send.update(headers or {})
        self.connection.request(method, path, body, send)
        got = self.connection.getresponse()
        return Answer(got.status, got.headers, got.read())

    def get(self, path, min_sequence=None):
        headers = {"Min-Ledger-Seq": str(min_sequence)} if min_sequence else {}
        return self.request("GET", path, headers=headers)

    def post(self, path, body=None, key=None, headers=None):
        headers = dict(headers or {})
        headers["Idempotency-Key"] = key or str(uuid.uuid4())
        return self.request("POST", path, body if body is not None else {}, headers)

    def must(self, path, body=None, key=None):
        """A POST that has to succeed; its answer as an object."""
        answer = self.post(path, body, key)
        if answer.status >= 300:
            raise RuntimeError(f"POST {path} {json.dumps(body)}: {answer.status} {answer.body.decode()}")
        return answer.json()

    def all(self, path, min_sequence=None):
        """Every item of a list, page by page."""
        items, cursor = [], None
        while True:
            more = f"{'&' if '?' in path else '?'}limit=1000" + (f"&cursor={cursor}" if cursor else "")
            answer = self.get(path + more, min_sequence)
            if answer.status != 200:
                raise RuntimeError(f"GET {path}: {answer.status} {answer.body.decode()}")
            page = answer.json()
            items += page["items"]
            cursor = page.get("next_cursor")
            if not cursor:
                return items


def wait_until(condition, seconds=PATIENCE_S):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False
