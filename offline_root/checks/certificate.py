"""What the fields of any CA certificate must be, whoever made it (RFC 5280 4.1; BR 7.1).

The same functions run on the draft that the token is about to sign, on what it signed, on a new root, and on any
certificate that `inspect` is given.
"""

from collections import Counter
from collections.abc import Iterator

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

from offline_root.certificate import Time
from offline_root.checks.case import CertificateCase
from offline_root.findings import Detail, Severity, declare, informs, refuses, warns
from offline_root.keys import KeyKind, describe, kind_of, rsa_numbers
from offline_root.moments import utc_text

AGAIN = (
    "Do not use this certificate; have its issuer make a correct one."
    " If this appliance was to make it: nothing was signed, and the policy or the program has to change."
)

_COMMON_NAME, _UNIT, _COUNTRY, _ORGANIZATION = "2.5.4.3", "2.5.4.11", "2.5.4.6", "2.5.4.10"
_NO_END = b"99991231235959Z"

MALFORMED = declare(
    "certificate.malformed",
    Severity.REFUSE,
    "A certificate is DER and has the structure of one",
    rule="RFC 5280 4.1; X.690",
    mend=AGAIN,
)


@refuses("certificate.version", "A CA certificate is of version 3", "RFC 5280 4.1.2.1", AGAIN)
def version(case: CertificateCase) -> Iterator[Detail]:
    """Refuse versions that cannot say that this is a CA."""
    if case.certificate.version != 2:
        yield "version", f"It is of version {case.certificate.version + 1}."


@refuses(
    "certificate.serial", "A serial number is positive and has at most 20 octets", "RFC 5280 4.1.2.2; BR 7.1", AGAIN
)
def serial(case: CertificateCase) -> Iterator[Detail]:
    """Refuse serial numbers that programs read differently."""
    octets = case.certificate.serial
    if len(octets) > 20:
        yield "serialNumber", f"It has {len(octets)} octets."
    elif int.from_bytes(octets, signed=True) <= 0:
        yield "serialNumber", f"It is {int.from_bytes(octets, signed=True)}."


@warns(
    "certificate.serial.short",
    "A serial number holds at least 64 random bits",
    "BR 7.1; Mozilla 5.2",
    "Have the issuer draw serial numbers at random: whoever can foretell them can prepare a collision.",
)
def short_serial(case: CertificateCase) -> Iterator[Detail]:
    """Warn of a serial number that looks counted. Of 64 random bits, one number in 256 is as short as that."""
    number = int.from_bytes(case.certificate.serial, signed=True)
    if 0 < number < 2**56:
        yield "serialNumber", f"It is {number:X}, which is shorter than 64 random bits nearly always are."


@refuses(
    "certificate.unique-id",
    "A certificate has no unique identifiers of issuer and subject",
    "RFC 5280 4.1.2.8; BR 7.1.2",
    AGAIN,
)
def unique_id(case: CertificateCase) -> Iterator[Detail]:
    """Refuse two fields that no program has used for decades."""
    if case.certificate.unique_ids:
        yield "uniqueID", "It has an issuerUniqueID or a subjectUniqueID."


_ECDSA = {
    KeyKind.EC_P256: bytes.fromhex("300a06082a8648ce3d040302"),
    KeyKind.EC_P384: bytes.fromhex("300a06082a8648ce3d040303"),
    KeyKind.EC_P521: bytes.fromhex("300a06082a8648ce3d040304"),
}
_RSA = tuple(bytes.fromhex(f"300d06092a864886f70d0101{each}0500") for each in ("0b", "0c", "0d"))
_ED25519 = bytes.fromhex("300506032b6570")
_BROKEN = {
    "300906072a8648ce3d0401": "ECDSA with SHA-1",
    "300d06092a864886f70d0101050500": "RSA with SHA-1",
    "300d06092a864886f70d0101040500": "RSA with MD5",
    "300906072a8648ce380403": "DSA with SHA-1",
}


