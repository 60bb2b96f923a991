"""Every file in tests/vectors/requests, with what is expected of it."""

import tomllib
import warnings
from collections.abc import Iterator

import pytest

from offline_root.findings import Severity
from offline_root.model import SigningRequest, Unreadable
from offline_root.request.reader import read_request
from tests.offline_root.request.derived import FOLDER, derived
from tests.offline_root.request.sound import CODES, assert_sound

_EXPECTED = tomllib.loads(FOLDER.joinpath("expected.toml").read_text())
_READ, _REFUSED = _EXPECTED["read"], _EXPECTED["refused"]
_FORMS = {
    "DER",
    "PEM",
    "PEM in UTF-16",
    "PEM with escaped line breaks",
    "base64",
    "JSON (PEM)",
    "JSON (PEM) in UTF-16",
    "JSON (base64)",
    "YAML (PEM)",
    "YAML (base64)",
    "table (PEM)",
    "table (PEM) in UTF-16",
    "table (base64)",
}


def _outcome(name: str) -> SigningRequest | Unreadable:
    data = FOLDER.joinpath(name).read_bytes()
    outcome = read_request(name, data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a country of three letters, when the field is asked for again
        assert_sound(outcome, data)
    return outcome


def _codes(outcome: SigningRequest | Unreadable) -> list[str]:
    return [finding.code for finding in outcome.findings]


@pytest.mark.parametrize("name", _READ)
def test_is_read(name: str) -> None:
    outcome = _outcome(name)
    assert isinstance(outcome, SigningRequest), _codes(outcome)
    assert (outcome.form, _codes(outcome)) == (_READ[name]["form"], _READ[name]["codes"])


@pytest.mark.parametrize("name", _REFUSED)
def test_is_refused(name: str) -> None:
    outcome = _outcome(name)
    assert isinstance(outcome, Unreadable), outcome.form
    assert _codes(outcome) == _REFUSED[name]


def test_every_file_is_expected_and_there() -> None:
    files = {path.name for path in FOLDER.iterdir()} - {"expected.toml", ".gitattributes"}
    assert files == {*_READ, *_REFUSED}


def test_derived_files_are_what_the_generator_makes() -> None:
    assert {name: FOLDER.joinpath(name).read_bytes() for name in derived()} == derived()


def test_every_form_has_a_file() -> None:
    assert {each["form"] for each in _READ.values()} == _FORMS


def _expected_codes() -> Iterator[tuple[str, set[str]]]:
    yield from ((name, set(each["codes"])) for name, each in _READ.items())
    yield from ((name, set(each)) for name, each in _REFUSED.items())


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_file_that_gives_it_and_one_that_does_not(code: str) -> None:
    given = {code in codes for _, codes in _expected_codes()}
    assert given == {True, False}


def test_what_refuses_is_not_expected_of_a_request_that_is_read() -> None:
    refusing = {name for name, code in CODES.items() if code.severity is Severity.REFUSE}
    assert not refusing & {code for each in _READ.values() for code in each["codes"]}
    assert all(refusing & set(codes) for codes in _REFUSED.values())


def test_every_private_key_in_the_files_is_found() -> None:
    holding = ("key-", "exposed-", "openbao-exported", "openbao-bundle")
    names = {path.name for path in FOLDER.iterdir() if path.name.startswith(holding)} - {"key-id-first-table.csr"}
    names -= {"key-no-key.der", "key-off-curve.der", "key-unknown.der"}
    assert names == {name for name, codes in _REFUSED.items() if "request.file.private-key" in codes}
