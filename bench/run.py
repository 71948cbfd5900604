#!/usr/bin/python3
"""The bench: titolid and its peers side by side on this machine, in one run.

usage: run.py [--quick] [--only NAME …] [--list] [--seconds S] [--rounds N] [--out FOLDER]

Without words everything is measured, in at most 20 minutes (`make bench`); with --quick what matters
most, in a minute (`make bench-quick`). --only measures single figures, each named in full or by a
pattern such as 'postgres_*'; --list names them all.

What is compared is interleaved: each round measures every lane (a server under one kind of load) for
some seconds, then the next round begins. A rate is the median of the rounds; a ratio is a median over
a median, its range that of the ratios within each round. Before a lane is measured, the one before
has finished what it does behind the answers (checkpoints).

What cannot be measured says why in its line; nothing is left out silently. It exits with 0 also
where a goal is not met: figures are read, not asserted."""
import argparse
import contextlib
import datetime
import fnmatch
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "peers")]
import latency  # noqa: E402
import machine  # noqa: E402
import report  # noqa: E402
from ledgers import Echo, Ledger, NotMeasured, load_knows, programs_are_there  # noqa: E402
from peers import Missing, Postgres, Redis, Sqlite, Tigerbeetle  # noqa: E402

FOLDER = pathlib.Path(os.environ.get("BENCH_FOLDER", "build/bench"))
FULL_SECONDS_MAX = 20 * 60
GROWN, ONCE = 10000000, 1000000  # titles of the two ledgers that growth compares
NOT_HERE = (NotMeasured, Missing, RuntimeError, OSError, subprocess.SubprocessError)


class Goal:
    """At least or at most a number; as text, and whether a value meets it."""

    def __init__(self, text):
        self.text = text
        self.number = float(text[1:])
        self.least = text[0] == "≥"

    def meets(self, value):
        return value >= self.number if self.least else value <= self.number


class Lane:
    """A server under one kind of load: `measure` of the bench gives its figures."""

    def __init__(self, owner, quick, **options):
        self.owner, self.quick, self.options = owner, quick, options


def titoli(quick=False, **options):
    return Lane("titoli", quick, **options)


def postgres(quick=False, spread=True, **options):
    return Lane("postgres", quick, spread=spread, **options)


LANES = {
    "titoli_single_64": titoli(True, connections=64),
    "titoli_single_128": titoli(True, connections=128),
    "titoli_h2_100": titoli(True, connections=8, protocol="h2", depth=100),
    "titoli_pipelined_16": titoli(connections=8, depth=16),
    "titoli_tls_64": titoli(True, connections=64, tls=True),
    "titoli_ndjson_1000": titoli(True, connections=8, shape="ndjson", lines=1000),
    "titoli_ndjson_8000": titoli(connections=4, shape="ndjson", lines=8000),
    "titoli_csv_1000": titoli(connections=8, shape="csv", lines=1000),
    "titoli_csv_8000": titoli(connections=4, shape="csv", lines=8000),
    "titoli_binary_8190": titoli(True, connections=4, shape="binary", lines=8190),
    "echo_bufferevent_64": Lane("echo_bufferevent", False, connections=64),
    "echo_epoll_64": Lane("echo_epoll", False, connections=64),
    "echo_direct_64": Lane("echo_direct", False, connections=64),
    "postgres_single_1": postgres(connections=1, mode="single"),
    "postgres_single_16": postgres(True, connections=16, mode="single"),
    "postgres_single_64": postgres(True, connections=64, mode="single"),
    "postgres_single_64_delay": postgres(connections=64, mode="single", delay=True),
    "postgres_single_128": postgres(connections=128, mode="single"),
    "postgres_one_fund_128": postgres(True, spread=False, connections=128, mode="single"),
    "postgres_pipelined_16": postgres(connections=8, mode="pipeline", depth=16),
    "postgres_grouped_16": postgres(connections=4, mode="grouped", depth=16),
    "postgres_array_1000_2": postgres(spread=False, connections=2, mode="array", lines=1000),
    "postgres_array_1000_4": postgres(True, spread=False, connections=4, mode="array", lines=1000),
    "postgres_array_1000_8": postgres(spread=False, connections=8, mode="array", lines=1000),
    "postgres_array_8000_4": postgres(True, spread=False, connections=4, mode="array", lines=8000),
    "redis_single_128": Lane("redis", False, connections=128, mode="single"),
    "redis_pipelined_16": Lane("redis", False, connections=32, mode="pipeline", depth=16),
    "redis_batch_1000": Lane("redis", False, connections=2, mode="batch", lines=1000),
    "sqlite_single": Lane("sqlite", False, mode="batch", lines=1),
    "sqlite_batch_1000": Lane("sqlite", False, mode="batch", lines=1000),
    "sqlite_batch_10000": Lane("sqlite", False, mode="batch", lines=10000),
    "tigerbeetle_batch_8189": Lane("tigerbeetle", False),
}

