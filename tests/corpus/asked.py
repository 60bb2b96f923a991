"""Attributes and the extensions that they ask for: too many, malformed, or more than an intermediate may get."""

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from offline_root import der
from tests.corpus.build import (
    CN,
    EXTENSIONS,
    IA5,
    MICROSOFT,
    NULL,
    PRINTABLE,
    SUBJECT,
    Vector,
    Vectors,
    asking,
    csr,
    name,
    part,
    text,
)
from tests.offline_root.request.structures import attribute, extension, oid

WHY_ATTRIBUTES = (
    "Attributes are where a request asks. Two programs that read two values, or the first of two attributes, ask for "
    "different things; what is not read here is said."
)
WHY_EXTENSIONS = (
    "An extension that is asked for and copied gives more power than the policy does; one that is dropped without a "
    "word makes the requester believe that it was granted. None is copied, and each that is not granted is said."
)

_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)
_CHALLENGE, _UNSTRUCTURED = "1.2.840.113549.1.9.7", "1.2.840.113549.1.9.2"
_TRUE = bytes.fromhex("0101ff")


def attributes() -> Vectors:
    """Yield attributes."""
    for file, what, content in _attributes():
        yield Vector(f"attribute/{file}.der", what, csr(*content))


def _attributes() -> tuple[tuple[str, str, tuple[bytes, ...]], ...]:
    ca, usages = extension("2.5.29.19", bytes.fromhex("30030101ff")), extension("2.5.29.15", bytes.fromhex("03020106"))
    leaf = extension("2.5.29.19", b"\x30\x00")
    return (
        ("twice", "the request for extensions stands twice", (asking(ca), asking(usages))),
        ("twice-the-same", "the same request for extensions stands twice", (asking(ca), asking(ca))),
        (
            "two-values",
            "the request for extensions has two values",
            (attribute(EXTENSIONS, der.sequence(ca), der.sequence(usages)),),
        ),
        (
            "hides-extensions",
            "extensions stand in an attribute that asks for none",
            (attribute("1.2.840.113549.1.9.15", der.sequence(ca, usages)),),
        ),
        (
            "hides-critical",
            "a critical extension stands in an attribute that asks for none",
            (attribute("1.2.840.113549.1.9.13", der.sequence(extension("1.2.3", b"", critical=_TRUE))),),
        ),
        (
            "of-sequences",
            "good: an unknown attribute of sequences that are no extensions",
            (attribute("1.2.840.113549.1.9.15", der.sequence(ca, der.sequence(oid("1.2.3")))),),
        ),
        ("no-value", "an attribute without a value", (attribute("1.2.3"),)),
        ("extensions-no-value", "the request for extensions has no value", (attribute(EXTENSIONS),)),
        ("no-set", "an attribute whose values are no SET", (der.sequence(oid("1.2.3"), NULL),)),
        ("no-sequence", "an attribute is a NULL", (NULL,)),
        ("no-type", "an attribute has no type", (der.sequence(der.wrap(0x31, NULL)),)),
        (
            "three-members",
            "a third member stands in an attribute",
            (der.sequence(oid("1.2.3"), der.wrap(0x31, NULL), NULL),),
        ),
        ("challenge", "a challenge password", (attribute(_CHALLENGE, text("CHALLENGE-PASSWORD-CANARY")),)),
        (
            "challenge-twice",
            "a challenge password with two values",
            (attribute(_CHALLENGE, text("ALPHA"), text("OMEGA")),),
        ),
        ("challenge-number", "a challenge password that is a number", (attribute(_CHALLENGE, b"\x02\x01\x05"),)),
        ("challenge-long", "a challenge password of 300 letters", (attribute(_CHALLENGE, text("x" * 300)),)),
        (
            "unstructured",
            "good: an unstructured name, which is not used",
            (attribute(_UNSTRUCTURED, text("anything")),),
        ),
        ("unknown", "good: an attribute that nobody knows, which is not used", (attribute("1.2.3.4", text("x")),)),
        (
            "unknown-twice",
            "an attribute that nobody knows stands twice",
            (attribute("1.2.3.4", text("x")), attribute("1.2.3.4", text("y"))),
        ),
        (
            "windows",
            "good: what Windows adds: version, client, provider",
            (
                attribute("1.3.6.1.4.1.311.13.2.3", text("10.0.20348.2", IA5)),
                attribute(
                    "1.3.6.1.4.1.311.21.20",
                    der.sequence(b"\x02\x01\x09", text("ca.test.example"), text("TEST\\admin"), text("certreq")),
                ),
                attribute(
                    "1.3.6.1.4.1.311.13.2.2", der.sequence(b"\x02\x01\x01", text("Provider", 0x1E), b"\x03\x01\x00")
                ),
            ),
        ),
        (
            "microsoft",
            "good: Microsoft's own request for extensions, in place of the usual one",
            (asking(ca, type_=MICROSOFT),),
        ),
        (
            "microsoft-beside",
            "good: both kinds of a request for extensions, for different ones",
            (asking(ca), asking(usages, type_=MICROSOFT)),
        ),
        (
            "microsoft-contradicts",
            "the usual request asks for a CA, Microsoft's for none",
            (asking(ca), asking(leaf, type_=MICROSOFT)),
        ),
        (
            "microsoft-same",
            "both kinds of a request ask for the same extension",
            (asking(ca), asking(ca, type_=MICROSOFT)),
        ),
        (
            "renewal",
            "good: an empty certificate to be renewed, which is not used",
            (attribute("1.3.6.1.4.1.311.13.1", der.sequence()),),
        ),
        (
            "delegation",
            "good: a statement of attestation, which is not used",
            (attribute("1.2.840.113549.1.9.16.2.59", der.sequence(oid("1.2.3"), text("x"))),),
        ),
        ("extensions-empty", "good: a request for no extension", (asking(),)),
        ("extensions-null", "the request for extensions is a NULL", (attribute(EXTENSIONS, NULL),)),
        (
            "extensions-octets",
            "the request for extensions is an OCTET STRING",
            (attribute(EXTENSIONS, der.wrap(4, der.sequence(ca))),),
        ),
        (
            "microsoft-null",
            "Microsoft's request for extensions is a NULL beside a good one",
            (asking(ca), attribute(MICROSOFT, NULL)),
        ),
    )


