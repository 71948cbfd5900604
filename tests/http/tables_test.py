#!/usr/bin/python3
"""Tables of a running ledger through the command line, on the books of the worked case S00: any report
as a file, the control of a provider's own list, the co-pay to pagoPA and what was paid back again."""
import csv
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.request

from daemon import Report, until

BUILD = pathlib.Path(os.environ.get("BUILD", "build/release")).resolve()
FOLDER = pathlib.Path(os.environ.get("TEST_FOLDER", "build/test-tables")).resolve()
TITOLI = str(BUILD / "titoli")
MONTH = "2026-01"

report = Report()


class Ledger:
    """The books that the worked case left, served again."""

    def __init__(self, folder):
        self.folder = folder
        played = subprocess.run([TITOLI, "scenario", "S00", "--folder", str(folder)],
                                capture_output=True, text=True)
        if played.returncode != 0:
            raise RuntimeError(played.stdout[-2000:] + played.stderr[-2000:])

    def __enter__(self):
        self.log = open(self.folder / "tables.log", "w+")
        self.process = subprocess.Popen(
            [str(BUILD / "titolid"), "run", "--config", str(self.folder / "titolid.conf")],
            stdout=subprocess.DEVNULL, stderr=self.log)
        found = until(lambda: re.search(r'"listening".*"address":"([^"]+)"',
                                        pathlib.Path(self.log.name).read_text()))
        if not found:
            raise RuntimeError("titolid does not listen")
        self.url = "http://" + found.group(1)
        self.token = (self.folder / "ledger" / "admin.token").read_text().strip()
        self.token = self.post("/v1/credentials", {"principal": "finance"})["token"]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()

    def post(self, path, body):
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(),
            {"Authorization": "Bearer " + self.token, "Content-Type": "application/json",
             "Idempotency-Key": f"tables-test-{path}"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def titoli(self, *words, expect=0):
        """Runs the command; its standard output. Another exit code is a failed check."""
        done = subprocess.run([TITOLI, *words], capture_output=True, env=dict(
            os.environ, TITOLI_URL=self.url, TITOLI_TOKEN=self.token, NO_COLOR="1"))
        report.equal("exit of " + " ".join(words[:3]), done.returncode, expect)
        self.errors = done.stderr.decode()
        return done.stdout.decode("utf-8-sig")


def rows(text, separator):
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator))


def reports(ledger):
    told = json.loads(ledger.titoli("report", "comuni", "--month", MONTH, "--json"))["items"]
    plain = rows(ledger.titoli("report", "comuni", "--month", MONTH, "--out", "-"), ",")
    report.equal("rows of the report", len(plain), len(told))
    report.equal("an amount of the report", plain[0].get("paid"),
                 f"{told[0]['paid_cents'] // 100}.{told[0]['paid_cents'] % 100:02}")
    report.equal("a code of the report", plain[0]["comune"], told[0]["comune"])
    safe = rows(ledger.titoli("report", "comuni", "--month", MONTH, "--out", "-", "--profile",
                              "report-xlsx-safe"), ";")
    report.equal("a code that a spreadsheet would eat", safe[0]["comune"], "'" + told[0]["comune"])
    ledger.titoli("report", "comuni", "--out", "-", "--profile", "nobodys", expect=1)
    report.check("an unknown profile is named", "nobodys" in ledger.errors, ledger.errors)
    ledger.titoli("report", "comuni", "--out", "-", "--profile", "contabilia", expect=78)
    report.check("a profile of other rows is refused", "contabilia.profile line" in ledger.errors,
                 ledger.errors)


def differences(ledger):
    voucher = json.loads(ledger.titoli("statement", "lines", "stm_1", "--json"))["items"][0]["voucher"]
    visits = json.loads(ledger.titoli("statement", "redemptions", "stm_1", "--json"))["items"]
    theirs = ledger.folder / "theirs.csv"
    lines = ["titolo;giorno;ora;minuti;imponibile;iva"]
    for visit in sorted(visits, key=lambda visit: visit["start"]):
        day = "/".join(reversed(visit["start"][:10].split("-")))
        vat = visit["gross_cents"] - visit["net_cents"]
        lines.append(f"{voucher};{day};{visit['start'][11:16]};{visit['units']};"
                     f"{visit['net_cents'] / 100:.2f};{vat / 100:.2f}".replace(".", ","))
    theirs.write_text("\n".join(lines) + "\n")
    ask = ("report", "differences", "--statement", "stm_1", "--file", str(theirs), "--json")
    told = json.loads(ledger.titoli(*ask))
    report.equal("only the statement's own cent differs",
                 [(item["cause"], item["difference_cents"]) for item in told["items"]],
                 [("ROUNDING", -1)])
    report.equal("pairs that are equal", told["equal"], 11)
    lines[1] = lines[1].replace(";60;22,60;1,13", ";90;33,90;1,70")
    lines[2] = lines[2].replace("22,60;1,13", "24,00;1,20")
    lines[4] = lines[3]
    theirs.write_text("\n".join(lines) + "\n")
    told = json.loads(ledger.titoli(*ask))
    causes = {cause["cause"]: cause["difference_cents"] for cause in told["causes"]}
    report.equal("causes", sorted(causes),
                 ["DUPLICATE", "MISSING_THEIRS", "PRICE", "ROUNDING", "UNITS"])
    report.equal("the causes are the whole difference", sum(causes.values()),
                 told["difference_cents"])
    report.equal("the whole difference", told["difference_cents"],
                 told["their_net_cents"] + told["their_vat_cents"]
                 - told["our_net_cents"] - told["our_vat_cents"])
    table = rows(ledger.titoli(*ask[:-1], "--out", "-"), ";")
    cents = [int(row["differenza"].replace(",", "")) for row in table]
    report.equal("the rows of the file are the whole difference", sum(cents),
                 told["difference_cents"])
    theirs.write_text("titolo;imponibile\nx;12,345\n")
    ledger.titoli(*ask, expect=65)
    report.check("a bad line is told", "line 2, column imponibile" in ledger.errors, ledger.errors)


