"""Figures on ledgers of other shapes and sizes: what a redemption costs against connections, ceilings
and comuni, contention, reports, a month's close, growth. Each function takes the bench of run.py."""
import contextlib
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time

import machine
from lanes import LANES, PG_BATCHES
from ledgers import Ledger, NotMeasured
from peers import Missing

HERE = pathlib.Path(__file__).resolve().parent
NOT_HERE = (NotMeasured, Missing, RuntimeError, OSError, subprocess.SubprocessError)
GROWN = 10000000  # titles, against the million of the other figures
HISTORY = 5       # visits of each of them that were redeemed before
# What a title and a redemption of its history take, with room to spare: memory, disk. Their seconds
# are those of the ledger of a million, and of a batch.
TITLE_MEMORY, VISIT_MEMORY, TITLE_DISK, VISIT_DISK = 400, 270, 900, 350
DISK_SPARE, MEMORY_SPARE = 12 << 30, 3 << 30
AFTER_S = 200  # to start the grown ledger and to measure on it


def interleaved(bench, plans, measure, what):
    """Rounds of one measurement over ledgers that are served at the same time."""
    bench.stop_servers()
    with contextlib.ExitStack() as stack:
        served = []
        for number, plan in enumerate(plans):
            bench.progress(f"{what}: ledger {number + 1} of {len(plans)}")
            served.append(stack.enter_context(Ledger(bench.folder / f"ledger-{number}", **plan)))
        samples = [[] for _ in plans]
        for number_of_round in range(bench.rounds):
            for number, ledger in enumerate(served):
                bench.progress(f"{what}: round {number_of_round + 1}, ledger {number + 1}")
                samples[number].append(measure(ledger))
                ledger.settle()
        return samples


def tell_flat(bench, name, samples, labels):
    """The dearest over the first; it must not depend on the shape."""
    medians = [statistics.median(values) for values in samples]
    ratios = [value / samples[0][place] for values in samples[1:]
              for place, value in enumerate(values)]
    bench.add(name, max(medians) / medians[0], "times", "≤1.15", ratios,
              ", ".join(f"{label}: {value:.0f} ns" for label, value in zip(labels, medians)))


def flat(bench, name, plans, labels):
    """Processor time of the daemon for each line of a batch."""
    if not bench.wants(name, False):
        return
    try:
        tell_flat(bench, name, interleaved(bench, plans, lambda ledger: ledger.load(
            connections=8, seconds=bench.shorter(2), shape="ndjson",
            lines=1000)["watched_ns_per_redemption"], name), labels)
    except NOT_HERE as fault:
        bench.none(name, "times", "≤1.15", fault)


def small(bench):
    return {"vouchers": 20000 if bench.smoke else 100000}


def ceilings(bench):
    for name, basis in (("cost_of_ceilings_1_4_16", "committed"),
                        ("cost_of_ceilings_1_4_16_that_count_redemptions", "redeemed")):
        flat(bench, name, [{**small(bench), "ceilings": n, "basis": basis} for n in (1, 4, 16)],
             ("1", "4", "16"))


def comuni(bench):
    flat(bench, "cost_of_comuni_48_7900", [{**small(bench), "comuni": n} for n in (48, 7900)],
         ("48", "7,900"))


def connections(bench):
    """What a redemption costs the daemon on 10, 1,000 and 10,000 connections."""
    name = "cost_of_connections_10_1000_10000"
    if not bench.wants(name, False):
        return
    try:
        server = bench.server("titoli")
        kinds = ({"connections": 10}, {"connections": 1000, "in_flight": 128},
                 {"connections": 10000, "in_flight": 128})
        samples = [[] for _ in kinds]
        for _ in range(bench.rounds):
            for number, kind in enumerate(kinds):
                bench.progress(f"{kind['connections']} connections")
                got = server.load(seconds=bench.shorter(2), **kind)
                samples[number].append(got["watched_ns_per_redemption"])
                server.settle()
        tell_flat(bench, name, samples, ("10", "1,000", "10,000"))
    except NOT_HERE as fault:
        bench.none(name, "times", "≤1.15", fault)


