#!/usr/bin/python3
"""Do the peers do the same work as the daemon? Each refusal, the replay of a key, the cents and the
counters are asked of PostgreSQL's functions (one by one and as an array), of Redis's and, through
its client, of SQLite. Ends with `N passed, N failed`; a peer that is not there is named.

usage: check.py     BENCH_FOLDER names the folder where the peers are started"""
import os
import pathlib
import sqlite3
import subprocess
import sys
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from peers import HERE, Missing, Postgres, Redis, Sqlite  # noqa: E402

FOLDER = pathlib.Path(os.environ.get("BENCH_FOLDER", "build/bench")) / "peers-check"
VOUCHERS = 6400
NEVER, OTHERS, DEAD, POOR, RICH, CLOSED, FULL, LAST = 99999, 2, 65, 66, 1, 67, 68, 69
# What is asked, and what must be answered: provider, voucher, day of October, minutes, result.
CASES = [("accepted", 1, RICH, 5, 30, 0), ("unknown voucher", 1, NEVER, 5, 30, 1),
         ("voucher not live", 1, DEAD, 5, 30, 1), ("another's voucher", 1, OTHERS, 5, 30, 2),
         ("before its first day", 1, RICH, 0, 30, 3), ("provider suspended", 3, CLOSED, 5, 30, 4),
         ("too few units", 2, POOR, 5, 60, 6), ("just enough units", 2, POOR, 5, 30, 0),
         ("fund exhausted", 4, FULL, 5, 30, 7), ("ceiling reached", 5, LAST, 5, 30, 8)]
NET, VAT = 1130, 57  # 30 minutes at 22.60 an hour, 5 percent


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def holds(self, what, got, expected):
        if got == expected:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {what}: {got}, expected {expected}")


def start_of(day):
    """09:00 in Rome; day 0 is the last of September."""
    return f"2026-{'09-30' if day == 0 else f'10-{day:02d}'} 09:00:00+02:00"


def seconds_of(day):
    return 1790838000 + (day - 1) * 86400


def check_postgres(report):
    with Postgres(FOLDER, VOUCHERS) as peer:
        def ask(sql):
            return peer.psql("titoli", sql).splitlines()

        ask(f"UPDATE voucher SET is_live = false WHERE id = {DEAD};"
            f"UPDATE voucher SET units_left = 30 WHERE id = {POOR};"
            "UPDATE accreditation SET is_active = false WHERE provider = 3;"
            f"UPDATE voucher SET fund_year = 500 WHERE id = {FULL};"
            "UPDATE fund_year SET committed = 100 WHERE id = 500;"
            f"UPDATE voucher SET ceiling = 600 WHERE id = {LAST};"
            "UPDATE ceiling SET granted = 100 WHERE id = 600")
        keys = {}
        for name, provider, voucher, day, minutes, expected in CASES:
            keys[name] = uuid.uuid4()
            call = (f"ARRAY['{keys[name]}'::uuid], ARRAY[{provider}], ARRAY[{voucher}], "
                    f"ARRAY['{start_of(day)}'::timestamptz], ARRAY[{minutes}], ARRAY[7::bigint]")
            got = ask(f"SELECT result, net, vat FROM redeem_each({call})")
            money = f"{NET}|{VAT}" if expected == 0 else "0|0"
            report.holds(f"postgres, {name}", got, [f"{expected}|{money}"])
        one = f"'{keys['accepted']}', 1, {RICH}, '{start_of(5)}'"
        report.holds("postgres, the same again",
                     ask(f"SELECT result, net FROM redeem({one}, 30, 7)"), [f"0|{NET}"])
        report.holds("postgres, the key for another visit",
                     ask(f"SELECT result FROM redeem({one}, 60, 7)"), ["9"])
        lines = [(uuid.uuid4(), 1, RICH), (uuid.uuid4(), 2, POOR), (uuid.uuid4(), 1, 129)]
        columns = list(zip(*lines))
        call = (f"ARRAY[{', '.join(repr(str(key)) for key in columns[0])}]::uuid[], "
                f"ARRAY{list(columns[1])}, ARRAY{list(columns[2])}, "
                f"array_fill('{start_of(6)}'::timestamptz, ARRAY[3]), ARRAY[30, 30, 30], "
                "ARRAY[7, 7, 7]::bigint[]")
        report.holds("postgres, an array with a refusal",
                     ask(f"SELECT result FROM redeem_many({call})"), ["0", "6", "0"])
        call = call.replace(str(lines[0][0]), str(uuid.uuid4())) \
            .replace(str(lines[1][0]), str(uuid.uuid4())).replace(str(lines[2][0]), str(uuid.uuid4())) \
            .replace("ARRAY[1, 2, 1]", "ARRAY[1, 1, 1]").replace(f"ARRAY[{RICH}, {POOR}, 129]",
                                                                  f"ARRAY[{RICH}, {RICH}, 129]")
        report.holds("postgres, an array that is accepted",
                     ask(f"SELECT result, net, vat, units_left FROM redeem_many({call})"),
                     [f"0|{NET}|{VAT}|630", f"0|{NET}|{VAT}|600", f"0|{NET}|{VAT}|660"])
        ask("UPDATE accreditation SET is_active = true;"
            f"UPDATE voucher SET units_left = units_left + 690 WHERE id = {POOR}")
        peer.one_fund("array", connections=2, seconds=0.3, lines=32)
        count, *sums, units = peer.books().split("|")
        report.holds("postgres, the counters agree", len(set(sums)), 1)
        report.holds("postgres, the units agree", units, "t")
        report.holds("postgres, there are redemptions", int(count) > 100, True)
        report.holds("postgres syncs", [ask(f"SHOW {name}")[0] for name in (
            "fsync", "synchronous_commit", "full_page_writes")], ["on"] * 3)


