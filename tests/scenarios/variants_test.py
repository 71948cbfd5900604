#!/usr/bin/python3
"""Every scenario again, many times, with other tariffs, VAT, hours, dates, comuni and amounts; each
answer and the books at the end are compared with a second set of books (reference.py).

usage: variants_test.py [SCENARIO …]     VARIANTS=40 of each (`make scenarios`: 100); SEED=1

suite: seconds 1500"""
import concurrent.futures
import copy
import datetime
import json
import os
import pathlib
import random
import re
import sys
import zlib

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from daemon import Daemon  # noqa: E402
from reference import Reference, Refused, Unknown  # noqa: E402
from scenarios_test import Scenario  # noqa: E402
from world import FIXTURE, OBJECTS, Mismatch  # noqa: E402

VARIANTS = int(os.environ.get("VARIANTS", "40"))
WORKERS = 4  # a variant mostly waits for its daemon
SEED = int(os.environ.get("SEED", "1"))
COMPARED = ("result", "cause", "net_cents", "gross_cents", "short_cents")
# ISTAT codes of the ambito and what stands for them in other variants (synthetic mapping).
COMUNI = ("019067", "019062", "019054", "019035", "019025", "019001", "019020", "019080", "019112")
YEAR = re.compile(r"(/years/|FNPS-|VOUCHER-)(20\d\d)\b(?!-)")
DAY = re.compile(r"(20\d\d)(-\d\d(?:-\d\d)?)")


class Variation:
    """One draw of everything that varies; the same for the world and the steps."""

    def __init__(self, dice, title):
        self.dice = dice
        self.seed = dice.random()
        self.first = title == 0  # the first variant changes dates and comuni only
        self.rate = dice.choice((2260, 2040, 1995, 2430, 2501, 1777, 3333))
        self.vat = dice.choice((500, 400, 1000, 2200, 0, 500))
        self.years = dice.choice((0, 0, 1, 2, 4, 5, 8))
        codes = list(COMUNI)
        dice.shuffle(codes)
        self.comuni = dict(zip(COMUNI, codes))

    def text(self, text):
        """Comuni and years inside any text: comune-019067, 2026-03-05T09:00, FNPS-2026."""
        text = re.sub("|".join(COMUNI), lambda found: self.comuni[found.group()], text)
        text = YEAR.sub(lambda found: found.group(1) + str(int(found.group(2)) + self.years), text)
        return DAY.sub(self.date, text)

    def date(self, found):
        year = int(found.group(1))
        year += self.years if year < 2090 else 0  # such days mean "for ever"
        rest = found.group(2)
        if rest == "-02-29" and (year % 4 or not year % 100):
            rest = "-02-28"
        return f"{year}{rest}"

    def minutes(self, minutes, dice=None):
        dice = dice or self.dice
        if self.first or dice.random() < 0.7:
            return minutes
        return max(1, minutes + dice.choice((-15, -7, 5, 15, 30, 1)))

    def allotment(self, units):
        return units if self.first or self.dice.random() < 0.6 else \
            max(60, units + self.dice.choice((-120, -60, 60, 45, 240)))

    def amount(self, cents):
        return cents if self.first or self.dice.random() < 0.7 else \
            cents * self.dice.choice((60, 90, 110, 150)) // 100

    def value(self, value, key=""):
        if isinstance(value, dict) and "account" in value:  # a row that ties to a stated total
            return {**{name: self.text(item) if isinstance(item, str) else item
                       for name, item in value.items()},
                    **({"year": value["year"] + self.years} if "year" in value else {})}
        if isinstance(value, dict) and "start" in value and "minutes" in value:
            own = {"start": self.text(value["start"]),  # a booking and its visit stay alike
                   "minutes": self.minutes(value["minutes"], random.Random(
                       f"{value['start']} {self.seed}"))}
            rest = {name: item for name, item in value.items() if name not in own}
            return {**self.value(rest), **own}
        if isinstance(value, dict):
            return {self.text(name): self.value(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, key) for item in value]
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bool) or not isinstance(value, int):
            return value
        if key in ("year", "from_year"):
            return value + self.years
        if key == "minutes":
            return self.minutes(value)
        if key == "units_per_month":
            return self.allotment(value)
        if key in ("amount_cents", "cap_cents"):
            return self.amount(value)
        return value

    def world(self, fixture):
        fixture = self.value(fixture)
        for step in fixture["steps"]:
            body = step.get("body", {})
            if step.get("post") == "/v1/tariffs":
                body["net_cents"] = self.rate
            if step.get("post") == "/v1/services":
                body["vat_social_coop_bp"] = self.vat
        return fixture

    def funds(self, entries):
        """Other shares of two funds."""
        if len(entries) == 2 and "share_bp" in entries[0] and not self.first:
            entries[0]["share_bp"] = self.dice.choice((6000, 5000, 3333, 9999, 1250, 7501))
            entries[1]["share_bp"] = 10000 - entries[0]["share_bp"]

    def script(self, script):
        script = self.value(script)
        for step in script["steps"]:
            if "title" in step:
                step["title"]["minutes"] = self.allotment(step["title"]["minutes"])
                self.funds(step["title"].get("funds", []))
        return script


