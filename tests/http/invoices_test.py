#!/usr/bin/python3
"""E-invoices through the command line and a real daemon: a month is settled, the right invoice agrees
to the cent, each wrong one is explained with the figures of both sides, refused in time or too late;
the same file twice, signed and plain, several in one file, credit notes, a provider that was merged."""
import json
import shutil
import subprocess
import sys

from daemon import Daemon
from life_test import masters, report

ALFA, BETA = "12345678903", "00743110157"
CIG = "Z123456789"
OK, DIFFERS, USAGE, BAD, UNSAFE = 0, 1, 2, 65, 70

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<p:FatturaElettronica xmlns:p="http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2" versione="FPA12">
<FatturaElettronicaHeader><DatiTrasmissione>
<IdTrasmittente><IdPaese>IT</IdPaese><IdCodice>{vat}</IdCodice></IdTrasmittente>
<ProgressivoInvio>1</ProgressivoInvio><FormatoTrasmissione>FPA12</FormatoTrasmissione>
<CodiceDestinatario>UFCRE1</CodiceDestinatario></DatiTrasmissione>
<CedentePrestatore><DatiAnagrafici><IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>{vat}</IdCodice></IdFiscaleIVA>
<Anagrafica><Denominazione>COOPERATIVA</Denominazione></Anagrafica><RegimeFiscale>RF01</RegimeFiscale>
</DatiAnagrafici><Sede><Indirizzo>VIA A 1</Indirizzo><CAP>26013</CAP><Comune>CREMA</Comune><Nazione>IT</Nazione></Sede>
</CedentePrestatore><CessionarioCommittente><DatiAnagrafici><CodiceFiscale>91035680197</CodiceFiscale>
<Anagrafica><Denominazione>AZIENDA</Denominazione></Anagrafica></DatiAnagrafici>
<Sede><Indirizzo>VIA B 1</Indirizzo><CAP>26013</CAP><Comune>CREMA</Comune><Nazione>IT</Nazione></Sede>
</CessionarioCommittente></FatturaElettronicaHeader>
"""
BODY = """<FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento><TipoDocumento>{document}</TipoDocumento>
<Divisa>EUR</Divisa><Data>{date}</Data><Numero>{number}</Numero></DatiGeneraliDocumento>{contract}{related}
</DatiGenerali><DatiBeniServizi>{lines}<DatiRiepilogo><AliquotaIVA>5.00</AliquotaIVA>
<ImponibileImporto>{net}</ImponibileImporto><Imposta>{vat_amount}</Imposta><EsigibilitaIVA>{due}</EsigibilitaIVA>
</DatiRiepilogo></DatiBeniServizi></FatturaElettronicaBody>"""
LINE = """<DettaglioLinee><NumeroLinea>{at}</NumeroLinea>{article}<Descrizione>Voucher</Descrizione>
<Quantita>{quantity}</Quantita>{period}<PrezzoUnitario>{price}</PrezzoUnitario>
<PrezzoTotale>{total}</PrezzoTotale><AliquotaIVA>5.00</AliquotaIVA></DettaglioLinee>"""


def euro(cents):
    return f"{cents // 100}.{cents % 100:02d}"


def body(number, lines, *, document="TD01", date="2026-02-14", month="2026-01", cig=CIG, due="S",
         vat=None, net=None, related=None, tagged=True):
    """`lines`: (voucher, quantity, price, cents)."""
    net = sum(line[3] for line in lines) if net is None else net
    vat = (net * 5 + 50) // 100 if vat is None else vat
    texts = []
    for at, (voucher, quantity, price, cents) in enumerate(lines, 1):
        article = ("<CodiceArticolo><CodiceTipo>VOUCHERATS</CodiceTipo><CodiceValore>"
                   f"{voucher}</CodiceValore></CodiceArticolo>") if tagged else ""
        period = (f"<DataInizioPeriodo>{month}-01</DataInizioPeriodo>"
                  f"<DataFinePeriodo>{month}-28</DataFinePeriodo>") if month else ""
        texts.append(LINE.format(at=at, article=article, quantity=quantity, price=price,
                                 total=euro(cents), period=period))
    contract = ("<DatiConvenzione><IdDocumento>PATTO-1</IdDocumento><CodiceCIG>"
                f"{cig}</CodiceCIG></DatiConvenzione>") if cig else ""
    after = (f"<DatiFattureCollegate><IdDocumento>{related}</IdDocumento>"
             "</DatiFattureCollegate>") if related else ""
    return BODY.format(document=document, date=date, number=number, contract=contract,
                       related=after, lines="".join(texts), net=euro(net),
                       vat_amount=euro(vat), due=due)


class Office:
    """The accounting office at its command line."""

    def __init__(self, daemon, client):
        self.daemon, self.client, self.count = daemon, client, 0

    def run(self, *words, code=OK):
        return report.titoli(self.daemon, self.client, *words, code=code)

    def file(self, *bodies, vat=ALFA):
        self.count += 1
        path = self.daemon.base / f"IT{vat}_{self.count:05d}.xml"
        path.write_text(HEAD.format(vat=vat) + "".join(bodies) + "</p:FatturaElettronica>\n")
        return path

    def take(self, path, *words, code=OK):
        """The report of one file."""
        done = self.run("import", "invoice", str(path), "--json", *words, code=code)
        return json.loads(done.stdout)[0]

    def one(self, path, *words, code=OK):
        """The report of the one invoice of a file."""
        told = self.take(path, *words, code=code)
        report.equal("invoices of the file", len(told["invoices"]), 1)
        return told["invoices"][0] if told["invoices"] else {}

    def records(self):
        return self.list("invoices")

    def list(self, name):
        sequence = str(self.client.get("/status").json["ledger_seq"])
        return self.client.get(f"/v1/{name}?limit=1000", Min_Ledger_Seq=sequence).json["items"]


def texts(invoice):
    return {one["what"]: one["text"] for one in invoice["differences"]}


def world(daemon):
    people = masters(daemon)
    people["UDP_MANAGER"].made("/v1/providers", {
        "ambito": "CREMA", "code": "BETA", "legal_name": "Beta coop", "kind": "SOCIAL_COOP",
        "vat_number": BETA, "iban": "IT60X0542811101000000123456"})
    made = people["ACCREDITOR"].made("/v1/accreditations", {
        "provider": "BETA", "services": ["SAD"], "sub_ambiti": ["NORD"]})["accreditation"]
    people["ACCREDITOR"].made(f"/v1/accreditations/{made}:approve",
                              {"act": "DET-3", "durc_valid_to": "2099-12-31"})
    people["CAPOFILA"].made(f"/v1/accreditations/{made}:activate", {
        "valid_from": "2026-01-01", "valid_to": "2028-12-31", "cig": "B0A1C2D3E4",
        "act": "PATTO-2"})
    people["beta"] = made
    return people


def titles(people):
    worker, officer, provider = (people[r] for r in ("SOCIAL_WORKER", "UDP_OFFICER", "PROVIDER"))
    numbers = []
    for _ in range(2):
        person = worker.made("/v1/beneficiaries", {"comune": "019067"})["beneficiary"]
        number = worker.made("/v1/vouchers", {
            "beneficiary": person, "fund": "FNPS", "first_month": "2026-01",
            "last_month": "2026-04", "lines": [{"service": "SAD", "units_per_month": 600}]}
        )["voucher"]
        code = officer.made(f"/v1/vouchers/{number}:issue")["voucher_code"]
        provider.made(f"/v1/vouchers/{number}:choose-provider",
                      {"provider": "ALFA", "voucher_code": code})
        numbers.append(number)
    return numbers


def deliver(daemon, people, numbers, month):
    """Two hours of the first title, three visits of 50 minutes of the second: 45,20 + 56,49."""
    visits = [(numbers[0], 10, 60), (numbers[0], 11, 60)] + [
        (numbers[1], day, 50) for day in (12, 13, 14)]
    return [people["PROVIDER"].made("/v1/redemptions", {
        "voucher": voucher, "start": f"{month}-{day}T09:00:00", "minutes": minutes,
        "operator": "op1"})["redemption"] for voucher, day, minutes in visits]


def statement_of(people, month):
    sequence = str(people["FINANCE"].get("/status").json["ledger_seq"])
    items = people["FINANCE"].get(f"/v1/statements?month={month}", Min_Ledger_Seq=sequence).json
    return items["items"][0]["id"]


def attest(people, statement, payee="PROVIDER"):
    people[payee].made(f"/v1/statements/{statement}:confirm")
    people["COMUNE_SOCIAL"].made(f"/v1/statements/{statement}:attest")


def right_lines(numbers):
    return [(numbers[0], "2.00", "22.60", 4520), (numbers[1], "2.50", "22.596", 5649)]


def before_attestation(office, numbers):
    path = office.file(body("1", right_lines(numbers)))
    told = office.one(path, code=DIFFERS)
    report.equal("it waits", (told["state"], told["difference"]), ("SET_ASIDE", "NOT_ATTESTED"))
    report.check("told why", "FROZEN" in texts(told)["NOT_ATTESTED"], told)
    return path


# What is wrong with each; the first difference that the ledger records; words of the explanation.
def wrong_ones(numbers):
    one, two = right_lines(numbers)
    return [
        ("tariff", dict(lines=[(numbers[0], "2.00", "22.65", 4530), two]), ALFA, "TOTAL",
         {"TOTAL": "106,88 on the invoice, 106,77 on the statement: 0,11 too much",
          "TAXABLE": "101,79 on the invoice, 101,69 on the statement"}),
        ("rounding", dict(lines=[one, (numbers[1], "2.50", "22.60", 5650)]), ALFA, "TOTAL",
         {"TAXABLE": "0,01 too much"}),
        ("moved", dict(lines=[one, two], net=10170, vat=507), ALFA, "TAXABLE",
         {"TAXABLE": "0,01 too much", "VAT": "0,01 too little"}),
        ("regime", dict(lines=[one, two], due="I"), ALFA, "SPLIT_PAYMENT",
         {"SPLIT_PAYMENT": "EsigibilitaIVA is I"}),
        ("no cig", dict(lines=[one, two], cig=""), ALFA, "CIG", {"CIG": "is missing"}),
        ("other cig", dict(lines=[one, two], cig="Z123456780"), ALFA, "CIG",
         {"CIG": "«Z123456780» on the invoice, «Z123456789» on the pact"}),
        ("cig case", dict(lines=[one, two], cig="z123456789"), ALFA, "CIG",
         {"CIG": "letters of the other case"}),
        ("other provider", dict(lines=[one, two]), BETA, "CIG",
         {"ISSUER": "issued by BETA; the services are those that ALFA invoices",
          "CIG": "pact"}),
        ("swapped", dict(lines=[(numbers[0], "2.00", "28.245", 5649),
                                (numbers[1], "2.50", "18.08", 4520)]), ALFA, "VOUCHER_LINES",
         {"VOUCHER_LINES": "see the lines"}),
    ]


def each_wrong(office, numbers, statement):
    for at, (name, changes, vat, first, words) in enumerate(wrong_ones(numbers)):
        number = f"W{at}"
        if name == "other provider":
            changes = {**changes, "cig": CIG}
            first = "ISSUER"
            words = {"ISSUER": words["ISSUER"]}
        told = office.one(office.file(body(number, **changes), vat=vat), code=DIFFERS)
        report.equal(f"{name}: state", (told["state"], told.get("difference"), told["statement"]),
                     ("MISMATCHED", first, statement))
        for what, text in words.items():
            report.check(f"{name}: {what}", text in texts(told).get(what, ""), told)
    lines = {}
    for name, changes, _, _, _ in wrong_ones(numbers)[:2]:
        told = office.one(office.file(body(f"L-{name}", **changes)), "--dry-run", code=DIFFERS)
        lines[name] = told["lines"][0]
    report.equal("which line", (lines["tariff"]["voucher"], lines["tariff"]["found_cents"],
                                lines["tariff"]["expected_cents"]), (numbers[0], 4530, 4520))
    report.check("tariff", "tariff" in lines["tariff"]["why"], lines)
    report.check("rounding", "rounding" in lines["rounding"]["why"], lines)


def other_wrongs(office, numbers):
    one, two = right_lines(numbers)
    told = office.one(office.file(body("X1", [one])), code=DIFFERS)
    report.check("a title missing", {"voucher": numbers[1], "found_cents": 0, "expected_cents": 5649,
                                     "why": "missing on the invoice"} in told["lines"], told)
    told = office.one(office.file(body("X2", [one, two], vat=530)), code=DIFFERS)
    report.equal("the SdI's code", told["findings"][0]["code"], "00421")
    told = office.one(office.file(body("X3", [one, (numbers[1], "2.50", "22.00", 5649)])),
                      code=DIFFERS)
    report.equal("sums of its own", (told["state"], told["difference"]),
                 ("MISMATCHED", "ARITHMETIC"))
    report.equal("line total", told["findings"][0]["code"], "00423")
    lower = [(number.lower(), *line[1:]) for number, line in zip(numbers, (one, two))]
    if lower[0][0] != numbers[0] or lower[1][0] != numbers[1]:
        told = office.one(office.file(body("X4", lower)), code=DIFFERS)
        report.equal("small letters", told["difference"], "VOUCHER_CASE")
    told = office.one(office.file(body("X5", [one, two]), vat="00488410010"), code=DIFFERS)
    report.check("nobody of the register", "UNKNOWN_ISSUER" in texts(told), told)
    report.equal("and nothing recorded", told.get("invoice"), None)
    told = office.one(office.file(body("X6", [one, two], month="2026-03")), code=DIFFERS)
    report.equal("another month", (told["state"], told["difference"]),
                 ("SET_ASIDE", "NO_STATEMENT"))
    told = office.one(office.file(body("X8", [one, two], month=None), vat=BETA), code=DIFFERS)
    report.check("another's, and no month said", "ISSUER" in texts(told), told)
    told = office.one(office.file(body("X7", [one, two], document="TD17")), code=BAD)
    report.equal("not to be settled", told["result"], "field_invalid")


def refused_files(office):
    base = office.daemon.base
    for name, text, code in (
            ("bomb.xml", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "bad_request"),
            ("deep.xml", "<a>" * 100, "body_too_large"),
            ("cut.xml", "<p:Fattura", "bad_request"), ("other.xml", "<a/>", "bad_request"),
            ("signed.p7m", "MIIB", "bad_request")):
        (base / name).write_text(text)
        done = office.run("import", "invoice", str(base / name), "--json",
                          code=BAD)
        told = json.loads(done.stdout)[0]
        report.equal(name, (told["result"], told["invoices"]), (code, []))
        report.check(f"{name} told", told["fault"] != "", told)
    office.run("import", "invoice", code=USAGE)
    office.run("import", "invoice", str(base / "none.xml"), code=USAGE)
    office.run("import", "invoice", "x.xml", "--verify", "a", "--unwrap", code=USAGE)
    office.run("import", "invoice", "x.xml", "--received", "today", code=USAGE)


def agreed(office, people, waiting, numbers, statement):
    """The first invoice again, now that the statement is attested."""
    before = len(office.records())
    dry = office.one(waiting, "--dry-run")
    report.equal("dry run", dry["state"], "MATCHED")
    report.equal("dry run records nothing",
                 people["FINANCE"].get(f"/v1/statements/{statement}").json["state"], "ATTESTED")
    done = office.run("import", "invoice", str(waiting))
    report.check("told in words", "TD01 1 of 2026-02-14, net 101,69, VAT 5,08: MATCHED" in done.stdout,
                 done.stdout)
    item = people["FINANCE"].get(f"/v1/statements/{statement}").json
    report.equal("invoiced", (item["state"], item["invoice_number"]), ("INVOICED", "1"))
    sequence = people["FINANCE"].get("/status").json["ledger_seq"]
    told = office.one(waiting)
    report.check("again: nothing", "taken in before" in told["done"], told)
    told = office.one(waiting, "--sdi-id", "5550001")
    report.check("its number of the SdI, said later", "SdI's identifier stands" in told["done"], told)
    report.equal("stands in it", [item.get("sdi_id") for item in office.records()
                                  if item["id"] == told["invoice"]], ["5550001"])
    told = office.one(waiting, "--sdi-id", "5550002")
    report.check("once", told["done"] == "nothing: it was taken in before", told)
    report.equal("no record more", len(office.records()), before)
    told = office.one(office.file(body("1", right_lines(numbers)[:1])), code=DIFFERS)
    report.equal("the same number", told["result"], "invoice_number_taken")
    told = office.one(office.file(body("2", right_lines(numbers))), code=DIFFERS)
    report.check("invoiced already", "number 1 of 2026-02-14" in texts(told)["ALREADY_INVOICED"],
                 told)
    return sequence


def make_certificates(base):
    run = lambda *words: subprocess.run(["openssl", *words], check=True, capture_output=True,
                                        cwd=base)
    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
        "-subj", "/CN=Authority", "-days", "30")
    run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "who.key", "-out", "who.csr", "-subj",
        "/CN=Signer")
    run("x509", "-req", "-in", "who.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
        "-out", "who.pem", "-days", "20")
    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "no.key", "-out", "no.pem",
        "-subj", "/CN=Nobody", "-days", "30")


def signed(office, waiting):
    if shutil.which("openssl") is None:
        print("SKIP: openssl is not installed")
        return
    base = office.daemon.base
    make_certificates(base)
    path = base / "signed.xml.p7m"
    subprocess.run(["openssl", "cms", "-sign", "-binary", "-nodetach", "-in", str(waiting), "-signer",
                    "who.pem", "-inkey", "who.key", "-outform", "DER", "-out", str(path)],
                   check=True, capture_output=True, cwd=base)
    office.take(path, code=BAD)
    told = office.take(path, "--verify", str(base / "ca.pem"))
    report.equal("verified", (told["signatures"], told["verified"]), (1, True))
    report.check("the same invoice", "taken in before" in told["invoices"][0]["done"], told)
    told = office.take(path, "--unwrap")
    report.equal("unwrapped", (told["signatures"], told["verified"]), (1, False))
    told = office.take(path, "--verify", str(base / "no.pem"), code=UNSAFE)
    report.check("not to be trusted", "signature does not hold" in told.get("fault", ""), told)


def refusals(daemon, office, numbers):
    one, two = right_lines(numbers)
    wrong = office.file(body("W0", [(numbers[0], "2.00", "22.65", 4530), two]))
    told = office.one(wrong, "--refuse", "--sdi-id", "7700001")
    report.equal("refused", told["state"], "REFUSED")
    report.equal("facts", (told["refusal"]["esito"], told["refusal"]["numero_fattura"],
                           told["refusal"]["identificativo_sdi"]), ("EC02", "W0", "7700001"))
    told = office.one(wrong, "--refuse")
    report.check("refused once", "taken in before" in told["done"], told)
    refused = office.list("refused-invoices")
    report.equal("one refusal", [item["invoice_number"] for item in refused], ["W0"])


def too_late(daemon, office, numbers):
    daemon.admin.made("/v1/clock:advance", {"to": "2026-03-13T08:00:00+01:00"})
    one, two = right_lines(numbers)
    path = office.file(body("W3", [one, two], due="I"))
    told = office.one(path, "--refuse", code=DIFFERS)
    report.equal("too late", told["result"], "invoice_refusal_too_late")


def notes(office, people, numbers, visits):
    """A note that takes a wrong invoice back; one for a visit that was reversed; one for nothing."""
    one, two = right_lines(numbers)
    path = office.file(body("NC1", [one, two], document="TD04", due="I", related="W3"))
    told = office.one(path)
    report.equal("taken back", (told["state"], bool(told.get("corrects"))), ("CREDIT_NOTE", True))
    path = office.file(body("NC2", [(numbers[0], "1.00", "22.60", 2260)], document="TD04"))
    told = office.one(path, code=DIFFERS)
    report.equal("for nothing", told["difference"], "NO_SERVICE")
    people["UDP_MANAGER"].made(f"/v1/statements/{people['january']}:approve",
                               {"act": "DET-9", "durc_valid_to": "2026-06-30"})
    answer = people["UDP_MANAGER"].post(f"/v1/redemptions/{visits[0]}:reverse", {
        "reason": "OFFICE_CHECK", "credit_note_number": "NC2", "credit_note_date": "2026-02-14"})
    report.check("reversed", answer.status in (200, 202), answer)
    told = office.one(path)
    report.equal("for the visit", told["state"], "CREDIT_NOTE")


def several(office, numbers):
    """By amount alone, when two statements wait with the same one."""
    lines = right_lines(numbers)
    told = office.one(office.file(body("S1", lines, month=None, tagged=False, date="2026-04-14")),
                      code=DIFFERS)
    report.equal("a person chooses", (told["state"], told["difference"], len(told["candidates"])),
                 ("SET_ASIDE", "SEVERAL_STATEMENTS", 2))
    path = office.file(body("S2", lines, month="2026-02", tagged=False, date="2026-04-14"))
    told = office.one(path, "--dry-run")
    report.equal("by month and amount", told["state"], "MATCHED")


def lot(office, numbers, statement):
    """Two invoices in one file: one agrees, the other comes too late."""
    right = body("A1", right_lines(numbers), month="2026-02", date="2026-04-14")
    other = body("A2", right_lines(numbers), month="2026-02", date="2026-04-14")
    told = office.take(office.file(right, other), "--sdi-id", "880001", code=DIFFERS)
    report.equal("a lot", [one["state"] for one in told["invoices"]], ["MATCHED", "MISMATCHED"])
    report.equal("its statement", told["invoices"][0]["statement"], statement)
    report.check("places of the lot", {item["place"] for item in office.records()
                                       if item.get("sdi_id") == "880001"} == {1, 2}, told)


def merged(daemon, office, people, numbers, statement):
    """ALFA becomes part of BETA before it invoiced March."""
    alfa = people["FINANCE"].get(f"/v1/statements/{statement}").json["accreditation"]
    daemon.admin.made("/v1/clock:advance", {"to": "2026-04-20T08:00:00+02:00"})
    people["ACCREDITOR"].made(f"/v1/accreditations/{alfa}:succeed", {
        "successor": people["beta"], "effective_from": "2026-04-21", "act": "FUS-1"})
    daemon.admin.made("/v1/clock:advance", {"to": "2026-04-22T08:00:00+02:00"})
    lines = right_lines(numbers)
    told = office.one(office.file(body("M1", lines, month="2026-03", date="2026-04-22")),
                      code=DIFFERS)
    report.check("issued by who was merged", "ALFA, which was merged into BETA on 2026-04-21" in
                 texts(told).get("MERGED_ISSUER", ""), told)
    report.check("and names whose CIG", "B0A1C2D3E4" in texts(told).get("CIG", ""), told)
    told = office.one(office.file(body("M2", lines, month="2026-03", date="2026-04-22",
                                       cig="B0A1C2D3E4"), vat=BETA))
    report.equal("issued by the successor", (told["state"], told["statement"]),
                 ("MATCHED", statement))


def main():
    with Daemon() as daemon:
        people = world(daemon)
        numbers = titles(people)
        office = Office(daemon, people["FINANCE"])
        daemon.admin.made("/v1/clock:advance", {"to": "2026-02-01T08:00:00+01:00"})
        visits = deliver(daemon, people, numbers, "2026-01")
        daemon.admin.made("/v1/clock:advance", {"to": "2026-02-14T08:00:00+01:00"})
        people["january"] = january = statement_of(people, "2026-01")
        people["UDP_OFFICER"].made(f"/v1/statements/{january}:freeze")
        waiting = before_attestation(office, numbers)
        attest(people, january)
        item = people["FINANCE"].get(f"/v1/statements/{january}",
                                     Min_Ledger_Seq=str(daemon.admin.get("/status").json["ledger_seq"])).json
        report.equal("the month", (item["net_cents"], item["vat_cents"]), (10169, 508))
        each_wrong(office, numbers, january)
        other_wrongs(office, numbers)
        refused_files(office)
        refusals(daemon, office, numbers)
        agreed(office, people, waiting, numbers, january)
        signed(office, waiting)
        for month, then in (("2026-02", "2026-03-01"), ("2026-03", "2026-04-01")):
            daemon.admin.made("/v1/clock:advance", {"to": f"{then}T08:00:00+01:00"})
            deliver(daemon, people, numbers, month)
            if month == "2026-02":
                too_late(daemon, office, numbers)
                notes(office, people, numbers, visits)
        daemon.admin.made("/v1/clock:advance", {"to": "2026-04-14T08:00:00+02:00"})
        february, march = (statement_of(people, month) for month in ("2026-02", "2026-03"))
        for statement in (february, march):
            people["UDP_OFFICER"].made(f"/v1/statements/{statement}:freeze")
            attest(people, statement)
        several(office, numbers)
        lot(office, numbers, february)
        merged(daemon, office, people, numbers, march)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