def check_redis(report):
    with Redis(FOLDER, VOUCHERS) as peer:
        def ask(*command):
            done = subprocess.run(["redis-cli", "-s", str(peer.where()), *map(str, command)],
                                  capture_output=True, text=True, check=True)
            return done.stdout.split()

        ask("HSET", f"v:{DEAD}", "live", 0)
        ask("HSET", f"v:{POOR}", "units", 30)
        ask("HSET", "a:3:1", "active", 0)
        ask("HSET", f"v:{FULL}", "f", 500)
        ask("HSET", "f:500", "committed", 100)
        ask("HSET", f"v:{LAST}", "c", 600)
        ask("HSET", "c:600", "granted", 100)
        script = (HERE / "redis" / "redeem.lua").read_text()

        def redeem(key, provider, voucher, day, minutes):
            stamp = 20260930 if day == 0 else 20261000 + day
            return ask("EVAL", script, 0, key, provider, voucher, stamp, minutes, 7, seconds_of(day))

        keys = {}
        for name, provider, voucher, day, minutes, expected in CASES:
            keys[name] = uuid.uuid4().hex
            money = [str(NET), str(VAT)] if expected == 0 else ["0", "0"]
            report.holds(f"redis, {name}", redeem(keys[name], provider, voucher, day, minutes)[:3],
                         [str(expected), *money])
        report.holds("redis, the same again", redeem(keys["accepted"], 1, RICH, 5, 30)[:2],
                     ["0", str(NET)])
        report.holds("redis, the key for another visit", redeem(keys["accepted"], 1, RICH, 5, 60)[0],
                     "9")
        for name, field, value in ((f"v:{DEAD}", "live", 1), (f"v:{POOR}", "units", 690),
                                   ("a:3:1", "active", 1), ("f:500", "committed", 10 ** 12),
                                   ("c:600", "granted", 10 ** 12)):
            ask("HSET", name, field, value)
        got = peer.load("batch", seconds=0.3, lines=32, connections=2)
        sums = ask("EVAL", "local f, c = 0, 0 for i = 1, 1000 do "
                           "f = f + redis.call('HGET', 'f:' .. i, 'delivered') "
                           "c = c + redis.call('HGET', 'c:' .. i, 'delivered') end "
                           "return {f, c}", 0)
        total = str((got["accepted"] + 2) * (NET + VAT))
        report.holds("redis, the counters agree", sums, [total, total])
        report.holds("redis syncs", ask("CONFIG", "GET", "appendfsync")[1], "always")


def check_sqlite(report):
    with Sqlite(FOLDER, VOUCHERS) as peer:
        got = peer.load("batch", seconds=0.3, lines=32)
        file = sqlite3.connect(peer.where())
        sums = file.execute("SELECT (SELECT sum(net + vat) FROM redemption), "
                            "(SELECT sum(delivered) FROM fund_year), "
                            "(SELECT sum(delivered) FROM ceiling), "
                            "(SELECT sum(delivered_net + delivered_vat) FROM voucher), "
                            "(SELECT sum(720 - units_left) / 30 * 1187 FROM voucher)").fetchone()
        report.holds("sqlite, the counters agree", set(sums), {got["accepted"] * (NET + VAT)})
        for what, change, expected in (
                ("voucher not live", "UPDATE voucher SET is_live = 0", 1),
                ("another's voucher", "UPDATE voucher SET is_live = 1, provider = provider + 64", 2),
                ("out of validity", "UPDATE voucher SET provider = provider - 64, last_day = 20260930",
                 3),
                ("provider suspended", "UPDATE voucher SET last_day = 20261031; "
                                       "UPDATE accreditation SET is_active = 0", 4),
                ("too few units", "UPDATE accreditation SET is_active = 1; "
                                  "UPDATE voucher SET units_left = 29", 6),
                ("fund exhausted", "UPDATE voucher SET units_left = 720; "
                                   "UPDATE fund_year SET committed = 1186", 7),
                ("ceiling reached", "UPDATE fund_year SET committed = 9000000000000; "
                                    "UPDATE ceiling SET granted = delivered + 1186", 8)):
            file.executescript(change)
            file.close()
            last = peer.refused("batch", seconds=0.01, lines=1)
            file = sqlite3.connect(peer.where())
            found = file.execute("SELECT result FROM redemption ORDER BY key DESC LIMIT 1").fetchone()
            report.holds(f"sqlite, {what}", (found[0], last > 0), (expected, True))
        file.close()


def main():
    report = Report()
    for check in (check_postgres, check_redis, check_sqlite):
        try:
            check(report)
        except Missing as why:
            print(f"SKIP: {why}")
    print(f"peers do the same work: {report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
