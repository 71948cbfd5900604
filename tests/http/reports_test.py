#!/usr/bin/python3
"""Reports for providers, funders and the public: ageing by days past the last day to pay, persons and
cost by measure with small numbers left out, grants above the threshold without identities; the same
through `titoli report`."""
import os
import subprocess
import sys

from daemon import ROOT, Daemon
from life_test import masters, report

TITOLI = os.environ.get("TITOLI") or str(ROOT / "build/release/titoli")


def read(client, path, sequence=None):
    headers = {"Min-Ledger-Seq": str(sequence)} if sequence else {}
    answer = client.ask("GET", path, headers=headers)
    report.equal(path, answer.status, 200)
    return answer.json["items"] if answer.status == 200 else []


def title(daemon, people, day):
    """A person with a title and one visit in January; returns number and sequence."""
    worker, officer, provider = (people[r] for r in ("SOCIAL_WORKER", "UDP_OFFICER", "PROVIDER"))
    person = worker.made("/v1/beneficiaries", {"comune": "019067"})["beneficiary"]
    number = worker.made("/v1/vouchers", {
        "beneficiary": person, "fund": "FNPS", "first_month": "2026-01", "last_month": "2026-03",
        "lines": [{"service": "SAD", "units_per_month": 600}]})["voucher"]
    code = officer.made(f"/v1/vouchers/{number}:issue")["voucher_code"]
    provider.made(f"/v1/vouchers/{number}:choose-provider",
                  {"provider": "ALFA", "voucher_code": code})
    return number


def visit(people, number, day):
    return people["PROVIDER"].made("/v1/redemptions", {
        "voucher": number, "start": f"2026-01-{day:02}T09:00:00", "minutes": 60,
        "operator": f"op{day}"})["ledger_seq"]


def settle(daemon, people, statement):
    daemon.admin.made("/v1/clock:advance", {"to": "2026-02-13T08:00:00+01:00"})
    people["UDP_OFFICER"].made(f"/v1/statements/{statement}:freeze")
    people["PROVIDER"].made(f"/v1/statements/{statement}:confirm")
    people["COMUNE_SOCIAL"].made(f"/v1/statements/{statement}:attest")
    item = people["PROVIDER"].get(f"/v1/statements/{statement}").json
    return people["FINANCE"].made(f"/v1/statements/{statement}:match-invoice", {
        "invoice_number": "1/2026", "invoice_date": "2026-02-13", "net_cents": item["net_cents"],
        "vat_cents": item["vat_cents"], "cig": "Z123456789", "split_payment": True})["ledger_seq"]


def pay(people, statement):
    people["UDP_MANAGER"].made(f"/v1/statements/{statement}:approve",
                               {"act": "DET-9", "durc_valid_to": "2026-12-31"})
    people["FINANCE"].made(f"/v1/statements/{statement}:export", {"manifest_hash": "ab" * 32})
    people["FINANCE"].made(f"/v1/statements/{statement}:order",
                           {"order_number": "77", "order_date": "2026-07-01"})
    return people["TREASURER"].made(f"/v1/statements/{statement}:pay", {
        "receipt_number": "Q1", "paid_on": "2026-07-02"})["ledger_seq"]


def funder(people, sequence, users, net):
    rows = read(people["FINANCE"], "/v1/reports/funder?month=2026-01", sequence)
    report.equal("funder: one group", len(rows), 1)
    row = rows[0]
    report.equal("funder: whose", (row["service"], row["fund_year"], row["month"]),
                 ("SAD", "FNPS-2026", "2026-01"))
    report.equal("funder: units and cost", (row["units"], row["cost_cents"]), (60 * users, net))
    report.equal("funder: few", row["few_users"], users < 5)
    report.equal("funder: users", row.get("users"), users if users >= 5 else None)
    report.equal("funder: records", row.get("redemptions"), users if users >= 5 else None)
    report.equal("funder: other months",
                 read(people["FINANCE"], "/v1/reports/funder?month=2026-02", sequence), [])


def transparency(daemon, people, sequence, number, persons):
    path = "/v1/reports/transparency?year=2026"
    rows = read(people["FINANCE"], path, sequence)
    report.equal("transparency: listed", len(rows), persons)
    if not rows:
        return
    row = rows[0]
    report.equal("transparency: code", row["code"], number)
    report.equal("transparency: amount", row["amount_cents"], 3 * 23730)
    report.equal("transparency: act", row["act"], "DET-2")
    report.check("transparency: no identity", "beneficiary" not in row, row)
    report.equal("transparency: comune", row.get("comune"), "019067" if persons >= 5 else None)
    report.equal("transparency: withheld", row["comune_withheld"], persons < 5)
    report.equal("transparency: another year",
                 read(people["FINANCE"], "/v1/reports/transparency?year=2025", sequence), [])


