#!/usr/bin/python3
"""Messages for App IO through the command line: what happened to a title is told to its person, as
recorded in tests/golden/io; bounds of the service; persons that lack; nothing twice by --after."""
import json
import os
import re
import sys

from daemon import ROOT, Daemon
from life_test import masters, report, title

GOLDEN = ROOT / "tests/golden/io/messages.ndjson"
TAX_CODE = "RSSMRA85T10A562S"


def run(daemon, client, *words, code=0):
    return report.titoli(daemon, client, "notice", "io", *words, code=code)


def is_right(message):
    """As the service takes it: POST /messages."""
    content = message["content"]
    report.equal("members", (set(message), set(content) - {"due_date"}),
                 ({"fiscal_code", "content"}, {"subject", "markdown"}))
    report.check("subject", 10 <= len(content["subject"]) <= 120, content)
    report.check("markdown", 80 <= len(content["markdown"]) <= 10000, content)
    report.check("fiscal code", re.fullmatch(r"[A-Z0-9]{16}", message["fiscal_code"]), message)
    if "due_date" in content:
        report.check("due date", re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
                                              content["due_date"]), content)


def main():
    with Daemon() as daemon:
        people = masters(daemon)
        voucher = title(people)
        officer = people["UDP_OFFICER"]
        daemon.admin.made("/v1/clock:advance", {"to": "2026-01-20T08:00:00+01:00"})
        made = officer.made(f"/v1/vouchers/{voucher}:suspend",
                            {"effective_from": "2026-01-19", "reason": "HOSPITAL_STAY"})
        for client in (officer,):
            client.ask("GET", "/v1/events", headers={"Min-Ledger-Seq": str(made["ledger_seq"])})
        person = officer.get(f"/v1/vouchers/{voucher}").json["beneficiary"]
        persons = daemon.base / "persons.csv"
        persons.write_text("beneficiary;tax_code;surname;name\r\n"
                           f"{person};{TAX_CODE};Rossi;Maria\r\n")
        words = ["--persons", str(persons), "--contact", "Ufficio di Piano, tel. 0373 1"]
        told = run(daemon, officer, *words).stdout
        for line in told.splitlines():
            is_right(json.loads(line)["message"])
        if os.environ.get("WRITE_GOLDEN"):
            GOLDEN.write_text(told)
        report.equal("as recorded", told, GOLDEN.read_text())
        last = json.loads(told.splitlines()[-1])["id"]
        report.equal("after the last: none", run(daemon, officer, *words, "--after", last).stdout, "")
        report.equal("one kind", run(daemon, officer, *words, "--kind", "ISEE_MISSING").stdout, "")
        run(daemon, officer, *words, "--kind", "NOTE", code=2)
        run(daemon, officer, *words, "--after", "x", code=2)
        out = daemon.base / "io.ndjson"
        run(daemon, officer, *words, "--out", str(out))
        report.equal("into a file", out.read_text(), told)
        run(daemon, officer, *words, "--out", str(out), code=2)
        persons.write_text(f"beneficiary;tax_code;surname;name\r\nben_99;{TAX_CODE};Rossi;Maria\r\n")
        done = run(daemon, officer, *words, code=1)
        report.check("a person that lacks", f"lacks {person}, of voucher {voucher}" in done.stderr,
                     done.stderr)
        persons.write_text("beneficiary;tax_code\r\nben_1;X\r\n")
        run(daemon, officer, *words, code=65)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
