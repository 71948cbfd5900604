#!/usr/bin/python3
"""The comune's view and its attestations: two comuni, two providers, January settled under P1, what
each report tells against the books, who sees what, and two comuni attesting at once."""
import sys
import threading

from daemon import Daemon, Report
from life_test import masters

report = Report()
OTHER = "019035"


def world(daemon):
    people = masters(daemon)
    manager, finance = people["UDP_MANAGER"], people["FINANCE"]
    manager.made("/v1/comuni", {"istat_code": OTHER, "cadastral_code": "D142", "name": "Crema",
                                "sub_ambito": "NORD", "population": 34000})
    people["OTHER"] = daemon.principal("comune019035", "COMUNE_SOCIAL", comune=OTHER)
    manager.made("/v1/providers", {
        "ambito": "CREMA", "code": "BETA", "legal_name": "Beta coop", "kind": "SOCIAL_COOP",
        "vat_number": "00743110157", "iban": "IT60X0542811101000000123456"})
    people["BETA"] = daemon.principal("beta", "PROVIDER", provider="BETA")
    made = people["ACCREDITOR"].made("/v1/accreditations", {
        "provider": "BETA", "services": ["SAD"], "sub_ambiti": ["NORD"]})["accreditation"]
    people["ACCREDITOR"].made(f"/v1/accreditations/{made}:approve",
                              {"act": "DET-4", "durc_valid_to": "2099-12-31"})
    people["CAPOFILA"].made(f"/v1/accreditations/{made}:activate", {
        "valid_from": "2026-01-01", "valid_to": "2028-12-31", "cig": "Z123456789", "act": "P-2"})
    for comune, amount in (("019067", 900000), (OTHER, 800000)):
        manager.made("/v1/ceilings", {"ambito": "CREMA", "comune": comune, "fund": "FNPS",
                                      "year": 2026, "amount_cents": amount, "mode": "HARD",
                                      "act": "DEL-5"})
    manager.made("/v1/parameters", {"ambito": "CREMA", "name": "COMUNE_SHARE_BP", "value": "2500",
                                    "valid_from": "2026-01-01", "act": "DEL-6"})
    manager.made("/v1/parameters", {"ambito": "CREMA", "name": "PATRON_DAY", "value": "10-06",
                                    "comune": OTHER, "valid_from": "2026-01-01", "act": "DEL-7"})
    return people, finance


def title(people, comune, provider, first="2026-01", last="2026-06"):
    worker = people["SOCIAL_WORKER"]
    person = worker.made("/v1/beneficiaries", {"comune": comune})["beneficiary"]
    voucher = worker.made("/v1/vouchers", {
        "beneficiary": person, "fund": "FNPS", "first_month": first, "last_month": last,
        "lines": [{"service": "SAD", "units_per_month": 600}]})["voucher"]
    people["UDP_OFFICER"].made(f"/v1/vouchers/{voucher}:issue")
    worker.made(f"/v1/vouchers/{voucher}:choose-provider", {"provider": provider})
    return voucher


def visit(people, provider, voucher, day, minutes):
    who = people["PROVIDER" if provider == "ALFA" else "BETA"]
    made = who.made("/v1/redemptions", {"voucher": voucher, "start": f"{day}T09:00:00",
                                        "minutes": minutes, "operator": voucher})
    return made["redemption"]


def listed(who, path, sequence):
    answer = who.ask("GET", path, headers={"Min-Ledger-Seq": str(sequence)})
    report.equal(path, answer.status, 200)
    return answer.json["items"]


def sums(balances):
    """Cents by account of the fund book."""
    found = {}
    for item in balances:
        account = item["account"].split("_")[0]
        found[account] = found.get(account, 0) + item["balance_cents"]
    return found


def total(items, name):
    return sum(item[name] for item in items)


def settle(people, finance, statement, cig="Z123456789"):
    item = people["AUDITOR"].get(f"/v1/statements/{statement}").json
    finance.made(f"/v1/statements/{statement}:match-invoice", {
        "invoice_number": f"1/{statement}", "invoice_date": "2026-03-02",
        "net_cents": item["net_cents"], "vat_cents": item["vat_cents"], "cig": cig,
        "split_payment": True})
    people["UDP_MANAGER"].made(f"/v1/statements/{statement}:approve",
                               {"act": "DET-9", "durc_valid_to": "2026-06-30"})


