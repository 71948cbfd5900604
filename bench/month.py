#!/usr/bin/python3
"""A month's settlement through the public API: how long it takes from the open statements to the
files, step by step. One line for each figure, `name value unit`.

usage: month.py [ambito|region|small] [closed] [beside]

  closed   to the approval, without files
  beside   meanwhile single redemptions of the next month come in for another ambito of the same
           ledger, at half of the rate that they reach alone (bench/load)

  ambito   10,600 services of 1,500 titles, 48 comuni, 40 providers
  region   640,000 services of 91,000 titles, 1,500 comuni, 40 providers in each of 63 ambiti (a
           ledger numbers 64 services at the most: one of them here in each ambito, and one of the
           redemptions beside)
  small    to try the program itself

The ledger is filled first, which is not measured. Then: the month's statements are listed and frozen
(one batch), confirmed by each provider, attested by each comune in one act, invoiced and approved
(one batch each), and all files made by `titoli`, each run a process of its own whose memory is told:
tables A, B (`export make`), copies of every payment in the other formats (`export again`), flows for
SIUSS, reports as tables, and the papers of every statement with their CSV. XML is validated where
../shared/formats stands. Every answer waits for its fdatasync, every file for its own. The client is
this program, on the same machine: its own time is in the figures. `processor_stolen` is what the host
took away; with `load_before` it tells how much the figures are worth. TITOLID names the daemon, TITOLI
the client, BUILD where bench/load and bench/make_ledger are, BENCH_FOLDER where it works."""
import contextlib
import hashlib
import http.client
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD", str(ROOT / "build/release")))
sys.path.insert(0, str(ROOT / "tests" / "http"))
import daemon  # noqa: E402
from daemon import Client  # noqa: E402

SIZES = {  # ambiti, comuni in all, providers and titles of each ambito, services of each title
    "ambito": (1, 48, 40, 1515, 7),
    "region": (63, 1500, 40, 1452, 7),
    "small": (2, 6, 4, 40, 5),
}
MONTH = "2026-09"
CLOCK = "manual=2026-09-01T00:00:00+02:00"
MONTH_ENDED, MONTH_CLOSES = "2026-10-01T08:00:00+02:00", "2026-10-13T08:00:00+02:00"
# Titles of October whose visits come in beside, so many that they last: each run begins a new visit.
BESIDE = {"small": 100000}
BESIDE_TITLES = 400000  # of a region or an ambito
BESIDE_SECONDS = 4      # of each run
BESIDE_VISITS = 12  # of each: the days of October until the month is closed
PIECE = 10000
ACT = {"act": "BENCH 1"}
PLENTY = 10 ** 13
SCHEMAS = ROOT.parent / "shared" / "formats"
PROFILES = ROOT / "connectors" / "profiles"
COPIES = "OPI,PAIN001_03,PAIN001_09,TABLE:contabilia,TABLE:maggioli"
REPORTS = ("ageing", "comuni", "providers")
CONSONANTS = "BCDFGLMNPRSTVZ"
ODD = dict(zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", (
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8,
    12, 14, 16, 10, 22, 25, 24, 23)))


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


