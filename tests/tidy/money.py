#!/usr/bin/python3
"""usage: money.py COMPILER FLAGS FILE...   Who reaches into `struct cents`?

An amount's `raw` is touched in engine/base/money.c alone; elsewhere the line, or the one above it,
says why in a comment `raw: reason`. Identifiers have a `raw` too, so this asks the compiler (clang,
which sees initialisers as well): it compiles every source with the field marked as deprecated, by
the macro CENTS_RAW of money.h, and reads its warnings. `{0}` is no amount and free."""
import concurrent.futures
import os
import re
import shlex
import subprocess
import sys

from source_text import SourceText

MONEY = ("engine/base/money.c", "engine/base/money.h")
PLACE = re.compile(r"^(?P<path>[^:\n]+):(?P<line>\d+):\d+: "
                   r"(?P<what>warning: 'raw' is deprecated|note: expanded from macro)")


def warnings_of(compiler, flags, path):
    """Returns the accesses of one source, each as the list of places the compiler names for it."""
    command = [compiler, *shlex.split(flags), "-DCENTS_RAW=__attribute__((deprecated))",
               "-fsyntax-only", "-fno-caret-diagnostics", "-Wno-everything",
               "-Wdeprecated-declarations", "-ferror-limit=1", path]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    accesses = []
    for line in done.stderr.splitlines():
        place = PLACE.match(line)
        if not place:
            continue
        where = (os.path.normpath(place["path"]), int(place["line"]))
        if place["what"].startswith("warning"):
            accesses.append([where])
        elif accesses:
            accesses[-1].append(where)
    broken = None if done.returncode == 0 else done.stderr.splitlines()[0]
    return accesses, broken


def excused(texts, place):
    path, number = place
    if path in MONEY:
        return True
    if path not in texts:
        texts[path] = SourceText(path)
    text = texts[path]
    if re.search(r"\braw: \w", text.comments[number - 1]):
        return True
    above = number > 1 and not text.code[number - 2].strip()
    if above and re.search(r"\braw: \w", text.comments[number - 2]):
        return True
    return re.search(r"\{\s*0\s*\}", text.code[number - 1]) is not None


def main():
    compiler, flags, paths = sys.argv[1], sys.argv[2], sys.argv[3:]
    texts, bad = {}, set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda path: warnings_of(compiler, flags, path), paths)
    for path, (accesses, broken) in zip(paths, found):
        if broken:
            bad.add((path, 1, "does not compile: " + broken))
        for places in accesses:
            if not any(excused(texts, place) for place in places):
                bad.add((*places[0], "reach money through cents_*(), or say why: /* raw: reason */"))
    for path, number, message in sorted(bad):
        print(f"{path}:{number}: {message}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
