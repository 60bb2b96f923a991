"""RSA keys that are no secret, and requests that they really signed: tests/vectors/keys/rsa.toml.

`python -m tests.weak_keys` makes the file anew, the same each time: all numbers come from a hash of the key's name.
"""

import hashlib
import math
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from offline_root import der
from offline_root.model import Der
from tests.authorities import GOOD_NAME

FILE = Path(__file__).parent / "vectors" / "keys" / "rsa.toml"
_F4, _BITS = 65537, 2048
_RSA = bytes.fromhex("300d06092a864886f70d0101010500")
_SHA256_WITH_RSA = bytes.fromhex("300d06092a864886f70d01010b0500")
_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


@dataclass(frozen=True)
class RsaKey:
    """An RSA key of any quality."""

    modulus: int
    exponent: int
    private: int

    @property
    def spki(self) -> Der:
        """Return its SubjectPublicKeyInfo."""
        numbers = der.sequence(_integer(self.modulus), _integer(self.exponent))
        return Der(der.sequence(_RSA, der.bit_string(numbers)))

    def signed(self, message: bytes) -> bytes:
        """Return its RSASSA-PKCS1-v1_5 signature with SHA-256 (RFC 8017 8.2.1); no library would take such a key."""
        length = (self.modulus.bit_length() + 7) // 8
        digest = _DIGEST_INFO + hashlib.sha256(message).digest()
        padded = b"\x00\x01" + b"\xff" * (length - len(digest) - 3) + b"\x00" + digest
        return pow(int.from_bytes(padded), self.private, self.modulus).to_bytes(length)

    def request(self, subject: bytes = GOOD_NAME.public_bytes()) -> bytes:
        """Return a request for the key, in DER."""
        info = der.sequence(b"\x02\x01\x00", subject, self.spki, der.wrap(0xA0))
        return der.sequence(info, _SHA256_WITH_RSA, der.bit_string(self.signed(info)))


def _integer(number: int) -> bytes:
    return der.wrap(2, number.to_bytes(number.bit_length() // 8 + 1))


@cache
def keys() -> dict[str, RsaKey]:
    """Return the keys of the file, by name."""
    rows = tomllib.loads(FILE.read_text())
    return {name: RsaKey(*(int(row[each], 16) for each in RsaKey.__annotations__)) for name, row in rows.items()}


def _drawn(name: str, bits: int) -> int:
    """Return a number of exactly so many bits."""
    octets = b"".join(hashlib.sha256(f"{name} {count}".encode()).digest() for count in range(bits // 256 + 1))
    return int.from_bytes(octets) % (1 << bits - 1) | 1 << bits - 1


def _is_prime(number: int) -> bool:
    return all(number % small for small in range(3, 1000, 2)) and all(
        pow(a, number - 1, number) == 1 for a in (2, 3, 5)
    )


def _prime(start: int) -> int:
    """Return the first prime from a number on whose predecessor F4 does not divide."""
    number = start | 1
    while number % _F4 == 1 or not _is_prime(number):
        number += 2
    return number


def _half(name: str) -> int:
    """Return a prime of 1024 bits, large enough for every product of two to have 2048."""
    return _prime(_drawn(name, 1024) | 1 << 1022)


def _of(*primes: int, exponent: int = _F4) -> RsaKey:
    """Return the key of distinct primes."""
    private = pow(exponent, -1, math.prod(prime - 1 for prime in primes))
    return RsaKey(math.prod(primes), exponent, private)


def _of_power(base: int, degree: int) -> RsaKey:
    return RsaKey(base**degree, _F4, pow(_F4, -1, base ** (degree - 1) * (base - 1)))


def _infineon(name: str) -> int:
    """Return a prime as Infineon's library made those of 1024 bits (Nemec and others 2017, section 2)."""
    product = math.prod([2, *filter(lambda number: all(number % each for each in range(2, number)), range(3, 702))])
    start = (_drawn(name, 1024) | 1 << 1022) // product + 1
    rest = pow(65537, _drawn(f"{name} a", 64), product)
    return next(n for k in range(start, start << 1) if _is_prime(n := k * product + rest) and n % _F4 != 1)


def _small_private_exponent() -> RsaKey:
    first, second, private = _half("wiener p"), _half("wiener q"), _prime(_drawn("wiener d", 256))
    return RsaKey(first * second, pow(private, -1, (first - 1) * (second - 1)), private)


def _made() -> Iterator[tuple[str, str, RsaKey]]:
    yield "good", "Two primes of 1024 bits.", _of(_half("good p"), _half("good q"))
    yield "even", "2 times a prime.", _of(2, _prime(_drawn("even", _BITS - 1)))
    yield "small-factor", "751 times a prime.", _of(751, _prime(2**2038 + _drawn("751", 2000)))
    largest = _prime(2**2031 + _drawn("65537", 2000))
    yield "small-factor-largest", "65537 times a prime; F4 - 1 has no factor 65537.", _of(_F4, largest)
    yield "prime", "One prime of 2048 bits.", _of(_prime(_drawn("prime", _BITS)))
    yield "square", "The square of a prime.", _of_power(_half("square"), 2)
    yield "cube", "The third power of a prime of 683 bits.", _of_power(_prime(int(1.5 * 2**52) << 630), 3)
    base = _half("close")
    yield "close", "Two primes 2**515 apart.", _of(base, _prime(base + 2**515))
    yield (
        "close-no-more",
        "Two primes 2**520 apart: found in some ten thousand rounds.",
        _of(base, _prime(base + 2**520)),
    )
    roca = _of(_infineon("roca p"), _infineon("roca q"))
    yield "roca", "Two primes k * M + 65537**a mod M, M the product of the first 126 primes.", roca
    yield "small-private-exponent", "A private exponent of 256 bits.", _small_private_exponent()
    shared = _half("shared")
    for name in ("shared-first", "shared-second"):
        yield name, "One prime in common.", _of(shared, _half(name))


def main() -> None:
    """Write the file."""
    FILE.parent.mkdir(exist_ok=True)
    head = "# Made by `python -m tests.weak_keys`, the same each time. These keys protect nothing.\n"
    rows = (
        f'\n[{name}]\nhow = "{how}"\n'
        + "".join(f'{each} = "{getattr(key, each):x}"\n' for each in RsaKey.__annotations__)
        for name, how, key in _made()
    )
    FILE.write_text(head + "".join(rows))


if __name__ == "__main__":
    main()
