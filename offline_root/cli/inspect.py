"""`inspect`: what a request, certificate or CRL says, and all there is to find about it. Signs and records nothing."""

import re
import warnings
from argparse import Namespace
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from offline_root import names, wire
from offline_root.audit.state import State
from offline_root.certificate import read as take_apart
from offline_root.checks.crl_case import CrlCase, read
from offline_root.cli.alarms import banner
from offline_root.cli.layout import digest, rows, wrapped
from offline_root.cli.outcome import DONE, REFUSED, Outcome, findings_facts, findings_text
from offline_root.cli.policies import policy_from
from offline_root.crl import judge
from offline_root.display import visible
from offline_root.errors import PolicyError, VolumeError
from offline_root.examination import examine
from offline_root.extensions import described
from offline_root.findings import Finding, refusals
from offline_root.home import Home
from offline_root.issue import load, spki_of
from offline_root.keys import describe, fingerprint
from offline_root.model import Der, Requested, SigningRequest, Unreadable, serial_text
from offline_root.moments import utc_text
from offline_root.policy.force import in_force
from offline_root.policy.model import EnvironmentPolicy, Policy
from offline_root.profile import name_constraints
from offline_root.request.codes import NOT_A_REQUEST
from offline_root.request.files import RequestFiles
from offline_root.request.reader import read_request
from offline_root.request.source import UNREADABLE
from offline_root.review import inspect as inspect_request
from offline_root.would_allow import RULE, Answer, under, would_allow

