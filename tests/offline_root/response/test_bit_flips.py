"""One bit of one file of a response changed: `verify` refuses, and says which file it is.

The signature: every bit. Small files: one bit of each byte; larger ones: of the first, the last and every 97th byte.
Text that has several spellings of the same (hex digits, base64) in every spelling.
"""

import base64
from collections.abc import Iterator

import pytest

from offline_root.response.manifest import CLOSING
from offline_root.response.verify import verify_response
from tests.offline_root.response.folders import Response

SMALL = 400
STEP = 97
ALSO = {
    "audit/checkpoint": ("checkpoint", "file-changed"),
    "audit/log.jsonl": ("log", "checkpoint", "file-changed"),
    "root-ca.der": ("anchor", "file-changed"),
    "root-ca.pem": ("form", "file-changed"),
    "SHA256SUMS": ("file-changed",),
    "SHA256SUMS.sig": ("signature",),
    "COMPLETE": ("complete",),
    CLOSING: ("checkpoint",),
}
"""What is said of a file that is changed. All others: `file-changed`, and for the forms of a certificate more."""


def positions(data: bytes) -> Iterator[int]:
    """Return which bytes of a file are tried."""
    if len(data) < SMALL:
        yield from range(len(data))
    else:
        yield from sorted({*range(0, len(data), STEP), len(data) - 1})


def refused(response: Response, name: str, data: bytes) -> set[str]:
    """Change one file and return the codes of what is said about that file."""
    verified = verify_response({**response.files, name: data}, response.anchor)
    return {each.code.removeprefix("response.") for each in verified.findings if each.field == name}


def flips(response: Response, name: str) -> int:
    """Flip bits of one file, show that each is refused, and return how many were tried."""
    data, tried = response.files[name], 0
    expected = set(ALSO.get(name, ("file-changed",)))
    for position in positions(data):
        for bit in range(8) if name == "SHA256SUMS.sig" else [position % 8]:
            changed = bytearray(data)
            changed[position] ^= 1 << bit
            assert refused(response, name, bytes(changed)) & expected, (position, bit)
            tried += 1
    return tried


def names(response: Response) -> list[str]:
    return sorted(response.files)


def test_every_file_of_a_response_on_softhsm(response: Response) -> None:
    tried = {name: flips(response, name) for name in names(response)}
    assert set(tried) == set(response.files)
    assert tried["SHA256SUMS.sig"] == 64 * 8
    assert sum(tried.values()) > 1100


@pytest.mark.parametrize("name", ["SHA256SUMS.sig", "audit/checkpoint", CLOSING])
def test_what_a_p256_audit_key_signs(p256: Response, name: str) -> None:
    assert flips(p256, name) >= 64


@pytest.mark.long
def test_every_byte_of_every_file(response: Response) -> None:
    for name, data in response.files.items():
        expected = set(ALSO.get(name, ("file-changed",)))
        for position in range(len(data)):
            for bit in range(8) if len(data) < SMALL else [position % 8]:
                changed = bytearray(data)
                changed[position] ^= 1 << bit
                assert refused(response, name, bytes(changed)) & expected, (name, position, bit)


class TestOtherSpelling:
    @pytest.mark.parametrize("name", ["SHA256SUMS", "COMPLETE"])
    def test_of_hex_digits_is_refused(self, response: Response, name: str) -> None:
        data = response.files[name]
        letters = [place for place, octet in enumerate(data) if octet in b"abcdef" and place % 79 < 64]
        assert letters
        for place in letters:
            changed = data[:place] + data[place : place + 1].upper() + data[place + 1 :]
            assert refused(response, name, changed) & set(ALSO[name])

    @pytest.mark.parametrize("name", ["audit/checkpoint", CLOSING])
    def test_of_base64_is_refused(self, response: Response, name: str) -> None:
        tried = 0
        data = response.files[name]
        for word in (data.split(b"\n")[2], data.split()[-1]):
            for other in respelled(word):
                assert refused(response, name, data.replace(word, other)) & set(ALSO[name])
                tried += 1
        assert tried >= 5

    @pytest.mark.parametrize("name", ["root-ca.pem", "test-ca.pem", "test-ca.p7b", "test-ca-chain.pem"])
    def test_of_pem_is_refused(self, response: Response, name: str) -> None:
        data = response.files[name]
        body = data.split(b"-----")[2].strip().replace(b"\n", b"")
        others = [
            data.replace(b"\n", b"\r\n"),
            data + b"\n",
            b"\n" + data,
            b"# a remark\n" + data,
            data.replace(b"CERTIFICATE", b"X509 CERTIFICATE"),
            data.replace(data.split(b"-----")[2], b"\n" + body + b"\n"),
            *(data.replace(body[-8:], other[-8:]) for other in respelled(body) if other[-8:] != body[-8:]),
        ]
        for other in others:
            if other == data:  # a PKCS #7 says nothing of certificates in its first line
                continue
            assert "file-changed" in refused(response, name, other)
            assert "form" in refused(response, name, other)


def respelled(word: bytes) -> list[bytes]:
    """Return other spellings that lenient decoders take for the same bytes: spare bits set, padding more or less."""
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = len(word.rstrip(b"="))
    spare = [word[: last - 1] + bytes([each]) + word[last:] for each in alphabet]
    same = [each for each in spare if each != word and base64.b64decode(each) == base64.b64decode(word)]
    return [*same, word.rstrip(b"=") + b"=" * 3, word + b"=", word[:4] + b" " + word[4:], word[:4] + b"-" + word[4:]]
