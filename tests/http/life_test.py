#!/usr/bin/python3
"""The whole life of a title through the public API: from an empty ledger to a paid statement, with
the answers of each step, replays, refusals, batches, views and a restart in between."""
import json
import shutil
import sys

from daemon import Client, Daemon, Report

report = Report()


def masters(daemon):
    admin = daemon.admin
    admin.made("/v1/ambiti", {"code": "CREMA", "name": "Ambito di Crema"})
    people = {role: daemon.principal(role.lower(), role, ambito="CREMA") for role in (
        "UDP_OFFICER", "UDP_MANAGER", "ASSEMBLY", "FINANCE", "CAPOFILA", "ACCREDITOR",
        "SOCIAL_WORKER", "TREASURER", "AUDITOR")}
    manager = people["UDP_MANAGER"]
    manager.made("/v1/sub-ambiti", {"ambito": "CREMA", "code": "NORD", "name": "Nord"})
    manager.made("/v1/comuni", {
        "istat_code": "019067", "cadastral_code": "H276", "name": "Ripalta Cremasca",
        "sub_ambito": "NORD", "population": 3000})
    people["COMUNE_SOCIAL"] = daemon.principal("comune019067", "COMUNE_SOCIAL", comune="019067")
    manager.made("/v1/services", {
        "ambito": "CREMA", "code": "SAD", "name": "Assistenza domiciliare", "unit": "MINUTE",
        "vat_social_coop_bp": 500, "vat_non_commercial_ets_bp": 0, "vat_other_bp": 2200})
    manager.made("/v1/tariffs", {
        "service": "SAD", "valid_from": "2026-01-01", "net_cents": 2260, "act": "DEL-1"})
    manager.made("/v1/funds", {"ambito": "CREMA", "code": "FNPS", "name": "Fondo"})
    manager.made("/v1/funds/FNPS/years/2026:propose",
                 {"stated_cents": 10000000, "act": "DEL-2"})
    people["ASSEMBLY"].made("/v1/funds/FNPS/years/2026:approve",
                            {"ascertained_cents": 10000000, "act": "DEL-3"})
    people["FINANCE"].made("/v1/funds/FNPS/years/2026:open", {"act": "DET-1"})
    people["FINANCE"].made("/v1/commitments", {
        "fund": "FNPS", "year": 2026, "number": "100", "chapter": "12", "amount_cents": 5000000,
        "act": "DET-2"})
    manager.made("/v1/providers", {
        "ambito": "CREMA", "code": "ALFA", "legal_name": "Alfa coop", "kind": "SOCIAL_COOP",
        "vat_number": "12345678903", "iban": "IT60X0542811101000000123456"})
    people["PROVIDER"] = daemon.principal("alfa", "PROVIDER", provider="ALFA")
    made = people["ACCREDITOR"].made("/v1/accreditations", {
        "provider": "ALFA", "services": ["SAD"], "sub_ambiti": ["NORD"]})
    accreditation = made["accreditation"]
    people["ACCREDITOR"].made(f"/v1/accreditations/{accreditation}:approve",
                              {"act": "DET-3", "durc_valid_to": "2099-12-31"})
    people["CAPOFILA"].made(f"/v1/accreditations/{accreditation}:activate", {
        "valid_from": "2026-01-01", "valid_to": "2028-12-31", "cig": "Z123456789",
        "act": "PATTO-1"})
    return people


def title(people):
    worker, officer, provider = (people[r] for r in ("SOCIAL_WORKER", "UDP_OFFICER", "PROVIDER"))
    person = worker.made("/v1/beneficiaries", {"comune": "019067"})["beneficiary"]
    made = worker.made("/v1/vouchers", {
        "beneficiary": person, "fund": "FNPS", "first_month": "2026-01", "last_month": "2026-03",
        "lines": [{"service": "SAD", "units_per_month": 600}]})
    voucher = made["voucher"]
    check = officer.post(f"/v1/vouchers/{voucher}:check-issue", {})
    report.equal("check of an issue", check.status, 200)
    report.check("a check tells no sequence", "ledger_seq" not in check.json, check)
    first = officer.post(f"/v1/vouchers/{voucher}:issue", {}, key="issue-1")
    report.equal("issue", first.status, 200)
    again = officer.post(f"/v1/vouchers/{voucher}:issue", {}, key="issue-1")
    report.equal("replay of an issue", again.status, 200)
    report.equal("a replay says so", again.headers.get("idempotency-replayed"), "true")
    report.equal("a replay shows the code again", again.json["voucher_code"],
                 first.json["voucher_code"])
    other = officer.post(f"/v1/vouchers/{voucher}:issue", {"fund": "FNPS"}, key="issue-1")
    report.equal("the same key for another body", other.json["code"], "idempotency_key_reused")
    wrong = provider.post(f"/v1/vouchers/{voucher}:choose-provider",
                          {"provider": "ALFA", "voucher_code": "0000-0000-0000-0000-00"})
    report.check("a wrong code", wrong.status in (404, 422, 400), wrong)
    chosen = provider.post(f"/v1/vouchers/{voucher}:choose-provider", {
        "provider": "ALFA", "voucher_code": first.json["voucher_code"].lower()})
    report.equal("choose", chosen.status, 200)
    return voucher


