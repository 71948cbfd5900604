#!/usr/bin/python3
"""usage: sources.py FILE...   Every comment `SOURCE id: "quote"` quotes schemas/sources/id.txt word
for word, white space and comment stars apart."""
import pathlib
import re
import sys


def flat(text):
    return re.sub(r"[\s*]+", " ", text).strip()


def main():
    bad = 0
    for name in sys.argv[1:]:
        text = pathlib.Path(name).read_text()
        for quote in re.finditer(r'SOURCE\s+([a-z0-9-]+):[\s*]*"([^"]+)"', text):
            line = text.count("\n", 0, quote.start()) + 1
            source = pathlib.Path("schemas/sources", quote[1] + ".txt")
            if not source.exists():
                print(f"{name}:{line}: no {source}")
                bad = 1
            elif flat(quote[2]) not in flat(source.read_text()):
                print(f"{name}:{line}: {source} does not say: {flat(quote[2])}")
                bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main())
