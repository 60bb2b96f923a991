"""Short ways to what is wrong with a modulus, held against the long ones."""

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from offline_root.checks import rsa
from offline_root.checks.case import Case
from offline_root.findings import Check
from offline_root.model import Der
from tests.offline_root.checks.cases import GOOD, request_case
from tests.weak_keys import RsaKey

CASE = request_case(GOOD)


def said(check: Check[Case], modulus: int) -> list[str]:
    spki = RsaKey(modulus, 65537, 0).spki
    return [each.message for each in check.run(replace(CASE, request=replace(GOOD, public_key=Der(spki))))]


def is_prime(number: int) -> bool:
    return all(number % each for each in range(2, number))


def raised(degrees: list[int]) -> list[str]:
    return [f"The modulus is another number raised to the power of {each}." for each in degrees]


def floor_root(number: int, degree: int) -> int:
    """Return the root by halving what it lies between: slow, and nothing else than the definition."""
    low, high = 0, 1 << -(-number.bit_length() // degree)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**degree <= number else (low, middle - 1)
    return low


@st.composite
def powers(draw: st.DrawFn, largest: int) -> tuple[int, int]:
    """Return a base without small factors, or at least a large one, and a degree; the power has at most 4096 bits."""
    degree = draw(st.integers(2, largest))
    return draw(st.integers(65537, max(65537, 2 ** (4096 // degree) - 1))), degree


@given(powers(255))
@example((65537, 255))
@example((2**2048 - 1, 2))
@settings(max_examples=200, deadline=None)
def test_every_power_is_found(power: tuple[int, int]) -> None:
    base, degree = power
    factors = [each for each in range(2, degree + 1) if degree % each == 0 and is_prime(each)]
    assert set(raised(factors)) <= set(said(rsa.power, base**degree))


@given(powers(40), st.sampled_from((-2, -1, 0, 1, 2)))
@settings(max_examples=30, deadline=None)
def test_what_lies_beside_a_power_is_judged_as_by_its_roots(power: tuple[int, int], beside: int) -> None:
    modulus = power[0] ** power[1] + beside
    possible = [each for each in range(2, 257) if is_prime(each) and 16 * each <= modulus.bit_length()]
    assert said(rsa.power, modulus) == raised(
        [each for each in possible if floor_root(modulus, each) ** each == modulus]
    )


@given(st.integers(2, 2**4000), st.sampled_from((1, 2, 3, 257, 65521, 65537, 65539)))
@settings(max_examples=100, deadline=None)
def test_the_smallest_factor_is_found(number: int, factor: int) -> None:
    smallest = next((each for each in range(2, 65538) if number * factor % each == 0), None)
    expected = [] if smallest is None else [f"The modulus can be divided by {smallest}."]
    assert said(rsa.small_factor, number * factor) == expected


@pytest.mark.parametrize(
    ("modulus", "prime"),
    [(2**521 - 1, True), (2**2203 - 1, True), ((2**521 - 1) * (2**607 - 1), False), (2**2203 + 1, False)],
    ids=["small prime", "large prime", "two primes", "others"],
)
def test_a_prime_is_told_from_what_is_none_now_and_again(modulus: int, prime: bool) -> None:
    expected = ["The modulus is a prime: anyone can compute the private key."] if prime else []
    assert said(rsa.prime, modulus) == expected
    assert said(rsa.prime, modulus) == expected
