#!/usr/bin/python3
"""The worked cases of the domain, to the cent, through the public API of a real daemon.

A scenario NAME.json is a list of steps; the expected balances of books F, C and U stand in
tests/golden/scenarios. Every account that is not listed there must be zero. Where the domain's data
lie beside the project, the project's copy is compared with them first.

suite: seconds 900"""
import csv
import datetime
import json
import os
import pathlib
import re
import sys
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from daemon import Daemon  # noqa: E402
from world import Mismatch, World  # noqa: E402

GOLDEN = HERE.parent / "golden" / "scenarios"
SHARED = HERE.parent.parent.parent / "shared" / "domain" / "data"


def rows(name):
    with open(GOLDEN / name) as file:
        return list(csv.DictReader(file))


def names_of(text):
    """The titles of a golden row: one, or "R1..R8 each"."""
    found = re.fullmatch(r"([A-Z-]*)(\d+)\.\.[A-Z-]*(\d+) each", text)
    if not found:
        return [text]
    return [f"{found[1]}{n}" for n in range(int(found[2]), int(found[3]) + 1)]


class Scenario(World):
    """Runs the steps of one file."""

    def __init__(self, daemon, script, name):
        super().__init__(daemon, script["accredited_from"])
        self.script = script
        self.scenario = name

    def run(self):
        self.build()
        for step in self.script["steps"]:
            for verb in ("copay", "bill", "fund_year", "clock", "title", "visits", "statement",
                         "redemption", "charge", "compare", "items", "batch", "principal",
                         "payments"):
                if verb in step:
                    getattr(self, verb)(step[verb])
                    break
            else:
                self.post(step)
        self.compare({"golden": self.script.get("golden", self.scenario)})

    def copay(self, what):
        """A regulation, its adoption by the ambito, and the person's first ISEE: VERDELLO unless
        the step gives other rules. Needs the titles of `voucher` to exist where ISEE are given."""
        name = "SCHEME-" + what.get("code", "VERDELLO")
        self.post({"as": "udp-manager", "post": "/v1/copay-schemes", "save": name, "body": {
            "ambito": "CREMA", "code": what.get("code", "VERDELLO"), "act": "SYNTHETIC 10",
            "rules": what.get("rules", [{"kind": "LINEAR", "isee_from_cents": 300000,
                                         "isee_to_cents": 3000000, "tariff_min_cents": 0,
                                         "tariff_max_cents": 1868}])}})
        self.post({"as": "udp-manager", "post": "/v1/copay-adoptions", "body": {
            "ambito": "CREMA", "scheme": "$" + name,
            "valid_from": what["from"], "act": "SYNTHETIC 10"}})

    def bill(self, what):
        """Bills each month of a title."""
        for month in what["months"]:
            self.post({"as": "finance", "post": "/v1/receivables", "body": {
                "voucher": f"${what['voucher']}", "month": month},
                "expect": what.get("expect", {})})

    def fund_year(self, what):
        fund = what.get("fund", "FNPS")
        path = f"/v1/funds/{fund}/years/{what['year']}"
        amount = what["amount_cents"]
        act = {"act": "SYNTHETIC 1"}
        self.post({"as": "udp-manager", "post": path + ":propose",
                   "body": {"stated_cents": amount, **act}})
        self.post({"as": "assembly", "post": path + ":approve",
                   "body": {"ascertained_cents": amount, **act}})
        if what.get("open", True):
            self.post({"as": "finance", "post": path + ":open", "body": act})
        self.post({"as": "finance", "post": "/v1/commitments",
                   "body": {"fund": fund, "year": what["year"], "number": f"{what['year']}/1",
                            "chapter": "3550", "amount_cents": amount, **act}})

    def title(self, what):
        person = self.post({"as": "social-worker", "post": "/v1/beneficiaries",
                            "body": {"comune": what["comune"]}})
        person_name = what.get("person", what["name"].replace("V-", "B-"))
        self.names[person_name] = person["beneficiary"]
        if "isee_cents" in what:
            self.post({"as": "social-worker", "post": "/v1/isee", "body": {
                "beneficiary": person["beneficiary"], "type": "ORDINARIO",
                "amount_cents": what["isee_cents"],
                "valid_from": what.get("isee_from", what["first"] + "-01")}})
        rank = {"rank": what["rank"]} if "rank" in what else {}
        self.post({"as": "social-worker", "post": "/v1/vouchers", "save": what["name"], "body": {
            "beneficiary": person["beneficiary"], **rank,
            **({"funds": what["funds"]} if "funds" in what else {"fund": what.get("fund", "FNPS")}),
            "lines": [{"service": "SAD_OSS", "units_per_month": what["minutes"]}],
            **({"measure": what["measure"]} if "measure" in what else {}),
            "first_month": what["first"], "last_month": what["last"]}})
        if what.get("propose_only"):
            return
        expect = {}
        if "waitlisted" in what:
            expect = {"result": "waitlisted", **what["waitlisted"]}
        self.post({"as": "udp-officer", "post": f"/v1/vouchers/${what['name']}:issue",
                   "expect": expect})

    def items(self, what):
        """The items of a list or report, or of a member of one object, each with the members that
        are told."""
        client, path = self.clients[what["as"]], self.named(what["get"])
        found = (client.get(path, self.sequence).json()[what["member"]] if "member" in what
                 else client.all(path, self.sequence))
        want = self.named(what["expect"])
        got = [{name: item.get(name) for name in want[0]} for item in found]
        numbers = {number: name for name, number in self.names.items()}
        for item in got:
            if isinstance(item.get("account"), str):
                item["account"] = "|".join(numbers.get(part, part)
                                           for part in item["account"].split("|"))
        if got != want:
            raise Mismatch(f"GET {what['get']}: {got}, expected {want}")

    def batch(self, what):
        """Many lines in one request; what each line comes to, or how the whole is refused."""
        lines = [{"id": str(number + 1), **self.named(line)}
                 for number, line in enumerate(what["lines"])]
        body = "".join(json.dumps(line) + "\n" for line in lines)
        answer = self.clients[what["as"]].request(
            "POST", what["post"], body, {"Idempotency-Key": str(uuid.uuid4())},
            "application/x-ndjson")
        got = [json.loads(line) for line in answer.body.splitlines()]
        where = f"POST {what['post']}: {answer.status} {answer.body.decode()}"
        if what.get("refused") != (got[0].get("code") if answer.status >= 300 else None):
            raise Mismatch(where)
        expected = self.named(what["expect"])
        if len(expected) != len(got):
            raise Mismatch(f"{len(expected)} lines expected: {where}")
        for line, want in zip(got, expected):
            if any(line.get(name) != value for name, value in want.items()):
                raise Mismatch(f"expected {want}, got {line}")
        self.sequence = max(self.sequence, int(answer.headers.get("Ledger-Seq") or 0))

    def visits(self, what):
        """Successive days at 09:00 and 15:00, as the scenarios say where they give no date."""
        day = datetime.date.fromisoformat(what["first_day"])
        for number, minutes in enumerate(what["minutes"]):
            start = f"{day + datetime.timedelta(number // 2)}T{'15' if number % 2 else '09'}:00"
            expect = {"gross_cents": what["gross_cents"]} if "gross_cents" in what else {}
            self.post({"as": what["provider"], "post": "/v1/redemptions", "expect": expect, "body": {
                "voucher": f"${what['voucher']}", "start": start, "minutes": minutes,
                "operator": "OP-11"}})

    def statement(self, what):
        state = f"&state={what['state']}" if "state" in what else ""
        found = self.clients["udp-officer"].all(
            f"/v1/statements?provider={what['provider']}&month={what['month']}{state}",
            self.sequence)
        if "payer" in what:  # null: the lead body
            found = [one for one in found if one.get("payer") == what["payer"]]
        if len(found) != 1:
            raise Mismatch(f"one statement of {what} expected: {found}")
        self.names[what["name"]] = found[0]["id"]

    def charge(self, what):
        """What a comune owes the lead body for a statement: P1's share."""
        found = self.clients["finance"].all(
            f"/v1/payer-charges?statement={self.names[what['statement']]}"
            f"&comune={what['comune']}", self.sequence)
        if [one["due_cents"] for one in found] != [what["due_cents"]]:
            raise Mismatch(f"one charge of {what} expected: {found}")
        self.names[what["name"]] = found[0]["id"]

    def redemption(self, what):
        """The one record of a title in a state: what an answer did not name."""
        found = self.clients["udp-officer"].all(
            f"/v1/redemptions?voucher={self.names[what['voucher']]}&state={what['state']}",
            self.sequence)
        if len(found) != 1:
            raise Mismatch(f"one redemption of {what} expected: {found}")
        self.names[what["name"]] = found[0]["id"]

    def payments(self, what):
        """The monthly payment list of a measure: codes, amounts, states. Names its first payment,
        and the title that it pays."""
        found = self.clients["udp-manager"].all(
            f"/v1/cash-grant-payments?measure={what['measure']}&month={what['month']}"
            f"&state={what['state']}", self.sequence)
        if len(found) != what["count"]:
            raise Mismatch(f"{what['count']} payments of {what} expected: {found}")
        if found and "name" in what:
            self.names[what["name"]] = found[0]["id"]
            self.names[what.get("voucher", "V-1600")] = found[0]["voucher"]

    def compare(self, what):
        only = what.get("only", "")
        reader = self.clients["auditor"]
        numbers = {number: name for name, number in self.names.items()}
        got = {}
        for item in reader.all("/v1/reports/balances", self.sequence):
            account = "|".join(numbers.get(part, part) for part in item["account"].split("|"))
            got[account] = item["balance_cents"]
        want = {row["account"]: int(row["balance_cents"]) for row in rows("balances.csv")
                if row["scenario"] == what["golden"]}
        if not want:
            raise Mismatch(f"no golden balances for {what['golden']}")
        problems = [f"{account}: {got.get(account, 0)}, expected {want.get(account, 0)}"
                    for account in sorted(set(got) | set(want)) if only in account
                    and got.get(account, 0) != want.get(account, 0)]
        problems += self.compare_units(what["golden"], only, reader, numbers)
        problems += self.compare_receivables(what["golden"], reader, numbers)
        if problems:
            raise Mismatch(f"{what}:\n    " + "\n    ".join(problems))

    def compare_units(self, golden, only, reader, numbers):
        got = {}
        for item in reader.all("/v1/reports/units", self.sequence):
            got[numbers.get(item["voucher"], item["voucher"]), item["month"]] = (
                item["granted_units"], item["free_units"], item["booked_units"],
                item["used_units"], item["expired_units"])
        problems = []
        for row in rows("units.csv"):
            if row["scenario"] != golden or only not in row["voucher"]:
                continue
            want = tuple(int(row[name]) for name in ("U100_granted", "U110_free", "U120_booked",
                                                     "U130_used", "U150_expired"))
            found_units = [found for voucher in names_of(row["voucher"])
                           for found in self.units_of(got, {**row, "voucher": voucher})]
            for found in found_units:
                if found != want:
                    problems.append(f"units {row['voucher']} {row['period']}: {found}, "
                                    f"expected {want}")
        return problems

    @staticmethod
    def compare_receivables(golden, reader, numbers):
        """Book R: a person's month that is not listed has no bill."""
        got = {}
        for item in reader.all("/v1/reports/receivables", 0):
            person = numbers.get(item["beneficiary"], item["beneficiary"])
            got[person, item["month"]] = (item["charged_cents"], item["due_cents"])
        want = {(row["beneficiary"], row["month"]): (int(row["R200_charged_cents"]),
                                                     int(row["R210_due_cents"]))
                for row in rows("receivables.csv") if row["scenario"] == golden}
        for (person, month), amounts in list(want.items()):
            if month == "one month":  # whichever it is
                want = {(person, found): amounts for who, found in got if who == person} or want
        return [f"book R {key}: {got.get(key)}, expected {want.get(key)}"
                for key in sorted(set(got) | set(want)) if got.get(key) != want.get(key)]

    @staticmethod
    def units_of(got, row):
        """The measured rows that one golden row speaks of: a month, each of several, or their sum."""
        mine = {month: units for (voucher, month), units in got.items()
                if voucher == row["voucher"]}
        period = row["period"]
        if period in ("all", "one month") or period.startswith("total "):
            return [tuple(map(sum, zip(*mine.values())))]
        if ".." in period:
            first, last = period.split(" ")[0].split("..")
            last = first[:5] + last
            months = [units for month, units in mine.items() if first <= month <= last]
            return months if period.endswith("each") else [tuple(map(sum, zip(*months)))]
        return [mine.get(period)]


