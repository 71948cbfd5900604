#!/usr/bin/python3
"""The bill of materials: the same bytes twice, true to CycloneDX's own schema, every package it names is
installed in that version, every library that a program loads is in it, every reference leads somewhere."""
import json
import os
import pathlib
import re
import subprocess
import sys

import sbom

BUILD = pathlib.Path(os.environ.get("BUILD", "build/release"))
BUILD_ROOT = pathlib.Path(os.environ.get("BUILD_ROOT", "build"))
SCHEMAS = BUILD_ROOT / "npm-sbom/node_modules/@cyclonedx/cyclonedx-library/res/schema"
VERSION = subprocess.run([BUILD / "titolid", "--version"], capture_output=True, text=True,
                         check=True).stdout.split()[1]
passed = failed = 0


def check(name, good, detail=""):
    global passed, failed
    passed += bool(good)
    failed += not good
    if not good:
        print(f"FAILED {name}: {detail}")


def made():
    return subprocess.run([sys.executable, sbom.__file__, str(BUILD), VERSION], capture_output=True,
                          check=True).stdout


def schema_faults(bill):
    """What CycloneDX's schema finds; its parts refer to each other by file name."""
    import warnings
    warnings.simplefilter("ignore", DeprecationWarning)
    import jsonschema
    schema = json.loads((SCHEMAS / "bom-1.5.SNAPSHOT.schema.json").read_text())
    parts = {f"http://cyclonedx.org/schema/{path.name}": json.loads(path.read_text())
             for path in SCHEMAS.glob("*.schema.json")}
    resolver = jsonschema.RefResolver(schema["$id"], schema, store=parts)
    return [fault.message for fault in
            jsonschema.Draft7Validator(schema, resolver=resolver).iter_errors(bill)]


def against_schema(bill):
    if not SCHEMAS.is_dir():
        print("SKIP: CycloneDX's schema is not installed (no package registry within reach?)")
        return
    check("schema", not schema_faults(bill), schema_faults(bill)[:3])
    for name, spoil in (("kind of component", lambda b: b["components"][0].update(type="thing")),
                        ("unknown member", lambda b: b.update(colour="red")),
                        ("hash", lambda b: b["components"][0]["hashes"][0].update(content="x"))):
        bad = json.loads(json.dumps(bill))
        spoil(bad)
        check(f"the schema sees a wrong {name}", schema_faults(bad))


def main():
    text = made()
    check("the same bytes twice", made() == text)
    bill = json.loads(text)
    against_schema(bill)
    refs = [part["bom-ref"] for part in bill["components"]] + [bill["metadata"]["component"]["bom-ref"]]
    check("references are unique", len(set(refs)) == len(refs))
    lost = {ref for d in bill["dependencies"] for ref in [d["ref"], *d["dependsOn"]]} - set(refs)
    check("references lead somewhere", not lost, lost)
    reached, queue = set(), [bill["metadata"]["component"]["bom-ref"]]
    needs = {d["ref"]: d["dependsOn"] for d in bill["dependencies"]}
    while queue:
        ref = queue.pop()
        if ref not in reached:
            reached.add(ref)
            queue += needs[ref]
    check("everything is needed by something", reached == set(refs), set(refs) - reached)
    versions = {part["name"]: part["version"] for part in bill["components"] if "purl" in part}
    for name, version in versions.items():
        installed = sbom.output_of("dpkg-query", "-W", "-f", "${Version}\n", name).split()
        check(f"{name} is installed in that version", version in installed, (version, installed))
    for program in sbom.PROGRAMS:
        loaded = sbom.libraries_of(BUILD / program)[1]
        owners = sbom.owners_of(loaded.values())
        for library, path in loaded.items():
            owner = owners[path].split(":")[0]
            check(f"{library} of {program}", owner in versions, owner)
    wanted = {"libc6", "libssl3", "liblmdb0", "libevent-2.1-7", "libnghttp2-14", "node-llhttp"}
    check("the ones that matter most", wanted <= set(versions), wanted - set(versions))
    check("programs are there by their hash", all(re.fullmatch("[0-9a-f]{64}", p["hashes"][0]["content"])
                                                  for p in bill["components"] if "hashes" in p))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
