#!/usr/bin/python3
"""300 titles issued at the same moment against one fund row and one ceiling, through the real daemon:
one batch of each mode, from the first byte sent to the last one read. Prints `name value unit`.

usage: issue_burst.py [TITLES [ROUNDS]]     TITOLID names the daemon, TEST_FOLDER where it works"""
import json
import os
import pathlib
import sys
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from daemon import Daemon  # noqa: E402
from world import World  # noqa: E402

ACT = {"act": "BENCH 1"}


def prepare(world):
    path = "/v1/funds/FNPS/years/2026"
    amount = 10 ** 11
    world.post({"as": "udp-manager", "post": path + ":propose",
                "body": {"stated_cents": amount, **ACT}})
    world.post({"as": "assembly", "post": path + ":approve",
                "body": {"ascertained_cents": amount, **ACT}})
    world.post({"as": "finance", "post": path + ":open", "body": ACT})
    world.post({"as": "finance", "post": "/v1/commitments", "body": {
        "fund": "FNPS", "year": 2026, "number": "1", "chapter": "3550", "amount_cents": amount,
        **ACT}})
    world.post({"as": "udp-manager", "post": "/v1/ceilings", "body": {
        "ambito": "CREMA", "fund": "FNPS", "year": 2026, "comune": "019067",
        "amount_cents": amount, **ACT}})


def send(world, who, path, lines):
    """One batch; how long it took, and its answers."""
    body = "".join(json.dumps({"id": str(number), **line}) + "\n"
                   for number, line in enumerate(lines))
    begin = time.monotonic()
    answer = world.clients[who].request("POST", path, body, {"Idempotency-Key": str(uuid.uuid4())},
                                        "application/x-ndjson")
    took = time.monotonic() - begin
    got = [json.loads(line) for line in answer.body.splitlines()]
    if answer.status != 200 or any(line["status"] >= 300 for line in got):
        raise SystemExit(f"{path}: {answer.status} {got[:2]}")
    return took, got


def propose(world, count):
    people = send(world, "social-worker", "/v1/beneficiaries:batch",
                  [{"comune": "019067"}] * count)[1]
    made = send(world, "social-worker", "/v1/vouchers:batch", [
        {"beneficiary": person["beneficiary"], "fund": "FNPS",
         "lines": [{"service": "SAD_OSS", "units_per_month": 720}],
         "first_month": "2026-01", "last_month": "2026-06"} for person in people])[1]
    return [{"voucher": line["voucher"]} for line in made]


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    folder = pathlib.Path(os.environ.get("TEST_FOLDER", "build/bench-burst"))
    daemon = Daemon(folder, clock="manual=2026-01-02T08:00:00+01:00").make().start()
    try:
        world = World(daemon, "2026-01-01").build()
        prepare(world)
        for mode in ("per_line", "strict_rank", "all_or_nothing"):
            times = sorted(send(world, "udp-officer", f"/v1/vouchers:batch-issue?mode={mode}",
                                propose(world, count))[0] for _ in range(rounds))
            print(f"issue_burst_{count}_{mode}_ms {times[len(times) // 2] * 1000:.1f} ms")
            print(f"issue_burst_{count}_{mode}_worst_ms {times[-1] * 1000:.1f} ms")
    finally:
        daemon.stop()


if __name__ == "__main__":
    main()
