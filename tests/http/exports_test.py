#!/usr/bin/python3
"""Exports through the command line, exactly once: two exporters at the same instant, an exporter that
is killed by SIGKILL before and after each of its requests and while it writes, a payment held back
between reading and seal, the same bytes again from a restored backup, signatures.

suite: seconds 900"""
import hashlib
import http.client
import http.server
import itertools
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import threading
import time

from daemon import PATIENCE_S, ROOT, Daemon
from life_test import masters, redemptions, report, title

TITOLI = os.environ.get("TITOLI") or str(ROOT / "build/release/titoli")
KEYS = itertools.count(1)


# ---- The world: two approved statements of January, one body that pays ----

def provider(daemon, people, code, vat_number, cig):
    people["UDP_MANAGER"].made("/v1/providers", {
        "ambito": "CREMA", "code": code, "legal_name": f"{code} coop", "kind": "SOCIAL_COOP",
        "vat_number": vat_number, "iban": "IT60X0542811101000000123456"})
    people[code] = daemon.principal(code.lower(), "PROVIDER", provider=code)
    pact = people["ACCREDITOR"].made("/v1/accreditations", {
        "provider": code, "services": ["SAD"], "sub_ambiti": ["NORD"]})["accreditation"]
    people["ACCREDITOR"].made(f"/v1/accreditations/{pact}:approve",
                              {"act": "DET-3", "durc_valid_to": "2099-12-31"})
    people["CAPOFILA"].made(f"/v1/accreditations/{pact}:activate", {
        "valid_from": "2026-01-01", "valid_to": "2028-12-31", "cig": cig, "act": "PATTO-2"})


def visits_of(people, code):
    worker, officer = people["SOCIAL_WORKER"], people["UDP_OFFICER"]
    person = worker.made("/v1/beneficiaries", {"comune": "019067"})["beneficiary"]
    voucher = worker.made("/v1/vouchers", {
        "beneficiary": person, "fund": "FNPS", "first_month": "2026-01", "last_month": "2026-01",
        "lines": [{"service": "SAD", "units_per_month": 600}]})["voucher"]
    issued = officer.made(f"/v1/vouchers/{voucher}:issue", {})
    people[code].made(f"/v1/vouchers/{voucher}:choose-provider",
                      {"provider": code, "voucher_code": issued["voucher_code"]})
    return voucher


def approve(people, statement, confirmer, cig):
    path = f"/v1/statements/{statement}"
    people["UDP_OFFICER"].made(path + ":freeze")
    people[confirmer].made(path + ":confirm")
    people["COMUNE_SOCIAL"].made(path + ":attest")
    item = people["AUDITOR"].get(path).json
    people["FINANCE"].made(path + ":match-invoice", {
        "invoice_number": f"{statement}/2026", "invoice_date": "2026-02-14",
        "net_cents": item["net_cents"], "vat_cents": item["vat_cents"], "cig": cig,
        "split_payment": True})
    people["UDP_MANAGER"].made(path + ":approve", {"act": "DET-9", "durc_valid_to": "2026-06-30"})


def build(daemon):
    people = masters(daemon)
    provider(daemon, people, "BETA", "01234567897", "Z123456780")
    voucher = title(people)
    other = visits_of(people, "BETA")
    redemptions(daemon, people, voucher)
    made = people["BETA"].made("/v1/redemptions", {
        "voucher": other, "start": "2026-01-10T15:00:00", "minutes": 90, "operator": "op9"})
    listed = people["AUDITOR"].ask("GET", "/v1/statements", headers={
        "Min-Ledger-Seq": str(made["ledger_seq"])}).json["items"]
    statements = {item["provider"]: item["id"] for item in listed}
    daemon.admin.made("/v1/clock:advance", {"to": "2026-02-13T08:00:00+01:00"})
    approve(people, statements["ALFA"], "PROVIDER", "Z123456789")
    approve(people, statements["BETA"], "BETA", "Z123456780")
    people["FINANCE"].made("/v1/paying-bodies", {
        "ambito": "CREMA", "code": "CAPO", "name": "Comune di Crema", "format": "TABLE",
        "tax_code": "00111540191", "iban": "IT60X0542811101000000123456", "act": "DET-8"})
    return people, statements


