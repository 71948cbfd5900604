#!/usr/bin/python3
"""One file of each format from the demo's ledger, and what can be said of each without the program
that wrote it: schemas by xmllint, control totals by adding up, columns by counting, hashes.

usage: exports_test.py [FOLDER]      (make exports: build/exports; else $TEST_FOLDER)

suite: alone
"""
import csv
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FORMATS = ROOT.parent / "shared" / "formats"
TITOLI = os.environ.get("TITOLI", str(ROOT / "build/release/titoli"))
TITOLID = os.environ.get("TITOLID", str(ROOT / "build/release/titolid"))
PAYMENTS = ("excel-it.csv", "rfc4180.csv", "contabilia.txt", "maggioli.csv")
SCHEMAS = {
    "opi.xml": "opi/DERIVED_OPI_FLUSSO_ORDINATIVI_V_1_7_1_presign.xsd",
    "pain001.03.xml": "iso20022/pain.001.001.03.xsd",
    "pain001.09.xml": "iso20022/EPC132-08_2025_V1.0_pain.001.001.09.xsd",
    "siuss.xml": "siuss/PS_PSA_SINA201812.xsd",
}


class Tally:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, name, is_good, detail=""):
        self.passed += bool(is_good)
        self.failed += not is_good
        if not is_good:
            print(f"FAILED {name}: {detail}")

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, timeout=280, **more)


def newest(folder, suffix):
    """The files of one suffix: those of the whole demo, in the order of their names."""
    return sorted(path for path in folder.rglob(f"*.{suffix}") if "export-again" not in path.parts)


def sum_column(path, delimiter, encoding, heading, comma):
    with open(path, newline="", encoding=encoding) as text:
        rows = list(csv.DictReader(text, delimiter=delimiter))
    cents = sum(int(row[heading].replace(",", "").replace(".", "")) if comma else
                round(float(row[heading]) * 100) for row in rows)
    return len(rows), cents


def manifest_rows(folder):
    rows = {}
    for path in folder.rglob("*.manifest.csv"):
        with open(path, newline="", encoding="utf-8") as text:
            for row in csv.DictReader(text, delimiter=";"):
                rows[row["file"]] = (path, row)
    return rows


def check_manifests(tally, folder):
    """Each file is told by a manifest, has its hash, and no more files stand there than told."""
    rows = manifest_rows(folder)
    for name, (path, row) in rows.items():
        file = path.parent / name
        tally.check(f"{name} stands there", file.exists())
        if file.exists():
            found = hashlib.sha256(file.read_bytes()).hexdigest()
            tally.check(f"{name} has its hash", found == row["sha256"], found)
    return rows


def check_table(tally, path, rows):
    name = path.name
    told = rows[name][1]
    if name.endswith("excel-it.csv"):
        tally.check(f"{name} begins with the mark", path.read_bytes()[:3] == b"\xef\xbb\xbf")
        count, cents = sum_column(path, ";", "utf-8-sig", "importo_da_pagare", True)
    else:
        count, cents = sum_column(path, ",", "utf-8", "importo_da_pagare", False)
    tally.check(f"{name}: rows", count == int(told["righe"]), f"{count} for {told['righe']}")
    wanted = int(told["totale_da_pagare_centesimi"])
    tally.check(f"{name}: total", cents == wanted and wanted > 0, f"{cents} for {wanted}")


def check_contabilia(tally, path, rows):
    lines = path.read_text(encoding="iso-8859-1").splitlines()
    widths = {line.count("\t") + 1 for line in lines}
    tally.check(f"{path.name}: 23 fields", widths == {23}, str(widths))
    wanted = int(rows[path.name][1]["totale_da_pagare_centesimi"])
    cents = sum(int(line.split("\t")[14]) for line in lines)
    tally.check(f"{path.name}: total", cents == wanted and wanted > 0, f"{cents} for {wanted}")


def local(node):
    return node.tag.split("}")[-1]


def check_xml(tally, path, suffix, rows):
    schema = FORMATS / SCHEMAS[suffix]
    if schema.exists():
        done = run("xmllint", "--noout", "--nonet", "--schema", str(schema), str(path))
        tally.check(f"{path.name} validates", done.returncode == 0, done.stderr[:300])
    else:
        print(f"SKIP: {schema.name} is not there, {path.name} was not validated")
    nodes = list(xml.etree.ElementTree.parse(path).iter())
    if suffix.startswith("pain"):
        amounts = [node.text for node in nodes if local(node) == "InstdAmt"]
    elif suffix.startswith("opi"):
        amounts = [node.text for node in nodes if local(node) == "importo_beneficiario"]
    else:
        return
    cents = sum(round(float(amount) * 100) for amount in amounts)
    wanted = int(rows[path.name][1]["totale_da_pagare_centesimi"])
    tally.check(f"{path.name}: total", cents == wanted and wanted > 0, f"{cents} for {wanted}")


def check_no_names(tally, folder):
    """What goes to the accounts names no person of the demo's persons file."""
    for suffix in PAYMENTS + ("opi.xml", "pain001.03.xml", "pain001.09.xml"):
        for path in newest(folder, suffix):
            text = path.read_text(encoding="utf-8", errors="replace")
            tally.check(f"{path.name} names nobody", not re.search("Sintetici|SNTPRS", text))


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else os.environ["TEST_FOLDER"]).resolve()
    tally = Tally()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    demo = folder / "demo"
    schemas = {"TITOLI_SCHEMAS": str(FORMATS)} if FORMATS.exists() else {}
    done = run(TITOLI, "demo", "--folder", str(demo), "--titolid", TITOLID, cwd=ROOT,
               env=dict(os.environ, **schemas))
    tally.check("the demo", done.returncode == 0, (done.stdout + done.stderr)[-2000:])
    if done.returncode != 0:
        return tally.end()
    rows = check_manifests(tally, demo)
    for suffix in PAYMENTS + tuple(SCHEMAS) + ("pdf",):
        files = newest(demo, suffix)
        tally.check(f"a file *.{suffix} was made", files)
        if files:
            shutil.copy(files[0], folder)
        for path in files:
            if suffix in ("excel-it.csv", "rfc4180.csv"):
                check_table(tally, path, rows)
            elif suffix == "contabilia.txt":
                check_contabilia(tally, path, rows)
            elif suffix in SCHEMAS:
                check_xml(tally, path, suffix, rows)
    check_no_names(tally, demo)
    done = run(TITOLI, "export", "verify", str(demo / "export"))
    tally.check("titoli export verify", done.returncode == 0, done.stdout + done.stderr)
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