class Shadowed(Scenario):
    """A scenario whose every request goes to the daemon and to the reference."""

    def __init__(self, daemon, script, name, fixture):
        super().__init__(daemon, script, name)
        self.fixture = fixture
        self.reference = Reference(script["clock"])
        self.theirs = dict(self.names)  # names of the reference's objects

    def build(self):
        for step in self.fixture["before_principals"]:
            self.post(step)
        for principal in self.fixture["principals"]:
            self.principal(principal)
        for step in self.fixture["steps"]:
            if "principal" in step:
                self.principal(step["principal"])
            else:
                self.post(step)

    def as_theirs(self, value):
        mine, self.names = self.names, self.theirs
        try:
            return self.named(value)
        finally:
            self.names = mine

    def expected(self, step):
        path, body = self.as_theirs(step["post"]), self.as_theirs(step.get("body", {}))
        if step.get("replayed") or step.get("refused") == "idempotency_key_reused":
            return None
        if path.endswith(":match-invoice"):
            statement = self.reference.statements[path.split("/")[3].split(":")[0]]
            if step.get("refused") is None or "issuer" in body:  # refused for its issuer or CIG
                body["net_cents"], body["vat_cents"] = statement.net, statement.vat
                step["body"]["net_cents"], step["body"]["vat_cents"] = statement.net, statement.vat
            else:
                body["vat_cents"] = step["body"]["vat_cents"] = statement.vat + 1
                body["net_cents"] = step["body"]["net_cents"] = statement.net
        if "/years/" in path:
            self.at_the_end(step, path, body)
        if path == "/v1/clock:advance":
            self.reference.advance(body["to"])
            return None, {}
        return self.reference.step(step["as"], path, body)

    def at_the_end(self, step, path, body):
        """What closes a year and applies its surplus goes by the figures of the draw."""
        fund, year = path.split("/")[3], path.split("/")[5].split(":")[0]
        if path.endswith(":close"):
            body["residuals_cents"] = self.reference.residuals(f"{fund}-{year}") - (
                step.get("refused") == "residuals_differ")
            body["carried_cents"] = self.reference.leftover(f"{fund}-{year}") + (
                step.get("refused") == "amount_exceeded")
        if path.endswith(":apply-surplus"):
            body["amount_cents"] = self.reference.of_year(f"{fund}-{body['from_year']}", "F185")
        step["body"].update({key: body[key] for key in body if key.endswith("_cents")})

    def items(self, what):
        """The residuals of a year; other lists hold no amounts of these books."""
        if "/residuals" not in what["get"]:
            return
        year = what["get"].split("=")[1]
        numbers = {number: name for name, number in self.names.items()}
        mine = {"|".join(numbers.get(part, part) for part in item["account"].split("|")):
                item["balance_cents"] for item in self.clients[what["as"]].all(
                    what["get"], self.sequence)}
        numbers = {number: name for name, number in self.theirs.items()}
        theirs = {"|".join(numbers.get(part, part) for part in account.split("|")): amount
                  for account, amount in self.reference.balances().items()
                  if account[:4] in ("F150", "F155", "F160", "F165", "F168")
                  and account.split("|")[1] == year}
        if mine != theirs:
            raise Mismatch(f"residuals {mine}, the reference has {theirs}")

    def post(self, step):
        step = copy.deepcopy(step)
        opinion = self.expected(step)
        path, body = self.named(step["post"]), self.named(step.get("body", {}))
        answer = self.clients[step["as"]].post(path, body, step.get("key"))
        got = answer.json()
        self.sequence = max(self.sequence, int(answer.headers.get("Ledger-Seq") or 0))
        if opinion is None:
            return got
        code, figures = opinion
        where = f"POST {path} {json.dumps(body)}: {answer.status} {json.dumps(got)}"
        if (got.get("code") if answer.status >= 300 else None) != code:
            raise Mismatch(f"the reference says {code} {figures}: {where}")
        for name in COMPARED:
            if name in figures and (got.get(name) or 0) != (figures[name] or 0):
                raise Mismatch(f"the reference says {name} {figures[name]}: {where}")
        if "save" in step and code is None:
            self.names[step["save"]] = next(got[key] for key in OBJECTS if key in got)
            self.theirs[step["save"]] = next(
                (figures[key] for key in OBJECTS if key in figures), None)
        elif "save" in step:
            raise Skipped
        return got if code is None else {}

    def title(self, what):
        """The beneficiary is named by each side in its own way."""
        name = what.get("person", what["name"].replace("V-", "B-"))
        self.post({"as": "social-worker", "post": "/v1/beneficiaries", "save": name,
                   "body": {"comune": what["comune"]}})
        if "isee_cents" in what:
            self.post({"as": "social-worker", "post": "/v1/isee", "body": {
                "beneficiary": f"${name}", "type": "ORDINARIO",
                "amount_cents": what["isee_cents"],
                "valid_from": what.get("isee_from", what["first"] + "-01")}})
        funds = what.get("funds", [])
        body = {"beneficiary": f"${name}",
                **({"funds": funds} if len(funds) > 1 else
                   {"fund": funds[0]["fund"] if funds else what.get("fund", "FNPS")}),
                **{key: what[key] for key in ("rank", "measure") if key in what},
                "lines": [{"service": "SAD_OSS", "units_per_month": what["minutes"]}],
                "first_month": what["first"], "last_month": what["last"]}
        self.post({"as": "social-worker", "post": "/v1/vouchers", "save": what["name"],
                   "body": body})
        if not what.get("propose_only"):
            self.post({"as": "udp-officer", "post": f"/v1/vouchers/${what['name']}:issue"})

    def batch(self, what):
        """Line by line against the reference; where all must pass, the first that does not."""
        path, _, mode = what["post"].partition("?mode=")
        titles = [self.theirs[line["voucher"][1:]] for line in what["lines"]]
        opinions = self.reference.issue_many(titles, mode)
        lines = [{"id": str(n + 1), **self.named(line)} for n, line in enumerate(what["lines"])]
        answer = self.clients[what["as"]].request(
            "POST", what["post"], "".join(json.dumps(line) + "\n" for line in lines),
            {"Idempotency-Key": f"batch-{len(self.names)}"}, "application/x-ndjson")
        self.sequence = max(self.sequence, int(answer.headers.get("Ledger-Seq") or 0))
        got = [json.loads(line) for line in answer.body.splitlines()]
        if len(got) != len(opinions):
            raise Mismatch(f"{got}, the reference has {opinions}")
        for mine, (code, figures) in zip(got, opinions):
            if mine.get("code") != code or any(
                    mine.get(name) != figures[name] for name in (*COMPARED, "line")
                    if name in figures):
                raise Mismatch(f"{mine}, the reference says {code} {figures}")

    def statement(self, what):
        state = what.get("state")
        found = self.reference.find_statement(what["provider"], what["month"], state,
                                              what.get("payer", ()))
        mine = self.clients["udp-officer"].all(
            f"/v1/statements?provider={what['provider']}&month={what['month']}" +
            (f"&state={state}" if state else ""), self.sequence)
        if "payer" in what:
            mine = [one for one in mine if one.get("payer") == what["payer"]]
        if len(mine) != len(found):
            raise Mismatch(f"{mine} statements, the reference has {found}")
        if not found:
            raise Skipped  # nothing was accepted
        super().statement(what)
        self.theirs[what["name"]] = found[0]

    def payments(self, what):
        found = [name for name, payment in self.reference.payments.items()
                 if payment.state == what["state"] and payment.cell.month == what["month"]]
        if len(found) != what["count"]:
            raise Skipped  # the grant waits, or was refused
        super().payments(what)
        if found and "name" in what:
            self.theirs[what["name"]] = found[0]
            self.theirs[what.get("voucher", "V-1600")] = \
                self.reference.payments[found[0]].cell.title.number

    def charge(self, what):
        statement = self.theirs[what["statement"]]
        found = [name for name, charge in self.reference.charges.items()
                 if (charge.statement, charge.comune) == (statement, what["comune"])]
        if not found:
            self.items_none(f"/v1/payer-charges?statement={self.names[what['statement']]}")
            raise Skipped  # the comune's fund bears nothing of it
        super().charge({**what, "due_cents": self.reference.charges[found[0]].due})
        self.theirs[what["name"]] = found[0]

    def items_none(self, path):
        found = self.clients["finance"].all(path, self.sequence)
        if found:
            raise Mismatch(f"GET {path}: {found}, the reference has none")

    def redemption(self, what):
        title = self.reference.titles[self.theirs[what["voucher"]]]
        found = [name for name, record in self.reference.records.items()
                 if record.cell.title is title and record.state == what["state"]]
        if not found:
            raise Skipped  # all of it was proven
        super().redemption(what)
        self.theirs[what["name"]] = found[0]

    def compare(self, what):
        reader = self.clients["auditor"]
        numbers = {number: name for name, number in self.names.items()}
        got = {}
        for item in reader.all("/v1/reports/balances", self.sequence):
            account = "|".join(numbers.get(part, part) for part in item["account"].split("|"))
            got[account] = item["balance_cents"]
        numbers = {number: name for name, number in self.theirs.items()}
        want = {"|".join(numbers.get(part, part) for part in account.split("|")): amount
                for account, amount in self.reference.balances().items()}
        problems = [f"{account}: {got.get(account, 0)}, the reference has {want.get(account, 0)}"
                    for account in sorted(set(got) | set(want))
                    if got.get(account, 0) != want.get(account, 0)]
        mine = {(item["voucher"], item["month"]): tuple(
            item[f"{name}_units"] for name in ("granted", "free", "booked", "used", "expired"))
            for item in reader.all("/v1/reports/units", self.sequence)}
        mine = {(next(n for n, v in self.names.items() if v == voucher), month): units
                for (voucher, month), units in mine.items()}
        theirs = {(numbers[voucher], month): units
                  for (voucher, month), units in self.reference.units().items()}
        problems += [f"units {key}: {mine.get(key)}, the reference has {theirs.get(key)}"
                     for key in sorted(set(mine) | set(theirs)) if mine.get(key) != theirs.get(key)]
        people = {person: name for name, person in self.theirs.items()}
        theirs = {(self.names[people[person]], month): amount
                  for (person, month), amount in self.reference.bills.items()}
        mine = {(item["beneficiary"], item["month"]): item["charged_cents"]
                for item in reader.all("/v1/reports/receivables", self.sequence)}
        problems += [f"book R {key}: {mine.get(key, 0)}, the reference has {theirs.get(key, 0)}"
                     for key in sorted(set(mine) | set(theirs))
                     if mine.get(key, 0) != theirs.get(key, 0)]
        if problems:
            raise Mismatch("\n    ".join(problems))


