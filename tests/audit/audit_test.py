#!/usr/bin/python3
"""titoli-audit against journals of a real daemon: every worked case and a demo month are clean; whatever is
changed in them is found, and told at the entry where it was changed.

  clean     S00 to S17c, the demo's ledger
  bytes     one byte anywhere in a journal (AUDIT_BYTES of them, seed AUDIT_SEED, printed)
  batches   each kind dropped, doubled, swapped, with and without right hashes
  torn      the last write cut by a crash is told apart from a hole in the middle
  meaning   faults.py: all hashes right, and a tariff, VAT, amount, ceiling, balance or total wrong

suite: seconds 900"""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scenarios"))
sys.path.insert(0, str(HERE))
import faults  # noqa: E402
import scenarios_test  # noqa: E402
from journal import Journal  # noqa: E402

BUILD = pathlib.Path(os.environ.get("BUILD", "build/release"))
AUDIT = str(BUILD / "titoli-audit")
TITOLI = os.environ.get("TITOLI", str(BUILD / "titoli"))
FOLDER = pathlib.Path(os.environ.get("TEST_FOLDER", "build/test-audit"))
SEED = int(os.environ.get("AUDIT_SEED", random.SystemRandom().randrange(1 << 32)))
BYTES = int(os.environ.get("AUDIT_BYTES", "400"))
PATIENCE_S = 600


class Counts:
    passed = failed = 0

    @classmethod
    def check(cls, good, what, ran=None):
        cls.passed += bool(good)
        cls.failed += not good
        if not good:
            print(f"FAILED {what}" + (f": exit {ran.returncode}\n{ran.stdout[:800]}{ran.stderr[:800]}"
                                      if ran else ""))
        return good


def audit(folder, *words):
    return subprocess.run([AUDIT, "journal", str(folder), *words], capture_output=True, text=True,
                          timeout=PATIENCE_S)


def findings(folder, *words):
    """The exit code, and what was found: (sequence, code), first first."""
    ran = audit(folder, "--json", *words)
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    return ran, [(line["sequence"], line["finding"]) for line in lines if "finding" in line]