def person_code(number):
    """A codice fiscale that nobody has, another for each number."""
    letters = ""
    for _ in range(6):
        letters += CONSONANTS[number % len(CONSONANTS)]
        number //= len(CONSONANTS)
    code = f"{letters}40A01D142"
    total = sum(ODD[letter] if place % 2 == 0 else int(letter) if letter.isdigit() else
                ord(letter) - ord("A") for place, letter in enumerate(code))
    return code + chr(ord("A") + total % 26)


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
        self.people = []

    def masters(self):
        manager = self.who["UDP_MANAGER"]
        for number in range(self.ambiti):
            self.daemon.admin.made("/v1/ambiti", {"code": f"A{number}", "name": f"A{number}"})
            manager.made("/v1/sub-ambiti", {"ambito": f"A{number}", "code": f"S{number}",
                                            "name": "S"})
            manager.made("/v1/services", {
                "ambito": f"A{number}", "code": f"SAD{number}", "name": "SAD", "unit": "MINUTE",
                "siope_code": "1030215009", "vat_social_coop_bp": 500, "vat_non_commercial_ets_bp": 0, "vat_other_bp": 2200})
            manager.made("/v1/tariffs", {"service": f"SAD{number}", "valid_from": "2026-01-01",
                                         "net_cents": 2260, **ACT})
            self.money(number)
            self.who["FINANCE"].made("/v1/paying-bodies", {
                "ambito": f"A{number}", "code": f"E{number}", "name": f"Ente {number}",
                "format": "TABLE", "tax_code": "00111540191", "ipa_code": "UFBNCH",
                "istat_code": f"{number:09d}", "treasury_abi": "05428",
                "treasury_code": f"{number:07d}", "iban": "IT60X0542811101000000123456",
                "bic": "BAPPIT22", "cuc": "1234567X", **ACT})
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
            "valid_from": "2026-01-01", "valid_to": "2028-12-31", "cig": "1234567CE7", **ACT})
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
        self.people = [(person["beneficiary"], comune)
                       for person, (_, comune, _) in zip(people, places)]
        made = batches(worker, "/v1/vouchers:batch", [
            {"beneficiary": person["beneficiary"], "fund": f"F{ambito}",
             "first_month": MONTH, "last_month": MONTH,
             "lines": [{"service": f"SAD{ambito}", "units_per_month": 600}]}
            for person, (ambito, _, _) in zip(people, places)])
        vouchers = [line["voucher"] for line in made]
        batches(officer, "/v1/vouchers:batch-issue", [{"voucher": v} for v in vouchers])
        batches(worker, "/v1/vouchers:batch-choose-provider", [
            {"voucher": v, "provider": place[2]} for v, place in zip(vouchers, places)])
        self.daemon.admin.made("/v1/clock:advance", {"to": MONTH_ENDED})
        lines = {}
        for voucher, (_, _, provider) in zip(vouchers, places):
            lines.setdefault(provider, []).extend(
                {"voucher": voucher, "start": f"{MONTH}-{day + 1:02d}T09:00:00",
                 "minutes": 60, "operator": voucher} for day in range(self.visits))
        for provider, visits in lines.items():
            batches(self.client(self.provider_clients[provider]), "/v1/redemptions:batch", visits)
        self.daemon.admin.made("/v1/clock:advance", {"to": MONTH_CLOSES})
        return len(vouchers) * self.visits

    def client(self, token):
        """The one connection, under another name."""
        shared = self.who["FINANCE"]
        client = Patient(shared.port, token)
        client.connection = shared.connection
        return client