@refuses(
    "certificate.signature-algorithm",
    "The signature algorithm is a sound one, in its one encoding, and the same in both places",
    "RFC 5280 4.1.1.2, 4.1.2.3; BR 7.1.3.2; RFC 8410 3",
    "Have the certificate made with SHA-256, SHA-384 or SHA-512 by ECDSA, RSA (PKCS #1 v1.5) or Ed25519.",
)
def signature_algorithm(case: CertificateCase) -> Iterator[Detail]:
    """Refuse what is broken, what is unusual, and what says two different things."""
    signature = case.certificate.signature
    if signature not in (*_ECDSA.values(), *_RSA, _ED25519):
        known = _BROKEN.get(signature.hex())
        yield "signature", f"It is signed with {known or f'an algorithm that is not known here ({signature.hex()})'}."
    if signature != case.certificate.algorithm:
        yield "signatureAlgorithm", "The algorithm inside the signed part is another one than the one beside it."


@warns(
    "certificate.signature-algorithm.issuer",
    "The signature algorithm fits the issuer's key: P-256 with SHA-256, P-384 with SHA-384, P-521 with SHA-512",
    "BR 7.1.3.2.2; RFC 5480 4",
    "Have the issuer sign with the hash that belongs to the curve of its key.",
)
def issuer_algorithm(case: CertificateCase) -> Iterator[Detail]:
    """Warn where hash and curve of the issuer are of different strength: linters do not know the issuer."""
    if case.issuer is None:
        return
    kind, used = kind_of(case.issuer.public_key), case.certificate.signature
    fitting = (_ECDSA[kind],) if kind in _ECDSA else (_ED25519,) if kind is KeyKind.ED25519 else _RSA
    if used not in fitting:
        yield "signature", f"The issuer's key is {describe(case.issuer.public_key)}; the algorithm is {used.hex()}."


@refuses(
    "certificate.issuer",
    "The issuer's name is byte for byte the subject of its certificate",
    "RFC 5280 4.1.2.4, 7.1; BR 7.1.4.1",
    AGAIN,
)
def issuer(case: CertificateCase) -> Iterator[Detail]:
    """Refuse a name that only reads like the issuer's: some programs compare octets."""
    if case.issuer is not None and case.certificate.issuer != case.issuer.subject:
        yield "issuer", "The issuer is not, byte for byte, the subject of the issuer's certificate."


@refuses(
    "certificate.dates",
    "Dates are UTCTime through 2049 and GeneralizedTime after, with seconds and Z, and in order",
    "RFC 5280 4.1.2.5",
    AGAIN,
)
def dates(case: CertificateCase) -> Iterator[Detail]:
    """Refuse dates that programs read differently or not at all, or that leave no time between them."""
    begin, end = case.certificate.not_before, case.certificate.not_after
    for field, each in (("notBefore", begin), ("notAfter", end)):
        if each.moment is None:
            yield field, f"{_shown(each)} is not a date in the form that RFC 5280 allows."
        elif not each.belongs:
            yield field, f"{_shown(each)} is a date of the other type: UTCTime is for years through 2049."
    if end.content == _NO_END:
        yield "notAfter", "It says that it never ends. A CA does."
    if begin.moment and end.moment and begin.moment > end.moment:
        yield "notAfter", f"It ends {utc_text(end.moment)}, before it begins ({utc_text(begin.moment)})."


def _shown(time: Time) -> str:
    return f"{time.content.decode('latin-1')!a} (tag 0x{time.tag:02x})"


@refuses(
    "certificate.validity.outside-issuer",
    "A certificate is valid only while its issuer is",
    "RFC 5280 6.1.3 (a)(2)",
    "Shorten environments.E.validity in the policy, or renew the root first.",
)
def outside_issuer(case: CertificateCase) -> Iterator[Detail]:
    """Refuse a certificate that begins before its issuer or outlives it: linters and validators overlook that."""
    if case.issuer is None:
        return
    begin, end = case.certificate.not_before.moment, case.certificate.not_after.moment
    first, last = case.issuer.not_before.moment, case.issuer.not_after.moment
    if begin and first and begin < first:
        yield "notBefore", f"It begins {utc_text(begin)}, before its issuer does ({utc_text(first)})."
    if end and last and end > last:
        yield "notAfter", f"It ends {utc_text(end)}, after its issuer does ({utc_text(last)})."


