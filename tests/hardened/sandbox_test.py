#!/usr/bin/python3
"""The daemon inside its walls: a title's whole life, new segments, checkpoints, a backup, a renewed
certificate, a restart, all with the filter and the folders in force; what each thread says of itself; that
a file outside is not read; that no memory goes into a core dump; the user it becomes."""
import os
import pathlib
import pwd
import shutil
import signal
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "http"))
import life_test  # noqa: E402
from daemon import Daemon, Report, until  # noqa: E402
from tls_test import connect, context, make_certificate, tls_port  # noqa: E402

report = Report()


def threads_of(pid):
    """The status of each thread, as pairs."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        lines = (task / "status").read_text().splitlines()
        found.append(dict(line.split(":\t", 1) for line in lines if ":\t" in line))
    return found


def told_at_start(daemon, pid):
    """What the daemon said of its walls, and whether the kernel agrees."""
    landlock = daemon.events_named("files_confined")
    lacking = [event["missing"] for event in daemon.events_named("sandbox_incomplete")]
    report.check("each wall stands or is told to lack", bool(landlock) != ("landlock" in lacking),
                 (landlock, lacking))
    report.check("the filter stands", daemon.events_named("calls_filtered") and
                 "seccomp" not in lacking, lacking)
    for thread in threads_of(pid):
        report.equal(f"filter of {thread['Name']}", thread["Seccomp"], "2")
        report.equal(f"no new privileges of {thread['Name']}", thread["NoNewPrivs"], "1")
    limits = pathlib.Path(f"/proc/{pid}/limits").read_text().splitlines()
    core = next(line for line in limits if line.startswith("Max core file size")).split()
    report.equal("no core dumps", core[4:6], ["0", "0"])
    report.equal("not dumpable: its memory is root's to see",
                 pathlib.Path(f"/proc/{pid}/mem").stat().st_uid, 0)
    if os.geteuid() == 0:
        spare = [fd for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir() if int(fd.name) > 2 and
                 os.readlink(fd) == "/dev/null"]
        report.check("it holds a descriptor in reserve", spare)
    return bool(landlock)


def serves(folder):
    """The whole life, with segments of 1 MiB."""
    certificate, key = make_certificate(folder, "served")
    served = folder / "served"
    served.mkdir()
    for file in (certificate, key):
        shutil.copy(file, served / file.name)
    settings = {"tls_listen": "127.0.0.1:0", "tls_certificate": str(served / certificate.name),
                "tls_key": str(served / key.name), "segment_mib": "1"}
    with Daemon(**settings) as daemon:
        confined = told_at_start(daemon, daemon.process.pid)
        people = life_test.masters(daemon)
        voucher = life_test.title(people)
        sequence = life_test.redemptions(daemon, people, voucher)
        segments = len(list((daemon.ledger / "journal").iterdir()))
        made = 0
        while len(list((daemon.ledger / "journal").iterdir())) == segments:
            made += 1
            people["SOCIAL_WORKER"].made("/v1/beneficiaries", {"comune": "019067"})
        report.check("new segments are made", made > 0)
        statement, sequence = life_test.settlement(daemon, people, sequence)
        life_test.views(daemon, people, voucher, statement, sequence)
        life_test.backups(daemon, people)
        renewed(daemon, folder, served, confined)
        # Later threads are filtered too.
        for thread in threads_of(daemon.process.pid):
            report.equal(f"filter of {thread['Name']}, later", thread["Seccomp"], "2")
        daemon.stop()
        report.check("the socket is removed at the end", not (daemon.base / "socket").exists())
        report.check("so is the mark of the run", not (daemon.ledger / "running").exists())
        daemon.start()
        report.equal("it starts again", daemon.admin.get("/v1/ambiti/CREMA").status, 200)


def reloaded(daemon):
    before = len(daemon.events_named("reloaded"))
    daemon.process.send_signal(signal.SIGHUP)
    until(lambda: len(daemon.events_named("reloaded")) > before)
    return daemon.events_named("reloaded")[-1]["result"]


def renewed(daemon, folder, served, confined):
    """A certificate that comes by rename is read; one that leads out of its folder is not."""
    fresh, key = make_certificate(folder, "fresh")
    for source, name in ((fresh, "served.pem"), (key, "served.key")):
        shutil.copy(source, served / f"{name}.new")
        os.rename(served / f"{name}.new", served / name)
    report.equal("a renewed certificate", reloaded(daemon), "ok")
    with connect(tls_port(daemon), context(fresh)) as peer:
        report.check("is the one that is shown", peer.version())
    away = folder / "away"
    away.mkdir()
    shutil.move(served / "served.pem", away / "served.pem")
    os.symlink(away / "served.pem", served / "served.pem")
    report.equal("a link to a file outside", reloaded(daemon), "config_invalid" if confined else "ok")
    os.remove(served / "served.pem")
    shutil.move(away / "served.pem", served / "served.pem")
    report.equal("the file back in its place", reloaded(daemon), "ok")


def switched_off(folder):
    """The same link is read by a daemon without walls: it was the wall that refused."""
    certificate, key = make_certificate(folder, "loose")
    served, away = folder / "loose", folder / "loose-away"
    served.mkdir()
    away.mkdir()
    for file in (certificate, key):
        shutil.copy(file, served / file.name)
    with Daemon(sandbox="no", tls_listen="127.0.0.1:0", tls_certificate=str(served / "loose.pem"),
                tls_key=str(served / "loose.key")) as daemon:
        report.equal("told to be without", [event["missing"] for event in
                                           daemon.events_named("sandbox_incomplete")],
                     ["landlock, seccomp"])
        report.equal("no filter", {t["Seccomp"] for t in threads_of(daemon.process.pid)}, {"0"})
        shutil.move(served / "loose.pem", away / "loose.pem")
        os.symlink(away / "loose.pem", served / "loose.pem")
        report.equal("a link to a file outside, without walls", reloaded(daemon), "ok")


def another_user():
    """Started as root it becomes the user, and its files are the user's."""
    if os.geteuid() != 0:
        with Daemon(user="nobody") as daemon:
            report.equal("who is not root stays", {t["Uid"].split()[1] for t in
                                                  threads_of(daemon.process.pid)}, {str(os.geteuid())})
        return
    nobody = pwd.getpwnam("nobody").pw_uid
    # Outside of the build: folders above it may be closed to others.
    with tempfile.TemporaryDirectory(prefix="titolid-user-") as folder:
        os.chmod(folder, 0o755)
        inside = pathlib.Path(folder) / "of-nobody"
        inside.mkdir()
        os.chown(inside, nobody, pwd.getpwnam("nobody").pw_gid)
        daemon = Daemon(folder=inside, user="nobody", backup_folder="", unix_socket="")
        daemon.run("init", "--clock", daemon.clock)
        daemon.start()
        identities = {t[name] for t in threads_of(daemon.process.pid) for name in ("Uid", "Gid")}
        report.check("all its identities changed", all("0" not in one.split() for one in identities),
                     identities)
        report.check("capabilities", {t["CapEff"] for t in threads_of(daemon.process.pid)} ==
                     {"0" * 16})
        report.equal("it says so", daemon.events_named("user_changed")[0]["user"], "nobody")
        report.equal("it serves", daemon.admin.post("/v1/ambiti", {"code": "U", "name": "U"}).status // 100,
                     2)
        owners = {path.stat().st_uid for path in inside.rglob("*") if path.name != "log"}
        report.equal("its files are the user's", owners, {nobody})
        daemon.stop()
        daemon.settings["user"] = "no-such-user-here"
        refused = daemon.run("run", check=False)
        report.check("an unknown user stops the start", refused.returncode == 78 and
                     '"key":"user"' in refused.stderr, refused.stderr[-500:])


def main():
    base = os.environ.get("TEST_FOLDER")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sandbox-", dir=base))
    serves(folder)
    switched_off(folder)
    another_user()
    shutil.rmtree(folder, ignore_errors=True)
    report.failed += life_test.report.failed
    report.passed += life_test.report.passed
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
