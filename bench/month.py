#!/usr/bin/python3
"""A month's settlement through the public API: how long it takes from the open statements to the
files, step by step. One line for each figure, `name value unit`.

usage: month.py [ambito|region|small]

  ambito   10,600 services of 1,500 titles, 48 comuni, 40 providers
  region   640,000 services of 91,000 titles, 1,500 comuni, 40 providers in each of 64 ambiti (a
           ledger numbers 64 services at the most, one of them here in each ambito)
  small    to try the program itself

The ledger is filled first, which is not measured. Then: the month's statements are listed and frozen
(one batch), confirmed by each provider, attested by each comune in one act, invoiced and approved
(one batch each), and the files made by `titoli export` in a process of its own, whose memory is
told. Every answer waits for its fdatasync. The client is this program, on the same machine: its own
time is in the figures. `processor_stolen` is what the host took away; with `load_before` it tells how
much the figures are worth. TITOLID names the daemon, TITOLI the client, BENCH_FOLDER where it works."""
import http.client
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "http"))
import daemon  # noqa: E402
from daemon import Client  # noqa: E402

SIZES = {  # ambiti, comuni in all, providers and titles of each ambito, services of each title
    "ambito": (1, 48, 40, 1515, 7),
    "region": (64, 1500, 40, 1429, 7),
    "small": (2, 6, 4, 40, 5),
}
MONTH = "2026-01"
PIECE = 10000
ACT = {"act": "BENCH 1"}
PLENTY = 10 ** 13


class Patient(Client):
    """Asks again, with the same key, where the connection was idle for too long."""

    def ask(self, *arguments, **named):
        try:
            return super().ask(*arguments, **named)
        except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):
            return super().ask(*arguments, **named)


daemon.Client = Patient


def figure(name, value, unit):
    print(f"{name} {value} {unit}", flush=True)


def stolen():
    with open("/proc/stat") as file:
        ticks = [int(field) for field in file.readline().split()[1:]]
    return ticks[7], sum(ticks)


def vat_number(number):
    digits = f"{100000000 + number:010d}"
    total = 0
    for place, digit in enumerate(digits):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


def batches(client, path, lines):
    """Sends lines in batches; their answers. A refusal ends the program."""
    answers = []
    for begin in range(0, len(lines), PIECE):
        piece = [{"id": str(number), **line}
                 for number, line in enumerate(lines[begin:begin + PIECE])]
        answer = client.batch(path, piece)
        got = answer.lines
        bad = [line for line in got if line["status"] >= 300]
        if answer.status != 200 or bad or len(got) != len(piece):
            raise SystemExit(f"{path}: {answer.status} {bad[:2] or answer}")
        answers += got
    return answers


def pages(client, path, sequence):
    """All items of a list, by pages of a thousand."""
    items, cursor = [], ""
    while True:
        answer = client.ask("GET", f"{path}&limit=1000{cursor}",
                            headers={"Min-Ledger-Seq": str(sequence)})
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer}")
        items += answer.json["items"]
        if not answer.json.get("next_cursor"):
            return items
        cursor = "&cursor=" + answer.json["next_cursor"]


