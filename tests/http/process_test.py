#!/usr/bin/python3
"""The process: starts that are refused, settings, drains, signals, descriptors, tokens in time."""
import datetime
import http.client
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from daemon import PATIENCE_S, TITOLID, Client, Daemon, Report, until

report = Report()


def refused(daemon, name, code, event, result, **settings):
    """A start that must end by itself, saying why."""
    kept = dict(daemon.settings)
    daemon.settings.update({key: str(value) for key, value in settings.items()})
    done = daemon.run("run", check=False)
    daemon.settings = kept
    report.equal(f"{name}: exit", done.returncode, code)
    events = [json.loads(line) for line in done.stderr.splitlines()]
    report.check(f"{name}: told", any(e["event"] == event and e["result"] == result and
                                      e.get("remedy", "-") for e in events), done.stderr[-500:])


def told(daemon, **settings):
    """What a start that fails says."""
    kept = dict(daemon.settings)
    daemon.settings.update({key: str(value) for key, value in settings.items()})
    done = daemon.run("run", check=False)
    daemon.settings = kept
    events = [json.loads(line) for line in done.stderr.splitlines()]
    return next((event for event in events if event["event"] == "start_failed"), {})


def starts_that_are_refused():
    with Daemon() as daemon:
        daemon.stop()
        here = f"127.0.0.1:{daemon.port}"
        named = told(daemon, listen=here, admin_listen=here)
        report.equal("a port twice names its setting", named.get("key"), "admin_listen")
        nowhere = told(daemon, ledger=f"{daemon.base}/nowhere")
        report.check("no ledger: make one", "titolid init" in nowhere.get("remedy", ""), nowhere)
        refused(daemon, "bad zone", 78, "start_failed", "bad_time_zone", time_zone="Europe/Atlantis")
        refused(daemon, "zone outside", 78, "start_failed", "bad_time_zone",
                time_zone="../../../etc/passwd")
        refused(daemon, "zone of another place", 78, "start_failed", "bad_time_zone",
                time_zone="America/New_York")
        refused(daemon, "not loopback", 78, "start_failed", "config_invalid",
                listen="0.0.0.0:0")
        refused(daemon, "no port", 78, "start_failed", "config_invalid", listen="127.0.0.1")
        refused(daemon, "unknown setting", 78, "config_refused", "config_invalid", colour="red")
        refused(daemon, "out of bounds", 78, "config_refused", "config_invalid",
                network_threads=0)
        key = pathlib.Path(f"{daemon.ledger}.key")
        os.chmod(key, 0o644)
        refused(daemon, "open secret", 78, "start_failed", "config_invalid")
        os.chmod(key, 0o600)
        hidden = key.rename(f"{key}.hidden")
        refused(daemon, "no secret", 78, "start_failed", "config_invalid")
        hidden.rename(key)
        daemon.start()
        refused(daemon, "second daemon", 75, "start_failed", "ledger_locked")
        verify = daemon.run("verify", check=False)
        report.equal("verify beside a daemon", verify.returncode, 75)
        again = daemon.run("init", "--clock", "system", check=False)
        report.check("init of what exists", again.returncode != 0, again.stderr)
    with tempfile.TemporaryDirectory(prefix="titolid-", dir="/dev/shm") as folder:
        memory = Daemon(folder=folder, unsafe_filesystem="no")
        made = memory.run("init", check=False)
        report.equal("tmpfs: exit", made.returncode, 78)
        report.check("tmpfs: told", "unsafe_filesystem" in made.stderr, made.stderr)
        memory.settings["unsafe_filesystem"] = "yes"
        with memory:
            status = memory.client().get("/status").json
            report.equal("tmpfs is told in /status", status["unsafe_filesystem"], True)


