#!/usr/bin/python3
"""Answers of INPS through the command line: recorded ones (tests/golden/isee) into a person's
timeline, each outcome told by its line, the same file twice, and nothing personal anywhere but in the
two files that the user gave."""
import json
import pathlib
import sys

from daemon import ROOT, Daemon
from life_test import masters, report

ANSWERS = ROOT / "tests/golden/isee/answers.ndjson"
TAX_CODE = "RSSMRA85T10A562S"


def run(daemon, client, *words, code=0):
    return report.titoli(daemon, client, "import", "isee", *words, code=code)


def timeline(client):
    sequence = str(client.get("/status").json["ledger_seq"])
    return client.get("/v1/isee", Min_Ledger_Seq=sequence).json["items"]


def main():
    with Daemon() as daemon:
        people = masters(daemon)
        worker = people["SOCIAL_WORKER"]
        daemon.admin.made("/v1/clock:advance", {"to": "2026-02-01T08:00:00+01:00"})
        person = worker.made("/v1/beneficiaries", {"comune": "019067"})["beneficiary"]
        persons = daemon.base / "persons.csv"
        persons.write_text("beneficiary;tax_code;surname;name\r\n"
                           f"{person};{TAX_CODE};Rossi;Maria\r\n")
        words = [str(ANSWERS), "--persons", str(persons)]
        dry = json.loads(run(daemon, worker, *words, "--json", "--dry-run", code=70).stdout)
        report.equal("dry run", (dry[0]["done"], timeline(worker)), ("would be recorded", []))
        done = run(daemon, worker, *words, "--json", code=70)
        told = json.loads(done.stdout)
        report.equal("results", [line["result"] for line in told],
                     ["ok", "ok", "check_failed", "unreachable", "check_failed",
                      "unknown_reference", "field_invalid", "field_invalid", "check_failed"])
        rows = timeline(worker)
        report.equal("timeline", [(row["type"], row["amount_cents"], row["valid_from"],
                                   row["valid_to"]) for row in rows],
                     [("ORDINARIO", 910594, "2026-01-20", "2026-12-31"),
                      ("CORRENTE", 800050, "2026-01-25", "2026-07-24")])
        for line, text in ((2, "ask the person"), (3, "again later"), (4, "--with-discrepancies"),
                           (5, "persons file lacks"), (6, "tipoIndicatore"),
                           (7, "XmlEsitoIndicatore"), (8, "not known")):
            report.check(f"line {line + 1}", text in told[line]["text"], told[line])
        report.check("no tax code is told", TAX_CODE not in done.stdout + done.stderr, done.stdout)
        again = json.loads(run(daemon, worker, *words, "--json", code=70).stdout)
        report.equal("again: known", [line.get("done") for line in again[:2]],
                     ["nothing: it was known"] * 2)
        report.equal("again: no row more", len(timeline(worker)), 2)
        run(daemon, worker, *words, "--with-discrepancies", code=70)
        report.equal("with discrepancies", timeline(worker)[-1]["type"], "RISTRETTO")
        other = daemon.base / "other.ndjson"
        first = json.loads(ANSWERS.read_text().splitlines()[1])
        indicator = first["consultazioneIndicatoreResponse"]["consultazioneIndicatoreResult"]
        indicator["xmlEsitoIndicatoreDecoded"]["indicatore"]["ISEE"] = "8000,51"
        other.write_text(json.dumps([first]))
        done = run(daemon, worker, str(other), "--persons", str(persons), code=1)
        report.check("another amount", "annul it first" in done.stderr, done.stderr)
        other.write_text("{broken")
        run(daemon, worker, str(other), "--persons", str(persons), code=65)
        other.write_text("")
        run(daemon, worker, str(other), "--persons", str(persons), code=65)
        run(daemon, worker, str(other), "--persons", "/nowhere", code=2)
        run(daemon, people["FINANCE"], *words, code=77)
        ledger = b"".join(path.read_bytes() for path in pathlib.Path(daemon.ledger).rglob("*")
                          if path.is_file())
        report.check("no tax code in the ledger", TAX_CODE.encode() not in ledger)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
