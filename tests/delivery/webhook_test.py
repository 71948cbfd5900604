#!/usr/bin/python3
"""Events to webhooks: signed as Standard Webhooks has it (verified here by code of our own), in order,
from the cursor that the ledger keeps; a receiver that refuses stops them with a task."""
import base64
import hashlib
import hmac
import json

import sys
import time

from servers import Certificates, Receiver, missing
from world import Daemon, Report, World, end, until

report = Report()
SECRETS = [base64.b64encode(bytes([number]) * 32).decode() for number in (7, 8)]


def verify(headers, body, secret):
    """The receiver's side of the standard: id, timestamp within five minutes, one good signature."""
    if abs(time.time() - int(headers["webhook-timestamp"])) > 300:
        return False
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(base64.b64decode(secret), signed,
                                       hashlib.sha256).digest()).decode()
    given = [item.split(",", 1) for item in headers["webhook-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(code, wanted) for version, code in given)


def lower(headers):
    return {name.lower(): value for name, value in headers.items()}


def happen(world, number):
    """An event: a delivery that cannot go anywhere."""
    world.send(f"event-{number}.xml", f"event {number}".encode(), "NOWHERE")
    world.once()


def ids(posts):
    return [json.loads(body)["data"]["id"] for _, _, _, body in posts]


def main():
    lacking = missing()
    if lacking:
        print(f"SKIP: the package {lacking} is not installed")
        print("0 passed, 0 failed")
        return 0
    with Daemon(clock="system") as daemon:
        world = World(daemon)
        certificates = Certificates(daemon.base / "certificates")
        receiver, other = Receiver(certificates), Receiver(certificates)
        world.destination("NOWHERE", "FOLDER", str(daemon.base), allow=False, parallel=16)
        happen(world, 0)
        trust = {"ca_file": certificates.path("ca.pem")}
        world.destination("HOOK", "WEBHOOK", f"https://127.0.0.1:{receiver.port}/hook", 6,
                          secret=f"whsec_{SECRETS[0]} whsec_{SECRETS[1]}", **trust)
        world.destination("ALL", "WEBHOOK", f"https://127.0.0.1:{other.port}/all", 3,
                          secret=f"whsec_{SECRETS[0]}", **trust)
        report.equal("nothing old is told", (world.once(), receiver.posts), (0, []))
        for number in range(1, 4):
            happen(world, number)
        world.once()
        events = [item for item in world.get("/v1/events?limit=1000")["items"]]
        report.equal("in order, once", ids(receiver.posts), [item["id"] for item in events[1:]])
        for method, path, headers, body in receiver.posts:
            sent = lower(headers)
            report.equal("signed with both", (method, path, verify(sent, body, SECRETS[0]),
                                              verify(sent, body, SECRETS[1])),
                         ("POST", "/hook", True, True))
            report.check("not with another", not verify(
                sent, body, base64.b64encode(b"x" * 32).decode()))
            report.check("nor for other bytes", not verify(sent, body + b" ", SECRETS[0]))
            message = json.loads(body)
            report.equal("as the API writes it", message["data"],
                         next(item for item in events if item["id"] == message["data"]["id"]))
            report.equal("its type", message["type"], "titoli.delivery_dead")
            report.check("its id is the event's", sent["webhook-id"].endswith(
                "_" + message["data"]["id"]), sent["webhook-id"])
        report.equal("the cursor", world.get("/v1/destinations/HOOK")["last_event"],
                     events[-1]["id"])
        # A receiver in trouble: the event is repeated, the next one waits its turn.
        receiver.posts.clear()
        receiver.answer = lambda handler, _: handler.reply(503, b"") or True
        happen(world, 4)
        happen(world, 5)
        world.once()
        first = world.get("/v1/events?sort=-id&limit=2")["items"][1]["id"]
        report.equal("only the first is tried", set(ids(receiver.posts)), {first})
        found = world.get("/v1/destinations/HOOK")
        report.check("the failure is counted", found["failures"] >= 1 and found["status"] == 503,
                     found)
        receiver.answer = None
        until(lambda: world.once() == 0)
        report.equal("then both, in order", ids(receiver.posts)[-2:],
                     [item["id"] for item in world.get("/v1/events?limit=1000")["items"][-2:]])
        report.equal("no failure is left", world.get("/v1/destinations/HOOK").get("failures", 0), 0)
        repeated = {}
        for _, _, headers, body in receiver.posts:
            repeated.setdefault(json.loads(body)["data"]["id"], set()).add(
                lower(headers)["webhook-id"])
        report.equal("a repetition has the same id", {len(found) for found in repeated.values()},
                     {1})
        # One that refuses for good.
        receiver.answer = lambda handler, _: handler.reply(410, b"") or True
        happen(world, 6)
        refused = world.get("/v1/events?sort=-id&limit=1")["items"][0]["id"]
        until(lambda: world.once() == 0
              and world.get("/v1/destinations/HOOK")["state"] == "FAILING")
        found = world.get("/v1/destinations/HOOK")
        report.equal("it fails", (found["state"], found["failures"], found["status"]),
                     ("FAILING", 6, 410))
        task = world.get(f"/v1/events/{found['task']}")
        report.equal("a task", (task["kind"], task["task"], task["destination"]),
                     ("DESTINATION_FAILING", True, "HOOK"))
        count = len(receiver.posts)
        world.once()
        report.equal("it is left alone", len(receiver.posts), count)
        report.check("the other goes on", found["task"] in ids(other.posts), ids(other.posts))
        receiver.answer = None
        world.manager.made("/v1/destinations/HOOK:change", {"attempts_max": 2})
        world.once()
        report.equal("after a person looked", ids(receiver.posts)[count], refused)
        report.check("and its own task is told too", found["task"] in ids(receiver.posts))
        # Kinds that were not asked for.
        receiver.posts.clear()
        world.manager.made("/v1/destinations/HOOK:change", {"event_kinds": ["NOTE"]})
        happen(world, 7)
        report.equal("only what was asked for", receiver.posts, [])
        # A page of them and more: the cursor moves over what nobody wants.
        before = world.get("/v1/destinations/HOOK")["last_event"]
        world.manager.made("/v1/destinations/ALL:close")
        for number in range(8, 215):
            world.finance.made("/v1/deliveries", {
                "destination": "NOWHERE", "file_name": f"event-{number}.xml", "size": 1,
                "file_hash": f"{number:064x}"})
        world.once()
        after = world.get("/v1/destinations/HOOK")["last_event"]
        report.check("the cursor moves over the others",
                     int(after.split("_")[1]) >= int(before.split("_")[1]) + 199, (before, after))
        # Killed between the answer and the acknowledgement: told again, under the same id.
        world.manager.made("/v1/destinations/HOOK:change", {"every_event": True})
        courier = world.start()
        report.check("told", until(lambda: receiver.posts))
        end(courier, 9)
        world.once()
        seen = ids(receiver.posts)
        report.check("at least once, in order", seen == sorted(seen, key=lambda name: int(
            name.split("_")[1])), seen)
        for server in (receiver, other):
            server.stop()
        config = world.config()
        config.chmod(0o644)
        done = world.titoli("courier", "--once", "--courier-config", config, client=world.courier,
                            code=78)
        report.check("a secret that others may read", "chmod 600" in done.stderr, done.stderr)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
