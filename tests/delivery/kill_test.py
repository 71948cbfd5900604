#!/usr/bin/python3
"""Couriers that are killed at any point, and two that work at once: each file arrives once, under its
own name, and the ledger knows it. The seed is printed; TEST_SEED replays it."""
import os
import random
import signal
import sys
import time

from servers import Certificates, Nginx, Proxy, Sshd, missing
from world import Daemon, Report, World, end, names_in, until

report = Report()
FILES = 10
KILLS = 24        # at least; then until an attempt was broken off
KILLS_MAX = 400


def content(name):
    return (name.encode() + b"\n") * 3000


def setup(world, nginx, sshd, proxies, certificates):
    access = {"ca_file": certificates.path("ca.pem"), "token": "tok-en.1", "parallel": 2}
    login = {"user": os.environ.get("USER") or "root", "key_file": sshd.folder / "client",
             "known_hosts": sshd.known_hosts(proxies[1].port), "parallel": 2}
    world.destination("WEB", "HTTPS_PUT", f"https://127.0.0.1:{proxies[0].port}/token/", 1000,
                      **access)
    world.destination("SSH", "SFTP", f"sftp://127.0.0.1:{proxies[1].port}{sshd.root}/", 1000,
                      **login)


def queue(world, prefix):
    made = {}
    for code in ("WEB", "SSH"):
        for number in range(FILES):
            name = f"{prefix}-{code.lower()}-{number}.xml"
            made[name] = world.send(name, content(name), code)
    return made


def all_sent(world, made):
    found = world.get("/v1/deliveries?state=SENT&limit=1000")["items"]
    return {item["id"] for item in found} >= set(made.values())


def judge(world, nginx, sshd, made, what):
    """What stands at the servers is what was queued, and the ledger says so."""
    for name, folder in ((name, nginx.token if "-web-" in name else sshd.root) for name in made):
        report.check(f"{what}: {name}", (folder / name).exists() and
                     (folder / name).read_bytes() == content(name))
    stored = [path.split("/")[-1] for path, status in nginx.requests("PUT") if status == 201]
    mine = sorted(name for name in stored if name in made)
    report.equal(f"{what}: each was stored once", mine, sorted(name for name in made
                                                               if "-web-" in name))
    for name, delivery in made.items():
        report.equal(f"{what}: {name} is sent", world.delivery(delivery)["state"], "SENT")


def attempts_of(world, made):
    return [world.delivery(delivery)["attempts"] for delivery in made.values()]


def seconds_to_send(world):
    """How long a courier takes, from its start, for one file to each place."""
    made = [world.send(name, content(name), code)
            for code, name in (("WEB", "try-web-0.xml"), ("SSH", "try-ssh-0.xml"))]
    began = time.monotonic()
    report.equal("nothing stands in its way", world.once(), 0)
    passed = time.monotonic() - began
    report.equal("it sends", [world.delivery(delivery)["state"] for delivery in made],
                 ["SENT", "SENT"])
    return passed


def killed(world, nginx, sshd, chance):
    """At any moment between the start and a little after the first files; a file that a courier began
    and did not finish is finished by another. Kills go on until that has happened."""
    longest = 2 * seconds_to_send(world)
    made = queue(world, "kill")
    kills = 0
    while kills < KILLS or (max(attempts_of(world, made)) < 2 and kills < KILLS_MAX):
        if kills >= KILLS // 2 and all_sent(world, made):
            if max(attempts_of(world, made)) > 1:
                break
            made.update(queue(world, f"kill{kills}"))
        courier = world.start()
        time.sleep(chance.uniform(0, longest))
        end(courier, signal.SIGKILL)
        kills += 1
    courier = world.start()
    report.check("all arrive in the end", until(lambda: all_sent(world, made)))
    end(courier)
    attempts = attempts_of(world, made)
    report.check("some attempts were taken over", max(attempts) > 1, attempts)
    print(f"{kills} kills within {longest:.2f} s, {sum(attempts)} attempts for {len(made)} files")
    judge(world, nginx, sshd, made, "killed")


def two_at_once(world, nginx, sshd):
    made = queue(world, "two")
    couriers = [world.start(name) for name in ("courier", "second")]
    report.check("both together deliver all", until(lambda: all_sent(world, made)))
    codes = [end(courier) for courier in couriers]
    report.equal("both end well", codes, [0, 0])
    judge(world, nginx, sshd, made, "two")
    attempts = [world.delivery(delivery)["attempts"] for delivery in made.values()]
    report.equal("one attempt each", set(attempts), {1})
    courier = world.start("third")
    report.check("the lock is taken", until((world.folder / "third" / "holder").exists))
    report.equal("a second courier of the same folder", world.once("third"), 75)
    end(courier)


def stopped(world, proxies):
    """Stopped in the middle it says so: nobody waits for its lease."""
    proxies[0].fault = {"mute": 8000}
    name = "stop-web-1.xml"
    delivery = world.send(name, content(name), "WEB")
    courier = world.start()
    report.check("it is being sent", until(proxies[0].mute.is_set))
    report.equal("stopped", end(courier), 0)
    found = world.delivery(delivery)
    report.equal("and said so", (found["state"], found["cause"], found["uncertain"]),
                 ("PENDING", "COURIER_STOPPED", True))
    proxies[0].fault = {}
    world.retry(delivery)
    report.equal("another takes it at once", (world.once("second"),
                                              world.delivery(delivery)["state"]), (0, "SENT"))


def main():
    lacking = missing()
    if lacking:
        print(f"SKIP: the package {lacking} is not installed")
        print("0 passed, 0 failed")
        return 0
    seed = os.environ.get("TEST_SEED") or str(random.SystemRandom().randrange(1 << 30))
    print("TEST_SEED", seed)
    with Daemon(clock="system") as daemon:
        world = World(daemon)
        certificates = Certificates(daemon.base / "certificates")
        nginx = Nginx(daemon.base / "nginx", certificates)
        sshd = Sshd(daemon.base / "ssh")
        proxies = [Proxy(nginx.port), Proxy(sshd.port)]
        setup(world, nginx, sshd, proxies, certificates)
        killed(world, nginx, sshd, random.Random(seed))
        two_at_once(world, nginx, sshd)
        stopped(world, proxies)
        report.equal("no temporary file stays", [name for name in names_in(sshd.root)
                                                 if name.startswith(".")], [])
        for server in (nginx, sshd):
            server.stop()
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
