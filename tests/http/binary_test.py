#!/usr/bin/python3
"""Binary batches: whatever form the same lines come in, ledger and answers are the same; what is
wrong is refused; replays go from one form to another.
suite: seconds 900"""
import datetime
import json
import shutil
import sys

import binary_batch as binary
from daemon import Daemon, Report
from life_test import masters

report = Report()
TITLES = 12
SUCCESSES = ("accepted", "accepted_partial", "disputed", "late_submission")
PATH = "/v1/redemptions:batch"


def titles(people):
    """Issued titles of ALFA, two of them suspended or somebody else's."""
    worker, officer = people["SOCIAL_WORKER"], people["UDP_OFFICER"]
    made = []
    for _ in range(TITLES):
        person = worker.made("/v1/beneficiaries", {"comune": "019067"})["beneficiary"]
        voucher = worker.made("/v1/vouchers", {
            "beneficiary": person, "fund": "FNPS", "first_month": "2026-01",
            "last_month": "2026-03", "lines": [{"service": "SAD", "units_per_month": 600}]})
        officer.made(f"/v1/vouchers/{voucher['voucher']}:issue")
        made.append(voucher["voucher"])
    for voucher in made[:-1]:  # the last one has not chosen
        worker.made(f"/v1/vouchers/{voucher}:choose-provider", {"provider": "ALFA"})
    return made


