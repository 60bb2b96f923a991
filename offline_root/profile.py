"""The two certificates this appliance makes, extension by extension (RFC 5280 4.2).

Everything comes from the policy, nothing from the request. Subject and dates are not decided here.
"""

from ipaddress import IPv4Network, IPv6Network, ip_network

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from offline_root.model import Der
from offline_root.policy.model import EnvironmentPolicy, NameConstraints, RootPolicy

Extensions = tuple[tuple[x509.ExtensionType, bool], ...]
"""Extension values, each with its criticality, in the order they are encoded."""

EXTENDED_KEY_USAGES = {
    "serverAuth": ExtendedKeyUsageOID.SERVER_AUTH,
    "clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "codeSigning": ExtendedKeyUsageOID.CODE_SIGNING,
    "emailProtection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "timeStamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "OCSPSigning": ExtendedKeyUsageOID.OCSP_SIGNING,
}

CA_KEY_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def root_extensions(root: RootPolicy, spki: Der) -> Extensions:
    """Return the root's extensions: no extended key usage, no CRL distribution point (BR 7.1.2.1)."""
    return (
        (x509.BasicConstraints(ca=True, path_length=root.path_length), True),
        (CA_KEY_USAGE, True),
        (subject_key_identifier(spki), False),
    )


def intermediate_extensions(
    environment: EnvironmentPolicy, root: RootPolicy, root_certificate: x509.Certificate, spki: Der
) -> Extensions:
    """Return an intermediate's extensions. The authority key identifier is the root's own (RFC 5280 4.2.1.1)."""
    identifier = root_certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    usages = tuple(EXTENDED_KEY_USAGES[each] for each in environment.extended_key_usage)
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=True, path_length=environment.path_length), True),
        (CA_KEY_USAGE, True),
        (subject_key_identifier(spki), False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False),
        (name_constraints(environment.name_constraints), True),
    ]
    if usages:
        extensions.append((x509.ExtendedKeyUsage(usages), False))
    extensions.append((_crl_distribution_points(root.crl_url), False))
    extensions.append((_authority_information_access(root.certificate_url), False))
    return tuple(extensions)


def subject_key_identifier(spki: Der) -> x509.SubjectKeyIdentifier:
    """Return the identifier of a key: SHA-1 of its bits (RFC 5280 4.2.1.2, method 1), as every online CA has it."""
    # The key types that cannot be in a certificate (Diffie-Hellman and the like) never get here: no policy names them.
    return x509.SubjectKeyIdentifier.from_public_key(load_der_public_key(spki))  # type: ignore[arg-type]


def name_constraints(constraints: NameConstraints) -> x509.NameConstraints:
    """Return the name constraints of a policy. They are never empty: each address family is permitted or excluded.

    An address family without an entry is excluded whole: validators leave a name type without any entry unconstrained.
    DNS names stand without a leading dot: so they cover the name itself and all below it in every validator measured.
    """
    permitted: list[x509.GeneralName] = [x509.DNSName(each) for each in constraints.permitted_dns or ()]
    networks = tuple(ip_network(each) for each in constraints.permitted_ip)
    permitted += [x509.IPAddress(each) for each in networks]
    permitted += [x509.RFC822Name(each) for each in constraints.permitted_email or ()]
    permitted += [x509.UniformResourceIdentifier(each) for each in constraints.permitted_uri or ()]
    whole = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))
    excluded = [x509.IPAddress(each) for each in whole if not any(each.version == net.version for net in networks)]
    return x509.NameConstraints(permitted or None, excluded or None)


def _crl_distribution_points(url: str) -> x509.CRLDistributionPoints:
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
    return x509.CRLDistributionPoints([point])


def _authority_information_access(url: str) -> x509.AuthorityInformationAccess:
    location = x509.UniformResourceIdentifier(url)
    return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, location)])
