"""Holds every answer of a running titolid against the OpenAPI document that it serves itself.

    contract = Contract(daemon.admin.get("/v1/openapi.json").json)
    client = contract.watch(daemon.admin)     # the same client; each answer is judged
    ...
    contract.save(folder / "coverage.json")   # operation x status that were produced
    for operation, status in contract.never_produced(): ...

An answer is right when its status is documented (or falls under `default`), its media type is one of
that response's, and its body satisfies the schema; properties that the document does not name are
faults here, though clients must ignore them."""
import copy
import json
import re

import jsonschema

NDJSON = "application/x-ndjson"
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")

formats = jsonschema.FormatChecker()


@formats.checks("date-time")
def is_instant(value):
    return not isinstance(value, str) or INSTANT.fullmatch(value) is not None


class Broken(AssertionError):
    """An answer is not the one documented."""


def closed(schema):
    """The same schema with no room for properties it does not name."""
    if isinstance(schema, dict):
        schema = {name: closed(value) for name, value in schema.items()}
        if schema.get("type") == "object" and isinstance(schema.get("properties"), dict):
            schema.setdefault("additionalProperties", False)
    elif isinstance(schema, list):
        schema = [closed(item) for item in schema]
    return schema


class Operation:
    def __init__(self, document, path, method, body):
        self.id = body["operationId"]
        self.path = path
        self.method = method
        self.body = body
        self.responses = {}
        for status, response in body["responses"].items():
            while "$ref" in response:
                response = document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
            self.responses[status] = response
        pattern = "".join("([^/]+?)" if part.startswith("{") else re.escape(part)
                          for part in re.split(r"(\{[^}]*\})", path))
        self.pattern = re.compile(pattern)
        self.parameters = re.findall(r"\{([^}]*)\}", path)


class Contract:
    def __init__(self, document):
        self.document = copy.deepcopy(document)
        self.document["components"]["schemas"] = closed(document["components"]["schemas"])
        self.document["components"]["responses"] = closed(document["components"]["responses"])
        self.resolver = jsonschema.RefResolver.from_schema(self.document)
        self.operations = [Operation(self.document, path, method, body)
                           for path, item in self.document["paths"].items()
                           for method, body in item.items()]
        # A path without parameters is meant before one that has them.
        self.operations.sort(key=lambda operation: (len(operation.parameters), -len(operation.path)))
        self.produced = {}
        self.judged = 0

    def find(self, method, target):
        path = target.split("?")[0]
        method = "get" if method == "HEAD" else method.lower()
        for operation in self.operations:
            if operation.method == method and operation.pattern.fullmatch(path):
                return operation
        return None

    def validate(self, value, schema, where):
        validator = jsonschema.Draft202012Validator(schema, resolver=self.resolver,
                                                    format_checker=formats)
        for error in validator.iter_errors(value):
            place = "/".join(str(part) for part in error.absolute_path)
            raise Broken(f"{where}: /{place}: {error.message[:300]}")

    def judge_body(self, where, media, content, body):
        schema = content.get("schema", {})
        if media != NDJSON:
            self.validate(json.loads(body), schema, where)
            return
        for line in body.decode().splitlines():
            self.validate(json.loads(line), schema["contentSchema"], where)

    def judge(self, method, target, status, headers, body):
        """Raises Broken where the answer is not documented."""
        operation = self.find(method, target)
        if operation is None:
            return
        where = f"{method} {target} -> {status}"
        response = operation.responses.get(str(status)) or operation.responses.get("default")
        if response is None:
            raise Broken(f"{where}: the status is not documented")
        if "request-id" not in headers and operation.body.get("security") != []:
            raise Broken(f"{where}: no Request-Id")
        if method != "HEAD":
            media = headers.get("content-type", "").split(";")[0]
            if media not in response.get("content", {}):
                raise Broken(f"{where}: media type {media!r} is not documented: {body[:300]!r}")
            self.judge_body(where, media, response["content"][media], body)
        self.judged += 1
        key = (operation.id, str(status))
        self.produced[key] = self.produced.get(key, 0) + 1

    def watch(self, client):
        """Judges every answer that this client gets from now on."""
        ask = client.ask

        def watched(method, path, body=None, headers=None):
            answer = ask(method, path, body, headers)
            self.judge(method, path, answer.status, answer.headers, answer.body)
            return answer

        client.ask = watched
        return client

    def documented(self):
        return [(operation.id, status) for operation in self.operations
                for status in operation.responses if status != "default"]

    def never_produced(self):
        return [pair for pair in self.documented() if pair not in self.produced]

    def save(self, path):
        """What was produced, as operation -> {status: how often}; added to what the file holds."""
        try:
            stored = json.loads(path.read_text())
        except FileNotFoundError:
            stored = {}
        for (operation, status), count in self.produced.items():
            counts = stored.setdefault(operation, {})
            counts[status] = counts.get(status, 0) + count
        path.write_text(json.dumps(stored, indent=1, sort_keys=True))

    def add(self, path):
        """Takes over what another run saved."""
        for operation, counts in json.loads(path.read_text()).items():
            for status, count in counts.items():
                self.produced[operation, status] = self.produced.get((operation, status), 0) + count
