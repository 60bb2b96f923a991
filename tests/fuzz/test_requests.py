"""Mutants of the corpus. For minutes with `./run test long`; OFFLINE_ROOT_FUZZ_SECONDS says for how many in all."""

import importlib.util
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.authorities import NOW
from tests.corpus.build import csr
from tests.corpus.judge import authority, judge
from tests.corpus.keys import curve
from tests.fuzz import campaign as campaigns
from tests.fuzz.campaign import Found, Tally, campaign, reading, reviewing, within_policy
from tests.fuzz.mutants import Mutator

SECONDS = float(os.environ.get("OFFLINE_ROOT_FUZZ_SECONDS", "600"))
MANY = 10**9
FEW = 400


def test_a_few_mutants_are_read() -> None:
    tally = campaign(Mutator.file, reading, number=1, count=FEW, seconds=60)
    assert tally.mutants == FEW
    assert tally.read > 5
    assert len(tally.codes) > 10


def test_a_few_mutants_are_reviewed() -> None:
    tally = campaign(Mutator.request, reviewing, number=1, count=FEW, seconds=60)
    assert tally.reviewed > 50
    assert tally.accepted > 10
    assert tally.agreed > 0
    assert str(tally).startswith(f"{FEW} mutants in ")


def test_campaigns_are_added_up() -> None:
    one, two = (campaign(Mutator.request, reading, number=number, count=20, seconds=60) for number in (3, 4))
    both = one + two
    assert (both.mutants, both.read, both.codes) == (40, one.read + two.read, one.codes + two.codes)
    assert both.slowest == max(one.slowest, two.slowest)


def test_the_same_number_gives_the_same_mutants() -> None:
    one, two = Mutator(7), Mutator(7)
    assert [one.file() for _ in range(50)] == [two.file() for _ in range(50)]
    assert [one.request() for _ in range(50)] == [two.request() for _ in range(50)]


def test_a_mutant_that_breaks_something_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_name: str, _data: bytes) -> None:
        raise RecursionError

    monkeypatch.setattr(campaigns, "read_request", broken)
    with pytest.raises(Found, match=r"number 3, mutant 0: [0-9a-f]+"):
        campaign(Mutator.file, reading, number=3, count=5, seconds=60)


def test_what_is_beyond_the_policy_is_noticed() -> None:
    good, other = (judge("good.csr", each).review for each in (csr(), csr(by=curve("two"))))
    assert good is not None
    assert other is not None
    within_policy(good, authority())
    longer = authority().certified(good.request.public_key, "prod", authority().parsed.subject)
    for changed in (
        replace(good, throwaway=longer),
        replace(good, request=other.request),
        replace(good, tbs=other.tbs),
        replace(good, draft=replace(good.draft, not_after=NOW)),
        replace(good, environment="prod"),
    ):
        with pytest.raises(AssertionError):
            within_policy(changed, authority())


@pytest.mark.long
def test_many_mutants_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    _show(capsys, "reading", campaign(Mutator.file, reading, number=1, count=MANY, seconds=SECONDS * 0.4))


@pytest.mark.long
def test_many_mutants_are_reviewed(capsys: pytest.CaptureFixture[str]) -> None:
    _show(capsys, "reviewing", campaign(Mutator.request, reviewing, number=1, count=MANY, seconds=SECONDS * 0.4))


def _show(capsys: pytest.CaptureFixture[str], name: str, tally: Tally) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{name}: {tally}\n")
    assert tally.mutants > 1_000


if importlib.util.find_spec("atheris"):  # it has no wheels for other Pythons than 3.11

    @pytest.mark.long
    def test_fuzzing_that_follows_coverage_finds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        options = (f"-max_total_time={SECONDS * 0.15:.0f}", "-seed=1", "-print_final_stats=1", "-max_len=8192")
        command = [sys.executable, "-m", "tests.fuzz.coverage_guided", str(tmp_path), *options]
        said = subprocess.run(command, check=False, capture_output=True, text=True)
        assert said.returncode == 0, said.stderr[-5_000:]
        runs = re.search(r"stat::number_of_executed_units: (\d+)", said.stderr)
        assert runs is not None
        with capsys.disabled():
            sys.stdout.write(f"\natheris: {int(runs[1]):,} files read\n")
