"""The peers of the bench: each is started here from Debian's packages on a fresh folder beside the
ledger's, as an unprivileged user, loaded by its own client, and stopped. What each does, how it is
tuned and where its documentation says so stands in the README of its folder.

    with Postgres(folder, vouchers) as peer:
        peer.load("single", connections=16, seconds=3)   # {"per_second": …, "p99_us": …, …}

A peer that cannot be had raises Missing, whose text is the reason."""
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(os.environ.get("BUILD", "build/release"))
PROVIDERS = 64
PATIENCE_S = 120  # until a step of a peer is given up
ROUNDS_MAX = 24  # visits of 30 minutes in a title's 720


class Missing(Exception):
    """Why a peer is not there."""


def memory_mib():
    with open("/proc/meminfo") as file:
        return int(file.readline().split()[1]) // 1024


def unprivileged():
    """Whom the servers run as: ourselves, or where we are root the first of these users."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "redis", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Missing("no unprivileged user to run it")


class Server:
    """A process of a peer and the folder where it keeps what it stores."""

    name = ""

    def __init__(self, folder, vouchers):
        self.vouchers = vouchers
        self.user = unprivileged()
        self.folder = self.reachable(pathlib.Path(folder).resolve()) / self.name
        self.process = None
        self.given = {}
        self.program = (BUILD / "bench" / "peers" / self.name / self.name).resolve()
        if not self.program.exists():
            raise Missing(f"{self.program.name}: its client was not built (a library is missing)")

    def reachable(self, folder):
        """The folder, or one on the same disk that the server's user can reach."""
        folder.mkdir(parents=True, exist_ok=True)
        if not self.user or all(part.stat().st_mode & 0o001 for part in [folder, *folder.parents]):
            return folder
        other = pathlib.Path("/var/tmp/titoli-bench")
        other.mkdir(exist_ok=True)
        if other.stat().st_dev != folder.stat().st_dev:
            raise Missing(f"{self.user.pw_name} cannot reach {folder}")
        return other

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        raise NotImplementedError

    def whose(self):
        """What Popen needs so that the process is not root's."""
        if not self.user:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def spawn(self, command):
        log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen([str(part) for part in command], cwd=self.folder,
                                        stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
                                        **self.whose())
        log.close()

    def run(self, command, codes=(0,), **more):
        settings = {"cwd": self.folder, "timeout": PATIENCE_S, **self.whose(), **more}
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                              **settings)
        if done.returncode not in codes:
            raise RuntimeError(f"{pathlib.Path(command[0]).name}: {done.returncode}\n"
                               f"{done.stdout[-1000:]}{done.stderr[-2000:]}")
        return done.stdout

    def wait_for(self, path, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            with socket.socket(socket.AF_UNIX) as probe:
                try:
                    probe.connect(str(path))
                    return
                except OSError:
                    time.sleep(0.02)
        tail = (self.folder / "log").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{self.name} did not start:\n{tail}")

    def is_alive(self):
        return self.process is None or self.process.poll() is None

    def still_there(self):
        if not self.is_alive():
            tail = (self.folder / "log").read_text(errors="replace")[-300:]
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}: {tail}")

    def refused(self, mode, **options):
        """How many visits of a load were refused."""
        return self.load(mode, **options, refusals=True)["refused"]

    def load(self, mode, connections=1, seconds=3.0, lines=1000, depth=16, first=0, vouchers=None,
             refusals=False, environment=None):
        """Runs the client; visits of titles that were used before go on with their next rounds."""
        self.still_there()
        count = (vouchers or self.vouchers) // PROVIDERS * PROVIDERS
        first = first // PROVIDERS * PROVIDERS
        out = self.run([self.program, "--to", self.where(), "--mode", mode, "--connections",
                        connections, "--seconds", seconds, "--first", first, "--vouchers", count,
                        "--given", self.given.get(first, 0), "--lines", lines, "--depth", depth], user=None,
                       group=None, extra_groups=None, env={**os.environ, **(environment or {}),
                                         "REDEEM_LUA": str(HERE / "redis" / "redeem.lua")},
                       codes=(0, 1) if refusals else (0,))
        got = {key: int(value) for key, value in (line.split() for line in out.splitlines())}
        self.given[first] = got["given"]
        if got["given"] > ROUNDS_MAX * count // PROVIDERS:
            raise RuntimeError(f"{self.name}: the titles are used up")
        return got

    def where(self):
        raise NotImplementedError


