"""request.json on the stick: it goes with its CSR, decides nothing, and a mix-up is noticed."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from offline_root.errors import VolumeError
from offline_root.keys import fingerprint
from offline_root.model import Letter, SigningRequest, Unreadable
from offline_root.request.letter import letter_json
from offline_root.request.reader import read_request
from tests.fakes.token import PIN
from tests.offline_root.station.rooms import Room, fake_room, slip

CSR = slip().data
OTHER = slip("prod").data


def letter_of(data: bytes, environment: str = "test") -> bytes:
    """Return the request.json of a CSR."""
    request = read_request("x.csr", data)
    assert isinstance(request, SigningRequest)
    asked = ("Ann", "2026-11-23T10:00:00Z")
    return letter_json(Letter(environment, fingerprint(request.der), request.fingerprint, *asked))


def read_all(room: Room, files: Mapping[str, bytes]) -> tuple[SigningRequest | Unreadable, ...]:
    """Read the files of a stick in a ceremony."""

    def read(file: str) -> bytes:
        if file not in files:
            raise VolumeError("not there", meaning="", mend="", retry=True)
        return files[file]

    with room.station() as station:
        station.open(room.opening())
        station.unlock(PIN)
        return station.read_all(tuple(files), read)


def letters(found: tuple[SigningRequest | Unreadable, ...]) -> list[tuple[str, bool]]:
    """Return each file and whether a letter goes with it."""
    return [(each.file, isinstance(each, SigningRequest) and each.letter is not None) for each in found]


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return fake_room(tmp_path)


def test_goes_with_the_csr_beside_it_and_is_no_request_itself(room: Room) -> None:
    found = read_all(room, {"a/request.json": letter_of(CSR), "a/test.csr": CSR, "b/prod.csr": OTHER})
    assert letters(found) == [("a/test.csr", True), ("b/prod.csr", False)]


def test_among_several_goes_with_the_one_that_it_names(room: Room) -> None:
    found = read_all(room, {"prod.csr": OTHER, "request.json": letter_of(CSR), "test.csr": CSR})
    assert letters(found) == [("prod.csr", False), ("test.csr", True)]


def test_alone_with_another_csr_is_a_mix_up(room: Room) -> None:
    found = read_all(room, {"prod.csr": OTHER, "request.json": letter_of(CSR)})
    assert letters(found) == [("prod.csr", True)]


def test_that_is_an_online_cas_answer_is_a_request(room: Room) -> None:
    answer = b'{"data": {"csr": "%s"}}' % CSR.replace(b"\n", b"\\n")
    found = read_all(room, {"request.json": answer})
    assert [type(each) for each in found] == [SigningRequest]


def test_says_in_the_log_and_on_the_review_who_asked(room: Room) -> None:
    with room.station() as station:
        station.open(room.opening())
        station.unlock(PIN)
        files = {"request.json": letter_of(CSR, "prod"), "test.csr": CSR}
        (request,) = station.read_all(("test.csr",), files.__getitem__)
        assert isinstance(request, SigningRequest)
        reviewed = station.review(request, "test")
        assert {each.code for each in reviewed.findings} >= {"letter.other-environment"}
        assert ("asked by", "Ann, 2026-11-23T10:00:00Z") in {(row.label, row.requested) for row in reviewed.rows}
        assert station.entries[-1].facts["asked_by"] == "Ann"


def test_a_file_that_cannot_be_read_is_a_finding(room: Room) -> None:
    with room.station() as station:
        station.open(room.opening())
        station.unlock(PIN)

        def read(_: str) -> bytes:
            raise VolumeError("gone", meaning="Pulled.", mend="", retry=True)

        (found,) = station.read_all(("test.csr",), read)
    assert isinstance(found, Unreadable)
    assert found.findings[0].message == "gone Pulled."