class Skipped(Exception):
    """What later steps need was refused on both sides: the draw leads nowhere."""


def run_variant(path, folder, number):
    dice = random.Random(zlib.crc32(f"{SEED} {path.stem} {number}".encode()))
    variation = Variation(dice, number)
    script = variation.script(json.loads(path.read_text()))
    fixture = variation.world(json.loads(FIXTURE.read_text()))
    daemon = Daemon(folder, clock="manual=" + script["clock"],
                    settings={"vouchers_max": 200, "redemptions_max": 2000}).make().start()
    try:
        scenario = Shadowed(daemon, script, path.stem, fixture)
        scenario.run()
    finally:
        code = daemon.stop()
    if code != 0:
        raise Mismatch(f"titolid ended with {code}")


def judge(path, folder, number):
    """One variant: "agrees", "skipped", or what went wrong."""
    try:
        run_variant(path, folder / f"{path.stem}-{number % (2 * WORKERS)}-{os.getpid()}", number)
        return "agrees"
    except Skipped:
        return "skipped"
    except Unknown as step:
        return f"the reference does not know {step}"
    except (Mismatch, RuntimeError, Refused, AssertionError, LookupError) as problem:
        return f"variant {number}: {type(problem).__name__} {problem}"


def run_scenario(path, folder, pool):
    """How many variants agreed, were skipped, and what went wrong."""
    agreed = skipped = number = 0
    problems = []
    while agreed < VARIANTS and not problems and number < 3 * VARIANTS:
        numbers = range(number, number + min(VARIANTS - agreed + 1, VARIANTS))
        number = numbers[-1] + 1
        for verdict in pool.map(judge, [path] * len(numbers), [folder] * len(numbers), numbers):
            agreed += verdict == "agrees"
            skipped += verdict == "skipped"
            if verdict not in ("agrees", "skipped"):
                problems.append(verdict)
    return agreed, skipped, problems[:3]


def main():
    folder = pathlib.Path(os.environ.get("TEST_FOLDER", "build/test-variants"))
    wanted = sys.argv[1:]
    passed = failed = 0
    pool = concurrent.futures.ProcessPoolExecutor(WORKERS)
    for path in sorted(HERE.glob("S*.json")):
        if wanted and path.stem not in wanted:
            continue
        begun = datetime.datetime.now()
        agreed, skipped, problems = run_scenario(path, folder, pool)
        seconds = (datetime.datetime.now() - begun).total_seconds()
        good = not problems and agreed >= VARIANTS
        print(f"{path.stem} {'ok' if good else 'FAILED'}: {agreed} variants agree, "
              f"{skipped} led nowhere, {seconds:.1f} s", flush=True)
        for problem in problems:
            print("    " + problem, flush=True)
        passed += good
        failed += not good
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