def _asked(value: x509.ExtensionType, *, critical: bool = False) -> bytes:
    return extension(value.oid.dotted_string, value.public_bytes(), critical=_TRUE if critical else b"")


def _raw(type_: str, value: str | bytes, *, critical: bool = False) -> bytes:
    octets = bytes.fromhex(value) if isinstance(value, str) else value
    return extension(type_, octets, critical=_TRUE if critical else b"")


def extensions() -> Vectors:
    """Yield requests for extensions."""
    for file, what, content in (*_constraints(), *_usages(), *_names(), *_policies(), *_forms()):
        yield Vector(f"extension/{file}.der", what, csr(asking(*content)))


def _constraints() -> tuple[tuple[str, str, tuple[bytes, ...]], ...]:
    def ca(length: int | None, *, is_ca: bool = True) -> bytes:
        return _asked(x509.BasicConstraints(ca=is_ca, path_length=length), critical=True)

    def nc(permitted: list[x509.GeneralName] | None, excluded: list[x509.GeneralName] | None = None) -> bytes:
        return _asked(x509.NameConstraints(permitted, excluded), critical=True)

    bc = "2.5.29.19"
    return (
        ("ca", "good: asks to be a CA of path length 0, as granted", (ca(0),)),
        ("ca-unlimited", "good: asks to be a CA, without a path length", (ca(None),)),
        ("leaf", "asks to be no CA", (ca(None, is_ca=False),)),
        ("leaf-with-length", "asks to be no CA, with a path length all the same", (_raw(bc, "3003020100"),)),
        ("path-length-1", "asks for path length 1 where the policy grants 0", (ca(1),)),
        ("path-length-5", "asks for path length 5", (ca(5),)),
        ("path-length-huge", "asks for a path length of 64 bits", (_raw(bc, "300e0101ff020900ffffffffffffffff"),)),
        ("path-length-negative", "asks for path length -1", (_raw(bc, "30060101ff0201ff"),)),
        ("constraints-own", "asks for the name constraints of the policy", (nc([x509.DNSName("test.privsec.ch")]),)),
        (
            "constraints-wider",
            "asks for wider name constraints",
            (nc([x509.DNSName("privsec.ch"), x509.DNSName("example")]),),
        ),
        ("constraints-all", "asks for name constraints that permit every name", (nc([x509.DNSName("")]),)),
        ("constraints-empty", "asks for empty name constraints", (_raw("2.5.29.30", "3000", critical=True),)),
        (
            "constraints-minimum",
            "asks for name constraints with a minimum",
            (_raw("2.5.29.30", "300da00b3009820474657374800101", critical=True),),
        ),
    )


