#!/usr/bin/python3
"""Writes cli/scenarios/NAME.json, the cases as `titoli scenario` replays them: the same requests with
every short form written out, and the books expected at the end.

usage: expand.py [--check]      with --check nothing is written; exit code 1 where a file differs"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from scenarios_test import Scenario, rows  # noqa: E402
from world import FIXTURE  # noqa: E402

TARGET = HERE.parent.parent / "cli" / "scenarios"
KEPT = ("as", "post", "body", "key", "save", "expect", "refused", "replayed")


class NoDaemon:
    def client(self, token=None):
        return None


class Recorder(Scenario):
    """A scenario that writes its requests down instead of sending them."""

    def __init__(self, script, name):
        super().__init__(NoDaemon(), script, name)
        self.steps = []

    def post(self, step):
        kept = {key: step[key] for key in KEPT if key in step}
        if not kept.get("expect", True):
            del kept["expect"]
        if "$accredited_from" in json.dumps(kept):
            kept = json.loads(json.dumps(kept).replace("$accredited_from",
                                                       self.names["accredited_from"]))
        text = json.dumps(kept)
        for alias, value in self.names.items():  # a second name of an object
            if str(value).startswith("$"):
                text = text.replace(f'"${alias}"', f'"{value}"')
        kept = json.loads(text)
        self.steps.append(kept)
        name = f"OBJECT-{len(self.steps)}"
        kept.setdefault("save", name)
        return _Answer("$" + kept["save"])

    def principal(self, body):
        self.steps.append({"principal": body})

    def statement(self, what):
        state = f"&state={what['state']}" if "state" in what else ""
        where = {"where": {"payer": what["payer"]}} if "payer" in what else {}
        self.steps.append({"find": f"/v1/statements?provider={what['provider']}"
                                   f"&month={what['month']}{state}", **where,
                           "save": what["name"]})

    def charge(self, what):
        self.steps.append({"find": f"/v1/payer-charges?statement=${what['statement']}"
                                   f"&comune={what['comune']}",
                           "where": {"due_cents": what["due_cents"]}, "save": what["name"]})

    def redemption(self, what):
        self.steps.append({"find": f"/v1/redemptions?voucher=${what['voucher']}"
                                   f"&state={what['state']}", "save": what["name"]})

    def batch(self, what):
        """Line by line, which comes to the same; a batch that was refused whole leaves nothing."""
        if "refused" in what or "simulate" in what["post"]:
            return
        for line, expect in zip(what["lines"], what["expect"]):
            self.post({"as": what["as"], "post": f"/v1/vouchers/{line['voucher']}:issue",
                       "expect": expect})

    def payments(self, what):
        self.steps.append({"find": f"/v1/cash-grant-payments?measure={what['measure']}"
                                   f"&month={what['month']}&state={what['state']}",
                           "save": what["name"]})

    def compare(self, what):
        """Only the end is compared."""

    def items(self, what):
        """The same."""


class _Answer(dict):
    """Whatever is asked of it, the name under which the object is kept."""

    def __init__(self, name):
        super().__init__()
        self.name = name

    def __getitem__(self, key):
        return self.name

    def get(self, key, default=None):
        return self.name


def drop_unused(steps):
    """Names that no later step uses."""
    text = json.dumps(steps)
    for step in steps:
        if step.get("save", "").startswith("OBJECT-") and f"${step['save']}\"" not in text and \
                f"${step['save']}:" not in text:
            del step["save"]


def expand(path):
    script = json.loads(path.read_text())
    world = Recorder(script, path.stem)
    world.build()
    case = Recorder(script, path.stem)
    case.build = lambda: None
    case.run()
    golden = script.get("golden", path.stem)
    drop_unused(case.steps)
    drop_unused(world.steps)
    balances = {row["account"]: int(row["balance_cents"]) for row in rows("balances.csv")
                if row["scenario"] == golden}
    return {"title": f"{path.stem} {script['title']}", "clock": script["clock"],
            "world": world.steps, "steps": case.steps, "balances": balances}


def text_of(case):
    """One step a line."""
    lines = ["{", f' "title": {json.dumps(case["title"])},', f' "clock": {json.dumps(case["clock"])},']
    for name in ("world", "steps"):
        lines.append(f' "{name}": [')
        lines.append(",\n".join("  " + json.dumps(step) for step in case[name]))
        lines.append(" ],")
    lines.append(' "balances": ' + json.dumps(case["balances"], indent=2).replace("\n", "\n "))
    return "\n".join(lines) + "\n}\n"


def main():
    check = sys.argv[1:] == ["--check"]
    TARGET.mkdir(exist_ok=True)
    differs = []
    for path in sorted(HERE.glob("S*.json")):
        text, target = text_of(expand(path)), TARGET / path.name
        if not target.exists() or target.read_text() != text:
            differs.append(path.name)
            if not check:
                target.write_text(text)
    print(("differ: " if check else "written: ") + (" ".join(differs) or "none"))
    return 1 if check and differs else 0


if __name__ == "__main__":
    sys.exit(main())
