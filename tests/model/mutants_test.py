#!/usr/bin/python3
"""Plants one fault at a time in the rules and asks whether the model test notices.

suite: seconds 600

Each fault of mutants.txt replaces one line of one source. The source is compiled alone, linked in
front of the release archives with the objects of the model test, and run with a fixed seed and few
commands. Caught: the run ends with a difference, a broken invariant or a failed assertion. A fault
whose line is not there exactly once counts as failed, and so does a run of the unspoilt rules that
does not pass."""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build/release"))
FOLDER = pathlib.Path(os.environ.get("TEST_FOLDER", ROOT / "build/test/mutants"))
CC = os.environ.get("CC", "gcc")
RUNS = ((7, 30000), (11, 60000), (13, 150000))  # seed, commands: more only where fewer saw nothing
SECONDS_MAX = 120
FLAGS = ["-std=c17", "-O1", "-w", f"-I{ROOT}"]
LIBRARIES = ["-lcrypto", "-llmdb", "-lzstd", "-lpthread", "-linih", "-lsystemd"]


def read_faults(path):
    """Returns the blocks of mutants.txt as dictionaries."""
    faults = []
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        key, value = line.split(": ", 1)
        if key == "name":
            faults.append({})
        faults[-1][key] = value.strip()
    return faults


def plant(fault, source):
    """Writes the spoilt source; False when its line is not there exactly once."""
    lines = (ROOT / fault["file"]).read_text().splitlines()
    places = [i for i, line in enumerate(lines) if line.strip() == fault["line"]]
    if len(places) != 1:
        return False
    lines[places[0]] = fault["with"]
    source.write_text("\n".join(lines) + "\n")
    return True


def link(program, extra):
    """Links the model test with `extra` objects in front of the archives. Returns what went wrong."""
    archives = sorted((BUILD / "lib/engine").glob("*.a")) + [BUILD / "lib/tests/support.a"]
    command = [CC, "-o", program, BUILD / "obj/tests/model/model_test.o", *extra,
               "-Wl,--start-group", BUILD / "lib/tests/model.a", *archives, "-Wl,--end-group",
               *LIBRARIES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode != 0 else ""


def run(program, seed, commands):
    """Runs the model test. Returns (passed, last words)."""
    environment = dict(os.environ, TEST_SEED=str(seed), MODEL_COMMANDS=str(commands),
                       MODEL_BRIEF="1", ASAN_OPTIONS="detect_leaks=0")
    try:
        done = subprocess.run([program], env=environment, capture_output=True, text=True,
                              timeout=SECONDS_MAX, check=False)
    except subprocess.TimeoutExpired:
        return False, "ran into its time limit"
    words = (done.stdout + done.stderr).strip().splitlines()
    told = [w for w in words if "DIFFERENCE" in w or "assert" in w.lower()]
    return done.returncode == 0, (told or words or ["?"])[-1][:150]


def judge(number, fault):
    """Returns (caught, what to say)."""
    stem = FOLDER / f"m{number:02}"
    source, spoilt, program = (stem.with_suffix(end) for end in (".c", ".o", ".bin"))
    if not plant(fault, source):
        return False, f"its line is not there once in {fault['file']}"
    compiled = subprocess.run([CC, *FLAGS, "-c", source, "-o", spoilt], capture_output=True,
                              text=True, check=False)
    if compiled.returncode != 0:
        return False, f"does not compile: {compiled.stderr.splitlines()[0]}"
    wrong = link(program, [spoilt])
    if wrong:
        return False, f"does not link: {wrong.splitlines()[0]}"
    for seed, commands in RUNS:
        is_clean, words = run(program, seed, commands)
        if not is_clean:
            program.unlink()
            return True, words
    program.unlink()
    return False, "NOT CAUGHT"


def main():
    faults = read_faults(ROOT / "tests/model/mutants.txt")
    FOLDER.mkdir(parents=True, exist_ok=True)
    clean = FOLDER / "clean"
    wrong = link(clean, [])
    if wrong:
        print(wrong, "0 passed, 1 failed", sep="\n")
        return 1
    passed = failed = 0
    for seed, commands in RUNS[:1]:
        is_clean, words = run(clean, seed, commands)
        passed, failed = passed + is_clean, failed + (not is_clean)
        print(f"{'ok' if is_clean else 'FAILED'}: no fault planted: {words}")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = pool.map(judge, range(len(faults)), faults)
        for fault, (caught, words) in zip(faults, answers):
            passed, failed = passed + caught, failed + (not caught)
            print(f"{'caught' if caught else 'FAILED'}: {fault['name']}: {words}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
