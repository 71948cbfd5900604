#!/usr/bin/python3
"""What comes back from treasurers and banks, with a real daemon and `titoli import outcome`: three
months settled; one ordered by an esito applicativo that a person confirms and paid by the giornale
di cassa; one rejected by pain.002, exported anew, paid by camt.054, told again by camt.053, and
returned; one paid in parts by a table whose import is cut off in the middle. A fourth leaves as two
transfers, which a bank tells without our reference: a person confirms each. Files that do not tie
are refused whole; the same file twice changes nothing."""
import hashlib
import json
import os
import pathlib
import resource
import subprocess
import sys

from daemon import Daemon, Report
from life_test import masters

report = Report()
BUILD = pathlib.Path(os.environ.get("BUILD", "build/release"))
FOLDER = pathlib.Path(os.environ.get("TEST_FOLDER", "build/test-outcomes"))
HASH = "ab" * 32
MINUTES = {"2026-01": 60, "2026-02": 120, "2026-03": 180}
CENTS = {"2026-01": 2260, "2026-02": 4520, "2026-03": 6780, "2026-04": 6780}


class Bench:
    """A daemon, who acts in it, and the client program as finance."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.people = masters(daemon)
        self.finance = self.people["FINANCE"]
        self.statements = {}

    def titoli(self, *words, expect=0):
        done = subprocess.run([str(BUILD / "titoli"), *words], capture_output=True, text=True,
                              env=dict(os.environ, NO_COLOR="1",
                                       TITOLI_URL=f"http://127.0.0.1:{self.daemon.port}",
                                       TITOLI_TOKEN=self.finance.token))
        report.equal("exit of titoli " + " ".join(words[:3]), done.returncode, expect)
        self.errors = done.stderr
        return done.stdout

    def outcome(self, name, text, *words, expect=0):
        path = FOLDER / name
        path.write_text(text)
        found = self.titoli("import", "outcome", str(path), "--json", *words, expect=expect)
        return json.loads(found) if found.startswith("{") else {}

    def read(self, path):
        """As new as all that was written."""
        answer = self.finance.made("/v1/files-in", {
            "ambito": "CREMA", "kind": "CSV", "content_hash": "ff" * 32, "line_count": 1})
        found = self.people["AUDITOR"].get(path, Min_Ledger_Seq=str(answer["ledger_seq"]))
        report.equal("GET " + path, found.status, 200)
        return found.json

    def statement(self, month):
        return self.read(f"/v1/statements/{self.statements[month]}")

    def books(self):
        found = {}
        for item in self.read("/v1/reports/balances?fund_year=FNPS-2026&limit=1000")["items"]:
            account = item["account"].split("_")[0]
            found[account] = found.get(account, 0) + item["balance_cents"]
        return found


def live(bench):
    people, daemon = bench.people, bench.daemon
    worker = people["SOCIAL_WORKER"]
    person = worker.made("/v1/beneficiaries", {"comune": "019067"})["beneficiary"]
    voucher = worker.made("/v1/vouchers", {
        "beneficiary": person, "fund": "FNPS", "first_month": "2026-01", "last_month": "2026-03",
        "lines": [{"service": "SAD", "units_per_month": 600}]})["voucher"]
    people["UDP_OFFICER"].made(f"/v1/vouchers/{voucher}:issue")
    worker.made(f"/v1/vouchers/{voucher}:choose-provider", {"provider": "ALFA"})
    for month, minutes in MINUTES.items():
        daemon.admin.made("/v1/clock:advance", {"to": f"{month}-28T09:00:00+01:00"})
        people["PROVIDER"].made("/v1/redemptions", {
            "voucher": voucher, "start": f"{month}-05T09:00:00", "minutes": minutes,
            "operator": "OP-1"})
    daemon.admin.made("/v1/clock:advance", {"to": "2026-04-13T09:00:00+02:00"})
    for item in bench.read("/v1/statements")["items"]:
        bench.statements[item["month"]] = item["id"]
    report.equal("three statements", sorted(bench.statements), sorted(MINUTES))


def approve(bench, month):
    people, statement = bench.people, bench.statements[month]
    path = f"/v1/statements/{statement}"
    people["UDP_OFFICER"].made(path + ":freeze")
    people["PROVIDER"].made(path + ":confirm")
    people["COMUNE_SOCIAL"].made(path + ":attest")
    item = bench.statement(month)
    report.equal(f"net of {month}", item["net_cents"], CENTS[month])
    bench.finance.made(path + ":match-invoice", {
        "invoice_number": f"1/{month}", "invoice_date": "2026-04-13", "cig": "Z123456789",
        "net_cents": item["net_cents"], "vat_cents": item["vat_cents"], "split_payment": True})
    people["UDP_MANAGER"].made(path + ":approve", {"act": "DET-9", "durc_valid_to": "2026-06-30"})


def export(bench, month):
    """By an export of the paying body; its number and its payment's."""
    finance = bench.finance
    made = finance.made("/v1/exports", {"paying_body": "CREMA", "month": month})["export"]
    item = finance.made("/v1/export-items", {
        "export": made, "statement": bench.statements[month]})["export_item"]
    found = bench.read(f"/v1/exports/{made}")
    finance.made(f"/v1/exports/{made}:seal", {
        "content_hash": HASH, "item_count": 1, "net_cents": found["net_cents"],
        "vat_cents": found["vat_cents"]})
    return made.split("_")[1], item.split("_")[1], found["ordinal"]


