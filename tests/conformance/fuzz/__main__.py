"""`python -m tests.conformance.fuzz --cases N --seed S --processes P`: exits with 1 when a case differs."""

import argparse
import multiprocessing
import sys
import time

from tests.conformance.fuzz.running import Tally, run_range

_CHUNK = 512


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=2000, help="how many cases")
    parser.add_argument("--seed", type=int, default=0, help="the first case's number")
    parser.add_argument("--processes", type=int, default=1)
    asked = parser.parse_args()
    chunks = [
        (first, min(_CHUNK, asked.seed + asked.cases - first))
        for first in range(asked.seed, asked.seed + asked.cases, _CHUNK)
    ]
    total, started = Tally(), time.monotonic()
    with multiprocessing.get_context("spawn").Pool(asked.processes) as pool:
        for done, tally in enumerate(pool.imap_unordered(run_range, chunks), start=1):
            for text in tally.reports[: max(0, 5 - len(total.reports))]:
                print(text, end="\n\n", flush=True)
            total.add(tally)
            if done % 20 == 0:
                print(f"{done * _CHUNK:,} cases, {total.differing} differ", file=sys.stderr, flush=True)
    for verdict, number in sorted(total.verdicts.items()):
        print(f"{verdict}: {number:,}")
    print(f"{asked.cases:,} cases from {asked.seed} in {time.monotonic() - started:,.0f} s; {total.differing} differ")
    return 1 if total.differing else 0


if __name__ == "__main__":
    sys.exit(main())