PG_SINGLES = ["postgres_single_1", "postgres_single_16", "postgres_single_64",
              "postgres_single_64_delay", "postgres_single_128"]
PG_PIPELINED = ["postgres_pipelined_16", "postgres_grouped_16"]
PG_BATCHES = ["postgres_array_1000_2", "postgres_array_1000_4", "postgres_array_1000_8",
              "postgres_array_8000_4"]
RD_SINGLES = ["redis_single_128"]
ECHOES = ["echo_bufferevent_64", "echo_epoll_64", "echo_direct_64"]

# A lane over the best of others; the goal; in the quick run too?
RATIOS = [
    ("single_64_vs_postgres", "titoli_single_64", PG_SINGLES, "≥10", True),
    ("single_128_vs_postgres", "titoli_single_128", PG_SINGLES, "≥10", False),
    ("single_64_vs_echo", "titoli_single_64", ECHOES, "≥0.85", False),
    ("single_128_vs_redis", "titoli_single_128", RD_SINGLES, "≥2", False),
    ("single_128_one_fund_vs_postgres", "titoli_single_128", ["postgres_one_fund_128"], "≥40", True),
    ("h2_100_vs_postgres", "titoli_h2_100", PG_SINGLES, "≥25", True),
    ("h2_100_vs_postgres_pipelined", "titoli_h2_100", PG_PIPELINED, "", False),
    ("h2_100_vs_redis_pipelined", "titoli_h2_100", ["redis_pipelined_16"], "≥5", False),
    ("pipelined_16_vs_postgres", "titoli_pipelined_16", PG_SINGLES, "≥25", False),
    ("pipelined_16_vs_redis_pipelined", "titoli_pipelined_16", ["redis_pipelined_16"], "≥5", False),
    ("tls_64_vs_postgres", "titoli_tls_64", PG_SINGLES, "≥6", True),
    ("ndjson_1000_vs_postgres", "titoli_ndjson_1000", PG_BATCHES, "≥6", True),
    ("ndjson_8000_vs_postgres", "titoli_ndjson_8000", PG_BATCHES, "≥6", False),
    ("csv_1000_vs_postgres", "titoli_csv_1000", PG_BATCHES, "≥6", False),
    ("csv_8000_vs_postgres", "titoli_csv_8000", PG_BATCHES, "≥6", False),
    ("binary_8190_vs_postgres", "titoli_binary_8190", PG_BATCHES, "≥20", True),
    ("ndjson_1000_vs_redis", "titoli_ndjson_1000", ["redis_batch_1000"], "", False),
    ("ndjson_1000_vs_sqlite", "titoli_ndjson_1000", ["sqlite_batch_1000", "sqlite_batch_10000"], "",
     False),
]