def _usages() -> tuple[tuple[str, str, tuple[bytes, ...]], ...]:
    def usage(*names: str) -> bytes:
        return _asked(x509.KeyUsage(**{each: each in names for each in _USAGES}), critical=True)

    def eku(*oids: x509.ObjectIdentifier, critical: bool = False) -> bytes:
        return _asked(x509.ExtendedKeyUsage(oids), critical=critical)

    return (
        ("usage", "good: asks for the key usage that it gets", (usage("key_cert_sign", "crl_sign"),)),
        ("usage-leaf", "asks for the key usage of a server", (usage("digital_signature", "key_encipherment"),)),
        ("usage-none", "asks for no key usage at all", (_raw("2.5.29.15", "030100"),)),
        (
            "usage-padded",
            "good: a key usage with zero bits behind (BER), not copied",
            (_raw("2.5.29.15", "03020006"),),
        ),
        ("eku-server", "asks for the purpose of a server", (eku(ExtendedKeyUsageOID.SERVER_AUTH),)),
        ("eku-any", "asks for any purpose", (eku(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE),)),
        (
            "eku-any-critical",
            "asks for any purpose, critical",
            (eku(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE, critical=True),),
        ),
        ("eku-code-signing", "asks for code signing", (eku(ExtendedKeyUsageOID.CODE_SIGNING),)),
        ("eku-ocsp", "asks to sign OCSP responses", (eku(ExtendedKeyUsageOID.OCSP_SIGNING),)),
        (
            "eku-smart-card",
            "asks for a log-on by smart card, an administrator's for example",
            (eku(x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.2")),),
        ),
        ("eku-empty", "asks for an empty list of purposes", (_raw("2.5.29.37", "3000"),)),
        ("ocsp-no-check", "asks never to be checked for revocation by OCSP", (_raw("1.3.6.1.5.5.7.48.1.5", "0500"),)),
        ("must-staple", "asks for TLS features", (_raw("1.3.6.1.5.5.7.1.24", "3003020105"),)),
    )


def _names() -> tuple[tuple[str, str, tuple[bytes, ...]], ...]:
    def san(*names: x509.GeneralName, critical: bool = False) -> bytes:
        return _asked(x509.SubjectAlternativeName(names), critical=critical)

    return (
        ("san-dns", "asks for the name of a host", (san(x509.DNSName("test.privsec.ch")),)),
        ("san-wildcard", "asks for every host", (san(x509.DNSName("*")),)),
        ("san-critical", "asks for the name of a host, critical", (san(x509.DNSName("a.example"), critical=True),)),
        (
            "san-nul",
            "asks for the name of a host with a NUL",
            (_raw("2.5.29.17", der.sequence(der.wrap(0x82, b"test.privsec.ch\0.evil.example"))),),
        ),
        (
            "san-utf-8",
            "asks for the name of a host that is not ASCII",
            (_raw("2.5.29.17", der.sequence(der.wrap(0x82, "tést.example".encode()))),),
        ),
        (
            "san-address",
            "asks for addresses",
            (_raw("2.5.29.17", der.sequence(der.wrap(0x87, bytes(4)), der.wrap(0x87, bytes(16)))),),
        ),
        (
            "san-address-bad",
            "asks for an address of five octets",
            (_raw("2.5.29.17", der.sequence(der.wrap(0x87, bytes(5)))),),
        ),
        (
            "san-principal",
            "asks for an administrator's name for log-on (UPN)",
            (
                _raw(
                    "2.5.29.17",
                    der.sequence(
                        der.wrap(0xA0, oid("1.3.6.1.4.1.311.20.2.3"), der.wrap(0xA0, text("administrator@test")))
                    ),
                ),
            ),
        ),
        ("san-directory", "asks for a directory name", (_raw("2.5.29.17", der.sequence(der.wrap(0xA4, SUBJECT))),)),
        (
            "san-directory-long",
            "asks for a directory name whose common name has 200 letters",
            (_raw("2.5.29.17", der.sequence(der.wrap(0xA4, name(part(CN, "x" * 200))))),),
        ),
        (
            "san-directory-bidi",
            "asks for a directory name with a right-to-left override",
            (_raw("2.5.29.17", der.sequence(der.wrap(0xA4, name(der.sequence(oid("2.5.4.3"), text("\u202eAC")))))),),
        ),
        ("san-edi", "asks for an EDI party name, which nobody knows", (_raw("2.5.29.17", "3006a504a1020c00"),)),
        ("san-empty", "asks for an empty list of names", (_raw("2.5.29.17", "3000"),)),
        (
            "san-long",
            "asks for a name of 3,000 octets",
            (_raw("2.5.29.17", der.sequence(der.wrap(0x82, b"a" * 3000))),),
        ),
        ("san-many", "asks for a thousand names", (san(*(x509.DNSName(f"{n}.test.example") for n in range(1000))),)),
        (
            "issuer-name",
            "asks for another name of the issuer",
            (_asked(x509.IssuerAlternativeName([x509.DNSName("root.example")])),),
        ),
        (
            "subject-key",
            "good: asks for a subject key identifier, which follows from the key anyway",
            (_asked(x509.SubjectKeyIdentifier(bytes(20))),),
        ),
        (
            "subject-key-empty",
            "good: an empty subject key identifier, not copied",
            (_raw("2.5.29.14", "0400"),),
        ),
        (
            "authority-key",
            "asks for an authority key identifier of its own",
            (_asked(x509.AuthorityKeyIdentifier(bytes(20), None, None)),),
        ),
        (
            "crl",
            "asks for a CRL elsewhere",
            (
                _asked(
                    x509.CRLDistributionPoints(
                        [
                            x509.DistributionPoint(
                                [x509.UniformResourceIdentifier("http://evil.example")], None, None, None
                            )
                        ]
                    )
                ),
            ),
        ),
        (
            "access",
            "asks for an issuer's certificate and OCSP elsewhere",
            (
                _asked(
                    x509.AuthorityInformationAccess(
                        [
                            x509.AccessDescription(
                                AuthorityInformationAccessOID.OCSP,
                                x509.UniformResourceIdentifier("http://evil.example"),
                            )
                        ]
                    )
                ),
            ),
        ),
    )


def _policies() -> tuple[tuple[str, str, tuple[bytes, ...]], ...]:
    any_policy = "2.5.29.32.0"
    return (
        (
            "policy",
            "asks for a certificate policy",
            (_raw("2.5.29.32", der.sequence(der.sequence(oid("2.23.140.1.2.1")))),),
        ),
        (
            "policy-any",
            "asks for any certificate policy",
            (_raw("2.5.29.32", der.sequence(der.sequence(oid(any_policy)))),),
        ),
        (
            "policy-twice",
            "asks for one certificate policy twice",
            (_raw("2.5.29.32", der.sequence(der.sequence(oid(any_policy)), der.sequence(oid(any_policy)))),),
        ),
        (
            "policy-notice",
            "asks for a notice to the user, with an escape sequence",
            (
                _raw(
                    "2.5.29.32",
                    der.sequence(
                        der.sequence(
                            oid("1.2.3"),
                            der.sequence(der.sequence(oid("1.3.6.1.5.5.7.2.2"), der.sequence(text("\x1b[2J")))),
                        )
                    ),
                ),
            ),
        ),
        (
            "policy-mappings",
            "asks for mappings of policies",
            (_raw("2.5.29.33", der.sequence(der.sequence(oid("1.2.3"), oid("1.2.4"))), critical=True),),
        ),
        ("policy-constraints", "asks for constraints of policies", (_raw("2.5.29.36", "3003800100", critical=True),)),
        ("inhibit-any", "asks to inhibit any policy", (_raw("2.5.29.54", "020100", critical=True),)),
        ("netscape", "asks for Netscape's kind of certificate", (_raw("2.16.840.1.113730.1.1", "03020007"),)),
        (
            "netscape-comment",
            "asks for a comment with an escape sequence",
            (_raw("2.16.840.1.113730.1.13", text("\x1b]0;x\x07", IA5)),),
        ),
        (
            "template",
            "asks for a template of Windows: a subordinate CA",
            (_raw("1.3.6.1.4.1.311.20.2", text("SubCA", 0x1E)),),
        ),
        (
            "poison",
            "asks for the poison of a precertificate",
            (_raw("1.3.6.1.4.1.11129.2.4.3", "0500", critical=True),),
        ),
        (
            "proxy",
            "asks to be a proxy certificate",
            (_raw("1.3.6.1.5.5.7.1.14", "300c300a06082b06010505071501", critical=True),),
        ),
        (
            "qualified",
            "asks for statements of a qualified certificate",
            (_raw("1.3.6.1.5.5.7.1.3", der.sequence(der.sequence(oid("0.4.0.1862.1.1")))),),
        ),
    )


def _forms() -> tuple[tuple[str, str, tuple[bytes, ...]], ...]:
    ca = _raw("2.5.29.19", "30030101ff", critical=True)
    leaf = _raw("2.5.29.19", "3000")
    return (
        ("unknown", "asks for an extension that nobody knows", (_raw("1.2.3.4", "0500"),)),
        (
            "unknown-critical",
            "asks for an extension that nobody knows, critical",
            (_raw("1.2.3.4", "0500", critical=True),),
        ),
        ("unknown-empty", "asks for an extension without octets", (_raw("1.2.3.4", b""),)),
        ("unknown-long", "asks for an extension of 1,000 octets", (_raw("1.2.3.4", bytes(1000)),)),
        ("unknown-no-der", "asks for an extension whose value is no DER", (_raw("1.2.3.4", "ffff"),)),
        ("twice", "asks twice for basicConstraints, the same", (ca, ca)),
        ("contradiction", "asks twice for basicConstraints: as a CA and as none", (ca, leaf)),
        (
            "unknown-twice",
            "asks twice for an extension that nobody knows",
            (_raw("1.2.3.4", "0500"), _raw("1.2.3.4", "0500")),
        ),
        ("no-value", "an extension without a value", (der.sequence(oid("2.5.29.19")),)),
        (
            "no-octets",
            "the value of an extension is no OCTET STRING",
            (der.sequence(oid("2.5.29.19"), bytes.fromhex("30030101ff")),),
        ),
        ("critical-null", "an extension whose critical is a NULL", (der.sequence(oid("1.2.3"), NULL, b"\x04\x00"),)),
        ("critical-twice", "an extension is critical twice", (der.sequence(oid("1.2.3"), _TRUE, _TRUE, b"\x04\x00"),)),
        ("null", "an extension is a NULL", (NULL,)),
        ("constraints-malformed", "basicConstraints is a NULL", (_raw("2.5.29.19", "0500"),)),
        ("constraints-integer", "cA is a number", (_raw("2.5.29.19", "3003020101"),)),
        ("usage-malformed", "keyUsage is a NULL", (_raw("2.5.29.15", "0500"),)),
        ("eku-malformed", "extKeyUsage holds a string", (_raw("2.5.29.37", der.sequence(text("any", PRINTABLE))),)),
        ("name-constraints-malformed", "nameConstraints is an INTEGER", (_raw("2.5.29.30", "020100"),)),
        ("crl-malformed", "cRLDistributionPoints is a NULL", (_raw("2.5.29.31", "0500"),)),
        ("empty", "the value of basicConstraints has no octet", (_raw("2.5.29.19", b""),)),
    )
