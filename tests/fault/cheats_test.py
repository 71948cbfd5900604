#!/usr/bin/python3
"""Plants the classic cheats of fast ledgers, one at a time, and asks whether the tests notice.

Each cheat of cheats.txt replaces one line of one source of pipeline or ledger: an answer before the sync,
a wake-up that gets lost, batches in another order, a sync left out, a half of what belongs together. The source is compiled alone, linked
in front of the release archives with the objects of one test program, and run. Caught: the program fails,
dies of an assertion, or does not end. A cheat whose line is not there exactly once counts as failed, and so
does a program that fails without any cheat.

suite: seconds 1800"""
import concurrent.futures
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build/release"))
FOLDER = pathlib.Path(os.environ.get("TEST_FOLDER", ROOT / "build/test/cheats"))
CC = os.environ.get("CC", "gcc")
SECONDS_MAX = 900  # of a program without a cheat
SLOWER_MAX = 4     # a spoilt one may take so many times as long, and half a minute
FLAGS = ["-std=c17", "-O1", "-w", "-D_GNU_SOURCE", f"-I{ROOT}"]
LIBRARIES = ["-lcmocka", "-lcrypto", "-llmdb", "-lzstd", "-lpthread"]
ARCHIVES = ("pipeline", "ledger", "auth", "domain", "system", "base")


def read_cheats(path):
    """Returns the blocks of cheats.txt as dictionaries."""
    cheats = []
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        key, value = line.split(": ", 1)
        if key == "name":
            cheats.append({})
        cheats[-1][key] = value.strip()
    return cheats


def plant(cheat, source):
    """Writes the spoilt source; False when its line is not there exactly once."""
    lines = (ROOT / cheat["file"]).read_text().splitlines()
    places = [i for i, line in enumerate(lines) if line.strip() == cheat["line"]]
    if len(places) != 1:
        return False
    lines[places[0]] = cheat["with"]
    source.write_text("\n".join(lines) + "\n")
    return True


def link(test, program, extra):
    """Links a test program with `extra` objects in front of the archives. Returns what went wrong."""
    archives = [BUILD / "lib/engine" / f"{name}.a" for name in ARCHIVES]
    command = [CC, "-fno-lto", "-o", program, BUILD / f"obj/tests/{test}.o", *extra, "-Wl,--start-group",
               BUILD / "lib/tests/support.a", *archives, "-Wl,--end-group", *LIBRARIES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode != 0 else ""


def run(program, seconds):
    """Runs it in a folder of its own. Returns (passed, last words)."""
    folder = FOLDER / f"run-{program.stem}"
    folder.mkdir(parents=True, exist_ok=True)
    environment = dict(os.environ, TEST_SEED="7", TEST_FOLDER=str(folder),
                       IO_PRELOAD=str((BUILD / "tests/support/io_preload.so").resolve()))
    try:
        done = subprocess.run([program], env=environment, capture_output=True, text=True,
                              timeout=seconds, check=False, errors="replace")
    except subprocess.TimeoutExpired:
        return False, "did not end"
    words = (done.stdout + done.stderr).strip().splitlines()
    told = [w for w in words if "FAILED" in w or "assert" in w.lower() or "ERROR" in w]
    return done.returncode == 0, (told or words or [f"ended with {done.returncode}"])[-1][:120]


def judge(number, cheat, seconds):
    """Returns (caught, what to say). `seconds`: after so long it does not end."""
    stem = FOLDER / f"c{number:02}"
    source, spoilt, program = (stem.with_suffix(end) for end in (".c", ".o", ".bin"))
    if not plant(cheat, source):
        return False, f"its line is not there once in {cheat['file']}"
    compiled = subprocess.run([CC, *FLAGS, "-c", source, "-o", spoilt], capture_output=True,
                              text=True, check=False)
    if compiled.returncode != 0:
        return False, f"does not compile: {compiled.stderr.splitlines()[0]}"
    wrong = link(cheat["test"], program, [spoilt])
    if wrong:
        return False, f"does not link: {wrong.splitlines()[0]}"
    is_clean, words = run(program, seconds)
    program.unlink()
    return (False, "NOT CAUGHT") if is_clean else (True, words)


def judge_clean(test):
    """Returns (passed, what to say, after how many seconds a spoilt one does not end)."""
    program = FOLDER / ("clean-" + test.replace("/", "-"))
    wrong = link(test, program, [])
    if wrong:
        return False, wrong.splitlines()[0], 0
    begin = time.monotonic()
    is_clean, words = run(program, SECONDS_MAX)
    program.unlink()
    return is_clean, words, 30 + SLOWER_MAX * (time.monotonic() - begin)


def main():
    cheats = read_cheats(ROOT / "tests/fault/cheats.txt")
    wanted = sys.argv[1:]
    if wanted:
        cheats = [cheat for cheat in cheats if cheat["name"] in wanted]
    FOLDER.mkdir(parents=True, exist_ok=True)
    passed = failed = 0
    seconds = {}
    tests = sorted({cheat["test"] for cheat in cheats})
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for test, (is_clean, words, limit) in zip(tests, pool.map(judge_clean, tests)):
            seconds[test] = limit
            passed, failed = passed + is_clean, failed + (not is_clean)
            print(f"{'ok' if is_clean else 'FAILED'}: {test} without a cheat: {words}", flush=True)
        answers = pool.map(lambda pair: judge(*pair, seconds[pair[1]["test"]]), enumerate(cheats))
        for cheat, (caught, words) in zip(cheats, answers):
            passed, failed = passed + caught, failed + (not caught)
            print(f"{'caught' if caught else 'FAILED'}: {cheat['name']}: {words}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
