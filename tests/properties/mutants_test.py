#!/usr/bin/python3
"""Plants one fault at a time in what makes the files of a month, and in what an export and a delivery
owe (mutants.txt), and asks whether the random months, or the unit tests of these duties, notice.

suite: seconds 600"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

from mutants import BUILD, Program, judge_all  # noqa: E402

ENGINE = sorted((BUILD / "lib/engine").glob("*.a"))
LIBRARIES = ["-lcrypto", "-lpthread", "-lsystemd", "-linih"]


def unit(name):
    return Program([f"obj/tests/unit/domain/{name}.o"],
                   ["lib/tests/unit/domain.a", "lib/engine/base.a", "lib/engine/domain.a",
                    "lib/tests/support.a"], ["-lcmocka", *LIBRARIES])


MONTHS = Program(["obj/tests/properties/months_test.o"],
                 ["lib/tests/properties.a", *ENGINE,
                  *sorted((BUILD / "lib/connectors").glob("*.a")), "lib/llhttp.a",
                  "lib/tests/support.a"],
                 [*LIBRARIES, "-lssl", "-levent", "-levent_pthreads", "-levent_openssl", "-lcurl",
                  "-ljansson", "-lyajl", "-lcsv", "-lzstd", "-llmdb", "-lxml2", "-lpangocairo-1.0",
                  "-lpango-1.0", "-lcairo", "-lgobject-2.0", "-lglib-2.0", "-lqrencode"],
                 ({"TEST_SEED": "7", "MONTHS": "45"}, {"TEST_SEED": "11", "MONTHS": "150"}))

if __name__ == "__main__":
    sys.exit(judge_all(HERE / "mutants.txt", {"": MONTHS, "export": unit("export_test"),
                                              "delivery": unit("delivery_test")}))