def redemptions(daemon, people, voucher):
    provider = people["PROVIDER"]
    visit = {"voucher": voucher, "start": "2026-01-10T09:00:00", "minutes": 60, "operator": "op1"}
    daemon.admin.made("/v1/clock:advance", {"to": "2026-02-01T08:00:00+01:00"})
    checked = provider.post("/v1/redemptions:check", visit)
    report.equal("check of a redemption", checked.status, 201)
    done = provider.post("/v1/redemptions", visit, key="r1")
    report.equal("redemption", done.status, 201)
    report.equal("net", done.json["net_cents"], 2260)
    report.equal("gross", done.json["gross_cents"], 2373)
    report.check("Ledger-Seq", int(done.headers["ledger-seq"]) >= done.json["ledger_seq"], done)
    report.equal("duplicate", provider.post("/v1/redemptions", visit).json["code"],
                 "duplicate_service")
    lines = [{"id": f"l{i}", "voucher": voucher, "start": f"2026-01-{11 + i}T09:00:00",
              "minutes": 60, "operator": "op1"} for i in range(8)]
    lines.append({"id": "late", "voucher": voucher, "start": "2026-01-25T09:00:00",
                  "minutes": 600, "operator": "op2"})
    lines.append({"id": "bad", "voucher": voucher, "minutes": 5})
    answer = provider.batch("/v1/redemptions:batch", lines, key="b1")
    report.equal("batch", answer.status, 200)
    report.equal("batch lines", [line["id"] for line in answer.lines],
                 [line["id"] for line in lines])
    report.equal("batch statuses", [line["status"] for line in answer.lines],
                 [201] * 8 + [409, 400])
    again = provider.batch("/v1/redemptions:batch", lines, key="b1")
    report.equal("batch replayed", [line.get("redemption") for line in again.lines],
                 [line.get("redemption") for line in answer.lines])
    csv = ("id;voucher;start;minutes;operator\r\nc1;%s;2026-01-20T15:00:00;30;op1\r\n" % voucher)
    answer = provider.batch("/v1/redemptions:batch", csv.encode(), media="text/csv")
    report.equal("csv batch", [line["status"] for line in answer.lines], [201])
    array = json.dumps([{"id": "a1", "voucher": voucher, "start": "2026-01-20T17:00:00",
                         "minutes": 30, "operator": "op1"}]).encode()
    answer = provider.batch("/v1/redemptions:batch", array, media="application/json")
    report.equal("array batch", [line["status"] for line in answer.lines], [201])
    return int(answer.headers["ledger-seq"])


def settlement(daemon, people, sequence):
    provider, officer, manager = (people[r] for r in ("PROVIDER", "UDP_OFFICER", "UDP_MANAGER"))
    listed = provider.ask("GET", "/v1/statements", headers={"Min-Ledger-Seq": str(sequence)})
    report.equal("statements", listed.status, 200)
    statement = listed.json["items"][0]["id"]
    daemon.admin.made("/v1/clock:advance", {"to": "2026-02-13T08:00:00+01:00"})
    frozen = officer.post(f"/v1/statements/{statement}:freeze")
    report.equal("freeze", frozen.status, 200)
    report.equal("confirm", provider.post(f"/v1/statements/{statement}:confirm").status, 200)
    report.equal("attest", people["COMUNE_SOCIAL"].post(
        f"/v1/statements/{statement}:attest").status, 200)
    item = provider.get(f"/v1/statements/{statement}").json
    matched = people["FINANCE"].post(f"/v1/statements/{statement}:match-invoice", {
        "invoice_number": "1/2026", "invoice_date": "2026-02-14", "net_cents": item["net_cents"],
        "vat_cents": item["vat_cents"], "cig": "Z123456789", "split_payment": True})
    report.equal("match", matched.status, 200)
    approved = manager.post(f"/v1/statements/{statement}:approve",
                            {"act": "DET-9", "durc_valid_to": "2026-06-30"})
    report.equal("approve", approved.status, 200)
    finance = people["FINANCE"]
    report.equal("export", finance.post(f"/v1/statements/{statement}:export",
                                        {"manifest_hash": "ab" * 32}).status, 200)
    report.equal("order", finance.post(f"/v1/statements/{statement}:order", {
        "order_number": "77", "order_date": "2026-02-20"}).status, 200)
    paid = people["TREASURER"].post(f"/v1/statements/{statement}:pay",
                                    {"receipt_number": "Q1", "paid_on": "2026-02-21"})
    report.equal("pay", paid.status, 200)
    return statement, int(paid.headers["ledger-seq"])