def ageing(people, sequence, buckets, oldest):
    rows = read(people["FINANCE"], "/v1/reports/ageing?provider=ALFA", sequence)
    report.equal("ageing: one row", len(rows), 1)
    found = {name: value for name, value in rows[0].items()
             if value and name.endswith("_cents") and name not in ("owed_cents", "vat_cents")}
    report.equal("ageing: where it stands", found, buckets)
    report.equal("ageing: oldest", rows[0]["oldest_days"], oldest)
    return rows[0]


def command_line(daemon, people):
    environment = {**os.environ, "TITOLI_URL": f"http://127.0.0.1:{daemon.port}",
                   "TITOLI_TOKEN": people["FINANCE"].token}
    for name in ("ageing", "funder", "transparency"):
        done = subprocess.run([TITOLI, "report", name], env=environment, capture_output=True,
                              text=True, timeout=60)
        report.equal(f"titoli report {name}", done.returncode, 0)
    for words in (["report", "ageing"], ["statement", "lines", "stm_1"]):
        done = subprocess.run([TITOLI, *words, "--all"], env=environment, capture_output=True,
                              text=True, timeout=60)
        report.check(f"all pages of {words[0]}", done.returncode == 0 and done.stdout, done.stderr)
    done = subprocess.run([TITOLI, "help", "report"], env=environment, capture_output=True,
                          text=True, timeout=60)
    report.check("help names the reports", "titoli report payer-quarters\n" in done.stdout,
                 done.stdout)
    done = subprocess.run([TITOLI, "help", "statement", "contest"], env=environment,
                          capture_output=True, text=True, timeout=60)
    report.check("help shows an item", "--lines stl_1:TYPING_ERROR\n" in done.stdout, done.stdout)
    done = subprocess.run([TITOLI, "report", "nothing"], env=environment, capture_output=True,
                          text=True, timeout=60)
    report.check("an unknown report", done.returncode == 2 and "ageing" in done.stderr,
                 done.stderr)


def main():
    with Daemon() as daemon:
        people = masters(daemon)
        manager = people["UDP_MANAGER"]
        first = title(daemon, people, 5)
        daemon.admin.made("/v1/clock:advance", {"to": "2026-02-01T08:00:00+01:00"})
        sequence = visit(people, first, 5)
        statement = read(people["PROVIDER"], "/v1/statements", sequence)[0]["id"]
        report.equal("an open month is not owed",
                     read(people["FINANCE"], "/v1/reports/ageing", sequence), [])
        funder(people, sequence, 1, 2373)
        transparency(daemon, people, sequence, first, 0)
        made = manager.made("/v1/parameters", {
            "ambito": "CREMA", "name": "TRANSPARENCY_THRESHOLD_CENTS", "value": "50000",
            "valid_from": "2026-02-01", "act": "DEL-7"})
        transparency(daemon, people, made["ledger_seq"], first, 1)
        for day in range(6, 10):
            sequence = visit(people, title(daemon, people, day), day)
        worker = people["SOCIAL_WORKER"]
        person = worker.made("/v1/beneficiaries", {"comune": "019067"})["beneficiary"]
        sequence = worker.made("/v1/vouchers", {
            "beneficiary": person, "fund": "FNPS", "first_month": "2026-02",
            "last_month": "2026-12",
            "lines": [{"service": "SAD", "units_per_month": 600}]})["ledger_seq"]
        funder(people, sequence, 5, 5 * 2373)
        transparency(daemon, people, sequence, first, 5)
        sequence = settle(daemon, people, statement)
        due = people["FINANCE"].get(f"/v1/statements/{statement}").json["due_on"]
        report.equal("due", due, "2026-03-15")
        for day, bucket, oldest in (
                ("2026-03-14", "not_due_cents", 0), ("2026-03-15", "days_0_30_cents", 0),
                ("2026-04-14", "days_0_30_cents", 30), ("2026-04-15", "days_31_60_cents", 31),
                ("2026-05-15", "days_61_90_cents", 61), ("2026-06-13", "days_61_90_cents", 90),
                ("2026-06-14", "days_over_90_cents", 91)):
            sequence = daemon.admin.made("/v1/clock:advance",
                                         {"to": f"{day}T12:00:00+02:00"})["ledger_seq"]
            row = ageing(people, sequence, {bucket: 11300}, oldest)
            report.equal("owed", (row["owed_cents"], row["vat_cents"], row["state"]),
                         (11300, 565, "INVOICED"))
        daemon.admin.made("/v1/clock:advance", {"to": "2026-07-02T12:00:00+02:00"})
        ageing(people, pay(people, statement), {"paid_cents": 11300}, 0)
        for role, path, status in (("PROVIDER", "ageing", 200), ("PROVIDER", "funder", 403),
                                   ("SOCIAL_WORKER", "transparency", 403),
                                   ("COMUNE_SOCIAL", "ageing", 403), ("AUDITOR", "funder", 200)):
            report.equal(f"{path} for {role}",
                         people[role].get(f"/v1/reports/{path}").status, status)
        for bad in ("ageing?year=2026", "transparency?year=x", "funder?provider=ALFA"):
            report.equal(bad, people["FINANCE"].get(f"/v1/reports/{bad}").status, 400)
        command_line(daemon, people)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
