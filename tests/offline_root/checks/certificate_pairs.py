"""Failing and passing cases of the checks on certificates: the catalogue of bad ones, one code at a time."""

from collections.abc import Iterable

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from offline_root.checks import CERTIFICATE_CHECKS, ROOT_CHECKS, SIGNATURE_CHECKS
from offline_root.checks.certificate import MALFORMED
from offline_root.examination import check
from offline_root.findings import Finding
from offline_root.linter import lint_certificate
from offline_root.model import Der
from tests.bad_certificates import Sample, samples
from tests.certificates import Parts, good, good_root
from tests.offline_root.checks.cases import Pair, Run

SAMPLES = samples()
OWN = [each.code.name for each in (*CERTIFICATE_CHECKS, *ROOT_CHECKS, *SIGNATURE_CHECKS)]


def _of(code: str, sample: Sample) -> Run:
    return lambda: _only(code, check(sample.certificate, sample.issuer, signed=True))


def _only(code: str, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(each for each in findings if each.code == code)


def _linted(code: str, certificate: Der) -> Run:
    return lambda: _only(code, lint_certificate(certificate))


def _policy(of: Parts) -> Parts:
    policy = x509.PolicyInformation(x509.ObjectIdentifier("1.2.3.4"), ["http://a.example"])
    return of.value(x509.CertificatePolicies([policy]))


PAIRS: dict[str, Pair] = {
    code: Pair(
        tuple(_of(code, each) for each in SAMPLES.values() if code in each.codes),
        tuple(_of(code, SAMPLES[name]) for name in ("good for tls", "good root") if code not in SAMPLES[name].codes),
    )
    for code in (*OWN, MALFORMED.name)
}
for _severity, _bad, _fine in (
    ("error", good().without(ExtensionOID.KEY_USAGE), good().signed()),
    ("warning", good().having(ExtensionOID.KEY_USAGE, critical=False), good().signed()),
    ("notice", _policy(good()), good_root().certificate),
):
    _code = f"pkilint.{_severity}"
    PAIRS[_code] = Pair((_linted(_code, _bad.signed()),), (_linted(_code, _fine),))
