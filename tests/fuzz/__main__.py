"""Campaigns of any length: `python -m tests.fuzz reading|reviewing [--count N] [--seconds S] [--number N]`.

Pkilint is left out here: it takes most of the time of a review, and it is not ours. `./run test long` has it in.
"""

import argparse
import sys
import time
from unittest.mock import patch

from tests.fuzz.campaign import Tally, campaign, reading, reviewing
from tests.fuzz.mutants import Mutator

CAMPAIGNS = {
    "reading": (lambda mutator: mutator.file() if mutator.random.random() < 0.8 else mutator.request(), reading),
    "reviewing": (Mutator.request, reviewing),
}
PIECE = 100_000


def main() -> None:
    """Run one campaign in pieces, each under a number of its own, and print what came of all so far after each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=CAMPAIGNS)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--number", type=int, default=1)
    given = parser.parse_args()
    make, step = CAMPAIGNS[given.name]
    end, tally = time.monotonic() + given.seconds, Tally()
    while tally.mutants < given.count and (left := end - time.monotonic()) > 0:
        count = min(PIECE, given.count - tally.mutants)
        with patch("offline_root.examination.lint_certificate", lambda _certificate: ()):
            tally += campaign(make, step, number=given.number, count=count, seconds=left)
        sys.stdout.write(f"{given.name}, to number {given.number}: {tally}\n")
        sys.stdout.flush()
        given.number += 1
    for code, times in tally.codes.most_common():
        sys.stdout.write(f"  {times:>10,} {code}\n")


if __name__ == "__main__":
    main()