def words():
    for arguments, code in ((["--version"], 0), (["--help"], 0), (["--nonsense"], 2), (["run"], 78),
                            (["init", "--ledger"], 2), (["recover", "--ledger", "x"], 2),
                            (["restore", "--ledger", "x"], 2),
                            (["init", "--ledger", "x", "--clock", "noon"], 2)):
        done = subprocess.run([TITOLID, *arguments], capture_output=True, text=True, timeout=PATIENCE_S)
        report.equal(f"titolid {' '.join(arguments)}", done.returncode, code)
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "titolid.conf"
        for text, line, code in (("ledger = /tmp/x\nlisten =\n", 0, 0),
                                 ("ledger = /tmp/x\ncolour = red\n", 2, 78),
                                 ("ledger = /tmp/x\nledger = /tmp/y\n", 2, 78),
                                 ("[part]\nledger = /tmp/x\n", 2, 78),
                                 ("ledger = /tmp/x\nslots_max = many\n", 2, 78),
                                 ("ledger = /tmp/x\nslots_max = 99999999999999999999999\n", 2, 78),
                                 ("ledger = /tmp/x\nunsafe_filesystem = maybe\n", 2, 78),
                                 ("ledger\n", 1, 78), ("listen = 127.0.0.1:1\n", 0, 78)):
            config.write_text(text)
            done = subprocess.run([TITOLID, "--config", str(config), "--check-config"],
                                  capture_output=True, text=True, timeout=PATIENCE_S)
            event = json.loads(done.stderr.splitlines()[-1])
            report.equal(f"config {text!r}", (done.returncode, event.get("line", 0)), (code, line))


def head_of(daemon, path, size, media="application/json"):
    return (f"POST {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {daemon.token}\r\n"
            f"Content-Type: {media}\r\nIdempotency-Key: s\r\n"
            f"Content-Length: {size}\r\n\r\n").encode()


def drain():
    """Requests in hand are answered, idle connections closed, and the stop is recorded."""
    with Daemon() as daemon:
        idle = daemon.socket()
        body = "".join(json.dumps({"id": f"a{i}", "code": f"A{i}", "name": "x"}) + "\n"
                       for i in range(60)).encode()
        peer = daemon.socket()
        peer.sendall(head_of(daemon, "/v1/ambiti:batch", len(body), "application/x-ndjson")
                     + body[:1000])
        daemon.await_slots(1)
        daemon.process.send_signal(signal.SIGTERM)
        daemon.await_event("drain_started")
        peer.sendall(body[1000:])
        answer = http.client.HTTPResponse(peer)
        answer.begin()
        lines = [json.loads(line) for line in answer.read().splitlines()]
        report.equal("a batch in hand is answered", len(lines), 60)
        report.equal("idle connections are closed", idle.recv(10), b"")
        daemon.ended()
        daemon.start()
        opened = [e for e in daemon.read_events() if e["event"] == "ledger_opened"][-1]
        report.equal("clean stop", opened["clean_stop"], 1)
        done = sum(1 for line in lines if line["status"] == 200)
        report.equal("all of it", done, 60)
        report.equal("what was answered is there",
                     len(daemon.admin.get("/v1/ambiti?limit=1000").json["items"]), done)


def no_new_connections():
    """While a request in hand is waited for, nobody new comes in."""
    with Daemon(network_threads=1) as daemon:
        idle, peer = daemon.socket(), daemon.socket()
        peer.sendall(head_of(daemon, "/v1/ambiti", 29) + b'{"code":"Z",')
        daemon.await_slots(1)
        daemon.process.send_signal(signal.SIGTERM)
        daemon.await_event("drain_started")
        report.check("a new connection is refused", until(lambda: is_refused(daemon.port)))
        report.equal("the idle one is closed", idle.recv(10), b"")  # its thread knows of the drain
        peer.sendall(b'"name":"Zett"   }')
        answer = peer.recv(4096)
        report.check("the request in hand is done", answer.startswith(b"HTTP/1.1 200")
                     and b"Connection: close" in answer, answer)
        daemon.ended()


def is_refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S).close()
        return False
    except ConnectionRefusedError:
        return True