def attestations(people, statements, titles, sequence):
    """Lines to attest: what is unusual first; a comune sees its own; then all in one act."""
    own = listed(people["COMUNE_SOCIAL"], "/v1/reports/attestations?month=2026-01", sequence)
    all_lines = listed(people["AUDITOR"], "/v1/reports/attestations", sequence)
    report.equal("lines of one comune", {line["comune"] for line in own}, {"019067"})
    report.equal("lines of both", len(all_lines), 4)
    report.equal("of half the plan first", [line["is_below_plan"] for line in own], [True, False])
    report.equal("whose month it is", own[0]["voucher"], titles["019067", "BETA"])
    report.equal("allotment", own[0]["plan_units"], 600)
    report.equal("nothing usual in the first month", own[0]["usual_units"], 0)
    books = listed(people["AUDITOR"], "/v1/reports/balances?fund_year=FNPS-2026", sequence)
    report.equal("lines are F150", total(all_lines, "gross_cents"), sums(books)["F150"])
    done = people["COMUNE_SOCIAL"].made("/v1/statements:attest-month", {
        "month": "2026-01", "exceptions": [{"line": own[0]["line"], "reason": "TYPING_ERROR"}]})
    report.equal("lines attested", done["lines"], 1)
    other = people["OTHER"].made("/v1/statements:attest-month", {"month": "2026-01"})
    report.equal("lines of the other comune", other["lines"], 2)
    refused = people["OTHER"].post("/v1/statements:attest-month", {
        "month": "2026-01", "exceptions": [{"line": own[1]["line"], "reason": "TYPING_ERROR"}]})
    report.equal("another's line does not exist", refused.status, 404)
    states = {s: people["AUDITOR"].get(f"/v1/statements/{s}").json["state"] for s in statements}
    report.equal("one goes on, one is contested", sorted(states.values()),
                 ["ATTESTED", "CONTESTED"])
    return states, other["ledger_seq"]