def make_journals():
    """Every worked case, and beside them the demo, each by a daemon of its own."""
    demo = subprocess.Popen([TITOLI, "demo", "--folder", str(FOLDER / "demo")],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ledgers = []
    for path in sorted(scenarios_test.HERE.glob("S*.json")):
        scenarios_test.run_one(path, FOLDER / path.stem)
        ledgers.append(FOLDER / path.stem / "ledger")
    Counts.check(demo.wait(PATIENCE_S) == 0, "the demo ran")
    return ledgers, FOLDER / "demo" / "ledger"


def check_clean(ledgers):
    for ledger in ledgers:
        ran = audit(ledger)
        Counts.check(ran.returncode == 0 and ran.stdout.endswith(": clean\n"),
                     f"{ledger.parent.name} is clean", ran)


def sequences_of(journal):
    """Of each batch, the entries that a fault in it may be told at."""
    spans, first = [], 1
    for batch in journal.batches:
        spans.append((first, max(first, first + len(batch.entries) - 1)))
        first += len(batch.entries)
    return spans


def check_bytes(ledger, count, chance):
    """One byte, anywhere: header, batches, fillings, and the zeros behind."""
    work = FOLDER / "bytes"
    shutil.rmtree(work, ignore_errors=True)
    journal = Journal(ledger / "journal")
    path = journal.paths[0]
    whole = path.read_bytes()
    spans = sequences_of(journal)
    used = max(batch.offset + batch.sectors * 512 for batch in journal.batches)
    work.mkdir()
    target = work / path.name
    target.write_bytes(whole)
    for number in range(count):
        end = used if number % 8 else len(whole)
        at, flip = chance.randrange(end), chance.randrange(1, 256)
        with open(target, "r+b") as file:
            file.seek(at)
            file.write(bytes([whole[at] ^ flip]))
            file.flush()
            ran, found = findings(work)
            file.seek(at)
            file.write(whole[at:at + 1])
        hit = next((spans[i] for i, batch in enumerate(journal.batches)
                    if batch.offset <= at < batch.offset + batch.sectors * 512), None)
        good = ran.returncode in (1, 3) and found
        if good and hit and ran.returncode == 1:
            good = hit[0] <= found[0][0] <= hit[1]
        Counts.check(good, f"byte {at} of {ledger.parent.name} xor {flip}, entries {hit}", ran)
    ran = audit(work)
    Counts.check(ran.returncode == 0, "and all is as it was", ran)


def change_batches(journal, kind, place):
    batches = journal.batches
    if kind == "drop":
        del batches[place]
    elif kind == "double":
        batches.insert(place, batches[place])
    else:
        batches[place], batches[place + 1] = batches[place + 1], batches[place]


def check_batches(ledger, chance):
    """Batches as they are in other places; then with every hash made right for them."""
    work = FOLDER / "batches"
    ran, _ = findings(ledger)
    end = json.loads(ran.stdout.splitlines()[-1])
    last = f"{end['entries']}:{Journal(ledger / 'journal').last_of_entries()}"
    ran = audit(ledger, "--last", last)
    Counts.check(ran.returncode == 0, f"{ledger.parent.name} ends as was published", ran)
    for kind in ("drop", "double", "swap"):
        for rehash in (False, True):
            for _ in range(4):
                journal = Journal(ledger / "journal")
                place = chance.randrange(1, len(journal.batches) - 2)
                change_batches(journal, kind, place)
                journal.write(work, rehash)
                ran, found = findings(work, "--last", last)
                Counts.check(ran.returncode == 1 and found,
                             f"{kind} of batch {place}, {'right' if rehash else 'old'} hashes", ran)
                if not rehash and found:
                    first = sequences_of(Journal(ledger / "journal"))[place][0]
                    Counts.check(found[0][0] >= first, f"{kind} of {place} told at {found[0]}", ran)


def check_entries(ledger):
    """A delivery dropped, doubled or moved, with sequences and hashes made right for it."""
    work = FOLDER / "entries"
    for kind in ("drop", "double", "swap"):
        journal = Journal(ledger / "journal")
        places = [(batch, place) for batch, place, entry in journal.entries()
                  if faults.is_delivery(entry)]
        batch, place = places[len(places) // 2]
        sequence = next(entry.sequence for found, at, entry in journal.entries()
                        if found is batch and at == place)
        if kind == "drop":
            del batch.entries[place]
        elif kind == "double":
            batch.entries.insert(place, batch.entries[place])
        else:
            other, there = places[len(places) // 2 + 1]
            batch.entries[place], other.entries[there] = other.entries[there], batch.entries[place]
        journal.batches = [one for one in journal.batches if one.entries or one.flags]
        journal.write(work)
        ran, found = findings(work)
        Counts.check(ran.returncode == 1 and found and sequence <= found[0][0] <= sequence + 2,
                     f"{kind} of delivery {sequence}, everything else made right", ran)


def check_torn(ledger):
    work = FOLDER / "torn"
    journal = Journal(ledger / "journal")
    while journal.batches[-1].flags or journal.batches[-1].sectors < 2:
        journal.batches.pop()
    journal.write(work, rehash=False)
    written = Journal(work)
    path, data = written.paths[0], bytearray(written.paths[0].read_bytes())
    hole = written.batches[-1].offset + 512
    data[hole:hole + 512] = bytes(512)
    path.write_bytes(data)
    ran, found = findings(work)
    Counts.check(ran.returncode == 3 and [code for _, code in found] == ["torn"], "torn end", ran)
    written.write(work, rehash=False)
    data = bytearray(path.read_bytes())
    middle = next(batch for batch in written.batches[:-1] if batch.sectors >= 2)
    data[middle.offset + 512:middle.offset + 1024] = bytes(512)
    path.write_bytes(data)
    ran, found = findings(work)
    Counts.check(ran.returncode == 1 and found[0][1] == "damage", "a hole in the middle", ran)


def check_meaning(ledgers):
    work = FOLDER / "meaning"
    for fault in faults.FAULTS:
        planted = 0
        for ledger in ledgers:
            journal = Journal(ledger / "journal")
            try:
                sequence, code = fault(journal)
            except (faults.NotHere, StopIteration):
                continue
            planted += 1
            journal.write(work)
            ran, found = findings(work)
            Counts.check(ran.returncode == 1 and found and found[0] == (sequence, code),
                         f"{fault.__name__} in {ledger.parent.name}, planted at {sequence} as {code}",
                         ran)
        Counts.check(planted > 0, f"{fault.__name__} was planted")


def check_command(ledger):
    def run(*words):
        return subprocess.run([AUDIT, *words], capture_output=True, text=True)
    told = run("statement", str(ledger), "1", "--json")
    statement = json.loads(told.stdout.splitlines()[0])
    Counts.check(told.returncode == 0 and statement["net_cents"] == 26555 and
                 statement["vat_cents"] == 1328 and statement["lines"][0]["redemptions"] == 11,
                 "statement of S00", told)
    Counts.check(run("statement", str(ledger), "99").returncode == 2, "no such statement")
    Counts.check(run("judge", str(ledger)).returncode == 2, "unknown command")
    Counts.check(run("journal", str(ledger), "--last", "1:00").returncode == 2, "half a hash")
    Counts.check(run("journal", str(FOLDER / "nowhere")).returncode == 1, "no journal")
    Counts.check(run("--help").returncode == 0, "help")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    print(f"seed {SEED} (AUDIT_SEED)")
    chance = random.Random(SEED)
    ledgers, demo = make_journals()
    check_clean([*ledgers, demo])
    by_name = {ledger.parent.name: ledger for ledger in ledgers}
    for name in ("S00", "S04", "S15"):
        check_bytes(by_name[name], BYTES // 3, chance)
    for name in ("S00", "S09"):
        check_batches(by_name[name], chance)
        check_entries(by_name[name])
        check_torn(by_name[name])
    check_meaning([by_name[name] for name in ("S00", "S01", "S04", "S09", "S12", "S14", "S15b")])
    check_command(by_name["S00"])
    print(f"{Counts.passed} passed, {Counts.failed} failed")
    return 1 if Counts.failed else 0


if __name__ == "__main__":
    sys.exit(main())