def esito(flow, number, amount, result):
    return f"""<messaggi_esito_applicativo>
<identificativo_flusso_BT>BT-1</identificativo_flusso_BT>
<esito_mandati><identificativo_flusso>{flow}</identificativo_flusso><esercizio>2026</esercizio>
<numero_mandato>{number}</numero_mandato><progressivo_beneficiario>1</progressivo_beneficiario>
<data_mandato>2026-04-13</data_mandato><importo>{amount}</importo>
<esito_operazione>{result}</esito_operazione>
<data_ora_esito_operazione>2026-04-13T10:00:00</data_ora_esito_operazione></esito_mandati>
<esito_mandati><identificativo_flusso>ALTRI-1</identificativo_flusso><esercizio>2026</esercizio>
<numero_mandato>900</numero_mandato><progressivo_beneficiario>1</progressivo_beneficiario>
<data_mandato>2026-04-13</data_mandato><importo>999.99</importo>
<esito_operazione>PAGATO</esito_operazione>
<data_ora_esito_operazione>2026-04-13T10:00:00</data_ora_esito_operazione></esito_mandati>
</messaggi_esito_applicativo>"""


def journal(reference, number, amount, closing):
    return f"""<flusso_giornale_di_cassa>
<identificativo_flusso_BT>GDC-1</identificativo_flusso_BT><pagina>1</pagina>
<pagine_totali>1</pagine_totali><esercizio>2026</esercizio>
<informazioni_conto_evidenza><conto_evidenza>1</conto_evidenza>
<movimento_conto_evidenza><tipo_movimento>USCITA</tipo_movimento>
<tipo_documento>MANDATO</tipo_documento><tipo_operazione>ESEGUITO</tipo_operazione>
<numero_documento>{number}</numero_documento><importo>{amount}</importo>
<numero_bolletta_quietanza>55</numero_bolletta_quietanza>
<data_movimento>2026-04-13</data_movimento><end_to_end_id>{reference}</end_to_end_id>
<cliente><anagrafica_cliente>ALFA COOP</anagrafica_cliente></cliente>
<causale>VOUCHER</causale></movimento_conto_evidenza>
<saldo_precedente_conto_evidenza>100.00</saldo_precedente_conto_evidenza>
<totale_entrate_conto_evidenza>0.00</totale_entrate_conto_evidenza>
<totale_uscite_conto_evidenza>{amount}</totale_uscite_conto_evidenza>
<saldo_finale_conto_evidenza>{closing}</saldo_finale_conto_evidenza>
</informazioni_conto_evidenza></flusso_giornale_di_cassa>"""


def rejection(flow, reference):
    return f"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>
