#!/usr/bin/python3
"""Personal data over HTTP: every role under every operation, on persons of its own and of others;
what is noted; what lies in no file; keys changed and persons erased while the daemon serves and
across a restart."""
import json
import os

from daemon import Daemon, Report, until

report = Report()
CANARIES = {"tax_code": "RSSMRA80A01H501U", "surname": "Canarinovski", "name": "Tweety",
            "address": "Via del Canarino 7", "iban": "SM86U0322509800000000270100",
            "email": "canarino@example.org", "phone": "0373123456",
            "instructions": "suonare due volte al citofono", "isee_detail": "casa canarina"}
DOOR = {"surname", "name", "address", "phone", "instructions"}
REGISTER = {"tax_code", "surname", "name", "address"}
ALL = set(CANARIES)
# What each role reads, and which of write, search, export, log, erase, rotate it may: w s x l e r.
ROLES = {
    "ADMINISTRATOR": (set(), "r"), "ASSEMBLY": (set(), ""), "POLITICAL_BOARD": (set(), ""),
    "CAPOFILA": (set(), ""), "CONSORTIUM": (set(), ""), "UDP_OFFICER": (ALL, "ws"),
    "UDP_MANAGER": (ALL, "sxler"), "SOCIAL_WORKER": (ALL, "wsx"),
    "SUBAMBITO_COORD": ({"surname", "name"}, ""), "COMUNE_ADMIN": (REGISTER, ""),
    "COMUNE_SOCIAL": (ALL - {"iban"}, "s"), "FINANCE": (set(), ""), "BENEFICIARY": (ALL, "xl"),
    "ACCREDITOR": (set(), ""), "AUDITOR": (set(), "l"), "REGION_ATS": (set(), ""),
    "TREASURER": (set(), ""), "COURIER": (set(), ""), "PROVIDER": (DOOR, ""),
    "OPERATOR": (set(), "")}
SCOPES = {"SUBAMBITO_COORD": {"sub_ambito": "SUB1"}, "COMUNE_ADMIN": {"comune": "019067"},
          "COMUNE_SOCIAL": {"comune": "019067"}, "PROVIDER": {"provider": "ALFA"},
          "OPERATOR": {"provider": "ALFA"}}


class World:
    def __init__(self, daemon):
        self.daemon = daemon
        self.admin = daemon.admin
        self.clients = {}
        self.admin.made("/v1/ambiti", {"code": "CREMA", "name": "Crema"})
        self.person("MAKER", "UDP_MANAGER", ambito="CREMA")
        maker = self.clients["MAKER"]
        maker.made("/v1/sub-ambiti", {"ambito": "CREMA", "code": "SUB1", "name": "Nord"})
        maker.made("/v1/sub-ambiti", {"ambito": "CREMA", "code": "SUB2", "name": "Sud"})
        for code, cadastral, name, sub in (("019067", "G306", "Pandino", "SUB1"),
                                           ("019035", "D142", "Crema", "SUB2")):
            maker.made("/v1/comuni", {
                "istat_code": code, "cadastral_code": cadastral, "name": name, "sub_ambito": sub,
                "population": 8852, "potential_users": 100, "actual_users": 20})
        self.person("WORKER", "SOCIAL_WORKER", ambito="CREMA")
        worker = self.clients["WORKER"]
        self.own = worker.made("/v1/beneficiaries", {"comune": "019067"})["beneficiary"]
        self.other = worker.made("/v1/beneficiaries", {"comune": "019035"})["beneficiary"]
        maker.made("/v1/providers", {
            "ambito": "CREMA", "code": "ALFA", "legal_name": "ALFA cooperativa sociale",
            "kind": "SOCIAL_COOP", "vat_number": "12345678903",
            "iban": "IT60X0542811101000000123456"})
        for role in ROLES:
            if role == "ADMINISTRATOR":
                self.clients[role] = self.admin
            else:
                scopes = SCOPES.get(role, {"ambito": "CREMA"})
                if role == "BENEFICIARY":
                    scopes = {"beneficiary": self.own}
                self.person(role, role, **scopes)

    def person(self, code, role, **scopes):
        self.admin.made("/v1/principals", {"code": code, "role": role, **scopes})
        token = self.admin.made("/v1/credentials", {"principal": code})["token"]
        self.clients[code] = self.daemon.client(token)


