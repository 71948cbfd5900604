#!/usr/bin/python3
"""The shipped units under `systemd-analyze security`: titolid's exposure is at most 1.2, as it stands (a
daemon behind the machine's own loopback) and with the drop-in that opens it to the network."""
import os
import pathlib
import re
import subprocess
import sys

FOLDER = pathlib.Path(os.environ.get("TEST_FOLDER", "build/hardened"))
ROOT = pathlib.Path(__file__).resolve().parents[2]
UNIT = ROOT / "engine/titolid.service"
EXPOSURE_MAX = 1.2


def exposure_of(unit):
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)],
                          capture_output=True, text=True, check=False,
                          env=dict(os.environ, LC_ALL="C.UTF-8"))
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    if not found:
        print(done.stdout[-2000:], done.stderr[-2000:])
        return None
    return float(found.group(1))


def variant(name, text):
    path = FOLDER / name / "titolid.service"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def main():
    text = UNIT.read_text()
    opened = re.sub(r"^IPAddress.*\n", "", text, flags=re.M)
    loose = re.sub(r"^(SystemCallFilter|CapabilityBoundingSet)=.*\n", "", text, flags=re.M)
    cases = (("as shipped", UNIT, True), ("open to the network", variant("open", opened), True),
             ("without its filter", variant("loose", loose), False))
    passed = failed = 0
    for name, unit, good in cases:
        exposure = exposure_of(unit)
        right = exposure is not None and (exposure <= EXPOSURE_MAX) == good
        print(f"{'ok' if right else 'FAILED'}: {name}: exposure {exposure}, at most {EXPOSURE_MAX} "
              f"{'wanted' if good else 'must be missed'}")
        passed += right
        failed += not right
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