class Beside(daemon.Daemon):
    """A daemon on a ledger that bench/make_ledger filled first, and redemptions of its titles: as a
    `with redemptions()`, while which they come in."""

    def __init__(self, titles, **settings):
        super().__init__(**settings)
        self.titles, self.round, self.got = titles, 0, []

    def init(self):
        super().init()
        config = self.base / "titolid.conf"
        config.write_text("".join(f"{name} = {value}\n" for name, value in
                                  {"ledger": self.ledger, **self.settings}.items()))
        subprocess.run([str(BUILD / "bench" / "make_ledger"), "--config", str(config), "--tokens",
                        str(self.base / "tokens"), "--vouchers", str(self.titles), "--providers", "8",
                        "--visits", str(BESIDE_VISITS), "--ceiling-basis", "redeemed", "--store",
                        "--until", "2026-09-01T00:00:01+02:00"], check=True, timeout=600)
        return self

    def load(self, *options):
        """Single redemptions on 64 connections for some seconds; its figures by name."""
        done = subprocess.run(
            [str(BUILD / "bench" / "load"), "--port", str(self.port), "--tokens",
             str(self.base / "tokens"), "--vouchers", str(self.titles), "--visits",
             str(BESIDE_VISITS), "--timeout", "60", "--round", str(self.round), *map(str, options)],
            capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"redemptions beside: {done.stderr.strip()}")
        got = {line.split()[0]: int(line.split()[1]) for line in done.stdout.splitlines()}
        if got["refused"]:
            raise RuntimeError(f"redemptions beside were refused: {done.stderr.strip()}")
        self.round = got["next_round"]
        return got

    def __call__(self, ends, rate):
        try:
            while not ends.is_set():
                self.got.append(self.load("--seconds", BESIDE_SECONDS, "--rate", rate))
        except RuntimeError as fault:
            self.got.append(fault)

    @contextlib.contextmanager
    def redemptions(self, size):
        rate = max(1, self.load("--seconds", 2)["per_second"] // 2)
        ends = threading.Event()
        clients = threading.Thread(target=self, args=(ends, rate))
        clients.start()
        try:
            yield
        finally:
            ends.set()
            clients.join()
        faults = [got for got in self.got if isinstance(got, RuntimeError)]
        if faults:
            raise faults[0]
        took_ms = sum(got["measured_ms"] for got in self.got)
        figure(f"month_{size}_beside_asked", rate, "redemptions/s")
        figure(f"month_{size}_beside_per_s",
               sum(got["accepted"] for got in self.got) * 1000 // max(1, took_ms), "redemptions/s")
        figure(f"month_{size}_beside_p99_ms",
               f"{max(got['p99_us'] for got in self.got) / 1000:.1f}", "ms")


def processor_of(pid):
    """Seconds of processor that a process used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Clock:
    """Names each step and tells how long it took, by the wall and by the processors of the client and
    of the daemon together, which a busy machine moves less."""

    def __init__(self, size, daemon_pid):
        self.size, self.pid, self.total, self.processor = size, daemon_pid, 0.0, 0.0

    def used(self):
        mine = os.times()
        return sum(mine[:4]) + processor_of(self.pid)

    def step(self, name, function, *arguments):
        begin, used = time.monotonic(), self.used()
        result = function(*arguments)
        took, used = time.monotonic() - begin, self.used() - used
        self.total += took
        self.processor += used
        figure(f"month_{self.size}_{name}_s", f"{took:.2f}", f"s ({used:.2f} s of processors)")
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
    """An e-invoice for each statement, as they come in, and matched to the cent."""
    finance = world.who["FINANCE"]
    found = pages(finance, f"/v1/statements?month={MONTH}&state=ATTESTED", sequence)
    made = batches(finance, "/v1/invoices:batch", [
        {"provider": s["provider"], "invoice_number": f"1/{s['id']}", "invoice_date": "2026-10-13",
         "document": "TD01", "net_cents": s["net_cents"], "vat_cents": s["vat_cents"],
         "vat_regime": "SPLIT", "cig": "1234567CE7", "sdi_id": f"{9 * 10 ** 9 + number}",
         "file_hash": hashlib.sha256(s["id"].encode()).hexdigest()}
        for number, s in enumerate(found)])
    batches(finance, "/v1/invoices:batch-match", [
        {"invoice": one["invoice"], "statement": s["id"]} for one, s in zip(made, found)])
    return found


def approve(world, statements):
    batches(world.who["UDP_MANAGER"], "/v1/statements:batch-approve", [
        {"statement": s["id"], "durc_valid_to": "2027-01-30", **ACT} for s in statements])


class Files:
    """What `titoli` writes, each run a process of its own; the most memory that one of them had."""

    def __init__(self, world, folder):
        self.titoli = os.environ.get("TITOLI", str(ROOT / "build/release/titoli"))
        self.world, self.folder, self.peak = world, folder, 0
        self.out = folder / "files"
        shutil.rmtree(self.out, ignore_errors=True)
        self.out.mkdir()
        self.profiles = folder / "profiles"
        shutil.rmtree(self.profiles, ignore_errors=True)
        shutil.copytree(PROFILES, self.profiles)
        shutil.copy(PROFILES / "opi.conf.example", self.profiles / "opi.conf")
        rules = (PROFILES / "siuss.conf.example").read_text().split("# prestazione")[0]
        (self.profiles / "siuss.conf").write_text(rules + "".join(
            f"prestazione SAD{n} = A1.{n + 10}; Assistenza domiciliare; 1; 2; 1; 20000.00\n"
            for n in range(world.ambiti)))
        with open(folder / "persons.csv", "w") as file:
            file.write("beneficiary;tax_code;surname;name;birth_date;sex;birth_place;citizenship;"
                       "region;comune;address;postal_code;city;province\n")
            for number, (person, comune) in enumerate(world.people):
                file.write(f"{person};{person_code(number)};Sintetici;Persona {number};1940-01-01;"
                           f"M;D142;380;03;{comune};Via sintetica {number};26013;Crema;CR\n")

    def run(self, *words):
        token = self.folder / "finance.token"
        token.write_text(self.world.who["FINANCE"].token)
        schemas = {"TITOLI_SCHEMAS": str(SCHEMAS)} if SCHEMAS.is_dir() else {}
        with open(self.folder / "titoli.log", "wb") as log:
            process = subprocess.Popen(
                [self.titoli, *words], stdout=log, stderr=log,
                env={**os.environ, "TITOLI_URL": f"http://127.0.0.1:{self.world.daemon.port}",
                     "TITOLI_TOKEN_FILE": str(token), "TITOLI_PROFILES": str(self.profiles),
                     **schemas})
            # of its own memory: that of getrusage() begins with what forked it
            while process.poll() is None:
                self.peak = max(self.peak, peak_memory(process.pid))
                time.sleep(0.02)
        if process.returncode != 0:
            raise SystemExit(f"{words}: {(self.folder / 'titoli.log').read_text()[-700:]}")

    def tables(self):
        self.run("export", "make", "--month", MONTH, "--out", str(self.out / "tables"))

    def copies(self):
        self.run("export", "again", "--month", MONTH, "--format", COPIES, "--out",
                 str(self.out / "copies"))

    def siuss(self):
        self.run("export", "siuss", "--month", MONTH, "--persons",
                 str(self.folder / "persons.csv"), "--out", str(self.out / "siuss"))

    def reports(self):
        for report in REPORTS:
            self.run("report", report, "--out", str(self.out / f"{report}.csv"))

    def papers(self, *more):
        self.run("document", "statement", "--month", MONTH, *more, "--out",
                 str(self.out / "-".join(("papers", *more))))

    def size(self):
        files = [file.stat().st_size for file in self.out.rglob("*") if file.is_file()]
        return len(files), sum(files)


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


def make_files(world, folder, clock, found):
    size, files = clock.size, Files(world, folder)
    clock.step("tables", files.tables)
    clock.step("copies", files.copies)
    clock.step("siuss", files.siuss)
    clock.step("reports", files.reports)
    count, written = files.size()
    figure(f"month_{size}_statements", len(found), "")
    figure(f"month_{size}_files", count, "")
    figure(f"month_{size}_exporter_memory", files.peak, "MiB")
    figure(f"month_{size}_daemon_memory", peak_memory(world.daemon.process.pid), "MiB")
    figure(f"month_{size}_written", written, "bytes")
    figure(f"month_{size}_s", f"{clock.total:.2f}", "s")
    figure(f"month_{size}_processor_s", f"{clock.processor:.2f}", "s")
    if size != "region" or os.environ.get("PAPERS"):  # beside the total: minutes
        clock.step("papers", files.papers)
        clock.step("papers_each_comune", files.papers, "--each-comune")


def close(running, world, size):
    """From the open statements to the approval of all; the clock, and what was approved."""
    clock = Clock(size, running.process.pid)
    statements = clock.step("freeze", freeze, world, sequence_of(world))
    clock.step("confirm", confirm, world, statements)
    lines = clock.step("attest", attest, world)
    found = clock.step("invoice", invoice, world, sequence_of(world))
    clock.step("approve", approve, world, found)
    assert len(found) == len(statements), (len(found), len(statements))
    figure(f"month_{size}_lines", lines, "")
    figure(f"month_{size}_closed_s", f"{clock.total:.2f}", "s")
    return clock, found


def run(size, with_files=True, beside=False):
    folder = pathlib.Path(os.environ.get("BENCH_FOLDER", "build/bench-month"))
    # Removed at the end: ext4 is slow to make files for a while after many were removed.
    before = folder.with_name(folder.name + ".before")
    shutil.rmtree(before, ignore_errors=True)
    if folder.exists():
        folder.rename(before)
    ambiti, _, _, titles, visits = SIZES[size]
    count = ambiti * titles
    more = BESIDE.get(size, BESIDE_TITLES) if beside else 0
    settings = {"clock": CLOCK, "folder": folder.resolve(), "vouchers_max": count + more + 10000,
                "segment_mib": 64, "store_gib": 8,
                "redemptions_max": count * visits + more * BESIDE_VISITS + 100000}
    with Beside(more, **settings) if beside else daemon.Daemon(**settings) as running:
        world = World(running, size)
        begin = time.monotonic()
        world.masters()
        services = world.fill()
        figure(f"month_{size}_services", services, "")
        figure(f"month_{size}_filled_s", f"{time.monotonic() - begin:.1f}", "s (not measured)")
        figure("load_before", os.getloadavg()[0], "")
        ticks = stolen()
        with running.redemptions(size) if beside else contextlib.nullcontext():
            clock, found = close(running, world, size)
        if with_files:
            make_files(world, folder, clock, found)
        now = stolen()
        figure("processor_stolen",
               f"{100 * (now[0] - ticks[0]) / max(1, now[1] - ticks[1]):.1f}", "%")
    shutil.rmtree(before, ignore_errors=True)


if __name__ == "__main__":
    run(next((word for word in sys.argv[1:] if word in SIZES), "ambito"),
        "closed" not in sys.argv[1:], "beside" in sys.argv[1:])
