#!/usr/bin/python3
"""Latency at half of the highest rate, in the open loop, beside what the disk and the host did.

    bench/latency.py --port P --tokens FILE --vouchers N --folder FOLDER [--shape ndjson --lines 8000]

on a daemon that runs, or from another program: `half_rate(load, folder, …)`. Lines `name value unit`."""
import argparse
import os
import pathlib
import signal
import subprocess
import sys

BUILD = pathlib.Path(os.environ.get("BUILD", "build/release"))


def figures_of(text):
    """Lines `name value unit` as a dictionary of whole numbers."""
    return {name: int(value) for name, value, _ in (line.split() for line in text.splitlines())}


class SyncProbe:
    """Small writes and fdatasyncs beside the daemon's, on its disk: as a `with`, then .figures."""

    def __init__(self, folder, every_us=10000, size=4096):
        self.command = [str(BUILD / "bench" / "sync_probe"), "--file",
                        str(pathlib.Path(folder) / "sync-probe"), "--every-us", str(every_us),
                        "--size", str(size)]
        self.figures = {}

    def __enter__(self):
        self.process = subprocess.Popen(self.command + ["--seconds", "3600"],
                                        stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        text, _ = self.process.communicate(timeout=60)
        if self.process.returncode != 0:
            raise RuntimeError(f"sync_probe: {self.process.returncode}")
        self.figures = figures_of(text)

    def alone(self, seconds=2):
        """What it finds while nothing else asks the disk."""
        done = subprocess.run(self.command + ["--seconds", str(seconds)], capture_output=True,
                              text=True, check=True)
        return figures_of(done.stdout)


def half_rate(load, folder, most=None, seconds=10, warmup=2, connections=128, alone_seconds=2,
              **options):
    """Runs load(**options) in the open loop at half of `most` redemptions a second (found in a closed
    loop when it is not given). Returns figures as name -> (value, unit).

    Percentiles count from arrival. `longest_pause_ms` is the longest time in which no answer came; at
    low rates of large batches it cannot be less than the time between two of them. The disk's own
    worst fdatasync is told twice: before the load, and beside it."""
    if most is None:
        most = load(connections=connections, seconds=max(2, seconds // 3), **options)["per_second"]
    rate = max(most // 2, options.get("lines", 1))
    disk = SyncProbe(folder)
    alone = disk.alone(alone_seconds)
    with disk:
        got = load(connections=connections, seconds=seconds, warmup=warmup, rate=rate, **options)
    found = {"rate_asked": (rate, "redemptions/s"), "rate_done": (got["per_second"], "redemptions/s")}
    for name in ("p50", "p99", "p99_9", "max"):
        found[f"{name}_half_rate_ms"] = (f"{got[name + '_us'] / 1000:.2f}", "ms")
    found["longest_pause_ms"] = (f"{got['longest_silence_us'] / 1000:.2f}", "ms")
    found["backlog_most"] = (got["backlog_most"], "requests")
    found["disk_alone_sync_max_ms"] = (f"{alone['sync_max_us'] / 1000:.2f}", "ms")
    found["disk_beside_sync_p99_ms"] = (f"{disk.figures['sync_p99_us'] / 1000:.2f}", "ms")
    found["disk_beside_sync_max_ms"] = (f"{disk.figures['sync_max_us'] / 1000:.2f}", "ms")
    found["stolen_percent"] = (f"{got['stolen_per_mille'] / 10:.1f}", "percent")
    return found


def loader(wanted):
    """bench/load on a daemon that runs; each run goes on where the last one ended."""
    at = {"round": wanted.round}

    def load(**options):
        command = [str(BUILD / "bench" / "load"), "--port", str(wanted.port), "--tokens",
                   wanted.tokens, "--vouchers", str(wanted.vouchers), "--visits",
                   str(wanted.visits), "--round", str(at["round"])]
        for name, value in options.items():
            command += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"load: {done.stderr.strip()}")
        got = figures_of(done.stdout)
        if got["refused"]:
            raise RuntimeError(f"{got['refused']} refused: {done.stderr.strip()}")
        at["round"] = got["next_round"]
        return got
    return load


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tokens", required=True)
    parser.add_argument("--vouchers", type=int, required=True)
    parser.add_argument("--folder", required=True, help="on the ledger's disk")
    parser.add_argument("--shape", default="single")
    parser.add_argument("--lines", type=int, default=None)
    parser.add_argument("--connections", type=int, default=128)
    parser.add_argument("--depth", type=int, default=1)
    parser.add_argument("--protocol", default="http1")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--visits", type=int, default=24)
    parser.add_argument("--round", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--most", type=int, default=None, help="redemptions/s; else measured")
    wanted = parser.parse_args()
    options = {"shape": wanted.shape, "depth": wanted.depth, "protocol": wanted.protocol}
    if wanted.lines:
        options["lines"] = wanted.lines
    if wanted.tls:
        options["tls"] = True
    found = half_rate(loader(wanted), wanted.folder, most=wanted.most, seconds=wanted.seconds,
                      connections=wanted.connections, **options)
    for name, (value, unit) in found.items():
        print(f"{name} {value} {unit}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
