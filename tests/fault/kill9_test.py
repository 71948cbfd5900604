#!/usr/bin/python3
"""SIGKILL under load, again and again: nothing acknowledged is lost, doubled or half-applied.

Clients submit short visits, each under its own key, until the daemon dies: at a random moment, or inside
a chosen system call (kill_preload.c). After every restart each unknown is resolved by sending the same key
again, and the sum of book F in F150 must equal the sum of the acknowledged amounts, to the cent.
Every tenth restart, and at the end, the whole list of redemptions is compared one by one, and at the
end `titolid verify` replays the journal from nothing.

KILLS sets the number (200), TEST_SEED the seed.

suite: alone
suite: seconds 900"""
import collections
import datetime
import http.client
import itertools
import json
import os
import pathlib
import random
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from daemon import BUILD, PATIENCE_S, TITOLID, Client, Daemon, wait_until  # noqa: E402
from world import World  # noqa: E402

KILLS = int(os.environ.get("KILLS", "200"))
LEAST = min(10, KILLS // 20)  # in each phase
CLIENTS = 8
ACKNOWLEDGED_MIN = 50
PHASES = ("append", "segment", "checkpoint", "recovery")
PRELOAD = BUILD / "tests" / "fault" / "kill_preload.so"
MONTH_BEGIN = datetime.datetime(2026, 3, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))


class Worker(threading.Thread):
    """One client with its own title: visits of one minute, one after another."""

    def __init__(self, number, port, token, voucher, done):
        super().__init__(daemon=True)
        self.client = Client(port, token)
        self.number, self.voucher, self.done = number, voucher, done
        self.acknowledged = 0
        self.unknown = None
        self.problem = None
        self.halt = False

    def run(self):
        try:
            while not self.halt:
                self.submit_one()
        except (OSError, http.client.HTTPException):
            pass  # the daemon died: the last visit is unknown

    def submit_one(self):
        count = len(self.done)
        self.unknown = (f"k-{self.number}-{count}", {
            "voucher": self.voucher, "minutes": 1, "operator": f"OP-{self.number}",
            "start": (MONTH_BEGIN + datetime.timedelta(minutes=count)).isoformat()})
        key, body = self.unknown
        answer = self.client.post("/v1/redemptions", body, key)
        if answer.status == 503:
            return  # not judged, or not known: the same key again
        if answer.status != 201:
            self.problem = f"{answer.status} {answer.body.decode()}"
            self.halt = True
            return
        got = answer.json()
        self.done.append((got["redemption"], got["gross_cents"]))
        self.unknown = None
        self.acknowledged += 1


