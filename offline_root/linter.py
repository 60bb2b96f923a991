"""pkilint as a second opinion on every certificate and CRL: DER in, findings under its own name out.

It has its own ASN.1 parser and its own reading of RFC 5280 and the Baseline Requirements, so it finds what our checks
and cryptography both overlook. Loading it takes a second: `warm_up` does that while people read.
"""

import logging
import re
from collections.abc import Callable, Iterator
from functools import cache
from threading import Lock, Thread
from typing import Any

from cryptography import x509

from offline_root.display import visible
from offline_root.findings import Code, Finding, Severity, declare
from offline_root.model import Der

_RULE = "RFC 5280; BR 7.1, 7.2, as pkilint reads them"

ERROR = declare(
    "pkilint.error",
    Severity.REFUSE,
    "pkilint, a second and independent linter, must find no error",
    rule=_RULE,
    mend="Read what pkilint names and change the policy or the request."
    " If the deviation is meant, lower this code in the policy's [severity] and give the reason.",
    recommended=True,
)
WARNING = declare(
    "pkilint.warning",
    Severity.WARN,
    "pkilint, a second and independent linter, advises against something",
    rule=_RULE,
    mend="Read what pkilint names. If it is meant, acknowledge it; better, change the policy or the request.",
)
NOTICE = declare(
    "pkilint.notice",
    Severity.INFO,
    "pkilint, a second and independent linter, notes something",
    rule=_RULE,
    mend="Nothing to do.",
)

_CODES: dict[str, Code] = {"FATAL": ERROR, "ERROR": ERROR, "WARNING": WARNING, "NOTICE": NOTICE}
"""By the name of pkilint's severity: as numbers, its smallest is its worst. Its INFO and DEBUG are about no defect."""

Allowed = tuple[tuple[str, str, str], ...]
"""What a private PKI does differently on purpose: pkilint's code, a pattern in its message, and the reason."""

_POLICY = "The policy decides that, and the review shows what it says."
_PRIVATE = "Internal names and addresses are what a private PKI is for."
_GO = "Go's validator fails on directoryName constraints; certificate.name-constraints.incomplete looks at the others."

ALLOWED: Allowed = (
    ("cabf.serverauth.ca.certificate_policies_extension_absent", "", "Policies of a private PKI bind people."),
    ("cabf.serverauth.ca.extended_key_usage_extension_absent", "", _POLICY),
    ("cabf.serverauth.ca.country_attribute_absent", "", _POLICY),
    ("cabf.serverauth.ca.organization_name_attribute_absent", "", _POLICY),
    ("cabf.serverauth.ca.organizational_unit_name_attribute_present", "", _POLICY),
    (
        "cabf.serverauth.invalid_rdn_order",
        "",
        "RFC 5280 knows none; a kept subject is as the online CA made it.",
    ),
    ("cabf.ca_certificate_no_digital_signature_bit", "", "The key signs certificates and CRLs, no OCSP answers."),
    ("cabf.internal_domain_name", "", _PRIVATE),
    ("cabf.internal_ip_address", "", _PRIVATE),
    ("pkix.invalid_domain_name_syntax", ': "[a-z0-9-]+"$', _PRIVATE),
    ("cabf.serverauth.ca.incomplete_name_constraints", "not contain a directoryName", _GO),
    ("cabf.serverauth.ca.incomplete_name_constraints", '"permittedSubtrees" is absent', _POLICY),
    ("cabf.serverauth.name_constraints_discouraged_name_type", "rfc822Name", _POLICY),
    ("cabf.serverauth.name_constraints_discouraged_name_type", "uniformResourceIdentifier", _POLICY),
    (
        "cabf.serverauth.prohibited_signature_algorithm_encoding",
        ": 300506032b6570",
        "Ed25519 is for policies to choose.",
    ),
    ("cabf.serverauth.prohibited_subject_public_key_algorithm_encoding", ": 300506032b6570", _POLICY),
)

_ALLOWED_IN_ROOTS: Allowed = (
    ("cabf.serverauth.root.authority_key_identifier_extension_absent", "", "A root is the end of the chain."),
    ("pkix.authority_key_identifier_extension_absent", "", "A root under its throwaway signature is not self-signed."),
    ("cabf.serverauth.root_basic_constraints_pathlenconstraint_present", "", _POLICY),
    ("cabf.serverauth.root_validity_period_too_short", "", "root.lifetime warns of it."),
    ("cabf.serverauth.root_validity_period_too_long", "", "root.lifetime warns of it."),
)

_PANIC = "PanicException"
"""What pkilint's parser, which is Rust, raises where it gives up. It is no Exception, and no module exports it."""

