"""`inspect`: what a request or certificate says, and all there is to find about it. Signs and records nothing."""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from offline_root import names, wire
from offline_root.cli.layout import digest, rows
from offline_root.cli.outcome import DONE, REFUSED, Outcome, findings_facts, findings_text
from offline_root.cli.policies import policy_from
from offline_root.display import visible
from offline_root.errors import PolicyError, VolumeError
from offline_root.extensions import described
from offline_root.findings import Finding, refusals
from offline_root.home import Home
from offline_root.issue import spki_of
from offline_root.keys import describe, fingerprint
from offline_root.model import Requested, SigningRequest, Unreadable
from offline_root.moments import utc_text
from offline_root.policy.force import in_force
from offline_root.policy.model import EnvironmentPolicy, Policy
from offline_root.request.reader import read_request
from offline_root.request.source import UNREADABLE
from offline_root.review import inspect as inspect_request

_DIGESTS = ("fingerprint", "sha256")
_NAME = 22
"""The width of most extensions' names."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one file is: fields, extensions, and the findings under each heading (an environment, or the file)."""

    file: str
    kind: str
    fields: Mapping[str, str]
    extensions: tuple[Requested, ...]
    verdicts: Mapping[str, tuple[Finding, ...]]

    @property
    def refused(self) -> bool:
        """Say whether no environment would take it: where none is chosen, one that would is enough."""
        return bool(self.verdicts) and all(refusals(each) for each in self.verdicts.values())


def inspect(arguments: Namespace) -> Outcome:
    """Say what each FILE is, and what the policy of each environment makes of it."""
    policy = _policy(arguments)
    chosen = _environments(policy, arguments.environment)
    reports = [_report(file, policy, chosen) for file in arguments.files]
    code = REFUSED if any(each.refused for each in reports) else DONE
    return Outcome(code, {"files": [_facts(each) for each in reports]}, "\n".join(map(_text, reports)))


def _policy(arguments: Namespace) -> Policy:
    if arguments.policy is not None:
        return policy_from(arguments.policy)
    home = Home(Path(arguments.home))
    if not home.authorities():
        raise PolicyError(
            "Nothing says what the request is held against.",
            meaning=f"{home.path} has no authority. Nothing was checked.",
            mend="Name the policy with --policy FILE, or the folder of an authority with --home.",
            retry=True,
        )
    return in_force(wire.read_state(home.choose(arguments.authority)))


def _environments(policy: Policy, name: str | None) -> tuple[EnvironmentPolicy, ...]:
    """Return the environment called `name`, or all of them (PolicyError)."""
    chosen = tuple(each for each in policy.environments if name in (None, each.name))
    if not chosen:
        raise PolicyError(
            f"The policy has no environment '{visible(str(name))}'.",
            meaning="Nothing was checked.",
            mend=f"It has {', '.join(each.name for each in policy.environments)}.",
            retry=True,
        )
    return chosen


def _report(file: str, policy: Policy, environments: tuple[EnvironmentPolicy, ...]) -> Report:
    try:
        data = wire.read_request_file(Path(file))
    except VolumeError as error:
        found = UNREADABLE.finding(f"{error.what} {error.meaning}", "file")
        return Report(file, "unreadable", {}, (), {"file": (found,)})
    request = read_request(file, data)
    if isinstance(request, Unreadable):
        return _certificate(file, data) or Report(file, "unreadable", {}, (), {"file": request.findings})
    verdicts = {each.name: inspect_request(request, policy, each) for each in environments}
    return Report(file, "request", _request_fields(request), request.requested, verdicts)


def _request_fields(request: SigningRequest) -> dict[str, str]:
    return {
        "form": request.form,
        "subject": names.text(x509.load_der_x509_csr(request.der).subject),
        "key": describe(request.public_key),
        "fingerprint": request.fingerprint,
    }


def _certificate(file: str, data: bytes) -> Report | None:
    """Return the report of a file that is one whole certificate, in PEM or DER, else None."""
    for load in (x509.load_pem_x509_certificate, x509.load_der_x509_certificate):
        try:
            certificate = load(data)
            return Report(file, "certificate", _certificate_fields(certificate), described(certificate.extensions), {})
        except ValueError:
            continue
    return None


def _certificate_fields(certificate: x509.Certificate) -> dict[str, str]:
    spki = spki_of(certificate)
    return {
        "subject": names.text(certificate.subject),
        "issuer": names.text(certificate.issuer),
        "serial": f"{certificate.serial_number:X}",
        "not_before": utc_text(certificate.not_valid_before_utc),
        "not_after": utc_text(certificate.not_valid_after_utc),
        "key": describe(spki),
        "fingerprint": fingerprint(spki),
        "sha256": fingerprint(certificate.public_bytes(Encoding.DER)),
    }


def _facts(report: Report) -> dict[str, Any]:
    extensions = [
        {"oid": each.oid, "name": each.name, "critical": each.critical, "value": each.value}
        for each in report.extensions
    ]
    findings = {heading: findings_facts(found) for heading, found in report.verdicts.items()}
    return {
        "file": report.file,
        "kind": report.kind,
        **report.fields,
        "extensions": extensions,
        "findings": findings,
        "refused": report.refused,
    }


def _text(report: Report) -> str:
    fields = (
        digest(name, value) if name in _DIGESTS else rows([(name.replace("_", " "), value)], "    ")
        for name, value in report.fields.items()
    )
    extensions = (
        rows([(each.name, f"{'critical, ' if each.critical else ''}{each.value}")], "    ", _NAME)
        for each in report.extensions
    )
    asked = (
        {"request": "  asks for\n", "certificate": "  extensions\n"}.get(report.kind, "") if report.extensions else ""
    )
    verdicts = (f"\n{_verdict(heading, found)}" for heading, found in report.verdicts.items())
    return "".join((f"{report.kind.upper()} {visible(report.file)}\n", *fields, asked, *extensions, *verdicts))


def _verdict(heading: str, findings: tuple[Finding, ...]) -> str:
    verdict = "REFUSE" if refusals(findings) else "OK"
    return f"{heading.upper()}: {verdict}\n\n{findings_text(findings)}"
