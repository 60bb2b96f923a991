"""A root in software and what comes to it: policies, requests, reviews, certificates. No token and no disk.

The root's certificate is made by the product's own profile; only its signatures come from cryptography.
"""

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from offline_root import der, issue, names
from offline_root.checks import CODES
from offline_root.history import History
from offline_root.keys import SIGNING, KeyKind, fingerprint
from offline_root.model import ROOT, Der, Draft, Issued, Review, Serial, SigningRequest
from offline_root.policy.model import EnvironmentPolicy, Policy
from offline_root.policy.reader import read_policy
from offline_root.profile import intermediate_extensions, root_extensions
from offline_root.request.reader import read_request
from offline_root.review import Authority, draw, review

NOW = datetime(2026, 11, 23, 11, 30, tzinfo=UTC)
SERIAL = Serial(0x0123456789ABCDEF0123)
"""As long as one drawn at random."""
TEXT = (Path(__file__).parent / "vectors" / "policies" / "design.clean.toml").read_text()
"""The policy of the design page: environments `test` (strictness warn) and `prod` (refuse)."""

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def policy(*changes: tuple[str, str]) -> Policy:
    """Return the policy of TEXT, read by the real reader, after replacing (old, new) in the text, each once."""
    text = TEXT
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    reading = read_policy(text, CODES)
    assert reading.policy is not None, reading.findings
    return reading.policy


def environment(of: Policy, name: str = "test") -> EnvironmentPolicy:
    """Return an environment that the policy has."""
    found = of.environment(name)
    assert found is not None
    return found


@cache
def key(kind: KeyKind, number: int = 0) -> PrivateKey:
    """Return a private key, the same for the same arguments."""
    match kind:
        case KeyKind.EC_P256:
            return ec.generate_private_key(ec.SECP256R1())
        case KeyKind.EC_P384:
            return ec.generate_private_key(ec.SECP384R1())
        case KeyKind.EC_P521:
            return ec.generate_private_key(ec.SECP521R1())
        case KeyKind.ED25519:
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            return rsa.generate_private_key(public_exponent=65537, key_size=int(kind.value[4:]))