def fill(world):
    worker = world.clients["WORKER"]
    answer = worker.post(f"/v1/persons/{world.own}", {"purpose": "CASE_WORK", **CANARIES})
    report.equal("written", (answer.status, answer.json), (200, {"person": world.own}))
    answer = worker.post(f"/v1/persons/{world.other}",
                         {"purpose": "CASE_WORK", "surname": "Altri",
                          "tax_code": "BNCLRA85T50F205A"})
    report.equal("another written", answer.status, 200)


def every_role(world):
    own, other = world.own, world.other
    for role, (fields, acts) in ROLES.items():
        client = world.clients[role]
        may = {letter: letter in acts for letter in "wsxler"}
        sees_other = role not in ("BENEFICIARY", *SCOPES)

        def status(allowed, is_other=False):
            return 403 if not allowed else 404 if is_other and not sees_other else 200

        # The provider has no title of either.
        for person, is_other in ((own, role == "PROVIDER"), (other, True)):
            path = f"/v1/persons/{person}"
            answer = client.get(f"{path}?purpose=CASE_WORK")
            report.equal(f"{role} reads {person}", answer.status, status(bool(fields), is_other))
            if answer.status == 200 and not is_other:
                report.equal(f"{role} sees", set(answer.json) - {"person", "city"}, fields)
            answer = client.post(path, {"purpose": "CORRECTION", "city": "Crema"})
            report.equal(f"{role} writes {person}", answer.status, status(may["w"], is_other))
            answer = client.get(f"{path}/export?purpose=ACCESS_REQUEST")
            report.equal(f"{role} exports {person}", answer.status, status(may["x"], is_other))
            answer = client.get(f"{path}/reads?purpose=SUPERVISION")
            report.equal(f"{role} reads the log of {person}", answer.status,
                         status(may["l"], is_other))
            if not may["e"]:
                answer = client.post(f"{path}:erase", {"purpose": "ERASURE_REQUEST"})
                report.equal(f"{role} erases {person}", answer.status, 403)
        answer = client.post("/v1/persons:search",
                             {"purpose": "CASE_WORK", "tax_code": "bnclra85t50f205a"})
        report.equal(f"{role} searches", answer.status, status(may["s"]))
        if answer.status == 200:
            report.equal(f"{role} finds", [item["person"] for item in answer.json["items"]],
                         [other] if sees_other else [])
        report.equal(f"{role} asks for status", client.get("/v1/vault").status, status(may["r"]))
        if not may["r"]:
            report.equal(f"{role} rotates", client.post("/v1/vault:rotate").status, 403)


def refusals(world):
    worker = world.clients["WORKER"]
    path = f"/v1/persons/{world.own}"
    stranger = world.daemon.client(None)
    report.equal("no token", stranger.get(f"{path}?purpose=CASE_WORK").status, 401)
    for label, answer, status, code, field in (
            ("no purpose", worker.get(path), 400, "field_missing", "purpose"),
            ("no such purpose", worker.get(f"{path}?purpose=CURIOSITY"), 400, "field_invalid",
             "purpose"),
            ("no such parameter", worker.get(f"{path}?purpose=NOTICE&colour=x"), 400,
             "unknown_field", "colour"),
            ("no such field", worker.get(f"{path}?purpose=NOTICE&fields=surname,hat"), 400,
             "field_invalid", "fields"),
            ("a wrong tax code", worker.post(path, {
                "purpose": "CASE_WORK", "tax_code": "RSSMRA80A01H501A"}), 400, "field_invalid",
             "tax_code"),
            ("a wrong IBAN", worker.post(path, {
                "purpose": "CASE_WORK", "iban": "IT61X0542811101000000123456"}), 400,
             "field_invalid", "iban"),
            ("a number", worker.post(path, {"purpose": "CASE_WORK", "surname": 3}), 400,
             "field_invalid", "surname"),
            ("an unknown member", worker.post(path, {"purpose": "CASE_WORK", "hat": "x"}), 400,
             "unknown_field", "hat"),
            ("a search for a surname", worker.post("/v1/persons:search", {
                "purpose": "CASE_WORK", "surname": "Altri"}), 403, "forbidden", "surname"),
            ("nobody", worker.get("/v1/persons/ben_9999?purpose=NOTICE"), 404, "not_owner", None),
            ("no identifier", worker.get("/v1/persons/x?purpose=NOTICE"), 404, "not_owner", None),
    ):
        report.equal(label, (answer.status, answer.json["code"], answer.json.get("field")),
                     (status, code, field))
        report.equal(f"{label}: a remedy", bool(answer.json.get("remedy")), True)
        report.equal(f"{label}: no value", "RSSMRA80A01H501A" in answer.body.decode(), False)
    answer = worker.ask("POST", path, b'{"purpose":"NOTICE","purpose":"NOTICE"}',
                        {"Content-Type": "application/json"})
    report.equal("twice", answer.json["code"], "duplicate_field")
    answer = worker.ask("POST", path, b'{"purpose":"NOTICE"}"}', {"Content-Type": "application/json"})
    report.equal("a text that begins behind it", answer.json["code"], "malformed_json")
    answer = worker.ask("POST", path, b'{"purpose":', {"Content-Type": "application/json"})
    report.equal("cut", answer.json["code"], "malformed_json")


