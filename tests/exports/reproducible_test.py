#!/usr/bin/python3
"""A month closes reproducibly. A month of two ambiti is settled, and everything that is made of it
(statements as the API tells them, tables, OPI, pain.001, SIUSS, reports, papers, manifests and their
signatures) is made again: from a restored backup, and by two daemons that have nothing but the
journal. Every byte is the same. What writes many files at once is killed while it does, and run
twice at the same time.

The month and the files are those of bench/month.py.

suite: seconds 900"""
import copy
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests" / "http")]
import month  # noqa: E402
from daemon import PATIENCE_S, Client, Daemon, Report  # noqa: E402

report = Report()
LISTS = ("statements", "export-items", "exports", "invoices", "vouchers", "redemptions", "events",
         "payer-charges", "line-adjustments")
PARTS = ("lines", "redemptions", "vouchers")


def settle(world):
    """The month to its approval, every statement of it."""
    found = month.freeze(world, month.sequence_of(world))
    month.confirm(world, found)
    month.attest(world)
    approved = month.invoice(world, month.sequence_of(world))
    month.approve(world, approved)
    return approved


def ask(client, path, sequence):
    answer = client.ask("GET", path, headers={"Min-Ledger-Seq": str(sequence)})
    report.check(f"GET {path}", answer.status == 200, answer)
    return answer.body


def told(running, token, statements):
    """What the API says of the month, in bytes, by path."""
    client = Client(running.port, token)
    sequence = json.loads(Client(running.port, running.token).get("/status").body)["ledger_seq"]
    paths = [f"/v1/{name}?limit=1000" for name in LISTS]
    for statement in statements:
        paths.append(f"/v1/statements/{statement}")
        paths += [f"/v1/statements/{statement}/{part}?limit=1000" for part in PARTS]
    return {path: ask(client, path, sequence) for path in paths}


def everything(world, running, folder, words):
    """Every file of the month, by its path under the folder."""
    there = copy.copy(world)
    there.daemon = running
    folder.mkdir()
    files = month.Files(there, folder)
    files.run("export", *words, "--month", month.MONTH, "--out", str(files.out / "tables"))
    files.copies()
    files.siuss()
    files.reports()
    files.papers("--each-comune")
    return in_folder(files.out)


def in_folder(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*")
            if path.is_file() and not path.name.startswith(".")}


def compare(name, found, wanted):
    """The same names, and the same bytes under each."""
    report.equal(f"{name}: names", sorted(found), sorted(wanted))
    other = [key for key in wanted if found.get(key) != wanted[key]]
    report.equal(f"{name}: the same bytes", other, [])


def check_made(files):
    """Nothing is missing from what is compared."""
    for end, count in (("excel-it.csv", 2), ("rfc4180.csv", 2), ("contabilia.txt", 2),
                       ("maggioli.csv", 2), ("opi.xml", 2), ("pain001.03.xml", 2),
                       ("pain001.09.xml", 2), (".siuss.xml", 80), ("manifest.csv.sig", 12)):
        found = [name for name in files if name.endswith(end)]
        report.equal(f"files *{end}", len(found), count)
    report.check("papers", sum(name.endswith(".pdf") for name in files) >= 8, sorted(files)[:9])


def restored(original):
    running = Daemon(folder=original.base / "restored", idle_timeout_ms=600000)
    running.base.mkdir()
    running.run("restore", "--from", str(original.base / "backups/month"))
    return with_keys(running, original)


def replayed(original, name):
    """A ledger that has the journal of another, and no store."""
    running = Daemon(folder=original.base / name, idle_timeout_ms=600000)
    running.base.mkdir()
    shutil.copytree(original.ledger, running.ledger)
    shutil.rmtree(running.ledger / "store")
    return with_keys(running, original)


def with_keys(running, original):
    shutil.copy(f"{original.ledger}.key", f"{running.ledger}.key")
    (running.ledger / "admin.token").write_text(original.token)
    return running


def state(running):
    """Hash of the whole state, as the journal proves it."""
    return json.loads(running.run("verify").stdout)["state_hash"]


# ---- Many files at once, killed and raced ----

def siuss(world, folder, out):
    environment = {**os.environ, "TITOLI_URL": f"http://127.0.0.1:{world.daemon.port}",
                   "TITOLI_TOKEN": world.who["FINANCE"].token,
                   "TITOLI_PROFILES": str(folder / "files-made/profiles")}
    return subprocess.Popen([os.environ["TITOLI"], "export", "siuss", "--month", month.MONTH,
                             "--persons", str(folder / "files-made/persons.csv"), "--out",
                             str(folder / "siuss-runs" / out)],
                            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def killed_and_raced(world, folder, wanted):
    (folder / "siuss-runs").mkdir()
    chance, killed = random.Random(11), 0
    begin = time.monotonic()
    siuss(world, folder, "whole").communicate(timeout=PATIENCE_S)
    whole = time.monotonic() - begin
    for turn in range(16):
        out = f"kill{turn}"
        one = siuss(world, folder, out)
        time.sleep(whole * chance.random())
        one.kill()
        one.communicate(timeout=PATIENCE_S)
        killed += one.returncode != 0
        seen = in_folder(folder / "siuss-runs" / out)
        report.equal(f"{out}: what is seen is whole",
                     [name for name in seen if seen[name] != wanted.get(name)], [])
        again = siuss(world, folder, out)
        text = again.communicate(timeout=PATIENCE_S)[0]
        report.check(f"{out}: again", again.returncode == 0, text)
        compare(out, in_folder(folder / "siuss-runs" / out), wanted)
    report.check("some were killed", killed > 0, killed)
    for turn in range(4):
        both = [siuss(world, folder, f"race{turn}") for _ in range(2)]
        for one in both:
            text = one.communicate(timeout=PATIENCE_S)[0]
            report.check(f"race {turn}: both end well", one.returncode == 0, text)
        compare(f"race {turn}", in_folder(folder / "siuss-runs" / f"race{turn}"), wanted)
        hidden = list((folder / "siuss-runs" / f"race{turn}").glob(".*"))
        report.equal(f"race {turn}: nothing is left", hidden, [])
    print(f"killed {killed} times of 16")


def main():
    os.environ.setdefault("TITOLI", str(ROOT / "build/release/titoli"))
    with Daemon(clock=month.CLOCK, idle_timeout_ms=600000) as original:
        subprocess.run([os.environ["TITOLI"], "export", "keygen", "--out", str(original.base / "sign")],
                       check=True, stdout=subprocess.DEVNULL)
        os.environ["TITOLI_SIGN_KEY"] = str(original.base / "sign.key")
        world = month.World(original, "small")
        world.masters()
        world.fill()
        statements = [statement["id"] for statement in settle(world)]
        token = world.who["FINANCE"].token
        made = everything(world, original, original.base / "files-made", ("make",))
        check_made(made)
        said = told(original, token, statements)
        flows = {name[len("siuss/"):]: made[name] for name in made if name.startswith("siuss/")}
        killed_and_raced(world, original.base, flows)
        original.admin.ask("POST", "/v1/backups/month")
        original.stop()
        proof = state(original)
        for running in (restored(original), replayed(original, "replay1"),
                        replayed(original, "replay2")):
            name = running.base.name
            running.start()
            compare(f"{name}: what the API says", told(running, token, statements), said)
            compare(f"{name}: files", everything(world, running, original.base / f"files-{name}",
                                                 ("again",)), made)
            running.stop()
            report.equal(f"{name}: state", state(running), proof)
        print(f"{len(said)} answers and {len(made)} files, three times")
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