def money(people, finance, sequence, charged):
    """Ceilings, forecast, residuals, unused, quarters: each against the books."""
    auditor = people["AUDITOR"]
    year = "?fund_year=FNPS-2026"
    books = sums(listed(auditor, "/v1/reports/balances" + year, sequence))
    ceilings = listed(auditor, "/v1/reports/ceilings" + year, sequence)
    report.equal("C140", total(ceilings, "used_cents"), books["C140"])
    report.equal("C120", total(ceilings, "free_cents"), books["C120"])
    report.equal("granted", total(ceilings, "granted_cents"), 1700000)
    own = listed(people["COMUNE_SOCIAL"], "/v1/reports/ceilings", sequence)
    report.equal("its own ceiling", [item["comune"] for item in own], ["019067"])
    whole = auditor.get(f"/v1/ceilings/{own[0]['ceiling']}/usage").json
    report.equal("expected", own[0]["expected_cents"], whole["forecast_cents"])
    forecast = listed(auditor, "/v1/reports/forecast" + year, sequence)
    report.equal("F140", total(forecast, "committed_cents"), books["F140"])
    report.equal("F155", total(forecast, "disputed_cents"), books["F155"])
    consumed = sum(books.get(a, 0) for a in ("F150", "F160", "F165", "F168", "F170", "F175"))
    report.equal("consumed", total(forecast, "consumed_cents"), consumed)
    for item in forecast:
        promised = item["committed_cents"] + item["disputed_cents"] + item["consumed_cents"]
        report.equal("months over", item["months_over"], 2)
        report.equal("rate", item["rate_cents"], item["consumed_before_cents"] // 2)
        report.equal("probable", item["probable_cents"], min(
            promised, max(item["consumed_before_cents"] + 10 * item["rate_cents"],
                          item["consumed_cents"])))
        report.equal("unused", item["unused_cents"], promised - item["probable_cents"])
    residuals = listed(auditor, "/v1/reports/residual-list" + year, sequence)
    for account in ("F150", "F155", "F160", "F165"):
        report.equal(f"residual {account}", books.get(account, 0), sum(
            item["amount_cents"] for item in residuals if item["account"].startswith(account)))
    report.equal("by impegno", {item["number"] for item in residuals}, {"100"})
    short = listed(auditor, "/v1/reports/residuals" + year, sequence)
    report.equal("as the short list", total(short, "balance_cents"),
                 total(residuals, "amount_cents"))
    unused = listed(auditor, "/v1/reports/unused" + year, sequence)
    report.equal("four titles", len(unused), 4)
    report.equal("none is 60 days old", total(unused, "older_than_60_days_cents"), 0)
    report.check("January is 30 days old", all(
        0 < item["older_than_30_days_cents"] < item["committed_cents"] for item in unused), unused)
    quarters(people, finance, sequence, charged)


def quarters(people, finance, sequence, charged):
    items = listed(people["AUDITOR"], "/v1/reports/payer-quarters", sequence)
    report.equal("one quarter of each comune", [(i["year"], i["quarter"]) for i in items],
                 [(2026, 1)] * 2)
    report.equal("charges", total(items, "due_cents"), total(charged, "due_cents"))
    report.equal("a quarter of the cost", total(items, "to_bill_cents"),
                 total(items, "balance_cents"))
    own = next(charge for charge in charged if charge["comune"] == "019067")
    path = f"/v1/payer-charges/{own['id']}"
    finance.made(path + ":bill", {"bill_number": "AMB-1", "billed_on": "2026-03-02"})
    paid = finance.made(path + ":pay", {"receipt_number": "R-1", "paid_on": "2026-03-02"})
    items = listed(people["COMUNE_SOCIAL"], "/v1/reports/payer-quarters", paid["ledger_seq"])
    report.equal("it owes nothing more", [(i["comune"], i["balance_cents"], i["paid_cents"])
                                          for i in items], [("019067", 0, own["due_cents"])])


def at_once(daemon, people, titles):
    """Both comuni attest February at the same moment, in statements that hold lines of both."""
    for (_, provider), voucher in titles.items():
        visit(people, provider, voucher, "2026-02-05", 60)
    daemon.admin.made("/v1/clock:advance", {"to": "2026-03-12T08:00:00+01:00"})
    statements = [s for s in people["AUDITOR"].ask(
        "GET", "/v1/statements?month=2026-02&state=OPEN",
        headers={"Min-Ledger-Seq": str(titles_sequence(people))}).json["items"]]
    for statement in statements:
        people["UDP_OFFICER"].made(f"/v1/statements/{statement['id']}:freeze")
        who = people["PROVIDER" if statement["provider"] == "ALFA" else "BETA"]
        who.made(f"/v1/statements/{statement['id']}:confirm")
    answers = []
    start = threading.Barrier(2)

    def attest(who):
        start.wait()
        answers.append(who.post("/v1/statements:attest-month", {"month": "2026-02"}))

    threads = [threading.Thread(target=attest, args=(people[who],))
               for who in ("COMUNE_SOCIAL", "OTHER")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report.equal("both attest", [(a.status, a.json["lines"]) for a in answers], [(200, 2)] * 2)
    states = [people["AUDITOR"].get(f"/v1/statements/{s['id']}").json["state"]
              for s in statements]
    report.equal("and nothing is missing", states, ["ATTESTED"] * 2)


def begun_late(daemon, people):
    """What begins in March is not judged by January: the rate is of the months since then."""
    people["UDP_MANAGER"].made("/v1/comuni", {
        "istat_code": "019062", "cadastral_code": "G004", "name": "Offanengo",
        "sub_ambito": "NORD", "population": 5874})
    people["UDP_MANAGER"].made("/v1/ceilings", {
        "ambito": "CREMA", "comune": "019062", "fund": "FNPS", "year": 2026,
        "amount_cents": 300000, "mode": "HARD", "act": "DEL-8"})
    voucher = title(people, "019062", "ALFA", first="2026-03")
    path = "/v1/reports/forecast?fund_year=FNPS-2026&comune=019062"
    item = listed(people["AUDITOR"], path, titles_sequence(people))[0]
    report.equal("nothing is used yet", item["months_over"], 0)
    report.equal("so what is promised is expected", item["probable_cents"],
                 item["committed_cents"])
    visit(people, "ALFA", voucher, "2026-03-05", 300)
    daemon.admin.made("/v1/clock:advance", {"to": "2026-04-02T08:00:00+02:00"})
    item = listed(people["AUDITOR"], path, titles_sequence(people))[0]
    report.equal("one month, not three", item["months_over"], 1)
    report.check("it was used", item["consumed_before_cents"] > 0, item)
    report.equal("its rate", item["rate_cents"], item["consumed_before_cents"])


def walked(who, path, limit):
    """Ids of a list, page by page."""
    ids, cursor = [], ""
    for _ in range(50):
        answer = who.get(f"{path}&limit={limit}{cursor}").json
        ids += [item["id"] for item in answer["items"]]
        if "next_cursor" not in answer:
            return ids
        cursor = "&cursor=" + answer["next_cursor"]
    raise AssertionError("a list without an end")


def lists(people):
    """Lists of statements of one month come out of an index: as those that are walked."""
    auditor = people["AUDITOR"]
    whole = auditor.get("/v1/statements?limit=1000").json["items"]
    for month in ("2026-01", "2026-02", "2026-03"):
        wanted = [item["id"] for item in whole if item["month"] == month]
        for limit in (1, 2, 1000):
            path = f"/v1/statements?month={month}"
            report.equal(f"{path} by {limit}", walked(auditor, path, limit), wanted)
            report.equal(f"{path} by {limit}, newest first",
                         walked(auditor, path + "&sort=-id", limit), wanted[::-1])
    for state in ("APPROVED", "CONTESTED", "PAID"):
        wanted = [item["id"] for item in whole
                  if item["month"] == "2026-01" and item["state"] == state]
        report.equal(state, walked(auditor, f"/v1/statements?month=2026-01&state={state}", 1),
                     wanted)
    alfa = walked(people["PROVIDER"], "/v1/statements?month=2026-01", 1)
    report.equal("a provider's own", alfa, [item["id"] for item in whole if
                 item["provider"] == "ALFA" and item["month"] == "2026-01"])


def titles_sequence(people):
    """The sequence of a write of now, so that lists show what came before it."""
    made = people["SOCIAL_WORKER"].made("/v1/beneficiaries", {"comune": OTHER})
    return made["ledger_seq"]


def main():
    with Daemon() as daemon:
        people, finance = world(daemon)
        titles = {}
        for comune in ("019067", OTHER):
            for provider in ("ALFA", "BETA"):
                titles[comune, provider] = title(people, comune, provider)
        daemon.admin.made("/v1/clock:advance", {"to": "2026-01-31T20:00:00+01:00"})
        for (comune, provider), voucher in titles.items():
            short = comune == "019067" and provider == "BETA"
            visit(people, provider, voucher, "2026-01-05", 60 if short else 330)
        daemon.admin.made("/v1/clock:advance", {"to": "2026-02-13T08:00:00+01:00"})
        sequence = titles_sequence(people)
        statements = [s["id"] for s in listed(people["AUDITOR"], "/v1/statements", sequence)]
        for statement in statements:
            people["UDP_OFFICER"].made(f"/v1/statements/{statement}:freeze")
            item = people["AUDITOR"].get(f"/v1/statements/{statement}").json
            who = people["PROVIDER" if item["provider"] == "ALFA" else "BETA"]
            who.made(f"/v1/statements/{statement}:confirm")
        sequence = titles_sequence(people)
        states, sequence = attestations(people, statements, titles, sequence)
        daemon.admin.made("/v1/clock:advance", {"to": "2026-03-02T09:00:00+01:00"})
        settle(people, finance, next(s for s, state in states.items() if state == "ATTESTED"))
        sequence = titles_sequence(people)
        charged = listed(people["AUDITOR"], "/v1/payer-charges", sequence)
        money(people, finance, sequence, charged)
        at_once(daemon, people, titles)
        titles_sequence(people)
        lists(people)
        begun_late(daemon, people)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