_DIGESTS = ("fingerprint", "sha256")
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----\s(.+?)-----END CERTIFICATE-----", re.DOTALL)
_UNSHOWABLE = (ValueError, x509.DuplicateExtension, x509.InvalidVersion, UnsupportedAlgorithm)
_NAME = 22
"""The width of most extensions' names."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one file is: fields, extensions; findings and name tests by heading (an environment, or the file)."""

    file: str
    kind: str
    fields: Mapping[str, str]
    extensions: tuple[Requested, ...]
    verdicts: Mapping[str, tuple[Finding, ...]]
    names: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Say whether no environment would take it: where none is chosen, one that would is enough."""
        return bool(self.verdicts) and all(refusals(each) for each in self.verdicts.values())

    @property
    def disallowed(self) -> bool:
        """Say whether a name that was asked for would verify nowhere."""
        by_name = zip(*self.names.values(), strict=True)
        return any(not any(each.allowed for each in answers) for answers in by_name)


def inspect(arguments: Namespace) -> Outcome:
    """Say what each FILE is, and what the policy of each environment makes of it."""
    policy, state = _against(arguments)
    chosen = environments(policy, arguments.environment) if policy else ()
    files = wire.request_files(arguments.files)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cryptography warns of names that are too long, on stderr; a check says it
        reports = [_report(each, files, policy, state, chosen, arguments.would_allow) for each in arguments.files]
    code = REFUSED if any(each.refused or each.disallowed for each in reports) else DONE
    alarms = state.alarms if state else ()
    facts = {"files": [_facts(each) for each in reports], "alarms": [each.reason for each in alarms]}
    return Outcome(code, facts, "\n".join(map(_text, reports)), banner(alarms))


def _against(arguments: Namespace) -> tuple[Policy | None, State | None]:
    """Return what files are held against: a policy alone, or an authority in HOME with its own (StationError).

    Certificates and CRLs can do without both: they are held against the standards.
    """
    if arguments.policy is not None:
        return policy_from(arguments.policy), None
    home = Home(Path(arguments.home))
    if not home.authorities() and arguments.authority is None:
        return None, None
    state = wire.read_state(home.choose(arguments.authority))
    return in_force(state), state


def environments(policy: Policy, name: str | None) -> tuple[EnvironmentPolicy, ...]:
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


def _report(
    file: str,
    files: RequestFiles,
    policy: Policy | None,
    state: State | None,
    environments: tuple[EnvironmentPolicy, ...],
    wanted: list[str],
) -> Report:
    try:
        data = files.read(file)
    except VolumeError as error:
        found = UNREADABLE.finding(f"{error.what} {error.meaning}", "file")
        return Report(file, "unreadable", {}, (), {"file": (found,)})
    request = read_request(file, data)
    if isinstance(request, Unreadable):
        alone = {each.code for each in request.findings} == {NOT_A_REQUEST.name}
        # The beginning of a CRL in DER looks like that of a private key; a whole CRL is none.
        other = _crl(file, data, state) or (_certificate(file, data, state, wanted) if alone else None)
        return other or Report(file, "unreadable", {}, (), {"file": request.findings})
    if policy is None:
        raise PolicyError(
            f"Nothing says what the request in {visible(file)} is held against.",
            meaning="No policy was named, and there is no authority here.",
            mend="Name the policy with --policy FILE, or the folder of an authority with --home.",
            retry=True,
        )
    verdicts = {each.name: inspect_request(request, policy, each) for each in environments}
    tested = {
        each.name: tuple(would_allow(name_constraints(each.name_constraints), name) for name in wanted)
        for each in environments
    }
    return Report(file, "request", _request_fields(request), request.requested, verdicts, tested)


def _request_fields(request: SigningRequest) -> dict[str, str]:
    return {
        "form": request.form,
        "subject": names.text(x509.load_der_x509_csr(request.der).subject),
        "key": describe(request.public_key),
        "fingerprint": request.fingerprint,
    }


def _certificate(file: str, data: bytes, state: State | None, wanted: list[str]) -> Report | None:
    """Return the report of a file that is a certificate, in PEM or DER, else None; one not shown still has findings."""
    found = _PEM.search(data)
    try:
        octets = Der(b64decode(found[1]) if found else data)
        certificate = take_apart(octets)
    except ValueError:
        return None
    known = (octets, *((state.root,) if state else ()))
    issuer = next((each for each in known if take_apart(each).subject == certificate.issuer), None)
    verdicts = {"certificate": examine(octets, issuer, signed=True)}
    try:
        parsed = load(octets)
        tested = {"certificate": tuple(under(parsed, name) for name in wanted)}
        fields, extensions = _certificate_fields(parsed), described(parsed.extensions)
    except _UNSHOWABLE:
        return Report(file, "certificate", {}, (), verdicts)
    return Report(file, "certificate", fields, extensions, verdicts, tested)


def _crl(file: str, data: bytes, state: State | None) -> Report | None:
    """Return the report of a file that is a CRL, held against root and log where there is an authority, else None."""
    whole = read(data)
    if whole is None:
        return None
    root = load(state.root) if state else None
    case = CrlCase(whole, root, state.revocations if state else None, now=wire.SystemClock().now())
    return Report(file, "crl", _crl_fields(case), described(case.crl.extensions), {"crl": judge(case)})


def _crl_fields(case: CrlCase) -> dict[str, str]:
    end = case.crl.next_update_utc
    return {
        "issuer": names.text(case.crl.issuer),
        "number": str(case.number),
        "this_update": utc_text(case.crl.last_update_utc),
        "next_update": utc_text(end) if end else "none",
        "revoked": ", ".join(map(serial_text, case.serials)) or "none",
        "sha256": fingerprint(case.data),
    }


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
        "would_allow": {heading: [each.facts() for each in answers] for heading, answers in report.names.items()},
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
    asked = {"request": "  asks for\n"}.get(report.kind, "  extensions\n") if report.extensions else ""
    verdicts = (f"\n{_verdict(heading, found)}" for heading, found in report.verdicts.items())
    tested = (f"\n{_tested(heading, answers)}" for heading, answers in report.names.items() if answers)
    return "".join((f"{report.kind.upper()} {visible(report.file)}\n", *fields, asked, *extensions, *verdicts, *tested))


def _tested(heading: str, answers: tuple[Answer, ...]) -> str:
    lines = (
        wrapped(f"{each.word:<7} {visible(each.name)} ({each.kind}): {each.message}", "    ", " " * 12)
        for each in answers
    )
    return f"{heading.upper()} WOULD ALLOW ({RULE})\n" + "".join(f"{each}\n" for each in lines)


def _verdict(heading: str, findings: tuple[Finding, ...]) -> str:
    verdict = "REFUSE" if refusals(findings) else "OK"
    return f"{heading.upper()}: {verdict}\n\n{findings_text(findings)}"