def recover():
    """The store is rebuilt from the journal; the end of a journal is dropped when told."""
    with Daemon() as daemon:
        made = [daemon.admin.made("/v1/ambiti", {"code": f"R{i}", "name": "x"}) for i in range(10)]
        daemon.stop()
        before = json.loads(daemon.run("verify").stdout)
        daemon.run("recover", "--rebuild-store")
        daemon.start()
        report.equal("rebuilt", len(daemon.admin.get("/v1/ambiti", Min_Ledger_Seq=str(
            made[9]["ledger_seq"])).json["items"]), 10)
        daemon.stop()
        after = json.loads(daemon.run("verify").stdout)
        report.equal("the same state", after["state_hash"], before["state_hash"])
        shutil.rmtree(daemon.ledger / "store.set-aside")
        report.equal("nothing to drop", daemon.run(
            "recover", "--drop-from", "1000", check=False).returncode, 1)
        dropped = json.loads(daemon.run("recover", "--drop-from",
                                        str(made[6]["ledger_seq"])).stdout)
        report.equal("dropped from", dropped["dropped_from"], made[6]["ledger_seq"])
        report.equal("the store held it too", dropped["store_set_aside"], True)
        daemon.start()
        report.equal("what was before is there",
                     len(daemon.admin.get("/v1/ambiti", Min_Ledger_Seq=str(
                         made[5]["ledger_seq"])).json["items"]), 6)
        daemon.stop()
        report.equal("and proves", json.loads(daemon.run("verify").stdout)["result"], "ok")
        journal = sorted((daemon.ledger / "journal").glob("*.seg"))[-1]
        with open(journal, "r+b") as file:
            file.seek(4096 + 600)
            byte = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte[0] ^ 1]))
        bad = daemon.run("verify", check=False)
        found = json.loads(bad.stdout)
        report.check("a flipped bit is told with its place", bad.returncode == 65 and
                     found["result"] == "journal_corrupt" and "offset" in found, bad.stdout)
        refused(daemon, "a damaged journal", 65, "start_failed", "journal_corrupt")


def second_signal():
    with Daemon(drain_timeout_ms=60000, body_timeout_ms=60000) as daemon:
        peer = daemon.socket()
        peer.sendall(head_of(daemon, "/v1/ambiti", 20) + b"{")
        daemon.await_slots(1)
        daemon.process.send_signal(signal.SIGTERM)
        daemon.await_event("drain_started")
        began = time.monotonic()
        time.sleep(0.5)
        report.check("a body under way is waited for", daemon.process.poll() is None)
        daemon.process.send_signal(signal.SIGTERM)
        daemon.ended(75)
        waited = time.monotonic() - began
        report.check("the second signal ends it before its time", waited < 50, waited)
        peer.close()
        daemon.start()
        report.equal("and nothing is broken", daemon.admin.get("/v1/ambiti").status, 200)


def unclean_stop():
    with Daemon() as daemon:
        made = [daemon.admin.made("/v1/ambiti", {"code": f"K{i}", "name": "x"}) for i in range(20)]
        daemon.kill()
        daemon.start()
        report.equal("after kill -9", len(daemon.admin.get(
            "/v1/ambiti", Min_Ledger_Seq=str(made[-1]["ledger_seq"])).json["items"]), 20)


def descriptors():
    """With no descriptor left it neither spins nor floods its log, and recovers."""
    with Daemon(core_dumps="yes") as daemon:  # else its descriptors are shown to root alone
        pid = daemon.process.pid
        used = len(os.listdir(f"/proc/{pid}/fd"))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 20, used + 20))
        peers = []
        for _ in range(60):
            peers.append(daemon.socket())
        daemon.await_event("descriptors_exhausted")
        before, began = cpu_seconds(pid), time.monotonic()
        time.sleep(2)
        used, passed = cpu_seconds(pid) - before, time.monotonic() - began
        report.check("no spin", used <= passed / 10, (used, passed))
        at = [seconds_of(event) for event in daemon.events_named("descriptors_exhausted")]
        report.check("told, at most once a second",
                     all(later - earlier > 0.9 for earlier, later in zip(at, at[1:])), at)
        for peer in peers:
            peer.close()
        report.equal("recovers", daemon.client(daemon.token).get("/v1/ambiti").status, 200)


