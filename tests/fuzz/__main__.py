"""Campaigns of any length: `python -m tests.fuzz reading|reviewing --count N [--seconds S] [--number N]`."""

import argparse
import sys

from tests.fuzz.campaign import campaign, reading, reviewing
from tests.fuzz.mutants import Mutator

CAMPAIGNS = {
    "reading": (lambda mutator: mutator.file() if mutator.random.random() < 0.8 else mutator.request(), reading),
    "reviewing": (Mutator.request, reviewing),
}


def main() -> None:
    """Run one campaign in pieces, and print what came of each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=CAMPAIGNS)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--number", type=int, default=1)
    given = parser.parse_args()
    make, step = CAMPAIGNS[given.name]
    tally = campaign(make, step, number=given.number, count=given.count, seconds=given.seconds)
    sys.stdout.write(f"{given.name}: {tally}\n")
    for code, times in tally.codes.most_common():
        sys.stdout.write(f"  {times:>10,} {code}\n")


if __name__ == "__main__":
    main()
