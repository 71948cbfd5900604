#!/usr/bin/python3
"""Files out of the outbox to real servers: HTTPS with client certificates or a token, SFTP, a folder.
Everything arrives, nothing arrives twice or under another name, what cannot arrive ends as a task."""
import os
import socket
import sys
import time

from servers import Certificates, Nginx, Proxy, Receiver, Sshd, missing
from world import Daemon, Report, World, names_in, sha256, until

report = Report()


def body(name, size=20000):
    return (f"{name}:".encode() * (size // (len(name) + 1) + 1))[:size]


def arrives(world, destination, folder, name, size=20000):
    content = body(name, size)
    delivery = world.send(name, content, destination)
    report.equal(f"{name}: exit code", world.once(), 0)
    report.equal(f"{name}: state", world.state(delivery)[0], "SENT")
    report.check(f"{name}: bytes", (folder / name).read_bytes() == content)
    return delivery


def gives_up(world, destination, cause, name=None):
    name = name or f"{destination.lower()}-dead.xml"
    delivery = world.send(name, body(name), destination)
    report.equal(f"{name}: exit code", world.once(), 1)
    report.equal(f"{name}: given up", world.state(delivery), ("DEAD", cause))
    task = world.task(delivery)
    report.equal(f"{name}: a task", (task["kind"], task["task"], task.get("closed", False),
                                     task["delivery"], task["destination"]),
                 ("DELIVERY_DEAD", True, False, delivery, destination))
    return delivery


def fails(world, destination, cause, name, size=20000, uncertain=False):
    """One attempt that is to be made again."""
    delivery = world.send(name, body(name, size), destination)
    report.equal(f"{name}: exit code", world.once(), 75)
    found = world.delivery(delivery)
    report.equal(f"{name}: is tried again", (found["state"], found["cause"],
                                             found.get("uncertain", False)),
                 ("PENDING", cause, uncertain))
    return delivery


def recovers(world, delivery, folder, name, size=20000, cause=None):
    world.retry(delivery)
    report.equal(f"{name}: exit code afterwards", world.once(), 0)
    report.equal(f"{name}: arrived afterwards", world.state(delivery), ("SENT", cause))
    report.check(f"{name}: bytes afterwards", (folder / name).read_bytes() == body(name, size))


def https_put(world, certificates, nginx):
    client = {"ca_file": certificates.path("ca.pem"), "certificate": certificates.path("client.pem"),
              "certificate_key": certificates.path("client.key")}
    world.destination("DAV", "HTTPS_PUT", f"https://127.0.0.1:{nginx.port}/dav/", **client)
    world.destination("TOKEN", "HTTPS_PUT", f"https://127.0.0.1:{nginx.port}/token/",
                      ca_file=client["ca_file"], token="tok-en.1")
    delivery = arrives(world, "DAV", nginx.dav, "a.xml")
    found = world.delivery(delivery)
    report.equal("status and hash", (found["status"], found["file_hash"], found["attempts"]),
                 (201, sha256(body("a.xml")), 1))
    arrives(world, "TOKEN", nginx.token, "t.xml")
    again = world.send("other-name.xml", body("a.xml"), "DAV")
    report.equal("the same bytes under another name", again, delivery)
    report.equal("nothing is due", world.once(), 0)
    report.equal("nor sent", names_in(nginx.dav), ["a.xml"])
    # It was sent, and nobody had time to say so.
    (nginx.dav / "there.xml").write_bytes(body("there.xml"))
    delivery = world.send("there.xml", body("there.xml"), "DAV")
    world.once()
    report.equal("it was there", world.state(delivery), ("SENT", "ALREADY_THERE"))
    report.equal("one PUT of a file each", sorted(path for path, _ in nginx.requests("PUT")),
                 ["/dav/a.xml", "/token/t.xml"])
    for size, name in ((20000, "taken.xml"), (7, "taken-short.xml")):
        (nginx.dav / name).write_bytes(b"x" * size)
        delivery = world.send(name, body(name), "DAV")
        report.equal("a name that is taken", world.once(), 1)
        report.equal("is not overwritten", (world.state(delivery),
                                            (nginx.dav / name).read_bytes()),
                     (("DEAD", "NAME_TAKEN"), b"x" * size))
        task = world.delivery(delivery)["task"]
        (nginx.dav / name).unlink()
        recovers(world, delivery, nginx.dav, name)
        report.equal("its task is done", world.get(f"/v1/events/{task}")["closed"], True)
    report.equal("probe", world.titoli("destination", "test", "DAV", "--courier-config",
                                       world.config()).returncode, 0)
    world.titoli("destination", "test", "NONE", "--courier-config", world.config(), code=None)
    return client


def https_faults(world, certificates, nginx, client):
    proxy = Proxy(nginx.port)
    world.destination("PROXY", "HTTPS_PUT", f"https://127.0.0.1:{proxy.port}/dav/", **client)
    # The question and the handshake take about 4 kB; the file does not get through.
    proxy.fault = {"up": 12000}
    delivery = fails(world, "PROXY", "INTERRUPTED", "middle.xml", 200000, True)
    report.check("half a file is none", not (nginx.dav / "middle.xml").exists())
    proxy.fault = {}
    recovers(world, delivery, nginx.dav, "middle.xml", 200000)
    # HEAD on one connection, then everything arrives and the answer does not.
    before = len(nginx.requests("PUT"))
    world.general["total_ms"] = 3000
    proxy.fault = {"mute": 60000}
    delivery = fails(world, "PROXY", "TOO_SLOW", "hang.xml", 200000, True)
    proxy.fault = {}
    recovers(world, delivery, nginx.dav, "hang.xml", 200000)
    proxy.fault = {"drip": True}
    delivery = fails(world, "PROXY", "TOO_SLOW", "slow.xml", 200000, True)
    proxy.fault = {}
    world.general["total_ms"] = 20000
    recovers(world, delivery, nginx.dav, "slow.xml", 200000)
    done = [path for path, status in nginx.requests("PUT")[before:] if status == 201]
    report.equal("each was taken once", sorted(done), ["/dav/hang.xml", "/dav/slow.xml"])
    proxy.stop()
    delivery = fails(world, "PROXY", "UNREACHABLE", "closed.xml")
    world.finance.made(f"/v1/deliveries/{delivery}:cancel")
    for name, path in (("BROKEN", "broken"), ("BUSY", "busy"), ("MOVED", "moved")):
        world.destination(name, "HTTPS_PUT", f"https://127.0.0.1:{nginx.port}/{path}/", 2, **client)
    delivery = fails(world, "BROKEN", "SERVER_ERROR", "broken.xml", uncertain=True)
    report.check("its end is told", until(lambda: world.once() == 1))
    report.equal("too often", world.state(delivery), ("DEAD", "SERVER_ERROR"))
    report.equal("a destination that fails", world.get("/v1/destinations/BROKEN")["state"],
                 "FAILING")
    delivery = fails(world, "BUSY", "SERVER_ERROR", "busy.xml")
    found = world.delivery(delivery)
    report.equal("Retry-After", found["status"], 503)
    report.check("is honoured", found["next_at"] > found["queued_at"][:17] + "00",
                 found["next_at"])
    world.once()
    report.equal("it waits", world.delivery(delivery)["attempts"], 1)
    world.finance.made(f"/v1/deliveries/{delivery}:cancel")
    gives_up(world, "MOVED", "REDIRECTED")
    report.equal("no redirect is followed", names_in(nginx.token), ["t.xml"])


def strangers(world, certificates, nginx, client):
    """Who is not known, is not spoken to."""
    wrong = Nginx(world.folder / "stranger", certificates, "stranger")
    old = Nginx(world.folder / "expired", certificates, "expired")
    world.destination("STRANGER", "HTTPS_PUT", f"https://127.0.0.1:{wrong.port}/dav/", **client)
    world.destination("EXPIRED", "HTTPS_PUT", f"https://127.0.0.1:{old.port}/dav/", **client)
    world.destination("NAKED", "HTTPS_PUT", f"https://127.0.0.1:{nginx.port}/dav/",
                      ca_file=client["ca_file"])
    world.destination("FORGED", "HTTPS_PUT", f"https://127.0.0.1:{nginx.port}/dav/",
                      ca_file=client["ca_file"], certificate=certificates.path("stranger.pem"),
                      certificate_key=certificates.path("stranger.key"))
    world.destination("ELSEWHERE", "HTTPS_PUT", "https://elsewhere.example/dav/", allow=False,
                      **client)
    gives_up(world, "STRANGER", "CERTIFICATE")
    gives_up(world, "EXPIRED", "CERTIFICATE")
    gives_up(world, "NAKED", "NOT_AUTHORISED")
    gives_up(world, "ELSEWHERE", "HOST_NOT_ALLOWED")
    delivery = world.send("forged.xml", body("forged.xml"), "FORGED")
    world.once()
    report.equal("a forged certificate", world.state(delivery)[0], "DEAD")
    for server in (wrong, old):
        report.equal("nothing was sent", (names_in(server.dav), server.requests("PUT")), ([], []))
        server.stop()
    probe = world.titoli("destination", "test", "NAKED", "--courier-config", world.config(), code=1)
    report.check("the probe says why", "NOT_AUTHORISED" in probe.stderr, probe.stderr)


def full_disks(world, certificates, client):
    small = Nginx(world.folder / "small", certificates, limit=100000)
    world.destination("SMALL", "HTTPS_PUT", f"https://127.0.0.1:{small.port}/dav/", **client)
    delivery = fails(world, "SMALL", "SERVER_ERROR", "large.xml", 300000, True)
    report.equal("no part of it is there", names_in(small.dav), [])
    world.finance.made(f"/v1/deliveries/{delivery}:cancel")
    arrives(world, "SMALL", small.dav, "small.xml")
    small.stop()
    sshd = Sshd(world.folder / "ssh-small", limit=100000)
    world.destination("TIGHT", "SFTP", f"sftp://127.0.0.1:{sshd.port}{sshd.root}/",
                      user=os.environ.get("USER") or "root", key_file=sshd.folder / "client",
                      known_hosts=sshd.known_hosts(sshd.port))
    delivery = world.send("large.csv", body("large.csv", 300000), "TIGHT")
    report.equal("a full disk over SFTP", world.once(), 75)
    report.equal("nothing under the name", [name for name in names_in(sshd.root)
                                            if not name.startswith(".")], [])
    world.finance.made(f"/v1/deliveries/{delivery}:cancel")
    sshd.stop()


def sftp(world):
    sshd = Sshd(world.folder / "ssh")
    proxy = Proxy(sshd.port)
    user = {"user": os.environ.get("USER") or "root", "key_file": sshd.folder / "client"}
    known = sshd.known_hosts(sshd.port, proxy.port)
    world.destination("SFTP", "SFTP", f"sftp://127.0.0.1:{sshd.port}{sshd.root}/",
                      known_hosts=known, **user)
    world.destination("LINE", "SFTP", f"sftp://127.0.0.1:{proxy.port}{sshd.root}/",
                      known_hosts=known, **user)
    delivery = arrives(world, "SFTP", sshd.root, "s.csv", 300000)
    found = world.delivery(delivery)
    path = f"{sshd.root}/s.csv"
    report.equal("read back", (found["receipt_hash"], found["reference"]),
                 (found["file_hash"], path if len(path) <= 64 else "s.csv"))
    report.equal("no temporary file stays", names_in(sshd.root), ["s.csv"])
    (sshd.root / "there.csv").write_bytes(body("there.csv"))
    delivery = world.send("there.csv", body("there.csv"), "SFTP")
    world.once()
    report.equal("it was there", world.state(delivery), ("SENT", "ALREADY_THERE"))
    (sshd.root / "taken.csv").write_bytes(b"other")
    delivery = world.send("taken.csv", body("taken.csv"), "SFTP")
    world.once()
    report.equal("taken", world.state(delivery), ("DEAD", "NAME_TAKEN"))
    report.equal("left alone", (sshd.root / "taken.csv").read_bytes(), b"other")
    # What somebody else left under the temporary name is no beginning of ours.
    (sshd.root / ".part.csv.part").write_bytes(b"rubbish" * 1000)
    arrives(world, "SFTP", sshd.root, "part.csv", 100000)
    # Broken off in the middle: what is there is continued.
    size = 900000
    proxy.fault = {"up": 600000}
    delivery = fails(world, "LINE", "INTERRUPTED", "long.csv", size)
    part = sshd.root / ".long.csv.part"
    report.check("a beginning is there", until(lambda: part.stat().st_size > 100000))
    there = part.stat().st_size
    report.check("and no more", there < size, there)
    proxy.fault = {}
    proxy.up_total = 0
    recovers(world, delivery, sshd.root, "long.csv", size)
    report.check("it was continued, not repeated", proxy.up_total < size - there + 200000,
                 (proxy.up_total, there))
    report.equal("what stands there", names_in(sshd.root),
                 ["long.csv", "part.csv", "s.csv", "taken.csv", "there.csv"])
    world.destination("OTHERKEY", "SFTP", f"sftp://127.0.0.1:{sshd.port}{sshd.root}/",
                      known_hosts=sshd.known_hosts(sshd.port, key="other"), **user)
    world.destination("NOKEYS", "SFTP", f"sftp://127.0.0.1:{sshd.port}{sshd.root}/", **user)
    world.destination("NOLOGIN", "SFTP", f"sftp://127.0.0.1:{sshd.port}{sshd.root}/",
                      user=user["user"], key_file=sshd.folder / "other", known_hosts=known)
    world.destination("NOFOLDER", "SFTP", f"sftp://127.0.0.1:{sshd.port}{sshd.root}/none/", 1,
                      known_hosts=known, **user)
    gives_up(world, "OTHERKEY", "HOST_KEY")
    gives_up(world, "NOKEYS", "HOST_KEY")
    gives_up(world, "NOLOGIN", "NOT_AUTHORISED")
    delivery = world.send("nofolder.csv", body("nofolder.csv"), "NOFOLDER")
    world.once()
    report.equal("no such folder", world.state(delivery)[0], "DEAD")
    report.equal("probe", world.titoli("destination", "test", "SFTP", "--courier-config",
                                       world.config()).returncode, 0)
    proxy.stop()
    sshd.stop()


def hang_up(handler, _):
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)
    return True


def posts(world, certificates):
    """A POST cannot be asked about: repeated under its key, or left to a person."""
    receiver = Receiver(certificates)
    trust = {"ca_file": certificates.path("ca.pem")}
    address = f"https://127.0.0.1:{receiver.port}/in"
    world.destination("POST", "HTTPS_POST", address, **trust)
    world.destination("KEYED", "HTTPS_POST", address, honours_key="yes", **trust)
    delivery = world.send("p.json", body("p.json"), "POST")
    receiver.answer = lambda handler, _: handler.reply(201, b"taken", Location="/in/77") or True
    report.equal("posted", world.once(), 0)
    found = world.delivery(delivery)
    report.equal("its receipt", (found["state"], found["reference"], found["receipt_hash"]),
                 ("SENT", "/in/77", sha256(b"taken")))
    _, _, headers, content = receiver.posts[-1]
    report.equal("its bytes", content, body("p.json"))
    report.equal("its name and key", (headers["Content-Disposition"], headers["Idempotency-Key"]),
                 ('attachment; filename="p.json"', sha256(body("p.json"))))
    for code, name, wanted in (("POST", "q.json", ("DEAD", "CANNOT_ASK")),
                               ("KEYED", "k.json", ("SENT", None))):
        receiver.answer = hang_up
        delivery = fails(world, code, "INTERRUPTED", name, uncertain=True)
        receiver.answer = None
        world.retry(delivery)
        world.once()
        report.equal(f"{code}: no answer came", world.state(delivery), wanted)
    keys = [headers["Idempotency-Key"] for _, _, headers, _ in receiver.posts]
    report.equal("repeated under one key", (keys.count(sha256(body("k.json"))),
                                            keys.count(sha256(body("q.json")))), (2, 1))
    receiver.answer = lambda handler, _: handler.reply(200, b"x" * 200000) or True
    delivery = fails(world, "KEYED", "ANSWER_TOO_LARGE", "huge.json", uncertain=True)
    world.finance.made(f"/v1/deliveries/{delivery}:cancel")
    receiver.answer = lambda handler, _: handler.reply(422, b"no") or True
    gives_up(world, "KEYED", "REFUSED")
    receiver.stop()


def folders(world):
    spool = world.folder / "spool"
    spool.mkdir()
    world.destination("SPOOL", "FOLDER", str(spool))
    world.destination("OUTSIDE", "FOLDER", str(world.folder), allow=False)
    arrives(world, "SPOOL", spool, "f.csv")
    report.equal("whole and alone", names_in(spool), ["f.csv"])
    (spool / "g.csv").write_bytes(b"other")
    gives_up(world, "SPOOL", "NAME_TAKEN", "g.csv")
    gives_up(world, "OUTSIDE", "HOST_NOT_ALLOWED")
    # The outbox is not what it was.
    delivery = world.send("lost.csv", body("lost.csv"), "SPOOL")
    lost = world.outbox / sha256(body("lost.csv"))
    content = lost.read_bytes()
    lost.unlink()
    report.equal("a file that is not there", world.once(), 75)
    report.equal("is waited for", world.state(delivery), ("PENDING", "FILE_MISSING"))
    lost.write_bytes(content)
    recovers(world, delivery, spool, "lost.csv")
    delivery = world.send("changed.csv", body("changed.csv"), "SPOOL")
    (world.outbox / sha256(body("changed.csv"))).write_bytes(body("changed.csv")[::-1])
    world.once()
    report.equal("a file that was changed", world.state(delivery), ("DEAD", "FILE_CHANGED"))
    delivery = world.send("big.csv", body("big.csv", 3000), "SPOOL")
    world.once(size_max_kib=2)
    report.equal("a file too large", world.state(delivery), ("DEAD", "FILE_TOO_LARGE"))
    world.send("tidy.csv", body("tidy.csv"), "SPOOL")
    world.once(keep_sent="no")
    report.check("what arrived leaves the outbox",
                 not (world.outbox / sha256(body("tidy.csv"))).exists())


def main():
    lacking = missing()
    if lacking:
        print(f"SKIP: the package {lacking} is not installed")
        print("0 passed, 0 failed")
        return 0
    with Daemon(clock="system") as daemon:
        world = World(daemon)
        certificates = Certificates(daemon.base / "certificates")
        nginx = Nginx(daemon.base / "nginx", certificates)
        began = time.monotonic()
        client = https_put(world, certificates, nginx)
        parts = ((strangers, world, certificates, nginx, client),
                 (https_faults, world, certificates, nginx, client),
                 (full_disks, world, certificates, client), (sftp, world),
                 (posts, world, certificates), (folders, world))
        for part, *given in parts:
            print(f"{time.monotonic() - began:6.1f} s  {part.__name__}")
            part(*given)
        nginx.stop()
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