<GrpHdr><MsgId>B-1</MsgId><CreDtTm>2026-04-13T12:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>{flow}</OrgnlMsgId></OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>{flow}</OrgnlPmtInfId><TxInfAndSts>
<OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>RJCT</TxSts>
<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf></TxInfAndSts></OrgnlPmtInfAndSts>
</CstmrPmtStsRpt></Document>"""


def entry(reference, amount, way, extra=""):
    mark = "<RvslInd>true</RvslInd>" if extra else ""
    return f"""<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>{mark}
<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-04-13</Dt></BookgDt><AcctSvcrRef>B-{reference}</AcctSvcrRef>
<NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs><Amt Ccy="EUR">{amount}</Amt>
<CdtDbtInd>{way}</CdtDbtInd>{extra}</TxDtls></NtryDtls></Ntry>"""


def notice(*entries):
    return ('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08">'
            '<BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>N-1</MsgId></GrpHdr><Ntfctn><Id>1</Id>'
            + "".join(entries) + "</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>")


def account(opening, closing, *entries):
    balance = ('<Bal><Tp><CdOrPrtry><Cd>{}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{}</Amt>'
               '<CdtDbtInd>CRDT</CdtDbtInd></Bal>')
    return ('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
            '<GrpHdr><MsgId>S-1</MsgId></GrpHdr><Stmt><Id>1</Id>' + balance.format("OPBD", opening)
            + balance.format("CLBD", closing) + "".join(entries)
            + "</Stmt></BkToCstmrStmt></Document>")


def by_treasurer(bench):
    """January: no reference in the esito; a person says which; the journal names it."""
    month, number = "2026-01", None
    approve(bench, month)
    path = f"/v1/statements/{bench.statements[month]}"
    bench.finance.made(path + ":export", {"manifest_hash": HASH})
    text = esito("FLUSSO-9", 101, "22.60", "ACQUISITO")
    dry = bench.outcome("esito.xml", text, "--dry-run")
    report.equal("dry run", [line["state"] for line in dry["lines"]], ["WOULD_RECORD"])
    report.equal("dry run records nothing", bench.read("/v1/payment-outcomes")["items"], [])
    told = bench.outcome("esito.xml", text, expect=1)
    report.equal("one waits, one is another's", (told["counts"], told["others"]),
                 ({"TO_CONFIRM": 1}, 1))
    line = told["lines"][0]
    report.equal("found by its amount", (line["statement"], line["cause"]),
                 (bench.statements[month], "NO_REFERENCE"))
    report.check("and what to do", line["remedy"] != "", line)
    report.equal("not ordered before somebody looks", bench.statement(month)["state"], "EXPORTED")
    bench.titoli("payment-outcome", "confirm", line["id"])
    found = bench.statement(month)
    report.equal("ordered", (found["state"], found["order_number"], found["order_date"]),
                 ("ORDERED", "101", "2026-04-13"))
    number = bench.statements[month].split("_")[1]
    reference = f"VCH-202601-S{number}-001"
    bench.outcome("broken.xml", journal(reference, 101, "22.60", "77.41"), expect=65)
    report.check("which figure does not tie", "saldo_finale" in bench.errors
                 and "77" in bench.errors and "41" in bench.errors, bench.errors)
    report.equal("nothing of it", bench.statement(month)["state"], "ORDERED")
    told = bench.outcome("journal.xml", journal(reference, 101, "22.60", "77.40"))
    report.equal("paid by the journal", told["counts"], {"APPLIED": 1})
    found = bench.statement(month)
    report.equal("paid", (found["state"], found["receipt_number"], found["paid_on"]),
                 ("PAID", "55", "2026-04-13"))
    before = bench.books()
    again = bench.outcome("journal.xml", journal(reference, 101, "22.60", "77.40"))
    report.equal("the same file twice", (again["again"], again["file_in"]),
                 (True, told["file_in"]))
    report.equal("changes nothing", bench.books(), before)


def by_bank(bench):
    """February: rejected, exported anew, paid, told twice, returned."""
    month = "2026-02"
    approve(bench, month)
    export_1, item_1, ordinal = export(bench, month)
    reference = f"TIT-{export_1}-{item_1}-1"
    flow = f"TIT-202602-CREMA-{ordinal}"
    told = bench.outcome("pain.xml", rejection(flow, reference))
    report.equal("rejected", told["counts"], {"APPLIED": 1})
    report.equal("the amount was the ledger's", told["lines"][0]["amount_cents"], CENTS[month])
    report.equal("payable again", bench.statement(month)["state"], "APPROVED")
    item = bench.read(f"/v1/export-items?export=exp_{export_1}")["items"][0]
    report.equal("its payment says why", (item["state"], item["reason_code"]),
                 ("REJECTED", "AC04"))
    export_2, item_2, _ = export(bench, month)
    reference = f"TIT-{export_2}-{item_2}-1"
    told = bench.outcome("notice.xml", notice(entry(reference, "45.20", "DBIT"),
                                              entry("STIPENDI-APRILE", "45.21", "DBIT")))
    report.equal("paid", (told["counts"], told["others"]), ({"APPLIED": 1}, 1))
    report.equal("paid", bench.statement(month)["state"], "PAID")
    books = bench.books()
    back = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"
    told = bench.outcome("account.xml", account(
        "100.00", "100.00", entry(reference, "45.20", "DBIT"),
        entry(reference, "45.20", "CRDT", back)))
    report.equal("told already, and returned", [line["state"] for line in told["lines"]],
                 ["DISCARDED", "APPLIED"])
    found, after = bench.statement(month), bench.books()
    report.equal("to be paid again", (found["state"], found.get("paid_net_cents", 0)),
                 ("APPROVED", 0))
    report.equal("F170 back to F160", (after["F160"] - books.get("F160", 0),
                                       books["F170"] - after["F170"]), (4520, 4520))
    report.equal("VAT stays paid", after["F175"], books["F175"])
    tasks = [event["kind"] for event in bench.read("/v1/events?limit=1000")["items"]
             if event.get("task") and not event.get("closed")]
    report.equal("tasks", (tasks.count("PAYMENT_REJECTED"), tasks.count("PAYMENT_RETURNED")),
                 (1, 1))
    export_3, _, ordinal = export(bench, month)
    refusal = f"""<messaggio_rifiuto_flusso><testata_messaggio>