def spki(private: Any) -> Der:  # noqa: ANN401  # any of cryptography's private keys, also those that are refused
    """Return the SubjectPublicKeyInfo of a private key."""
    return Der(private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def sign(private: PrivateKey, kind: KeyKind, message: bytes) -> bytes:
    """Return the signature that a good token makes with a root key of `kind`."""
    hash_ = SIGNING[kind].hash
    match private:
        case rsa.RSAPrivateKey() if hash_:
            return private.sign(message, padding.PKCS1v15(), hash_)
        case ec.EllipticCurvePrivateKey() if hash_:
            return private.sign(message, ec.ECDSA(hash_))
        case ed25519.Ed25519PrivateKey():
            return private.sign(message)
        case _:
            raise ValueError(kind)


@dataclass(frozen=True)
class Root:
    """An authority with its private key in the open."""

    policy: Policy
    private: PrivateKey
    certificate: Der

    @property
    def kind(self) -> KeyKind:
        """Return the kind of the root's key."""
        return self.policy.root.key

    @property
    def parsed(self) -> x509.Certificate:
        """Return the root certificate, parsed."""
        return issue.load(self.certificate)

    def authority(self, *issued: Issued) -> Authority:
        """Return what a review has to know, with a history."""
        return Authority("demo", self.policy, self.certificate, History(issued))

    def review(
        self, request: SigningRequest, name: str = "test", *, issued: Iterable[Issued] = (), draft: Draft | None = None
    ) -> Review:
        """Review a request for an environment at NOW."""
        chosen = environment(self.policy, name)
        drawn = draft or draw(chosen, self.policy, NOW, SERIAL)
        return review(request, self.authority(*issued), chosen, drawn)

    def signed(self, tbs: Der) -> Der:
        """Return the certificate of a TBSCertificate, signed by the root."""
        return issue.assemble(tbs, sign(self.private, self.kind, tbs))

    def intermediate(self, private: PrivateKey, name: str = "test") -> Der:
        """Return the certificate that an environment gets for a key, without a request."""
        return self.certified(spki(private), name, common_name(environment(self.policy, name).common_name))

    def certified(self, public: Der, name: str, subject: x509.Name, *, born: datetime = NOW) -> Der:
        """Return a certificate of any subject for a key; a name that is no environment's is treated as test."""
        chosen = self.policy.environment(name) or environment(self.policy)
        unsigned = issue.build(
            subject=subject,
            issuer=self.parsed.subject,
            spki=public,
            draft=draw(chosen, self.policy, born, SERIAL),
            extensions=intermediate_extensions(chosen, self.policy.root, self.parsed, public),
            kind=self.kind,
        )
        return self.signed(unsigned.tbs)


def root(of: Policy | None = None, *, number: int = 0, born: datetime = NOW, private: PrivateKey | None = None) -> Root:
    """Return a root under a policy (that of TEXT), self-signed at `born`. The same number gives the same key."""
    chosen = of or policy()
    private = private or key(chosen.root.key, 1000 + number)
    name, public = names.root_name(chosen.root), spki(private)
    not_before = chosen.ceremony.backdate.before(born)
    unsigned = issue.build(
        subject=name,
        issuer=name,
        spki=public,
        draft=Draft(SERIAL, not_before, chosen.root.validity.last_second(not_before)),
        extensions=root_extensions(chosen.root, public),
        kind=chosen.root.key,
    )
    made = issue.assemble(unsigned.tbs, sign(private, chosen.root.key, unsigned.tbs))
    return Root(chosen, private, made)


def with_root(of: Policy, **changes: Any) -> Policy:  # noqa: ANN401  # fields of RootPolicy
    """Return a policy whose root differs, also in ways that the reader refuses."""
    return replace(of, root=replace(of.root, **changes))


def with_environment(of: Policy, name: str = "test", **changes: Any) -> Policy:  # noqa: ANN401  # of EnvironmentPolicy
    """Return a policy of which one environment differs, also in ways that the reader refuses."""
    changed = tuple(replace(each, **changes) if each.name == name else each for each in of.environments)
    return replace(of, environments=changed)


def attribute(
    oid: x509.ObjectIdentifier, value: str, kind: _ASN1Type = _ASN1Type.UTF8String
) -> x509.NameAttribute[str]:
    """Return an attribute of a Name, whatever its length and in any kind of string."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return x509.NameAttribute(oid, value, kind, _validate=False)


def common_name(text: str) -> x509.Name:
    """Return a Name with nothing but a common name, of any length."""
    return x509.Name([attribute(NameOID.COMMON_NAME, text)])


GOOD_NAME = common_name("PrivSec Intermediate CA (test)")


def csr(
    subject: x509.Name = GOOD_NAME,
    private: Any = None,  # noqa: ANN401  # any of cryptography's private keys, also those that are refused
    *extensions: tuple[x509.ExtensionType, bool],
    hash_: HashAlgorithm | None = None,
) -> bytes:
    """Return a CSR in DER."""
    private = private or key(KeyKind.EC_P384, 1)
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    for value, critical in extensions:
        builder = builder.add_extension(value, critical=critical)
    plain = isinstance(private, ed25519.Ed25519PrivateKey)
    return builder.sign(private, None if plain else hash_ or SHA256()).public_bytes(Encoding.DER)  # type: ignore[arg-type]


def handmade(
    private: PrivateKey,
    *attributes: bytes,
    subject: bytes = GOOD_NAME.public_bytes(),
    public: bytes | None = None,
    algorithm: bytes = bytes.fromhex("300a06082a8648ce3d040302"),
    hash_: HashAlgorithm | None = None,
) -> bytes:
    """Return a CSR put together from encodings and signed with an EC key: by default with ecdsa-with-SHA256."""
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    parts = (b"\x02\x01\x00", subject, public or spki(private), der.wrap(0xA0, *sorted(attributes)))
    info = der.sequence(*parts)
    return der.sequence(info, algorithm, der.bit_string(private.sign(info, ec.ECDSA(hash_ or SHA256()))))


SHA1_REQUEST = handmade(key(KeyKind.EC_P384, 1), algorithm=bytes.fromhex("300906072a8648ce3d0401"), hash_=SHA1())  # noqa: S303
"""A request that is good but for SHA-1."""


def changed(data: bytes) -> bytes:
    """Return a CSR whose signature is wrong in its last bit."""
    return data[:-1] + bytes([data[-1] ^ 1])


def read(data: bytes, file: str = "request.csr") -> SigningRequest:
    """Return a request as the real reader reads it."""
    found = read_request(file, data)
    assert isinstance(found, SigningRequest), found.findings
    return found


@cache
def _answer(public: Der, name: str) -> Der:
    return root().certified(public, name, common_name(f"PrivSec Intermediate CA ({name})"))


def issued(request: SigningRequest, name: str = "test", *, authority: str = "demo", **changes: Any) -> Issued:  # noqa: ANN401
    """Return an entry of a history: the certificate that answered a request, named after its environment."""
    certificate = _answer(request.public_key, name)
    entry = Issued(
        authority=authority,
        environment=name,
        serial=Serial(0xABC),
        certificate=certificate,
        sha256=fingerprint(certificate),
        key=request.fingerprint,
        request_sha256=fingerprint(request.der),
        file=request.file,
        time="2026-01-02T03:04:05Z",
    )
    return replace(entry, **changes)


def root_entry(of: Root, authority: str = "demo") -> Issued:
    """Return the entry of a root's own certificate in the history."""
    return Issued(
        authority=authority,
        environment=ROOT,
        serial=Serial(1),
        certificate=of.certificate,
        sha256=fingerprint(of.certificate),
        key=fingerprint(spki(of.private)),
        request_sha256="",
        file="",
        time="2026-01-01T00:00:00Z",
    )


def codes(of: Review | Iterable[Any]) -> set[str]:
    """Return the codes of a review, or of findings."""
    findings = of.findings if isinstance(of, Review) else of
    return {each.code for each in findings}