def the_log(world):
    manager = world.clients["UDP_MANAGER"]
    path = f"/v1/persons/{world.own}/reads?purpose=SUPERVISION"
    answer = manager.get(path + "&limit=1000").json
    acts = {item["act"] for item in answer["items"]}
    report.equal("acts", {"WRITE", "READ", "EXPORT", "READ_LOG"} <= acts, True)
    report.equal("whose", {item["person"] for item in answer["items"]}, {world.own})
    first = answer["items"][-1]
    report.equal("the first act", (first["act"], first["purpose"], set(first["fields"])),
                 ("WRITE", "CASE_WORK", ALL))
    page = manager.get(path + "&limit=1").json
    report.equal("a page", len(page["items"]), 1)
    after = manager.get(path + "&limit=1&cursor=" + page["next_cursor"]).json
    report.equal("the next", after["items"][0] != page["items"][0], True)


def command_line(world):
    """titoli person, titoli vault: the same with words and files."""
    daemon, worker = world.daemon, world.clients["WORKER"]
    manager = world.clients["UDP_MANAGER"]
    person = worker.made("/v1/beneficiaries", {"comune": "019067"})["beneficiary"]
    given = daemon.base / "given.json"
    given.write_text(json.dumps({"surname": "Verdi", "tax_code": "VRDGPP50A01F205A"}))
    refused = report.titoli(daemon, worker, "person", "put", person, "--purpose", "CASE_WORK",
                            "--from", str(given), code=65)
    report.check("a wrong tax code is named, not shown", "tax_code" in refused.stderr and
                 "VRDGPP" not in refused.stderr, refused.stderr)
    given.write_text(json.dumps({"surname": "Verdi", "tax_code": "bnclra85t50f205a"}))
    report.titoli(daemon, worker, "person", "put", person, "--purpose", "CASE_WORK", "--from",
                  str(given), "--city", "Crema", "--sub", "x", code=2)
    report.titoli(daemon, worker, "person", "put", person, "--purpose", "CASE_WORK", "--from",
                  str(given), "--city", "Crema")
    given.unlink()
    shown = report.titoli(daemon, worker, "person", "show", person, "--purpose", "DELIVERY",
                          "--fields", "surname,city", "--json")
    report.equal("shown", json.loads(shown.stdout),
                 {"person": person, "surname": "Verdi", "city": "Crema"})
    report.titoli(daemon, worker, "person", "show", person, code=2)
    found = report.titoli(daemon, worker, "person", "find", "--purpose", "CASE_WORK", "--tax-code",
                          "BNCLRA85T50F205A", "--json")
    report.equal("found", {item["person"] for item in json.loads(found.stdout)["items"]},
                 {person, world.other})
    report.titoli(daemon, worker, "person", "put", person, "--purpose", "CORRECTION", "--city", "")
    out = daemon.base / "person.json"
    report.titoli(daemon, worker, "person", "export", person, "--out", str(out))
    report.equal("exported", json.loads(out.read_text()),
                 {"person": person, "surname": "Verdi", "tax_code": "BNCLRA85T50F205A"})
    report.equal("for its owner alone", out.stat().st_mode & 0o777, 0o600)
    report.titoli(daemon, worker, "person", "export", person, "--out", str(out), code=74)
    out.unlink()
    reads = report.titoli(daemon, manager, "person", "reads", person, "--purpose", "SUPERVISION",
                          "--json")
    report.equal("reads", [(item["act"], item["purpose"])
                           for item in json.loads(reads.stdout)["items"]],
                 [("EXPORT", "ACCESS_REQUEST"), ("WRITE", "CORRECTION"), ("SEARCH", "CASE_WORK"),
                  ("READ", "DELIVERY"), ("WRITE", "CASE_WORK")])
    report.titoli(daemon, manager, "person", "erase", person, code=2)
    report.titoli(daemon, worker, "person", "erase", person, "--purpose", "ERASURE_REQUEST", code=77)
    report.titoli(daemon, manager, "person", "erase", person, "--purpose", "ERASURE_REQUEST")
    report.titoli(daemon, worker, "person", "show", person, "--purpose", "CASE_WORK", code=1)
    listed = report.titoli(daemon, worker, "person", "fields")
    report.check("fields", "isee_detail" in listed.stdout, listed.stdout)
    done = report.titoli(daemon, manager, "vault", "rotate", "--json", "--quiet")
    report.equal("new keys", json.loads(done.stdout)["is_rotating"], False)
    status = report.titoli(daemon, manager, "vault", "status", "--json")
    report.equal("the link of the log", len(json.loads(status.stdout)["log_link"]), 64)


