#!/usr/bin/python3
"""Roots and receipts of a real daemon and a real titoli-signer: what was published is found again by
titoli-audit, whatever is changed in a receipt, a root or the journal is found, and a ledger that was rolled back
gets no signature.

suite: seconds 600"""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
for folder in ("support", "scenarios", "audit"):
    sys.path.insert(0, str(HERE.parent / folder))
import faults  # noqa: E402
import scenarios_test  # noqa: E402
from daemon import Daemon  # noqa: E402
from journal import Journal  # noqa: E402

BUILD = pathlib.Path(os.environ.get("BUILD", "build/release"))
AUDIT = str(BUILD / "titoli-audit")
SIGNER = str(BUILD / "titoli-signer")
TITOLI = os.environ.get("TITOLI", str(BUILD / "titoli"))
FOLDER = pathlib.Path(os.environ.get("TEST_FOLDER", "build/test-proof"))
PATIENCE_S = 120


class Counts:
    passed = failed = 0

    @classmethod
    def check(cls, good, what, more=""):
        cls.passed += bool(good)
        cls.failed += not good
        if not good:
            print(f"FAILED {what} {str(more)[:1000]}")
        return good


def wait_for(done, what):
    """The daemon signs when it comes to it: on a busy machine, later."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = done()
        if found:
            return found
        time.sleep(0.1)
    Counts.check(False, f"waited in vain for {what}")
    return None


class Client:
    """A connection for each request: a busy machine may let one lie idle for longer than it lives."""

    def __init__(self, daemon, token):
        self.daemon, self.token = daemon, token

    def get(self, path):
        return self.daemon.client(self.token).get(path)


class Signer:
    def __init__(self, folder, socket):
        self.folder, self.socket = folder, socket
        folder.mkdir(parents=True)
        made = subprocess.run([SIGNER, "init", "--folder", str(folder)], capture_output=True, text=True)
        self.key = made.stdout.strip()
        Counts.check(made.returncode == 0 and len(self.key) == 64, "titoli-signer init", made.stderr)

    def start(self):
        self.process = subprocess.Popen(
            [SIGNER, "serve", "--folder", str(self.folder), "--socket", str(self.socket),
             "--client", str(os.getuid())], stderr=subprocess.DEVNULL)
        wait_for(self.socket.exists, "the signer's socket")

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.socket.unlink(missing_ok=True)


def audit(*words):
    return subprocess.run([AUDIT, *map(str, words)], capture_output=True, text=True, timeout=PATIENCE_S)


def roots_of(client):
    found, cursor = [], ""
    while True:
        page = client.get(f"/v1/audit/roots?limit=2{cursor}").json()
        found += page["items"]
        if "next_cursor" not in page:
            return found
        cursor = "&cursor=" + page["next_cursor"]


def covered(client, sequence):
    return wait_for(lambda: [root for root in roots_of(client) if root["tree_size"] >= sequence],
                    f"a root over entry {sequence}")


def durable(client):
    return int(client.get("/v1/ambiti/CREMA").headers["Ledger-Seq"])


def write(name, value):
    path = FOLDER / name
    path.write_text(json.dumps(value))
    return path


def check_receipt(client, signer, redemption):
    answer = wait_for(lambda: (lambda got: got if got.status == 200 else None)(
        client.get(f"/v1/redemptions/{redemption}/receipt")), "a receipt")
    if answer is None:
        return None
    ran = audit("receipt", write("receipt.json", answer.json()), "--key", signer.key, "--json")
    told = json.loads(ran.stdout)
    item = client.get(f"/v1/redemptions/{redemption}").json()
    Counts.check(ran.returncode == 0 and told["verdict"] == "right" and
                 told["net_cents"] == item["net_cents"] and told["redemption"] == redemption,
                 f"receipt of {redemption}", ran.stdout + ran.stderr)
    pem = audit("receipt", FOLDER / "receipt.json", "--key", signer.folder / "public.pem")
    Counts.check(pem.returncode == 0 and ": right" in pem.stdout, "the key as PEM", pem.stdout)
    return answer.json()


def flipped(digits, at):
    return digits[:at] + "0123456789abcdef"[int(digits[at], 16) ^ 1] + digits[at + 1:]


def mutations(receipt, chance):
    """Each member changed: a dozen digits of each, items dropped, doubled, swapped; members lost and added."""
    for name, value in receipt.items():
        yield f"{name} lost", {key: item for key, item in receipt.items() if key != name}
        if isinstance(value, list):
            for place in range(len(value)):
                yield f"{name}[{place}]", dict(receipt, **{name: [
                    flipped(one, chance.randrange(len(one))) if at == place else one
                    for at, one in enumerate(value)]})
                yield f"{name}[{place}] lost", dict(receipt, **{name: value[:place] + value[place + 1:]})
            yield f"{name} longer", dict(receipt, **{name: value + ["00" * 32]})
        elif isinstance(value, int):
            yield name, dict(receipt, **{name: value + 1})
        elif name in ("receipt", "redemption"):
            yield name, dict(receipt, **{name: value + "1"})
        else:
            for at in chance.sample(range(len(value)), min(len(value), 12)):
                yield f"{name} digit {at}", dict(receipt, **{name: flipped(value, at)})
            yield f"{name} shorter", dict(receipt, **{name: value[:-2]})
    yield "a member more", dict(receipt, more=1)


def check_mutations(receipt, signer, chance):
    missed = []
    for what, changed in mutations(receipt, chance):
        ran = audit("receipt", write("mutated.json", changed), "--key", signer.key)
        if ran.returncode != 1:
            missed.append(what)
    Counts.check(not missed, "every change of a receipt is found; these were not:", missed)
    ran = audit("receipt", FOLDER / "receipt.json", "--key", "00" * 32)
    Counts.check(ran.returncode == 1 and "another key" in ran.stdout, "another key", ran.stdout)
    ran = audit("receipt", FOLDER / "receipt.json")
    Counts.check(ran.returncode == 2, "no key")


def check_roots(ledger, roots, signer, chance):
    path = write("roots.json", {"items": roots})
    for source in (path, ledger / "proof" / "roots"):
        ran = audit("journal", ledger, "--roots", source, "--key", signer.key)
        Counts.check(ran.returncode == 0 and ran.stdout.endswith(": clean\n"),
                     f"{source.name} agrees with the journal", ran.stdout + ran.stderr)
    for number, root in enumerate(roots):
        for _ in range(6):
            changed = dict(root, record=flipped(root["record"], chance.randrange(len(root["record"]))))
            items = roots[:number] + [changed] + roots[number + 1:]
            ran = audit("journal", ledger, "--roots", write("wrong.json", {"items": items}), "--key",
                        signer.key)
            Counts.check(ran.returncode == 1 and "root: " in ran.stdout, "a changed root", ran.stdout)
    changed = [dict(roots[0], tree_size=roots[0]["tree_size"] + 1)] + roots[1:]
    ran = audit("journal", ledger, "--roots", write("wrong.json", {"items": changed}), "--key", signer.key)
    Counts.check(ran.returncode == 1, "what stands beside a record", ran.stdout)


def check_other_journals(ledger, roots, signer):
    """Each is right in itself, with all its hashes; only what was signed before tells."""
    path, work = write("roots.json", {"items": roots}), FOLDER / "other"
    journal = Journal(ledger / "journal")
    while journal.batches[-1].flags or not journal.batches[-1].entries:
        journal.batches.pop()
    journal.batches.pop()
    journal.write(work)
    ran = audit("journal", work)
    Counts.check(ran.returncode == 0, "a journal that was cut is right by itself", ran.stdout)
    ran = audit("journal", work, "--roots", path, "--key", signer.key)
    Counts.check(ran.returncode == 1 and "root: roots of" in ran.stdout, "and its roots find it",
                 ran.stdout)
    journal = Journal(ledger / "journal")
    batch, place, entry = faults.find(journal, lambda one: one.sequence > 3)
    batch.instant += 1
    journal.write(work)
    ran = audit("journal", work, "--roots", path, "--key", signer.key)
    Counts.check(ran.returncode == 1 and "root" in ran.stdout, "a journal written anew", ran.stdout)


def events(daemon, name):
    return [line for line in daemon.log_lines if f'"event":"{name}"' in line]


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    socket = pathlib.Path("/tmp") / f"titoli-signer-{os.getpid()}"
    signer = Signer(FOLDER / "signer", socket)
    signer.start()
    script = json.loads((scenarios_test.HERE / "S00.json").read_text())
    daemon = Daemon(FOLDER / "S00", clock="manual=" + script["clock"],
                    settings={"signer_socket": socket, "root_interval_s": 1}).make().start()
    try:
        run(daemon, script, signer, chance)
    finally:
        daemon.kill()
        signer.stop()
    print(f"{Counts.passed} passed, {Counts.failed} failed")
    return 1 if Counts.failed else 0


def run(daemon, script, signer, chance):
    scenario = scenarios_test.Scenario(daemon, script, "S00")
    scenario.run()
    token = scenario.clients["udp-manager"].token
    client = Client(daemon, token)
    covered(client, durable(client))
    roots = roots_of(client)
    Counts.check({root["cause"] for root in roots} >= {"MONTH"}, "months have roots", roots)
    Counts.check(all(root["key"] == signer.key for root in roots), "signed by the signer")
    redemptions = client.get("/v1/redemptions?limit=50").json()["items"]
    receipts = [check_receipt(client, signer, one["id"]) for one in redemptions[:3]]
    check_mutations(receipts[0], signer, chance)
    older = client.get(f"/v1/redemptions/{redemptions[0]['id']}/receipt?tree_size={roots[-1]['tree_size']}")
    Counts.check(older.status == 200, "under a root that was named", older.body)
    Counts.check(client.get(f"/v1/redemptions/{redemptions[0]['id']}/receipt?tree_size=1").status == 404 and
                 client.get("/v1/redemptions/rdm_99999/receipt").status == 404, "no such root, redemption")
    ledger = daemon.ledger
    check_roots(ledger, roots_of(client), signer, chance)
    # The client's commands.
    environment = dict(os.environ, TITOLI_URL=f"http://127.0.0.1:{daemon.port}", TITOLI_TOKEN=token)
    told = subprocess.run([TITOLI, "roots", "--all", "--json"], env=environment, capture_output=True, text=True)
    Counts.check(told.returncode == 0 and len(json.loads(told.stdout)["items"]) == len(roots_of(client)),
                 "titoli roots", told.stdout + told.stderr)
    told = subprocess.run([TITOLI, "redemption", "receipt", redemptions[0]["id"], "--json"], env=environment,
                          capture_output=True, text=True)
    Counts.check(told.returncode == 0 and json.loads(told.stdout)["redemption"] == redemptions[0]["id"],
                 "titoli redemption receipt", told.stdout + told.stderr)
    check_restarts(daemon, signer, redemptions[0]["id"], token)
    check_other_pasts(daemon, signer, token)


def check_restarts(daemon, signer, redemption, token):
    """Killed, with caches lost or damaged: the roots stay, and the receipts."""
    ledger = daemon.ledger
    before = roots_of(Client(daemon, token))
    for what in ("nothing", "tree", "redemptions", "both", "damaged"):
        daemon.kill()
        daemon.process.wait(PATIENCE_S)
        if what in ("tree", "both"):
            (ledger / "proof" / "tree").unlink()
        if what in ("redemptions", "both"):
            (ledger / "proof" / "redemptions").unlink()
            (ledger / "proof" / "tree").unlink(missing_ok=True)
        if what == "damaged":
            path = ledger / "proof" / "tree"
            path.write_bytes(bytes(path.stat().st_size))
        daemon.start()
        Counts.check(roots_of(Client(daemon, token))[:len(before)] == before, f"{what} lost: the roots stay")
        check_receipt(Client(daemon, token), signer, redemption)
    # Without the signer commands go on; with it the root comes.
    signer.stop()
    client = Client(daemon, token)
    daemon.client().must("/v1/clock:advance", {"to": "2026-06-01T00:00:00+02:00"})
    after = durable(client)
    Counts.check(all(root["tree_size"] < after for root in roots_of(client)), "no signer, no root")
    signer.start()
    covered(client, after)
    roots = roots_of(client)
    # A root that was signed and lost before it was kept.
    daemon.kill()
    daemon.process.wait(PATIENCE_S)
    path = ledger / "proof" / "roots"
    whole = path.read_bytes()
    path.write_bytes(whole[:-192 - 7])
    daemon.start()
    wait_for(lambda: roots_of(Client(daemon, token))[-1]["record"] == roots[-1]["record"],
             "the lost root")
    check_roots(ledger, roots_of(Client(daemon, token)), signer, random.Random(1))
    daemon.stop()


def check_other_pasts(daemon, signer, token):
    """A journal that was cut: right in itself, and not what was signed."""
    ledger = daemon.ledger
    roots = json.loads((FOLDER / "roots.json").read_text())["items"]
    check_other_journals(ledger, roots, signer)
    journal = Journal(ledger / "journal")
    while journal.batches[-1].flags or not journal.batches[-1].entries:
        journal.batches.pop()
    journal.batches.pop()
    shutil.rmtree(ledger / "journal")
    shutil.rmtree(ledger / "store")
    journal.write(ledger / "journal")
    recovered = subprocess.run([os.environ.get("TITOLID", str(BUILD / "titolid")), "recover", "--config",
                                str(daemon.config), "--rebuild-store"], capture_output=True, text=True)
    Counts.check(recovered.returncode == 0, "the cut ledger opens", recovered.stdout + recovered.stderr)
    daemon.start()
    wait_for(lambda: events(daemon, "proof_failed"), "the alarm about a journal that was cut")
    Counts.check(roots_of(Client(daemon, token)) == roots, "nothing new is signed")
    daemon.kill()
    daemon.process.wait(PATIENCE_S)
    # Nor where the daemon has forgotten what was signed.
    shutil.rmtree(ledger / "proof")
    daemon.start()
    wait_for(lambda: events(daemon, "root_refused"), "the signer's refusal")
    Counts.check(roots_of(Client(daemon, token)) == [], "the signer refuses another past")


if __name__ == "__main__":
    sys.exit(main())
