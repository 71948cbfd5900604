#!/usr/bin/python3
"""The bench: titolid and its peers side by side on this machine, in one run.

usage: run.py [--quick | --smoke] [--only NAME …] [--list] [--seconds S] [--rounds N] [--out FOLDER]

Without words everything is measured, in at most 20 minutes (`make bench`); with --quick what matters
most, in a minute (`make bench-quick`). --only measures single figures, each named in full or by a
pattern such as 'postgres_*'; --list names them all. --smoke goes through every step on ledgers so
small and in rounds so short that the figures say nothing: it shows that the bench works.

What is compared is interleaved: each round measures every lane (a server under one kind of load) for
some seconds, then the next round begins. A rate is the median of the rounds; a ratio is a median over
a median, its range that of the ratios within each round. Before a lane is measured, the one before
has finished what it does behind the answers (checkpoints).

What cannot be measured says why in its line; nothing is left out silently. It exits with 0 also
where a goal is not met: figures are read, not asserted. A fault of the bench itself is told on
standard error, the run goes on, and the exit code is 1."""
import argparse
import collections
import concurrent.futures
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
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "peers")]
import latency  # noqa: E402
import machine  # noqa: E402
import report  # noqa: E402
import shapes  # noqa: E402
from lanes import LANES, PG_BATCHES, RATIOS  # noqa: E402
from ledgers import (BUILD, Echo, Lag, Ledger, NotMeasured, anonymous_memory, load_knows,  # noqa: E402
                     programs_are_there, trim)
from peers import Missing, Postgres, Redis, Sqlite, Tigerbeetle  # noqa: E402

FOLDER = pathlib.Path(os.environ.get("BENCH_FOLDER", "build/bench"))
FULL_SECONDS_MAX = 20 * 60
QUICK_ROUNDS_S = 42  # from the start: no further round begins that would end later
NOT_ASKED = "not asked for"
NOT_HERE = (NotMeasured, Missing, RuntimeError, OSError, subprocess.SubprocessError)


class Goal:
    """At least or at most a number; as text, and whether a value meets it."""

    def __init__(self, text):
        self.text = text
        self.number = float(text[1:])
        self.least = text[0] == "≥"

    def meets(self, value):
        return value >= self.number if self.least else value <= self.number