_LOADING = Lock()
Opinion = tuple[tuple[Any, ...], Allowed]
"""pkilint's results, and what of them is allowed."""


def warm_up() -> None:
    """Begin to load pkilint, beside whatever comes next."""
    Thread(target=_lint, args=(_loaded,), name="linter", daemon=True).start()


def lint_certificate(certificate: Der) -> tuple[Finding, ...]:
    """Return what pkilint has against the certificate of a CA, less what is allowed here."""
    return _lint(lambda: _certificate(certificate))


def lint_crl(crl: Der) -> tuple[Finding, ...]:
    """Return what pkilint has against the CRL of a root, less what is allowed here."""
    return _lint(lambda: _crl(crl))


def _lint(judge: Callable[[], Opinion]) -> tuple[Finding, ...]:
    logging.getLogger("pkilint.validation").disabled = True  # it prints tracebacks of what it finds difficult
    try:
        with _LOADING:
            results, allowed = judge()
            return tuple(dict.fromkeys(_findings(results, allowed)))
    except BaseException as error:  # foreign code on foreign bytes: an opinion that is missing is a finding
        if not isinstance(error, Exception) and type(error).__name__ != _PANIC:
            raise
        return (ERROR.finding(f"pkilint gave no opinion: {type(error).__name__}.", "pkilint"),)


def _findings(results: tuple[Any, ...], allowed: Allowed) -> Iterator[Finding]:
    for result in results:
        for finding, message in result.finding_descriptions:
            code, said = _CODES.get(finding.severity.name), f"{finding.code}: {message}" if message else finding.code
            if code and not any(name == finding.code and re.search(part, said) for name, part, _ in allowed):
                field = visible(str(result.node.path).partition(".")[2].removeprefix("tbsCertificate.")) or "structure"
                yield code.finding(f"pkilint says {visible(said)}.", field)


def _certificate(certificate: Der) -> Opinion:
    from pkilint import loader
    from pkilint.cabf import serverauth
    from pkilint.finding_filter import filter_results

    document = loader.load_der_certificate(certificate, "certificate")
    kind = serverauth.determine_certificate_type(document)
    filters = serverauth.create_serverauth_finding_filters(kind)
    # The Baseline Requirements lift some rules of RFC 5280; a private PKI has no reason to.
    results, _lifted = filter_results(filters, _baseline(kind).validate(document.root))
    return (*_pkix().validate(document.root), *results), ALLOWED + (_ALLOWED_IN_ROOTS if kind.name == "ROOT_CA" else ())


def _crl(crl: Der) -> Opinion:
    from pkilint import loader

    points = (each.value for each in x509.load_der_x509_crl(crl).extensions)
    if any(isinstance(each, x509.IssuingDistributionPoint) and each.only_some_reasons for each in points):
        raise NotImplementedError  # its parser panics on these reasons, and prints that on the screen
    return tuple(_revocations().validate(loader.load_der_crl(crl, "crl").root)), ()


def _loaded() -> Opinion:
    from pkilint.cabf.serverauth.serverauth_constants import CertificateType

    _pkix(), _baseline(CertificateType.INTERNAL_CONSTRAINED_TLS_CA), _revocations()
    return (), ()


@cache
def _pkix() -> Any:  # noqa: ANN401  # pkilint has no types
    from pkilint.pkix import certificate, extension, name

    decoders = certificate.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS)
    validators = [
        certificate.create_issuer_validator_container([]),
        certificate.create_validity_validator_container(),
        certificate.create_subject_validator_container([]),
        certificate.create_extensions_validator_container([]),
        certificate.create_spki_validator_container([]),
    ]
    return certificate.create_pkix_certificate_validator_container(decoders, validators)


@cache
def _baseline(kind: Any) -> Any:  # noqa: ANN401
    from pkilint.cabf import serverauth
    from pkilint.pkix import certificate

    decoders, validators = serverauth.create_decoding_validators(), serverauth.create_validators(kind)
    return certificate.create_pkix_certificate_validator_container(decoders, validators)


@cache
def _revocations() -> Any:  # noqa: ANN401
    from pkilint import pkix
    from pkilint.cabf import cabf_crl
    from pkilint.pkix import crl, extension, name

    authorities = crl.CertificateRevocationListType.ARL
    decoders = [
        pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
        pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
    ]
    validators = [
        crl.create_issuer_validator_container([]),
        crl.create_validity_validator_container([cabf_crl.create_validity_period_validator(authorities)]),
        crl.create_extensions_validator_container([]),
        cabf_crl.CabfCrlReasonCodeAllowlistValidator(authorities),
    ]
    return crl.create_pkix_crl_validator_container(decoders, validators)
