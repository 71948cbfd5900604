#!/usr/bin/python3
"""A thousand canaries: ten fields of a hundred persons are written, read, searched for, misspelt, and
then looked for in every file of ledger, vault, backups and logs, in the answers to errors, in what
goes to third parties, and in what a crash leaves. None may sing.

suite: seconds 300"""
import json
import os
import resource
import signal
import sys

from daemon import Daemon, until
from exports_test import build, cli
from life_test import report

PERSONS = 100
MARKS = (b"qzxwkj", b"773311")  # each canary holds one; a whole canary must follow for a finding
ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
               (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20,
                11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)))


def check_letter(text):
    """Of a codice fiscale and of an Italian account: the CIN."""
    total = sum(ODD[symbol] if at % 2 == 0 else int(symbol) if symbol.isdigit()
                else ord(symbol) - ord("A") for at, symbol in enumerate(text))
    return chr(ord("A") + total % 26)


def iban(account):
    basic = "0542811101" + account
    basic = check_letter(basic) + basic
    number = int("".join(str(int(symbol, 36)) for symbol in basic + "IT00"))
    return f"IT{98 - number % 97:02d}{basic}"


def canaries(at):
    tax_code = f"QZXWKJ{at:02d}A01H501"
    return {"tax_code": tax_code + check_letter(tax_code), "surname": f"Qzxwkj Cognome{at:03d}",
            "name": f"Nome-Qzxwkj{at:03d}", "address": f"Via Qzxwkj {at:03d}",
            "iban": iban(f"QZXWKJ{at:06d}"), "email": f"persona.qzxwkj{at:03d}@example.org",
            "phone": f"+39773311{at:04d}", "contact": f"figlia Qzxwkj{at:03d}",
            "instructions": f"chiavi da Qzxwkj{at:03d}, primo piano",
            "isee_detail": f"casa in via Qzxwkj{at:03d}, due conti"}


ALL = [canaries(at) for at in range(PERSONS)]
TEXTS = [text.lower().encode() for person in ALL for text in person.values()]


def found_in(content):
    """Whole canaries, in capitals or small letters."""
    content = content.lower()
    if not any(mark in content for mark in MARKS):
        return []
    return [text.decode() for text in TEXTS if text in content]


def content_of(path):
    """The bytes of a file without its holes: a core has gigabytes of them."""
    pieces = []
    with open(path, "rb") as file:
        end = file.seek(0, os.SEEK_END)
        at = 0
        while at < end:
            try:
                at = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:  # nothing but a hole up to the end
                break
            hole = os.lseek(file.fileno(), at, os.SEEK_HOLE)
            pieces.append(os.pread(file.fileno(), hole - at, at))
            at = hole
    return b"".join(pieces)


class Watched:
    """A client whose refusals are kept."""

    refusals = []

    def __init__(self, client):
        self.client = client

    def ask(self, method, path, body=None, headers=None):
        answer = self.client.ask(method, path, body, headers)
        report.check(f"{method} of {path.split('?')[0]} is refused", answer.status >= 400, answer)
        Watched.refusals.append(answer.body + repr(answer.headers).encode())
        return answer

    def post(self, path, body):
        return self.ask("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json"})


def write_all(people):
    worker = people["SOCIAL_WORKER"]
    persons = [worker.made("/v1/beneficiaries", {"comune": "019067"})["beneficiary"]
               for _ in range(PERSONS)]
    for person, texts in zip(persons, ALL):
        worker.made(f"/v1/persons/{person}", {"purpose": "CASE_WORK", **texts})
    return persons


def read_all(people, persons):
    worker = people["SOCIAL_WORKER"]
    for person, texts in zip(persons, ALL):
        answer = worker.get(f"/v1/persons/{person}?purpose=CASE_WORK").json
        report.equal(f"{person} is as it was written", answer, {"person": person, **texts})
        for field in ("tax_code", "iban", "email", "phone"):
            answer = worker.made("/v1/persons:search", {"purpose": "CASE_WORK",
                                                        field: texts[field]})
            report.equal(f"{person} by {field}", answer["items"], [{"person": person}])