<data_ora_creazione_flusso>2026-04-13T08:00:00</data_ora_creazione_flusso></testata_messaggio>
<identificativo_flusso>TIT-202602-CREMA-{ordinal}</identificativo_flusso>
<errore><codice>12</codice></errore></messaggio_rifiuto_flusso>"""
    told = bench.outcome("rifiuto.xml", refusal)
    report.equal("a flow rejected whole", (told["counts"], told["is_rejected"]),
                 ({"APPLIED": 1}, True))
    item = bench.read(f"/v1/export-items?export=exp_{export_3}")["items"][0]
    report.equal("each of its payments", item["state"], "REJECTED")


def in_parts(bench):
    """March: two parts by a table; the import is cut off after the first line."""
    month = "2026-03"
    approve(bench, month)
    number = bench.statements[month].split("_")[1]
    bench.finance.made(f"/v1/statements/{bench.statements[month]}:export", {"manifest_hash": HASH})
    reference = f"VCH-202603-S{number}-00"
    text = ("\ufeffesito;importo;data;riferimento;quietanza\r\n"
            f"pagato;30,00;13/04/2026;{reference}1;Q-1\r\n"
            f"pagato;37,80;13/04/2026;{reference}2;Q-2\r\n"
            f"pagato;1,00;13/04/2026;{reference}3;Q-3\r\n"
            "pagato;512,00;13/04/2026;;Q-4\r\n")
    made = bench.finance.made("/v1/files-in", {
        "ambito": "CREMA", "kind": "CSV", "line_count": 4, "total_cents": 58080,
        "content_hash": hashlib.sha256(text.encode()).hexdigest()})["file_in"]
    bench.finance.made("/v1/payment-outcomes", {
        "file_in": made, "line": 1, "kind": "PAID", "day": "2026-04-13", "amount_cents": 3000,
        "end_to_end": reference + "1"})
    found = bench.statement(month)
    report.equal("a part is paid", (found["state"], found["paid_net_cents"]), ("ORDERED", 3000))
    (FOLDER / "parti.csv").write_bytes(text.encode())
    told = json.loads(bench.titoli("import", "outcome", str(FOLDER / "parti.csv"), "--json",
                                   expect=1))
    report.equal("the rest of the file", (told["file_in"], told["counts"], told["others"]),
                 (made, {"APPLIED": 2, "TO_CONFIRM": 1}, 1))
    report.equal("more than is due waits", told["lines"][2]["cause"], "AMOUNT_EXCEEDED")
    found = bench.statement(month)
    report.equal("paid whole", (found["state"], found["paid_net_cents"]), ("PAID", 6780))
    closed = bench.read(f"/v1/files-in/{made}")
    report.equal("the file is closed", (closed["state"], closed["recorded_count"],
                                        closed["other_count"], closed["other_cents"]),
                 ("CLOSED", 3, 1, 51200))
    bench.titoli("payment-outcome", "discard", told["lines"][2]["id"])
    words = bench.titoli("import", "outcome", str(FOLDER / "parti.csv"))
    report.check("text for people", "imported before" in words and "30,00" in words, words)


def by_transfers(bench):
    """April: an export with a row for each of two funds, paid by lines that bear no reference."""
    people, month = bench.people, "2026-04"
    manager, worker = people["UDP_MANAGER"], people["SOCIAL_WORKER"]
    manager.made("/v1/funds", {"ambito": "CREMA", "code": "FNA", "name": "Altro fondo"})
    manager.made("/v1/funds/FNA/years/2026:propose", {"stated_cents": 1000000, "act": "DEL-4"})
    people["ASSEMBLY"].made("/v1/funds/FNA/years/2026:approve",
                            {"ascertained_cents": 1000000, "act": "DEL-5"})
    bench.finance.made("/v1/funds/FNA/years/2026:open", {"act": "DET-4"})
    bench.finance.made("/v1/commitments", {
        "fund": "FNA", "year": 2026, "number": "200", "chapter": "13", "amount_cents": 500000,
        "act": "DET-5"})
    bench.daemon.admin.made("/v1/clock:advance", {"to": "2026-04-28T09:00:00+02:00"})
    for fund, day, minutes in (("FNPS", 7, 60), ("FNA", 8, 120)):
        person = worker.made("/v1/beneficiaries", {"comune": "019067"})["beneficiary"]
        voucher = worker.made("/v1/vouchers", {
            "beneficiary": person, "fund": fund, "first_month": month, "last_month": month,
            "lines": [{"service": "SAD", "units_per_month": 600}]})["voucher"]
        people["UDP_OFFICER"].made(f"/v1/vouchers/{voucher}:issue")
        worker.made(f"/v1/vouchers/{voucher}:choose-provider", {"provider": "ALFA"})
        people["PROVIDER"].made("/v1/redemptions", {
            "voucher": voucher, "start": f"{month}-0{day}T09:00:00", "minutes": minutes,
            "operator": "OP-1"})
    bench.daemon.admin.made("/v1/clock:advance", {"to": "2026-05-13T09:00:00+02:00"})
    for item in bench.read("/v1/statements")["items"]:
        bench.statements[item["month"]] = item["id"]
    approve(bench, month)
    export(bench, month)
    header = "kind,amount,day,end_to_end_id,order_number\n"
    text = (header + "PAID,45.20,2026-05-12,STIPENDI-MAGGIO,301\n"
            "PAID,45.21,2026-05-12,BOLLETTA,302\nPAID,33.90,2026-05-12,,303\n")
    dry = bench.outcome("transfer.csv", text, "--dry-run")
    report.equal("dry run", [line["line"] for line in dry["lines"]], [1])
    told = bench.outcome("transfer.csv", text, expect=1)
    report.equal("one transfer waits, two lines are another's", (told["counts"], told["others"]),
                 ({"TO_CONFIRM": 1}, 2))
    line = told["lines"][0]
    report.equal("with the statement that it pays a part of", (line["statement"], line["cause"]),
                 (bench.statements[month], "NO_REFERENCE"))
    report.equal("not paid before somebody looks", bench.statement(month)["state"], "EXPORTED")
    stored = json.dumps(bench.read("/v1/payment-outcomes?limit=1000"))
    report.check("nothing of their text", "STIPENDI-MAGGIO" not in stored
                 and "BOLLETTA" not in stored, stored)
    bench.titoli("payment-outcome", "confirm", line["id"])
    found = bench.statement(month)
    report.equal("a part is paid", (found["state"], found["paid_net_cents"]), ("ORDERED", 4520))
    told = bench.outcome("rest.csv", header + "PAID,22.60,2026-05-12,,304\n", expect=1)
    report.equal("the rest, by another order", (told["lines"][0]["statement"],
                                                told["lines"][0]["cause"]),
                 (bench.statements[month], "NO_REFERENCE"))
    bench.titoli("payment-outcome", "confirm", told["lines"][0]["id"])
    found = bench.statement(month)
    report.equal("paid whole", (found["state"], found["paid_net_cents"]), ("PAID", 6780))
    told = bench.outcome("back.csv", header + "RETURNED,45.20,2026-05-13,,\n"
                         "RETURNED,22.60,2026-05-13,,\n", expect=1)
    report.equal("one of this month; one of this or of January, which was paid whole",
                 [(line.get("statement"), line["cause"]) for line in told["lines"]],
                 [(bench.statements[month], "NO_REFERENCE"), (None, "AMBIGUOUS")])
    bench.titoli("payment-outcome", "confirm", told["lines"][0]["id"])
    found = bench.statement(month)
    report.equal("a transfer came back", (found["state"], found["paid_net_cents"]),
                 ("APPROVED", 2260))
    bench.titoli("payment-outcome", "confirm", told["lines"][1]["id"], "--statement",
                 bench.statements[month])
    report.equal("and the other, which a person named",
                 bench.statement(month).get("paid_net_cents", 0), 0)


def work_seconds():
    """Processor time of the commands that have ended: a busy machine does not lengthen it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def hostile(bench):
    """Refused at once, nothing recorded."""
    before = len(bench.read("/v1/files-in?limit=1000")["items"])
    bomb = ('<!DOCTYPE a [<!ENTITY b "' + "b" * 1000 + '">]><a>' + "&b;" * 1000 + "</a>")
    for name, text in (("bomb.xml", bomb), ("other.xml", "<Document><X/></Document>"),
                       ("none.csv", "a,b,c\n1,2,3\n"), ("empty.csv", ""),
                       ("kind.csv", "kind,amount,day\nMAYBE,1.00,2026-04-13\n")):
        begin = work_seconds()
        bench.outcome(name, text, expect=65)
        report.check(f"{name} is refused quickly, and why",
                     work_seconds() - begin < 5 and bench.errors != "", bench.errors)
    report.equal("no file", len(bench.read("/v1/files-in?limit=1000")["items"]), before)


