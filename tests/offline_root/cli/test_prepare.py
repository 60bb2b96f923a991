"""`prepare`: what the administrator of the online CA takes to the ceremony, by two ways."""

import json
from pathlib import Path

import pytest

from offline_root.words import words
from tests.appliance import Appliance, Done, call, example_policy
from tests.requests import written

PEOPLE = ("--asked-by", "Ann Admin")


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """Return a policy file: all that another machine needs."""
    return written(tmp_path, "policy.toml", example_policy().encode())


def prepare(policy: Path, file: Path, out: Path, *more: str | Path, environment: str = "test") -> Done:
    where = ("--environment", environment, "--policy", policy, "--out", out)
    return call("--home", "/nonexistent", "--json", "prepare", file, *where, *PEOPLE, *more)


def test_slip_and_letter_say_the_same_and_the_ceremony_signs_it(
    policy: Path, good: Path, tmp_path: Path, appliance: Appliance
) -> None:
    done = prepare(policy, good, tmp_path / "out")

    assert done.code == 0, done.err
    folder = Path(done.json["folder"])
    letter = json.loads((folder / "request.json").read_text())
    assert sorted(path.name for path in folder.iterdir()) == ["request.json", "test.csr"]
    assert (letter["format"], letter["environment"]) == ("offline-root request 1", "test")
    assert (letter["asked_by"], letter["checkpoint"]) == ("Ann Admin", "")
    slip = done.json["slip"]
    digits = slip.partition("Fingerprint")[2].partition("\n")[0].replace(" ", "")
    assert digits == letter["key_sha256"][:32]
    assert " ".join(words(bytes.fromhex(digits))) in " ".join(slip.split())
    assert appliance.fingerprint(folder / "test.csr").startswith(digits)
    signed = appliance.sign("test", folder / "test.csr")
    assert signed.code == 0, signed.err
    assert signed.json["issued"][0]["environment"] == "test"


def test_a_request_that_would_be_refused_does_not_leave(policy: Path, good: Path, tmp_path: Path) -> None:
    done = prepare(policy, good, tmp_path / "out", environment="prod")

    assert (done.code, done.json["folder"], done.json["slip"]) == (1, None, None)
    assert "request.subject.common-name" in {each["code"] for each in done.json["findings"]}
    assert not (tmp_path / "out").exists()


def test_nor_does_a_file_that_cannot_be_read(policy: Path, tmp_path: Path) -> None:
    done = prepare(policy, written(tmp_path, "broken.csr", b"-----BEGIN CERTIFICATE REQUEST-----"), tmp_path / "out")

    assert (done.code, (tmp_path / "out").exists()) == (1, False)
    assert done.json["findings"]


def test_what_was_prepared_before_is_left_as_it_is(policy: Path, good: Path, tmp_path: Path) -> None:
    first = prepare(policy, good, tmp_path / "out")
    before = (Path(first.json["folder"]) / "request.json").read_bytes()
    again = prepare(policy, good, tmp_path / "out", "--asked-by", "Somebody Else")

    assert again.code == 1
    assert "is there already" in again.error["what"]
    assert (Path(first.json["folder"]) / "request.json").read_bytes() == before


def test_carries_the_newest_checkpoint_whole(policy: Path, good: Path, tmp_path: Path, appliance: Appliance) -> None:
    checkpoint = appliance.place / "audit" / "checkpoint"
    done = prepare(policy, good, tmp_path / "out", "--checkpoint", checkpoint)

    letter = json.loads((Path(done.json["folder"]) / "request.json").read_text())
    assert letter["checkpoint"] == checkpoint.read_text()


@pytest.mark.parametrize("content", [b"", b"no note\n", b"\xff\xfe"], ids=["empty", "text", "octets"])
def test_takes_nothing_else_for_a_checkpoint(policy: Path, good: Path, tmp_path: Path, content: bytes) -> None:
    done = prepare(policy, good, tmp_path / "out", "--checkpoint", written(tmp_path, "note", content))

    assert (done.code, (tmp_path / "out").exists()) == (1, False)
    assert "is not a checkpoint" in done.error["what"]


def test_for_people_it_is_a_slip_and_a_folder(policy: Path, good: Path, tmp_path: Path) -> None:
    done = call("prepare", good, "--environment", "test", "--policy", policy, "--out", tmp_path / "out", *PEOPLE)

    assert done.out.startswith("PAPER SLIP")
    assert "by another way than the stick" in " ".join(done.err.split())
