#!/usr/bin/python3
"""Every check that a schema does not make has a test that violates just it: the list, check by check.

Of connectors/format/finding.h (payment files, OPI, SIUSS) each code that refuses or sets apart stands in a
row of violations, or in an expectation, of the unit tests; so does each code of the SdI of
connectors/format/fatturapa_check.c; codes that only tell are looked at somewhere."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TESTS = ROOT / "tests/unit/connectors"
PLACES = [TESTS / f"{name}_test.c" for name in ("opi", "pain001", "siuss", "cases", "render_xml")]


def functions(text):
    """Every test's name with its text and the table before it."""
    name, lines = "", []
    for line in text.splitlines():
        lines.append(line)
        found = re.match(r"(?:static void |\} )(\w+)[(\[]", line)
        if found:
            name = found.group(1)
        if line == "}":
            yield name, "\n".join(lines)
            lines = []


def where(patterns):
    """FILE: test, for each test that holds one of the patterns."""
    found = []
    for path in PLACES + [TESTS / "fatturapa_test.c"]:
        for name, text in functions(path.read_text()):
            if any(re.search(pattern, text) for pattern in patterns):
                found.append(f"{path.stem}: {name}")
    return found


def main():
    passed = failed = 0
    checks = []
    header = (ROOT / "connectors/format/finding.h").read_text()
    for code, kind in re.findall(r"F\((\w+), (REFUSED|APART|TOLD)", header):
        name = rf"FINDING_{code}\b"
        patterns = [rf"^\s*\{{[^;]*?{name}", rf"expect_(one|apart)\([^;]*{name}"]
        if kind == "TOLD" or code in ("AMOUNT", "TAX_CODE", "CHARGES", "OMOCODIA"):
            patterns = [rf"{name}"]
        checks.append((code, [re.compile(p, re.M | re.S) for p in patterns]))
    codes = (ROOT / "connectors/format/fatturapa_check.c").read_text()
    for code in re.findall(r'^    \{(\d{3}), "', codes, re.M):
        checks.append((f"00{code}", [re.compile(rf"[ ,]{code}[,}}]")]))
    for name, patterns in checks:
        found = where(patterns)
        passed, failed = passed + bool(found), failed + (not found)
        print(f"{'ok' if found else 'FAILED'}: {name}: {'; '.join(found) or 'no test violates it'}")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