def lines_of(vouchers):
    """Every kind of line: accepted, disputed, in part, refused by state, units, time, doubles."""
    lines = []
    start = datetime.datetime.fromisoformat("2026-01-10T07:00:00+01:00")

    def add(voucher, day, minutes=60, hour=0, operator=None, **more):
        begins = start + datetime.timedelta(days=day, hours=hour)
        lines.append({"id": str(len(lines) * 3 + 1), "voucher": voucher,
                      "start": begins.isoformat(), "minutes": minutes,
                      "operator": operator or f"OP-{voucher}", **more})
        return begins

    for round_ in range(90):
        for index, voucher in enumerate(vouchers):
            add(voucher, round_ % 15, 5, hour=round_ // 15 + index % 3)
    for voucher in vouchers[:4]:
        add(voucher, 0, 5)                      # a double
        add(voucher, 16, 30, operator="OP-1")   # one worker in four places
        begins = add(voucher, 17, 40, confirmed_minutes=20, proof="QR", located=True)
        later = (begins + datetime.timedelta(minutes=40)).isoformat()
        add(voucher, 18, 60, service="SAD")
        add(voucher, 19, 60, hour=5, proof="QR", proof_at=later, edit_reason="DEVICE_FAULT")
        add(voucher, 20, 1000)                  # more units than there are
        add(voucher, 60)                        # not yet
        add(voucher, -200)                      # out of validity
        add(voucher, 3, 60, hour=9, service="NONE")
        add(voucher, 4, 60, hour=9, qualification="OSS")
        add(voucher, 5, 0)                      # no quantity
        begins = add(voucher, 6, 0, hour=9)
        lines[-1]["end"] = (begins + datetime.timedelta(minutes=5)).isoformat()
    lines[-1]["units"] = 3
    lines.append({**lines[0], "id": str(len(lines) * 3 + 1), "booking": "rdm_77"})
    return lines


def csv(lines):
    names = sorted({name for line in lines for name in line})

    def cell(value):
        return "" if value is None else str(value).lower() if value is True else str(value)

    rows = [";".join(names)] + [";".join(cell(line.get(name)) for name in names)
                                for line in lines]
    return ("\r\n".join(rows) + "\r\n").encode()


FORMS = {
    "ndjson": ("application/x-ndjson", lambda lines: "".join(
        json.dumps(line) + "\n" for line in lines).encode()),
    "array": ("application/json", lambda lines: json.dumps(lines).encode()),
    "csv": ("text/csv", csv),
    "binary": (binary.MEDIA, binary.encode),
}


def said_by_text(answer):
    """What a JSON answer line says, in the terms of the binary one."""
    found = {"result": answer.get("result") or answer["code"], "cause": answer.get("cause"),
             "sequence": answer.get("ledger_seq", 0),
             "at": binary.microseconds(answer["at"]) if "at" in answer else 0,
             "replayed": answer.get("replayed", False),
             "object": int(answer["redemption"].split("_")[1]) if "redemption" in answer else 0}
    for name, member in (("net", "net_cents"), ("gross", "gross_cents"),
                         ("short_by", "short_cents")):
        found[name] = answer.get(member, 0)
    found["limit"] = answer.get("limit_cents", 0)
    found["units"] = answer.get("units_left", answer.get("short_units", 0))
    return found


def said_by_binary(answer):
    found = {name: answer[name] for name in ("result", "cause", "sequence", "at", "object",
                                             "units", "short_by", "limit")}
    # A refusal in JSON tells no amount but what is missing, and a limit only with it.
    found["net"], found["gross"] = (answer["net"], answer["gross"]) \
        if answer["result"] in SUCCESSES else (0, 0)
    if not answer["short_by"]:
        found["limit"] = 0
    found["replayed"] = bool(answer["flags"])
    return found


def said(form, answer):
    if form == "binary":
        head, lines = binary.decode(answer.body)
        report.equal("media type", answer.headers["content-type"], binary.MEDIA)
        report.equal("Ledger-Seq", int(answer.headers["ledger-seq"]), head["sequence"])
        return [said_by_binary(line) for line in lines]
    return [said_by_text(line) for line in answer.lines]


def read_journal(client, sequence):
    """Every entry with its effects and postings."""
    found = []
    while True:
        answer = client.ask("GET", f"/v1/journal?from={len(found) + 1}&limit=1000",
                            headers={"Min-Ledger-Seq": sequence})
        report.equal("journal", answer.status, 200)
        items = answer.json["items"]
        found += items
        if len(items) < 1000:
            return found


def send_all(base, token, auditor, lines):
    """The same lines to a copy of the ledger for each form; what came of it."""
    found = {}
    for form, (media, write) in FORMS.items():
        copy = Daemon(folder=base.base.parent / f"{base.base.name}-{form}")
        shutil.copytree(base.ledger, copy.ledger)
        shutil.copy(f"{base.ledger}.key", f"{copy.ledger}.key")
        (copy.base / "backups").mkdir()
        copy.start()
        answer = copy.client(token).batch(PATH, write(lines), key="same", media=media)
        report.equal(f"{form} answered", answer.status, 200)
        first = said(form, answer)
        replays = {}
        for again, (media_again, write_again) in FORMS.items():
            answer = copy.client(token).batch(PATH, write_again(lines), key="same",
                                              media=media_again)
            replays[again] = said(again, answer)
        journal = read_journal(copy.client(auditor), answer.headers["ledger-seq"])
        copy.stop()
        verified = json.loads(copy.run("verify").stdout)
        found[form] = {"first": first, "replays": replays, "journal": journal,
                       "state": (verified["result"], verified["state_hash"])}
        shutil.rmtree(copy.base, ignore_errors=True)
    return found


def compare(lines, found):
    first = found["ndjson"]
    kinds = {line["result"] for line in first["first"]}
    report.check("many kinds of answers", {
        "accepted", "accepted_partial", "disputed", "duplicate_service", "field_missing",
        "exceeds_monthly_allotment", "future_service", "out_of_validity", "provider_not_chosen",
        "unknown_reference"} <= kinds, kinds)
    report.equal("the ledger verifies", first["state"][0], "ok")
    report.check("every kept line is in the journal", sum(
        line["sequence"] > 0 for line in first["first"]) < len(first["journal"]))
    for form, other in found.items():
        report.equal(f"{form} lines", len(other["first"]), len(lines))
        for place, (want, got) in enumerate(zip(first["first"], other["first"])):
            if want != got:
                report.check(f"{form} line {place}", False,
                             f"{lines[place]}: found {got}, wanted {want}")
        report.equal(f"{form} journal", other["journal"], first["journal"])
        report.equal(f"{form} state", other["state"], first["state"])
        for again, replay in other["replays"].items():
            # In JSON only a success says that it is a replay.
            kept = [{**want, "replayed": want["sequence"] > 0 and (
                again == "binary" or want["result"] in SUCCESSES)} for want in first["first"]]
            differ = [(want, got) for want, got in zip(kept, replay) if want != got]
            report.equal(f"{form} replayed as {again}", differ[:2], [])


def refusals(daemon, token, people):
    client = daemon.client(token)
    lines = [{"id": "5", "voucher": "0000001W", "start": "2026-01-10T09:00:00+01:00",
              "minutes": 60, "operator": "x"}]
    body = binary.encode(lines)
    for name, sent, status, code in (
            ("empty", b"", 400, "malformed_binary"),
            ("cut", body[:-1], 400, "malformed_binary"),
            ("longer", body + b"\0", 400, "malformed_binary"),
            ("text", b"{}", 400, "malformed_binary"),
            ("turned bit", body[:100] + b"\1" + body[101:], 400, "malformed_binary"),
            ("version", body[:8] + b"\2" + body[9:], 400, "malformed_binary"),
            ("too many", binary.seal(binary.record(
                binary.HEADER, magic=b"TITOLIRQ", version=1, record_size=64, line_count=8191),
                b""), 413, "batch_too_large")):
        answer = client.batch(PATH, sent, media=binary.MEDIA)
        report.equal(name, (answer.status, answer.json["code"]),
                     (status, code))
    other = people["SOCIAL_WORKER"].batch("/v1/beneficiaries:batch", body, media=binary.MEDIA)
    report.equal("another command", other.status, 415)
    parameter = client.batch(PATH, body, media=binary.MEDIA + "; charset=utf-8")
    report.equal("a parameter", parameter.status, 415)
    stranger = daemon.client().batch(PATH, body, media=binary.MEDIA)
    report.equal("nobody", stranger.status, 401)
    office = people["UDP_OFFICER"].batch(PATH, body, media=binary.MEDIA)
    report.equal("a role that may not", [line["result"] for line in binary.decode(office.body)[1]],
                 ["forbidden"])
    reused = client.batch(PATH, body, key="reused", media=binary.MEDIA)
    report.equal("first", reused.status, 200)
    lines[0]["minutes"] = 61
    reused = client.batch(PATH, binary.encode(lines), key="reused", media=binary.MEDIA)
    report.equal("the same line, another content", binary.decode(reused.body)[1][0]["result"],
                 "idempotency_key_reused")


def large(daemon, token, vouchers):
    """The largest batch: 8,190 lines, most of them refused, all answered in order."""
    client = daemon.client(token)
    start = datetime.datetime.fromisoformat("2026-01-02T00:00:00+01:00")
    lines = [{"id": str(i + 1), "voucher": vouchers[i % 11], "minutes": 1, "operator": f"W{i % 300}",
              "start": (start + datetime.timedelta(minutes=i)).isoformat()} for i in range(8190)]
    answer = client.batch(PATH, binary.encode(lines), key="large", media=binary.MEDIA)
    head, found = binary.decode(answer.body)
    report.equal("8,190 lines", (answer.status, len(found)), (200, 8190))
    done = [line for line in found if line["result"] == "accepted"]
    report.check("hundreds of them stand", len(done) > 500, len(done))
    sequences = [line["sequence"] for line in found if line["sequence"]]
    report.equal("in order", sequences, sorted(sequences))
    report.equal("to the last", head["sequence"], max(sequences))


def together(daemon, token, vouchers):
    """All or nothing, in the binary form."""
    client = daemon.client(token)
    path = PATH + "?mode=all_or_nothing"
    lines = [{"id": str(i + 1), "voucher": voucher, "minutes": 5, "operator": f"T{i}",
              "start": "2026-01-30T09:00:00+01:00"}
             for i, voucher in enumerate((vouchers[0], vouchers[1], vouchers[-1]))]
    answer = client.batch(path, binary.encode(lines), key="together", media=binary.MEDIA)
    report.equal("all or nothing", (answer.status, answer.json["line"], answer.json["code"]),
                 (409, 3, "provider_not_chosen"))
    answer = client.batch(path, binary.encode(lines[:2]), key="both", media=binary.MEDIA)
    report.equal("both", [line["result"] for line in binary.decode(answer.body)[1]],
                 ["accepted", "accepted"])


def main():
    with Daemon() as daemon:
        people = masters(daemon)
        vouchers = titles(people)
        token = people["PROVIDER"].token
        daemon.admin.made("/v1/clock:advance", {"to": "2026-02-01T08:00:00+01:00"})
        daemon.stop()
        lines = lines_of(vouchers)
        compare(lines, send_all(daemon, token, people["AUDITOR"].token, lines))
        daemon.start()
        for client in people.values():
            client.__init__(daemon.port, client.token)
        refusals(daemon, token, people)
        together(daemon, token, vouchers)
        large(daemon, token, vouchers)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
