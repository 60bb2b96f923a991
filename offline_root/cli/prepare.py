"""`prepare`: at the online CA, before the ceremony. The same checks, then the stick's folder and the paper slip."""

from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from offline_root import names, wire
from offline_root.audit.note import UntrustedNote, parse_body, parse_note
from offline_root.cli.inspect import environments
from offline_root.cli.layout import wrapped
from offline_root.cli.outcome import DONE, REFUSED, Outcome, findings_facts, findings_text
from offline_root.cli.policies import policy_from
from offline_root.display import visible
from offline_root.errors import CeremonyError, VolumeError
from offline_root.findings import Finding, refusals
from offline_root.keys import fingerprint
from offline_root.model import Letter, SigningRequest, Unreadable
from offline_root.moments import utc_text
from offline_root.request.letter import FILE, letter_json, paper_slip
from offline_root.request.reader import read_request
from offline_root.review import inspect

SKELETON: dict[str, Any] = {"folder": None, "slip": None, "request": None, "findings": []}


def prepare(arguments: Namespace) -> Outcome:
    """Check the CSR as the ceremony will, and lay it out for the way there; nothing is written for a refused one."""
    policy = policy_from(arguments.policy)
    (environment,) = environments(policy, arguments.environment)
    request = read_request(arguments.file, wire.request_files([arguments.file]).read(arguments.file))
    if isinstance(request, Unreadable):
        return _refused(request.findings)
    findings = inspect(request, policy, environment)
    if refusals(findings):
        return _refused(findings)
    letter = Letter(
        environment.name,
        fingerprint(request.der),
        request.fingerprint,
        visible(arguments.asked_by),
        utc_text(datetime.now(UTC)),
        _checkpoint(arguments.checkpoint) if arguments.checkpoint else "",
    )
    return _laid_out(arguments, request, letter, findings)


def _refused(findings: tuple[Finding, ...]) -> Outcome:
    text = f"REFUSED: the ceremony would refuse this request. Nothing was written.\n\n{findings_text(findings)}"
    return Outcome(REFUSED, {**SKELETON, "findings": findings_facts(findings)}, text)


def _laid_out(arguments: Namespace, request: SigningRequest, letter: Letter, findings: tuple[Finding, ...]) -> Outcome:
    folder = Path(arguments.out).absolute() / f"{letter.environment}-{request.fingerprint[:8]}"
    pem = x509.load_der_x509_csr(request.der).public_bytes(Encoding.PEM)
    files = {f"{letter.environment}.csr": pem, FILE: letter_json(letter)}
    if folder.exists():
        raise CeremonyError(
            f"{folder} is there already.",
            meaning="This request was prepared before, or begun to be. Nothing was changed.",
            mend="Delete that folder and prepare again, or name another place with --out.",
            retry=True,
        )
    try:
        wire.write_files(folder, files)
    except VolumeError as error:
        raise VolumeError(
            error.what,
            meaning="Nothing that was there was changed. Do not take what is in the folder to the ceremony.",
            mend="Name another place with --out.",
            retry=True,
        ) from error
    slip = paper_slip(letter, names.text(x509.load_der_x509_csr(request.der).subject))
    facts = {
        "folder": str(folder),
        "slip": slip,
        "request": {"environment": letter.environment, "csr_sha256": letter.csr_sha256, "key": letter.key_sha256},
        "findings": findings_facts(findings),
    }
    advice = wrapped(
        "Print or write down the slip, and give it to the witness by another way than the stick."
        " The folder goes onto the stick."
    )
    aside = f"{findings_text(findings)}\n{advice}\n" if findings else advice
    return Outcome(DONE, facts, f"{slip}\nFOLDER\n    {folder}\n", aside)


def _checkpoint(file: str) -> str:
    """Return a checkpoint of the authority's log, whole (CeremonyError, VolumeError)."""
    data = wire.read_text_file(Path(file))
    try:
        parse_body(parse_note(data).text)
    except UntrustedNote as error:
        raise CeremonyError(
            f"{visible(file)} is not a checkpoint: {error.reason}.",
            meaning="Nothing was written.",
            mend="Name `closing-checkpoint` or `audit/checkpoint` of the newest response, or leave --checkpoint out.",
            retry=True,
        ) from error
    return data.decode()