class Bench:
    def __init__(self, options):
        self.quick = options.quick
        self.only = options.only
        self.seconds = options.seconds or (1.0 if self.quick else 3.0)
        self.rounds = options.rounds or (2 if self.quick else 3)
        self.vouchers = 200000 if self.quick else 1000000
        self.peer_vouchers = 128000 if self.quick else 512000
        self.rows, self.servers, self.failed, self.versions = [], {}, {}, {}
        self.samples, self.sync_rate = {}, 1000
        self.stack = contextlib.ExitStack()
        self.begin = time.monotonic()
        self.names = []

    # ---- what is wanted, what came out --------------------------------------------------------

    def wants(self, name, quick):
        """Is this figure measured? Lists its name on the way."""
        self.names.append(name)
        if self.only:
            return any(fnmatch.fnmatch(name, pattern) for pattern in self.only)
        return quick or not self.quick

    def add(self, name, value, unit, goal="", samples=(), note="", bar=""):
        judge = Goal(goal) if goal else None
        met = judge.meets(value) if judge and value is not None else None
        row = {"name": name, "value": value, "unit": unit, "goal": goal, "met": met,
               "samples": list(samples), "note": note, "bar": bar}
        self.rows.append(row)
        print(report.line(row), flush=True)

    def none(self, name, unit, goal, why):
        self.add(name, None, unit, goal, note=" ".join(str(why).split())[:200])

    def progress(self, text):
        if sys.stderr.isatty():
            print(f"\r\033[K{time.monotonic() - self.begin:5.0f} s  {text}", end="", file=sys.stderr,
                  flush=True)

    def left(self):
        return FULL_SECONDS_MAX - (time.monotonic() - self.begin)

    # ---- servers and lanes --------------------------------------------------------------------

    def server(self, owner):
        """Starts it when it is first asked for; what failed once is not tried again."""
        if owner in self.failed:
            raise NotMeasured(self.failed[owner])
        if owner not in self.servers:
            kinds = {"postgres": Postgres, "redis": Redis, "sqlite": Sqlite,
                     "tigerbeetle": Tigerbeetle}
            self.progress(f"starting {owner}")
            try:
                if owner == "titoli":
                    server = Ledger(FOLDER, self.vouchers, keep=True)
                elif owner.startswith("echo_"):
                    server = Echo(self.server("titoli"), owner.removeprefix("echo_"))
                else:
                    server = kinds[owner](FOLDER / "peers", self.peer_vouchers)
                self.servers[owner] = self.stack.enter_context(server)
                if owner in kinds:
                    self.versions[owner] = server.version()
            except NOT_HERE as fault:
                self.failed[owner] = str(fault)
                raise NotMeasured(str(fault)) from fault
        return self.servers[owner]

    def stop_servers(self):
        """Before ledgers of other sizes: nothing else runs beside them."""
        self.stack.close()
        self.servers = {}

    def measure(self, name):
        lane = LANES[name]
        server = self.server(lane.owner)
        options = dict(lane.options)
        if lane.owner == "titoli":
            got = server.load(seconds=self.seconds, **options)
            server.settle()
        elif lane.owner == "postgres":
            half = server.spread if options.pop("spread") else server.one_fund
            if options.pop("delay", False):  # half of what a sync takes, as its manual advises
                options["delay"] = int(500000 / max(1, self.sync_rate))
            got = half(seconds=self.seconds, **options)
        else:
            got = server.load(seconds=self.seconds, **options)
        return got["per_second"]

    def interleave(self, names):
        """Every lane once a round. What fails is told in its line and not tried again."""
        for number in range(self.rounds):
            for name in names:
                if name in self.failed:
                    continue
                self.progress(f"round {number + 1} of {self.rounds}: {name}")
                try:
                    self.samples.setdefault(name, []).append(self.measure(name))
                except NOT_HERE as fault:
                    self.failed[name] = str(fault)
                    self.samples.pop(name, None)

    def why(self, name):
        return self.failed.get(name) or self.failed.get(LANES[name].owner) or "not asked for"

    def rate(self, name):
        return statistics.median(self.samples[name])

    def ratio(self, name, ours, others, goal):
        """Against the best of the others that were measured."""
        there = [other for other in others if self.samples.get(other)]
        if not self.samples.get(ours):
            return self.none(name, "times", goal, self.why(ours))
        if not there:
            return self.none(name, "times", goal, self.why(others[0]))
        best = max(there, key=self.rate)
        pairs = [mine / theirs for mine, theirs in zip(self.samples[ours], self.samples[best])]
        self.add(name, self.rate(ours) / self.rate(best), "times", goal, pairs, f"against {best}")

    def lanes(self):
        ratios = [row for row in RATIOS if self.wants(row[0], row[4])]
        lanes = {name for name, lane in LANES.items() if self.wants(f"{name}_per_s", lane.quick)}
        shown = set(lanes)
        for name, ours, others, goal, quick in ratios:
            lanes.add(ours)
            lanes.update(other for other in others if not self.quick or self.only
                         or LANES[other].quick)
        # The burst rate of binary batches also by a name of its own.
        burst = self.wants("binary_8190_per_s", True)
        if burst:
            lanes.add("titoli_binary_8190")
        names = [name for name in LANES if name in lanes]
        if not names:
            return
        self.interleave(names)
        if not self.only:
            shown.update(names)
        for name in [name for name in LANES if name in shown]:
            if self.samples.get(name):
                self.add(f"{name}_per_s", self.rate(name), "redemptions/s", "", self.samples[name],
                         bar=LANES[name].owner.split("_")[0])
            else:
                self.none(f"{name}_per_s", "redemptions/s", "", self.why(name))
        for name, ours, others, goal, quick in ratios:
            self.ratio(name, ours, others, goal)
        if burst:
            if self.samples.get("titoli_binary_8190"):
                self.add("binary_8190_per_s", self.rate("titoli_binary_8190"), "redemptions/s", "",
                         self.samples["titoli_binary_8190"])
            else:
                self.none("binary_8190_per_s", "redemptions/s", "", self.why("titoli_binary_8190"))

    def starts(self):
        """What a start takes and a title keeps in memory; more by `make bench-ledger`."""
        rows = (("replay_per_s", "entries/s"), ("start_ms", "ms"), ("bytes_per_voucher", "bytes"))
        for name, unit in rows:
            if not self.wants(name, True):
                continue
            try:
                self.add(name, self.server("titoli").facts[name], unit,
                         note=f"{self.vouchers} titles")
            except NOT_HERE as fault:
                self.none(name, unit, "", fault)

    # ---- latency ------------------------------------------------------------------------------

    def half_rate(self, lane, prefix, goals, seconds):
        """Open loop at half of the lane's rate: percentiles and the longest silence of answers."""
        names = [f"{prefix}p50_half_rate_ms", f"{prefix}p99_half_rate_ms",
                 f"{prefix}p99_9_half_rate_ms", f"{prefix}longest_pause_ms"]
        quicks = [False, not prefix, False, not prefix]
        wanted = [self.wants(name, quick) for name, quick in zip(names, quicks)]
        if not any(wanted):
            return
        try:
            if not self.samples.get(lane):
                if lane in self.failed:
                    raise NotMeasured(self.failed[lane])
                self.samples[lane] = [self.measure(lane)]
            server = self.server("titoli")
            found = latency.half_rate(server.load, FOLDER, most=int(self.rate(lane)), seconds=seconds,
                                      warmup=1, **LANES[lane].options)
            found = {name: float(value) for name, (value, _) in found.items()}
            note = (f"at {found['rate_asked']:.0f}/s; the disk's own worst fdatasync "
                    f"{found['disk_alone_sync_max_ms']:.1f} ms alone, "
                    f"{found['disk_beside_sync_max_ms']:.1f} beside it; stolen "
                    f"{found['stolen_percent']:.1f} %")
            server.settle()
        except NOT_HERE as fault:
            for name, goal, want in zip(names, goals, wanted):
                if want:
                    self.none(name, "ms", goal, fault)
            return
        for name, goal, want in zip(names, goals, wanted):
            if want:
                self.add(name, found[name.removeprefix(prefix)], "ms", goal, note=note)

    def latencies(self):
        seconds = 3 if self.quick else 20
        self.half_rate("titoli_single_64", "", ("≤1", "≤5", "≤20", "≤20"), seconds)
        self.half_rate("titoli_binary_8190", "binary_8190_", ("≤5", "≤15", "≤20", "≤20"), seconds)

    # ---- disk, sustained rate, processor ------------------------------------------------------

    def sustained(self):
        """At full rate with the checkpoint keeping up: rate, lag, bytes."""
        rows = (("journal_bytes_per_redemption", "bytes", "≤300", True),
                ("written_bytes_per_redemption", "bytes", "≤600", False),
                ("device_bytes_per_redemption", "bytes", "", False),
                ("sustained_per_s", "redemptions/s", "", False),
                ("sustained_vs_postgres", "times", "≥8", False),
                ("checkpoint_lag_s", "s", "≤20", False))
        wanted = {name: (unit, goal) for name, unit, goal, quick in rows if self.wants(name, quick)}
        if not wanted:
            return
        lane = self.batch_lane()
        seconds = 2 if self.quick else 60
        try:
            values, note = self.sustain(self.server("titoli"), lane, seconds)
        except NOT_HERE as fault:
            for name, (unit, goal) in wanted.items():
                self.none(name, unit, goal, fault)
            return
        best = [name for name in PG_BATCHES if self.samples.get(name)]
        if best:
            values["sustained_vs_postgres"] = \
                values["sustained_per_s"] / max(self.rate(name) for name in best)
        for name, (unit, goal) in wanted.items():
            if values.get(name) is None:
                self.none(name, unit, goal, "no peer or counter to hold it against")
            else:
                self.add(name, values[name], unit, goal, note=note)

    def batch_lane(self):
        """The fastest way in that there is."""
        binary = load_knows("binary") and "titoli_binary_8190" not in self.failed
        return "titoli_binary_8190" if binary else "titoli_ndjson_1000"

    def sustain(self, server, lane, seconds):
        self.progress(f"sustained: {lane}")
        server.settle()
        before, begin = server.written(), time.monotonic()
        got = server.load(seconds=seconds, **LANES[lane].options)
        behind, caught_up = server.settle(300)
        took = time.monotonic() - begin
        each = [None if now is None or was is None else (now - was) / got["accepted"]
                for now, was in zip(server.written(), before)]
        values = {"journal_bytes_per_redemption": each[0], "written_bytes_per_redemption": each[1],
                  "device_bytes_per_redemption": each[2],
                  "sustained_per_s": got["accepted"] / took, "checkpoint_lag_s": caught_up}
        return values, (f"{lane}, {seconds} s and {caught_up:.1f} s until the store had the last "
                        f"{behind} entries")

    def instructions(self):
        """User instructions of the daemon for each redemption: noise does not move them."""
        for name, lane in (("instructions_per_single", "titoli_single_64"),
                           ("instructions_per_ndjson_line", "titoli_ndjson_1000")):
            if not self.wants(name, False):
                continue
            try:
                self.add(name, self.count_instructions(lane), "instructions")
            except NOT_HERE as fault:
                self.none(name, "instructions", "", fault)

    def count_instructions(self, lane):
        perf = shutil.which("perf")
        if not perf:
            raise NotMeasured("perf is not installed (Debian: linux-perf)")
        server = self.server("titoli")
        counter = subprocess.Popen([perf, "stat", "-x", ",", "-e", "instructions:u", "-p",
                                    str(server.daemon.process.pid)], stderr=subprocess.PIPE,
                                   text=True)
        time.sleep(0.2)
        try:
            got = server.load(seconds=2, **LANES[lane].options)
            server.settle()
        finally:
            counter.send_signal(signal.SIGINT)
            out = counter.communicate()[1]
        found = re.search(r"^(\d+),.*instructions", out, re.MULTILINE)
        if not found:
            raise NotMeasured("this machine counts no instructions")
        return int(found.group(1)) / got["accepted"]

    def upload(self):
        if not self.wants("upload_20000_s", False):
            return
        try:
            server = self.server("titoli")
            got = server.load(connections=1, seconds=3, shape="ndjson", lines=20000)
            server.settle()
            self.add("upload_20000_s", got["p50_us"] / 1e6, "s", "≤2",
                     note=f"NDJSON, an answer for each line; the slowest {got['max_us'] / 1e6:.2f} s")
        except NOT_HERE as fault:
            self.none("upload_20000_s", "s", "≤2", fault)

    # ---- ledgers of other shapes --------------------------------------------------------------

    def on_ledgers(self, plans, measure, note=""):
        """Interleaves a measurement over ledgers that are served at the same time."""
        with contextlib.ExitStack() as stack:
            served = []
            for number, plan in enumerate(plans):
                self.progress(f"{note}: ledger {number + 1} of {len(plans)}")
                folder = FOLDER / f"ledger-{number}"
                served.append(stack.enter_context(Ledger(folder, **plan)))
            samples = [[] for _ in plans]
            for _ in range(self.rounds):
                for number, ledger in enumerate(served):
                    samples[number].append(measure(ledger))
                    ledger.settle(300)
            return samples

    def flat(self, name, plans, labels):
        """Processor time for each redemption must not depend on the shape of the ledger."""
        if not self.wants(name, False):
            return
        try:
            self.stop_servers()
            samples = self.on_ledgers(plans, lambda ledger: ledger.load(
                connections=8, seconds=2, shape="ndjson",
                lines=1000)["watched_ns_per_redemption"], name)
            medians = [statistics.median(values) for values in samples]
            ratios = [value / samples[0][place] for values in samples[1:]
                      for place, value in enumerate(values)]
            self.add(name, max(medians) / medians[0], "times", "≤1.15", ratios,
                     ", ".join(f"{label}: {value:.0f} ns" for label, value in zip(labels, medians)))
        except NOT_HERE as fault:
            self.none(name, "times", "≤1.15", fault)

    def shapes(self):
        small = {"vouchers": 100000}
        for name, basis in (("cost_of_ceilings_1_4_16", "committed"),
                            ("cost_of_ceilings_1_4_16_that_count_redemptions", "redeemed")):
            self.flat(name, [{**small, "ceilings": n, "basis": basis} for n in (1, 4, 16)],
                      ("1", "4", "16"))
        self.flat("cost_of_comuni_48_7900", [{**small, "comuni": n} for n in (48, 7900)],
                  ("48", "7,900"))
        if self.wants("one_fund_vs_1000", False):
            plans = [small, {**small, "funds": 1000, "comuni": 1000}]
            try:
                self.stop_servers()
                one, many = self.on_ledgers(plans, lambda ledger: ledger.load(
                    connections=128, seconds=self.seconds)["per_second"], "one fund and 1,000")
                self.add("one_fund_vs_1000", statistics.median(one) / statistics.median(many),
                         "times", "≥0.95", [a / b for a, b in zip(one, many)],
                         "single redemptions on 128 connections")
            except NOT_HERE as fault:
                self.none("one_fund_vs_1000", "times", "≥0.95", fault)

    def connections(self):
        """What a redemption costs the daemon on 10, 1,000 and 10,000 connections."""
        name = "cost_of_connections_10_1000_10000"
        if not self.wants(name, False):
            return
        try:
            server = self.server("titoli")
            kinds = ({"connections": 10}, {"connections": 1000, "in_flight": 128},
                     {"connections": 10000, "in_flight": 128})
            samples = [[] for _ in kinds]
            for _ in range(self.rounds):
                for number, kind in enumerate(kinds):
                    got = server.load(seconds=2, **kind)
                    samples[number].append(got["watched_ns_per_redemption"])
                    server.settle()
            medians = [statistics.median(values) for values in samples]
            ratios = [value / samples[0][place] for values in samples[1:]
                      for place, value in enumerate(values)]
            self.add(name, max(medians) / medians[0], "times", "≤1.15", ratios,
                     ", ".join(f"{value:.0f} ns" for value in medians))
        except NOT_HERE as fault:
            self.none(name, "times", "≤1.15", fault)

    def growth(self):
        """10 million titles and a history against 1 million."""
        rows = (("rate_10m_vs_1m", "times", "≥0.85"), ("sustained_10m_vs_1m", "times", "≥0.5"),
                ("written_bytes_per_redemption_10m", "bytes", "≤1100"))
        wanted = [row for row in rows if self.wants(row[0], False)]
        if not wanted:
            return
        try:
            values, samples, note = self.grow()
        except NOT_HERE as fault:
            for name, unit, goal in wanted:
                self.none(name, unit, goal, fault)
            return
        for name, unit, goal in wanted:
            self.add(name, values[name], unit, goal, samples if unit == "times" and
                     name.startswith("rate") else (), note)

    def grow(self):
        if not self.only and self.left() < 600:
            raise NotMeasured("no time is left in this run: ask for it by --only")
        self.stop_servers()
        # Some 600 bytes for a title with its first redemption, 300 for each that follows.
        room = machine.available_mib() * 0.75 * 1048576 - (GROWN + ONCE) * 900
        history = min(5, int(room / (GROWN + ONCE) / 300))
        if history < 1:
            raise NotMeasured("so many titles do not fit into this machine's memory")
        plans = [{"vouchers": GROWN, "history": history}, {"vouchers": ONCE, "history": history}]
        singles, batches, written = [[], []], [[], []], None
        with contextlib.ExitStack() as stack:
            served = []
            for number, plan in enumerate(plans):
                self.progress(f"growth: making the ledger of {plan['vouchers']} titles")
                served.append(stack.enter_context(Ledger(FOLDER / f"growth-{number}", **plan)))
            for _ in range(self.rounds):
                for number, ledger in enumerate(served):
                    singles[number].append(ledger.load(seconds=self.seconds)["per_second"])
                    ledger.settle(300)
            for number, ledger in enumerate(served):
                values, _ = self.sustain(ledger, self.batch_lane(), 20)
                batches[number].append(values["sustained_per_s"])
                written = written or values["written_bytes_per_redemption"]
        return ({"rate_10m_vs_1m": statistics.median(singles[0]) / statistics.median(singles[1]),
                 "sustained_10m_vs_1m": batches[0][0] / batches[1][0],
                 "written_bytes_per_redemption_10m": written},
                [a / b for a, b in zip(*singles)],
                f"{history * GROWN / 1e6:g} million redemptions of history")

    # ---- reports and months -------------------------------------------------------------------

    def reports(self):
        """A year of an ambito: 127,000 redemptions by comune, by fund and by provider."""
        paths = {"report_comuni_ms": "/v1/reports/comuni?",
                 "report_providers_ms": "/v1/reports/providers?",
                 "report_funds_ms": "/v1/reports/balances?"}
        wanted = {name: path for name, path in paths.items() if self.wants(name, False)}
        if not wanted:
            return
        try:
            self.stop_servers()
            with Ledger(FOLDER / "reports", vouchers=5280, providers=40, comuni=48, funds=4, visits=24,
                        history=24) as ledger:
                admin = ledger.daemon.client()
                admin.must("/v1/principals", {"code": "bench", "role": "UDP_MANAGER",
                                              "ambito": "CREMA"})
                token = admin.must("/v1/credentials", {"principal": "bench"})["token"]
                for name, path in wanted.items():
                    try:
                        self.time_report(name, ledger.daemon.client(token), path)
                    except NOT_HERE as fault:
                        self.none(name, "ms", "≤200", fault)
        except NOT_HERE as fault:
            for name in wanted:
                self.none(name, "ms", "≤200", fault)

    def time_report(self, name, client, path):
        times = []
        for _ in range(5):
            begin, items, cursor = time.monotonic(), 0, ""
            while True:
                answer = client.get(f"{path}limit=1000{cursor}")
                if answer.status != 200:
                    raise NotMeasured(f"GET {path}: {answer.status} {answer.body[:120]}")
                page = answer.json()
                items += len(page.get("items", []))
                if not page.get("next_cursor"):
                    break
                cursor = "&cursor=" + page["next_cursor"]
            times.append((time.monotonic() - begin) * 1000)
        self.add(name, statistics.median(times), "ms", "≤200", times,
                 f"all pages, {items} rows over 126,720 redemptions")

    def month(self):
        if not self.wants("month_region_s", False):
            return
        if not self.only and self.left() < 240:
            return self.none("month_region_s", "s", "≤20", "no time is left: ask for it by --only")
        self.stop_servers()
        self.progress("a region's month")
        limit = 600 if self.only else max(60, self.left() - 20)
        try:
            done = subprocess.run([sys.executable, str(HERE / "month.py"), "region",
                                   "closed"], text=True,
                                  capture_output=True, timeout=limit,
                                  env={**os.environ, "BENCH_FOLDER": str(FOLDER / "month")})
            found = re.search(r"^month_region_closed_s (\S+)", done.stdout, re.MULTILINE)
            if not found:
                raise NotMeasured((done.stderr or done.stdout).strip()[-200:])
            self.add("month_region_s", float(found.group(1)), "s", "≤20",
                     note="through the API, to the approval of all statements; no redemptions beside")
        except NOT_HERE as fault:
            self.none("month_region_s", "s", "≤20", fault)
        finally:
            shutil.rmtree(FOLDER / "month", ignore_errors=True)

    # ---- all of it ----------------------------------------------------------------------------

    def measure_all(self):
        with self.stack:
            self.lanes()
            self.starts()
            self.latencies()
            self.sustained()
            self.instructions()
            self.upload()
            self.connections()
        self.servers = {}
        self.shapes()
        self.reports()
        self.growth()
        self.month()


