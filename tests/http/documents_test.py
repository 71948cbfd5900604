#!/usr/bin/python3
"""Documents through the command line: papers of a frozen statement, per comune, as PDF and CSV; the
same bytes again; a provider's letter; voucher sheets with the code of the issue and the name of the
persons file; and what is refused, with nothing written."""
import csv
import io
import json
import pathlib
import shutil
import subprocess
import sys

from daemon import Daemon
from life_test import masters, redemptions, report, title

PERSONS = ("beneficiary;tax_code;surname;name\r\n"
           "{};RSSMRA85T10A562S;Rossi;Mària\r\n")
cli = report.titoli


def text_of(path):
    """What a reader of the PDF finds; None without pdftotext."""
    if shutil.which("pdftotext") is None:
        print("SKIP: pdftotext is not installed")
        return None
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True,
                          check=True).stdout


def says(name, path, *words):
    text = text_of(path)
    for word in words if text is not None else ():
        report.check(f"{name}: {word}", word in " ".join(text.split()), text)
    return text


def one(folder, pattern):
    found = sorted(folder.glob(pattern))
    report.equal(pattern, len(found), 1)
    return found[0]


def freeze(daemon, people, sequence):
    daemon.admin.made("/v1/clock:advance", {"to": "2026-02-13T08:00:00+01:00"})
    statement = people["PROVIDER"].ask("GET", "/v1/statements", headers={
        "Min-Ledger-Seq": str(sequence)}).json["items"][0]["id"]
    early = daemon.base / "early"
    done = cli(daemon, people["FINANCE"], "document", "statement", statement, "--out", str(early),
               code=1)
    report.check("not before the freeze", "frozen" in done.stderr, done.stderr)
    made = people["UDP_OFFICER"].made(f"/v1/statements/{statement}:freeze")
    for client in people.values(): # what follows reads what was frozen
        client.ask("GET", "/v1/statements", headers={"Min-Ledger-Seq": str(made["ledger_seq"])})
    return statement


