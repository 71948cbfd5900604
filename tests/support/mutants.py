"""Plants one fault at a time in the product and asks whether a test notices.

A file of faults has blocks: `name`, `file`, `line` (trimmed; it must stand in the file exactly once),
`with` (what stands there instead) and, where several programs can judge, `test`. The spoilt source is
compiled alone and linked, with the objects of the test, in front of the release archives. Caught: the
program does not end well. A fault whose line is not there exactly once counts as failed, and so does a
program that fails without any fault."""
import concurrent.futures
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build/release"))
FOLDER = pathlib.Path(os.environ.get("TEST_FOLDER", ROOT / "build/test/mutants"))
CC = os.environ.get("CC", "gcc")
SECONDS_MAX = 120
FLAGS = ["-std=c17", "-O1", "-w", f"-I{ROOT}", "-D_GNU_SOURCE", "-isystem",
         "/usr/include/libxml2"]


class Program:
    """A test: its objects and archives before those of the product, its libraries, and the runs, each
    an environment, that are tried in turn until one of them fails."""

    def __init__(self, objects, archives, libraries, runs=({},)):
        self.objects = [BUILD / name for name in objects]
        self.archives = [BUILD / name for name in archives]
        self.libraries = libraries
        self.runs = runs

    def link(self, target, extra):
        """Links with `extra` objects in front. Returns what went wrong."""
        command = [CC, "-fno-lto", "-o", target, *self.objects, *extra, "-Wl,--start-group", *self.archives,
                   "-Wl,--end-group", *self.libraries]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stderr if done.returncode != 0 else ""


def read_faults(path):
    """Returns the blocks of a file of faults as dictionaries."""
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


def run(binary, run_number, variables):
    """Runs a test in a folder of its own. Returns (passed, its telling words)."""
    folder = FOLDER / f"{binary.stem}-{run_number}"
    folder.mkdir(parents=True, exist_ok=True)
    environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=0", TEST_FOLDER=str(folder),
                       **variables)
    try:
        done = subprocess.run([binary], env=environment, capture_output=True, text=True, cwd=ROOT,
                              errors="replace", timeout=SECONDS_MAX, check=False)
    except subprocess.TimeoutExpired:
        return False, "ran into its time limit"
    words = (done.stdout + done.stderr).strip().splitlines()
    told = [word for word in words if any(sign in word for sign in (
        "DIFFERENCE", "FAILED:", "ssert", "ERROR", "[  FAILED  ]"))]
    return done.returncode == 0, (told or words or ["?"])[0][:150]


def judge(number, fault, programs):
    """Returns (caught, what to say)."""
    stem = FOLDER / f"m{number:02}"
    source, spoilt, binary = (stem.with_suffix(end) for end in (".c", ".o", ".bin"))
    program = programs[fault.get("test", "")]
    if not plant(fault, source):
        return False, f"its line is not there once in {fault['file']}"
    compiled = subprocess.run([CC, *FLAGS, "-c", source, "-o", spoilt], capture_output=True,
                              text=True, check=False)
    if compiled.returncode != 0:
        return False, f"does not compile: {compiled.stderr.splitlines()[0]}"
    wrong = program.link(binary, [spoilt])
    if wrong:
        return False, f"does not link: {wrong.splitlines()[0]}"
    for i, variables in enumerate(program.runs):
        is_clean, words = run(binary, i, variables)
        if not is_clean:
            binary.unlink()
            return True, words
    binary.unlink()
    return False, "NOT CAUGHT"


def judge_all(path, programs):
    """Judges every fault of a file; `programs` by the name that `test` gives ("" where it gives none).
    Prints the counts; returns the exit code."""
    faults = read_faults(path)
    passed = failed = 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, program in programs.items():
        clean = FOLDER / f"clean-{name}"
        words = program.link(clean, [])
        is_clean = words == ""
        if is_clean:
            is_clean, words = run(clean, 0, program.runs[0])
        passed, failed = passed + is_clean, failed + (not is_clean)
        print(f"{'ok' if is_clean else 'FAILED'}: {name} no fault planted: {words}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda pair: judge(*pair, programs), enumerate(faults))
        for fault, (caught, words) in zip(faults, answers):
            passed, failed = passed + caught, failed + (not caught)
            print(f"{'caught' if caught else 'FAILED'}: {fault['name']}: {words}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1