# ---- The command line ----

def environment(port, client, **more):
    return {**os.environ, "TITOLI_URL": f"http://127.0.0.1:{port}", "TITOLI_TOKEN": client.token,
            "TITOLI_LANG": "en", "TITOLI_TRIES": "1", **more}


def start(port, client, *words, **more):
    return subprocess.Popen([TITOLI, "export", *words], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True,
                            env=environment(port, client, **more))


def cli(port, client, *words, code=0, **more):
    done = start(port, client, *words, **more)
    out, error = done.communicate(timeout=PATIENCE_S)
    report.check(f"titoli export {' '.join(words[:3])}", done.returncode == code,
                 f"{done.returncode} {out} {error}")
    return out + error


def exports(people, **wanted):
    """Exports as they are now: a write before makes the list as new as that."""
    seen = people["FINANCE"].made("/v1/paying-bodies/CAPO:update", {"act": f"A-{next(KEYS)}"})
    found = people["FINANCE"].ask("GET", "/v1/exports", headers={
        "Min-Ledger-Seq": str(seen["ledger_seq"])}).json["items"]
    return [item for item in found if all(item.get(k) == v for k, v in wanted.items())]


def check_one(name, people, folder, count):
    """One sealed export with all payments, all its files in the folder, no note left."""
    sealed = exports(people, state="SEALED")
    report.equal(f"{name}: sealed exports", len(sealed), 1)
    full = [item for item in exports(people, state="DRAFT") if item.get("item_count", 0) > 0]
    report.equal(f"{name}: drafts that hold payments", len(full), 0)
    report.equal(f"{name}: payments", sealed[0]["item_count"], count)
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    begin = f"TIT-202601-CAPO-{sealed[0]['ordinal']}."
    mine = [path[len(begin):] for path in names if path.startswith(begin)]
    report.equal(f"{name}: files", mine,
                 ["excel-it.csv", "manifest.csv", "rfc4180.csv"])
    manifest = (folder / (begin + "manifest.csv")).read_bytes()
    report.equal(f"{name}: what was sealed", hashlib.sha256(manifest).hexdigest(),
                 sealed[0]["content_hash"])
    return sealed[0]


def take_back(people, export):
    people["FINANCE"].made(f"/v1/exports/{export['id']}:cancel", {"act": "DET-12"})


# ---- A daemon's door that kills who knocks ----