class Bench:
    def __init__(self, options):
        self.quick, self.smoke, self.only = options.quick, options.smoke, options.only
        self.given_seconds = options.seconds
        self.seconds = options.seconds or (1.0 if self.quick or self.smoke else 3.0)
        self.rounds = options.rounds or (1 if self.smoke else 2 if self.quick else 3)
        self.vouchers = 20000 if self.smoke else 200000 if self.quick else 1000000
        self.peer_vouchers = 128000 if self.quick or self.smoke else 512000
        self.rows, self.servers, self.failed, self.versions = [], {}, {}, {}
        self.samples, self.got, self.sync_rate = {}, {}, 1000
        self.found = {}   # values by name, also of figures that nobody asked for
        self.steps = {}   # seconds of each
        self.ends = collections.Counter()  # of servers that nobody stopped
        self.faults = []  # of the bench itself
        self.stack = contextlib.ExitStack()
        self.begin = time.monotonic()
        self.names, self.wanted = [], []
        self.folder = FOLDER

    # ---- what is wanted, what came out --------------------------------------------------------

    def wants(self, name, quick):
        """Is this figure measured? Lists its name on the way."""
        self.names.append(name)
        wanted = any(fnmatch.fnmatch(name, pattern) for pattern in self.only) if self.only \
            else quick or not self.quick
        if wanted:
            self.wanted.append(name)
        return wanted

    def add(self, name, value, unit, goal="", samples=(), note="", bar="", **more):
        judge = Goal(goal) if goal else None
        met = judge.meets(value) if judge and value is not None else None
        row = {"name": name, "value": value, "unit": unit, "goal": goal, "met": met,
               "samples": list(samples), "note": note, "bar": bar, **more}
        self.rows.append(row)
        print(report.line(row), flush=True)

    def none(self, name, unit, goal, why):
        self.add(name, None, unit, goal, note=" ".join(str(why).split())[:200])

    def progress(self, text):
        if sys.stderr.isatty():
            print(f"\r\033[K{time.monotonic() - self.begin:5.0f} s  {text}", end="", file=sys.stderr,
                  flush=True)

    def left(self):
        """Seconds of this run; without end where single figures are asked for."""
        if self.only or self.smoke:
            return 24 * 3600
        return FULL_SECONDS_MAX - (time.monotonic() - self.begin)

    def shorter(self, seconds, smoke=1):
        """So many seconds, or what is enough to see that it works."""
        return smoke if self.smoke else min(seconds, self.given_seconds or seconds)

    def step(self, function, *arguments):
        """A fault of the bench in one step is told, and the run goes on."""
        begin = time.monotonic()
        try:
            function(*arguments)
        except Exception as fault:  # whatever it is, the other figures are wanted
            traceback.print_exc()
            self.faults.append(f"{function.__name__}: {type(fault).__name__} {fault}")
        took = time.monotonic() - begin
        name = function.__name__
        self.steps[name] = round(self.steps.get(name, 0) + took, 1)

    def close(self):
        """What was wanted and has no line says that it is the bench's fault."""
        there = {row["name"] for row in self.rows}
        for name in self.wanted:
            if name not in there:
                self.none(name, "", "", f"a fault of the bench: {'; '.join(self.faults)}")

    # ---- servers and lanes --------------------------------------------------------------------

    def server(self, owner):
        """Starts it when it is first asked for, and again where it ended (twice at the most); what does
        not start is not tried again."""
        if owner in self.failed:
            raise NotMeasured(self.failed[owner])
        if owner in self.servers and not self.servers[owner].is_alive() and self.ends[owner] < 2:
            self.ends[owner] += 1  # the lane that it ended in has failed; the next ones need it
            del self.servers[owner]
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

    def prepare(self, owners):
        """Two at a time: nothing is measured yet. What fails says so in its lines."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for started in [pool.submit(self.server, owner) for owner in owners]:
                with contextlib.suppress(NotMeasured):
                    started.result()

    def stop_servers(self):
        """Before ledgers of other sizes: nothing else runs beside them."""
        self.stack.close()
        self.servers = {}

    def measure(self, name):
        lane = LANES[name]
        server = self.server(lane.owner)
        options = dict(lane.options)
        if lane.owner == "titoli":
            bursts = lane.seconds and not (self.quick or self.smoke or self.given_seconds)
            got = server.load(seconds=lane.seconds if bursts else self.seconds, **options)
            self.got.setdefault(name, []).append(got)
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
        took = 0.0
        for number in range(self.rounds):
            begin = time.monotonic()
            if self.quick and number > 0 and begin + took - self.begin > QUICK_ROUNDS_S:
                break  # a quick run ends in its minute: fewer rounds on a slow machine
            for name in names:
                if name in self.failed:
                    continue
                self.progress(f"round {number + 1} of {self.rounds}: {name}")
                try:
                    self.samples.setdefault(name, []).append(self.measure(name))
                except NOT_HERE as fault:
                    self.failed[name] = str(fault)
                    self.samples.pop(name, None)
            took = time.monotonic() - begin

    def need(self, names):
        """Rates that a ratio or a latency wants and that were not measured before."""
        self.interleave([name for name in names if not self.samples.get(name)
                         and (not self.quick or LANES[name].quick)])

    def why(self, name):
        return self.failed.get(name) or self.failed.get(LANES[name].owner) or NOT_ASKED

    def rate(self, name):
        return statistics.median(self.samples[name])

    def ratio(self, name, ours, others, goal):
        """Against the best of the others that were measured."""
        there = [other for other in others if self.samples.get(other)]
        if not self.samples.get(ours):
            return self.none(name, "times", goal, self.why(ours))
        if not there:
            why = [self.why(other) for other in others]
            return self.none(name, "times", goal, max(why, key=lambda one: one != NOT_ASKED))
        best = max(there, key=self.rate)
        pairs = [mine / theirs for mine, theirs in zip(self.samples[ours], self.samples[best])]
        more = {"ours": ours, "against": best}
        if goal:
            more["goal_rate"] = float(goal[1:]) * self.rate(best)
        self.add(name, self.rate(ours) / self.rate(best), "times", goal, pairs, f"against {best}",
                 **more)

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
        self.prepare(dict.fromkeys(LANES[name].owner for name in names
                                   if not LANES[name].owner.startswith("echo_")))
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
        rows = (("replay_per_s", "entries/s", "≥1000000"), ("start_ms", "ms", "≤3000"),
                ("bytes_per_voucher", "bytes", "≤400"))
        for name, unit, goal in rows:
            if not self.wants(name, True):
                continue
            goal = "" if self.quick or self.smoke else goal  # meant for a million titles
            try:
                server = self.server("titoli")
                value = server.replay() if name == "replay_per_s" else server.facts[name]
                self.add(name, value, unit, goal, note=f"{self.vouchers} titles")
            except NOT_HERE as fault:
                self.none(name, unit, goal, fault)

    def peers_checked(self):
        """Do the peers do the same work? Else their figures would say nothing."""
        if not self.wants("peers_do_the_same_work", False):
            return
        try:
            done = subprocess.run([sys.executable, str(HERE / "peers" / "check.py")], text=True,
                                  capture_output=True, timeout=180,
                                  env={**os.environ, "BENCH_FOLDER": str(FOLDER)})
            found = re.search(r"(\d+) passed, (\d+) failed", done.stdout)
            if not found:
                raise NotMeasured((done.stderr or done.stdout)[-200:])
            skipped = [line for line in done.stdout.splitlines() if line.startswith("SKIP")]
            failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
            self.add("peers_do_the_same_work", int(found.group(2)), "failures",
                     note="; ".join([f"{found.group(1)} checks", *skipped, *failed])[:300])
        except NOT_HERE as fault:
            self.none("peers_do_the_same_work", "failures", "", fault)

    # ---- latency ------------------------------------------------------------------------------

    def half_rate(self, lane, prefix, goals, seconds):
        """Open loop at half of the highest sustained rate: percentiles, the longest silence."""
        names = [f"{prefix}{what}_half_rate_ms" for what in ("p50", "p99", "p99_9")]
        names.append(f"{prefix}longest_pause_ms")
        quicks = [False, not prefix, False, not prefix]
        wanted = [self.wants(name, quick) for name, quick in zip(names, quicks)]
        if not any(wanted):
            return
        try:
            self.need([lane])
            if not self.samples.get(lane):
                raise NotMeasured(self.why(lane))
            most = int(self.rate(lane))
            if prefix:  # what batches reach in a burst is more than the store takes
                most = min(most, int(self.found.get("sustained_per_s") or most))
            server = self.server("titoli")
            found = latency.half_rate(server.load, self.folder, most=most, seconds=seconds, warmup=1,
                                      alone_seconds=1 if self.quick or self.smoke else 2,
                                      **LANES[lane].options)
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

    def full_rate(self, lane, prefix):
        """Without an arrival rate, clients ask as fast as they are answered: told, without a goal."""
        names = (f"{prefix}p99_full_rate_ms", f"{prefix}longest_pause_full_rate_ms")
        wanted = [name for name in names if self.wants(name, False)]
        if not wanted:
            return
        self.need([lane])
        got = self.got.get(lane)
        for name in wanted:
            if not got:
                self.none(name, "ms", "", self.why(lane))
                continue
            of = "p99_us" if "p99" in name else "longest_silence_us"
            values = [one[of] / 1000 for one in got]
            self.add(name, statistics.median(values) if "p99" in name else max(values), "ms", "",
                     values, f"{lane}, closed loop")

    def latencies(self):
        seconds = self.shorter(3 if self.quick else 20)
        self.half_rate("titoli_single_64", "", ("≤1", "≤5", "≤20", "≤20"), seconds)
        self.half_rate("titoli_binary_8190", "binary_8190_", ("≤5", "≤15", "≤20", "≤20"), seconds)
        self.full_rate("titoli_single_64", "")
        self.full_rate("titoli_binary_8190", "binary_8190_")

    # ---- disk, sustained rate, processor ------------------------------------------------------

    def sustained(self):
        """At full rate with the checkpoint keeping up: rate, lag, bytes."""
        rows = (("journal_bytes_per_redemption", "bytes", "≤300", True),
                ("written_bytes_per_redemption", "bytes", "≤600", False),
                ("device_bytes_per_redemption", "bytes", "", False),
                ("bytes_per_redemption", "bytes", "≤300", False),
                ("sustained_per_s", "redemptions/s", "", False),
                ("sustained_vs_postgres", "times", "≥8", False),
                ("checkpoint_lag_s", "s", "≤20", False))
        wanted = {name: (unit, goal) for name, unit, goal, quick in rows if self.wants(name, quick)}
        if not wanted:
            return
        try:
            values, note = self.sustain(self.server("titoli"), self.batch_lane(),
                                        2 if self.quick else self.shorter(60, 2))
        except NOT_HERE as fault:
            for name, (unit, goal) in wanted.items():
                self.none(name, unit, goal, fault)
            return
        self.found.update(values)
        if "sustained_vs_postgres" in wanted:
            values["sustained_vs_postgres"] = self.over_postgres(values["sustained_per_s"])
        for name, (unit, goal) in wanted.items():
            if values.get(name) is None:
                self.none(name, unit, goal, "no peer or counter to hold it against")
            else:
                self.add(name, values[name], unit, goal, note=note)

    def over_postgres(self, rate):
        """Over its best batch, or None."""
        self.need(PG_BATCHES)
        rates = [self.rate(name) for name in PG_BATCHES if self.samples.get(name)]
        return rate / max(rates) if rates else None

    def batch_lane(self):
        """The fastest way in that there is."""
        binary = load_knows("binary") and "titoli_binary_8190" not in self.failed
        return "titoli_binary_8190" if binary else "titoli_ndjson_1000"

    def sustain(self, server, lane, seconds):
        self.progress(f"sustained: {lane}, {seconds} s")
        server.settle()
        server.ready()
        before, begin = server.written(), time.monotonic()
        memory = anonymous_memory(server.daemon)
        with Lag(server) as lag:
            got = server.load(seconds=seconds, **LANES[lane].options)
            behind, caught_up = server.settle(300)
        took = time.monotonic() - begin
        each = [None if now is None or was is None else (now - was) / got["accepted"]
                for now, was in zip(server.written(), before)]
        values = {"journal_bytes_per_redemption": each[0], "written_bytes_per_redemption": each[1],
                  "device_bytes_per_redemption": each[2],
                  "bytes_per_redemption":
                      (anonymous_memory(server.daemon) - memory) / got["accepted"],
                  "sustained_per_s": got["accepted"] / took, "checkpoint_lag_s": lag.most}
        return values, (f"{lane}, {seconds:g} s and {caught_up:.1f} s until the store had the last "
                        f"{behind} entries")

    def instructions(self):
        """User instructions of the daemon for each redemption: noise does not move them."""
        for name, lane in (("instructions_per_single", "titoli_single_64"),
                           ("instructions_per_h2_stream", "titoli_h2_100"),
                           ("instructions_per_tls_single", "titoli_tls_64"),
                           ("instructions_per_ndjson_line", "titoli_ndjson_1000"),
                           ("instructions_per_binary_line", "titoli_binary_8190")):
            if not self.wants(name, False):
                continue
            try:
                self.add(name, self.count_instructions(lane), "instructions", note="by perf")
            except NOT_HERE as fault:
                self.none(name, "instructions", "", fault)

    def count_instructions(self, lane):
        perf = shutil.which("perf")
        if not perf:
            raise NotMeasured("perf is not installed (Debian: linux-perf)")
        server = self.server("titoli")
        server.ready()
        counter = subprocess.Popen([perf, "stat", "-x", ",", "-e", "instructions:u", "-p",
                                    str(server.daemon.process.pid)], stderr=subprocess.PIPE,
                                   text=True)
        time.sleep(0.2)
        try:
            got = server.load(seconds=self.shorter(2), **LANES[lane].options)
            server.settle()
        finally:
            counter.send_signal(signal.SIGINT)
            out = counter.communicate(timeout=30)[1]
        found = re.search(r"^(\d+),.*instructions", out, re.MULTILINE)
        if not found:
            raise NotMeasured("this machine counts no instructions")
        return int(found.group(1)) / got["accepted"]

    def instructions_of_steps(self):
        """Of one redemption, step by step, under valgrind: what the guard of the tests counts."""
        guard = HERE.parent / "tests" / "cost"
        steps = [line.split()[0] for line in (guard / "limits.txt").read_text().splitlines()
                 if line and not line.startswith("#")]
        wanted = [step for step in steps if self.wants(f"instructions_of_{step}", False)]
        if not wanted:
            return
        try:
            done = subprocess.run([str((BUILD / "tests" / "cost" / "redemption_test").resolve())],
                                  cwd=HERE.parent, capture_output=True, text=True, timeout=300)
            found = dict(re.findall(r"^(\w+)_instructions (\d+)", done.stdout, re.MULTILINE))
            why = (done.stdout + done.stderr).strip()[:200]
        except NOT_HERE as fault:
            found, why = {}, str(fault)
        for step in wanted:
            if step in found:
                self.add(f"instructions_of_{step}", int(found[step]), "instructions",
                         note="by valgrind")
            else:
                self.none(f"instructions_of_{step}", "instructions", "", why)

    def upload(self):
        if not self.wants("upload_20000_s", False):
            return
        try:
            server = self.server("titoli")
            got = server.load(connections=1, seconds=self.shorter(5), shape="ndjson", lines=20000)
            server.settle()
            self.add("upload_20000_s", got["p50_us"] / 1e6, "s", "≤2",
                     note=f"NDJSON, an answer for each line; the slowest {got['max_us'] / 1e6:.2f} s")
        except NOT_HERE as fault:
            self.none("upload_20000_s", "s", "≤2", fault)

    # ---- all of it ----------------------------------------------------------------------------

    def measure_all(self):
        """Growth comes last: its ledger is as old as the time that is left allows."""
        with self.stack:
            self.step(self.peers_checked)
            for measure in (self.lanes, self.starts, self.sustained, self.latencies,
                            self.instructions, self.upload, self.instructions_of_steps):
                self.step(measure)
            for measure in (shapes.connections, shapes.ceilings, shapes.comuni, shapes.funds,
                            shapes.reports, shapes.month, shapes.growth):
                self.step(measure, self)
        self.close()


def list_names():
    """Every figure there is, without measuring any."""
    options = argparse.Namespace(quick=False, smoke=False, only=["-"], seconds=None, rounds=None)
    bench = Bench(options)
    bench.measure_all()
    print("\n".join(bench.names))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--quick", action="store_true", help="what matters most, in a minute")
    parser.add_argument("--smoke", action="store_true", help="every step, tiny: does it work?")
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
    kind = "smoke" if options.smoke else "quick" if options.quick else "full"
    result = {"kind": "partial" if options.only else kind,
              "when": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
              "seconds": round(time.monotonic() - bench.begin), "machine": described,
              "stolen_percent": round(machine.stolen_percent(before), 2),
              "peers": bench.versions, "steps": bench.steps, "faults": bench.faults,
              "rows": bench.rows}
    out = options.out or FOLDER / "results"
    report.write(result, out)
    trim(FOLDER)
    goals = [row for row in bench.rows if row["goal"]]
    print(f"processor_stolen {result['stolen_percent']} percent")
    print(f"fdatasync_per_s {described['fdatasync_per_s']} syncs/s "
          f"(the worst {described['fdatasync_worst_ms']} ms)")
    print(f"seconds {result['seconds']} s: " +
          ", ".join(f"{name} {took:.0f}" for name, took in bench.steps.items() if took >= 1))
    print(f"bench: {sum(row['met'] is True for row in goals)} goals met, "
          f"{sum(row['met'] is False for row in goals)} not met, "
          f"{sum(row['value'] is None for row in goals)} not measured; {out}/results.md")
    for fault in bench.faults:
        print(f"bench: a fault of the bench itself: {fault}", file=sys.stderr)
    return 1 if bench.faults else 0


if __name__ == "__main__":
    sys.exit(main())
