"""The file of a backup: it holds what it was written from, and every byte of it counts."""

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from offline_root.backup_file import CCM, Backup, open_backup, read_backup, write_backup
from offline_root.errors import CeremonyError
from offline_root.keys import fingerprint
from offline_root.model import Der
from offline_root.shares import Purpose, ShareSet

SECRET = bytes(range(32))
EC = ec.derive_private_key(7, ec.SECP384R1())


def backup_of(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = EC, zeros: int = 0) -> Backup:
    pkcs8 = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return Backup(
        authority="root",
        origin="offline-root/root",
        root_sha256=fingerprint(b"root"),
        public_key=Der(private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
        module="SoftHSM",
        made="2026-11-23T11:30:00Z",
        method="AES-KWP (RFC 5649)",
        shares=ShareSet(Purpose.BACKUP, 4711, 3, 5),
        wrapped_key=aes_key_wrap_with_padding(SECRET, pkcs8 + bytes(zeros)),
    )


BACKUP = backup_of()
FILE = write_backup(BACKUP)


def refused(data: bytes) -> str:
    with pytest.raises(CeremonyError) as error:
        read_backup(data)
    return error.value.what


def test_what_was_written_is_read() -> None:
    assert read_backup(FILE) == BACKUP
    facts = json.loads(FILE)
    assert (facts["set"], facts["needed"], facts["shares"]) == (4711, 3, 5)
    assert (facts["key_sha256"], list(facts)[-1]) == (BACKUP.key, "sha256")


def test_every_flipped_bit_is_noticed() -> None:
    for bits in range(len(FILE) * 8):
        place, bit = divmod(bits, 8)
        flipped = FILE[:place] + bytes([FILE[place] ^ 1 << bit]) + FILE[place + 1 :]
        assert "damaged" in refused(flipped) or "has the format" in refused(flipped)


@pytest.mark.parametrize(
    "data", [b"", b"x", b"[]", b"{}", b"7", FILE[:-1], FILE + b"\n", FILE.replace(b"4711", b"4713")]
)
def test_what_is_no_backup_is_damaged(data: bytes) -> None:
    assert "damaged, or none" in refused(data)


def test_another_key_or_share_with_a_right_hash_is_another_backup_and_a_wrong_fingerprint_none() -> None:
    text = FILE.decode().replace(BACKUP.key, fingerprint(b"another key"))
    head = text.partition(',\n  "sha256"')[0]
    assert "damaged" in refused(f'{head},\n  "sha256": "{fingerprint(head.encode())}"\n}}\n'.encode())


def test_a_newer_format_is_named() -> None:
    assert refused(FILE.replace(b"backup 1", b"backup 2")) == "The backup has the format 'offline-root backup 2'."


@pytest.mark.parametrize("zeros", [0, 1, 5, 7])
def test_it_opens_with_its_secret_and_zeros_after_the_key_do_not_matter(zeros: int) -> None:
    assert open_backup(backup_of(zeros=zeros), SECRET)


def test_a_root_of_rsa_opens_too() -> None:
    open_backup(backup_of(rsa.generate_private_key(65537, 2048)), SECRET)


def test_of_a_yubihsm_only_that_it_opens_can_be_told() -> None:
    wrapped = bytes(13) + AESCCM(SECRET).encrypt(bytes(13), b"Yubico's own form", None)
    backup = replace(BACKUP, method=CCM, wrapped_key=wrapped)
    assert not open_backup(backup, SECRET)
    with pytest.raises(CeremonyError, match="shares do not open"):
        open_backup(backup, bytes(32))


@pytest.mark.parametrize(
    ("backup", "secret", "said"),
    [
        (BACKUP, bytes(32), "The shares do not open"),
        (replace(BACKUP, wrapped_key=BACKUP.wrapped_key[:-8]), SECRET, "The shares do not open"),
        (replace(BACKUP, wrapped_key=aes_key_wrap_with_padding(SECRET, b"no key")), SECRET, "The shares do not open"),
        (replace(BACKUP, public_key=Der(b"another")), SECRET, "not the one that the file says"),
        (replace(BACKUP, method="XOR"), SECRET, "cannot open a backup made by XOR"),
    ],
)
def test_what_does_not_open_says_why(backup: Backup, secret: bytes, said: str) -> None:
    with pytest.raises(CeremonyError) as error:
        open_backup(backup, secret)
    assert said in error.value.what
