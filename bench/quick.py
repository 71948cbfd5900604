#!/usr/bin/python3
"""The quick benchmark: one line for each figure, `name value unit`, in less than a minute.

A ledger of VOUCHERS titles (1,000,000) is made through the real pipeline, started twice (once from
the journal alone, once from the store), then loaded by bench/load.c on the same machine over
loopback: single redemptions on 64 keep-alive connections, then NDJSON batches of 1,000 on 8, twice
over the same titles: the first redemption of a title in a month also makes its statement line.
Every answer waits for its fdatasync. Memory is the daemon's anonymous memory (RssAnon): pages of
the store's file that the system keeps cached are not counted, since it may drop them at will."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "support"))
from daemon import BUILD, Daemon  # noqa: E402

VOUCHERS = int(os.environ.get("VOUCHERS", "1000000"))
SECONDS = os.environ.get("SECONDS", "6")
PROVIDERS = 64
FOLDER = pathlib.Path(os.environ.get("BENCH_FOLDER", "build/bench"))


def figure(name, value, unit):
    print(f"{name} {value} {unit}", flush=True)


def stolen():
    """Processor time that the host took away, and all of it, in ticks."""
    with open("/proc/stat") as file:
        ticks = [int(field) for field in file.readline().split()[1:]]
    return ticks[7], sum(ticks)


def anonymous_memory(daemon):
    for line in pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no RssAnon")


def event(daemon, name):

    for line in daemon.log_lines:
        if f'"{name}"' in line:
            return json.loads(line)
    raise RuntimeError(f"no {name} in the log")


def folder_size(path):
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def sequences(daemon):
    """Latest entry and the latest that the store holds."""
    status = daemon.client().get("/status").json()
    return status["ledger_seq"], status["checkpoint_seq"]


def wait_for_checkpoint(daemon):
    begin = time.monotonic()
    while True:
        latest, stored = sequences(daemon)
        if stored >= latest:
            return time.monotonic() - begin
        time.sleep(0.05)


def load(daemon, tokens, shape, connections, first_round):
    """Figures of bench/load by name."""
    command = [str(BUILD / "bench" / "load"), "--port", str(daemon.port), "--tokens", str(tokens),
               "--shape", shape, "--connections", str(connections), "--seconds", SECONDS,
               "--vouchers", str(VOUCHERS), "--round", str(first_round),
               "--watch", str(daemon.process.pid)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    got = {name: int(value) for name, value, unit in
           (line.split() for line in done.stdout.splitlines())}
    if got["refused"]:
        raise RuntimeError(f"{got['refused']} refused:\n{done.stderr}")
    return got


def make(settings, tokens):
    daemon = Daemon(FOLDER, clock="manual=2026-09-01T00:00:00+02:00", settings=settings).make()
    daemon.start()
    empty = anonymous_memory(daemon)
    daemon.stop()
    begin = time.monotonic()
    subprocess.run([str(BUILD / "bench" / "make_ledger"), "--config", str(daemon.config),
                    "--vouchers", str(VOUCHERS), "--providers", str(PROVIDERS),
                    "--tokens", str(tokens)], check=True)
    figure("make_ledger_seconds", f"{time.monotonic() - begin:.1f}", "s")
    return daemon, empty


def starts(daemon, empty):
    daemon.start(timeout=120)
    opened = event(daemon, "ledger_opened")
    milliseconds = event(daemon, "started")["start_ms"]
    figure("replay_per_s", opened["entries_replayed"] * 1000 // max(milliseconds, 1), "entries/s")
    figure("checkpoint_catch_up_seconds", f"{wait_for_checkpoint(daemon):.1f}", "s")
    daemon.stop()
    daemon.start(timeout=120)
    figure("start_ms", event(daemon, "started")["start_ms"], "ms")
    figure("bytes_per_voucher", (anonymous_memory(daemon) - empty) // VOUCHERS, "bytes")


def loads(daemon, tokens):
    journal = daemon.ledger / "journal"
    before = sequences(daemon)[0]
    memory = anonymous_memory(daemon)
    single = load(daemon, tokens, "single", 64, 0)
    figure("single_64_per_s", single["per_second"], "redemptions/s")
    figure("single_64_p50_us", single["p50_us"], "us")
    figure("single_64_p99_us", single["p99_us"], "us")
    figure("single_64_daemon_ns", single["watched_ns_per_redemption"], "ns")
    figure("single_64_generator_ns", single["generator_ns_per_redemption"], "ns")
    wait_for_checkpoint(daemon)
    batch = load(daemon, tokens, "ndjson", 8, 4)
    lag = sequences(daemon)
    figure("ndjson_1000_per_s", batch["per_second"], "redemptions/s")
    figure("ndjson_1000_p99_us", batch["p99_us"], "us")
    figure("ndjson_1000_daemon_ns", batch["watched_ns_per_redemption"], "ns")
    figure("ndjson_1000_generator_ns", batch["generator_ns_per_redemption"], "ns")
    figure("checkpoint_lag_entries", lag[0] - lag[1], "entries")
    figure("checkpoint_lag_seconds", f"{wait_for_checkpoint(daemon):.1f}", "s")
    redemptions = single["accepted"] + batch["accepted"]
    figure("bytes_per_first_redemption", (anonymous_memory(daemon) - memory) // redemptions, "bytes")
    memory = anonymous_memory(daemon)
    again = load(daemon, tokens, "ndjson", 8, 14)
    figure("ndjson_1000_again_per_s", again["per_second"], "redemptions/s")
    figure("bytes_per_redemption", (anonymous_memory(daemon) - memory) // again["accepted"], "bytes")
    redemptions += again["accepted"]
    entries = sequences(daemon)[0] - before
    if entries != redemptions:
        raise RuntimeError(f"{redemptions} redemptions, {entries} entries")
    return journal


def main():
    begin = time.monotonic()
    steal = stolen()
    settings = {"vouchers_max": VOUCHERS + 1000, "redemptions_max": 20000000, "store_gib": 64,
                "segment_mib": 64, "disk_floor_mib": 256, "checkpoint_ms": 1000,
                "unsafe_filesystem": "no"}
    tokens = FOLDER / "tokens"
    daemon, empty = make(settings, tokens)
    try:
        starts(daemon, empty)
        loads(daemon, tokens)
    finally:
        if daemon.process.poll() is None:
            daemon.stop()
    taken, all_ticks = (now - was for now, was in zip(stolen(), steal))
    figure("processor_stolen", f"{100 * taken / max(all_ticks, 1):.1f}", "percent")
    figure("seconds", f"{time.monotonic() - begin:.0f}", "s")
    shutil.rmtree(FOLDER, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