def statement_papers(daemon, people, statement):
    out = daemon.base / "papers"
    words = ["document", "statement", statement, "--out", str(out), "--link", "https://t.example"]
    told = json.loads(cli(daemon, people["FINANCE"], *words, "--json").stdout)
    report.equal("files", len(told), 3)
    pdf = one(out, "prospetto_stm_*.pdf")
    before = pdf.read_bytes()
    says("prospectus", pdf, "Prospetto di liquidazione", "Alfa coop (ALFA), P. IVA 12345678903",
         "Z123456789", "gennaio 2026", "Ripalta Cremasca", "FNPS-2026", "pagina 1 di 1",
         "(0 di 1)")
    item = people["FINANCE"].get(f"/v1/statements/{statement}").json
    with open(one(out, "*_????????????.csv"), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    report.equal("net of the rows", sum(round(float(row["imponibile"]) * 100) for row in rows),
                 item["net_cents"])
    excel = one(out, "*.xlsx-safe.csv").read_bytes()
    report.check("byte order mark", excel.startswith(b"\xef\xbb\xbf"), excel[:20])
    report.check("codes stay text", b";'019067;" in excel, excel)
    cli(daemon, people["FINANCE"], *words)
    report.equal("again: no other file", len(list(out.iterdir())), 3)
    report.equal("again: the same bytes", pdf.read_bytes(), before)
    each = daemon.base / "each"
    cli(daemon, people["FINANCE"], "document", "statement", statement, "--each-comune", "--out",
        str(each))
    says("of one comune", one(each, "prospetto_*_019067_*.pdf"), "per il comune di Ripalta")
    cli(daemon, people["FINANCE"], "document", "statement", statement, "--comune", "019035",
        "--out", str(daemon.base / "none"), code=1)
    for path in (out, each):
        for file in path.iterdir():
            report.check(f"{file.name} names nobody", b"ben_" not in file.read_bytes(), file)


def annex(daemon, people, statement):
    out = daemon.base / "annex"
    cli(daemon, people["FINANCE"], "document", "annex", statement, "--out", str(out))
    rows = list(csv.DictReader(io.StringIO(one(out, "*_????????????.csv").read_text("utf-8"))))
    item = people["FINANCE"].get(f"/v1/statements/{statement}").json
    report.equal("records", len(rows), item["redemption_count"])
    report.equal("first record", (rows[0]["data"], rows[0]["ora"]), ("2026-01-10", "09:00"))
    says("annex", one(out, "allegato_*.pdf"), "elenco delle prestazioni", "10/01/2026 09:00")


def letter(daemon, people):
    out = daemon.base / "letter"
    cli(daemon, people["FINANCE"], "document", "provider", "ALFA", "--month", "2026-01",
        "--contact", "tel. 0373 1", "--out", str(out))
    says("letter", one(out, "pagamenti_ALFA_2026-01_*.pdf"), "Situazione dei pagamenti",
         "tel. 0373 1", "chiuso, in attesa di")
    done = cli(daemon, people["FINANCE"], "document", "provider", "ALFA", "--month", "2025-01",
               "--out", str(out), code=2)
    report.check("no statement", "no frozen statement" in done.stderr, done.stderr)


def vouchers(daemon, people):
    worker, officer = people["SOCIAL_WORKER"], people["UDP_OFFICER"]
    person = worker.made("/v1/beneficiaries", {"comune": "019067"})["beneficiary"]
    number = worker.made("/v1/vouchers", {
        "beneficiary": person, "fund": "FNPS", "first_month": "2026-03", "last_month": "2026-05",
        "lines": [{"service": "SAD", "units_per_month": 750}]})["voucher"]
    issued = cli(daemon, officer, "voucher", "issue", number, "--json").stdout
    code = json.loads(issued)["voucher_code"]
    answers, persons = daemon.base / "answers.ndjson", daemon.base / "persons.csv"
    answers.write_text(issued)
    persons.write_text(PERSONS.format(person))
    out = daemon.base / "vouchers"
    words = ["document", "voucher", "--answers", str(answers), "--persons", str(persons), "--out",
             str(out)]
    cli(daemon, officer, *words)
    says("sheet", one(out, "voucher_[0-9a-f]*.pdf"), code, number, "Mària Rossi",
         "12 h 30' al mese: Assistenza domiciliare", "Vale dal 1° marzo 2026 al 31 maggio 2026")
    cli(daemon, officer, *words, "--card")
    says("card", one(out, "voucher_tessere_*.pdf"), code, f"n. {number}",
         "Valido dal 01/03/2026 al 31/05/2026")
    bare = daemon.base / "bare"
    cli(daemon, officer, "document", "voucher", number, "--out", str(bare))
    text = says("without the code", one(bare, "*.pdf"), number, "Dica al fornitore il numero")
    report.check("no code", text is None or code not in text, text)
    persons.write_text(PERSONS.format("ben_999"))
    empty = daemon.base / "empty"
    words[-1] = str(empty)
    done = cli(daemon, officer, *words, code=2)
    report.check("a person that lacks", f"lacks {person}, of voucher {number}" in done.stderr,
                 done.stderr)
    persons.write_text(PERSONS.format(person).replace("562S", "562X"))
    done = cli(daemon, officer, *words, code=65)
    report.check("a wrong tax code", "line 2, column tax_code" in done.stderr, done.stderr)
    answers.write_text('{"voucher": ')
    done = cli(daemon, officer, *words, code=2)
    report.check("answers that are no JSON", "not JSON" in done.stderr, done.stderr)
    answers.write_text('{"result": "ok"}\n')
    done = cli(daemon, officer, *words, code=2)
    report.check("answers without codes", "holds no answer" in done.stderr, done.stderr)
    cli(daemon, officer, "document", "voucher", "9999999Z", "--out", str(empty), code=1)
    cli(daemon, officer, "document", "voucher", "--out", str(empty), code=2)
    cli(daemon, officer, "document", "voucher", number, code=2)
    cli(daemon, officer, "document", "voucher", number, "--out", str(empty), "--colour", "red",
        code=2)
    report.equal("nothing written", list(empty.iterdir()), [])


def main():
    with Daemon() as daemon:
        people = masters(daemon)
        voucher = title(people)
        statement = freeze(daemon, people, redemptions(daemon, people, voucher))
        statement_papers(daemon, people, statement)
        annex(daemon, people, statement)
        letter(daemon, people)
        vouchers(daemon, people)
        cli(daemon, people["ACCREDITOR"], "document", "list")
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
