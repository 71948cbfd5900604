#!/usr/bin/python3
"""The table of transitions against the domain's own: every row of state_transitions.csv is there, is
carried out by commands that exist (or by the midnight jobs), or says why none is needed."""
import csv
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SHARED = ROOT.parent / "shared" / "domain" / "data" / "state_transitions.csv"


def main():
    commands = set(re.findall(r"^\tC\((\w+),", (ROOT / "schemas" / "commands.def").read_text(),
                              re.M))
    with open(HERE / "transitions.csv") as file:
        mine = list(csv.DictReader(file))
    faults = []
    for row in mine:
        where = f"{row['machine']} {row['event']}"
        faults += [f"{where}: there is no command {name}" for name in row["how"].split()
                   if name not in commands]
        if not row["how"] and not row["note"]:
            faults.append(f"{where}: neither a command nor why there is none")
    if SHARED.is_file():
        have = {(row["machine"], row["event"], row["from"], row["to"]) for row in mine}
        with open(SHARED) as file:
            wanted = [tuple(row[name] for name in ("machine", "event", "from_state", "to_state"))
                      for row in csv.DictReader(file)]
        faults += [f"the domain has {' '.join(row)}" for row in wanted if row not in have]
        print(f"{len(wanted)} transitions of the domain, {len(mine)} rows here")
    else:
        print(f"SKIP: no domain data at {SHARED}")
    for fault in faults:
        print("FAILED", fault)
    print(f"{len(mine)} passed, {len(faults)} failed")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