def copay(ledger):
    persons = ledger.folder / "persons.csv"
    out = ledger.folder / "out"
    heading = "beneficiary;tax_code;surname;name\n"
    persons.write_text(heading)
    ask = ("export", "copay-positions", "--month", MONTH, "--persons", str(persons),
           "--segregation", "47", "--creditor", "80012340164", "--out", str(out), "--json")
    ledger.titoli(*ask, expect=1)
    report.check("a debtor that lacks is named", "ben_1" in ledger.errors, ledger.errors)
    persons.write_text(heading + "ben_1;RSSMRA80A01H501U;Rossi;Mario\n")
    first = json.loads(ledger.titoli(*ask))[0]
    report.equal("what is owed", first["amount_cents"], 7639)
    report.equal("the same file again", json.loads(ledger.titoli(*ask))[0]["file"], first["file"])
    position = rows((out / first["file"]).read_text(), ";")[0]
    digits = position["numero_avviso"]
    report.equal("check digits", int(digits[:16]) % 93, int(digits[16:]))
    report.equal("the debtor", position["codice_fiscale_debitore"], "RSSMRA80A01H501U")
    paid = ledger.folder / "paid.csv"
    paid.write_text("numero_avviso;importo;data;iur\n"
                    f"{digits};50.00;2026-03-02;IUR-1\n"
                    f"{digits};20.00;2026-03-03;IUR-2\n"
                    "347000000000000125;1.00;2026-03-02;IUR-3\n"
                    f"{digits};99.00;2026-03-02;IUR-4\n")
    take = ("import", "copay-payments", str(paid), "--segregation", "47", "--json")
    told = json.loads(ledger.titoli(*take, expect=65))
    report.equal("collected", (told["collected"], told["collected_cents"]), (2, 7000))
    report.equal("refused rows", [item["line"] for item in told["items"]
                                  if item["outcome"] == "refused"], [4, 5])
    told = json.loads(ledger.titoli(*take, expect=65))
    report.equal("the same file again collects nothing",
                 (told["collected"], told["known"], told["known_cents"]), (0, 2, 7000))
    bill = json.loads(ledger.titoli("receivable", "show", "cpy_1", "--json"))
    report.equal("the bill", (bill["collected_cents"], bill["due_cents"] + bill["arrears_cents"]),
                 (7000, 639))

    def billed():
        return json.loads(ledger.titoli(*ask))[0]

    # lists read the store, which follows the ledger within a second
    until(lambda: billed()["amount_cents"] != first["amount_cents"])
    again = billed()
    report.equal("what is still owed", again["amount_cents"], 639)
    rest = rows((out / again["file"]).read_text(), ";")[0]
    report.equal("the notice keeps its number", rest["numero_avviso"], digits)


def profiles(ledger):
    told = {item["profile"]: item for item in json.loads(ledger.titoli("profile", "list", "--json"))}
    report.equal("profiles with a fault", [name for name in told if "fault" in told[name]], [])
    report.equal("columns of Contabilia", told["contabilia"]["columns"], 23)
    own = ledger.folder / "ours.profile"
    own.write_text("[file]\nrecords = liquidation_row\nsuffix = ours.csv\n"
                   "[columns]\nImporto = importo_da_pagare comma required\n")
    report.equal("columns of a new profile",
                 json.loads(ledger.titoli("profile", "check", str(own), "--json"))[0]["heading"],
                 "Importo")
    own.write_text(own.read_text() + "Nome = surname\n")
    ledger.titoli("profile", "check", str(own), expect=78)
    report.check("its bad line", "ours.profile line 6, Nome:" in ledger.errors, ledger.errors)


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with Ledger(FOLDER / "case") as ledger:
        reports(ledger)
        differences(ledger)
        copay(ledger)
        profiles(ledger)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