def copies(world):
    """The keys of each day, apart, for thirty days."""
    daemon, manager = world.daemon, world.clients["UDP_MANAGER"]

    def kept():
        return sorted(path.name for path in (daemon.base / "copies").glob("keys-*"))

    report.check("the first day", until(lambda: kept() == ["keys-2026-01-02"]), kept())
    for day, wanted in (("2026-02-01", ["keys-2026-01-02", "keys-2026-02-01"]),
                        ("2026-02-02", ["keys-2026-02-01", "keys-2026-02-02"])):
        daemon.admin.made("/v1/clock:advance", {"to": f"{day}T12:00:00+01:00"})
        report.check(f"on {day}", until(lambda wanted=wanted: kept() == wanted), kept())
    status = manager.get("/v1/vault").json
    report.equal("told", status["key_copy_on"], "2026-02-02")


def nothing_in_files(daemon):
    for folder, _, names in os.walk(daemon.base):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.isfile(path):
                continue
            with open(path, "rb") as file:
                content = file.read()
            found = [field for field, text in CANARIES.items() if text.encode() in content]
            report.equal(f"nothing of a person in {name}", found, [])


def main():
    with Daemon() as closed:
        answer = closed.admin.get("/v1/vault")
        report.equal("no vault", (answer.status, answer.json["code"]), (409, "vault_closed"))
    daemon = Daemon().with_vault("next", 2).with_vault()
    daemon.init().start()
    world = World(daemon)
    fill(world)
    every_role(world)
    refusals(world)
    the_log(world)
    command_line(world)
    copies(world)
    daemon.stop()
    nothing_in_files(daemon)

    # Another master key: all is read with it once the rotation is over.
    daemon.settings.update(vault_key=str(daemon.base / "next"),
                           vault_key_former=str(daemon.base / "master"))
    daemon.start()
    tokens = {name: client.token for name, client in world.clients.items()}
    manager = daemon.client(tokens["UDP_MANAGER"])
    report.equal("former keys", manager.get("/v1/vault").json["former_keys"], 3)
    report.equal("begun", manager.post("/v1/vault:rotate").status, 200)
    report.equal("rotated", until(lambda: not manager.get("/v1/vault").json["is_rotating"]), True)
    report.equal("none left", manager.get("/v1/vault").json["former_keys"], 0)
    daemon.stop()
    daemon.settings.update(vault_key_former="")
    daemon.start()
    manager = daemon.client(tokens["UDP_MANAGER"])
    path = f"/v1/persons/{world.own}"
    answer = manager.get(f"{path}?purpose=CASE_WORK").json
    report.equal("all is there", {name: answer.get(name) for name in CANARIES}, CANARIES)

    # Erased: for good, after a restart too; the beneficiary's number stays.
    answer = manager.post(f"{path}:erase", {"purpose": "ERASURE_REQUEST"})
    report.equal("erased", answer.status, 200)
    for _ in range(2):
        answer = manager.get(f"{path}?purpose=CASE_WORK")
        report.equal("gone", (answer.status, answer.json["code"]), (409, "person_erased"))
        answer = manager.post("/v1/persons:search",
                              {"purpose": "CASE_WORK", "tax_code": CANARIES["tax_code"]})
        report.equal("not found", answer.json["items"], [])
        report.equal("the number stays", manager.get(f"/v1/beneficiaries/{world.own}").status,
                     200)
        daemon.stop()
        daemon.start()
        manager = daemon.client(tokens["UDP_MANAGER"])
    daemon.stop()
    nothing_in_files(daemon)
    return report.end()


if __name__ == "__main__":
    raise SystemExit(main())
