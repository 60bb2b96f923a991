"""Size, time and memory, on the worst that fits into a file."""

import json
import time
import tracemalloc

import pytest

from offline_root import der
from offline_root.model import SigningRequest, Unreadable
from offline_root.request.forms import MAX_SIZE
from offline_root.request.reader import read_request
from tests.offline_root.request.derived import FOLDER, octets_of
from tests.offline_root.request.sound import assert_sound
from tests.offline_root.request.structures import attribute, extension, request

_TEXT = FOLDER.joinpath("openssl-ec.pem").read_text()
_GOOD = request(octets_of(_TEXT))
_EXTENSION_REQUEST = "1.2.840.113549.1.9.14"


def _filled(beginning: str, unit: str, end: str = "") -> bytes:
    room = MAX_SIZE - len((beginning + end).encode())
    return (beginning + unit * (room // len(unit.encode())) + end).encode()


def _nested() -> bytes:
    content = b"\x05\x00"
    while len(content) < MAX_SIZE - 1000:
        content = der.sequence(content)
    return _GOOD.asking(attribute("1.2.3", content)).encoded()


# One arc of 400,000 bits: as a decimal number it takes long to write.
_LONG_OID = der.sequence(der.wrap(der.OBJECT_IDENTIFIER, b"\x81" * 59_999 + b"\x01"), b"\x31\x02\x05\x00")

_WORST = {
    "brackets": _filled("", "["),
    "braces": _filled("", '{"a":'),
    "pairs": _filled("[", "[],", "[]]"),
    "number": _filled('{"csr":', "9", "}"),
    "unicode escapes": _filled('{"csr":"', "\\ud800", '"}'),
    "yaml brackets": _filled("csr: ", "["),
    "yaml braces": _filled("csr: ", "{a: "),
    "yaml dashes": _filled("csr:\n", "- "),
    "yaml questions": _filled("csr:\n", "? "),
    "yaml items": _filled("csr:\n", "- a\n"),
    "yaml flow items": _filled("csr: [", "a,", "]"),
    "yaml keys": _filled("csr: x\n", "a: b\n"),
    "yaml quotes": _filled('csr: "', "\\x41", '"'),
    "yaml line breaks": _filled("csr: a", "\n "),
    "yaml comments": _filled("csr: a\n", "#\n"),
    "yaml anchors": _filled("csr:\n", "- &a a\n"),
    "yaml csr fields": _filled("", "csr:\n"),
    "line breaks": _filled("", "\n", "a"),
    "spaces": _filled("", " ", "csr"),
    "line breaks behind BEGIN": _filled("-----BEGIN X-----", "\n", "x"),
    "begins": _filled("", "-----BEGIN CERTIFICATE REQUEST-----"),
    "other begins": _filled("", "-----BEGIN X-----\n"),
    "begins of keys": _filled("", "BEGIN PRIVATE "),
    "table rows": _filled("Key  Value\n---  -----\n", "csr  x\n"),
    "table spaces": _filled("Key  Value\n---  -----\ncsr", " "),
    "table headers": _filled("", "Key  Value\n---  -----\n"),
    "almost table headers": _filled("", "Key  "),
    "base64": _filled("", "M"),
    "base64 words": _filled("", "MAAAAAAAAAAAAAAA "),
    "base64 of der": _filled("MIIB", "MIIB"),
    "escapes": _filled("-----BEGIN X-----", "\\n"),
    "marks": _filled("", "\u0301"),
    "text before": _filled("", "a\n", _TEXT),
    "sequences": b"\x30\x82\xff\xfc" + b"\x30\x00" * 32_766,
    "nested der": _nested(),
    "attributes": _GOOD.asking(*(attribute(f"1.2.3.{number}", b"\x05\x00") for number in range(3000))).encoded(),
    "extensions": _GOOD.asking(attribute(_EXTENSION_REQUEST, der.sequence(extension("1.2.3", b"") * 6000))).encoded(),
    "long oid": _GOOD.asking(_LONG_OID).encoded(),
    "long value": _GOOD.asking(
        attribute(_EXTENSION_REQUEST, der.sequence(extension("1.2.3", bytes(60_000))))
    ).encoded(),
}


@pytest.mark.parametrize("name", _WORST)
def test_time_and_memory_are_bounded(name: str) -> None:
    data = _WORST[name]
    assert len(data) <= MAX_SIZE
    started = time.process_time()
    outcome = read_request(name, data)
    assert time.process_time() - started < 2
    assert_sound(outcome, data)
    tracemalloc.start()
    read_request(name, data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * 1024 * 1024


@pytest.mark.parametrize("size", [65_535, 65_536])
def test_a_file_of_64_kib_is_read(size: int) -> None:
    data = (" " * (size - len(_TEXT)) + _TEXT).encode()
    assert isinstance(read_request("f", data), SigningRequest)


def test_one_byte_more_is_refused() -> None:
    outcome = read_request("f", (" " * (65_537 - len(_TEXT)) + _TEXT).encode())
    assert isinstance(outcome, Unreadable)
    assert [finding.code for finding in outcome.findings] == ["request.file.too-large"]


def _wrapped(levels: int, values: int) -> str:
    """Return JSON of a request so many levels down, behind so many values."""
    tree: object = {"csr": _TEXT}
    for _ in range(levels - 1):
        tree = {"a": tree}
    return json.dumps({"many": ["x"] * values, "deep": tree}, indent=1)


@pytest.mark.parametrize(
    ("levels", "values", "readable"),
    [(1, 0, True), (7, 3, True), (8, 0, False), (8, 9, False), (1, 505, True), (1, 506, False)],
)
def test_yaml_has_8_levels_and_512_values_at_most(levels: int, values: int, *, readable: bool) -> None:
    text = f"---\n{_wrapped(levels, values)}\n"  # JSON behind a document marker is YAML
    assert isinstance(read_request("f", text.encode()), SigningRequest) == readable


@pytest.mark.parametrize(("levels", "readable"), [(1, True), (7, True), (8, False)])
def test_json_has_8_levels_at_most(levels: int, *, readable: bool) -> None:
    assert isinstance(read_request("f", _wrapped(levels, 2000).encode()), SigningRequest) == readable


@pytest.mark.parametrize(("levels", "readable"), [(1, True), (8, True), (9, False)])
def test_lists_are_levels_too(levels: int, *, readable: bool) -> None:
    tree = "[" * levels + json.dumps(_TEXT) + "]" * levels
    assert isinstance(read_request("f", tree.encode()), SigningRequest) == readable


def test_many_requests_behind_each_other_are_no_recursion() -> None:
    info = der.sequence(b"\x02\x01\x00", der.sequence(), der.sequence(), b"\xa0\x00")
    small = der.sequence(info, der.sequence(), b"\x03\x01\x00")
    first = (FOLDER / "encoding" / "behind-newline.der").read_bytes().removesuffix(b"\n")
    read = read_request("many.der", first + small * 1500)
    assert isinstance(read, Unreadable)
    assert [each.code for each in read.findings] == ["request.file.two-requests"]