def misspell(people, persons):
    """All that a person at a desk gets wrong with a form of somebody's data in hand."""
    worker, auditor = Watched(people["SOCIAL_WORKER"]), Watched(people["AUDITOR"])
    for person, texts in zip(persons[:12], ALL):
        path = f"/v1/persons/{person}"
        told = {"purpose": "CASE_WORK", **texts}
        worker.post(path, {**told, "tax_code": texts["tax_code"] + "Z"})
        worker.post(path, {**told, "iban": texts["iban"].replace("IT", "FR")})
        worker.post(path, {**told, "sex": texts["surname"]})
        worker.post(path, {**told, "birth_date": texts["tax_code"]})
        worker.post(path, {**told, "email": texts["surname"]})
        worker.post(path, {**told, "phone": texts["name"]})
        worker.post(path, {**told, "name": texts["name"] * 20})
        worker.post(path, {**told, "hat": texts["surname"]})
        worker.post(path, {**told, "city": [texts["address"]]})
        worker.post(path, {**told, "city": {"at": texts["address"]}})
        worker.post(path, {**told, "purpose": texts["contact"]})
        worker.post(path, texts)
        worker.post(path, {**told, "instructions": texts["instructions"] * 400})
        worker.post(path + "?nope=1", told)
        worker.post("/v1/persons/ben_999999", told)
        worker.post("/v1/persons:search", {"purpose": "CASE_WORK", "surname": texts["surname"]})
        worker.post("/v1/persons:search", told)
        worker.post(f"{path}:erase", told)
        auditor.post(path, told)
        auditor.post("/v1/persons:search", told)
        auditor.ask("GET", f"{path}?purpose=SUPERVISION")
        whole = json.dumps(told).encode()
        for headers, body in (({"Content-Type": "application/json"}, whole[:-1]),
                              ({"Content-Type": "application/json"}, whole[:-1] + b',"iban":"x"}'),
                              ({"Content-Type": "application/json"}, whole + b"x"),
                              ({"Content-Type": "application/json"}, b"[" + whole + b"]"),
                              ({"Content-Type": "text/plain"}, whole),
                              ({"Content-Type": "application/json", "Content-Encoding": "gzip"},
                               whole)):
            worker.ask("POST", path, body, headers)
        # Where no personal data belong, and where people put them all the same.
        for text in (texts["tax_code"], texts["email"]):
            worker.ask("GET", f"{path}?purpose={text}")
            worker.ask("GET", f"{path}?purpose=NOTICE&fields={text}")
            worker.ask("GET", f"/v1/persons/{text}?purpose=NOTICE")
    for refusal in Watched.refusals:
        report.equal("nothing of a person in a refusal", found_in(refusal), [])


def third_parties(daemon, people):
    """What leaves the house: payments, lists, reports, the journal as it is shown, figures."""
    out = daemon.base / "out"
    told = cli(daemon.port, people["FINANCE"], "make", "--month", "2026-01", "--payer", "CAPO",
               "--out", str(out), "--json")
    report.equal("nothing of a person in what titoli says", found_in(told.encode()), [])
    report.check("files for the bank", len(list(out.iterdir())) >= 3)
    shown = 0
    for client in (people["AUDITOR"], people["PROVIDER"], daemon.admin):
        for path in ("/v1/journal?from=1&limit=1000", "/v1/events?limit=1000", "/v1/vouchers",
                     "/v1/beneficiaries?limit=1000", "/v1/redemptions", "/v1/statements",
                     "/v1/exports", "/v1/principals", "/status", "/v1/vault"):
            answer = client.get(path)
            shown += answer.status == 200
            report.equal(f"nothing of a person in {path}", found_in(answer.body), [])
    report.check("lists were shown", shown > 12, shown)
    report.equal("a backup", daemon.admin.ask("POST", "/v1/backups/one").status, 201)


def look_everywhere(daemon, when):
    """Every file: ledger, vault, copies, backups, log, exports, cores."""
    sizes = {}
    for folder, _, names in os.walk(daemon.base):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.isfile(path):
                continue
            content = content_of(path)
            sizes[name] = len(content)
            report.equal(f"nothing of a person in {path}, {when}", found_in(content), [])
    report.check(f"the files are there, {when}", sizes.get("data.mdb", 0) > 0 and "log" in sizes and
                 "keys" in sizes and "erasures" in sizes, sorted(sizes))


def the_search_finds():
    """Each canary would be found, also in the midst of other bytes and in capitals."""
    for text in TEXTS:
        report.check("a canary is found", text.decode() in found_in(os.urandom(99) + text.upper()))


def crash(daemon):
    """A core may be written, as far as the daemon lets it: into the test's folder."""
    with open(f"/proc/{daemon.process.pid}/limits", encoding="ascii") as limits:
        found = [line.split()[4:6] for line in limits if line.startswith("Max core file size")]
    report.equal("no core, whatever limits were given", found, [["0", "0"]])
    daemon.process.send_signal(signal.SIGABRT)
    code = daemon.process.wait()
    report.equal("it crashed", code, -signal.SIGABRT)
    daemon.process = None
    daemon.log_file.close()


def main():
    the_search_finds()
    daemon = Daemon(idle_timeout_ms=600000).with_vault()
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    os.chdir(daemon.base)
    daemon.init().start()
    people, _ = build(daemon)
    persons = write_all(people)
    read_all(people, persons)
    misspell(people, persons)
    third_parties(daemon, people)
    report.equal("canaries", len(set(TEXTS)), 1000)
    look_everywhere(daemon, "while it runs")
    crash(daemon)
    look_everywhere(daemon, "after a crash")
    daemon.start()
    tokens = {role: client.token for role, client in people.items()}
    people = {role: daemon.client(token) for role, token in tokens.items()}
    read_all(people, persons[:5])
    manager = people["UDP_MANAGER"]
    for person in persons[:50]:
        manager.made(f"/v1/persons/{person}:erase", {"purpose": "ERASURE_REQUEST"})
    manager.made("/v1/vault:rotate")
    report.check("new keys", until(lambda: not manager.get("/v1/vault").json["is_rotating"]))
    for person in persons[:50]:
        refused = manager.get(f"/v1/persons/{person}?purpose=CASE_WORK")
        report.equal("gone", refused.json["code"], "person_erased")
    daemon.stop()
    look_everywhere(daemon, "at the end")
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
