"""Files that nobody thought of: random bytes, damaged vectors, damaged DER in every wrapping, random JSON and YAML."""

import base64
import json
import warnings
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from offline_root.model import SigningRequest
from offline_root.request.reader import read_request
from tests.offline_root.request.derived import FOLDER, octets_of, pem
from tests.offline_root.request.sound import assert_sound

# cryptography warns of what it does not like in names, when they are asked for again.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

_MANY = settings(deadline=None, max_examples=300)  # time is measured in test_limits, on the worst
_FILES = [path.read_bytes() for path in sorted(FOLDER.rglob("*")) if path.is_file() and path.stat().st_size < 8192]
_PEM = FOLDER.joinpath("openssl-ec.pem").read_text()
_FLAT = base64.b64encode(octets_of(_PEM)).decode()
_KEY = FOLDER.joinpath("key-sec1.pem").read_text()
_REQUESTS = [
    octets_of(FOLDER.joinpath(name).read_text())
    for name in (
        "openssl-ec.pem",
        "openssl-rsa.pem",
        "openssl-extensions.pem",
        "openssl-challenge.pem",
        "openssl-pss.pem",
    )
]


@st.composite
def _edited(draw: st.DrawFn, sources: list[bytes]) -> bytes:
    """Return one of the sources with some bits flipped, bytes set, and pieces cut out, doubled or put in."""
    data = bytearray(draw(st.sampled_from(sources)))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 16)))
        match draw(st.sampled_from(("flip", "set", "cut", "double", "insert", "truncate"))):
            case "flip" if start < len(data):
                data[start] ^= 1 << draw(st.integers(0, 7))
            case "set" if start < len(data):
                data[start] = draw(st.sampled_from((0, 1, 0x30, 0x31, 0x80, 0x82, 0xFF, 0x0A, 0x2D)))
            case "cut":
                del data[start:end]
            case "double":
                data[start:start] = data[start:end]
            case "insert":
                data[start:start] = draw(st.binary(max_size=8))
            case _ if draw(st.booleans()):
                del data[start:]
            case _:
                pass
    return bytes(data)


def _assert_read(data: bytes) -> None:
    assert_sound(read_request("f", data), data)


@_MANY
@given(st.one_of(st.binary(max_size=512), st.text(max_size=512).map(lambda text: text.encode(errors="replace"))))
def test_random_bytes(data: bytes) -> None:
    _assert_read(data)


@settings(_MANY, max_examples=800)
@given(_edited(_FILES))
def test_damaged_files(data: bytes) -> None:
    _assert_read(data)


@settings(_MANY, max_examples=800)
@given(_edited(_REQUESTS), st.sampled_from(("der", "pem", "base64", "json", "yaml", "utf-16")))
def test_damaged_requests(octets: bytes, wrapping: str) -> None:
    text = pem(octets)
    data = {
        "der": octets,
        "pem": text.encode(),
        "base64": base64.b64encode(octets),
        "json": json.dumps({"data": {"csr": text}}).encode(),
        "yaml": yaml.safe_dump({"csr": text}).encode(),
        "utf-16": text.encode("utf-16"),
    }[wrapping]
    _assert_read(data)


_KEYS = st.sampled_from(("csr", "data", "key", "private_key", "a")) | st.text(max_size=8)
_LEAVES = st.sampled_from((_PEM, _FLAT, _KEY, _PEM * 2, "", None, True, 1, 1.5)) | st.text(max_size=40)
_TREES: st.SearchStrategy[Any] = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4), max_leaves=12
)


def _strings(tree: object, name: str = "csr") -> list[tuple[str, str]]:
    if isinstance(tree, dict):
        return [each for key, value in tree.items() for each in _strings(value, key)]
    if isinstance(tree, list):
        return [each for value in tree for each in _strings(value, name)]
    return [(name, tree)] if isinstance(tree, str) else []


def _assert_one_request(tree: object, data: bytes) -> None:
    """Assert that a wrapping is read exactly where it has one field csr, no second request and no key."""
    outcome = read_request("f", data)
    assert_sound(outcome, data)
    strings = _strings(tree)
    fields = [value for name, value in strings if name == "csr" and value.strip()]
    requests = sum(value.count(_PEM) for _, value in strings)
    exposed = any(_KEY in value or (name == "private_key" and value) for name, value in strings)
    expected = not exposed and fields in ([_PEM], [_FLAT]) and requests <= 1
    assert isinstance(outcome, SigningRequest) == expected


@_MANY
@example({"data": {"csr": _PEM, "key_id": "x"}, "warnings": None})
@given(st.dictionaries(_KEYS, _TREES, max_size=5))
def test_random_json(tree: dict[str, Any]) -> None:
    _assert_one_request(tree, json.dumps(tree).encode())


@_MANY
@example({"data": {"csr": _PEM, "key_id": "x"}, "warnings": None})
@given(st.fixed_dictionaries({"csr": _TREES}, optional={"data": _TREES, "private_key": _TREES, "a": _TREES}))
def test_random_yaml(tree: dict[str, Any]) -> None:
    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    _assert_one_request(tree, yaml.dump(tree, Dumper=Plain, allow_unicode=True).encode())


@_MANY
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_text_before(text: str) -> None:
    data = f"{text}\n{_PEM}".encode()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _assert_read(data)
