"""The world of the scenarios, made through the public API: principals with tokens, comuni, a service,
a fund, providers with their accreditations. See tests/scenarios/fixture.json."""
import json
import pathlib

FIXTURE = pathlib.Path(__file__).resolve().parent.parent / "scenarios" / "fixture.json"

# Members of a success answer that name what was made or touched, most exact first.
OBJECTS = ("document", "accreditation_call", "credit_assignment", "residence",
           "approval", "opening", "opening_row", "receivable", "isee", "copay_scheme", "copay_adoption", "redemption", "statement", "cash_grant_payment", "cash_grant", "voucher", "accreditation", "beneficiary", "commitment",
           "ceiling", "credential", "principal")


class Mismatch(Exception):
    """What the daemon answered is not what the scenario expects."""


class World:
    def __init__(self, daemon, accredited_from, capacity=None):
        """`capacity`: units a month that ALFA declares, in the place of the fixture's."""
        self.capacity = capacity
        self.daemon = daemon
        self.names = {"accredited_from": accredited_from}
        self.clients = {"admin": daemon.client()}
        self.sequence = 0

    def build(self):
        fixture = json.loads(FIXTURE.read_text())
        for step in fixture["before_principals"]:
            self.post(step)
        for principal in fixture["principals"]:
            self.principal(principal)
        for step in fixture["steps"]:
            if self.capacity and step.get("post") == "/v1/accreditations":
                step["body"]["capacity_units"] = self.capacity
            if "principal" in step:
                self.principal(step["principal"])
            else:
                self.post(step)
        return self

    def principal(self, body):
        admin = self.clients["admin"]
        admin.must("/v1/principals", body)
        answer = admin.must("/v1/credentials", {"principal": body["code"]})
        self.clients[body["code"]] = self.daemon.client(answer["token"])

    def named(self, value):
        """The same value with every $name replaced."""
        if isinstance(value, str):
            for name in sorted(self.names, key=len, reverse=True):
                value = value.replace("$" + name, str(self.names[name]))
            return value
        if isinstance(value, dict):
            return {key: self.named(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.named(item) for item in value]
        return value

    def post(self, step):
        """One request and what must come of it."""
        path, body = self.named(step["post"]), self.named(step.get("body", {}))
        answer = self.clients[step["as"]].post(path, body, step.get("key"))
        got = answer.json()
        where = f"POST {path} {json.dumps(body)}: {answer.status} {json.dumps(got)}"
        refused = step.get("refused")
        if refused is None and answer.status >= 300:
            raise Mismatch(where)
        if refused is not None and got.get("code") != refused:
            raise Mismatch(f"expected {refused}: {where}")
        for name, value in self.named(step.get("expect", {})).items():
            if got.get(name) != value:
                raise Mismatch(f"expected {name} {value}: {where}")
        if step.get("replayed") and answer.headers.get("Idempotency-Replayed") != "true":
            raise Mismatch(f"not marked as a replay: {where}")
        self.sequence = max(self.sequence, int(answer.headers.get("Ledger-Seq") or 0))
        if "save" in step:
            self.names[step["save"]] = next(got[key] for key in OBJECTS if key in got)
        return got

    def clock(self, instant):
        self.post({"as": "admin", "post": "/v1/clock:advance", "body": {"to": instant}})
