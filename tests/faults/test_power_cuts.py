"""Power cuts at every write of whole ceremonies: what people have seen outside, the disk knows of afterwards.

The states are those of a disk that may lose or tear whatever was not flushed. The same tests must fail for two designs
that are known to be bad.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.faults.power import Bench, Cuts, made_disk, missing, recorded
from tests.faults.seen import check_found, check_goes_on

pytestmark = pytest.mark.e2e

GOES_ON_EVERY = 50


@pytest.fixture
def bench(memory: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    if what := missing():
        (pytest.fail if request.node.get_closest_marker("long") else pytest.skip)(what)
    bench = Bench(memory)
    yield bench
    bench.close()


def cut_off(
    bench: Bench, base: Path, design: str, *, seed: int, ceremonies: int, subsets: int, most: int
) -> Counter[str]:
    """Hold ceremonies, cut the power in at most so many ways; count how each state was found."""
    image = made_disk(base)
    record = recorded(base, image, design, seed, ceremonies)
    found: Counter[str] = Counter()
    for number, cut in enumerate(islice(Cuts(image, record, seed, subsets), most)):
        with bench.mounted(cut.disk) as at:
            try:
                place = check_found(at / "home", cut.seen)
                if place and cut.seen.keys and number % GOES_ON_EVERY == 0:
                    check_goes_on(at / "home", place, cut.seen, base / "stick")
                    shutil.rmtree(base / "stick")
                found["good"] += 1
            except Exception as error:  # noqa: BLE001  # the other states are looked at all the same
                found[f"{type(error).__name__}: {error}"] += 1
        assert number % 500 or bench.is_clean()
    print(f"{design}: {found['good']} of {found.total()} crash states good")  # noqa: T201
    return found


@pytest.mark.long
def test_a_sample_of_power_cuts_loses_nothing(bench: Bench, memory: Path) -> None:
    found = cut_off(bench, memory, "good", seed=1, ceremonies=1, subsets=0, most=150)
    assert found.total() == found["good"] > 100


@pytest.mark.parametrize("design", ["no-fsync", "sign-first"])
def test_a_bad_design_is_caught(bench: Bench, memory: Path, design: str) -> None:
    found = cut_off(bench, memory, design, seed=1, ceremonies=2, subsets=0, most=250)
    lost = {"no-fsync": "is gone", "sign-first": "signed, but its TBS is not in the log"}[design]
    assert any(lost in reason for reason in found), found


@pytest.mark.long
def test_ten_thousand_power_cuts_lose_nothing(bench: Bench, memory: Path) -> None:
    total: Counter[str] = Counter()
    for seed in range(100, 120):
        if total.total() >= 10_000:
            break
        total += cut_off(bench, memory, "good", seed=seed, ceremonies=6, subsets=6, most=10_000)
    print(f"{total['good']} of {total.total()} crash states good")  # noqa: T201
    assert total.total() == total["good"] >= 10_000
