#!/usr/bin/python3
"""usage: long.py --build-root FOLDER --executions N [NAME ...]

Runs fuzz targets (all, or the named) to at least N executions each under the address and undefined-behaviour
sanitizers, one on each processor, and then every input of the corpus by itself. One line a target: executions,
inputs kept, the slowest input, findings. Ends with `N passed, N failed`: a target passes with all its
executions, no finding (a crash, a report, an input over ten seconds) and no input slower than 50 ms. An input
that seems slow on a busy machine is asked again; the best of five counts. What is found lies in
FOLDER/fuzz/found, the corpus in FOLDER/fuzz/corpus."""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SLOWEST_MS = 50
TRIES = 5
ENVIRONMENT = dict(os.environ, ASAN_OPTIONS="detect_leaks=1:abort_on_error=1:strict_string_checks=1",
                   UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1")


def replay(program, files):
    """Milliseconds of each input, run by itself."""
    times = {}
    for at in range(0, len(files), 500):
        text = subprocess.run([program, "-timeout=10", *files[at:at + 500]], capture_output=True, check=False,
                              text=True, errors="replace", env=ENVIRONMENT).stderr
        times.update({name: int(ms) for name, ms in re.findall(r"^Executed (.+) in (\d+) ms", text, re.M)})
    return times


def slowest(program, folders):
    """(milliseconds, input) of the slowest; a slow one is asked again."""
    files = sorted(str(p) for folder in folders for p in folder.iterdir() if p.is_file())
    times = replay(program, files)
    missing = [name for name in files if name not in times]
    for name in [name for name, ms in times.items() if ms > SLOWEST_MS]:
        for _ in range(TRIES - 1):
            times[name] = min(times[name], replay(program, [name]).get(name, times[name]))
    worst = max(times, key=times.get, default=None)
    return (times.get(worst, 0), worst, missing)


def fuzz(program, root, executions):
    name = program.name.removesuffix("_fuzz")
    corpus, found = root / "fuzz/corpus" / name, root / "fuzz/found" / name
    corpus.mkdir(parents=True, exist_ok=True)
    found.mkdir(parents=True, exist_ok=True)
    seeds = ROOT / "tests/fuzz/corpus" / name
    words = ROOT / f"tests/fuzz/{name}.dict"
    folders = [corpus] + ([seeds] if seeds.is_dir() else [])
    done, findings, began = 0, [], time.monotonic()
    while done < executions:
        command = [str(program), f"-runs={executions - done}", "-timeout=10", "-rss_limit_mb=4096",
                   "-print_final_stats=1", "-verbosity=0", "-reload=0", f"-artifact_prefix={found}/",
                   *([f"-dict={words}"] if words.exists() else []), *map(str, folders)]
        ended = subprocess.run(command, capture_output=True, check=False, text=True, errors="replace",
                               env=ENVIRONMENT)
        count = re.findall(r"number_of_executed_units:\s*(\d+)", ended.stderr)
        done += int(count[-1]) if count else 0
        if ended.returncode != 0 or not count:
            findings.append(ended.stderr[-2000:])
            break
    milliseconds, worst, missing = slowest(str(program), folders)
    findings += [f"did not end by itself: {name}" for name in missing]
    if milliseconds > SLOWEST_MS:
        findings.append(f"{milliseconds} ms: {worst}")
    rate = done / max(time.monotonic() - began, 0.001)
    print(f"{'ok  ' if not findings else 'FAIL'} {name:<16} {done:>12,} executions, {rate:>8,.0f}/s, "
          f"{sum(1 for _ in corpus.iterdir()):>6} inputs kept, slowest {milliseconds} ms, "
          f"{len(findings)} findings", flush=True)
    for finding in findings:
        print("     | " + finding.replace("\n", "\n     | "), flush=True)
    return not findings and done >= executions


def main():
    parser = argparse.ArgumentParser(description="run fuzz targets for long")
    parser.add_argument("--build-root", default="build")
    parser.add_argument("--executions", type=int, default=10_000_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    root = pathlib.Path(arguments.build_root).resolve()
    sources = {p.stem for p in (ROOT / "tests/fuzz").glob("*_fuzz.c")}
    programs = [root / "fuzz/tests/fuzz" / name for name in sorted(sources)
                if not arguments.names or name.removesuffix("_fuzz") in arguments.names]
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        good = list(pool.map(lambda program: fuzz(program, root, arguments.executions), programs))
    print(f"{sum(good)} passed, {len(good) - sum(good)} failed")
    return 0 if good and all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
