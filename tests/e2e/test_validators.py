"""Six validators and the certificates of a real response: docs/validators.md says what each makes of them."""

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from offline_root.extensions import general_name
from tests.appliance import Appliance, example_policy
from tests.authorities import common_name
from tests.e2e.validators import VALIDATORS, Chain, missing
from tests.leaves import LEAF, leaf
from tests.offline_root.test_would_allow import CONSTRAINTS, NAMES, OTHERWISE
from tests.requests import PrivateKey, request, written

pytestmark = pytest.mark.e2e

PAGE = Path(__file__).parents[2] / "docs" / "validators.md"
YES, NO = "takes", "refuses"
ALL = tuple(VALIDATORS)


def said(verdict: str, **others: str) -> Mapping[str, str]:
    """Return what all validators say, but for some."""
    return {name: others.get(name.partition(",")[0], verdict) for name in ALL}


TABLE: Mapping[str, Mapping[str, str]] = {
    "a server, `www.test.privsec.ch`": said(YES),
    "a server outside, `www.privsec.ch`": said(NO),
    "an address outside, `192.0.2.1`": said(NO),
    "a CA below the intermediate": said(NO),
    "a client, `olga@prod.privsec.ch`": said(YES),
    "a client, `spiffe://prod.privsec.ch/web`": said(YES),
    "a client, common name `alice` alone": said(YES, GnuTLS=NO, Java=NO, cryptography=NO),
}
"""What each validator says of a leaf below the intermediate of `test` in the policy of the design page."""
WHY = {
    "GnuTLS, Java": "without a DNS name they take the common name for one, and no constraint permits `alice`",
    "cryptography": "a client must have a subjectAltName",
}


def page() -> str:
    """Return docs/validators.md."""
    head = f"| a leaf of `test` | {' | '.join(ALL)} |\n|---|{'---|' * len(ALL)}\n"
    rows = "".join(f"| {case} | {' | '.join(verdicts[each] for each in ALL)} |\n" for case, verdicts in TABLE.items())
    why = "".join(f"- {name}: {reason}.\n" for name, reason in WHY.items())
    names = "".join(
        f"| {validator} | {_constraints(chosen)} | {', '.join(f'`{each}`' for each in names)} | {reason} |\n"
        for validator, cases in OTHERWISE.items()
        for chosen, names, reason in cases
    )
    return PAGE_TEXT.format(head=head, rows=rows, why=why, names=names, pairs=len(CONSTRAINTS) * len(NAMES))


def _constraints(chosen: str) -> str:
    constraints = CONSTRAINTS[chosen]
    assert constraints is not None
    trees = (("permitted", constraints.permitted_subtrees), ("excluded", constraints.excluded_subtrees))
    return ", ".join(f"{word} {general_name(each)}" for word, listed in trees for each in listed or ())


PAGE_TEXT = """\
# What validators make of our certificates

Generated from `tests/e2e/test_validators.py`, which makes real responses with SoftHSM, for EC and RSA roots and
intermediates, and asks six validators about leaves below them; and from `tests/offline_root/test_would_allow.py`.
The first test compares this page with both.

Root and intermediate come from the response as they are. All kinds of keys give the same table:

{head}{rows}
Where they disagree:

{why}
The last three rows are why one root for several environments does not separate them for client authentication:
trust the environment's intermediate, never the root (see [operator.md](operator.md)).

## Name constraints, name by name

The name test (`inspect --would-allow`, N on the review screen) says what RFC 5280 4.2.1.10 says. Of {pairs} pairs of
constraints and names, asked of OpenSSL, GnuTLS and cryptography, these come out otherwise. Most of these constraints
are those of other people's CAs; of ours, only constraints of URIs are treated so differently. An address family that
a policy leaves out is excluded whole, and all three obey that.

| validator | constraints | names | why it decides otherwise |
|---|---|---|---|
{names}"""


