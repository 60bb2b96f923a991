"""Runs `measure()` of every `bench_*.py` beside this file, or of those named on the command line."""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

NAMES = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))


def main(names: Sequence[str]) -> int:
    """Print every figure as soon as it is known; return 1 if one is beyond its limit."""
    if unknown := set(names) - set(NAMES):
        sys.stderr.write(f"no such measurement: {', '.join(sorted(unknown))}; there are: {', '.join(NAMES)}\n")
        return 2
    exceeded = 0
    for name in names or NAMES:
        module = importlib.import_module(f"tests.bench.bench_{name}")
        for figure in module.measure():
            sys.stdout.write(f"{figure}\n")
            sys.stdout.flush()
            exceeded += not figure.kept
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