def funds(bench):
    """Everything on one fund row and one ceiling, or spread over 1,000 of them."""
    name = "one_fund_vs_1000"
    if not bench.wants(name, False):
        return
    try:
        one, many = interleaved(
            bench, [small(bench), {**small(bench), "funds": 1000, "comuni": 1000}],
            lambda ledger: ledger.load(connections=128, seconds=bench.seconds)["per_second"],
            "one fund and 1,000")
        bench.add(name, statistics.median(one) / statistics.median(many), "times", "≥0.95",
                  [a / b for a, b in zip(one, many)], "single redemptions on 128 connections")
    except NOT_HERE as fault:
        bench.none(name, "times", "≥0.95", fault)


# ---- reports and months ---------------------------------------------------------------------------

def reports(bench):
    """A year of an ambito, 127,260 redemptions by comune, by fund and by provider: as many statement
    lines as 1,515 titles have in twelve months, seven redemptions on each."""
    paths = {"report_comuni_ms": "/v1/reports/comuni?",
             "report_providers_ms": "/v1/reports/providers?",
             "report_funds_ms": "/v1/reports/funder?"}
    wanted = {name: path for name, path in paths.items() if bench.wants(name, False)}
    if not wanted:
        return
    told = set()
    try:
        bench.stop_servers()
        with Ledger(bench.folder / "reports", vouchers=1515 * 12, providers=40, comuni=48,
                    funds=4, visits=24, history=7) as ledger:
            admin = ledger.daemon.client()
            admin.must("/v1/principals", {"code": "bench", "role": "UDP_MANAGER", "ambito": "CREMA"})
            client = ledger.daemon.client(
                admin.must("/v1/credentials", {"principal": "bench"})["token"])
            for name, path in wanted.items():
                times, items = time_report(client, path)
                bench.add(name, statistics.median(times), "ms", "≤200", times,
                          f"all pages, {items} rows over 127,260 redemptions")
                told.add(name)
    except NOT_HERE as fault:
        for name in wanted:
            if name not in told:
                bench.none(name, "ms", "≤200", fault)


def time_report(client, path):
    """Milliseconds of five times all pages, and how many rows they have."""
    times = []
    for _ in range(5):
        begin, items, cursor = time.monotonic(), 0, ""
        while cursor is not None:
            answer = client.get(f"{path}limit=1000{cursor}")
            if answer.status != 200:
                raise NotMeasured(f"GET {path}: {answer.status} {answer.body[:120]}")
            page = answer.json()
            items += len(page.get("items", []))
            cursor = f"&cursor={page['next_cursor']}" if page.get("next_cursor") else None
        times.append((time.monotonic() - begin) * 1000)
    return times, items


def month(bench):
    """A region's month through the API, to the approval of all statements, while redemptions of
    another month come in at half of the highest rate."""
    name = "month_region_s"
    if not bench.wants(name, False):
        return
    if bench.left() < 120:
        bench.none(name, "s", "≤20", "no time is left: ask for it by --only")
        return
    bench.stop_servers()
    bench.progress("a region's month")
    size = "small" if bench.smoke else "region"
    folder = bench.folder / "month"
    try:
        done = subprocess.run([sys.executable, str(HERE / "month.py"), size, "closed", "beside"],
                              text=True, capture_output=True, timeout=min(900, bench.left()),
                              env={**os.environ, "BENCH_FOLDER": str(folder)})
        found = dict(re.findall(rf"^month_{size}_(\w+) (\S+)", done.stdout, re.MULTILINE))
        if done.returncode != 0 or "closed_s" not in found:
            raise NotMeasured((done.stderr or done.stdout).strip()[-200:])
        bench.add(name, float(found["closed_s"]), "s", "≤20",
                  note=f"{found['services']} redemptions, to the approval of all statements, while "
                  f"{found['beside_per_s']} redemptions/s came in (asked: {found['beside_asked']})")
    except NOT_HERE as fault:
        bench.none(name, "s", "≤20", fault)
    finally:
        for left in folder.parent.glob("month*"):
            shutil.rmtree(left, ignore_errors=True)


# ---- growth ---------------------------------------------------------------------------------------

