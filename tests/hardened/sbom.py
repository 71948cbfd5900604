#!/usr/bin/python3
"""usage: sbom.py FOLDER VERSION   The bill of materials of the programs of a folder, as CycloneDX
1.5 (JSON) on stdout.

What a program is made of is read from the program (its NEEDED entries) and from dpkg: which package owns
the library, in which version, out of which source, and which of the packages here it depends on. llhttp is
compiled in from Debian's node-llhttp and is named too. No time and no chance enters: the same programs on the
same machine give the same bytes."""
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

PROGRAMS = ("titolid", "titoli", "titoli-audit", "titoli-signer")
COMPILED_IN = {"titolid": ("node-llhttp",), "titoli": (), "titoli-audit": (),
               "titoli-signer": ()}
FIELDS = ("binary:Package", "Version", "source:Package", "source:Version", "Architecture", "Depends",
          "Homepage")


def output_of(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True,
                          env=dict(os.environ, LC_ALL="C")).stdout


def libraries_of(program):
    """(names the program needs itself, {name: path} of all that are loaded with it)."""
    direct = re.findall(r"\(NEEDED\).*\[(.+?)\]", output_of("readelf", "-dW", str(program)))
    loaded = dict(re.findall(r"^\s*(\S+) => (/\S+)", output_of("ldd", str(program)), re.M))
    return direct, loaded


def owners_of(paths):
    """{path: package that owns it}; on merged systems a library may be known by its old path."""
    names = {path: (os.path.realpath(path), path, os.path.realpath(path).removeprefix("/usr"))
             for path in paths}
    asked = subprocess.run(["dpkg-query", "-S", *sorted({n for ns in names.values() for n in ns})],
                           capture_output=True, text=True, check=False).stdout
    known = {name: packages.split(",")[0] for packages, name in re.findall(r"^(\S.*?): (/.*)$", asked, re.M)}
    owners = {path: next((known[n] for n in ns if n in known), None) for path, ns in names.items()}
    unknown = [path for path, owner in owners.items() if owner is None]
    if unknown:
        raise SystemExit(f"sbom: no package owns {unknown}")
    return owners


def describe(package):
    values = output_of("dpkg-query", "-W", "-f", "\t".join(f"${{{f}}}" for f in FIELDS), package)
    return dict(zip(FIELDS, values.split("\t")))


def names_in(depends):
    """Package names of a Depends field, alternatives included."""
    return {re.split(r"[ (:]", part.strip(), maxsplit=1)[0]
            for part in re.split(r"[,|]", depends) if part.strip()}


def debian_release():
    text = pathlib.Path("/etc/os-release").read_text()
    found = re.search(r'^VERSION_ID="?([^"\n]+)', text, re.M)
    return f"debian-{found[1]}" if found else "debian"


def component_of(fact, distro):
    name = fact["binary:Package"].split(":")[0]
    query = urllib.parse.urlencode({"arch": fact["Architecture"], "distro": distro})
    purl = f"pkg:deb/debian/{name}@{urllib.parse.quote(fact['Version'], safe='.-~')}?{query}"
    component = {
        "type": "library", "bom-ref": purl, "name": name, "version": fact["Version"], "purl": purl,
        "properties": [{"name": "debian:source", "value": fact["source:Package"]},
                       {"name": "debian:source-version", "value": fact["source:Version"]}]}
    if fact["Homepage"]:
        component["externalReferences"] = [{"type": "website", "url": fact["Homepage"]}]
    return component


def program_component(path, name, version):
    return {"type": "application", "bom-ref": f"titoli/{name}@{version}", "name": name,
            "version": version, "licenses": [{"license": {"id": "EUPL-1.2"}}],
            "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}]}


def make(folder, version):
    distro = debian_release()
    facts, direct_of = {}, {}
    for name in PROGRAMS:
        direct, loaded = libraries_of(folder / name)
        of_path = owners_of(loaded.values())
        owners = {library: of_path[path] for library, path in loaded.items()}
        for package in (*owners.values(), *COMPILED_IN[name]):
            facts.setdefault(package, None)
        direct_of[name] = {owners[library] for library in direct if library in owners}
        direct_of[name] |= set(COMPILED_IN[name])
    facts = {package: describe(package) for package in sorted(facts)}
    parts = {package: component_of(fact, distro) for package, fact in facts.items()}
    by_name = {package.split(":")[0]: part["bom-ref"] for package, part in parts.items()}
    programs = [program_component(folder / name, name, version) for name in PROGRAMS]
    product = {"type": "application", "bom-ref": f"titoli@{version}", "name": "titoli",
               "version": version, "licenses": [{"license": {"id": "EUPL-1.2"}}]}
    dependencies = [{"ref": product["bom-ref"], "dependsOn": sorted(p["bom-ref"] for p in programs)}]
    for name, program in zip(PROGRAMS, programs):
        dependencies.append({"ref": program["bom-ref"], "dependsOn": sorted(
            parts[package]["bom-ref"] for package in direct_of[name])})
    for package, fact in facts.items():
        own = parts[package]["bom-ref"]
        needs = {by_name[n] for n in names_in(fact["Depends"]) if n in by_name} - {own}
        dependencies.append({"ref": own, "dependsOn": sorted(needs)})
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
            "metadata": {"component": product},
            "components": programs + sorted(parts.values(), key=lambda part: part["bom-ref"]),
            "dependencies": sorted(dependencies, key=lambda d: d["ref"])}


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    json.dump(make(pathlib.Path(sys.argv[1]), sys.argv[2]), sys.stdout, indent=1, sort_keys=True)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
