#!/usr/bin/python3
"""The bench goes through its steps and every figure comes out: tiny ledgers, rounds of a second, without
the peers, which a machine for tests need not have. suite: seconds 600"""
import importlib.util
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FOLDER = pathlib.Path(os.environ.get("TEST_FOLDER", "build/test-smoke")).resolve()
FIGURES = ("titoli_single_64_per_s titoli_h2_100_per_s titoli_tls_64_per_s titoli_csv_1000_per_s "
           "binary_8190_per_s replay_per_s start_ms bytes_per_voucher journal_bytes_per_redemption "
           "sustained_per_s checkpoint_lag_s p99_half_rate_ms longest_pause_ms p99_full_rate_ms "
           "upload_20000_s cost_of_comuni_48_7900 report_comuni_ms report_providers_ms "
           "report_funds_ms month_region_s rate_10m_vs_1m burst_10m_vs_1m "
           "sustained_10m_vs_1m").split()


def http_tests():
    """The other module `daemon`, for its Report."""
    spec = importlib.util.spec_from_file_location("http_daemon", ROOT / "tests" / "http" / "daemon.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main():
    report = http_tests().Report()
    done = subprocess.run(
        [str(ROOT / "bench" / "run.py"), "--smoke", "--out", str(FOLDER / "results"), "--only",
         *FIGURES], capture_output=True, text=True, timeout=560,
        env={**os.environ, "BENCH_FOLDER": str(FOLDER)})
    report.equal("no fault of the bench", (done.returncode, done.stderr), (0, ""))
    rows = {row["name"]: row for row in
            json.loads((FOLDER / "results" / "results.json").read_text())["rows"]}
    for name in FIGURES:
        report.check(name, rows.get(name, {}).get("value") is not None,
                     str(rows.get(name, {}).get("note")))
    journal = rows["journal_bytes_per_redemption"]["value"]
    report.check("bytes as counted are those of a redemption", 100 < journal < 1000, str(journal))
    left = {path.name for path in FOLDER.iterdir()}
    report.check("servers and their ledgers are gone", left <= {"kept", "tls", "results"}, str(left))
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
