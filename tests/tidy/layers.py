#!/usr/bin/python3
"""usage: layers.py LAYERS FILE...   Prints every include that points the wrong way.

The table says who may include whom; a file obeys its own line, or that of the nearest folder above
it that has one (`folder/*` is for the files right in it). Includes of ours are by full path from the top of the tree."""
import os
import re
import sys

from source_text import SourceText

HARMLESS = {"assert.h", "errno.h", "inttypes.h", "limits.h", "stdalign.h", "stdarg.h", "stdbool.h",
            "stddef.h", "stdint.h", "string.h"}
THIRD_PARTY = ("lmdb.h", "jansson.h", "event.h", "evhttp.h", "event2/", "openssl/", "curl/",
               "zstd.h", "yajl/", "csv.h", "ini.h", "llhttp", "nghttp2/", "systemd/", "libxml/",
               "zlib.h", "qrencode.h", "cairo", "pango/", "argon2.h", "jose/", "seccomp.h")
INCLUDE = re.compile(r"^\s*#\s*include\b\s*(.*)$")


def read_table(path):
    table = {}
    with open(path) as lines:
        for line in lines:
            line = line.split("#")[0].strip()
            if not line:
                continue
            folder, purity, ours, third = [field.strip() for field in line.split(":")]
            table[folder] = (purity, ours.split(), third.split())
    return table


def row_of(table, path):
    """The name of the line that a file obeys, or None."""
    if path in table:
        return path
    folder = os.path.dirname(path)
    if folder + "/*" in table:
        return folder + "/*"
    while folder and folder not in table:
        folder = os.path.dirname(folder)
    return folder or None


def judge(table, source, target, quoted):
    """Returns what is wrong with one include, or None."""
    row = row_of(table, source)
    if row is None:
        return f"folder {os.path.dirname(source)} is not in layers.txt"
    purity, ours, third = table[row]
    pure, apart = purity == "pure", purity == "apart"
    if quoted:
        to = os.path.dirname(target)
        if not to:
            return f'include "{target}" by its full path'
        if to == "schemas" and target.endswith(".def") and not apart:
            return None
        if row_of(table, target) in (row, *ours) or target in ours:
            return None
        return f"{row} may not include {target}"
    if pure and target not in HARMLESS:
        return f"{row} is pure and may not include <{target}>"
    if target.startswith(THIRD_PARTY) and not target.startswith(tuple(third)):
        return f"{row} may not use <{target}>"
    return None


def main():
    table = read_table(sys.argv[1])
    bad = 0
    for path in sys.argv[2:]:
        source = SourceText(path)
        for number, code in enumerate(source.code, 1):
            if not INCLUDE.match(code):
                continue
            target = re.match(r'^\s*#\s*include\s*(["<])([^">]+)[">]', source.lines[number - 1])
            wrong = "computed include" if not target else judge(table, path, target.group(2),
                                                                target.group(1) == '"')
            if wrong:
                print(f"{path}:{number}: {wrong}")
                bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main())