def growth(bench):
    """10 million titles and their history against the ledger of a million."""
    rows = (("rate_10m_vs_1m", "times", "≥0.85"), ("burst_10m_vs_1m", "times", "≥0.85"),
            ("sustained_10m_vs_1m", "times", "≥0.5"), ("sustained_10m_vs_postgres", "times", "≥4"),
            ("sustained_10m_per_s", "redemptions/s", ""),
            ("written_bytes_per_redemption_10m", "bytes", "≤1100"),
            ("checkpoint_lag_10m_s", "s", "≤20"), ("start_10m_ms", "ms", ""))
    wanted = {name: (unit, goal) for name, unit, goal in rows if bench.wants(name, False)}
    if not wanted:
        return
    try:
        if "sustained_10m_vs_postgres" in wanted:
            bench.need(PG_BATCHES)  # before their server is stopped
        bench.stop_servers()
        values, samples, note = grow(bench, set(wanted))
    except NOT_HERE as fault:
        for name, (unit, goal) in wanted.items():
            bench.none(name, unit, goal, fault)
        return
    for name, (unit, goal) in wanted.items():
        if values.get(name) is None:
            bench.none(name, unit, goal, "no peer or counter to hold it against")
        else:
            bench.add(name, values[name], unit, goal, samples.get(name, ()), note)


def history_that_fits(bench, made_s):
    """Visits of each title, by memory, disk and the time that is left. made_s: what a million titles
    took."""
    visit_s = 1.2 / min(300000, max(100000, bench.found.get("sustained_per_s") or 150000))
    title_s = made_s / 1000000 * 1.2
    stat = os.statvfs(bench.folder)
    room = ((machine.available_mib() << 20) - MEMORY_SPARE, stat.f_bavail * stat.f_frsize - DISK_SPARE,
            bench.left() - AFTER_S)
    costs = ((TITLE_MEMORY, VISIT_MEMORY), (TITLE_DISK, VISIT_DISK), (title_s, visit_s))
    fits = [(have / GROWN - title) / visit for have, (title, visit) in zip(room, costs)]
    least = min(range(3), key=lambda place: fits[place])
    why = ("memory", "disk", "time of this run")[least]
    if fits[least] < 0:
        raise NotMeasured(f"so many titles do not fit into the {why}: ask for it by --only")
    return min(HISTORY, int(fits[least])), why


def grow(bench, wanted):
    once = bench.server("titoli")
    titles, history, why = GROWN, HISTORY, ""
    if bench.smoke:
        titles, history = bench.vouchers * 2, 1
    else:
        history, why = history_that_fits(bench, once.facts["made_s"])
    bench.progress(f"growth: making the ledger of {titles} titles, {history} visits of each")
    rates = {"rate_10m_vs_1m": "titoli_single_64", "burst_10m_vs_1m": "titoli_binary_8190"}
    samples = {name: [[], []] for name in rates if name in wanted}
    with Ledger(bench.folder / "growth", vouchers=titles, history=history) as grown:
        for _ in range(bench.rounds):
            for name, (many, few) in samples.items():
                bench.progress(f"growth: {rates[name]}")
                for values, ledger in ((many, grown), (few, once)):
                    values.append(ledger.load(seconds=bench.seconds,
                                              **LANES[rates[name]].options)["per_second"])
                    ledger.settle(300)
        values = {"start_10m_ms": grown.facts["start_ms"]}
        if any("sustained" in name or "lag" in name or "written" in name for name in wanted):
            sustain_grown(bench, grown, once, values)
    for name, (many, few) in samples.items():
        values[name] = statistics.median(many) / statistics.median(few)
    note = f"{history * titles / 1e6:g} million redemptions of history"
    if history < HISTORY and not bench.smoke:
        note += f" (what the {why} allows)"
    return values, {name: [a / b for a, b in zip(many, few)]
                    for name, (many, few) in samples.items()}, note


def sustain_grown(bench, grown, once, values):
    seconds = bench.shorter(60, 2)
    lane = bench.batch_lane()
    got, _ = bench.sustain(grown, lane, seconds)
    rate = got["sustained_per_s"]
    values.update({"sustained_10m_per_s": rate, "checkpoint_lag_10m_s": got["checkpoint_lag_s"],
                   "written_bytes_per_redemption_10m": got["written_bytes_per_redemption"]})
    few = bench.found.get("sustained_per_s") or \
        bench.sustain(once, lane, seconds)[0]["sustained_per_s"]
    values["sustained_10m_vs_1m"] = rate / few
    peers = [bench.rate(name) for name in PG_BATCHES if bench.samples.get(name)]
    if peers:
        values["sustained_10m_vs_postgres"] = rate / max(peers)