class Postgres(Server):
    """PostgreSQL 15 in a folder of its own; half of the titles on 1,000 fund rows, half on one."""

    name = "postgres"
    bin = pathlib.Path("/usr/lib/postgresql/15/bin")

    def __init__(self, folder, vouchers, settings=None):
        if not (self.bin / "postgres").exists():
            raise Missing("PostgreSQL 15 is not installed (Debian: postgresql)")
        super().__init__(folder, vouchers)
        self.settings = {**self.tuned(), **(settings or {})}

    @staticmethod
    def tuned():
        """See README.md for why each of them."""
        return {
            "listen_addresses": "''", "max_connections": 200,
            "shared_buffers": f"{min(4096, memory_mib() // 4)}MB", "huge_pages": "try",
            "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
            "wal_level": "minimal", "max_wal_senders": 0, "wal_compression": "lz4",
            "wal_buffers": "64MB", "min_wal_size": "4GB", "max_wal_size": "16GB",
            "checkpoint_timeout": "30min", "checkpoint_completion_target": 0.9,
            "commit_delay": 0, "commit_siblings": 5, "max_locks_per_transaction": 64,
            "jit": "off", "plan_cache_mode": "force_generic_plan", "work_mem": "64MB",
            "effective_io_concurrency": 200, "random_page_cost": 1.1,
            "track_activities": "off", "track_counts": "on", "update_process_title": "off",
            "bgwriter_lru_maxpages": 0, "autovacuum_naptime": "10min", "log_checkpoints": "off",
        }

    def start(self):
        data = self.folder / "data"
        self.run([self.bin / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8",
                  "--locale=C", "--no-instructions", "--no-sync", "--wal-segsize=64"])
        lines = [f"{key} = {value}" for key, value in self.settings.items()]
        lines.append(f"unix_socket_directories = '{self.folder}'")
        with open(data / "postgresql.conf", "a") as file:
            file.write("\n".join(lines) + "\n")
        self.spawn([self.bin / "postgres", "-D", data])
        self.wait_for(self.folder / ".s.PGSQL.5432")
        deadline = time.monotonic() + 30
        while subprocess.run([str(self.bin / "pg_isready"), "-q", "-h", str(self.folder)],
                             check=False).returncode != 0:
            if time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL does not answer")
            time.sleep(0.05)
        self.psql("postgres", "CREATE DATABASE titoli")
        self.run([self.bin / "psql", "-X", "-q", "-h", self.folder, "-U", "postgres", "-d",
                  "titoli", "-v", f"vouchers={self.vouchers}", "-v", f"providers={PROVIDERS}"],
                 input=(HERE / "postgres" / "schema.sql").read_text())
        self.psql("titoli", "CHECKPOINT")

    def psql(self, database, command):
        return self.run([self.bin / "psql", "-X", "-q", "-A", "-t", "-h", self.folder, "-U",
                         "postgres", "-d", database, "-c", command]).strip()

    def where(self):
        return self.folder

    def load(self, mode, delay=0, **options):
        """With a commit_delay of so many microseconds for these sessions."""
        return super().load(mode, environment={"PGOPTIONS": f"-c commit_delay={delay}"}, **options)

    def spread(self, mode, **options):
        """On the half of the titles that is spread over 1,000 fund rows."""
        return self.load(mode, vouchers=self.vouchers // 2, **options)

    def one_fund(self, mode, **options):
        """On the half of the titles whose money is one fund row."""
        return self.load(mode, first=self.vouchers // 2, vouchers=self.vouchers // 2, **options)

    def version(self):
        return self.psql("postgres", "SHOW server_version")

    def books(self):
        """Do the counters agree with the rows? What the client saw is `accepted`."""
        return self.psql("titoli", """
            SELECT (SELECT count(*) FROM redemption WHERE result = 0),
                   (SELECT sum(net + vat) FROM redemption),
                   (SELECT sum(delivered) FROM fund_year), (SELECT sum(delivered) FROM ceiling),
                   (SELECT sum(delivered_net + delivered_vat) FROM voucher),
                   (SELECT sum(minutes) FROM redemption WHERE result = 0)
                       = (SELECT sum(720 - units_left) FROM voucher)
            """)


class Redis(Server):
    """Redis 7 with every write synced before its answer, titles spread over 1,000 funds."""

    name = "redis"

    def __init__(self, folder, vouchers):
        self.server = shutil.which("redis-server") or "/usr/bin/redis-server"
        if not pathlib.Path(self.server).exists():
            raise Missing("Redis is not installed (Debian: redis-server)")
        super().__init__(folder, vouchers)

    def start(self):
        settings = {
            "port": "0", "unixsocket": str(self.where()), "unixsocketperm": "777",
            "dir": str(self.folder), "daemonize": "no", "save": "", "appendonly": "yes",
            "appendfsync": "always", "no-appendfsync-on-rewrite": "no",
            "auto-aof-rewrite-percentage": "0", "aof-use-rdb-preamble": "yes",
            "maxclients": "1000", "hz": "10", "io-threads": "1", "activedefrag": "no",
        }
        config = self.folder / "redis.conf"
        config.write_text("".join(f'{key} {value or chr(34) * 2}\n'
                                  for key, value in settings.items()))
        if self.user:
            os.chown(config, self.user.pw_uid, self.user.pw_gid)
        self.spawn([self.server, config])
        self.wait_for(self.where())
        self.run([self.program, "--to", self.where(), "--mode", "fill", "--vouchers",
                  self.vouchers // PROVIDERS * PROVIDERS])

    def where(self):
        return self.folder / "redis.sock"

    def version(self):
        return self.run([self.server, "--version"]).split("v=")[1].split()[0]


class Sqlite(Server):
    """SQLite as a library in its client's process; titles spread over 1,000 funds."""

    name = "sqlite"

    def start(self):
        os.chmod(self.folder, 0o777)
        self.run([self.program, "--to", self.where(), "--mode", "fill", "--vouchers",
                  self.vouchers // PROVIDERS * PROVIDERS], user=None, group=None,
                 extra_groups=None)

    def where(self):
        return self.folder / "ledger.db"

    def version(self):
        import sqlite3
        return sqlite3.sqlite_version


class Tigerbeetle(Server):
    """Never there: Debian has no package of it, and the bench installs nothing from elsewhere."""

    name = "tigerbeetle"

    def __init__(self, folder, vouchers):
        raise Missing("TigerBeetle is not a Debian package")
