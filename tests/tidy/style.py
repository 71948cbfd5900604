#!/usr/bin/python3
"""usage: style.py FILE...   The countable rules that protect the money and the architecture.

Comments and literals are skipped, except where a comment is the excuse: `banned: why` beside a
banned function. Rules: 100 columns; functions of 70 lines; clocks, time zones and randomness;
banned functions; floating point; MUST_CHECK; include guards; unfinished work."""
import re
import sys

from source_text import SourceText

COLUMNS_MAX = 100
FUNCTION_LINES_MAX = 70
TAB = 8

RESULT = re.compile(r"^(?:static )?enum result [a-z_0-9]+\(")
FLOAT = re.compile(r"\b(float|double|strtod|strtof)\b")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")

# Only engine/system asks the machine for these; everyone else receives values.
CLOCKS = re.compile(r"""(?<![\w.>])(
    time|clock|clock_gettime|gettimeofday|timespec_get|ftime|
    localtime_r|gmtime_r|mktime|timegm|tzset|strftime|
    getrandom|getentropy|random|srandom|rand|srand|rand_r|arc4random\w*|[dlmn]rand48|
    RAND_bytes|RAND_priv_bytes|evutil_secure_rng_\w+|evutil_gettimeofday
    )\s*\(""", re.X)
DEVICES = re.compile(r'"/dev/u?random"')
# The same sources give the same bytes on any day.
BUILD_TIME = re.compile(r"\b__(DATE|TIME|TIMESTAMP)__")

BANNED = re.compile(r"""(?<![\w.>])(
    strcpy|strncpy|stpcpy|strcat|strncat|sprintf|vsprintf|gets|scanf|sscanf|fscanf|
    strtok|strtok_r|atoi|atol|atoll|atof|strtol|strtoll|strtoul|strtoull|
    localtime|gmtime|ctime|ctime_r|asctime|asctime_r|setenv|putenv|
    system|popen|tmpnam|tempnam|mktemp|alloca|setjmp|longjmp
    )\s*\(""", re.X)


class Check:
    def __init__(self, path):
        self.source = SourceText(path)
        self.path = path
        self.bad = 0

    def fail(self, number, message):
        print(f"{self.path}:{number}: {message}")
        self.bad = 1

    def columns(self):
        for number, line in enumerate(self.source.lines, 1):
            width = len(line.expandtabs(TAB))
            if width > COLUMNS_MAX:
                self.fail(number, f"line of {width} columns; the limit is {COLUMNS_MAX}")

    def functions(self):
        opened = 0
        for number, code in enumerate(self.source.code, 1):
            if code.startswith("{"):
                opened = number
            elif code.startswith("}") and opened:
                lines = number - opened - 1
                if lines > FUNCTION_LINES_MAX:
                    self.fail(opened, f"function of {lines} lines; the limit is "
                                      f"{FUNCTION_LINES_MAX}")
                opened = 0

    def excused(self, number, word):
        return re.search(word + r": [a-z]", self.source.comments[number - 1])

    def words(self):
        in_system = self.path.startswith("engine/system/")
        for number, code in enumerate(self.source.code, 1):
            found = CLOCKS.search(code)
            if found and not in_system:
                self.fail(number, f"{found.group(1)}: clocks, time zones and randomness belong to "
                                  "engine/system")
            if "clock_now(" in code and self.path.startswith("engine/ledger/"):
                self.fail(number, "clock_now: instants reach the ledger as values")
            if DEVICES.search(self.source.lines[number - 1]) and not in_system:
                self.fail(number, "randomness belongs to engine/system")
            if BUILD_TIME.search(code):
                self.fail(number, "the time of a build does not enter the programs")
            found = BANNED.search(code)
            if found and not self.excused(number, "banned"):
                self.fail(number, f"{found.group(1)} is banned, or say why: /* banned: reason */")
            if FLOAT.search(code):
                self.fail(number, "no floating point")
            if UNFINISHED.search(self.source.lines[number - 1]):
                self.fail(number, "unfinished work does not merge")

    def header(self):
        text = "\n".join(self.source.code)
        guard = re.sub(r"[/.]", "_", self.path).upper()
        if not re.search(rf"#ifndef {guard}\n#define {guard}\n", text):
            self.fail(1, f"the include guard is {guard}")
        for number, code in enumerate(self.source.code, 1):
            if RESULT.match(code):
                self.fail(number, "a function returning enum result is MUST_CHECK")

    def run(self):
        self.columns()
        self.functions()
        if self.path != "engine/base/banned.h":
            self.words()
        if self.path.endswith(".h"):
            self.header()
        return self.bad


if __name__ == "__main__":
    sys.exit(max([Check(path).run() for path in sys.argv[1:]], default=0))
