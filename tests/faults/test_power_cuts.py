"""Power cuts at every write of whole ceremonies: what people have seen outside, the disk knows of afterwards.

The states are those of a disk that may lose or tear whatever was not flushed. The same tests must fail for two designs
that are known to be bad.
"""

import shutil
import subprocess
import traceback
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.faults.mounts import own_mounts
from tests.faults.power import Bench, Cut, Cuts, made_disk, missing, recorded
from tests.faults.seen import check_found, check_goes_on

pytestmark = pytest.mark.e2e

GOES_ON_EVERY = 50
OTHER = ("unshare", "--mount", "sh", "-c", "echo ready; read line")


@pytest.fixture
def bench(memory: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    if what := missing():
        (pytest.fail if request.node.get_closest_marker("long") else pytest.skip)(what)
    with own_mounts():
        bench = Bench(memory)
        yield bench
        bench.close()


def keep(cut: Cut, folder: Path) -> None:
    """Keep a bad state to be looked at: the disk before it was mounted, what was seen outside, and what is wrong."""
    folder.mkdir(parents=True)
    (folder / "disk").write_bytes(cut.disk)
    (folder / "seen").write_text(repr(cut.seen))
    (folder / "reason").write_text(traceback.format_exc())


def cut_off(
    bench: Bench, base: Path, kept: Path, design: str, *, seed: int, ceremonies: int, subsets: int, most: int
) -> Counter[str]:
    """Hold ceremonies, cut the power in at most so many ways; count how each state was found."""
    image = made_disk(base)
    record = recorded(base, image, design, seed, ceremonies)
    found: Counter[str] = Counter()
    for number, cut in enumerate(islice(Cuts(image, record, seed, subsets), most)):
        try:
            with bench.mounted(cut.disk) as at:
                place = check_found(at / "home", cut.seen)
                if place and cut.seen.keys and number % GOES_ON_EVERY == 0:
                    check_goes_on(at / "home", place, cut.seen, base / "stick")
                    shutil.rmtree(base / "stick")
            found["good"] += 1
        except Exception as error:  # noqa: BLE001  # the other states are looked at all the same
            found[f"{type(error).__name__}: {error}"] += 1
            keep(cut, kept / f"{design}-{seed}-{number}")
        assert number % 500 or bench.is_clean()
    print(f"{design}: {found['good']} of {found.total()} crash states good")  # noqa: T201
    return found


def test_a_sample_of_power_cuts_loses_nothing(bench: Bench, memory: Path, tmp_path: Path) -> None:
    found = cut_off(bench, memory, tmp_path, "good", seed=1, ceremonies=1, subsets=1, most=400)
    assert found.total() == found["good"] > 200, found


@pytest.mark.parametrize("design", ["no-fsync", "sign-first"])
def test_a_bad_design_is_caught(design: str, bench: Bench, memory: Path, tmp_path: Path) -> None:
    found = cut_off(bench, memory, tmp_path, design, seed=1, ceremonies=2, subsets=0, most=250)
    lost = {"no-fsync": "is gone", "sign-first": "signed, but its TBS is not in the log"}[design]
    assert any(lost in reason for reason in found), found
    shutil.rmtree(tmp_path)


def test_a_file_system_that_stays_mounted_elsewhere_is_noticed(bench: Bench, memory: Path) -> None:
    # Another program's mount namespace, as bubblewrap makes it: what is mounted next would not be what is on the disk.
    found = bench.mounted(made_disk(memory))
    found.__enter__()
    with subprocess.Popen(OTHER, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        other.stdout.readline()
        with pytest.raises(OSError, match="busy"):
            found.__exit__(None, None, None)
        assert other.stdin
        other.stdin.close()


@pytest.mark.long
def test_ten_thousand_power_cuts_lose_nothing(bench: Bench, memory: Path, tmp_path: Path) -> None:
    total: Counter[str] = Counter()
    for seed in range(100, 120):
        if total.total() >= 10_000:
            break
        total += cut_off(bench, memory, tmp_path, "good", seed=seed, ceremonies=6, subsets=6, most=10_000)
    print(f"{total['good']} of {total.total()} crash states good")  # noqa: T201
    assert total.total() == total["good"] >= 10_000, total
