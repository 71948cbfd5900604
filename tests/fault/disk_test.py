#!/usr/bin/python3
"""A failing disk and a full one, under a real daemon.

 * A write or sync of the journal or the store that fails with EIO ends the daemon with a fault; nothing
   that it answered before is lost, nothing unanswered is doubled.
 * A disk that fills up (a small file system of its own): new commands are refused by name, reads go on,
   nothing is lost; when there is room again the same keys succeed.

The small file system is a tmpfs, which needs root; the daemon is told to accept it.

suite: seconds 900"""
import http.client
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from daemon import BUILD, Daemon, wait_until  # noqa: E402
from world import World  # noqa: E402

PRELOAD = BUILD / "tests" / "fault" / "kill_preload.so"
FOLDER = pathlib.Path(os.environ.get("TEST_FOLDER", "build/test-disk"))
FULL_SIZE_MIB = 48
BALLAST_MIB = 8


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def that(self, what, good, detail=""):
        print(("ok     " if good else "FAILED ") + what + ("" if good else f": {detail}"))
        self.passed += bool(good)
        self.failed += not good


def person(client, key):
    """The smallest act: a pseudonymous beneficiary. Its id, or the answer that refused it."""
    answer = client.post("/v1/beneficiaries", {"comune": "019067"}, key)
    return (answer.json().get("beneficiary"), answer)


def submit_until_refused(client, most):
    done = {}
    for number in range(most):
        made, answer = person(client, f"p-{number}")
        if made is None:
            return done, number, answer
        done[f"p-{number}"] = made
    return done, most, None


def check_failed_call(checks, phase, count):
    daemon = Daemon(FOLDER / f"eio-{phase}", settings={"segment_mib": 1, "checkpoint_ms": 50,
                                                                 "sandbox": "no"})
    daemon.make().start()
    world = World(daemon, "2026-01-01").build()
    token = world.clients["social-worker"].token
    daemon.stop()
    report = FOLDER / f"eio-{phase}" / "failed-in"
    daemon.start({"LD_PRELOAD": str(PRELOAD.resolve()), "KILL_AT": f"{phase}:eio:{count}",
                  "KILL_REPORT": str(report)})
    done, unknown, client = {}, None, daemon.client(token)
    try:
        for number in range(20000):
            unknown = f"p-{number}"
            made, answer = person(client, unknown)
            if made is None:
                break
            done[unknown] = made
    except (OSError, http.client.HTTPException):
        pass
    ended = wait_until(lambda: daemon.process.poll() is not None)
    code = daemon.process.poll()
    checks.that(f"{phase}: the failure was met", report.exists())
    checks.that(f"{phase}: the daemon ends with a fault", ended and code not in (0, None), code)
    if not ended:
        daemon.kill()
    checks.that(f"{phase}: it says so in its log", any("io_failed" in line or "fault" in line
                                                      or "failed" in line
                                                      for line in daemon.log_lines))
    daemon.start()
    client = daemon.client(token)
    again = {key: person(client, key)[0] for key in done}
    checks.that(f"{phase}: every acknowledged act is there, once", again == done)
    resolved = person(client, unknown)[0]
    checks.that(f"{phase}: the unknown is resolved by its key",
                resolved is not None and resolved not in set(done.values()), resolved)
    daemon.stop()


def check_full_disk(checks):
    mount = FOLDER / "small"
    mount.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={FULL_SIZE_MIB}m", "tmpfs",
                              str(mount)], capture_output=True, text=True)
    if mounted.returncode != 0:
        print(f"SKIP: no file system of its own: {mounted.stderr.strip()}")
        return
    try:
        full_disk(checks, mount)
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=False)


def full_disk(checks, mount):
    daemon = Daemon(mount / "d", settings={"segment_mib": 1, "disk_floor_mib": 6, "store_gib": 1,
                                           "vouchers_max": 200000, "redemptions_max": 200000})
    daemon.make().start()
    world = World(daemon, "2026-01-01").build()
    client, auditor = world.clients["social-worker"], world.clients["udp-manager"]
    ballast = mount / "ballast"
    room = os.statvfs(mount).f_bavail * os.statvfs(mount).f_frsize
    ballast.write_bytes(b"\1" * max(room - (BALLAST_MIB << 20), 0))
    done, refused_at, answer = submit_until_refused(client, 60000)
    code = answer.json()["code"] if answer is not None else "never refused"
    checks.that("full: new commands are refused by name", code == "disk_nearly_full", code)
    if answer is None:
        daemon.stop()
        return
    checks.that("full: the answer says when to try again and what to do",
                answer.status in (503, 507) and answer.json().get("remedy"), answer.body)
    checks.that("full: reads go on", auditor.get("/v1/comuni").status == 200)
    checks.that("full: the daemon lives", daemon.process.poll() is None)
    ballast.unlink()
    wait_until(lambda: person(client, f"p-{refused_at}")[0] is not None)
    made, answer = person(client, f"p-{refused_at}")
    checks.that("room again: the same key succeeds", made is not None, answer.body)
    replayed = {key: person(client, key)[0] for key in list(done)[-200:]}
    checks.that("room again: nothing was lost or doubled",
                all(done[key] == value for key, value in replayed.items())
                and made not in set(done.values()))
    checks.that("full: an orderly stop", daemon.stop() == 0)


def main():
    checks = Checks()
    check_failed_call(checks, "append", 300)
    check_failed_call(checks, "checkpoint", 20)
    check_full_disk(checks)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
