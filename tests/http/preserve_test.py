#!/usr/bin/python3
"""Preservation packages through the command line: of an approved statement's act and of a sealed
export; bound to what the ledger sealed; verified, and found out when a byte changes."""
import hashlib
import json
import sys

from daemon import Daemon
from documents_test import cli, freeze
from life_test import masters, redemptions, report, title


def approve(people, statement):
    people["PROVIDER"].made(f"/v1/statements/{statement}:confirm")
    people["COMUNE_SOCIAL"].made(f"/v1/statements/{statement}:attest")
    item = people["PROVIDER"].get(f"/v1/statements/{statement}").json
    people["FINANCE"].made(f"/v1/statements/{statement}:match-invoice", {
        "invoice_number": "1/2026", "invoice_date": "2026-02-13", "net_cents": item["net_cents"],
        "vat_cents": item["vat_cents"], "cig": "Z123456789", "split_payment": True})
    people["UDP_MANAGER"].made(f"/v1/statements/{statement}:approve",
                               {"act": "DET-9", "durc_valid_to": "2026-06-30"})
    return item


def of_statement(daemon, people, statement):
    finance = people["FINANCE"]
    papers, package = daemon.base / "papers", daemon.base / "act"
    cli(daemon, finance, "document", "statement", statement, "--out", str(papers))
    words = ["preserve", "statement", statement, "--from", str(papers), "--out", str(package)]
    done = cli(daemon, finance, *words, "--act", "DET-9", code=2)
    report.check("not before the approval", "not approved yet" in done.stderr, done.stderr)
    item = approve(people, statement)
    done = cli(daemon, finance, *words, code=2)
    report.check("an act is named", "which act" in done.stderr, done.stderr)
    words += ["--act", "DET-9", "--protocol", "1234", "--protocol-date", "2026-02-14"]
    cli(daemon, finance, *words[:-2], code=2)
    cli(daemon, finance, *words[:-1], "14/02/2026", code=2)
    told = json.loads(cli(daemon, finance, *words, "--json").stdout)
    report.equal("files", told["files"], 3)
    index = (package / "indice.xml").read_text("utf-8")
    for word in ("<Act>DET-9</Act>", "<Protocol>1234</Protocol>", "Alfa coop", "Ambito di Crema"):
        report.check(f"index: {word}", word in index, index)
    again = json.loads(cli(daemon, finance, *words, "--json").stdout)
    report.equal("again: the same index", again["index_sha256"], told["index_sha256"])
    cli(daemon, finance, "preserve", "verify", str(package), "--hash", told["index_sha256"])
    victim = sorted((package / "documenti").glob("*_????????????.csv"))[0]
    bytes_before = victim.read_bytes()
    victim.write_bytes(bytes_before.replace(b"ALFA", b"BETA"))
    done = cli(daemon, finance, "preserve", "verify", str(package), code=65)
    report.check("a changed byte is named", victim.name in done.stderr, done.stderr)
    victim.write_bytes(bytes_before)
    cli(daemon, finance, "preserve", "verify", str(package))
    cli(daemon, finance, "preserve", "verify", str(daemon.base / "nothing"), code=1)
    return item


def of_export(daemon, people, statement, item):
    finance = people["FINANCE"]
    body = people["CAPOFILA"].made("/v1/paying-bodies", {
        "ambito": "CREMA", "code": "CAPO", "name": "Comune di Crema", "tax_code": "00111540191",
        "iban": "IT60X0542811101000000123456", "format": "TABLE", "act": "DET-1",
        "ipa_code": "UFABC1"})["paying_body"]
    export = finance.made("/v1/exports", {"paying_body": body, "month": "2026-01"})["export"]
    finance.made("/v1/export-items", {"export": export, "statement": statement})
    files, package = daemon.base / "files", daemon.base / "export"
    files.mkdir()
    (files / "righe.csv").write_text("a;b\r\n")
    (files / "righe.manifest.csv").write_text("manifest\r\n")
    words = ["export", "preserve", export, "--from", str(files), "--out", str(package)]
    done = cli(daemon, finance, *words, code=2)
    report.check("not before the seal", "not sealed yet" in done.stderr, done.stderr)
    sealed = hashlib.sha256(b"manifest\r\n").hexdigest()
    finance.made(f"/v1/exports/{export}:seal", {
        "content_hash": sealed, "item_count": 1, "net_cents": item["net_cents"],
        "vat_cents": item["vat_cents"]})
    finance.made(f"/v1/exports/{export}:protocol",
                 {"protocol_number": "77", "protocol_date": "2026-02-14"})
    (files / "righe.manifest.csv").write_text("another\r\n")
    done = cli(daemon, finance, *words, code=65)
    report.check("what was sealed must be there", sealed[:20] in done.stderr, done.stderr)
    report.check("nothing written", not package.exists(), package)
    (files / "righe.manifest.csv").write_text("manifest\r\n")
    cli(daemon, finance, *words)
    index = (package / "indice.xml").read_text("utf-8")
    for word in ("<Protocol>77</Protocol>", "<CodiceIPA>UFABC1</CodiceIPA>", sealed,
                 "Comune di Crema"):
        report.check(f"index of the export: {word}", word in index, index)
    cli(daemon, finance, "preserve", "verify", str(package))
    cli(daemon, finance, "preserve", "export", "exp_999", "--from", str(files), "--out",
        str(package), code=1)
    cli(daemon, finance, "preserve", "nothing", code=2)


def main():
    with Daemon() as daemon:
        people = masters(daemon)
        statement = freeze(daemon, people, redemptions(daemon, people, title(people)))
        item = of_statement(daemon, people, statement)
        of_export(daemon, people, statement, item)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
