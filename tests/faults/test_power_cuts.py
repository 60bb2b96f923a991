"""Power cuts at every write of whole ceremonies: what people have seen outside, the disk knows of afterwards.

The states are those of a disk that may lose or tear whatever was not flushed. The same tests must fail for two designs
that are known to be bad.
"""

import random
import subprocess
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from offline_root.destruction import DESTROY
from offline_root.restoration import RESTORE_KEY
from tests.faults.ceremonies import CHANGE_PIN, CREATE, KINDS
from tests.faults.founding import Lost
from tests.faults.mounts import own_mounts
from tests.faults.power import Bench, Cut, Cuts, Workload, ext4, missing, recorded
from tests.faults.restarts import Restart

pytestmark = [pytest.mark.e2e, pytest.mark.no_cover]

KEPT = 10
Found = Counter[str]
OTHER = ("unshare", "--mount", "sh", "-c", "echo ready; read line")


@pytest.fixture
def base(memory: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    if what := missing():
        (pytest.fail if request.node.get_closest_marker("long") else pytest.skip)(what)
    with own_mounts():
        yield memory


def keep(cut: Cut, folder: Path) -> None:
    """Keep a bad state to be looked at: the disk before it was mounted, what was seen outside, and what is wrong."""
    folder.mkdir(parents=True)
    (folder / "disk").write_bytes(cut.disk)
    (folder / "seen").write_text(repr(cut.seen))
    (folder / "reason").write_text(traceback.format_exc())


def cut_off(base: Path, work: Workload, goes_on_every: int, subsets: int, every: int, kept: Path | None) -> Found:
    """Hold ceremonies, cut the power in every so many-th way; count how each state was found."""
    image, lost = ext4(base, work.block), Lost(base / f"lost {work.seed}")
    if work.kinds[0] == RESTORE_KEY:
        lost.make()
    record = recorded(base, image, work, lost)
    found: Found = Counter()
    afterwards = Restart(base / f"next {work.seed}", lost, goes_on_every)
    bench = Bench(base)
    for number, cut in enumerate(Cuts(image, record, work.seed, subsets, every)):
        try:
            with bench.mounted(cut.disk) as at:
                afterwards.check(at, cut.seen)
            assert number % 500 or bench.is_clean(), "the file system is damaged"
            found["good"] += 1
        except Exception as error:  # noqa: BLE001  # the other states are looked at all the same
            found[f"{type(error).__name__}: {error}"] += 1
            if kept and found.total() - found["good"] <= KEPT:
                keep(cut, kept / f"{work.design}-{work.seed}-{number}")
    bench.close()
    print(f"{work}: {found['good']} of {found.total()} crash states good; {afterwards}")  # noqa: T201
    return found


def test_a_sample_of_power_cuts_loses_nothing(base: Path, tmp_path: Path) -> None:
    work = Workload("good", 1, (CREATE, "sign", CHANGE_PIN, DESTROY))
    found = cut_off(base, work, 20, 1, 13, tmp_path)
    assert found.total() == found["good"] > 100, found


BAD = {
    "no-fsync": ("sign", "is gone"),
    "sign-first": ("sign", "signed, but its TBS is not in the log"),
    "counted-first": ("backup", "a backup that counts is not whole"),
    "change-first": (CHANGE_PIN, "nothing that the log names opens the token"),
    "destroyed-first": (DESTROY, "the log says destroyed, and the key is there"),
}
SAMPLE = {"no-fsync": 4, "sign-first": 4}
"""Those whose every fourth state is enough."""


@pytest.mark.parametrize(
    "design", [pytest.param(each, marks=() if each in SAMPLE else pytest.mark.long) for each in BAD]
)
def test_a_bad_design_is_caught(design: str, base: Path) -> None:
    kind, lost = BAD[design]
    found = cut_off(base, Workload(design, 1, (CREATE, kind)), 1000, 0, SAMPLE.get(design, 1), None)
    assert any(lost in reason for reason in found), found


def test_a_file_system_that_stays_mounted_elsewhere_is_noticed(base: Path) -> None:
    # Another program's mount namespace, as bubblewrap makes it: what is mounted next would not be what is on the disk.
    bench = Bench(base)
    found = bench.mounted(ext4(base, 1024))
    found.__enter__()
    with subprocess.Popen(OTHER, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        other.stdout.readline()
        with pytest.raises(OSError, match="busy"):
            found.__exit__(None, None, None)
        assert other.stdin
        other.stdin.close()
    bench.close()


def workloads(seed: int) -> tuple[Workload, Workload]:
    """Return every kind of ceremony in two workloads, after a signature; what destroys the key comes last."""
    kinds = random.Random(seed).sample(sorted(KINDS.keys() - {"sign", DESTROY}), len(KINDS) - 2)  # noqa: S311
    half = len(kinds) // 2
    made = (CREATE, "sign", *kinds[:half], DESTROY)
    return Workload("good", seed, made), Workload("good", seed + 1, (RESTORE_KEY, "sign", *kinds[half:]), block=4096)


@pytest.mark.long
def test_ten_thousand_power_cuts_lose_nothing(base: Path, tmp_path: Path) -> None:
    total: Found = Counter()
    for seed in range(100, 140, 2):
        if total.total() >= 10_000:
            break
        for work in workloads(seed):
            total += cut_off(base, work, 12, 8, 1, tmp_path)
    print(f"{total['good']} of {total.total()} crash states good")  # noqa: T201
    assert total.total() == total["good"] >= 10_000, total
