#!/usr/bin/python3
"""schemas/layouts.md says what schemas/*.def define, and the auditor's own tables say what the page says.

usage: layouts_test.py [--write]   --write makes the page anew; the auditor's tables are changed by hand
(engine/audit/layout_tables.h), that is the point of them."""
import re
import sys

import definitions

TABLES = definitions.ROOT / "engine" / "audit" / "layout_tables.h"


def of_tables():
    """Kinds and inputs as engine/audit/layout_tables.h has them: name: (number, version, fields)."""
    text = TABLES.read_text().replace("\\\n", " ")
    fields = {name: [(kind, field.lower(), size) for kind, field, size in
                     re.findall(r"F\((\w+), (\w+), (\d+)\)", body)]
              for name, body in re.findall(r"#define ((?:LAYOUT|INPUT)_\w+)\(F\)(.*)", text)}
    kinds = {name.lower(): (int(number), int(version), fields["LAYOUT_" + name])
             for name, number, version in re.findall(r"K\((\w+), (\d+), (\d+)\)", text)}
    inputs = {name.lower(): (int(number), fields["INPUT_" + name])
              for name, number in re.findall(r"K\((\w+), (\d+)\)", text)}
    return kinds, inputs


def plain(fields):
    """Fields with the sizes alone that change their bytes."""
    return [(kind, name, argument if kind in ("TEXT", "BYTES") else "0")
            for kind, name, argument in fields]


def main():
    defined = definitions.of_schemas()
    if sys.argv[1:] == ["--write"]:
        definitions.PAGE.write_text(definitions.page(defined))
    passed = failed = 0

    def check(good, what):
        nonlocal passed, failed
        passed, failed = passed + bool(good), failed + (not good)
        if not good:
            print("FAILED " + what)

    check(definitions.PAGE.read_text() == definitions.page(defined),
          "schemas/layouts.md is as the definitions are (layouts_test.py --write)")
    page = definitions.of_page()
    check(page == defined, "the page read back gives the definitions")
    check(len(page.results) > 100 and len(page.commands) > 100 and len(page.enums) > 50,
          "the page is whole")
    kinds, inputs = of_tables()
    for number, (name, version, fields) in sorted(page.records.items()):
        check(kinds.get(name) == (number, version, plain(fields)),
              f"engine/audit/layout_tables.h: record {name}")
    check(len(kinds) == len(page.records), "engine/audit/layout_tables.h: no other records")
    for number, (name, fields) in sorted(page.commands.items()):
        if name in inputs:
            check(inputs[name] == (number, plain(fields)),
                  f"engine/audit/layout_tables.h: input {name}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
