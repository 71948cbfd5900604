#!/usr/bin/python3
"""Plants one fault at a time in the rules (mutants.txt) and asks whether the model test notices: with a
fixed seed, few commands, and more only where fewer saw nothing.

suite: seconds 600"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

from mutants import BUILD, Program, judge_all  # noqa: E402

RUNS = tuple({"TEST_SEED": str(seed), "MODEL_COMMANDS": str(commands), "MODEL_BRIEF": "1"}
             for seed, commands in ((7, 30000), (11, 60000), (13, 150000)))
MODEL = Program(["obj/tests/model/model_test.o"],
                ["lib/tests/model.a", *sorted((BUILD / "lib/engine").glob("*.a")),
                 "lib/tests/support.a"],
                ["-lcrypto", "-llmdb", "-lzstd", "-lpthread", "-linih", "-lsystemd"], RUNS)

if __name__ == "__main__":
    sys.exit(judge_all(HERE / "mutants.txt", {"": MODEL}))