class World:
    def __init__(self, daemon, size):
        self.daemon = daemon
        self.ambiti, self.comuni, self.providers, self.titles, self.visits = SIZES[size]
        # Without a scope: for all ambiti.
        self.who = {role: daemon.principal(role.lower().replace("_", "-"), role) for role in (
            "UDP_MANAGER", "UDP_OFFICER", "ASSEMBLY", "FINANCE", "CAPOFILA", "ACCREDITOR",
            "SOCIAL_WORKER", "TREASURER")}
        self.comune_clients = []
        self.provider_clients = {}
        self.codes = [[] for _ in range(self.ambiti)]

    def masters(self):
        manager = self.who["UDP_MANAGER"]
        for number in range(self.ambiti):
            self.daemon.admin.made("/v1/ambiti", {"code": f"A{number}", "name": f"A{number}"})
            manager.made("/v1/sub-ambiti", {"ambito": f"A{number}", "code": f"S{number}",
                                            "name": "S"})
            manager.made("/v1/services", {
                "ambito": f"A{number}", "code": f"SAD{number}", "name": "SAD", "unit": "MINUTE",
                "vat_social_coop_bp": 500, "vat_non_commercial_ets_bp": 0, "vat_other_bp": 2200})
            manager.made("/v1/tariffs", {"service": f"SAD{number}", "valid_from": "2026-01-01",
                                         "net_cents": 2260, **ACT})
            self.money(number)
        for number in range(self.comuni):
            code = f"{100000 + number:06d}"
            ambito = number % self.ambiti
            manager.made("/v1/comuni", {
                "istat_code": code, "name": f"Comune {number}", "sub_ambito": f"S{ambito}",
                "cadastral_code": f"{chr(65 + number // 900)}{number % 900 + 100}",
                "population": 3000})
            self.codes[ambito].append(code)
            self.comune_clients.append(
                self.principal(f"c{number}", "COMUNE_SOCIAL", comune=code))
        for ambito in range(self.ambiti):
            for number in range(self.providers):
                self.provider(ambito, number)

    def principal(self, code, role, **scopes):
        """A token for one connection that all share."""
        self.daemon.admin.made("/v1/principals", {"code": code, "role": role, **scopes})
        return self.daemon.admin.made("/v1/credentials", {"principal": code})["token"]

    def money(self, number):
        path = f"/v1/funds/F{number}/years/2026"
        self.who["UDP_MANAGER"].made("/v1/funds", {"ambito": f"A{number}", "code": f"F{number}",
                                                   "name": "F"})
        self.who["UDP_MANAGER"].made(path + ":propose", {"stated_cents": PLENTY, **ACT})
        self.who["ASSEMBLY"].made(path + ":approve", {"ascertained_cents": PLENTY, **ACT})
        self.who["FINANCE"].made(path + ":open", ACT)
        self.who["FINANCE"].made("/v1/commitments", {
            "fund": f"F{number}", "year": 2026, "number": f"{number + 1}", "chapter": "1",
            "amount_cents": PLENTY, **ACT})

    def provider(self, ambito, number):
        code = f"P{ambito}-{number}"
        self.who["UDP_MANAGER"].made("/v1/providers", {
            "ambito": f"A{ambito}", "code": code, "legal_name": f"Ente {code}",
            "kind": "SOCIAL_COOP", "vat_number": vat_number(ambito * self.providers + number),
            "iban": "IT60X0542811101000000123456"})
        made = self.who["ACCREDITOR"].made("/v1/accreditations", {
            "provider": code, "services": [f"SAD{ambito}"], "sub_ambiti": [f"S{ambito}"]})
        path = f"/v1/accreditations/{made['accreditation']}"
        self.who["ACCREDITOR"].made(path + ":approve", {"durc_valid_to": "2099-12-31", **ACT})
        self.who["CAPOFILA"].made(path + ":activate", {
            "valid_from": "2026-01-01", "valid_to": "2028-12-31", "cig": "Z123456789", **ACT})
        self.provider_clients[code] = self.principal(code.lower(), "PROVIDER", provider=code)

    def spread(self):
        """Where each title is: its ambito, comune and provider."""
        return [(ambito, self.codes[ambito][number % len(self.codes[ambito])],
                 f"P{ambito}-{number % self.providers}")
                for ambito in range(self.ambiti) for number in range(self.titles)]

    def fill(self):
        places = self.spread()
        worker, officer = self.who["SOCIAL_WORKER"], self.who["UDP_OFFICER"]
        people = batches(worker, "/v1/beneficiaries:batch",
                         [{"comune": comune} for _, comune, _ in places])
        made = batches(worker, "/v1/vouchers:batch", [
            {"beneficiary": person["beneficiary"], "fund": f"F{ambito}",
             "first_month": MONTH, "last_month": MONTH,
             "lines": [{"service": f"SAD{ambito}", "units_per_month": 600}]}
            for person, (ambito, _, _) in zip(people, places)])
        vouchers = [line["voucher"] for line in made]
        batches(officer, "/v1/vouchers:batch-issue", [{"voucher": v} for v in vouchers])
        batches(worker, "/v1/vouchers:batch-choose-provider", [
            {"voucher": v, "provider": place[2]} for v, place in zip(vouchers, places)])
        self.daemon.admin.made("/v1/clock:advance", {"to": "2026-02-01T08:00:00+01:00"})
        lines = {}
        for voucher, (_, _, provider) in zip(vouchers, places):
            lines.setdefault(provider, []).extend(
                {"voucher": voucher, "start": f"{MONTH}-{day + 1:02d}T09:00:00",
                 "minutes": 60, "operator": voucher} for day in range(self.visits))
        for provider, visits in lines.items():
            batches(self.client(self.provider_clients[provider]), "/v1/redemptions:batch", visits)
        self.daemon.admin.made("/v1/clock:advance", {"to": "2026-02-13T08:00:00+01:00"})
        return len(vouchers) * self.visits

    def client(self, token):
        """The one connection, under another name."""
        shared = self.who["FINANCE"]
        client = Patient(shared.port, token)
        client.connection = shared.connection
        return client


class Clock:
    """Names each step and tells how long it took."""

    def __init__(self, size):
        self.size, self.total = size, 0.0

    def step(self, name, function, *arguments):
        begin = time.monotonic()
        result = function(*arguments)
        took = time.monotonic() - begin
        self.total += took
        figure(f"month_{self.size}_{name}_s", f"{took:.2f}", "s")
        return result


def freeze(world, sequence):
    officer = world.who["UDP_OFFICER"]
    found = pages(officer, f"/v1/statements?month={MONTH}&state=OPEN", sequence)
    batches(officer, "/v1/statements:batch-freeze", [{"statement": s["id"]} for s in found])
    return found