def many(bench):
    """20,000 lines, most of them other people's."""
    lines = ["kind,amount,day,end_to_end_id"]
    number = bench.statements["2026-01"].split("_")[1]
    for i in range(20000):
        reference = f"VCH-202601-S{number}-{i}" if i % 10 == 0 else f"ALTRI-{i}"
        lines.append(f"PAID,{7 + i}.00,2026-04-13,{reference}")
    begin = work_seconds()
    told = bench.outcome("many.csv", "\n".join(lines) + "\n", expect=1)
    seconds = work_seconds() - begin
    report.equal("20,000 lines", (told["line_count"], told["counts"], told["others"]),
                 (20000, {"TO_CONFIRM": 2000}, 18000))
    print(f"20,000 lines, 2,000 of them ours: titoli worked {seconds:.1f} s")
    report.check("in seconds", seconds < 30, seconds)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    with Daemon() as daemon:
        bench = Bench(daemon)
        bench.finance.made("/v1/paying-bodies", {
            "ambito": "CREMA", "code": "CREMA", "name": "Comune di Crema", "format": "OPI",
            "tax_code": "00111540191", "iban": "IT60X0542811101000000123456", "act": "DET-8"})
        live(bench)
        by_treasurer(bench)
        by_bank(bench)
        in_parts(bench)
        hostile(bench)
        many(bench)
        by_transfers(bench)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