class Door:
    """Forwards requests to the daemon; at one of them ends the client, or calls what it was given."""

    def __init__(self, port):
        self.port = port
        self.client = None
        self.count = 0
        self.kill_at = 0
        self.after = False
        self.on_seal = None
        self.seal_seen = threading.Event()
        door = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self):
                door.count += 1
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size) if size else None
                is_the_one = door.count == door.kill_at
                if is_the_one and not door.after:
                    os.kill(door.client.pid, signal.SIGKILL)
                    return
                if self.path.endswith(":seal") and door.on_seal:
                    call, door.on_seal = door.on_seal, None
                    call()
                connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=30)
                connection.request(self.command, self.path, body=body, headers=dict(self.headers))
                answer = connection.getresponse()
                content = answer.read()
                connection.close()
                if is_the_one:
                    os.kill(door.client.pid, signal.SIGKILL)
                    return
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("connection", "transfer-encoding", "content-length",
                                            "date", "server"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                if self.path.endswith(":seal"):
                    door.seal_seen.set()

            do_GET = do_POST = forward

            def log_message(self, *_):
                pass

            def handle(self):
                try:
                    super().handle()
                except (BrokenPipeError, ConnectionResetError):
                    pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def run(self, client, *words, kill_at=0, after=False, on_seal=None):
        self.count, self.kill_at, self.after, self.on_seal = 0, kill_at, after, on_seal
        self.seal_seen.clear()
        self.client = start(self.server.server_port, client, *words)
        return self.client


# ---- The tests ----

MAKE = ("make", "--month", "2026-01", "--payer", "CAPO")


def plain(daemon, people):
    out = daemon.base / "plain"
    finance = people["FINANCE"]
    told = json.loads(cli(daemon.port, finance, *MAKE, "--out", str(out), "--json"))
    export = check_one("plain", people, out, 2)
    report.equal("told", (told["payments"], told["export"]), (2, export["id"]))
    report.equal("what statements owe", told["net_cents"], export["net_cents"])
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    rows = before[f"TIT-202601-CAPO-{export['ordinal']}.rfc4180.csv"].decode().splitlines()
    report.equal("rows", len(rows), 3)
    report.check("references", f"TIT-{export['id'][4:]}-" in rows[1], rows[1])
    again = daemon.base / "again"
    cli(daemon.port, finance, "again", export["id"], "--out", str(again))
    report.equal("the same bytes", {path.name: path.read_bytes() for path in again.iterdir()}, before)
    report.check("nothing more to pay", "nothing approved" in cli(
        daemon.port, finance, *MAKE, "--out", str(out)), "")
    listed = cli(daemon.port, finance, "list")
    report.check("titoli export list", export["id"] in listed, listed)
    cli(daemon.port, finance, "show", export["id"])
    cli(daemon.port, finance, "cancel", export["id"], "--act", "DET-12")
    report.equal("cancelled", exports(people, id=export["id"])[0]["state"], "CANCELLED")
    cli(daemon.port, finance, "make", "--month", "2026-01", "--payer", "NOBODY", code=2)
    cli(daemon.port, finance, "again", "exp_99", "--out", str(again), code=69)


def two_at_once(daemon, people):
    for i in range(6):
        out = daemon.base / f"two{i}"
        both = [start(daemon.port, people["FINANCE"], *MAKE, "--out", str(out)) for _ in range(2)]
        for one in both:
            told, error = one.communicate(timeout=PATIENCE_S)
            report.check("both end well", one.returncode == 0, f"{one.returncode} {told} {error}")
        take_back(people, check_one(f"two at once, {i}", people, out, 2))


def killed(daemon, people):
    """Before and after every request, until a run needs no more of them."""
    door = Door(daemon.port)
    finance = people["FINANCE"]
    steps = 0
    for kill_at in range(1, 100):
        ended = 0
        for after in (False, True):
            out = daemon.base / f"kill{kill_at}{after}"
            one = door.run(finance, *MAKE, "--out", str(out), kill_at=kill_at, after=after)
            one.communicate(timeout=PATIENCE_S)
            ended += one.returncode == 0
            if one.returncode == 0:
                take_back(people, check_one("not killed", people, out, 2))
                continue
            report.equal("killed", one.returncode, -signal.SIGKILL)
            steps += 1
            cli(daemon.port, finance, *MAKE, "--out", str(out))
            take_back(people, check_one(f"killed {'after' if after else 'before'} request {kill_at}",
                                        people, out, 2))
        if ended == 2:
            break
    report.check("it was killed at each of its requests", steps >= 16, steps)
    print(f"killed at {steps} places")


def killed_while_writing(daemon, people):
    """At moments after the seal, within the time that the rest of a run takes; at least ten were in
    time."""
    door = Door(daemon.port)
    chance = random.Random(7)
    hits = turns = 0
    longest = 0.05
    while turns < 25 or (hits < 10 and turns < 500):
        out = daemon.base / f"write{turns}"
        one = door.run(people["FINANCE"], *MAKE, "--out", str(out))
        report.check("it came to its seal", door.seal_seen.wait(PATIENCE_S))
        sealed = time.monotonic()
        pause = longest * chance.random()
        try:
            one.wait(timeout=pause)
            longest = min(longest, time.monotonic() - sealed)
        except subprocess.TimeoutExpired:
            one.kill()
        one.communicate(timeout=PATIENCE_S)
        hits += one.returncode != 0
        cli(daemon.port, people["FINANCE"], *MAKE, "--out", str(out))
        take_back(people, check_one(f"killed while writing, {turns}", people, out, 2))
        turns += 1
    report.check("some were killed", hits >= 10, hits)
    print(f"killed while writing {hits} times of {turns}")


def held_back(daemon, people, statements):
    """A payment is held back between the reading and the seal: the seal does not take it."""
    door = Door(daemon.port)
    finance, out = people["FINANCE"], daemon.base / "held"
    path = f"/v1/statements/{statements['BETA']}"

    def block():
        finance.made(path + ":block", {"cause": "SEIZURE", "act": "PIGN-1"})

    one = door.run(finance, *MAKE, "--out", str(out), on_seal=block)
    told, error = one.communicate(timeout=PATIENCE_S)
    report.equal("made without it", one.returncode, 0)
    report.check("it was blocked meanwhile", door.on_seal is None, told + error)
    first = check_one("held back", people, out, 1)
    finance.made(path + ":unblock", {"act": "SBLO-1"})
    cli(daemon.port, finance, *MAKE, "--out", str(out))
    sealed = exports(people, state="SEALED")
    report.equal("the rest leaves in its own", [item["item_count"] for item in sealed], [1, 1])
    sums = sum(item["total_cents"] for item in sealed)
    owed = sum(item["payable_net_cents"] + item["payable_vat_cents"]
               for item in finance.get("/v1/statements").json["items"])
    report.equal("to the cent", sums, owed)
    # a sealed one that is let go on as it stands is exported again, and paid once
    block()
    finance.made(path + ":unblock", {"act": "SBLO-2"})
    report.equal("as it stands", finance.get(path).json["state"], "EXPORTED")
    for export in sealed:
        take_back(people, export)
    return first


def as_xml(daemon, people):
    """The same payments for a bank: validated where the schemas are, and back to the same totals."""
    schemas = ROOT.parent / "shared" / "formats"
    given = {}
    if schemas.is_dir():
        given["TITOLI_SCHEMAS"] = str(schemas)
    else:
        print(f"SKIP: no schemas at {schemas}")
    # the settings of OPI are not installed: nothing is opened
    told = cli(daemon.port, people["FINANCE"], *MAKE, "--format", "OPI", "--out",
               str(daemon.base / "OPI"), code=78)
    report.check("which settings", "opi.conf" in told, told)
    report.equal("no draft without settings", exports(people, state="DRAFT"), [])
    for form, suffix in (("PAIN001_03", "pain001.03.xml"), ("PAIN001_09", "pain001.09.xml")):
        out = daemon.base / form
        cli(daemon.port, people["FINANCE"], *MAKE, "--format", form, "--out", str(out), **given)
        export = exports(people, state="SEALED")[0]
        text = (out / f"TIT-202601-CAPO-{export['ordinal']}.{suffix}").read_text()
        net = export["net_cents"]
        report.check(f"{form} pays the net", f"<CtrlSum>{net // 100}.{net % 100:02}</CtrlSum>" in text,
                     text)
        report.check(f"{form} says our reference", f"TIT-{export['id'][4:]}-" in text, text)
        cli(daemon.port, people["FINANCE"], "again", export["id"], "--out", str(out), **given)
        take_back(people, export)


def finished(daemon, people):
    """A sealed export is written again; one that was taken back is told."""
    finance, out = people["FINANCE"], daemon.base / "finished"
    cli(daemon.port, finance, *MAKE, "--out", str(out))
    export = exports(people, state="SEALED")[0]
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    cli(daemon.port, finance, "finish", export["id"], "--out", str(out))
    report.equal("the same bytes", {path.name: path.read_bytes() for path in out.iterdir()}, before)
    take_back(people, export)
    told = cli(daemon.port, finance, "finish", export["id"], "--out", str(out), code=1)
    report.check("taken back", "cancelled or replaced" in told, told)
    statement = next(item["statement"] for item in finance.ask(
        "GET", f"/v1/export-items?export={export['id']}").json["items"])
    draft = finance.made("/v1/exports", {"paying_body": "CAPO", "month": "2026-01"})["export"]
    told = cli(daemon.port, finance, "finish", draft, "--out", str(out), code=1)
    report.check("nothing is in it", "nothing was added" in told, told)
    finance.made("/v1/export-items", {"export": draft, "statement": statement})
    cli(daemon.port, finance, "finish", draft, "--out", str(out))
    made = exports(people, state="SEALED")
    report.equal("by hand, sealed", [(item["id"], item["item_count"]) for item in made], [(draft, 1)])
    take_back(people, made[0])


def signed(daemon, people):
    keys, out = daemon.base / "keys", daemon.base / "signed"
    finance = people["FINANCE"]
    cli(daemon.port, finance, "keygen", "--out", str(keys))
    report.equal("the private key is its owner's", (daemon.base / "keys.key").stat().st_mode & 0o77, 0)
    cli(daemon.port, finance, "keygen", "--out", str(keys), code=1)
    cli(daemon.port, finance, *MAKE, "--out", str(out), TITOLI_SIGN_KEY=str(keys) + ".key")
    signature = next(out.glob("*.sig"))
    before = signature.read_bytes()
    told = cli(daemon.port, finance, "verify", str(out), "--public-key", str(keys) + ".pub")
    report.check("verified", "1 manifests, 2 files, 1 signatures, 0 faults" in told, told)
    signature.unlink()
    cli(daemon.port, finance, "verify", str(out), "--public-key", str(keys) + ".pub", code=65)
    export = exports(people, state="SEALED")[0]
    cli(daemon.port, finance, "again", export["id"], "--out", str(out),
        TITOLI_SIGN_KEY=str(keys) + ".key")
    report.equal("the same signature", next(out.glob("*.sig")).read_bytes(), before)
    spoilt = next(out.glob("*.rfc4180.csv"))
    text = spoilt.read_bytes()
    spoilt.write_bytes(text.replace(b"Z123456789", b"Z123456780"))
    told = cli(daemon.port, finance, "verify", str(out), code=65)
    report.check("a changed file is found", f"{spoilt.name}: its SHA-256" in told, told)
    told = cli(daemon.port, finance, "again", export["id"], "--out", str(out), code=1)
    report.check("and not overwritten", spoilt.read_bytes() != text, told)
    return export


def restored(daemon, people, export):
    """A month closes reproducibly: a restored backup gives the same bytes."""
    first = daemon.base / "original"
    cli(daemon.port, people["FINANCE"], "again", export["id"], "--out", str(first))
    daemon.admin.ask("POST", "/v1/backups/month")
    copy = Daemon(folder=daemon.base / "copy", idle_timeout_ms=600000)
    copy.base.mkdir()
    copy.run("restore", "--from", str(daemon.base / "backups/month"))
    shutil.copy(f"{daemon.ledger}.key", f"{copy.ledger}.key")
    (copy.ledger / "admin.token").write_text(daemon.token)
    copy.start()
    second = copy.base / "again"
    cli(copy.port, people["FINANCE"], "again", export["id"], "--out", str(second))
    copy.stop()
    one, other = ({path.name: path.read_bytes() for path in folder.iterdir()}
                  for folder in (first, second))
    report.equal("the same files from the backup", one, other)
    report.equal("three of them", len(one), 3)


def main():
    with Daemon(idle_timeout_ms=600000) as daemon:
        people, statements = build(daemon)
        plain(daemon, people)
        two_at_once(daemon, people)
        killed(daemon, people)
        killed_while_writing(daemon, people)
        held_back(daemon, people, statements)
        as_xml(daemon, people)
        finished(daemon, people)
        export = signed(daemon, people)
        restored(daemon, people, export)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
