"""RSA keys that are no secret: what the modulus alone gives away (BR 6.1.1.3, 6.1.6).

Nothing here is random: each check is a function of the number, and takes less than a second at any size.
"""

import math
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice, takewhile

from offline_root.checks.case import Case
from offline_root.findings import Detail, Severity, check, declare
from offline_root.keys import rsa_numbers

_LARGEST = 4096
"""Bits of the largest modulus that a policy can allow. Of others `request.key.kind` says enough."""

_SMALL = 65537
_ROUNDS = 100
_NEW_KEY = "Never use this key. Have the online CA make a new one with another program or device, and find out why."


def _modulus(case: Case) -> int | None:
    numbers = rsa_numbers(case.request.public_key)
    return numbers[0] if numbers is not None and numbers[0].bit_length() <= _LARGEST else None


@cache
def _small_primes() -> tuple[int, ...]:
    prime = bytearray([0, 0]) + bytearray([1]) * (_SMALL - 1)
    for number in range(2, math.isqrt(_SMALL) + 1):
        multiples = slice(number * number, None, number)
        prime[multiples] = bytes(len(prime[multiples]))
    return tuple(number for number, is_prime in enumerate(prime) if is_prime)


@cache
def _small_primes_product() -> int:
    return math.prod(_small_primes())


@check(
    declare(
        "request.key.rsa-small-factor",
        Severity.REFUSE,
        "The modulus of an RSA key must be odd and have no small prime factor",
        rule="BR 6.1.6; NIST SP 800-89 5.3.3",
        mend=_NEW_KEY,
    )
)
def small_factor(case: Case) -> Iterator[Detail]:
    """Refuse a modulus with a prime factor up to 65537: it is damaged, or it was never made of two large primes."""
    modulus = _modulus(case)
    if modulus is not None and math.gcd(modulus, _small_primes_product()) != 1:
        found = next(prime for prime in _small_primes() if modulus % prime == 0)
        yield "public key", f"The modulus can be divided by {found}."


@check(
    declare(
        "request.key.rsa-prime",
        Severity.REFUSE,
        "The modulus of an RSA key must not be a prime itself",
        rule="BR 6.1.6; NIST SP 800-89 5.3.3",
        mend=_NEW_KEY,
    )
)
def prime(case: Case) -> Iterator[Detail]:
    """Refuse a prime modulus, whose private exponent anyone can compute.

    Fermat's little theorem holds for every prime, so none gets past it. Of products of two large primes those for which
    it holds too are too rare to be met by chance.
    """
    modulus = _modulus(case)
    if modulus is not None and seems_prime(modulus):
        yield "public key", "The modulus is a prime: anyone can compute the private key."


@lru_cache
def seems_prime(modulus: int) -> bool:
    """Say whether Fermat's theorem holds: most of the time of a review, and a key is reviewed again before it signs."""
    return pow(2, modulus - 1, modulus) == 1


@check(
    declare(
        "request.key.rsa-power",
        Severity.REFUSE,
        "The modulus of an RSA key must not be a square or a higher power",
        rule="BR 6.1.6; NIST SP 800-89 5.3.3",
        mend=_NEW_KEY,
    )
)
def power(case: Case) -> Iterator[Detail]:
    """Refuse a modulus that is a power of another number, of which it has a root."""
    modulus = _modulus(case)
    if modulus is not None:
        # Enough for bases from 2**16 on; a smaller one has a small factor.
        for degree in takewhile(lambda degree: degree <= modulus.bit_length() // 16, _small_primes()):
            if _may_be_power(modulus, degree) and _root(modulus, degree) ** degree == modulus:
                yield "public key", f"The modulus is another number raised to the power of {degree}."


def _may_be_power(number: int, degree: int) -> bool:
    """Say whether it is one modulo three primes, of whose residues one in `degree` is a power: a root takes longer."""
    return all(pow(number, (prime - 1) // degree, prime) < 2 for prime in _witnesses(degree))


@cache
def _witnesses(degree: int) -> tuple[int, ...]:
    return tuple(islice((prime for prime in _small_primes() if prime % degree == 1), 3))


def _root(number: int, degree: int) -> int:
    """Return the root, rounded down (Newton's method, from above)."""
    guess, better = 0, 1 << -(-number.bit_length() // degree)
    while guess == 0 or better < guess:
        guess = better
        better = ((degree - 1) * guess + number // guess ** (degree - 1)) // degree
    return guess


@check(
    declare(
        "request.key.rsa-close-primes",
        Severity.REFUSE,
        "The two primes of an RSA key must not lie close together",
        rule="BR 6.1.1.3 (close primes, 100 rounds of Fermat's method); CVE-2022-26320",
        mend=_NEW_KEY,
    )
)
def close_primes(case: Case) -> Iterator[Detail]:
    """Refuse a modulus that Fermat's method factors in a hundred rounds."""
    modulus = _modulus(case)
    rounds = _fermat(modulus) if modulus is not None else None
    if rounds is not None:
        yield "public key", f"The primes lie so close together that the modulus was factored in {rounds} rounds."


def _fermat(modulus: int) -> int | None:
    root = math.isqrt(modulus)
    for rounds in range(1, _ROUNDS + 1):
        square = (root + rounds) ** 2 - modulus
        if math.isqrt(square) ** 2 == square:
            return rounds
    return None


@check(
    declare(
        "request.key.rsa-roca",
        Severity.REFUSE,
        "An RSA key must not be one of Infineon's faulty library (ROCA)",
        rule="BR 6.1.1.3 (ROCA); CVE-2017-15361",
        mend="Never use this key, nor any other RSA key that this chip or token made."
        " Update its firmware or replace it, then make a new key.",
    )
)
def roca(case: Case) -> Iterator[Detail]:
    """Refuse a modulus with the fingerprint of that library.

    Its primes are k * M + 65537**a mod M, where M is a product of the first primes, so the modulus is a power of 65537
    by each of them. Another key looks so once in 2**27.
    """
    modulus = _modulus(case)
    if modulus is not None and all(modulus % prime in powers for prime, powers in _roca_residues()):
        yield "public key", "The modulus has the fingerprint of a key that the ROCA attack factors."


@cache
def _roca_residues() -> tuple[tuple[int, frozenset[int]], ...]:
    primes = takewhile(lambda prime: prime <= 167, _small_primes())
    return tuple((prime, frozenset(pow(65537, exponent, prime) for exponent in range(prime))) for prime in primes)


CHECKS = (small_factor, prime, power, close_primes, roca)