def run_one(path, folder):
    script = json.loads(path.read_text())
    daemon = Daemon(folder, clock="manual=" + script["clock"]).make().start()
    try:
        Scenario(daemon, script, path.stem).run()
    finally:
        code = daemon.stop()
    if code != 0:
        raise Mismatch(f"titolid ended with {code}")


def check_copy():
    """The project's golden rows against the domain's own data."""
    if not SHARED.is_dir():
        print(f"SKIP: no domain data at {SHARED}")
        return True
    same = True
    for mine, theirs in (("balances.csv", "scenario_balances.csv"),
                         ("units.csv", "scenario_units.csv"),
                         ("receivables.csv", "scenario_receivables.csv")):
        with open(SHARED / theirs) as file:
            published = [row for row in csv.DictReader(file)]
        names = {row["scenario"] for row in published}
        copied = [row for row in rows(mine) if row["scenario"] in names]
        scenarios = {row["scenario"] for row in copied}
        same &= copied == [row for row in published if row["scenario"] in scenarios]
    return same


def main():
    folder = pathlib.Path(os.environ.get("TEST_FOLDER", "build/test-scenarios"))
    passed = failed = 0
    wanted = sys.argv[1:]
    copy_agrees = check_copy()
    print("golden copy " + ("agrees" if copy_agrees else "DIFFERS"))
    passed, failed = int(copy_agrees), int(not copy_agrees)
    for path in sorted(HERE.glob("S*.json")):
        if wanted and path.stem not in wanted:
            continue
        try:
            run_one(path, folder / path.stem)
            print(f"{path.stem} ok: {json.loads(path.read_text())['title']}")
            passed += 1
        except (Mismatch, RuntimeError) as problem:
            print(f"{path.stem} FAILED: {problem}")
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
