"""The audit log when it is long: `log verify` against sha256sum, its memory, and opening an authority."""

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure, Run, offline_root, run
from tests.bench.long_logs import LongLog, long_log

MANY, SOME, FEW = 100_000, 10_000, 20


def measure() -> Iterator[Figure]:
    """Measure logs of 100,000, 10,000 and 20 lines."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        many, some, few = (long_log(base / str(size), size) for size in (MANY, SOME, FEW))
        yield Figure("bytes of a log of 100,000 lines", many.file.stat().st_size / 1e6, "MB")
        yield from _verifying(many, some, few)
        yield from _opening(many, some, few)


def _verifying(many: LongLog, some: LongLog, few: LongLog) -> Iterator[Figure]:
    start = run(sys.executable, "-m", "offline_root", "--version")
    sums = min((run("sha256sum", many.file) for _ in range(5)), key=lambda each: each.seconds)
    long, short, least = (verified(each) for each in (many, some, few))
    yield Figure("sha256sum of it", sums.seconds, "s")
    yield Figure("`log verify` of it", long.seconds, "s")
    yield Figure("`offline-root --version`: start of the program", start.seconds, "s")
    yield Figure("`log verify`, 100,000 lines, as a multiple of sha256sum", long.seconds / sums.seconds, "x", 20)
    yield Figure("peak memory of `log verify`, 20 lines", least.peak, "MiB")
    yield Figure("peak memory of `log verify`, 10,000 lines", short.peak, "MiB")
    yield Figure("peak memory of `log verify`, 100,000 lines", long.peak, "MiB")
    # The lines are not kept; the certificates in them are, 9,000 here.
    yield Figure("peak memory of `log verify`, 100,000 lines against 20", long.peak / least.peak, "x", 1.5)


def _opening(many: LongLog, some: LongLog, few: LongLog) -> Iterator[Figure]:
    longest, long, short = (opened(each) for each in (many, some, few))
    yield Figure("opening an authority and its token, 20 lines", short, "s")
    yield Figure("opening it with 10,000 lines", long, "s")
    yield Figure("opening it, 10,000 lines against 20", long / short, "x", 100)
    yield Figure("opening it, 100,000 lines against 10,000: grows as the log does", longest / long, "x", 13)


def verified(log: LongLog) -> Run:
    """Verify a log as an auditor does."""
    found = offline_root("log", "verify", log.folder, "--anchor", log.anchor)
    assert found.code == 0
    return found


def opened(log: LongLog) -> float:
    """Return the seconds of processor until the token of an authority is open, the least of three times."""
    return min(_opened(log) for _ in range(3))


def _opened(log: LongLog) -> float:
    began = time.process_time()
    with log.room.ceremony() as station:
        taken = time.process_time() - began
        log.room.close(station)
    return taken
