"""A key that leaves its token wrapped, and enters another: with the module, and with standard tools alone."""

import dataclasses
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap_with_padding
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from hsm import (
    KINDS,
    SOFTHSM,
    FolderUnusable,
    KeyAbsent,
    KeyExists,
    Misuse,
    PinUnfit,
    Token,
    TokenKey,
    TokenRefused,
    WrongPin,
)
from tests.hsm.softhsm import PIN, Stored, make_token

KEK = bytes(range(32))
WRAPPED = [name for name in KINDS if name not in {"rsa-2048", "rsa-4096", "ed25519"}]
HASHES = {"ec-p256": SHA256(), "ec-p384": SHA384(), "ec-p521": SHA512(), "rsa-3072": SHA256()}


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Token]:
    """Yield a second, empty token, logged in."""
    with make_token(tmp_path / "other").open() as opened:
        yield opened


def made(token: Token, kind: str = "ec-p384") -> TokenKey:
    return token.generate(kind, label="root", key_id=b"\0\1", extractable=True)


def verify(spki: bytes, kind: str, signature: bytes, message: bytes) -> None:
    key = load_der_public_key(spki)
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, message, padding.PKCS1v15(), HASHES[kind])
    else:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(signature, message, ec.ECDSA(HASHES[kind]))


@pytest.mark.parametrize("kind", WRAPPED)
def test_a_restored_key_signs_for_the_old_public_key_and_cannot_leave_again(
    token: Token, other: Token, kind: str
) -> None:
    key = made(token, kind)
    blob = token.wrap("root", KEK)
    restored = other.unwrap(key, blob, KEK, extractable=False)

    algorithm = f"{'rsa-pkcs1' if kind.startswith('rsa') else 'ecdsa'}-{HASHES[kind].name}"
    verify(key.public_key, kind, other.sign(restored, algorithm, b"message"), b"message")
    assert (restored.label, restored.key_id, restored.public_key) == ("root", b"\0\1", key.public_key)
    told = dict(restored.attributes)
    assert (told["CKA_SENSITIVE"], told["CKA_EXTRACTABLE"], told["CKA_SIGN"]) == ("true", "false", "true")
    assert (told["CKA_NEVER_EXTRACTABLE"], told["CKA_DECRYPT"], told["CKA_UNWRAP"]) == ("false", "false", "false")
    with pytest.raises(TokenRefused):
        other.wrap("root", KEK)


@pytest.mark.parametrize("kind", WRAPPED)
def test_the_blob_opens_with_standard_tools(token: Token, kind: str) -> None:
    """AES-KWP (RFC 5649) around PKCS#8; SoftHSM fills it up with zeros, which the DER length tells apart."""
    key = made(token, kind)
    padded = aes_key_unwrap_with_padding(KEK, token.wrap("root", KEK))
    octets = padded[1] & 0x7F
    length = 2 + padded[1] if padded[1] < 0x80 else 2 + octets + int.from_bytes(padded[2 : 2 + octets], "big")
    assert padded[length:].strip(b"\0") == b""
    private = load_der_private_key(padded[:length], None)
    assert isinstance(private, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    assert private.public_key() == load_der_public_key(key.public_key)


def test_every_flipped_byte_of_a_blob_is_refused(token: Token, other: Token) -> None:
    key = made(token, "ec-p256")
    blob = token.wrap("root", KEK)
    for place in range(0, len(blob), 16):
        with pytest.raises(TokenRefused):
            other.unwrap(key, blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :], KEK, extractable=False)
        other.login(PIN)
    with pytest.raises(TokenRefused):
        other.unwrap(key, blob, KEK[::-1], extractable=False)
    other.login(PIN)
    assert other.keys() == ()


def test_another_public_key_shows_only_in_a_signature(token: Token, other: Token) -> None:
    made(token)
    blob = token.wrap("root", KEK)
    wrong = token.generate("ec-p384", label="wrong", key_id=b"\0\2", extractable=False)
    restored = other.unwrap(wrong, blob, KEK, extractable=False)
    with pytest.raises(InvalidSignature):
        verify(restored.public_key, "ec-p384", other.sign(restored, "ecdsa-sha384", b"m"), b"m")


def test_nothing_is_put_over_a_key_that_is_there(token: Token) -> None:
    key = made(token)
    with pytest.raises(KeyExists):
        token.unwrap(key, token.wrap("root", KEK), KEK, extractable=False)


def test_a_destroyed_key_is_gone_for_a_later_client_too(stored: Stored) -> None:
    with stored.open() as token:
        made(token)
        token.generate("ec-p256", label="audit", key_id=b"\0\2", extractable=False)
        token.destroy("root")
        with pytest.raises(KeyAbsent):
            token.find("root")
    with stored.open() as later:
        left = later.keys()
    assert {each.label for each in left} == {"audit"}


def destroyed(token: Token) -> None:
    token.destroy("root")


def removed(token: Token) -> None:
    token.remove([each.mark for each in token.strangers([], "")], [], "")


@pytest.mark.parametrize("removing", [destroyed, removed])
def test_what_is_gone_does_not_come_back_with_a_power_cut(
    stored: Stored, removing: Callable[[Token], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On ext4 the log's next line takes the removal with it; on other file systems only the folder itself does."""
    (folder,) = (stored.directory / "tokens").iterdir()
    flushed = list[tuple[int, int]]()

    def flush(file: int) -> None:
        flushed.append((os.fstat(file).st_ino, len(list(folder.iterdir()))))

    with stored.open() as token:
        made(token)
        before = len(list(folder.iterdir()))
        monkeypatch.setattr(os, "fsync", flush)
        removing(token)
        left = len(list(folder.iterdir()))
    assert left < before
    assert flushed == [(folder.stat().st_ino, left)]


@pytest.mark.parametrize("removing", [destroyed, removed])
def test_what_may_come_back_is_not_called_gone(
    stored: Stored, removing: Callable[[Token], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with stored.open() as token:
        made(token)
        monkeypatch.setattr(os, "fsync", Mock(side_effect=OSError(errno.EIO, os.strerror(errno.EIO))))
        with pytest.raises(FolderUnusable, match="Input/output error"):
            removing(token)


def test_another_pin_opens_the_token_and_the_old_one_never_again(stored: Stored) -> None:
    with stored.open() as token:
        made(token)
        token.change_pin(PIN, "another PIN 2291")
    with stored.attach() as token:  # attaching puts back what a crash may have taken: it must not be the old PIN
        with pytest.raises(WrongPin):
            token.login(PIN)
        token.login("another PIN 2291")
        assert token.find("root").key_id == b"\0\1"


def test_what_cannot_be_never_reaches_the_module(token: Token, other: Token) -> None:
    with pytest.raises(Misuse, match="32 bytes"):
        token.wrap("root", b"short")
    with pytest.raises(PinUnfit):
        token.change_pin(PIN, "1")
    key = token.generate("ed25519", label="audit", key_id=b"\0\2", extractable=False)
    with pytest.raises(Misuse, match="ed25519"):
        other.unwrap(key, b"blob", KEK, extractable=False)


def test_a_profile_without_backup_says_so(stored: Stored) -> None:
    assert SOFTHSM.backup
    with stored.open(profile=dataclasses.replace(SOFTHSM, backup=None)) as token:
        assert token.backup is None
