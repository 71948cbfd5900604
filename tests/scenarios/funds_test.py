#!/usr/bin/python3
"""Budgets and opening balances of funds, through the public API of a real daemon and `titoli`.

* The Lodi data of 2006: every row is loaded as stated; exactly the four differences of the seed's
  checks show, none is corrected, and no year is approved before they are decided.
* `titoli import opening`: a file of rows loads whole or not at all, at a size that is posted in
  slices; restarts and reports see all of it or nothing.

suite: seconds 900"""
import csv
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from daemon import Daemon  # noqa: E402
from world import World  # noqa: E402

GOLDEN = HERE.parent / "golden"
BUILD = pathlib.Path(os.environ.get("BUILD", "build/release"))
TITOLI = os.environ.get("TITOLI", str(BUILD / "titoli"))
PARENTS = {"AZIONI.": "AZIONI", "LS.": "LEGGI_SETTORE"}
ROWS = 6000


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def equal(self, what, got, expected):
        if got == expected:
            self.passed += 1
        else:
            self.failed += 1
            print(f"{what}: {got}, expected {expected}")


def table(name):
    with open(GOLDEN / name) as file:
        return list(csv.DictReader(file))


def listed(world, path):
    """All items of a list or report, as new as everything that was answered so far."""
    client = world.clients["auditor"]
    now = client.get("/v1/ambiti/CREMA").headers["Ledger-Seq"]
    return client.all(path, int(now))


# ---- Lodi ----

def parent_of(row):
    """What a line details: AZIONI.1 AZIONI, LS.162 the sector laws, an area of the FRPS its total."""
    for prefix, parent in PARENTS.items():
        if row["line_code"].startswith(prefix):
            return parent
    return "TOTALE" if row["fund_source"] == "FRPS" and row["level"] == "line" else None


def load_lodi(world):
    """Every row of the file; returns how many there were."""
    manager = world.clients["udp-manager"]
    lines, count = {}, 0
    rows = table("funds_lodi_2006.csv")
    order = ("grand_total", "total", "total_detail", "line", "subline")
    for row in sorted(rows, key=lambda row: order.index(row["level"])):
        fund, count = row["fund_source"], count + 1
        if row["level"] == "grand_total":
            continue  # the sum of the stated totals: compared below
        if row["level"] == "total":
            manager.must("/v1/funds", {"ambito": "CREMA", "code": f"LODI-{fund}",
                                       "name": row["line_name_it"]})
            manager.must(f"/v1/funds/LODI-{fund}/years/2006:propose",
                         {"stated_cents": int(row["amount_cents"]), "act": "SEED 004"})
            continue
        body = {"fund": f"LODI-{fund}", "year": 2006, "code": row["line_code"],
                "name": row["line_name_it"], "amount_cents": int(row["amount_cents"])}
        if parent_of(row):
            body["parent"] = lines[fund, parent_of(row)]
        lines[fund, row["line_code"]] = manager.must("/v1/budget-lines", body)["budget_line"]
    return count, lines


def differences(world):
    """Lines less stated total, wherever the two differ: of years and of lines."""
    found = {}
    for year in listed(world, "/v1/fund-years"):
        if year["line_count"] and year["lines_cents"] != year["stated_cents"]:
            found[year["fund"]] = year["lines_cents"] - year["stated_cents"]
    for line in listed(world, "/v1/budget-lines"):
        if line["line_count"] and line["lines_cents"] != line["amount_cents"]:
            found[line["fund_year"][:-5], line["code"]] = line["lines_cents"] - line["amount_cents"]
    return found


def lodi(report, world):
    count, lines = load_lodi(world)
    report.equal("rows of the file", count, len(table("funds_lodi_2006.csv")))
    auditor = world.clients["auditor"]
    expected = {"LODI-FNPS": 26300, ("LODI-FNPS", "AZIONI"): -33600,
                ("LODI-FNPS", "LEGGI_SETTORE"): -81300, "LODI-FRPS": 42200}
    report.equal("differences", differences(world), expected)
    checks = [int(row["difference_cents"]) for row in table("funds_lodi_checks.csv")]
    report.equal("the seed's checks", sorted(filter(None, checks)), sorted(expected.values()))
    stated = sum(year["stated_cents"] for year in listed(world, "/v1/fund-years"))
    grand = [row for row in table("funds_lodi_2006.csv") if row["level"] == "grand_total"]
    report.equal("the stated totals sum to the grand total", stated, int(grand[0]["amount_cents"]))
    assembly = world.clients["assembly"]
    fnps = "/v1/funds/LODI-FNPS/years/2006"
    approve = {"ascertained_cents": 203900000, "act": "SYNTHETIC 1"}
    for line in (lines["FNPS", "AZIONI"], lines["FNPS", "LEGGI_SETTORE"], None):
        answer = assembly.post(fnps + ":approve", approve)
        report.equal("approval before the decision", answer.json().get("code"),
                     "difference_undecided")
        assembly.must(fnps + ":decide-difference", {
            "decision": "KEEP_LINES" if line is None else "KEEP_TOTAL", "act": "SYNTHETIC 2",
            **({"line": line} if line else {})})
    assembly.must(fnps + ":approve", approve)
    shown = auditor.get(fnps).json()
    report.equal("the stated total stays", shown["stated_cents"], 203900000)
    report.equal("the difference is shown", shown["difference_cents"], 26300)
    report.equal("what is expected goes by the lines", shown["balances"]["F105_EXPECTED"],
                 26300)
    report.equal("the differences are still there", differences(world), expected)