def test_the_page_is_what_is_tested_here() -> None:
    assert PAGE.read_text() == page()


def test_only_node_and_java_may_be_missing() -> None:
    """Node and Java need not be there; everything else is installed by `./run test`."""
    assert set(missing()) <= {"Node", "Java"}


def _pem(folder: Path, name: str, certificate: x509.Certificate) -> Path:
    return written(folder, name, certificate.public_bytes(Encoding.PEM))


def _below(issuer: x509.Certificate, by: PrivateKey, key: PrivateKey) -> x509.Certificate:
    """Return a CA that the online CA should never have made."""
    copied = {type(each.value): each for each in issuer.extensions}
    identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
        issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(common_name("a CA below"))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(10)
        .not_valid_before(issuer.not_valid_before_utc)
        .not_valid_after(issuer.not_valid_before_utc + timedelta(days=30))
        .add_extension(identifier, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    for kind in (x509.BasicConstraints, x509.KeyUsage):
        builder = builder.add_extension(copied[kind].value, critical=True)
    return builder.sign(by, SHA256())


def chains(folder: Path, root: Path, intermediate: Path, online: PrivateKey) -> list[Chain]:
    """Return a chain for each row of the table."""
    ca = x509.load_pem_x509_certificate(intermediate.read_bytes())
    other = ec.generate_private_key(ec.SECP256R1())
    too_long = _below(ca, online, other)
    alice = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "alice")])
    www = x509.DNSName("www.test.privsec.ch")
    leaves = (
        (leaf(www, issuer=ca, by=online), False, ()),
        (leaf(x509.DNSName("www.privsec.ch"), issuer=ca, by=online), False, ()),
        (leaf(x509.IPAddress(ip_address("192.0.2.1")), issuer=ca, by=online), False, ()),
        (leaf(www, issuer=too_long, by=other), False, (_pem(folder, "below.pem", too_long),)),
        (leaf(x509.RFC822Name("olga@prod.privsec.ch"), issuer=ca, by=online), True, ()),
        (leaf(x509.UniformResourceIdentifier("spiffe://prod.privsec.ch/web"), issuer=ca, by=online), True, ()),
        (leaf(issuer=ca, by=online, subject=alice), True, ()),
    )
    key = written(folder, "leaf.key", LEAF.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return [
        Chain((_pem(folder, f"leaf{number}.pem", each), *between, intermediate, root), key, client)
        for number, (each, client, between) in enumerate(leaves)
    ]


def asked(folder: Path, root_kind: str, online: PrivateKey) -> None:
    """Hold the table against every validator that is here."""
    appliance = Appliance(folder)
    made = appliance.create(example_policy(root_kind))
    assert made.code == 0, made.err
    done = appliance.sign("test", written(folder, "ca.csr", request(key=online)))
    assert done.code == 0, done.err
    files = done.json["issued"][0]["files"]
    listed = chains(folder, Path(files["root"]), Path(files["certificate"]), online)

    for name, (validator, _) in VALIDATORS.items():
        if name in missing():
            continue
        place = folder / validator.__name__
        place.mkdir()
        reasons = validator(place, listed)
        verdicts = dict(zip(TABLE, (NO if each else YES for each in reasons), strict=True))
        assert verdicts == {case: expected[name] for case, expected in TABLE.items()}, (name, reasons)


def test_they_agree_on_ec(tmp_path: Path) -> None:
    asked(tmp_path, "ec-p384", ec.generate_private_key(ec.SECP384R1()))


@pytest.mark.long
@pytest.mark.parametrize("root_kind", ["ec-p384", "rsa-4096"])
@pytest.mark.parametrize("online", ["ec", "rsa"])
def test_they_agree_on_every_kind_of_key(tmp_path: Path, root_kind: str, online: str) -> None:
    key = rsa.generate_private_key(65537, 4096) if online == "rsa" else ec.generate_private_key(ec.SECP256R1())
    asked(tmp_path, root_kind, key)