class Trial:
    def __init__(self, folder, generator):
        settings = {"segment_mib": 1, "checkpoint_ms": 50, "redemptions_max": 400000,
                    "sandbox": "no"}  # the preloaded library reports into a file of the test
        self.daemon = Daemon(folder, clock="manual=2026-03-01T00:00:00+01:00", settings=settings)
        self.report = pathlib.Path(folder) / "killed-in"
        self.random = generator
        self.done = [[] for _ in range(CLIENTS)]
        self.unknown = [None] * CLIENTS
        self.counts = collections.Counter()
        self.problems = []

    def prepare(self):
        self.daemon.make().start()
        world = World(self.daemon, "2026-01-01", capacity=1000000).build()
        path = "/v1/funds/FNPS/years/2026"
        steps = [("udp-manager", path + ":propose", {"stated_cents": 500000000, "act": "S 1"}),
                 ("assembly", path + ":approve", {"ascertained_cents": 500000000, "act": "S 1"}),
                 ("finance", path + ":open", {}),
                 ("finance", "/v1/commitments", {"fund": "FNPS", "year": 2026, "number": "1",
                                                 "chapter": "1", "amount_cents": 500000000,
                                                 "act": "S 1"}),
                 ("udp-manager", "/v1/ceilings", {"ambito": "CREMA", "fund": "FNPS", "year": 2026,
                                                  "comune": "019067", "amount_cents": 400000000,
                                                  "act": "S 1"})]
        for who, where, body in steps:
            world.clients[who].must(where, body)
        self.vouchers = [self.voucher(world) for _ in range(CLIENTS)]
        self.token = world.clients["ALFA"].token
        self.reader = world.clients["auditor"].token
        world.clients["admin"].must("/v1/clock:advance", {"to": "2026-04-01T09:00:00+02:00"})
        if self.daemon.stop() != 0:
            raise RuntimeError("titolid did not stop cleanly")

    def voucher(self, world):
        person = world.clients["social-worker"].must("/v1/beneficiaries", {"comune": "019067"})
        made = world.clients["social-worker"].must("/v1/vouchers", {
            "beneficiary": person["beneficiary"], "fund": "FNPS", "first_month": "2026-03",
            "last_month": "2026-03",
            "lines": [{"service": "SAD_OSS", "units_per_month": 44000}]})["voucher"]
        world.clients["udp-officer"].must(f"/v1/vouchers/{made}:issue")
        world.clients["social-worker"].must(f"/v1/vouchers/{made}:choose-provider",
                                            {"provider": "ALFA"})
        return made

    def start(self, target=None):
        environment = {}
        self.report.unlink(missing_ok=True)
        if target:
            environment = {"LD_PRELOAD": str(PRELOAD.resolve()), "KILL_AT": target,
                           "KILL_REPORT": str(self.report)}
        self.daemon.start(environment)

    def resolve(self):
        """Every unknown is sent again under its key, until it is answered."""
        client = self.daemon.client(self.token)
        for number, unknown in enumerate(self.unknown):
            if unknown is None:
                continue
            key, body = unknown
            answer = client.post("/v1/redemptions", body, key)
            while answer.status == 503 and self.daemon.process.poll() is None:
                time.sleep(0.05)  # not judged, or not known yet: the same key again
                answer = client.post("/v1/redemptions", body, key)
            if answer.status != 201:
                self.problems.append(f"unknown {key}: {answer.status} {answer.body.decode()}")
                continue
            got = answer.json()
            self.done[number].append((got["redemption"], got["gross_cents"]))
            self.unknown[number] = None
            self.counts["resolved as done before" if
                        answer.headers.get("Idempotency-Replayed") == "true"
                        else "resolved by doing now"] += 1
        self.sequence = int(answer.headers.get("Ledger-Seq", 0)) if "answer" in locals() else 0

    def load(self, enough, target):
        """Clients at work until the daemon dies: by itself, or after `enough` acknowledgements."""
        workers = [Worker(number, self.daemon.port, self.token, self.vouchers[number],
                          self.done[number]) for number in range(CLIENTS)]
        for worker in workers:
            worker.start()

        def acknowledged():
            return sum(worker.acknowledged for worker in workers)
        if target:
            died = wait_until(lambda: self.daemon.process.poll() is not None, 30)
            if not died:
                self.counts["target not met"] += 1
                self.daemon.process.kill()
        else:
            wait_until(lambda: acknowledged() >= enough)
            time.sleep(self.random.random() * 0.05)
            self.daemon.process.kill()
        self.daemon.process.wait()
        for worker in workers:
            worker.halt = True
        for worker in workers:
            worker.join(PATIENCE_S)
            if worker.unknown:
                self.unknown[worker.number] = worker.unknown
            if worker.problem:
                self.problems.append(worker.problem)
        return acknowledged()

    def check_sum(self):
        client = self.daemon.client(self.reader)
        expected = sum(gross for done in self.done for _, gross in done)
        found = sum(item["balance_cents"]
                    for item in client.all("/v1/reports/balances", self.sequence)
                    if item["account"].startswith("F150"))
        if found != expected:
            self.problems.append(f"F150 is {found}, acknowledged {expected}")

    def check_list(self):
        client = self.daemon.client(self.reader)
        listed = {item["id"]: item["gross_cents"]
                  for item in client.all("/v1/redemptions", self.sequence)}
        expected = {name: gross for done in self.done for name, gross in done}
        if sum(len(done) for done in self.done) != len(expected):
            self.problems.append("one redemption answered two keys")
        if listed != expected:
            self.problems.append(f"{len(set(listed) - set(expected))} redemptions too many, "
                                 f"{len(set(expected) - set(listed))} lost")

    def target(self, kill):
        """Every fifth kill falls at any moment; the others inside a call of each phase in turn. What was
        met too seldom, because a start makes as many calls, is sought once more, further on."""
        more = 0
        if kill < KILLS:
            if kill % 5 == 4:
                return None
            phase = PHASES[kill % 5]
        else:
            phase = min(PHASES, key=lambda name: self.counts[name])
            more = {"segment": 8}.get(phase, 0)
        when = self.random.choice(("before", "half", "after"))
        most = {"append": 400, "segment": 8, "checkpoint": 90, "recovery": 12}[phase]
        least = {"append": 150, "segment": 2, "checkpoint": 30, "recovery": 1}[phase]
        return f"{phase}:{when}:{more + self.random.randint(least, most)}"

    def is_done(self, kill):
        """All kills were made and each phase was met, or it was sought long enough."""
        met = all(self.counts[phase] >= LEAST for phase in PHASES)
        return self.problems or (kill >= KILLS and (met or kill >= 2 * KILLS))

    def one_kill(self, kill):
        target = self.target(kill)
        try:
            self.start(target)
        except RuntimeError:
            if not self.report.exists():
                self.problems.append("did not start again: " + "".join(self.daemon.log_lines[-5:]))
                return
            self.counts["recovery"] += 1
            return
        try:
            self.resolve()
            self.check_sum()
            if kill % 10 == 9:
                self.check_list()
        except (OSError, http.client.HTTPException):
            self.died_early()
            return
        if target and target.startswith("recovery"):
            self.counts["recovery not met"] += 1
            target = None
        acknowledged = self.load(ACKNOWLEDGED_MIN + self.random.randint(0, 300), target)
        self.counts["acknowledged"] += acknowledged
        if acknowledged < ACKNOWLEDGED_MIN:
            self.counts["kills before 50 acknowledgements"] += 1
        place = self.report.read_text() if self.report.exists() else "any moment"
        self.counts[place] += 1

    def died_early(self):
        """The chosen call came while the unknowns were being resolved."""
        wait_until(lambda: self.daemon.process.poll() is not None)
        if not self.report.exists():
            self.problems.append("died by itself: " + "".join(self.daemon.log_lines[-5:]))
            self.daemon.process.kill()
        self.daemon.process.wait()
        self.counts["while unknowns were resolved"] += 1

    def finish(self):
        self.start()
        self.resolve()
        self.check_sum()
        self.check_list()
        if self.daemon.stop() != 0:
            self.problems.append("titolid did not stop cleanly at the end")
        verified = subprocess.run([TITOLID, "verify", "--config", str(self.daemon.config)],
                                  capture_output=True, text=True)
        if verified.returncode != 0:
            self.problems.append(f"verify: {verified.stdout}{verified.stderr}")


def main():
    seed = int(os.environ.get("TEST_SEED") or random.SystemRandom().randrange(1 << 32))
    folder = os.environ.get("TEST_FOLDER", "build/test-kill9")
    print(f"seed {seed}, {KILLS} kills")
    trial = Trial(folder, random.Random(seed))
    trial.prepare()
    for kill in itertools.count():
        if trial.is_done(kill):
            break
        trial.one_kill(kill)
    if not trial.problems:
        trial.finish()
    for name, count in sorted(trial.counts.items()):
        print(f"  {name}: {count}")
    checks = [("nothing lost, doubled or half-applied", not trial.problems)]
    checks += [(f"kills in {phase}: at least {LEAST}", trial.counts[phase] >= LEAST)
               for phase in PHASES]
    served = sum(trial.counts[name] for name in ("append", "segment", "checkpoint", "any moment"))
    checks.append(("at least 50 acknowledgements for every kill under load",
                   trial.counts["acknowledged"] >= ACKNOWLEDGED_MIN * served))
    for name, good in checks:
        print(("ok     " if good else "FAILED ") + name)
    for problem in trial.problems:
        print("  " + problem)
    failed = sum(not good for _, good in checks)
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
