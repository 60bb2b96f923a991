"""The requested key: its kind and size, and for RSA its exponent (BR 6.1.5, 6.1.6)."""

from collections.abc import Iterator

from offline_root.checks.case import Case
from offline_root.findings import Detail, Severity, check, declare
from offline_root.keys import describe, kind_of, rsa_numbers

_F4 = 65537


@check(
    declare(
        "request.key.kind",
        Severity.REFUSE,
        "The key must be of a kind that the policy lists for the environment",
        rule="BR 6.1.5, 7.1.3.1; policy environments.E.keys",
        mend="Make a new request with a key of a kind in the policy,"
        " such as key_type=rsa key_bits=4096 or key_type=ec key_bits=384.",
    )
)
def key_kind(case: Case) -> Iterator[Detail]:
    """Refuse a key whose kind, size or encoding the environment does not allow."""
    if kind_of(case.request.public_key) not in case.environment.keys:
        allowed = ", ".join(kind.value for kind in case.environment.keys)
        found = describe(case.request.public_key)
        yield "public key", f"The key is {found}; the policy of {case.environment.name} allows {allowed}."


@check(
    declare(
        "request.key.rsa-exponent",
        Severity.REFUSE,
        "The public exponent of an RSA key should be odd and at least 65537",
        rule="BR 6.1.6",
        mend="Make a new request with the public exponent 65537, which every current tool takes by default.",
        recommended=True,
    )
)
def rsa_exponent(case: Case) -> Iterator[Detail]:
    """Refuse an RSA key whose public exponent is even, tiny or absurdly large."""
    numbers = rsa_numbers(case.request.public_key)
    if numbers is not None and not (numbers[1] >= _F4 and numbers[1] % 2 == 1 and numbers[1] < 2**256):
        yield "public key", f"The public exponent is {numbers[1] if numbers[1] < 2**64 else 'longer than 64 bits'}."


CHECKS = (key_kind, rsa_exponent)