def seconds_of(event):
    return datetime.datetime.fromisoformat(event["at"].replace("Z", "+00:00")).timestamp()


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tokens():
    with Daemon() as daemon:
        admin = daemon.admin
        admin.made("/v1/ambiti", {"code": "X", "name": "x"})
        admin.made("/v1/principals", {"code": "office", "role": "UDP_MANAGER", "ambito": "X"})
        first = admin.post("/v1/credentials", {"principal": "office"}, key="t1")
        again = admin.post("/v1/credentials", {"principal": "office"}, key="t1")
        report.check("a token is shown once", "token" in first.json and "token" not in again.json,
                     again)
        report.equal("the replay names it", again.json["credential"], first.json["credential"])
        client = Client(daemon.port, first.json["token"])
        report.equal("it opens", client.get("/v1/ambiti").status, 200)
        admin.made(f"/v1/credentials/{first.json['credential']}:revoke")
        report.equal("revoked, it does not", client.get("/v1/ambiti").status, 401)
        rotated(daemon, admin)
        scoped(daemon, admin)
        timed = admin.made("/v1/credentials", {"principal": "office",
                                               "expires_at": "2026-01-03T00:00:00+01:00"})
        client = Client(daemon.port, timed["token"])
        report.equal("before its end", client.get("/v1/ambiti").status, 200)
        admin.made("/v1/clock:advance", {"to": "2026-01-04T00:00:00+01:00"})
        report.equal("after its end", client.get("/v1/ambiti").status, 401)
        report.check("no token in the log", first.json["token"] not in daemon.log.read_text())
        daemon.stop()
        daemon.start()
        report.equal("revoked after a restart too",
                     Client(daemon.port, first.json["token"]).get("/v1/ambiti").status, 401)
        mode = os.stat(daemon.ledger / "admin.token").st_mode & 0o777
        report.equal("the first token's file", mode, 0o600)


def rotated(daemon, admin):
    """A token in the place of another: both open during the overlap, then only the new one."""
    old = admin.made("/v1/credentials", {"principal": "office"})
    path = f"/v1/credentials/{old['credential']}:rotate"
    new = admin.post(path, {"overlap_s": 3600}, key="r1")
    report.equal("a token is replaced", new.status, 200)
    again = admin.post(path, {"overlap_s": 3600}, key="r1")
    report.check("the new one is shown once", "token" in new.json and "token" not in again.json,
                 again)
    first, second = Client(daemon.port, old["token"]), Client(daemon.port, new.json["token"])
    report.equal("the old one opens", first.get("/v1/ambiti").status, 200)
    report.equal("the new one opens", second.get("/v1/ambiti").status, 200)
    admin.made("/v1/clock:advance", {"to": "2026-01-02T10:00:00+01:00"})
    report.equal("after the overlap the old one does not", first.get("/v1/ambiti").status, 401)
    report.equal("and the new one does", second.get("/v1/ambiti").status, 200)
    admin.made(f"/v1/credentials/{new.json['credential']}:rotate", {})
    report.equal("without overlap it ends at once", second.get("/v1/ambiti").status, 401)


def scoped(daemon, admin):
    """A token is good for its parts of the API alone."""
    reads = Client(daemon.port, admin.made("/v1/credentials", {
        "principal": "office", "scope_read": True})["token"])
    plans = Client(daemon.port, admin.made("/v1/credentials", {
        "principal": "office", "scope_plan": True})["token"])
    area = {"ambito": "X", "code": "S1", "name": "x"}
    report.equal("READ reads", reads.get("/v1/ambiti").status, 200)
    refused = reads.post("/v1/sub-ambiti", area)
    report.equal("READ writes nothing", (refused.status, refused.json["code"]),
                 (403, "scope_insufficient"))
    refused = reads.batch("/v1/sub-ambiti:batch", [{"id": "1", **area}])
    report.equal("nor in batches", refused.status, 403)
    report.equal("PLAN writes", plans.post("/v1/sub-ambiti", area).status, 200)
    report.equal("PLAN does not read", plans.get("/v1/ambiti").status, 403)
    report.equal("PLAN is not TITLES", plans.post("/v1/beneficiaries", {}).status, 403)


def unix_socket():
    with Daemon() as daemon:
        path = daemon.settings["unix_socket"]
        if not path:
            print("SKIP: the test folder's path is too long for a socket")
            return
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(path)
        peer.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        report.check("unix socket", peer.recv(100).startswith(b"HTTP/1.1 200"))
        report.equal("its mode", os.stat(path).st_mode & 0o777, 0o660)
        peer.close()
        daemon.kill()
        daemon.start()
        report.check("a dead socket file is replaced", os.path.exists(path))


def main():
    words()
    starts_that_are_refused()
    drain()
    no_new_connections()
    second_signal()
    unclean_stop()
    recover()
    descriptors()
    tokens()
    unix_socket()
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
