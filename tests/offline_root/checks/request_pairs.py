"""Failing and passing cases of the checks that need a request and a policy."""

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.hashes import SHA3_256, SHA224, SHA384, SHA512
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from offline_root import der
from offline_root.checks.case import Case
from offline_root.checks.possession import signature_invalid
from offline_root.keys import KeyKind, fingerprint
from offline_root.model import Der, Letter, SigningRequest
from offline_root.policy.model import FROM_REQUEST, Policy
from tests import weak_keys
from tests.authorities import (
    GOOD_NAME,
    SHA1_REQUEST,
    attribute,
    changed,
    common_name,
    csr,
    handmade,
    key,
    policy,
    spki,
    with_environment,
)
from tests.offline_root.checks.cases import GOOD, Pair, on_request, request_case
from tests.offline_root.request.structures import attribute as requested
from tests.offline_root.request.structures import extension
from tests.unusual_keys import SMALL_ORDER, ed25519_request, unusual_algorithms, unusual_points
from tests.weak_keys import RsaKey

KEYS = weak_keys.keys()
CN = "PrivSec Intermediate CA (test)"
P384 = key(KeyKind.EC_P384, 1)
ANYONE = with_environment(policy(), common_name="*", attributes=(("organization", "*"), ("country", "*")))
KEPT = with_environment(ANYONE, subject=FROM_REQUEST)
PKCS9, MICROSOFT = "1.2.840.113549.1.9.14", "1.3.6.1.4.1.311.2.1.14"
CA_FALSE = (x509.BasicConstraints(ca=False, path_length=None), True)
SAN = (x509.SubjectAlternativeName([x509.DNSName("a.example")]), False)


def named(*pairs: tuple[x509.ObjectIdentifier, str]) -> bytes:
    """Return a request with a common name that fits and other attributes."""
    others = [attribute(oid, value) for oid, value in pairs]
    return csr(x509.Name([*others, attribute(NameOID.COMMON_NAME, CN)]))


def ca(length: int | None) -> bytes:
    """Return a request that asks to be a CA."""
    return csr(GOOD_NAME, P384, (x509.BasicConstraints(ca=True, path_length=length), True))