@refuses("certificate.subject", "A CA has a name, and in it a common name", "RFC 5280 4.1.2.6; BR 7.1.2.10.2", AGAIN)
def subject(case: CertificateCase) -> Iterator[Detail]:
    """Refuse a CA that nobody could name."""
    types = [each for rdn in case.certificate.attributes for each in rdn]
    if not types:
        yield "subject", "The subject is empty."
    elif _COMMON_NAME not in types:
        yield "subject", "The subject has no common name."


@warns(
    "certificate.subject.shape",
    "A subject has one attribute in each of its parts, and each attribute once",
    "BR 7.1.4.1, 7.1.4.2",
    "Have the request made with a plain subject, such as C=CH, O=Example, CN=Example Intermediate CA.",
)
def subject_shape(case: CertificateCase) -> Iterator[Detail]:
    """Warn of names that programs compare and show differently."""
    if any(len(rdn) > 1 for rdn in case.certificate.attributes):
        yield "subject", "A part of the subject has more than one attribute."
    counted = Counter(each for rdn in case.certificate.attributes for each in rdn)
    for oid in (each for each, count in counted.items() if count > 1):
        yield "subject", f"The attribute {oid} stands {counted[oid]} times in the subject."


@informs(
    "certificate.subject.attributes",
    "Public CAs have a country and an organization in their name, and no organizational unit",
    "BR 7.1.2.10.2",
    "Nothing to do in a private PKI, where the policy names the attributes.",
)
def subject_attributes(case: CertificateCase) -> Iterator[Detail]:
    """Say where a name is not like that of a public CA."""
    types = {each for rdn in case.certificate.attributes for each in rdn}
    missing = [word for oid, word in ((_COUNTRY, "country"), (_ORGANIZATION, "organization")) if oid not in types]
    if missing:
        yield "subject", f"The subject has no {' and no '.join(missing)}."
    if _UNIT in types:
        yield "subject", "The subject has an organizational unit."


@refuses(
    "certificate.key",
    "The key is on a named curve or RSA of at least 2048 bits, in its one encoding",
    "BR 6.1.5, 6.1.6, 7.1.3.1; RFC 8410 3",
    "Have a new key made: EC on P-256, P-384 or P-521, RSA with 3072 bits or more, or Ed25519.",
)
def key(case: CertificateCase) -> Iterator[Detail]:
    """Refuse keys that are weak, explicit in their parameters, or no keys at all."""
    spki = case.certificate.public_key
    numbers = rsa_numbers(spki)
    bits = numbers[0].bit_length() if numbers and numbers[0] > 0 else 0
    if kind_of(spki) is None and (bits < 2048 or bits % 8):
        yield "public key", f"The key is {describe(spki)}."
    try:
        load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm):
        yield "public key", "The key is none: its numbers do not belong together."


@warns(
    "certificate.key.lifetime",
    "RSA keys of less than 3072 bits are not used after 2030",
    "NIST SP 800-57 part 1, 5.6.3",
    "Have a new key made, of 3072 bits or more or on a curve, or let the certificate end by 2030.",
)
def key_lifetime(case: CertificateCase) -> Iterator[Detail]:
    """Warn of a key that is expected to be too weak before its certificate ends."""
    numbers, end = rsa_numbers(case.certificate.public_key), case.certificate.not_after.moment
    if numbers and numbers[0].bit_length() < 3072 and end and end.year > 2030:
        yield "public key", f"It is {describe(case.certificate.public_key)}, and the certificate ends {utc_text(end)}."


@refuses(
    "certificate.key.issuer",
    "A CA has another key than its issuer",
    "RFC 5280 4.2.1.2; BR 6.1.1",
    "Have the subordinate CA make a key of its own. A root's key outside its token is a compromise.",
)
def issuer_key(case: CertificateCase) -> Iterator[Detail]:
    """Refuse an intermediate that holds its issuer's key, as `openssl x509 -signkey root.key` makes it."""
    held = case.issuer is not None and case.certificate.public_key == case.issuer.public_key
    if held and not case.certificate.is_root:
        yield "public key", "The key is that of the issuer itself."


CHECKS = (
    version,
    serial,
    short_serial,
    unique_id,
    signature_algorithm,
    issuer_algorithm,
    issuer,
    dates,
    outside_issuer,
    subject,
    subject_shape,
    subject_attributes,
    key,
    key_lifetime,
    issuer_key,
)
