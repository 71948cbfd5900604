#!/usr/bin/python3
"""The programs are built as decision 0079 says: hardening-check (position-independent, stack
protector, fortified calls, RELRO, immediate binding, CET marks), and what it does not look at: no segment
that can be written and executed, no executable stack, no search path of libraries, no relocation of text,
probes of the stack, no name of the folder they were built in, the build id.

A program built without the flags must be found wanting in each of these."""
import os
import pathlib
import re
import subprocess
import sys

BUILD = pathlib.Path(os.environ.get("BUILD", "build/release"))
FOLDER = pathlib.Path(os.environ.get("TEST_FOLDER", "build/hardened"))
ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ("titolid", "titoli", "titoli-audit", "titoli-signer")
SOFT = """#include <string.h>
#include <stdio.h>
int main(int count, char **words) { char text[16]; strcpy(text, words[count - 1]); return puts(text); }
"""
# Everything off, a writable and executable stack, a search path, and the name of its folder inside.
SOFT_FLAGS = ("-g -O1 -w -no-pie -fno-pie -U_FORTIFY_SOURCE -fno-stack-protector -fcf-protection=none "
              "-Wl,-z,norelro,-z,lazy,-z,execstack,-rpath,/tmp,--build-id=none").split()


def output_of(*words):
    return subprocess.run(words, capture_output=True, text=True, errors="replace", check=False,
                          env=dict(os.environ, LC_ALL="C")).stdout


def wanting(program):
    """The names of what the program lacks."""
    lacks = []
    report = output_of("hardening-check", str(program))
    for name in ("Position Independent Executable", "Stack protected", "Fortify Source functions",
                 "Read-only relocations", "Immediate binding", "Control flow integrity"):
        if not re.search(rf"^ {name}: yes", report, re.M):
            lacks.append(name)
    segments = output_of("readelf", "-lW", str(program))
    if re.search(r"^\s+LOAD\s.*\sRWE\s", segments, re.M):
        lacks.append("no segment both written and executed")
    if not re.search(r"^\s+GNU_STACK\s.*\sRW\s", segments, re.M):
        lacks.append("no executable stack")
    dynamic = output_of("readelf", "-dW", str(program))
    if re.search(r"\((RPATH|RUNPATH)\)", dynamic):
        lacks.append("no search path of libraries")
    if "TEXTREL" in dynamic:
        lacks.append("no relocation of text")
    if "Build ID:" not in output_of("readelf", "-nW", str(program)):
        lacks.append("a build id")
    if not re.search(r"sub +\$0x1000,%rsp.*\n.*orq +\$0x0,\(%rsp\)",
                     output_of("objdump", "-d", "--no-show-raw-insn", str(program))):
        lacks.append("probes of the stack")
    if str(ROOT).encode() in program.read_bytes() or str(FOLDER).encode() in program.read_bytes():
        lacks.append("no name of the build's folder")
    return lacks


ALL = {"Position Independent Executable", "Stack protected", "Fortify Source functions",
       "Read-only relocations", "Immediate binding", "Control flow integrity", "no executable stack",
       "no search path of libraries", "a build id", "probes of the stack",
       "no name of the build's folder"}


def soft_program():
    """A program with none of it: shows that each look can fail."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    source = FOLDER.resolve() / "soft.c"
    source.write_text(SOFT)
    program = FOLDER.resolve() / "soft"
    subprocess.run(["gcc", *SOFT_FLAGS, "-o", str(program), str(source)], check=True)
    return program


def main():
    passed = failed = 0
    for name in PROGRAMS:
        lacks = wanting(BUILD / name)
        for lack in lacks:
            print(f"FAILED: {name} lacks: {lack}")
        failed += len(lacks)
        passed += len(ALL) + 2 - len(lacks)
    unseen = ALL - set(wanting(soft_program()))
    for name in sorted(unseen):
        print(f"FAILED: a program without it passes: {name}")
    failed += len(unseen)
    passed += len(ALL) - len(unseen)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
