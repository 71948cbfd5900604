"""What schemas/*.def define, read by the preprocessor alone: records, commands, lists, enumerations,
accounts and results. From it comes schemas/layouts.md, the page for those who read a journal without
the engine; the page read back gives the same, so a stranger's program needs nothing else."""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "schemas" / "layouts.md"

PROBE = r"""
#include "schemas/enums.def"
#include "schemas/records.def"
#include "schemas/commands.def"
#define F(type, name, argument, flags, ...) @F type name argument ;
#define R(name, NAME, number, version, prefix, ...) @RECORD number version name RECORD_##NAME(F) @END
RECORDS(R)
#define C(name, NAME, number, ...) @COMMAND number name COMMAND_##NAME(F) @END
COMMANDS(C)
#define L(name, NAME, most) @LIST name LIST_##NAME(F) @END
LISTS(L)
#define V(prefix, value, number) @V value number ;
#define E(name, PREFIX) @ENUM name ENUM_##PREFIX(V) @END
ENUMS(E)
#define A(book, symbol, number, code) @A code symbol number ;
@ACCOUNTS FUND FUND_ACCOUNTS(A) @END
@ACCOUNTS CEILING CEILING_ACCOUNTS(A) @END
@ACCOUNTS UNITS UNITS_ACCOUNTS(A) @END
@ACCOUNTS RECEIVABLE RECEIVABLE_ACCOUNTS(A) @END
"""


class Definitions:
    def __init__(self):
        self.records = {}   # number: (name, version, [(type, name, argument)])
        self.commands = {}  # number: (name, [(type, name, argument)])
        self.lists = {}     # name: [(type, name, argument)]
        self.enums = {}     # name: [(value, number)]
        self.accounts = {}  # book: [(slot, code, name)]
        self.results = {}   # number: name

    def __eq__(self, other):
        return vars(self) == vars(other)


def fields(text):
    found = re.findall(r"@F (\w+) (\w+) (\w+) ;", text)
    return [(kind, name, "" if argument == "0" else argument) for kind, name, argument in found]


def of_schemas(compiler="gcc"):
    done = subprocess.run([compiler, "-E", "-P", "-I", str(ROOT), "-x", "c", "-"], input=PROBE,
                          capture_output=True, text=True, check=True)
    text = " ".join(done.stdout.split())
    made = Definitions()
    for number, version, name, rest in re.findall(r"@RECORD (\d+) (\d+) (\w+) (.*?)@END", text):
        made.records[int(number)] = (name, int(version), fields(rest))
    for number, name, rest in re.findall(r"@COMMAND (\d+) (\w+) (.*?)@END", text):
        made.commands[int(number)] = (name, fields(rest))
    for name, rest in re.findall(r"@LIST (\w+) (.*?)@END", text):
        made.lists[name] = fields(rest)
    for name, rest in re.findall(r"@ENUM (\w+) (.*?)@END", text):
        made.enums[name] = sorted(((value, int(n)) for value, n in
                                   re.findall(r"@V (\w+) (\d+) ;", rest)), key=lambda pair: pair[1])
    for book, rest in re.findall(r"@ACCOUNTS (\w+) (.*?)@END", text):
        made.accounts[book] = [(int(slot), code, name) for code, name, slot in
                               re.findall(r'@A "(\w+)" (\w+) (\d+) ;', rest)]
    source = (ROOT / "schemas" / "results.def").read_text()
    for name, number in re.findall(r"^RESULT\((\w+), (\d+), ", source, re.M):
        made.results[int(number)] = name
    return made


INTRODUCTION = """# Layouts: what the bytes of a journal's entries are

The numbers and fields of everything that [ledger.md](ledger.md) calls record, command, result or
account, in the order in which their bytes stand; the types are those of its section 2.1. Together the
two pages are enough to read a journal without the engine. This page is written from the definition
files by `tests/audit/layouts_test.py --write`, and a test holds it against them.

A field is `type name`; what stands in brackets is the length of BYTES, the longest TEXT, the record that an
ID names, the enumeration of an ENUM, the items of a LIST.
"""


def written(fields_of):
    return ", ".join(f"{kind} {name}" + (f" ({argument})" if argument else "")
                     for kind, name, argument in fields_of)


def page(made):
    out = [INTRODUCTION, "## Records\n"]
    for number, (name, version, fields_of) in sorted(made.records.items()):
        out.append(f"* **{number} {name}**, version {version}: {written(fields_of)}")
    out.append("\n## Commands\n")
    for number, (name, fields_of) in sorted(made.commands.items()):
        out.append(f"* **{number} {name}**: {written(fields_of)}")
    out.append("\n## Items of lists\n")
    for name, fields_of in sorted(made.lists.items()):
        out.append(f"* **{name}**: {written(fields_of)}")
    out.append("\n## Enumerations\n")
    for name, values in sorted(made.enums.items()):
        listed = ", ".join(f"{number} {value}" for value, number in
                           values)
        out.append(f"* **{name}**: {listed}")
    out.append("\n## Accounts\n")
    for book, slots in made.accounts.items():
        listed = ", ".join(f"{slot} {code} {name}" for slot, code, name in slots)
        out.append(f"* **{book}**: {listed}")
    out.append("\n## Results\n")
    out.append(", ".join(f"{number} {name}" for number, name in sorted(made.results.items())))
    return "\n".join(out) + "\n"


def fields_of_page(text):
    return re.findall(r"(\w+) (\w+)(?: \((\w+)\))?(?:, |$)", text)


def of_page(text=None):
    """Reads the page as a stranger would."""
    made = Definitions()
    parts = re.split(r"^## ", text or PAGE.read_text(), flags=re.M)
    body = {part.split("\n", 1)[0]: part.split("\n", 1)[1] for part in parts[1:]}
    for number, name, version, rest in re.findall(
            r"^\* \*\*(\d+) (\w+)\*\*, version (\d+): (.*)$", body["Records"], re.M):
        made.records[int(number)] = (name, int(version), fields_of_page(rest))
    for number, name, rest in re.findall(r"^\* \*\*(\d+) (\w+)\*\*:[ ]?(.*)$",
                                         body["Commands"], re.M):
        made.commands[int(number)] = (name, fields_of_page(rest))
    for name, rest in re.findall(r"^\* \*\*(\w+)\*\*: (.*)$", body["Items of lists"], re.M):
        made.lists[name] = fields_of_page(rest)
    for name, rest in re.findall(r"^\* \*\*(\w+)\*\*: (.*)$", body["Enumerations"], re.M):
        made.enums[name] = [(value, int(n)) for n, value in re.findall(r"(\d+) (\w+)", rest)]
    for book, rest in re.findall(r"^\* \*\*(\w+)\*\*: (.*)$", body["Accounts"], re.M):
        made.accounts[book] = [(int(slot), code, name) for slot, code, name in
                               re.findall(r"(\d+) (\w+) (\w+)", rest)]
    made.results = {int(n): name for n, name in re.findall(r"(\d+) (\w+)", body["Results"])}
    return made
