"""Finding a private key, and finding none where there is none."""

import base64

import pytest

from offline_root.request.private_key import holds_private_key, is_private_key_field
from tests.offline_root.request.derived import FOLDER

_KEYS = sorted(
    path.name
    for path in FOLDER.glob("key-*.der")
    if path.name not in {"key-no-key.der", "key-off-curve.der", "key-unknown.der"}
)
_HARMLESS = sorted(path.name for path in FOLDER.glob("openssl*"))


@pytest.mark.parametrize("name", _KEYS)
def test_a_key_in_der_is_found_inside_anything(name: str) -> None:
    key = FOLDER.joinpath(name).read_bytes()
    assert holds_private_key(b"before" + key + b"after")
    for width in (24, 64, 76, 10_000):
        text = base64.b64encode(key)
        lines = b"\n".join(text[start : start + width] for start in range(0, len(text), width))
        assert holds_private_key(b'before:"' + lines + b'"')
        assert holds_private_key(lines.decode().encode("utf-16-le"))


@pytest.mark.parametrize(
    "label",
    [
        "BEGIN PRIVATE KEY",
        "BEGIN ENCRYPTED PRIVATE KEY",
        "BEGIN EC PRIVATE KEY",
        "BEGIN RSA PRIVATE KEY",
        "BEGIN DSA PRIVATE KEY",
        "BEGIN OPENSSH PRIVATE KEY",
        "BEGIN PGP PRIVATE KEY BLOCK",
        "BEGIN SSH2 ENCRYPTED PRIVATE KEY",
        "begin private  key",
        "END PRIVATE KEY",
    ],
)
def test_a_label_is_enough(label: str) -> None:
    assert holds_private_key(f"-----{label}-----".encode())
    assert holds_private_key(f"a: {base64.b64encode(f'-----{label}-----'.encode()).decode()}".encode())


@pytest.mark.parametrize("name", _HARMLESS)
def test_nothing_that_openssl_writes_of_requests_and_certificates_is_a_key(name: str) -> None:
    assert not holds_private_key(FOLDER.joinpath(name).read_bytes())


@pytest.mark.parametrize(
    "octets",
    [
        "30030201003005060355041d",  # basic constraints with a path length alone, then an extension
        "3081e102010130 2c06072a8648ce3d0101022100ffffffff",  # the parameters of a curve
        "3013020101040e",  # too short for a key
    ],
)
def test_what_looks_like_a_key_and_is_none(octets: str) -> None:
    assert not holds_private_key(bytes.fromhex(octets))


@pytest.mark.parametrize("name", ["private_key", "privateKey", "Private Key", "PRIVATE-KEY", " private_key "])
def test_a_named_field_is_a_key_where_it_is_not_empty(name: str) -> None:
    assert is_private_key_field(name, "x")
    assert not is_private_key_field(name, "")


@pytest.mark.parametrize("name", ["private_key_type", "key", "key_id", "public_key", ""])
def test_other_fields_are_none(name: str) -> None:
    assert not is_private_key_field(name, "x")
