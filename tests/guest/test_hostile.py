"""Damaged and made-up file systems through the product's mounting and its reader process, in a real kernel."""

import os
import random
import sys
from pathlib import Path

import pytest

from tests.guest.hostile.__main__ import KERNELS, campaign
from tests.guest.hostile.campaign import Tally
from tests.guest.hostile.images import IMAGES
from tests.guest.hostile.layout import layout
from tests.guest.hostile.mutants import Mutator
from tests.guest.sticks import fat, put

COUNT = int(os.environ.get("OFFLINE_ROOT_HOSTILE_IMAGES", "1400"))
"""Mutants; `python -m tests.guest.hostile` takes any number."""


def test_a_mutant_follows_from_its_number_alone(tmp_path: Path) -> None:
    original = put(fat(tmp_path / "stick", 2 << 20, "-F", "12"), "a request.csr", b"csr").read_bytes()
    one, other = (Mutator(original, layout(original)) for _ in range(2))
    numbers = random.Random(1).sample(range(10**6), 300)  # noqa: S311 (not a secret)
    made = {number: bytes(one.make(number).octets) for number in numbers}
    assert all(made[number] == other.make(number).octets for number in reversed(numbers))
    assert len(set(made.values())) > 0.95 * len(made)
    assert {len(each) for each in made.values()} == {len(original)}


@pytest.mark.long
@pytest.mark.parametrize("kernel", KERNELS)
def test_nothing_hangs_crashes_or_upsets_the_kernel(kernel: str) -> None:
    total = sum(campaign(KERNELS[kernel], 0, COUNT, seconds=float("inf")), Tally())
    sys.stderr.write(f"{kernel}: {total}\n")
    assert (total.hangs, total.crashes, total.complaints) == ([], [], [])
    assert total.mutants == COUNT
    assert total.images.keys() == {name for name in IMAGES if kernel == "emulated" or "exFAT" not in name}
    outcomes = ("read", "not mounted", "read, but for some files", "written and read back", "read (whole way)")
    assert all(total.went[each] for each in outcomes), "the mutants are not what they should be"