def views(daemon, people, voucher, statement, sequence):
    admin, provider, auditor = daemon.admin, people["PROVIDER"], people["AUDITOR"]
    least = {"Min-Ledger-Seq": str(sequence)}
    for path in ("/v1/ambiti", "/v1/comuni", "/v1/services", "/v1/tariffs", "/v1/funds",
                 "/v1/fund-years", "/v1/providers", "/v1/accreditations", "/v1/commitments",
                 "/v1/beneficiaries", "/v1/vouchers", "/v1/redemptions", "/v1/statements",
                 "/v1/principals", "/v1/credentials", "/v1/ambiti/CREMA", "/v1/comuni/019067",
                 f"/v1/vouchers/{voucher}", f"/v1/statements/{statement}/lines",
                 f"/v1/statements/{statement}/redemptions",
                 f"/v1/statements/{statement}/vouchers", "/v1/funds/FNPS/years/2026",
                 "/v1/journal", "/v1/reports/balances", "/v1/reports/units",
                 "/v1/reports/comuni", "/v1/reports/providers", "/v1/reports/refusals",
                 "/v1/openapi.json"):
        reader = admin if path in ("/v1/principals", "/v1/credentials") else auditor
        answer = reader.ask("GET", path, headers=least)
        report.check(path, answer.status == 200 and answer.json, answer)
    report.equal("one's own title", provider.get(f"/v1/vouchers/{voucher}").status, 200)
    report.equal("not one's own list", len(provider.get("/v1/principals").json["items"]), 0)
    state = provider.get(f"/v1/statements/{statement}").json["state"]
    report.equal("statement is paid", state, "PAID")
    return auditor.ask("GET", "/v1/reports/balances", headers=least).json["items"]


def backups(daemon, people):
    """A copy of the running ledger, made into a ledger of its own, proved and served."""
    done = daemon.admin.ask("POST", "/v1/backups/one")
    report.equal("backup", done.status, 201)
    report.equal("a name twice", daemon.admin.ask("POST", "/v1/backups/one").status, 409)
    hidden = (daemon.base / "backups").rename(daemon.base / "backups.away")
    report.equal("no backup folder", daemon.admin.ask("POST", "/v1/backups/two").json["code"],
                 "backup_folder_unusable")
    hidden.rename(daemon.base / "backups")
    report.equal("a bad name", daemon.admin.ask("POST", "/v1/backups/..").status, 400)
    report.equal("backup by another role",
                 people["AUDITOR"].ask("POST", "/v1/backups/two").status, 403)
    copy = Daemon(folder=daemon.base / "copy")
    copy.base.mkdir()
    restored = json.loads(copy.run("restore", "--from", str(daemon.base / "backups/one")).stdout)
    report.equal("restored sequence", restored["ledger_seq"], done.json["ledger_seq"])
    report.check("the secret is not in a backup", not restored["secret_present"], restored)
    report.equal("verify of a restored ledger",
                 json.loads(copy.run("verify").stdout)["result"], "ok")
    shutil.copy(f"{daemon.ledger}.key", f"{copy.ledger}.key")
    (copy.ledger / "admin.token").write_text(daemon.token)
    copy.start()
    report.equal("the copy serves", copy.admin.get("/v1/ambiti/CREMA").status, 200)
    copy.stop()


def main():
    with Daemon() as daemon:
        people = masters(daemon)
        voucher = title(people)
        sequence = redemptions(daemon, people, voucher)
        statement, sequence = settlement(daemon, people, sequence)
        before = views(daemon, people, voucher, statement, sequence)
        backups(daemon, people)
        daemon.stop()
        daemon.start()
        after = Client(daemon.port, people["AUDITOR"].token).ask(
            "GET", "/v1/reports/balances", headers={"Min-Ledger-Seq": str(sequence)}).json["items"]
        report.equal("balances after a restart", after, before)
        daemon.stop()
        verified = json.loads(daemon.run("verify").stdout)
        report.equal("verify", verified["result"], "ok")
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
