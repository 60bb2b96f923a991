"""The requested key: its kind and size, its encoding, and for RSA its exponent (BR 6.1.5, 6.1.6, 7.1.3.1)."""

from collections.abc import Iterator

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from offline_root import der
from offline_root.checks.case import Case
from offline_root.findings import Detail, Severity, check, declare
from offline_root.keys import KeyKind, describe, kind_of, rsa_numbers

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
        "request.key.encoding",
        Severity.REFUSE,
        "The key must stand in its one usual encoding",
        rule="BR 7.1.3.1; RFC 5480 2.1.1, 2.2; RFC 4055 1.2",
        mend="Make the key with a named curve and an uncompressed point, or as plain RSA, not RSA-PSS."
        " OpenSSL: `-pkeyopt ec_param_enc:named_curve`; Vault and OpenBao do so by themselves.",
    )
)
def key_encoding(case: Case) -> Iterator[Detail]:
    """Refuse a key in other bytes than any program writes of itself: the certificate would not hold these bytes."""
    public_key = load_der_public_key(case.request.public_key)
    if public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == case.request.public_key:
        return
    found = describe(case.request.public_key)
    if kind_of(case.request.public_key) is not None:
        found += " with its point in another form than the uncompressed one"
    yield "public key", f"The key is {found}."


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
    """Refuse an RSA key whose public exponent is even or tiny."""
    numbers = rsa_numbers(case.request.public_key)
    if numbers is not None and not (numbers[1] >= _F4 and numbers[1] % 2 == 1):
        yield "public key", f"The public exponent is {numbers[1] if numbers[1] < 2**64 else 'longer than 64 bits'}."


@check(
    declare(
        "request.key.rsa-private-exponent",
        Severity.REFUSE,
        "The public exponent of an RSA key must not be so large that the private one may be small",
        rule="BR 6.1.6 (below 2**256); Wiener 1990, Boneh and Durfee 1999",
        mend="Make a new key with the public exponent 65537. This one may be no secret: never use it.",
    )
)
def rsa_private_exponent(case: Case) -> Iterator[Detail]:
    """Refuse what every RSA key with a small private exponent has, and no other: a huge public exponent.

    The product of both is larger than the modulus over two, so a public exponent below 2**256 leaves a private one far
    above every bound at which it is found.
    """
    numbers = rsa_numbers(case.request.public_key)
    if numbers is not None and numbers[1].bit_length() > 256:
        yield "public key", f"The public exponent has {numbers[1].bit_length()} bits."


_FIELD = 2**255 - 19
_EIGHTH = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER = {0, 1, _FIELD - 1, _EIGHTH, _FIELD - _EIGHTH}
"""The y of the eight points whose order divides 8. x is given by y up to its sign, the last bit of the encoding."""


@check(
    declare(
        "request.key.small-order",
        Severity.REFUSE,
        "An Ed25519 key must not be a point of small order",
        rule="RFC 8032 5.1.7; NIST SP 800-186 D.1.3",
        mend="Never use this key: anyone can sign with it. Have the online CA make a new one with another program.",
    )
)
def small_order(case: Case) -> Iterator[Detail]:
    """Refuse the few Ed25519 keys for which a signature can be made without any private key."""
    if kind_of(case.request.public_key) is KeyKind.ED25519:
        point = int.from_bytes(der.element(case.request.public_key).children()[1].content[1:], "little")
        if point % 2**255 % _FIELD in _SMALL_ORDER:
            yield "public key", "The key is a point of small order: signatures of it need no private key."


CHECKS = (key_kind, key_encoding, rsa_exponent, rsa_private_exponent, small_order)