def rsa_key(exponent: int) -> SigningRequest:
    """Return the good request with a made-up RSA key in place of its own."""
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    numbers = (der.wrap(2, b"\0" + b"\xff" * 512), der.wrap(2, exponent.to_bytes(exponent.bit_length() // 8 + 1)))
    return replace(GOOD, public_key=Der(der.sequence(algorithm, der.bit_string(der.sequence(*numbers)))))


def raising_case(error: type[Exception]) -> Case:
    """Return a request over which cryptography raises an error: nothing that the reader lets through does so today."""

    class Raising:
        @property
        def is_signature_valid(self) -> bool:
            raise error("no such algorithm")

    return replace(request_case(GOOD), csr=cast("x509.CertificateSigningRequest", Raising()))


def _signature() -> Iterable[tuple[str, Pair]]:
    code = "request.signature.invalid"
    foreign = handmade(P384, public=spki(key(KeyKind.EC_P384, 2)))
    other_kind = handmade(P384, public=spki(key(KeyKind.RSA_4096)))
    good = (csr(), csr(GOOD_NAME, key(KeyKind.ED25519)), csr(GOOD_NAME, key(KeyKind.RSA_4096), hash_=SHA512()))
    bad = (changed(csr()), foreign, other_kind, SHA1_REQUEST, changed(csr(GOOD_NAME, key(KeyKind.ED25519))))
    found = [on_request(code, each) for each in bad]
    raising = [
        lambda error=error: signature_invalid.run(raising_case(error)) for error in (ValueError, UnsupportedAlgorithm)
    ]
    yield code, Pair((*found, *raising), tuple(on_request(code, each) for each in good))

    code = "request.signature.hash"
    unknown = replace(GOOD, der=Der(handmade(P384, algorithm=bytes.fromhex("300506032a0304"))))
    found = [on_request(code, csr(hash_=hash_)) for hash_ in (SHA224(), SHA3_256())]
    passed = [on_request(code, csr(hash_=hash_)) for hash_ in (SHA384(), SHA512())]
    yield (
        code,
        Pair(
            (*found, on_request(code, SHA1_REQUEST), on_request(code, unknown)),
            (*passed, on_request(code, csr(GOOD_NAME, key(KeyKind.ED25519)))),
        ),
    )


def _key() -> Iterable[tuple[str, Pair]]:
    code = "request.key.kind"
    bad = (
        rsa.generate_private_key(public_exponent=65537, key_size=1024),  # noqa: S505  # it has to be refused
        key(KeyKind.RSA_2048),
        key(KeyKind.RSA_3072),
        key(KeyKind.EC_P521),
        key(KeyKind.ED25519),
        ec.generate_private_key(ec.SECP256K1()),
        ec.generate_private_key(ec.SECP192R1()),
    )
    found = [on_request(code, csr(GOOD_NAME, each)) for each in bad]
    ed448_key = on_request(code, replace(GOOD, public_key=spki(ed448.Ed448PrivateKey.generate())))
    good = (KeyKind.RSA_4096, KeyKind.EC_P256, KeyKind.EC_P384)
    yield code, Pair((*found, ed448_key), tuple(on_request(code, csr(GOOD_NAME, key(each))) for each in good))

    code = "request.key.encoding"
    bad_bytes = (*unusual_algorithms().values(), *unusual_points().values())
    found = [on_request(code, handmade(P384, public=each)) for each in bad_bytes]
    usual = (*KeyKind, KeyKind.EC_P256)
    curve = on_request(code, csr(GOOD_NAME, ec.generate_private_key(ec.SECP256K1())))
    yield code, Pair(tuple(found), (*(on_request(code, csr(GOOD_NAME, key(each))) for each in usual), curve))

    code = "request.key.small-order"
    points = [y + high for y in SMALL_ORDER for high in (0, 2**255)]
    found = [on_request(code, ed25519_request(each)) for each in points]
    passed = [on_request(code, ed25519_request(each)) for each in (3, 2**255 - 16, 2**255 + 4)]
    yield (
        code,
        Pair(tuple(found), (*passed, on_request(code, csr(GOOD_NAME, key(KeyKind.ED25519))), on_request(code, csr()))),
    )

    code = "request.key.rsa-exponent"
    yield (
        code,
        Pair(
            tuple(on_request(code, rsa_key(each)) for each in (1, 3, 17, 65535, 65538, 2**256)),
            (
                on_request(code, csr(GOOD_NAME, key(KeyKind.RSA_4096))),
                on_request(code, rsa_key(65537)),
                on_request(code, rsa_key(2**300 + 1)),
                on_request(code, GOOD),
            ),
        ),
    )

    code = "request.key.rsa-private-exponent"
    found = [on_request(code, rsa_key(each)) for each in (2**256, 2**256 + 1, 2**2000 + 1)]
    small = on_request(code, KEYS["small-private-exponent"].request())
    passed = [on_request(code, rsa_key(each)) for each in (3, 65537, 2**256 - 1)]
    yield code, Pair((*found, small), (*passed, on_request(code, GOOD)))


def _modulus() -> Iterable[tuple[str, Pair]]:
    sound = (KEYS["good"].request(), csr(GOOD_NAME, key(KeyKind.RSA_4096)), csr())
    for code, weak, passing in (
        ("request.key.rsa-small-factor", ("even", "small-factor", "small-factor-largest"), ("prime", "cube", "roca")),
        ("request.key.rsa-prime", ("prime",), ("even", "square", "cube", "small-factor")),
        ("request.key.rsa-power", ("square", "cube"), ("prime", "close", "small-factor")),
        ("request.key.rsa-close-primes", ("close",), ("close-no-more", "roca", "prime", "shared-first")),
        ("request.key.rsa-roca", ("roca",), ("close", "prime", "small-factor")),
    ):
        found = [on_request(code, KEYS[each].request()) for each in weak]
        passed = [on_request(code, each) for each in (*sound, *(KEYS[each].request() for each in passing))]
        # A number of one bit more than a policy can allow is left alone.
        larger = on_request(code, replace(GOOD, public_key=RsaKey(3**2586, 65537, 1).spki))
        yield code, Pair(tuple(found), (*passed, larger))


def _subject() -> Iterable[tuple[str, Pair]]:
    def pair(code: str, found: Iterable[bytes], passed: Iterable[bytes], of: Policy | None = None) -> tuple[str, Pair]:
        bad, good = ([on_request(code, data, of) for data in each] for each in (found, passed))
        return code, Pair(tuple(bad), tuple(good))

    organization, country, unit = (
        NameOID.ORGANIZATION_NAME,
        NameOID.COUNTRY_NAME,
        NameOID.ORGANIZATIONAL_UNIT_NAME,
    )
    others = (
        csr(common_name("Other")),
        csr(x509.Name([])),
        named((NameOID.COMMON_NAME, CN)),
        csr(common_name(CN + "\n")),
    )
    yield pair("request.subject.common-name", others, (csr(), named((unit, "x"))))
    yield pair(
        "request.subject.attribute",
        (
            named((organization, "Other")),
            named((country, "DE")),
            named((organization, "PrivSec"), (organization, "PrivSec")),
        ),
        (csr(), named((organization, "PrivSec"), (country, "CH"))),
    )
    yield pair(
        "request.subject.length",
        (csr(common_name("")), csr(x509.Name([attribute(NameOID.COMMON_NAME, "x" * 65)])), named((country, "CHE"))),
        (csr(common_name("x" * 64)), named((country, "DE"), (organization, "o" * 64)), named((unit, "x" * 70))),
        ANYONE,
    )
    yield pair("request.subject.unknown", (named((unit, "IT")), named((NameOID.EMAIL_ADDRESS, "a@b"))), (csr(),))
    yield pair(
        "request.subject.added", (csr(), named((country, "CH"))), (named((organization, "PrivSec"), (country, "CH")),)
    )


def _spelling() -> Iterable[tuple[str, Pair]]:
    def pair(code: str, of: Policy, found: Iterable[bytes], passed: Iterable[bytes]) -> tuple[str, Pair]:
        bad, good = ([on_request(code, data, of) for data in each] for each in (found, passed))
        return code, Pair(tuple(bad), tuple(good))

    unit, serial, mail = NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.SERIAL_NUMBER, NameOID.EMAIL_ADDRESS
    yield pair(
        "request.subject.characters",
        policy(),
        (csr(common_name(f"{CN}\u202e")), named((unit, "a\x1b[31m")), named((unit, "\u3164"))),
        (csr(), named((unit, "Zürich <b> e\u0301"))),
    )
    yield pair(
        "request.subject.scripts",
        policy(),
        (csr(common_name(CN.replace("e", "\u0435"))), named((unit, "\u0410B")), named((unit, "\U0001d400\u03b1"))),
        (csr(), named((unit, "\u0410\u0412 1")), named((unit, "\u65e5\u672c A \u00fc \u0301"))),
    )
    abroad = [csr(common_name(each)) for each in ("\u0420\u0430\u0443", "Z\u00fcrich", "CA \u2013 1", "\u00e9" * 9)]
    yield pair(
        "request.subject.ascii", ANYONE, abroad, (csr(), named((unit, "Z\u00fcrich")), csr(common_name("\u202e")))
    )
    yield pair("request.subject.ascii", KEPT, (named((unit, "Z\u00fcrich")),), (csr(),))
    spaced = [csr(common_name(each)) for each in (" CA", "CA ", "C  A", " ")]
    yield pair("request.subject.spaces", ANYONE, spaced, (csr(), named((unit, " x "))))
    old = (_ASN1Type.T61String, _ASN1Type.BMPString, _ASN1Type.UniversalString, _ASN1Type.NumericString)
    typed = [(NameOID.COMMON_NAME, "1", each) for each in old]
    typed += [(NameOID.COUNTRY_NAME, "CH", _ASN1Type.UTF8String), (unit, "x", _ASN1Type.IA5String)]
    typed += [(serial, "1", _ASN1Type.UTF8String), (mail, "a@b", _ASN1Type.UTF8String)]
    right = [(NameOID.COMMON_NAME, "1", _ASN1Type.PrintableString), (mail, "a@b", _ASN1Type.IA5String)]
    right += [(each, "CH", _ASN1Type.PrintableString) for each in (serial, NameOID.COUNTRY_NAME)]
    yield pair(
        "request.subject.string-type",
        KEPT,
        [csr(x509.Name([attribute(*each)])) for each in typed],
        (csr(), *(csr(x509.Name([attribute(*each)])) for each in right)),
    )
    yield pair("request.subject.string-type", ANYONE, (), [csr(x509.Name([attribute(*each)])) for each in typed])
    both = x509.RelativeDistinguishedName([attribute(NameOID.COMMON_NAME, CN), attribute(unit, "x")])
    twice, components = named((unit, "a"), (unit, "b")), [attribute(NameOID.DOMAIN_COMPONENT, each) for each in "ab"]
    yield pair("request.subject.multi-valued", KEPT, (csr(x509.Name([both])),), (csr(), twice))
    yield pair("request.subject.multi-valued", ANYONE, (), (csr(x509.Name([both])),))
    yield pair("request.subject.repeated", KEPT, (twice,), (csr(), csr(x509.Name([*components, *GOOD_NAME]))))
    yield pair("request.subject.repeated", ANYONE, (), (twice,))


def _file() -> Iterable[tuple[str, Pair]]:
    code = "request.file.name-characters"
    yield (
        code,
        Pair(
            (on_request(code, csr(), file="test\u202ersc.csr"), on_request(code, csr(), file="te\nst.csr")),
            (on_request(code, csr(), file="test.csr"), on_request(code, csr(), file="Zürich 1 (2).csr")),
        ),
    )
    code = "request.file.other-environment"
    hyphened = policy(
        ("[environments.prod]", "[environments.test-eu]"), ("[environments.prod.n", "[environments.test-eu.n")
    )
    others = ("prod.csr", "a/PROD_ca.csr", "ca-prod-2.csr", "x.prod")
    own = ("test.csr", "prod-and-test.csr", "prod/ca.csr", "product.csr", "approd.csr", "ca.csr", "")
    found = [on_request(code, csr(), file=file) for file in others]
    passed = [on_request(code, csr(), file=file) for file in own]
    passed += [on_request(code, csr(), hyphened, file) for file in ("test.csr", "eu.csr")]
    yield code, Pair((*found, on_request(code, csr(), hyphened, "test-eu.csr")), tuple(passed))


def _extensions() -> Iterable[tuple[str, Pair]]:
    san = extension("2.5.29.17", bytes.fromhex("300b820961") + b".example")
    leaf, five = extension("2.5.29.19", b"\x30\x00"), extension("2.5.29.19", bytes.fromhex("30060101ff020105"))
    one, other = (requested(each, der.sequence(san)) for each in (PKCS9, MICROSOFT))

    def apart(second: bytes) -> tuple[bytes, bytes]:
        """Return requests that ask for two extensions in two attributes, in both orders."""
        asked = der.sequence(second)
        return handmade(P384, one, requested(MICROSOFT, asked)), handmade(P384, requested(PKCS9, asked), other)

    code = "request.extension.not-ca"
    bad = (csr(GOOD_NAME, P384, CA_FALSE), *apart(leaf))
    good = (csr(), ca(0), csr(GOOD_NAME, P384, SAN))
    yield code, Pair(tuple(on_request(code, each) for each in bad), tuple(on_request(code, each) for each in good))

    code = "request.extension.path-length"
    longer = with_environment(policy(), path_length=1)
    found = [on_request(code, each) for each in (ca(1), ca(5), *apart(five))]
    passed = [on_request(code, each) for each in (csr(), ca(0), ca(None), csr(GOOD_NAME, P384, CA_FALSE))]
    yield code, Pair((*found, on_request(code, ca(2), longer)), (*passed, on_request(code, ca(1), longer)))

    code = "request.extension.dropped"
    usage = (x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1")]), True)
    unknown = (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)
    identifier = (x509.SubjectKeyIdentifier(b"mine"), False)
    asking = [csr(GOOD_NAME, P384, each) for each in (SAN, usage, unknown)]
    yield (
        code,
        Pair(
            tuple(on_request(code, each) for each in (*asking, *apart(leaf))),
            tuple(on_request(code, each) for each in (csr(), ca(0), csr(GOOD_NAME, P384, identifier))),
        ),
    )


def _letter() -> Iterable[tuple[str, Pair]]:
    right = Letter("test", fingerprint(GOOD.der), GOOD.fingerprint, "Ann Admin", "2026-11-23T10:00:00Z")
    for code, wrong in (
        ("letter.other-request", replace(right, csr_sha256="0" * 64)),
        ("letter.other-environment", replace(right, environment="prod")),
    ):
        passed = (GOOD, replace(GOOD, letter=right))
        yield (
            code,
            Pair((on_request(code, replace(GOOD, letter=wrong)),), tuple(on_request(code, each) for each in passed)),
        )


PAIRS: dict[str, Pair] = {}
for _name, _pair in (
    *_signature(),
    *_key(),
    *_modulus(),
    *_subject(),
    *_spelling(),
    *_file(),
    *_extensions(),
    *_letter(),
):
    _before = PAIRS.get(_name, Pair((), ()))
    PAIRS[_name] = Pair((*_before.found, *_pair.found), (*_before.passed, *_pair.passed))