def confirm(world, statements):
    by_provider = {}
    for statement in statements:
        by_provider.setdefault(statement["provider"], []).append({"statement": statement["id"]})
    for provider, lines in by_provider.items():
        batches(world.client(world.provider_clients[provider]), "/v1/statements:batch-confirm",
                lines)


def attest(world):
    lines = 0
    for token in world.comune_clients:
        client, body = world.client(token), {"month": MONTH}
        while True:
            answer = client.post("/v1/statements:attest-month", body)
            if answer.status == 409:
                break  # a comune without services
            assert answer.status == 200, answer
            lines += answer.json["lines"]
            if "statement" not in answer.json:
                break
            body["after"] = answer.json["statement"]
    return lines


def invoice(world, sequence):
    finance = world.who["FINANCE"]
    found = pages(finance, f"/v1/statements?month={MONTH}&state=ATTESTED", sequence)
    batches(finance, "/v1/statements:batch-match-invoice", [
        {"statement": s["id"], "invoice_number": f"1/{s['id']}", "invoice_date": "2026-02-13",
         "net_cents": s["net_cents"], "vat_cents": s["vat_cents"], "cig": "Z123456789",
         "split_payment": True} for s in found])
    return found


def approve(world, statements):
    batches(world.who["UDP_MANAGER"], "/v1/statements:batch-approve", [
        {"statement": s["id"], "durc_valid_to": "2026-05-30", **ACT} for s in statements])


def read_lines(world, statements, sequence):
    """What an exporter reads: the lines of every statement."""
    lines = 0
    for statement in statements:
        lines += len(pages(world.who["FINANCE"], f"/v1/statements/{statement['id']}/lines?",
                           sequence))
    return lines


def export(world, folder):
    """The liquidation lines of the month, by the client itself. Its peak of memory, MiB."""
    titoli = os.environ.get("TITOLI", str(ROOT / "build/release/titoli"))
    token = folder / "finance.token"
    token.write_text(world.who["FINANCE"].token)
    out = folder / "files"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    with open(folder / "export.log", "wb") as log:
        process = subprocess.Popen([titoli, "export", "liquidation", "--month", MONTH, "--out",
                                    str(out), "--url", f"http://127.0.0.1:{world.daemon.port}",
                                    "--token-file", str(token)], stdout=log, stderr=log)
        peak = 0  # of its own memory: that of getrusage() begins with what forked it
        while process.poll() is None:
            peak = max(peak, peak_memory(process.pid))
            time.sleep(0.02)
    if process.returncode != 0:
        raise SystemExit(f"export: {(folder / 'export.log').read_text()[-500:]}")
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    return peak, size


def peak_memory(pid):
    """The most memory that a process had, MiB; 0 where it has ended."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in status.splitlines()
                 if line.startswith("VmHWM")), 0)


def sequence_of(world):
    answer = world.who["UDP_MANAGER"].made("/v1/parameters", {
        "ambito": "A0", "name": "SOCIAL_WORKER_RATIO_INHABITANTS", "value": "5000",
        "valid_from": f"20{sequence_of.count + 30}-01-01", **ACT})
    sequence_of.count += 1
    return answer["ledger_seq"]


sequence_of.count = 0


def run(size):
    folder = pathlib.Path(os.environ.get("BENCH_FOLDER", "build/bench-month"))
    shutil.rmtree(folder, ignore_errors=True)
    ambiti, _, _, titles, visits = SIZES[size]
    count = ambiti * titles
    with daemon.Daemon(folder=folder, vouchers_max=count + 10000, segment_mib=64, store_gib=4,
                redemptions_max=count * visits + 100000) as running:
        world = World(running, size)
        begin = time.monotonic()
        world.masters()
        services = world.fill()
        figure(f"month_{size}_services", services, "")
        figure(f"month_{size}_filled_s", f"{time.monotonic() - begin:.1f}", "s (not measured)")
        figure("load_before", os.getloadavg()[0], "")
        ticks = stolen()
        clock = Clock(size)
        statements = clock.step("freeze", freeze, world, sequence_of(world))
        clock.step("confirm", confirm, world, statements)
        lines = clock.step("attest", attest, world)
        found = clock.step("invoice", invoice, world, sequence_of(world))
        clock.step("approve", approve, world, found)
        assert len(found) == len(statements), (len(found), len(statements))
        read = clock.step("read_lines", read_lines, world, found, sequence_of(world))
        assert read == lines, (read, lines)
        memory, written = clock.step("export", export, world, folder)
        now = stolen()
        figure(f"month_{size}_statements", len(statements), "")
        figure(f"month_{size}_lines", lines, "")
        figure(f"month_{size}_exporter_memory", memory, "MiB")
        figure(f"month_{size}_written", written, "bytes")
        figure(f"month_{size}_s", f"{clock.total:.2f}", "s")
        figure("processor_stolen",
               f"{100 * (now[0] - ticks[0]) / max(1, now[1] - ticks[1]):.1f}", "%")


if __name__ == "__main__":
    run(sys.argv[1] if len(sys.argv) > 1 else "ambito")
