#!/usr/bin/python3
"""`titoli scenario` replays every case as written, and the cases it holds are those of the tests.

suite: seconds 900"""
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD", "build/release"))
TITOLI = os.environ.get("TITOLI", str(BUILD / "titoli"))


def main():
    passed = failed = 0
    written = subprocess.run([sys.executable, str(HERE / "expand.py"), "--check"],
                             capture_output=True, text=True)
    print(written.stdout.strip())
    passed, failed = (1, 0) if written.returncode == 0 else (0, 1)
    for case in sorted((ROOT / "cli" / "scenarios").glob("S*.json")):
        ran = subprocess.run([TITOLI, "scenario", case.stem, "--data", str(case.parent)],
                             capture_output=True, text=True, timeout=60)
        good = ran.returncode == 0 and ran.stdout.endswith("scenario: OK\n")
        passed += good
        failed += not good
        if not good:
            print(f"{case.stem}: exit {ran.returncode}\n{ran.stdout[-600:]}\n{ran.stderr[-1500:]}")
    unknown = subprocess.run([TITOLI, "scenario", "S99"], capture_output=True, text=True)
    passed += unknown.returncode == 2
    failed += unknown.returncode != 2
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