# ---- Openings ----

def titoli(world, *words, principal="finance"):
    client = world.clients[principal]
    return subprocess.run(
        [TITOLI, *words, "--url", f"http://127.0.0.1:{world.daemon.port}", "--json"],
        capture_output=True, text=True, timeout=60,
        env=dict(os.environ, TITOLI_TOKEN=client.token))


def open_fund(world):
    for verb, who, body in (("propose", "udp-manager", {"stated_cents": 10000000}),
                            ("approve", "assembly", {"ascertained_cents": 10000000}),
                            ("open", "finance", {})):
        world.clients[who].must(f"/v1/funds/FNPS/years/2026:{verb}", {"act": "SYNTHETIC 3", **body})


def write_rows(path, broken=None):
    with open(path, "w") as file:
        file.write("id;year;account;amount_cents;comune;provider\n")
        for number in range(ROWS):
            comune = "999999" if number == broken else ("019067" if number % 3 else "*")
            file.write(f"r{number};2026;{'PAID' if number % 2 else 'REDEEMED'};{100 + number % 7};"
                       f"{comune};{'ALFA' if number % 5 else '*'}\n")


def totals():
    paid = sum(100 + number % 7 for number in range(ROWS) if number % 2)
    redeemed = sum(100 + number % 7 for number in range(ROWS) if not number % 2)
    return paid, redeemed


def openings(report, world, folder):
    open_fund(world)
    auditor, paid, redeemed = world.clients["auditor"], *totals()
    flags = ("--fund", "FNPS", "--act", "SYNTHETIC 4", "--stated-paid-cents", str(paid),
             "--stated-redeemed-cents", str(redeemed), "--piece", "2000")
    path = folder / "rows.csv"
    write_rows(path, broken=ROWS - 10)
    ran = titoli(world, "import", "opening", str(path), *flags)
    report.equal("a file with a wrong row", ran.returncode != 0, True)
    states = [item["state"] for item in listed(world, "/v1/opening-balances")]
    report.equal("its draft is cancelled", states, ["CANCELLED"])
    write_rows(path)
    ran = titoli(world, "import", "opening", str(path), *flags)
    report.equal(f"titoli import opening {ran.stderr[-300:]}", ran.returncode, 0)
    draft = [item for item in listed(world, "/v1/opening-balances") if item["state"] == "DRAFT"]
    report.equal("rows in the draft", [item["row_count"] for item in draft], [ROWS])
    books = {item["account"]: item["balance_cents"] for item in listed(world, "/v1/reports/balances")}
    report.equal("nothing moved yet", books["F110_AVAILABLE|FNPS-2026"], 10000000)
    ran = titoli(world, "opening", "post", draft[0]["id"], "--act", "SYNTHETIC 5")
    approval = json.loads(ran.stdout)["approval"]
    granted = world.clients["udp-manager"].must(f"/v1/approvals/{approval}:grant")
    # Whoever asks next sees all of it: nothing is judged between the slices.
    shown = auditor.get("/v1/funds/FNPS/years/2026", granted["ledger_seq"]).json()
    report.equal("F170", shown["balances"]["F170_PAID"], paid)
    report.equal("F150", shown["balances"]["F150_REDEEMED"], redeemed)
    report.equal("the identity holds", shown["accounted_cents"], 10000000)
    report.equal("residuals", shown["residuals_cents"], redeemed)
    opened = auditor.get(f"/v1/opening-balances/{draft[0]['id']}").json()
    report.equal("the opening is posted", opened["state"], "POSTED")
    entries = [entry for entry in listed(world, "/v1/journal?from=" + str(granted["ledger_seq"]))
               if entry["command"] == "opening_continue"]
    report.equal("it took slices", len(entries) >= 2, True)
    report_of = {item["account"]: item["balance_cents"]
                 for item in listed(world, "/v1/reports/residuals?fund_year=FNPS-2026")}
    report.equal("the list of residuals", sum(report_of.values()), redeemed)
    report.equal("open dimensions", "F150_REDEEMED|FNPS-2026|*|*|*" in report_of, True)


def main():
    folder = pathlib.Path(os.environ.get("TEST_FOLDER", "build/test-funds"))
    report = Report()
    daemon = Daemon(folder / "ledger", clock="manual=2026-01-01T00:00:00+01:00").make().start()
    try:
        world = World(daemon, "2024-01-01").build()
        openings(report, world, folder)
        lodi_daemon = Daemon(folder / "lodi", clock="manual=2006-01-10T00:00:00+01:00").make()
        lodi_daemon.start()
        try:
            lodi(report, World(lodi_daemon, "2006-01-01").build())
        finally:
            report.equal("lodi ends", lodi_daemon.stop(), 0)
    finally:
        report.equal("openings end", daemon.stop(), 0)
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
