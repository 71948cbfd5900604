#!/usr/bin/python3
"""The bench's own arithmetic and honesty, without measuring anything: medians and ratios of rounds,
goals, lanes that fail, what is written."""
import argparse
import contextlib
import io
import json
import os
import pathlib
import sys
import tempfile
import xml.dom.minidom

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "bench" / "peers")]
import ledgers  # noqa: E402
import report  # noqa: E402
import run  # noqa: E402
import shapes  # noqa: E402

FOLDER = pathlib.Path(os.environ.get("TEST_FOLDER", "build/bench-test"))
NAMED = ("single_64_vs_postgres single_128_one_fund_vs_postgres h2_100_vs_postgres tls_64_vs_postgres "
         "ndjson_1000_vs_postgres binary_8190_vs_postgres binary_8190_per_s p99_half_rate_ms "
         "longest_pause_ms").split()


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def equal(self, what, got, expected):
        if got == expected:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {what}: {got!r}, expected {expected!r}")


class Fake(run.Bench):
    """Rates by lane from a script; a text is why a lane fails."""

    def __init__(self, rates, quick=False, only=None, rounds=3):
        super().__init__(argparse.Namespace(quick=quick, smoke=False, only=only, seconds=1, rounds=rounds))
        self.rates = {name: list(values) if isinstance(values, list) else values
                      for name, values in rates.items()}
        self.asked = []

    def prepare(self, owners):
        """Nothing is started."""

    def measure(self, name):
        self.asked.append(name)
        rates = self.rates.get(name, "not there")
        if isinstance(rates, str):
            raise run.NotMeasured(rates)
        return rates.pop(0)


def silently(call):
    with contextlib.redirect_stdout(io.StringIO()):
        return call()


def rows_of(bench):
    return {row["name"]: row for row in bench.rows}


def check_goals(test):
    test.equal("at least", [run.Goal("≥10").meets(value) for value in (9.99, 10, 11)],
               [False, True, True])
    test.equal("at most", [run.Goal("≤20").meets(value) for value in (19, 20, 20.1)],
               [True, True, False])


def check_ratios(test):
    bench = Fake({"titoli_single_64": [100, 300, 200], "postgres_single_16": [10, 10, 20],
                  "postgres_single_64": [5, 40, 40]}, only=["single_64_vs_postgres"])
    silently(bench.lanes)
    row = rows_of(bench)["single_64_vs_postgres"]
    test.equal("median over the best median", row["value"], 200 / 40)
    test.equal("each round's ratio", row["samples"], [20, 7.5, 5])
    test.equal("a goal not met", row["met"], False)
    test.equal("whom it was against", row["note"], "against postgres_single_64")
    test.equal("interleaved", [name for name in bench.asked if bench.samples.get(name)],
               ["titoli_single_64", "postgres_single_16", "postgres_single_64"] * 3)
    test.equal("what failed is asked once", bench.asked.count("postgres_single_1"), 1)
    test.equal("nothing but what was named", [row["name"] for row in bench.rows],
               ["single_64_vs_postgres"])


def check_failures(test):
    bench = Fake({"titoli_tls_64": "no listener", "postgres_single_16": [1, 1, 1]},
                 only=["tls_64_vs_postgres", "titoli_single_64_per_s"])
    silently(bench.lanes)
    rows = rows_of(bench)
    test.equal("our lane failed", (rows["tls_64_vs_postgres"]["value"],
                                   rows["tls_64_vs_postgres"]["note"]), (None, "no listener"))
    test.equal("and is not a goal met", rows["tls_64_vs_postgres"]["met"], None)
    test.equal("a lane not there", rows["titoli_single_64_per_s"]["note"], "not there")
    bench = Fake({"titoli_single_64": [1, 1, 1]}, only=["single_64_vs_postgres"])
    silently(bench.lanes)
    test.equal("all peers failed", rows_of(bench)["single_64_vs_postgres"]["value"], None)
    bench = Fake({"titoli_single_64": [1, "dies", 1]}, only=["titoli_single_64_per_s"])
    bench.rates["titoli_single_64"] = [1]
    try:
        silently(bench.lanes)
        test.equal("a fault of the bench is not hidden", True, False)
    except IndexError:
        test.equal("a fault of the bench is not hidden", True, True)


def check_quick(test):
    bench = Fake({}, quick=True)
    silently(bench.lanes)
    bench.wants("p99_half_rate_ms", True)
    asked = set(bench.asked)
    test.equal("the quick run asks quick lanes alone",
               asked, {name for name, lane in run.LANES.items() if lane.quick})
    names = set(rows_of(bench))
    test.equal("and has the lines by their names",
               [name for name in NAMED if name not in names],
               ["p99_half_rate_ms", "longest_pause_ms"])
    everything = Fake({}, only=["-"])
    silently(everything.measure_all)
    test.equal("all names are listed", [name for name in [*NAMED, "rate_10m_vs_1m"]
                                        if name not in everything.names], [])
    test.equal("and listing measures nothing", (everything.asked, everything.rows), ([], []))
    test.equal("no name twice", len(everything.names), len(set(everything.names)))


