"""A sample of the corpus through a whole ceremony: nothing is issued, each refusal is in the log and on the stick."""

import shutil
from pathlib import Path

import pytest

from offline_root.catalogue import catalogue
from offline_root.findings import Strength
from tests.appliance import Appliance
from tests.corpus.folder import Case, index

pytestmark = pytest.mark.e2e

REQUIRED = {each.name for each in catalogue() if each.strength is Strength.REQUIRED}


def sample() -> tuple[Case, ...]:
    """Return every fortieth of the cases that refuse, whatever was answered before."""
    refused = [each for each in index().values() if each.verdict == "refuse" and not each.after]
    return tuple(each for each in refused if each.environment == "test")[::40]


def test_nothing_of_a_sample_is_signed(created: Appliance, tmp_path: Path) -> None:
    appliance = created.copy(tmp_path / "appliance")
    stick = tmp_path / "in"
    stick.mkdir()
    cases = {f"{number:03}-{each.path.name}": each for number, each in enumerate(sample())}
    for name, each in cases.items():
        shutil.copy(each.path, stick / name)
    begun = appliance.events().count("signing-started")

    done = appliance.sign("test", *(stick / name for name in cases))

    assert (done.code, done.json["issued"]) == (1, [])
    assert "Traceback" not in done.err
    said = {Path(each["file"]).name: {one["code"] for one in each["findings"]} for each in done.json["refused"]}
    missing = {name: set(each.codes) & REQUIRED - said[name] for name, each in cases.items()}
    assert {name: codes for name, codes in missing.items() if codes} == {}
    assert appliance.events().count("signing-started") == begun
    assert appliance.events().count("request-refused") == len(cases)
    assert len(list(Path(done.json["response"]).glob("*-refused.txt"))) == len(cases)
    assert appliance.log_is_whole()