def list_names():
    """Every figure there is, without measuring any."""
    options = argparse.Namespace(quick=False, only=["-"], seconds=None, rounds=None)
    bench = Bench(options)
    bench.measure_all()
    print("\n".join(bench.names))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--quick", action="store_true", help="what matters most, in a minute")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these figures alone")
    parser.add_argument("--list", action="store_true", help="the names of all figures")
    parser.add_argument("--seconds", type=float, help="for which each lane is loaded in a round")
    parser.add_argument("--rounds", type=int, help="how often each lane is measured")
    parser.add_argument("--out", type=pathlib.Path, help="where results.json, .md and .svg go")
    return parser.parse_args()


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # servers are stopped on the way
    if options.list:
        list_names()
        return 0
    if not programs_are_there():
        print("bench: run `make bench` or `make bench-quick`, which build what it needs",
              file=sys.stderr)
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    bench = Bench(options)
    before = machine.stolen()
    described = machine.describe(FOLDER, 0.5 if options.quick else 2.0)
    bench.sync_rate = described["fdatasync_per_s"]
    bench.measure_all()
    result = {"kind": "quick" if options.quick else "partial" if options.only else "full",
              "when": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
              "seconds": round(time.monotonic() - bench.begin), "machine": described,
              "stolen_percent": round(machine.stolen_percent(before), 2),
              "peers": bench.versions, "rows": bench.rows}
    out = options.out or FOLDER / "results"
    report.write(result, out)
    goals = [row for row in bench.rows if row["goal"]]
    print(f"processor_stolen {result['stolen_percent']} percent")
    print(f"fdatasync_per_s {described['fdatasync_per_s']} syncs/s "
          f"(the worst {described['fdatasync_worst_ms']} ms)")
    print(f"seconds {result['seconds']} s")
    print(f"bench: {sum(row['met'] is True for row in goals)} goals met, "
          f"{sum(row['met'] is False for row in goals)} not met, "
          f"{sum(row['value'] is None for row in goals)} not measured; {out}/results.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