def check_written(test):
    bench = Fake({"titoli_single_64": [100, 300, 200], "postgres_single_16": [10, 10, 20]},
                 only=["single_64_vs_postgres", "titoli_single_64_per_s", "echo_epoll_64_per_s"])
    silently(bench.lanes)
    result = {"kind": "test", "when": "now", "seconds": 1, "stolen_percent": 0.0, "peers": {"x": "1"},
              "machine": {"processor": "<A & B>", "processors": 2, "memory_mib": 4096,
                          "kernel": "6", "filesystem": "ext4", "disk": "vda",
                          "fdatasync_per_s": 1000, "fdatasync_worst_ms": 2, "load_before": 0.1},
              "rows": bench.rows}
    report.write(result, FOLDER)
    drawn = (FOLDER / "rates.svg").read_text()
    xml.dom.minidom.parseString(drawn)
    test.equal("the picture has what was measured",
               ("titoli_single_64" in drawn, "echo_epoll_64" in drawn, "&lt;A" in drawn),
               (True, False, True))
    test.equal("and its goals", ("✓ 20 times, goal ≥10" in drawn, "(≥10 × postgres)" in drawn,
                                 drawn.count('class="goal"')), (True, True, 2))
    test.equal("and is read on a dark page too", "prefers-color-scheme:dark" in drawn, True)
    text = (FOLDER / "results.md").read_text()
    test.equal("the table says what was not measured",
               "| `echo_epoll_64_per_s` | - |  |  |  | not measured: not there |" in text, True)
    test.equal("and the goal", "| 20 times | ≥10 | met | 10 … 30 | against postgres_single_16 |"
               in text, True)
    test.equal("goals come first", text.index("## Goals") < text.index("## Rates"), True)
    test.equal("JSON holds every sample", json.loads((FOLDER / "results.json").read_text())["rows"],
               bench.rows)
    test.equal("a line", report.line(rows_of(bench)["titoli_single_64_per_s"]),
               "titoli_single_64_per_s 200 redemptions/s [100 … 300]")


def check_shares(test):
    rows = [{"goal": goal, "value": value} for goal, value in (
        ("≥10", 20), ("≥10", 5), ("≤20", 10), ("≤20", 40), ("≤0", 0))]
    test.equal("how much of a goal", [report.share(row) for row in rows], [2, 0.5, 2, 0.5, 10])


def check_faults(test):
    """A step that breaks leaves the others alone, and its figures say so."""
    bench = Fake({}, only=["start_ms", "p99_half_rate_ms"])

    def breaks():
        bench.wants("start_ms", True)
        raise KeyError("x")

    with contextlib.redirect_stderr(io.StringIO()):
        bench.step(breaks)
    bench.wants("p99_half_rate_ms", True)
    silently(lambda: bench.add("p99_half_rate_ms", 1.0, "ms"))
    silently(bench.close)
    rows = rows_of(bench)
    test.equal("its figure is told", (rows["start_ms"]["value"], "KeyError" in rows["start_ms"]["note"]),
               (None, True))
    test.equal("the other one stays", rows["p99_half_rate_ms"]["value"], 1.0)
    test.equal("and it is a fault of the bench", len(bench.faults), 1)


class FakeServer:
    """Of a lane: it ends when it is told to."""
    made = 0

    def __init__(self, *_, **__):
        FakeServer.made += 1
        self.lives = True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def is_alive(self):
        return self.lives

    def version(self):
        return "1"


def check_restarts(test):
    """A server that ended is started again, twice."""
    bench = Fake({})
    kept, run.Postgres = run.Postgres, FakeServer
    try:
        servers = []
        for _ in range(4):
            servers.append(bench.server("postgres"))
            servers[-1].lives = False
    finally:
        run.Postgres = kept
    test.equal("two starts more", (FakeServer.made, servers[2] is servers[3]), (3, True))


def check_history(test):
    """How old the grown ledger is: what memory, disk and time allow."""
    bench = Fake({}, only=["-"])
    bench.folder = pathlib.Path("/")
    kept, statvfs = shapes.machine.available_mib, os.statvfs
    try:
        os.statvfs = lambda _: argparse.Namespace(f_bavail=1 << 30, f_frsize=4096)
        shapes.machine.available_mib = lambda: 1 << 20
        bench.left = lambda: 1e6
        visits, why = shapes.history_that_fits(bench, 10)
        test.equal("at most what the goal asks for", visits <= shapes.HISTORY, True)
        shapes.machine.available_mib = lambda: (shapes.MEMORY_SPARE >> 20) + 9000
        visits, why = shapes.history_that_fits(bench, 10)
        test.equal("by memory", (visits, why), (2, "memory"))
        bench.left = lambda: 10
        shapes.history_that_fits(bench, 10)
        test.equal("no time", True, False)
    except run.NotMeasured as fault:
        test.equal("no time", "time of this run" in str(fault), True)
    finally:
        shapes.machine.available_mib, os.statvfs = kept, statvfs


def check_kept(test):
    """What a run leaves is small: the oldest ledgers go first."""
    with tempfile.TemporaryDirectory() as folder:
        made = []
        for number in range(3):
            path = pathlib.Path(folder) / "kept" / str(number)
            path.mkdir(parents=True)
            (path / "journal").write_bytes(bytes(8192))
            os.utime(path, (number + 1, number + 1))
            made.append(path)
        kept, ledgers.KEPT_BYTES = ledgers.KEPT_BYTES, 20000
        try:
            ledgers.trim(folder)
        finally:
            ledgers.KEPT_BYTES = kept
        test.equal("the oldest is gone", [path.exists() for path in made], [False, True, True])


def main():
    test = Report()
    for check in (check_goals, check_ratios, check_failures, check_quick, check_written, check_shares,
                  check_faults, check_restarts, check_history, check_kept):
        check(test)
    print(f"{test.passed} passed, {test.failed} failed")
    return 1 if test.failed else 0


if __name__ == "__main__":
    sys.exit(main())
