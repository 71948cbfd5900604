#!/usr/bin/python3
"""Scenario S02 again and again: two comuni exhaust one fund at the same instant, on two connections.

Each round has a fund of its own with 2.000,00 and two titles of 1.708,56. Exactly one is issued, the
other is waitlisted for the fund, short of 1.417,12, and its ceiling keeps no hold. Rounds: RACES
(300). At the end every balance is compared with what the answers said.

suite: seconds 900"""
import collections
import os
import pathlib
import random
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from daemon import Daemon  # noqa: E402
from world import World  # noqa: E402

RACES = int(os.environ.get("RACES", "300"))
COMUNI = ("019035", "019067")
COMMITTED = 170856
SHORT = 141712


class Race:
    def __init__(self, world, number):
        self.clients, self.fund = world.clients, f"F{number}"
        self.answers = {}

    def prepare(self):
        who, path = self.clients, f"/v1/funds/{self.fund}/years/2026"
        who["udp-manager"].must("/v1/funds", {"ambito": "CREMA", "code": self.fund,
                                              "name": "Fondo (synthetic)"})
        who["udp-manager"].must(path + ":propose", {"stated_cents": 200000, "act": "S"})
        who["assembly"].must(path + ":approve", {"ascertained_cents": 200000, "act": "S"})
        who["finance"].must(path + ":open")
        who["finance"].must("/v1/commitments", {"fund": self.fund, "year": 2026, "number": "1",
                                                "chapter": "1", "amount_cents": 200000,
                                                "act": "S"})
        return [self.title(comune) for comune in COMUNI]

    def title(self, comune):
        self.clients["udp-manager"].must("/v1/ceilings", {
            "ambito": "CREMA", "fund": self.fund, "year": 2026, "comune": comune,
            "amount_cents": 300000, "act": "S"})
        worker = self.clients["social-worker"]
        person = worker.must("/v1/beneficiaries", {"comune": comune})["beneficiary"]
        return worker.must("/v1/vouchers", {
            "beneficiary": person, "fund": self.fund, "first_month": "2026-01",
            "last_month": "2026-06",
            "lines": [{"service": "SAD_OSS", "units_per_month": 720}]})["voucher"]

    def issue(self, client, comune, voucher, delay):
        time.sleep(delay)
        self.answers[comune] = client.must(f"/v1/vouchers/{voucher}:issue")

    def run(self, connections, generator):
        vouchers = self.prepare()
        threads = [threading.Thread(target=self.issue, args=(
            connections[i], COMUNI[i], vouchers[i], generator.choice((0, 0, 0.0002, 0.001))))
            for i in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        results = sorted(answer["result"] for answer in self.answers.values())
        if len(self.answers) != 2 or results[1] != "waitlisted" or results[0] == "waitlisted":
            return f"{self.fund}: {self.answers}"
        loser = next(item for item in self.answers.values() if item["result"] == "waitlisted")
        if loser.get("cause") != "fund_exhausted" or loser.get("short_cents") != SHORT:
            return f"{self.fund}: {loser}"
        return None

    def winner(self):
        return next(comune for comune, answer in self.answers.items()
                    if answer["result"] != "waitlisted")


def balances_wrong(items, races):
    got = {item["account"]: item["balance_cents"] for item in items}
    problems = []
    for race in races:
        year = race.fund + "-2026"
        want = {f"F110_AVAILABLE|{year}": 200000 - COMMITTED}
        for comune in COMUNI:
            used = COMMITTED if comune == race.winner() else 0
            want[f"C120_CEILING_FREE|{comune}|{year}"] = 300000 - used
            want[f"C140_CEILING_USED|{comune}|{year}"] = used
        committed = sum(cents for account, cents in got.items()
                        if account.startswith(f"F140_COMMITTED|{year}|"))
        if committed != COMMITTED or any(got.get(account, 0) != cents
                                         for account, cents in want.items()):
            problems.append(f"{race.fund}: balances do not follow the answers")
    return problems


def main():
    seed = int(os.environ.get("TEST_SEED") or random.SystemRandom().randrange(1 << 32))
    generator = random.Random(seed)
    print(f"seed {seed}, {RACES} rounds")
    folder = os.environ.get("TEST_FOLDER", "build/test-race")
    daemon = Daemon(folder).make().start()
    world = World(daemon, "2026-01-01").build()
    officer = world.clients["udp-officer"].token
    connections = [daemon.client(officer) for _ in range(2)]
    races = [Race(world, number) for number in range(1, RACES + 1)]
    problems = [problem for race in races if (problem := race.run(connections, generator))]
    if not problems:
        last = world.clients["social-worker"].post("/v1/beneficiaries", {"comune": "019035"})
        sequence = int(last.headers["Ledger-Seq"])
        problems += balances_wrong(
            world.clients["auditor"].all("/v1/reports/balances", sequence), races)
        print("  won by", dict(collections.Counter(race.winner() for race in races)))
    if daemon.stop() != 0:
        problems.append("titolid did not stop cleanly")
    for problem in problems[:10]:
        print("  " + problem)
    print(f"{RACES - min(len(problems), RACES)} passed, {len(problems)} failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
