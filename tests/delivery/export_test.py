#!/usr/bin/python3
"""`titoli export make --destination`: the files of a sealed export go out by the courier, once, and the
export is delivered when the last of them has arrived. On a manual clock."""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "http"))

from daemon import Daemon  # noqa: E402
from exports_test import TITOLI, build, cli, report  # noqa: E402
from world import names_in  # noqa: E402


def courier(daemon, client, config):
    return subprocess.run([TITOLI, "courier", "--once", "--courier-config", str(config), "--url",
                           f"http://127.0.0.1:{daemon.port}", "--token", client.token],
                          capture_output=True, text=True, timeout=60)


def deliveries(daemon, client):
    """All of them as they are now."""
    sequence = daemon.admin.get("/status").json["ledger_seq"]
    return client.get("/v1/deliveries", Min_Ledger_Seq=str(sequence)).json["items"]


def main():
    with Daemon(idle_timeout_ms=600000) as daemon:
        people, _ = build(daemon)
        runner = daemon.principal("courier", "COURIER", ambito="CREMA")
        spool, out, outbox = (daemon.base / name for name in ("spool", "out", "outbox"))
        spool.mkdir()
        people["UDP_MANAGER"].made("/v1/destinations", {
            "ambito": "CREMA", "code": "RAGIONERIA", "kind": "FOLDER", "address": str(spool)})
        config = daemon.base / "courier.conf"
        config.write_text(f"outbox = {outbox}\nstate = {daemon.base}/courier\nallow = {spool}\n"
                          "[RAGIONERIA]\nparallel = 1\n")
        os.chmod(config, 0o600)
        words = ("--out", str(out), "--destination", "RAGIONERIA", "--outbox", str(outbox))
        cli(daemon.port, people["FINANCE"], "make", "--month", "2026-01", *words)
        export = people["FINANCE"].get("/v1/exports/exp_1").json
        report.equal("sealed, not yet delivered", export["state"], "SEALED")
        queued = deliveries(daemon, people["FINANCE"])
        data = [name for name in names_in(out) if "manifest" not in name]
        report.equal("its files are queued", sorted(item["file_name"] for item in queued), data)
        report.equal("as its own", {item["export"] for item in queued}, {"exp_1"})
        cli(daemon.port, people["FINANCE"], "again", "exp_1", *words)
        done = courier(daemon, runner, config)
        report.equal("delivered", (done.returncode, names_in(spool)), (0, data))
        for name in data:
            report.check(f"{name}: bytes", (spool / name).read_bytes() == (out / name).read_bytes())
        found = people["FINANCE"].get("/v1/exports/exp_1").json
        report.equal("the export has left", found["state"], "DELIVERED")
        cli(daemon.port, people["FINANCE"], "again", "exp_1", *words)
        again = deliveries(daemon, people["FINANCE"])
        report.equal("asked for again, nothing more goes out",
                     [item["state"] for item in again], ["SENT"] * len(data))
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
